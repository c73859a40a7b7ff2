//! Workload identity: jobs trade the JWT that their own platform gave them for a short-lived access
//! token.
//!
//! An organization registers the JWT issuers that it trusts ([`JwtIssuers`]), each with where its keys
//! come from and a [`TrustPolicy`]. A job posts its JWT as an assertion (RFC 7523 §2.1), without client
//! authentication; [`Exchange`] verifies it against the issuer's keys, finds the service account or member
//! that it stands for, and issues an access token (RFC 9068) that is confined to the organization.
//! [`AccessTokens`] takes it back from API requests. [`Exchange::explain`] tells the organization's
//! administrators why an assertion is refused.
//!
//! ```
//! use auth_core::Recorder;
//! use jwt_federation::TrustPolicy;
//! use serde_json::json;
//!
//! let policy = TrustPolicy::from_json(
//!     r#"{"conditions": [{"claim": "sub", "pattern": "repo:acme/*:environment:prod"}],
//!         "samples": {"accepts": [{"sub": "repo:acme/app:environment:prod"}],
//!                     "refuses": [{"sub": "repo:acme/app/x:environment:prod"}]}}"#,
//! )?;
//! policy.validate("https://ci.example")?;
//!
//! let claims = json!({"sub": "repo:acme-evil/app:environment:prod"});
//! let claims = claims.as_object().expect("an object");
//! assert!(!policy.check(claims, &mut Recorder::off()));
//! # Ok::<(), jwt_federation::TrustError>(())
//! ```
//!
//! # What is checked
//!
//! Of an assertion: see [`Exchange`], and [`trust`] for the rules. Of an access token: the signature by this host's own keys, `typ`,
//! `iss`, `aud`, `exp`; then, in the store, that the issuer is still registered, the token not revoked and
//! its key not withdrawn, and that the account exists or the user is enabled and still a member. So a
//! revocation counts from the next request on, in every process that shares the store.
//!
//! # What is not done here
//!
//! - No HTTP towards callers; auth-axum has the routes.
//! - No one-time use of assertions unless a policy says so: clients present one many times.
//! - No refresh tokens (RFC 7521 §4.1); the client presents a new assertion.
//! - An access token does not end with the assertion that it was traded for.
//! - No scopes: an access token carries no rights, they are looked up.
//! - Other services that check our access tokens by the JWK Set alone learn of a withdrawn key when
//!   they fetch the set again, and of a revoked token never; introspection tells them.
//! - Private keys are kept in the store as they are. Who reads the store can sign; guard it as a key.
//!
//! # Threats
//!
//! An organization's administrator may register a hostile issuer. It can become anyone of that
//! organization, whose administrator may do so anyway, and nobody of another: the organization is
//! taken from the registration, not from the token, and every identity and access token is
//! confined to it. It may also hang, lie or flood; `jwt-validation` and [`ExchangeLimits`] bound what that
//! costs, and cost it that organization alone. It may register the very issuer of another organization, with
//! keys of its own: audiences, remembered `jti` and key sources belong to a registration, never to an issuer.
//! And it may point the server at the server's own network, which only administrators of the instance can open.

mod access_token;
mod exchange;
mod issuer;
mod issuers;
mod recording;
mod revocation;
mod signing_keys;
mod store;
pub mod trust;

pub use crate::access_token::{AccessTokens, ActiveToken, IssuedAccessToken};
pub use crate::exchange::{
    AssertionPolicy, Exchange, ExchangeLimits, Explained, Share, explain_token,
};
pub use crate::issuer::{IssuerSettings, JwtIssuer, JwtIssuerId, KeySource};
pub use crate::issuers::{IssuerPorts, JwtIssuers, NewIssuer, Registered, RegistrationError};
pub use crate::revocation::{AccessTokenStore, RevokedToken, TokenInUse, TokenStanding};
pub use crate::signing_keys::{
    RotationPolicy, SigningAlgorithm, SigningKey, SigningKeyError, SigningKeyState, SigningKeys,
};
pub use crate::store::{
    AUDIENCE_TAKEN, ExternalAccounts, JwtIdDigest, JwtIssuerStore, MOST_ISSUERS, MOST_SPENT,
    SigningKeyStore, StoredSigningKey,
};
pub use crate::trust::{TrustError, TrustPolicy, Warning};
