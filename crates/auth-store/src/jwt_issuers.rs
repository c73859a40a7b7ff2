//! Registrations of JWT issuers.

use async_trait::async_trait;
use auth_core::{AuditEvent, OrganizationId, Secret, StoreError, Timestamp};
use jwt_federation::{
    AUDIENCE_TAKEN, IssuerSettings, JwtIdDigest, JwtIssuer, JwtIssuerId, JwtIssuerStore,
    MOST_ISSUERS, MOST_SPENT,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};

use crate::SqliteStore;
use crate::change::Change;
use crate::columns::read_maker;
use crate::error::{unavailable, unreadable};

struct Row {
    id: String,
    organization_id: String,
    issuer: String,
    revision: i64,
    keys: String,
    networks: String,
    policy: String,
    certificates: Option<String>,
    bearer_token: Option<String>,
    created_at: i64,
    created_by: String,
    updated_at: i64,
}

impl FromRow<'_, SqliteRow> for Row {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            organization_id: row.try_get("organization_id")?,
            issuer: row.try_get("issuer")?,
            revision: row.try_get("revision")?,
            keys: row.try_get("keys")?,
            networks: row.try_get("networks")?,
            policy: row.try_get("policy")?,
            certificates: row.try_get("certificates")?,
            bearer_token: row.try_get("bearer_token")?,
            created_at: row.try_get("created_at")?,
            created_by: row.try_get("created_by")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

impl TryFrom<Row> for JwtIssuer {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let mut settings = IssuerSettings::default();
        settings.keys = document("keys of a JWT issuer", &row.keys)?;
        settings.networks = document("networks of a JWT issuer", &row.networks)?;
        settings.policy = document("policy of a JWT issuer", &row.policy)?;
        settings.certificates = row.certificates;
        settings.bearer_token = row.bearer_token.map(Secret::new);
        let mut issuer = Self::new(
            JwtIssuerId::new(row.id),
            OrganizationId::new(row.organization_id),
            row.issuer,
            settings,
            Timestamp::from_secs(row.created_at),
            read_maker(&row.created_by)?,
        );
        issuer.revision =
            u64::try_from(row.revision).map_err(|_| unreadable("revision of a JWT issuer"))?;
        issuer.updated_at = Timestamp::from_secs(row.updated_at);
        Ok(issuer)
    }
}

fn document<T: DeserializeOwned>(column: &'static str, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|_| unreadable(column))
}

/// The settings as columns.
struct Columns<'a> {
    revision: i64,
    keys: String,
    networks: String,
    policy: String,
    certificates: Option<&'a str>,
    bearer_token: Option<&'a str>,
    enabled: bool,
    trusted_until: Option<i64>,
}

impl<'a> Columns<'a> {
    fn of(issuer: &'a JwtIssuer) -> Result<Self, StoreError> {
        let settings = &issuer.settings;
        Ok(Self {
            revision: i64::try_from(issuer.revision).map_err(|_| UNWRITABLE)?,
            keys: written(&settings.keys)?,
            networks: written(&settings.networks)?,
            policy: written(&settings.policy)?,
            certificates: settings.certificates.as_deref(),
            bearer_token: settings.bearer_token.as_ref().map(Secret::expose),
            enabled: settings.policy.enabled,
            trusted_until: settings.policy.expires_at.map(Timestamp::as_secs),
        })
    }
}

const UNWRITABLE: StoreError = StoreError::Forbidden {
    rule: "the store can't keep such settings",
};

fn written(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| UNWRITABLE)
}

/// So many `jti` whose time is over are cleared away with each that comes.
const FORGOTTEN_AT_ONCE: i64 = 256;

#[async_trait]
impl JwtIssuerStore for SqliteStore {
    async fn create_issuer(&self, new: &JwtIssuer, audit: AuditEvent) -> Result<(), StoreError> {
        let columns = Columns::of(new)?;
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
            "INSERT INTO auth_jwt_issuers (id, organization_id, issuer, revision, keys, networks,
                                           policy, certificates, bearer_token, enabled,
                                           trusted_until, created_at, created_by, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind(new.id.as_str())
        .bind(new.organization.as_str())
        .bind(&new.issuer)
        .bind(columns.revision)
        .bind(&columns.keys)
        .bind(&columns.networks)
        .bind(&columns.policy)
        .bind(columns.certificates)
        .bind(columns.bearer_token)
        .bind(columns.enabled)
        .bind(columns.trusted_until)
        .bind(new.created_at.as_secs())
        .bind(new.created_by.to_string())
        .bind(new.updated_at.as_secs());
        let missing = StoreError::NotFound {
            what: "organization",
        };
        change.put_part(insert, "this JWT issuer", missing).await?;
        put_audiences(&mut change, new).await?;
        change.commit(audit).await
    }

    async fn update_issuer(
        &self,
        changed: &JwtIssuer,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        let columns = Columns::of(changed)?;
        let mut change = self.change("changing a JWT issuer").await?;
        let update = sqlx::query(
            "UPDATE auth_jwt_issuers
             SET revision = $3, keys = $4, networks = $5, policy = $6, certificates = $7,
                 bearer_token = $8, enabled = $9, trusted_until = $10, updated_at = $11
             WHERE id = $1 AND organization_id = $2 AND revision = $3 - 1",
        )
        .bind(changed.id.as_str())
        .bind(changed.organization.as_str())
        .bind(columns.revision)
        .bind(&columns.keys)
        .bind(&columns.networks)
        .bind(&columns.policy)
        .bind(columns.certificates)
        .bind(columns.bearer_token)
        .bind(columns.enabled)
        .bind(columns.trusted_until)
        .bind(changed.updated_at.as_secs());
        if !change.affects_any(update).await? {
            let is_there: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM auth_jwt_issuers
                                WHERE id = $1 AND organization_id = $2)",
            )
            .bind(changed.id.as_str())
            .bind(changed.organization.as_str())
            .fetch_one(change.connection())
            .await
            .map_err(change.failed())?;
            return Err(if is_there {
                StoreError::Conflict {
                    what: "a later revision of this JWT issuer",
                }
            } else {
                StoreError::NotFound {
                    what: "JWT issuer of the organization",
                }
            });
        }
        let clear = sqlx::query("DELETE FROM auth_jwt_issuer_audiences WHERE jwt_issuer_id = $1")
            .bind(changed.id.as_str());
        change.affects_any(clear).await?;
        put_audiences(&mut change, changed).await?;
        change.commit(audit).await
    }

    async fn issuers(&self, organization: &OrganizationId) -> Result<Vec<JwtIssuer>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT * FROM auth_jwt_issuers WHERE organization_id = $1 ORDER BY issuer",
        )
        .bind(organization.as_str())
        .fetch_all(&self.readers)
        .await
        .map_err(unavailable("listing JWT issuers"))?;
        rows.into_iter().map(JwtIssuer::try_from).collect()
    }

    async fn is_registered(&self, issuer: &str) -> Result<bool, StoreError> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM auth_jwt_issuers WHERE issuer = $1)")
            .bind(issuer)
            .fetch_one(&self.readers)
            .await
            .map_err(unavailable("finding a JWT issuer"))
    }

    async fn registration(
        &self,
        organization: &OrganizationId,
        issuer: &str,
    ) -> Result<Option<JwtIssuerId>, StoreError> {
        let id: Option<String> = sqlx::query_scalar(
            "SELECT id FROM auth_jwt_issuers WHERE organization_id = $1 AND issuer = $2",
        )
        .bind(organization.as_str())
        .bind(issuer)
        .fetch_optional(&self.readers)
        .await
        .map_err(unavailable("finding a JWT issuer"))?;
        Ok(id.map(JwtIssuerId::new))
    }

    async fn registration_for(
        &self,
        issuer: &str,
        audience: &str,
    ) -> Result<Option<JwtIssuerId>, StoreError> {
        let id: Option<String> = sqlx::query_scalar(
            "SELECT jwt_issuer_id FROM auth_jwt_issuer_audiences
             WHERE issuer = $1 AND audience = $2",
        )
        .bind(issuer)
        .bind(audience)
        .fetch_optional(&self.readers)
        .await
        .map_err(unavailable("finding a JWT issuer"))?;
        Ok(id.map(JwtIssuerId::new))
    }

    async fn issuer(&self, id: &JwtIssuerId) -> Result<Option<JwtIssuer>, StoreError> {
        let row: Option<Row> = sqlx::query_as("SELECT * FROM auth_jwt_issuers WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(unavailable("finding a JWT issuer"))?;
        row.map(JwtIssuer::try_from).transpose()
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

    async fn spend_jwt_id(
        &self,
        id: &JwtIssuerId,
        digest: &JwtIdDigest,
        until: Timestamp,
        now: Timestamp,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut change = self.change("remembering a jti").await?;
        // Some at a time, so that nobody waits for all of them to be cleared; and this one for certain.
        let forget = sqlx::query(
            "DELETE FROM auth_spent_jwt_ids WHERE rowid IN (
                 SELECT rowid FROM auth_spent_jwt_ids
                 WHERE jwt_issuer_id = $1 AND until <= $2 LIMIT $3)",
        )
        .bind(id.as_str())
        .bind(now.as_secs())
        .bind(FORGOTTEN_AT_ONCE);
        let forgotten = change.affected(forget).await?;
        let forget = sqlx::query(
            "DELETE FROM auth_spent_jwt_ids
             WHERE jwt_issuer_id = $1 AND digest = $2 AND until <= $3",
        )
        .bind(id.as_str())
        .bind(digest.as_slice())
        .bind(now.as_secs());
        let forgotten = forgotten.saturating_add(change.affected(forget).await?);
        let insert = sqlx::query(
            "INSERT INTO auth_spent_jwt_ids (jwt_issuer_id, digest, until) VALUES ($1, $2, $3)",
        )
        .bind(id.as_str())
        .bind(digest.as_slice())
        .bind(until.as_secs());
        let missing = StoreError::NotFound { what: "JWT issuer" };
        change.put_part(insert, "this jti", missing).await?;
        // The number stands beside the registration: counting would take as long as there are many.
        let count = sqlx::query(
            "UPDATE auth_jwt_issuers SET spent = spent - $2 + 1
             WHERE id = $1 AND spent - $2 < $3",
        )
        .bind(id.as_str())
        .bind(i64::try_from(forgotten).unwrap_or(i64::MAX))
        .bind(i64::from(MOST_SPENT));
        if !change.affects_any(count).await? {
            let rule = "the issuer has as many live assertions as can be remembered";
            return Err(StoreError::Forbidden { rule });
        }
        change.commit(audit).await
    }

    async fn is_spent(
        &self,
        id: &JwtIssuerId,
        digest: &JwtIdDigest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM auth_spent_jwt_ids
                            WHERE jwt_issuer_id = $1 AND digest = $2 AND until > $3)",
        )
        .bind(id.as_str())
        .bind(digest.as_slice())
        .bind(now.as_secs())
        .fetch_one(&self.readers)
        .await
        .map_err(unavailable("looking for a jti"))
    }
}

/// Writes the audiences of a policy beside it, where they can be found.
async fn put_audiences(change: &mut Change, of: &JwtIssuer) -> Result<(), StoreError> {
    for audience in &of.settings.policy.audiences {
        let insert = sqlx::query(
            "INSERT INTO auth_jwt_issuer_audiences (issuer, audience, jwt_issuer_id)
             VALUES ($1, $2, $3)",
        )
        .bind(&of.issuer)
        .bind(audience)
        .bind(of.id.as_str());
        change.put(insert, AUDIENCE_TAKEN).await?;
    }
    Ok(())
}
