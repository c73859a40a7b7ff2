//! Why an assertion is, or would be, refused.

use std::net::IpAddr;

use auth_core::Secret;
use axum::Json;
use axum::extract::{Path, State};
use jwt_federation::Explained;
use serde::Deserialize;

use super::super::body::Body;
use crate::auth::Auth;
use crate::caller::Caller;
use crate::problem::Problem;

/// What is to be explained. The token is kept nowhere, and stands in no log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    token: String,
    /// From where it would be presented.
    remote_address: Option<IpAddr>,
}

pub(super) async fn explain(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(organization): Path<String>,
    Body(question): Body<Question>,
) -> Result<Json<Explained>, Problem> {
    let organization = auth
        .administered_organization(&caller, &organization)
        .await?;
    let token = Secret::new(question.token);
    let explained = auth
        .exchange()
        .explain(
            &organization,
            &token,
            question.remote_address,
            auth.clock().now(),
        )
        .await?;
    // That somebody asked is noted, with the answer's code; of the token, nothing.
    let mut event = auth
        .event(&caller, "jwt_issuer.explain")
        .within(&organization.id)
        .saying(explained.code.unwrap_or("accepted"));
    if let Some(registration) = &explained.registration {
        event = event.to("jwt-issuer", registration);
    }
    auth.store().record(event).await?;
    Ok(Json(explained))
}
