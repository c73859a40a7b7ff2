//! The issuer.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth_core::Clock;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::builder::TestIssuerBuilder;
use crate::fault::Fault;
use crate::key::SigningKey;
use crate::server;
use crate::token::TokenBuilder;

/// An OpenID issuer inside the process. Clones are the same issuer; when the last one is dropped it
/// stops.
#[derive(Clone, Debug)]
pub struct TestIssuer {
    state: Arc<State>,
    server: Arc<Server>,
}

/// What the server, the holders and the tokens share.
#[derive(Debug)]
pub(crate) struct State {
    address: SocketAddr,
    issuer: String,
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Those that are published, oldest first.
    earlier: Vec<SigningKey>,
    /// The one that signs; published too.
    present: SigningKey,
    fault: Option<Fault>,
    requests: BTreeMap<String, usize>,
}

/// The task. It stops when the sender is gone.
#[derive(Debug)]
struct Server {
    stop: watch::Sender<bool>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl TestIssuer {
    /// Starts an issuer on a free port of 127.0.0.1 that signs by RS256.
    ///
    /// # Panics
    /// Where loopback has no free port, or OpenSSL makes no key; see [`TestIssuer::builder`].
    #[expect(
        clippy::expect_used,
        reason = "in a test there is no better answer than to stop"
    )]
    pub async fn start() -> Self {
        Self::builder()
            .start()
            .await
            .expect("loopback has a free port, and OpenSSL makes keys")
    }

    /// For an address, a key or an algorithm of one's own.
    #[must_use]
    pub fn builder() -> TestIssuerBuilder {
        TestIssuerBuilder::default()
    }

    pub(crate) fn serve(
        listener: TcpListener,
        key: SigningKey,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let inner = Inner {
            earlier: Vec::new(),
            present: key,
            fault: None,
            requests: BTreeMap::new(),
        };
        let issuer = format!("http://{address}");
        let state = Arc::new(State {
            address,
            issuer,
            clock,
            inner: Mutex::new(inner),
        });
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(server::run(listener, Arc::clone(&state), stopped));
        let task = tokio::sync::Mutex::new(Some(task));
        Ok(Self {
            state,
            server: Arc::new(Server { stop, task }),
        })
    }

    /// Its URL, as it stands in `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.state.issuer
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.state.address
    }

    /// The JWK Set (RFC 7517 §5) as it is published now, in JSON.
    #[must_use]
    pub fn jwks(&self) -> String {
        self.state.key_set().to_string()
    }

    /// Begins a token about `subject`.
    pub fn token(&self, subject: &str) -> TokenBuilder {
        TokenBuilder::new(Arc::clone(&self.state), subject)
    }

    /// Makes a new key and signs with it from now on; the earlier ones stay published. A key file stays
    /// as it is.
    ///
    /// # Panics
    /// Where OpenSSL makes no key.
    #[expect(
        clippy::expect_used,
        reason = "in a test there is no better answer than to stop"
    )]
    pub fn rotate(&self) {
        let algorithm = self.state.lock().present.algorithm();
        let new = SigningKey::generate(algorithm).expect("OpenSSL makes keys");
        let mut inner = self.state.lock();
        let earlier = std::mem::replace(&mut inner.present, new);
        inner.earlier.push(earlier);
    }

    /// Publishes only the key that signs.
    pub fn withdraw_old_keys(&self) {
        self.state.lock().earlier.clear();
    }

    /// Misbehaves from the next request on, or (`None`) no longer.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.state.lock().fault = fault;
    }

    /// How many requests came so far.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.state.lock().requests.values().sum()
    }

    /// How many requests came so far for `path`, as `/jwks`.
    #[must_use]
    pub fn requests_to(&self, path: &str) -> usize {
        self.state.lock().requests.get(path).copied().unwrap_or(0)
    }

    /// Stops, and returns when the port is free again. Tokens can still be signed.
    pub async fn stop(&self) {
        self.server.stop.send_replace(true);
        if let Some(task) = self.server.task.lock().await.take() {
            // It has no way to fail.
            let _ = task.await;
        }
    }
}

impl State {
    /// A test that panicked has left nothing half-done here.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    pub(crate) fn sign(&self, typ: &str, claims: &Map<String, Value>) -> String {
        self.lock().present.sign(typ, claims)
    }

    /// Counts a request, and tells how to answer it.
    pub(crate) fn note_request(&self, path: &str) -> Option<Fault> {
        let mut inner = self.lock();
        let count = inner.requests.entry(path.to_owned()).or_default();
        *count = count.saturating_add(1);
        inner.fault
    }

    /// The discovery document (OpenID Connect Discovery 1.0 §3).
    pub(crate) fn discovery(&self, issuer: &str) -> Value {
        let algorithm = self.lock().present.algorithm();
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{}/authorize", self.issuer),
            "jwks_uri": format!("{}{}", self.issuer, server::JWKS),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [algorithm.name()],
        })
    }

    /// The JWK Set (RFC 7517 §5).
    pub(crate) fn key_set(&self) -> Value {
        let inner = self.lock();
        let keys = inner.earlier.iter().chain([&inner.present]);
        json!({ "keys": keys.map(SigningKey::public_jwk).collect::<Vec<_>>() })
    }
}
