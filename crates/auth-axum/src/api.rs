//! Administration as JSON, under `/api/v1`.
//!
//! One file per kind of thing. Each handler looks things up by the names in the path, decides, and
//! acts. What belongs to an organization that the caller has no part in is 404, as if it were
//! not there; what the caller may see but not do is 403, with the rule.

mod body;
mod guard;
mod issuers;
mod lookup;
mod me;
mod organizations;
mod projects;
mod service_accounts;
mod signing_keys;
mod teams;
mod users;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;

use crate::auth::Auth;
use crate::problem::Problem;

/// No body here holds more than a few short texts.
const LONGEST_BODY: usize = 64 * 1024;

pub(crate) fn routes(auth: Auth) -> Router {
    Router::new()
        .merge(me::routes())
        .merge(users::routes())
        .merge(organizations::routes())
        .merge(teams::routes())
        .merge(projects::routes())
        .merge(issuers::routes())
        .merge(service_accounts::routes())
        .merge(signing_keys::routes())
        .fallback(async || Problem::not_found("resource"))
        .layer(from_fn_with_state(auth.clone(), guard::guard))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(auth)
}
