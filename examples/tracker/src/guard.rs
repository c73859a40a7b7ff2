//! What holds for every route: requests that other sites cause, time, and headers of answers.

use std::time::Duration;

use auth_axum::Problem;
use axum::Router;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::timeout::TimeoutLayer;

/// How long an answer may take, its request's body included. The SDK gives up after 30 s itself, and takes
/// 503 for something that passes.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// Nothing but text, and a style sheet from here: no scripts, no frames, no forms.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'",
        ),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Puts the guards around all routes.
pub(crate) fn guard(routes: Router) -> Router {
    // A browser that was given an API key as a password adds it to the requests of any site.
    let csrf = CsrfLayer::new().with_rejection_response(refuse_cross_site);
    routes
        .layer(csrf)
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            LONGEST_REQUEST,
        ))
        .layer(axum::middleware::map_response(add_headers))
}

fn refuse_cross_site(_: ProtectionError) -> Response {
    let detail = "another site caused this request";
    Problem::new(StatusCode::FORBIDDEN, "request.cross_site", detail).into_response()
}

async fn add_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    // The paused clock goes on by itself whenever everybody waits, so nobody really does.
    #[tokio::test(start_paused = true)]
    async fn an_answer_that_never_comes_is_given_up() {
        let endless = async || std::future::pending::<()>().await;
        let app = guard(Router::new().route("/", get(endless)));
        let request = Request::get("/").body(Body::empty()).expect("a request");
        let answer = tokio::time::timeout(LONGEST_REQUEST * 2, app.oneshot(request)).await;
        let status = answer.expect("in time").expect("it is infallible").status();
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    }
}
