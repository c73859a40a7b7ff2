//! Gives access tokens that are good, and exchanges as seldom as that allows.

mod builder;
mod flight;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use auth_core::{Clock, Random, Timestamp};
use reqwest::Client;
use tokio::sync::watch;
use url::Url;

use crate::access_token::AccessToken;
use crate::base_url::BaseUrl;
use crate::credentials_file::CredentialsFile;
use crate::error::Error;
use crate::identity_token::IdentityToken;
use crate::retry::RetryPolicy;

pub use builder::TokenSourceBuilder;

/// A token that ends sooner may not survive the request that it is sent with.
const USABLE_FOR: Duration = Duration::from_secs(10);

/// After an exchange that failed while the old token is still good, the next is this much later.
const COOLDOWN: Duration = Duration::from_secs(30);

/// Rejected tokens that are remembered, so that a file that can't be changed doesn't bring one back.
const MOST_REJECTED: usize = 8;

/// Access tokens for one server and one identity. Cheap to clone; clones share everything.
///
/// [`access_token`](Self::access_token) gives the token at hand while more than five minutes of it are
/// left (or half its life, where that is less). Then it is replaced, by one exchange however many callers
/// there are; a caller that goes away doesn't end it for the others.
///
/// - While the old token is good for ten seconds or more, callers get it at once and the exchange goes on
///   beside them; if that fails, a warning is logged and the next try is 30 seconds later.
/// - After that, callers wait for the exchange. If it fails and the old token has not ended, they get it.
/// - Otherwise they get the error, all of them the same.
///
/// It must be used within a Tokio runtime, with time and I/O on.
#[derive(Clone, Debug)]
pub struct TokenSource(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    base_url: BaseUrl,
    endpoint: Url,
    identity: Box<dyn IdentityToken>,
    identity_timeout: Duration,
    file: Option<CredentialsFile>,
    client: Client,
    retry: RetryPolicy,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    state: Mutex<State>,
}

type Outcome = Option<Result<AccessToken, Error>>;

#[derive(Debug, Default)]
struct State {
    current: Option<AccessToken>,
    flight: Option<watch::Receiver<Outcome>>,
    rejected: Vec<AccessToken>,
    /// When the present token took the place of one that was rejected.
    replaced_at: Option<Timestamp>,
    not_before: Option<Timestamp>,
}

impl TokenSource {
    /// A source for the server at `base_url`, whose identity tokens `identity` gives.
    pub fn builder(
        base_url: BaseUrl,
        identity: impl IdentityToken + 'static,
    ) -> TokenSourceBuilder {
        TokenSourceBuilder::new(base_url, Box::new(identity))
    }

    /// The server that the tokens are for.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.0.base_url
    }

    /// An access token that is good at this moment.
    ///
    /// # Errors
    /// [`Error`] where no token is at hand and the exchange failed.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        // Twice: a flight may have been started in a runtime that is gone.
        for _ in 0..2 {
            let mut flight = match self.0.at_hand_or_flight() {
                Next::Token(token) => return Ok(token),
                Next::Wait(flight) => flight,
            };
            if let Ok(outcome) = flight.wait_for(Option::is_some).await {
                let outcome = outcome.clone().unwrap_or(Err(Error::Interrupted));
                return outcome.or_else(|error| self.0.last_resort(error));
            }
        }
        self.0.last_resort(Error::Interrupted)
    }

    /// Drops `token`, which the server did not accept, from memory and from the credentials file, and says
    /// whether it did. Another token that has taken its place stays.
    ///
    /// A token that replaced a rejected one less than 30 seconds ago stays too: an endpoint that takes no token
    /// at all would otherwise cost an exchange for each request, and everybody on the file their token.
    pub async fn reject(&self, token: &AccessToken) -> bool {
        if !self.0.reject(token) {
            return false;
        }
        if let Some(file) = &self.0.file {
            file.forget(&self.0.base_url, token).await;
        }
        true
    }
}

enum Next {
    Token(AccessToken),
    Wait(watch::Receiver<Outcome>),
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is a single assignment, so a panic leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at_hand_or_flight(self: &Arc<Self>) -> Next {
        let now = self.clock.now();
        let mut state = self.state();
        let current = state.current.clone();
        if let Some(fresh) = current.as_ref().filter(|token| token.is_fresh(now)) {
            return Next::Token(fresh.clone());
        }
        let usable = current.filter(|token| token.is_valid_for(USABLE_FOR, now));
        let running = state.flight.clone();
        // A flight whose task is gone without an outcome has a closed channel.
        let running = running.filter(|flight| flight.has_changed().is_ok());
        let cooling = state.not_before.is_some_and(|moment| now < moment);
        match (usable, running) {
            (Some(usable), Some(_)) => Next::Token(usable),
            (Some(usable), None) if cooling => Next::Token(usable),
            (Some(usable), None) => {
                state.flight = Some(Arc::clone(self).start());
                Next::Token(usable)
            }
            (None, Some(running)) => Next::Wait(running),
            (None, None) => {
                let flight = Arc::clone(self).start();
                state.flight = Some(flight.clone());
                Next::Wait(flight)
            }
        }
    }

    /// The old token, if it has not ended.
    fn last_resort(&self, error: Error) -> Result<AccessToken, Error> {
        let now = self.clock.now();
        let current = self.state().current.clone();
        current
            .filter(|token| token.is_valid_for(Duration::ZERO, now))
            .ok_or(error)
    }

    fn reject(&self, token: &AccessToken) -> bool {
        let now = self.clock.now();
        let mut state = self.state();
        let is_it = |other: &AccessToken| other.secret().matches(token.secret());
        if state.current.as_ref().is_some_and(is_it) {
            let replaced_at = state.replaced_at;
            if replaced_at.is_some_and(|at| at <= now && now < at.plus(COOLDOWN)) {
                return false;
            }
            state.current = None;
        }
        if !state.rejected.iter().any(is_it) {
            if state.rejected.len() >= MOST_REJECTED {
                state.rejected.remove(0);
            }
            state.rejected.push(token.clone());
        }
        true
    }

    fn is_rejected(&self, token: &AccessToken) -> bool {
        let state = self.state();
        let mut rejected = state.rejected.iter();
        rejected.any(|other| other.secret().matches(token.secret()))
    }
}
