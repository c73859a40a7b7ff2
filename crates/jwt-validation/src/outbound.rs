//! Requests to URLs that somebody typed: an issuer, a `jwks_uri`, a token endpoint.
//!
//! Whoever may register an issuer could otherwise make the server ask its own network questions
//! (server-side request forgery). So the scheme is https, the address that is really dialled must be
//! public, redirects are not followed, and bytes and time are bounded.

mod address;
mod client;
mod error;
mod resolver;
mod url;

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

pub use crate::outbound::client::GuardedClient;
pub use crate::outbound::error::{FetchError, UrlFault};

/// Where a [`GuardedClient`] may connect to, and how long and how much it listens.
///
/// | setting | default | reason |
/// |---|---|---|
/// | scheme | https | keys that came over http are anybody's |
/// | addresses | public ones | a tenant must not reach the server's own network |
/// | ports | 443 and those from 1024 | TLS to a mail or shell port is never meant |
/// | time to connect | 3 s | |
/// | time for all of an exchange | 10 s | a login that waits for it still ends in seconds |
/// | longest answer | 1 MiB | the largest metadata and key sets have some tens of kilobytes |
/// | redirects | none are followed | an issuer's identity is its URL |
/// | proxy | none | a proxy would dial addresses that were never checked |
#[derive(Clone, Debug)]
pub struct OutboundPolicy {
    loopback_http: bool,
    networks: Vec<IpNet>,
    root_certificates: Vec<Vec<u8>>,
    connect_timeout: Duration,
    total_timeout: Duration,
    max_octets: usize,
}

impl Default for OutboundPolicy {
    fn default() -> Self {
        Self {
            loopback_http: false,
            networks: Vec::new(),
            root_certificates: Vec::new(),
            connect_timeout: Duration::from_secs(3),
            total_timeout: Duration::from_secs(10),
            max_octets: 1024 * 1024,
        }
    }
}

impl OutboundPolicy {
    /// Lets `http://localhost`, `http://127.0.0.1` and the like through, for development. Every port of
    /// the machine is then within reach of whoever may register an issuer.
    #[must_use]
    pub const fn allow_loopback_http(mut self, allow: bool) -> Self {
        self.loopback_http = allow;
        self
    }

    /// Lets the addresses of `network` through, over https. For issuers inside the company.
    ///
    /// What is allowed is allowed for every URL of the client. To allow it for one issuer alone, give
    /// that issuer's source a client of its own, from a copy of this policy; the certificate still has to
    /// vouch for the issuer's name, so that no other list of names is needed.
    ///
    /// The addresses where clouds serve credentials to their machines stay closed unless `network` is
    /// exactly one of them.
    #[must_use]
    pub fn allow_network(mut self, network: IpNet) -> Self {
        self.networks.push(network);
        self
    }

    /// Trusts the certificates in `pem`, besides those that the system trusts. For a company's own CA.
    ///
    /// They are trusted for every host that the client reaches. Where one issuer's CA must not vouch for
    /// others, give that issuer's source a client of its own, from a copy of this policy.
    #[must_use]
    pub fn trust_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// How long connecting, and how long all of an exchange, may take.
    #[must_use]
    pub const fn timeouts(mut self, connect: Duration, total: Duration) -> Self {
        self.connect_timeout = connect;
        self.total_timeout = total;
        self
    }

    /// The longest answer, in octets.
    #[must_use]
    pub const fn max_octets(mut self, max_octets: usize) -> Self {
        self.max_octets = max_octets;
        self
    }

    /// Whether `address` may be dialled for a host that is, or is not, this machine by its own text.
    fn permits(&self, address: IpAddr, host_is_local: bool) -> bool {
        let address = address.to_canonical();
        // RFC 6761 §6.3: such a name is never anything else. What may go to it over plain http must
        // not leave the machine because a name service says so, not even to an address that is
        // allowed by itself.
        if host_is_local && !address.is_loopback() {
            return false;
        }
        if self.networks.contains(&IpNet::from(address)) {
            return true;
        }
        if address::is_metadata_service(address) {
            return false;
        }
        if address.is_loopback() && host_is_local && self.loopback_http {
            return true;
        }
        address::is_public(address)
            || self
                .networks
                .iter()
                .any(|network| network.contains(&address))
    }
}
