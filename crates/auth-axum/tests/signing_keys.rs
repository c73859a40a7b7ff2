//! The keys of access tokens: by which algorithm, withdrawn by hand, and known on every node.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use auth_axum::AuthBuilder;
use auth_core::{Clock, ManualClock, SystemClock};
use auth_testkit::TestIssuer;
use axum::body::Body;
use http::{Request, StatusCode};
use jwt_federation::{RotationPolicy, SigningAlgorithm};
use serde_json::{Map, Value};
use support::*;

const ALICE: &str = "alice@example.com";

fn by(algorithm: SigningAlgorithm) -> impl Fn(AuthBuilder) -> AuthBuilder {
    move |builder| {
        let mut policy = RotationPolicy::default();
        policy.algorithm = algorithm;
        builder.rotation(policy)
    }
}

fn key_id(token: &str) -> String {
    let token = jwt_validation::UnverifiedToken::parse(token, 16_384).expect("well-formed");
    token.key_id().expect("we always name the key").to_owned()
}

/// The keys as `kid state`.
async fn states(world: &World) -> Vec<(String, String)> {
    let root = world.user_key("root").await;
    let answer = world.get("/signing-keys", &root).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let text = |key: &Value, name: &str| key[name].as_str().expect("a string").to_owned();
    let keys = answer.json();
    let keys = keys.as_array().expect("a list").iter();
    keys.map(|key| (text(key, "key_id"), text(key, "state")))
        .collect()
}

async fn published(app: &axum::Router) -> Vec<String> {
    let request = Request::get("/.well-known/jwks.json").body(Body::empty());
    let answer = send(app.clone(), request.expect("a request")).await.json();
    let keys = answer["keys"].as_array().expect("a list").iter();
    keys.map(|key| key["kid"].as_str().expect("a string").to_owned())
        .collect()
}

async fn withdraw(world: &World, kid: &str) -> StatusCode {
    let root = world.user_key("root").await;
    let answer = world.delete(&format!("/signing-keys/{kid}"), &root).await;
    answer.status
}

#[tokio::test]
async fn a_token_is_signed_and_taken_by_either_algorithm() {
    let issuer = TestIssuer::start().await;
    for (algorithm, kty) in [
        (SigningAlgorithm::Es256, "EC"),
        (SigningAlgorithm::EdDsa, "OKP"),
    ] {
        let world = World::with(by(algorithm)).await;
        world.trust("acme", &issuer).await;
        let token = world.access_token(&assertion(&issuer, ALICE)).await;
        assert_eq!(world.get("/me", &token).await.status, StatusCode::OK);
        let header = jwt_validation::UnverifiedToken::parse(&token, 16_384).expect("well-formed");
        assert_eq!(header.algorithm(), Some(algorithm.algorithm()));
        let request = Request::get("/.well-known/jwks.json").body(Body::empty());
        let set = world.send(request.expect("a request")).await.json();
        let key = &set["keys"][0];
        assert_eq!(
            (&key["kty"], &key["alg"]),
            (&kty.into(), &algorithm.name().into())
        );
        assert_eq!(key.get("d"), None);
    }
    let name = SigningAlgorithm::EdDsa.name();
    assert_eq!(
        name, "EdDSA",
        "as clients know it, not as RFC 9864 renames it"
    );
}

#[tokio::test]
async fn another_algorithm_makes_a_new_key_and_the_old_tokens_stay_good() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with(|builder| builder.clock(clock.clone())).await;
    let issuer = TestIssuer::start().await;
    world.trust("acme", &issuer).await;
    let old = world.access_token(&assertion(&issuer, ALICE)).await;
    // The same host, started again with another setting.
    let node = world
        .node(|builder| by(SigningAlgorithm::EdDsa)(builder).clock(clock.clone()))
        .await;
    assert_eq!(
        published(&node.app).await.len(),
        2,
        "at the first maintenance"
    );
    node.auth.signing_keys().maintain().await.expect("it works");
    assert_eq!(published(&node.app).await.len(), 2, "once");
    // A node that still has the former setting waits, so that two of them make no keys in turns.
    let former = world.auth.signing_keys();
    former.maintain().await.expect("it works");
    assert_eq!(published(&world.app).await.len(), 2, "not while one waits");
    let claims = Map::new();
    let sign = || node.auth.signing_keys().sign(&claims).expect("it signs");
    assert_eq!(
        key_id(sign().expose()),
        key_id(&old),
        "not before it is known"
    );
    clock.advance(Duration::from_secs(600));
    assert_ne!(key_id(sign().expose()), key_id(&old));
    for app in [&world.app, &node.app] {
        let request = Request::get("/api/v1/me").header("authorization", format!("Bearer {old}"));
        let answer = send(app.clone(), request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_withdrawn_key_is_gone_everywhere_and_another_signs_at_once() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with(|builder| builder.clock(clock.clone())).await;
    let node = world.node(|builder| builder.clock(clock.clone())).await;
    let issuer = TestIssuer::start().await;
    world.trust("acme", &issuer).await;
    let leaked = world.access_token(&assertion(&issuer, ALICE)).await;
    let kid = key_id(&leaked);
    assert_eq!(node.get("/api/v1/me", &leaked).await.status, StatusCode::OK);
    assert_eq!(published(&node.app).await.join(" "), kid);
    assert_eq!(withdraw(&world, &kid).await, StatusCode::NO_CONTENT);

    let [(new, state)] = &states(&world).await[..] else {
        panic!("one key");
    };
    assert_eq!(state, "signing");
    assert_ne!(*new, kid);
    assert_eq!(published(&world.app).await.join(" "), *new);
    for (name, answer) in [
        ("here", world.get("/me", &leaked).await),
        ("there", node.get("/api/v1/me", &leaked).await),
    ] {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
    }
    // What is signed now is signed by the new key, on both nodes, and taken on both.
    let form = |text: &str| {
        vec![
            ("grant_type", GRANT.to_owned()),
            ("assertion", text.to_owned()),
        ]
    };
    for (name, app) in [("there", &node.app), ("here", &world.app)] {
        let form = form(&assertion(&issuer, ALICE));
        let form: Vec<_> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = send(app.clone(), form_request("/oidc/token", "", &form)).await;
        let fresh = answer.json()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        assert_eq!(key_id(&fresh), *new, "{name}");
        assert_eq!(
            world.get("/me", &fresh).await.status,
            StatusCode::OK,
            "{name}"
        );
        assert_eq!(
            node.get("/api/v1/me", &fresh).await.status,
            StatusCode::OK,
            "{name}"
        );
    }
    assert_eq!(withdraw(&world, &kid).await, StatusCode::NOT_FOUND, "gone");
}

#[tokio::test]
async fn a_published_set_is_no_older_than_a_second() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with(|builder| builder.clock(clock.clone())).await;
    let node = world.node(|builder| builder.clock(clock.clone())).await;
    let [kid] = &published(&node.app).await[..] else {
        panic!("one key");
    };
    assert_eq!(withdraw(&world, kid).await, StatusCode::NO_CONTENT);
    clock.advance(Duration::from_secs(1));
    assert_eq!(published(&node.app).await, published(&world.app).await);
    assert!(!published(&node.app).await.contains(kid));
    // Without a store it is the one that was last known, and no error.
    let before = published(&node.app).await;
    node.store.close().await;
    clock.advance(Duration::from_secs(1));
    assert_eq!(published(&node.app).await, before);
}

#[tokio::test]
async fn a_token_by_a_key_that_another_node_made_is_taken_at_once() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    let node = world.node(|builder| builder).await;
    world.trust("acme", &issuer).await;
    let kid = key_id(&world.access_token(&assertion(&issuer, ALICE)).await);
    assert_eq!(withdraw(&world, &kid).await, StatusCode::NO_CONTENT);
    let fresh = world.access_token(&assertion(&issuer, ALICE)).await;
    // Strangers' tokens don't keep the node from looking: less of them than it looks into.
    let header = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IngifQ";
    for _ in 0..10 {
        let answer = node.get("/api/v1/me", &format!("{header}.e30.AAAA")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(node.get("/api/v1/me", &fresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_key_that_does_not_sign_is_withdrawn_without_a_replacement() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with(|builder| builder.clock(clock.clone())).await;
    let root = world.user_key("root").await;
    let [first] = &states(&world).await[..] else {
        panic!("one key");
    };
    let answer = world.post("/signing-keys/rotate", &root, Value::Null).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert_eq!(answer.json().as_array().map(Vec::len), Some(2));
    let both = states(&world).await;
    assert_eq!(both[0], (first.0.clone(), "signing".into()));
    assert_eq!(both[1].1, "published");
    assert_eq!(withdraw(&world, &both[1].0).await, StatusCode::NO_CONTENT);
    assert_eq!(states(&world).await, [(first.0.clone(), "signing".into())]);

    world.post("/signing-keys/rotate", &root, Value::Null).await;
    clock.advance(Duration::from_secs(600));
    let both = states(&world).await;
    assert_eq!(both[0], (first.0.clone(), "verifying".into()));
    assert_eq!(both[1].1, "signing");
    assert_eq!(withdraw(&world, &first.0).await, StatusCode::NO_CONTENT);
    assert_eq!(
        states(&world).await,
        [(both[1].0.clone(), "signing".into())]
    );
}

#[tokio::test]
async fn a_leaked_key_is_not_followed_by_an_older_one() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with(|builder| builder.clock(clock.clone())).await;
    let root = world.user_key("root").await;
    world.post("/signing-keys/rotate", &root, Value::Null).await;
    clock.advance(Duration::from_secs(600));
    let before = states(&world).await;
    assert_eq!(withdraw(&world, &before[1].0).await, StatusCode::NO_CONTENT);
    let after = states(&world).await;
    assert_eq!(after[0], (before[0].0.clone(), "verifying".into()));
    assert_eq!(
        after[1].1, "signing",
        "a new one, before it was published for long"
    );
    assert!(!before.iter().any(|(kid, _)| *kid == after[1].0));
}

#[tokio::test]
async fn keys_stay_the_same_set_while_nothing_changes() {
    let world = World::new().await;
    let keys = world.auth.signing_keys();
    let before = keys.verifiers();
    keys.maintain().await.expect("the store works");
    keys.list().await.expect("the store works");
    assert!(Arc::ptr_eq(&before, &keys.verifiers()));
    keys.rotate(None).await.expect("the store works");
    assert!(!Arc::ptr_eq(&before, &keys.verifiers()));
}

#[tokio::test]
async fn keys_are_not_made_without_end() {
    let world = World::new().await;
    let root = world.user_key("root").await;
    for _ in 1..16 {
        let answer = world.post("/signing-keys/rotate", &root, Value::Null).await;
        assert_eq!(answer.status, StatusCode::CREATED);
    }
    let answer = world.post("/signing-keys/rotate", &root, Value::Null).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(states(&world).await.len(), 16);
}

#[tokio::test]
async fn changes_to_keys_are_audited_with_who_did_them() {
    let world = World::new().await;
    let root = world.user_key("root").await;
    world.post("/signing-keys/rotate", &root, Value::Null).await;
    let kid = states(&world).await[0].0.clone();
    assert_eq!(withdraw(&world, &kid).await, StatusCode::NO_CONTENT);
    let new = states(&world).await[1].0.clone();
    let events = world.store.audit_events(50).await.expect("events");
    let by_root = |action: &str| {
        events
            .iter()
            .find(|event| event.action == action && event.actor.as_deref() == Some("user:root-id"))
            .unwrap_or_else(|| panic!("{action} by root"))
    };
    let withdrawn = by_root("signing_key.withdraw");
    assert_eq!(withdrawn.target, Some(format!("signing-key:{kid}")));
    assert_eq!(withdrawn.detail, format!("replaced by {new}"));
    by_root("signing_key.create");
}

#[tokio::test]
async fn keys_are_for_administrators_of_the_instance_alone() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let kid = states(&world).await[0].0.clone();
    let root_by_token = issuer.token("twofold@example.com").audience("acme").sign();
    let (_, account) = world.account_key("robot", team_scope("ml")).await;
    for (name, credential) in [
        ("owner", world.user_key("owner").await),
        ("alice", world.user_key("alice").await),
        ("a service account", account),
        (
            "an administrator, by an access token",
            world.access_token(&root_by_token).await,
        ),
    ] {
        for answer in [
            world.get("/signing-keys", &credential).await,
            world
                .post("/signing-keys/rotate", &credential, Value::Null)
                .await,
            world
                .delete(&format!("/signing-keys/{kid}"), &credential)
                .await,
            world.delete("/signing-keys/none", &credential).await,
        ] {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
        }
    }
    let answer = world.get("/signing-keys", "").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(states(&world).await.len(), 1);
    let root = world.user_key("root").await;
    let shown = world.get("/signing-keys", &root).await.json();
    let mut members: Vec<_> = shown[0].as_object().expect("an object").keys().collect();
    members.sort_unstable();
    assert_eq!(
        members,
        ["algorithm", "created_at", "key_id", "signs_from", "state"],
        "nothing private"
    );
}
