//! `/api/v1`: who may do what, and that secrets come once.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use auth_axum::Environment;
use auth_core::DirectoryAdmin;
use futures_util::future::BoxFuture;
use futures_util::stream;
use http::{Method as Verb, StatusCode};
use serde_json::{Value, json};
use service_accounts::ApiKeyStore;
use support::*;

/// Every route, with what each role gets: root (administers the instance), owner (administers acme),
/// lead (administers the team ml), alice (member of ml), bob (member of another team), eve (administers
/// globex), a service account of the team, and nobody.
///
/// The calls change nothing: bodies are refused or things don't exist, *after* the decision. 2xx, 404
/// for a thing that isn't there, 409 and 422 all count as "allowed", shown as `y`; 403 is `f`, 404
/// before the decision is `n`, 401 is `u`.
const MATRIX: [(&str, &str, &str); 39] = [
    // verb, path, [root owner lead alice bob eve account nobody]
    ("GET", "/me", "yyyyyyyu"),
    ("GET", "/users", "yffffffu"),
    ("POST", "/users", "yffffffu"),
    ("GET", "/users/alice", "yffyfffu"),
    ("DELETE", "/users/nobody", "yffffffu"),
    ("GET", "/users/alice/keys", "yffyfffu"),
    ("DELETE", "/users/alice/keys/none", "yffyfffu"),
    ("GET", "/organizations", "yyyyyyyu"),
    ("POST", "/organizations", "yffffffu"),
    ("GET", "/organizations/acme", "yyyyynfu"),
    ("GET", "/organizations/acme/members", "yyyyynfu"),
    ("PUT", "/organizations/acme/members/none", "yyfffnfu"),
    ("DELETE", "/organizations/acme/members/none", "yyfffnfu"),
    ("GET", "/organizations/acme/teams", "yyyyynfu"),
    ("POST", "/organizations/acme/teams", "yyfffnfu"),
    ("GET", "/organizations/acme/jwt-issuers", "yyfffnfu"),
    ("POST", "/organizations/acme/jwt-issuers", "yyfffnfu"),
    ("GET", "/organizations/acme/jwt-issuers/none", "yyfffnfu"),
    ("PATCH", "/organizations/acme/jwt-issuers/none", "yyfffnfu"),
    ("DELETE", "/organizations/acme/jwt-issuers/none", "yyfffnfu"),
    (
        "PUT",
        "/organizations/acme/jwt-issuers/none/keys",
        "yyfffnfu",
    ),
    (
        "POST",
        "/organizations/acme/jwt-issuers/none/keys/refresh",
        "yyfffnfu",
    ),
    (
        "POST",
        "/organizations/acme/jwt-issuers/explain",
        "yyfffnfu",
    ),
    ("GET", "/jwt-issuer-presets", "yyyyyyyu"),
    ("POST", "/jwt-issuer-presets/none", "yyyyyyyu"),
    ("GET", "/signing-keys", "yffffffu"),
    // The rotation itself, which changes something, is in `signing_keys.rs`.
    ("DELETE", "/signing-keys/none", "yffffffu"),
    ("GET", "/organizations/acme/service-accounts", "yyfffnfu"),
    ("POST", "/organizations/acme/service-accounts", "yyfffnfu"),
    ("GET", "/teams/ml", "yyyyynyu"),
    ("GET", "/teams/ml/members", "yyyyynfu"),
    ("PUT", "/teams/ml/members/none", "yyyffnfu"),
    ("DELETE", "/teams/ml/members/none", "yyyffnfu"),
    ("GET", "/teams/ml/service-accounts", "yyyffnfu"),
    ("POST", "/teams/ml/service-accounts", "yyyffnfu"),
    ("DELETE", "/teams/ml/service-accounts/none", "yyyffnfu"),
    ("GET", "/teams/ml/service-accounts/none/keys", "yyyffnfu"),
    ("GET", "/teams/ml/projects/team/members", "nyyffnfu"),
    (
        "DELETE",
        "/teams/ml/projects/team/members/user:none",
        "nyyffnfu",
    ),
];

fn body_for(verb: &str, path: &str) -> Value {
    match (verb, path) {
        ("PATCH", _) => json!({ "revision": 1 }),
        ("PUT", path) if path.ends_with("/keys") => json!({ "keys": [] }),
        ("POST", path) if path.ends_with("/explain") => json!({ "token": "x" }),
        ("POST", path) if path.ends_with("/keys/refresh") => Value::Null,
        ("PUT", path) if path.starts_with("/organizations") => json!({ "role": "admin" }),
        ("PUT", _) => json!({ "role": "member" }),
        ("POST", "/users") => json!({ "username": "not a name" }),
        ("POST", path) if path.ends_with("/jwt-issuers") => json!({ "issuer": "" }),
        ("POST", path) if path.starts_with("/organizations/acme/service-accounts") => {
            json!({ "name": "not a name", "default_team": "ml" })
        }
        ("POST", _) => json!({ "name": "not a name" }),
        _ => Value::Null,
    }
}

#[tokio::test]
async fn web_028_web_029_each_role_gets_what_it_may() {
    let world = World::new().await;
    let mut credentials = Vec::new();
    for name in ["root", "owner", "lead", "alice", "bob", "eve"] {
        credentials.push((name, world.user_key(name).await));
    }
    credentials.push(("account", world.account_key("ci", team_scope("ml")).await.1));
    credentials.push(("nobody", String::new()));
    for (verb, path, row) in MATRIX {
        for ((who, credential), expected) in credentials.iter().zip(row.chars()) {
            let method = Verb::from_bytes(verb.as_bytes()).expect("a verb");
            let answer = world
                .call(method, path, credential, body_for(verb, path))
                .await;
            // The 404 of a thing below the one that was decided about is not the 404 of a stranger.
            let hidden = ["organization", "team", "project"]
                .iter()
                .any(|what| answer.text.contains(&format!("no such {what}\"")));
            let found = match answer.status.as_u16() {
                401 => 'u',
                403 => 'f',
                404 if hidden => 'n',
                200..=204 | 404 | 409 | 422 => 'y',
                other => panic!("{verb} {path} as {who}: {other} {}", answer.text),
            };
            assert_eq!(
                found, expected,
                "{verb} {path} as {who}: {} {}",
                answer.status, answer.text
            );
        }
    }
}

#[tokio::test]
async fn an_organization_is_set_up_over_the_api_alone() {
    let world = World::new().await;
    let root = world.user_key("root").await;
    let ok = |answer: &Answer| {
        assert!(
            answer.status.is_success(),
            "{} {}",
            answer.status,
            answer.text
        )
    };
    ok(&world
        .post("/organizations", &root, json!({ "name": "initech" }))
        .await);
    let new = json!({ "username": "milton", "email": "milton@initech.example" });
    ok(&world.post("/users", &root, new).await);
    let role = json!({ "role": "admin" });
    ok(&world
        .call(
            Verb::PUT,
            "/organizations/initech/members/milton",
            &root,
            role.clone(),
        )
        .await);
    let key = world
        .post(
            "/users/milton/keys",
            &root,
            json!({ "description": "first" }),
        )
        .await;
    assert_eq!(key.status, StatusCode::CREATED);
    let milton = key.json()["key"].as_str().expect("a string").to_owned();

    ok(&world
        .post(
            "/organizations/initech/teams",
            &milton,
            json!({ "name": "basement" }),
        )
        .await);
    ok(&world
        .call(Verb::PUT, "/teams/basement/members/milton", &milton, role)
        .await);
    let new = json!({ "name": "staplers", "visibility": "restricted" });
    ok(&world.post("/teams/basement/projects", &milton, new).await);
    let change = json!({ "visibility": "team" });
    ok(&world
        .call(
            Verb::PATCH,
            "/teams/basement/projects/staplers",
            &milton,
            change,
        )
        .await);
    let shown = world
        .get("/teams/basement/projects/staplers", &milton)
        .await
        .json();
    assert_eq!(shown["visibility"], "team");

    let new = json!({ "name": "ci", "default_team": "basement" });
    let account = world
        .post("/organizations/initech/service-accounts", &milton, new)
        .await;
    assert_eq!(account.status, StatusCode::CREATED);
    let new = json!({ "name": "ci", "authentication": { "method": "api_key" } });
    let account = world
        .post("/teams/basement/service-accounts", &milton, new)
        .await
        .json();
    let key = account["api_key"]["key"].as_str().expect("the first key");
    assert_eq!(
        world.get("/me", key).await.json()["default_team"],
        "basement"
    );

    for path in [
        "/teams/basement/projects/staplers",
        &format!(
            "/teams/basement/service-accounts/{}",
            account["id"].as_str().expect("an id")
        ),
    ] {
        assert_eq!(
            world.delete(path, &milton).await.status,
            StatusCode::NO_CONTENT,
            "{path}"
        );
        assert_eq!(
            world.get(path, &milton).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    assert_eq!(world.get("/me", key).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        world.delete("/organizations/initech", &milton).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        world.delete("/organizations/initech", &root).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        world.get("/organizations/initech", &root).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn sa_003_a_secret_is_in_the_answer_that_creates_it_and_nowhere_else() {
    let world = World::new().await;
    let lead = world.user_key("lead").await;
    let created = world
        .post("/teams/ml/service-accounts", &lead, json!({ "name": "ci" }))
        .await;
    assert_eq!(created.status, StatusCode::CREATED);
    let created = created.json();
    let base = format!(
        "/teams/ml/service-accounts/{}",
        created["id"].as_str().expect("an id")
    );
    let first = created["api_key"]["key"]
        .as_str()
        .expect("a key")
        .to_owned();
    let added = world
        .post(
            &format!("{base}/keys"),
            &lead,
            json!({ "description": "2" }),
        )
        .await
        .json();
    let second = added["key"].as_str().expect("a key").to_owned();
    assert_ne!(first, second);
    let keys = world.get(&format!("{base}/keys"), &lead).await;
    assert_eq!(keys.json().as_array().expect("a list").len(), 2);
    for path in [
        base.as_str(),
        &format!("{base}/keys"),
        "/teams/ml/service-accounts",
        "/me",
    ] {
        let text = world.get(path, &lead).await.text;
        for key in [&first, &second] {
            assert!(!text.contains(&key[16..40]), "{path}");
        }
    }
    let id = added["id"].as_str().expect("an id");
    assert!(keys.text.contains(id), "the identifier is listed");
    assert_eq!(
        world
            .delete(&format!("{base}/keys/{id}"), &lead)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        world
            .delete(&format!("{base}/keys/{id}"), &lead)
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        world.get("/me", &second).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(world.get("/me", &first).await.status, StatusCode::OK);
}

#[tokio::test]
async fn sa_014_sa_022_accounts_and_keys_of_others_are_not_found() {
    let world = World::new().await;
    let (of_platform, _) = world.account_key("ci", team_scope("platform")).await;
    let (of_globex, _) = world
        .account_key("ci", organization_scope("globex", "robots"))
        .await;
    let (_, own) = world.account_key("ci", team_scope("ml")).await;
    let lead = world.user_key("lead").await;
    let alice = world.user_key("alice").await;
    let owner = world.user_key("owner").await;
    for (name, path, credential) in [
        (
            "another team's",
            format!("/teams/ml/service-accounts/{}", of_platform.id),
            &lead,
        ),
        (
            "another organization's",
            format!("/teams/ml/service-accounts/{}", of_globex.id),
            &lead,
        ),
        (
            "as an organization's",
            format!("/organizations/acme/service-accounts/{}", of_globex.id),
            &owner,
        ),
    ] {
        for path in [path.clone(), format!("{path}/keys")] {
            assert_eq!(
                world.get(&path, credential).await.status,
                StatusCode::NOT_FOUND,
                "{name}"
            );
        }
        assert_eq!(
            world.delete(&path, credential).await.status,
            StatusCode::NOT_FOUND,
            "{name}"
        );
        let made = world
            .post(&format!("{path}/keys"), credential, nothing())
            .await;
        assert_eq!(made.status, StatusCode::NOT_FOUND, "{name}");
    }
    // A user's key under another user's name.
    let id = &alice[6..16];
    let stolen = world.delete(&format!("/users/lead/keys/{id}"), &lead).await;
    assert_eq!(stolen.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("/me", &alice).await.status, StatusCode::OK);
    // A service account makes nothing.
    let new = json!({ "name": "wide", "default_team": "ml" });
    let widened = world
        .post("/organizations/acme/service-accounts", &own, new)
        .await;
    assert_eq!(widened.status, StatusCode::FORBIDDEN);
    // A default team in another organization.
    let new = json!({ "name": "wide", "default_team": "robots" });
    let crossed = world
        .post("/organizations/acme/service-accounts", &owner, new)
        .await;
    assert_eq!(crossed.status, StatusCode::NOT_FOUND);
    let new = json!({ "name": "wide", "default_team": "absent" });
    let absent = world
        .post("/organizations/acme/service-accounts", &owner, new)
        .await;
    assert_eq!(crossed.text, absent.text, "nobody can tell which it is");
}

#[tokio::test]
async fn strangers_are_added_to_no_team_or_project() {
    let world = World::new().await;
    let lead = world.user_key("lead").await;
    let role = json!({ "role": "member" });
    for path in [
        "/teams/ml/members/eve",
        "/teams/ml/projects/team/members/user:eve",
    ] {
        let answer = world.call(Verb::PUT, path, &lead, role.clone()).await;
        assert_eq!(
            answer.status,
            StatusCode::NOT_FOUND,
            "{path}: {}",
            answer.text
        );
    }
    let (foreign, _) = world
        .account_key("ci", organization_scope("globex", "robots"))
        .await;
    let path = format!("/teams/ml/projects/team/members/{}", account_id(&foreign));
    assert_eq!(
        world.call(Verb::PUT, &path, &lead, role).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_federated_account_has_no_keys() {
    let world = World::new().await;
    let lead = world.user_key("lead").await;
    let authentication =
        json!({ "method": "federated", "issuer": "https://ci.example", "subject": "job" });
    let new = json!({ "name": "trainer", "authentication": authentication });
    let created = world
        .post("/teams/ml/service-accounts", &lead, new.clone())
        .await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    assert!(created.json()["api_key"].is_null());
    let keys = format!(
        "/teams/ml/service-accounts/{}/keys",
        created.json()["id"].as_str().expect("id")
    );
    assert_eq!(
        world.post(&keys, &lead, nothing()).await.status,
        StatusCode::CONFLICT
    );
    let mut again = new;
    again["name"] = "other".into();
    let answer = world.post("/teams/ml/service-accounts", &lead, again).await;
    assert_eq!(
        answer.status,
        StatusCode::CONFLICT,
        "one account per issuer and subject"
    );
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let world = World::new().await;
    let owner = world.user_key("owner").await;
    for (name, body) in [
        ("empty", json!({})),
        ("number", json!({ "name": 7 })),
        ("unknown member", json!({ "name": "x", "admin": true })),
        ("list", json!([])),
        ("blank name", json!({ "name": "a b" })),
        ("long name", json!({ "name": "a".repeat(10_000) })),
        ("slash", json!({ "name": "a/b" })),
    ] {
        let answer = world.post("/organizations/acme/teams", &owner, body).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{name}: {}",
            answer.text
        );
        assert!(answer.json()["detail"].is_string(), "{name}");
    }
    let taken = world
        .post(
            "/organizations/acme/teams",
            &owner,
            json!({ "name": "robots" }),
        )
        .await;
    assert_eq!(
        taken.status,
        StatusCode::CONFLICT,
        "a team's name is unique on the instance"
    );
    let huge = world.post(
        "/organizations/acme/teams",
        &owner,
        json!({ "name": "a".repeat(100_000) }),
    );
    assert_eq!(huge.await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let request = http::Request::post("/api/v1/organizations/acme/teams")
        .header("authorization", format!("Bearer {owner}"))
        .header("content-type", "application/json")
        .body(axum::body::Body::from(deep))
        .expect("a request");
    assert!(world.send(request).await.status.is_client_error());
    assert_eq!(
        world.get("/nowhere", &owner).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn creation_can_be_switched_off() {
    let world = World::with(|builder| {
        builder.environment(Environment::from_pairs(
            "",
            [
                ("DISABLE_API_KEY_CREATION", "true"),
                ("GORILLA_DISABLE_TEAM_SERVICE_ACCOUNT_CREATION", "true"),
            ],
        ))
    })
    .await;
    let (alice, lead, owner) = (
        world.user_key("alice").await,
        world.user_key("lead").await,
        world.user_key("owner").await,
    );
    let root = world.user_key("root").await;
    for (name, credential, expected) in [
        ("herself", &alice, StatusCode::FORBIDDEN),
        ("root", &root, StatusCode::CREATED),
    ] {
        let answer = world.post("/users/alice/keys", credential, nothing()).await;
        assert_eq!(answer.status, expected, "{name}");
    }
    for (name, credential, expected) in [
        ("lead", &lead, StatusCode::FORBIDDEN),
        ("owner", &owner, StatusCode::CREATED),
    ] {
        let new = json!({ "name": name });
        let answer = world
            .post("/teams/ml/service-accounts", credential, new)
            .await;
        assert_eq!(answer.status, expected, "{name}");
    }
}

#[tokio::test]
async fn a_misspelt_switch_is_an_error() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let store = auth_store::SqliteStore::open(directory.path().join("auth.db"))
        .await
        .expect("new");
    let environment = Environment::from_pairs("", [("SKIP_AUDIENCE_VALIDATION", "ture")]);
    let built = auth_axum::Auth::builder(BASE_URL, store)
        .environment(environment)
        .build()
        .await;
    assert!(built.is_err());
}

#[tokio::test]
async fn fed_029_fed_030_changes_are_audited_with_who_did_them() {
    let world = World::new().await;
    let owner = world.user_key("owner").await;
    world
        .post(
            "/organizations/acme/teams",
            &owner,
            json!({ "name": "new-team" }),
        )
        .await;
    let events = world.store.audit_events(5).await.expect("the store works");
    let event = events
        .iter()
        .find(|event| event.action == "team.create")
        .expect("it is there");
    assert_eq!(event.actor.as_deref(), Some("user:owner-id"));
    assert_eq!(
        event.organization.as_ref().map(|id| id.as_str()),
        Some("acme-id")
    );
}

#[tokio::test]
async fn fed_029_a_refused_change_is_audited() {
    let world = World::new().await;
    let alice = world.user_key("alice").await;
    let body = json!({ "issuer": "https://ci.example" });
    let answer = world
        .post("/organizations/acme/jwt-issuers", &alice, body)
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(
        world.newest_refusal().await,
        "access.needs_organization_admin"
    );
    let events = world.store.audit_events(10).await.expect("the store works");
    let event = events
        .iter()
        .find(|event| event.action == "administration")
        .expect("it is there");
    assert_eq!(event.actor.as_deref(), Some("user:alice-id"));
    assert_eq!(event.detail, "POST /organizations/acme/jwt-issuers");
}

#[tokio::test]
async fn answers_are_kept_out_of_caches() {
    let world = World::new().await;
    let lead = world.user_key("lead").await;
    let made = world
        .post("/teams/ml/service-accounts", &lead, json!({ "name": "ci" }))
        .await;
    assert_eq!(made.header("cache-control"), "no-store");
    assert_eq!(
        world.get("/me", &lead).await.header("cache-control"),
        "no-store"
    );
}

#[tokio::test]
async fn nobody_is_drawn_into_a_second_organization_by_its_administrator() {
    let world = World::new().await;
    let (owner, root) = (world.user_key("owner").await, world.user_key("root").await);
    let role = json!({ "role": "member" });
    world.add_user("free", false, &[]).await;
    let path = |name: &str| format!("/organizations/acme/members/{name}");
    for (name, credential, expected) in [
        ("free", &owner, StatusCode::NO_CONTENT),
        ("alice", &owner, StatusCode::NO_CONTENT),
        ("eve", &owner, StatusCode::NOT_FOUND),
        ("root", &owner, StatusCode::NOT_FOUND),
        ("eve", &root, StatusCode::NO_CONTENT),
    ] {
        let answer = world
            .call(Verb::PUT, &path(name), credential, role.clone())
            .await;
        assert_eq!(answer.status, expected, "{name}: {}", answer.text);
    }
    // Who is on the instance can't be learnt by asking to remove them either.
    world.delete(&path("eve"), &root).await;
    let stranger = world.delete(&path("eve"), &owner).await;
    let unknown = world.delete(&path("mallory"), &owner).await;
    assert_eq!(
        (stranger.status, &stranger.text),
        (unknown.status, &unknown.text)
    );
}

#[tokio::test]
async fn a_user_of_two_organizations_has_no_default_team() {
    let world = World::new().await;
    let twofold = world.user_key("twofold").await;
    for (name, expected) in [("ml", json!("ml")), ("robots", Value::Null)] {
        let set = (team(name), user("twofold"));
        let member = auth_core::TeamRole::Member;
        world
            .store
            .set_team_member(&set.0, &set.1, member, event())
            .await
            .expect("a member");
        assert_eq!(
            world.get("/me", &twofold).await.json()["default_team"],
            expected
        );
    }
}

#[tokio::test]
async fn rights_that_go_while_a_body_is_held_back_are_gone() {
    let world = World::new().await;
    let held_back =
        async |credential: &str, path: &str, body: Value, before: BoxFuture<'static, ()>| {
            let text = body.to_string();
            // The body's only piece comes after `before`, when the caller has long been recognised.
            let piece = stream::once(async move {
                before.await;
                Ok::<_, std::io::Error>(text)
            });
            let request = http::Request::post(format!("/api/v1{path}"))
                .header("authorization", format!("Bearer {credential}"))
                .header("content-type", "application/json")
                .body(axum::body::Body::from_stream(piece))
                .expect("a request");
            world.send(request).await
        };
    let alice = world.user_key("alice").await;
    let same = held_back(&alice, "/users/alice/keys", nothing(), Box::pin(async {})).await;
    assert_eq!(same.status, StatusCode::CREATED, "nothing changed");

    let (store, id) = (
        world.store.clone(),
        service_accounts::ApiKeyId::new(&alice[6..16]),
    );
    let revoke = async move {
        let owner = auth_core::PrincipalId::User(user("alice"));
        store
            .revoke_key(&owner, &id, event())
            .await
            .expect("it is there");
    };
    let late = held_back(&alice, "/users/alice/keys", nothing(), Box::pin(revoke)).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED, "{}", late.text);

    let (lead, store) = (world.user_key("lead").await, world.store.clone());
    let dismiss = async move {
        let (team, lead) = (team("ml"), user("lead"));
        let role = auth_core::TeamRole::Member;
        store
            .set_team_member(&team, &lead, role, event())
            .await
            .expect("a member");
    };
    let new = json!({ "name": "late" });
    let late = held_back(&lead, "/teams/ml/service-accounts", new, Box::pin(dismiss)).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN, "{}", late.text);
    assert_eq!(late.json()["code"], "caller.changed");
}

#[tokio::test]
async fn an_external_account_does_not_take_a_members_subject() {
    let world = World::new().await;
    let lead = world.user_key("lead").await;
    let authentication = json!({
        "method": "federated", "issuer": "https://ci.example", "subject": "Alice@example.com",
    });
    let new = json!({ "name": "trap", "authentication": authentication });
    let answer = world.post("/teams/ml/service-accounts", &lead, new).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
    assert_eq!(answer.json()["code"], "service_account.subject");
}

#[tokio::test]
async fn a_leeway_that_keeps_expired_assertions_alive_is_an_error() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let store = auth_store::SqliteStore::open(directory.path().join("auth.db"))
        .await
        .expect("new");
    let mut policy = jwt_federation::AssertionPolicy::default();
    policy.max_leeway = std::time::Duration::from_secs(301);
    let built = auth_axum::Auth::builder(BASE_URL, store)
        .assertions(policy)
        .build()
        .await;
    assert!(built.is_err());
}
