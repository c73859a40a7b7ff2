//! Names become addresses here, and the addresses that come out are the ones that are dialled: between
//! the check and the connection there is no second look-up that could answer otherwise.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::outbound::OutboundPolicy;
use crate::outbound::url::is_local_name;

pub(super) type Lookup = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;

/// Asks for the addresses of a name; a seam for tests.
pub(super) trait NameService: Send + Sync {
    fn look_up(&self, name: String) -> Lookup;
}

/// The system's resolver.
pub(super) struct System;

impl NameService for System {
    fn look_up(&self, name: String) -> Lookup {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|socket| socket.ip()).collect())
        })
    }
}

/// Resolves a name and passes on only what the policy permits.
pub(super) struct GuardedResolver {
    pub(super) policy: Arc<OutboundPolicy>,
    pub(super) names: Arc<dyn NameService>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = Arc::clone(&self.policy);
        let host = name.as_str().to_owned();
        let lookup = self.names.look_up(host.clone());
        Box::pin(async move {
            let found = lookup.await?;
            let local = is_local_name(&host);
            let (permitted, refused): (Vec<_>, Vec<_>) = found
                .into_iter()
                .partition(|&address| policy.permits(address, local));
            if permitted.is_empty() {
                return Err(AddressRefused(refused).into());
            }
            let sockets = permitted
                .into_iter()
                .map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(sockets) as Addrs)
        })
    }
}

/// A name has no address that may be dialled. Travels inside of the HTTP client's own error.
#[derive(Debug)]
pub(super) struct AddressRefused(pub(super) Vec<IpAddr>);

impl fmt::Display for AddressRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no address of the host may be dialled")
    }
}

impl std::error::Error for AddressRefused {}
