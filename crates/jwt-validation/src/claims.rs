//! The claims set, and what becomes of it once it is verified.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::de::MapAccess;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::error::{Error, Part};
use crate::json::{MemberValue, Members, NameRule, read_object};
use crate::numeric_date::NumericDate;
use crate::time::UnixTime;

/// The registered claims (RFC 7519 §4.1) of a payload that nobody has judged yet. All other members
/// have been checked for syntax, duplicates and depth.
#[derive(Debug, Default)]
pub(crate) struct ClaimsSet<'de> {
    pub(crate) issuer: Option<Cow<'de, str>>,
    pub(crate) subject: Option<Cow<'de, str>>,
    /// Empty where the claim is absent: both are for nobody.
    pub(crate) audience: Vec<Cow<'de, str>>,
    pub(crate) expires_at: Option<NumericDate>,
    pub(crate) not_before: Option<NumericDate>,
    pub(crate) issued_at: Option<NumericDate>,
    pub(crate) jwt_id: Option<Cow<'de, str>>,
}

impl<'de> ClaimsSet<'de> {
    pub(crate) fn parse(json: &'de [u8]) -> Result<Self, Error> {
        let mut claims = Self::default();
        match read_object(json, NameRule::DistinctWhenFolded, &mut claims) {
            Ok(()) => Ok(claims),
            Err(fault) => Err(Error::Malformed {
                part: Part::Payload,
                fault,
            }),
        }
    }
}

impl<'de> Members<'de> for ClaimsSet<'de> {
    fn member<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        value: MemberValue<'_, 'de, A>,
    ) -> Result<(), A::Error> {
        match name {
            "iss" => self.issuer = Some(value.string("iss")?),
            "sub" => self.subject = Some(value.string("sub")?),
            "aud" => self.audience = value.string_or_strings("aud")?,
            "exp" => self.expires_at = Some(value.parsed("exp", NumericDate::parse)?),
            "nbf" => self.not_before = Some(value.parsed("nbf", NumericDate::parse)?),
            "iat" => self.issued_at = Some(value.parsed("iat", NumericDate::parse)?),
            "jti" => self.jwt_id = Some(value.string("jti")?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

/// Claims whose signature, issuer, audience, times and subject have been checked. Only
/// [`TokenPolicy::verify`](crate::TokenPolicy::verify) and its like make one.
#[derive(Clone)]
pub struct VerifiedClaims {
    pub(crate) issuer: Arc<str>,
    pub(crate) subject: Option<String>,
    pub(crate) audience: Vec<String>,
    pub(crate) expires_at: UnixTime,
    pub(crate) not_before: Option<UnixTime>,
    pub(crate) issued_at: Option<UnixTime>,
    pub(crate) jwt_id: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: Option<String>,
    pub(crate) payload: Payload,
}

impl VerifiedClaims {
    /// `iss`, which is the policy's issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`. Never empty, and absent only where the policy does not require a subject.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// `aud`, as an array. Empty only where the policy does not check the audience.
    #[must_use]
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// `exp`, fractions cut off.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// `nbf`, fractions rounded up.
    #[must_use]
    pub const fn not_before(&self) -> Option<UnixTime> {
        self.not_before
    }

    /// `iat`, fractions rounded up.
    #[must_use]
    pub const fn issued_at(&self) -> Option<UnixTime> {
        self.issued_at
    }

    /// `jti`.
    #[must_use]
    pub fn jwt_id(&self) -> Option<&str> {
        self.jwt_id.as_deref()
    }

    /// The algorithm of the signature.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The header's `kid`.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// A claim by its exact name, registered ones too.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims().get(name)
    }

    /// All claims. They are built at the first call; what only needs the registered ones is spared it.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        self.payload.claims()
    }
}

/// Claims can hold personal data, so only who and until when is shown.
impl fmt::Debug for VerifiedClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedClaims")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The text of a verified claims set, and its values once somebody asked.
#[derive(Clone)]
pub(crate) struct Payload {
    json: Vec<u8>,
    claims: OnceLock<Map<String, Value>>,
}

impl Payload {
    /// `json` must have passed [`ClaimsSet::parse`].
    pub(crate) const fn new(json: Vec<u8>) -> Self {
        Self {
            json,
            claims: OnceLock::new(),
        }
    }

    fn claims(&self) -> &Map<String, Value> {
        self.claims.get_or_init(|| {
            // The same parser has read the same text to its end, so there is no error; were there
            // one, no claims is what grants nothing.
            serde_json::from_slice(&self.json).unwrap_or_default()
        })
    }
}
