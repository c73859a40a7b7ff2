//! `/organizations` and their members.

use auth_core::{
    Identity, Organization, OrganizationId, OrganizationRole, Principal, StoreError, check_name,
};
use axum::extract::{Path, State};
use axum::routing::{get, put};
use axum::{Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::body::Body;
use super::lookup::require_instance_admin;
use crate::auth::Auth;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes() -> Router<Auth> {
    Router::new()
        .route("/organizations", get(list).post(create))
        .route("/organizations/{organization}", get(show).delete(remove))
        .route("/organizations/{organization}/members", get(members))
        .route(
            "/organizations/{organization}/members/{user}",
            put(set_member).delete(remove_member),
        )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
}

/// A member, with the role.
#[derive(Debug, Serialize)]
pub(super) struct Member<Role> {
    username: String,
    display_name: String,
    role: Role,
}

impl<Role> From<auth_core::Membership<Role>> for Member<Role> {
    fn from((user, role): auth_core::Membership<Role>) -> Self {
        Self {
            username: user.username,
            display_name: user.display_name,
            role,
        }
    }
}

/// What makes somebody a member.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMember<Role> {
    pub(super) role: Role,
}

async fn list(
    State(auth): State<Auth>,
    Caller(caller): Caller,
) -> Result<Json<Vec<Organization>>, Problem> {
    let mut organizations = auth.store().organizations().await?;
    if require_instance_admin(&caller).is_err() {
        organizations.retain(|organization| is_member(&caller, &organization.id));
    }
    Ok(Json(organizations))
}

fn is_member(caller: &Identity, organization: &OrganizationId) -> bool {
    caller.may_enter(organization)
        && match caller.principal() {
            Principal::User { memberships, .. } => {
                memberships.organization_role(organization).is_some()
            }
            _ => caller.organization() == Some(organization),
        }
}

async fn create(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Organization>), Problem> {
    require_instance_admin(&caller)?;
    check_name(&new.name)?;
    let id = OrganizationId::random(auth.random()).map_err(StoreError::from)?;
    let organization = Organization { id, name: new.name };
    let audit = auth
        .event(&caller, "organization.create")
        .within(&organization.id)
        .to("organization", &organization.id)
        .saying(organization.name.as_str());
    auth.store()
        .create_organization(&organization, audit)
        .await?;
    Ok((StatusCode::CREATED, Json(organization)))
}

async fn show(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<Json<Organization>, Problem> {
    Ok(Json(auth.seen_organization(&caller, &name).await?))
}

async fn remove(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let organization = auth.seen_organization(&caller, &name).await?;
    require_instance_admin(&caller)?;
    let audit = auth
        .event(&caller, "organization.delete")
        .within(&organization.id)
        .to("organization", &organization.id)
        .saying(organization.name);
    auth.store()
        .delete_organization(&organization.id, audit)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn members(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<Json<Vec<Member<OrganizationRole>>>, Problem> {
    let organization = auth.seen_organization(&caller, &name).await?;
    let members = auth.store().organization_members(&organization.id).await?;
    Ok(Json(members.into_iter().map(Member::from).collect()))
}

async fn set_member(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((name, user)): Path<(String, String)>,
    Body(new): Body<NewMember<OrganizationRole>>,
) -> Result<StatusCode, Problem> {
    let organization = auth.administered_organization(&caller, &name).await?;
    let user = auth.recruit(&caller, &organization.id, &user).await?;
    let audit = auth
        .event(&caller, "organization.set_member")
        .within(&organization.id)
        .to("user", &user.id)
        .saying(format!("{} as {:?}", user.username, new.role));
    auth.store()
        .set_organization_member(&organization.id, &user.id, new.role, audit)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_member(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((name, user)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let organization = auth.administered_organization(&caller, &name).await?;
    let user = auth.member_of(&organization.id, &user).await?;
    let audit = auth
        .event(&caller, "organization.remove_member")
        .within(&organization.id)
        .to("user", &user.id)
        .saying(user.username);
    auth.store()
        .remove_organization_member(&organization.id, &user.id, audit)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
