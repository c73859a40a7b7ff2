//! Tokens, as bytes from the wire and as genuine tokens with fuzzed contents.

use std::sync::LazyLock;

use jwt_validation::{Audience, Check, TokenPolicy, UnixTime, UnverifiedToken, Verdict};

use crate::issuer::{KEYS, sign};
use crate::model::{AUDIENCE, ISSUER, NOW, deserves};
use crate::seed::Seed;

pub(crate) static POLICY: LazyLock<TokenPolicy> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the list is not empty")]
    let audience = Audience::any_of([AUDIENCE]).expect("an audience");
    TokenPolicy::new(ISSUER, audience)
});

/// What parts the header from the payload in the structure-aware form.
const SEPARATOR: u8 = b'\n';

/// Verifies `data` twice: as a token, and as the header and payload, parted by a line break, of a token
/// that the issuer has signed.
///
/// # Panics
/// If the model has another opinion on a token, or a refusal is not told as it happened.
pub fn token(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        check(text);
    }
    let mut parts = data.splitn(2, |&octet| octet == SEPARATOR);
    if let (Some(header), Some(payload)) = (parts.next(), parts.next()) {
        check(&sign(header, payload));
    }
}

fn check(token: &str) {
    let now = UnixTime::from_secs(NOW);
    let mut checks: Vec<Check> = Vec::new();
    let told = POLICY.verify_recorded(token, &KEYS, now, &mut checks);
    let verified = POLICY.verify(token, &KEYS, now);
    assert_eq!(told.as_ref().err(), verified.as_ref().err());
    assert_eq!(verified.is_ok(), deserves(token), "{verified:?}");

    let failed = checks
        .iter()
        .filter(|check| check.verdict == Verdict::Failed);
    assert_eq!(failed.count(), usize::from(verified.is_err()));
    let unverified = UnverifiedToken::parse(token, TokenPolicy::DEFAULT_MAX_LENGTH);
    match verified {
        Ok(claims) => {
            assert_eq!(claims.issuer(), ISSUER);
            assert!(!claims.claims().is_empty());
            assert_eq!(
                claims.claim("sub").and_then(|sub| sub.as_str()),
                claims.subject()
            );
            assert!(unverified.is_ok_and(|token| token.issuer() == Some(ISSUER)));
        }
        // Whatever the token holds, its refusal is short and on one line.
        Err(error) => {
            let text = error.to_string();
            assert!(
                text.len() < 1_000 && !text.contains(['\n', '\r', '\0']),
                "{text}"
            );
        }
    }
}

/// The cases that the unit tables hold.
pub(crate) fn seeds() -> Vec<Seed> {
    let header = r#"{"alg":"EdDSA","kid":"ed","typ":"JWT"}"#;
    let claims = r#"{"iss":"https://issuer.example","sub":"a","aud":"api","exp":1700000600}"#;
    let with_header = |header: &str| format!("{header}\n{claims}");
    let with_claims =
        |edit: (&str, &str)| format!("{header}\n{}", claims.replacen(edit.0, edit.1, 1));
    let genuine = sign(header.as_bytes(), claims.as_bytes());
    let seeds = [
        ("good", with_header(header)),
        ("good-wire", genuine.clone()),
        (
            "wire-two-segments",
            genuine
                .rsplit_once('.')
                .map_or("", |(input, _)| input)
                .to_owned(),
        ),
        ("wire-padding", format!("{genuine}=")),
        ("wire-five-segments", "e30.AA.AA.AA.AA".to_owned()),
        ("wire-dots", ".".repeat(64)),
        (
            "wire-json",
            r#"{"payload":"e30","signatures":[]}"#.to_owned(),
        ),
        ("header-none", with_header(r#"{"alg":"none"}"#)),
        (
            "header-hs256",
            with_header(r#"{"alg":"HS256","kid":"shared"}"#),
        ),
        (
            "header-ed25519",
            with_header(r#"{"alg":"Ed25519","kid":"ed"}"#),
        ),
        ("header-no-kid", with_header(r#"{"alg":"EdDSA"}"#)),
        (
            "header-other-kid",
            with_header(r#"{"alg":"EdDSA","kid":"ec"}"#),
        ),
        ("header-rsa", with_header(r#"{"alg":"PS256","kid":"rsa"}"#)),
        (
            "header-twice",
            with_header(r#"{"alg":"EdDSA","\u0061lg":"EdDSA"}"#),
        ),
        (
            "header-crit",
            with_header(r#"{"alg":"EdDSA","crit":["b64"],"b64":false}"#),
        ),
        (
            "header-crit-empty",
            with_header(r#"{"alg":"EdDSA","crit":[]}"#),
        ),
        (
            "header-typ",
            with_header(r#"{"alg":"EdDSA","typ":"application/at+jwt"}"#),
        ),
        (
            "header-jwk",
            with_header(r#"{"alg":"EdDSA","jwk":{"kty":"oct"},"jku":"x"}"#),
        ),
        ("header-escaped", with_header(r#"{"\u0061lg":"EdDSA"}"#)),
        ("claims-array", format!("{header}\n[]")),
        (
            "claims-twice",
            with_claims(("\"sub\"", "\"sub\":\"b\",\"\\u0073ub\"")),
        ),
        (
            "claims-look-alike",
            with_claims(("\"sub\"", "\"\u{17f}ub\":\"b\",\"sub\"")),
        ),
        (
            "claims-nested",
            with_claims(("\"a\"", "\"a\",\"x\":{\"y\":[[[1]]],\"z\":null}")),
        ),
        (
            "claims-aud-array",
            with_claims(("\"api\"", "[\"x\",\"api\"]")),
        ),
        ("claims-aud-empty", with_claims(("\"api\"", "[]"))),
        (
            "claims-exp-fraction",
            with_claims(("1700000600", "1700000600.5")),
        ),
        (
            "claims-exp-exponent",
            with_claims(("1700000600", "1.7000006e9")),
        ),
        (
            "claims-exp-huge",
            with_claims(("1700000600", "1e300,\"nbf\":-1e300")),
        ),
        (
            "claims-exp-edge",
            with_claims(("1700000600", "1699999940.999")),
        ),
        (
            "claims-exp-text",
            with_claims(("1700000600", "\"1700000600\"")),
        ),
        (
            "claims-nbf",
            with_claims(("1700000600", "1700000600,\"nbf\":1700000061")),
        ),
        ("claims-issuer", with_claims(("example", "example/"))),
        ("claims-surrogate", with_claims(("\"a\"", "\"\\ud800\""))),
    ];
    seeds
        .into_iter()
        .map(|(name, text)| Seed::new(name, text))
        .collect()
}
