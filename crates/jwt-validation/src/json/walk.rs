//! Checks a value that nobody reads now, so that whoever reads it later finds no surprise.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::error::Fault;
use crate::json::names::{Name, NameRule, Names};
use crate::json::{Faults, MAX_DEPTH};

/// Goes through one value of any type, `depth` levels below the outermost.
#[derive(Clone, Copy)]
pub(crate) struct Walk<'c> {
    faults: &'c Faults,
    depth: u8,
}

impl<'c> Walk<'c> {
    /// For a value of a member of the outermost object.
    pub(crate) const fn member(faults: &'c Faults) -> Self {
        Self { faults, depth: 1 }
    }

    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(self.faults.raise(Fault::TooDeep));
        }
        Ok(Self {
            depth: self.depth.saturating_add(1),
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while elements.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut names = Names::new(NameRule::Distinct);
        while let Some(name) = members.next_key_seed(Name)? {
            names
                .insert(name)
                .map_err(|fault| self.faults.raise::<A::Error>(fault))?;
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}
