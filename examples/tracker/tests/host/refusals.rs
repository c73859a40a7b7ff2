//! Who is refused, and with which status: the SDK decides by it whether to try again.

use crate::world::World;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn nobody_comes_in_without_a_credential() {
    let world = World::start().await;
    for (name, method, path) in [
        ("GraphQL, introspection included", Method::POST, "/graphql"),
        (
            "file stream",
            Method::POST,
            "/files/ml-team/open-project/r/file_stream",
        ),
        ("projects", Method::GET, "/"),
        ("project", Method::GET, "/ml-team/open-project"),
        ("run", Method::GET, "/ml-team/open-project/runs/r"),
    ] {
        let body = json!({ "query": "{ __schema { types { name } } }" }).to_string();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body));
        let answer = world.send(request.expect("a request")).await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{name}: {answer:?}"
        );
        let challenges = answer.header("www-authenticate");
        assert!(
            challenges.iter().any(|text| text.starts_with("Bearer")),
            "{name}"
        );
        assert!(
            challenges.iter().any(|text| text.starts_with("Basic")),
            "{name}"
        );
        assert!(!answer.text.contains("__Schema"), "{name}");
    }
}

#[tokio::test]
async fn a_wrong_key_does_not_make_its_holder_nobody() {
    let world = World::start().await;
    for path in ["/", "/ml-team/open-project", "/api/v1/organizations"] {
        let answer = world.get("Bearer local-nonsense", path).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        let challenges = answer.header("www-authenticate");
        assert!(
            challenges.iter().any(|text| text.contains("invalid_token")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn starting_a_run_is_refused_with_the_status_of_its_cause() {
    let world = World::start().await;
    let (team, organization) = (world.team_key(), world.organization_key());
    let (bob, carol) = (world.key_of("bob").await, world.key_of("carol").await);
    globex(&world).await;
    for (name, key, entity, project, run, status, code) in [
        (
            "restricted",
            &team,
            "ml-team",
            "restricted-project",
            "r",
            403,
            "PERMISSION_ERROR",
        ),
        (
            "restricted, wide",
            &organization,
            "ml-team",
            "restricted-project",
            "r",
            403,
            "PERMISSION_ERROR",
        ),
        (
            "new one in another team",
            &team,
            "platform",
            "new",
            "r",
            403,
            "PERMISSION_ERROR",
        ),
        (
            "another team's",
            &bob,
            "ml-team",
            "team-project",
            "r",
            403,
            "PERMISSION_ERROR",
        ),
        (
            "view-only",
            &carol,
            "ml-team",
            "team-project",
            "r",
            403,
            "PERMISSION_ERROR",
        ),
        ("no such team", &team, "nowhere", "p", "r", 404, "NOT_FOUND"),
        (
            "another organization's",
            &organization,
            "globex-team",
            "secret",
            "r",
            404,
            "NOT_FOUND",
        ),
        (
            "no name for a project",
            &team,
            "ml-team",
            "a b",
            "r",
            422,
            "BAD_USER_INPUT",
        ),
        (
            "no name for a run",
            &team,
            "ml-team",
            "team-project",
            "..",
            400,
            "BAD_USER_INPUT",
        ),
        (
            "no run",
            &team,
            "ml-team",
            "team-project",
            "",
            400,
            "BAD_USER_INPUT",
        ),
        (
            "admin without a team",
            &world.admin_key(),
            "",
            "p",
            "r",
            400,
            "BAD_USER_INPUT",
        ),
    ] {
        let answer = world.upsert(key, Some(entity), project, run).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {answer:?}");
        let body = answer.json();
        assert_eq!(body["data"], json!({ "upsertBucket": null }), "{name}");
        let error = &body["errors"][0];
        assert_eq!(error["extensions"]["code"], code, "{name}");
        assert_eq!(error["path"], json!(["upsertBucket"]), "{name}");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn another_organization_looks_like_nothing_at_all() {
    let world = World::start().await;
    globex(&world).await;
    let key = world.team_key();
    let there = world.upsert(&key, Some("globex-team"), "secret", "r").await;
    let nowhere = world.upsert(&key, Some("nowhere"), "secret", "r").await;
    assert_eq!((there.status, there.text), (nowhere.status, nowhere.text));
    let there = world.get(&key, "/globex-team/secret").await;
    let nowhere = world.get(&key, "/nowhere/secret").await;
    assert_eq!((there.status, there.text), (nowhere.status, nowhere.text));
}

#[tokio::test]
async fn reading_is_decided_too() {
    let world = World::start().await;
    let (bob, alice) = (world.key_of("bob").await, world.key_of("alice").await);
    assert_eq!(
        world
            .upsert(&alice, None, "restricted-project", "r")
            .await
            .status,
        StatusCode::OK
    );
    let query = "query Q($p: String!) { project(entityName: \"ml-team\", name: $p) { runs { edges { node { name } } } } }";
    for (name, key, project, status) in [
        ("added by name", &alice, "restricted-project", 200),
        ("not added", &world.team_key(), "restricted-project", 403),
        (
            "not added, wide",
            &world.organization_key(),
            "restricted-project",
            403,
        ),
        (
            "not even the administrator",
            &world.admin_key(),
            "restricted-project",
            403,
        ),
        ("open", &bob, "open-project", 200),
        ("another team's", &bob, "team-project", 403),
        ("none", &bob, "nothing", 404),
    ] {
        let answer = world.graphql(key, query, json!({ "p": project })).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {answer:?}");
        assert_eq!(
            answer.text.contains("\"r\""),
            name == "added by name",
            "{name}"
        );
        let page = world.get(key, &format!("/ml-team/{project}")).await;
        assert_eq!(page.status.as_u16(), status, "{name}");
        let page = world.get(key, &format!("/ml-team/{project}/runs/r")).await;
        let run_status = if status == 200 && name != "added by name" {
            404
        } else {
            status
        };
        assert_eq!(page.status.as_u16(), run_status, "{name}");
    }
}

#[tokio::test]
async fn greedy_queries_are_refused_before_they_are_executed() {
    let world = World::start().await;
    let deep = {
        let nested = (0..8).fold("name".to_owned(), |inner, _| {
            format!("project {{ run(name: \"r\") {{ {inner} }} }}")
        });
        format!("{{ project(name: \"open-project\") {{ run(name: \"r\") {{ {nested} }} }} }}")
    };
    let wide: String = (0..200)
        .map(|n| format!("a{n}: viewer {{ id }} "))
        .collect();
    let endless = "{ viewer { ...a } } fragment a on User { ...b } fragment b on User { ...a }";
    let directives = format!("{{ viewer {{ id {} }} }}", "@skip(if: false) ".repeat(50));
    for (name, query, status) in [
        ("deep", deep.as_str(), 400),
        ("wide by aliases", &format!("{{ {wide} }}"), 400),
        ("fragments in a circle", endless, 400),
        ("directives", &directives, 400),
        (
            "long",
            &format!("{{ viewer {{ id {} }} }}", " ".repeat(40_000)),
            413,
        ),
    ] {
        let answer = world.graphql(&world.team_key(), query, json!({})).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn bodies_are_bounded() {
    let world = World::start().await;
    let variables = json!({ "x": "x".repeat(1024 * 1024) });
    let answer = world
        .graphql(&world.team_key(), "{ viewer { id } }", variables)
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);

    assert_eq!(
        world
            .upsert(&world.team_key(), None, "open-project", "r")
            .await
            .status,
        200
    );
    let body = Value::from("x".repeat(17 * 1024 * 1024));
    let answer = world
        .stream(&world.team_key(), "ml-team/open-project/r", &body)
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);

    let query = include_str!("queries/upsert_bucket.graphql");
    for field in ["config", "summaryMetrics", "displayName", "description"] {
        let variables = json!({ "name": "s", field: "x".repeat(300 * 1024) });
        let answer = world.graphql(&world.team_key(), query, variables).await;
        assert_eq!(
            answer.status,
            StatusCode::PAYLOAD_TOO_LARGE,
            "{field}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn other_sites_cause_nothing() {
    let world = World::start().await;
    for (name, header, value, status) in [
        ("by fetch metadata", "sec-fetch-site", "cross-site", 403),
        ("by origin", "origin", "https://evil.example", 403),
        ("of this site", "sec-fetch-site", "same-origin", 200),
    ] {
        let request = Request::post("/graphql")
            .header("host", "tracker.example")
            .header(AUTHORIZATION, world.team_key())
            .header(CONTENT_TYPE, "application/json")
            .header(header, value)
            .body(Body::from(r#"{"query":"{ viewer { id } }"}"#));
        let answer = world.send(request.expect("a request")).await;
        assert_eq!(answer.status.as_u16(), status, "{name}");
    }
    // Gatehouse's routes are behind the same guard.
    let request = Request::post("/api/v1/users")
        .header(AUTHORIZATION, world.admin_key())
        .header(CONTENT_TYPE, "application/json")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from(r#"{"username":"mallory"}"#));
    assert_eq!(
        world.send(request.expect("a request")).await.status,
        StatusCode::FORBIDDEN
    );
}

/// Another organization, with a project that must not be seen.
async fn globex(world: &World) {
    let admin = world.admin_key();
    let (organizations, organization) = ("/api/v1/organizations", "/api/v1/organizations/globex");
    for (method, path, body) in [
        (
            Method::POST,
            organizations.to_owned(),
            json!({ "name": "globex" }),
        ),
        (
            Method::PUT,
            format!("{organization}/members/admin"),
            json!({ "role": "admin" }),
        ),
        (
            Method::POST,
            format!("{organization}/teams"),
            json!({ "name": "globex-team" }),
        ),
        (
            Method::POST,
            "/api/v1/teams/globex-team/projects".to_owned(),
            json!({ "name": "secret", "visibility": "open" }),
        ),
    ] {
        let made = world.change(method, &admin, &path, &body).await;
        assert!(made.status.is_success(), "{path}: {made:?}");
    }
}
