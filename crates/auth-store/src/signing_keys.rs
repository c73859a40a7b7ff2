//! The keys that sign access tokens.

use async_trait::async_trait;
use auth_core::{AuditEvent, Secret, StoreError, Timestamp};
use jwt_federation::{SigningKeyStore, StoredSigningKey};

use crate::SqliteStore;
use crate::change::Change;
use crate::error::unavailable;

/// `key_id`, `private_jwk`, `created_at`, `signs_from`.
type Row = (String, String, i64, i64);

const NEWER: StoreError = StoreError::Conflict {
    what: "a newer signing key",
};

#[async_trait]
impl SigningKeyStore for SqliteStore {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT key_id, private_jwk, created_at, signs_from
             FROM auth_signing_keys ORDER BY position",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(unavailable("reading signing keys"))?;
        let read = |(key_id, private_jwk, created_at, signs_from): Row| StoredSigningKey {
            key_id,
            private_jwk: Secret::new(private_jwk),
            created_at: Timestamp::from_secs(created_at),
            signs_from: Timestamp::from_secs(signs_from),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    async fn signing_key_ids(&self) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar("SELECT key_id FROM auth_signing_keys ORDER BY position")
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable("comparing signing keys"))
    }

    async fn add_signing_key(
        &self,
        new: &StoredSigningKey,
        newest: Option<&str>,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut change = self.change("adding a signing key").await?;
        let present = change.newest_key().await?;
        if present.as_ref().map(|(key_id, _)| key_id.as_str()) != newest {
            return Err(NEWER);
        }
        change.insert_key(new, present).await?;
        change.commit(audit).await
    }

    async fn remove_signing_key(&self, key_id: &str, audit: AuditEvent) -> Result<(), StoreError> {
        let mut change = self.change("removing a signing key").await?;
        let delete = sqlx::query("DELETE FROM auth_signing_keys WHERE key_id = $1").bind(key_id);
        if change.affects_any(delete).await? {
            return change.commit(audit).await;
        }
        // Another node was faster, and has told of it.
        Ok(())
    }

    async fn withdraw_signing_key(
        &self,
        key_id: &str,
        replacement: Option<&StoredSigningKey>,
        newest: &str,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut change = self.change("withdrawing a signing key").await?;
        let present = change.newest_key().await?;
        let delete = sqlx::query("DELETE FROM auth_signing_keys WHERE key_id = $1").bind(key_id);
        change.affect(delete, "signing key").await?;
        if present.as_ref().is_none_or(|(key_id, _)| key_id != newest) {
            return Err(NEWER);
        }
        if let Some(replacement) = replacement {
            change.insert_key(replacement, present).await?;
        }
        change.commit(audit).await
    }
}

impl Change {
    /// The newest key and its place.
    async fn newest_key(&mut self) -> Result<Option<(String, i64)>, StoreError> {
        let failed = self.failed();
        sqlx::query_as(
            "SELECT key_id, position FROM auth_signing_keys ORDER BY position DESC LIMIT 1",
        )
        .fetch_optional(self.connection())
        .await
        .map_err(failed)
    }

    /// Adds a key behind the newest one.
    async fn insert_key(
        &mut self,
        new: &StoredSigningKey,
        newest: Option<(String, i64)>,
    ) -> Result<(), StoreError> {
        let insert = sqlx::query(
            "INSERT INTO auth_signing_keys (key_id, position, private_jwk, created_at, signs_from)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&new.key_id)
        .bind(newest.map_or(1, |(_, position)| position.saturating_add(1)))
        .bind(new.private_jwk.expose())
        .bind(new.created_at.as_secs())
        .bind(new.signs_from.as_secs());
        self.put(insert, "a signing key of this identifier").await
    }
}
