//! Who sees an issuer's bearer token.

use jwt_validation::{BearerToken, JwksSource, SourceConfig};
use serde_json::json;

use crate::issuer::{Answer, Issuer, METADATA, client};

const AUTHORIZATION: &str = "Authorization";

fn config() -> SourceConfig {
    SourceConfig::default().bearer_token(BearerToken::new("s3cr3t").unwrap())
}

fn sent() -> Option<String> {
    Some("Bearer s3cr3t".to_owned())
}

#[tokio::test]
async fn a_bearer_token_goes_to_the_origin_that_was_typed() {
    let issuer = Issuer::start().await;
    issuer.publish(&[]);
    let source = JwksSource::discovery(issuer.url.clone(), client(), config());
    source.keys(None).await.unwrap();
    assert_eq!(issuer.received(METADATA, AUTHORIZATION), [sent()]);
    assert_eq!(issuer.received("/jwks", AUTHORIZATION), [sent()]);

    let jwks_uri = format!("{}/jwks", issuer.url);
    let source = JwksSource::url(jwks_uri, client(), config());
    source.keys(None).await.unwrap();
    assert_eq!(issuer.received("/jwks", AUTHORIZATION), [sent(), sent()]);

    issuer.source().keys(None).await.unwrap();
    assert_eq!(issuer.received("/jwks", AUTHORIZATION).pop(), Some(None));
}

#[tokio::test]
async fn a_bearer_token_does_not_follow_the_metadata_to_another_origin() {
    let issuer = Issuer::start().await;
    let port = issuer.url.rsplit(':').next().unwrap().to_owned();
    let other = Issuer::start().await;
    other.answer("/jwks", Answer::json(json!({"keys": []})));
    issuer.answer("/jwks", Answer::json(json!({"keys": []})));
    // Another port is another origin, and so is another name of the same machine.
    for jwks_uri in [
        format!("{}/jwks", other.url),
        format!("http://localhost:{port}/jwks"),
    ] {
        let metadata = json!({"issuer": issuer.url, "jwks_uri": jwks_uri});
        issuer.answer(METADATA, Answer::json(metadata));
        let source = JwksSource::discovery(issuer.url.clone(), client(), config());
        source.keys(None).await.unwrap();
        assert_eq!(issuer.received(METADATA, AUTHORIZATION).pop(), Some(sent()));
    }
    assert_eq!(other.received("/jwks", AUTHORIZATION), [None]);
    assert_eq!(issuer.received("/jwks", AUTHORIZATION), [None]);
}

#[tokio::test]
async fn a_bearer_token_shows_in_no_error_and_no_description() {
    let issuer = Issuer::start().await;
    let source = JwksSource::discovery(issuer.url.clone(), client(), config());
    let error = source.keys(None).await.unwrap_err();
    let texts = [
        error.to_string(),
        error.detail(),
        format!("{error:?}"),
        format!("{source:?}"),
        format!("{:?}", config()),
        format!("{:?}", source.state()),
    ];
    assert!(
        texts.iter().all(|text| !text.contains("s3cr3t")),
        "{texts:?}"
    );
}
