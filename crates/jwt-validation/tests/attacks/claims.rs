//! Issuer, audience, subject and names: JWT-063 to JWT-070.

use jwt_validation::{Audience, TokenPolicy};
use serde_json::{Value, json};

use crate::support::*;

/// The code of the refusal of a token with one claim replaced by this JSON text, or removed.
fn with_claim(name: &str, value: Option<&str>) -> Result<(), &'static str> {
    let mut claims = claims_with(json!({ name: null })).to_string();
    if let Some(value) = value {
        claims.pop();
        claims.push_str(&format!(",\"{name}\":{value}}}"));
    }
    verify(&token_with_payload(claims))
        .map(drop)
        .map_err(|error| error.code())
}

#[test]
fn jwt_063_an_issuer_that_is_missing_or_of_another_type() {
    assert_eq!(with_claim("iss", None), Err("jwt.issuer"));
    assert_eq!(with_claim("iss", Some("\"\"")), Err("jwt.issuer"));
    for value in ["null", "1", "{}", "[\"https://issuer.example\"]", "true"] {
        assert_eq!(with_claim("iss", Some(value)), Err("jwt.claims"), "{value}");
    }
}

#[test]
fn jwt_064_jwt_065_an_issuer_that_is_nearly_right() {
    for issuer in [
        "https://issuer.example/",
        "https://ISSUER.example",
        "HTTPS://issuer.example",
        "http://issuer.example",
        "https://issuer.example:443",
        "https://user@issuer.example",
        "https://issuer.example?",
        "https://issuer.example/.",
        "https://issuer.example ",
        " https://issuer.example",
        "https://issuer.example.evil.example",
        "https://issuer.example/tenant",
        "issuer.example",
        "https://issuer.exampl",
        "https://issuer.example\0",
        "https://іssuer.example",
    ] {
        let value = json!(issuer).to_string();
        assert_eq!(
            with_claim("iss", Some(&value)),
            Err("jwt.issuer"),
            "{issuer:?}"
        );
    }
}

#[test]
fn jwt_063_an_empty_issuer_matches_nothing() {
    let policy = TokenPolicy::new("", Audience::danger_unchecked());
    for token in [
        token_with_claims(&claims_with(json!({"iss": ""}))),
        token_with_claims(&claims_with(json!({"iss": null}))),
    ] {
        let error = verify_with(&policy, &published(), &token, NOW).unwrap_err();
        assert_eq!(error.code(), "jwt.issuer");
    }
}

#[test]
fn jwt_066_an_audience_that_names_the_verifier() {
    for audience in [
        json!(AUDIENCE),
        json!([AUDIENCE]),
        json!(["other", AUDIENCE]),
        json!([AUDIENCE, AUDIENCE]),
    ] {
        let claims = verify(&token_with_claims(&claims_with(json!({ "aud": audience })))).unwrap();
        assert!(
            claims.audience().iter().any(|value| value == AUDIENCE),
            "{audience}"
        );
    }
    let either = TokenPolicy::new(ISSUER, Audience::any_of(["first", AUDIENCE]).unwrap());
    let token = token_with_claims(&claims());
    assert!(verify_with(&either, &published(), &token, NOW).is_ok());
}

#[test]
fn jwt_067_an_audience_that_is_missing_empty_or_of_another_type() {
    for value in [None, Some("\"\""), Some("[]"), Some("[\"\"]")] {
        assert_eq!(with_claim("aud", value), Err("jwt.audience"), "{value:?}");
    }
    for value in [
        "null",
        "1",
        "{}",
        "[1]",
        "[null]",
        "[[\"https://api.example\"]]",
    ] {
        assert_eq!(with_claim("aud", Some(value)), Err("jwt.claims"), "{value}");
    }
}

#[test]
fn jwt_068_an_audience_that_is_nearly_right() {
    for audience in [
        "https://api.example/",
        "https://API.example",
        "https://api.exampl",
        "https://api.example.evil",
        "https://api.example/v2",
        "https://api.example,https://other.example",
        "https://api.example https://other.example",
        "*",
        "https://*.example",
        " https://api.example",
        "https://api.example\0",
    ] {
        for value in [json!(audience), json!([audience])] {
            let value = value.to_string();
            assert_eq!(
                with_claim("aud", Some(&value)),
                Err("jwt.audience"),
                "{value}"
            );
        }
    }
}

#[test]
fn jwt_068_an_unchecked_audience_is_still_of_the_right_type() {
    let policy = TokenPolicy::new(ISSUER, Audience::danger_unchecked());
    let verify =
        |claims: Value| verify_with(&policy, &published(), &token_with_claims(&claims), NOW);
    assert!(verify(claims_with(json!({"aud": "anybody"}))).is_ok());
    assert!(verify(claims_with(json!({"aud": null}))).is_ok());
    assert_eq!(
        verify(claims_with(json!({"aud": 1}))).unwrap_err().code(),
        "jwt.claims"
    );
}

#[test]
fn jwt_069_a_subject_that_is_missing_empty_or_of_another_type() {
    assert_eq!(with_claim("sub", None), Err("jwt.subject"));
    assert_eq!(with_claim("sub", Some("\"\"")), Err("jwt.subject"));
    for value in ["null", "1", "[\"user-17\"]", "{}", "false"] {
        assert_eq!(with_claim("sub", Some(value)), Err("jwt.claims"), "{value}");
    }
    let policy = policy().require_subject(false);
    for change in [json!({"sub": null}), json!({"sub": ""})] {
        let token = token_with_claims(&claims_with(change));
        let claims = verify_with(&policy, &published(), &token, NOW).unwrap();
        assert_eq!(claims.subject(), None);
    }
}

#[test]
fn jwt_070_names_in_another_case_are_other_names() {
    for (name, code) in [
        ("iss", "jwt.issuer"),
        ("aud", "jwt.audience"),
        ("exp", "jwt.expiry_missing"),
        ("sub", "jwt.subject"),
    ] {
        let mut claims = claims();
        let value = claims.as_object_mut().unwrap().remove(name).unwrap();
        claims[name.to_uppercase()] = value;
        assert_eq!(refused(&token_with_claims(&claims)), code, "{name}");
    }
}

#[test]
fn jwt_070_the_token_id_is_a_string() {
    assert_eq!(with_claim("jti", Some("1")), Err("jwt.claims"));
    assert_eq!(with_claim("jti", Some("null")), Err("jwt.claims"));
    let claims = verify(&token_with_claims(&claims_with(json!({"jti": "t-1"})))).unwrap();
    assert_eq!(claims.jwt_id(), Some("t-1"));
}

#[test]
fn other_claims_are_given_as_they_came() {
    let more = json!({
        "email": "ada@example.com",
        "groups": ["a", "b"],
        "nested": {"a": {"b": [1, 2.5, null, true]}},
        "big": 18_446_744_073_709_551_615_u64,
    });
    let claims = verify(&token_with_claims(&claims_with(more.clone()))).unwrap();
    for (name, value) in more.as_object().unwrap() {
        assert_eq!(claims.claim(name), Some(value), "{name}");
    }
    assert_eq!(claims.claim("Email"), None);
    assert_eq!(claims.claim("sub"), Some(&json!("user-17")));
    assert_eq!(claims.claims().len(), 9);
    let shown = format!("{claims:?}");
    assert!(!shown.contains("ada@example.com"), "{shown}");
}
