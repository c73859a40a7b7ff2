//! Google Cloud: a token for each audience, from the metadata server.

use async_trait::async_trait;
use auth_core::Secret;
use http::Method;
use http::header::{HeaderName, HeaderValue};
use reqwest::{Client, Request};
use url::Url;

use super::{IdentityToken, IdentityTokenError, stripped};
use crate::environment::Environment;
use crate::error::ConfigError;
use crate::http_client::{self, HttpConfig};

const SERVICE: &str = "the GCP metadata server";
const HOST: &str = "GCE_METADATA_HOST";
const DEFAULT_HOST: &str = "metadata.google.internal";
const PATH: &str = "/computeMetadata/v1/instance/service-accounts/default/identity";
const FLAVOR: HeaderName = HeaderName::from_static("metadata-flavor");
const GOOGLE: HeaderValue = HeaderValue::from_static("Google");

/// The token of the default service account of a Google Cloud machine, fetched anew at each exchange.
///
/// The metadata server speaks plain HTTP on a link that only the machine has. `Metadata-Flavor: Google`
/// is sent, and expected in the answer: another server under that name is not believed.
#[derive(Clone, Debug)]
pub struct GcpMetadata {
    url: Url,
    client: Client,
}

impl GcpMetadata {
    /// The metadata server of `GCE_METADATA_HOST` (a host, with a port perhaps), else
    /// `metadata.google.internal`; `audience` is what the server expects in `aud`.
    ///
    /// # Errors
    /// [`ConfigError::Variable`] where the variable is more than a host and a port.
    pub fn from_environment(
        environment: &Environment,
        audience: &str,
        config: &HttpConfig,
    ) -> Result<Self, ConfigError> {
        let host = environment.value(HOST);
        let host = host.as_deref().unwrap_or(DEFAULT_HOST);
        let url = Url::parse(&format!("http://{host}{PATH}")).ok();
        let plain = |url: &Url| !host.contains(['/', '\\', '@', '?', '#']) && url.path() == PATH;
        let mut url = url.filter(plain).ok_or_else(|| ConfigError::Variable {
            name: HOST.to_owned(),
            expected: "HOST or HOST:PORT",
        })?;
        url.query_pairs_mut()
            .append_pair("audience", audience)
            .append_pair("format", "full");
        Ok(Self {
            url,
            client: http_client::build(config)?,
        })
    }
}

#[async_trait]
impl IdentityToken for GcpMetadata {
    async fn fetch(&self) -> Result<Secret, IdentityTokenError> {
        let mut request = Request::new(Method::GET, self.url.clone());
        request.headers_mut().insert(FLAVOR, GOOGLE);
        let (headers, body) = super::service::fetch(&self.client, request, SERVICE).await?;
        if headers.get(FLAVOR) != Some(&GOOGLE) {
            return Err(IdentityTokenError::Answer {
                service: SERVICE,
                expected: "the header Metadata-Flavor: Google",
            });
        }
        let text = String::from_utf8(body).map_err(|_| IdentityTokenError::NotText)?;
        stripped(Secret::new(text).expose())
    }
}
