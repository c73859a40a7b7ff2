//! JSON objects from outside, read strictly.
//!
//! serde_json does the syntax. On top of it no object, at any depth, may name a member twice: RFC 8259
//! §4 leaves the meaning open, so two readers can see two different tokens (RFC 7515 §4, RFC 7519 §4).
//! Names are compared as they are after unescaping. Nesting is bounded, so that nothing here or later
//! recurses as deep as a sender likes.

mod names;
mod value;
mod walk;

#[cfg(test)]
mod tests;

use std::cell::Cell;

use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde_json::error::Category;

use crate::error::Fault;
pub(crate) use crate::json::names::NameRule;
use crate::json::names::{Name, Names};
pub(crate) use crate::json::value::MemberValue;

/// Arrays and objects may be nested this deep, the outermost object counted.
pub(crate) const MAX_DEPTH: u8 = 32;

/// Takes the members of one object.
pub(crate) trait Members<'de> {
    /// Takes the member called `name`. The value must be consumed by one of its methods.
    fn member<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        value: MemberValue<'_, 'de, A>,
    ) -> Result<(), A::Error>;
}

/// Reads `bytes`, which must be one JSON object in UTF-8 and nothing else, into `members`.
pub(crate) fn read_object<'de>(
    bytes: &'de [u8],
    rule: NameRule,
    members: &mut impl Members<'de>,
) -> Result<(), Fault> {
    let text = str::from_utf8(bytes).map_err(|_| Fault::Utf8)?;
    let faults = Faults::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let object = Object {
        rule,
        members,
        faults: &faults,
    };
    object
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .map_err(|error| match error.classify() {
            Category::Data => faults.0.get().unwrap_or(Fault::NotAnObject),
            Category::Syntax | Category::Eof | Category::Io => Fault::Syntax,
        })
}

/// Carries the reason of a refusal past serde, whose errors are opaque.
#[derive(Default)]
pub(crate) struct Faults(Cell<Option<Fault>>);

impl Faults {
    fn raise<E: serde::de::Error>(&self, fault: Fault) -> E {
        self.0.set(Some(fault));
        E::custom("refused")
    }
}

struct Object<'c, M> {
    rule: NameRule,
    members: &'c mut M,
    faults: &'c Faults,
}

impl<'de, M: Members<'de>> DeserializeSeed<'de> for Object<'_, M> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, M: Members<'de>> Visitor<'de> for Object<'_, M> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = Names::new(self.rule);
        while let Some(name) = map.next_key_seed(Name)? {
            let value = MemberValue::new(&mut map, self.faults);
            self.members.member(&name, value)?;
            names
                .insert(name)
                .map_err(|fault| self.faults.raise::<A::Error>(fault))?;
        }
        Ok(())
    }
}
