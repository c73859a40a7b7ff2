//! Token sources that share a credentials file.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails may panic"
)]

mod server;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use auth_core::{ManualClock, Secret, Timestamp};
use federation_client::{BaseUrl, CredentialsFile, TokenSource, from_fn};
use server::{Reply, Server, at_once, grant, http};
use tokio::sync::Semaphore;

const NOW: i64 = 1_764_021_147; // 2025-11-24 21:52:27 UTC

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_secs(NOW)))
}

fn source(server: &Server, path: &Path, clock: &Arc<ManualClock>) -> TokenSource {
    let base_url = BaseUrl::parse(&server.url).expect("a base URL");
    let identity = from_fn(|| async { Ok::<_, std::io::Error>(Secret::new("a.b.c")) });
    TokenSource::builder(base_url, identity)
        .credentials_file(CredentialsFile::at(path).lock_wait(Duration::from_millis(100)))
        .retry(at_once())
        .clock(clock.clone())
        .build()
        .expect("a source")
}

async fn text(source: &TokenSource) -> String {
    let token = source.access_token().await.expect("a token");
    token.secret().expose().to_owned()
}

fn as_the_sdk_writes(url: &str, expires_at: &str, token: &str) -> String {
    format!(
        "{{\n  \"credentials\": {{\n    \"{url}\": {{\n      \"expires_at\": \"{expires_at}\",\n      \
         \"access_token\": \"{token}\"\n    }}\n  }}\n}}"
    )
}

async fn tokens() -> Server {
    Server::start(|number, _| grant(&format!("t{number}"), 3600)).await
}

#[tokio::test]
async fn writes_the_sdks_format_and_another_process_reads_it() {
    let server = tokens().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    let clock = clock();
    assert_eq!(text(&source(&server, &path, &clock)).await, "t0");
    let expected = as_the_sdk_writes(&server.url, "2025-11-24 22:52:27", "t0");
    assert_eq!(fs::read_to_string(&path).expect("text"), expected);
    assert_eq!(text(&source(&server, &path, &clock)).await, "t0");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn an_entry_is_used_while_more_than_five_minutes_are_left() {
    for (expires_at, used) in [
        ("2025-11-24 21:57:28", true),
        ("2025-11-24 21:57:27", false),
        ("2025-11-24 21:00:00", false),
        ("2025-11-24T22:57:28Z", false),
        ("soon", false),
    ] {
        let server = tokens().await;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("credentials.json");
        fs::write(&path, as_the_sdk_writes(&server.url, expires_at, "sdk")).expect("a file");
        let expected = if used { "sdk" } else { "t0" };
        assert_eq!(
            text(&source(&server, &path, &clock())).await,
            expected,
            "{expires_at}"
        );
        assert_eq!(server.count(), usize::from(!used));
    }
}

#[tokio::test]
async fn a_refresh_finds_what_somebody_else_wrote() {
    let server = tokens().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    let clock = clock();
    let source = source(&server, &path, &clock);
    assert_eq!(text(&source).await, "t0");
    clock.advance(Duration::from_secs(3600));
    fs::write(
        &path,
        as_the_sdk_writes(&server.url, "2025-11-25 00:00:00", "sdk"),
    )
    .expect("a file");
    assert_eq!((text(&source).await.as_str(), server.count()), ("sdk", 1));
}

#[tokio::test]
async fn sources_that_refresh_at_once_make_one_exchange() {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let server = Server::start(move |number, _| {
        Reply::After(
            Arc::clone(&held),
            Box::new(grant(&format!("t{number}"), 3600)),
        )
    })
    .await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    let base_url = BaseUrl::parse(&server.url).expect("a base URL");
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let identity = from_fn(|| async { Ok::<_, std::io::Error>(Secret::new("a.b.c")) });
            let source = TokenSource::builder(base_url.clone(), identity)
                .credentials_file(CredentialsFile::at(&path))
                .build()
                .expect("a source");
            tokio::spawn(async move { text(&source).await })
        })
        .collect();
    while server.count() == 0 {
        tokio::task::yield_now().await;
    }
    gate.add_permits(8);
    for caller in callers {
        assert_eq!(caller.await.expect("a caller"), "t0");
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_lock_that_is_held_for_ever_does_not_keep_anybody_out() {
    let server = tokens().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    let lock = fs::File::create(directory.path().join("credentials.json.lock")).expect("a file");
    fs4::FileExt::lock(&lock).expect("the lock");
    assert_eq!(text(&source(&server, &path, &clock())).await, "t0");
    assert!(!path.exists());
    drop(lock);
    assert_eq!(text(&source(&server, &path, &clock())).await, "t1");
    assert!(path.exists());
}

#[tokio::test]
async fn whatever_the_file_is_the_sign_in_succeeds() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| directory.path().join(name);
    fs::write(at("corrupt"), "{\"credentials\":").expect("a file");
    fs::write(at("empty"), "").expect("a file");
    fs::write(at("huge"), " ".repeat((1 << 20) + 1)).expect("a file");
    fs::write(at("target"), "{}").expect("a file");
    fs::create_dir(at("directory")).expect("a directory");
    std::os::unix::fs::symlink(at("target"), at("link")).expect("a link");
    fs::create_dir(at("locked")).expect("a directory");
    fs::create_dir(at("locked/credentials.json.lock")).expect("a directory");
    for name in [
        "missing",
        "corrupt",
        "empty",
        "huge",
        "link",
        "directory",
        "target/below-a-file",
        "locked/credentials.json",
        "new/directory/credentials.json",
    ] {
        let server = tokens().await;
        assert_eq!(
            text(&source(&server, &at(name), &clock())).await,
            "t0",
            "{name}"
        );
    }
    assert_eq!(fs::read_to_string(at("target")).expect("text"), "{}");
    assert_eq!(
        fs::read_to_string(at("corrupt.corrupt")).expect("text"),
        "{\"credentials\":"
    );
    let nowhere = Path::new("/proc/self/credentials.json");
    assert_eq!(
        text(&source(&tokens().await, nowhere, &clock())).await,
        "t0"
    );
}

#[tokio::test]
async fn a_rejected_token_leaves_the_file_and_others_stay() {
    let server = Server::start(|number, _| match number {
        0 => grant("t0", 3600),
        _ => http(400, &[], ""),
    })
    .await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    let other = r#"{"credentials":{"https://other.example":{"expires_at":"2099-01-01 00:00:00"}}}"#;
    fs::write(&path, other).expect("a file");
    let source = source(&server, &path, &clock());
    let token = source.access_token().await.expect("a token");
    assert!(fs::read_to_string(&path).expect("text").contains("t0"));
    source.reject(&token).await;
    let content = fs::read_to_string(&path).expect("text");
    assert!(
        !content.contains("t0") && content.contains("other.example"),
        "{content}"
    );
    assert!(source.access_token().await.is_err());
}

#[tokio::test]
async fn a_rejected_token_does_not_come_back_from_a_file_that_cannot_change() {
    let server = tokens().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    let stale = as_the_sdk_writes(&server.url, "2099-01-01 00:00:00", "revoked");
    fs::write(&path, stale).expect("a file");
    let lock = fs::File::create(directory.path().join("credentials.json.lock")).expect("a file");
    fs4::FileExt::lock(&lock).expect("the lock");
    let source = source(&server, &path, &clock());
    let revoked = source.access_token().await.expect("a token");
    assert_eq!(revoked.secret().expose(), "revoked");
    source.reject(&revoked).await;
    assert_eq!(text(&source).await, "t0");
}

#[tokio::test]
async fn servers_have_entries_of_their_own() {
    let (one, two) = (tokens().await, Server::start(|_, _| grant("u", 3600)).await);
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    let clock = clock();
    assert_eq!(text(&source(&one, &path, &clock)).await, "t0");
    assert_eq!(text(&source(&two, &path, &clock)).await, "u");
    assert_eq!(text(&source(&one, &path, &clock)).await, "t0");
    assert_eq!((one.count(), two.count()), (1, 1));
}
