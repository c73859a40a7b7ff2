//! The member names that one object has used.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

use crate::error::Fault;

/// When two names are too close for one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameRule {
    /// When they are equal.
    Distinct,
    /// Also when they are equal but for their case. A reader that folds names (Go's `encoding/json`
    /// does, and takes U+017F for `s`) would see a member twice where this one sees two members.
    DistinctWhenFolded,
}

/// Up to here names are compared pair by pair, which beats hashing.
const FEW: usize = 16;

pub(crate) struct Names<'de> {
    rule: NameRule,
    few: Vec<Cow<'de, str>>,
    many: HashMap<Cow<'de, str>, Cow<'de, str>>,
}

impl<'de> Names<'de> {
    pub(crate) fn new(rule: NameRule) -> Self {
        Self {
            rule,
            few: Vec::new(),
            many: HashMap::new(),
        }
    }

    /// Adds `name`, or says why it can't stand beside the names so far.
    pub(crate) fn insert(&mut self, name: Cow<'de, str>) -> Result<(), Fault> {
        // serde_json reads an object that begins with such a name as something else: as the JSON text
        // that its value holds, which no check here has seen.
        if name.starts_with("$serde_json::private::") {
            return Err(Fault::ReservedMember);
        }
        if let Some(earlier) = self.few.iter().find(|earlier| self.clash(earlier, &name)) {
            return Err(fault(earlier, &name));
        }
        if self.few.len() < FEW {
            self.few.push(name);
            return Ok(());
        }
        let key = match self.rule {
            NameRule::Distinct => name.clone(),
            NameRule::DistinctWhenFolded => Cow::Owned(fold(&name).collect()),
        };
        match self.many.insert(key, name.clone()) {
            Some(earlier) => Err(fault(&earlier, &name)),
            None => Ok(()),
        }
    }

    fn clash(&self, a: &str, b: &str) -> bool {
        match self.rule {
            NameRule::Distinct => a == b,
            NameRule::DistinctWhenFolded if a.is_ascii() && b.is_ascii() => {
                a.eq_ignore_ascii_case(b)
            }
            NameRule::DistinctWhenFolded => fold(a).eq(fold(b)),
        }
    }
}

fn fault(earlier: &str, later: &str) -> Fault {
    if earlier == later {
        Fault::DuplicateMember
    } else {
        Fault::LookAlikeMember
    }
}

/// Upper case first, then lower case: that joins what simple lower-casing leaves apart (U+017F and
/// `s`, U+212A and `k`, both sigmas).
fn fold(name: &str) -> impl Iterator<Item = char> {
    name.chars()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
}

/// Reads a member name, borrowed where it has no escapes.
pub(crate) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
