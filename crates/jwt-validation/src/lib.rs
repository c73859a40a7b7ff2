//! Strict JWS and JWT verification against a JWK Set that rotates.
//!
//! A policy says what a token must be, a key set is what its issuer publishes, and only the two together,
//! with the time, make [`VerifiedClaims`] of it. The crate knows nothing of users.
//!
//! ```
//! # #[cfg(any(feature = "aws-lc-rs", feature = "josekit"))] {
//! use jwt_validation::{Audience, Error, KeySet, TokenPolicy, UnixTime, default_backend};
//!
//! let published = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1",
//!     "x": "SfGyjat7ICWfYjLQPxpJ4rQLRTgti16TjBR6wn0AGKA"}]}"#;
//! let token = concat!(
//!     "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ",
//!     ".eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwic3ViIjoiam9iLTE3IiwiYXVkIjoiaHR0cHM6Ly9hc",
//!     "GkuZXhhbXBsZSIsImV4cCI6MTc2NzIyOTIwMH0",
//!     ".aCDfwSmyWTd2KVX_n0ylISBLqLaqmfHll63SAGlzVLmEzdIeOCHdVN-ZgNTPXvZDmzTf__cmvc7NG0-PPCJGDQ",
//! );
//!
//! let keys = KeySet::parse(published, default_backend())?;
//! let audience = Audience::any_of(["https://api.example"])?;
//! let policy = TokenPolicy::new("https://issuer.example", audience);
//!
//! let claims = policy.verify(token, &keys, UnixTime::from_secs(1_767_225_600))?;
//! assert_eq!(claims.subject(), Some("job-17"));
//!
//! let later = policy.verify(token, &keys, UnixTime::from_secs(1_767_229_260));
//! assert_eq!(later.unwrap_err().code(), "jwt.expired");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where the keys come from the issuer's metadata, a `JwksSource` (feature `http`) keeps them fresh and
//! has the same `verify`. Its state tells a status page and metrics what it has and how it fares. A
//! [`CachedVerifier`] spares the second signature check of a token that comes again.
//!
//! # What is checked, in this order
//!
//! 1. `jwt.length`: at most 16 KiB, before anything is decoded.
//! 2. `jwt.segments`: three segments in canonical base64url without padding.
//! 3. `jwt.header`: one JSON object in UTF-8, no member twice, at most 32 levels deep.
//! 4. `jwt.crit`: no critical extension.
//! 5. `jwt.typ`: the kind of token that the policy takes.
//! 6. `jwt.alg`: an algorithm that the policy allows, compared byte for byte. There is no way to allow
//!    `none` or HMAC.
//! 7. `jwt.key`: the one key of this id that serves this algorithm. Keys, certificates and URLs in the
//!    header have no effect.
//! 8. `jwt.signature`: the signature. No claim has been read until here.
//! 9. `jwt.claims`: as the header, and no two names that are equal but for their case.
//! 10. `jwt.issuer`: the policy's issuer, byte for byte.
//! 11. `jwt.audience`: one of the policy's audiences, byte for byte.
//! 12. `jwt.expiry`, `jwt.not_before`, `jwt.issued_at`: `exp` must be there; fractions never count in the
//!     token's favour; 60 seconds of leeway, which each of them can have of its own.
//! 13. `jwt.lifetime`: where the policy has a limit.
//! 14. `jwt.subject`: a `sub` that is not empty.
//!
//! [`TokenPolicy::verify_recorded`] tells these checks one by one, to an operator who asks why a token was
//! refused. [`Error::code`] is stable.
//!
//! # What is not done
//!
//! No decryption (JWE), no JSON serialization, no detached payloads, no symmetric keys, no Ed448, no
//! secp256k1, no nested tokens. No claims of OpenID Connect (`nonce`, `azp`, `at_hash`), no one-time use
//! of `jti`, no revocation: what a verified claim means is the caller's to decide.
//!
//! # Threats
//!
//! Whoever sends a token controls every octet of it, as often as they like. Whoever registers an issuer
//! controls its URL and, in their own key set, every octet; they can make tokens of their own issuer and
//! no other's, and can't turn the fetch of their keys against the server's network. The name service and
//! the network are not trusted either: TLS vouches for the issuer, and an address is checked when it is
//! dialled. The operator's clock, certificates and policies are trusted.
//!
//! Errors hold no token, key or signature. What they quote from a token is an [`Excerpt`]. A verification
//! compares no secrets, so its time reveals none.
//!
//! # Features
//!
//! | feature | default | what |
//! |---|---|---|
//! | `aws-lc-rs` | on | signatures by AWS-LC |
//! | `josekit` | on | signatures by the system's OpenSSL; needs its headers to build |
//! | `http` | on | key sets from issuers, and the guarded HTTP client; needs a tokio runtime |
//!
//! Without either backend, a host brings a [`Backend`] of its own.
//!
//! # Specifications
//!
//! RFC 7515 (JWS), RFC 7517 (JWK), RFC 7518 (JWA), RFC 7519 (JWT), RFC 8037 and RFC 9864 (Ed25519),
//! RFC 8725 (best current practices), RFC 9068 (access tokens), RFC 9110 and RFC 9111 (conditional
//! requests, caching), OpenID Connect Discovery 1.0. Where this crate is stricter, or does less,
//! `docs/spec-divergences.md` says so, by section.

mod algorithm;
mod backend;
mod base64url;
mod cache;
mod claims;
mod error;
mod header;
mod json;
mod jwk;
mod key_set;
mod near_miss;
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
pub use crate::cache::CachedVerifier;
pub use crate::claims::VerifiedClaims;
pub use crate::error::{ConfigError, Error, ErrorKind, Excerpt, Fault, Part};
pub use crate::jwk::{EcPublicKey, PublicKey, RsaPublicKey, SkipReason};
pub use crate::key_set::{Key, KeySet, KeySetError, SkippedKey};
pub use crate::near_miss::{NearMiss, near_miss};
#[cfg(feature = "http")]
pub use crate::outbound::{FetchError, GuardedClient, OutboundPolicy, UrlFault};
pub use crate::policy::{Audience, TokenPolicy, TypePolicy};
pub use crate::record::{Check, CheckRecorder, Verdict};
#[cfg(feature = "http")]
pub use crate::source::{
    BearerToken, JwksSource, Serving, SourceConfig, SourceCounters, SourceError, SourceState,
    UsableKey,
};
pub use crate::time::UnixTime;
pub use crate::token::UnverifiedToken;
