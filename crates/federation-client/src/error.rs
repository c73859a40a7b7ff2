//! What can go wrong, by who is at fault.

use auth_core::ErrorKind;

use crate::excerpt::Excerpt;
use crate::identity_token::IdentityTokenError;

/// Why there is no access token. It holds no secret: where a server sends the assertion back in what it
/// says, that part is taken out.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The token endpoint refused, and would again: any 4xx but 429. Nothing is retried.
    #[error("the token endpoint refused with status {status}{}", said(error.as_ref(), description.as_ref()))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// `error` of RFC 6749 §5.2, where the body has it.
        error: Option<Excerpt>,
        /// `error_description` of RFC 6749 §5.2, where the body has it.
        description: Option<Excerpt>,
    },
    /// The token endpoint can't be reached, is busy or fails, and went on doing so.
    #[error("the token endpoint was not available in {attempts} attempt(s): {failure}")]
    Unavailable {
        /// How often it was tried.
        attempts: u32,
        /// What happened the last time.
        failure: Failure,
    },
    /// The token endpoint's answer is not one that grants a token.
    #[error("the token endpoint's answer can't be used: {0}")]
    Answer(AnswerProblem),
    /// There is no identity token to exchange.
    #[error("the identity token can't be had")]
    IdentityToken(#[source] IdentityTokenError),
    /// The exchange ended without an outcome: the runtime that ran it was shut down, or the program's own
    /// [`IdentityToken`](crate::IdentityToken) panicked.
    #[error("the exchange ended without an outcome")]
    Interrupted,
}

impl Error {
    /// The class.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused { .. } => ErrorKind::Rejected,
            Self::Unavailable { .. } | Self::Interrupted => ErrorKind::Unavailable,
            Self::Answer(_) => ErrorKind::Malformed,
            Self::IdentityToken(error) => error.kind(),
        }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "federation_client.refused",
            Self::Unavailable { .. } => "federation_client.unavailable",
            Self::Answer(_) => "federation_client.answer",
            Self::IdentityToken(error) => error.code(),
            Self::Interrupted => "federation_client.interrupted",
        }
    }
}

/// What keeps a request from being answered, and may pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// An answer with this status: 429 or 5xx.
    #[error("status {0}")]
    Status(u16),
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// No connection, or one that broke.
    #[error("no connection: {0}")]
    Connection(Excerpt),
}

/// What is wrong with the answer of a token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerProblem {
    /// Neither 200 nor an error; redirects are not followed.
    #[error("status {0} is neither 200 nor an error")]
    Status(u16),
    /// The body is above 64 KiB.
    #[error("the body is above 64 KiB")]
    TooLarge,
    /// The body is not a JSON object with the members of RFC 6749 §5.1, each of its type and once.
    #[error("the body is not a token response")]
    Syntax,
    /// `access_token` is empty, above 16 KiB, or has characters that can't stand in a header.
    #[error("access_token is empty or can't be sent")]
    AccessToken,
    /// `token_type` is something other than `Bearer`.
    #[error("token_type is not Bearer")]
    TokenType,
    /// `expires_in` is less than a second.
    #[error("expires_in is less than a second")]
    ExpiresIn,
}

/// Settings that can't work; found before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// `WANDB_API_KEY` and `WANDB_IDENTITY_TOKEN_FILE` are both set.
    #[error("both WANDB_API_KEY and WANDB_IDENTITY_TOKEN_FILE are set; unset one of them")]
    BothCredentials,
    /// Neither is set. A netrc file is not read.
    #[error("set WANDB_API_KEY or WANDB_IDENTITY_TOKEN_FILE")]
    NoCredential,
    /// An API key has a form that no server takes. The key itself is not repeated.
    #[error("the API key can't be one: {expected}")]
    ApiKey {
        /// What would do.
        expected: &'static str,
    },
    /// A URL that can't be used.
    #[error("{name} is not usable: {expected}")]
    Url {
        /// Which setting.
        name: &'static str,
        /// What would do.
        expected: &'static str,
    },
    /// A variable that is missing, or has a value that can't be used.
    #[error("{name} is missing or not usable: expected {expected}")]
    Variable {
        /// Which variable.
        name: String,
        /// What would do.
        expected: &'static str,
    },
    /// A certificate can't be read.
    #[error("a root certificate is not PEM")]
    Certificate,
    /// The HTTP client can't be set up.
    #[error("the HTTP client can't be set up")]
    Client,
}

impl ConfigError {
    /// The class.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Misconfigured
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BothCredentials => "federation_client.both_credentials",
            Self::NoCredential => "federation_client.no_credential",
            Self::ApiKey { .. } => "federation_client.api_key",
            Self::Url { .. } => "federation_client.url",
            Self::Variable { .. } => "federation_client.variable",
            Self::Certificate => "federation_client.certificate",
            Self::Client => "federation_client.client",
        }
    }
}

fn said(error: Option<&Excerpt>, description: Option<&Excerpt>) -> String {
    [error, description]
        .into_iter()
        .flatten()
        .map(|part| format!(": {part}"))
        .collect()
}
