//! How close a claim came to what a condition wants. For the operator: nothing is decided by it.

mod github;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::claim_path::ClaimPath;
use super::condition::{Condition, Test};
use super::error::Shown;
use super::pattern::Pattern;
use super::scalar::Scalar;

/// Of a list, so many elements are compared.
const MOST_ELEMENTS: usize = 64;

/// Says by what likely mistake a condition that does not hold was missed, if it looks like one.
pub(super) fn near_miss(condition: &Condition, claims: &Map<String, Value>) -> Option<String> {
    let Some(found) = condition.claim.find(claims) else {
        return absent(&condition.claim, claims);
    };
    let nearest = |values: &[Scalar], found| values.iter().find_map(|value| scalar(value, found));
    match &condition.test {
        Test::Equals(value) => scalar(value, found),
        Test::OneOf(values) => nearest(values, found),
        Test::Prefix(prefix) => begins(prefix, found.as_str()?),
        Test::Pattern(pattern) => matches(pattern, found.as_str()?),
        Test::Contains(_) | Test::ContainsAny(_) => {
            let values = condition.test.values();
            match found {
                Value::Array(elements) => {
                    let mut elements = elements.iter().take(MOST_ELEMENTS);
                    elements.find_map(|element| nearest(values, element))
                }
                plain if values.iter().any(|value| value.equals(plain)) => {
                    let hint =
                        "the claim is the value itself, not a list that holds it; use equals";
                    Some(hint.to_owned())
                }
                plain => nearest(values, plain),
            }
        }
    }
}

/// The claim is not there. Perhaps it is meant to be found in another way.
fn absent(path: &ClaimPath, claims: &Map<String, Value>) -> Option<String> {
    let text = path.as_str();
    if let Some(name) = text.strip_prefix('/')
        && claims.contains_key(name)
    {
        return Some(
            "the token has a claim whose name is the path without its first `/`".to_owned(),
        );
    }
    let pointer = ClaimPath::parse(&format!("/{text}"));
    if pointer.is_some_and(|pointer| pointer.find(claims).is_some()) {
        return Some("with `/` in front it is a JSON pointer, and finds a claim".to_owned());
    }
    let other = claims.keys().find(|name| name.eq_ignore_ascii_case(text))?;
    Some(format!(
        "the token has {}, which differs by case",
        Shown::text(other)
    ))
}

fn scalar(expected: &Scalar, found: &Value) -> Option<String> {
    let hint = match (expected, found) {
        (Scalar::Text(expected), Value::String(found)) => return equals(expected, found),
        (Scalar::Text(expected), Value::Number(number)) if *expected == number.to_string() => {
            "the claim is a number, and the condition wants a string"
        }
        (Scalar::Text(expected), Value::Bool(boolean)) if *expected == boolean.to_string() => {
            "the claim is a boolean, and the condition wants a string"
        }
        (Scalar::Integer(expected), Value::String(found)) if *found == expected.to_string() => {
            "the claim is a string, and the condition wants a number"
        }
        (Scalar::Integer(expected), Value::Number(number))
            if number.to_string() == format!("{expected}.0") =>
        {
            "the claim is written with a fraction or an exponent, and so is no integer"
        }
        (Scalar::Boolean(expected), Value::String(found))
            if found.eq_ignore_ascii_case(&expected.to_string()) =>
        {
            "the claim is a string, and the condition wants a boolean"
        }
        (_, Value::Array(elements)) if elements.iter().any(|element| expected.equals(element)) => {
            "the claim is a list that holds the value; use contains"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

const BY_CASE: &str = "differs by case";
const BY_SLASH: &str = "differs by a trailing slash";
const BY_BLANK: &str = "differs by white space";

fn equals(expected: &str, found: &str) -> Option<String> {
    let hint = if expected.trim_end_matches('/') == found.trim_end_matches('/') {
        BY_SLASH
    } else if expected.eq_ignore_ascii_case(found) {
        BY_CASE
    } else if expected.trim() == found.trim() {
        BY_BLANK
    } else {
        return github::subjects(expected, found);
    };
    Some(hint.to_owned())
}

fn begins(prefix: &str, found: &str) -> Option<String> {
    let beginning = found.get(..prefix.len()).unwrap_or(found);
    let hint = if beginning.eq_ignore_ascii_case(prefix) {
        BY_CASE
    } else if found.trim_start().starts_with(prefix) {
        BY_BLANK
    } else if prefix.strip_suffix('/') == Some(found) {
        BY_SLASH
    } else {
        // The subject's beginning says which form it has; what follows is not wanted.
        return github::subjects(&format!("{prefix}**"), found);
    };
    Some(hint.to_owned())
}

fn matches(pattern: &Pattern, found: &str) -> Option<String> {
    if found.len() > Pattern::LONGEST_VALUE {
        return Some("the claim is longer than the 2048 octets that patterns look at".to_owned());
    }
    let lower = Pattern::parse(&pattern.as_str().to_ascii_lowercase());
    let hint = if pattern.crossing().matches(found) {
        "a `*` would have to cross a `/` or `:`; name the segments, or use `**`"
    } else if lower.is_some_and(|lower| lower.matches(&found.to_ascii_lowercase())) {
        BY_CASE
    } else if pattern.matches(found.trim_end_matches('/')) {
        BY_SLASH
    } else if pattern.matches(found.trim()) {
        BY_BLANK
    } else {
        return github::subjects(pattern.as_str(), found);
    };
    Some(hint.to_owned())
}
