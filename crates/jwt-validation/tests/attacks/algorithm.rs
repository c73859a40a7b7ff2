//! Which algorithm a token may use: JWT-001 to JWT-012.

use aws_lc_rs::hmac;
use josekit::jwk::KeyPair as _;
use josekit::jwk::alg::ec::EcKeyPair;
use josekit::jwk::alg::rsa::RsaKeyPair;
use jwt_validation::{
    Algorithm, AlgorithmSet, Audience, KeySet, PublicKey, SkipReason, TokenPolicy, UnixTime,
    default_backend,
};
use serde_json::{Value, json};

use crate::support::*;

#[test]
fn jwt_001_every_algorithm_is_accepted() {
    for algorithm in Algorithm::ALL {
        let token = token(algorithm, &header(algorithm), &claims());
        let claims = verify(&token).unwrap_or_else(|error| panic!("{algorithm}: {error}"));
        assert_eq!(claims.algorithm(), algorithm);
        assert_eq!(claims.key_id(), Some(algorithm.name()));
        assert_eq!(claims.issuer(), ISSUER);
        assert_eq!(claims.subject(), Some("user-17"));
        assert_eq!(claims.audience(), [AUDIENCE]);
    }
}

#[test]
fn jwt_001_ed25519_by_its_fully_specified_name() {
    let header = json!({"alg": "Ed25519", "kid": "EdDSA"});
    let claims = verify(&token(Algorithm::EdDsa, &header, &claims())).unwrap();
    assert_eq!(claims.algorithm(), Algorithm::EdDsa);
}

#[test]
fn jwt_001_the_examples_of_the_specifications() {
    // RFC 7515 appendix A.3; the token has neither `kid`, `aud` nor `sub`.
    let published = json!({"keys": [{
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }]});
    let token = concat!(
        "eyJhbGciOiJFUzI1NiJ9",
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290",
        "Ijp0cnVlfQ",
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    );
    let policy = TokenPolicy::new("joe", Audience::danger_unchecked()).require_subject(false);
    let before = UnixTime::from_secs(1_300_819_379);
    let claims = verify_with(&policy, &published, token, before).unwrap();
    assert_eq!(
        claims.claim("http://example.com/is_root"),
        Some(&json!(true))
    );

    // RFC 8037 appendix A.4, whose payload is no claims set.
    let key = br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let verifier = default_backend()
        .verifier(&PublicKey::from_jwk(key).unwrap(), Algorithm::EdDsa)
        .unwrap();
    let input = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = unb64(
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    );
    assert_eq!(verifier.verify(input, &signature), Ok(()));
}

#[test]
fn jwt_002_only_allowed_algorithms_are_taken() {
    for algorithm in Algorithm::ALL {
        let token = token(algorithm, &header(algorithm), &claims());
        let others: Vec<_> = Algorithm::ALL
            .into_iter()
            .filter(|&other| other != algorithm)
            .collect();
        let policy = policy().algorithms(AlgorithmSet::of(&others));
        let error = verify_with(&policy, &published(), &token, NOW).unwrap_err();
        assert_eq!(error.code(), "jwt.alg", "{algorithm}");
    }
}

#[test]
fn jwt_003_alg_none_in_any_case() {
    for alg in ["none", "None", "NONE", "nOnE"] {
        for kid in [json!("ES256"), json!("unknown")] {
            let header = json!({"alg": alg, "kid": kid});
            let token = format!("{}.{}.", b64(header.to_string()), b64(claims().to_string()));
            // Before the key is looked for: an unknown one is not what is wrong.
            assert_eq!(refused(&token), "jwt.alg", "{header}");
        }
        let signed = token_with_header(json!({"alg": alg, "kid": "ES256"}).to_string());
        assert_eq!(refused(&signed), "jwt.alg", "{alg} with a signature");
    }
}

#[test]
fn jwt_004_alg_none_without_the_last_dot() {
    let header = b64(json!({"alg": "none"}).to_string());
    let token = format!("{header}.{}", b64(claims().to_string()));
    assert_eq!(refused(&token), "jwt.segments");
}

#[test]
fn jwt_005_alg_of_another_type() {
    assert_eq!(
        refused(&token_with_header(r#"{"kid":"ES256"}"#)),
        "jwt.header"
    );
    for alg in ["null", "\"\"", "1", "true", "[\"ES256\"]", "{\"ES256\":1}"] {
        let token = token_with_header(format!(r#"{{"alg":{alg},"kid":"ES256"}}"#));
        assert_eq!(refused(&token), "jwt.header", "{alg}");
    }
}

#[test]
fn jwt_006_alg_is_compared_byte_for_byte() {
    for alg in [
        "es256", "Es256", "ES256 ", " ES256", "ES256\0", "ES256\n", "eddsa", "ED25519",
    ] {
        let token = token_with_header(json!({"alg": alg, "kid": "ES256"}).to_string());
        assert_eq!(refused(&token), "jwt.alg", "{alg:?}");
    }
}

/// A token with a genuine HMAC under this secret.
fn hmac_token(alg: &str, kid: &str, secret: &[u8]) -> String {
    let algorithm = match alg {
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        _ => hmac::HMAC_SHA512,
    };
    let header = json!({"alg": alg, "kid": kid});
    let input = format!("{}.{}", b64(header.to_string()), b64(claims().to_string()));
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret), input.as_bytes());
    format!("{input}.{}", b64(tag))
}

#[test]
fn jwt_007_hmac_with_the_public_key_as_its_secret() {
    let rsa = RsaKeyPair::from_jwk(private_key(Algorithm::Rs256)).unwrap();
    let ec = EcKeyPair::from_jwk(private_key(Algorithm::Es256)).unwrap();
    let published = published();
    let jwk = published["keys"][0].to_string().into_bytes();
    for (kid, pem, der) in [
        ("RS256", rsa.to_pem_public_key(), rsa.to_der_public_key()),
        ("ES256", ec.to_pem_public_key(), ec.to_der_public_key()),
    ] {
        let trimmed = pem.trim_ascii_end().to_vec();
        for secret in [&pem, &trimmed, &der, &jwk] {
            for alg in ["HS256", "HS384", "HS512"] {
                let token = hmac_token(alg, kid, secret);
                assert_eq!(refused(&token), "jwt.alg", "{alg} {kid}");
            }
        }
    }
}

#[test]
fn jwt_008_jwt_009_there_is_no_symmetric_key() {
    for k in [&b"a shared secret of 32 octets, yes"[..], b"", b"\0"] {
        let published =
            json!({"keys": [{"kty": "oct", "kid": "shared", "alg": "HS256", "k": b64(k)}]});
        let keys = KeySet::parse(published.to_string().as_bytes(), default_backend()).unwrap();
        assert!(keys.keys().is_empty());
        assert_eq!(keys.skipped()[0].reason, SkipReason::Symmetric);
        let token = hmac_token("HS256", "shared", k);
        let error = verify_with(&policy(), &published, &token, NOW).unwrap_err();
        assert_eq!(error.code(), "jwt.alg");
    }
    for name in ["HS256", "HS384", "HS512"] {
        assert_eq!(Algorithm::from_name(name), None);
    }
}

#[test]
fn jwt_010_a_key_with_an_alg_serves_only_that() {
    for other in [Algorithm::Ps256, Algorithm::Rs512, Algorithm::Rs384] {
        // Genuine: the same key pair made it.
        let header = json!({"alg": other.name(), "kid": "RS256"});
        let token = token(other, &header, &claims());
        assert_eq!(refused(&token), "jwt.key_algorithm", "{other}");
    }
}

#[test]
fn jwt_010_a_key_without_an_alg_serves_what_its_type_can() {
    let key = public_jwk(private_key(Algorithm::Rs256), json!({"kid": "any"}));
    let published = json!({"keys": [key]});
    for algorithm in [Algorithm::Rs256, Algorithm::Ps384] {
        let header = json!({"alg": algorithm.name(), "kid": "any"});
        let token = token(algorithm, &header, &claims());
        assert!(
            verify_with(&policy(), &published, &token, NOW).is_ok(),
            "{algorithm}"
        );
    }
}

#[test]
fn jwt_011_jwt_012_an_algorithm_of_another_key_type_or_curve() {
    let any_alg =
        |algorithm: Algorithm, kid: &str| public_jwk(private_key(algorithm), json!({ "kid": kid }));
    let published = json!({"keys": [
        any_alg(Algorithm::Rs256, "rsa"),
        any_alg(Algorithm::Es256, "p256"),
        any_alg(Algorithm::Es384, "p384"),
        any_alg(Algorithm::EdDsa, "ed"),
    ]});
    for (algorithm, kid) in [
        (Algorithm::Es256, "rsa"),
        (Algorithm::Rs256, "p256"),
        (Algorithm::Ps256, "p256"),
        (Algorithm::EdDsa, "p256"),
        (Algorithm::EdDsa, "rsa"),
        (Algorithm::Rs256, "ed"),
        (Algorithm::Es256, "ed"),
        (Algorithm::Es256, "p384"),
        (Algorithm::Es384, "p256"),
        (Algorithm::Es512, "p256"),
    ] {
        let header = json!({"alg": algorithm.name(), "kid": kid});
        let token = token(algorithm, &header, &claims());
        let error = verify_with(&policy(), &published, &token, NOW).unwrap_err();
        assert_eq!(error.code(), "jwt.key_algorithm", "{algorithm} with {kid}");
    }
}

#[test]
fn jwt_012_curves_and_names_that_do_not_exist_here() {
    for alg in ["ES256K", "ES521", "ES", "Ed448", "ML-DSA-44"] {
        let token = token_with_header(json!({"alg": alg, "kid": "ES256"}).to_string());
        assert_eq!(refused(&token), "jwt.alg", "{alg}");
    }
    let mut key: Value = published()["keys"][6].clone();
    key["crv"] = json!("secp256k1");
    let published = json!({"keys": [key]});
    let token = token(Algorithm::Es256, &header(Algorithm::Es256), &claims());
    let error = verify_with(&policy(), &published, &token, NOW).unwrap_err();
    assert_eq!(error.code(), "jwt.key_unusable");
}
