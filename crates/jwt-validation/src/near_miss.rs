//! How close a value came to the expected one. For the operator: nothing is decided by it.

use std::fmt;

/// What a value differs from the expected one by, where that looks like a mistake in somebody's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NearMiss {
    /// Slashes at the end.
    TrailingSlash,
    /// Upper and lower case of ASCII letters.
    Case,
    /// Blanks, line breaks or control characters.
    WhiteSpace,
    /// `https`, `http`, or no scheme.
    Scheme,
    /// The port that the scheme implies anyway, `:443` or `:80`.
    DefaultPort,
    /// A character in one and its percent-encoding in the other.
    PercentEncoding,
    /// A character outside of ASCII, such as a Cyrillic letter that looks like a Latin one, or one that
    /// can't be seen at all.
    NotAscii(char),
    /// More than one of the differences above.
    Several,
    /// The value begins as expected, and goes on.
    GoesOn,
    /// The value is only the beginning of what was expected.
    BreaksOff,
}

impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TrailingSlash => "differs by a trailing slash",
            Self::Case => "differs by case",
            Self::WhiteSpace => "differs by white space",
            Self::Scheme => "differs by the scheme",
            Self::DefaultPort => "differs by the scheme's default port",
            Self::PercentEncoding => "differs by percent-encoding",
            Self::NotAscii(character) => {
                let point = u32::from(*character);
                return write!(
                    f,
                    "differs by the character U+{point:04X}, which is not ASCII"
                );
            }
            Self::Several => {
                "differs by several of case, white space, slash, scheme, port, encoding"
            }
            Self::GoesOn => "begins as expected, and goes on",
            Self::BreaksOff => "is only the beginning of what is expected",
        })
    }
}

/// What is left of a text where one kind of difference does not count.
type Form = fn(&str) -> String;

/// Says what `found` differs from `expected` by, if that is a likely mistake; nothing where the two are
/// equal, or have little in common.
///
/// # Security
/// Two values that nearly match are two values (RFC 8725 §3.8). This is for the text that tells an
/// operator why, never for accepting anything.
///
/// ```
/// use jwt_validation::{NearMiss, near_miss};
///
/// let hint = near_miss("https://issuer.example", "https://issuer.example/");
/// assert_eq!(hint, Some(NearMiss::TrailingSlash));
/// assert_eq!(hint.unwrap().to_string(), "differs by a trailing slash");
/// ```
#[must_use]
pub fn near_miss(expected: &str, found: &str) -> Option<NearMiss> {
    if expected == found || expected.is_empty() || found.is_empty() {
        return None;
    }
    // The order counts where two of them apply: the more telling one comes first.
    let forms: [(NearMiss, Form); 6] = [
        (NearMiss::TrailingSlash, without_trailing_slash),
        (NearMiss::Case, str::to_ascii_lowercase),
        (NearMiss::WhiteSpace, without_blanks),
        (NearMiss::Scheme, without_scheme),
        (NearMiss::DefaultPort, without_default_port),
        (NearMiss::PercentEncoding, percent_decoded),
    ];
    for (near_miss, form) in forms {
        if form(expected) == form(found) {
            return Some(near_miss);
        }
    }
    if let Some(character) = stranger(expected, found).or_else(|| stranger(found, expected)) {
        return Some(NearMiss::NotAscii(character));
    }
    // Each form is taken of what the ones before made of it; the scheme goes last, since the port
    // depends on it, and the slash after what can lay it bare.
    let plainest = |text: &str| {
        let text = without_blanks(&percent_decoded(text)).to_ascii_lowercase();
        without_scheme(&without_default_port(&without_trailing_slash(&text)))
    };
    if plainest(expected) == plainest(found) {
        return Some(NearMiss::Several);
    }
    if found.starts_with(expected) {
        Some(NearMiss::GoesOn)
    } else if expected.starts_with(found) {
        Some(NearMiss::BreaksOff)
    } else {
        None
    }
}

fn without_trailing_slash(text: &str) -> String {
    text.trim_end_matches('/').to_owned()
}

fn without_blanks(text: &str) -> String {
    let visible = |character: &char| !character.is_whitespace() && !character.is_control();
    text.chars().filter(visible).collect()
}

fn without_scheme(text: &str) -> String {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.to_owned()
}

fn without_default_port(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let port = if scheme.eq_ignore_ascii_case("https") {
        ":443"
    } else {
        ":80"
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let host = authority.strip_suffix(port).unwrap_or(authority);
    format!("{scheme}://{host}{path}")
}

/// Escapes that make no UTF-8 become U+FFFD, as nothing here is more than a hint.
fn percent_decoded(text: &str) -> String {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&octet, behind)) = rest.split_first() {
        match behind {
            [high, low, behind @ ..] if octet == b'%' => {
                if let Some(decoded) = hexadecimal(*high, *low) {
                    octets.push(decoded);
                    rest = behind;
                    continue;
                }
            }
            _ => {}
        }
        octets.push(octet);
        rest = behind;
    }
    String::from_utf8_lossy(&octets).into_owned()
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |octet: u8| char::from(octet).to_digit(16);
    let value = digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?;
    u8::try_from(value).ok()
}

/// A character outside of ASCII in `foreign`, if that is all by which it differs from `plain`: it stands
/// for another one, or between others.
fn stranger(plain: &str, foreign: &str) -> Option<char> {
    let first = foreign.chars().find(|character| !character.is_ascii())?;
    let stands_for = plain.chars().count() == foreign.chars().count()
        && plain
            .chars()
            .zip(foreign.chars())
            .all(|(a, b)| a == b || !b.is_ascii());
    let stands_between = || foreign.chars().filter(char::is_ascii).eq(plain.chars());
    (stands_for || stands_between()).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_likely_mistakes() {
        for (expected, found, hint) in [
            ("https://a.example", "https://a.example", None),
            (
                "https://a.example",
                "https://a.example/",
                Some(NearMiss::TrailingSlash),
            ),
            (
                "https://a.example/",
                "https://a.example",
                Some(NearMiss::TrailingSlash),
            ),
            (
                "https://a.example",
                "https://A.example",
                Some(NearMiss::Case),
            ),
            (
                "https://a.example",
                " https://a.example",
                Some(NearMiss::WhiteSpace),
            ),
            (
                "https://a.example",
                "https://a.example\0",
                Some(NearMiss::WhiteSpace),
            ),
            (
                "https://a.example",
                "https://a .example\n",
                Some(NearMiss::WhiteSpace),
            ),
            (
                "https://a.example",
                "http://a.example",
                Some(NearMiss::Scheme),
            ),
            ("https://a.example", "a.example", Some(NearMiss::Scheme)),
            (
                "https://a.example",
                "https://a.example:443",
                Some(NearMiss::DefaultPort),
            ),
            (
                "http://a.example:80/x",
                "http://a.example/x",
                Some(NearMiss::DefaultPort),
            ),
            (
                "https://a.example",
                "https://a.example:80",
                Some(NearMiss::GoesOn),
            ),
            (
                "https://a.example/x y",
                "https://a.example/x%20y",
                Some(NearMiss::PercentEncoding),
            ),
            (
                "https://a.example/%7Ex",
                "https://a.example/~x",
                Some(NearMiss::PercentEncoding),
            ),
            ("repo:a/b", "repo:а/b", Some(NearMiss::NotAscii('\u{430}'))),
            (
                "repo:a/b",
                "repo:a\u{200b}/b",
                Some(NearMiss::NotAscii('\u{200b}')),
            ),
            (
                "repo:\u{ff41}/b",
                "repo:a/b",
                Some(NearMiss::NotAscii('\u{ff41}')),
            ),
            (
                "https://a.example",
                "HTTP://A.example:80/",
                Some(NearMiss::Several),
            ),
            (
                "https://a.example",
                "https://a.example/tenant",
                Some(NearMiss::GoesOn),
            ),
            (
                "https://a.example/tenant",
                "https://a.example",
                Some(NearMiss::BreaksOff),
            ),
            ("https://a.example", "https://b.example", None),
            ("https://a.example", "", None),
            ("", "https://a.example", None),
            ("100%", "100%zz", Some(NearMiss::GoesOn)),
        ] {
            assert_eq!(near_miss(expected, found), hint, "{expected:?} {found:?}");
        }
    }

    #[test]
    fn says_which_character_it_is() {
        let hint = near_miss("repo:a/b", "repo:\u{430}/b").unwrap();
        assert_eq!(
            hint.to_string(),
            "differs by the character U+0430, which is not ASCII"
        );
    }
}
