//! Strict JWS and JWT verification against a JWK Set that rotates.

mod algorithm;
mod backend;
mod base64url;
mod claims;
mod error;
mod header;
mod json;
mod jwk;
mod key_set;
mod numeric_date;
#[cfg(feature = "http")]
mod outbound;
mod policy;
mod record;
#[cfg(feature = "http")]
mod source;
mod time;
mod token;
mod verify;

pub use crate::algorithm::{Algorithm, AlgorithmSet, KeyKind};
#[cfg(feature = "aws-lc-rs")]
pub use crate::backend::AwsLcRs;
#[cfg(feature = "josekit")]
pub use crate::backend::Josekit;
#[cfg(any(feature = "aws-lc-rs", feature = "josekit"))]
pub use crate::backend::default_backend;
pub use crate::backend::{Backend, KeyError, SignatureMismatch, SignatureVerifier};
pub use crate::claims::VerifiedClaims;
pub use crate::error::{ConfigError, Error, ErrorKind, Excerpt, Fault, Part};
pub use crate::jwk::{EcPublicKey, PublicKey, RsaPublicKey, SkipReason};
pub use crate::key_set::{Key, KeySet, KeySetError, SkippedKey};
#[cfg(feature = "http")]
pub use crate::outbound::{FetchError, GuardedClient, OutboundPolicy, UrlFault};
pub use crate::policy::{Audience, TokenPolicy, TypePolicy};
pub use crate::record::{Check, CheckRecorder, Verdict};
#[cfg(feature = "http")]
pub use crate::source::{JwksSource, SourceConfig, SourceError, SourceState};
pub use crate::time::UnixTime;
pub use crate::token::UnverifiedToken;
