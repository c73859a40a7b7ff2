//! The JSON form of a condition.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::super::bounds;
use super::super::claim_path::ClaimPath;
use super::super::condition::{Condition, Test};
use super::super::error::{Path, Shown, TrustError};
use super::super::pattern::Pattern;
use super::super::scalar::Scalar;
use super::each;

/// A claim and one of the tests.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ConditionDocument {
    claim: String,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    equals: Option<Value>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    one_of: Option<Vec<Value>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    prefix: Option<String>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pattern: Option<String>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    contains: Option<Value>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    contains_any: Option<Vec<Value>>,
}

/// Reads a member that is there, so that `null` is a value and not an absence.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(json: D) -> Result<Option<T>, D::Error> {
    T::deserialize(json).map(Some)
}

impl ConditionDocument {
    pub(super) fn parse(self, path: &Path<'_>) -> Result<Condition, TrustError> {
        let claim = claim_path(&self.claim, &path.member("claim"))?;
        let one = |value: Option<Value>, name, test: fn(Scalar) -> Test| {
            value.map(|value| scalar(value, &path.member(name)).map(test))
        };
        let several = |values: Option<Vec<Value>>, name, test: fn(Vec<Scalar>) -> Test| {
            values.map(|values| each(values, &path.member(name), scalar).map(test))
        };
        let pattern = self.pattern.map(|text| {
            let path = path.member("pattern");
            let pattern = Pattern::parse(&text).map(Test::Pattern);
            pattern.ok_or_else(|| TrustError::field(&path, &text, Pattern::EXPECTED))
        });
        let tests = [
            one(self.equals, "equals", Test::Equals),
            several(self.one_of, "one_of", Test::OneOf),
            self.prefix.map(|prefix| Ok(Test::Prefix(prefix))),
            pattern,
            one(self.contains, "contains", Test::Contains),
            several(self.contains_any, "contains_any", Test::ContainsAny),
        ];
        let mut tests = tests.into_iter().flatten();
        let (Some(test), None) = (tests.next(), tests.next()) else {
            const EXPECTED: &str =
                "exactly one of equals, one_of, prefix, pattern, contains and contains_any";
            let found = Shown::words("another number of tests");
            return Err(TrustError::field(path, found, EXPECTED));
        };
        Ok(Condition { claim, test: test? })
    }
}

impl TryFrom<ConditionDocument> for Condition {
    type Error = TrustError;

    fn try_from(document: ConditionDocument) -> Result<Self, TrustError> {
        let condition = document.parse(&Path::Root)?;
        bounds::check_condition(&condition, &Path::Root)?;
        Ok(condition)
    }
}

impl From<Condition> for ConditionDocument {
    fn from(condition: Condition) -> Self {
        let mut document = Self {
            claim: condition.claim.as_str().to_owned(),
            ..Self::default()
        };
        let values = |scalars: &[Scalar]| scalars.iter().map(Value::from).collect();
        match condition.test {
            Test::Equals(value) => document.equals = Some((&value).into()),
            Test::OneOf(several) => document.one_of = Some(values(&several)),
            Test::Prefix(prefix) => document.prefix = Some(prefix),
            Test::Pattern(pattern) => document.pattern = Some(pattern.as_str().to_owned()),
            Test::Contains(value) => document.contains = Some((&value).into()),
            Test::ContainsAny(several) => document.contains_any = Some(values(&several)),
        }
        document
    }
}

pub(super) fn claim_path(text: &str, path: &Path<'_>) -> Result<ClaimPath, TrustError> {
    ClaimPath::parse(text).ok_or_else(|| TrustError::field(path, text, ClaimPath::EXPECTED))
}

fn scalar(value: Value, path: &Path<'_>) -> Result<Scalar, TrustError> {
    Scalar::of(&value).ok_or_else(|| TrustError::field(path, Shown::json(&value), Scalar::EXPECTED))
}
