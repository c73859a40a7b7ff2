//! What an access token means, and who is told (RFC 7662).
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use auth_core::DirectoryAdmin;
use auth_testkit::TestIssuer;
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use support::*;

const ALICE: &str = "alice@example.com";
const PATH: &str = "/oidc/introspect";

async fn world() -> (World, TestIssuer) {
    let world = World::with(|builder| builder.introspection(true)).await;
    let issuer = TestIssuer::start().await;
    world.trust("acme", &issuer).await;
    (world, issuer)
}

async fn introspect(world: &World, caller: &str, token: &str) -> Value {
    let answer = world.form(PATH, caller, &[("token", token)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

fn inactive() -> Value {
    json!({ "active": false })
}

#[tokio::test]
async fn rfc_7662_an_active_token_is_described() {
    let (world, issuer) = world().await;
    let registration = world.trust("globex", &issuer).await;
    let token = world.access_token(&assertion(&issuer, ALICE)).await;
    let caller = world.user_key("bob").await;
    let found = introspect(&world, &caller, &token).await;
    let mut members: Vec<_> = found.as_object().expect("an object").keys().collect();
    members.sort_unstable();
    assert_eq!(
        members,
        [
            "active",
            "aud",
            "client_id",
            "exp",
            "iat",
            "iss",
            "jti",
            "organization",
            "sub",
            "token_type",
            "username"
        ]
    );
    assert_eq!(found["active"], true);
    assert_eq!(found["iss"], BASE_URL);
    assert_eq!(found["aud"], BASE_URL);
    assert_eq!(found["sub"], "user:alice-id");
    assert_eq!(found["username"], "alice");
    assert_eq!(found["organization"], "acme-id");
    assert_eq!(found["token_type"], "Bearer");
    assert_ne!(found["client_id"], registration.id.as_str());
    let lifetime = found["exp"].as_i64().zip(found["iat"].as_i64());
    assert_eq!(lifetime.map(|(exp, iat)| exp - iat), Some(3600));
    assert_eq!(found["jti"].as_str().map(str::len), Some(24));
    // A hint does not change the answer, whatever it says (RFC 7662 §2.1).
    let form = [
        ("token", token.as_str()),
        ("token_type_hint", "refresh_token"),
    ];
    let hinted = world.form(PATH, &caller, &form).await;
    assert_eq!(hinted.json(), found);
}

#[tokio::test]
async fn rfc_7662_only_the_tokens_own_organization_is_told() {
    let (world, issuer) = world().await;
    world.trust("globex", &issuer).await;
    let token = world.access_token(&assertion(&issuer, ALICE)).await;
    world
        .account("ci", team_scope("ml"), federated(&issuer, "job"))
        .await;
    let (_, account) = world.account_key("robot", team_scope("platform")).await;
    let (_, foreign) = world
        .account_key("robot", organization_scope("globex", "robots"))
        .await;
    let federated = world.access_token(&assertion(&issuer, "job")).await;
    let confined = |organization: &'static str| {
        let assertion = issuer.token("twofold@example.com").audience(organization);
        assertion.sign()
    };
    let [in_acme, in_globex] = [
        world.access_token(&confined("acme")).await,
        world.access_token(&confined("globex")).await,
    ];
    for (name, caller, told) in [
        ("a member", world.user_key("bob").await, true),
        ("the bearer", token.clone(), true),
        ("a service account", account, true),
        ("a federated account", federated, true),
        ("a member elsewhere", world.user_key("eve").await, false),
        ("a service account elsewhere", foreign, false),
        (
            "an administrator of the instance",
            world.user_key("root").await,
            true,
        ),
        ("a member of both, confined to this one", in_acme, true),
        (
            "the same, and administrator of the instance, confined to the other",
            in_globex,
            false,
        ),
    ] {
        let found = introspect(&world, &caller, &token).await;
        if told {
            assert_eq!(found["active"], true, "{name}");
        } else {
            assert_eq!(found, inactive(), "{name}");
        }
    }
}

#[tokio::test]
async fn rfc_7662_what_would_be_refused_is_not_active() {
    let (world, issuer) = world().await;
    let registration = world.trust("globex", &issuer).await;
    drop(registration);
    let caller = world.user_key("bob").await;
    let token = world.access_token(&assertion(&issuer, ALICE)).await;
    for (name, text) in [
        ("an API key", caller.clone()),
        ("an assertion", assertion(&issuer, ALICE)),
        ("garbage", "a.b.c".to_owned()),
        ("forged", token.replacen("eyJ", "eyI", 1)),
        ("too long", "x".repeat(20_000)),
    ] {
        assert_eq!(
            introspect(&world, &caller, &text).await,
            inactive(),
            "{name}"
        );
    }
    world.form("/oidc/revoke", "", &[("token", &token)]).await;
    assert_eq!(
        introspect(&world, &caller, &token).await,
        inactive(),
        "revoked"
    );

    let token = world.access_token(&assertion(&issuer, ALICE)).await;
    assert_eq!(introspect(&world, &caller, &token).await["active"], true);
    world
        .store
        .remove_organization_member(&organization("acme"), &user("alice"), event())
        .await
        .expect("she was a member");
    assert_eq!(
        introspect(&world, &caller, &token).await,
        inactive(),
        "left"
    );
}

#[tokio::test]
async fn rfc_7662_nobody_is_told_nothing() {
    let (world, issuer) = world().await;
    let token = world.access_token(&assertion(&issuer, ALICE)).await;
    let key = world.user_key("bob").await;
    let anonymous = world.form(PATH, "", &[("token", &token)]).await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
    assert!(!anonymous.header("www-authenticate").is_empty());
    let refused = world.form(PATH, "a.b.c", &[("token", &token)]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    // Nor does a request count that names the token elsewhere than in the body, or twice.
    for (name, path, form, error) in [
        ("no token", PATH.to_owned(), &[][..], "invalid_request"),
        (
            "in the URL",
            format!("{PATH}?token={token}"),
            &[("token", "x")],
            "invalid_request",
        ),
        (
            "twice",
            PATH.to_owned(),
            &[("token", "x"), ("token", "y")],
            "invalid_request",
        ),
        (
            "credentials of a client",
            PATH.to_owned(),
            &[("token", "x"), ("client_id", "x")],
            "invalid_client",
        ),
    ] {
        let answer = world.form(&path, &key, form).await;
        assert!(answer.status.is_client_error(), "{name}");
        assert_eq!(answer.json()["error"], error, "{name}");
    }
    let get = Request::get(PATH).header("authorization", format!("Bearer {key}"));
    let answer = world
        .send(get.body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn introspection_is_off_unless_asked_for_and_the_metadata_says_so() {
    async fn metadata(world: &World) -> Value {
        let path = "/.well-known/oauth-authorization-server";
        let request = Request::get(path).body(Body::empty()).expect("a request");
        world.send(request).await.json()
    }
    let off = World::new().await;
    let key = off.user_key("bob").await;
    let answer = off.form(PATH, &key, &[("token", "x")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let told = metadata(&off).await;
    assert_eq!(told.get("introspection_endpoint"), None);
    assert_eq!(
        told.get("introspection_endpoint_auth_methods_supported"),
        None
    );
    assert_eq!(
        told["revocation_endpoint"],
        format!("{BASE_URL}/oidc/revoke")
    );
    assert_eq!(
        told["revocation_endpoint_auth_methods_supported"],
        json!(["none"])
    );

    let (on, _issuer) = world().await;
    let told = metadata(&on).await;
    assert_eq!(told["introspection_endpoint"], format!("{BASE_URL}{PATH}"));
    assert_eq!(
        told["introspection_endpoint_auth_methods_supported"],
        json!(["Bearer"])
    );
}
