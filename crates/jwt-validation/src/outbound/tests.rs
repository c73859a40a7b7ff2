//! The address filter and the URL check against a second model, written from the registries alone.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the numbers are the tests' own"
)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::IpNet;
use proptest::prelude::*;

use super::*;

/// What is not globally reachable, or leads elsewhere: the IANA IPv4 and IPv6 Special-Purpose Address
/// Registries, the multicast registries, and what IANA has not given out as unicast.
const CLOSED: &[(&str, &str)] = &[
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private use"),
    ("100.64.0.0/10", "shared address space"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private use"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4 relay anycast"),
    ("192.168.0.0/16", "private use"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("255.255.255.255/32", "limited broadcast"),
    ("168.63.129.16/32", "Azure's wire server"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::/96", "IPv4-compatible, deprecated"),
    ("64:ff9b:1::/48", "translation, local use"),
    ("100::/64", "discard only"),
    ("100:0:0:1::/64", "dummy prefix"),
    ("2001::/23", "protocol assignments"),
    ("2001::/32", "Teredo"),
    ("2001:2::/48", "benchmarking"),
    ("2001:10::/28", "ORCHID"),
    ("2001:20::/28", "ORCHIDv2"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("3fff::/20", "documentation"),
    ("4000::/2", "not given out"),
    ("8000::/2", "not given out"),
    ("c000::/3", "not given out"),
    ("e000::/4", "not given out"),
    ("f000::/5", "not given out"),
    ("f800::/6", "not given out"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "unique local"),
    ("fe00::/9", "not given out"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local, deprecated"),
    ("ff00::/8", "multicast"),
    ("200::/7", "NSAP mapped, deprecated"),
    ("400::/6", "not given out"),
    ("800::/5", "not given out"),
    ("1000::/4", "not given out"),
];

/// An IPv6 address that means the IPv4 address in its last 32 bits.
const CARRIERS: &[&str] = &["::ffff:0:0/96", "64:ff9b::/96"];

static CLOSED_NETS: LazyLock<Vec<IpNet>> =
    LazyLock::new(|| CLOSED.iter().map(|(net, _)| net.parse().unwrap()).collect());

/// The second model. It knows prefixes and nothing else.
fn is_open(address: IpAddr) -> bool {
    if let IpAddr::V6(v6) = address {
        let carries = CARRIERS
            .iter()
            .any(|net| net.parse::<IpNet>().unwrap().contains(&address));
        if carries {
            let [.., a, b, c, d] = v6.octets();
            return is_open(IpAddr::from([a, b, c, d]));
        }
        let in_unicast = "2000::/3".parse::<IpNet>().unwrap().contains(&address);
        return in_unicast && !CLOSED_NETS.iter().any(|net| net.contains(&address));
    }
    !CLOSED_NETS.iter().any(|net| net.contains(&address))
}

fn permits(address: IpAddr) -> bool {
    OutboundPolicy::default().permits(address, false)
}

/// Whether the client would dial the address if it stood in a URL.
fn url_passes(address: IpAddr) -> bool {
    let url = match address {
        IpAddr::V4(v4) => format!("https://{v4}/"),
        IpAddr::V6(v6) => format!("https://[{v6}]/"),
    };
    OutboundPolicy::default().parse_url(&url).is_ok()
}

/// The first address of a network, the last one, and one between.
fn samples(net: &IpNet) -> [IpAddr; 3] {
    let between = match (net.network(), net.broadcast()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let (first, last) = (u32::from(first), u32::from(last));
            IpAddr::from(Ipv4Addr::from(first + (last - first) / 3))
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            let (first, last) = (u128::from(first), u128::from(last));
            IpAddr::from(Ipv6Addr::from(first + (last - first) / 3))
        }
        _ => unreachable!("a network has one family"),
    };
    [net.network(), between, net.broadcast()]
}

#[test]
fn fuzz_09_ssrf_003_every_special_network_is_closed_from_end_to_end() {
    for (net, name) in CLOSED {
        for address in samples(&net.parse().unwrap()) {
            assert!(!permits(address), "{name}: {address}");
            assert!(!url_passes(address), "{name}: {address}");
            // Whatever carries it is as closed.
            if let IpAddr::V4(v4) = address {
                for carrier in [v4.to_ipv6_mapped().to_string(), format!("64:ff9b::{v4}")] {
                    let carrier: IpAddr = carrier.parse().unwrap();
                    assert!(!permits(carrier), "{name}: {carrier}");
                    assert!(!url_passes(carrier), "{name}: {carrier}");
                }
            }
        }
    }
}

#[test]
fn fuzz_09_the_registries_exceptions_stay_closed_and_the_rest_of_the_internet_is_open() {
    // The registries call these globally reachable. No issuer has an address there, and all lie within
    // something closed.
    for address in [
        "192.0.0.9",
        "192.0.0.10",
        "2001:1::1",
        "2001:3::1",
        "2001:4:112::1",
    ] {
        assert!(!permits(address.parse().unwrap()), "{address}");
    }
    for address in [
        "192.31.196.1",
        "192.52.193.1",
        "192.175.48.1",
        "2620:4f:8000::1",
        "2001:200::",
    ] {
        assert!(permits(address.parse().unwrap()), "{address}");
    }
}

/// Addresses that lie where the two models could differ, and any others.
fn addresses() -> impl Strategy<Value = IpAddr> {
    let near_an_edge = (0..CLOSED.len(), any::<bool>(), -2..=2).prop_map(|(index, last, by)| {
        let net = CLOSED_NETS[index];
        let edge = if last { net.broadcast() } else { net.network() };
        match edge {
            IpAddr::V4(v4) => Ipv4Addr::from(u32::from(v4).wrapping_add_signed(by)).into(),
            IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6).wrapping_add_signed(by.into())).into(),
        }
    });
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::from(Ipv4Addr::from(bits))),
        any::<u128>().prop_map(|bits| IpAddr::from(Ipv6Addr::from(bits))),
        // Global unicast, where most random bits don't fall.
        any::<u128>().prop_map(|bits| IpAddr::from(Ipv6Addr::from((bits >> 3) | (1 << 125)))),
        // What carries an IPv4 address.
        any::<u32>().prop_map(|bits| IpAddr::from(Ipv4Addr::from(bits).to_ipv6_mapped())),
        any::<u32>().prop_map(|bits| {
            IpAddr::from(Ipv6Addr::from((0x0064_ff9b_u128 << 96) | u128::from(bits)))
        }),
        near_an_edge,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fuzz_09_two_models_of_the_address_filter_agree(address in addresses()) {
        prop_assert_eq!(permits(address), is_open(address), "{}", address);
        prop_assert_eq!(url_passes(address), is_open(address), "{}", address);
    }

    #[test]
    fn fuzz_09_ssrf_005_an_address_is_judged_alike_in_every_spelling(bits in any::<u32>()) {
        let v4 = Ipv4Addr::from(bits);
        let [a, b, c, d] = v4.octets();
        let rest = bits & 0x00ff_ffff;
        for host in [
            format!("{bits}"),
            format!("{bits:#x}"),
            format!("0{bits:o}"),
            format!("{a}.{rest}"),
            format!("{a:#x}.0{b:o}.{}", u32::from(c) * 256 + u32::from(d)),
            format!("{a}.{b}.{c}.{d}."),
            format!("{a}。{b}。{c}。{d}"),
            format!("[::ffff:{v4}]"),
        ] {
            let url = format!("https://{host}/");
            let passed = OutboundPolicy::default().parse_url(&url).is_ok();
            prop_assert_eq!(passed, is_open(IpAddr::V4(v4)), "{}", url);
        }
    }

    #[test]
    fn fuzz_09_ssrf_002_ssrf_010_what_the_url_check_lets_through(
        text in prop_oneof![
            any::<String>(),
            "[hH][tT]{2}[pP][sS]?:/{0,3}[a-z0-9.:@\\[\\]%\\\\#?/ -]{0,40}",
            "https://[a-z0-9.-]{1,12}(:[0-9]{1,5})?[/?#@a-z0-9]{0,12}",
        ],
    ) {
        let Ok(url) = OutboundPolicy::default().parse_url(&text) else {
            return Ok(());
        };
        prop_assert_eq!(url.scheme(), "https");
        prop_assert!(url.username().is_empty() && url.password().is_none());
        prop_assert!(url.fragment().is_none());
        prop_assert!(matches!(url.port_or_known_default(), Some(443 | 1024..)));
        prop_assert!(!text.contains(|c: char| c.is_control() || c.is_whitespace()));
        let address = url.host_str().unwrap().trim_matches(['[', ']']).parse::<IpAddr>();
        if let Ok(address) = address {
            prop_assert!(is_open(address), "{}", address);
        }
    }
}
