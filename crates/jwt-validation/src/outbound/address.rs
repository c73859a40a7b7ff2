//! Which addresses are public.
//!
//! After the IANA special-purpose address registries (RFC 6890): what is not globally reachable is not
//! public, and neither is what leads to other addresses (6to4, Teredo).

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether everybody on the Internet could reach `address`.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// The addresses where clouds serve credentials and settings to the machines that ask.
pub(super) fn is_metadata_service(address: IpAddr) -> bool {
    const SERVICES: [IpAddr; 8] = [
        // AWS, Azure, Google Cloud, and most others.
        IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
        // AWS, credentials of containers.
        IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
        // AWS, credentials of pods in EKS, over either protocol.
        IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
        IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
        // Alibaba Cloud.
        IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
        // AWS, over IPv6.
        IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
        // Google Cloud, over IPv6.
        IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
        // Azure's wire server: an address of the public range that only its machines can reach.
        IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    ];
    let address = match address {
        IpAddr::V6(v6) => embedded_v4(v6).map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    SERVICES.contains(&address)
}

/// The IPv4 address that an IPv6 address leads to: mapped (RFC 4291 §2.5.5.2), or translated by the
/// well-known prefix of NAT64 (RFC 6052 §2.1).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // "This network", RFC 791.
        [0, ..] => true,
        // Private use, RFC 1918.
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => true,
        // Shared address space behind a carrier's NAT, RFC 6598.
        [100, 64..=127, ..] => true,
        // Loopback, RFC 1122.
        [127, ..] => true,
        // Link-local, RFC 3927.
        [169, 254, ..] => true,
        // IETF protocol assignments, RFC 6890; documentation, RFC 5737.
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        // 6to4 relays, RFC 7526.
        [192, 88, 99, _] => true,
        // Benchmarking, RFC 2544.
        [198, 18..=19, ..] => true,
        // Multicast, RFC 5771; reserved and broadcast, RFC 1112, RFC 919.
        [224..=255, ..] => true,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = embedded_v4(address) {
        return is_public_v4(v4);
    }
    match address.segments() {
        // IETF protocol assignments, Teredo among them, RFC 2928, RFC 4380; documentation, RFC 3849.
        [0x2001, 0..=0x1ff | 0xdb8, ..] => false,
        // 6to4, RFC 3056.
        [0x2002, ..] => false,
        // Documentation, RFC 9637.
        [0x3fff, 0..=0xfff, ..] => false,
        // Of the rest only 2000::/3 is global unicast, RFC 4291 §2.4. Loopback, unique local, link-local,
        // multicast and everything unassigned lie outside.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}
