//! Why a trust policy was not taken.

use std::fmt;

use auth_core::ErrorKind;
use serde_json::Value;

/// Why a trust policy can't be used, or a preset not be filled in. It is for the administrator who
/// wrote it: it names the field, what stands there (cut short and escaped) and what would do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The text is not the JSON of a policy.
    #[error("{path}: {reason}")]
    Syntax {
        /// Where (`accounts[2].name`); `.` is the whole document.
        path: String,
        /// What the JSON reader said.
        reason: String,
    },
    /// A field has a value that can't be used.
    #[error("{path} is {found}; expected {expected}")]
    Field {
        /// Which field (`accounts[2].conditions[0].pattern`).
        path: String,
        /// What stands there.
        found: Shown,
        /// What would do.
        expected: &'static str,
    },
    /// A sample does not do what the policy says of it.
    #[error("{path} {fault}{}", by(.decided_by))]
    Sample {
        /// Which sample (`accounts[2].samples.accepts[0]`).
        path: String,
        /// How it misbehaves.
        fault: SampleFault,
        /// The condition that decided (`accounts[2].conditions[0]`); for a sample that should have been
        /// refused there is none, since all conditions held.
        decided_by: Option<String>,
    },
    /// A list of conditions has no sample that it accepts, or none that it refuses.
    #[error("{path} is empty; conditions need a sample of each kind before they can be saved")]
    NoSample {
        /// Which list of samples (`samples.refuses`).
        path: String,
    },
    /// Two account rules accept one and the same sample: nobody could say which account it is.
    #[error("{path} is accepted by the account rules {first} and {second}")]
    Ambiguous {
        /// The sample (`accounts[0].samples.accepts[0]`).
        path: String,
        /// One rule's name.
        first: Shown,
        /// The other rule's name.
        second: Shown,
    },
    /// A preset's parameter is missing, unknown, or has a value that can't be used.
    #[error("the parameter {parameter} is {found}; expected {expected}")]
    Parameter {
        /// Which parameter.
        parameter: String,
        /// What was given; nothing where it is missing.
        found: Shown,
        /// What would do.
        expected: &'static str,
    },
}

/// How a sample misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SampleFault {
    /// It should be accepted, and a condition refuses it.
    Refused,
    /// It should be refused, and every condition accepts it.
    Accepted,
}

impl fmt::Display for SampleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "should be accepted and is refused",
            Self::Accepted => "should be refused and is accepted",
        })
    }
}

fn by(condition: &Option<String>) -> String {
    condition
        .as_ref()
        .map_or_else(String::new, |path| format!(" by {path}"))
}

impl TrustError {
    /// The class: whatever is wrong here is a setting.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Misconfigured
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "trust.syntax",
            Self::Field { .. } => "trust.field",
            Self::Sample { .. } => "trust.sample",
            Self::NoSample { .. } => "trust.no_sample",
            Self::Ambiguous { .. } => "trust.ambiguous",
            Self::Parameter { .. } => "trust.parameter",
        }
    }

    /// Where it is wrong: the field's path, or the parameter's name.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Syntax { path, .. }
            | Self::Field { path, .. }
            | Self::Sample { path, .. }
            | Self::NoSample { path }
            | Self::Ambiguous { path, .. } => path,
            Self::Parameter { parameter, .. } => parameter,
        }
    }

    pub(super) fn field(path: &Path<'_>, found: impl Into<Shown>, expected: &'static str) -> Self {
        Self::Field {
            path: path.to_string(),
            found: found.into(),
            expected,
        }
    }
}

/// The longest text that is shown, in characters.
const LONGEST: usize = 128;

/// Of a list, so many elements are shown.
const MOST_ELEMENTS: usize = 4;

/// A value made fit for a message: at most 128 characters, texts quoted and escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    /// A text, quoted.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let mut rest = text.chars();
        let mut short: String = rest.by_ref().take(LONGEST).collect();
        if rest.next().is_some() {
            short.push('…');
        }
        Self(format!("{short:?}"))
    }

    /// Words, unquoted. What could end a line or turn its direction is escaped all the same.
    pub(super) fn words(words: impl AsRef<str>) -> Self {
        let mut rest = words.as_ref().chars();
        let mut shown = String::new();
        for c in rest.by_ref().take(LONGEST) {
            match c {
                '"' | '\'' | '\\' => shown.push(c),
                other => shown.extend(other.escape_debug()),
            }
        }
        if rest.next().is_some() {
            shown.push('…');
        }
        Self(shown)
    }

    /// A value of JSON: texts quoted, of lists and objects only the beginning.
    pub(super) fn json(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::text(text),
            Value::Object(members) => Self::words(format!("an object of {}", members.len())),
            Value::Array(elements) => {
                let first = elements.iter().take(MOST_ELEMENTS);
                let shown: Vec<_> = first.map(|element| Self::json(element).0).collect();
                let more = if elements.len() > MOST_ELEMENTS {
                    ", …"
                } else {
                    ""
                };
                let few = shown.join(", ");
                Self::words(format!("a list of {}: [{few}{more}]", elements.len()))
            }
            plain => Self::words(plain.to_string()),
        }
    }

    /// The text as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<&String> for Shown {
    fn from(text: &String) -> Self {
        Self::text(text)
    }
}

impl From<usize> for Shown {
    fn from(count: usize) -> Self {
        Self::words(count.to_string())
    }
}

impl From<u64> for Shown {
    fn from(number: u64) -> Self {
        Self::words(number.to_string())
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a value stands in the document; made into text only when something is wrong there.
#[derive(Clone, Copy)]
pub(super) enum Path<'p> {
    Root,
    Member(&'p Path<'p>, &'static str),
    Element(&'p Path<'p>, usize),
}

impl Path<'_> {
    pub(super) const fn member(&self, name: &'static str) -> Path<'_> {
        Path::Member(self, name)
    }

    pub(super) const fn element(&self, index: usize) -> Path<'_> {
        Path::Element(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("."),
            Self::Member(Path::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Element(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}
