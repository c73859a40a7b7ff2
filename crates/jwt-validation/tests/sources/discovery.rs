//! Metadata, and where it may lead: KEY-001 to KEY-004, KEY-019, SSRF-008, SSRF-009, SSRF-015.

use jwt_validation::{ErrorKind, JwksSource, SourceConfig, SourceError};
use serde_json::json;

use crate::issuer::{Answer, Issuer, Key, METADATA, NOW, client};

#[tokio::test]
async fn a_token_of_a_discovered_issuer_is_accepted() {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    issuer.publish(&[key.public()]);
    let source = issuer.source();
    let claims = source
        .verify(&issuer.policy(), &issuer.token(&key), NOW)
        .await
        .unwrap();
    assert_eq!(claims.subject(), Some("job"));
    assert_eq!(issuer.requests(), [METADATA, "/jwks"]);
}

#[tokio::test]
async fn key_001_metadata_of_another_issuer() {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    issuer.publish(&[key.public()]);
    for found in [format!("{}/", issuer.url), "http://127.0.0.1:1".to_owned()] {
        let jwks_uri = format!("{}/jwks", issuer.url);
        let metadata = json!({"issuer": found, "jwks_uri": jwks_uri});
        issuer.answer(METADATA, Answer::json(metadata));
        let error = issuer.source().keys(None).await.unwrap_err();
        assert!(
            matches!(error, SourceError::IssuerMismatch { .. }),
            "{error}"
        );
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
    }
    assert!(
        !issuer.requests().contains(&"/jwks".to_owned()),
        "the keys are not even fetched"
    );
}

#[tokio::test]
async fn key_002_an_issuer_with_a_path() {
    let issuer = Issuer::start().await;
    let jwks_uri = format!("{}/keys", issuer.url);
    for name in [
        format!("{}/tenant", issuer.url),
        format!("{}/tenant/", issuer.url),
    ] {
        let path = "/tenant/.well-known/openid-configuration";
        issuer.answer(
            path,
            Answer::json(json!({"issuer": name, "jwks_uri": jwks_uri})),
        );
        issuer.answer("/keys", Answer::json(json!({"keys": []})));
        let source = JwksSource::discovery(name, client(), SourceConfig::default());
        assert!(source.keys(None).await.is_ok());
    }
}

#[tokio::test]
async fn key_003_a_jwks_uri_that_is_missing_or_leads_elsewhere() {
    let issuer = Issuer::start().await;
    for (jwks_uri, code) in [
        (json!(null), "jwks.metadata"),
        (json!(["https://issuer.example/jwks"]), "jwks.metadata"),
        (json!("file:///etc/passwd"), "fetch.url"),
        (json!("data:application/json,{\"keys\":[]}"), "fetch.url"),
        (json!("ftp://issuer.example/jwks"), "fetch.url"),
        (json!("http://issuer.example/jwks"), "fetch.url"),
        (json!("/jwks"), "fetch.url"),
        (
            json!("https://169.254.169.254/latest/meta-data"),
            "fetch.address",
        ),
        (json!("https://10.0.0.1/jwks"), "fetch.address"),
    ] {
        let metadata = json!({"issuer": issuer.url, "jwks_uri": jwks_uri});
        issuer.answer(METADATA, Answer::json(metadata));
        let error = issuer.source().keys(None).await.unwrap_err();
        assert_eq!(error.code(), code, "{jwks_uri}");
    }
}

#[tokio::test]
async fn key_004_what_the_metadata_advertises_changes_nothing() {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    issuer.publish(&[key.public()]);
    let metadata = json!({
        "issuer": issuer.url,
        "jwks_uri": format!("{}/jwks", issuer.url),
        "id_token_signing_alg_values_supported": ["none", "HS256"],
    });
    issuer.answer(METADATA, Answer::json(metadata));
    let verified = issuer
        .source()
        .verify(&issuer.policy(), &issuer.token(&key), NOW)
        .await;
    assert!(verified.is_ok());
}

#[tokio::test]
async fn ssrf_008_a_redirect_is_not_followed() {
    let issuer = Issuer::start().await;
    let other = Issuer::start().await;
    other.publish(&[Key::new("1").public()]);
    for status in [300, 301, 302, 303, 307, 308] {
        let source = issuer.source();
        for target in [
            format!("{}{METADATA}", other.url),
            "https://169.254.169.254/latest/meta-data".to_owned(),
            "http://issuer.example/".to_owned(),
            "/elsewhere".to_owned(),
        ] {
            issuer.answer(METADATA, Answer::redirect(status, &target));
            let error = source.refresh().await.unwrap_err();
            assert_eq!(error.code(), "fetch.redirect", "{status} {target}");
            assert_eq!(error.kind(), ErrorKind::Misconfigured);
        }
        issuer.publish(&[]);
        let target = format!("{}/jwks", other.url);
        issuer.answer("/jwks", Answer::redirect(status, &target));
        let error = source.refresh().await.unwrap_err();
        assert_eq!(error.code(), "fetch.redirect", "{status}");
    }
    assert!(other.requests().is_empty());
    assert!(!issuer.requests().contains(&"/elsewhere".to_owned()));
}

#[tokio::test]
async fn ssrf_009_a_redirect_loop_costs_one_request() {
    let issuer = Issuer::start().await;
    for status in [301, 302, 307, 308] {
        for target in [METADATA.to_owned(), format!("{}{METADATA}", issuer.url)] {
            let before = issuer.requests().len();
            issuer.answer(METADATA, Answer::redirect(status, &target));
            let error = issuer.source().keys(None).await.unwrap_err();
            assert_eq!(error.code(), "fetch.redirect");
            assert_eq!(issuer.requests().len(), before + 1, "{status}");
        }
    }
}

#[tokio::test]
async fn ssrf_015_a_fetch_carries_nothing_of_the_host() {
    let issuer = Issuer::start().await;
    let body = json!({"keys": []}).to_string();
    let cookie = "Set-Cookie: session=1; Path=/\r\nCache-Control: max-age=0\r\n";
    issuer.publish(&[]);
    issuer.answer("/jwks", Answer::Full(200, cookie.to_owned(), body));
    let source = issuer.source();
    for _ in 0..2 {
        source.refresh().await.unwrap();
        let mut fields = issuer.fields();
        fields.sort();
        assert_eq!(fields, ["accept", "host", "user-agent"]);
    }
    assert_eq!(issuer.received("/jwks", "Cookie"), [None, None]);
}

#[tokio::test]
async fn jwt_037_key_019_a_token_causes_no_request_of_its_own() {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    issuer.publish(&[key.public()]);
    let listener = Issuer::start().await;
    let source = issuer.source();
    for header in [
        json!({"jku": format!("{}/jwks", listener.url)}),
        json!({"x5u": format!("{}/cert", listener.url)}),
        json!({"kid": format!("{}/key", listener.url)}),
    ] {
        let token = issuer.token_with(&key, header);
        drop(source.verify(&issuer.policy(), &token, NOW).await);
    }
    for claims in [
        json!({"iss": listener.url}),
        json!({"iss": format!("{}/../..", issuer.url)}),
        json!({"sub": format!("{}/sub", listener.url)}),
        json!({"sub": "../../admin?x=#y"}),
        json!({"aud": [listener.url, "api"]}),
        json!({"tid": "../tenant", "jwks_uri": listener.url}),
    ] {
        let token = issuer.token_of(&key, json!({}), claims);
        drop(source.verify(&issuer.policy(), &token, NOW).await);
    }
    assert!(listener.requests().is_empty());
    let mut asked = issuer.requests();
    asked.sort();
    asked.dedup();
    assert_eq!(
        asked,
        [METADATA, "/jwks"],
        "what was set up, and nothing else"
    );
}

#[tokio::test]
async fn a_token_that_can_not_pass_causes_no_fetch() {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    issuer.publish(&[key.public()]);
    let source = issuer.source();
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"typ": "at+jwt"}),
        json!({"crit": ["x"]}),
    ] {
        let token = issuer.token_with(&key, header);
        assert!(source.verify(&issuer.policy(), &token, NOW).await.is_err());
    }
    for token in ["", "a.b.c", &"x".repeat(20_000)] {
        assert!(source.verify(&issuer.policy(), token, NOW).await.is_err());
    }
    assert!(issuer.requests().is_empty());
}
