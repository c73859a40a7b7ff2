//! The file, its schema, and several handles on it.

use std::path::Path;
use std::time::Duration;

use auth_core::{AuditSink, Directory, DirectoryAdmin, Key, OsRandom, StoreError, alphanumeric};
use auth_store::{OpenError, SqliteStore};
use service_accounts::{ApiKeyId, ApiKeyStore, MOST_KEYS};
use sqlx::migrate::Migrate;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::suite::races::at_once;
use crate::suite::{Store, event, key, person, populate, user, verdict};
use crate::tests::fresh;

mod overload;
mod upgrade;

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path)
        .await
        .expect("the file can be opened")
}

#[tokio::test]
async fn what_is_no_file_of_ours_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let text = directory.path().join("text");
    std::fs::write(
        &text,
        "no database, but long enough to be read as one: ".repeat(20),
    )
    .expect("it can be written");
    let missing = directory.path().join("none").join("gatehouse.db");
    let opened = SqliteStore::open(directory.path()).await;
    assert!(
        matches!(opened, Err(OpenError::NotAFile { .. })),
        "{opened:?}"
    );
    let opened = SqliteStore::open(&missing).await;
    assert!(matches!(opened, Err(OpenError::File { .. })), "{opened:?}");
    let opened = SqliteStore::open(&text).await;
    assert!(
        matches!(opened, Err(OpenError::Database { .. })),
        "{opened:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let (directory, store) = fresh().await;
    store
        .create_user(&user("alice"), event("x"))
        .await
        .expect("a user");
    let mut files = 0;
    for entry in std::fs::read_dir(directory.path()).expect("the directory") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
        files += 1;
    }
    assert_eq!(files, 3, "the database, the write-ahead log and its index");
}

#[tokio::test]
async fn reopening_keeps_everything() {
    let (directory, store) = fresh().await;
    let path = directory.path().join("gatehouse.db");
    populate(&store).await.expect("a world");
    store
        .create_key(&key(person("bob"), "bbbbbbbbbb"), event("x"))
        .await
        .expect("a key");
    let before = (
        store.users().await.expect("users"),
        store.newest_events(1000).await,
    );
    store.close().await;
    assert!(
        !path.with_extension("db-wal").exists(),
        "the log was moved into the file"
    );

    let store = open(&path).await;
    let after = (
        store.users().await.expect("users"),
        store.newest_events(1000).await,
    );
    assert_eq!(before, after);
    let found = store
        .key(&ApiKeyId::new("bbbbbbbbbb"))
        .await
        .expect("an answer");
    assert!(found.is_some());
}

#[tokio::test]
async fn a_closed_store_keeps_what_came_before_and_takes_nothing() {
    let (directory, store) = fresh().await;
    for _ in 0..500 {
        store.record_refusal(event("refused"));
    }
    let clone = store.clone();
    store.close().await;
    clone.close().await;
    assert_eq!(verdict(clone.record(event("x")).await), "unavailable");
    assert_eq!(
        verdict(clone.create_user(&user("alice"), event("x")).await),
        "unavailable"
    );
    assert_eq!(verdict(clone.users().await), "unavailable");

    let store = open(&directory.path().join("gatehouse.db")).await;
    assert_eq!(store.newest_events(1000).await.len(), 500);
}

#[tokio::test]
async fn two_handles_see_each_others_revocation_at_once() {
    let (directory, first) = fresh().await;
    let second = open(&directory.path().join("gatehouse.db")).await;
    populate(&first).await.expect("a world");
    let bob = person("bob");
    for round in 0..20 {
        let id = ApiKeyId::new(round.to_string());
        first
            .create_key(&key(bob.clone(), id.as_str()), event("x"))
            .await
            .expect("a key");
        assert!(
            second.key(&id).await.expect("an answer").is_some(),
            "{round}"
        );
        second
            .revoke_key(&bob, &id, event("x"))
            .await
            .expect("it is there");
        assert!(
            first.key(&id).await.expect("an answer").is_none(),
            "{round}"
        );
    }
}

/// Within one process one connection writes; this is about two.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sa_025_a_limit_holds_between_nodes() {
    let (directory, first) = fresh().await;
    let second = open(&directory.path().join("gatehouse.db")).await;
    populate(&first).await.expect("a world");
    for number in 10..MOST_KEYS {
        let new = key(person("bob"), &format!("before {number}"));
        first
            .create_key(&new, event("x"))
            .await
            .expect("below the limit");
    }
    let create = |node| {
        at_once(node, |node: SqliteStore, caller| async move {
            let id = alphanumeric(&OsRandom, 10).expect("the system has randomness");
            let id = format!("{caller} {id}");
            node.create_key(&key(person("bob"), &id), event("x")).await
        })
    };
    let (first, second) = tokio::join!(create(&first), create(&second));
    let sum = |verdict| -> usize {
        [&first, &second]
            .iter()
            .filter_map(|c| c.get(verdict))
            .sum()
    };
    assert_eq!(
        (sum("done"), sum("forbidden")),
        (10, 30),
        "{first:?} {second:?}"
    );
}

/// A connection that this crate has no part in.
async fn stranger(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    options.connect().await.expect("the file can be opened")
}

async fn start_at_once(path: &Path) {
    let nodes: Vec<_> = (0..8)
        .map(|node| {
            let path = path.to_owned();
            tokio::spawn(async move {
                let store = SqliteStore::open(path).await?;
                let created = store
                    .create_user(&user(&format!("node{node}")), event("x"))
                    .await;
                Ok::<_, OpenError>((created, store))
            })
        })
        .collect();
    let mut stores = Vec::new();
    for node in nodes {
        let (created, store) = node.await.expect("no node panics").expect("it opens");
        created.expect("it writes");
        stores.push(store);
    }
    assert_eq!(stores[0].users().await.expect("users").len(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn store_008_nodes_that_start_at_once_make_one_schema() {
    let directory = tempfile::tempdir().expect("a directory");
    start_at_once(&directory.path().join("gatehouse.db")).await;
}

/// As it is after an update: the notes are there, and say that something is left to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn store_008_nodes_that_start_at_once_migrate_once() {
    let directory = tempfile::tempdir().expect("a directory");
    for round in 0..5 {
        let path = directory.path().join(round.to_string());
        let mut stranger = stranger(&path).await;
        sqlx::query("PRAGMA journal_mode = WAL")
            .execute(&mut stranger)
            .await
            .expect("it is free");
        stranger
            .ensure_migrations_table("auth_migrations")
            .await
            .expect("it is free");
        start_at_once(&path).await;
    }
}

/// SQLite does not wait for another writer when it switches to a write-ahead log, so that we must.
#[tokio::test]
async fn store_008_a_file_that_is_busy_is_tried_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gatehouse.db");
    let mut stranger = stranger(&path).await;
    sqlx::query("CREATE TABLE t (c TEXT)")
        .execute(&mut stranger)
        .await
        .expect("it is free");
    let writing = stranger
        .begin_with("BEGIN IMMEDIATE")
        .await
        .expect("it is free");
    let patience = Duration::from_millis(300);
    let opened = tokio::time::timeout(patience, SqliteStore::open(&path)).await;
    assert!(opened.is_err(), "it waits: {opened:?}");
    writing.rollback().await.expect("nothing to undo");
    open(&path).await;
}

#[tokio::test]
async fn store_008_a_schema_that_is_not_ours_is_left_alone() {
    for (name, statement) in [
        (
            "later",
            "INSERT INTO auth_migrations (version, description, success, checksum, execution_time)
             VALUES (1000, 'later', TRUE, x'00', 0)",
        ),
        ("other", "UPDATE auth_migrations SET checksum = x'00'"),
    ] {
        let (directory, store) = fresh().await;
        sqlx::query(statement)
            .execute(store.pool())
            .await
            .expect(name);
        store.close().await;
        let opened = SqliteStore::open(directory.path().join("gatehouse.db")).await;
        match opened.map_err(|error| matches!(error, OpenError::Later { version: 1000, .. })) {
            Ok(_) => panic!("{name} was opened"),
            Err(is_later) => assert_eq!(is_later, name == "later"),
        }
    }
}

#[tokio::test]
async fn a_host_migrates_its_own_tables_in_the_same_file() {
    use sqlx::SqlSafeStr;
    use sqlx::migrate::{Migration, MigrationType, Migrator};

    let (directory, store) = fresh().await;
    let host = || {
        let tables = "CREATE TABLE runs (id TEXT PRIMARY KEY)".into_sql_str();
        let kind = MigrationType::Simple;
        Migrator::with_migrations(vec![Migration::new(1, "runs".into(), kind, tables, false)])
    };
    host()
        .run(store.pool())
        .await
        .expect("the host's first start");
    store.close().await;
    let store = open(&directory.path().join("gatehouse.db")).await;
    host()
        .run(store.pool())
        .await
        .expect("the host's second start");
    sqlx::query("INSERT INTO runs (id) VALUES ('r')")
        .execute(store.pool())
        .await
        .expect("a run");
    store
        .create_user(&user("alice"), event("x"))
        .await
        .expect("a user");
}

#[tokio::test]
async fn without_its_event_a_change_is_not_kept() {
    let (_directory, store) = fresh().await;
    sqlx::query("ALTER TABLE auth_audit_events RENAME TO elsewhere")
        .execute(store.pool())
        .await
        .expect("the log is broken now");
    assert_eq!(
        verdict(store.create_user(&user("alice"), event("x")).await),
        "unavailable"
    );
    assert_eq!(
        store.user(Key::Name("alice")).await.expect("an answer"),
        None
    );
    assert_eq!(verdict(store.record(event("x")).await), "unavailable");
}

#[tokio::test]
async fn a_change_that_is_given_up_leaves_nothing() {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    let (_directory, store) = fresh().await;
    for polls in 1..6 {
        let new = user(&polls.to_string());
        let mut change = pin!(store.create_user(&new, event("x")));
        for _ in 0..polls {
            let _ = change
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            tokio::task::yield_now().await;
        }
    }
    // Whether or not one of them got to its end, the writer is free again and sums are right.
    store
        .create_user(&user("alice"), event("x"))
        .await
        .expect("the writer is free");
    let users = store.users().await.expect("users").len();
    assert_eq!(store.newest_events(100).await.len(), users);
}

#[tokio::test]
async fn a_row_that_makes_no_sense_is_an_error() {
    let (_directory, store) = fresh().await;
    populate(&store).await.expect("a world");
    store
        .create_key(&key(person("bob"), "bbbbbbbbbb"), event("x"))
        .await
        .expect("a key");
    sqlx::query("UPDATE auth_api_keys SET created_by = 'nobody'")
        .execute(store.pool())
        .await
        .expect("somebody had a hand in it");
    let found = store.key(&ApiKeyId::new("bbbbbbbbbb")).await;
    assert!(
        matches!(found, Err(StoreError::Unavailable { .. })),
        "{found:?}"
    );
}

/// The schema bars what no query of ours does.
#[tokio::test]
async fn the_schema_itself_keeps_tenants_apart() {
    let (_directory, store) = fresh().await;
    populate(&store).await.expect("a world");
    for (name, statement) in [
        (
            "stranger in a team",
            "INSERT INTO auth_team_members VALUES ('ml', 'acme', 'u-eve', 'admin')",
        ),
        (
            "team under a false organization",
            "INSERT INTO auth_team_members VALUES ('ml', 'globex', 'u-eve', 'admin')",
        ),
        (
            "account in a foreign team",
            "INSERT INTO auth_service_accounts VALUES
             ('x', 'acme', 'labs', NULL, 'x', NULL, NULL, 0, 'user:1')",
        ),
        (
            "account of two scopes",
            "INSERT INTO auth_service_accounts VALUES
             ('x', 'acme', 'ml', 'ml', 'x', NULL, NULL, 0, 'user:1')",
        ),
        (
            "issuer without subject",
            "INSERT INTO auth_service_accounts VALUES
             ('x', 'acme', 'ml', NULL, 'x', 'https://i', NULL, 0, 'user:1')",
        ),
        (
            "key without owner",
            "INSERT INTO auth_api_keys VALUES
             ('x', NULL, NULL, zeroblob(32), '', 0, 'user:1', NULL)",
        ),
        (
            "short hash",
            "INSERT INTO auth_api_keys VALUES
             ('x', 'u-bob', NULL, zeroblob(31), '', 0, 'user:1', NULL)",
        ),
        (
            "unknown role",
            "UPDATE auth_team_members SET role = 'owner'",
        ),
    ] {
        let done = sqlx::query(statement).execute(store.pool()).await;
        let error = done.expect_err(name);
        let error = error.as_database_error().expect(name);
        assert!(
            error.is_foreign_key_violation() || error.is_check_violation(),
            "{name}: {error}"
        );
    }
}
