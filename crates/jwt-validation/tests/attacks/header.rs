//! Header parameters that must, or must not, have an effect: JWT-036 to JWT-041, JWT-049 to JWT-055.

use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use jwt_validation::{Algorithm, TypePolicy};
use serde_json::{Value, json};

use crate::support::*;

/// A genuine token whose header has these members besides `alg` and `kid`.
fn with_members(members: Value) -> String {
    let mut header = json!({"alg": "ES256", "kid": "ES256"});
    for (name, value) in members.as_object().unwrap() {
        header[name] = value.clone();
    }
    token_with_header(header.to_string())
}

#[test]
fn jwt_036_jwt_038_an_embedded_key_is_never_used() {
    let attacker = Jwk::generate_ec_key(EcCurve::P256).unwrap();
    let jwk = public_jwk(&attacker, json!({"kid": "mine"}));
    for (name, header, code) in [
        (
            "jwk, no kid",
            json!({"alg": "ES256", "jwk": jwk}),
            "jwt.signature",
        ),
        (
            "jwk and its kid",
            json!({"alg": "ES256", "jwk": jwk, "kid": "mine"}),
            "jwt.key_unknown",
        ),
        (
            "jwk and a good kid",
            json!({"alg": "ES256", "jwk": jwk, "kid": "ES256"}),
            "jwt.signature",
        ),
        (
            "x5c and x5t",
            json!({"alg": "ES256", "kid": "ES256", "x5c": ["MIIB"], "x5t": "AAAA"}),
            "jwt.signature",
        ),
    ] {
        let input = format!("{}.{}", b64(header.to_string()), b64(claims().to_string()));
        let signature = sign_with(&attacker, Algorithm::Es256, input.as_bytes());
        assert_eq!(
            refused(&format!("{input}.{}", b64(signature))),
            code,
            "{name}"
        );
    }
}

#[test]
fn jwt_037_jwt_052_other_parameters_have_no_effect() {
    for members in [
        json!({"jku": "https://evil.example/jwks"}),
        json!({"x5u": "https://evil.example/cert"}),
        json!({"x5t": "AAAA", "x5t#S256": "AAAA", "x5c": []}),
        json!({"cty": "JWT"}),
        json!({"custom": {"a": [1, null, {"b": 1.5e3}]}, "n": 1, "t": true}),
        json!({"zip": "DEF", "enc": "A128GCM"}),
        json!({"b64": true}),
    ] {
        assert!(verify(&with_members(members.clone())).is_ok(), "{members}");
    }
}

#[test]
fn jwt_039_jwt_040_an_unknown_key_id_is_just_unknown() {
    let long = "k".repeat(8_000);
    for kid in [
        "",
        "unknown",
        "es256",
        "ES256 ",
        "../../../../dev/null",
        "' OR 1=1 --",
        "*)(uid=*",
        "https://evil.example/key",
        "ES256\0",
        "ES256\r\nlevel=info",
        &long,
    ] {
        let error = verify(&with_members(json!({ "kid": kid }))).unwrap_err();
        assert_eq!(error.code(), "jwt.key_unknown", "{kid:?}");
        let message = error.to_string();
        assert!(
            message.len() < 200 && !message.contains(['\r', '\n', '\0']),
            "{message}"
        );
    }
}

#[test]
fn jwt_041_a_key_id_of_another_type() {
    for kid in [
        json!(null),
        json!(1),
        json!(["ES256"]),
        json!({"ES256": 1}),
        json!(true),
    ] {
        assert_eq!(
            refused(&with_members(json!({ "kid": kid }))),
            "jwt.header",
            "{kid}"
        );
    }
}

#[test]
fn jwt_049_jwt_051_no_extension_is_understood() {
    for members in [
        json!({"crit": ["exp"], "exp": 1}),
        json!({"crit": ["http://example.com/UNDEFINED"]}),
        json!({"crit": ["b64"], "b64": true}),
        json!({"crit": ["b64"], "b64": false}),
    ] {
        assert_eq!(
            refused(&with_members(members.clone())),
            "jwt.crit",
            "{members}"
        );
    }
}

#[test]
fn jwt_050_a_malformed_crit() {
    for crit in [
        json!([]),
        json!(null),
        json!("exp"),
        json!({"exp": 1}),
        json!([1]),
        json!(["a", null]),
        json!(["a", "b", "a"]),
    ] {
        assert_eq!(
            refused(&with_members(json!({ "crit": crit }))),
            "jwt.header",
            "{crit}"
        );
    }
}

#[test]
fn jwt_051_an_unencoded_payload() {
    assert_eq!(refused(&with_members(json!({"b64": false}))), "jwt.header");
    assert_eq!(refused(&with_members(json!({"b64": "true"}))), "jwt.header");
    // RFC 7797 §4.2: detached, and signed over the plain payload.
    let header =
        b64(json!({"alg": "ES256", "kid": "ES256", "b64": false, "crit": ["b64"]}).to_string());
    let signature = sign(
        Algorithm::Es256,
        format!("{header}.{}", claims()).as_bytes(),
    );
    assert_eq!(
        refused(&format!("{header}..{}", b64(signature))),
        "jwt.crit"
    );
}

#[test]
fn jwt_053_typ_of_a_jwt() {
    assert!(verify(&with_members(json!({}))).is_ok());
    for typ in ["JWT", "jwt", "Jwt", "application/jwt", "application/JWT"] {
        assert!(
            verify(&with_members(json!({ "typ": typ }))).is_ok(),
            "{typ}"
        );
    }
}

#[test]
fn jwt_054_typ_of_another_kind_of_token() {
    for kind in [
        "at+jwt",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "JOSE",
        "",
        "JWT ",
    ] {
        assert_eq!(
            refused(&with_members(json!({ "typ": kind }))),
            "jwt.typ",
            "{kind}"
        );
        let long = format!("application/{kind}");
        assert_eq!(
            refused(&with_members(json!({ "typ": long }))),
            "jwt.typ",
            "{long}"
        );
    }
    for typ in [json!(null), json!(1), json!(["JWT"])] {
        assert_eq!(
            refused(&with_members(json!({ "typ": typ }))),
            "jwt.header",
            "{typ}"
        );
    }
}

#[test]
fn jwt_054_an_access_token_must_say_that_it_is_one() {
    let policy = policy().types(TypePolicy::access_token());
    let verify = |members| verify_with(&policy, &published(), &with_members(members), NOW);
    assert!(verify(json!({"typ": "at+jwt"})).is_ok());
    assert!(verify(json!({"typ": "application/at+jwt"})).is_ok());
    for members in [
        json!({}),
        json!({"typ": "JWT"}),
        json!({"typ": "logout+jwt"}),
    ] {
        assert_eq!(
            verify(members.clone()).unwrap_err().code(),
            "jwt.typ",
            "{members}"
        );
    }
}

#[test]
fn jwt_055_a_token_inside_of_a_token() {
    let inner = token(Algorithm::Es256, &header(Algorithm::Es256), &claims());
    let unsigned = format!(
        "{}.{}.",
        b64(r#"{"alg":"none"}"#),
        b64(claims().to_string())
    );
    for payload in [inner, unsigned] {
        let outer = json!({"alg": "ES256", "kid": "ES256", "cty": "JWT"});
        let token = raw_token(Algorithm::Es256, outer.to_string(), payload);
        assert_eq!(refused(&token), "jwt.claims");
    }
}
