//! What holds for every answer of the administration.

use auth_core::{AuditEvent, AuditSink, Outcome};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, StatusCode};

use crate::auth::Auth;
use crate::caller::Caller;
use crate::layer::remote_address;
use crate::problem::ProblemCode;

/// Keeps answers out of caches, since some hold a secret, and refusals in the audit log.
pub(super) async fn guard(State(auth): State<Auth>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let caller = parts.extensions.get::<Caller>().cloned();
    let address = remote_address(&parts);
    let asked = format!("{} {}", parts.method, parts.uri.path());
    let mut response = next.run(Request::from_parts(parts, body)).await;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let (StatusCode::FORBIDDEN, Some(Caller(caller))) = (response.status(), caller) {
        let code = response
            .extensions()
            .get()
            .map_or("forbidden", |ProblemCode(code)| code);
        let outcome = Outcome::Refused { code };
        let event = AuditEvent::new(auth.clock().now(), "administration", outcome)
            .by(&caller)
            .from_address(address)
            .saying(asked.chars().take(512).collect::<String>());
        AuditSink::record_refusal(auth.store(), event);
    }
    response
}
