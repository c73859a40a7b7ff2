#![expect(
    clippy::arithmetic_side_effects,
    reason = "the numbers are the tests' own"
)]

use super::*;
use crate::algorithm::Algorithm;
use crate::base64url::encode;

const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
const ED: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn ec(more: &str) -> String {
    format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{Y}"{more}}}"#)
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> String {
    let (n, e) = (encode(modulus), encode(exponent));
    format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"}}"#)
}

/// An odd number of exactly so many bits.
fn odd(bits: usize) -> Vec<u8> {
    let mut number = vec![0xff; bits.div_ceil(8)];
    number[0] >>= number.len() * 8 - bits;
    number
}

fn skipped(json: &str) -> Option<SkipReason> {
    read_jwk(json.as_bytes()).key.err()
}

#[test]
fn key_008_odd_entries_are_skipped_for_a_reason() {
    let malformed = |member| SkipReason::Malformed(Fault::MemberType(member));
    for (name, json, reason) in [
        (
            "no object",
            "1".to_owned(),
            SkipReason::Malformed(Fault::NotAnObject),
        ),
        ("empty", "{}".to_owned(), SkipReason::Missing("kty")),
        ("kty null", r#"{"kty":null}"#.to_owned(), malformed("kty")),
        ("numeric kid", ec(r#","kid":1"#), malformed("kid")),
        (
            "member twice",
            ec(r#","x":"AA""#),
            SkipReason::Malformed(Fault::DuplicateMember),
        ),
        (
            "unknown kty",
            r#"{"kty":"AKP"}"#.to_owned(),
            SkipReason::KeyType(Excerpt::new("AKP")),
        ),
        (
            "kty in another case",
            r#"{"kty":"rsa"}"#.to_owned(),
            SkipReason::KeyType(Excerpt::new("rsa")),
        ),
        (
            "unknown curve",
            format!(r#"{{"kty":"EC","crv":"secp256k1","x":"{X}","y":"{Y}"}}"#),
            SkipReason::Curve(Excerpt::new("secp256k1")),
        ),
        (
            "Ed448",
            format!(r#"{{"kty":"OKP","crv":"Ed448","x":"{ED}"}}"#),
            SkipReason::Curve(Excerpt::new("Ed448")),
        ),
        (
            "X25519",
            format!(r#"{{"kty":"OKP","crv":"X25519","x":"{ED}"}}"#),
            SkipReason::Curve(Excerpt::new("X25519")),
        ),
        (
            "missing y",
            format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}"}}"#),
            SkipReason::Missing("y"),
        ),
        (
            "missing n",
            r#"{"kty":"RSA","e":"AQAB"}"#.to_owned(),
            SkipReason::Missing("n"),
        ),
        (
            "padded n",
            r#"{"kty":"RSA","n":"AQ==","e":"AQAB"}"#.to_owned(),
            malformed("n"),
        ),
        (
            "short Ed25519 point",
            r#"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#.to_owned(),
            malformed("x"),
        ),
        (
            "symmetric",
            r#"{"kty":"oct","k":"c2VjcmV0"}"#.to_owned(),
            SkipReason::Symmetric,
        ),
    ] {
        assert_eq!(skipped(&json), Some(reason), "{name}");
    }
}

#[test]
fn members_that_nobody_needs_are_passed_over() {
    let junk = r#","x5c":[1,{}],"x5t":"+/==","exp":"soon","d":"secret","ext":{"a":[null]}"#;
    assert_eq!(skipped(&ec(junk)), None);
}

#[test]
fn jwt_044_a_key_for_something_else_is_skipped() {
    let other_use = |text: &str| SkipReason::Use(Excerpt::new(text));
    let other_alg = |text: &str| SkipReason::Algorithm(Excerpt::new(text));
    for (name, more, reason) in [
        ("enc", r#","use":"enc""#, Some(other_use("enc"))),
        ("sig", r#","use":"sig""#, None),
        ("SIG", r#","use":"SIG""#, Some(other_use("SIG"))),
        (
            "key_ops sign",
            r#","key_ops":["sign"]"#,
            Some(SkipReason::Operations),
        ),
        (
            "key_ops empty",
            r#","key_ops":[]"#,
            Some(SkipReason::Operations),
        ),
        ("key_ops verify", r#","key_ops":["sign","verify"]"#, None),
        (
            "alg of encryption",
            r#","alg":"ECDH-ES""#,
            Some(other_alg("ECDH-ES")),
        ),
        (
            "alg of another type",
            r#","alg":"RS256""#,
            Some(other_alg("RS256")),
        ),
        (
            "alg of another curve",
            r#","alg":"ES384""#,
            Some(other_alg("ES384")),
        ),
        ("alg none", r#","alg":"none""#, Some(other_alg("none"))),
        ("alg HS256", r#","alg":"HS256""#, Some(other_alg("HS256"))),
        ("alg that fits", r#","alg":"ES256""#, None),
    ] {
        assert_eq!(skipped(&ec(more)), reason, "{name}");
    }
    let ops = skipped(&ec(r#","key_ops":"verify""#));
    assert_eq!(
        ops,
        Some(SkipReason::Malformed(Fault::MemberType("key_ops")))
    );
}

#[test]
fn jwt_045_jwt_048_the_modulus_has_2048_to_8192_bits() {
    let e = [1, 0, 1];
    for (bits, usable) in [
        (1024, false),
        // 256 octets, and yet too short: octets times eight would let it pass.
        (2041, false),
        (2047, false),
        (2048, true),
        (3072, true),
        (8192, true),
        (8193, false),
        (16_384, false),
    ] {
        let reason = (!usable).then_some(SkipReason::Modulus { bits });
        assert_eq!(skipped(&rsa(&odd(bits), &e)), reason, "{bits}");
    }
    let mut even = odd(2048);
    even[255] = 0xfe;
    assert_eq!(skipped(&rsa(&even, &e)), Some(SkipReason::Invalid));
    let padded = [&[0, 0][..], &odd(1024)].concat();
    assert_eq!(
        skipped(&rsa(&padded, &e)),
        Some(SkipReason::Modulus { bits: 1024 })
    );
    let padded = [&[0][..], &odd(2048)].concat();
    assert_eq!(skipped(&rsa(&padded, &e)), None);
    assert_eq!(
        skipped(&rsa(&[], &e)),
        Some(SkipReason::Modulus { bits: 0 })
    );
}

#[test]
fn jwt_046_the_exponent_is_odd_and_neither_small_nor_huge() {
    for (name, exponent, usable) in [
        ("empty", &[][..], false),
        ("0", &[0], false),
        ("1", &[1], false),
        ("2", &[2], false),
        ("3", &[3], false),
        ("65535", &[0xff, 0xff], false),
        ("65536", &[1, 0, 0], false),
        ("65537", &[1, 0, 1], true),
        ("65537 with a zero", &[0, 1, 0, 1], true),
        ("65538", &[1, 0, 2], false),
        ("2^33 - 1", &[1, 0xff, 0xff, 0xff, 0xff], true),
        ("2^33 + 1", &[2, 0, 0, 0, 1], false),
        ("2^64 + 65537", &[1, 0, 0, 0, 0, 0, 1, 0, 1], false),
        ("3072 bits", &[0xff; 384], false),
    ] {
        let reason = (!usable).then_some(SkipReason::Exponent);
        assert_eq!(skipped(&rsa(&odd(2048), exponent)), reason, "{name}");
    }
}

#[test]
fn jwt_047_coordinates_have_the_full_width() {
    for (name, x) in [
        ("a zero in front", encode(&[0; 33])),
        ("an octet short", encode(&[1; 31])),
        ("empty", String::new()),
    ] {
        let json = format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{Y}"}}"#);
        let reason = SkipReason::Malformed(Fault::MemberType("x"));
        assert_eq!(skipped(&json), Some(reason), "{name}");
    }
}

#[test]
fn a_key_serves_its_alg_or_else_what_fits_its_type() {
    let algorithms = |json: &str| {
        let (_, algorithms) = read_jwk(json.as_bytes()).key.unwrap();
        algorithms.iter().collect::<Vec<_>>()
    };
    assert_eq!(
        algorithms(&rsa(&odd(2048), &[1, 0, 1])),
        &Algorithm::ALL[..6]
    );
    assert_eq!(algorithms(&ec("")), [Algorithm::Es256]);
    let named = format!(r#"{{"kty":"OKP","crv":"Ed25519","alg":"Ed25519","x":"{ED}"}}"#);
    assert_eq!(algorithms(&named), [Algorithm::EdDsa]);
}

#[test]
fn key_010_a_published_private_key_is_forgotten() {
    let json = ec(r#","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI""#);
    let (key, _) = read_jwk(json.as_bytes()).key.unwrap();
    assert_eq!(format!("{key:?}"), "PublicKey(P256)");
}
