//! GitHub Actions: a token for each audience, from the runner's own service.

use async_trait::async_trait;
use auth_core::Secret;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Client, Request};
use serde::Deserialize;
use url::Url;

use super::{IdentityToken, IdentityTokenError, stripped};
use crate::environment::Environment;
use crate::error::ConfigError;
use crate::http_client::{self, HttpConfig};

const SERVICE: &str = "GitHub Actions";
const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// The token of a GitHub Actions job, fetched anew at each exchange. The workflow needs
/// `permissions: { id-token: write }`.
#[derive(Clone, Debug)]
pub struct GithubActions {
    url: Url,
    authorization: HeaderValue,
    client: Client,
}

impl GithubActions {
    /// Reads `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`; `audience` is what the
    /// server expects in `aud`.
    ///
    /// # Errors
    /// [`ConfigError::Variable`] where one is missing, or the URL is neither `https` nor on loopback:
    /// outside of a job, or without the permission.
    pub fn from_environment(
        environment: &Environment,
        audience: &str,
        config: &HttpConfig,
    ) -> Result<Self, ConfigError> {
        let missing = |name: &str| ConfigError::Variable {
            name: name.to_owned(),
            expected: "what a job with the permission id-token: write has",
        };
        let url = environment.value(URL).and_then(|text| parse_url(&text));
        let mut url = url.ok_or_else(|| missing(URL))?;
        url.query_pairs_mut().append_pair("audience", audience);
        let token = environment.value(TOKEN).map(Secret::new);
        let token = token.ok_or_else(|| missing(TOKEN))?;
        let bearer = Secret::new(format!("bearer {}", token.expose()));
        let authorization = HeaderValue::from_str(bearer.expose());
        let mut authorization = authorization.map_err(|_| missing(TOKEN))?;
        authorization.set_sensitive(true);
        Ok(Self {
            url,
            authorization,
            client: http_client::build(config)?,
        })
    }
}

/// The URL has a query of its own, which the base URL of a server must not have.
fn parse_url(text: &str) -> Option<Url> {
    let (bare, query) = text.split_once('?').unwrap_or((text, ""));
    crate::base_url::parse_confidential(bare)?;
    // What the parser would drop, or cut off.
    let unfit = |c: char| c == '#' || c.is_whitespace() || c.is_control();
    if query.contains(unfit) {
        return None;
    }
    Url::parse(text).ok()
}

#[derive(Deserialize)]
struct IdTokenResponse {
    value: String,
}

#[async_trait]
impl IdentityToken for GithubActions {
    async fn fetch(&self) -> Result<Secret, IdentityTokenError> {
        let mut request = Request::new(Method::GET, self.url.clone());
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let (_, body) = super::service::fetch(&self.client, request, SERVICE).await?;
        let answer: Option<IdTokenResponse> = serde_json::from_slice(&body).ok();
        let answer = answer.ok_or(IdentityTokenError::Answer {
            service: SERVICE,
            expected: "a JSON object with the text `value`",
        })?;
        stripped(Secret::new(answer.value).expose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_judged_as_it_stands() {
        for (name, text, taken) in [
            (
                "query",
                "https://runner.example/token?api-version=2.0",
                true,
            ),
            ("no query", "https://runner.example/token", true),
            ("line end", "https://runner.exa\nmple/token?a=b", false),
            ("backslash", "https:\\\\runner.example/token?a=b", false),
            ("space before", " https://runner.example/token?a=b", false),
            (
                "line end in the query",
                "https://runner.example/?a=\nb",
                false,
            ),
            ("fragment", "https://runner.example/token?a=b#c", false),
            ("user", "https://user@runner.example/token?a=b", false),
            ("in the clear", "http://runner.example/token?a=b", false),
        ] {
            assert_eq!(parse_url(text).is_some(), taken, "{name}");
        }
    }
}
