//! What an organization may say of its issuers, and what becomes of assertions by it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::{Clock, Credential, Secret, SystemClock};
use auth_testkit::TestIssuer;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request, StatusCode};
use jwt_federation::{AssertionPolicy, ExchangeLimits, JwtIssuerId, JwtIssuerStore, Share};
use serde_json::{Value, json};
use support::*;

const ALICE: &str = "alice@example.com";
const ISSUERS: &str = "/organizations/acme/jwt-issuers";

/// A world in which acme has registered `issuer` with `policy`; gives the registration's path too.
async fn world_with(issuer: &TestIssuer, policy: Value) -> (World, String, String) {
    let world = World::new().await;
    let owner = world.user_key("owner").await;
    let path = register(&world, &owner, issuer, json!({ "policy": policy })).await;
    (world, owner, path)
}

async fn register(world: &World, owner: &str, issuer: &TestIssuer, mut body: Value) -> String {
    body["issuer"] = json!(issuer.issuer());
    let answer = world.post(ISSUERS, owner, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let id = answer.json()["id"].as_str().expect("a string").to_owned();
    format!("{ISSUERS}/{id}")
}

async fn patch(world: &World, path: &str, owner: &str, body: Value) -> Answer {
    world.call(Method::PATCH, path, owner, body).await
}

/// Changes a registration at the revision that it has.
async fn change(world: &World, path: &str, owner: &str, mut body: Value) -> Answer {
    let present = world.get(path, owner).await.json();
    body["revision"] = present["revision"].clone();
    patch(world, path, owner, body).await
}

async fn outcome(world: &World, assertion: &str) -> String {
    let answer = world.exchange(assertion).await;
    match answer.status {
        StatusCode::OK => "accepted".to_owned(),
        StatusCode::BAD_REQUEST => world.newest_refusal().await,
        other => panic!("{other}: {}", answer.text),
    }
}

#[tokio::test]
async fn a_registration_is_shown_changed_and_shown_again() {
    let issuer = TestIssuer::start().await;
    let (world, owner, path) = world_with(&issuer, json!({ "audiences": ["jobs"] })).await;
    let shown = world.get(&path, &owner).await.json();
    assert_eq!(shown["revision"], 1);
    assert_eq!(shown["keys"], json!({ "from": "discovery" }));
    assert_eq!(shown["policy"]["audiences"], json!(["jobs"]));
    assert_eq!(shown["has_bearer_token"], false);
    assert_eq!(shown["state"]["keys"].as_array().expect("a list").len(), 1);

    let bearer = json!({ "revision": 1, "bearer_token": "hunter2" });
    let answer = patch(&world, &path, &owner, bearer.clone()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(!answer.text.contains("hunter2"));
    assert_eq!(answer.json()["has_bearer_token"], true);
    assert_eq!(
        answer.json()["policy"]["audiences"],
        json!(["jobs"]),
        "the rest stays"
    );
    let late = patch(&world, &path, &owner, bearer).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "that revision is over");

    let removed = json!({ "revision": 2, "bearer_token": null, "policy": {} });
    let shown = patch(&world, &path, &owner, removed).await.json();
    assert_eq!(shown["has_bearer_token"], false);
    assert_eq!(shown["policy"]["audiences"], json!([]));
    let events = world.store.audit_events(2).await.expect("the store works");
    assert!(
        events
            .iter()
            .any(|event| event.action == "jwt_issuer.update")
    );
}

#[tokio::test]
async fn fed_005_every_assertion_names_the_organization_or_an_audience_of_its_policy() {
    let issuer = TestIssuer::start().await;
    let (world, owner, path) = world_with(&issuer, json!({ "audiences": ["https://jobs"] })).await;
    let of = |audience: Value| issuer.token(ALICE).claim("aud", audience).sign();
    for (name, audience, expected) in [
        ("the name", json!("acme"), "accepted"),
        ("the policy's", json!("https://jobs"), "accepted"),
        ("in a list", json!(["x", "https://jobs"]), "accepted"),
        ("both", json!(["acme", "https://jobs"]), "accepted"),
        ("with a slash", json!("https://jobs/"), "assertion.audience"),
        ("none of them", json!("sts.example"), "assertion.audience"),
        ("none", json!([]), "assertion.audience"),
        (
            "more than are looked up",
            json!((0..17).map(|n| format!("a{n}")).collect::<Vec<_>>()),
            "assertion.malformed",
        ),
    ] {
        assert_eq!(outcome(&world, &of(audience)).await, expected, "{name}");
    }
    assert_eq!(
        change(&world, &path, &owner, json!({ "policy": {} }))
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        outcome(&world, &of(json!("https://jobs"))).await,
        "assertion.audience"
    );

    let shared = json!({ "policy": { "audiences": ["sts.amazonaws.com"] } });
    let warned = change(&world, &path, &owner, shared).await.json();
    let codes = warned["warnings"].as_array().expect("a list");
    assert!(
        codes.iter().any(|w| w["code"] == "shared_audience"),
        "{warned}"
    );
    let empty = change(
        &world,
        &path,
        &owner,
        json!({ "policy": { "audiences": ["a", "a"] } }),
    )
    .await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn fed_013_no_organization_takes_anothers_name_or_audience() {
    let issuer = TestIssuer::start().await;
    let (world, owner, _) = world_with(&issuer, json!({ "audiences": ["jobs"] })).await;
    let eve = world.user_key("eve").await;
    let theirs = "/organizations/globex/jwt-issuers";
    let with = |audience: &str| json!({ "issuer": issuer.issuer(), "policy": { "audiences": [audience] } });
    let mut texts = None;
    for (name, audience, expected) in [
        ("its name", "acme", StatusCode::CONFLICT),
        ("its identifier", "acme-id", StatusCode::CONFLICT),
        ("its audience", "jobs", StatusCode::CONFLICT),
        ("everybody's", "wandb", StatusCode::CONFLICT),
        ("this host", BASE_URL, StatusCode::CONFLICT),
        (
            "its token endpoint",
            &format!("{BASE_URL}/oidc/token"),
            StatusCode::CONFLICT,
        ),
        ("a free one", "robots-jobs", StatusCode::CREATED),
    ] {
        let answer = world.post(theirs, &eve, with(audience)).await;
        assert_eq!(answer.status, expected, "{name}: {}", answer.text);
        if expected == StatusCode::CONFLICT {
            let told = answer.json()["detail"].clone();
            assert_eq!(
                *texts.get_or_insert(told.clone()),
                told,
                "all alike: {name}"
            );
        }
    }
    // An organization that comes later and is called so is meant by the name alone.
    let root = world.user_key("root").await;
    let named = world
        .post("/organizations", &root, json!({ "name": "robots-jobs" }))
        .await;
    assert_eq!(named.status, StatusCode::CREATED, "{}", named.text);
    let squatted = issuer
        .token("eve@example.com")
        .audience("robots-jobs")
        .sign();
    assert_eq!(outcome(&world, &squatted).await, "assertion.audience");
    // Two organizations named at once are none.
    let both = issuer
        .token(ALICE)
        .claim("aud", json!(["acme", "globex"]))
        .sign();
    assert_eq!(outcome(&world, &both).await, "assertion.audience");
    assert_eq!(
        world
            .get(ISSUERS, &owner)
            .await
            .json()
            .as_array()
            .expect("a list")
            .len(),
        1
    );
}

#[tokio::test]
async fn fed_010_an_issuer_is_turned_off_and_on() {
    let issuer = TestIssuer::start().await;
    let (world, owner, path) = world_with(&issuer, json!({})).await;
    let text = assertion(&issuer, ALICE);
    let token = world.access_token(&text).await;
    for (name, policy, expected) in [
        ("off", json!({ "enabled": false }), "assertion.registration"),
        ("on", json!({ "enabled": true }), "accepted"),
        (
            "over",
            json!({ "expires_at": "2020-01-01T00:00:00Z" }),
            "assertion.registration",
        ),
        (
            "not over",
            json!({ "expires_at": "2999-01-01T00:00:00Z" }),
            "accepted",
        ),
    ] {
        let answer = change(&world, &path, &owner, json!({ "policy": policy })).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text);
        assert_eq!(outcome(&world, &text).await, expected, "{name}");
        let stands = world.get("/me", &token).await.status == StatusCode::OK;
        assert_eq!(
            stands,
            expected == "accepted",
            "fed_012: its access tokens, {name}"
        );
    }
}

#[tokio::test]
async fn a_policy_narrows_algorithms_types_times_and_lifetime() {
    let issuer = TestIssuer::start().await;
    let (world, owner, path) = world_with(&issuer, json!({})).await;
    let plain = assertion(&issuer, ALICE);
    let typed = issuer.token(ALICE).audience("acme").typ("job+jwt").sign();
    let late = issuer
        .token(ALICE)
        .audience("acme")
        .claim("exp", json!(now() - 100))
        .sign();
    let early = issuer
        .token(ALICE)
        .audience("acme")
        .claim("nbf", json!(now() + 100))
        .sign();
    let ahead = issuer
        .token(ALICE)
        .audience("acme")
        .claim("iat", json!(now() + 100))
        .claim("exp", json!(now() + 200))
        .sign();
    for (name, policy, token, expected) in [
        (
            "another algorithm",
            json!({ "algorithms": ["PS512"] }),
            &plain,
            "assertion.invalid",
        ),
        ("no type of its own", json!({}), &typed, "assertion.invalid"),
        (
            "a type of its own",
            json!({ "types": ["job+jwt"] }),
            &typed,
            "accepted",
        ),
        (
            "the usual type then",
            json!({ "types": ["job+jwt"] }),
            &plain,
            "assertion.invalid",
        ),
        ("expired", json!({}), &late, "assertion.expired"),
        (
            "leeway of exp",
            json!({ "leeway": { "expiry": 200 } }),
            &late,
            "accepted",
        ),
        (
            "leeway of another",
            json!({ "leeway": { "not_before": 200 } }),
            &late,
            "assertion.expired",
        ),
        ("not yet", json!({}), &early, "assertion.invalid"),
        (
            "leeway of nbf",
            json!({ "leeway": { "not_before": 200 } }),
            &early,
            "accepted",
        ),
        ("issued later", json!({}), &ahead, "assertion.invalid"),
        (
            "leeway of iat",
            json!({ "leeway": { "issued_at": 200 } }),
            &ahead,
            "accepted",
        ),
        (
            "a short life",
            json!({ "max_lifetime": 300 }),
            &plain,
            "assertion.invalid",
        ),
        (
            "long enough",
            json!({ "max_lifetime": 600 }),
            &plain,
            "accepted",
        ),
    ] {
        let answer = change(&world, &path, &owner, json!({ "policy": policy })).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text);
        assert_eq!(outcome(&world, token).await, expected, "{name}");
    }
    let wide = json!({ "policy": { "leeway": { "expiry": 301 } } });
    let answer = change(&world, &path, &owner, wide).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text.contains("leeway.expiry"),
        "it names the field: {}",
        answer.text
    );
}

#[tokio::test]
async fn the_hosts_bounds_hold_for_every_policy() {
    let mut host = AssertionPolicy::default();
    host.max_lifetime = Duration::from_secs(300);
    host.max_leeway = Duration::from_secs(30);
    let world = World::with(|builder| builder.assertions(host)).await;
    let issuer = TestIssuer::start().await;
    let owner = world.user_key("owner").await;
    let policy = json!({ "max_lifetime": 86_400, "leeway": { "expiry": 300 } });
    register(&world, &owner, &issuer, json!({ "policy": policy })).await;
    assert_eq!(
        outcome(&world, &assertion(&issuer, ALICE)).await,
        "assertion.invalid"
    );
    let late = issuer
        .token(ALICE)
        .audience("acme")
        .claim("exp", json!(now() - 40))
        .sign();
    assert_eq!(outcome(&world, &late).await, "assertion.expired");
}

#[tokio::test]
async fn assertions_are_presented_from_the_policys_networks() {
    let issuer = TestIssuer::start().await;
    let policy = json!({ "networks": ["192.0.2.0/24", "2001:db8::/32"] });
    let (world, _, _) = world_with(&issuer, policy).await;
    let text = assertion(&issuer, ALICE);
    for (address, expected) in [
        (Some("192.0.2.7:1"), StatusCode::OK),
        (Some("[2001:db8::1]:1"), StatusCode::OK),
        (Some("[::ffff:192.0.2.7]:1"), StatusCode::OK),
        (Some("198.51.100.7:1"), StatusCode::BAD_REQUEST),
        (None, StatusCode::BAD_REQUEST),
    ] {
        let answer = world.send(presented(&text, address)).await;
        assert_eq!(answer.status, expected, "{address:?}: {}", answer.text);
    }
    assert_eq!(world.newest_refusal().await, "assertion.address");
}

/// The exchange of an assertion, from an address.
fn presented(assertion: &str, address: Option<&str>) -> Request<Body> {
    let mut request = Request::post("/oidc/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!(
            "grant_type={GRANT}&assertion={assertion}"
        )))
        .expect("a request");
    if let Some(address) = address {
        let address: SocketAddr = address.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(address));
    }
    request
}

#[tokio::test]
async fn fed_020_a_condition_holds_of_a_claim_of_the_right_type_alone() {
    let issuer = TestIssuer::start().await;
    let policy = json!({
        "conditions": [{ "claim": "repository_id", "equals": "7" }],
        "samples": { "accepts": [{ "repository_id": "7" }], "refuses": [{ "repository_id": "8" }] },
    });
    let (world, owner, path) = world_with(&issuer, policy).await;
    let refused = "assertion.condition";
    for (name, claim, expected) in [
        ("as it should be", json!("7"), "accepted"),
        ("another", json!("8"), refused),
        ("a number", json!(7), refused),
        ("a list", json!(["7"]), refused),
        ("an object", json!({ "7": "7" }), refused),
        ("null", Value::Null, refused),
        ("empty", json!(""), refused),
    ] {
        let token = issuer
            .token(ALICE)
            .audience("acme")
            .claim("repository_id", claim)
            .sign();
        assert_eq!(outcome(&world, &token).await, expected, "{name}");
    }
    assert_eq!(
        outcome(&world, &assertion(&issuer, ALICE)).await,
        refused,
        "missing"
    );

    // Numbers are not truncated, booleans are not texts.
    let policy = json!({
        "conditions": [{ "claim": "attempt", "equals": 1 }, { "claim": "protected", "equals": true }],
        "samples": { "accepts": [{ "attempt": 1, "protected": true }], "refuses": [{}] },
    });
    let answer = change(&world, &path, &owner, json!({ "policy": policy })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    for (attempt, protected, expected) in [
        (json!(1), json!(true), "accepted"),
        (json!(1.9), json!(true), refused),
        (json!(1.0), json!(true), refused),
        (json!("1"), json!(true), refused),
        (json!(1), json!("true"), refused),
        (json!(1), json!(1), refused),
    ] {
        let token = issuer
            .token(ALICE)
            .audience("acme")
            .claim("attempt", attempt.clone())
            .claim("protected", protected.clone())
            .sign();
        assert_eq!(
            outcome(&world, &token).await,
            expected,
            "{attempt} {protected}"
        );
    }
}

#[tokio::test]
async fn fed_018_a_rule_takes_the_subjects_that_fulfil_it_for_one_account() {
    let issuer = TestIssuer::start().await;
    let world = World::new().await;
    let owner = world.user_key("owner").await;
    let (account, _) = world.account_key("builder", team_scope("ml")).await;
    let (other, _) = world.account_key("deployer", team_scope("platform")).await;
    let rule = |name: &str, account: &str, pattern: &str| {
        json!({
            "name": name, "account": account,
            "conditions": [{ "claim": "sub", "pattern": pattern }],
            "samples": {
                "accepts": [{ "sub": pattern.replace('*', "x") }],
                "refuses": [{ "sub": "repo:other/thing:ref:refs/heads/main" }],
            },
        })
    };
    let policy = json!({
        "email": "none",
        "accounts": [
            rule("build", account.id.as_str(), "repo:acme/*:ref:refs/heads/main"),
            rule("deploy", other.id.as_str(), "repo:acme/*:environment:prod"),
        ],
    });
    let path = register(&world, &owner, &issuer, json!({ "policy": policy })).await;
    for (subject, expected) in [
        ("repo:acme/app:ref:refs/heads/main", "builder"),
        ("repo:acme/app:environment:prod", "deployer"),
        ("repo:acme/app:ref:refs/heads/other", ""),
        ("repo:acme/a/b:environment:prod", ""),
        ("repo:acme-evil/app:environment:prod", ""),
        ("xrepo:acme/app:environment:prod", ""),
        ("repo:acme/app:environment:prod2", ""),
        (ALICE, ""),
    ] {
        let text = assertion(&issuer, subject);
        if expected.is_empty() {
            assert_eq!(
                outcome(&world, &text).await,
                "assertion.subject",
                "{subject}"
            );
        } else {
            let token = world.access_token(&text).await;
            let me = world.get("/me", &token).await.json();
            assert_eq!(me["name"], expected, "{subject}");
        }
    }
    let detail = world.store.audit_events(50).await.expect("the store works");
    assert!(
        detail
            .iter()
            .any(|event| event.detail == "the rule \"deploy\""),
        "the log says which rule decided"
    );

    // A subject that is bound to another account and fulfils a rule could mean both.
    let bound = "repo:acme/app:environment:prod";
    world
        .account("bound", team_scope("ml"), federated(&issuer, bound))
        .await;
    let text = assertion(&issuer, bound);
    assert_eq!(outcome(&world, &text).await, "assertion.ambiguous_subject");

    // An account that is gone is nobody, and one that is made again under its name is another.
    let text = assertion(&issuer, "repo:acme/app:ref:refs/heads/main");
    let gone = format!("/teams/ml/service-accounts/{}", account.id);
    assert_eq!(
        world.delete(&gone, &owner).await.status,
        StatusCode::NO_CONTENT
    );
    world.account_key("builder", team_scope("ml")).await;
    assert_eq!(outcome(&world, &text).await, "assertion.principal");

    let foreign = world
        .account_key("spy", organization_scope("globex", "robots"))
        .await
        .0;
    for (name, account) in [
        ("another organization's", foreign.id.as_str()),
        ("no", "nobody"),
    ] {
        let policy = json!({ "accounts": [rule("r", account, "repo:acme/*:x")] });
        let answer = change(&world, &path, &owner, json!({ "policy": policy })).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(
            answer.text.contains("accounts[0].account"),
            "{name}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_rule_is_not_saved_while_its_samples_fail() {
    let issuer = TestIssuer::start().await;
    let (world, owner, path) = world_with(&issuer, json!({})).await;
    let conditions = json!([{ "claim": "repository_id", "equals": "7" }]);
    for (name, samples, part) in [
        ("no samples", json!({}), "samples"),
        (
            "accepts what it refuses",
            json!({ "accepts": [{ "repository_id": "8" }], "refuses": [{}] }),
            "samples.accepts[0]",
        ),
        (
            "refuses what it accepts",
            json!({ "accepts": [{ "repository_id": "7" }], "refuses": [{}, { "repository_id": "7" }] }),
            "samples.refuses[1]",
        ),
    ] {
        let policy = json!({ "conditions": conditions, "samples": samples });
        let answer = change(&world, &path, &owner, json!({ "policy": policy })).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(answer.text.contains(part), "{name}: {}", answer.text);
    }
    let shown = world.get(&path, &owner).await.json();
    assert_eq!(shown["revision"], 1, "nothing was changed");
    assert_eq!(
        outcome(&world, &assertion(&issuer, ALICE)).await,
        "accepted"
    );
}

#[tokio::test]
async fn an_email_address_comes_from_where_the_policy_says() {
    let issuer = TestIssuer::start().await;
    let (world, owner, path) = world_with(&issuer, json!({})).await;
    let token = |verified: Value| {
        let token = issuer
            .token("u-17")
            .audience("acme")
            .claim("email", json!(ALICE));
        token.claim("email_verified", verified).sign()
    };
    let subject = assertion(&issuer, ALICE);
    let refused = "assertion.subject";
    let claim = json!({ "email": { "claim": "email" } });
    let trusting = json!({ "email": { "claim": "email", "require_verified": false } });
    for (name, policy, assertion, expected) in [
        ("the subject", json!({}), &subject, "accepted"),
        ("no claim then", json!({}), &token(json!(true)), refused),
        (
            "a verified claim",
            claim.clone(),
            &token(json!(true)),
            "accepted",
        ),
        ("not verified", claim.clone(), &token(json!(false)), refused),
        (
            "verified in words",
            claim.clone(),
            &token(json!("true")),
            refused,
        ),
        ("no subject then", claim, &subject, refused),
        (
            "trusted unverified",
            trusting,
            &token(json!(false)),
            "accepted",
        ),
        ("nobody", json!({ "email": "none" }), &subject, refused),
    ] {
        let answer = change(&world, &path, &owner, json!({ "policy": policy })).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text);
        assert_eq!(outcome(&world, assertion).await, expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_008_a_one_time_assertion_is_taken_once() {
    let issuer = TestIssuer::start().await;
    let (world, _, _) = world_with(&issuer, json!({ "one_time": true })).await;
    let with = |jti: Value| {
        let token = issuer.token(ALICE).audience("acme").claim("jti", jti);
        token.lifetime(Duration::from_secs(600)).sign()
    };
    let first = with(json!("one"));
    assert_eq!(outcome(&world, &first).await, "accepted");
    assert_eq!(outcome(&world, &first).await, "assertion.replay");
    assert_eq!(
        outcome(&world, &with(json!("one"))).await,
        "assertion.replay",
        "another token"
    );
    assert_eq!(
        outcome(&world, &with(json!(""))).await,
        "assertion.jti",
        "empty"
    );
    let without = issuer.token(ALICE).audience("acme").without("jti").sign();
    assert_eq!(outcome(&world, &without).await, "assertion.jti", "missing");

    let raced = with(json!("two"));
    let answers = futures_util::future::join_all((0..20).map(|_| world.exchange(&raced))).await;
    let granted = answers
        .iter()
        .filter(|a| a.status == StatusCode::OK)
        .count();
    assert_eq!(granted, 1, "of those who come at once one wins");

    // What is refused for another reason spends nothing.
    let stranger = issuer
        .token("nobody@example.com")
        .audience("acme")
        .claim("jti", json!("three"));
    assert_eq!(outcome(&world, &stranger.sign()).await, "assertion.subject");
    assert_eq!(outcome(&world, &with(json!("three"))).await, "accepted");
}

#[tokio::test]
async fn fed_008_one_organization_does_not_spend_the_jti_of_another() {
    let issuer = TestIssuer::start().await;
    let (world, _, _) = world_with(&issuer, json!({ "one_time": true })).await;
    let eve = world.user_key("eve").await;
    // globex says that its keys are the issuer's; what it spends is its own.
    let forged = TestIssuer::start().await;
    let keys: Value = serde_json::from_str(&forged.jwks()).expect("JSON");
    let body = json!({
        "issuer": issuer.issuer(), "keys": { "from": "pasted", "jwks": keys },
        "policy": { "one_time": true },
    });
    let answer = world
        .post("/organizations/globex/jwt-issuers", &eve, body)
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let burnt = forged
        .token("eve@example.com")
        .audience("globex")
        .claim("iss", json!(issuer.issuer()))
        .claim("jti", json!("one"))
        .sign();
    assert_eq!(outcome(&world, &burnt).await, "accepted", "in globex");
    let genuine = issuer
        .token(ALICE)
        .audience("acme")
        .claim("jti", json!("one"))
        .sign();
    assert_eq!(outcome(&world, &genuine).await, "accepted", "in acme");
    let for_acme = forged
        .token(ALICE)
        .audience("acme")
        .claim("iss", json!(issuer.issuer()))
        .sign();
    assert_eq!(
        outcome(&world, &for_acme).await,
        "assertion.invalid",
        "fed_014: not by these keys"
    );
}

#[tokio::test]
async fn keys_are_pasted_and_pushed_where_the_issuer_can_not_be_reached() {
    let issuer = TestIssuer::start().await;
    let world = World::new().await;
    let owner = world.user_key("owner").await;
    let keys: Value = serde_json::from_str(&issuer.jwks()).expect("JSON");
    let pasted = json!({ "keys": { "from": "pasted", "jwks": keys } });
    let path = register(&world, &owner, &issuer, pasted).await;
    assert_eq!(
        outcome(&world, &assertion(&issuer, ALICE)).await,
        "accepted"
    );
    issuer.rotate();
    assert_eq!(
        outcome(&world, &assertion(&issuer, ALICE)).await,
        "assertion.invalid"
    );
    let keys: Value = serde_json::from_str(&issuer.jwks()).expect("JSON");
    let put = async |body: Value| {
        world
            .call(Method::PUT, &format!("{path}/keys"), &owner, body)
            .await
    };
    let pushed = put(keys.clone()).await;
    assert_eq!(pushed.status, StatusCode::OK, "{}", pushed.text);
    assert_eq!(pushed.json()["revision"], 2);
    assert_eq!(
        outcome(&world, &assertion(&issuer, ALICE)).await,
        "accepted"
    );
    assert_eq!(issuer.requests(), 0, "nothing was fetched");

    let mut private = keys.clone();
    private["keys"][0]["d"] = json!("c2VjcmV0");
    for (name, body) in [
        ("a private key", private),
        ("no set", json!([])),
        ("no keys", json!({ "keys": [] })),
        (
            "no usable key",
            json!({ "keys": [{ "kty": "oct", "kid": "s", "k": "c2VjcmV0" }] }),
        ),
    ] {
        let answer = put(body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
    let twice = Request::put(format!("/api/v1{path}/keys"))
        .header("authorization", format!("Bearer {owner}"))
        .header("content-type", "application/json")
        .body(Body::from(r#"{"keys":[],"keys":[]}"#))
        .expect("a request");
    assert_eq!(
        world.send(twice).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a member twice"
    );
    assert_eq!(
        outcome(&world, &assertion(&issuer, ALICE)).await,
        "accepted",
        "the last good set stays"
    );

    let fetched = change(
        &world,
        &path,
        &owner,
        json!({ "keys": { "from": "discovery" } }),
    )
    .await;
    assert_eq!(fetched.status, StatusCode::OK, "{}", fetched.text);
    assert_eq!(
        put(keys).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "not pasted any more"
    );
    let refreshed = world
        .post(&format!("{path}/keys/refresh"), &owner, Value::Null)
        .await;
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.text);
    for keys in [
        json!({ "from": "url" }),
        json!({ "from": "discovery", "jwks_uri": "https://x.example" }),
        json!({ "from": "pasted" }),
        json!({ "from": "elsewhere" }),
    ] {
        let answer = change(&world, &path, &owner, json!({ "keys": keys })).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{keys}");
    }
}

#[tokio::test]
async fn a_private_network_is_the_operators_to_open() {
    let issuer = TestIssuer::start().await;
    let world =
        World::with(|builder| builder.outbound(jwt_validation::OutboundPolicy::default())).await;
    let (owner, root) = (world.user_key("owner").await, world.user_key("root").await);
    let private = json!({ "issuer": "https://10.1.2.3", "networks": [] });
    let refused = world.post(ISSUERS, &owner, private).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for way in ["allow", "paste", "push"] {
        assert!(
            refused.text.contains(way),
            "it says what to do: {}",
            refused.text
        );
    }
    let keys: Value = serde_json::from_str(&issuer.jwks()).expect("JSON");
    let keys = json!({ "from": "pasted", "jwks": keys });
    let body = json!({ "issuer": "https://10.1.2.3", "networks": ["10.1.0.0/16"], "keys": keys });
    let forbidden = world.post(ISSUERS, &owner, body.clone()).await;
    assert_eq!(
        forbidden.status,
        StatusCode::FORBIDDEN,
        "{}",
        forbidden.text
    );
    let made = world.post(ISSUERS, &root, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let path = format!(
        "{ISSUERS}/{}",
        made.json()["id"].as_str().expect("a string")
    );
    for (name, body, expected) in [
        (
            "the policy",
            json!({ "policy": { "one_time": true } }),
            StatusCode::OK,
        ),
        (
            "another place in it",
            json!({ "keys": { "from": "url", "jwks_uri": "https://10.1.9.9/admin" } }),
            StatusCode::FORBIDDEN,
        ),
        (
            "a wider one",
            json!({ "networks": ["10.0.0.0/8"] }),
            StatusCode::FORBIDDEN,
        ),
        ("none any more", json!({ "networks": [] }), StatusCode::OK),
    ] {
        let answer = change(&world, &path, &owner, body).await;
        assert_eq!(answer.status, expected, "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn fed_029_fed_030_settings_are_for_the_organizations_administrators() {
    let issuer = TestIssuer::start().await;
    let (world, _, path) = world_with(&issuer, json!({})).await;
    let foreign = path.replace("/acme/", "/globex/");
    for (name, path, expected) in [
        ("alice", &path, StatusCode::FORBIDDEN),
        ("lead", &path, StatusCode::FORBIDDEN),
        ("eve", &path, StatusCode::NOT_FOUND),
        ("eve", &foreign, StatusCode::NOT_FOUND),
    ] {
        let key = world.user_key(name).await;
        let body = json!({ "revision": 1, "policy": { "enabled": false } });
        assert_eq!(world.get(path, &key).await.status, expected, "{name} reads");
        assert_eq!(
            patch(&world, path, &key, body).await.status,
            expected,
            "{name} writes"
        );
        let push = world
            .call(Method::PUT, &format!("{path}/keys"), &key, json!({}))
            .await;
        assert_eq!(push.status, expected, "{name} pushes");
        let refresh = world
            .post(&format!("{path}/keys/refresh"), &key, Value::Null)
            .await;
        assert_eq!(refresh.status, expected, "{name} refreshes");
    }
    // Whoever signed in by the issuer does not change what it is trusted with.
    let token = world
        .access_token(&assertion(&issuer, "owner@example.com"))
        .await;
    let body = json!({ "revision": 1, "policy": {} });
    assert_eq!(
        patch(&world, &path, &token, body).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn fed_032_a_noisy_tenant_leaves_the_others_their_share() {
    let mut host = AssertionPolicy::default();
    host.limits = ExchangeLimits::none().per_registration(Some(Share {
        burst: 3,
        per_second: 1,
    }));
    let world = World::with(|builder| builder.assertions(host)).await;
    let issuer = TestIssuer::start().await;
    world.trust("acme", &issuer).await;
    world.trust("globex", &issuer).await;
    let noisy = assertion(&issuer, ALICE);
    let statuses = futures_util::future::join_all((0..10).map(|_| world.exchange(&noisy))).await;
    let granted = statuses
        .iter()
        .filter(|a| a.status == StatusCode::OK)
        .count();
    assert!((3..=4).contains(&granted), "{granted}");
    let refused = statuses
        .iter()
        .find(|a| a.status != StatusCode::OK)
        .expect("some");
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.json()["error"], "temporarily_unavailable");
    let quiet = issuer.token("eve@example.com").audience("globex").sign();
    assert_eq!(world.exchange(&quiet).await.status, StatusCode::OK);
}

#[tokio::test]
async fn fed_032_a_noisy_address_leaves_the_others_their_share() {
    let mut host = AssertionPolicy::default();
    host.limits = ExchangeLimits::none().per_address(Some(Share {
        burst: 3,
        per_second: 1,
    }));
    let world = World::with(|builder| builder.assertions(host)).await;
    for (address, tries, served) in [("192.0.2.1:1", 10, 3), ("192.0.2.2:1", 2, 2)] {
        let mut judged = 0;
        for _ in 0..tries {
            let answer = world.send(presented("x", Some(address))).await;
            judged += usize::from(answer.status == StatusCode::BAD_REQUEST);
        }
        assert!(
            (served..=served + 1).contains(&judged),
            "{address}: {judged}"
        );
    }
}

#[tokio::test]
async fn fed_034_the_token_endpoint_says_nothing_to_other_origins() {
    let issuer = TestIssuer::start().await;
    let (world, _, _) = world_with(&issuer, json!({})).await;
    let preflight = Request::options("/oidc/token")
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST")
        .body(Body::empty())
        .expect("a request");
    let mut post = presented(&assertion(&issuer, ALICE), None);
    let origin = "https://evil.example".parse().expect("a value");
    post.headers_mut().insert("origin", origin);
    for request in [preflight, post] {
        let answer = world.send(request).await;
        let cors = |name: &str| name.starts_with("access-control-");
        assert!(
            !answer.headers.keys().any(|name| cors(name.as_str())),
            "{:?}",
            answer.headers
        );
    }
}

#[tokio::test]
async fn fed_017_a_scope_of_any_form_is_refused_in_bounded_time() {
    let issuer = TestIssuer::start().await;
    let (world, _, _) = world_with(&issuer, json!({})).await;
    let text = assertion(&issuer, ALICE);
    for (name, scope) in [
        ("one", "runs".to_owned()),
        ("twice", "runs runs".to_owned()),
        ("outside of the grammar", "a\"b\\c\u{e9}\u{0}".to_owned()),
        ("ten thousand", vec!["s"; 10_000].join(" ")),
    ] {
        let form = [
            ("grant_type", GRANT),
            ("assertion", &text),
            ("scope", &scope),
        ];
        let answer = world.token(&form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
        assert_eq!(answer.json()["error"], "invalid_scope", "{name}");
    }
}

#[tokio::test]
async fn presets_are_listed_filled_in_and_registered() {
    let world = World::new().await;
    let owner = world.user_key("owner").await;
    let presets = world.get("/jwt-issuer-presets", &owner).await.json();
    let names: Vec<_> = presets
        .as_array()
        .expect("a list")
        .iter()
        .map(|preset| preset["name"].as_str().expect("a string"))
        .collect();
    for expected in [
        "github_actions",
        "gitlab_ci",
        "kubernetes",
        "google",
        "entra",
        "buildkite",
    ] {
        assert!(names.contains(&expected), "{names:?}");
    }
    let fill = async |name: &str, parameters: Value| {
        let path = format!("/jwt-issuer-presets/{name}");
        let body = json!({ "parameters": parameters });
        world.post(&path, &owner, body).await
    };
    let draft = fill(
        "github_actions",
        json!({ "owner": "acme", "owner_id": "1001", "repository": "trainer",
                "repository_id": "2002", "environment": "production" }),
    )
    .await;
    assert_eq!(draft.status, StatusCode::OK, "{}", draft.text);
    let draft = draft.json();
    let issuer = TestIssuer::start().await;
    let policy = draft["policy"].clone();
    let path = register(&world, &owner, &issuer, json!({ "policy": policy })).await;
    assert_eq!(
        world.get(&path, &owner).await.json()["policy"],
        draft["policy"]
    );
    let bad = fill("github_actions", json!({})).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        fill("nothing", json!({})).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        world.get("/jwt-issuer-presets", "").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn the_state_of_the_keys_is_told_as_metrics() {
    let issuer = TestIssuer::start().await;
    let (world, _, path) = world_with(&issuer, json!({})).await;
    let id = path.rsplit_once('/').expect("a path").1;
    let value = |name: &str| {
        let metrics = world.auth.metrics();
        let line = format!("{name}{{jwt_issuer=\"{id}\"}} ");
        let found = metrics
            .lines()
            .find_map(|l| l.strip_prefix(&line)?.parse::<u64>().ok());
        found.unwrap_or_else(|| panic!("no {name} in {metrics}"))
    };
    assert_eq!(value("gatehouse_jwks_up"), 1);
    assert_eq!(value("gatehouse_jwks_stale"), 0);
    assert_eq!(value("gatehouse_jwks_keys"), 1);
    assert_eq!(value("gatehouse_jwks_fetches_total"), 1);
    assert_eq!(value("gatehouse_jwks_fetch_failures_total"), 0);
    issuer.rotate();
    issuer.set_fault(Some(auth_testkit::Fault::Status(503)));
    let unknown = assertion(&issuer, ALICE);
    assert_eq!(outcome(&world, &unknown).await, "assertion.invalid");
    assert_eq!(outcome(&world, &unknown).await, "assertion.invalid");
    assert_eq!(value("gatehouse_jwks_fetch_failures_total"), 1);
    assert!(value("gatehouse_jwks_refused_fetches_total") >= 1);
    // Ours to export, and without anything that an issuer chose.
    let metrics = world.auth.metrics();
    assert!(!metrics.contains("127.0.0.1"), "{metrics}");
    let types = metrics
        .lines()
        .filter(|line| line.starts_with("# TYPE "))
        .count();
    assert_eq!(types, 10);
}

/// A place for keys that notes what it is sent in `Authorization`.
async fn key_server(keys: String) -> (String, Arc<Mutex<Vec<Option<String>>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let app = axum::Router::new().fallback(move |headers: http::HeaderMap| async move {
        let sent = headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        noted
            .lock()
            .expect("no panic")
            .push(sent.map(str::to_owned));
        keys
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let url = format!("http://{}/keys", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, seen)
}

#[tokio::test]
async fn a_bearer_token_does_not_follow_keys_to_another_place() {
    let issuer = TestIssuer::start().await;
    let (first, seen_first) = key_server(issuer.jwks()).await;
    let (second, seen_second) = key_server(issuer.jwks()).await;
    let world = World::new().await;
    let owner = world.user_key("owner").await;
    let from = |url: &str| json!({ "from": "url", "jwks_uri": url });
    let body = json!({ "keys": from(&first), "bearer_token": "hunter2" });
    let path = register(&world, &owner, &issuer, body).await;
    assert_eq!(
        *seen_first.lock().expect("no panic"),
        [Some("Bearer hunter2".to_owned())]
    );

    let stale = json!({ "revision": 999, "keys": from(&second), "bearer_token": "hunter3" });
    assert_eq!(
        patch(&world, &path, &owner, stale).await.status,
        StatusCode::CONFLICT
    );
    assert!(
        seen_second.lock().expect("no panic").is_empty(),
        "nothing is sent for nothing"
    );

    let moved = change(&world, &path, &owner, json!({ "keys": from(&second) })).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    assert_eq!(moved.json()["has_bearer_token"], false);
    assert_eq!(*seen_second.lock().expect("no panic"), [None]);
    let event = world
        .store
        .audit_events(1)
        .await
        .expect("the store works")
        .remove(0);
    assert!(
        event.detail.contains(&second),
        "the log says where to: {}",
        event.detail
    );
    assert!(
        event.detail.contains("without bearer token"),
        "{}",
        event.detail
    );
}

#[tokio::test]
async fn a_pasted_key_set_may_be_long_and_has_a_limit() {
    let issuer = TestIssuer::start().await;
    let world = World::new().await;
    let owner = world.user_key("owner").await;
    for (octets, expected) in [
        (100_000, StatusCode::CREATED),
        (200_000, StatusCode::UNPROCESSABLE_ENTITY),
        (400_000, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let mut jwks: Value = serde_json::from_str(&issuer.jwks()).expect("JSON");
        jwks["note"] = json!("x".repeat(octets));
        let body = json!({
            "issuer": format!("{}/{octets}", issuer.issuer()),
            "keys": { "from": "pasted", "jwks": jwks },
        });
        let answer = world.post(ISSUERS, &owner, body).await;
        assert_eq!(answer.status, expected, "{octets}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_rule_in_the_store_gives_no_account_of_another_organization() {
    let issuer = TestIssuer::start().await;
    let (world, _, path) = world_with(&issuer, json!({ "email": "none" })).await;
    let scope = organization_scope("globex", "robots");
    let (foreign, _) = world.account_key("spy", scope).await;
    // Past the check of a change, as a store that was written by something else could have it.
    let id = JwtIssuerId::new(path.rsplit_once('/').expect("a path").1);
    let mut kept = world
        .store
        .issuer(&id)
        .await
        .expect("an answer")
        .expect("it is there");
    let policy = json!({
        "accounts": [{ "name": "r", "account": foreign.id.as_str(),
                       "conditions": [{ "claim": "sub", "equals": "job" }] }],
    });
    kept.settings.policy = serde_json::from_value(policy).expect("a policy");
    kept.revision = 2;
    world
        .store
        .update_issuer(&kept, event())
        .await
        .expect("nobody else changed it");
    assert_eq!(
        outcome(&world, &assertion(&issuer, "job")).await,
        "assertion.principal"
    );
}

#[tokio::test]
async fn a_one_time_assertion_is_no_sign_in_by_itself() {
    let issuer = TestIssuer::start().await;
    let (world, owner, path) = world_with(&issuer, json!({ "one_time": true })).await;
    let token = issuer
        .token(ALICE)
        .audience("acme")
        .claim("jti", json!("one"));
    let credential = Credential::Assertion(Secret::new(token.sign()));
    let resolve = async || {
        let request = auth_core::Request::new(&credential, SystemClock.now());
        let resolved = world.auth.resolvers().resolve(request).await;
        resolved.err().map(|error| error.code())
    };
    assert_eq!(
        resolve().await,
        Some("assertion.one_time"),
        "it would not be spent"
    );
    let answer = change(&world, &path, &owner, json!({ "policy": {} })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(resolve().await, None);
}

#[tokio::test]
async fn fed_032_forged_assertions_use_up_nobodys_share() {
    let mut host = AssertionPolicy::default();
    host.limits = ExchangeLimits::none().per_registration(Some(Share {
        burst: 3,
        per_second: 1,
    }));
    let world = World::with(|builder| builder.assertions(host)).await;
    let issuer = TestIssuer::start().await;
    world.trust("acme", &issuer).await;
    let genuine = assertion(&issuer, ALICE);
    let (head, _) = genuine.rsplit_once('.').expect("three segments");
    let forged = format!("{head}.{}", "A".repeat(342));
    for expected in [400, 400, 400, 429] {
        let answer = world.send(presented(&forged, Some("192.0.2.1:1"))).await;
        assert_eq!(
            answer.status.as_u16(),
            expected,
            "a stranger has a share of its own"
        );
    }
    for address in [Some("192.0.2.2:1"), None] {
        let answer = world.send(presented(&genuine, address)).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{address:?}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_refusal_is_logged_with_the_registration_that_it_points_at() {
    let issuer = TestIssuer::start().await;
    let (world, _, path) = world_with(&issuer, json!({})).await;
    assert_eq!(
        outcome(&world, &assertion(&issuer, "nobody")).await,
        "assertion.subject"
    );
    let events = world.store.audit_events(10).await.expect("the store works");
    let refusal = events
        .iter()
        .find(|event| event.refusal_code.is_some())
        .expect("one");
    let id = path.rsplit_once('/').expect("a path").1;
    assert_eq!(
        refusal.target.as_deref(),
        Some(format!("jwt-issuer:{id}").as_str())
    );
    assert_eq!(refusal.organization, Some(organization("acme")));
}

#[tokio::test]
async fn the_log_says_what_a_change_changed() {
    let issuer = TestIssuer::start().await;
    let (world, owner, path) = world_with(&issuer, json!({ "email": "none" })).await;
    let body = json!({ "policy": { "one_time": true }, "bearer_token": "hunter2" });
    assert_eq!(
        change(&world, &path, &owner, body).await.status,
        StatusCode::OK
    );
    let event = world
        .store
        .audit_events(1)
        .await
        .expect("the store works")
        .remove(0);
    let told = event.detail.split(';').next().unwrap_or_default();
    assert_eq!(told, "changed: bearer_token, policy.email, policy.one_time");
    assert!(!event.detail.contains("hunter2"));
}
