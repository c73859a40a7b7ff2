//! One fetch of an issuer's keys, from the metadata to a set that is ready to verify with.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::de::MapAccess;

use crate::backend::Backend;
use crate::error::{Excerpt, Fault};
use crate::json::{MemberValue, Members, NameRule, read_object};
use crate::key_set::KeySet;
use crate::outbound::{FetchError, GuardedClient, UrlFault};
use crate::source::error::SourceError;
use crate::source::freshness;

/// A key set and how long its answer says that it may be kept.
pub(super) struct Fetched {
    pub(super) keys: KeySet,
    pub(super) lifetime: Option<Duration>,
}

pub(super) type Fetching<'a> =
    Pin<Box<dyn Future<Output = Result<Fetched, SourceError>> + Send + 'a>>;

/// Gets the keys from wherever they are; a seam, so that the cache is tested without a network.
pub(super) trait Fetch: Send + Sync + fmt::Debug {
    fn fetch(&self) -> Fetching<'_>;
}

/// Keys at a given URL.
#[derive(Debug)]
pub(super) struct FromUrl {
    pub(super) jwks_uri: String,
    pub(super) client: Arc<GuardedClient>,
    pub(super) backend: &'static dyn Backend,
}

impl Fetch for FromUrl {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(fetch_keys(&self.client, &self.jwks_uri, self.backend))
    }
}

/// Keys that the issuer's metadata points to.
#[derive(Debug)]
pub(super) struct FromDiscovery {
    pub(super) issuer: String,
    pub(super) client: Arc<GuardedClient>,
    pub(super) backend: &'static dyn Backend,
}

impl Fetch for FromDiscovery {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(async move {
            let url = metadata_url(&self.issuer).map_err(SourceError::FetchMetadata)?;
            let answer = self.client.get(&url).await;
            let answer = answer.map_err(SourceError::FetchMetadata)?;
            let jwks_uri = read_metadata(&self.issuer, answer.body())?;
            // The client judges this URL as if somebody had typed it: the issuer did.
            fetch_keys(&self.client, &jwks_uri, self.backend).await
        })
    }
}

async fn fetch_keys(
    client: &GuardedClient,
    jwks_uri: &str,
    backend: &'static dyn Backend,
) -> Result<Fetched, SourceError> {
    let answer = client.get(jwks_uri).await.map_err(SourceError::FetchKeys)?;
    let lifetime = freshness::lifetime(answer.headers());
    let body = answer.into_body();
    // Preparing hundreds of keys takes long enough to hold up a worker of the runtime.
    let keys = tokio::task::spawn_blocking(move || KeySet::parse(&body, backend))
        .await
        .map_err(|_| SourceError::Interrupted)?
        .map_err(SourceError::KeySet)?;
    Ok(Fetched { keys, lifetime })
}

/// OpenID Connect Discovery §4: a terminating slash is removed first.
fn metadata_url(issuer: &str) -> Result<String, FetchError> {
    // Behind a query or fragment the path would not be the path.
    if issuer.contains(['?', '#']) {
        return Err(FetchError::Url {
            url: Excerpt::new(issuer),
            fault: UrlFault::Query,
        });
    }
    let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
    Ok(format!("{issuer}/.well-known/openid-configuration"))
}

fn read_metadata(issuer: &str, json: &[u8]) -> Result<String, SourceError> {
    let mut metadata = Metadata::default();
    read_object(json, NameRule::Distinct, &mut metadata).map_err(SourceError::Metadata)?;
    let missing = |member| SourceError::Metadata(Fault::MemberType(member));
    let found = metadata.issuer.ok_or_else(|| missing("issuer"))?;
    // OpenID Connect Discovery §4.3: identical. Else one issuer could pass for another.
    if found != issuer {
        return Err(SourceError::IssuerMismatch {
            expected: issuer.to_owned(),
            found: Excerpt::new(&found),
        });
    }
    metadata.jwks_uri.ok_or_else(|| missing("jwks_uri"))
}

/// What is needed of the metadata. Which algorithms it advertises is not: the policy decides that.
#[derive(Default)]
struct Metadata {
    issuer: Option<String>,
    jwks_uri: Option<String>,
}

impl<'de> Members<'de> for Metadata {
    fn member<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        value: MemberValue<'_, 'de, A>,
    ) -> Result<(), A::Error> {
        match name {
            "issuer" => self.issuer = Some(value.string("issuer")?.into_owned()),
            "jwks_uri" => self.jwks_uri = Some(value.string("jwks_uri")?.into_owned()),
            _ => value.skip()?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://issuer.example/tenant";

    #[test]
    fn key_002_the_path_of_the_issuer_stays() {
        for (issuer, url) in [
            (
                "https://a.example",
                "https://a.example/.well-known/openid-configuration",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/openid-configuration",
            ),
            (
                "https://a.example/t/1",
                "https://a.example/t/1/.well-known/openid-configuration",
            ),
            (
                "https://a.example/t/",
                "https://a.example/t/.well-known/openid-configuration",
            ),
            (
                "https://a.example/t//",
                "https://a.example/t//.well-known/openid-configuration",
            ),
        ] {
            assert_eq!(metadata_url(issuer).unwrap(), url);
        }
        for issuer in [
            "https://a.example?x=",
            "https://a.example/#",
            "https://a.example/?",
        ] {
            assert!(metadata_url(issuer).is_err(), "{issuer}");
        }
    }

    #[test]
    fn key_001_the_metadata_names_the_issuer_byte_for_byte() {
        for (name, found) in [
            ("another host", "https://evil.example/tenant"),
            ("a trailing slash", "https://issuer.example/tenant/"),
            ("another case", "https://Issuer.example/tenant"),
            ("the default port", "https://issuer.example:443/tenant"),
            ("empty", ""),
        ] {
            let json =
                format!(r#"{{"issuer":"{found}","jwks_uri":"https://issuer.example/jwks"}}"#);
            let error = read_metadata(ISSUER, json.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "jwks.issuer", "{name}");
        }
    }

    #[test]
    fn key_003_key_007_metadata_that_can_not_be_used() {
        for (name, json) in [
            (
                "no jwks_uri",
                r#"{"issuer":"https://issuer.example/tenant"}"#,
            ),
            (
                "jwks_uri null",
                r#"{"issuer":"https://issuer.example/tenant","jwks_uri":null}"#,
            ),
            ("no issuer", r#"{"jwks_uri":"https://issuer.example/jwks"}"#),
            (
                "jwks_uri twice",
                r#"{"issuer":"https://issuer.example/tenant","jwks_uri":"https://a","jwks_uri":"https://b"}"#,
            ),
            ("HTML", "<!doctype html><title>404</title>"),
            ("null", "null"),
            ("empty", ""),
            ("array", "[]"),
        ] {
            let error = read_metadata(ISSUER, json.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "jwks.metadata", "{name}");
        }
    }

    #[test]
    fn key_004_what_the_metadata_advertises_decides_nothing() {
        let json = format!(
            r#"{{"issuer":"{ISSUER}","jwks_uri":"https://issuer.example/jwks",
                "id_token_signing_alg_values_supported":["none","HS256"]}}"#
        );
        let jwks_uri = read_metadata(ISSUER, json.as_bytes()).unwrap();
        assert_eq!(jwks_uri, "https://issuer.example/jwks");
    }
}
