//! What the W&B SDK asks, in its own words.

use crate::world::World;
use auth_core::Secret;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

const VIEWER: &str =
    "query Viewer { viewer { id entity username email flags teams { edges { node { name } } } } }";

#[tokio::test]
async fn the_viewer_of_each_kind_of_caller() {
    let world = World::start().await;
    let all = json!(["ml-team", "platform"]);
    for (name, key, username, entity, email, teams) in [
        (
            "team account",
            world.team_key(),
            "ml-ci",
            json!("ml-team"),
            Value::Null,
            json!(["ml-team"]),
        ),
        (
            "organization account",
            world.organization_key(),
            "org-ci",
            json!("ml-team"),
            Value::Null,
            all,
        ),
        (
            "user",
            world.key_of("alice").await,
            "alice",
            json!("ml-team"),
            json!("alice@acme.example"),
            json!(["ml-team"]),
        ),
        (
            "user without a team",
            world.admin_key(),
            "admin",
            Value::Null,
            Value::Null,
            json!([]),
        ),
    ] {
        let answer = world.graphql(&key, VIEWER, json!({})).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {answer:?}");
        let viewer = &answer.json()["data"]["viewer"];
        assert_eq!(viewer["username"], username, "{name}");
        assert_eq!(viewer["entity"], entity, "{name}");
        assert_eq!(viewer["email"], email, "{name}");
        assert_eq!(viewer["flags"], "{}", "{name}");
        let edges = viewer["teams"]["edges"].as_array().expect("a list").iter();
        let names: Vec<_> = edges.map(|edge| edge["node"]["name"].clone()).collect();
        assert_eq!(Value::from(names), teams, "{name}");
    }
}

#[tokio::test]
async fn the_viewer_of_the_public_api() {
    let world = World::start().await;
    let query = include_str!("queries/get_viewer.graphql");
    let answer = world.graphql(&world.team_key(), query, json!({})).await;
    let viewer = answer.json()["data"]["viewer"].clone();
    for (field, expected) in [
        ("name", json!("ml-ci")),
        ("admin", json!(false)),
        ("deletedAt", Value::Null),
        ("apiKeys", json!({ "edges": [] })),
    ] {
        assert_eq!(viewer.get(field), Some(&expected), "{field}");
    }
    let admin = world
        .graphql(&world.admin_key(), query, json!({}))
        .await
        .json();
    assert_eq!(admin["data"]["viewer"]["admin"], true);
}

#[tokio::test]
async fn requests_are_taken_in_each_form_that_the_sdk_gives_them() {
    let world = World::start().await;
    let anonymous = "{ viewer { id } }";
    let named = "query A { viewer { id } } query B { viewer { id name } }";
    for (name, body, status) in [
        ("query alone", json!({ "query": anonymous }), 200),
        (
            "empty operation name",
            json!({ "query": anonymous, "operationName": "" }),
            200,
        ),
        (
            "null operation name",
            json!({ "query": anonymous, "operationName": null }),
            200,
        ),
        (
            "null variables",
            json!({ "query": anonymous, "variables": null }),
            200,
        ),
        (
            "one of two",
            json!({ "query": named, "operationName": "B" }),
            200,
        ),
        (
            "none of two",
            json!({ "query": named, "operationName": "C" }),
            400,
        ),
        ("no query", json!({ "variables": {} }), 422),
        ("a list", json!([{ "query": anonymous }]), 422),
        (
            "unknown field",
            json!({ "query": "{ viewer { password } }" }),
            400,
        ),
        ("no GraphQL", json!({ "query": "SELECT 1" }), 400),
    ] {
        let answer = world.post(&world.team_key(), "/graphql", &body).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {answer:?}");
        let errors = answer.json()["errors"].clone();
        assert_eq!(errors.is_null(), status == 200, "{name}: {errors}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_refused() {
    let world = World::start().await;
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = Request::post("/graphql")
            .header(AUTHORIZATION, world.team_key())
            .header(CONTENT_TYPE, content_type)
            .body(Body::from(r#"{"query":"{ viewer { id } }"}"#));
        let answer = world.send(request.expect("a request")).await;
        assert_eq!(
            answer.status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{content_type}"
        );
    }
}

#[tokio::test]
async fn what_else_the_sdk_asks_on_its_way() {
    let world = World::start().await;
    for (name, query, variables, expected) in [
        (
            "default entity",
            "query GetDefaultEntity { viewer { id entity } }",
            json!({}),
            json!({ "entity": "ml-team" }),
        ),
        (
            "features",
            "query ServerFeaturesQuery { serverInfo { features { name isEnabled } } }",
            json!({}),
            json!({ "features": [] }),
        ),
        (
            "organization of another service",
            "query OrganizationCoreWeaveOrganizationID($entityName: String!) { \
             entity(name: $entityName) { organization { coreWeaveOrganizationId } } }",
            json!({ "entityName": "ml-team" }),
            json!({ "organization": { "coreWeaveOrganizationId": null } }),
        ),
        (
            "capabilities, up to 0.24",
            "query ProbeServerCapabilities { query: __type(name: \"Query\") { name } }",
            json!({}),
            json!({ "name": "Query" }),
        ),
    ] {
        let answer = world.graphql(&world.team_key(), query, variables).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {answer:?}");
        let data = answer.json()["data"].clone();
        let (_, field) = data
            .as_object()
            .and_then(|data| data.iter().next())
            .expect("a field");
        for (key, value) in expected.as_object().expect("an object") {
            assert_eq!(field.get(key), Some(value), "{name}: {key}");
        }
    }
}

#[tokio::test]
async fn a_run_from_its_start_to_its_end() {
    let world = World::start().await;
    let key = world.team_key();
    let query = include_str!("queries/upsert_bucket.graphql");
    let variables = json!({
        "entity": null, "project": "team-project", "name": "k3x9", "displayName": "brave-sky-1",
        "config": "{\"lr\":{\"value\":0.1}}", "host": "node-1", "tags": ["a"],
    });
    let first = world.graphql(&key, query, variables.clone()).await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    let first = first.json()["data"]["upsertBucket"].clone();
    assert_eq!(first["inserted"], true);
    assert_eq!(first["bucket"]["name"], "k3x9");
    assert_eq!(first["bucket"]["project"]["name"], "team-project");
    assert_eq!(first["bucket"]["project"]["entity"]["name"], "ml-team");
    assert_eq!(first["bucket"]["historyLineCount"], 0);
    assert!(first["bucket"].get("sweepName").is_some_and(Value::is_null));

    let lines: Vec<_> = (0..20)
        .map(|step| format!("{{\"_step\":{step},\"loss\":{step}.5}}"))
        .collect();
    let chunk = json!({
        "files": {
            "wandb-history.jsonl": { "offset": 0, "content": lines },
            "wandb-summary.json": { "offset": 0, "content": ["{\"loss\":19.5}"] },
        },
        "complete": true, "exitcode": 0,
    });
    let sent = world
        .stream(&key, "ml-team/team-project/k3x9", &chunk)
        .await;
    assert_eq!((sent.status, sent.json()), (StatusCode::OK, json!({})));

    let second = world.graphql(
        &key,
        query,
        json!({ "project": "team-project", "name": "k3x9" }),
    );
    let second = second.await.json()["data"]["upsertBucket"].clone();
    assert_eq!(second["inserted"], false);
    assert_eq!(second["bucket"]["id"], first["bucket"]["id"]);
    assert_eq!(second["bucket"]["historyLineCount"], 20);

    let run = world.run(&key, "ml-team", "team-project", "k3x9").await;
    assert_eq!(run["state"], "finished");
    assert_eq!(run["displayName"], "brave-sky-1");
    assert_eq!(run["config"], "{\"lr\":{\"value\":0.1}}");
    assert_eq!(run["summaryMetrics"], "{\"loss\":19.5}");
    assert_eq!(run["history"], json!(lines));
    assert_eq!(run["createdBy"], "ml-ci");
    assert_eq!(run["attribution"]["status"], "NONE");
}

#[tokio::test]
async fn what_a_run_does_not_name_is_the_default() {
    let world = World::start().await;
    let query = include_str!("queries/upsert_bucket.graphql");
    for project in [Value::Null, json!("")] {
        let variables = json!({ "entity": "", "project": project, "name": "r" });
        let answer = world.graphql(&world.team_key(), query, variables).await;
        let project = answer.json()["data"]["upsertBucket"]["bucket"]["project"].clone();
        assert_eq!(project["name"], "uncategorized", "{answer:?}");
        assert_eq!(project["entity"]["name"], "ml-team");
    }
}

#[tokio::test]
async fn jobs_that_start_at_once_share_a_new_project() {
    let world = World::start().await;
    let key = world.team_key();
    let starts = ["a", "b", "c", "d"].map(|run| world.upsert(&key, None, "brand-new", run));
    for answer in futures_util::future::join_all(starts).await {
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
}

#[tokio::test]
async fn the_credited_human_is_recorded_and_a_stranger_reported() {
    let world = World::start().await;
    let body = |run: &str| {
        let query = include_str!("queries/upsert_bucket.graphql");
        json!({ "query": query, "variables": { "project": "team-project", "name": run } })
    };
    for (run, username, status, credited, claimed) in [
        ("member", "alice", "CREDITED", json!("alice"), Value::Null),
        (
            "by-email",
            "alice@acme.example",
            "CREDITED",
            json!("alice"),
            Value::Null,
        ),
        (
            "other-team",
            "bob",
            "UNQUALIFIED",
            Value::Null,
            json!("bob"),
        ),
        (
            "stranger",
            "<b>x</b>",
            "UNQUALIFIED",
            Value::Null,
            json!("<b>x</b>"),
        ),
        ("nobody", "", "NONE", Value::Null, Value::Null),
    ] {
        let request = Request::post("/graphql")
            .header(AUTHORIZATION, world.team_key())
            .header(CONTENT_TYPE, "application/json")
            .header("X-Wandb-Username", username)
            .header("X-Wandb-User-Email", "")
            .body(Body::from(body(run).to_string()));
        let answer = world.send(request.expect("a request")).await;
        assert_eq!(answer.status, StatusCode::OK, "{run}: {answer:?}");
        let read = world
            .run(&world.team_key(), "ml-team", "team-project", run)
            .await;
        let expected = json!({ "status": status, "username": credited, "claimed": claimed });
        assert_eq!(read["attribution"], expected, "{run}");
    }
}

#[tokio::test]
async fn an_identity_token_becomes_an_access_token_that_starts_runs() {
    let world = World::start().await;
    let issuer = world.tracker.demo.issuer();
    for (subject, name) in [
        ("system:serviceaccount:ml:trainer", "k8s-trainer"),
        ("alice@acme.example", "alice"),
    ] {
        let assertion = Secret::new(issuer.token(subject).audience("acme").sign());
        let token = world.exchange(&assertion).await;
        let started = world.upsert(&token, None, "team-project", name).await;
        assert_eq!(started.status, StatusCode::OK, "{name}: {started:?}");
        let run = world.run(&token, "ml-team", "team-project", name).await;
        assert_eq!(run["createdBy"], name);
    }
}

#[tokio::test]
async fn an_identity_token_makes_nobody_an_administrator_of_the_instance() {
    let world = World::start().await;
    let admin = world.admin_key();
    let root = json!({ "username": "root", "email": "root@acme.example", "instance_admin": true });
    let made = world.post(&admin, "/api/v1/users", &root).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let member = "/api/v1/organizations/acme/members/root";
    let joined = world
        .change(Method::PUT, &admin, member, &json!({ "role": "member" }))
        .await;
    assert!(joined.status.is_success(), "{joined:?}");

    let issuer = world.tracker.demo.issuer();
    let assertion = issuer.token("root@acme.example").audience("acme").sign();
    let token = world.exchange(&Secret::new(assertion)).await;
    for (name, key, admin) in [
        ("by key", world.key_of("root").await, true),
        ("by identity token", token, false),
    ] {
        let query = "{ viewer { username admin } }";
        let viewer = world.graphql(&key, query, json!({})).await.json()["data"]["viewer"].clone();
        assert_eq!(
            viewer,
            json!({ "username": "root", "admin": admin }),
            "{name}"
        );
    }
}
