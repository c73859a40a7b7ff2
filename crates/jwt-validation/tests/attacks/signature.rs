//! What is no signature: JWT-013 to JWT-022. The primitives' own vectors stand in `tests/wycheproof.rs`.

use jwt_validation::Algorithm;
use serde_json::json;

use crate::support::*;

/// A token for this algorithm whose signature `change` made from the genuine one.
fn tampered(algorithm: Algorithm, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    let token = token(algorithm, &header(algorithm), &claims());
    let (input, signature) = token.rsplit_once('.').unwrap();
    format!("{input}.{}", b64(change(unb64(signature))))
}

/// `a + b` and `a - b`, big-endian, as wide as `a`; the last carry is lost.
fn add(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut sum = a.to_vec();
    let mut carry = 0;
    for (index, octet) in sum.iter_mut().rev().enumerate() {
        let other = b.iter().rev().nth(index).copied().unwrap_or(0);
        let total = u16::from(*octet) + u16::from(other) + u16::from(carry);
        [carry, *octet] = total.to_be_bytes();
    }
    sum
}

fn subtract(a: &[u8], b: &[u8]) -> Vec<u8> {
    let complement: Vec<u8> = (0..a.len())
        .map(|index| {
            b.get(index + b.len() - a.len())
                .map_or(0xff, |octet| !octet)
        })
        .collect();
    add(&add(a, &complement), &[1])
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|index| u8::from_str_radix(&text[index..index + 2], 16).unwrap())
        .collect()
}

/// The order of P-256.
fn p256_order() -> Vec<u8> {
    hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
}

#[test]
fn jwt_013_a_signature_of_another_rsa_scheme() {
    for other in [Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps256] {
        let input = format!(
            "{}.{}",
            b64(header(Algorithm::Rs256).to_string()),
            b64(claims().to_string())
        );
        let signature = sign(other, input.as_bytes());
        let token = format!("{input}.{}", b64(signature));
        assert_eq!(refused(&token), "jwt.signature", "{other}");
    }
}

#[test]
fn jwt_016_rsa_numbers_out_of_range_or_of_another_length() {
    let n = unb64(published()["keys"][0]["n"].as_str().unwrap());
    let width = n.len();
    let number = |value: u8| [vec![0; width - 1], vec![value]].concat();
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256] {
        for (name, signature) in [
            ("0", number(0)),
            ("1", number(1)),
            ("n", n.clone()),
            (
                "n - 1",
                subtract(&n, &[vec![0; width - 1], vec![1]].concat()),
            ),
            ("all ones", vec![0xff; width]),
        ] {
            let token = tampered(algorithm, |_| signature);
            assert_eq!(refused(&token), "jwt.signature", "{algorithm}: {name}");
        }
        let plus_n = tampered(algorithm, |s| add(&[vec![0], s].concat(), &n));
        assert_eq!(refused(&plus_n), "jwt.signature", "{algorithm}: s + n");
        let longer = tampered(algorithm, |s| [s, vec![0]].concat());
        assert_eq!(refused(&longer), "jwt.signature", "{algorithm}: longer");
        let zero = tampered(algorithm, |s| [vec![0], s].concat());
        assert_eq!(refused(&zero), "jwt.signature", "{algorithm}: leading zero");
        let shorter = tampered(algorithm, |s| s[1..].to_vec());
        assert_eq!(refused(&shorter), "jwt.signature", "{algorithm}: shorter");
    }
}

#[test]
fn jwt_017_ecdsa_numbers_out_of_range() {
    let zero = vec![0; 32];
    let order = p256_order();
    for (name, r, s) in [
        ("r = 0", Some(&zero), None),
        ("s = 0", None, Some(&zero)),
        ("both 0", Some(&zero), Some(&zero)),
        ("r = n", Some(&order), None),
        ("s = n", None, Some(&order)),
        ("both n", Some(&order), Some(&order)),
        ("all ones", Some(&vec![0xff; 32]), Some(&vec![0xff; 32])),
    ] {
        let token = tampered(Algorithm::Es256, |genuine| {
            let r = r.map_or(&genuine[..32], |r| r);
            let s = s.map_or(&genuine[32..], |s| s);
            [r, s].concat()
        });
        assert_eq!(refused(&token), "jwt.signature", "{name}");
    }
}

#[test]
fn jwt_018_ecdsa_with_either_s_and_any_r() {
    let negated = tampered(Algorithm::Es256, |genuine| {
        [&genuine[..32], &subtract(&p256_order(), &genuine[32..])].concat()
    });
    assert!(verify(&negated).is_ok(), "n - s");

    let input = format!(
        "{}.{}",
        b64(header(Algorithm::Es256).to_string()),
        b64(claims().to_string())
    );
    let signature = std::iter::repeat_with(|| sign(Algorithm::Es256, input.as_bytes()))
        .find(|signature| signature[0] == 0)
        .unwrap();
    assert!(
        verify(&format!("{input}.{}", b64(signature))).is_ok(),
        "r begins with 0"
    );
}

#[test]
fn jwt_019_eddsa_malleability_and_lengths() {
    // The order of the base point, little-endian.
    let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let reversed = |octets: &[u8]| octets.iter().rev().copied().collect::<Vec<_>>();
    let plus_order = tampered(Algorithm::EdDsa, |genuine| {
        let s = add(&reversed(&genuine[32..]), &reversed(&order));
        [&genuine[..32], &reversed(&s)].concat()
    });
    assert_eq!(refused(&plus_order), "jwt.signature", "S + L");
    for (name, token) in [
        ("zero", tampered(Algorithm::EdDsa, |_| vec![0; 64])),
        (
            "63 octets",
            tampered(Algorithm::EdDsa, |s| s[..63].to_vec()),
        ),
        (
            "65 octets",
            tampered(Algorithm::EdDsa, |s| [s, vec![0]].concat()),
        ),
    ] {
        assert_eq!(refused(&token), "jwt.signature", "{name}");
    }
}

#[test]
fn jwt_020_a_signature_of_something_else() {
    for algorithm in Algorithm::ALL {
        let genuine = token(algorithm, &header(algorithm), &claims());
        let other = claims_with(json!({"sub": "root"}));
        let other = token(algorithm, &header(algorithm), &other);
        let parts: Vec<&str> = genuine.split('.').collect();
        let others: Vec<&str> = other.split('.').collect();
        let mut header = header(algorithm);
        header["x"] = json!(1);
        for (name, token) in [
            ("none", format!("{}.{}.", parts[0], parts[1])),
            (
                "another token's",
                format!("{}.{}.{}", parts[0], parts[1], others[2]),
            ),
            (
                "changed payload",
                format!("{}.{}.{}", parts[0], others[1], parts[2]),
            ),
            (
                "changed header",
                format!("{}.{}.{}", b64(header.to_string()), parts[1], parts[2]),
            ),
        ] {
            assert_eq!(refused(&token), "jwt.signature", "{algorithm}: {name}");
        }
        for bit in [0, 7] {
            let flipped = tampered(algorithm, |mut signature| {
                let last = signature.len() - 1;
                signature[last] ^= 1 << bit;
                signature
            });
            assert_eq!(refused(&flipped), "jwt.signature", "{algorithm}: bit {bit}");
        }
    }
}

#[test]
fn jwt_020_a_signature_by_another_key() {
    let stranger =
        josekit::jwk::Jwk::generate_ec_key(josekit::jwk::alg::ec::EcCurve::P256).unwrap();
    let input = format!(
        "{}.{}",
        b64(header(Algorithm::Es256).to_string()),
        b64(claims().to_string())
    );
    let signature = sign_with(&stranger, Algorithm::Es256, input.as_bytes());
    assert_eq!(
        refused(&format!("{input}.{}", b64(signature))),
        "jwt.signature"
    );
}

#[test]
fn jwt_022_a_bad_signature_comes_before_bad_claims() {
    for (name, payload) in [
        ("expired", claims_with(json!({"exp": 1})).to_string()),
        (
            "another issuer",
            claims_with(json!({"iss": "x"})).to_string(),
        ),
        ("no JSON", "%".to_owned()),
    ] {
        let genuine = token_with_payload(&payload);
        assert_ne!(refused(&genuine), "jwt.signature", "{name}");
        let (input, _) = genuine.rsplit_once('.').unwrap();
        let forged = format!("{input}.{}", b64([1; 64]));
        assert_eq!(refused(&forged), "jwt.signature", "{name}");
    }
}
