//! Which published key may serve: JWT-042 to JWT-048.

use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use jwt_validation::{Algorithm, Error, KeySet, SkipReason, default_backend};
use serde_json::{Value, json};

use crate::support::*;

fn ec_key(more: Value) -> Value {
    public_jwk(private_key(Algorithm::Es256), more)
}

fn verify_against(keys: Value, header: &str) -> Result<(), Error> {
    let published = json!({ "keys": keys });
    verify_with(&policy(), &published, &token_with_header(header), NOW).map(drop)
}

#[test]
fn jwt_042_without_a_key_id_the_only_key_serves() {
    let no_kid = r#"{"alg":"ES256"}"#;
    assert_eq!(
        verify_against(json!([ec_key(json!({"kid": "a"}))]), no_kid),
        Ok(())
    );
    assert_eq!(verify_against(json!([ec_key(json!({}))]), no_kid), Ok(()));
    // Keys that can't have signed it do not make it ambiguous.
    let others = json!([
        ec_key(json!({"kid": "enc", "use": "enc"})),
        public_jwk(private_key(Algorithm::Rs256), json!({"kid": "rsa"})),
        ec_key(json!({"kid": "a"})),
        {"kty": "oct", "k": "AAAA"},
    ]);
    assert_eq!(verify_against(others, no_kid), Ok(()));
}

#[test]
fn jwt_043_without_a_key_id_several_keys_do_not_serve() {
    let stranger = Jwk::generate_ec_key(EcCurve::P256).unwrap();
    let keys = json!([
        ec_key(json!({"kid": "a"})),
        public_jwk(&stranger, json!({"kid": "b"}))
    ]);
    let error = verify_against(keys.clone(), r#"{"alg":"ES256"}"#).unwrap_err();
    assert_eq!(error, Error::KeyAmbiguous { candidates: 2 });
    assert_eq!(verify_against(keys, r#"{"alg":"ES256","kid":"a"}"#), Ok(()));
}

#[test]
fn jwt_044_a_key_for_encryption_does_not_serve() {
    for more in [
        json!({"kid": "k", "use": "enc"}),
        json!({"kid": "k", "alg": "ECDH-ES+A128KW"}),
        json!({"kid": "k", "key_ops": ["deriveKey"]}),
    ] {
        let keys = json!([ec_key(more.clone())]);
        let error = verify_against(keys, r#"{"alg":"ES256","kid":"k"}"#).unwrap_err();
        assert_eq!(error.code(), "jwt.key_unusable", "{more}");
    }
    let rsa = public_jwk(
        private_key(Algorithm::Rs256),
        json!({"kid": "k", "alg": "RSA-OAEP"}),
    );
    let token = token(
        Algorithm::Rs256,
        &json!({"alg": "RS256", "kid": "k"}),
        &claims(),
    );
    let error = verify_with(&policy(), &json!({"keys": [rsa]}), &token, NOW).unwrap_err();
    assert_eq!(error.code(), "jwt.key_unusable");
}

/// What is said of a token that names the RSA key with this modulus and exponent.
fn rsa_reason(n: &str, e: &str) -> SkipReason {
    let published = json!({"keys": [{"kty": "RSA", "kid": "k", "n": n, "e": e}]});
    let token = token(
        Algorithm::Rs256,
        &json!({"alg": "RS256", "kid": "k"}),
        &claims(),
    );
    match verify_with(&policy(), &published, &token, NOW) {
        Err(Error::KeyUnusable { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn jwt_045_jwt_048_rsa_keys_that_are_too_small_or_too_large() {
    for bits in [1024, 2040, 16_384] {
        let n = b64(vec![0xff; bits / 8]);
        assert_eq!(rsa_reason(&n, "AQAB"), SkipReason::Modulus { bits });
    }
}

#[test]
fn jwt_046_rsa_exponents_that_verify_anything() {
    let n = published()["keys"][0]["n"].as_str().unwrap().to_owned();
    for e in [&[0][..], &[1], &[2], &[3], &[1, 0, 0]] {
        assert_eq!(rsa_reason(&n, &b64(e)), SkipReason::Exponent, "{e:?}");
    }
}

#[test]
fn jwt_047_points_that_are_not_on_the_curve() {
    let key = ec_key(json!({"kid": "k"}));
    let point = |name: &str| unb64(key[name].as_str().unwrap());
    let edit = |name: &str, octets: Vec<u8>| {
        let mut edited = key.clone();
        edited[name] = json!(b64(octets));
        edited
    };
    let mut off_curve = point("y");
    off_curve[31] ^= 1;
    let prime = [&[0xff; 4][..], &[0, 0, 0, 1], &[0; 12], &[0xff; 12]].concat();
    for (name, key) in [
        ("off the curve", edit("y", off_curve)),
        ("x = y = 0", {
            let mut zero = edit("x", vec![0; 32]);
            zero["y"] = json!(b64([0; 32]));
            zero
        }),
        ("x out of range", edit("x", vec![0xff; 32])),
        ("x = p", edit("x", prime)),
        (
            "x with a zero in front",
            edit("x", [vec![0], point("x")].concat()),
        ),
        ("x too short", edit("x", point("x")[1..].to_vec())),
        ("x empty", edit("x", vec![])),
    ] {
        let error = verify_against(json!([key]), r#"{"alg":"ES256","kid":"k"}"#).unwrap_err();
        assert_eq!(error.code(), "jwt.key_unusable", "{name}");
    }
}

#[test]
fn key_010_a_published_private_key_is_not_kept() {
    let mut private = Value::Object(private_key(Algorithm::Es256).as_ref().clone());
    private["kid"] = json!("k");
    assert!(private["d"].is_string());
    let secret = private["d"].as_str().unwrap().to_owned();
    let json = json!({"keys": [private]}).to_string();
    let keys = KeySet::parse(json.as_bytes(), default_backend()).unwrap();
    assert!(!format!("{keys:?}").contains(&secret));
    let token = token_with_header(r#"{"alg":"ES256","kid":"k"}"#);
    assert!(policy().verify(&token, &keys, NOW).is_ok());
}

#[test]
fn key_018_two_issuers_with_one_key_id() {
    let stranger = Jwk::generate_ec_key(EcCurve::P256).unwrap();
    let theirs = json!([public_jwk(&stranger, json!({"kid": "1"}))]);
    let ours = json!([ec_key(json!({"kid": "1"}))]);
    let header = r#"{"alg":"ES256","kid":"1"}"#;
    assert_eq!(verify_against(ours, header), Ok(()));
    assert_eq!(verify_against(theirs, header), Err(Error::Signature));
}
