//! The keys of an issuer, as this node has them.

use std::time::Duration;

use auth_core::Timestamp;
use axum::Json;
use axum::extract::{Path, State as Extracted};
use http::StatusCode;
use jwt_federation::{JwtIssuerId, RegistrationError};
use jwt_validation::{Algorithm, Serving, SourceState, UnixTime};
use serde::Serialize;
use serde_json::value::RawValue;

use super::super::body::Body;
use super::documents::Shown;
use crate::auth::Auth;
use crate::caller::Caller;
use crate::problem::Problem;

/// What this node has of an issuer's keys. Ages are in seconds.
#[derive(Serialize)]
pub(super) struct State {
    /// `fresh`, `stale` or `nothing`.
    serving: &'static str,
    /// How long ago the last fetch succeeded; `null` before that, and for a pasted set.
    age: Option<u64>,
    /// How long the set has been what it is, as far as this node knows.
    unchanged_for: Option<u64>,
    /// How much longer it serves if every fetch fails.
    serves_for: Option<u64>,
    /// How old a pasted set is.
    pasted_age: Option<u64>,
    keys: Vec<ShownKey>,
    skipped: Vec<Skipped>,
    last_error: Option<String>,
    last_error_age: Option<u64>,
    fetches: u64,
    failures: u64,
}

#[derive(Serialize)]
struct ShownKey {
    key_id: Option<String>,
    algorithms: Vec<&'static str>,
}

#[derive(Serialize)]
struct Skipped {
    key_id: Option<String>,
    reason: String,
}

impl State {
    pub(super) fn of(state: SourceState, now: Timestamp) -> Self {
        let seconds = |age: Option<Duration>| age.map(|age| age.as_secs());
        Self {
            serving: serving(state.serving),
            age: seconds(state.age),
            unchanged_for: seconds(state.unchanged_for),
            serves_for: seconds(state.serves_for),
            pasted_age: seconds(state.pasted_age(UnixTime::from_secs(now.as_secs()))),
            keys: state
                .keys
                .into_iter()
                .map(|key| ShownKey {
                    algorithms: key.algorithms.iter().map(Algorithm::name).collect(),
                    key_id: key.key_id,
                })
                .collect(),
            skipped: state
                .skipped
                .into_iter()
                .map(|skipped| Skipped {
                    reason: skipped.reason.to_string(),
                    key_id: skipped.key_id,
                })
                .collect(),
            // Without the operator's detail: it can hold internal addresses.
            last_error: state.last_error.map(|error| error.to_string()),
            last_error_age: seconds(state.last_error_age),
            fetches: state.counters.fetches,
            failures: state.counters.failures,
        }
    }
}

pub(crate) const fn serving(serving: Serving) -> &'static str {
    match serving {
        Serving::Fresh => "fresh",
        Serving::Stale => "stale",
        _ => "nothing",
    }
}

/// Puts a JWK Set in the place of the pasted one.
pub(super) async fn push(
    Extracted(auth): Extracted<Auth>,
    Caller(caller): Caller,
    Path((organization, id)): Path<(String, String)>,
    Body(jwks): Body<Box<RawValue>>,
) -> Result<Json<Shown>, Problem> {
    let organization = auth
        .administered_organization(&caller, &organization)
        .await?;
    let id = JwtIssuerId::new(id);
    let pushed = auth
        .issuers()
        .push_keys(&caller, &organization.id, &id, jwks.get().to_owned())
        .await?;
    Ok(Json(Shown::registered(&auth, pushed)))
}

/// Fetches the keys now.
pub(super) async fn refresh(
    Extracted(auth): Extracted<Auth>,
    Caller(caller): Caller,
    Path((organization, id)): Path<(String, String)>,
) -> Result<Json<State>, Problem> {
    let organization = auth
        .administered_organization(&caller, &organization)
        .await?;
    let id = JwtIssuerId::new(id);
    let registration = auth.issuers().one(&organization.id, &id).await?;
    let refused = |error: RegistrationError| match error {
        RegistrationError::Refused(error) => {
            Problem::new(StatusCode::BAD_GATEWAY, error.code(), error.to_string())
        }
        error => error.into(),
    };
    let state = auth.issuers().refresh(&registration).await;
    let state = state.map_err(refused)?;
    Ok(Json(State::of(state, auth.clock().now())))
}
