//! What can go wrong between a credential and an identity, by who is at fault.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use crate::credential::CredentialKind;

/// The class of an error; hosts and the HTTP mapping decide by it and by the code, never by text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The credential is well-formed and does not prove what it must.
    Rejected,
    /// The credential was good once.
    Expired,
    /// The credential can't be read.
    Malformed,
    /// The credential was not judged: its sender has sent too many.
    Throttled,
    /// Settings forbid or break this method.
    Misconfigured,
    /// Something that the decision needs did not answer.
    Unavailable,
    /// The host called in a way that can't work.
    Misuse,
}

/// A decision against a credential.
///
/// It speaks to two readers: [`message`](Self::message) is for the caller and gives nothing away,
/// [`detail`](Self::detail) is for the operator's log. Neither ever holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    kind: ErrorKind,
    code: &'static str,
    message: Cow<'static, str>,
    detail: String,
}

impl Refusal {
    /// A refusal with a stable `code` (`api_key.unknown`) and a `message` that is safe for the caller.
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            code,
            message: message.into(),
            detail: String::new(),
        }
    }

    /// Adds what the operator needs to know and the caller must not.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The class.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable code; it goes to the audit log, and to the caller only where the front says so.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The caller's text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The operator's text; empty where the code says it all.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Refusal {}

/// Why a credential did not become an identity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller's credential was judged and refused. Final: no other resolver is asked.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The host registered no resolver for this kind of credential.
    #[error("no resolver takes {kind:?} credentials")]
    NoResolver {
        /// The kind that nobody owns.
        kind: CredentialKind,
    },
    /// A store did not answer; the credential was not judged.
    #[error("sign-in is unavailable")]
    Store(#[from] StoreError),
    /// An upstream (an issuer, a directory) did not answer; the credential was not judged.
    #[error("{upstream} is unavailable")]
    Upstream {
        /// What did not answer, in words that are safe for the caller.
        upstream: &'static str,
        /// What happened, for the operator.
        detail: String,
    },
}

impl Error {
    /// The class.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refusal) => refusal.kind(),
            Self::NoResolver { .. } => ErrorKind::Misconfigured,
            Self::Store(_) | Self::Upstream { .. } => ErrorKind::Unavailable,
        }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::NoResolver { .. } => "resolver.missing",
            Self::Store(_) => "store.unavailable",
            Self::Upstream { .. } => "upstream.unavailable",
        }
    }

    /// What the operator should read.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Refused(refusal) if refusal.detail().is_empty() => refusal.message().to_owned(),
            Self::Refused(refusal) => refusal.detail().to_owned(),
            Self::Upstream { detail, .. } => detail.clone(),
            Self::Store(error) => error.to_string(),
            Self::NoResolver { .. } => self.to_string(),
        }
    }
}

/// Why a store did not do as it was told. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The thing, or one with the same unique name, exists already.
    #[error("{what} exists already")]
    Conflict {
        /// What was to be made, in words.
        what: &'static str,
    },
    /// There is no such thing.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for, in words.
        what: &'static str,
    },
    /// A rule of the store forbids the change.
    #[error("{rule}")]
    Forbidden {
        /// The rule, in words.
        rule: &'static str,
    },
    /// The database failed.
    #[error("the database failed during {during}")]
    Unavailable {
        /// The operation.
        during: &'static str,
        /// What the database said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl From<crate::random::RandomError> for StoreError {
    fn from(error: crate::random::RandomError) -> Self {
        Self::Unavailable {
            during: "drawing an identifier",
            source: Box::new(error),
        }
    }
}

/// Settings that can't work; found when they are given, not when somebody signs in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Two resolvers claim one kind of credential.
    #[error("two resolvers take {kind:?} credentials; each kind has one owner")]
    TwoOwners {
        /// The kind that both claim.
        kind: CredentialKind,
    },
    /// A setting has a value that can't be used.
    #[error("{field} is {found:?}; expected {expected}")]
    Setting {
        /// Which setting.
        field: &'static str,
        /// What was given; never a secret.
        found: String,
        /// What would do.
        expected: &'static str,
    },
}
