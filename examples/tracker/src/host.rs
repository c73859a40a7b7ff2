//! The application: its state and its routes.

use auth_axum::Auth;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::graphql::TrackerSchema;
use crate::runs::Runs;
use crate::{file_stream, graphql, guard, pages};

/// What every handler may use.
#[derive(Clone)]
pub struct Host {
    pub(crate) auth: Auth,
    pub(crate) runs: Runs,
    pub(crate) schema: TrackerSchema,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("auth", &self.auth)
            .finish_non_exhaustive()
    }
}

impl Host {
    /// Over Gatehouse and the runs.
    #[must_use]
    pub fn new(auth: Auth, runs: Runs) -> Self {
        Self {
            auth,
            runs,
            schema: graphql::schema(),
        }
    }

    /// All routes: this host's own behind the layer that finds out who calls, and Gatehouse's beside
    /// them.
    pub fn router(self) -> Router {
        let auth = self.auth.clone();
        let pages = Router::new()
            .route("/", get(pages::index))
            .route("/{team}/{project}", get(pages::project))
            .route("/{team}/{project}/runs/{run}", get(pages::run));
        let api = Router::new()
            .route(
                "/graphql",
                post(graphql::graphql).layer(DefaultBodyLimit::max(graphql::LONGEST_BODY)),
            )
            .route(
                "/files/{entity}/{project}/{run}/file_stream",
                post(file_stream::file_stream)
                    .layer(DefaultBodyLimit::max(file_stream::LONGEST_BODY)),
            );
        let signed_in = pages.merge(api).with_state(self).layer(auth.layer());
        let everyone = Router::new().route(pages::STYLE_PATH, get(pages::style));
        guard::guard(signed_in.merge(everyone).merge(auth.routes()))
    }
}
