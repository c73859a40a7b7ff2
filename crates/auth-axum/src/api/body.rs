//! JSON bodies, read strictly, and no trust in what was decided before they came.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use serde::de::DeserializeOwned;

use crate::auth::Auth;
use crate::caller::Caller;
use crate::layer::identify;
use crate::problem::Problem;

/// A body here has a few short texts; who sends it slower than this holds the connection for another
/// reason.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A JSON body of the shape `T`; anything else is answered with a problem that says what is wrong.
///
/// The caller was recognised before the body came. Whoever holds the body back must not keep rights
/// that were withdrawn meanwhile, so the credential is judged again once it is here.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequest<Auth> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, auth: &Auth) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let asked = Request::from_parts(parts.clone(), body);
        let read = tokio::time::timeout(LONGEST_WAIT, Json::<T>::from_request(asked, auth)).await;
        let late = |_| {
            let detail = "the body took longer than 10 s";
            Problem::new(StatusCode::REQUEST_TIMEOUT, "request.slow", detail)
        };
        let value = match read.map_err(late)? {
            Ok(Json(value)) => value,
            Err(JsonRejection::JsonDataError(error)) => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                let text = without_values(&error.body_text());
                return Err(Problem::new(status, "request.invalid", text));
            }
            Err(error) => {
                return Err(Problem::new(
                    error.status(),
                    "request.invalid",
                    error.body_text(),
                ));
            }
        };
        let before = parts
            .extensions
            .get::<Caller>()
            .map(|Caller(identity)| identity.principal());
        let after = identify(auth, &parts).await?;
        if after.as_ref().map(|identity| identity.principal()) != before {
            let detail = "your rights changed while the request was being sent; send it again";
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "caller.changed",
                detail,
            ));
        }
        Ok(Self(value))
    }
}

/// What a JSON reader says of a text that stands where it must not, without the text: it may be a secret that
/// was put into the wrong place.
fn without_values(message: &str) -> String {
    const BEGIN: &str = "string \"";
    const END: &str = "\", expected ";
    match (message.find(BEGIN), message.rfind(END)) {
        (Some(begin), Some(end)) if begin < end => {
            let before = message.get(..begin).unwrap_or_default();
            let after = message.get(end.saturating_add(1)..).unwrap_or_default();
            format!("{before}string{after}")
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_out_of_messages() {
        for (message, expected) in [
            (
                "token: invalid type: string \"hunter2\", expected u64 at line 1",
                "token: invalid type: string, expected u64 at line 1",
            ),
            (
                "invalid value: string \"a\", expected \"b\", expected c",
                "invalid value: string, expected c",
            ),
            ("missing field `token`", "missing field `token`"),
            (
                "invalid type: integer `5`, expected a string",
                "invalid type: integer `5`, expected a string",
            ),
        ] {
            assert_eq!(without_values(message), expected);
        }
    }
}
