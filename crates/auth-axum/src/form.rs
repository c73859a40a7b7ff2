//! The forms of the OAuth endpoints, and how they answer (RFC 6749 §3.2, §5).

use std::borrow::Cow;
use std::collections::HashMap;

use auth_core::Error;
use axum::response::{IntoResponse, Response};
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde_json::json;

/// An assertion or token has at most 16 KiB; percent-encoding triples it at worst.
pub(crate) const LONGEST_BODY: usize = 64 * 1024;

/// The most parameters that are looked at.
const MOST_PARAMETERS: usize = 16;

/// The parameters of a request, each once and none empty.
#[derive(Debug)]
pub(crate) struct Form<'a>(HashMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> Form<'a> {
    /// Reads a form that comes in the body and nowhere else.
    pub(crate) fn read(parts: &Parts, body: &'a [u8]) -> Result<Self, Refused> {
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
                return Err(invalid(
                    "each parameter may be sent once, and at most 16 of them",
                ));
            }
        }
        Ok(Self(parameters))
    }

    /// Refuses the credentials of a client. There are no clients to authenticate; credentials that
    /// can't be checked are not ignored (RFC 7521 §4.1). `enough` is what is asked for instead.
    pub(crate) fn without_client(self, parts: &Parts, enough: &str) -> Result<Self, Refused> {
        if parts.headers.contains_key(AUTHORIZATION) {
            return Err(Refused::client(enough));
        }
        self.without_client_parameters(enough)
    }

    /// As [`without_client`](Self::without_client), where the `Authorization` header is the caller's own.
    pub(crate) fn without_client_parameters(self, enough: &str) -> Result<Self, Refused> {
        let client = [
            "client_id",
            "client_secret",
            "client_assertion",
            "client_assertion_type",
        ];
        if client.iter().any(|name| self.0.contains_key(*name)) {
            return Err(Refused::client(enough));
        }
        Ok(self)
    }

    /// A parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(AsRef::as_ref)
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

/// An error answer (RFC 6749 §5.2).
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl Refused {
    pub(crate) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            description: description.into(),
        }
    }

    fn client(enough: &str) -> Self {
        let description = format!("send no client credentials; {enough} is enough");
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..Self::new("invalid_client", description)
        }
    }

    /// The caller has sent too many (RFC 6585 §4). Clients wait and try again.
    pub(crate) fn throttled(error: &Error) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            ..Self::new("temporarily_unavailable", error.to_string())
        }
    }

    /// The request could not be judged. Retried by clients, as it should be.
    pub(crate) fn unavailable(error: &Error, what: &'static str) -> Self {
        let (code, detail) = (error.code(), error.detail());
        tracing::error!(code, detail, "{what} is unavailable");
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            error: "temporarily_unavailable",
            description: format!("{error}; try again"),
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
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// RFC 6749 §5.1: neither tokens nor their refusal may be cached.
pub(crate) fn uncached(status: StatusCode, body: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
        (PRAGMA, "no-cache"),
    ];
    (status, headers, body).into_response()
}
