//! A reqwest client whose requests carry the credential.

use auth_core::ErrorKind;
use reqwest::{Client, Request, Response};

use super::Authorizer;
use crate::error::{ConfigError, Error};
use crate::http_client::{self, HttpConfig};

/// A [`reqwest::Client`] with an [`Authorizer`] before it.
#[derive(Clone, Debug)]
pub struct AuthorizedClient {
    client: Client,
    authorizer: Authorizer,
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// There is no access token.
    #[error(transparent)]
    Credential(Error),
    /// The request failed. The URL is taken out of the error: the query of a presigned one is a secret.
    #[error("the request failed")]
    Request(#[source] reqwest::Error),
}

impl SendError {
    /// The class.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Credential(error) => error.kind(),
            Self::Request(_) => ErrorKind::Unavailable,
        }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Credential(error) => error.code(),
            Self::Request(_) => "federation_client.request",
        }
    }
}

impl AuthorizedClient {
    /// A client of its own, set up as `config` says. It follows no redirects.
    ///
    /// # Errors
    /// [`ConfigError::Certificate`], [`ConfigError::Url`] or [`ConfigError::Client`].
    pub fn new(authorizer: Authorizer, config: &HttpConfig) -> Result<Self, ConfigError> {
        let client = http_client::build_for_program(config)?;
        Ok(Self::with_client(client, authorizer))
    }

    /// A client that the program has set up.
    ///
    /// # Security
    /// Build the client with [`Policy::none`](reqwest::redirect::Policy::none). If it follows redirects,
    /// reqwest takes `Authorization` off one to another host or port and keeps it on one to another path
    /// of the same, outside of the base URL's too. The attribution headers, a person's email among them,
    /// go along to any host, and a 401 of wherever the redirect led drops the access token.
    #[must_use]
    pub const fn with_client(client: Client, authorizer: Authorizer) -> Self {
        Self { client, authorizer }
    }

    /// Sends `request` with the credential, and once more after a 401; see
    /// [`Sent::after`](crate::Sent::after).
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn execute(&self, request: Request) -> Result<Response, SendError> {
        let authorized = self.authorizer.authorize(request).await;
        let mut attempt = authorized.map_err(SendError::Credential)?;
        loop {
            let (request, sent) = attempt.into_parts();
            let answer = self.client.execute(request).await;
            let response = answer.map_err(|error| SendError::Request(error.without_url()))?;
            let another = sent.after(response.status()).await;
            match another.map_err(SendError::Credential)? {
                Some(again) => attempt = again,
                None => return Ok(response),
            }
        }
    }
}
