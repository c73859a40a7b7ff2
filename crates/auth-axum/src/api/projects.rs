//! Projects of a team, and those added to them by name.

use auth_core::{
    Identity, OrganizationId, PrincipalId, Project, ServiceAccountId, TeamRole, Visibility,
};
use axum::extract::{Path, State};
use axum::routing::{get, put};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::Body;
use super::organizations::NewMember;
use crate::auth::Auth;
use crate::caller::{Caller, Manage, Read, RequireProject};
use crate::problem::Problem;

pub(super) fn routes() -> Router<Auth> {
    let project = get(show).patch(change).delete(remove);
    Router::new()
        .route("/teams/{team}/projects", get(list).post(create))
        .route("/teams/{team}/projects/{project}", project)
        .route("/teams/{team}/projects/{project}/members", get(members))
        .route(
            "/teams/{team}/projects/{project}/members/{member}",
            put(set_member).delete(remove_member),
        )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    visibility: Visibility,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    visibility: Visibility,
}

async fn list(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(team): Path<String>,
) -> Result<Json<Vec<Project>>, Problem> {
    let team = auth.seen_team(&caller, &team).await?;
    Ok(Json(auth.access().projects_in(&caller, &team).await?))
}

async fn create(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(team): Path<String>,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Project>), Problem> {
    let team = auth.seen_team(&caller, &team).await?;
    let project = auth
        .access()
        .create_project_in(&caller, &team, &new.name, new.visibility)
        .await?;
    Ok((StatusCode::CREATED, Json(project)))
}

async fn show(allowed: RequireProject<Read>) -> Json<Project> {
    Json(allowed.project)
}

async fn change(
    State(auth): State<Auth>,
    allowed: RequireProject<Manage>,
    Body(change): Body<Change>,
) -> Result<StatusCode, Problem> {
    let RequireProject {
        identity, project, ..
    } = allowed;
    let audit = auth
        .event(&identity, "project.set_visibility")
        .within(&project.organization)
        .to("project", &project.id)
        .saying(format!(
            "{:?} to {:?}",
            project.visibility, change.visibility
        ));
    auth.store()
        .set_visibility(&project.id, change.visibility, audit)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove(
    State(auth): State<Auth>,
    allowed: RequireProject<Manage>,
) -> Result<StatusCode, Problem> {
    let RequireProject {
        identity, project, ..
    } = allowed;
    let audit = auth
        .event(&identity, "project.delete")
        .within(&project.organization)
        .to("project", &project.id)
        .saying(project.name);
    auth.store().delete_project(&project.id, audit).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn members(allowed: RequireProject<Manage>) -> Json<Vec<Value>> {
    let members = allowed.project.members.into_iter();
    let describe =
        |(id, role): (PrincipalId, TeamRole)| json!({ "member": id.to_string(), "role": role });
    Json(members.map(describe).collect())
}

async fn set_member(
    State(auth): State<Auth>,
    allowed: RequireProject<Manage>,
    Path((_, _, member)): Path<(String, String, String)>,
    Body(new): Body<NewMember<TeamRole>>,
) -> Result<StatusCode, Problem> {
    let RequireProject {
        identity, project, ..
    } = allowed;
    let member = find_member(&auth, &project.organization, &member).await?;
    let audit = event(&auth, &identity, "project.set_member", &project)
        .saying(format!("{member} as {:?}", new.role));
    auth.store()
        .set_project_member(&project.id, &member, new.role, audit)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_member(
    State(auth): State<Auth>,
    allowed: RequireProject<Manage>,
    Path((_, _, member)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let RequireProject {
        identity, project, ..
    } = allowed;
    let member = find_member(&auth, &project.organization, &member).await?;
    let audit =
        event(&auth, &identity, "project.remove_member", &project).saying(member.to_string());
    auth.store()
        .remove_project_member(&project.id, &member, audit)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `user:USERNAME` or `service-account:ID`, of the project's organization.
async fn find_member(
    auth: &Auth,
    organization: &OrganizationId,
    text: &str,
) -> Result<PrincipalId, Problem> {
    match text.split_once(':') {
        Some(("user", name)) => Ok(PrincipalId::User(
            auth.member_of(organization, name).await?.id,
        )),
        Some(("service-account", id)) => {
            let id = ServiceAccountId::new(id);
            let account = auth.store().account(&id).await?;
            match account {
                Some(account) if account.scope.organization() == organization => {
                    Ok(PrincipalId::ServiceAccount(id))
                }
                _ => Err(Problem::not_found("service account")),
            }
        }
        _ => Err(Problem::bad_request(
            "a member is `user:USERNAME` or `service-account:ID`",
        )),
    }
}

fn event(
    auth: &Auth,
    by: &Identity,
    action: &'static str,
    project: &Project,
) -> auth_core::AuditEvent {
    auth.event(by, action)
        .within(&project.organization)
        .to("project", &project.id)
}
