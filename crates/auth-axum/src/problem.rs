//! What a refused caller reads (RFC 9457), and the challenge beside it (RFC 6750 §3).

use std::borrow::Cow;

use auth_core::{Error, ErrorKind, NameError, StoreError, access::Denied};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;

/// Which challenge a 401 carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Challenge {
    /// Nothing was shown (RFC 6750 §3.1: then no error code is given).
    Missing,
    /// What was shown is no good.
    Invalid,
}

/// The stable code of a problem, left with the response for those who pass it on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProblemCode(pub(crate) &'static str);

/// A refusal or failure as an answer: problem details (RFC 9457) with two members more.
///
/// `code` is stable and made for programs. `errors` repeats the detail as GraphQL clients, the W&B SDK
/// among them, expect it.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    challenge: Option<Challenge>,
}

impl Problem {
    /// A problem with the stable `code` and a `detail` that is safe for the caller.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            challenge: None,
        }
    }

    /// Nobody is signed in, and somebody must be.
    #[must_use]
    pub fn unauthenticated() -> Self {
        let detail = "sign in: send an API key or an access token in the Authorization header";
        Self {
            challenge: Some(Challenge::Missing),
            ..Self::new(StatusCode::UNAUTHORIZED, "credential.missing", detail)
        }
    }

    /// What was asked for does not exist, or not for this caller.
    #[must_use]
    pub fn not_found(what: &'static str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("there is no such {what}"),
        )
    }

    /// The request can't be understood.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "request.invalid", detail)
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The caller's text.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The `Authorization` header is not one credential of a kind that is served.
    pub(crate) fn unreadable_credential() -> Self {
        Self::invalid_credential(
            "the Authorization header holds no credential that this server takes",
        )
    }

    fn invalid_credential(detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            challenge: Some(Challenge::Invalid),
            ..Self::new(StatusCode::UNAUTHORIZED, "credential.invalid", detail)
        }
    }

    fn unavailable() -> Self {
        let detail = "the answer can't be given right now; try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
    }

    fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server is misconfigured",
        )
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        match (error.kind(), error) {
            (
                ErrorKind::Rejected | ErrorKind::Expired | ErrorKind::Malformed,
                Error::Refused(refusal),
            ) => Self::invalid_credential(refusal.message().to_owned()),
            (ErrorKind::Throttled, _) => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                error.code(),
                error.to_string(),
            ),
            (ErrorKind::Unavailable, _) => {
                tracing::error!(
                    code = error.code(),
                    detail = error.detail(),
                    "sign-in is unavailable"
                );
                Self::unavailable()
            }
            (_, Error::NoResolver { .. }) => {
                Self::invalid_credential("this server does not take such a credential")
            }
            _ => {
                tracing::error!(
                    code = error.code(),
                    detail = error.detail(),
                    "sign-in is broken"
                );
                Self::internal()
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { what } => Self::new(
                StatusCode::CONFLICT,
                "conflict",
                format!("{what} exists already"),
            ),
            StoreError::NotFound { what } => Self::not_found(what),
            StoreError::Forbidden { rule } => {
                Self::new(StatusCode::CONFLICT, "forbidden_by_rule", rule)
            }
            error => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, source, "the store failed");
                Self::unavailable()
            }
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let detail = format!("permission denied: {}", denied.rule.text());
        Self::new(StatusCode::FORBIDDEN, denied.rule.code(), detail)
    }
}

impl From<NameError> for Problem {
    fn from(error: NameError) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "name.invalid",
            error.to_string(),
        )
    }
}

impl From<service_accounts::Error> for Problem {
    fn from(error: service_accounts::Error) -> Self {
        use service_accounts::Error as Of;
        match error {
            Of::Name(error) => error.into(),
            Of::Store(error) => error.into(),
            Of::Random(error) => StoreError::from(error).into(),
            error @ Of::NoKeysForFederated => Self::new(
                StatusCode::CONFLICT,
                "service_account.federated",
                error.to_string(),
            ),
            error => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "request.invalid",
                error.to_string(),
            ),
        }
    }
}

impl From<jwt_federation::RegistrationError> for Problem {
    fn from(error: jwt_federation::RegistrationError) -> Self {
        use jwt_federation::RegistrationError as Of;
        match error {
            Of::Store(error) => error.into(),
            Of::Random(error) => StoreError::from(error).into(),
            error @ Of::Audience => Self::new(
                StatusCode::CONFLICT,
                "jwt_issuer.audience",
                error.to_string(),
            ),
            error @ Of::NeedsInstanceAdmin => Self::new(
                StatusCode::FORBIDDEN,
                "needs_instance_admin",
                error.to_string(),
            ),
            Of::Policy(error) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                error.code(),
                format!("policy.{error}"),
            ),
            error => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "jwt_issuer.refused",
                error.to_string(),
            ),
        }
    }
}

impl From<jwt_federation::SigningKeyError> for Problem {
    fn from(error: jwt_federation::SigningKeyError) -> Self {
        match error {
            jwt_federation::SigningKeyError::Store(error) => error.into(),
            error => {
                tracing::error!(%error, "the signing keys are broken");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
            "errors": [{ "message": self.detail }],
        });
        let mut response = (self.status, body.to_string()).into_response();
        response.extensions_mut().insert(ProblemCode(self.code));
        let headers = response.headers_mut();
        let problem = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, problem);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let is_temporary = [
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::TOO_MANY_REQUESTS,
        ];
        if is_temporary.contains(&self.status) {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        for challenge in self
            .challenge
            .iter()
            .flat_map(|challenge| challenge.values())
        {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl Challenge {
    /// Static text: what the caller sent is in none of it.
    const fn values(self) -> [&'static str; 2] {
        match self {
            Self::Missing => [
                "Bearer realm=\"api\"",
                "Basic realm=\"api\", charset=\"UTF-8\"",
            ],
            Self::Invalid => [
                "Bearer realm=\"api\", error=\"invalid_token\", \
                 error_description=\"the credential is not valid\"",
                "Basic realm=\"api\", charset=\"UTF-8\"",
            ],
        }
    }
}
