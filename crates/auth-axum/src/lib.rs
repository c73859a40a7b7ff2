//! Gatehouse for axum: one [`Auth`] to build, a tower layer, extractors and routes.
//!
//! ```no_run
//! use auth_axum::{Auth, Caller};
//! use auth_store::SqliteStore;
//! use axum::{Router, routing::get};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = SqliteStore::open("tracker.db").await?;
//! let auth = Auth::builder("https://tracker.example.com", store).build().await?;
//! let app = Router::new()
//!     .route("/whoami", get(async |Caller(identity): Caller| identity.principal().name().to_owned()))
//!     .layer(auth.layer())
//!     .merge(auth.routes());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! axum::serve(listener, app).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What a request may carry
//!
//! `Authorization: Bearer` with an access token or an API key, or `Basic` with the user name `api` and
//! an API key. A credential that is no good is answered 401 at once, on every route under the layer;
//! without one the request goes on as nobody's, and [`Caller`] refuses it where somebody is needed.
//! Nothing is read from query strings.
//!
//! `X-Wandb-Username` and `X-Wandb-User-Email` name the human whom a service account's work is
//! credited to. The answer says in `Gatehouse-Attribution` what became of that: `credited`, or
//! `unqualified`. It changes no right.
//!
//! # Routes
//!
//! | route | what |
//! |---|---|
//! | `POST /oidc/token` | RFC 7523: an assertion for an access token |
//! | `POST /oidc/revoke` | RFC 7009: ends an access token; holding it is the proof |
//! | `POST /oidc/introspect` | RFC 7662: what an access token means now; off by default |
//! | `GET /.well-known/oauth-authorization-server` | RFC 8414 metadata |
//! | `GET /.well-known/jwks.json` | the keys of our access tokens |
//! | `/api/v1/…` | administration as JSON |
//!
//! # Refusals
//!
//! Problem details (RFC 9457) with a stable `code`; see [`Problem`]. What belongs to an organization
//! that the caller has no part in is 404, as if it were not there.
//!
//! # What the host must do
//!
//! Serve [`Auth::metrics`] to whoever may read it, if somebody should. Put TLS in front, and time-outs for slow
//! clients; behind a proxy every caller has the proxy's address, which the exchange's limits and an issuer's
//! networks then judge. Serve with
//! `into_make_service_with_connect_info::<SocketAddr>()`, so that the audit log knows where callers
//! are. Headers of proxies are not believed.

mod access;
mod api;
mod auth;
mod authorization;
mod builder;
mod caller;
mod environment;
mod form;
mod introspection;
mod layer;
mod metrics;
mod problem;
mod revocation;
mod token;
mod well_known;

pub use crate::access::{Access, AccessError};
pub use crate::auth::{Auth, AuthStore};
pub use crate::authorization::{UnreadableCredential, credential};
pub use crate::builder::{AuthBuilder, BuildError};
pub use crate::caller::{Caller, Manage, ProjectAction, Read, RequireProject, Write};
pub use crate::environment::Environment;
pub use crate::layer::{AuthLayer, AuthService};
pub use crate::problem::Problem;

/// The README's code is compiled as an example of this crate.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
