//! Drafts of registrations, for the platforms that people have.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use jwt_federation::trust::{Parameter, Preset, TrustPolicy, Warning};
use serde::{Deserialize, Serialize};

use super::super::body::Body;
use crate::auth::Auth;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes() -> Router<Auth> {
    Router::new()
        .route("/jwt-issuer-presets", get(list))
        .route("/jwt-issuer-presets/{preset}", post(fill))
}

#[derive(Serialize)]
struct Shown {
    name: &'static str,
    title: &'static str,
    parameters: &'static [Parameter],
}

async fn list(Caller(_): Caller) -> Json<Vec<Shown>> {
    let shown = Preset::all().iter().map(|preset| Shown {
        name: preset.name(),
        title: preset.title(),
        parameters: preset.parameters(),
    });
    Json(shown.collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    parameters: BTreeMap<String, String>,
}

/// A draft to register, or to change before that. Nothing is stored.
#[derive(Serialize)]
struct Draft {
    issuer: String,
    policy: TrustPolicy,
    /// The subject of an external account that fits, where one subject is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

async fn fill(
    Caller(_): Caller,
    Path(name): Path<String>,
    Body(wanted): Body<Wanted>,
) -> Result<Json<Draft>, Problem> {
    let preset = Preset::from_name(&name).ok_or_else(|| Problem::not_found("preset"))?;
    let refused = |error: jwt_federation::TrustError| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Problem::new(status, error.code(), error.to_string())
    };
    let filled = preset.fill(&wanted.parameters).map_err(refused)?;
    let warnings = filled.policy.validate(&filled.issuer).map_err(refused)?;
    Ok(Json(Draft {
        issuer: filled.issuer,
        policy: filled.policy,
        subject: filled.subject,
        warnings,
    }))
}
