//! How long an answer says that it may be kept.

use std::time::Duration;

use http::header::{AGE, CACHE_CONTROL, HeaderMap};

/// What `Cache-Control` and `Age` leave of the answer's lifetime (RFC 9111 §4.2), or nothing where they
/// name none. `Expires` is not read: it needs the wall clock, and the bounds make it matter little.
pub(super) fn lifetime(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(CACHE_CONTROL).iter();
    let directives = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim);
    let mut max_age = None;
    for directive in directives {
        let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            return Some(Duration::ZERO);
        }
        if name.eq_ignore_ascii_case("max-age") {
            let seconds = delta_seconds(argument.trim_matches('"'))?;
            // Twice with two values: the shorter one.
            max_age = Some(max_age.map_or(seconds, |earlier: u64| earlier.min(seconds)));
        }
    }
    let age = headers.get(AGE).and_then(|age| age.to_str().ok());
    let age = age.and_then(delta_seconds).unwrap_or(0);
    max_age.map(|seconds| Duration::from_secs(seconds.saturating_sub(age)))
}

/// RFC 9111 §1.2.2; a number that is too large stands for the largest.
fn delta_seconds(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_017_reads_cache_control() {
        for (name, cache_control, age, seconds) in [
            ("none", &[][..], None, None),
            ("max-age", &["max-age=600"], None, Some(600)),
            (
                "case and others",
                &["Public, MAX-AGE=600, immutable"],
                None,
                Some(600),
            ),
            ("quoted", &["max-age=\"600\""], None, Some(600)),
            ("aged", &["max-age=600"], Some("100"), Some(500)),
            (
                "older than it may be",
                &["max-age=600"],
                Some("601"),
                Some(0),
            ),
            ("no-store", &["no-store, max-age=600"], None, Some(0)),
            (
                "no-cache in a second field",
                &["max-age=600", "no-cache"],
                None,
                Some(0),
            ),
            ("two values", &["max-age=600", "max-age=60"], None, Some(60)),
            (
                "huge",
                &["max-age=99999999999999999999999"],
                None,
                Some(u64::MAX),
            ),
            ("negative", &["max-age=-1"], None, None),
            ("no number", &["max-age"], None, None),
            ("only others", &["public"], Some("5"), None),
        ] {
            let mut headers = HeaderMap::new();
            for value in cache_control {
                headers.append(CACHE_CONTROL, value.parse().unwrap());
            }
            if let Some(age) = age {
                headers.insert(AGE, age.parse().unwrap());
            }
            assert_eq!(
                lifetime(&headers),
                seconds.map(Duration::from_secs),
                "{name}"
            );
        }
    }
}
