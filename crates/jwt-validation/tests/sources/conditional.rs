//! Conditional requests (RFC 9110 §13), over a real socket.

use std::sync::Arc;
use std::time::Duration;

use jwt_validation::{JwksSource, SourceConfig};
use serde_json::json;

use crate::issuer::{Answer, Issuer, Key, METADATA, client};

/// Every answer says that it is not to be kept, and is taken at its word: each use is a fetch.
const NOT_KEPT: &str = "Cache-Control: max-age=0\r\n";

fn config() -> SourceConfig {
    SourceConfig::default().lifetimes(Duration::ZERO, Duration::from_secs(60 * 60))
}

fn source(issuer: &Issuer) -> JwksSource {
    JwksSource::url(format!("{}/jwks", issuer.url), client(), config())
}

fn validated(name: &'static str, value: &'static str, key: &Key) -> Answer {
    let body = json!({"keys": [key.public()]}).to_string();
    Answer::Validated(name, value, NOT_KEPT.to_owned(), body)
}

#[tokio::test]
async fn rfc_9110_13_1_what_is_known_is_not_sent_again() {
    for (name, condition, first, second) in [
        ("ETag", "If-None-Match", "\"1\"", "\"2\""),
        ("ETag", "If-None-Match", "W/\"1\"", "W/\"2\""),
        (
            "Last-Modified",
            "If-Modified-Since",
            "Tue, 15 Nov 1994 12:45:26 GMT",
            "Tue, 15 Nov 1994 12:45:27 GMT",
        ),
    ] {
        let issuer = Issuer::start().await;
        let (old, new) = (Key::new("old"), Key::new("new"));
        let source = source(&issuer);
        issuer.answer("/jwks", validated(name, first, &old));
        let keys = source.keys(None).await.unwrap();
        for _ in 0..2 {
            assert!(Arc::ptr_eq(&keys, &source.keys(None).await.unwrap()));
        }
        let counters = source.state().counters;
        assert_eq!((counters.replaced, counters.not_modified), (1, 2));

        issuer.answer("/jwks", validated(name, second, &new));
        let keys = source.keys(None).await.unwrap();
        assert!(keys.publishes("new") && !keys.publishes("old"));
        source.keys(None).await.unwrap();
        let sent = |text: &str| Some(text.to_owned());
        let expected = [None, sent(first), sent(first), sent(first), sent(second)];
        assert_eq!(issuer.received("/jwks", condition), expected);
    }
}

#[tokio::test]
async fn the_same_octets_keep_the_set_and_bring_their_validator() {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    let source = source(&issuer);
    issuer.answer("/jwks", validated("ETag", "\"1\"", &key));
    let keys = source.keys(None).await.unwrap();
    issuer.answer("/jwks", validated("ETag", "\"2\"", &key));
    for _ in 0..2 {
        assert!(Arc::ptr_eq(&keys, &source.keys(None).await.unwrap()));
    }
    let counters = source.state().counters;
    assert_eq!((counters.same_octets, counters.not_modified), (1, 1));
}

#[tokio::test]
async fn a_validator_is_for_the_url_that_gave_it() {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    let source = JwksSource::discovery(issuer.url.clone(), client(), config());
    let mut sets = Vec::new();
    for path in ["/jwks", "/moved"] {
        let jwks_uri = format!("{}{path}", issuer.url);
        let metadata = json!({"issuer": issuer.url, "jwks_uri": jwks_uri});
        issuer.answer(METADATA, Answer::json(metadata));
        issuer.answer(path, validated("ETag", "\"1\"", &key));
        sets.push(source.keys(None).await.unwrap());
    }
    assert_eq!(issuer.received("/moved", "If-None-Match"), [None]);
    assert!(Arc::ptr_eq(&sets[0], &sets[1]), "the octets are the same");
    source.keys(None).await.unwrap();
    let sent = Some("\"1\"".to_owned());
    assert_eq!(issuer.received("/moved", "If-None-Match"), [None, sent]);
    assert_eq!(
        issuer.received(METADATA, "If-None-Match"),
        [None, None, None]
    );
}

#[tokio::test]
async fn a_304_that_nobody_asked_for_is_no_answer() {
    let issuer = Issuer::start().await;
    let not_modified = Answer::Full(304, String::new(), String::new());
    issuer.answer("/jwks", not_modified.clone());
    let source = source(&issuer);
    assert_eq!(source.keys(None).await.unwrap_err().code(), "fetch.status");
    // Nor is it one to a set that came without a validator.
    let known = Key::new("1");
    let body = json!({"keys": [known.public()]}).to_string();
    issuer.answer("/jwks", Answer::Full(200, NOT_KEPT.to_owned(), body));
    source.refresh().await.unwrap();
    issuer.answer("/jwks", not_modified);
    assert_eq!(source.refresh().await.unwrap_err().code(), "fetch.status");
    assert!(
        source.keys(None).await.unwrap().publishes("1"),
        "the last good set serves"
    );
}

#[tokio::test]
async fn an_order_to_refresh_is_not_conditional() {
    let issuer = Issuer::start().await;
    let source = source(&issuer);
    issuer.answer("/jwks", validated("ETag", "\"1\"", &Key::new("1")));
    source.keys(None).await.unwrap();
    source.refresh().await.unwrap();
    assert_eq!(issuer.received("/jwks", "If-None-Match"), [None, None]);
}
