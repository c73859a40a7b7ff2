//! `POST /oidc/introspect`: what an access token means at this moment (RFC 7662). Off unless the host
//! asks for it.
//!
//! The caller signs in as for every other request, and is told of tokens of its own organization only:
//! of all others, as of API keys and of text that is no token, it learns that they are not active. Whoever
//! administers the instance, and is not confined to an organization, is told of all, as of everything
//! else.

use auth_core::access::{Realm, decide_administration};
use auth_core::{Identity, OrganizationId, Principal, Secret};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::StatusCode;
use http::request::Parts;
use jwt_federation::ActiveToken;
use serde_json::{Value, json};

use crate::auth::Auth;
use crate::form::{Form, LONGEST_BODY, Refused, uncached};
use crate::layer::identify;
use crate::problem::Problem;

pub(crate) fn routes(auth: Auth) -> Router {
    Router::new()
        .route("/oidc/introspect", post(introspect))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(auth)
}

async fn introspect(State(auth): State<Auth>, parts: Parts, body: Bytes) -> Response {
    // First of all: RFC 7662 §4 forbids answers to nobody, since tokens could be tried.
    let caller = match identify(&auth, &parts).await {
        Ok(Some(caller)) => caller,
        Ok(None) => return Problem::unauthenticated().into_response(),
        Err(problem) => return problem.into_response(),
    };
    match answer(&auth, &caller, &parts, &body).await {
        Ok(description) => uncached(StatusCode::OK, description.to_string()),
        Err(refused) => refused.into_response(),
    }
}

async fn answer(
    auth: &Auth,
    caller: &Identity,
    parts: &Parts,
    body: &[u8],
) -> Result<Value, Refused> {
    let form = Form::read(parts, body)?.without_client_parameters("the Authorization header")?;
    let token = form
        .get("token")
        .ok_or_else(|| Refused::new("invalid_request", "token is missing or empty"))?;
    let active = auth
        .tokens()
        .introspect(&Secret::new(token), auth.clock().now())
        .await
        .map_err(|error| Refused::unavailable(&error, "the introspection"))?;
    let seen = active.filter(|active| may_see(caller, &active.organization));
    // RFC 7662 §2.2: nothing but this of a token that is not the caller's business.
    Ok(seen.map_or_else(|| json!({ "active": false }), |active| describe(&active)))
}

/// Whether `caller` is of `organization`, or administers the instance.
fn may_see(caller: &Identity, organization: &OrganizationId) -> bool {
    let is_of_it = match caller.principal() {
        Principal::User { memberships, .. } => {
            memberships.organization_role(organization).is_some()
        }
        Principal::ServiceAccount { scope, .. } => scope.organization() == organization,
        _ => false,
    };
    let realm = Realm::Organization(organization);
    (is_of_it && caller.may_enter(organization))
        || decide_administration(caller, realm).granted().is_ok()
}

fn describe(active: &ActiveToken) -> Value {
    let claim = |name| active.claims.claim(name);
    json!({
        "active": true,
        "iss": claim("iss"),
        "sub": claim("sub"),
        "aud": claim("aud"),
        "exp": claim("exp"),
        "iat": claim("iat"),
        "jti": claim("jti"),
        "client_id": claim("client_id"),
        "token_type": "Bearer",
        "username": active.principal.name(),
        "organization": active.organization.as_str(),
    })
}
