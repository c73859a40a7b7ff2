//! Tokens of arbitrary octets, and genuine tokens of arbitrary contents: JWT-072. The fuzz targets go
//! further; these run with every test.

use std::sync::LazyLock;

use jwt_validation::{Algorithm, AwsLcRs, KeySet, VerifiedClaims};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::*;

static KEYS: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::parse(published().to_string().as_bytes(), &AwsLcRs).unwrap());

static GENUINE: LazyLock<String> = LazyLock::new(|| token_with_claims(&claims()));

fn accepted(token: &str) -> Option<VerifiedClaims> {
    policy().verify(token, &KEYS, NOW).ok()
}

/// A value, and whether the claim may have it.
type Choice = (&'static str, bool);

/// A member that is there in nine cases of ten; if it is not, that is right only where `optional`.
fn member(
    name: &'static str,
    optional: bool,
    choices: &'static [Choice],
) -> impl Strategy<Value = (Option<String>, bool)> {
    prop_oneof![
        9 => select(choices).prop_map(move |(value, right)| {
            (Some(format!("\"{name}\":{value}")), right)
        }),
        1 => Just((None, optional)),
    ]
}

/// A payload, and whether it deserves to be accepted.
fn payload() -> impl Strategy<Value = (String, bool)> {
    let members = (
        member(
            "iss",
            false,
            &[
                ("\"https://issuer.example\"", true),
                ("\"https:\\/\\/issuer.example\"", true),
                ("\"https://issuer.example\"", true),
                ("\"https://issuer.example/\"", false),
                ("null", false),
                ("[\"https://issuer.example\"]", false),
            ],
        ),
        member(
            "sub",
            false,
            &[
                ("\"user-17\"", true),
                ("\"\\u0000\"", true),
                ("\"\u{1f600}\"", true),
                ("\"\"", false),
                ("17", false),
                ("\"\\ud83d\"", false),
            ],
        ),
        member(
            "aud",
            false,
            &[
                ("\"https://api.example\"", true),
                ("[\"x\",\"https://api.example\"]", true),
                (" [ \"https://api.example\" ] ", true),
                ("[]", false),
                ("[\"https://api.example\",null]", false),
                ("\"https://API.example\"", false),
            ],
        ),
        member(
            "exp",
            false,
            &[
                ("1700000600", true),
                ("1699999941", true),
                ("17000006e2", true),
                ("1e18", true),
                ("1699999940.999", false),
                ("0", false),
                ("-1700000600", false),
                ("\"1700000600\"", false),
            ],
        ),
        member(
            "nbf",
            true,
            &[
                ("1700000060", true),
                ("-1", true),
                ("1700000060.5", false),
                ("null", false),
            ],
        ),
        member(
            "iat",
            true,
            &[("1.7e9", true), ("1700000061", false), ("[]", false)],
        ),
        member(
            "x",
            true,
            &[
                ("{\"y\":[[{}],\"\",1.5e-300]}", true),
                ("{\"y\":1,\"Y\":1}", true),
                ("{\"y\":1,\"y\":1}", false),
                ("01", false),
                ("\"\t\"", false),
            ],
        ),
    );
    let all = members.prop_map(|(a, b, c, d, e, f, g)| vec![a, b, c, d, e, f, g]);
    all.prop_flat_map(|members| {
        let right = members.iter().all(|(_, right)| *right);
        let present: Vec<String> = members.into_iter().filter_map(|(text, _)| text).collect();
        (Just(present).prop_shuffle(), Just(right))
    })
    .prop_map(|(members, right)| (format!("{{{}}}", members.join(",")), right))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn jwt_072_no_arbitrary_text_is_a_token(text in any::<String>(), like in "[A-Za-z0-9_.=-]{0,200}") {
        prop_assert!(accepted(&text).is_none());
        prop_assert!(accepted(&like).is_none());
    }

    #[test]
    fn jwt_072_a_genuine_token_changed_anywhere_is_refused(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut octets = GENUINE.clone().into_bytes();
        for (index, octet) in changes {
            let place = index.index(octets.len());
            octets[place] = octet;
        }
        let text = String::from_utf8_lossy(&octets).into_owned();
        prop_assert_eq!(accepted(&text).is_some(), text == *GENUINE);
    }

    #[test]
    fn jwt_072_a_genuine_token_is_accepted_where_every_claim_is_right((payload, right) in payload()) {
        let token = token_with_payload(&payload);
        prop_assert_eq!(accepted(&token).is_some(), right, "{}", payload);
        let (input, signature) = token.rsplit_once('.').unwrap();
        prop_assert!(accepted(input).is_none());
        // The same under the signature of another token.
        let (_, other) = GENUINE.rsplit_once('.').unwrap();
        let borrowed = accepted(&[input, ".", other].concat());
        prop_assert!(other == signature || borrowed.is_none());
    }

    #[test]
    fn jwt_072_a_header_of_arbitrary_json_never_chooses_the_algorithm(
        alg in "[a-zA-Z0-9+]{0,8}|ES256|ES384|none",
        more in "|,\"typ\":\"JWT\"|,\"jwk\":\\{\\}|,\"x\":\\[1,null\\]|,\"kid\":\"ES256\"",
    ) {
        let token = token_with_header(format!("{{\"alg\":\"{alg}\"{more}}}"));
        let claims = accepted(&token);
        prop_assert_eq!(claims.is_some(), alg == "ES256");
        prop_assert!(claims.is_none_or(|claims| claims.algorithm() == Algorithm::Es256));
    }
}
