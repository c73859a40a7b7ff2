//! The JOSE header, as far as a JWT needs it.

use std::borrow::Cow;

use serde::de::MapAccess;

use crate::error::{Error, Fault, Part};
use crate::json::{MemberValue, Members, NameRule, read_object};

/// The parameters that decide anything. `jwk`, `jku`, `x5c`, `x5u` and `x5t` are not among them: a key
/// comes from the issuer's key set, found by its id, and never from the token (RFC 8725 §3.10).
#[derive(Debug, Default)]
pub(crate) struct Header<'de> {
    pub(crate) algorithm: Cow<'de, str>,
    pub(crate) key_id: Option<Cow<'de, str>>,
    pub(crate) typ: Option<Cow<'de, str>>,
    /// The first extension that `crit` names, if there is a `crit`.
    pub(crate) critical: Option<Cow<'de, str>>,
}

impl<'de> Header<'de> {
    pub(crate) fn parse(json: &'de [u8]) -> Result<Self, Error> {
        let mut reader = Reader::default();
        read_object(json, NameRule::Distinct, &mut reader)
            .and_then(|()| reader.finish())
            .map_err(|fault| Error::Malformed {
                part: Part::Header,
                fault,
            })
    }
}

#[derive(Default)]
struct Reader<'de> {
    header: Header<'de>,
    has_algorithm: bool,
    critical: Option<Vec<Cow<'de, str>>>,
    unencoded: bool,
}

impl<'de> Members<'de> for Reader<'de> {
    fn member<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        value: MemberValue<'_, 'de, A>,
    ) -> Result<(), A::Error> {
        match name {
            "alg" => {
                self.header.algorithm = value.string("alg")?;
                self.has_algorithm = true;
            }
            "kid" => self.header.key_id = Some(value.string("kid")?),
            "typ" => self.header.typ = Some(value.string("typ")?),
            "crit" => self.critical = Some(value.strings("crit")?),
            // RFC 7797 §7 keeps unencoded payloads out of JWTs.
            "b64" => self.unencoded = !value.parsed("b64", |json| json.parse::<bool>().ok())?,
            _ => value.skip()?,
        }
        Ok(())
    }
}

impl<'de> Reader<'de> {
    fn finish(mut self) -> Result<Header<'de>, Fault> {
        // RFC 7515 §4.1.1: `alg` must be there. An empty name is no algorithm's.
        if !self.has_algorithm || self.header.algorithm.is_empty() {
            return Err(Fault::MemberType("alg"));
        }
        if let Some(names) = self.critical {
            // RFC 7515 §4.1.11: neither empty, nor with a name twice.
            if has_duplicates(&names) {
                return Err(Fault::MemberType("crit"));
            }
            let first = names.into_iter().next();
            self.header.critical = Some(first.ok_or(Fault::MemberType("crit"))?);
        } else if self.unencoded {
            return Err(Fault::UnencodedPayload);
        }
        Ok(self.header)
    }
}

fn has_duplicates(names: &[Cow<'_, str>]) -> bool {
    let mut sorted: Vec<&str> = names.iter().map(Cow::as_ref).collect();
    sorted.sort_unstable();
    !sorted.is_sorted_by(|a, b| a < b)
}
