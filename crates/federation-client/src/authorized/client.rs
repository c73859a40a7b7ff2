//! A reqwest client whose requests carry the credential.

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
    Credential(#[from] Error),
    /// The request failed.
    #[error("the request failed")]
    Request(#[from] reqwest::Error),
}

impl AuthorizedClient {
    /// A client of its own, set up as `config` says. It follows no redirects.
    ///
    /// # Errors
    /// [`ConfigError::Certificate`] or [`ConfigError::Client`].
    pub fn new(authorizer: Authorizer, config: &HttpConfig) -> Result<Self, ConfigError> {
        let client = http_client::builder(config)?.build();
        let client = client.map_err(|_| ConfigError::Client)?;
        Ok(Self::with_client(client, authorizer))
    }

    /// A client that the program has set up.
    ///
    /// # Security
    /// reqwest takes `Authorization` off a redirect to another host or port, and keeps it on one to
    /// another path of the same. If the base URL has a path, build the client with
    /// [`Policy::none`](reqwest::redirect::Policy::none).
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
        let mut attempt = self.authorizer.authorize(request).await?;
        loop {
            let (request, sent) = attempt.into_parts();
            let response = self.client.execute(request).await?;
            match sent.after(response.status()).await? {
                Some(again) => attempt = again,
                None => return Ok(response),
            }
        }
    }
}
