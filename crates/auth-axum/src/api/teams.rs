//! Teams of an organization, and their members.

use auth_core::access::{self, Realm};
use auth_core::{Principal, StoreError, Team, TeamId, TeamRole, check_name};
use axum::extract::{Path, State};
use axum::routing::{get, put};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;

use super::body::Body;
use super::organizations::{Member, NewMember};
use crate::auth::Auth;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes() -> Router<Auth> {
    Router::new()
        .route(
            "/organizations/{organization}/teams",
            get(list).post(create),
        )
        .route("/teams/{team}", get(show).delete(remove))
        .route("/teams/{team}/members", get(members))
        .route(
            "/teams/{team}/members/{user}",
            put(set_member).delete(remove_member),
        )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
}

async fn list(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(organization): Path<String>,
) -> Result<Json<Vec<Team>>, Problem> {
    let organization = auth.seen_organization(&caller, &organization).await?;
    Ok(Json(auth.store().teams(&organization.id).await?))
}

async fn create(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(organization): Path<String>,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Team>), Problem> {
    let organization = auth
        .administered_organization(&caller, &organization)
        .await?;
    check_name(&new.name)?;
    let team = Team {
        id: TeamId::random(auth.random()).map_err(StoreError::from)?,
        organization: organization.id,
        name: new.name,
    };
    let audit = auth
        .event(&caller, "team.create")
        .within(&team.organization)
        .to("team", &team.id)
        .saying(team.name.as_str());
    auth.store().create_team(&team, audit).await?;
    Ok((StatusCode::CREATED, Json(team)))
}

async fn show(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(team): Path<String>,
) -> Result<Json<Team>, Problem> {
    Ok(Json(auth.seen_team(&caller, &team).await?))
}

async fn remove(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(team): Path<String>,
) -> Result<StatusCode, Problem> {
    let team = auth.seen_team(&caller, &team).await?;
    // A team goes with everything in it, so its own administrators can't do that.
    let realm = Realm::Organization(&team.organization);
    access::decide_administration(&caller, realm).granted()?;
    let audit = auth
        .event(&caller, "team.delete")
        .within(&team.organization)
        .to("team", &team.id)
        .saying(team.name);
    auth.store().delete_team(&team.id, audit).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn members(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(team): Path<String>,
) -> Result<Json<Vec<Member<TeamRole>>>, Problem> {
    let team = auth.seen_team(&caller, &team).await?;
    if let Principal::ServiceAccount { .. } = caller.principal() {
        access::decide_administration(&caller, Realm::Team(&team)).granted()?;
    }
    let members = auth.store().team_members(&team.id).await?;
    Ok(Json(members.into_iter().map(Member::from).collect()))
}

async fn set_member(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((team, user)): Path<(String, String)>,
    Body(new): Body<NewMember<TeamRole>>,
) -> Result<StatusCode, Problem> {
    let team = auth.administered_team(&caller, &team).await?;
    let user = auth.member_of(&team.organization, &user).await?;
    let audit = auth
        .event(&caller, "team.set_member")
        .within(&team.organization)
        .to("user", &user.id)
        .saying(format!(
            "{} in {} as {:?}",
            user.username, team.name, new.role
        ));
    auth.store()
        .set_team_member(&team.id, &user.id, new.role, audit)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_member(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((team, user)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let team = auth.administered_team(&caller, &team).await?;
    let user = auth.member_of(&team.organization, &user).await?;
    let audit = auth
        .event(&caller, "team.remove_member")
        .within(&team.organization)
        .to("user", &user.id)
        .saying(format!("{} in {}", user.username, team.name));
    auth.store()
        .remove_team_member(&team.id, &user.id, audit)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
