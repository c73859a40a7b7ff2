//! The keys that sign access tokens.

use async_trait::async_trait;
use auth_core::{AuditEvent, Secret, StoreError, Timestamp};
use jwt_federation::{SigningKeyStore, StoredSigningKey};

use crate::SqliteStore;
use crate::error::unavailable;

#[async_trait]
impl SigningKeyStore for SqliteStore {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT key_id, private_jwk, created_at FROM auth_signing_keys ORDER BY position",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(unavailable("reading signing keys"))?;
        let read = |(key_id, private_jwk, created_at): (String, String, i64)| StoredSigningKey {
            key_id,
            private_jwk: Secret::new(private_jwk),
            created_at: Timestamp::from_secs(created_at),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    async fn add_signing_key(
        &self,
        new: &StoredSigningKey,
        newest: Option<&str>,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut change = self.change("adding a signing key").await?;
        let present: Option<(String, i64)> = sqlx::query_as(
            "SELECT key_id, position FROM auth_signing_keys ORDER BY position DESC LIMIT 1",
        )
        .fetch_optional(change.connection())
        .await
        .map_err(change.failed())?;
        if present.as_ref().map(|(key_id, _)| key_id.as_str()) != newest {
            return Err(StoreError::Conflict {
                what: "a newer signing key",
            });
        }
        let insert = sqlx::query(
            "INSERT INTO auth_signing_keys (key_id, position, private_jwk, created_at)
             VALUES ($1, $2, $3, $4)",
        )
        .bind(&new.key_id)
        .bind(present.map_or(1, |(_, position)| position.saturating_add(1)))
        .bind(new.private_jwk.expose())
        .bind(new.created_at.as_secs());
        change
            .put(insert, "a signing key of this identifier")
            .await?;
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
}
