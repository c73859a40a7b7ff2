//! By what a key set is known again: the issuer's validator, and its octets.

use http::header::{
    ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use sha2::{Digest, Sha256};

/// The longest validator that is kept, in octets. Those in use are a hash or a date.
const LONGEST: usize = 256;

/// What one answer left behind.
#[derive(Clone, Debug)]
pub(in crate::source) struct Mark {
    url: String,
    /// The request header that asks for anything newer.
    condition: Option<(HeaderName, HeaderValue)>,
    /// SHA-256 of the body. The body itself can have a megabyte.
    digest: [u8; 32],
}

impl Mark {
    pub(in crate::source) fn of(url: String, answer: &http::Response<Vec<u8>>) -> Self {
        Self {
            url,
            condition: condition(answer.headers()),
            digest: Sha256::digest(answer.body()).into(),
        }
    }

    /// The same, for a fetch that must bring the set in full.
    pub(in crate::source) fn without_condition(self) -> Self {
        Self {
            condition: None,
            ..self
        }
    }

    pub(in crate::source) fn url(&self) -> &str {
        &self.url
    }

    /// Makes a request conditional.
    pub(in crate::source) fn ask(&self, headers: &mut HeaderMap) {
        if let Some((name, value)) = &self.condition {
            headers.insert(name, value.clone());
        }
    }

    pub(in crate::source) fn is_of_same_octets(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

/// The entity tag, or else the date, sent back as it came (RFC 9110 §13.1.2, §13.1.3).
fn condition(headers: &HeaderMap) -> Option<(HeaderName, HeaderValue)> {
    let short = |name| {
        headers
            .get(name)
            .filter(|value| !value.is_empty() && value.len() <= LONGEST)
    };
    let tag = short(ETAG).filter(|tag| is_entity_tag(tag.as_bytes()));
    let date = short(LAST_MODIFIED);
    match (tag, date) {
        (Some(tag), _) => Some((IF_NONE_MATCH, tag.clone())),
        (None, Some(date)) => Some((IF_MODIFIED_SINCE, date.clone())),
        (None, None) => None,
    }
}

/// RFC 9110 §8.8.3. What is none must not be sent back: a `*` would ask for nothing, ever.
fn is_entity_tag(text: &[u8]) -> bool {
    let quoted = text.strip_prefix(b"W/").unwrap_or(text);
    let opaque = quoted
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    opaque.is_some_and(|opaque| {
        opaque
            .iter()
            .all(|&octet| octet > b' ' && octet != b'"' && octet != 0x7f)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(HeaderName, &str)]) -> Vec<(String, String)> {
        let mut answer = http::Response::new(Vec::new());
        for (name, value) in headers {
            answer.headers_mut().append(name, value.parse().unwrap());
        }
        let mut request = HeaderMap::new();
        Mark::of("https://issuer.example".to_owned(), &answer).ask(&mut request);
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        request.iter().map(text).collect()
    }

    #[test]
    fn rfc_9110_13_1_an_entity_tag_comes_before_a_date() {
        let date = "Tue, 15 Nov 1994 12:45:26 GMT";
        let by_tag = |tag: &str| vec![("if-none-match".to_owned(), tag.to_owned())];
        let by_date = vec![("if-modified-since".to_owned(), date.to_owned())];
        for tag in ["\"xyzzy\"", "W/\"xyzzy\"", "\"\"", "\"a,b*\""] {
            assert_eq!(asked(&[(ETAG, tag), (LAST_MODIFIED, date)]), by_tag(tag));
        }
        let long = format!("\"{}\"", "x".repeat(LONGEST));
        for (name, tag) in [
            ("anything", "*"),
            ("no quotes", "xyzzy"),
            ("half a pair", "\"xyzzy"),
            ("a quote alone", "\""),
            ("two", "\"a\", \"b\""),
            ("a blank", "\"a b\""),
            ("other case", "w/\"xyzzy\""),
            ("too long", &long),
        ] {
            assert_eq!(asked(&[(ETAG, tag)]), [], "{name}");
            assert_eq!(
                asked(&[(ETAG, tag), (LAST_MODIFIED, date)]),
                by_date,
                "{name}"
            );
        }
        assert_eq!(asked(&[]), []);
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(asked(&[(LAST_MODIFIED, &long)]), []);
    }
}
