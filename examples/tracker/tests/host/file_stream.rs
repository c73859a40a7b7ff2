//! What a run sends while it goes on.

use crate::world::World;
use auth_core::Secret;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

const PLACE: &str = "ml-team/team-project/r";

async fn started() -> World {
    let world = World::start().await;
    let answer = world
        .upsert(&world.team_key(), None, "team-project", "r")
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    world
}

fn history(offset: u64, lines: &[&str]) -> Value {
    json!({ "files": { "wandb-history.jsonl": { "offset": offset, "content": lines } } })
}

async fn read(world: &World) -> Value {
    world
        .run(&world.team_key(), "ml-team", "team-project", "r")
        .await
}

#[tokio::test]
async fn what_is_sent_again_is_there_once() {
    let world = started().await;
    let key = world.team_key();
    for chunk in [
        history(0, &["a", "b"]),
        history(0, &["a", "b"]),
        history(1, &["b", "c"]),
        history(3, &["d"]),
        history(0, &["A"]),
    ] {
        assert_eq!(
            world.stream(&key, PLACE, &chunk).await.status,
            StatusCode::OK
        );
    }
    let run = read(&world).await;
    assert_eq!(run["history"], json!(["A", "b", "c", "d"]));
    assert_eq!(run["historyLineCount"], 4);
}

#[tokio::test]
async fn lines_are_kept_as_they_are() {
    let world = started().await;
    let lines = [
        "{\"loss\":NaN,\"big\":Infinity}",
        "",
        "\u{1f600} \"quoted\" \\ '; DROP TABLE",
        "\u{1}",
    ];
    let sent = world
        .stream(&world.team_key(), PLACE, &history(0, &lines))
        .await;
    assert_eq!(sent.status, StatusCode::OK, "{sent:?}");
    assert_eq!(read(&world).await["history"], json!(lines));
}

#[tokio::test]
async fn a_chunk_that_is_refused_leaves_nothing_behind() {
    let world = started().await;
    let key = world.team_key();
    let long = "x".repeat(300 * 1024);
    let mut wrong_type = history(0, &["kept?"]);
    wrong_type["exitcode"] = json!("zero");
    for (name, body, status) in [
        ("not JSON", json!("files"), 400),
        ("wrong type beside a line", wrong_type, 400),
        (
            "a line too long after a good one",
            history(0, &["kept?", &long]),
            413,
        ),
        ("out of place", history(u64::MAX, &["kept?"]), 413),
    ] {
        let answer = world.stream(&key, PLACE, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {answer:?}");
        let run = read(&world).await;
        assert_eq!(run["history"], json!([]), "{name}");
        assert_eq!(run["state"], "running", "{name}");
    }
}

#[tokio::test]
async fn the_last_word_counts() {
    let world = started().await;
    let key = world.team_key();
    for (name, body, state) in [
        ("heartbeat", json!({}), "running"),
        (
            "well",
            json!({ "complete": true, "exitcode": 0 }),
            "finished",
        ),
        ("resumed", json!({}), "running"),
        (
            "badly",
            json!({ "complete": true, "exitcode": 1 }),
            "failed",
        ),
        ("in silence", json!({ "complete": true }), "crashed"),
    ] {
        assert_eq!(
            world.stream(&key, PLACE, &body).await.status,
            StatusCode::OK,
            "{name}"
        );
        assert_eq!(read(&world).await["state"], state, "{name}");
    }
    for summary in ["{\"a\":1}", "{\"a\":2}"] {
        let file = json!({ "wandb-summary.json": { "offset": 0, "content": [summary] } });
        world.stream(&key, PLACE, &json!({ "files": file })).await;
        assert_eq!(read(&world).await["summaryMetrics"], summary);
    }
    world.stream(&key, PLACE, &json!({})).await;
    assert_eq!(
        read(&world).await["summaryMetrics"],
        "{\"a\":2}",
        "a heartbeat takes nothing away"
    );
}

#[tokio::test]
async fn each_request_is_decided_anew() {
    let world = started().await;
    let (team, admin) = (world.team_key(), world.admin_key());
    let (bob, carol) = (world.key_of("bob").await, world.key_of("carol").await);
    let chunk = history(0, &["stolen"]);
    for (name, key, place, status) in [
        ("stranger to the team", &bob, PLACE, 403),
        ("view-only", &carol, PLACE, 403),
        (
            "restricted project",
            &team,
            "ml-team/restricted-project/r",
            403,
        ),
        ("no such project", &team, "ml-team/nothing/r", 404),
        ("no such team", &team, "nowhere/team-project/r", 404),
        ("no such run", &team, "ml-team/team-project/other", 404),
        (
            "no name for a run",
            &team,
            "ml-team/team-project/a%2Fb",
            404,
        ),
    ] {
        let answer = world.stream(key, place, &chunk).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {answer:?}");
    }

    let project = "/api/v1/teams/ml-team/projects/team-project";
    let restrict = json!({ "visibility": "restricted" });
    let changed = world
        .change(Method::PATCH, &admin, project, &restrict)
        .await;
    assert!(changed.status.is_success(), "{changed:?}");
    let answer = world.stream(&team, PLACE, &chunk).await;
    assert_eq!(
        answer.status,
        StatusCode::FORBIDDEN,
        "it could write a moment ago"
    );

    let open = json!({ "visibility": "team" });
    world.change(Method::PATCH, &admin, project, &open).await;
    assert_eq!(read(&world).await["history"], json!([]));
}

#[tokio::test]
async fn a_revoked_access_token_writes_no_more() {
    let world = started().await;
    let issuer = world.tracker.demo.issuer();
    let assertion = Secret::new(
        issuer
            .token("system:serviceaccount:ml:trainer")
            .audience("acme")
            .sign(),
    );
    let token = world.exchange(&assertion).await;
    assert_eq!(
        world.stream(&token, PLACE, &json!({})).await.status,
        StatusCode::OK
    );

    let accounts = "/api/v1/teams/ml-team/service-accounts";
    let listed = world.get(&world.admin_key(), accounts).await.json();
    let trainer = find(&listed, "k8s-trainer");
    let path = format!("{accounts}/{trainer}");
    let deleted = world
        .change(Method::DELETE, &world.admin_key(), &path, &json!({}))
        .await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{deleted:?}");
    assert_eq!(
        world.stream(&token, PLACE, &json!({})).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_project_takes_its_runs_along() {
    let world = started().await;
    let (team, admin) = (world.team_key(), world.admin_key());
    world.stream(&team, PLACE, &history(0, &["secret"])).await;
    let project = "/api/v1/teams/ml-team/projects/team-project";
    let deleted = world
        .change(Method::DELETE, &admin, project, &json!({}))
        .await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{deleted:?}");
    assert_eq!(
        world.stream(&team, PLACE, &json!({})).await.status,
        StatusCode::NOT_FOUND
    );

    let again = world.upsert(&team, None, "team-project", "r").await.json();
    assert_eq!(again["data"]["upsertBucket"]["inserted"], true);
    assert_eq!(read(&world).await["history"], json!([]));
}

#[tokio::test]
async fn a_history_beyond_the_limit_of_an_answer_is_refused_and_can_be_read_in_part() {
    let world = started().await;
    let line = "x".repeat(250 * 1024);
    for offset in [0, 40] {
        let lines = vec![line.as_str(); 40];
        let sent = world
            .stream(&world.team_key(), PLACE, &history(offset, &lines))
            .await;
        assert_eq!(sent.status, StatusCode::OK);
    }
    let read = async |selection: &str| {
        let query = format!(
            "{{ project(entityName: \"ml-team\", name: \"team-project\") {{ {selection} }} }}"
        );
        world
            .graphql(&world.team_key(), &query, json!({}))
            .await
            .status
            .as_u16()
    };
    assert_eq!(read("run(name: \"r\") { history }").await, 413);
    assert_eq!(read("run(name: \"r\") { history(first: 40) }").await, 200);
    let twice =
        "a: run(name: \"r\") { history(first: 40) } b: run(name: \"r\") { history(first: 40) }";
    assert_eq!(read(twice).await, 413);
}

fn find(listed: &Value, name: &str) -> String {
    // A list, or an object that holds one.
    let list = listed
        .as_array()
        .or_else(|| listed.as_object()?.values().find_map(Value::as_array));
    let found = list
        .expect("a list")
        .iter()
        .find(|account| account["name"] == name);
    found.expect("it is there")["id"]
        .as_str()
        .expect("an identifier")
        .to_owned()
}
