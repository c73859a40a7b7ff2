//! The entries of a JWK Set, unread.

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

use crate::error::Fault;
use crate::json::{MemberValue, Members, NameRule, read_object};
use crate::key_set::{KeySet, KeySetError};

/// The text of each entry.
pub(super) fn entries(json: &[u8]) -> Result<Vec<&str>, KeySetError> {
    if json.len() > KeySet::MAX_OCTETS {
        return Err(KeySetError::TooLarge);
    }
    let mut document = Document::default();
    read_object(json, NameRule::Distinct, &mut document).map_err(KeySetError::Malformed)?;
    let keys = document
        .keys
        .ok_or(KeySetError::Malformed(Fault::MemberType("keys")))?;
    let entries: Entries<'_> = serde_json::from_str(keys)
        .map_err(|_| KeySetError::Malformed(Fault::MemberType("keys")))?;
    if entries.too_many {
        return Err(KeySetError::TooManyKeys);
    }
    Ok(entries.texts)
}

#[derive(Default)]
struct Document<'de> {
    keys: Option<&'de str>,
}

impl<'de> Members<'de> for Document<'de> {
    fn member<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        value: MemberValue<'_, 'de, A>,
    ) -> Result<(), A::Error> {
        match name {
            "keys" => self.keys = Some(value.raw()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

/// An array whose elements may be anything: a bad one must not fail the others.
struct Entries<'de> {
    texts: Vec<&'de str>,
    too_many: bool,
}

impl<'de> serde::Deserialize<'de> for Entries<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(
                self,
                mut elements: A,
            ) -> Result<Self::Value, A::Error> {
                let mut texts = Vec::new();
                while texts.len() < KeySet::MAX_KEYS
                    && let Some(element) = elements.next_element::<&RawValue>()?
                {
                    texts.push(element.get());
                }
                let mut too_many = false;
                while elements.next_element::<IgnoredAny>()?.is_some() {
                    too_many = true;
                }
                Ok(Entries { texts, too_many })
            }
        }

        deserializer.deserialize_seq(Reader)
    }
}
