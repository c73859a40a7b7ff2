//! URLs that an administrator typed, before anything is dialled.

use std::net::IpAddr;
use std::sync::LazyLock;

use ipnet::IpNet;
use jwt_validation::{GuardedClient, OutboundPolicy};
use url::{Host, Url};

use crate::seed::Seed;

static CLIENT: LazyLock<GuardedClient> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the default policy needs nothing")]
    GuardedClient::new(OutboundPolicy::default()).expect("a client")
});

/// What the IANA registries of special-purpose addresses list as not globally reachable, what leads to
/// other addresses, multicast, and what is not assigned for unicast.
const SPECIAL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/3",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "4000::/2",
    "8000::/1",
];

static SPECIAL_NETWORKS: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    let networks = SPECIAL.iter().map(|network| network.parse());
    #[expect(clippy::expect_used, reason = "the table above is well-formed")]
    networks.collect::<Result<_, _>>().expect("networks")
});

/// Gives `data` to the guarded client's check. What it accepts is read again by the parser that dials.
///
/// # Panics
/// If a URL is accepted that is not https, names a user, hides something from its reader, or leads to an
/// address that is not public.
pub fn outbound_url(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    if let Err(error) = CLIENT.check_url(text) {
        let message = error.to_string();
        assert!(message.len() < 1_000 && !message.contains(['\n', '\r', '\0']));
        return;
    }
    assert!(text.len() <= 2048);
    assert!(
        text.chars()
            .all(|c| !c.is_control() && !c.is_whitespace() && c != '\\')
    );
    let url = Url::parse(text);
    assert!(url.is_ok(), "{text}");
    let Ok(url) = url else { return };
    assert_eq!(url.scheme(), "https", "{text}");
    assert!(
        url.username().is_empty() && url.password().is_none(),
        "{text}"
    );
    assert!(url.fragment().is_none(), "{text}");
    assert!(
        url.port_or_known_default()
            .is_some_and(|port| port == 443 || port >= 1024)
    );
    // Whatever stands before the path is all host and port, however many slashes there are.
    let behind = text.split_once(':').map_or("", |(_, behind)| behind);
    let authority = behind.trim_start_matches('/').split(['/', '?', '#']).next();
    assert!(
        authority.is_some_and(|authority| !authority.contains('@')),
        "{text}"
    );
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(name)) => {
            // An address with a dot behind it is one; with two it is a name that nobody has.
            assert!(!name.is_empty(), "{text}");
            let name = name.strip_suffix('.').unwrap_or(name);
            assert!(name.parse::<IpAddr>().is_err(), "{text}");
            return;
        }
        None => return assert!(url.has_host(), "{text}"),
    };
    assert!(is_public(address), "{text} leads to {address}");
}

fn is_public(address: IpAddr) -> bool {
    if let IpAddr::V6(v6) = address {
        // Both forms lead to the address in their last 32 bits.
        let embedded = ["::ffff:0:0/96", "64:ff9b::/96"];
        let embeds = |network: &&str| {
            let network: Result<IpNet, _> = network.parse();
            network.is_ok_and(|network| network.contains(&address))
        };
        if embedded.iter().any(embeds) {
            let [.., a, b, c, d] = v6.octets();
            return is_public(IpAddr::from([a, b, c, d]));
        }
    }
    let mut special = SPECIAL_NETWORKS.iter();
    !special.any(|network| network.contains(&address))
}

/// The cases of the unit tables, and the ends of each network that is not public.
pub(crate) fn seeds() -> Vec<Seed> {
    let spellings = [
        ("good", "https://issuer.example/tenant/v2.0"),
        ("good-port", "https://issuer.example:8443/keys?p=1"),
        ("good-address", "https://8.8.8.8/"),
        ("good-ipv6", "https://[2606:4700::1111]/"),
        ("good-nat64", "https://[64:ff9b::808:808]/"),
        ("http", "http://issuer.example"),
        ("user", "https://user:password@issuer.example"),
        ("user-empty", "https://@issuer.example"),
        ("dots", "https://127.0.0.1../"),
        ("dot-alone", "https:.//a"),
        ("user-empty-no-slash", "https:@issuer.example"),
        ("user-no-slash", "https:user@evil.example"),
        ("user-three-slashes", "https:///good.example@evil.example"),
        ("backslash", "https://good.example\\@evil.example"),
        ("tab", "https://issuer\t.example"),
        ("fragment", "https://issuer.example/#x"),
        ("port-ssh", "https://issuer.example:22"),
        ("decimal", "https://2130706433"),
        ("octal", "https://0177.0.0.1"),
        ("hexadecimal", "https://0x7f.1"),
        ("escaped", "https://%31%32%37.0.0.1"),
        ("full-width", "https://１２７.0.0.1"),
        ("ideographic-dots", "https://127。0。0。1"),
        ("trailing-dot", "https://127.0.0.1."),
        ("metadata", "https://169.254.169.254/latest/meta-data"),
        ("metadata-ipv6", "https://[fd00:ec2::254]"),
        ("mapped", "https://[::ffff:127.0.0.1]"),
        ("nat64", "https://[64:ff9b::7f00:1]"),
        ("6to4", "https://[2002:7f00:1::]"),
        ("teredo", "https://[2001::1]"),
        ("link-local", "https://[fe80::1%25eth0]"),
        ("localhost", "https://localhost"),
    ];
    let spellings = spellings.map(|(name, text)| Seed::new(name, text));
    let special = SPECIAL_NETWORKS.iter().flat_map(|network| {
        let ends = [("first", network.network()), ("last", network.broadcast())];
        ends.map(|(end, address)| {
            let name = format!("special-{network}-{end}").replace([':', '.', '/'], "-");
            let host: Host<&str> = match address {
                IpAddr::V4(address) => Host::Ipv4(address),
                IpAddr::V6(address) => Host::Ipv6(address),
            };
            Seed::new(name, format!("https://{host}/"))
        })
    });
    spellings.into_iter().chain(special).collect()
}
