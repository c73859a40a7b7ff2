//! An issuer's metadata (OpenID Connect Discovery 1.0 §4): where it is, and what is read of it.

use serde::de::MapAccess;

use crate::error::{Excerpt, Fault};
use crate::json::{MemberValue, Members, NameRule, read_object};
use crate::outbound::{FetchError, UrlFault};
use crate::source::error::SourceError;

/// OpenID Connect Discovery §4: a terminating slash is removed first.
pub(super) fn metadata_url(issuer: &str) -> Result<String, FetchError> {
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

pub(super) fn read_metadata(issuer: &str, json: &[u8]) -> Result<String, SourceError> {
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
