//! Text that a sender chose, made fit for a log line.

use std::fmt;

/// The longest excerpt, in characters.
const LONGEST: usize = 64;

/// Text from outside, cut short. `Display` and `Debug` both print it quoted and escaped, so that it
/// can neither end a log line nor turn its direction.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    /// The first 64 characters of `text`, followed by `…` where there are more.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut rest = text.chars();
        let mut excerpt: String = rest.by_ref().take(LONGEST).collect();
        if rest.next().is_some() {
            excerpt.push('…');
        }
        Self(excerpt)
    }

    /// The text as it came, unescaped.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_short_and_stays_on_its_line() {
        let text = Excerpt::new(&"é".repeat(100_000)).to_string();
        assert_eq!(text, format!("\"{}…\"", "é".repeat(64)));
        let forged = Excerpt::new("k\r\nlevel=info ok=true \u{202e}\u{0}");
        let escaped = r#""k\r\nlevel=info ok=true \u{202e}\0""#;
        assert_eq!(forged.to_string(), escaped);
        assert_eq!(format!("{forged:?}"), escaped);
    }
}
