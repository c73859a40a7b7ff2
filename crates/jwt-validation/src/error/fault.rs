//! What can be wrong with the text of a token or a key.

use std::fmt;

/// A segment of a JWS in compact serialization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The JOSE header.
    Header,
    /// The payload, a claims set.
    Payload,
    /// The signature.
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// Why a text can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Not base64url without padding, in its one canonical form (RFC 7515 §2, RFC 4648 §3.5).
    #[error("not canonical base64url without padding")]
    Base64,
    /// Not UTF-8 (RFC 8725 §3.7).
    #[error("not UTF-8")]
    Utf8,
    /// Not JSON, or something follows it.
    #[error("not one JSON value")]
    Syntax,
    /// JSON, and not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// An object names a member twice.
    #[error("a member name occurs twice")]
    DuplicateMember,
    /// The claims set has two names that are equal but for their case.
    #[error("two member names are equal but for their case")]
    LookAlikeMember,
    /// A member has a name that the JSON library keeps for itself.
    #[error("a member name is reserved")]
    ReservedMember,
    /// Arrays and objects are nested more than 32 deep.
    #[error("nested more than 32 deep")]
    TooDeep,
    /// A member has a type that it can't have. `null` is not the same as absent.
    #[error("the member {0:?} has a value that it can't have")]
    MemberType(&'static str),
    /// The header says that the payload is not encoded (RFC 7797), which a JWT never is.
    #[error("the payload is marked as unencoded")]
    UnencodedPayload,
}
