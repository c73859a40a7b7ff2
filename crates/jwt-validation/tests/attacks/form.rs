//! What is no compact JWS of a claims set: JWT-023 to JWT-035.

use std::time::{Duration, Instant};

use jwt_validation::{Algorithm, Error, Fault, Part, TokenPolicy, UnverifiedToken};
use serde_json::json;

use crate::support::*;

/// Spoils one segment.
type Edit = fn(&str) -> String;

fn genuine() -> String {
    token(Algorithm::Es256, &header(Algorithm::Es256), &claims())
}

#[test]
fn jwt_021_an_unverified_token_is_for_routing_only() {
    // That it is no identity is a matter of types; see the example of `UnverifiedToken`.
    let token = UnverifiedToken::parse(&genuine(), TokenPolicy::DEFAULT_MAX_LENGTH).unwrap();
    assert_eq!(token.issuer(), Some(ISSUER));
    assert_eq!(token.key_id(), Some("ES256"));
    assert_eq!(token.algorithm(), Some(Algorithm::Es256));
    assert!(token.has_audience(AUDIENCE));
    assert!(!token.has_audience("https://api"));
    assert!(UnverifiedToken::parse(&genuine(), 100).is_err());
    assert!(UnverifiedToken::parse("a.b.c", 100).is_err());
}

#[test]
fn jwt_023_other_than_three_segments() {
    let token = genuine();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    for (name, text) in [
        ("empty", String::new()),
        ("one", header.to_owned()),
        ("two", input.to_owned()),
        ("four", format!("{token}.{signature}")),
        ("five", format!("{token}.{signature}.{signature}")),
        ("leading dot", format!(".{token}")),
        ("trailing dot", format!("{token}.")),
        (
            "an empty one in the middle",
            format!("{header}..{payload}.{signature}"),
        ),
        ("one dot", ".".to_owned()),
        ("three dots", "...".to_owned()),
    ] {
        assert_eq!(refused(&text), "jwt.segments", "{name}");
    }
    // Three segments that are empty are three; the header is not an object.
    assert_eq!(refused(".."), "jwt.header");
    assert_eq!(refused(&format!(".{payload}.{signature}")), "jwt.header");
}

#[test]
fn jwt_024_jwt_056_an_encrypted_token_is_not_opened() {
    // The keys are made at their first use, which is none of what is timed.
    assert!(verify(&genuine()).is_ok());
    for header in [
        json!({"alg": "RSA-OAEP", "enc": "A256GCM"}),
        json!({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_147_483_647_u32, "p2s": "AA"}),
        json!({"alg": "dir", "enc": "A128GCM", "zip": "DEF"}),
    ] {
        let begun = Instant::now();
        let token = format!("{}.AA.AA.AA.AA", b64(header.to_string()));
        assert_eq!(refused(&token), "jwt.segments", "{header}");
        let three = format!("{}.AA.AA", b64(header.to_string()));
        assert_eq!(refused(&three), "jwt.alg", "{header}");
        // Deriving a key in 2^31 - 1 rounds takes minutes; a busy machine must not look like that.
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn jwt_025_json_serialization_is_refused() {
    let token = genuine();
    let parts: Vec<&str> = token.split('.').collect();
    let flattened = json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]});
    let general = json!({
        "payload": parts[1],
        "signatures": [{"protected": parts[0], "signature": parts[2]}],
    });
    for text in [
        flattened.to_string(),
        general.to_string(),
        format!("{{\"a\":\"{token}\"}}"),
    ] {
        assert!(refused(&text).starts_with("jwt."), "{text}");
        assert!(!matches!(refused(&text), "jwt.signature"), "{text}");
    }
}

#[test]
fn jwt_026_jwt_027_only_canonical_base64url() {
    let token = genuine();
    let parts: Vec<&str> = token.split('.').collect();
    let edits: [(&str, Edit); 12] = [
        ("padding", |s| format!("{s}=")),
        ("two paddings", |s| format!("{s}==")),
        ("a plus", |s| format!("+{}", &s[1..])),
        ("a slash", |s| format!("/{}", &s[1..])),
        ("a blank inside", |s| format!("{} {}", &s[..4], &s[4..])),
        ("a line break inside", |s| {
            format!("{}\n{}", &s[..4], &s[4..])
        }),
        ("a line break behind", |s| format!("{s}\r\n")),
        ("a question mark", |s| format!("{}?{}", &s[..4], &s[4..])),
        ("a NUL", |s| format!("{s}\0")),
        ("not ASCII", |s| format!("{s}é")),
        ("full width", |s| format!("{s}Ａ")),
        ("a character too many", |s| {
            format!("{}A", &s[..s.len() / 4 * 4])
        }),
    ];
    for (index, code) in ["jwt.header", "jwt.claims", "jwt.signature_encoding"]
        .into_iter()
        .enumerate()
    {
        for (name, edit) in edits {
            let mut parts: Vec<String> = parts.iter().map(|&part| part.to_owned()).collect();
            parts[index] = edit(&parts[index]);
            assert_eq!(refused(&parts.join(".")), code, "{name} in segment {index}");
        }
    }
}

#[test]
fn jwt_026_trailing_bits_do_not_make_a_second_spelling() {
    // 64 octets of signature end in a character of which four bits are unused.
    let token = genuine();
    let last = token.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = alphabet.find(last).unwrap();
    assert_eq!(place % 16, 0, "canonical");
    for other in &alphabet[place + 1..place + 16].chars().collect::<Vec<_>>() {
        let twin = format!("{}{other}", &token[..token.len() - 1]);
        assert_eq!(refused(&twin), "jwt.signature_encoding", "{other}");
    }
}

#[test]
fn jwt_027_what_an_http_layer_forgot_to_strip() {
    let token = genuine();
    for text in [
        format!("Bearer {token}"),
        format!("\"{token}\""),
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\n"),
        format!("{token}\0"),
        format!("\u{feff}{token}"),
    ] {
        assert!(verify(&text).is_err(), "{text:?}");
    }
}

#[test]
fn jwt_028_jwt_029_jwt_030_jwt_031_jwt_032_malformed_headers_and_payloads() {
    let good_header = header(Algorithm::Es256).to_string();
    let good_claims = claims().to_string();
    let good = |text: &str| {
        [good_header.as_bytes(), good_claims.as_bytes()].map(|good| {
            // The malformed part goes into an object that is good otherwise.
            let inner = std::str::from_utf8(good)
                .unwrap()
                .strip_suffix('}')
                .unwrap();
            format!("{inner}{text}").into_bytes()
        })
    };
    let same = |octets: &[u8]| [octets.to_vec(), octets.to_vec()];
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, [header, payload]) in [
        ("array", same(b"[]")),
        ("string", same(b"\"x\"")),
        ("number", same(b"1")),
        ("null", same(b"null")),
        ("true", same(b"true")),
        ("garbage", same(b"\x01\x02")),
        ("empty", same(b"")),
        ("two documents", good("}{}")),
        ("trailing bytes", good("}x")),
        ("trailing comma", good(",}")),
        ("NaN", good(",\"x\":NaN}")),
        ("a comment", good("/**/}")),
        ("single quotes", good(",'x':1}")),
        ("a lone surrogate", good(",\"x\":\"\\ud800\"}")),
        ("a raw control character", good(",\"x\":\"\u{1}\"}")),
        ("a name twice", good(",\"x\":1,\"x\":1}")),
        (
            "a name twice, once escaped",
            good(",\"x\":1,\"\\u0078\":1}"),
        ),
        ("a name twice, below", good(",\"x\":{\"y\":1,\"y\":1}}")),
        (
            "alg twice",
            good(",\"alg\":\"ES256\",\"\\u0061lg\":\"ES256\"}"),
        ),
        (
            "a byte order mark",
            [
                [b"\xef\xbb\xbf", good_header.as_bytes()].concat(),
                [b"\xef\xbb\xbf", good_claims.as_bytes()].concat(),
            ],
        ),
        ("UTF-16", [utf_16(&good_header), utf_16(&good_claims)]),
        ("Infinity", good(",\"x\":Infinity}")),
        ("invalid UTF-8", same(b"{\"x\":\"\xff\"}")),
        ("overlong UTF-8", same(b"{\"x\":\"\xc0\xaf\"}")),
    ] {
        let token = raw_token(Algorithm::Es256, &header, &good_claims);
        assert_eq!(refused(&token), "jwt.header", "{name} in the header");
        let token = token_with_payload(&payload);
        assert_eq!(refused(&token), "jwt.claims", "{name} in the payload");
    }
}

#[test]
fn jwt_030_kid_and_claims_that_occur_twice() {
    let kid = r#"{"alg":"ES256","kid":"ES256","kid":"RS256"}"#;
    assert_eq!(refused(&token_with_header(kid)), "jwt.header");
    for name in [
        "sub",
        "aud",
        "exp",
        "iss",
        "SUB",
        "Exp",
        "\\u017fub",
        "\\u0069ss",
    ] {
        let claims = claims().to_string();
        let inner = claims.strip_suffix('}').unwrap();
        let token = token_with_payload(format!("{inner},\"{name}\":\"x\"}}"));
        assert_eq!(refused(&token), "jwt.claims", "{name}");
    }
}

#[test]
fn jwt_031_escaped_member_names_mean_what_they_say() {
    let header = r#"{"\u0061lg":"ES256","k\u0069d":"ES25\u0036"}"#;
    let payload = claims().to_string().replace("\"sub\"", "\"\\u0073ub\"");
    let claims = verify(&raw_token(Algorithm::Es256, header, payload)).unwrap();
    assert_eq!(claims.subject(), Some("user-17"));
}

#[test]
fn jwt_033_deep_nesting_ends_early() {
    let policy = policy().max_length(1 << 20);
    let nested = |open: &str, close: &str| {
        format!("{{\"x\":{}1{}}}", open.repeat(5_000), close.repeat(5_000))
    };
    // What follows the 33rd level is no JSON. That nobody complains of it shows that nobody read it.
    let spoiled = |open: &str| format!("{{\"x\":{}%", open.repeat(40));
    let texts = [
        nested("[", "]"),
        nested("{\"a\":", "}"),
        spoiled("["),
        spoiled("{\"a\":"),
    ];
    for text in texts {
        let as_header = token_with_header(&text);
        let as_payload = token_with_payload(&text);
        let header = verify_with(&policy, &published(), &as_header, NOW).unwrap_err();
        let payload = verify_with(&policy, &published(), &as_payload, NOW).unwrap_err();
        let too_deep = |part| Error::Malformed {
            part,
            fault: Fault::TooDeep,
        };
        assert_eq!(header, too_deep(Part::Header));
        assert_eq!(payload, too_deep(Part::Payload));
    }
}

#[test]
fn jwt_034_many_dots() {
    let dots = ".".repeat(200_000);
    let segments = "a.".repeat(100_000);
    let patient = policy().max_length(1 << 20);
    for text in [dots, segments] {
        assert_eq!(refused(&text), "jwt.length");
        let error = verify_with(&patient, &published(), &text, NOW).unwrap_err();
        assert_eq!(error.code(), "jwt.segments");
    }
}

#[test]
fn jwt_035_long_tokens() {
    let padding = |length: usize| "x".repeat(length);
    let long_payload = token_with_claims(&claims_with(json!({"x": padding(60_000)})));
    let mut header = header(Algorithm::Es256);
    header["kid"] = json!(padding(1_000_000));
    let long_kid = token_with_header(header.to_string());
    let long_signature = format!("{}{}", genuine(), padding(60_000));
    for text in [&long_payload, &long_kid, &long_signature] {
        assert_eq!(refused(text), "jwt.length");
    }
    let exact = policy().max_length(long_payload.len());
    assert!(verify_with(&exact, &published(), &long_payload, NOW).is_ok());
    let short = policy().max_length(long_payload.len() - 1);
    let error = verify_with(&short, &published(), &long_payload, NOW).unwrap_err();
    assert_eq!(error.code(), "jwt.length");
}
