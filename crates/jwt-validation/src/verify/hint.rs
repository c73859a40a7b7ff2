//! How close a value came to the expected one. For the operator: nothing is decided by it.

/// Says what the two differ by, if that is a likely mistake of configuration.
pub(super) fn near_miss(expected: &str, found: &str) -> Option<String> {
    let hint = if expected.trim_end_matches('/') == found.trim_end_matches('/') {
        "differs by a trailing slash"
    } else if expected.eq_ignore_ascii_case(found) {
        "differs by case"
    } else if expected.trim() == found.trim() {
        "differs by white space"
    } else if without_scheme(expected) == without_scheme(found) {
        "differs by the scheme"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

fn without_scheme(text: &str) -> &str {
    text.split_once("://").map_or(text, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_likely_mistakes() {
        let expected = "https://issuer.example";
        for (found, hint) in [
            (
                "https://issuer.example/",
                Some("differs by a trailing slash"),
            ),
            ("https://Issuer.example", Some("differs by case")),
            (" https://issuer.example", Some("differs by white space")),
            ("http://issuer.example", Some("differs by the scheme")),
            ("issuer.example", Some("differs by the scheme")),
            ("https://other.example", None),
        ] {
            assert_eq!(near_miss(expected, found).as_deref(), hint, "{found}");
        }
    }
}
