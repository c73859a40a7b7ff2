//! Why an assertion is, or would be, refused: told to the organization's administrators.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use auth_testkit::{Fault, TestIssuer};
use http::StatusCode;
use serde_json::{Value, json};
use support::*;

const ALICE: &str = "alice@example.com";
const EXPLAIN: &str = "/organizations/acme/jwt-issuers/explain";

struct Asked {
    world: World,
    owner: String,
    issuer: TestIssuer,
}

impl Asked {
    async fn new(policy: Value) -> Self {
        let (world, issuer) = (World::new().await, TestIssuer::start().await);
        let owner = world.user_key("owner").await;
        let body = json!({ "issuer": issuer.issuer(), "policy": policy });
        let answer = world
            .post("/organizations/acme/jwt-issuers", &owner, body)
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        Self {
            world,
            owner,
            issuer,
        }
    }

    async fn explain(&self, token: &str) -> Value {
        let body = json!({ "token": token });
        let answer = self.world.post(EXPLAIN, &self.owner, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }
}

/// The last step of that name.
fn step<'e>(explained: &'e Value, check: &str) -> &'e Value {
    let steps = explained["steps"].as_array().expect("a list");
    let found = steps.iter().rev().find(|step| step["check"] == check);
    found.unwrap_or_else(|| panic!("no {check} in {explained:#}"))
}

fn hint(explained: &Value, check: &str) -> String {
    let step = step(explained, check);
    assert_eq!(step["verdict"], "failed", "{explained:#}");
    step["near_miss"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_good_assertion_is_explained_check_by_check() {
    let asked = Asked::new(json!({})).await;
    let explained = asked.explain(&assertion(&asked.issuer, ALICE)).await;
    assert_eq!(explained["accepted"], true, "{explained:#}");
    assert_eq!(explained["code"], Value::Null);
    assert_eq!(explained["decided_by"], "the email address");
    assert_eq!(explained["principal"], "user:alice-id");
    let steps = explained["steps"].as_array().expect("a list");
    let names: Vec<_> = steps
        .iter()
        .map(|s| s["check"].as_str().expect("a name"))
        .collect();
    let order = [
        "assertion.form",
        "assertion.issuer",
        "assertion.audience",
        "assertion.registration",
        "jwt.length",
        "jwt.segments",
        "jwt.header",
        "jwt.crit",
        "jwt.typ",
        "jwt.alg",
        "jwt.keys",
        "jwt.key",
        "jwt.signature",
        "jwt.claims",
        "jwt.issuer",
        "jwt.audience",
        "jwt.expiry",
        "assertion.subject",
        "assertion.principal",
    ];
    let mut places = order
        .iter()
        .map(|check| names.iter().position(|name| name == check));
    let places: Vec<_> = places.by_ref().collect();
    assert!(places.iter().all(Option::is_some), "{names:?}");
    assert!(places.is_sorted(), "{names:?}");
    assert!(
        steps.iter().all(|step| step["verdict"] == "passed"),
        "{explained:#}"
    );
}

#[tokio::test]
async fn what_is_explained_is_what_the_exchange_does() {
    let asked = Asked::new(json!({})).await;
    let issuer = &asked.issuer;
    let other = TestIssuer::start().await;
    let good = assertion(issuer, ALICE);
    let (head, _) = good.rsplit_once('.').expect("three segments");
    let signature = "A".repeat(342);
    for (name, token) in [
        ("good", good.clone()),
        ("no token", "abc".to_owned()),
        ("another issuer", assertion(&other, ALICE)),
        ("another audience", issuer.token(ALICE).audience("x").sign()),
        ("no audience", issuer.token(ALICE).sign()),
        (
            "expired",
            issuer
                .token(ALICE)
                .audience("acme")
                .claim("exp", json!(1))
                .sign(),
        ),
        (
            "not yet",
            issuer
                .token(ALICE)
                .audience("acme")
                .claim("nbf", json!(now() + 900))
                .sign(),
        ),
        (
            "too long a life",
            issuer
                .token(ALICE)
                .audience("acme")
                .lifetime(Duration::from_secs(90_000))
                .sign(),
        ),
        (
            "another type",
            issuer.token(ALICE).audience("acme").typ("at+jwt").sign(),
        ),
        ("bad signature", format!("{head}.{signature}")),
        ("nobody", assertion(issuer, "nobody@example.com")),
        ("a stranger", assertion(issuer, "eve@example.com")),
        ("no subject", issuer.token("").audience("acme").sign()),
    ] {
        let explained = asked.explain(&token).await;
        let answer = asked.world.exchange(&token).await;
        let granted = answer.status == StatusCode::OK;
        assert_eq!(
            explained["accepted"],
            json!(granted),
            "{name}: {explained:#}"
        );
        if !granted {
            let code = asked.world.newest_refusal().await;
            assert_eq!(explained["code"], json!(code), "{name}: {explained:#}");
        }
    }
}

#[tokio::test]
async fn near_misses_are_told() {
    let asked = Asked::new(json!({})).await;
    let issuer = &asked.issuer;
    let account = federated(issuer, "repo:acme/app:environment:prod");
    asked.world.account("ci", team_scope("ml"), account).await;
    let url = issuer.issuer();
    let with = |name: &str, value: Value| {
        issuer
            .token(ALICE)
            .audience("acme")
            .claim(name, value)
            .sign()
    };
    for (name, token, check, expected) in [
        (
            "trailing slash",
            with("iss", json!(format!("{url}/"))),
            "assertion.issuer",
            "slash",
        ),
        (
            "blank",
            with("iss", json!(format!(" {url}"))),
            "assertion.issuer",
            "white space",
        ),
        (
            "case",
            with("aud", json!("ACME")),
            "assertion.audience",
            "case",
        ),
        (
            "identifier",
            with("aud", json!("acme-id")),
            "assertion.audience",
            "identifier",
        ),
        (
            "our URL",
            with("aud", json!(BASE_URL)),
            "assertion.audience",
            "this server's URL",
        ),
        (
            "shared",
            with("aud", json!("wandb")),
            "assertion.audience",
            "several organizations",
        ),
        (
            "clock",
            with("exp", json!(now() - 312)),
            "jwt.expiry",
            "expired 31",
        ),
        (
            "future",
            with("nbf", json!(now() + 312)),
            "jwt.not_before",
            "31",
        ),
        (
            "quotes",
            format!("\"{}\"", assertion(issuer, ALICE)),
            "assertion.form",
            "quotes",
        ),
        (
            "environment and ref",
            assertion(issuer, "repo:acme/app:ref:refs/heads/main"),
            "assertion.principal_or_subject",
            "ref",
        ),
        (
            "immutable form",
            assertion(issuer, "repo:acme@1/app@2:environment:prod"),
            "assertion.principal_or_subject",
            "ids",
        ),
        (
            "email in a claim",
            issuer
                .token("u-7")
                .audience("acme")
                .claim("email", json!(ALICE))
                .sign(),
            "assertion.principal_or_subject",
            "email",
        ),
    ] {
        let explained = asked.explain(&token).await;
        let check = if check == "assertion.principal_or_subject" {
            "assertion.subject"
        } else {
            check
        };
        let hint = hint(&explained, check);
        assert!(hint.contains(expected), "{name}: {hint:?} in {explained:#}");
    }
}

#[tokio::test]
async fn a_key_that_is_not_known_is_explained_by_what_is() {
    let asked = Asked::new(json!({})).await;
    asked.issuer.rotate();
    asked.issuer.set_fault(Some(Fault::Status(503)));
    let explained = asked.explain(&assertion(&asked.issuer, ALICE)).await;
    assert_eq!(explained["accepted"], false);
    let hint = hint(&explained, "jwt.key");
    assert!(
        hint.contains("fetched") && hint.contains("last changed"),
        "{hint}"
    );
}

#[tokio::test]
async fn several_mistakes_are_told_at_once() {
    let policy = json!({
        "conditions": [{ "claim": "ref", "equals": "refs/heads/main" }],
        "samples": { "accepts": [{ "ref": "refs/heads/main" }], "refuses": [{}] },
        "max_lifetime": 60,
    });
    let asked = Asked::new(policy).await;
    let token = asked
        .issuer
        .token("nobody@example.com")
        .audience("Acme")
        .claim("iat", json!(now() - 4_000))
        .claim("exp", json!(now() - 400))
        .claim("ref", json!("refs/heads/Main"))
        .sign();
    let explained = asked.explain(&token).await;
    assert_eq!(
        explained["code"], "assertion.audience",
        "the first one counts"
    );
    for (check, expected) in [
        ("assertion.audience", "case"),
        ("jwt.audience", "case"),
        ("jwt.expiry", "expired"),
        ("jwt.lifetime", ""),
        ("rule.condition", "case"),
        ("assertion.subject", ""),
    ] {
        assert!(
            hint(&explained, check).contains(expected),
            "{check}: {explained:#}"
        );
    }
}

#[tokio::test]
async fn explaining_spends_and_stores_nothing() {
    let asked = Asked::new(json!({ "one_time": true })).await;
    let token = asked
        .issuer
        .token(ALICE)
        .audience("acme")
        .claim("jti", json!("one"))
        .sign();
    for _ in 0..2 {
        assert_eq!(asked.explain(&token).await["accepted"], true);
    }
    asked.world.access_token(&token).await;
    let explained = asked.explain(&token).await;
    assert_eq!(explained["code"], "assertion.replay");
    let event = asked
        .world
        .store
        .audit_events(1)
        .await
        .expect("the store works")
        .remove(0);
    assert_eq!(event.action, "jwt_issuer.explain");
    assert_eq!(event.detail, "assertion.replay");
    // fed_033: neither the token nor its signature is anywhere in the file.
    let signature = token.rsplit_once('.').expect("three segments").1;
    asked.world.store.close().await;
    for file in asked.world.files() {
        let text = std::fs::read(&file).expect("a file");
        let found = text
            .windows(signature.len())
            .any(|part| part == signature.as_bytes());
        assert!(!found, "{}", file.display());
    }
}

#[tokio::test]
async fn an_address_is_judged_where_it_is_given() {
    let asked = Asked::new(json!({ "networks": ["192.0.2.0/24"] })).await;
    let token = assertion(&asked.issuer, ALICE);
    for (address, verdict, accepted) in [
        (Value::Null, "skipped", true),
        (json!("192.0.2.7"), "passed", true),
        (json!("198.51.100.7"), "failed", false),
    ] {
        let body = json!({ "token": token, "remote_address": address });
        let explained = asked.world.post(EXPLAIN, &asked.owner, body).await.json();
        assert_eq!(step(&explained, "assertion.address")["verdict"], verdict);
        assert_eq!(explained["accepted"], json!(accepted), "{explained:#}");
    }
}

#[tokio::test]
async fn fed_030_nothing_is_said_of_another_organization() {
    let asked = Asked::new(json!({})).await;
    let theirs = TestIssuer::start().await;
    asked.world.trust("globex", &theirs).await;
    asked.world.trust("globex", &asked.issuer).await;
    // That globex registered this issuer, and has a member of this name, must look as if it were not so.
    let strange = TestIssuer::start().await;
    let mut answers = Vec::new();
    for issuer in [&theirs, &strange] {
        let token = issuer.token("eve@example.com").audience("globex").sign();
        let explained = asked.explain(&token).await.to_string();
        answers.push(explained.replace(issuer.issuer(), "ISSUER"));
    }
    assert_eq!(answers[0], answers[1]);
    // Nor that an audience is another organization's name.
    let mut answers = Vec::new();
    for audience in ["globex", "nobody"] {
        let token = asked
            .issuer
            .token(ALICE)
            .claim("aud", json!(["acme", audience]))
            .sign();
        let explained = asked.explain(&token).await;
        assert_eq!(step(&explained, "assertion.audience")["verdict"], "skipped");
        answers.push(explained["accepted"].clone());
    }
    assert_eq!(answers[0], answers[1]);

    for (name, expected) in [
        ("alice", StatusCode::FORBIDDEN),
        ("lead", StatusCode::FORBIDDEN),
        ("eve", StatusCode::NOT_FOUND),
    ] {
        let key = asked.world.user_key(name).await;
        let answer = asked
            .world
            .post(EXPLAIN, &key, json!({ "token": "x" }))
            .await;
        assert_eq!(answer.status, expected, "{name}");
        assert!(!answer.text.contains("steps"), "{name}");
    }
}

#[tokio::test]
async fn an_assertion_that_no_exchange_would_judge_is_not_accepted_here() {
    let asked = Asked::new(json!({ "audiences": ["jobs"] })).await;
    let issuer = &asked.issuer;
    let many: Vec<_> = (0..16)
        .map(|n| format!("a{n}"))
        .chain(["acme".to_owned()])
        .collect();
    let root = asked.world.user_key("root").await;
    let named = json!({ "name": "jobs" });
    let made = asked.world.post("/organizations", &root, named).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    for (name, token) in [
        (
            "too many audiences",
            issuer.token(ALICE).claim("aud", json!(many)).sign(),
        ),
        (
            "no issuer",
            issuer.token(ALICE).audience("acme").without("iss").sign(),
        ),
        (
            "an audience that became a name",
            issuer.token(ALICE).audience("jobs").sign(),
        ),
    ] {
        let explained = asked.explain(&token).await;
        assert_eq!(explained["accepted"], false, "{name}: {explained:#}");
        assert_eq!(
            asked.world.exchange(&token).await.status,
            StatusCode::BAD_REQUEST,
            "{name}"
        );
        let code = asked.world.newest_refusal().await;
        assert_eq!(explained["code"], json!(code), "{name}");
    }
}

#[tokio::test]
async fn a_token_in_the_wrong_place_is_not_echoed() {
    let asked = Asked::new(json!({})).await;
    let token = assertion(&asked.issuer, ALICE);
    for body in [
        json!(token),
        json!({ "token": "x", "remote_address": token }),
    ] {
        let answer = asked.world.post(EXPLAIN, &asked.owner, body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!answer.text.contains(&token), "{}", answer.text);
    }
}
