//! `POST /oidc/revoke`: the end of an access token before its time (RFC 7009). Holding the token is the
//! proof; there are no clients to authenticate.

use auth_core::{Credential, Request as CredentialRequest, Secret};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use http::request::Parts;

use crate::auth::Auth;
use crate::form::{Form, LONGEST_BODY, Refused};
use crate::layer::remote_address;

pub(crate) fn routes(auth: Auth) -> Router {
    Router::new()
        .route("/oidc/revoke", post(revoke))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(auth)
}

async fn revoke(State(auth): State<Auth>, parts: Parts, body: Bytes) -> Response {
    match answer(&auth, &parts, &body).await {
        // One answer for a token that was revoked and for one that needed nothing done, whatever it is
        // (RFC 7009 §2.2): the caller learns nothing of a token that it did not hold.
        Ok(()) => (StatusCode::OK, [(CACHE_CONTROL, "no-store")]).into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn answer(auth: &Auth, parts: &Parts, body: &[u8]) -> Result<(), Refused> {
    let form = Form::read(parts, body)?.without_client(parts, "the token")?;
    // A `token_type_hint` is of no use where there is one type (RFC 7009 §2.1 lets it be ignored).
    let token = form
        .get("token")
        .ok_or_else(|| Refused::new("invalid_request", "token is missing or empty"))?;
    let credential = Credential::AccessToken(Secret::new(token));
    let request =
        CredentialRequest::new(&credential, auth.clock().now()).from_address(remote_address(parts));
    let revoked = auth.tokens().revoke(request).await;
    // RFC 7009 §2.2.1: after a 503 the token must be assumed to live.
    revoked.map_err(|error| Refused::unavailable(&error, "the revocation"))
}
