//! The value of one member, read as what the member must be.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::Fault;
use crate::json::Faults;
use crate::json::names::Name;
use crate::json::walk::Walk;

/// A value that has not been read yet.
pub(crate) struct MemberValue<'c, 'de, A> {
    map: &'c mut A,
    faults: &'c Faults,
    input: PhantomData<&'de ()>,
}

impl<'c, 'de, A: MapAccess<'de>> MemberValue<'c, 'de, A> {
    pub(crate) const fn new(map: &'c mut A, faults: &'c Faults) -> Self {
        Self {
            map,
            faults,
            input: PhantomData,
        }
    }

    /// Checks a value that is not read here.
    pub(crate) fn skip(self) -> Result<(), A::Error> {
        self.map.next_value_seed(Walk::member(self.faults))
    }

    /// A string. `member` names the member in the refusal of anything else, null too: a wrong type is
    /// never taken for an absent member.
    pub(crate) fn string(self, member: &'static str) -> Result<Cow<'de, str>, A::Error> {
        self.faults.0.set(Some(Fault::MemberType(member)));
        self.map.next_value_seed(Name)
    }

    /// A string, or an array of strings.
    pub(crate) fn string_or_strings(
        self,
        member: &'static str,
    ) -> Result<Vec<Cow<'de, str>>, A::Error> {
        self.faults.0.set(Some(Fault::MemberType(member)));
        self.map.next_value_seed(Strings { one: true })
    }

    /// An array of strings.
    pub(crate) fn strings(self, member: &'static str) -> Result<Vec<Cow<'de, str>>, A::Error> {
        self.faults.0.set(Some(Fault::MemberType(member)));
        self.map.next_value_seed(Strings { one: false })
    }

    /// The text of a value of any type, its syntax checked and nothing else.
    pub(crate) fn raw(self) -> Result<&'de str, A::Error> {
        self.map.next_value::<&RawValue>().map(RawValue::get)
    }

    /// The text of a value, read by `parse`, which knows what `member` must be.
    pub(crate) fn parsed<T>(
        self,
        member: &'static str,
        parse: impl FnOnce(&'de str) -> Option<T>,
    ) -> Result<T, A::Error> {
        let faults = self.faults;
        parse(self.raw()?).ok_or_else(|| faults.raise(Fault::MemberType(member)))
    }
}

struct Strings {
    one: bool,
}

impl<'de> DeserializeSeed<'de> for Strings {
    type Value = Vec<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.one {
            deserializer.deserialize_any(self)
        } else {
            deserializer.deserialize_seq(self)
        }
    }
}

impl<'de> Visitor<'de> for Strings {
    type Value = Vec<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("strings")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(vec![Cow::Borrowed(text)])
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(vec![Cow::Owned(text.to_owned())])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut strings = Vec::new();
        while let Some(text) = elements.next_element_seed(Name)? {
            strings.push(text);
        }
        Ok(strings)
    }
}
