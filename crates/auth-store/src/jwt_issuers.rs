//! Registrations of JWT issuers.

use async_trait::async_trait;
use auth_core::{AuditEvent, OrganizationId, StoreError, Timestamp};
use jwt_federation::{JwtIssuer, JwtIssuerId, JwtIssuerStore, MOST_ISSUERS};

use crate::SqliteStore;
use crate::columns::read_maker;
use crate::error::unavailable;

type Row = (String, String, String, i64, String);

fn read((id, organization, issuer, created_at, maker): Row) -> Result<JwtIssuer, StoreError> {
    Ok(JwtIssuer {
        id: JwtIssuerId::new(id),
        organization: OrganizationId::new(organization),
        issuer,
        created_at: Timestamp::from_secs(created_at),
        created_by: read_maker(&maker)?,
    })
}

#[async_trait]
impl JwtIssuerStore for SqliteStore {
    async fn create_issuer(&self, new: &JwtIssuer, audit: AuditEvent) -> Result<(), StoreError> {
        let mut change = self.change("registering a JWT issuer").await?;
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM auth_jwt_issuers WHERE organization_id = $1")
                .bind(new.organization.as_str())
                .fetch_one(change.connection())
                .await
                .map_err(change.failed())?;
        if count >= i64::from(MOST_ISSUERS) {
            let rule = "the organization has as many JWT issuers as it may";
            return Err(StoreError::Forbidden { rule });
        }
        let insert = sqlx::query(
            "INSERT INTO auth_jwt_issuers (id, organization_id, issuer, created_at, created_by)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(new.id.as_str())
        .bind(new.organization.as_str())
        .bind(&new.issuer)
        .bind(new.created_at.as_secs())
        .bind(new.created_by.to_string());
        let missing = StoreError::NotFound {
            what: "organization",
        };
        change.put_part(insert, "this JWT issuer", missing).await?;
        change.commit(audit).await
    }

    async fn issuers(&self, organization: &OrganizationId) -> Result<Vec<JwtIssuer>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, organization_id, issuer, created_at, created_by
             FROM auth_jwt_issuers WHERE organization_id = $1 ORDER BY issuer",
        )
        .bind(organization.as_str())
        .fetch_all(&self.readers)
        .await
        .map_err(unavailable("listing JWT issuers"))?;
        rows.into_iter().map(read).collect()
    }

    async fn registrations(&self, issuer: &str) -> Result<Vec<JwtIssuer>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, organization_id, issuer, created_at, created_by
             FROM auth_jwt_issuers WHERE issuer = $1 ORDER BY organization_id",
        )
        .bind(issuer)
        .fetch_all(&self.readers)
        .await
        .map_err(unavailable("finding a JWT issuer"))?;
        rows.into_iter().map(read).collect()
    }

    async fn issuer(&self, id: &JwtIssuerId) -> Result<Option<JwtIssuer>, StoreError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, organization_id, issuer, created_at, created_by
             FROM auth_jwt_issuers WHERE id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(&self.readers)
        .await
        .map_err(unavailable("finding a JWT issuer"))?;
        row.map(read).transpose()
    }

    async fn delete_issuer(
        &self,
        organization: &OrganizationId,
        id: &JwtIssuerId,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut change = self.change("removing a JWT issuer").await?;
        let delete =
            sqlx::query("DELETE FROM auth_jwt_issuers WHERE id = $1 AND organization_id = $2")
                .bind(id.as_str())
                .bind(organization.as_str());
        change
            .affect(delete, "JWT issuer of the organization")
            .await?;
        change.commit(audit).await
    }
}
