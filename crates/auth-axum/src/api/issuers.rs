//! JWT issuers of an organization.

use auth_core::Timestamp;
use axum::extract::{Path, State};
use axum::routing::{delete, get};
use axum::{Json, Router};
use http::StatusCode;
use jwt_federation::{JwtIssuer, JwtIssuerId};
use serde::{Deserialize, Serialize};

use super::body::Body;
use crate::auth::Auth;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes() -> Router<Auth> {
    Router::new()
        .route(
            "/organizations/{organization}/jwt-issuers",
            get(list).post(create),
        )
        .route(
            "/organizations/{organization}/jwt-issuers/{issuer}",
            delete(remove),
        )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    issuer: String,
}

#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    issuer: String,
    created_at: Timestamp,
    created_by: String,
    /// Why the keys could not be fetched yet; absent where they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
}

impl From<JwtIssuer> for Shown {
    fn from(issuer: JwtIssuer) -> Self {
        Self {
            id: issuer.id.to_string(),
            issuer: issuer.issuer,
            created_at: issuer.created_at,
            created_by: issuer.created_by.to_string(),
            warning: None,
        }
    }
}

async fn list(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(organization): Path<String>,
) -> Result<Json<Vec<Shown>>, Problem> {
    let organization = auth
        .administered_organization(&caller, &organization)
        .await?;
    let issuers = auth.issuers().of(&organization.id).await?;
    Ok(Json(issuers.into_iter().map(Shown::from).collect()))
}

async fn create(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(organization): Path<String>,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Shown>), Problem> {
    let organization = auth
        .administered_organization(&caller, &organization)
        .await?;
    let registered = auth
        .issuers()
        .register(&caller, &organization.id, &new.issuer)
        .await?;
    let warning = registered.unreachable.map(|error| error.to_string());
    let shown = Shown {
        warning,
        ..Shown::from(registered.issuer)
    };
    Ok((StatusCode::CREATED, Json(shown)))
}

async fn remove(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((organization, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let organization = auth
        .administered_organization(&caller, &organization)
        .await?;
    auth.issuers()
        .remove(&caller, &organization.id, &JwtIssuerId::new(id))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
