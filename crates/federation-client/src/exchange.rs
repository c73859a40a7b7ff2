//! One request to the token endpoint (RFC 7523 §2.1), and the strict reading of its answer.

use std::time::Duration;

use auth_core::{Secret, Timestamp};
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Request};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::access_token::{AccessToken, can_be_sent};
use crate::error::{AnswerProblem, Error, Failure};
use crate::excerpt::Excerpt;
use crate::http_client::{self, Answer};

#[cfg(test)]
mod tests;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Longer lives are cut to a year, which no clock arithmetic minds.
const LONGEST_LIFE: u64 = 365 * 24 * 60 * 60;

/// How one request ended.
#[derive(Debug)]
pub(crate) enum Unsuccessful {
    /// It would end the same way again.
    Final(Error),
    /// It may pass; with the answer's `Retry-After`.
    Transient(Failure, Option<String>),
}

/// Posts `assertion` once. `received_at` tells the time when the answer is there.
pub(crate) async fn post(
    client: &Client,
    endpoint: &Url,
    assertion: &Secret,
    received_at: impl FnOnce() -> Timestamp,
) -> Result<AccessToken, Unsuccessful> {
    let answer = http_client::send(client, request(endpoint, assertion))
        .await
        .map_err(|failure| Unsuccessful::Transient(failure, None))?;
    match answer.status {
        200 => {
            let read = read(answer.body.as_deref()).map_err(Error::Answer);
            let (secret, lifetime) = read.map_err(Unsuccessful::Final)?;
            Ok(AccessToken::received(secret, received_at(), lifetime))
        }
        status if answer.is_transient() => Err(Unsuccessful::Transient(
            Failure::Status(status),
            answer.retry_after().map(ToOwned::to_owned),
        )),
        400..=499 => Err(Unsuccessful::Final(refused(&answer, assertion))),
        status => Err(Unsuccessful::Final(Error::Answer(AnswerProblem::Status(
            status,
        )))),
    }
}

fn request(endpoint: &Url, assertion: &Secret) -> Request {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", JWT_BEARER)
        .append_pair("assertion", assertion.expose())
        .finish();
    let mut request = Request::new(Method::POST, endpoint.clone());
    let headers = request.headers_mut();
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(CONTENT_TYPE, form);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    *request.body_mut() = Some(body.into());
    request
}

/// RFC 6749 §5.1. Other members are ignored.
#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    // Absent is tolerated: the W&B SDK doesn't read it, so there may be servers without it.
    token_type: Option<String>,
    expires_in: serde_json::Number,
}

fn read(body: Option<&[u8]>) -> Result<(Secret, Duration), AnswerProblem> {
    let body = body.ok_or(AnswerProblem::TooLarge)?;
    // Members in an array by position are no object, though serde would take them.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(AnswerProblem::Syntax);
    }
    let response: TokenResponse =
        serde_json::from_slice(body).map_err(|_| AnswerProblem::Syntax)?;
    let access_token = Secret::new(response.access_token);
    if !can_be_sent(access_token.expose()) {
        return Err(AnswerProblem::AccessToken);
    }
    let token_type = response.token_type.as_deref().unwrap_or("Bearer");
    if !token_type.eq_ignore_ascii_case("Bearer") {
        return Err(AnswerProblem::TokenType);
    }
    let lifetime = lifetime(&response.expires_in).ok_or(AnswerProblem::ExpiresIn)?;
    Ok((access_token, lifetime))
}

/// Whole seconds, fractions cut off; `None` where there is not one.
fn lifetime(expires_in: &serde_json::Number) -> Option<Duration> {
    let longest = Duration::from_secs(LONGEST_LIFE);
    let lifetime = match expires_in.as_u64() {
        Some(seconds) => Duration::from_secs(seconds.min(LONGEST_LIFE)),
        None => {
            let seconds = expires_in.as_f64().filter(|seconds| *seconds >= 1.0)?;
            Duration::try_from_secs_f64(seconds).map_or(longest, |life| life.min(longest))
        }
    };
    (lifetime.as_secs() >= 1).then(|| Duration::from_secs(lifetime.as_secs()))
}

/// RFC 6749 §5.2. What is not text is left out, and the other member is still read.
#[derive(Default, Deserialize)]
struct ErrorResponse {
    error: Option<Value>,
    error_description: Option<Value>,
}

fn refused(answer: &Answer, assertion: &Secret) -> Error {
    let body = answer.body.as_deref().unwrap_or_default();
    let said: ErrorResponse = serde_json::from_slice(body).unwrap_or_default();
    let excerpt = |member: Value| {
        let text = member.as_str()?;
        Some(Excerpt::of(&without_assertion(text, assertion)))
    };
    Error::Refused {
        status: answer.status,
        error: said.error.and_then(excerpt),
        description: said.error_description.and_then(excerpt),
    }
}

/// A server that repeats what it was sent must not put it into our errors.
fn without_assertion(text: &str, assertion: &Secret) -> String {
    const SHORTEST: usize = 16;
    let assertion = assertion.expose();
    let mut text = text.to_owned();
    for part in std::iter::once(assertion).chain(assertion.split('.')) {
        // The beginning of a part is enough to find it cut short; less than that proves nothing.
        let head: String = part.chars().take(SHORTEST).collect();
        if head.len() >= SHORTEST && text.contains(&head) {
            text = text.replace(part, "[...]");
            if let Some(at) = text.find(&head) {
                text.truncate(at);
                text.push_str("[...]");
            }
        }
    }
    text
}
