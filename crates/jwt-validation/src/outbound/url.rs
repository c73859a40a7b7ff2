//! What is checked of a URL before anything is sent.

use std::net::IpAddr;

use url::{Host, Url};

use crate::error::Excerpt;
use crate::outbound::{FetchError, OutboundPolicy, UrlFault};

/// No URL in use comes near.
const LONGEST: usize = 2048;

impl OutboundPolicy {
    /// Parses `text` and checks everything but the addresses of a name, which are checked when they are
    /// dialled.
    pub(super) fn parse_url(&self, text: &str) -> Result<Url, FetchError> {
        let url = self.check_syntax(text).map_err(|fault| FetchError::Url {
            url: Excerpt::new(text),
            fault,
        })?;
        let address = match url.host() {
            // The parser has read `2130706433`, `0x7f.1` and full-width digits as addresses already.
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => None,
        };
        match address {
            Some(address) if !self.permits(address, address.is_loopback()) => {
                Err(FetchError::Address {
                    host: Excerpt::new(url.host_str().unwrap_or_default()),
                    found: vec![address],
                })
            }
            _ => Ok(url),
        }
    }

    fn check_syntax(&self, text: &str) -> Result<Url, UrlFault> {
        if text.len() > LONGEST {
            return Err(UrlFault::TooLong);
        }
        // The parser drops or rewrites these without a word.
        if text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(UrlFault::Characters);
        }
        let url = Url::parse(text).map_err(|_| UrlFault::Syntax)?;
        if url.scheme() != "https" && !self.is_loopback_http(&url) {
            return Err(UrlFault::Scheme);
        }
        // An empty one too: "https://@host" is a trap for whoever reads it. The parser takes any number
        // of slashes, none as well ("https:@host").
        let behind = text.split_once(':').map_or("", |(_, behind)| behind);
        let authority = behind.trim_start_matches('/');
        let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
        let has_user = !url.username().is_empty() || url.password().is_some();
        if authority.contains('@') || has_user {
            return Err(UrlFault::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(UrlFault::Fragment);
        }
        match url.port_or_known_default() {
            Some(443 | 1024..) => Ok(url),
            Some(80) if url.scheme() == "http" => Ok(url),
            _ => Err(UrlFault::Port),
        }
    }

    fn is_loopback_http(&self, url: &Url) -> bool {
        let is_loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => is_local_name(name),
            None => false,
        };
        self.loopback_http && url.scheme() == "http" && is_loopback
    }
}

/// Names that mean this machine (RFC 6761 §6.3). Only these may resolve to a loopback address.
pub(super) fn is_local_name(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(policy: &OutboundPolicy, url: &str) -> Option<UrlFault> {
        match policy.parse_url(url) {
            Err(FetchError::Url { fault, .. }) => Some(fault),
            _ => None,
        }
    }

    #[test]
    fn ssrf_002_ssrf_010_urls_that_are_refused_by_their_text() {
        let policy = OutboundPolicy::default();
        let long = format!("https://issuer.example/{}", "a".repeat(2048));
        for (name, url, expected) in [
            ("http", "http://issuer.example", UrlFault::Scheme),
            (
                "http on loopback",
                "http://127.0.0.1:8080",
                UrlFault::Scheme,
            ),
            (
                "user without slashes",
                "https:user:pw@evil.example",
                UrlFault::UserInfo,
            ),
            (
                "user after one slash",
                "https:/user@evil.example",
                UrlFault::UserInfo,
            ),
            (
                "user after three",
                "https:///good.example@evil.example",
                UrlFault::UserInfo,
            ),
            ("file", "file:///etc/passwd", UrlFault::Scheme),
            ("ftp", "ftp://issuer.example", UrlFault::Scheme),
            ("gopher", "gopher://issuer.example:443/_x", UrlFault::Scheme),
            ("data", "data:application/json,{}", UrlFault::Scheme),
            ("ldap", "ldap://issuer.example", UrlFault::Scheme),
            ("javascript", "javascript:alert(1)", UrlFault::Scheme),
            ("no scheme", "//issuer.example", UrlFault::Syntax),
            ("a name", "issuer.example", UrlFault::Syntax),
            ("no host", "https://", UrlFault::Syntax),
            ("empty", "", UrlFault::Syntax),
            ("user", "https://admin@issuer.example", UrlFault::UserInfo),
            ("password", "https://a:b@issuer.example", UrlFault::UserInfo),
            ("empty user", "https://@issuer.example", UrlFault::UserInfo),
            (
                "empty user without slashes",
                "https:@issuer.example",
                UrlFault::UserInfo,
            ),
            (
                "empty user after three",
                "https:///@issuer.example",
                UrlFault::UserInfo,
            ),
            ("fragment", "https://issuer.example/#x", UrlFault::Fragment),
            (
                "empty fragment",
                "https://issuer.example/#",
                UrlFault::Fragment,
            ),
            (
                "backslash",
                "https://good.example\\@evil.example",
                UrlFault::Characters,
            ),
            ("tab", "https://issuer\t.example", UrlFault::Characters),
            (
                "line break",
                "https://issuer.example/\r\nX: y",
                UrlFault::Characters,
            ),
            (
                "leading blank",
                " https://issuer.example",
                UrlFault::Characters,
            ),
            ("NUL", "https://issuer.example/\0", UrlFault::Characters),
            ("ssh", "https://issuer.example:22", UrlFault::Port),
            ("smtp", "https://issuer.example:25", UrlFault::Port),
            ("port 80", "https://issuer.example:80", UrlFault::Port),
            ("port 0", "https://issuer.example:0", UrlFault::Port),
            ("too long", &long, UrlFault::TooLong),
        ] {
            assert_eq!(fault(&policy, url), Some(expected), "{name}");
        }
    }

    #[test]
    fn good_urls_pass() {
        let policy = OutboundPolicy::default();
        for url in [
            "https://issuer.example",
            "HTTPS://Issuer.Example/tenant/v2.0",
            "https://issuer.example:8443/keys?p=b2c_1",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://issuer.example/path@with-at",
        ] {
            assert!(policy.parse_url(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn ssrf_003_ssrf_004_ssrf_005_addresses_in_any_spelling() {
        let policy = OutboundPolicy::default();
        for url in [
            "https://127.0.0.1",
            "https://127.1",
            "https://0",
            "https://0.0.0.0",
            "https://2130706433",
            "https://0177.0.0.1",
            "https://0x7f000001",
            "https://0x7f.1",
            "https://%31%32%37.0.0.1",
            "https://127.0.0.1.",
            "https://１２７.0.0.1",
            "https://127。0。0。1",
            "https://[::1]",
            "https://[::]",
            "https://[::ffff:127.0.0.1]",
            "https://[::ffff:7f00:1]",
            "https://[64:ff9b::7f00:1]",
            "https://[fe80::1]",
            "https://10.1.2.3",
            "https://169.254.169.254/latest/meta-data",
            "https://[fd00:ec2::254]",
            "https://100.100.100.200",
            "https://168.63.129.16",
        ] {
            let refused = matches!(policy.parse_url(url), Err(FetchError::Address { .. }));
            assert!(refused, "{url}");
        }
    }

    #[test]
    fn ssrf_001_http_is_for_loopback_in_development() {
        let policy = OutboundPolicy::default().allow_loopback_http(true);
        for url in [
            "http://127.0.0.1:8080",
            "http://localhost",
            "http://idp.localhost:9000",
            "http://[::1]:8080",
            "https://127.0.0.1:8443",
        ] {
            assert!(policy.parse_url(url).is_ok(), "{url}");
        }
        for url in [
            "http://issuer.example",
            "http://10.0.0.1",
            "http://localhost.issuer.example",
            "http://169.254.169.254",
            "http://8.8.8.8",
        ] {
            assert!(policy.parse_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn an_allowed_network_does_not_open_the_metadata_service() {
        let policy =
            |network: &str| OutboundPolicy::default().allow_network(network.parse().unwrap());
        assert!(policy("10.0.0.0/8").parse_url("https://10.1.2.3").is_ok());
        assert!(
            policy("10.0.0.0/8")
                .parse_url("https://[::ffff:10.1.2.3]")
                .is_ok()
        );
        assert!(
            policy("10.0.0.0/8")
                .parse_url("https://192.168.0.1")
                .is_err()
        );
        assert!(policy("10.0.0.0/8").parse_url("http://10.1.2.3").is_err());
        let metadata = "https://169.254.169.254";
        assert!(policy("169.254.0.0/16").parse_url(metadata).is_err());
        assert!(policy("169.254.169.254/32").parse_url(metadata).is_ok());
        let translated = "https://[64:ff9b::a9fe:a9fe]";
        assert!(policy("64:ff9b::/96").parse_url(translated).is_err());
    }
}
