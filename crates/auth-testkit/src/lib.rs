//! An OpenID issuer inside the process: for a host's own tests and demos, never for production.
//!
//! It serves a real discovery document and a real JWK Set over HTTP on loopback, signs whatever claims it
//! is told to, and misbehaves on request.
//!
//! ```
//! use std::time::Duration;
//!
//! use auth_testkit::{Fault, TestIssuer};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let issuer = TestIssuer::start().await;
//! assert!(issuer.issuer().starts_with("http://127.0.0.1:"));
//!
//! let assertion = issuer
//!     .token("repo:acme/vision")
//!     .audience("acme")
//!     .lifetime(Duration::from_secs(300))
//!     .claim("environment", "production")
//!     .sign();
//! assert_eq!(assertion.split('.').count(), 3);
//!
//! issuer.rotate();
//! issuer.withdraw_old_keys();
//! issuer.set_fault(Some(Fault::Status(503)));
//! assert_eq!(issuer.requests(), 0, "nobody has asked for its keys so far");
//! # }
//! ```
//!
//! # What it serves
//!
//! - `GET /.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §4)
//! - `GET /jwks` (RFC 7517 §5)
//!
//! # What is not done here
//!
//! Nobody signs in: there is no authorization endpoint and no token endpoint. There is no TLS, so a
//! verifier must allow plain HTTP on loopback.
//!
//! # Threats
//!
//! Whoever holds a [`TestIssuer`] can be anyone. Register one with nothing that matters.

mod builder;
mod fault;
mod issuer;
mod key;
mod server;
mod token;

pub use crate::builder::{StartError, TestIssuerBuilder};
pub use crate::fault::Fault;
pub use crate::issuer::TestIssuer;
pub use crate::key::SigningAlgorithm;
pub use crate::token::TokenBuilder;
