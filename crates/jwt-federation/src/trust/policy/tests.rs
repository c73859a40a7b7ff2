use super::*;

#[test]
fn trust_is_on_until_it_is_turned_off_or_ends() {
    let end = Timestamp::from_secs(1_000);
    for (name, enabled, expires_at, now, expected) in [
        ("no end", true, None, i64::MAX, true),
        ("off", false, None, 0, false),
        ("before the end", true, Some(end), 999, true),
        ("at the end", true, Some(end), 1_000, false),
        ("after the end", true, Some(end), 1_001, false),
        ("off before the end", false, Some(end), 999, false),
    ] {
        let policy = TrustPolicy {
            enabled,
            expires_at,
            ..TrustPolicy::default()
        };
        let active = policy.is_active(Timestamp::from_secs(now));
        assert_eq!(active, expected, "{name}");
    }
}

#[test]
fn assertions_come_from_the_networks_that_are_named() {
    let policy = |networks: &[&str]| TrustPolicy {
        networks: networks.iter().map(|net| net.parse().unwrap()).collect(),
        ..TrustPolicy::default()
    };
    for (name, networks, address, expected) in [
        ("any", &[][..], Some("203.0.113.7"), true),
        ("any, unknown", &[], None, true),
        ("inside", &["10.0.0.0/8"], Some("10.255.0.1"), true),
        ("outside", &["10.0.0.0/8"], Some("11.0.0.1"), false),
        (
            "in the second",
            &["10.0.0.0/8", "2001:db8::/32"],
            Some("2001:db8::1"),
            true,
        ),
        (
            "another family",
            &["10.0.0.0/8"],
            Some("2001:db8::1"),
            false,
        ),
        (
            "mapped into IPv6",
            &["10.0.0.0/8"],
            Some("::ffff:10.1.2.3"),
            true,
        ),
        (
            "mapped, and all of IPv6 is named",
            &["::/0"],
            Some("::ffff:10.1.2.3"),
            false,
        ),
        (
            "host bits in the network",
            &["10.1.2.3/8"],
            Some("10.9.9.9"),
            true,
        ),
        ("unknown", &["0.0.0.0/0", "::/0"], None, false),
    ] {
        let address = address.map(|address| address.parse().unwrap());
        assert_eq!(policy(networks).admits(address), expected, "{name}");
    }
}
