//! The one HTTP client for URLs that somebody typed.

#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use http::header::{CONTENT_ENCODING, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Request, Response};

use crate::error::{ConfigError, Excerpt};
use crate::outbound::resolver::{AddressRefused, GuardedResolver, NameService, System};
use crate::outbound::{FetchError, OutboundPolicy};

/// An answer has at most so many header fields over HTTP/1.1; hyper bounds their size.
const MAX_HEADERS: usize = 64;

/// An answer has header fields of at most so many octets over HTTP/2.
const MAX_HEADER_OCTETS: u32 = 32 * 1024;

/// An HTTP client that reaches only what its [`OutboundPolicy`] permits. It sends no cookies, no
/// credentials of the host and no `Referer`, and asks for no compression.
///
/// ```
/// use jwt_validation::{GuardedClient, OutboundPolicy};
///
/// let client = GuardedClient::new(OutboundPolicy::default())?;
/// assert!(client.check_url("https://issuer.example").is_ok());
/// assert!(client.check_url("http://issuer.example").is_err());
/// assert!(client.check_url("https://169.254.169.254/latest/meta-data").is_err());
/// # Ok::<(), jwt_validation::ConfigError>(())
/// ```
pub struct GuardedClient {
    policy: Arc<OutboundPolicy>,
    client: Client,
}

impl GuardedClient {
    /// Builds the client. TLS is rustls with AWS-LC, from version 1.2 on.
    ///
    /// # Errors
    /// [`ConfigError::Client`] if a certificate can't be read, or the system has no certificates that it
    /// trusts.
    pub fn new(policy: OutboundPolicy) -> Result<Self, ConfigError> {
        Self::with_names(policy, Arc::new(System))
    }

    fn with_names(
        policy: OutboundPolicy,
        names: Arc<dyn NameService>,
    ) -> Result<Self, ConfigError> {
        let policy = Arc::new(policy);
        let resolver = GuardedResolver {
            policy: Arc::clone(&policy),
            names,
        };
        let mut roots = Vec::new();
        for pem in &policy.root_certificates {
            roots.extend(Certificate::from_pem_bundle(pem).map_err(config_error)?);
        }
        let client = Client::builder()
            .user_agent(concat!("gatehouse/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(resolver))
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(policy.connect_timeout)
            .timeout(policy.total_timeout)
            .http1_max_headers(MAX_HEADERS)
            .http2_max_header_list_size(MAX_HEADER_OCTETS)
            .tls_backend_rustls()
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .tls_certs_merge(roots)
            .build()
            .map_err(config_error)?;
        Ok(Self { policy, client })
    }

    /// Checks what can be known of a URL without a request: its form, its scheme, its port, and its
    /// address where it names one. For a form that an administrator fills in.
    ///
    /// # Errors
    /// [`FetchError::Url`] or [`FetchError::Address`].
    pub fn check_url(&self, url: &str) -> Result<(), FetchError> {
        self.policy.parse_url(url).map(drop)
    }

    /// What it was built from. A copy with more allowed makes the client of one issuer:
    ///
    /// ```
    /// use jwt_validation::{GuardedClient, OutboundPolicy};
    ///
    /// let shared = GuardedClient::new(OutboundPolicy::default())?;
    /// let inside = "10.20.0.0/16".parse().unwrap();
    /// let own = GuardedClient::new(shared.policy().clone().allow_network(inside))?;
    /// assert!(own.check_url("https://10.20.0.7/keys").is_ok());
    /// assert!(shared.check_url("https://10.20.0.7/keys").is_err());
    /// # Ok::<(), jwt_validation::ConfigError>(())
    /// ```
    #[must_use]
    pub fn policy(&self) -> &OutboundPolicy {
        &self.policy
    }

    /// Fetches `url`. Any status but 200 is an error.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn get(&self, url: &str) -> Result<http::Response<Vec<u8>>, FetchError> {
        self.get_with(url, HeaderMap::new()).await
    }

    /// As [`get`](Self::get), with header fields of the caller. If they make the request conditional, the
    /// answer may also be 304 (RFC 9110 §15.4.5).
    pub(crate) async fn get_with(
        &self,
        url: &str,
        headers: HeaderMap,
    ) -> Result<http::Response<Vec<u8>>, FetchError> {
        let url = self.policy.parse_url(url)?;
        let conditional =
            headers.contains_key(IF_NONE_MATCH) || headers.contains_key(IF_MODIFIED_SINCE);
        let mut request = Request::new(http::Method::GET, url);
        *request.headers_mut() = headers;
        let response = self.exchange(request).await?;
        match response.status() {
            http::StatusCode::NOT_MODIFIED if conditional => Ok(response),
            http::StatusCode::OK => Ok(response),
            other => Err(FetchError::Status {
                status: other.as_u16(),
            }),
        }
    }

    /// Sends `request` and gives the answer, whatever its status, unless it is a redirect. For what is
    /// more than a fetch, such as an exchange at a token endpoint.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, FetchError> {
        let (parts, body) = request.into_parts();
        let url = self.policy.parse_url(&parts.uri.to_string())?;
        let mut outgoing = Request::new(parts.method, url);
        *outgoing.headers_mut() = parts.headers;
        *outgoing.body_mut() = Some(body.into());
        self.exchange(outgoing).await
    }

    async fn exchange(&self, request: Request) -> Result<http::Response<Vec<u8>>, FetchError> {
        let host = Excerpt::new(request.url().host_str().unwrap_or_default());
        let response = self
            .client
            .execute(request)
            .await
            .map_err(|error| fetch_error(&error, host))?;
        let status = response.status();
        // 304 leads nowhere: it says that what the client has is good.
        if status.is_redirection() && status != http::StatusCode::NOT_MODIFIED {
            return Err(FetchError::Redirect {
                status: status.as_u16(),
            });
        }
        if is_encoded(response.headers()) {
            return Err(FetchError::Encoded);
        }
        let headers = response.headers().clone();
        let mut answer = http::Response::new(self.read_body(response).await?);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }

    /// Reads up to the limit and not one chunk further; what the length header says is not trusted.
    async fn read_body(&self, mut response: Response) -> Result<Vec<u8>, FetchError> {
        let limit = self.policy.max_octets;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
            if chunk.len() > limit.saturating_sub(body.len()) {
                return Err(FetchError::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

impl fmt::Debug for GuardedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedClient")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// No compression was asked for, so a limit on what is read is a limit on what there is.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn fetch_error(error: &reqwest::Error, host: Excerpt) -> FetchError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(this) = cause {
        if let Some(AddressRefused(found)) = this.downcast_ref() {
            return FetchError::Address {
                host,
                found: found.clone(),
            };
        }
        cause = this.source();
    }
    no_answer(error)
}

fn no_answer(error: &reqwest::Error) -> FetchError {
    FetchError::Unreachable {
        reason: chain(error),
    }
}

fn config_error(error: reqwest::Error) -> ConfigError {
    ConfigError::Client {
        reason: chain(&error),
    }
}

/// An error and its causes, each of which says only its own part.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(this) = cause {
        text.push_str(": ");
        text.push_str(&this.to_string());
        cause = this.source();
    }
    text
}
