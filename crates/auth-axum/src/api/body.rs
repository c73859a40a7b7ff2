//! JSON bodies, read strictly.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A JSON body of the shape `T`; anything else is answered with a problem that says what is wrong.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(JsonRejection::JsonDataError(error)) => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "request.invalid",
                error.body_text(),
            )),
            Err(error) => Err(Problem::new(
                error.status(),
                "request.invalid",
                error.body_text(),
            )),
        }
    }
}
