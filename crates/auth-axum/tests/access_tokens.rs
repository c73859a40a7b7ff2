//! Our access tokens as other services see them, and the keys behind them.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use auth_core::{Clock, ManualClock, SystemClock};
use auth_testkit::TestIssuer;
use axum::body::Body;
use http::{Request, StatusCode};
use jwt_validation::{
    Audience, KeySet, TokenPolicy, TypePolicy, UnixTime, VerifiedClaims, default_backend,
};
use serde_json::Value;
use support::*;

async fn published(world: &World) -> Answer {
    let request = Request::get("/.well-known/jwks.json")
        .body(Body::empty())
        .expect("a request");
    world.send(request).await
}

async fn key_ids(world: &World) -> Vec<String> {
    let set = published(world).await.json();
    let keys = set["keys"].as_array().expect("a list").iter();
    keys.map(|key| key["kid"].as_str().expect("a string").to_owned())
        .collect()
}

/// Verifies as a service would that has nothing but the published keys.
async fn verify_elsewhere(world: &World, token: &str, now: i64) -> Result<VerifiedClaims, String> {
    let keys = KeySet::parse(published(world).await.text.as_bytes(), default_backend());
    let audience = Audience::any_of([BASE_URL]).expect("not empty");
    TokenPolicy::new(BASE_URL, audience)
        .types(TypePolicy::access_token())
        .verify(token, &keys.expect("a set"), UnixTime::from_secs(now))
        .map_err(|error| error.code().to_owned())
}

#[tokio::test]
async fn fed_024_an_access_token_is_as_rfc_9068_says() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    let registration = world.trust("acme", &issuer).await;
    let token = world
        .access_token(&assertion(&issuer, "alice@example.com"))
        .await;
    let claims = verify_elsewhere(&world, &token, now())
        .await
        .expect("it verifies");
    assert_eq!(claims.issuer(), BASE_URL);
    assert_eq!(claims.subject(), Some("user:alice-id"));
    assert_eq!(
        claims.claim("client_id"),
        Some(&Value::from(registration.id.as_str()))
    );
    assert_eq!(claims.claim("organization"), Some(&Value::from("acme-id")));
    assert!(claims.jwt_id().is_some_and(|id| id.len() == 24));
    assert!(claims.issued_at().is_some());
    assert_eq!(
        verify_elsewhere(&world, &token, now() + 3700)
            .await
            .expect_err("late"),
        "jwt.expired"
    );
}

#[tokio::test]
async fn fed_024_an_access_token_tells_nothing_of_the_assertion() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let secretive = issuer.token("alice@example.com").audience("acme");
    let secretive = secretive.claim("api_secret", "hunter2").sign();
    let token = world.access_token(&secretive).await;
    let claims = verify_elsewhere(&world, &token, now())
        .await
        .expect("it verifies");
    let mut names: Vec<_> = claims.claims().keys().map(String::as_str).collect();
    names.sort_unstable();
    let ours = [
        "aud",
        "client_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "organization",
        "sub",
    ];
    assert_eq!(names, ours);
}

#[tokio::test]
async fn fed_024_an_access_token_is_never_checked_with_an_issuers_keys() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    let registration = world.trust("acme", &issuer).await;
    let asked = issuer.requests();
    // All that one of ours says, by a registered issuer's key, under its name or ours.
    for claimed in [BASE_URL, issuer.issuer()] {
        let forged = issuer
            .token("user:alice-id")
            .audience(BASE_URL)
            .typ("at+jwt")
            .claim("iss", claimed)
            .claim("client_id", registration.id.as_str())
            .claim("organization", "acme-id")
            .claim("jti", "x")
            .sign();
        let answer = world.get("/me", &forged).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{claimed}");
    }
    assert_eq!(issuer.requests(), asked, "the issuer is not even asked");
}

#[tokio::test]
async fn the_published_keys_are_public() {
    let world = World::new().await;
    let answer = published(&world).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("cache-control").contains("max-age=300"));
    let set = answer.json();
    for key in set["keys"].as_array().expect("a list") {
        let members: Vec<_> = key
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        assert!(!members.contains(&"d"), "{members:?}");
        assert_eq!(key["alg"], "ES256");
        assert_eq!(key["use"], "sig");
    }
}

#[tokio::test]
async fn metadata_names_the_endpoints() {
    let world = World::new().await;
    let path = "/.well-known/oauth-authorization-server";
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let metadata = world.send(request).await.json();
    assert_eq!(metadata["issuer"], BASE_URL);
    assert_eq!(metadata["token_endpoint"], format!("{BASE_URL}/oidc/token"));
    assert_eq!(
        metadata["jwks_uri"],
        format!("{BASE_URL}/.well-known/jwks.json")
    );
    assert_eq!(
        metadata["grant_types_supported"],
        serde_json::json!([GRANT])
    );
}

#[tokio::test]
async fn changed_expired_and_foreign_tokens_are_refused() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with(|builder| builder.clock(clock.clone())).await;
    let issuer = TestIssuer::start().await;
    world.trust("acme", &issuer).await;
    let token = world
        .access_token(&assertion(&issuer, "alice@example.com"))
        .await;
    assert_eq!(world.get("/me", &token).await.status, StatusCode::OK);

    let other_world = World::new().await;
    other_world.trust("acme", &issuer).await;
    let foreign = other_world
        .access_token(&assertion(&issuer, "alice@example.com"))
        .await;
    let (head, signature) = token.rsplit_once('.').expect("three segments");
    let (_, foreign_signature) = foreign.rsplit_once('.').expect("three segments");
    let header = head.split('.').next().expect("a header");
    for (name, text) in [
        ("another host's", foreign.clone()),
        (
            "another host's signature",
            format!("{head}.{foreign_signature}"),
        ),
        ("no signature", format!("{head}.")),
        ("other claims", format!("{header}.e30.{signature}")),
        ("garbage", "a.b.c".to_owned()),
    ] {
        let answer = world.get("/me", &text).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
        assert!(
            answer.header("www-authenticate").contains("invalid_token"),
            "{name}"
        );
    }
    clock.advance(Duration::from_secs(3600 - 1));
    assert_eq!(world.get("/me", &token).await.status, StatusCode::OK);
    clock.advance(Duration::from_secs(10));
    let answer = world.get("/me", &token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.text.contains("expired"), "{}", answer.text);
}

#[tokio::test]
async fn keys_rotate_with_overlap() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with(|builder| builder.clock(clock.clone())).await;
    let keys = world.auth.signing_keys();
    let first = key_ids(&world).await;
    assert_eq!(first.len(), 1);

    keys.rotate(None).await.expect("the store works");
    let both = key_ids(&world).await;
    assert_eq!(both.len(), 2, "the new key is published at once");
    assert_eq!(both[0], first[0]);
    let claims = serde_json::Map::new();
    let signed_by = |token: &auth_core::Secret| {
        let token = jwt_validation::UnverifiedToken::parse(token.expose(), 16_384)
            .map(|token| token.key_id().expect("we always name the key").to_owned());
        token.expect("well-formed")
    };
    assert_eq!(
        signed_by(&keys.sign(&claims).expect("signs")),
        both[0],
        "not before it is known"
    );
    clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(signed_by(&keys.sign(&claims).expect("signs")), both[1]);

    keys.maintain().await.expect("the store works");
    assert_eq!(
        key_ids(&world).await.len(),
        2,
        "tokens of the old key are still valid"
    );
    clock.advance(Duration::from_secs(3 * 60 * 60));
    keys.maintain().await.expect("the store works");
    assert_eq!(key_ids(&world).await, [both[1].clone()], "none is any more");

    clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
    keys.maintain().await.expect("the store works");
    assert_eq!(
        key_ids(&world).await.len(),
        2,
        "a month later the next one is made"
    );
}

#[tokio::test]
async fn keys_outlive_a_restart_and_are_shared() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let token = world
        .access_token(&assertion(&issuer, "alice@example.com"))
        .await;
    let builder = auth_axum::Auth::builder(BASE_URL, world.store.clone());
    let second = builder.build().await.expect("the settings are right");
    let request = Request::get("/api/v1/me").header("authorization", format!("Bearer {token}"));
    let answer = send(
        second.routes(),
        request.body(Body::empty()).expect("a request"),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}
