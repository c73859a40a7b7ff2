//! What a caller shows.

use crate::secret::Secret;

/// What a caller shows in order to be recognised.
///
/// Its [`kind`](Credential::kind) alone decides which resolver judges it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credential {
    /// A user name and a password.
    Password {
        /// As typed.
        username: String,
        /// As typed.
        password: Secret,
    },
    /// A long-lived API key.
    ApiKey(Secret),
    /// An access token that this host issued.
    AccessToken(Secret),
    /// A JWT from another platform, to be traded for an access token (RFC 7521 §4.1).
    Assertion(Secret),
    /// The opaque text of a browser session.
    Session(Secret),
    /// What an OpenID Provider's answer carried, as the form or query parameters that came.
    AuthorizationResponse(Vec<(String, Secret)>),
    /// Anything else that a host recognises by a resolver of its own.
    Other {
        /// The host's name for it.
        name: &'static str,
        /// What was shown.
        secret: Secret,
    },
}

/// A kind of [`Credential`]; each has one owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CredentialKind {
    /// A user name and a password.
    Password,
    /// A long-lived API key.
    ApiKey,
    /// An access token that this host issued.
    AccessToken,
    /// A JWT from another platform.
    Assertion,
    /// The opaque text of a browser session.
    Session,
    /// An OpenID Provider's answer.
    AuthorizationResponse,
    /// The host's own, by its name.
    Other(&'static str),
}

impl Credential {
    /// Which kind this is.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        match self {
            Self::Password { .. } => CredentialKind::Password,
            Self::ApiKey(_) => CredentialKind::ApiKey,
            Self::AccessToken(_) => CredentialKind::AccessToken,
            Self::Assertion(_) => CredentialKind::Assertion,
            Self::Session(_) => CredentialKind::Session,
            Self::AuthorizationResponse(_) => CredentialKind::AuthorizationResponse,
            Self::Other { name, .. } => CredentialKind::Other(name),
        }
    }
}

impl CredentialKind {
    /// The audit action of a sign-in with this kind.
    #[must_use]
    pub const fn sign_in(self) -> &'static str {
        match self {
            Self::Password => "sign_in.password",
            Self::ApiKey => "sign_in.api_key",
            Self::AccessToken => "sign_in.access_token",
            Self::Assertion => "sign_in.assertion",
            Self::Session => "sign_in.session",
            Self::AuthorizationResponse => "sign_in.authorization_response",
            Self::Other(_) => "sign_in.other",
        }
    }
}
