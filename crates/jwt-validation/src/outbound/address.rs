//! Which addresses are public.
//!
//! After the IANA special-purpose address registries (RFC 6890): what is not globally reachable is not
//! public, and neither is what leads to other addresses (6to4, Teredo).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether everybody on the Internet could reach `address`.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// The addresses where clouds serve credentials to the machines that ask.
pub(super) fn is_metadata_service(address: IpAddr) -> bool {
    const SERVICES: [IpAddr; 4] = [
        // AWS, Azure, Google Cloud, and most others.
        IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
        // AWS, credentials of containers.
        IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
        // Alibaba Cloud.
        IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
        // AWS, over IPv6.
        IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    ];
    SERVICES.contains(&address)
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
    // An address that carries an IPv4 address leads there: mapped (RFC 4291 §2.5.5.2), and translated
    // by the well-known prefix of NAT64 (RFC 6052 §2.1).
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn ssrf_003_special_addresses_are_not_public() {
        for (name, address) in [
            ("this network", "0.0.0.0"),
            ("this network, last", "0.255.255.255"),
            ("private 10", "10.0.0.1"),
            ("private 172.16", "172.16.0.1"),
            ("private 172.31", "172.31.255.255"),
            ("private 192.168", "192.168.1.1"),
            ("carrier NAT, first", "100.64.0.0"),
            ("carrier NAT, last", "100.127.255.255"),
            ("loopback", "127.0.0.1"),
            ("loopback, last", "127.255.255.254"),
            ("link-local", "169.254.0.1"),
            ("protocol assignments", "192.0.0.8"),
            ("documentation 1", "192.0.2.1"),
            ("documentation 2", "198.51.100.1"),
            ("documentation 3", "203.0.113.1"),
            ("6to4 relay", "192.88.99.1"),
            ("benchmarking, first", "198.18.0.0"),
            ("benchmarking, last", "198.19.255.255"),
            ("multicast", "224.0.0.1"),
            ("reserved", "240.0.0.1"),
            ("broadcast", "255.255.255.255"),
            ("IPv6 unspecified", "::"),
            ("IPv6 loopback", "::1"),
            ("IPv6 unique local", "fc00::1"),
            ("IPv6 unique local, assigned", "fd12:3456::1"),
            ("IPv6 link-local", "fe80::1"),
            ("IPv6 site-local", "fec0::1"),
            ("IPv6 multicast", "ff02::1"),
            ("IPv6 discard", "100::1"),
            ("IPv6 documentation", "2001:db8::1"),
            ("IPv6 documentation, new", "3fff::1"),
            ("Teredo", "2001::1"),
            ("ORCHID", "2001:20::1"),
            ("6to4 to a private address", "2002:a00:1::"),
            ("6to4 to a public address", "2002:808:808::"),
            ("mapped loopback", "::ffff:127.0.0.1"),
            ("mapped private", "::ffff:10.0.0.1"),
            ("compatible loopback", "::127.0.0.1"),
            ("NAT64 to a private address", "64:ff9b::a00:1"),
            ("NAT64, local prefix", "64:ff9b:1::a00:1"),
        ] {
            assert!(!is_public(parse(address)), "{name}: {address}");
        }
    }

    #[test]
    fn neighbours_of_special_addresses_are_public() {
        for address in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "8.8.8.8",
            "2001:200::1",
            "2606:4700::1111",
            "64:ff9b::808:808",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(parse(address)), "{address}");
        }
    }

    #[test]
    fn ssrf_004_metadata_services_are_not_public() {
        for address in [
            "169.254.169.254",
            "169.254.170.2",
            "fd00:ec2::254",
            "100.100.100.200",
        ] {
            assert!(is_metadata_service(parse(address)), "{address}");
            assert!(!is_public(parse(address)), "{address}");
        }
    }
}
