//! The rules that an administrator writes for an issuer: patterns, and whole policies.

use jwt_federation::TrustPolicy;
use jwt_federation::trust::Pattern;
use serde_json::{Map, Value};

use crate::seed::Seed;

/// Reads the first line of `data` as a pattern and the rest as a value; where it begins with `{`, as a
/// policy and the claims of an assertion.
///
/// # Panics
/// If a pattern is read that can't be one, or the other way round; if it matches otherwise than the
/// slowest way to match says; if a policy changes by being written and read again; or if a condition
/// holds of nothing.
pub fn trust(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if first.starts_with('{') {
        policy(first, rest);
    } else {
        pattern(first, rest);
    }
}

fn pattern(text: &str, value: &str) {
    let parsed = Pattern::parse(text);
    let can_be_one = (1..=512).contains(&text.len()) && !text.contains("***");
    assert_eq!(parsed.is_some(), can_be_one, "{text}");
    let Some(pattern) = parsed else { return };
    assert_eq!(pattern.as_str(), text);
    let expected = value.len() <= Pattern::LONGEST_VALUE && matches(text, value);
    assert_eq!(pattern.matches(value), expected, "{text} {value}");
    // A value that is only part of a longer one is another value.
    if !text.contains('*') {
        assert_eq!(pattern.matches(value), text == value);
    }
}

/// Goes through the pattern token by token, and keeps for each length of the value whether so much of it
/// is matched.
fn matches(pattern: &str, value: &str) -> bool {
    let mut matched = vec![false; value.len().saturating_add(1)];
    if let Some(nothing) = matched.first_mut() {
        *nothing = true;
    }
    let mut rest = pattern.as_bytes();
    while let Some((&octet, behind)) = rest.split_first() {
        let (wild, crossing, behind) = match (octet, behind) {
            (b'*', [b'*', behind @ ..]) => (true, true, behind),
            (b'*', behind) => (true, false, behind),
            (_, behind) => (false, false, behind),
        };
        rest = behind;
        let mut next = vec![false; matched.len()];
        let mut going_on = false;
        let places = value.bytes().zip(&matched).zip(next.iter_mut().skip(1));
        for ((found, &before), after) in places {
            let fits = match (wild, crossing) {
                (true, true) => true,
                (true, false) => found != b'/' && found != b':',
                (false, _) => found == octet,
            };
            going_on = fits && (before || (wild && going_on));
            *after = going_on;
        }
        matched = next;
    }
    matched.last().is_some_and(|&all| all)
}

fn policy(json: &str, claims: &str) {
    let Ok(policy) = TrustPolicy::from_json(json) else {
        return;
    };
    let written = serde_json::to_string(&policy).unwrap_or_default();
    assert_eq!(
        TrustPolicy::from_json(&written).as_ref(),
        Ok(&policy),
        "{written}"
    );
    let claims: Map<String, Value> = serde_json::from_str(claims).unwrap_or_default();
    for condition in &policy.conditions {
        let _ = condition.holds(&claims);
        assert!(
            !condition.holds(&Map::new()),
            "{condition:?} holds of nothing"
        );
    }
    if let Err(error) = policy.validate("https://issuer.example") {
        assert!(!error.to_string().is_empty());
    }
}

/// The cases of the unit tables.
pub(crate) fn seeds() -> Vec<Seed> {
    let github = "repo:acme/app:ref:refs/heads/release-7";
    let conditions = |conditions: &str| format!("{{\"conditions\":[{conditions}]}}");
    let claims = r#"{"sub":"repo:acme/app","n":7,"groups":["a","b"],"k":{"uid":"7"}}"#;
    [
        ("literal", format!("{github}\n{github}")),
        ("segment", format!("repo:acme/*:ref:refs/heads/release-*\n{github}")),
        ("segment-empty", "repo:*/x\nrepo:/x".to_owned()),
        ("segment-crossing", "repo:acme/*\nrepo:acme/a/b".to_owned()),
        ("segment-colon", "repo:*\nrepo:a:b".to_owned()),
        ("anything", format!("repo:acme/**\n{github}")),
        ("anything-segment", "a**b*c\na:/bxc".to_owned()),
        ("stars", "a***\nab".to_owned()),
        ("many-stars", format!("{}x\n{}", "*a".repeat(200), "a".repeat(2000))),
        ("words", format!("{}*\n{}", "a".repeat(63), "a".repeat(65))),
        ("not-ascii", "é*\né\u{430}".to_owned()),
        ("long-value", format!("**\n{}", "a".repeat(2049))),
        ("empty", "\n".to_owned()),
        ("policy-empty", "{}".to_owned()),
        (
            "policy-equals",
            format!("{}\n{claims}", conditions(r#"{"claim":"n","equals":7}"#)),
        ),
        (
            "policy-one-of",
            format!("{}\n{claims}", conditions(r#"{"claim":"sub","one_of":["x","y"]}"#)),
        ),
        (
            "policy-prefix",
            format!("{}\n{claims}", conditions(r#"{"claim":"sub","prefix":"repo:"}"#)),
        ),
        (
            "policy-pattern",
            format!("{}\n{claims}", conditions(r#"{"claim":"sub","pattern":"repo:*/*"}"#)),
        ),
        (
            "policy-contains",
            format!("{}\n{claims}", conditions(r#"{"claim":"groups","contains":"a"}"#)),
        ),
        (
            "policy-pointer",
            format!("{}\n{claims}", conditions(r#"{"claim":"/k/uid","equals":"7"}"#)),
        ),
        (
            "policy-fields",
            r#"{"enabled":false,"expires_at":"2027-01-31T00:00:00Z","audiences":["a"],"algorithms":["ES256"],"types":["JWT"],"max_lifetime":600,"networks":["10.0.0.0/8"]}"#.to_owned(),
        ),
    ]
    .into_iter()
    .map(|(name, text)| Seed::new(name, text))
    .collect()
}
