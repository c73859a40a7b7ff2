//! Files of earlier versions.

use std::time::Duration;

use jwt_federation::SigningKeyStore;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migrate, Migration, MigrationType};

use super::{open, stranger};
use crate::suite::NOW;

#[tokio::test]
async fn store_008_a_file_of_the_first_version_keeps_its_signing_keys() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gatehouse.db");
    let sql = include_str!("../../migrations/1_start.sql");
    let kind = MigrationType::Simple;
    let first = Migration::new(1, "start".into(), kind, sql.into_sql_str(), false);
    let mut connection = stranger(&path).await;
    connection
        .ensure_migrations_table("auth_migrations")
        .await
        .expect("a table");
    connection
        .apply("auth_migrations", &first)
        .await
        .expect("the first schema");
    sqlx::query("INSERT INTO auth_signing_keys (key_id, position, private_jwk, created_at) VALUES ('k', 1, '{}', $1)")
        .bind(NOW.as_secs())
        .execute(&mut connection)
        .await
        .expect("a key");
    drop(connection);

    let store = open(&path).await;
    let keys = store.signing_keys().await.expect("keys");
    assert_eq!(keys[0].key_id, "k");
    let ten_minutes = Duration::from_secs(600);
    assert_eq!(keys[0].signs_from, NOW.plus(ten_minutes));
}
