//! Which server, and which requests are meant for it.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::error::ConfigError;

/// The URL under which a server is reached, a path prefix included.
///
/// `https` only, but for loopback addresses and the name `localhost`: an assertion or a token sent in
/// the clear is anybody's.
///
/// ```
/// use federation_client::BaseUrl;
///
/// let base_url = BaseUrl::parse("https://tracker.example/ml/")?;
/// assert_eq!(base_url.as_str(), "https://tracker.example/ml");
/// assert!(BaseUrl::parse("http://tracker.example").is_err());
/// # Ok::<(), federation_client::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    text: String,
    url: Url,
}

impl BaseUrl {
    /// The server that the W&B SDK talks to where nothing is set.
    pub const DEFAULT: &str = "https://api.wandb.ai";

    /// Reads a base URL. Slashes at its end don't count.
    ///
    /// # Errors
    /// [`ConfigError::Url`] where it is no URL, is neither `https` nor on loopback, or has a user, a
    /// password, a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let text = text.trim_end_matches('/');
        let url = parse_confidential(text).ok_or(ConfigError::Url {
            name: "base URL",
            expected: "https://HOST[:PORT][/PATH], or http on a loopback address",
        })?;
        Ok(Self {
            text: text.to_owned(),
            url,
        })
    }

    /// The text as given, without slashes at its end: the key in the credentials file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a request to `url` is meant for this server: same scheme, host and port, and a path
    /// within the base URL's, segment by segment. A path that a server could read as leading out of it
    /// (`..` in any spelling, `;` and parameters behind it included) is not.
    #[must_use]
    pub fn covers(&self, url: &Url) -> bool {
        let same_server = url.scheme() == self.url.scheme()
            && url.host() == self.url.host()
            && url.port_or_known_default() == self.url.port_or_known_default();
        let prefix = self.url.path().trim_end_matches('/');
        let within = url
            .path()
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        same_server && within && (prefix.is_empty() || !climbs(url.path()))
    }

    /// Where assertions are exchanged.
    pub(crate) fn token_endpoint(&self) -> Url {
        let mut endpoint = self.url.clone();
        let path = format!("{}/oidc/token", self.url.path().trim_end_matches('/'));
        endpoint.set_path(&path);
        endpoint
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({:?})", self.text)
    }
}

/// A URL to which a secret may be sent.
pub(crate) fn parse_confidential(text: &str) -> Option<Url> {
    // The parser drops line ends and takes `\` for `/`; two readers must not see two servers.
    if text.contains(|c: char| c == '\\' || c.is_whitespace() || c.is_control()) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let confidential = match url.scheme() {
        "https" => true,
        "http" => is_loopback(url.host()?),
        _ => false,
    };
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    (confidential && plain && url.has_host()).then_some(url)
}

fn is_loopback(host: Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => Ipv4Addr::is_loopback(&address),
        Host::Ipv6(address) => Ipv6Addr::is_loopback(&address),
    }
}

/// Whether a server that decodes before it splits would find `..` in the path.
fn climbs(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    // Twice: a proxy and the server behind it may decode once each.
    let decoded = decode_separators(&decode_separators(&path));
    // Some servers cut `;...` off a segment before they look at it.
    decoded
        .split(['/', '\\'])
        .any(|segment| segment.split(';').next() == Some(".."))
}

fn decode_separators(path: &str) -> String {
    path.replace("%25", "%")
        .replace("%2e", ".")
        .replace("%2f", "/")
        .replace("%3b", ";")
        .replace("%5c", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_https_and_loopback_only() {
        for (name, text, taken) in [
            ("https", "https://tracker.example", true),
            ("port and path", "https://tracker.example:8443/ml", true),
            ("loopback v4", "http://127.0.0.1:8080", true),
            ("loopback v6", "http://[::1]:8080", true),
            ("localhost", "http://localhost:8080", true),
            ("plain http", "http://tracker.example", false),
            ("looks like localhost", "http://localhost.example", false),
            ("looks like loopback", "http://127.0.0.1.example", false),
            ("unspecified address", "http://0.0.0.0:80", false),
            ("private address", "http://10.0.0.1", false),
            ("user", "https://user@tracker.example", false),
            ("password", "https://:secret@tracker.example", false),
            ("query", "https://tracker.example?a=b", false),
            ("fragment", "https://tracker.example#a", false),
            ("other scheme", "ftp://tracker.example", false),
            ("file", "file:///etc/passwd", false),
            ("line end", "https://tracker.exa\nmple", false),
            ("space before", " https://tracker.example", false),
            ("backslash", "https:\\\\tracker.example", false),
            ("no scheme", "tracker.example", false),
            ("empty", "", false),
        ] {
            assert_eq!(BaseUrl::parse(text).is_ok(), taken, "{name}");
        }
    }

    #[test]
    fn the_token_endpoint_is_below_the_path() {
        for (base, endpoint) in [
            ("https://t.example", "https://t.example/oidc/token"),
            ("https://t.example/", "https://t.example/oidc/token"),
            ("https://t.example/ml", "https://t.example/ml/oidc/token"),
            ("https://t.example/ml//", "https://t.example/ml/oidc/token"),
        ] {
            let base = BaseUrl::parse(base).expect("a base URL");
            assert_eq!(base.token_endpoint().as_str(), endpoint);
        }
    }

    #[test]
    fn covers_its_own_server_and_path_only() {
        for (name, base, url, covered) in [
            ("itself", "https://t.example", "https://t.example", true),
            (
                "path",
                "https://t.example",
                "https://t.example/graphql",
                true,
            ),
            (
                "default port",
                "https://t.example",
                "https://t.example:443/x",
                true,
            ),
            (
                "case of the host",
                "https://t.example",
                "https://T.EXAMPLE/x",
                true,
            ),
            ("scheme", "https://t.example", "http://t.example/x", false),
            (
                "scheme alone",
                "https://t.example:8443",
                "http://t.example:8443/x",
                false,
            ),
            (
                "port",
                "https://t.example",
                "https://t.example:8443/x",
                false,
            ),
            ("host", "https://t.example", "https://u.example/x", false),
            (
                "longer host",
                "https://t.example",
                "https://t.example.evil/x",
                false,
            ),
            (
                "user part",
                "https://t.example",
                "https://t.example@evil/x",
                false,
            ),
            (
                "prefix",
                "https://t.example/ml",
                "https://t.example/ml/x",
                true,
            ),
            (
                "prefix alone",
                "https://t.example/ml",
                "https://t.example/ml",
                true,
            ),
            (
                "sibling",
                "https://t.example/ml",
                "https://t.example/mlops/x",
                false,
            ),
            (
                "outside",
                "https://t.example/ml",
                "https://t.example/x",
                false,
            ),
            (
                "dots",
                "https://t.example/ml",
                "https://t.example/ml/../x",
                false,
            ),
            (
                "coded dots",
                "https://t.example/ml",
                "https://t.example/ml/%2e%2E/x",
                false,
            ),
            (
                "coded slash",
                "https://t.example/ml",
                "https://t.example/ml/..%2fx",
                false,
            ),
            (
                "coded twice",
                "https://t.example/ml",
                "https://t.example/ml/..%252fx",
                false,
            ),
            (
                "backslash",
                "https://t.example/ml",
                "https://t.example/ml/..%5cx",
                false,
            ),
            (
                "parameter",
                "https://t.example/ml",
                "https://t.example/ml/..;/admin",
                false,
            ),
            (
                "coded parameter",
                "https://t.example/ml",
                "https://t.example/ml/..%3b/admin",
                false,
            ),
            (
                "coded dots with a parameter",
                "https://t.example/ml",
                "https://t.example/ml/%2e%2e;a=b/admin",
                false,
            ),
            (
                "parameter of a name",
                "https://t.example/ml",
                "https://t.example/ml/a;b=../x",
                true,
            ),
            (
                "coded name",
                "https://t.example/ml",
                "https://t.example/ml/a%2fb",
                true,
            ),
        ] {
            let base = BaseUrl::parse(base).expect("a base URL");
            let url = Url::parse(url).expect("a URL");
            assert_eq!(base.covers(&url), covered, "{name}");
        }
    }
}
