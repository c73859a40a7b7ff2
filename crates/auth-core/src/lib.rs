//! The nouns of authentication, and the trait that every method of sign-in implements.
//!
//! A caller shows a [`Credential`]; an [`IdentityResolver`] turns it into an [`Identity`]; the rules of
//! [`access`] decide what that identity may do. This crate does no I/O: people and places come from
//! a [`Directory`], time from a [`Clock`], randomness from a [`Random`].
//!
//! A host adds a method of its own by implementing one trait. Here, machines in a rack sign in with
//! the serial number that their board reports:
//!
//! ```
//! use std::sync::Arc;
//! use auth_core::{
//!     Credential, CredentialKind, Directory, Error, ErrorKind, Identity, IdentityResolver, Key, Method,
//!     Principal, Refusal, Request, Resolvers, async_trait,
//! };
//!
//! #[derive(Debug)]
//! struct Rack(Arc<dyn Directory>);
//!
//! #[async_trait]
//! impl IdentityResolver for Rack {
//!     fn kinds(&self) -> Vec<CredentialKind> {
//!         vec![CredentialKind::Other("serial-number")]
//!     }
//!
//!     async fn resolve(&self, request: Request<'_>) -> Result<Identity, Error> {
//!         let unknown = || Refusal::new(ErrorKind::Rejected, "rack.unknown", "unknown machine");
//!         let Credential::Other { secret, .. } = request.credential else {
//!             return Err(unknown().into());
//!         };
//!         let user = self.0.user(Key::Name(secret.expose())).await?;
//!         let user = user.filter(|user| !user.disabled).ok_or_else(unknown)?;
//!         let memberships = self.0.memberships(&user.id).await?;
//!         let principal = Principal::User { user, memberships };
//!         Ok(Identity::new(principal, Method::Other("rack"), request.now))
//!     }
//! }
//!
//! # #[derive(Debug)] struct Nobody;
//! # #[async_trait] impl Directory for Nobody {
//! #   async fn user(&self, _: Key<'_, auth_core::UserId>) -> Result<Option<auth_core::User>, auth_core::StoreError> { Ok(None) }
//! #   async fn members_by_email(&self, _: &auth_core::OrganizationId, _: &str) -> Result<Vec<auth_core::User>, auth_core::StoreError> { Ok(vec![]) }
//! #   async fn memberships(&self, _: &auth_core::UserId) -> Result<auth_core::Memberships, auth_core::StoreError> { Ok(Default::default()) }
//! #   async fn organization(&self, _: Key<'_, auth_core::OrganizationId>) -> Result<Option<auth_core::Organization>, auth_core::StoreError> { Ok(None) }
//! #   async fn sole_organization(&self) -> Result<Option<auth_core::Organization>, auth_core::StoreError> { Ok(None) }
//! #   async fn team(&self, _: Key<'_, auth_core::TeamId>) -> Result<Option<auth_core::Team>, auth_core::StoreError> { Ok(None) }
//! #   async fn project(&self, _: &auth_core::TeamId, _: &str) -> Result<Option<auth_core::Project>, auth_core::StoreError> { Ok(None) }
//! # }
//! # let directory = Arc::new(Nobody);
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! # use auth_core::{Secret, Timestamp};
//! let mut resolvers = Resolvers::new();
//! resolvers.register(Arc::new(Rack(directory)))?;
//!
//! let credential = Credential::Other { name: "serial-number", secret: Secret::new("X-17") };
//! let refused = resolvers.resolve(Request::new(&credential, Timestamp::from_secs(0))).await;
//! assert_eq!(refused.unwrap_err().code(), "rack.unknown");
//! # Ok::<(), auth_core::ConfigError>(())
//! # }).unwrap();
//! ```
//!
//! # What is promised
//!
//! - Each kind of credential has one owner, and its refusal is final ([`Resolvers`]).
//! - A service account never leaves its organization, nor does a user's identity that is confined to
//!   one, whatever else the user is ([`access`]).
//! - Whom work is credited to adds no right ([`attribute`]).
//! - No type that holds a secret shows it ([`Secret`]).
//! - Every refusal has a stable code, a text for the caller, and a detail for the operator ([`Refusal`]).
//!
//! # What is not done here
//!
//! No cryptography, no HTTP, no SQL, no configuration: the crates for each method do that.

pub mod access;
mod attribution;
mod audit;
mod credential;
mod directory;
mod directory_admin;
mod error;
mod explanation;
mod id;
mod identity;
mod name;
mod principals;
mod random;
mod resolver;
mod secret;
mod time;

pub use async_trait::async_trait;

pub use crate::attribution::{Attribution, attribute};
pub use crate::audit::{AuditEvent, AuditSink, Outcome};
pub use crate::credential::{Credential, CredentialKind};
pub use crate::directory::{
    Directory, Key, Memberships, Organization, OrganizationRole, Project, Team, TeamRole, User,
    Visibility,
};
pub use crate::directory_admin::{DirectoryAdmin, Membership};
pub use crate::error::{ConfigError, Error, ErrorKind, Refusal, StoreError};
pub use crate::explanation::{Explanation, Recorder, Step, Verdict};
pub use crate::id::{
    OrganizationId, ParsePrincipalError, PrincipalId, ProjectId, ServiceAccountId, TeamId, UserId,
};
pub use crate::identity::{Identity, Method, Principal, ServiceAccountScope};
pub use crate::name::{LONGEST_NAME, NameError, check_name};
pub use crate::principals::Principals;
pub use crate::random::{OsRandom, Random, RandomError, alphanumeric};
pub use crate::resolver::{IdentityResolver, Request, Resolvers};
pub use crate::secret::Secret;
pub use crate::time::{Clock, ManualClock, SystemClock, Timestamp};
