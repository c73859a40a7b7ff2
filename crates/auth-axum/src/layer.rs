//! The tower layer: it finds out who calls, before any handler runs.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use auth_core::{Attribution, Identity, Request as CredentialRequest, attribute};
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use tower_layer::Layer;
use tower_service::Service;

use crate::auth::Auth;
use crate::authorization;
use crate::caller::Caller;
use crate::problem::Problem;

/// Names the human whom a service account's work is credited to.
const USERNAME: HeaderName = HeaderName::from_static("x-wandb-username");
const USER_EMAIL: HeaderName = HeaderName::from_static("x-wandb-user-email");

/// Tells the caller what became of that.
const ATTRIBUTION: HeaderName = HeaderName::from_static("gatehouse-attribution");

/// Finds out who calls.
///
/// A request without a credential goes on as nobody's; the extractors refuse it where somebody is
/// needed. One whose credential is no good is answered 401 at once, on every route: it does not
/// become nobody's.
#[derive(Clone, Debug)]
pub struct AuthLayer(Auth);

impl AuthLayer {
    pub(crate) const fn new(auth: Auth) -> Self {
        Self(auth)
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService {
            auth: self.0.clone(),
            inner,
        }
    }
}

/// What [`AuthLayer`] wraps a service in.
#[derive(Clone, Debug)]
pub struct AuthService<S> {
    auth: Auth,
    inner: S,
}

impl<S, B> Service<Request<B>> for AuthService<S>
where
    S: Service<Request<B>, Error = Infallible> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let auth = self.auth.clone();
        // The clone that was polled ready goes along; a fresh one stays.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let identity = match identify(&auth, &parts).await {
                Ok(identity) => identity,
                Err(problem) => return Ok(problem.into_response()),
            };
            let attribution = identity.as_ref().and_then(|i| report(i.attribution()));
            parts.extensions.insert(auth);
            if let Some(identity) = identity {
                parts.extensions.insert(Caller(identity));
            }
            let mut response = inner
                .call(Request::from_parts(parts, body))
                .await?
                .into_response();
            if let Some(attribution) = attribution {
                response.headers_mut().insert(ATTRIBUTION, attribution);
            }
            Ok(response)
        })
    }
}

pub(crate) async fn identify(auth: &Auth, parts: &Parts) -> Result<Option<Identity>, Problem> {
    let credential = match authorization::credential(&parts.headers, auth.api_key_format()) {
        Ok(None) => return Ok(None),
        Ok(Some(credential)) => credential,
        Err(authorization::UnreadableCredential) => return Err(Problem::unreadable_credential()),
    };
    let request =
        CredentialRequest::new(&credential, auth.clock().now()).from_address(remote_address(parts));
    let identity = auth
        .resolvers()
        .resolve(request)
        .await
        .map_err(|error| Problem::from(&error))?;
    let username = text(&parts.headers, &USERNAME);
    let email = text(&parts.headers, &USER_EMAIL);
    let attribution = attribute(
        auth.directory(),
        &identity,
        username.as_deref(),
        email.as_deref(),
    )
    .await?;
    Ok(Some(identity.attributed(attribution)))
}

/// Where the caller is, if the host serves with connection information. Forwarding headers are not
/// read: anybody can write them.
pub(crate) fn remote_address(parts: &Parts) -> Option<IpAddr> {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip())
}

/// A claim in an unknown encoding is still a claim: it must not look as if none was made.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Cow<'a, str>> {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
}

fn report(attribution: &Attribution) -> Option<HeaderValue> {
    match attribution {
        Attribution::Credited(user) => {
            HeaderValue::try_from(format!("credited; user=\"{}\"", user.username)).ok()
        }
        // The claim is not echoed: it is the caller's own, and may be anything.
        Attribution::Unqualified { .. } => Some(HeaderValue::from_static("unqualified")),
        _ => None,
    }
}
