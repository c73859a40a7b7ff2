//! Extractors: who calls, and what the caller may touch.

use std::collections::HashMap;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::Deref;

use auth_core::access::Action;
use auth_core::{Identity, Project};
use axum::extract::{FromRequestParts, OptionalFromRequestParts, Path};
use http::StatusCode;
use http::request::Parts;

use crate::auth::Auth;
use crate::problem::Problem;

/// Who calls. As an argument of a handler it refuses callers who are not signed in with 401;
/// `Option<Caller>` takes them as `None`.
///
/// ```
/// use auth_axum::Caller;
///
/// async fn whoami(Caller(identity): Caller) -> String {
///     identity.principal().name().to_owned()
/// }
/// # let _ = whoami;
/// ```
#[derive(Clone, Debug)]
pub struct Caller(pub Identity);

impl Deref for Caller {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Without the layer nobody was asked; that must not look like "nobody is signed in".
        auth(parts)?;
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(Problem::unauthenticated)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

/// What [`RequireProject`] asks for.
pub trait ProjectAction: Send + Sync {
    /// The action that the caller must be allowed.
    const ACTION: Action;
}

macro_rules! project_action {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub struct $name;

        impl ProjectAction for $name {
            const ACTION: Action = Action::$name;
        }
    };
}

project_action!(
    /// The caller must be allowed to read the project.
    Read
);
project_action!(
    /// The caller must be allowed to write in the project.
    Write
);
project_action!(
    /// The caller must be allowed to manage the project.
    Manage
);

/// The project that the path names by `{team}` and `{project}`, and a caller who may do `A` there.
///
/// ```
/// use auth_axum::{Read, RequireProject};
/// use axum::{Router, routing::get};
///
/// async fn show(allowed: RequireProject<Read>) -> String {
///     format!("{} may read {}", allowed.identity.principal().name(), allowed.project.name)
/// }
/// let routes: Router = Router::new().route("/{team}/{project}", get(show));
/// # let _ = routes;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequireProject<A> {
    /// Who calls.
    pub identity: Identity,
    /// The project.
    pub project: Project,
    action: PhantomData<A>,
}

impl<S: Send + Sync, A: ProjectAction> FromRequestParts<S> for RequireProject<A> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        type Names = Path<HashMap<String, String>>;

        let Caller(identity) =
            <Caller as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let auth = auth(parts)?.clone();
        let Path(names) = <Names as FromRequestParts<S>>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::not_found("project"))?;
        let (Some(team), Some(project)) = (names.get("team"), names.get("project")) else {
            return Err(misuse("the route has no {team} and {project}"));
        };
        let project = auth
            .access()
            .project(&identity, Some(team), project, A::ACTION)
            .await?;
        Ok(Self {
            identity,
            project,
            action: PhantomData,
        })
    }
}

/// The handle that the layer left.
fn auth(parts: &Parts) -> Result<&Auth, Problem> {
    parts
        .extensions
        .get::<Auth>()
        .ok_or_else(|| misuse("the route is not under Auth::layer"))
}

fn misuse(detail: &'static str) -> Problem {
    tracing::error!(detail, "an extractor can't work here");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "misuse",
        "the server is misconfigured",
    )
}
