//! Every check is told, in order, up to the first that fails.

use jwt_validation::{Algorithm, AwsLcRs, Check, KeySet, Verdict};
use serde_json::json;

use crate::support::*;

fn checks(token: &str) -> Vec<Check> {
    let keys = KeySet::parse(published().to_string().as_bytes(), &AwsLcRs).unwrap();
    let mut checks = Vec::new();
    let recorded = policy().verify_recorded(token, &keys, NOW, &mut checks);
    let plain = policy().verify(token, &keys, NOW);
    assert_eq!(recorded.err(), plain.err(), "telling changes nothing");
    checks
}

fn names(checks: &[Check]) -> Vec<&'static str> {
    checks.iter().map(|check| check.name).collect()
}

const ALL: [&str; 14] = [
    "jwt.length",
    "jwt.segments",
    "jwt.header",
    "jwt.crit",
    "jwt.typ",
    "jwt.alg",
    "jwt.key",
    "jwt.signature",
    "jwt.claims",
    "jwt.issuer",
    "jwt.audience",
    "jwt.expiry",
    "jwt.issued_at",
    "jwt.subject",
];

#[test]
fn a_token_that_passes_has_passed_every_check() {
    let checks = checks(&token_with_claims(&claims()));
    assert_eq!(names(&checks), ALL);
    assert!(checks.iter().all(|check| check.verdict == Verdict::Passed));
    assert!(checks.iter().all(|check| check.near_miss.is_none()));
}

#[test]
fn a_refusal_is_the_last_check() {
    let long = "x".repeat(20_000);
    let genuine = token_with_claims(&claims());
    let (input, _) = genuine.rsplit_once('.').unwrap();
    for (token, last) in [
        (long, "jwt.length"),
        ("a.b".to_owned(), "jwt.segments"),
        (token_with_header("[]"), "jwt.header"),
        (
            token_with_header(r#"{"alg":"ES256","crit":["x"]}"#),
            "jwt.crit",
        ),
        (
            token_with_header(r#"{"alg":"ES256","typ":"at+jwt"}"#),
            "jwt.typ",
        ),
        (token_with_header(r#"{"alg":"none"}"#), "jwt.alg"),
        (token_with_header(r#"{"alg":"ES256","kid":"x"}"#), "jwt.key"),
        (format!("{input}.{}", b64([0; 64])), "jwt.signature"),
        (token_with_payload("[]"), "jwt.claims"),
        (
            token_with_claims(&claims_with(json!({"iss": "x"}))),
            "jwt.issuer",
        ),
        (
            token_with_claims(&claims_with(json!({"aud": "x"}))),
            "jwt.audience",
        ),
        (
            token_with_claims(&claims_with(json!({"exp": 1}))),
            "jwt.expiry",
        ),
        (
            token_with_claims(&claims_with(json!({"iat": 9e9}))),
            "jwt.issued_at",
        ),
        (
            token_with_claims(&claims_with(json!({"sub": ""}))),
            "jwt.subject",
        ),
    ] {
        let checks = checks(&token);
        let place = ALL.iter().position(|&name| name == last).unwrap();
        assert_eq!(names(&checks), &ALL[..=place], "{last}");
        let (failed, passed) = checks.split_last().unwrap();
        assert_eq!(failed.verdict, Verdict::Failed, "{last}");
        assert!(
            passed.iter().all(|check| check.verdict == Verdict::Passed),
            "{last}"
        );
    }
}

#[test]
fn optional_dates_are_checked_where_they_are() {
    let claims = claims_with(json!({"nbf": 1, "iat": null}));
    let checks = checks(&token_with_claims(&claims));
    assert!(names(&checks).contains(&"jwt.not_before"));
    assert!(!names(&checks).contains(&"jwt.issued_at"));
}

#[test]
fn a_near_miss_is_pointed_out() {
    for (change, hint) in [
        (
            json!({"iss": "https://issuer.example/"}),
            "differs by a trailing slash",
        ),
        (json!({"iss": "https://Issuer.example"}), "differs by case"),
        (
            json!({"aud": ["x", "http://api.example"]}),
            "differs by the scheme",
        ),
        (json!({"exp": NOW.as_secs() - 61}), "expired 61 s ago"),
        (json!({"nbf": NOW.as_secs() + 90}), "90 s ahead"),
    ] {
        let checks = checks(&token_with_claims(&claims_with(change)));
        assert_eq!(checks.last().unwrap().near_miss.as_deref(), Some(hint));
    }
}

#[test]
fn what_the_token_says_is_cut_short_and_stays_on_its_line() {
    let claims = claims_with(json!({"iss": format!("https://x\r\n{}", "y".repeat(9_000))}));
    let checks = checks(&token_with_claims(&claims));
    let found = &checks.last().unwrap().found;
    assert!(found.len() < 100 && !found.contains('\n'), "{found}");
    let token = token(Algorithm::EdDsa, &header(Algorithm::EdDsa), &claims);
    let signature = token.rsplit_once('.').unwrap().1;
    let all = format!("{checks:?}");
    assert!(!all.contains(signature));
}
