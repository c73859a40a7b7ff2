//! Text of somebody else's, made safe to print.

use std::fmt;

/// The beginning of a text that came from outside, at most 256 characters of it.
///
/// Both `Display` and `Debug` put it between quotes and escape everything but printable ASCII, so that
/// it can neither break a log line nor look like a part of one.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt(String);

const LONGEST: usize = 256;

impl Excerpt {
    pub(crate) fn of(text: &str) -> Self {
        Self(text.chars().take(LONGEST).collect())
    }

    /// The text as it came, not escaped.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_default())
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_cut_and_escaped() {
        let excerpt = Excerpt::of("a\n\u{1b}[2J\u{202e}\"");
        assert_eq!(excerpt.to_string(), r#""a\n\u{1b}[2J\u{202e}\"""#);
        assert_eq!(Excerpt::of(&"x".repeat(9000)).as_str().len(), LONGEST);
    }
}
