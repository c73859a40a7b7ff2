//! How many exchanges are judged, so that one noisy tenant leaves the others their share.
//!
//! The generic cell rate algorithm: of each address and each registration one moment is kept, at which
//! its share would be used up; nothing grows with the number of requests.

use std::hash::Hash;
use std::net::IpAddr;
use std::time::Duration;

use auth_core::{Error, ErrorKind, Refusal};
use quick_cache::sync::Cache;
use tokio::time::Instant;

use crate::issuer::JwtIssuerId;

/// So many addresses, and so many registrations, are kept apart; those that were not seen for longest
/// are forgotten, and begin anew.
const MOST_KEPT: usize = 65_536;

/// How many exchanges are judged. What is beyond is answered 429, which clients wait out.
///
/// | share of | default | reason |
/// |---|---|---|
/// | an address | 5,000 at once, then 1,000 a second | a build farm, and a proxy in front of the host, is one address |
/// | a registration | 2,000 at once, then 200 a second | a tenth of what one core can judge |
///
/// A registration is charged once the signature is verified, and before that each address for itself, so
/// that strangers use up nobody's share. Where the host does not know addresses, only the former counts; where a
/// proxy is in front, all callers are one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExchangeLimits {
    /// For each address; `None`: no limit.
    pub per_address: Option<Share>,
    /// For each registration; `None`: no limit.
    pub per_registration: Option<Share>,
}

/// So many at once, and then so many a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many at once.
    pub burst: u32,
    /// How many a second after these. Zero counts as one.
    pub per_second: u32,
}

impl Default for ExchangeLimits {
    fn default() -> Self {
        Self {
            per_address: Some(Share {
                burst: 5_000,
                per_second: 1_000,
            }),
            per_registration: Some(Share {
                burst: 2_000,
                per_second: 200,
            }),
        }
    }
}

impl ExchangeLimits {
    /// No limits: for a host that has its own in front.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            per_address: None,
            per_registration: None,
        }
    }

    /// The share of each address.
    #[must_use]
    pub const fn per_address(mut self, share: Option<Share>) -> Self {
        self.per_address = share;
        self
    }

    /// The share of each registration.
    #[must_use]
    pub const fn per_registration(mut self, share: Option<Share>) -> Self {
        self.per_registration = share;
        self
    }
}

#[derive(Debug)]
pub(super) struct Limiters {
    addresses: Option<Limiter<IpAddr>>,
    /// What was not verified yet counts for its sender alone: the registration is only what it claims.
    unverified: Option<Limiter<(JwtIssuerId, IpAddr)>>,
    registrations: Option<Limiter<JwtIssuerId>>,
}

impl Limiters {
    pub(super) fn new(limits: ExchangeLimits) -> Self {
        Self {
            addresses: limits.per_address.map(Limiter::new),
            unverified: limits.per_registration.map(Limiter::new),
            registrations: limits.per_registration.map(Limiter::new),
        }
    }

    pub(super) fn admit_address(&self, address: IpAddr) -> Result<(), Error> {
        let key = subscriber(address);
        let limiter = self.addresses.as_ref();
        let admitted = limiter.is_none_or(|limiter| limiter.admits(&key, Instant::now()));
        decide(admitted, || format!("too many exchanges from {address}"))
    }

    /// Before the signature: of one address for one registration.
    pub(super) fn admit_unverified(
        &self,
        id: &JwtIssuerId,
        address: Option<IpAddr>,
    ) -> Result<(), Error> {
        let (Some(limiter), Some(address)) = (&self.unverified, address) else {
            return Ok(());
        };
        let key = (id.clone(), subscriber(address));
        decide(limiter.admits(&key, Instant::now()), || {
            format!("too many exchanges from {address} for jwt-issuer:{id}")
        })
    }

    /// After the signature: whoever can't make the issuer's tokens uses up none of its share.
    pub(super) fn admit_registration(&self, id: &JwtIssuerId) -> Result<(), Error> {
        let limiter = self.registrations.as_ref();
        let admitted = limiter.is_none_or(|limiter| limiter.admits(id, Instant::now()));
        decide(admitted, || {
            format!("too many exchanges for jwt-issuer:{id}")
        })
    }
}

/// Whose an address is: over IPv6 a subscriber has 2^64 of them (RFC 6177), which are one here.
fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let network = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
        v4 => v4,
    }
}

fn decide(admitted: bool, detail: impl FnOnce() -> String) -> Result<(), Error> {
    if admitted {
        return Ok(());
    }
    let message = "too many exchanges at a time; try again in some seconds";
    let refusal = Refusal::new(ErrorKind::Throttled, "assertion.throttled", message);
    Err(refusal.with_detail(detail()).into())
}

#[derive(Debug)]
struct Limiter<K: Eq + Hash> {
    /// The time that one exchange uses up.
    cost: Duration,
    /// How far ahead of the clock the used time may be.
    tolerance: Duration,
    used_until: Cache<K, Instant>,
}

impl<K: Eq + Hash + Clone> Limiter<K> {
    fn new(share: Share) -> Self {
        let cost = Duration::from_secs(1)
            .checked_div(share.per_second.max(1))
            .unwrap_or(Duration::from_secs(1));
        Self {
            cost,
            tolerance: cost.saturating_mul(share.burst.max(1)),
            used_until: Cache::new(MOST_KEPT),
        }
    }

    fn admits(&self, key: &K, now: Instant) -> bool {
        let used = self.used_until.get(key).unwrap_or(now).max(now);
        let Some(used) = used.checked_add(self.cost) else {
            return false;
        };
        if used.saturating_duration_since(now) > self.tolerance {
            return false;
        }
        // Two at once may count as one; the limit is there for thousands.
        self.used_until.insert(key.clone(), used);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(burst: u32, per_second: u32) -> Share {
        Share { burst, per_second }
    }

    #[tokio::test(start_paused = true)]
    async fn fed_032_a_share_is_a_burst_and_then_a_rate() {
        let limiter = Limiter::new(share(5, 10));
        let admitted = |count: u32| {
            (0..count)
                .filter(|_| limiter.admits(&1, Instant::now()))
                .count()
        };
        assert_eq!(admitted(20), 5);
        tokio::time::advance(Duration::from_millis(300)).await;
        assert_eq!(admitted(20), 3);
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(admitted(20), 5, "what was not used is not saved up");
        assert!(
            limiter.admits(&2, Instant::now()),
            "another's share is its own"
        );
    }

    #[test]
    fn fed_032_a_network_of_one_subscriber_is_one_address() {
        for (name, one, other, same) in [
            ("IPv4", "192.0.2.1", "192.0.2.2", false),
            (
                "one /64",
                "2001:db8::1",
                "2001:db8::ffff:ffff:ffff:ffff",
                true,
            ),
            ("two /64", "2001:db8::1", "2001:db8:0:1::1", false),
            ("mapped", "192.0.2.1", "::ffff:192.0.2.1", true),
        ] {
            let [one, other] = [one, other].map(|text| subscriber(text.parse().expect("one")));
            assert_eq!(one == other, same, "{name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn fed_032_no_limit_is_none() {
        let limiters = Limiters::new(ExchangeLimits::none());
        let address = IpAddr::from([192, 0, 2, 1]);
        assert!((0..10_000).all(|_| limiters.admit_address(address).is_ok()));
        let limits = ExchangeLimits::none().per_address(Some(share(2, 1)));
        let limiters = Limiters::new(limits);
        let admitted = (0..10)
            .filter(|_| limiters.admit_address(address).is_ok())
            .count();
        assert_eq!(admitted, 2);
        assert!(limiters.admit_registration(&JwtIssuerId::new("x")).is_ok());
    }
}
