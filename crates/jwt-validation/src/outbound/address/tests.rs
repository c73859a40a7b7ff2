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
        "169.254.170.23",
        "fd00:ec2::23",
        "fd00:ec2::254",
        "fd20:ce::254",
        "100.100.100.200",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
    ] {
        assert!(is_metadata_service(parse(address)), "{address}");
        assert!(!is_public(parse(address)), "{address}");
    }
    // An address of the public range, by which Azure's machines reach their host.
    assert!(is_metadata_service(parse("168.63.129.16")));
    assert!(is_metadata_service(parse("64:ff9b::a83f:8110")));
}
