//! Why there is no identity token.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use auth_core::ErrorKind;

use crate::error::Failure;

/// Why there is no identity token to exchange.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityTokenError {
    /// The file can't be read.
    #[error("the identity token file {path:?} can't be read: {problem}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the operating system said.
        problem: io::ErrorKind,
    },
    /// There is nothing but whitespace where the token should be.
    #[error("it is empty")]
    Empty,
    /// It is above 64 KiB.
    #[error("it is above 64 KiB")]
    TooLarge,
    /// It is not text.
    #[error("it is not UTF-8")]
    NotText,
    /// Nothing came in time.
    #[error("nothing came in time")]
    TimedOut,
    /// The platform's service did not answer or has trouble; it is asked again.
    #[error("{service} did not give one: {failure}")]
    Unavailable {
        /// Which service.
        service: &'static str,
        /// What happened.
        failure: Failure,
    },
    /// The platform's service refuses.
    #[error("{service} refused with status {status}")]
    Refused {
        /// Which service.
        service: &'static str,
        /// The HTTP status.
        status: u16,
    },
    /// The answer is not what this service gives.
    #[error("the answer is not one of {service}: expected {expected}")]
    Answer {
        /// Which service.
        service: &'static str,
        /// What would do.
        expected: &'static str,
    },
    /// The program's own source failed.
    #[error("the program's own source of identity tokens failed")]
    Callback(#[source] Arc<dyn StdError + Send + Sync>),
}

impl IdentityTokenError {
    /// Wraps an error of a source that the program implements. Its text is shown: keep secrets out of it.
    pub fn callback(error: impl StdError + Send + Sync + 'static) -> Self {
        Self::Callback(Arc::new(error))
    }

    /// The class.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::File { .. } | Self::Callback(_) => ErrorKind::Misconfigured,
            Self::Empty | Self::TooLarge | Self::NotText | Self::Answer { .. } => {
                ErrorKind::Malformed
            }
            Self::TimedOut | Self::Unavailable { .. } => ErrorKind::Unavailable,
            Self::Refused { .. } => ErrorKind::Rejected,
        }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "identity_token.file",
            Self::Empty => "identity_token.empty",
            Self::TooLarge => "identity_token.too_large",
            Self::NotText => "identity_token.not_text",
            Self::TimedOut => "identity_token.timed_out",
            Self::Unavailable { .. } => "identity_token.unavailable",
            Self::Refused { .. } => "identity_token.refused",
            Self::Answer { .. } => "identity_token.answer",
            Self::Callback(_) => "identity_token.callback",
        }
    }

    /// Whether it is worth asking again within the same exchange.
    pub(crate) const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::TimedOut)
    }
}
