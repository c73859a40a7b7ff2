//! The HTTP client for everything that this crate sends by itself.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Proxy, Request, Response};

use crate::error::{ConfigError, Failure};
use crate::excerpt::Excerpt;

/// The most of a body that is read, in octets.
pub(crate) const LARGEST_BODY: usize = 64 * 1024;

/// How to reach the servers.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpConfig {
    /// For the connection, TLS included. Default: 5 seconds.
    pub connect_timeout: Duration,
    /// For one request of this crate's own (an exchange, a platform's service), from the connection to
    /// the last octet of the answer. Default: 10 seconds, as in the W&B SDK.
    pub request_timeout: Duration,
    /// For the program's requests through [`AuthorizedClient::new`](crate::AuthorizedClient::new): how
    /// long the server may say nothing. A large answer may take longer than that. Default: 60 seconds.
    pub read_timeout: Duration,
    /// Certificates in PEM form that are trusted beside the system's, for a company's own authority.
    /// Default: none.
    pub root_certificates: Vec<Vec<u8>>,
    /// The URL of a proxy for `https` requests, which sees the server's name and nothing else. The
    /// variables of proxies (`HTTPS_PROXY`) are not read. `Debug` does not show it: there may be a
    /// password in it. Default: none.
    pub proxy: Option<String>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            root_certificates: Vec::new(),
            proxy: None,
        }
    }
}

impl fmt::Debug for HttpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpConfig")
            .field("connect_timeout", &self.connect_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("root_certificates", &self.root_certificates.len())
            .field("proxy", &self.proxy.is_some())
            .finish()
    }
}

/// A status, its header fields, and a body that is `None` where it is above [`LARGEST_BODY`].
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
}

impl Answer {
    pub(crate) fn retry_after(&self) -> Option<&str> {
        self.headers.get(RETRY_AFTER)?.to_str().ok()
    }

    /// Whether the same request may succeed at another time.
    pub(crate) const fn is_transient(&self) -> bool {
        matches!(self.status, 429 | 500..=599)
    }
}

/// For requests of this crate's own. They are minutes apart: an idle connection would only be one that may
/// have died.
pub(crate) fn build(config: &HttpConfig) -> Result<Client, ConfigError> {
    let builder = builder(config)?
        .timeout(config.request_timeout)
        .pool_max_idle_per_host(0);
    builder.build().map_err(|_| ConfigError::Client)
}

/// For requests of the program's: a large answer may take its time, a silent server may not.
pub(crate) fn build_for_program(config: &HttpConfig) -> Result<Client, ConfigError> {
    let builder = builder(config)?.read_timeout(config.read_timeout);
    builder.build().map_err(|_| ConfigError::Client)
}

/// Never follows a redirect, never retries by itself, knows no proxy but the configured one.
fn builder(config: &HttpConfig) -> Result<ClientBuilder, ConfigError> {
    let mut roots = Vec::new();
    for pem in &config.root_certificates {
        let parsed = Certificate::from_pem_bundle(pem).map_err(|_| ConfigError::Certificate)?;
        if parsed.is_empty() {
            return Err(ConfigError::Certificate);
        }
        roots.extend(parsed);
    }
    let builder = Client::builder()
        .user_agent(concat!(
            "gatehouse-federation-client/",
            env!("CARGO_PKG_VERSION")
        ))
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(config.connect_timeout)
        .tls_backend_rustls()
        .tls_version_min(reqwest::tls::Version::TLS_1_2)
        .tls_certs_merge(roots);
    let Some(proxy) = &config.proxy else {
        return Ok(builder);
    };
    let proxy = Proxy::https(proxy).map_err(|_| ConfigError::Url {
        name: "proxy",
        expected: "http://HOST:PORT",
    })?;
    Ok(builder.proxy(proxy))
}

/// Sends `request` and reads the answer, whatever its status.
pub(crate) async fn send(client: &Client, request: Request) -> Result<Answer, Failure> {
    let response = client.execute(request).await.map_err(failure)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = read_body(response).await?;
    Ok(Answer {
        status,
        headers,
        body,
    })
}

async fn read_body(mut response: Response) -> Result<Option<Vec<u8>>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len().saturating_add(chunk.len()) > LARGEST_BODY {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failure(error: reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::TimedOut;
    }
    // The innermost cause tells why ("connection refused") and repeats no URL.
    let mut cause: &dyn StdError = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    Failure::Connection(Excerpt::of(&cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused() {
        for pem in [
            &b""[..],
            b"not PEM",
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            let config = HttpConfig {
                root_certificates: vec![pem.to_vec()],
                ..HttpConfig::default()
            };
            assert!(build(&config).is_err(), "{pem:?}");
        }
        assert!(build(&HttpConfig::default()).is_ok());
    }

    #[test]
    fn the_password_of_a_proxy_does_not_show() {
        let config = HttpConfig {
            proxy: Some("http://user:hunter2@proxy.example:3128".to_owned()),
            ..HttpConfig::default()
        };
        let clients = [build(&config), build_for_program(&config)];
        let shown = format!("{config:?} {config:#?} {clients:?} {clients:#?}");
        for encoded in ["hunter2", "dXNlcjpodW50ZXIy"] {
            assert!(!shown.contains(encoded), "{shown}");
        }
    }

    #[test]
    fn a_proxy_is_a_url_or_refused() {
        for (proxy, taken) in [
            ("http://proxy.example:3128", true),
            ("http://", false),
            ("", false),
        ] {
            let config = HttpConfig {
                proxy: Some(proxy.to_owned()),
                ..HttpConfig::default()
            };
            assert_eq!(build(&config).is_ok(), taken, "{proxy:?}");
        }
    }
}
