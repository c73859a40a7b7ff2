//! `POST /oidc/token`: the exchange of an assertion (RFC 7523 §2.1), without client authentication.

use std::collections::HashMap;

use auth_core::{Credential, Error, ErrorKind, Request as CredentialRequest, Secret};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::auth::Auth;
use crate::layer::remote_address;

/// The one grant type that is served.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// An assertion has at most 16 KiB; percent-encoding triples it at worst.
const LONGEST_BODY: usize = 64 * 1024;

/// The most parameters that are looked at.
const MOST_PARAMETERS: usize = 16;

pub(crate) fn routes(auth: Auth) -> Router {
    Router::new()
        .route("/oidc/token", post(exchange))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(auth)
}

/// An error answer (RFC 6749 §5.2).
#[derive(Debug)]
struct Refused {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl Refused {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            description: description.into(),
        }
    }
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
    if parts.uri.query().is_some() {
        return Err(invalid("send the parameters in the body, not in the URL"));
    }
    if !is_form(parts) {
        return Err(invalid(
            "send the parameters as application/x-www-form-urlencoded",
        ));
    }
    let mut parameters = HashMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        // RFC 6749 §3.2: a parameter without a value counts as absent, and none may come twice.
        if value.is_empty() {
            continue;
        }
        if parameters.len() >= MOST_PARAMETERS || parameters.insert(name, value).is_some() {
            return Err(invalid("each parameter may be sent once"));
        }
    }
    // There are no clients to authenticate; credentials that can't be checked are not ignored
    // (RFC 7521 §4.1).
    let client = [
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
    ];
    if parts.headers.contains_key(AUTHORIZATION)
        || client.iter().any(|c| parameters.contains_key(*c))
    {
        return Err(Refused {
            status: StatusCode::UNAUTHORIZED,
            ..Refused::new(
                "invalid_client",
                "send no client credentials; the assertion is enough",
            )
        });
    }
    match parameters.get("grant_type").map(AsRef::as_ref) {
        None => return Err(invalid("grant_type is missing")),
        Some(JWT_BEARER) => {}
        Some(_) => {
            let description = format!("the one grant type that is served is {JWT_BEARER}");
            return Err(Refused::new("unsupported_grant_type", description));
        }
    }
    if parameters.contains_key("scope") {
        let description = "there are no scopes; a token is confined to its organization, and its \
                           rights are looked up";
        return Err(Refused::new("invalid_scope", description));
    }
    match parameters.get("assertion") {
        Some(assertion) if !assertion.trim_ascii().is_empty() => {
            Ok(Secret::new(assertion.as_ref()))
        }
        _ => Err(invalid("assertion is missing or empty")),
    }
}

fn is_form(parts: &Parts) -> bool {
    let mut values = parts.headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let media_type = value
        .to_str()
        .ok()
        .and_then(|value| value.split(';').next());
    media_type.is_some_and(|m| {
        m.trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

fn refused(error: &Error) -> Refused {
    match error.kind() {
        ErrorKind::Rejected | ErrorKind::Expired | ErrorKind::Malformed => {
            Refused::new("invalid_grant", error.to_string())
        }
        // RFC 6585 §4; clients wait and try again.
        ErrorKind::Throttled => Refused {
            status: StatusCode::TOO_MANY_REQUESTS,
            ..Refused::new("temporarily_unavailable", error.to_string())
        },
        // Retried by clients, as it should be.
        _ => {
            tracing::error!(
                code = error.code(),
                detail = error.detail(),
                "the exchange is unavailable"
            );
            Refused {
                status: StatusCode::SERVICE_UNAVAILABLE,
                error: "temporarily_unavailable",
                description: format!("{error}; try again"),
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        let mut response = uncached(self.status, body.to_string());
        let is_temporary = [
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::TOO_MANY_REQUESTS,
        ];
        if is_temporary.contains(&self.status) {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"token\"");
            response
                .headers_mut()
                .insert(http::header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// RFC 6749 §5.1: neither tokens nor their refusal may be cached.
fn uncached(status: StatusCode, body: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
        (PRAGMA, "no-cache"),
    ];
    (status, headers, body).into_response()
}
