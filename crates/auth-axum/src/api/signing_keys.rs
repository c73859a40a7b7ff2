//! `/signing-keys`: the keys of our access tokens, for those who administer the instance.

use auth_core::Timestamp;
use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::StatusCode;
use jwt_federation::SigningKey;
use serde::Serialize;

use super::lookup::require_instance_admin;
use crate::auth::Auth;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes() -> Router<Auth> {
    Router::new()
        .route("/signing-keys", get(list))
        .route("/signing-keys/rotate", post(rotate))
        .route("/signing-keys/{key_id}", delete(withdraw))
}

/// Nothing of it is private; the public key is in the JWK Set.
#[derive(Debug, Serialize)]
struct Shown {
    key_id: String,
    algorithm: &'static str,
    created_at: Timestamp,
    signs_from: Timestamp,
    /// `published`, `signing` or `verifying`.
    state: &'static str,
}

impl From<SigningKey> for Shown {
    fn from(key: SigningKey) -> Self {
        Self {
            key_id: key.key_id,
            algorithm: key.algorithm.name(),
            created_at: key.created_at,
            signs_from: key.signs_from,
            state: key.state.name(),
        }
    }
}

async fn list(
    State(auth): State<Auth>,
    Caller(caller): Caller,
) -> Result<Json<Vec<Shown>>, Problem> {
    require_instance_admin(&caller)?;
    all(&auth).await
}

/// Makes a key that signs once it has been published for long enough. The answer is all keys.
async fn rotate(
    State(auth): State<Auth>,
    Caller(caller): Caller,
) -> Result<(StatusCode, Json<Vec<Shown>>), Problem> {
    require_instance_admin(&caller)?;
    auth.signing_keys().rotate(Some(&caller)).await?;
    Ok((StatusCode::CREATED, all(&auth).await?))
}

async fn withdraw(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(key_id): Path<String>,
) -> Result<StatusCode, Problem> {
    require_instance_admin(&caller)?;
    auth.signing_keys().withdraw(&key_id, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn all(auth: &Auth) -> Result<Json<Vec<Shown>>, Problem> {
    let keys = auth.signing_keys().list().await?;
    Ok(Json(keys.into_iter().map(Shown::from).collect()))
}
