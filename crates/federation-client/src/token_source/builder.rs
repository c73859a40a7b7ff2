//! The settings of a token source.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::{Clock, OsRandom, Random, SystemClock};

use super::{Inner, State, TokenSource};
use crate::base_url::BaseUrl;
use crate::credentials_file::CredentialsFile;
use crate::error::ConfigError;
use crate::http_client::{self, HttpConfig};
use crate::identity_token::IdentityToken;
use crate::retry::RetryPolicy;

/// Builds a [`TokenSource`].
#[derive(Debug)]
#[must_use]
pub struct TokenSourceBuilder {
    base_url: BaseUrl,
    identity: Box<dyn IdentityToken>,
    identity_timeout: Duration,
    file: Option<CredentialsFile>,
    http: HttpConfig,
    retry: RetryPolicy,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl TokenSourceBuilder {
    pub(super) fn new(base_url: BaseUrl, identity: Box<dyn IdentityToken>) -> Self {
        Self {
            base_url,
            identity,
            identity_timeout: Duration::from_secs(30),
            file: None,
            http: HttpConfig::default(),
            retry: RetryPolicy::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
        }
    }

    /// Shares access tokens with other processes through `file`. Default: they stay in memory.
    pub fn credentials_file(mut self, file: CredentialsFile) -> Self {
        self.file = Some(file);
        self
    }

    /// How to reach the server.
    pub fn http(mut self, config: HttpConfig) -> Self {
        self.http = config;
        self
    }

    /// When to try again.
    pub const fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How long an identity token may take. Default: 30 seconds.
    pub const fn identity_timeout(mut self, timeout: Duration) -> Self {
        self.identity_timeout = timeout;
        self
    }

    /// Tells the time. Default: the machine's clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where the jitter of retries comes from. Default: the operating system.
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Builds the source. Nothing is sent and no file is read yet.
    ///
    /// # Errors
    /// [`ConfigError::Certificate`] or [`ConfigError::Client`].
    pub fn build(self) -> Result<TokenSource, ConfigError> {
        Ok(TokenSource(Arc::new(Inner {
            endpoint: self.base_url.token_endpoint(),
            base_url: self.base_url,
            identity: self.identity,
            identity_timeout: self.identity_timeout,
            file: self.file,
            client: http_client::build(&self.http)?,
            retry: self.retry,
            clock: self.clock,
            random: self.random,
            state: Mutex::new(State::default()),
        })))
    }
}
