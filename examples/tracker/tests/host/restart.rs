//! The demo, started again.

use std::error::Error;

use crate::world::{World, start_in};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

fn credentials(dir: &tempfile::TempDir) -> (std::path::PathBuf, Value) {
    let path = dir.path().join("data/credentials.json");
    let text = std::fs::read(&path).expect("the file is there");
    (path, serde_json::from_slice(&text).expect("it is JSON"))
}

#[tokio::test]
async fn everything_is_there_again() {
    let first = World::start().await;
    let keys = [
        first.admin_key(),
        first.team_key(),
        first.organization_key(),
    ];
    let issuer = first.tracker.demo.issuer().issuer().to_owned();
    let old_token = first
        .tracker
        .demo
        .issuer()
        .token("alice@acme.example")
        .audience("acme")
        .sign();
    first
        .upsert(&first.team_key(), None, "team-project", "r")
        .await;
    let second = World::start_again(first.stop().await).await;

    assert_eq!(
        [
            second.admin_key(),
            second.team_key(),
            second.organization_key()
        ],
        keys
    );
    assert_eq!(second.tracker.demo.issuer().issuer(), issuer);
    for key in &keys {
        assert_eq!(second.get(key, "/").await.status, StatusCode::OK);
    }
    assert_eq!(
        second.run(&keys[1], "ml-team", "team-project", "r").await["name"],
        "r"
    );
    second.exchange(&auth_core::Secret::new(old_token)).await;
}

#[tokio::test]
async fn what_an_administrator_deleted_stays_deleted() {
    let first = World::start().await;
    let path = "/api/v1/users/bob";
    let deleted = first
        .change(Method::DELETE, &first.admin_key(), path, &json!({}))
        .await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{deleted:?}");
    let second = World::start_again(first.stop().await).await;
    assert_eq!(
        second.get(&second.admin_key(), path).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn what_a_kill_left_undone_is_finished() {
    // As if it had been killed right after each of these was made, and before it was noted.
    for (lost, also_lost) in [
        ("organization_api_key", &[][..]),
        ("team_api_key", &["organization_api_key"]),
        ("admin_api_key", &["team_api_key", "organization_api_key"]),
    ] {
        let first = World::start().await;
        let old_keys = [
            first.admin_key(),
            first.team_key(),
            first.organization_key(),
        ];
        let dir = first.stop().await;
        let (path, mut stored) = credentials(&dir);
        stored["complete"] = json!(false);
        for name in also_lost.iter().chain([&lost]) {
            stored[*name] = Value::Null;
        }
        std::fs::write(&path, stored.to_string()).expect("written");

        let second = World::start_again(dir).await;
        let keys = [
            second.admin_key(),
            second.team_key(),
            second.organization_key(),
        ];
        for (key, old) in keys.iter().zip(&old_keys) {
            assert_eq!(second.get(key, "/").await.status, StatusCode::OK, "{lost}");
            let status = second.get(old, "/").await.status;
            let expected = if key == old {
                StatusCode::OK
            } else {
                StatusCode::UNAUTHORIZED
            };
            assert_eq!(status, expected, "{lost}: a key that nobody has is revoked");
        }
        let (_, stored) = credentials(&second.stop().await);
        assert_eq!(stored["complete"], true, "{lost}");
    }
}

#[tokio::test]
async fn files_with_secrets_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let world = World::start().await;
    let ready = tempfile::tempdir().expect("a directory");
    let ready = ready.path().join("ready.json");
    world
        .tracker
        .demo
        .write_ready_file(&ready)
        .expect("written");
    let text = std::fs::read_to_string(&ready).expect("readable");
    let told: serde_json::Map<String, Value> = serde_json::from_str(&text).expect("JSON");
    let path = |name: &str| std::path::PathBuf::from(told[name].as_str().expect("a path"));
    let (token, user_token) = (
        path("identity_token_file"),
        path("user_identity_token_file"),
    );
    for name in [
        "base_url",
        "organization",
        "admin_api_key",
        "team",
        "team_api_key",
        "organization_api_key",
        "issuer",
        "open_project",
        "team_project",
        "restricted_project",
    ] {
        assert!(
            told[name].as_str().is_some_and(|text| !text.is_empty()),
            "{name}"
        );
    }
    for file in [&token, &user_token] {
        let token = std::fs::read_to_string(file).expect("readable");
        world.exchange(&auth_core::Secret::new(token)).await;
    }
    let dir = world.kill();
    let (credentials, _) = credentials(&dir);
    for path in [
        &ready,
        &token,
        &user_token,
        &credentials,
        &dir.path().join("data/tracker.db"),
    ] {
        let mode = std::fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{path:?}");
    }
    let mode = std::fs::metadata(dir.path().join("data"))
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o077, 0);
}

#[tokio::test]
async fn an_issuer_whose_address_was_taken_says_so() {
    let first = World::start().await;
    let address = first
        .tracker
        .demo
        .issuer()
        .issuer()
        .trim_start_matches("http://")
        .to_owned();
    let dir = first.stop().await;
    let _thief = TcpListener::bind(&address)
        .await
        .expect("the port is free again");
    let error = start_in(&dir).await.expect_err("the port is taken");
    let cause = error.source().expect("a cause").to_string();
    assert!(cause.contains(&address), "{cause}");
}

#[tokio::test]
async fn a_damaged_memory_is_an_error_and_not_a_new_demo() {
    let dir = World::start().await.stop().await;
    let (path, _) = credentials(&dir);
    std::fs::write(&path, "{").expect("written");
    assert!(start_in(&dir).await.is_err());
}
