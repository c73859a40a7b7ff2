//! Which claim a condition is about.

use std::fmt;

use serde_json::{Map, Value};

/// The longest path, in octets.
const LONGEST: usize = 256;

/// The deepest pointer.
const DEEPEST: usize = 16;

/// Where a claim stands in the claims set: the name of a top-level claim, or, if it begins with `/`, a
/// JSON pointer (RFC 6901).
///
/// ```
/// use jwt_federation::trust::ClaimPath;
/// use serde_json::json;
///
/// let claims = json!({"sub": "job", "kubernetes.io": {"serviceaccount": {"uid": "7"}}});
/// let claims = claims.as_object().unwrap();
/// let uid = ClaimPath::parse("/kubernetes.io/serviceaccount/uid").unwrap();
/// assert_eq!(uid.find(claims), Some(&json!("7")));
/// let dotted = ClaimPath::parse("kubernetes.io").unwrap();
/// assert!(dotted.find(claims).unwrap().is_object());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClaimPath {
    text: String,
    first: String,
    rest: Vec<String>,
}

impl ClaimPath {
    /// What can be a path, in words.
    pub(super) const EXPECTED: &'static str = "the name of a claim, or a JSON pointer with `/` in front, of at most 256 octets and 16 levels; \
         in a pointer `~0` stands for `~` and `~1` for `/`";

    /// Reads a path of 1 to 256 octets. `None` where it can't be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        let Some(pointer) = text.strip_prefix('/') else {
            return Some(Self::top_level(text));
        };
        let mut tokens = pointer.split('/').map(unescape);
        let first = tokens.next()??;
        let rest: Vec<String> = tokens.collect::<Option<_>>()?;
        (rest.len() < DEEPEST).then(|| Self {
            text: text.to_owned(),
            first,
            rest,
        })
    }

    fn top_level(name: &str) -> Self {
        Self {
            text: name.to_owned(),
            first: name.to_owned(),
            rest: Vec::new(),
        }
    }

    /// The path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The claim, if the claims set has it. Elements of lists are counted from 0 (RFC 6901 §4).
    #[must_use]
    pub fn find<'c>(&self, claims: &'c Map<String, Value>) -> Option<&'c Value> {
        let first = claims.get(&self.first)?;
        self.rest
            .iter()
            .try_fold(first, |value, token| match value {
                Value::Object(members) => members.get(token),
                Value::Array(elements) => elements.get(index(token)?),
                _ => None,
            })
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Undoes the escapes of RFC 6901 §3; `None` where a `~` is followed by anything but `0` or `1`.
fn unescape(token: &str) -> Option<String> {
    let mut plain = String::with_capacity(token.len());
    let mut chars = token.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '~' => match chars.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            other => other,
        });
    }
    Some(plain)
}

/// An element's number, without leading zeros or sign.
fn index(token: &str) -> Option<usize> {
    let digits = token.bytes().all(|octet| octet.is_ascii_digit());
    let canonical = token == "0" || !token.starts_with('0');
    (digits && canonical).then(|| token.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_pointers_find_claims() {
        let claims = json!({
            "sub": "job",
            "a/b": "slash",
            "/lead": "leading slash",
            "~": "tilde",
            "": "empty name",
            "deep": {"list": ["zero", {"x": 1}], "a/b": 2, "~1": 3, "": 4},
            "text": "not an object",
        });
        let claims = claims.as_object().unwrap();
        for (name, path, expected) in [
            ("top level", "sub", Some(json!("job"))),
            ("a slash in a name", "a/b", Some(json!("slash"))),
            ("a dot is no separator", "deep.list", None),
            ("pointer to the top level", "/sub", Some(json!("job"))),
            ("escaped slash", "/a~1b", Some(json!("slash"))),
            (
                "escaped leading slash",
                "/~1lead",
                Some(json!("leading slash")),
            ),
            ("escaped tilde", "/~0", Some(json!("tilde"))),
            ("escapes are undone once", "/deep/~01", Some(json!(3))),
            ("empty token", "/", Some(json!("empty name"))),
            ("empty token inside", "/deep/", Some(json!(4))),
            ("element", "/deep/list/0", Some(json!("zero"))),
            ("through an element", "/deep/list/1/x", Some(json!(1))),
            ("leading zero", "/deep/list/00", None),
            ("sign", "/deep/list/+1", None),
            ("after the last", "/deep/list/-", None),
            ("beyond", "/deep/list/2", None),
            ("through a text", "/text/0", None),
            ("case counts", "SUB", None),
        ] {
            let found = ClaimPath::parse(path).expect(name).find(claims).cloned();
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn what_is_no_path() {
        for path in ["", "/a~", "/a~2", "/~x/b"] {
            assert_eq!(ClaimPath::parse(path), None, "{path}");
        }
        assert_eq!(ClaimPath::parse(&"a".repeat(257)), None);
        assert!(ClaimPath::parse(&"a".repeat(256)).is_some());
        assert!(ClaimPath::parse(&"/a".repeat(16)).is_some());
        assert_eq!(ClaimPath::parse(&"/a".repeat(17)), None);
        // In a name a tilde is a tilde.
        assert!(ClaimPath::parse("a~2").is_some());
    }
}
