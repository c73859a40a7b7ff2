//! A token that an issuer wants to see before it shows its keys.

use std::fmt;

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::error::ConfigError;

/// A bearer token for an issuer whose key set is not public (RFC 6750 §2.1).
///
/// `Debug` prints no part of it, there is no `Display` and no `PartialEq`, and the memory is cleared when
/// it is dropped.
///
/// ```
/// use jwt_validation::BearerToken;
///
/// let token = BearerToken::new("mF_9.B5f-4.1JqM")?;
/// assert_eq!(format!("{token:?}"), "BearerToken(..)");
/// // What was read from a file often ends with a line break, which would split the request.
/// assert!(BearerToken::new("mF_9.B5f-4.1JqM\n").is_err());
/// # Ok::<(), jwt_validation::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct BearerToken(Zeroizing<String>);

impl BearerToken {
    /// The longest token, in octets. Servers refuse longer header fields.
    pub const MAX_OCTETS: usize = 8 * 1024;

    /// Wraps `text`, the token alone, without `Bearer`.
    ///
    /// # Errors
    /// [`ConfigError::BearerToken`] for what can't stand in a header: an empty or too long text, white
    /// space, control characters, anything but ASCII.
    pub fn new(text: impl Into<String>) -> Result<Self, ConfigError> {
        let text = Zeroizing::new(text.into());
        let fits = (1..=Self::MAX_OCTETS).contains(&text.len());
        if fits && text.bytes().all(|octet| octet.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(ConfigError::BearerToken {
                longest: Self::MAX_OCTETS,
            })
        }
    }

    /// The value of `Authorization`, marked so that the HTTP client neither prints nor indexes it.
    pub(super) fn expose_header(&self) -> Option<HeaderValue> {
        let text = Zeroizing::new(format!("Bearer {}", self.0.as_str()));
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_text_never_shows() {
        let token = BearerToken::new("hunter2").unwrap();
        let header = token.expose_header().unwrap();
        assert_eq!(header, "Bearer hunter2");
        for text in [
            format!("{token:?}"),
            format!("{token:#?}"),
            format!("{header:?}"),
        ] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn what_can_not_stand_in_a_header_is_refused() {
        let longest = "x".repeat(BearerToken::MAX_OCTETS);
        let too_long = format!("{longest}x");
        for (name, text, good) in [
            ("usual", "eyJ.abc-_~+/==", true),
            ("longest", &longest, true),
            ("empty", "", false),
            ("too long", &too_long, false),
            ("blank", "x y", false),
            ("line break at the end", "abc\n", false),
            ("header of its own", "abc\r\nHost: evil.example", false),
            ("NUL", "a\0", false),
            ("delete", "a\u{7f}", false),
            ("not ASCII", "ä", false),
        ] {
            let token = BearerToken::new(text);
            assert_eq!(token.is_ok(), good, "{name}");
            if let Err(error) = token {
                assert!(
                    text.is_empty() || !error.to_string().contains(text),
                    "{name}"
                );
            }
        }
    }
}
