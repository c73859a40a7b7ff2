//! What ends an access token before its time, and that it does on every node.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use auth_core::{
    AuditSink, Clock, Credential, DirectoryAdmin, Explanation, ManualClock, Recorder,
    Request as CredentialRequest, Secret, SystemClock, Verdict,
};
use auth_testkit::TestIssuer;
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::Value;
use service_accounts::ServiceAccountStore;
use support::*;

const ALICE: &str = "alice@example.com";

async fn alices_token(world: &World, issuer: &TestIssuer) -> String {
    world.access_token(&assertion(issuer, ALICE)).await
}

async fn revoke(world: &World, token: &str) -> StatusCode {
    let answer = world.form("/oidc/revoke", "", &[("token", token)]).await;
    assert_eq!(answer.text, "");
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.status
}

async fn revocations(world: &World) -> Vec<(Option<String>, Option<String>)> {
    AuditSink::record(&world.store, event())
        .await
        .expect("the store works");
    let events = world.store.audit_events(1000).await;
    let of_tokens = events.expect("the store works").into_iter();
    of_tokens
        .filter(|event| event.action == "access_token.revoke")
        .map(|event| (event.actor, event.target))
        .collect()
}

/// The claims, which nobody needs to verify here.
fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).expect("three segments");
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload);
    serde_json::from_slice(&json.expect("base64url")).expect("JSON")
}

#[tokio::test]
async fn fed_012_a_revoked_token_is_refused_on_every_node_at_once() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    let other = world.node(|builder| builder).await;
    world.trust("acme", &issuer).await;
    let [token, sibling] = [
        alices_token(&world, &issuer).await,
        alices_token(&world, &issuer).await,
    ];
    // Both nodes have verified and remembered it.
    for _ in 0..2 {
        assert_eq!(world.get("/me", &token).await.status, StatusCode::OK);
        assert_eq!(other.get("/api/v1/me", &token).await.status, StatusCode::OK);
    }
    assert_eq!(revoke(&world, &token).await, StatusCode::OK);
    assert_eq!(
        world.get("/me", &token).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(world.newest_refusal().await, "access_token.revoked");
    assert_eq!(
        other.get("/api/v1/me", &token).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        other.get("/api/v1/me", &sibling).await.status,
        StatusCode::OK,
        "the bearer's other token lives on"
    );

    // And the other way round: the node that did not issue it ends it.
    let answer = other.form("/oidc/revoke", "", &[("token", &sibling)]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        world.get("/me", &sibling).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn fed_012_what_a_token_depends_on_ends_it_on_every_node_at_once() {
    let issuer = TestIssuer::start().await;
    for what in ["member", "user", "issuer", "account", "key"] {
        let world = World::new().await;
        let other = world.node(|builder| builder).await;
        let registration = world.trust("acme", &issuer).await;
        let (account, _) = world
            .account("ci", team_scope("ml"), federated(&issuer, "job"))
            .await;
        let subject = if what == "account" { "job" } else { ALICE };
        let token = world.access_token(&assertion(&issuer, subject)).await;
        for _ in 0..2 {
            let answer = other.get("/api/v1/me", &token).await;
            assert_eq!(answer.status, StatusCode::OK, "{what}");
        }
        let (acme, alice) = (organization("acme"), user("alice"));
        let ended = match what {
            "member" => {
                let store = &world.store;
                store
                    .remove_organization_member(&acme, &alice, event())
                    .await
            }
            "user" => world.store.delete_user(&alice, event()).await,
            "issuer" => {
                let root = world.user_key("owner").await;
                let path = format!("/organizations/acme/jwt-issuers/{}", registration.id);
                let answer = world.delete(&path, &root).await;
                assert_eq!(answer.status, StatusCode::NO_CONTENT);
                Ok(())
            }
            "account" => world.store.delete_account(&account.id, event()).await,
            _ => {
                let root = world.user_key("root").await;
                let kid = key_id(&token);
                let answer = world.delete(&format!("/signing-keys/{kid}"), &root).await;
                assert_eq!(answer.status, StatusCode::NO_CONTENT);
                Ok(())
            }
        };
        ended.expect("it was there");
        let here = world.get("/me", &token).await.status;
        let there = other.get("/api/v1/me", &token).await.status;
        assert_eq!(
            (here, there),
            (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED),
            "{what}"
        );
    }
}

fn key_id(token: &str) -> String {
    let token = jwt_validation::UnverifiedToken::parse(token, 16_384).expect("well-formed");
    token.key_id().expect("we always name the key").to_owned()
}

#[tokio::test]
async fn rfc_7009_every_token_that_needs_nothing_done_gets_200_and_leaves_no_trace() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with(|builder| builder.clock(clock.clone())).await;
    let issuer = TestIssuer::start().await;
    world.trust("acme", &issuer).await;
    let elsewhere = World::new().await;
    elsewhere.trust("acme", &issuer).await;
    let api_key = world.user_key("alice").await;
    let expired = alices_token(&world, &issuer).await;
    clock.advance(Duration::from_secs(3606));
    let live = alices_token(&elsewhere, &issuer).await;
    let forged = live.replacen("eyJ", "eyI", 1);
    for (name, token) in [
        ("expired", &expired),
        ("another host's", &live),
        ("forged", &forged),
        ("an assertion", &assertion(&issuer, ALICE)),
        ("an API key", &api_key),
        ("garbage", &"a.b.c".to_owned()),
        ("one octet", &"x".to_owned()),
        ("too long for a token", &"x".repeat(20_000)),
        ("not ASCII", &"\u{0}\u{fffd}é".to_owned()),
    ] {
        assert_eq!(revoke(&world, token).await, StatusCode::OK, "{name}");
    }
    assert_eq!(revocations(&world).await, []);
    assert_eq!(
        world.get("/me", &api_key).await.status,
        StatusCode::OK,
        "the API key lives"
    );
    let events = world.store.audit_events(1000).await.expect("events");
    let shown = format!("{events:?}");
    assert!(!shown.contains(&expired) && !shown.contains(&api_key));
}

#[tokio::test]
async fn rfc_7009_a_revocation_is_audited_once() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let token = alices_token(&world, &issuer).await;
    for _ in 0..3 {
        assert_eq!(revoke(&world, &token).await, StatusCode::OK);
    }
    let jwt_id = claims(&token)["jti"].as_str().expect("a string").to_owned();
    let expected = (
        Some("user:alice-id".to_owned()),
        Some(format!("access-token:{jwt_id}")),
    );
    assert_eq!(revocations(&world).await, [expected]);
    // A token of somebody who has left meanwhile is ended all the same.
    let token = alices_token(&world, &issuer).await;
    world
        .store
        .delete_user(&user("alice"), event())
        .await
        .expect("she is there");
    assert_eq!(revoke(&world, &token).await, StatusCode::OK);
    assert_eq!(revocations(&world).await.len(), 2);
}

#[tokio::test]
async fn rfc_7009_a_token_of_a_withdrawn_key_leaves_no_trace_on_a_node_that_still_knows_the_key() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    let node = world.node(|builder| builder).await;
    world.trust("acme", &issuer).await;
    let token = alices_token(&world, &issuer).await;
    let root = world.user_key("root").await;
    let path = format!("/signing-keys/{}", key_id(&token));
    let withdrawn = world.delete(&path, &root).await;
    assert_eq!(withdrawn.status, StatusCode::NO_CONTENT);
    assert!(
        node.auth
            .signing_keys()
            .published()
            .contains(&key_id(&token)),
        "the node has not learned of it"
    );
    let answer = node.form("/oidc/revoke", "", &[("token", &token)]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(revocations(&world).await, []);
}

#[tokio::test]
async fn rfc_7009_a_request_is_a_form_with_a_token_and_nobodys_credentials() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let token = alices_token(&world, &issuer).await;
    let token = token.as_str();
    for (name, form, status, error) in [
        ("nothing", &[][..], 400, "invalid_request"),
        ("empty", &[("token", "")], 400, "invalid_request"),
        (
            "twice",
            &[("token", token), ("token", token)],
            400,
            "invalid_request",
        ),
        (
            "client_id",
            &[("token", token), ("client_id", "x")],
            401,
            "invalid_client",
        ),
        (
            "client_secret",
            &[("token", token), ("client_secret", "x")],
            401,
            "invalid_client",
        ),
        (
            "client_assertion",
            &[("token", token), ("client_assertion", "x")],
            401,
            "invalid_client",
        ),
    ] {
        let answer = world.form("/oidc/revoke", "", form).await;
        assert_eq!(answer.status.as_u16(), status, "{name}");
        assert_eq!(answer.json()["error"], error, "{name}");
    }
    let with_header = world.form("/oidc/revoke", token, &[("token", token)]).await;
    assert_eq!(with_header.status, StatusCode::UNAUTHORIZED);
    assert_eq!(with_header.json()["error"], "invalid_client");
    assert!(with_header.header("www-authenticate").starts_with("Basic"));

    let in_url = format!("/oidc/revoke?token={token}");
    let answer = world.form(&in_url, "", &[("token", token)]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    // A form, but said to be something else: pages of other origins can send that without asking.
    for media_type in ["application/json", "text/plain", "multipart/form-data", ""] {
        let request = Request::post("/oidc/revoke")
            .header("content-type", media_type)
            .body(Body::from(format!("token={token}")));
        let answer = world.send(request.expect("a request")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{media_type}");
    }
    let get = Request::get("/oidc/revoke").body(Body::empty());
    let answer = world.send(get.expect("a request")).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    let huge = "x".repeat(70_000);
    let answer = world.form("/oidc/revoke", "", &[("token", &huge)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(world.get("/me", token).await.status, StatusCode::OK);

    // Hints are for servers with several kinds of tokens, and are taken whatever they say.
    for hint in ["access_token", "refresh_token", "no_such_type"] {
        let token = alices_token(&world, &issuer).await;
        let form = [("token", token.as_str()), ("token_type_hint", hint)];
        let answer = world.form("/oidc/revoke", "", &form).await;
        assert_eq!(answer.status, StatusCode::OK, "{hint}");
        assert_eq!(
            world.get("/me", &token).await.status,
            StatusCode::UNAUTHORIZED,
            "{hint}"
        );
    }
}

#[tokio::test]
async fn rfc_7009_a_store_that_is_gone_is_no_success() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let token = alices_token(&world, &issuer).await;
    world.store.close().await;
    let answer = world.form("/oidc/revoke", "", &[("token", &token)]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), "1");
    let answer = world.get("/me", &token).await;
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "nor does a remembered token count without the store"
    );
}

#[tokio::test]
async fn fed_009_a_revocation_outlives_the_last_second_of_its_token() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let ahead = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with(|builder| builder.clock(clock.clone())).await;
    let node = world.node(|builder| builder.clock(ahead.clone())).await;
    let issuer = TestIssuer::start().await;
    world.trust("acme", &issuer).await;
    let token = alices_token(&world, &issuer).await;
    assert_eq!(revoke(&world, &token).await, StatusCode::OK);
    // The last second in which it would still be taken here. Somebody else's revocation sweeps, on a
    // node whose clock is as far ahead as clocks may be.
    clock.advance(Duration::from_secs(3604));
    ahead.advance(Duration::from_secs(3604 + 5));
    let other = issuer.token("bob@example.com").audience("acme");
    let other = other.lifetime(Duration::from_secs(7200)).sign();
    let other = world.access_token(&other).await;
    let answer = node.form("/oidc/revoke", "", &[("token", &other)]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        world.get("/me", &other).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        world.get("/me", &token).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(world.newest_refusal().await, "access_token.revoked");
}

#[tokio::test]
async fn fed_025_an_access_token_outlives_its_assertion_and_not_its_own_cap() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let configure = |builder: auth_axum::AuthBuilder| {
        builder
            .clock(clock.clone())
            .access_token_lifetime(Duration::from_secs(1800))
    };
    let world = World::with(configure).await;
    let issuer = TestIssuer::start().await;
    world.trust("acme", &issuer).await;
    let short = issuer.token(ALICE).audience("acme");
    let short = short.lifetime(Duration::from_secs(120)).sign();
    let answer = world.exchange(&short).await;
    assert_eq!(answer.json()["expires_in"], 1800);
    let token = answer.json()["access_token"]
        .as_str()
        .expect("a string")
        .to_owned();
    let lifetime = claims(&token)["exp"]
        .as_i64()
        .zip(claims(&token)["iat"].as_i64());
    assert_eq!(lifetime.map(|(exp, iat)| exp - iat), Some(1800));
    clock.advance(Duration::from_secs(600));
    assert_eq!(
        world.exchange(&short).await.status,
        StatusCode::BAD_REQUEST,
        "the assertion has expired"
    );
    assert_eq!(world.get("/me", &token).await.status, StatusCode::OK);
    clock.advance(Duration::from_secs(1200 + 5));
    assert_eq!(
        world.get("/me", &token).await.status,
        StatusCode::UNAUTHORIZED
    );
}

/// The checks that were made of a token, and whether each passed.
async fn explained(world: &World, token: &str) -> Vec<(String, bool)> {
    let mut explanation = Explanation::default();
    let credential = Credential::AccessToken(Secret::new(token));
    let request = CredentialRequest::new(&credential, SystemClock.now())
        .explained(Recorder::to(&mut explanation));
    let _ = world.auth.resolvers().resolve(request).await;
    let steps = explanation.steps().iter();
    steps
        .map(|step| (step.check.to_owned(), step.verdict == Verdict::Passed))
        .collect()
}

#[tokio::test]
async fn a_refusal_says_which_check_failed() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let token = alices_token(&world, &issuer).await;
    // Taken and remembered first: an explanation has all checks all the same.
    assert_eq!(world.get("/me", &token).await.status, StatusCode::OK);
    let checks = explained(&world, &token).await;
    assert!(
        checks.contains(&("jwt.signature".into(), true)),
        "{checks:?}"
    );
    for check in ["registration", "revocation", "signing_key", "principal"] {
        let expected = (format!("access_token.{check}"), true);
        assert!(checks.contains(&expected), "{check}: {checks:?}");
    }
    assert_eq!(revoke(&world, &token).await, StatusCode::OK);
    let checks = explained(&world, &token).await;
    assert_eq!(
        checks.last(),
        Some(&("access_token.revocation".into(), false))
    );
}
