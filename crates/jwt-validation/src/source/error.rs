//! Why an issuer's keys can't be had.

use crate::error::{ErrorKind, Excerpt, Fault};
use crate::key_set::KeySetError;
use crate::outbound::FetchError;

/// Why an issuer's keys can't be had.
///
/// `Display` is safe for the administrator who set the issuer up; [`detail`](Self::detail) is for the
/// operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The issuer's metadata could not be fetched.
    #[error("the issuer's metadata could not be fetched: {0}")]
    FetchMetadata(FetchError),
    /// The key set could not be fetched.
    #[error("the key set could not be fetched: {0}")]
    FetchKeys(FetchError),
    /// The metadata is malformed, or has no `jwks_uri` or no `issuer`.
    #[error("the issuer's metadata is malformed: {0}")]
    Metadata(Fault),
    /// The metadata names another issuer (OpenID Connect Discovery §4.3).
    #[error("the metadata names the issuer {found}, not {expected:?}")]
    IssuerMismatch {
        /// The issuer that was set up.
        expected: String,
        /// The one in the metadata.
        found: Excerpt,
    },
    /// The document is no key set.
    #[error("{0}")]
    KeySet(KeySetError),
    /// The fetch was ended before it was done; the runtime is shutting down.
    #[error("the fetch was interrupted")]
    Interrupted,
}

impl SourceError {
    /// The class: what only new settings can mend is misconfigured.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::FetchMetadata(error) | Self::FetchKeys(error) => error.kind(),
            Self::IssuerMismatch { .. } => ErrorKind::Misconfigured,
            Self::Metadata(_) | Self::KeySet(_) | Self::Interrupted => ErrorKind::Unavailable,
        }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FetchMetadata(error) | Self::FetchKeys(error) => error.code(),
            Self::Metadata(_) => "jwks.metadata",
            Self::IssuerMismatch { .. } => "jwks.issuer",
            Self::KeySet(_) => "jwks.key_set",
            Self::Interrupted => "jwks.interrupted",
        }
    }

    /// What the operator should read.
    ///
    /// # Security
    /// It can hold internal addresses; not for tenants.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::FetchMetadata(error) => format!("metadata: {}", error.detail()),
            Self::FetchKeys(error) => format!("key set: {}", error.detail()),
            other => other.to_string(),
        }
    }
}
