//! The text of a token: three segments, and what may be known of them before the signature is.

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::claims::ClaimsSet;
use crate::error::{Error, Fault, Part};
use crate::header::Header;

/// A token in compact serialization (RFC 7515 §3.1), its segments decoded.
pub(crate) struct Compact<'t> {
    /// What the signature covers: the first two segments and the dot between them, as they came.
    pub(crate) signing_input: &'t str,
    pub(crate) header: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl<'t> Compact<'t> {
    /// Splits and decodes `token`. Its length must have been checked.
    pub(crate) fn parse(token: &'t str) -> Result<Self, Error> {
        // From the right, so that what was signed is one slice; at most four pieces, however many
        // dots there are.
        let (signing_input, signature) = token.rsplit_once('.').ok_or(Error::Segments)?;
        let (header, payload) = signing_input.split_once('.').ok_or(Error::Segments)?;
        if payload.contains('.') {
            return Err(Error::Segments);
        }
        Ok(Self {
            signing_input,
            header: decode(header, Part::Header)?,
            payload: decode(payload, Part::Payload)?,
            signature: decode(signature, Part::Signature)?,
        })
    }
}

fn decode(segment: &str, part: Part) -> Result<Vec<u8>, Error> {
    base64url::decode(segment).map_err(|fault: Fault| Error::Malformed { part, fault })
}

/// Checks the length before anything else is done with a token.
pub(crate) fn check_length(token: &str, limit: usize) -> Result<(), Error> {
    if token.len() > limit {
        return Err(Error::TooLong {
            length: token.len(),
            limit,
        });
    }
    Ok(())
}

/// What a token says of itself before anybody has checked it; good for choosing the policy and the key
/// set to check it with, and for nothing else.
///
/// # Security
/// Whoever sent the token wrote this. The type has no subject, and nothing that takes
/// [`VerifiedClaims`](crate::VerifiedClaims) takes it.
///
/// ```compile_fail
/// use jwt_validation::{UnverifiedToken, VerifiedClaims};
///
/// fn sign_in(claims: &VerifiedClaims) {}
///
/// fn shortcut(token: &UnverifiedToken) {
///     sign_in(token);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct UnverifiedToken {
    issuer: Option<String>,
    audience: Vec<String>,
    key_id: Option<String>,
    algorithm: Option<Algorithm>,
}

impl UnverifiedToken {
    /// Reads a token of at most `max_length` octets, as strictly as a verification does.
    ///
    /// # Errors
    /// Whatever makes the token malformed.
    pub fn parse(token: &str, max_length: usize) -> Result<Self, Error> {
        check_length(token, max_length)?;
        let compact = Compact::parse(token)?;
        let header = Header::parse(&compact.header)?;
        let claims = ClaimsSet::parse(&compact.payload)?;
        Ok(Self {
            issuer: claims.issuer.map(Into::into),
            audience: claims.audience.into_iter().map(Into::into).collect(),
            key_id: header.key_id.map(Into::into),
            algorithm: Algorithm::from_name(&header.algorithm),
        })
    }

    /// Who claims to have issued it.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Whether it claims to be for `audience`, compared byte for byte.
    #[must_use]
    pub fn has_audience(&self, audience: &str) -> bool {
        self.audience.iter().any(|found| found == audience)
    }

    /// For whom it claims to be.
    #[must_use]
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// The key that it claims to be signed with.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The algorithm that it claims to be signed with; nothing where this crate does not support it.
    #[must_use]
    pub const fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }
}
