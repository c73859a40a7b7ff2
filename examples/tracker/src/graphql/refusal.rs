//! Refusals inside GraphQL: a problem in the form that GraphQL has for errors.

use std::sync::Arc;

use async_graphql::{Error, ErrorExtensionValues, Response};
use auth_axum::{AccessError, Problem};
use auth_core::StoreError;
use axum::http::StatusCode;

/// What a resolver gives, or the problem that stood in its way.
pub(super) type Refused<T> = Result<T, Refusal>;

/// A problem that goes to the caller as a GraphQL error, and keeps its HTTP status.
#[derive(Clone, Debug)]
pub(super) struct Refusal(Problem);

impl Refusal {
    pub(super) const fn new(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<AccessError> for Refusal {
    fn from(error: AccessError) -> Self {
        Self(error.into())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl From<Refusal> for Error {
    fn from(Refusal(problem): Refusal) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", code(problem.status()));
        extensions.set("rule", problem.code());
        Self {
            message: problem.detail().to_owned(),
            source: Some(Arc::new(problem)),
            extensions: Some(extensions),
        }
    }
}

/// The HTTP status of an answer: of its first error, or 200.
///
/// An error without a problem was found by the GraphQL layer itself: the query was wrong.
pub(super) fn status(response: &Response) -> StatusCode {
    let Some(error) = response.errors.first() else {
        return StatusCode::OK;
    };
    match error
        .source::<Problem>()
        .map_or(StatusCode::BAD_REQUEST, Problem::status)
    {
        // The SDK takes 409 for something that passes, and tries again for minutes.
        StatusCode::CONFLICT => StatusCode::UNPROCESSABLE_ENTITY,
        status => status,
    }
}

/// The names that the SDK's own server uses.
fn code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "PERMISSION_ERROR",
        StatusCode::NOT_FOUND => "NOT_FOUND",
        status if status.is_server_error() => "UNAVAILABLE",
        _ => "BAD_USER_INPUT",
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Pos, Value};

    use super::*;

    #[test]
    fn no_refusal_looks_like_something_that_passes() {
        let conflict = StoreError::Conflict { what: "the run" };
        let error = Error::from(Refusal::from(conflict)).into_server_error(Pos::default());
        let response = Response::from_errors(vec![error]);
        assert_eq!(status(&response), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(status(&Response::new(Value::Null)), StatusCode::OK);
    }
}
