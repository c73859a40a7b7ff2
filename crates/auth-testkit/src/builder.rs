//! Settings of an issuer, and its start.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use auth_core::{Clock, SystemClock};
use tokio::net::TcpListener;

use crate::issuer::TestIssuer;
use crate::key::{SigningAlgorithm, SigningKey};

/// Why an issuer did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is taken, or not this machine's.
    #[error("{address} can't be listened on")]
    Address {
        /// Which one.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The key file can't be read or made.
    #[error("the key file {path:?} can't be used")]
    KeyFile {
        /// Which one.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The key file holds no private RSA, P-256 or Ed25519 key as a JWK with `kid` and `alg`.
    #[error("the key file {path:?} holds no signing key")]
    NoKey {
        /// Which one.
        path: PathBuf,
    },
    /// OpenSSL failed to make a key.
    #[error("a key could not be made")]
    Cryptography,
}

/// Settings of a [`TestIssuer`].
#[derive(Clone, Debug)]
pub struct TestIssuerBuilder {
    address: SocketAddr,
    algorithm: SigningAlgorithm,
    key_file: Option<PathBuf>,
    clock: Arc<dyn Clock>,
}

impl Default for TestIssuerBuilder {
    /// Any free port of 127.0.0.1, RS256, a key for this process only, the machine's clock.
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            algorithm: SigningAlgorithm::default(),
            key_file: None,
            clock: Arc::new(SystemClock),
        }
    }
}

impl TestIssuerBuilder {
    /// Listens on `address`. The issuer's URL has it in its text, so that one that is to stay the same
    /// needs a port of its own.
    #[must_use]
    pub const fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Signs with `algorithm`, unless a key file says otherwise.
    #[must_use]
    pub const fn algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Signs with the private JWK in the file at `path`, whatever its algorithm; where there is no
    /// such file it is made, readable for the present user alone.
    #[must_use]
    pub fn signing_key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.key_file = Some(path.into());
        self
    }

    /// Dates tokens by `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Starts the issuer, within the present tokio runtime.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(self) -> Result<TestIssuer, StartError> {
        let key = match &self.key_file {
            Some(path) => SigningKey::load_or_create(path, self.algorithm)?,
            None => SigningKey::generate(self.algorithm)?,
        };
        let address = self.address;
        let failed = |source| StartError::Address { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        TestIssuer::serve(listener, key, self.clock).map_err(failed)
    }
}
