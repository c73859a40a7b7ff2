//! API keys.

use async_trait::async_trait;
use auth_core::{AuditEvent, PrincipalId, StoreError, Timestamp};
use service_accounts::{ApiKey, ApiKeyHash, ApiKeyId, ApiKeyStore, MOST_KEYS};

use crate::SqliteStore;
use crate::change::Change;
use crate::columns::{PrincipalColumns, read_maker, read_principal};
use crate::error::{unavailable, unreadable};

type Text = Option<String>;
type Row = (
    String,
    Text,
    Text,
    Vec<u8>,
    String,
    i64,
    String,
    Option<i64>,
);

fn read(row: Row) -> Result<ApiKey, StoreError> {
    let (id, user, service_account, hash, description, created_at, maker, last_used_at) = row;
    let hash = <[u8; 32]>::try_from(hash).map_err(|_| unreadable("API key hash"))?;
    Ok(ApiKey {
        id: ApiKeyId::new(id),
        hash: ApiKeyHash::from_bytes(hash),
        owner: read_principal(user, service_account)?,
        description,
        created_at: Timestamp::from_secs(created_at),
        created_by: read_maker(&maker)?,
        last_used_at: last_used_at.map(Timestamp::from_secs),
    })
}

/// Stores a key within a change that may do more.
pub(crate) async fn insert(change: &mut Change, new: &ApiKey) -> Result<(), StoreError> {
    let owner = PrincipalColumns::of(&new.owner)?;
    let count: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM auth_api_keys WHERE user_id = $1 OR service_account_id = $2",
    )
    .bind(owner.user)
    .bind(owner.service_account)
    .fetch_one(change.connection())
    .await
    .map_err(change.failed())?;
    if count >= i64::from(MOST_KEYS) {
        return Err(StoreError::Forbidden {
            rule: "the owner has as many API keys as it may",
        });
    }
    let insert = sqlx::query(
        "INSERT INTO auth_api_keys (id, user_id, service_account_id, hash, description, created_at,
                                    created_by, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(new.id.as_str())
    .bind(owner.user)
    .bind(owner.service_account)
    .bind(new.hash.as_bytes().as_slice())
    .bind(&new.description)
    .bind(new.created_at.as_secs())
    .bind(new.created_by.to_string())
    .bind(new.last_used_at.map(Timestamp::as_secs));
    let missing = StoreError::NotFound {
        what: "owner of the key",
    };
    change
        .put_part(insert, "an API key of this identifier", missing)
        .await
}

#[async_trait]
impl ApiKeyStore for SqliteStore {
    async fn create_key(&self, new: &ApiKey, audit: AuditEvent) -> Result<(), StoreError> {
        let mut change = self.change("creating an API key").await?;
        insert(&mut change, new).await?;
        change.commit(audit).await
    }

    async fn key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, user_id, service_account_id, hash, description, created_at, created_by,
                    last_used_at
             FROM auth_api_keys WHERE id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(&self.readers)
        .await
        .map_err(unavailable("finding an API key"))?;
        row.map(read).transpose()
    }

    async fn keys(&self, owner: &PrincipalId) -> Result<Vec<ApiKey>, StoreError> {
        let owner = PrincipalColumns::of(owner)?;
        // One of the two is null, and equal to nothing.
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, user_id, service_account_id, hash, description, created_at, created_by,
                    last_used_at
             FROM auth_api_keys WHERE user_id = $1 OR service_account_id = $2
             ORDER BY created_at, id",
        )
        .bind(owner.user)
        .bind(owner.service_account)
        .fetch_all(&self.readers)
        .await
        .map_err(unavailable("listing API keys"))?;
        rows.into_iter().map(read).collect()
    }

    async fn revoke_key(
        &self,
        owner: &PrincipalId,
        id: &ApiKeyId,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut change = self.change("revoking an API key").await?;
        let owner = PrincipalColumns::of(owner)?;
        let delete = sqlx::query(
            "DELETE FROM auth_api_keys
             WHERE id = $1 AND (user_id = $2 OR service_account_id = $3)",
        )
        .bind(id.as_str())
        .bind(owner.user)
        .bind(owner.service_account);
        change.affect(delete, "API key").await?;
        change.commit(audit).await
    }

    async fn touch_key(
        &self,
        id: &ApiKeyId,
        at: Timestamp,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut change = self.change("noting the use of an API key").await?;
        // Notes of two uses may overtake each other; the later one stands.
        let update = sqlx::query(
            "UPDATE auth_api_keys SET last_used_at = $2
             WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
        )
        .bind(id.as_str())
        .bind(at.as_secs());
        change.affects_any(update).await?;
        change.commit(audit).await
    }
}
