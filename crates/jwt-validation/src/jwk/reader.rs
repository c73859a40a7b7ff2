//! From one entry of a key set to a key that may be used.

use std::borrow::Cow;

use serde::de::MapAccess;

use crate::algorithm::{Algorithm, AlgorithmSet, KeyKind};
use crate::base64url;
use crate::error::{Excerpt, Fault};
use crate::json::{MemberValue, Members, NameRule, read_object};
use crate::jwk::{EcPublicKey, Jwk, PublicKey, RsaPublicKey, SkipReason};

/// The members that matter for a public key that verifies. `d`, `p`, `q` and the other private ones
/// are passed over like everything else.
#[derive(Default)]
struct Entry<'de> {
    key_type: Option<Cow<'de, str>>,
    key_id: Option<Cow<'de, str>>,
    key_use: Option<Cow<'de, str>>,
    operations: Option<Vec<Cow<'de, str>>>,
    algorithm: Option<Cow<'de, str>>,
    curve: Option<Cow<'de, str>>,
    n: Option<Cow<'de, str>>,
    e: Option<Cow<'de, str>>,
    x: Option<Cow<'de, str>>,
    y: Option<Cow<'de, str>>,
}

impl<'de> Members<'de> for Entry<'de> {
    fn member<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        value: MemberValue<'_, 'de, A>,
    ) -> Result<(), A::Error> {
        match name {
            "kty" => self.key_type = Some(value.string("kty")?),
            "kid" => self.key_id = Some(value.string("kid")?),
            "use" => self.key_use = Some(value.string("use")?),
            "key_ops" => self.operations = Some(value.strings("key_ops")?),
            "alg" => self.algorithm = Some(value.string("alg")?),
            "crv" => self.curve = Some(value.string("crv")?),
            "n" => self.n = Some(value.string("n")?),
            "e" => self.e = Some(value.string("e")?),
            "x" => self.x = Some(value.string("x")?),
            "y" => self.y = Some(value.string("y")?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

/// Reads one entry of a key set.
pub(crate) fn read_jwk(json: &[u8]) -> Jwk {
    let mut entry = Entry::default();
    let read = read_object(json, NameRule::Distinct, &mut entry);
    Jwk {
        key_id: entry.key_id.as_deref().map(str::to_owned),
        key: read
            .map_err(SkipReason::Malformed)
            .and_then(|()| entry.usable_key()),
    }
}

impl Entry<'_> {
    fn usable_key(&self) -> Result<(PublicKey, AlgorithmSet), SkipReason> {
        if let Some(key_use) = self.key_use.as_deref()
            && key_use != "sig"
        {
            return Err(SkipReason::Use(Excerpt::new(key_use)));
        }
        if let Some(operations) = &self.operations
            && !operations.iter().any(|operation| operation == "verify")
        {
            return Err(SkipReason::Operations);
        }
        let key = match required(&self.key_type, "kty")? {
            "RSA" => PublicKey::Rsa(self.rsa()?),
            "EC" => PublicKey::Ec(self.ec()?),
            "OKP" => self.okp()?,
            "oct" => return Err(SkipReason::Symmetric),
            other => return Err(SkipReason::KeyType(Excerpt::new(other))),
        };
        let algorithms = self.algorithms(key.kind())?;
        Ok((key, algorithms))
    }

    /// The one algorithm that the issuer chose for the key; where it chose none (RFC 7517 §4.4 lets it),
    /// all that fit.
    fn algorithms(&self, kind: KeyKind) -> Result<AlgorithmSet, SkipReason> {
        let Some(name) = self.algorithm.as_deref() else {
            let mut fitting = Algorithm::ALL.to_vec();
            fitting.retain(|algorithm| algorithm.key_kind() == kind);
            return Ok(AlgorithmSet::of(&fitting));
        };
        match Algorithm::from_name(name) {
            Some(algorithm) if algorithm.key_kind() == kind => Ok(AlgorithmSet::of(&[algorithm])),
            _ => Err(SkipReason::Algorithm(Excerpt::new(name))),
        }
    }

    fn rsa(&self) -> Result<RsaPublicKey, SkipReason> {
        let modulus = without_leading_zeros(octets(&self.n, "n")?);
        let exponent = without_leading_zeros(octets(&self.e, "e")?);
        let bits = bit_length(&modulus);
        if !(2048..=8192).contains(&bits) {
            return Err(SkipReason::Modulus { bits });
        }
        if modulus.last().is_none_or(|last| last % 2 == 0) {
            return Err(SkipReason::Invalid);
        }
        if !is_sound_exponent(&exponent) {
            return Err(SkipReason::Exponent);
        }
        Ok(RsaPublicKey { modulus, exponent })
    }

    fn ec(&self) -> Result<EcPublicKey, SkipReason> {
        let (kind, width) = match required(&self.curve, "crv")? {
            "P-256" => (KeyKind::P256, 32),
            "P-384" => (KeyKind::P384, 48),
            "P-521" => (KeyKind::P521, 66),
            other => return Err(SkipReason::Curve(Excerpt::new(other))),
        };
        let coordinate = |text, name| {
            let octets = octets(text, name)?;
            // RFC 7518 §6.2.1.2: the full width, leading zeros included.
            if octets.len() != width {
                return Err(SkipReason::Malformed(Fault::MemberType(name)));
            }
            Ok(octets)
        };
        Ok(EcPublicKey {
            kind,
            x: coordinate(&self.x, "x")?,
            y: coordinate(&self.y, "y")?,
        })
    }

    fn okp(&self) -> Result<PublicKey, SkipReason> {
        match required(&self.curve, "crv")? {
            "Ed25519" => {}
            other => return Err(SkipReason::Curve(Excerpt::new(other))),
        }
        let point = octets(&self.x, "x")?;
        <[u8; 32]>::try_from(point)
            .map(PublicKey::Ed25519)
            .map_err(|_| SkipReason::Malformed(Fault::MemberType("x")))
    }
}

fn required<'a>(
    member: &'a Option<Cow<'_, str>>,
    name: &'static str,
) -> Result<&'a str, SkipReason> {
    member.as_deref().ok_or(SkipReason::Missing(name))
}

fn octets(member: &Option<Cow<'_, str>>, name: &'static str) -> Result<Vec<u8>, SkipReason> {
    let text = required(member, name)?;
    base64url::decode(text).map_err(|_| SkipReason::Malformed(Fault::MemberType(name)))
}

/// RFC 7518 §6.3.1.1 forbids leading zeros and notes that some libraries write one; the number is the
/// same.
fn without_leading_zeros(mut number: Vec<u8>) -> Vec<u8> {
    let zeros = number.iter().take_while(|&&octet| octet == 0).count();
    number.drain(..zeros);
    number
}

fn bit_length(number: &[u8]) -> usize {
    number.first().map_or(0, |first| {
        let padding = usize::try_from(first.leading_zeros()).unwrap_or(0);
        number.len().saturating_mul(8).saturating_sub(padding)
    })
}

fn is_sound_exponent(exponent: &[u8]) -> bool {
    if exponent.len() > 8 {
        return false;
    }
    let value = exponent
        .iter()
        .fold(0_u64, |value, &octet| (value << 8) | u64::from(octet));
    value % 2 == 1 && (65_537..1 << 33).contains(&value)
}
