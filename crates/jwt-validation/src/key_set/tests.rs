use std::fmt::Write as _;

use super::*;
use crate::backend::{KeyError, default_backend};

const ED: &str = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;
const EC: &str = r#""kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#;

fn parse(json: &str) -> Result<KeySet, KeySetError> {
    KeySet::parse(json.as_bytes(), default_backend())
}

fn set(keys: &[&str]) -> KeySet {
    parse(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))).unwrap()
}

#[test]
fn key_007_a_document_that_is_no_key_set() {
    let no_keys = KeySetError::Malformed(Fault::MemberType("keys"));
    for (name, json, error) in [
        ("empty", "", KeySetError::Malformed(Fault::Syntax)),
        ("HTML", "<html>", KeySetError::Malformed(Fault::Syntax)),
        ("null", "null", KeySetError::Malformed(Fault::NotAnObject)),
        (
            "a bare array",
            "[]",
            KeySetError::Malformed(Fault::NotAnObject),
        ),
        ("no keys", "{}", no_keys),
        ("keys null", r#"{"keys":null}"#, no_keys),
        ("keys an object", r#"{"keys":{}}"#, no_keys),
        (
            "keys twice",
            r#"{"keys":[],"keys":[]}"#,
            KeySetError::Malformed(Fault::DuplicateMember),
        ),
        (
            "cut short",
            r#"{"keys":[{}"#,
            KeySetError::Malformed(Fault::Syntax),
        ),
    ] {
        assert_eq!(parse(json).err(), Some(error), "{name}");
    }
    assert!(parse(r#"{"keys":[],"other":1}"#).unwrap().keys().is_empty());
}

#[test]
fn key_008_a_bad_key_does_not_fail_the_others() {
    let good = format!(r#"{{{ED},"kid":"good"}}"#);
    let set = set(&[
        "1",
        "null",
        "{}",
        r#"{"kty":"AKP","kid":"new"}"#,
        &good,
        "[[]]",
    ]);
    assert_eq!(set.keys().len(), 1);
    assert_eq!(set.keys()[0].key_id(), Some("good"));
    assert_eq!(set.skipped().len(), 5);
    assert_eq!(set.skipped()[3].key_id.as_deref(), Some("new"));
    assert!(set.publishes("good") && set.publishes("new") && !set.publishes("other"));
}

#[test]
fn key_009_the_number_of_keys_is_bounded() {
    let keys = |count: usize| {
        let mut json = String::from(r#"{"keys":["#);
        for index in 0..count {
            write!(json, r#"{{{ED},"kid":"{index}"}},"#).unwrap();
        }
        json.pop();
        json.push_str("]}");
        json
    };
    assert_eq!(parse(&keys(256)).unwrap().keys().len(), 256);
    assert_eq!(parse(&keys(257)).err(), Some(KeySetError::TooManyKeys));
    assert_eq!(parse(&keys(100_000)).err(), Some(KeySetError::TooLarge));
    let just_too_long = format!("{}{}", keys(1), " ".repeat(KeySet::MAX_OCTETS));
    assert_eq!(parse(&just_too_long).err(), Some(KeySetError::TooLarge));
}

#[test]
fn an_id_and_an_algorithm_never_mean_two_keys() {
    let ed = format!(r#"{{{ED},"kid":"one"}}"#);
    let ec = format!(r#"{{{EC},"kid":"one"}}"#);
    let set = set(&[&ed, &ec, &ed]);
    assert_eq!(set.keys().len(), 2);
    assert_eq!(set.skipped()[0].reason, SkipReason::DuplicateKeyId);
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let verifier = set.verifier(Some("one"), algorithm).unwrap();
        assert_eq!(verifier.algorithm(), algorithm);
    }
    let error = set.verifier(Some("one"), Algorithm::Rs256).unwrap_err();
    assert_eq!(error.code(), "jwt.key_algorithm");
}

#[test]
fn jwt_042_jwt_043_without_a_key_id_one_key_must_do() {
    let ed = format!(r#"{{{ED},"kid":"one"}}"#);
    let nameless = format!("{{{ED}}}");
    let ec = format!(r#"{{{EC},"kid":"two"}}"#);
    assert!(set(&[&ed, &ec]).verifier(None, Algorithm::EdDsa).is_ok());
    assert!(set(&[&nameless]).verifier(None, Algorithm::EdDsa).is_ok());
    for (keys, candidates) in [(&[&*ed, &*nameless][..], 2), (&[&*ec], 0), (&[], 0)] {
        let error = set(keys).verifier(None, Algorithm::EdDsa).unwrap_err();
        assert_eq!(error, Error::KeyAmbiguous { candidates });
    }
    // A nameless key is nobody's namesake.
    let error = set(&[&nameless])
        .verifier(Some("one"), Algorithm::EdDsa)
        .unwrap_err();
    assert_eq!(error.code(), "jwt.key_unknown");
}

#[test]
fn a_token_that_names_a_skipped_key_learns_why() {
    let set = set(&[r#"{"kty":"oct","kid":"shared","k":"AA"}"#]);
    let error = set.verifier(Some("shared"), Algorithm::EdDsa).unwrap_err();
    let reason = SkipReason::Symmetric;
    let key_id = Excerpt::new("shared");
    assert_eq!(error, Error::KeyUnusable { key_id, reason });
}

#[test]
fn a_key_that_the_backend_refuses_is_skipped() {
    #[derive(Debug)]
    struct Refuses;

    impl Backend for Refuses {
        fn verifier(
            &self,
            _: &PublicKey,
            _: Algorithm,
        ) -> Result<Box<dyn SignatureVerifier>, KeyError> {
            Err(KeyError::Invalid)
        }
    }

    let json = format!(r#"{{"keys":[{{{ED},"kid":"one"}}]}}"#);
    let set = KeySet::parse(json.as_bytes(), &Refuses).unwrap();
    assert_eq!(set.skipped()[0].reason, SkipReason::Invalid);
    assert!(set.keys().is_empty());
}

#[test]
fn jwt_047_a_point_off_its_curve_is_skipped() {
    let off = EC.replacen("f83O", "f83P", 1);
    let json = format!(r#"{{"keys":[{{{off},"kid":"one"}}]}}"#);
    let set = parse(&json).unwrap();
    assert_eq!(set.skipped()[0].reason, SkipReason::Invalid);
}
