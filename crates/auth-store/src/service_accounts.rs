//! Service accounts.

use async_trait::async_trait;
use auth_core::{
    AuditEvent, OrganizationId, ServiceAccountId, ServiceAccountScope, StoreError, TeamId,
    Timestamp,
};
use jwt_federation::ExternalAccounts;
use service_accounts::{
    AccountsOf, ApiKey, Authentication, MOST_ACCOUNTS, ServiceAccount, ServiceAccountStore,
};

use crate::change::Change;
use crate::columns::read_maker;
use crate::error::{unavailable, unreadable};
use crate::{SqliteStore, api_keys};

type Text = Option<String>;
type Row = (String, String, Text, Text, String, Text, Text, i64, String);

fn read(row: Row) -> Result<ServiceAccount, StoreError> {
    let (id, organization, team, default_team, name, issuer, subject, created_at, maker) = row;
    let organization = OrganizationId::new(organization);
    let scope = match (team, default_team) {
        (Some(team), None) => ServiceAccountScope::Team {
            organization,
            team: TeamId::new(team),
        },
        (None, Some(team)) => ServiceAccountScope::Organization {
            organization,
            default_team: TeamId::new(team),
        },
        _ => return Err(unreadable("service account scope")),
    };
    let authentication = match (issuer, subject) {
        (None, None) => Authentication::ApiKey,
        (Some(issuer), Some(subject)) => Authentication::Federated { issuer, subject },
        _ => return Err(unreadable("service account authentication")),
    };
    Ok(ServiceAccount {
        id: ServiceAccountId::new(id),
        name,
        scope,
        authentication,
        created_at: Timestamp::from_secs(created_at),
        created_by: read_maker(&maker)?,
    })
}

pub(crate) async fn find(
    store: &SqliteStore,
    id: &ServiceAccountId,
) -> Result<Option<ServiceAccount>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, organization_id, team_id, default_team_id, name, issuer, subject, created_at,
                created_by
         FROM auth_service_accounts WHERE id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(&store.readers)
    .await
    .map_err(unavailable("finding a service account"))?;
    row.map(read).transpose()
}

#[async_trait]
impl ServiceAccountStore for SqliteStore {
    async fn create_account(
        &self,
        new: &ServiceAccount,
        first_key: Option<&ApiKey>,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut change = self.change("creating a service account").await?;
        check_limit(&mut change, new.scope.organization()).await?;
        insert(&mut change, new).await?;
        if let Some(key) = first_key {
            api_keys::insert(&mut change, key).await?;
        }
        change.commit(audit).await
    }

    async fn account(&self, id: &ServiceAccountId) -> Result<Option<ServiceAccount>, StoreError> {
        find(self, id).await
    }

    async fn accounts(&self, of: AccountsOf<'_>) -> Result<Vec<ServiceAccount>, StoreError> {
        let query = match of {
            AccountsOf::Organization(id) => sqlx::query_as(
                "SELECT id, organization_id, team_id, default_team_id, name, issuer, subject,
                        created_at, created_by
                 FROM auth_service_accounts WHERE organization_id = $1 AND team_id IS NULL
                 ORDER BY name",
            )
            .bind(id.as_str()),
            AccountsOf::Team(id) => sqlx::query_as(
                "SELECT id, organization_id, team_id, default_team_id, name, issuer, subject,
                        created_at, created_by
                 FROM auth_service_accounts WHERE team_id = $1 ORDER BY name",
            )
            .bind(id.as_str()),
            // A scope that this version does not know has no accounts.
            _ => return Ok(Vec::new()),
        };
        let rows: Vec<Row> = query
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable("listing service accounts"))?;
        rows.into_iter().map(read).collect()
    }

    async fn delete_account(
        &self,
        id: &ServiceAccountId,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut change = self.change("deleting a service account").await?;
        let delete =
            sqlx::query("DELETE FROM auth_service_accounts WHERE id = $1").bind(id.as_str());
        change.affect(delete, "service account").await?;
        change.commit(audit).await
    }
}

#[async_trait]
impl ExternalAccounts for SqliteStore {
    async fn external_account(
        &self,
        organization: &OrganizationId,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<ServiceAccountId>, StoreError> {
        let id: Option<String> = sqlx::query_scalar(
            "SELECT id FROM auth_service_accounts
             WHERE organization_id = $1 AND issuer = $2 AND subject = $3",
        )
        .bind(organization.as_str())
        .bind(issuer)
        .bind(subject)
        .fetch_optional(&self.readers)
        .await
        .map_err(unavailable("finding an external account"))?;
        Ok(id.map(ServiceAccountId::new))
    }

    async fn external_subjects(
        &self,
        organization: &OrganizationId,
        issuer: &str,
        most: u32,
    ) -> Result<Vec<(String, ServiceAccountId)>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT subject, id FROM auth_service_accounts
             WHERE organization_id = $1 AND issuer = $2 ORDER BY subject LIMIT $3",
        )
        .bind(organization.as_str())
        .bind(issuer)
        .bind(i64::from(most))
        .fetch_all(&self.readers)
        .await
        .map_err(unavailable("listing external accounts"))?;
        let read = |(subject, id)| (subject, ServiceAccountId::new(id));
        Ok(rows.into_iter().map(read).collect())
    }
}

async fn check_limit(change: &mut Change, of: &OrganizationId) -> Result<(), StoreError> {
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM auth_service_accounts WHERE organization_id = $1")
            .bind(of.as_str())
            .fetch_one(change.connection())
            .await
            .map_err(change.failed())?;
    if count < i64::from(MOST_ACCOUNTS) {
        return Ok(());
    }
    Err(StoreError::Forbidden {
        rule: "the organization has as many service accounts as it may",
    })
}

async fn insert(change: &mut Change, new: &ServiceAccount) -> Result<(), StoreError> {
    let (team, default_team) = match &new.scope {
        ServiceAccountScope::Team { team, .. } => (Some(team.as_str()), None),
        ServiceAccountScope::Organization { default_team, .. } => {
            (None, Some(default_team.as_str()))
        }
        _ => {
            return Err(StoreError::Forbidden {
                rule: "the store does not know this scope",
            });
        }
    };
    let (issuer, subject) = match &new.authentication {
        Authentication::ApiKey => (None, None),
        Authentication::Federated { issuer, subject } => {
            (Some(issuer.as_str()), Some(subject.as_str()))
        }
        _ => {
            return Err(StoreError::Forbidden {
                rule: "the store does not know this way in",
            });
        }
    };
    let organization = new.scope.organization().as_str();
    // Asked before, since the database does not say which of two unique constraints is met.
    let is_taken: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM auth_service_accounts
                        WHERE organization_id = $1 AND issuer = $2 AND subject = $3)",
    )
    .bind(organization)
    .bind(issuer)
    .bind(subject)
    .fetch_one(change.connection())
    .await
    .map_err(change.failed())?;
    if is_taken {
        let what = "a service account of this issuer and subject";
        return Err(StoreError::Conflict { what });
    }
    let insert = sqlx::query(
        "INSERT INTO auth_service_accounts (id, organization_id, team_id, default_team_id, name,
                                            issuer, subject, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.id.as_str())
    .bind(organization)
    .bind(team)
    .bind(default_team)
    .bind(&new.name)
    .bind(issuer)
    .bind(subject)
    .bind(new.created_at.as_secs())
    .bind(new.created_by.to_string());
    let missing = StoreError::NotFound {
        what: "team of the organization",
    };
    change
        .put_part(insert, "a service account of this name", missing)
        .await
}
