//! Pages for people.

use crate::world::{World, basic};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

/// What would be executed if it came out as it went in.
const HOSTILE: &str = "\"'><img src=x onerror=alert(1)>&amp;";

#[tokio::test]
async fn a_browser_is_asked_for_a_password_and_lets_the_user_in() {
    let world = World::start().await;
    let nobody = Request::get("/").body(Body::empty()).expect("a request");
    let nobody = world.send(nobody).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    let challenges = nobody.header("www-authenticate");
    assert!(
        challenges
            .iter()
            .any(|text| text.starts_with("Basic realm=")),
        "{challenges:?}"
    );
    assert_eq!(nobody.header("content-type"), ["text/html; charset=utf-8"]);

    let index = world
        .get(&basic(&world.tracker.demo.keys().team), "/")
        .await;
    assert_eq!(index.status, StatusCode::OK);
    for (project, shown) in [
        ("open-project", true),
        ("team-project", true),
        ("restricted-project", false),
    ] {
        assert_eq!(index.text.contains(project), shown, "{project}");
    }
}

#[tokio::test]
async fn everybody_sees_their_own_projects() {
    let world = World::start().await;
    for (user, shown, hidden) in [
        (
            "alice",
            vec!["open-project", "team-project", "restricted-project"],
            vec![],
        ),
        (
            "carol",
            vec!["open-project", "team-project"],
            vec!["restricted-project"],
        ),
        (
            "bob",
            vec!["open-project"],
            vec!["team-project", "restricted-project"],
        ),
    ] {
        let index = world.get(&world.key_of(user).await, "/").await.text;
        assert!(
            shown.iter().all(|name| index.contains(name)),
            "{user}: {index}"
        );
        assert!(
            !hidden.iter().any(|name| index.contains(name)),
            "{user}: {index}"
        );
    }
}

#[tokio::test]
async fn a_run_is_shown_with_all_its_values() {
    let world = World::start().await;
    let key = world.team_key();
    let query = include_str!("queries/upsert_bucket.graphql");
    let config = json!({ "lr": { "value": 0.25 }, "_wandb": { "value": { "cli_version": "0" } } });
    let variables = json!({
        "name": "r", "project": "team-project", "displayName": "brave-sky", "config": config.to_string(),
    });
    world.graphql(&key, query, variables).await;
    let lines = (0..20).map(|step| json!({ "_step": step, "loss": f64::from(step) + 0.125 }));
    let lines: Vec<_> = lines.map(|line| line.to_string()).collect();
    let chunk = json!({ "files": {
        "wandb-history.jsonl": { "offset": 0, "content": lines },
        "wandb-summary.json": { "offset": 0, "content": ["{\"best\":0.0625}"] },
    } });
    world.stream(&key, "ml-team/team-project/r", &chunk).await;

    let page = world.get(&key, "/ml-team/team-project/runs/r").await;
    assert_eq!(page.status, StatusCode::OK);
    for value in [
        "brave-sky",
        "<td>0.25</td>",
        "<td>0.0625</td>",
        "service account ml-ci",
        "running",
    ] {
        assert!(page.text.contains(value), "{value}");
    }
    for step in 0..20 {
        let row = format!("<tr><td>{step}</td><td>{step}.125</td></tr>");
        assert!(page.text.contains(&row), "{row}");
    }
    assert!(!page.text.contains("cli_version"));
    let list = world.get(&key, "/ml-team/team-project").await;
    assert!(
        list.text
            .contains("<a href=\"/ml-team/team-project/runs/r\">brave-sky</a>")
    );
}

#[tokio::test]
async fn web_hostile_text_comes_out_as_text() {
    let world = World::start().await;
    let key = world.team_key();
    let query = include_str!("queries/upsert_bucket.graphql");
    let run = "\"'><img src=x onerror=alert(1)>&amp;";
    let object = json!({ HOSTILE: HOSTILE }).to_string();
    let variables = json!({
        "name": run, "project": "team-project", "displayName": HOSTILE, "description": HOSTILE,
        "config": object, "summaryMetrics": object,
    });
    let request = Request::post("/graphql")
        .header("authorization", &key)
        .header("content-type", "application/json")
        .header("x-wandb-username", HOSTILE)
        .body(Body::from(
            json!({ "query": query, "variables": variables }).to_string(),
        ));
    let started = world.send(request.expect("a request")).await;
    assert_eq!(started.status, StatusCode::OK, "{started:?}");
    let path = "ml-team/team-project/%22%27%3E%3Cimg%20src=x%20onerror=alert(1)%3E%26amp;";
    let lines = [object.as_str(), "<script>alert(1)</script>"];
    let chunk = json!({ "files": { "wandb-history.jsonl": { "content": lines } } });
    let sent = world.stream(&key, path, &chunk).await;
    assert_eq!(sent.status, StatusCode::OK, "{sent:?}");

    let list = world.get(&key, "/ml-team/team-project").await;
    let link = list
        .text
        .split("<a href=\"")
        .find(|text| text.starts_with("/ml-team"));
    let link = link
        .and_then(|text| text.split('"').next())
        .expect("a link to the run");
    for page in [&list, &world.get(&key, link).await] {
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("onerror"), "the text itself is shown");
        assert!(!page.text.contains("<img"), "{}", page.text);
        assert!(!page.text.contains("<script"), "{}", page.text);
    }
    let refused = world.get(&key, "/ml-team/%3Cscript%3E").await;
    assert!(!refused.text.contains("<script"), "{}", refused.text);
}

#[tokio::test]
async fn web_headers_forbid_scripts_frames_and_guessing() {
    let world = World::start().await;
    let key = world.team_key();
    for path in [
        "/",
        "/ml-team/nothing",
        "/static/tracker.css",
        "/api/v1/organizations",
    ] {
        let answer = world.get(&key, path).await;
        let policy = answer.header("content-security-policy");
        assert_eq!(policy.len(), 1, "{path}");
        assert!(
            policy[0].starts_with("default-src 'none'; style-src 'self';"),
            "{path}"
        );
        assert!(!policy[0].contains("unsafe"), "{path}");
        assert_eq!(
            answer.header("x-content-type-options"),
            ["nosniff"],
            "{path}"
        );
        assert_eq!(answer.header("x-frame-options"), ["DENY"], "{path}");
        assert_eq!(answer.header("referrer-policy"), ["no-referrer"], "{path}");
    }
    let page = world.get(&key, "/").await;
    assert_eq!(page.header("cache-control"), ["no-store"]);
    for inline in ["<style", "style=", "<script", "onclick"] {
        assert!(!page.text.contains(inline), "{inline}");
    }
}
