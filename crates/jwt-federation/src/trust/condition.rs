//! One thing that must hold of a claim.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::claim_path::ClaimPath;
use super::document::ConditionDocument;
use super::error::{Path, TrustError};
use super::pattern::Pattern;
use super::scalar::Scalar;

/// What must hold of one claim. In JSON the test's name is a member beside `claim`, and there is
/// exactly one: `{"claim": "repository_id", "equals": "7"}`.
///
/// A claim that is missing, `null` or of another type fulfils no condition; nothing is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ConditionDocument", into = "ConditionDocument")]
#[non_exhaustive]
pub struct Condition {
    /// Which claim: the name of a top-level one, or a JSON pointer (RFC 6901).
    pub claim: ClaimPath,
    /// What it must be.
    pub test: Test,
}

/// What a claim must be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Test {
    /// `equals`: this string, boolean or integer.
    Equals(Scalar),
    /// `one_of`: one of these, at least one and at most 256.
    OneOf(Vec<Scalar>),
    /// `prefix`: a string that begins with this text, which is not empty.
    Prefix(String),
    /// `pattern`: a string that matches as a whole.
    Pattern(Pattern),
    /// `contains`: a list that holds this value.
    Contains(Scalar),
    /// `contains_any`: a list that holds one of these values, at least one and at most 256.
    ContainsAny(Vec<Scalar>),
}

impl Condition {
    /// That `claim` passes `test`.
    ///
    /// # Errors
    /// [`TrustError::Field`] where `claim` can't be a path.
    pub fn new(claim: &str, test: Test) -> Result<Self, TrustError> {
        let path = Path::Root.member("claim");
        let found = ClaimPath::parse(claim);
        let claim = found.ok_or_else(|| TrustError::field(&path, claim, ClaimPath::EXPECTED))?;
        Ok(Self { claim, test })
    }

    /// Whether it holds of these claims.
    #[must_use]
    pub fn holds(&self, claims: &Map<String, Value>) -> bool {
        self.claim
            .find(claims)
            .is_some_and(|claim| self.test.passes(claim))
    }
}

impl Test {
    /// Whether a claim passes.
    #[must_use]
    pub fn passes(&self, claim: &Value) -> bool {
        let equals_any = |values: &[Scalar], claim: &Value| values.iter().any(|v| v.equals(claim));
        let elements = claim.as_array().map_or(&[][..], Vec::as_slice);
        match self {
            Self::Equals(value) => value.equals(claim),
            Self::OneOf(values) => equals_any(values, claim),
            Self::Prefix(prefix) => claim.as_str().is_some_and(|text| text.starts_with(prefix)),
            Self::Pattern(pattern) => claim.as_str().is_some_and(|text| pattern.matches(text)),
            Self::Contains(value) => elements.iter().any(|element| value.equals(element)),
            Self::ContainsAny(values) => elements.iter().any(|element| equals_any(values, element)),
        }
    }

    /// The test's name in JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Equals(_) => "equals",
            Self::OneOf(_) => "one_of",
            Self::Prefix(_) => "prefix",
            Self::Pattern(_) => "pattern",
            Self::Contains(_) => "contains",
            Self::ContainsAny(_) => "contains_any",
        }
    }

    /// The values that it compares with.
    pub(super) fn values(&self) -> &[Scalar] {
        match self {
            Self::Equals(value) | Self::Contains(value) => std::slice::from_ref(value),
            Self::OneOf(values) | Self::ContainsAny(values) => values,
            Self::Prefix(_) | Self::Pattern(_) => &[],
        }
    }
}
