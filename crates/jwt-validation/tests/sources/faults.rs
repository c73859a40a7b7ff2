//! Servers that are broken or hostile in every way that a socket lets them be: KEY-005 to KEY-007,
//! SSRF-012, SSRF-013.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jwt_validation::{GuardedClient, JwksSource, Serving, SourceConfig};
use serde_json::json;

use crate::issuer::{Answer, Issuer, Key, METADATA, NOW, client, impatient_client};

fn ok(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}")
}

/// A document that would do, framed wrongly in each case below.
const GOOD: &str = "{\"keys\":[]}";

/// A name, an answer, and the code of its refusal.
type Fault = (&'static str, Answer, &'static str);

/// Answers that come to no end.
fn hanging() -> Vec<Fault> {
    let unreachable = "fetch.unreachable";
    let repeated = |first: String, then: &str| Answer::Repeated(first, then.to_owned());
    vec![
        ("says nothing", Answer::Silent, unreachable),
        (
            "slow headers",
            Answer::Trickle("HTTP/1.1 200 OK\r\nX: y"),
            unreachable,
        ),
        (
            "one octet at a time",
            Answer::Trickle("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"keys\":[]}"),
            unreachable,
        ),
        ("hangs in the body", Answer::Drip, unreachable),
        (
            "100 Continue without end",
            repeated(String::new(), "HTTP/1.1 100 Continue\r\n\r\n"),
            unreachable,
        ),
    ]
}

/// Answers that are wrong, and come at once.
fn wrong() -> Vec<Fault> {
    let unreachable = "fetch.unreachable";
    let raw = |headers: &str, body: &str| Answer::Raw(ok(headers, body));
    let encoded = |name: &str| {
        raw(
            &format!("Content-Encoding: {name}\r\nContent-Length: 2\r\n"),
            "{}",
        )
    };
    let mut many_headers = String::new();
    for index in 0..10_000 {
        many_headers.push_str(&format!("X-{index}: y\r\n"));
    }
    let long_header = format!("X: {}\r\n", "y".repeat(1_000_000));
    let chunked = "Transfer-Encoding: chunked\r\n";
    let extension = format!("1;{}\r\n{{\r\n", "x".repeat(100_000));
    let repeated = |first: String, then: &str| Answer::Repeated(first, then.to_owned());
    vec![
        ("hangs up", Answer::HangUp, unreachable),
        ("huge and chunked", Answer::Endless, "fetch.too_large"),
        (
            "huge and declared",
            repeated(ok("Content-Length: 10000000000\r\n", ""), &" ".repeat(4096)),
            "fetch.too_large",
        ),
        (
            "declared and never sent",
            raw("Content-Length: 99999999999\r\n", ""),
            unreachable,
        ),
        (
            "huge until the end",
            repeated(ok("", ""), &" ".repeat(4096)),
            "fetch.too_large",
        ),
        (
            "cut short",
            raw("Content-Length: 99\r\n", GOOD),
            unreachable,
        ),
        (
            "cut short in a chunk",
            raw(chunked, "5\r\n{\"k"),
            unreachable,
        ),
        (
            "no last chunk",
            raw(chunked, "b\r\n{\"keys\":[]}\r\n"),
            unreachable,
        ),
        (
            "a chunk of no number",
            raw(chunked, "x\r\n{}\r\n0\r\n\r\n"),
            unreachable,
        ),
        (
            "a chunk of 2^64",
            raw(chunked, "10000000000000000\r\n{}"),
            unreachable,
        ),
        (
            "two lengths",
            raw("Content-Length: 11\r\nContent-Length: 2\r\n", GOOD),
            unreachable,
        ),
        (
            "a negative length",
            raw("Content-Length: -1\r\n", GOOD),
            unreachable,
        ),
        (
            "cut by its length",
            raw("Content-Length: 5\r\n", GOOD),
            "jwks.key_set",
        ),
        (
            "chunk extensions",
            repeated(ok(chunked, ""), &extension),
            unreachable,
        ),
        ("10,000 headers", raw(&many_headers, GOOD), unreachable),
        ("a header of 1 MB", raw(&long_header, GOOD), unreachable),
        (
            "headers without end",
            repeated("HTTP/1.1 200 OK\r\n".to_owned(), "X: y\r\n"),
            unreachable,
        ),
        ("HTTP/0.9", Answer::Raw(GOOD.to_owned()), unreachable),
        (
            "another protocol",
            Answer::Raw("220 mail ESMTP\r\n".to_owned()),
            unreachable,
        ),
        (
            "a version of its own",
            Answer::Raw("HTTP/9.9 200 OK\r\n\r\n{}".to_owned()),
            unreachable,
        ),
        ("gzip", encoded("gzip"), "fetch.encoded"),
        ("br", encoded("br"), "fetch.encoded"),
        (
            "gzip after identity",
            encoded("identity, gzip"),
            "fetch.encoded",
        ),
        ("an unknown encoding", encoded("x-best"), "fetch.encoded"),
        (
            "HTML",
            Answer::json("<!doctype html><title>Sign in</title>"),
            "jwks.key_set",
        ),
        ("nothing", Answer::json(""), "jwks.key_set"),
        ("null", Answer::json("null"), "jwks.key_set"),
        (
            "keys null",
            Answer::json(json!({"keys": null})),
            "jwks.key_set",
        ),
        (
            "keys an object",
            Answer::json(json!({"keys": {}})),
            "jwks.key_set",
        ),
        (
            "a byte order mark",
            Answer::json("\u{feff}{\"keys\":[]}"),
            "jwks.key_set",
        ),
        (
            "no content",
            Answer::Raw("HTTP/1.1 204 X\r\n\r\n".to_owned()),
            "fetch.status",
        ),
        (
            "a part",
            Answer::Full(206, String::new(), GOOD.to_owned()),
            "fetch.status",
        ),
        (
            "an error",
            Answer::Full(503, String::new(), GOOD.to_owned()),
            "fetch.status",
        ),
    ]
}

/// Each fault is refused, on either path, and costs nothing but itself.
async fn refuses_all(client: Arc<GuardedClient>, faults: Vec<Fault>) -> Duration {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    issuer.publish(&[key.public()]);
    let source = JwksSource::discovery(issuer.url.clone(), client, SourceConfig::default());
    let (token, policy) = (issuer.token(&key), issuer.policy());
    // A client that hardly waits may need more than one turn on a busy machine.
    while source.refresh().await.is_err() {}
    let before = source.state().counters;
    let mut longest = Duration::ZERO;
    for (name, answer, code) in &faults {
        for path in ["/jwks", METADATA] {
            issuer.publish(&[key.public()]);
            issuer.answer(path, answer.clone());
            let begun = Instant::now();
            let error = source.refresh().await.unwrap_err();
            longest = longest.max(begun.elapsed());
            // What is no key set is no metadata either.
            let expected = match (path, *code) {
                (METADATA, "jwks.key_set") => "jwks.metadata",
                _ => code,
            };
            assert_eq!(error.code(), expected, "{name}: {}", error.detail());
            let verified = source.verify(&policy, &token, NOW).await;
            assert!(verified.is_ok(), "{name}: the last good set serves");
            assert_eq!(source.state().serving, Serving::Fresh, "{name}");
        }
    }
    let counters = source.state().counters;
    let failures = counters.failures - before.failures;
    assert_eq!(failures, 2 * faults.len() as u64);
    assert_eq!(counters.replaced, 1);
    // And when the server is itself again, so is the source.
    issuer.publish(&[key.public()]);
    while source.refresh().await.is_err() {}
    assert_eq!(source.state().last_error, None);
    longest
}

#[tokio::test]
async fn key_005_key_007_ssrf_012_ssrf_013_wrong_answers_leave_the_last_good_set() {
    refuses_all(client(), wrong()).await;
}

#[tokio::test]
async fn key_006_ssrf_012_answers_without_end_leave_the_last_good_set() {
    let longest = refuses_all(impatient_client(), hanging()).await;
    assert!(longest < Duration::from_secs(5), "{longest:?}");
}

#[tokio::test]
async fn key_007_a_flapping_issuer_is_as_good_as_its_last_good_answer() {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    issuer.publish(&[key.public()]);
    let source = issuer.source();
    let (token, policy) = (issuer.token(&key), issuer.policy());
    for round in 1..=10 {
        issuer.publish(&[key.public()]);
        source.refresh().await.unwrap();
        assert_eq!(source.state().last_error, None);
        issuer.answer("/jwks", Answer::HangUp);
        assert!(source.refresh().await.is_err());
        assert!(source.state().last_error.is_some());
        assert!(source.verify(&policy, &token, NOW).await.is_ok());
        assert_eq!(source.state().counters.failures, round);
    }
}

#[tokio::test]
async fn key_001_an_issuer_that_begins_to_lie_is_not_believed() {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    issuer.publish(&[key.public()]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    let thief = Key::new("1");
    issuer.publish(&[thief.public()]);
    let jwks_uri = format!("{}/jwks", issuer.url);
    let metadata = json!({"issuer": "https://evil.example", "jwks_uri": jwks_uri});
    issuer.answer(METADATA, Answer::json(metadata));
    assert_eq!(source.refresh().await.unwrap_err().code(), "jwks.issuer");
    let policy = issuer.policy();
    assert!(
        source
            .verify(&policy, &issuer.token(&key), NOW)
            .await
            .is_ok()
    );
    assert!(
        source
            .verify(&policy, &issuer.token(&thief), NOW)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn ssrf_014_an_error_tells_nothing_of_what_the_server_sent() {
    let issuer = Issuer::start().await;
    issuer.publish(&[]);
    let source = issuer.source();
    for (status, path) in [
        (200, METADATA),
        (200, "/jwks"),
        (500, METADATA),
        (500, "/jwks"),
    ] {
        issuer.publish(&[]);
        let body = "root:x:0:0 internal-secret".to_owned();
        let headers = "X-Internal: internal-secret\r\n".to_owned();
        issuer.answer(path, Answer::Full(status, headers, body));
        let error = source.refresh().await.unwrap_err();
        for text in [error.to_string(), format!("{error:?}"), error.detail()] {
            assert!(!text.contains("internal-secret"), "{text}");
        }
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
    }
}
