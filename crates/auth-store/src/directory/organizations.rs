//! Organizations and their members.

use auth_core::{
    AuditEvent, Key, Membership, Organization, OrganizationId, OrganizationRole, StoreError, UserId,
};

use super::users;
use crate::SqliteStore;
use crate::columns::{organization_role, read_organization_role};
use crate::error::unavailable;

type Row = (String, String);

fn read((id, name): Row) -> Organization {
    Organization {
        id: OrganizationId::new(id),
        name,
    }
}

pub(super) async fn find(
    store: &SqliteStore,
    key: Key<'_, OrganizationId>,
) -> Result<Option<Organization>, StoreError> {
    let query = match key {
        Key::Id(id) => sqlx::query_as("SELECT id, name FROM auth_organizations WHERE id = $1")
            .bind(id.as_str()),
        Key::Name(name) => {
            sqlx::query_as("SELECT id, name FROM auth_organizations WHERE name = $1").bind(name)
        }
        // A kind of key that this version does not know finds nothing.
        _ => return Ok(None),
    };
    let row: Option<Row> = query
        .fetch_optional(&store.readers)
        .await
        .map_err(unavailable("finding an organization"))?;
    Ok(row.map(read))
}

pub(super) async fn sole(store: &SqliteStore) -> Result<Option<Organization>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as("SELECT id, name FROM auth_organizations LIMIT 2")
        .fetch_all(&store.readers)
        .await
        .map_err(unavailable("finding the organization"))?;
    let only = <[Row; 1]>::try_from(rows).ok();
    Ok(only.map(|[row]| read(row)))
}

pub(super) async fn all(store: &SqliteStore) -> Result<Vec<Organization>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as("SELECT id, name FROM auth_organizations ORDER BY name")
        .fetch_all(&store.readers)
        .await
        .map_err(unavailable("listing organizations"))?;
    Ok(rows.into_iter().map(read).collect())
}

pub(super) async fn create(
    store: &SqliteStore,
    new: &Organization,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("creating an organization").await?;
    let insert = sqlx::query("INSERT INTO auth_organizations (id, name) VALUES ($1, $2)")
        .bind(new.id.as_str())
        .bind(&new.name);
    change.put(insert, "an organization of this name").await?;
    change.commit(audit).await
}

/// The foreign keys take along all that belongs to it.
pub(super) async fn delete(
    store: &SqliteStore,
    id: &OrganizationId,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("deleting an organization").await?;
    let delete = sqlx::query("DELETE FROM auth_organizations WHERE id = $1").bind(id.as_str());
    change.affect(delete, "organization").await?;
    change.commit(audit).await
}

pub(super) async fn set_member(
    store: &SqliteStore,
    organization: &OrganizationId,
    user: &UserId,
    role: OrganizationRole,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("setting an organization's member").await?;
    // An update in place: a row that is replaced would take the memberships in teams along.
    let upsert = sqlx::query(
        "INSERT INTO auth_organization_members (organization_id, user_id, role)
         VALUES ($1, $2, $3)
         ON CONFLICT (organization_id, user_id) DO UPDATE SET role = excluded.role",
    )
    .bind(organization.as_str())
    .bind(user.as_str())
    .bind(organization_role(role)?);
    let missing = StoreError::NotFound {
        what: "organization or user",
    };
    change.put_part(upsert, "this member", missing).await?;
    change.commit(audit).await
}

pub(super) async fn members(
    store: &SqliteStore,
    organization: &OrganizationId,
) -> Result<Vec<Membership<OrganizationRole>>, StoreError> {
    type Row = (String, String, String, Option<String>, bool, bool, String);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT u.id, u.username, u.display_name, u.email, u.instance_admin, u.disabled, m.role
         FROM auth_organization_members m JOIN auth_users u ON u.id = m.user_id
         WHERE m.organization_id = $1 ORDER BY u.username",
    )
    .bind(organization.as_str())
    .fetch_all(&store.readers)
    .await
    .map_err(unavailable("listing an organization's members"))?;
    let read = |(id, username, display_name, email, admin, disabled, role): Row| {
        let user = users::read((id, username, display_name, email, admin, disabled));
        Ok((user, read_organization_role(&role)?))
    };
    rows.into_iter().map(read).collect()
}

/// The foreign keys take along the memberships in teams and projects.
pub(super) async fn remove_member(
    store: &SqliteStore,
    organization: &OrganizationId,
    user: &UserId,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("removing an organization's member").await?;
    let delete = sqlx::query(
        "DELETE FROM auth_organization_members WHERE organization_id = $1 AND user_id = $2",
    )
    .bind(organization.as_str())
    .bind(user.as_str());
    change.affect(delete, "member of the organization").await?;
    change.commit(audit).await
}
