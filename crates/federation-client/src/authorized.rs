//! Credentials on requests, and only on those that are meant for the server.

mod attempt;
mod client;

use std::fmt;

use auth_core::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::Request;

use crate::access_token::AccessToken;
use crate::api_key::ApiKey;
use crate::base_url::BaseUrl;
use crate::environment::Environment;
use crate::error::{ConfigError, Error};
use crate::token_source::TokenSource;

pub use attempt::{Attempt, Sent};
pub use client::{AuthorizedClient, SendError};

/// Whom the work of a service account is credited to. A hint: it gives no right, and the server decides
/// whether it counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attribution {
    /// `WANDB_USERNAME`, sent as `X-WANDB-USERNAME`.
    pub username: Option<HeaderValue>,
    /// `WANDB_USER_EMAIL`, sent as `X-WANDB-USER-EMAIL`.
    pub user_email: Option<HeaderValue>,
}

impl Attribution {
    const USERNAME: HeaderName = HeaderName::from_static("x-wandb-username");
    const USER_EMAIL: HeaderName = HeaderName::from_static("x-wandb-user-email");

    /// Reads both variables.
    ///
    /// # Errors
    /// [`ConfigError::Variable`] where one has characters that can't stand in a header.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let read = |name: &str| {
            let value = environment.value(name);
            // Names of people are not all ASCII; the SDK sends them as they are, too.
            let value = value.map(|value| HeaderValue::from_bytes(value.as_bytes()));
            value.transpose().map_err(|_| ConfigError::Variable {
                name: name.to_owned(),
                expected: "one line without control characters",
            })
        };
        Ok(Self {
            username: read("WANDB_USERNAME")?,
            user_email: read("WANDB_USER_EMAIL")?,
        })
    }

    fn apply(&self, headers: &mut HeaderMap) {
        let pairs = [
            (Self::USERNAME, &self.username),
            (Self::USER_EMAIL, &self.user_email),
        ];
        for (name, value) in pairs {
            if let Some(value) = value {
                headers.entry(name).or_insert_with(|| value.clone());
            }
        }
    }
}

/// Puts the credential and the attribution on requests that [`BaseUrl::covers`]; others pass as they
/// are, presigned upload URLs among them. So does a request that has an `Authorization` of its own.
#[derive(Clone)]
pub struct Authorizer {
    base_url: BaseUrl,
    scheme: Scheme,
    attribution: Attribution,
}

#[derive(Clone)]
enum Scheme {
    AccessTokens(TokenSource),
    ApiKey(HeaderValue),
}

impl Authorizer {
    /// `Bearer` with the access tokens of `source`.
    #[must_use]
    pub fn with_access_tokens(source: TokenSource) -> Self {
        Self {
            base_url: source.base_url().clone(),
            scheme: Scheme::AccessTokens(source),
            attribution: Attribution::default(),
        }
    }

    /// `Basic` with the user `api` and `key` as the password.
    ///
    /// # Errors
    /// None at present: an [`ApiKey`] always fits a header.
    pub fn with_api_key(base_url: BaseUrl, key: &ApiKey) -> Result<Self, ConfigError> {
        let pair = Secret::new(format!("api:{}", key.secret().expose()));
        let basic = Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())));
        let unfit = |_| ConfigError::ApiKey {
            expected: "what fits a header",
        };
        let mut value = HeaderValue::from_str(basic.expose()).map_err(unfit)?;
        value.set_sensitive(true);
        Ok(Self {
            base_url,
            scheme: Scheme::ApiKey(value),
            attribution: Attribution::default(),
        })
    }

    /// Credits the requests to somebody.
    #[must_use]
    pub fn attributed_to(mut self, attribution: Attribution) -> Self {
        self.attribution = attribution;
        self
    }

    /// Prepares `request`.
    ///
    /// # Errors
    /// [`Error`] where there is no access token.
    pub async fn authorize(&self, request: Request) -> Result<Attempt, Error> {
        Attempt::first(self.clone(), request).await
    }

    fn is_for(&self, request: &Request) -> bool {
        self.base_url.covers(request.url()) && !request.headers().contains_key(AUTHORIZATION)
    }

    /// Adds the headers; the access token that was used, if it was one.
    async fn apply(&self, request: &mut Request) -> Result<Option<AccessToken>, Error> {
        let (value, used) = match &self.scheme {
            Scheme::ApiKey(value) => (value.clone(), None),
            Scheme::AccessTokens(source) => {
                let token = source.access_token().await?;
                (bearer(&token)?, Some(token))
            }
        };
        request.headers_mut().insert(AUTHORIZATION, value);
        self.attribution.apply(request.headers_mut());
        Ok(used)
    }

    async fn reject(&self, token: &AccessToken) -> bool {
        match &self.scheme {
            Scheme::AccessTokens(source) => source.reject(token).await,
            Scheme::ApiKey(_) => false,
        }
    }
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match &self.scheme {
            Scheme::AccessTokens(_) => "access tokens",
            Scheme::ApiKey(_) => "API key",
        };
        f.debug_struct("Authorizer")
            .field("base_url", &self.base_url)
            .field("scheme", &scheme)
            .field("attribution", &self.attribution)
            .finish()
    }
}

fn bearer(token: &AccessToken) -> Result<HeaderValue, Error> {
    let text = Secret::new(format!("Bearer {}", token.secret().expose()));
    // Every way in checks the characters.
    let unfit = |_| Error::Answer(crate::error::AnswerProblem::AccessToken);
    let mut value = HeaderValue::from_str(text.expose()).map_err(unfit)?;
    value.set_sensitive(true);
    Ok(value)
}
