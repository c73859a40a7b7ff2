//! From options to a running server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use auth_axum::{Auth, BuildError, Environment};
use auth_core::{OsRandom, StoreError, SystemClock};
use auth_store::{OpenError, SqliteStore};
use axum::Router;
use jwt_validation::OutboundPolicy;
use tokio::net::TcpListener;

use crate::demo::{Demo, DemoError};
use crate::host::Host;
use crate::options::Options;
use crate::runs::Runs;
use crate::serve::serve;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data directory can't be made or reached.
    #[error("the data directory {path:?} can't be used")]
    DataDir {
        /// Which one.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The address is taken, or not ours.
    #[error("{address} can't be listened on")]
    Listen {
        /// Which one.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The database can't be opened.
    #[error("the database can't be opened")]
    Store(#[from] OpenError),
    /// The host's own tables can't be opened.
    #[error("the tracker's tables can't be opened")]
    Tables(#[from] StoreError),
    /// Gatehouse can't be built.
    #[error("authentication can't be set up")]
    Auth(#[from] BuildError),
    /// The demo can't be set up.
    #[error("the demo can't be set up")]
    Demo(#[from] DemoError),
}

/// Everything in place, and a bound address; [`Tracker::run`] answers requests.
#[derive(Debug)]
pub struct Tracker {
    listener: TcpListener,
    store: SqliteStore,
    host: Host,
    runs: Runs,
    /// The demo on it.
    pub demo: Demo,
}

impl Tracker {
    /// Opens the database, sets up the demo, and takes the address.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(options: &Options) -> Result<Self, StartError> {
        let data_dir = make_data_dir(&options.data_dir).map_err(|source| StartError::DataDir {
            path: options.data_dir.clone(),
            source,
        })?;
        let listen = |source| StartError::Listen {
            address: options.listen,
            source,
        };
        let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
        let base_url = base_url(listener.local_addr().map_err(listen)?);

        let database = data_dir.join("tracker.db");
        let store = SqliteStore::open(&database).await?;
        let mut auth = Auth::builder(&base_url, store.clone())
            .environment(Environment::from_process(""))
            // The demo's issuer is in this process. A host in production leaves this out.
            .outbound(OutboundPolicy::default().allow_loopback_http(true));
        if let Some(lifetime) = options.access_token_lifetime {
            auth = auth.access_token_lifetime(lifetime);
        }
        let auth = auth.build().await?;
        let (clock, random) = (Arc::new(SystemClock), Arc::new(OsRandom));
        let runs = Runs::open(&store, &database, clock, random).await?;
        let demo = Demo::start(&data_dir, base_url, &auth, &store).await?;
        let host = Host::new(auth, runs.clone());
        Ok(Self {
            listener,
            store,
            host,
            runs,
            demo,
        })
    }

    /// All routes, for tests that need no socket.
    pub fn router(&self) -> Router {
        self.host.clone().router()
    }

    /// Answers requests until `stop`; then ends what it began, in order.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        serve(self.listener, self.host.router(), stop).await;
        drop(self.demo);
        self.runs.close().await;
        self.store.close().await;
    }
}

/// The URL under which the server is reached. With a proxy in front it is the proxy's, and a setting.
fn base_url(bound: SocketAddr) -> String {
    let reached = match bound {
        SocketAddr::V4(any) if any.ip().is_unspecified() => {
            SocketAddr::from((Ipv4Addr::LOCALHOST, any.port()))
        }
        bound => bound,
    };
    format!("http://{reached}")
}

/// Makes the directory, for its owner alone: the demo's keys are in it.
fn make_data_dir(path: &Path) -> io::Result<PathBuf> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    path.canonicalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_url_is_one_that_a_client_can_dial() {
        for (bound, expected) in [
            ("127.0.0.1:80", "http://127.0.0.1:80"),
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            ("[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(base_url(bound.parse().expect("an address")), expected);
        }
    }
}
