//! What the parameters of presets can be.

use std::collections::BTreeMap;

use super::super::error::{Shown, TrustError};
use super::Parameter;

/// The form of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A decimal number without leading zeros, as text.
    Number,
    /// A UUID in lower case.
    Uuid,
    /// A name that can be a segment: ASCII letters, digits, `.`, `_` and `-`.
    Segment,
    /// Segments with `/` between them, at least two.
    Path,
    /// The name of a branch or tag.
    Branch,
    /// A full git reference to a branch or tag.
    Ref,
    /// The issuer: an https URL without user, query and fragment.
    Issuer,
    /// The ARN of an IAM principal.
    Arn,
    /// A text without control characters and colons.
    Name,
    /// A text without control characters.
    Text,
}

const LONGEST: usize = 255;

impl Form {
    fn fits(self, text: &str) -> bool {
        let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"._-".contains(&octet);
        let segment = |text: &str| !text.is_empty() && text.bytes().all(plain);
        let printable = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
        // RFC 3986 would allow more; git forbids these in references (git-check-ref-format).
        let git = |text: &str| {
            printable(text) && !text.contains([' ', ':', '~', '^', '?', '*', '[', '\\'])
        };
        text.len() <= LONGEST
            && match self {
                Self::Number => {
                    text.bytes().all(|octet| octet.is_ascii_digit())
                        && !text.is_empty()
                        && !text.starts_with('0')
                }
                Self::Uuid => is_uuid(text),
                Self::Segment => segment(text),
                Self::Path => text.contains('/') && text.split('/').all(segment),
                Self::Branch => git(text) && !text.starts_with("refs/"),
                Self::Ref => {
                    let name = text.strip_prefix("refs/heads/");
                    git(name
                        .or_else(|| text.strip_prefix("refs/tags/"))
                        .unwrap_or(""))
                }
                Self::Issuer => {
                    let rest = text.strip_prefix("https://").unwrap_or("");
                    let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
                    printable(host) && !rest.contains(['@', '?', '#', ' ', '\\'])
                }
                Self::Arn => text.starts_with("arn:aws") && git(&text.replace(':', "/")),
                Self::Name => printable(text) && !text.contains(':'),
                Self::Text => printable(text),
            }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Number => "a number, without leading zeros",
            Self::Uuid => "a UUID in lower case",
            Self::Segment => "ASCII letters, digits, `.`, `_` and `-`",
            Self::Path => "a path of at least two names with `/` between them",
            Self::Branch => "the name of a branch or tag, without refs/heads/ in front",
            Self::Ref => "a full reference (refs/heads/main, refs/tags/v1)",
            Self::Issuer => "an https URL without user, query and fragment",
            Self::Arn => "an ARN (arn:aws:iam::123456789012:role/trainer)",
            Self::Name => "a text of at most 255 octets without colons and control characters",
            Self::Text => "a text of at most 255 octets without control characters",
        }
    }
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let hex = |octet: u8| matches!(octet, b'0'..=b'9' | b'a'..=b'f' | b'-');
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(hex)
}

/// Parameters that have the form that they should.
pub(super) struct Given<'p> {
    parameters: &'static [Parameter],
    values: &'p BTreeMap<String, String>,
}

impl<'p> Given<'p> {
    /// Checks that nothing unknown is there, and everything in its form.
    pub(super) fn check(
        parameters: &'static [Parameter],
        values: &'p BTreeMap<String, String>,
    ) -> Result<Self, TrustError> {
        let given = Self { parameters, values };
        for (name, value) in values {
            match given.form(name) {
                Some(form) if form.fits(value) => {}
                Some(form) => return Err(refused(name, Shown::text(value), form.expected())),
                None => {
                    let name = Shown::text(name).to_string();
                    let expected = "a parameter of this preset";
                    return Err(refused(&name, Shown::text(value), expected));
                }
            }
        }
        Ok(given)
    }

    fn form(&self, name: &str) -> Option<Form> {
        let mut parameters = self.parameters.iter();
        let parameter = parameters.find(|parameter| parameter.name == name)?;
        Some(parameter.form)
    }

    /// A parameter that may be missing.
    pub(super) fn optional(&self, name: &str) -> Option<&'p str> {
        self.values.get(name).map(String::as_str)
    }

    /// A parameter that must be there.
    pub(super) fn required(&self, name: &'static str) -> Result<&'p str, TrustError> {
        self.optional(name).ok_or_else(|| {
            let expected = self.form(name).map_or("a value", Form::expected);
            refused(name, Shown::words("missing"), expected)
        })
    }
}

pub(super) fn refused(parameter: &str, found: Shown, expected: &'static str) -> TrustError {
    TrustError::Parameter {
        parameter: parameter.to_owned(),
        found,
        expected,
    }
}
