//! Refusals on pages: a problem, for people.

use askama::Template;
use auth_axum::{AccessError, Problem};
use auth_core::StoreError;
use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// A problem that is shown as a page.
#[derive(Debug)]
pub(crate) struct Refused(Problem);

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage<'a> {
    title: &'a str,
    detail: &'a str,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(problem) = self;
        let title = problem.status().canonical_reason().unwrap_or("Refused");
        let html = RefusalPage {
            title,
            detail: problem.detail(),
        }
        .render();
        let mut response = problem.into_response();
        // Status and headers stay: on a 401 the browser's prompt depends on its challenge.
        if let Ok(html) = html {
            let headers = response.headers_mut();
            headers.remove(CONTENT_LENGTH);
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            );
            *response.body_mut() = Body::from(html);
        }
        response
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<AccessError> for Refused {
    fn from(error: AccessError) -> Self {
        Self(error.into())
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl From<askama::Error> for Refused {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page can't be written");
        let detail = "the page can't be written";
        Self(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            detail,
        ))
    }
}
