//! `POST /oidc/token`: the exchange of an assertion (RFC 7523 §2.1), without client authentication.

use auth_core::{Credential, Error, ErrorKind, Request as CredentialRequest, Secret};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::StatusCode;
use http::request::Parts;
use serde_json::json;

use crate::auth::Auth;
use crate::form::{Form, LONGEST_BODY, Refused, uncached};
use crate::layer::remote_address;

/// The one grant type that is served.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

pub(crate) fn routes(auth: Auth) -> Router {
    Router::new()
        .route("/oidc/token", post(exchange))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(auth)
}

async fn exchange(State(auth): State<Auth>, parts: Parts, body: Bytes) -> Response {
    match answer(&auth, &parts, &body).await {
        Ok(response) => response,
        Err(refused) => refused.into_response(),
    }
}

async fn answer(auth: &Auth, parts: &Parts, body: &[u8]) -> Result<Response, Refused> {
    let assertion = assertion(parts, body)?;
    let credential = Credential::Assertion(assertion);
    let request =
        CredentialRequest::new(&credential, auth.clock().now()).from_address(remote_address(parts));
    let issued = auth
        .exchange()
        .exchange(request)
        .await
        .map_err(|error| refused(&error))?;
    let body = json!({
        "access_token": issued.access_token.expose(),
        "token_type": "Bearer",
        // An integer: clients refuse 3600.0 and "3600".
        "expires_in": issued.expires_in.as_secs(),
    });
    Ok(uncached(StatusCode::OK, body.to_string()))
}

/// Reads the request's one assertion.
fn assertion(parts: &Parts, body: &[u8]) -> Result<Secret, Refused> {
    let invalid = |description: &str| Refused::new("invalid_request", description);
    let form = Form::read(parts, body)?.without_client(parts, "the assertion")?;
    match form.get("grant_type") {
        None => return Err(invalid("grant_type is missing")),
        Some(JWT_BEARER) => {}
        Some(_) => {
            let description = format!("the one grant type that is served is {JWT_BEARER}");
            return Err(Refused::new("unsupported_grant_type", description));
        }
    }
    if form.get("scope").is_some() {
        let description = "there are no scopes; a token is confined to its organization, and its \
                           rights are looked up";
        return Err(Refused::new("invalid_scope", description));
    }
    match form.get("assertion") {
        Some(assertion) if !assertion.trim_ascii().is_empty() => Ok(Secret::new(assertion)),
        _ => Err(invalid("assertion is missing or empty")),
    }
}

fn refused(error: &Error) -> Refused {
    match error.kind() {
        ErrorKind::Rejected | ErrorKind::Expired | ErrorKind::Malformed => {
            Refused::new("invalid_grant", error.to_string())
        }
        // RFC 6585 §4; clients wait and try again.
        ErrorKind::Throttled => Refused::throttled(error),
        _ => Refused::unavailable(error, "the exchange"),
    }
}
