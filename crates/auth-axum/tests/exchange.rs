//! The exchange of assertions for access tokens, against a real issuer and a real store.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use auth_core::{Directory, DirectoryAdmin, OrganizationRole};
use auth_testkit::{Fault, TestIssuer};
use axum::body::Body;
use http::{Request, StatusCode};
use jwt_federation::AssertionPolicy;
use serde_json::{Value, json};
use support::*;

const ALICE: &str = "alice@example.com";

#[tokio::test]
async fn fed_001_fed_026_a_valid_assertion_becomes_an_access_token() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let answer = world.exchange(&assertion(&issuer, ALICE)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(
        body["expires_in"].to_string(),
        "3600",
        "an integer in the text itself"
    );
    let members: Vec<_> = body.as_object().expect("an object").keys().collect();
    assert_eq!(members.len(), 3, "fed_026: no refresh token: {members:?}");

    let token = body["access_token"].as_str().expect("a string");
    let me = world.get("/me", token).await.json();
    assert_eq!(me["name"], "alice");
    assert_eq!(me["confined_to_organization"], "acme-id");
    assert_eq!(me["method"], "federation");
    let lifetime = me["expires_at"].as_i64().expect("a number") - now();
    assert!((3590..=3600).contains(&lifetime), "{lifetime}");
}

#[tokio::test]
async fn blanks_around_the_assertion_are_trimmed() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let text = assertion(&issuer, ALICE);
    world.access_token(&format!("\n {text}\r\n\t")).await;
    // Old clients post the file as it is, colons and the line break unescaped.
    let raw = Request::post("/oidc/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("grant_type={GRANT}&assertion={text}\n")))
        .expect("a request");
    assert_eq!(world.send(raw).await.status, StatusCode::OK);
}

#[tokio::test]
async fn fed_002_an_unregistered_issuer_is_not_asked_for_anything() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    let answer = world.exchange(&assertion(&issuer, ALICE)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["error"], "invalid_grant");
    assert_eq!(issuer.requests(), 0);
    assert_eq!(world.newest_refusal().await, "assertion.issuer");
}

#[tokio::test]
async fn fed_003_fed_016_fed_027_a_request_is_a_form_with_each_parameter_once() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let good = assertion(&issuer, ALICE);
    let (grant, good) = (("grant_type", GRANT), ("assertion", good.as_str()));
    for (name, form, error) in [
        ("no grant type", &[good][..], "invalid_request"),
        (
            "other grant type",
            &[("grant_type", "password"), good],
            "unsupported_grant_type",
        ),
        (
            "other case",
            &[("grant_type", &GRANT.to_uppercase()), good],
            "unsupported_grant_type",
        ),
        ("no assertion", &[grant], "invalid_request"),
        (
            "empty assertion",
            &[grant, ("assertion", "")],
            "invalid_request",
        ),
        (
            "blank assertion",
            &[grant, ("assertion", " \n")],
            "invalid_request",
        ),
        ("two assertions", &[grant, good, good], "invalid_request"),
        ("two grant types", &[grant, grant, good], "invalid_request"),
        ("nothing", &[], "invalid_request"),
        (
            "fed_016 a scope",
            &[grant, good, ("scope", "admin")],
            "invalid_scope",
        ),
        (
            "fed_027 a client",
            &[grant, good, ("client_id", "x")],
            "invalid_client",
        ),
        (
            "fed_027 a client secret",
            &[grant, good, ("client_secret", "x")],
            "invalid_client",
        ),
        ("not a JWT", &[grant, ("assertion", "x")], "invalid_grant"),
    ] {
        let answer = world.token(form).await;
        assert_eq!(answer.json()["error"], error, "{name}");
        assert!(answer.status.is_client_error(), "{name}");
        assert_eq!(answer.header("cache-control"), "no-store", "{name}");
    }
    let raw = |content_type: &str, uri: &str, body: String| {
        let request = Request::post(uri).header("content-type", content_type);
        request.body(Body::from(body)).expect("a request")
    };
    let body = format!("grant_type={GRANT}&assertion={}", good.1);
    let form = "application/x-www-form-urlencoded";
    for (name, request, expected) in [
        (
            "JSON",
            raw("application/json", "/oidc/token", body.clone()),
            StatusCode::BAD_REQUEST,
        ),
        (
            "no type",
            raw("", "/oidc/token", body.clone()),
            StatusCode::BAD_REQUEST,
        ),
        (
            "query",
            raw(form, &format!("/oidc/token?{body}"), String::new()),
            StatusCode::BAD_REQUEST,
        ),
        (
            "query and body",
            raw(form, "/oidc/token?x=1", body.clone()),
            StatusCode::BAD_REQUEST,
        ),
        (
            "too long",
            raw(form, "/oidc/token", "a".repeat(100_000)),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
        (
            "charset",
            raw(&format!("{form}; charset=utf-8"), "/oidc/token", body),
            StatusCode::OK,
        ),
    ] {
        assert_eq!(world.send(request).await.status, expected, "{name}");
    }
    let get = Request::get("/oidc/token")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(world.send(get).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn fed_004_the_audience_names_the_organization() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    for (name, audience, accepted) in [
        ("its name", json!("acme"), true),
        ("its name in a list", json!(["acme"]), true),
        (
            "among others",
            json!(["https://elsewhere.example", "acme"]),
            true,
        ),
        ("another organization", json!("globex"), false),
        (
            "the shared one, with two organizations",
            json!("wandb"),
            false,
        ),
        ("other case", json!("ACME"), false),
        ("prefix", json!("acm"), false),
        ("suffix", json!("acme "), false),
        ("joined", json!("acme,globex"), false),
        ("our URL", json!(BASE_URL), false),
        ("empty", json!(""), false),
        ("empty list", json!([]), false),
        ("number", json!(1), false),
        ("list with a number", json!(["acme", 1]), false),
    ] {
        let token = issuer.token(ALICE).claim("aud", audience).sign();
        let answer = world.exchange(&token).await;
        assert_eq!(
            answer.status == StatusCode::OK,
            accepted,
            "{name}: {}",
            answer.text
        );
    }
    let without = issuer.token(ALICE).sign();
    assert_eq!(
        world.exchange(&without).await.status,
        StatusCode::BAD_REQUEST,
        "no audience"
    );
}

#[tokio::test]
async fn the_shared_audience_needs_a_single_organization() {
    let issuer = TestIssuer::start().await;
    let world = World::single(|builder| builder).await;
    world.trust("acme", &issuer).await;
    let shared = issuer.token(ALICE).audience("wandb").sign();
    assert_eq!(world.exchange(&shared).await.status, StatusCode::OK);
    let other = issuer.token(ALICE).audience("other").sign();
    assert_eq!(world.exchange(&other).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn audience_validation_is_skipped_only_with_a_single_organization() {
    let skipping = |builder: auth_axum::AuthBuilder| {
        let pairs = [("SKIP_AUDIENCE_VALIDATION", "true")];
        builder.environment(auth_axum::Environment::from_pairs("", pairs))
    };
    let issuer = TestIssuer::start().await;
    let single = World::single(skipping).await;
    single.trust("acme", &issuer).await;
    let other = issuer.token(ALICE).audience("other").sign();
    assert_eq!(single.exchange(&other).await.status, StatusCode::OK);

    let double = World::with(skipping).await;
    double.trust("acme", &issuer).await;
    assert_eq!(
        double.exchange(&other).await.status,
        StatusCode::BAD_REQUEST
    );
    double.access_token(&assertion(&issuer, ALICE)).await;
}

#[tokio::test]
async fn fed_006_an_assertion_has_a_short_life() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let day = 24 * 60 * 60;
    for (name, iat, exp, expected) in [
        ("fresh", json!(now()), json!(now() + 60), ""),
        (
            "expired",
            json!(now() - 900),
            json!(now() - 300),
            "assertion.expired",
        ),
        (
            "no expiry",
            json!(now()),
            Value::Null,
            "assertion.malformed",
        ),
        ("just within the cap", json!(now()), json!(now() + day), ""),
        (
            "beyond the cap",
            json!(now()),
            json!(now() + day + 1),
            "assertion.invalid",
        ),
        (
            "beyond the cap, no iat",
            Value::Null,
            json!(now() + day + 600),
            "assertion.invalid",
        ),
        (
            "issued in the future",
            json!(now() + 600),
            json!(now() + 900),
            "assertion.invalid",
        ),
    ] {
        let mut token = issuer
            .token(ALICE)
            .audience("acme")
            .without("iat")
            .without("exp");
        if !iat.is_null() {
            token = token.claim("iat", iat);
        }
        if !exp.is_null() {
            token = token.claim("exp", exp);
        }
        let answer = world.exchange(&token.sign()).await;
        assert_eq!(
            answer.status == StatusCode::OK,
            expected.is_empty(),
            "{name}: {}",
            answer.text
        );
        if !expected.is_empty() {
            assert!(
                world.newest_refusal().await.starts_with("assertion."),
                "{name}"
            );
            assert_eq!(answer.json()["error"], "invalid_grant", "{name}");
        }
    }
    let expired = issuer
        .token(ALICE)
        .audience("acme")
        .claim("exp", json!(now() - 300))
        .sign();
    let answer = world.exchange(&expired).await.json();
    let description = answer["error_description"].as_str().expect("a string");
    assert!(
        description.contains("expired"),
        "the caller can act on it: {description}"
    );
    let not_yet = issuer
        .token(ALICE)
        .audience("acme")
        .claim("nbf", json!(now() + 600))
        .sign();
    assert_eq!(
        world.exchange(&not_yet).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn the_cap_on_lifetime_can_be_set() {
    let mut policy = AssertionPolicy::default();
    policy.max_lifetime = Duration::from_secs(60);
    let world = World::with(|builder| builder.assertions(policy)).await;
    let issuer = TestIssuer::start().await;
    world.trust("acme", &issuer).await;
    let long = issuer
        .token(ALICE)
        .audience("acme")
        .lifetime(Duration::from_secs(90))
        .sign();
    assert_eq!(world.exchange(&long).await.status, StatusCode::BAD_REQUEST);
    let short = issuer
        .token(ALICE)
        .audience("acme")
        .lifetime(Duration::from_secs(60))
        .sign();
    world.access_token(&short).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_007_one_assertion_exchanged_fifty_times_at_once_gives_fifty_tokens() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let text = assertion(&issuer, ALICE);
    let tokens = futures_util::future::join_all((0..50).map(|_| world.access_token(&text))).await;
    let distinct: std::collections::BTreeSet<_> = tokens.iter().collect();
    assert_eq!(distinct.len(), 50);
    for token in [&tokens[0], &tokens[49]] {
        assert_eq!(world.get("/me", token).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn fed_010_fed_012_an_issuer_that_is_removed_takes_its_tokens_along() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    let registration = world.trust("acme", &issuer).await;
    let text = assertion(&issuer, ALICE);
    let token = world.access_token(&text).await;
    let path = format!("/organizations/acme/jwt-issuers/{}", registration.id);
    let owner = world.user_key("owner").await;
    assert_eq!(
        world.delete(&path, &owner).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(world.exchange(&text).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        world.get("/me", &token).await.status,
        StatusCode::UNAUTHORIZED
    );
    // Registered again it is another registration: the old token stays dead, a new one lives.
    world.trust("acme", &issuer).await;
    assert_eq!(
        world.get("/me", &token).await.status,
        StatusCode::UNAUTHORIZED
    );
    world.access_token(&text).await;
}

#[tokio::test]
async fn fed_011_fed_012_who_leaves_the_organization_leaves_with_the_tokens() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let text = assertion(&issuer, ALICE);
    let token = world.access_token(&text).await;
    world
        .store
        .remove_organization_member(&organization("acme"), &user("alice"), event())
        .await
        .expect("she was a member");
    assert_eq!(
        world.get("/me", &token).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(world.exchange(&text).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn fed_013_an_issuer_of_two_organizations_is_told_apart_by_audience() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    world.trust("globex", &issuer).await;
    for (audience, confined_to) in [("acme", "acme-id"), ("globex", "globex-id")] {
        let text = issuer
            .token("twofold@example.com")
            .audience(audience)
            .sign();
        let token = world.access_token(&text).await;
        let me = world.get("/me", &token).await.json();
        assert_eq!(me["confined_to_organization"], confined_to);
    }
    let both = issuer
        .token("twofold@example.com")
        .claim("aud", json!(["acme", "globex"]))
        .sign();
    assert_eq!(world.exchange(&both).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.newest_refusal().await, "assertion.audience");
    let neither = issuer
        .token("twofold@example.com")
        .audience("initech")
        .sign();
    assert_eq!(
        world.exchange(&neither).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn fed_014_an_issuer_vouches_for_its_own_organization_alone() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("globex", &issuer).await;
    // Globex's issuer names a member of acme, for either audience.
    for audience in ["acme", "globex"] {
        let text = issuer.token(ALICE).audience(audience).sign();
        assert_eq!(
            world.exchange(&text).await.status,
            StatusCode::BAD_REQUEST,
            "{audience}"
        );
    }
    // It names an external account of acme.
    world
        .account("ci", team_scope("ml"), federated(&issuer, "job"))
        .await;
    let text = issuer.token("job").audience("globex").sign();
    assert_eq!(world.exchange(&text).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.newest_refusal().await, "assertion.subject");
}

#[tokio::test]
async fn fed_014_fed_015_a_confined_identity_is_nobody_elsewhere() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("globex", &issuer).await;
    // An administrator of both organizations and of the instance, through globex's issuer.
    let text = issuer
        .token("twofold@example.com")
        .audience("globex")
        .sign();
    let token = world.access_token(&text).await;
    assert_eq!(
        world.get("/organizations/globex", &token).await.status,
        StatusCode::OK
    );
    for path in [
        "/organizations/acme",
        "/organizations/acme/members",
        "/organizations/acme/teams",
        "/organizations/acme/jwt-issuers",
        "/organizations/acme/service-accounts",
        "/teams/ml",
        "/teams/ml/projects",
        "/teams/ml/projects/open",
        "/teams/ml/service-accounts",
    ] {
        assert_eq!(
            world.get(path, &token).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for path in ["/users", "/users/alice"] {
        assert_eq!(
            world.get(path, &token).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    let listed = world.get("/organizations", &token).await.json();
    assert_eq!(listed.as_array().expect("a list").len(), 1, "{listed}");
    // A key of the user would reach further than the confinement.
    for name in ["twofold", "alice"] {
        let path = format!("/users/{name}/keys");
        assert_eq!(
            world.post(&path, &token, nothing()).await.status,
            StatusCode::FORBIDDEN
        );
    }
    let new = json!({ "name": "initech" });
    assert_eq!(
        world.post("/organizations", &token, new).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn fed_018_a_subject_is_an_external_account_by_exact_match() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let subject = "system:serviceaccount:ml:trainer";
    let (account, _) = world
        .account("trainer", team_scope("ml"), federated(&issuer, subject))
        .await;
    let token = world.access_token(&assertion(&issuer, subject)).await;
    let me = world.get("/me", &token).await.json();
    assert_eq!(me["id"], account_id(&account).to_string());
    assert_eq!(me["default_team"], "ml");
    assert_eq!(me["kind"], "service_account");
    for (name, other) in [
        ("other case", "system:serviceaccount:ML:trainer"),
        ("prefix", "system:serviceaccount:ml:train"),
        ("longer", "system:serviceaccount:ml:trainer2"),
        ("blank", " system:serviceaccount:ml:trainer"),
        ("wildcard", "system:serviceaccount:ml:%"),
        ("unknown", "system:serviceaccount:ml:other"),
    ] {
        let answer = world.exchange(&assertion(&issuer, other)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
    }
    // The same subject of another issuer of the organization is another subject.
    let second = TestIssuer::start().await;
    world.trust("acme", &second).await;
    assert_eq!(
        world.exchange(&assertion(&second, subject)).await.status,
        StatusCode::BAD_REQUEST
    );
    // A deleted account's token dies at once.
    world
        .auth
        .accounts()
        .delete(&founder(), &account)
        .await
        .expect("it is there");
    assert_eq!(
        world.get("/me", &token).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn an_ambiguous_subject_is_nobody() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    world.access_token(&assertion(&issuer, ALICE)).await;
    world
        .account("alice-bot", team_scope("ml"), federated(&issuer, ALICE))
        .await;
    let answer = world.exchange(&assertion(&issuer, ALICE)).await;
    assert_eq!(
        answer.status,
        StatusCode::BAD_REQUEST,
        "an account and a member"
    );
    assert_eq!(world.newest_refusal().await, "assertion.ambiguous_subject");

    let mut twin = world
        .store
        .user(auth_core::Key::Name("bob"))
        .await
        .expect("works")
        .expect("bob");
    (twin.id, twin.username) = (user("twin"), "twin".into());
    world
        .store
        .create_user(&twin, event())
        .await
        .expect("it is new");
    let acme = organization("acme");
    world
        .store
        .set_organization_member(&acme, &twin.id, OrganizationRole::Member, event())
        .await
        .expect("both are there");
    let answer = world.exchange(&assertion(&issuer, "bob@example.com")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "two members");
    assert_eq!(world.newest_refusal().await, "assertion.ambiguous_subject");
}

#[tokio::test]
async fn fed_019_fed_031_refusals_look_alike_to_the_caller() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let mut gone = world
        .store
        .user(auth_core::Key::Name("bob"))
        .await
        .expect("works")
        .expect("bob");
    gone.disabled = true;
    (gone.id, gone.username, gone.email) =
        (user("gone"), "gone".into(), Some("gone@example.com".into()));
    world
        .store
        .create_user(&gone, event())
        .await
        .expect("it is new");
    let acme = organization("acme");
    world
        .store
        .set_organization_member(&acme, &gone.id, OrganizationRole::Member, event())
        .await
        .expect("both are there");
    let stranger = TestIssuer::start().await;
    let good = assertion(&issuer, ALICE);
    let signature = good.rfind('.').expect("three segments");
    let forged = format!(
        "{}{}",
        &good[..signature],
        &assertion(&issuer, "bob@example.com")[assertion(&issuer, "bob@example.com")
            .rfind('.')
            .expect("three segments")..]
    );
    let mut bodies = Vec::new();
    let mut codes = std::collections::BTreeSet::new();
    for (name, text) in [
        ("bad signature", forged),
        ("unknown issuer", assertion(&stranger, ALICE)),
        ("unknown subject", assertion(&issuer, "nobody@example.com")),
        ("disabled user", assertion(&issuer, "gone@example.com")),
        (
            "wrong audience",
            issuer.token(ALICE).audience("globex").sign(),
        ),
    ] {
        let answer = world.exchange(&text).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
        bodies.push(answer.text);
        codes.insert(world.newest_refusal().await);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:#?}");
    assert_eq!(codes.len(), 5, "the audit log tells them apart: {codes:?}");
}

#[tokio::test]
async fn fed_021_fed_022_fed_023_tokens_of_other_kinds_are_no_assertions_and_the_reverse() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let id_token = issuer.token(ALICE).audience("browser-client").sign();
    assert_eq!(
        world.exchange(&id_token).await.status,
        StatusCode::BAD_REQUEST,
        "an ID Token"
    );
    let text = assertion(&issuer, ALICE);
    let access_token = world.access_token(&text).await;
    assert_eq!(
        world.exchange(&access_token).await.status,
        StatusCode::BAD_REQUEST,
        "our own"
    );
    assert_eq!(
        world.get("/me", &text).await.status,
        StatusCode::UNAUTHORIZED,
        "an assertion"
    );
    let typed = issuer.token(ALICE).audience("acme").typ("at+jwt").sign();
    assert_eq!(
        world.exchange(&typed).await.status,
        StatusCode::BAD_REQUEST,
        "an access token"
    );
    // A registered issuer mints something that looks like our access token.
    let forged = issuer
        .token("user:alice-id")
        .audience(BASE_URL)
        .typ("at+jwt")
        .claim("iss", json!(BASE_URL))
        .claim("organization", json!("acme-id"))
        .sign();
    assert_eq!(
        world.get("/me", &forged).await.status,
        StatusCode::UNAUTHORIZED
    );
    // And nobody may register us.
    let own = json!({ "issuer": BASE_URL });
    let owner = world.user_key("owner").await;
    let answer = world
        .post("/organizations/acme/jwt-issuers", &owner, own)
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn fed_028_an_issuer_that_calls_itself_another_is_refused() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    issuer.set_fault(Some(Fault::WrongIssuer));
    let owner = world.user_key("owner").await;
    let body = json!({ "issuer": issuer.issuer() });
    let answer = world
        .post("/organizations/acme/jwt-issuers", &owner, body.clone())
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("issuer"), "{}", answer.text);
    issuer.set_fault(None);
    let slashed = json!({ "issuer": format!("{}/", issuer.issuer()) });
    let answer = world
        .post("/organizations/acme/jwt-issuers", &owner, slashed)
        .await;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "another text is another issuer"
    );
    let answer = world
        .post("/organizations/acme/jwt-issuers", &owner, body.clone())
        .await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let answer = world
        .post("/organizations/acme/jwt-issuers", &owner, body)
        .await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "it is there already");
}

#[tokio::test]
async fn private_addresses_are_refused_unless_allowed() {
    let strict =
        World::with(|builder| builder.outbound(jwt_validation::OutboundPolicy::default())).await;
    let owner = strict.user_key("owner").await;
    let issuer = TestIssuer::start().await;
    for url in [
        issuer.issuer(),
        "http://issuer.example",
        "https://127.0.0.1",
        "https://localhost",
        "https://169.254.169.254",
        "https://10.0.0.1",
        "https://[::1]",
        "https://2130706433",
        "file:///etc/passwd",
        "not a URL",
        "",
    ] {
        let body = json!({ "issuer": url });
        let answer = strict
            .post("/organizations/acme/jwt-issuers", &owner, body)
            .await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{url}: {}",
            answer.text
        );
    }
    assert_eq!(issuer.requests(), 0);
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_is_registered_and_the_exchange_is_retried() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    let text = assertion(&issuer, ALICE);
    issuer.set_fault(Some(Fault::Status(500)));
    let owner = world.user_key("owner").await;
    let body = json!({ "issuer": issuer.issuer() });
    let answer = world
        .post("/organizations/acme/jwt-issuers", &owner, body)
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert!(answer.json()["warning"].is_string(), "{}", answer.text);
    let answer = world.exchange(&text).await;
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        answer.text
    );
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn fed_033_no_assertion_in_the_audit_log() {
    let (world, issuer) = (World::new().await, TestIssuer::start().await);
    world.trust("acme", &issuer).await;
    let good = assertion(&issuer, ALICE);
    let token = world.access_token(&good).await;
    let bad = issuer.token(ALICE).audience("globex").sign();
    world.exchange(&bad).await;
    world.exchange(&format!("{good}x")).await;
    world.newest_refusal().await;
    let log = format!(
        "{:?}",
        world
            .store
            .audit_events(1000)
            .await
            .expect("the store works")
    );
    for secret in [&good, &bad, &token] {
        for segment in secret.split('.') {
            assert!(!log.contains(segment), "a segment of a token is in the log");
        }
    }
    assert!(log.contains("sign_in.assertion"));
}
