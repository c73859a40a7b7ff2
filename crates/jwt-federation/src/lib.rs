//! Workload identity: jobs trade the JWT that their own platform gave them for a short-lived access
//! token.
//!
//! An organization registers the JWT issuers that it trusts ([`JwtIssuers`]). A job posts its JWT as an
//! assertion (RFC 7523 §2.1), without client authentication; [`Exchange`] verifies it against the
//! issuer's keys, finds the service account or member that it stands for, and issues an access
//! token (RFC 9068) that is confined to the organization. [`AccessTokens`] takes it back from API
//! requests.
//!
//! ```
//! use jwt_federation::AssertionPolicy;
//!
//! let policy = AssertionPolicy::default();
//! assert!(!policy.danger_skip_audience_validation);
//! assert_eq!(policy.max_lifetime.as_secs(), 24 * 60 * 60);
//! ```
//!
//! # What is checked
//!
//! Of an assertion: see [`Exchange`]. Of an access token: the signature by this host's own keys, `typ`,
//! `iss`, `aud`, `exp`; then, in the store, that the issuer is still registered, and that the account
//! exists or the user is enabled and still a member. So a revocation counts from the next request on.
//!
//! # What is not done here
//!
//! - No HTTP towards callers; auth-axum has the routes.
//! - No one-time use of assertions: clients present one many times.
//! - No refresh tokens (RFC 7521 §4.1); the client presents a new assertion.
//! - No scopes: an access token carries no rights, they are looked up.
//! - Private keys are kept in the store as they are. Who reads the store can sign; guard it as a key.
//!
//! # Threats
//!
//! An organization's administrator may register a hostile issuer. It can become anyone of that
//! organization, whose administrator may do so anyway, and nobody of another: the organization is
//! taken from the registration, not from the token, and every identity and access token is
//! confined to it. It may also hang, lie or flood; `jwt-validation` bounds what that costs, and costs
//! it that organization alone.

mod access_token;
mod exchange;
mod issuers;
mod recording;
mod signing_keys;
mod store;
pub mod trust;

pub use crate::access_token::{AccessTokens, IssuedAccessToken};
pub use crate::exchange::{AssertionPolicy, Exchange};
pub use crate::issuers::{JwtIssuers, Registered, RegistrationError};
pub use crate::signing_keys::{RotationPolicy, SigningKeyError, SigningKeys};
pub use crate::store::{
    ExternalAccounts, JwtIssuer, JwtIssuerId, JwtIssuerStore, MOST_ISSUERS, SigningKeyStore,
    StoredSigningKey,
};
pub use crate::trust::{TrustError, TrustPolicy};
