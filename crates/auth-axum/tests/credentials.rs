//! What a request may carry, what it gets, and what the host's own routes see.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::Duration;

use auth_axum::{Caller, Read, RequireProject, Write};
use auth_core::{DirectoryAdmin, TeamRole};
use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Request, StatusCode};
use serde_json::json;
use service_accounts::ApiKeyStore;
use support::*;

/// A host's own routes under the layer.
fn host(world: &World) -> Router {
    Router::new()
        .route(
            "/whoami",
            get(async |Caller(caller): Caller| caller.principal().name().to_owned()),
        )
        .route(
            "/maybe",
            get(async |caller: Option<Caller>| {
                caller.map_or("nobody".into(), |caller| {
                    caller.principal().name().to_owned()
                })
            }),
        )
        .route(
            "/p/{team}/{project}",
            get(async |p: RequireProject<Read>| p.project.name),
        )
        .route(
            "/p/{team}/{project}",
            post(async |p: RequireProject<Write>| p.project.name),
        )
        .layer(world.auth.layer())
}

async fn ask(world: &World, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(host(world), request.body(Body::empty()).expect("a request")).await
}

fn basic(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

#[tokio::test]
async fn sa_005_the_documented_forms_work() {
    let world = World::new().await;
    let (_, key) = world.account_key("ci", team_scope("ml")).await;
    for (name, value) in [
        ("bearer", format!("Bearer {key}")),
        ("basic", basic(&format!("api:{key}"))),
    ] {
        let answer = ask(&world, "/whoami", &[("authorization", &value)]).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (StatusCode::OK, "ci"),
            "{name}"
        );
    }
    let in_query = ask(
        &world,
        &format!("/whoami?access_token={key}&api_key={key}"),
        &[],
    )
    .await;
    assert_eq!(
        in_query.status,
        StatusCode::UNAUTHORIZED,
        "nothing is read from the query string"
    );
}

#[tokio::test]
async fn sa_004_sa_006_what_is_no_good_gets_one_answer() {
    let world = World::new().await;
    let (_, key) = world.account_key("ci", team_scope("ml")).await;
    let other = world.user_key("alice").await;
    // The identifier of one key, the secret of another, with a checksum that fits.
    let format = service_accounts::ApiKeyFormat::default();
    let wrong_secret = loop {
        let guess = format!("{}{}", &key[..16], &other[16..]);
        if format.parse(&guess).is_none() {
            break guess;
        }
    };
    let unknown = format
        .generate(&auth_core::OsRandom)
        .expect("randomness")
        .key
        .expose()
        .to_owned();
    let changed = format!(
        "{}{}",
        &key[..key.len() - 1],
        if key.ends_with('0') { '1' } else { '0' }
    );
    let mut texts = Vec::new();
    for (name, value) in [
        ("wrong secret", format!("Bearer {wrong_secret}")),
        ("unknown", format!("Bearer {unknown}")),
        ("one character changed", basic(&format!("api:{changed}"))),
        ("malformed", "Bearer local-x".into()),
    ] {
        let answer = ask(&world, "/whoami", &[("authorization", &value)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
        texts.push(answer.text);
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:#?}");
    for (name, value) in [
        ("not base64", "Basic %%%".to_owned()),
        ("no colon", basic("api")),
        ("empty key", basic("api:")),
        ("other user", basic(&format!("root:{key}"))),
        ("other scheme", format!("Token {key}")),
        ("key alone", key.clone()),
        ("access token through Basic", basic("api:a.b.c")),
        ("1 MB", format!("Bearer local-{}", "a".repeat(1 << 20))),
    ] {
        let answer = ask(&world, "/maybe", &[("authorization", &value)]).await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{name}: it must not become nobody's"
        );
    }
    let twice = [
        ("authorization", format!("Bearer {key}")),
        ("authorization", basic("x:y")),
    ];
    let twice: Vec<_> = twice
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(
        ask(&world, "/maybe", &twice).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn sa_004_the_secret_is_compared() {
    let world = World::new().await;
    let (account, _) = world.account_key("ci", team_scope("ml")).await;
    // A key that is well-formed, with the identifier of one that exists: put another digest under it.
    let format = service_accounts::ApiKeyFormat::default();
    let made = format.generate(&auth_core::OsRandom).expect("randomness");
    let stored = service_accounts::ApiKey {
        id: made.id,
        hash: service_accounts::ApiKeyHash::from_bytes([7; 32]),
        owner: account_id(&account),
        description: String::new(),
        created_at: auth_core::Timestamp::from_secs(now()),
        created_by: account_id(&account),
        last_used_at: None,
    };
    world.store.create_key(&stored, event()).await.expect("new");
    let value = format!("Bearer {}", made.key.expose());
    let answer = ask(&world, "/whoami", &[("authorization", &value)]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.newest_refusal().await, "api_key.secret");
}

#[tokio::test]
async fn web_019_an_anonymous_caller_is_challenged() {
    let world = World::new().await;
    let answer = ask(&world, "/whoami", &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
    assert_eq!(challenges.len(), 2);
    assert_eq!(
        challenges[0], "Bearer realm=\"api\"",
        "RFC 6750 §3.1: no error without a credential"
    );
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!(body["status"], 401);
    assert_eq!(body["code"], "credential.missing");
    assert_eq!(body["errors"][0]["message"], body["detail"]);
    assert_eq!(ask(&world, "/maybe", &[]).await.text, "nobody");
}

#[tokio::test]
async fn an_extractor_without_the_layer_is_an_error_of_the_host() {
    let bare = Router::new().route("/whoami", get(async |Caller(_): Caller| "somebody"));
    let request = Request::get("/whoami")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(
        send(bare, request).await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
}

#[tokio::test]
async fn sa_007_sa_009_a_revocation_counts_from_the_next_request_on() {
    let world = World::new().await;
    let (account, key) = world.account_key("ci", team_scope("ml")).await;
    let second = world
        .auth
        .accounts()
        .issue_key(&founder(), &account, "second")
        .await
        .expect("made");
    let bearer = |key: &str| format!("Bearer {key}");
    let status = async |key: &str| {
        ask(&world, "/whoami", &[("authorization", &bearer(key))])
            .await
            .status
    };
    assert_eq!(status(&key).await, StatusCode::OK);
    assert_eq!(
        status(second.key.expose()).await,
        StatusCode::OK,
        "sa_023: both work"
    );
    let id = service_accounts::ApiKeyId::new(&key[6..16]);
    world
        .auth
        .accounts()
        .revoke_key(&founder(), &account_id(&account), None, &id)
        .await
        .expect("it is there");
    assert_eq!(status(&key).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(second.key.expose()).await, StatusCode::OK);
    world
        .auth
        .accounts()
        .delete(&founder(), &account)
        .await
        .expect("it is there");
    assert_eq!(status(second.key.expose()).await, StatusCode::UNAUTHORIZED);

    let alice = world.user_key("alice").await;
    assert_eq!(status(&alice).await, StatusCode::OK);
    world
        .store
        .delete_user(&user("alice"), event())
        .await
        .expect("she is there");
    assert_eq!(status(&alice).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sa_010_rights_do_not_carry_over_to_a_team_of_the_same_name() {
    let world = World::new().await;
    let (_, key) = world.account_key("ci", team_scope("platform")).await;
    world
        .store
        .delete_team(&team("platform"), event())
        .await
        .expect("it is there");
    let again = auth_core::Team {
        id: auth_core::TeamId::new("platform-2"),
        organization: organization("acme"),
        name: "platform".into(),
    };
    world
        .store
        .create_team(&again, event())
        .await
        .expect("the name is free");
    let value = format!("Bearer {key}");
    let answer = ask(&world, "/whoami", &[("authorization", &value)]).await;
    assert_eq!(
        answer.status,
        StatusCode::UNAUTHORIZED,
        "the account went with its team"
    );
}

#[tokio::test]
async fn a_project_is_required_by_its_path() {
    let world = World::new().await;
    let (_, ml) = world.account_key("ml-ci", team_scope("ml")).await;
    let (_, platform) = world
        .account_key("platform-ci", team_scope("platform"))
        .await;
    let (_, wide) = world
        .account_key("wide", organization_scope("acme", "ml"))
        .await;
    let (_, foreign) = world
        .account_key("foreign", organization_scope("globex", "robots"))
        .await;
    let alice = world.user_key("alice").await;
    let viewer = world.user_key("viewer").await;
    for (name, key, project, read, write) in [
        ("own team", &ml, "team", 200, 200),
        ("own team, restricted", &ml, "restricted", 403, 403),
        ("sa_012 other team", &platform, "team", 403, 403),
        ("other team, open", &platform, "open", 200, 200),
        ("other team, public", &platform, "public", 200, 403),
        ("organization account", &wide, "team", 200, 200),
        (
            "organization account, restricted",
            &wide,
            "restricted",
            403,
            403,
        ),
        ("another organization", &foreign, "open", 404, 404),
        ("member", &alice, "team", 200, 200),
        ("member, restricted", &alice, "restricted", 403, 403),
        ("viewer", &viewer, "team", 200, 403),
        ("no such project", &ml, "absent", 404, 404),
        (
            "no such project, another organization",
            &foreign,
            "absent",
            404,
            404,
        ),
    ] {
        for (verb, expected) in [("GET", read), ("POST", write)] {
            let request = Request::builder()
                .method(verb)
                .uri(format!("/p/ml/{project}"))
                .header("authorization", format!("Bearer {key}"))
                .body(Body::empty());
            let answer = send(host(&world), request.expect("a request")).await;
            assert_eq!(
                answer.status.as_u16(),
                expected,
                "{name}, {verb}: {}",
                answer.text
            );
        }
    }
    let nobody = Request::get("/p/ml/open")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(
        send(host(&world), nobody).await.status,
        StatusCode::UNAUTHORIZED
    );
    let answer = ask(
        &world,
        "/p/ml/restricted",
        &[("authorization", &format!("Bearer {ml}"))],
    )
    .await;
    assert_eq!(
        answer.json()["code"],
        "access.not_added_by_name",
        "the refusal names its rule"
    );
}

#[tokio::test]
async fn sa_015_a_restricted_project_opens_by_name() {
    let world = World::new().await;
    let (account, key) = world.account_key("ci", team_scope("ml")).await;
    let lead = world.user_key("lead").await;
    let listed = async || {
        let projects = world.get("/teams/ml/projects", &key).await.json();
        let names = projects
            .as_array()
            .expect("a list")
            .iter()
            .map(|p| p["name"].to_string());
        names.collect::<Vec<_>>().join(" ")
    };
    assert!(!listed().await.contains("restricted"));
    let member = account_id(&account);
    let path = format!("/teams/ml/projects/restricted/members/{member}");
    let body = json!({ "role": "member" });
    let added = world.call(http::Method::PUT, &path, &lead, body).await;
    assert_eq!(added.status, StatusCode::NO_CONTENT, "{}", added.text);
    assert!(listed().await.contains("restricted"));
    let bearer = format!("Bearer {key}");
    let answer = ask(&world, "/p/ml/restricted", &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        world.delete(&path, &lead).await.status,
        StatusCode::NO_CONTENT
    );
    assert!(!listed().await.contains("restricted"));
}

#[tokio::test]
async fn sa_017_sa_018_attribution_is_reported_and_adds_no_right() {
    let world = World::new().await;
    let (_, key) = world.account_key("ci", team_scope("ml")).await;
    let bearer = format!("Bearer {key}");
    for (name, username, email, expected) in [
        ("member", "alice", "", "credited; user=\"alice\""),
        (
            "member by email",
            "",
            "alice@example.com",
            "credited; user=\"alice\"",
        ),
        (
            "administrator of the team",
            "lead",
            "",
            "credited; user=\"lead\"",
        ),
        ("unset", "", "", ""),
        ("outside the team", "bob", "", "unqualified"),
        ("outside the organization", "eve", "", "unqualified"),
        ("unknown", "mallory", "", "unqualified"),
        ("not ASCII", "jürgen", "", "unqualified"),
        (
            "not ASCII hides no claim",
            "jürgen",
            "alice@example.com",
            "unqualified",
        ),
    ] {
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-wandb-username", username),
            ("x-wandb-user-email", email),
        ];
        let answer = ask(&world, "/whoami", &headers).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        assert_eq!(answer.header("gatehouse-attribution"), expected, "{name}");
        assert_eq!(answer.text, "ci", "{name}: the account acts");
    }
    // Lead could manage the project; the account that is credited to lead can't.
    let headers = [
        ("authorization", bearer.as_str()),
        ("x-wandb-username", "lead"),
    ];
    assert_eq!(
        ask(&world, "/p/ml/restricted", &headers).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn sa_019_identity_headers_are_ignored() {
    let world = World::new().await;
    for name in [
        "x-user",
        "x-forwarded-user",
        "remote-user",
        "x-admin-token",
        "x-wandb-username",
    ] {
        assert_eq!(
            ask(&world, "/maybe", &[(name, "root")]).await.text,
            "nobody",
            "{name}"
        );
    }
}

#[tokio::test]
async fn sa_027_sa_028_use_is_noted_once_a_minute_and_audited() {
    let world = World::new().await;
    let (account, key) = world.account_key("ci", team_scope("ml")).await;
    for _ in 0..3 {
        world.get("/me", &key).await;
    }
    // The note is written beside the request; it must come without another one.
    let noted = async {
        loop {
            let keys = world.store.keys(&account_id(&account)).await;
            if let Some(at) = keys.expect("the store works")[0].last_used_at {
                return at;
            }
        }
    };
    let used = tokio::time::timeout(Duration::from_secs(10), noted)
        .await
        .expect("it is noted");
    assert!(now() - used.as_secs() < 60);
    let events = world
        .store
        .audit_events(100)
        .await
        .expect("the store works");
    let uses = events
        .iter()
        .filter(|event| event.action == "sign_in.api_key")
        .count();
    assert!((1..=3).contains(&uses), "{uses}");
    let log = format!("{events:?}");
    assert!(!log.contains(&key[16..40]), "the secret is not in the log");
    assert!(log.contains("service_account.create"));
}

#[tokio::test]
async fn a_role_that_changes_counts_at_once() {
    let world = World::new().await;
    let viewer = world.user_key("viewer").await;
    let write = async || {
        let request =
            Request::post("/p/ml/team").header("authorization", format!("Bearer {viewer}"));
        send(
            host(&world),
            request.body(Body::empty()).expect("a request"),
        )
        .await
        .status
    };
    assert_eq!(write().await, StatusCode::FORBIDDEN);
    world
        .store
        .set_team_member(&team("ml"), &user("viewer"), TeamRole::Member, event())
        .await
        .expect("both are there");
    assert_eq!(write().await, StatusCode::OK);
}
