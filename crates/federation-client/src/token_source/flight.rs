//! One exchange, for all who wait for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::{COOLDOWN, Inner, Outcome};
use crate::access_token::AccessToken;
use crate::error::{Error, Failure};
use crate::exchange::{self, Unsuccessful};
use crate::identity_token::IdentityTokenError;
use crate::retry::parse_retry_after;

/// Why an attempt failed, where another may not.
enum Transient {
    Endpoint(Failure, Option<Duration>),
    Identity(IdentityTokenError),
}

impl Inner {
    /// Starts a task of its own, so that no caller's end is the exchange's.
    pub(super) fn start(self: Arc<Self>) -> watch::Receiver<Outcome> {
        let (outcome, receiver) = watch::channel(None);
        tokio::spawn(async move {
            let refreshed = self.refresh().await;
            self.land(&refreshed);
            let _ = outcome.send(Some(refreshed));
        });
        receiver
    }

    fn land(&self, refreshed: &Result<AccessToken, Error>) {
        let now = self.clock.now();
        let mut state = self.state();
        state.flight = None;
        match refreshed {
            Ok(token) => {
                state.replaced_at = (!state.rejected.is_empty()).then_some(now);
                state.current = Some(token.clone());
                state.not_before = None;
            }
            Err(error) => {
                state.not_before = Some(now.plus(COOLDOWN));
                tracing::warn!(
                    code = error.code(),
                    %error,
                    cause = std::error::Error::source(error).map(tracing::field::display),
                    base_url = self.base_url.as_str(),
                    "no new access token"
                );
            }
        }
    }

    /// From the file if somebody else has put one there, else by an exchange.
    async fn refresh(&self) -> Result<AccessToken, Error> {
        let Some(file) = &self.file else {
            return self.exchange().await;
        };
        if let Some(stored) = self.stored().await {
            return Ok(stored);
        }
        let Some(locked) = file.lock().await else {
            return self.exchange().await;
        };
        // Whoever held the lock may have exchanged.
        if let Some(stored) = self.stored().await {
            return Ok(stored);
        }
        let token = self.exchange().await?;
        locked.store(&self.base_url, &token).await;
        Ok(token)
    }

    async fn stored(&self) -> Option<AccessToken> {
        let stored = self.file.as_ref()?.entry(&self.base_url).await?;
        let good = stored.is_fresh(self.clock.now()) && !self.is_rejected(&stored);
        good.then_some(stored)
    }

    async fn exchange(&self) -> Result<AccessToken, Error> {
        let began = Instant::now();
        let mut attempts = 0_u32;
        loop {
            attempts = attempts.saturating_add(1);
            let left = self.retry.total.saturating_sub(began.elapsed());
            let attempt = match timeout(left, self.attempt()).await {
                Ok(attempt) => attempt?,
                Err(_) => Err(Transient::Endpoint(Failure::TimedOut, None)),
            };
            let failed = match attempt {
                Ok(token) => return Ok(token),
                Err(failed) => failed,
            };
            let asked = match &failed {
                Transient::Endpoint(_, asked) => *asked,
                Transient::Identity(_) => None,
            };
            let random = self.random.as_ref();
            match self.retry.delay(attempts, asked, began.elapsed(), random) {
                Some(delay) => sleep(delay).await,
                None => return Err(failed.into_error(attempts)),
            }
        }
    }

    /// One identity token, posted once. The outer error is final.
    async fn attempt(&self) -> Result<Result<AccessToken, Transient>, Error> {
        let fetched = timeout(self.identity_timeout, self.identity.fetch());
        let fetched = fetched.await.unwrap_or(Err(IdentityTokenError::TimedOut));
        let assertion = match fetched {
            Ok(assertion) => assertion,
            Err(error) if error.is_transient() => return Ok(Err(Transient::Identity(error))),
            Err(error) => return Err(Error::IdentityToken(error)),
        };
        let now = || self.clock.now();
        match exchange::post(&self.client, &self.endpoint, &assertion, now).await {
            Ok(token) => Ok(Ok(token)),
            Err(Unsuccessful::Final(error)) => Err(error),
            Err(Unsuccessful::Transient(failure, retry_after)) => {
                let asked = retry_after.and_then(|value| parse_retry_after(&value, now()));
                Ok(Err(Transient::Endpoint(failure, asked)))
            }
        }
    }
}

impl Transient {
    fn into_error(self, attempts: u32) -> Error {
        match self {
            Self::Endpoint(failure, _) => Error::Unavailable { attempts, failure },
            Self::Identity(error) => Error::IdentityToken(error),
        }
    }
}
