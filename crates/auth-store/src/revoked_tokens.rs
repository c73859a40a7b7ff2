//! Whether access tokens still count.

use async_trait::async_trait;
use auth_core::{AuditEvent, StoreError, Timestamp};
use jwt_federation::{AccessTokenStore, RevokedToken, TokenInUse, TokenStanding};

use crate::SqliteStore;
use crate::error::unavailable;

#[async_trait]
impl AccessTokenStore for SqliteStore {
    async fn token_standing(&self, token: &TokenInUse<'_>) -> Result<TokenStanding, StoreError> {
        // The first of the three is the one place that decides whether a registration stands behind the
        // tokens that were issued on its word. What ends by itself is to be compared with `token.now`.
        let (registration_stands, revoked, key_stands) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM auth_jwt_issuers
                            WHERE id = $1 AND organization_id = $2 AND enabled
                              AND (trusted_until IS NULL OR trusted_until > $5)),
                    EXISTS (SELECT 1 FROM auth_revoked_tokens WHERE jwt_id = $3),
                    EXISTS (SELECT 1 FROM auth_signing_keys WHERE key_id = $4)",
        )
        .bind(token.registration.as_str())
        .bind(token.organization.as_str())
        .bind(token.jwt_id)
        .bind(token.key_id)
        .bind(token.now.as_secs())
        .fetch_one(&self.readers)
        .await
        .map_err(unavailable("asking whether an access token counts"))?;
        Ok(TokenStanding {
            registration_stands,
            revoked,
            key_stands,
        })
    }

    async fn revoke_token(
        &self,
        token: &RevokedToken,
        now: Timestamp,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut change = self.change("revoking an access token").await?;
        let expired = sqlx::query("DELETE FROM auth_revoked_tokens WHERE kept_until < $1")
            .bind(now.as_secs());
        change.affects_any(expired).await?;
        let insert = sqlx::query(
            "INSERT INTO auth_revoked_tokens (jwt_id, kept_until) VALUES ($1, $2)
             ON CONFLICT DO NOTHING",
        )
        .bind(&token.jwt_id)
        .bind(token.kept_until.as_secs());
        if change.affects_any(insert).await? {
            return change.commit(audit).await;
        }
        // It was revoked before, and that has been told. What was forgotten comes back with the rollback.
        Ok(())
    }
}
