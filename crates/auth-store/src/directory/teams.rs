//! Teams and their members.

use auth_core::{
    AuditEvent, Key, Membership, OrganizationId, StoreError, Team, TeamId, TeamRole, UserId,
};

use super::users;
use crate::SqliteStore;
use crate::columns::{read_team_role, team_role};
use crate::error::unavailable;

type Row = (String, String, String);

fn read((id, organization, name): Row) -> Team {
    Team {
        id: TeamId::new(id),
        organization: OrganizationId::new(organization),
        name,
    }
}

pub(super) async fn find(
    store: &SqliteStore,
    key: Key<'_, TeamId>,
) -> Result<Option<Team>, StoreError> {
    let query = match key {
        Key::Id(id) => {
            sqlx::query_as("SELECT id, organization_id, name FROM auth_teams WHERE id = $1")
                .bind(id.as_str())
        }
        Key::Name(name) => {
            sqlx::query_as("SELECT id, organization_id, name FROM auth_teams WHERE name = $1")
                .bind(name)
        }
        // A kind of key that this version does not know finds nothing.
        _ => return Ok(None),
    };
    let row: Option<Row> = query
        .fetch_optional(&store.readers)
        .await
        .map_err(unavailable("finding a team"))?;
    Ok(row.map(read))
}

pub(super) async fn of(
    store: &SqliteStore,
    organization: &OrganizationId,
) -> Result<Vec<Team>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, organization_id, name FROM auth_teams WHERE organization_id = $1 ORDER BY name",
    )
    .bind(organization.as_str())
    .fetch_all(&store.readers)
    .await
    .map_err(unavailable("listing teams"))?;
    Ok(rows.into_iter().map(read).collect())
}

pub(super) async fn create(
    store: &SqliteStore,
    new: &Team,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("creating a team").await?;
    let insert =
        sqlx::query("INSERT INTO auth_teams (id, organization_id, name) VALUES ($1, $2, $3)")
            .bind(new.id.as_str())
            .bind(new.organization.as_str())
            .bind(&new.name);
    let missing = StoreError::NotFound {
        what: "organization",
    };
    change
        .put_part(insert, "a team of this name", missing)
        .await?;
    change.commit(audit).await
}

/// The foreign keys take along all that belongs to it, and hold it while it is a default team.
pub(super) async fn delete(
    store: &SqliteStore,
    id: &TeamId,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("deleting a team").await?;
    let delete = sqlx::query("DELETE FROM auth_teams WHERE id = $1").bind(id.as_str());
    let rule = "a team can't be deleted while it is the default team of a service account";
    change
        .remove(delete, "team", StoreError::Forbidden { rule })
        .await?;
    change.commit(audit).await
}

pub(super) async fn set_member(
    store: &SqliteStore,
    team: &TeamId,
    user: &UserId,
    role: TeamRole,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("setting a team's member").await?;
    let organization: Option<String> =
        sqlx::query_scalar("SELECT organization_id FROM auth_teams WHERE id = $1")
            .bind(team.as_str())
            .fetch_optional(change.connection())
            .await
            .map_err(change.failed())?;
    let organization = organization.ok_or(StoreError::NotFound { what: "team" })?;
    let upsert = sqlx::query(
        "INSERT INTO auth_team_members (team_id, organization_id, user_id, role)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (team_id, user_id) DO UPDATE SET role = excluded.role",
    )
    .bind(team.as_str())
    .bind(organization)
    .bind(user.as_str())
    .bind(team_role(role)?);
    let rule = "only a member of the organization can be a member of its team";
    change
        .put_part(upsert, "this member", StoreError::Forbidden { rule })
        .await?;
    change.commit(audit).await
}

pub(super) async fn members(
    store: &SqliteStore,
    team: &TeamId,
) -> Result<Vec<Membership<TeamRole>>, StoreError> {
    type Row = (String, String, String, Option<String>, bool, bool, String);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT u.id, u.username, u.display_name, u.email, u.instance_admin, u.disabled, m.role
         FROM auth_team_members m JOIN auth_users u ON u.id = m.user_id
         WHERE m.team_id = $1 ORDER BY u.username",
    )
    .bind(team.as_str())
    .fetch_all(&store.readers)
    .await
    .map_err(unavailable("listing a team's members"))?;
    let read = |(id, username, display_name, email, admin, disabled, role): Row| {
        let user = users::read((id, username, display_name, email, admin, disabled));
        Ok((user, read_team_role(&role)?))
    };
    rows.into_iter().map(read).collect()
}

pub(super) async fn remove_member(
    store: &SqliteStore,
    team: &TeamId,
    user: &UserId,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("removing a team's member").await?;
    let delete = sqlx::query("DELETE FROM auth_team_members WHERE team_id = $1 AND user_id = $2")
        .bind(team.as_str())
        .bind(user.as_str());
    change.affect(delete, "member of the team").await?;
    // A project's members need not be the team's, so no foreign key does this.
    let of_projects = sqlx::query(
        "DELETE FROM auth_project_members
         WHERE user_id = $2 AND project_id IN (SELECT id FROM auth_projects WHERE team_id = $1)",
    )
    .bind(team.as_str())
    .bind(user.as_str());
    change.affects_any(of_projects).await?;
    change.commit(audit).await
}
