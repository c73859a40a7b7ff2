//! The values that conditions compare claims with.

use serde_json::Value;

/// What a claim is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scalar {
    /// Equal to a string with the same octets; no case folding, no Unicode normalization.
    Text(String),
    /// Equal to this boolean, never to a string.
    Boolean(bool),
    /// Equal to the same integer. A number that is written with a fraction or an exponent is no
    /// integer, even `1.0` and `1e0`.
    Integer(Integer),
}

/// An integer of JSON that both ends read alike: from -2^63 to 2^64 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Integer(i128);

impl From<i64> for Integer {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl From<u64> for Integer {
    fn from(number: u64) -> Self {
        Self(number.into())
    }
}

impl std::fmt::Display for Integer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Integer {
    /// The integer that `value` is, read without rounding or truncation.
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number
                .as_u64()
                .map(Self::from)
                .or_else(|| number.as_i64().map(Self::from)),
            _ => None,
        }
    }
}

impl Scalar {
    /// What can be one, in words.
    pub(super) const EXPECTED: &'static str =
        "a string, a boolean, or an integer without fraction or exponent";

    /// Reads a value of the policy's JSON.
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Bool(boolean) => Some(Self::Boolean(*boolean)),
            Value::Number(_) => Integer::of(value).map(Self::Integer),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Whether a claim has exactly this value. Another type is another value.
    #[must_use]
    pub fn equals(&self, claim: &Value) -> bool {
        match self {
            Self::Text(text) => claim.as_str() == Some(text),
            Self::Boolean(boolean) => claim.as_bool() == Some(*boolean),
            Self::Integer(integer) => Integer::of(claim) == Some(*integer),
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Boolean(_) | Self::Integer(_) => None,
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Scalar {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

impl From<u64> for Scalar {
    fn from(number: u64) -> Self {
        Self::Integer(number.into())
    }
}

impl From<i64> for Scalar {
    fn from(number: i64) -> Self {
        Self::Integer(number.into())
    }
}

/// The JSON form.
impl From<&Scalar> for Value {
    fn from(scalar: &Scalar) -> Self {
        match scalar {
            Scalar::Text(text) => text.as_str().into(),
            Scalar::Boolean(boolean) => (*boolean).into(),
            Scalar::Integer(Integer(number)) => u64::try_from(*number)
                .map(Self::from)
                .or_else(|_| i64::try_from(*number).map(Self::from))
                // Both conversions that make an `Integer` keep it within one of the two.
                .unwrap_or(Self::Null),
        }
    }
}
