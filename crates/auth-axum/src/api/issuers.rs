//! JWT issuers of an organization.

mod documents;
mod explain;
mod keys;
mod presets;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use http::StatusCode;
use jwt_federation::{JwtIssuerId, NewIssuer};

use super::body::Body;
use crate::api::issuers::documents::{Change, New, Shown};
use crate::auth::Auth;
use crate::caller::Caller;
use crate::problem::Problem;

/// A policy has at most 64 KiB, a pasted key set 128 KiB, a file of certificates 64 KiB.
const LONGEST_BODY: usize = 320 * 1024;

pub(super) fn routes() -> Router<Auth> {
    let of_organization = "/organizations/{organization}/jwt-issuers";
    Router::new()
        .route(of_organization, get(list).post(create))
        .route(
            &format!("{of_organization}/explain"),
            post(explain::explain),
        )
        .route(
            &format!("{of_organization}/{{issuer}}"),
            get(show).patch(change).delete(remove),
        )
        .route(
            &format!("{of_organization}/{{issuer}}/keys"),
            put(keys::push),
        )
        .route(
            &format!("{of_organization}/{{issuer}}/keys/refresh"),
            post(keys::refresh),
        )
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .merge(presets::routes())
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
    let shown = issuers
        .into_iter()
        .map(|issuer| Shown::of(&auth, issuer))
        .collect();
    Ok(Json(shown))
}

async fn show(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((organization, id)): Path<(String, String)>,
) -> Result<Json<Shown>, Problem> {
    let organization = auth
        .administered_organization(&caller, &organization)
        .await?;
    let id = JwtIssuerId::new(id);
    let issuer = auth.issuers().one(&organization.id, &id).await?;
    Ok(Json(Shown::of(&auth, issuer)))
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
    let (issuer, settings) = new.into_settings(auth.clock().now())?;
    let registered = auth
        .issuers()
        .register(&caller, &organization.id, NewIssuer::new(issuer, settings))
        .await?;
    let shown = Shown::registered(&auth, registered);
    Ok((StatusCode::CREATED, Json(shown)))
}

async fn change(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((organization, id)): Path<(String, String)>,
    Body(change): Body<Change>,
) -> Result<Json<Shown>, Problem> {
    let organization = auth
        .administered_organization(&caller, &organization)
        .await?;
    let id = JwtIssuerId::new(id);
    let issuers = auth.issuers();
    let present = issuers.one(&organization.id, &id).await?;
    let revision = change.revision();
    // What is merged into must be what the caller read.
    if present.revision != revision {
        let what = "a later revision of this JWT issuer";
        return Err(auth_core::StoreError::Conflict { what }.into());
    }
    let settings = change.apply(present.settings, auth.clock().now())?;
    let changed = issuers
        .update(&caller, &organization.id, &id, revision, settings)
        .await?;
    Ok(Json(Shown::registered(&auth, changed)))
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
