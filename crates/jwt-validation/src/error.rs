//! What can be wrong with a token, its keys, or the settings, by who is at fault.

mod excerpt;
mod fault;

pub use crate::error::excerpt::Excerpt;
pub use crate::error::fault::{Fault, Part};

use std::time::Duration;

use crate::algorithm::{Algorithm, AlgorithmSet};
use crate::jwk::SkipReason;
use crate::policy::TypePolicy;
use crate::time::UnixTime;

/// The class of an error; decide by it and by the code, never by text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The token is well-formed and does not prove what it must.
    Rejected,
    /// The token was good once.
    Expired,
    /// The token can't be read.
    Malformed,
    /// The issuer's keys can't be had at the moment; the token was not judged.
    Unavailable,
    /// The settings, the operator's or the issuer's, can't work; the token was not judged.
    Misconfigured,
}

/// Why a token was not accepted.
///
/// No variant holds a token, a key or a signature. Texts from the token are [`Excerpt`]s.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The token is longer than the policy allows. Nothing of it was read.
    #[error("the token has {length} octets, more than {limit}")]
    TooLong {
        /// Its length in octets.
        length: usize,
        /// The policy's limit.
        limit: usize,
    },
    /// The token is not three segments parted by dots (RFC 7515 §3.1).
    #[error("the token is not three segments parted by dots")]
    Segments,
    /// A segment can't be read.
    #[error("the {part} is malformed: {fault}")]
    Malformed {
        /// Which segment.
        part: Part,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The header has `crit` (RFC 7515 §4.1.11), and no extension is understood here.
    #[error("the header demands the extension {extension}, which is not supported")]
    CriticalExtension {
        /// The first extension that the header names.
        extension: Excerpt,
    },
    /// The header's `typ` says that this is another kind of token (RFC 8725 §3.11).
    #[error("the token's type is {found:?}; expected {expected}")]
    Type {
        /// What the policy takes.
        expected: TypePolicy,
        /// The header's `typ`.
        found: Option<Excerpt>,
    },
    /// The header's `alg` is not one that the policy allows (RFC 8725 §3.1).
    #[error("the token's algorithm is {found}; expected one of {expected}")]
    Algorithm {
        /// What the policy allows.
        expected: AlgorithmSet,
        /// The header's `alg`.
        found: Excerpt,
    },
    /// The key set has no key of this id.
    #[error("the key set has no key {key_id}")]
    KeyUnknown {
        /// The header's `kid`.
        key_id: Excerpt,
    },
    /// The token names no key, and no key, or more than one, could have signed it.
    #[error("the token names no key, and {candidates} keys of the set could have signed it")]
    KeyAmbiguous {
        /// How many keys serve the token's algorithm.
        candidates: usize,
    },
    /// The key that the token names is published, and can't be used.
    #[error("the key {key_id} can't be used: {reason}")]
    KeyUnusable {
        /// The header's `kid`.
        key_id: Excerpt,
        /// Why the key was skipped.
        reason: SkipReason,
    },
    /// The key that the token names does not serve the token's algorithm.
    #[error("the key {key_id} is not for {algorithm}")]
    KeyAlgorithm {
        /// The header's `kid`.
        key_id: Excerpt,
        /// The header's `alg`.
        algorithm: Algorithm,
    },
    /// The signature does not match the token under this key.
    #[error("the signature does not match")]
    Signature,
    /// The token is another issuer's, or nobody's. Issuers compare byte for byte.
    #[error("the issuer is {found:?}; expected {expected:?}")]
    Issuer {
        /// The policy's issuer.
        expected: String,
        /// The token's `iss`.
        found: Option<Excerpt>,
    },
    /// The token is for somebody else, or for nobody. Audiences compare byte for byte.
    #[error("the audience is {found:?}; expected one of {expected:?}")]
    Audience {
        /// What the policy takes.
        expected: Vec<String>,
        /// The token's `aud`, its first values.
        found: Vec<Excerpt>,
    },
    /// The token has no `exp`.
    #[error("the token has no expiration time")]
    NoExpiry,
    /// The token has expired.
    #[error("the token expired {} seconds ago", now.since(*expires_at).as_secs())]
    Expired {
        /// The token's `exp`.
        expires_at: UnixTime,
        /// The time of the check.
        now: UnixTime,
    },
    /// The token is not valid yet (`nbf`), or says that it was issued later than now (`iat`).
    #[error("the token's {claim} is {} seconds ahead", at.since(*now).as_secs())]
    NotYetValid {
        /// `nbf` or `iat`.
        claim: &'static str,
        /// Its value.
        at: UnixTime,
        /// The time of the check.
        now: UnixTime,
    },
    /// The token lives longer than the policy allows.
    #[error("the token lives {} seconds, more than {}", found.as_secs(), limit.as_secs())]
    Lifetime {
        /// From `iat`, or else from now, until `exp`.
        found: Duration,
        /// The policy's limit.
        limit: Duration,
    },
    /// The token has no `sub`, or an empty one.
    #[error("the token has no subject")]
    Subject,
    /// The issuer's key set can't be had.
    #[cfg(feature = "http")]
    #[error("the issuer's keys can't be had: {0}")]
    Keys(crate::source::SourceError),
}

impl Error {
    /// The class.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::TooLong { .. } | Self::Segments | Self::Malformed { .. } => ErrorKind::Malformed,
            Self::Expired { .. } => ErrorKind::Expired,
            Self::CriticalExtension { .. }
            | Self::Type { .. }
            | Self::Algorithm { .. }
            | Self::KeyUnknown { .. }
            | Self::KeyAmbiguous { .. }
            | Self::KeyUnusable { .. }
            | Self::KeyAlgorithm { .. }
            | Self::Signature
            | Self::Issuer { .. }
            | Self::Audience { .. }
            | Self::NoExpiry
            | Self::NotYetValid { .. }
            | Self::Lifetime { .. }
            | Self::Subject => ErrorKind::Rejected,
            #[cfg(feature = "http")]
            Self::Keys(error) => error.kind(),
        }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "jwt.length",
            Self::Segments => "jwt.segments",
            Self::Malformed { part, .. } => match part {
                Part::Header => "jwt.header",
                Part::Payload => "jwt.claims",
                Part::Signature => "jwt.signature_encoding",
            },
            Self::CriticalExtension { .. } => "jwt.crit",
            Self::Type { .. } => "jwt.typ",
            Self::Algorithm { .. } => "jwt.alg",
            Self::KeyUnknown { .. } => "jwt.key_unknown",
            Self::KeyAmbiguous { .. } => "jwt.key_ambiguous",
            Self::KeyUnusable { .. } => "jwt.key_unusable",
            Self::KeyAlgorithm { .. } => "jwt.key_algorithm",
            Self::Signature => "jwt.signature",
            Self::Issuer { .. } => "jwt.issuer",
            Self::Audience { .. } => "jwt.audience",
            Self::NoExpiry => "jwt.expiry_missing",
            Self::Expired { .. } => "jwt.expired",
            Self::NotYetValid { .. } => "jwt.not_yet_valid",
            Self::Lifetime { .. } => "jwt.lifetime",
            Self::Subject => "jwt.subject",
            #[cfg(feature = "http")]
            Self::Keys(error) => error.code(),
        }
    }
}

/// Settings that can't work; found when they are given, not when a token comes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No audience was given, or an empty one: nothing, or a token for nobody, would pass.
    #[error("an audience is missing or empty")]
    NoAudience,
    /// A list of types is empty or too long.
    #[error("expected 1 to {max} types")]
    TypeCount {
        /// How many are possible.
        max: usize,
    },
    /// A type is not the name of a media type (RFC 6838 §4.2).
    #[error("{found} is not a media type such as JWT or application/at+jwt")]
    TypeName {
        /// What was given.
        found: Excerpt,
    },
    /// A duration is outside of what can be justified.
    #[error("{field} is {} seconds; expected {min} to {max}", found.as_secs())]
    Duration {
        /// The setting.
        field: &'static str,
        /// What was given.
        found: Duration,
        /// The shortest that does, in seconds.
        min: u64,
        /// The longest that does, in seconds.
        max: u64,
    },
    /// A bearer token can't stand in a header.
    #[cfg(feature = "http")]
    #[error("a bearer token is 1 to {longest} visible ASCII characters without white space")]
    BearerToken {
        /// The largest length that does, in octets.
        longest: usize,
    },
    /// The HTTP client can't be built.
    #[cfg(feature = "http")]
    #[error("the HTTP client can't be built: {reason}")]
    Client {
        /// What the TLS library said.
        reason: String,
    },
}
