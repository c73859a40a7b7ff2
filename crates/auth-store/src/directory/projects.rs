//! Projects and those added to them by name.

use auth_core::{
    AuditEvent, OrganizationId, PrincipalId, Project, ProjectId, StoreError, TeamId, TeamRole,
    Visibility,
};

use crate::SqliteStore;
use crate::change::Change;
use crate::columns::{
    PrincipalColumns, read_principal, read_team_role, read_visibility, team_role, visibility,
};
use crate::error::unavailable;

type Text = Option<String>;

/// A project with one of its members; without, where it has none.
type Row = (String, String, String, String, String, Text, Text, Text);

/// Joined in one statement, so that the members are those of the moment when the visibility held.
fn read_all(rows: Vec<Row>) -> Result<Vec<Project>, StoreError> {
    let mut projects: Vec<Project> = Vec::new();
    for (id, organization, team, name, visibility, user, account, role) in rows {
        let member = match role {
            Some(role) => Some((read_principal(user, account)?, read_team_role(&role)?)),
            None => None,
        };
        match projects.last_mut().filter(|last| last.id.as_str() == id) {
            Some(project) => project.members.extend(member),
            None => projects.push(Project {
                id: ProjectId::new(id),
                organization: OrganizationId::new(organization),
                team: TeamId::new(team),
                name,
                visibility: read_visibility(&visibility)?,
                members: member.into_iter().collect(),
            }),
        }
    }
    Ok(projects)
}

pub(super) async fn find(
    store: &SqliteStore,
    team: &TeamId,
    name: &str,
) -> Result<Option<Project>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT p.id, p.organization_id, p.team_id, p.name, p.visibility,
                m.user_id, m.service_account_id, m.role
         FROM auth_projects p LEFT JOIN auth_project_members m ON m.project_id = p.id
         WHERE p.team_id = $1 AND p.name = $2
         ORDER BY m.user_id, m.service_account_id",
    )
    .bind(team.as_str())
    .bind(name)
    .fetch_all(&store.readers)
    .await
    .map_err(unavailable("finding a project"))?;
    Ok(read_all(rows)?.into_iter().next())
}

pub(super) async fn of(store: &SqliteStore, team: &TeamId) -> Result<Vec<Project>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT p.id, p.organization_id, p.team_id, p.name, p.visibility,
                m.user_id, m.service_account_id, m.role
         FROM auth_projects p LEFT JOIN auth_project_members m ON m.project_id = p.id
         WHERE p.team_id = $1
         ORDER BY p.name, m.user_id, m.service_account_id",
    )
    .bind(team.as_str())
    .fetch_all(&store.readers)
    .await
    .map_err(unavailable("listing projects"))?;
    read_all(rows)
}

pub(super) async fn create(
    store: &SqliteStore,
    new: &Project,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("creating a project").await?;
    let insert = sqlx::query(
        "INSERT INTO auth_projects (id, organization_id, team_id, name, visibility)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(new.id.as_str())
    .bind(new.organization.as_str())
    .bind(new.team.as_str())
    .bind(&new.name)
    .bind(visibility(new.visibility)?);
    let missing = StoreError::NotFound {
        what: "team of the organization",
    };
    change
        .put_part(insert, "a project of this name", missing)
        .await?;
    for (member, role) in &new.members {
        put_member(
            &mut change,
            &new.id,
            new.organization.as_str(),
            member,
            *role,
        )
        .await?;
    }
    change.commit(audit).await
}

pub(super) async fn set_visibility(
    store: &SqliteStore,
    id: &ProjectId,
    new: Visibility,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("changing a project's visibility").await?;
    let update = sqlx::query("UPDATE auth_projects SET visibility = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(visibility(new)?);
    change.affect(update, "project").await?;
    change.commit(audit).await
}

pub(super) async fn delete(
    store: &SqliteStore,
    id: &ProjectId,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("deleting a project").await?;
    let delete = sqlx::query("DELETE FROM auth_projects WHERE id = $1").bind(id.as_str());
    change.affect(delete, "project").await?;
    change.commit(audit).await
}

pub(super) async fn set_member(
    store: &SqliteStore,
    project: &ProjectId,
    member: &PrincipalId,
    role: TeamRole,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("setting a project's member").await?;
    let organization: Option<String> =
        sqlx::query_scalar("SELECT organization_id FROM auth_projects WHERE id = $1")
            .bind(project.as_str())
            .fetch_optional(change.connection())
            .await
            .map_err(change.failed())?;
    let organization = organization.ok_or(StoreError::NotFound { what: "project" })?;
    put_member(&mut change, project, &organization, member, role).await?;
    change.commit(audit).await
}

/// The foreign keys demand that a user is a member of `organization`, and that a service account
/// is one of its own.
async fn put_member(
    change: &mut Change,
    project: &ProjectId,
    organization: &str,
    member: &PrincipalId,
    role: TeamRole,
) -> Result<(), StoreError> {
    let columns = PrincipalColumns::of(member)?;
    let upsert = sqlx::query(match columns.user {
        Some(_) => {
            "INSERT INTO auth_project_members
                    (project_id, organization_id, user_id, service_account_id, role)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role"
        }
        None => {
            "INSERT INTO auth_project_members
                    (project_id, organization_id, user_id, service_account_id, role)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (project_id, service_account_id) DO UPDATE SET role = excluded.role"
        }
    })
    .bind(project.as_str())
    .bind(organization)
    .bind(columns.user)
    .bind(columns.service_account)
    .bind(team_role(role)?);
    let rule = "only members and service accounts of the organization can be added to its project";
    change
        .put_part(upsert, "this member", StoreError::Forbidden { rule })
        .await
}

pub(super) async fn remove_member(
    store: &SqliteStore,
    project: &ProjectId,
    member: &PrincipalId,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("removing a project's member").await?;
    let columns = PrincipalColumns::of(member)?;
    // One of the two is null, and equal to nothing.
    let delete = sqlx::query(
        "DELETE FROM auth_project_members
         WHERE project_id = $1 AND (user_id = $2 OR service_account_id = $3)",
    )
    .bind(project.as_str())
    .bind(columns.user)
    .bind(columns.service_account);
    change.affect(delete, "member of the project").await?;
    change.commit(audit).await
}
