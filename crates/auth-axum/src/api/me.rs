//! `/me`: who calls.

use auth_core::{Attribution, Principal};
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::auth::Auth;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes() -> Router<Auth> {
    Router::new().route("/me", get(show))
}

async fn show(State(auth): State<Auth>, Caller(caller): Caller) -> Result<Json<Value>, Problem> {
    let teams = auth.access().teams_of(&caller).await?;
    let default_team = auth.access().default_team(&caller).await?;
    let kind = match caller.principal() {
        Principal::User { .. } => "user",
        _ => "service_account",
    };
    let attribution = match caller.attribution() {
        Attribution::Credited(user) => json!({ "status": "credited", "username": user.username }),
        Attribution::Unqualified { claimed } => {
            json!({ "status": "unqualified", "claimed": claimed })
        }
        _ => Value::Null,
    };
    Ok(Json(json!({
        "id": caller.principal().id().to_string(),
        "kind": kind,
        "name": caller.principal().name(),
        "confined_to_organization": caller.organization(),
        "method": caller.method(),
        "authenticated_at": caller.authenticated_at(),
        "expires_at": caller.expires_at(),
        "default_team": default_team.map(|team| team.name),
        "teams": teams.into_iter().map(|team| team.name).collect::<Vec<_>>(),
        "attribution": attribution,
    })))
}
