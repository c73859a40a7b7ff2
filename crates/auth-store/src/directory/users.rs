//! Users.

use auth_core::{AuditEvent, Key, Memberships, OrganizationId, StoreError, TeamId, User, UserId};

use crate::SqliteStore;
use crate::columns::{read_organization_role, read_team_role};
use crate::error::{unavailable, unreadable};

pub(super) type Row = (String, String, String, Option<String>, bool, bool);

pub(super) fn read((id, username, display_name, email, instance_admin, disabled): Row) -> User {
    User {
        id: UserId::new(id),
        username,
        display_name,
        email,
        instance_admin,
        disabled,
    }
}

/// What addresses are compared by.
fn email_key(email: &str) -> String {
    email.to_ascii_lowercase()
}

pub(crate) async fn find(
    store: &SqliteStore,
    key: Key<'_, UserId>,
) -> Result<Option<User>, StoreError> {
    let query = match key {
        Key::Id(id) => sqlx::query_as(
            "SELECT id, username, display_name, email, instance_admin, disabled
             FROM auth_users WHERE id = $1",
        )
        .bind(id.as_str()),
        Key::Name(name) => sqlx::query_as(
            "SELECT id, username, display_name, email, instance_admin, disabled
             FROM auth_users WHERE username = $1",
        )
        .bind(name),
        // A kind of key that this version does not know finds nobody.
        _ => return Ok(None),
    };
    let row: Option<Row> = query
        .fetch_optional(&store.readers)
        .await
        .map_err(unavailable("finding a user"))?;
    Ok(row.map(read))
}

pub(super) async fn by_email(
    store: &SqliteStore,
    organization: &OrganizationId,
    email: &str,
) -> Result<Vec<User>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT u.id, u.username, u.display_name, u.email, u.instance_admin, u.disabled
         FROM auth_users u JOIN auth_organization_members m ON m.user_id = u.id
         WHERE u.email_key = $1 AND m.organization_id = $2
         ORDER BY u.username",
    )
    .bind(email_key(email))
    .bind(organization.as_str())
    .fetch_all(&store.readers)
    .await
    .map_err(unavailable("finding a member by email"))?;
    Ok(rows.into_iter().map(read).collect())
}

pub(crate) async fn memberships(
    store: &SqliteStore,
    user: &UserId,
) -> Result<Memberships, StoreError> {
    // One statement, so that both lists are of one moment.
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT 'organization', organization_id, role FROM auth_organization_members
         WHERE user_id = $1
         UNION ALL
         SELECT 'team', team_id, role FROM auth_team_members WHERE user_id = $1",
    )
    .bind(user.as_str())
    .fetch_all(&store.readers)
    .await
    .map_err(unavailable("reading memberships"))?;
    let mut memberships = Memberships::default();
    for (kind, id, role) in rows {
        match kind.as_str() {
            "organization" => memberships
                .organizations
                .push((OrganizationId::new(id), read_organization_role(&role)?)),
            "team" => memberships
                .teams
                .push((TeamId::new(id), read_team_role(&role)?)),
            _ => return Err(unreadable("membership")),
        }
    }
    Ok(memberships)
}

pub(super) async fn all(store: &SqliteStore) -> Result<Vec<User>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, username, display_name, email, instance_admin, disabled
         FROM auth_users ORDER BY username",
    )
    .fetch_all(&store.readers)
    .await
    .map_err(unavailable("listing users"))?;
    Ok(rows.into_iter().map(read).collect())
}

pub(super) async fn create(
    store: &SqliteStore,
    new: &User,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("creating a user").await?;
    let insert = sqlx::query(
        "INSERT INTO auth_users (id, username, display_name, email, email_key, instance_admin,
                                 disabled)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id.as_str())
    .bind(&new.username)
    .bind(&new.display_name)
    .bind(new.email.as_deref())
    .bind(new.email.as_deref().map(email_key))
    .bind(new.instance_admin)
    .bind(new.disabled);
    change.put(insert, "a user of this name").await?;
    change.commit(audit).await
}

pub(super) async fn delete(
    store: &SqliteStore,
    id: &UserId,
    audit: AuditEvent,
) -> Result<(), StoreError> {
    let mut change = store.change("deleting a user").await?;
    let delete = sqlx::query("DELETE FROM auth_users WHERE id = $1").bind(id.as_str());
    change.affect(delete, "user").await?;
    change.commit(audit).await
}
