//! Where the implementations part.

use crate::differences::Verdict::{Accepts, Panics, Refuses};

/// A token, signed with the key `ed`, that not everybody takes or refuses alike.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// What the token is about; the same name stands in `docs/jwt-checks.md`.
    pub name: &'static str,
    /// The token's header.
    pub header: &'static str,
    /// The token's payload.
    pub payload: &'static str,
    /// Who takes it.
    pub verdicts: Verdicts,
    /// Why we do what we do.
    pub reason: &'static str,
}

/// What three implementations say of one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdicts {
    /// The code of our refusal, if we refuse.
    pub refusal: Option<&'static str>,
    /// josekit, its JWT decoder and its validator of claims.
    pub josekit: Verdict,
    /// jsonwebtoken.
    pub jsonwebtoken: Verdict,
}

/// What another implementation says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It takes the token.
    Accepts,
    /// It refuses the token.
    Refuses,
    /// It panics.
    Panics,
}

const fn accepted(josekit: Verdict, jsonwebtoken: Verdict) -> Verdicts {
    Verdicts {
        refusal: None,
        josekit,
        jsonwebtoken,
    }
}

const fn refused(code: &'static str, josekit: Verdict, jsonwebtoken: Verdict) -> Verdicts {
    Verdicts {
        refusal: Some(code),
        josekit,
        jsonwebtoken,
    }
}

const HEADER: &str = r#"{"alg":"EdDSA","kid":"ed"}"#;

/// Claims that pass, and more members.
macro_rules! claims {
    ($($more:expr),+) => {
        concat!(
            r#"{"iss":"https://issuer.example","sub":"a","aud":"api","exp":4102444800"#,
            $($more,)+
            "}"
        )
    };
}

/// More letters than a token may have.
macro_rules! letters {
    () => {
        letters!(4 "aaaaaaaaaaaaaaaa")
    };
    (4 $text:expr) => {
        letters!(3 concat!($text, $text, $text, $text, $text, $text, $text, $text))
    };
    (3 $text:expr) => {
        letters!(2 concat!($text, $text, $text, $text, $text, $text, $text, $text))
    };
    (2 $text:expr) => {
        concat!($text, $text, $text, $text, $text, $text, $text, $text, $text, $text, $text, $text)
    };
}

const CLAIMS: &str = claims!("");

/// Every difference that is known between this project's verifier, josekit 0.10.3 and jsonwebtoken 11.1.0.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "ed25519-by-name",
        header: r#"{"alg":"Ed25519","kid":"ed"}"#,
        payload: CLAIMS,
        verdicts: accepted(Refuses, Refuses),
        reason: "RFC 9864 names the algorithm so; the others know only the older name",
    },
    Difference {
        name: "jku-number",
        header: r#"{"alg":"EdDSA","kid":"ed","jku":1}"#,
        payload: CLAIMS,
        verdicts: accepted(Refuses, Refuses),
        reason: "what we never use we need not understand; the others read it into a typed field",
    },
    Difference {
        name: "x5c-text",
        header: r#"{"alg":"EdDSA","kid":"ed","x5c":"x"}"#,
        payload: CLAIMS,
        verdicts: accepted(Refuses, Refuses),
        reason: "as `jku-number`",
    },
    Difference {
        name: "cty-number",
        header: r#"{"alg":"EdDSA","kid":"ed","cty":1}"#,
        payload: CLAIMS,
        verdicts: accepted(Refuses, Refuses),
        reason: "as `jku-number`",
    },
    Difference {
        name: "nonce-number",
        header: r#"{"alg":"EdDSA","kid":"ed","nonce":1}"#,
        payload: CLAIMS,
        verdicts: accepted(Refuses, Refuses),
        reason: "as `jku-number`",
    },
    Difference {
        name: "zip-number",
        header: r#"{"alg":"EdDSA","kid":"ed","zip":1}"#,
        payload: CLAIMS,
        verdicts: accepted(Accepts, Refuses),
        reason: "as `jku-number`",
    },
    Difference {
        name: "header-member-twice",
        header: r#"{"alg":"EdDSA","kid":"x","kid":"ed"}"#,
        payload: CLAIMS,
        verdicts: refused("jwt.header", Accepts, Refuses),
        reason: "two readers must not see two headers (RFC 7515 §4)",
    },
    Difference {
        name: "key-id-null",
        header: r#"{"alg":"EdDSA","kid":null}"#,
        payload: CLAIMS,
        verdicts: refused("jwt.header", Refuses, Accepts),
        reason: "a wrong type is not an absent member (RFC 7515 §4.1.4)",
    },
    Difference {
        name: "unknown-key-id",
        header: r#"{"alg":"EdDSA","kid":"other"}"#,
        payload: CLAIMS,
        verdicts: refused("jwt.key_unknown", Accepts, Accepts),
        reason: "the others are given one key and leave `kid` to the host",
    },
    Difference {
        name: "key-id-of-another-key",
        header: r#"{"alg":"EdDSA","kid":"rsa"}"#,
        payload: CLAIMS,
        verdicts: refused("jwt.key_algorithm", Accepts, Accepts),
        reason: "the same",
    },
    Difference {
        name: "key-id-of-a-secret",
        header: r#"{"alg":"EdDSA","kid":"shared"}"#,
        payload: CLAIMS,
        verdicts: refused("jwt.key_unusable", Accepts, Accepts),
        reason: "the same",
    },
    Difference {
        name: "crit-known-elsewhere",
        header: r#"{"alg":"EdDSA","kid":"ed","crit":["b64"],"b64":true}"#,
        payload: CLAIMS,
        verdicts: refused("jwt.crit", Refuses, Accepts),
        reason: "no extension is understood (RFC 7515 §4.1.11)",
    },
    Difference {
        name: "crit-unknown",
        header: r#"{"alg":"EdDSA","kid":"ed","crit":["x"],"x":1}"#,
        payload: CLAIMS,
        verdicts: refused("jwt.crit", Refuses, Accepts),
        reason: "the same; jsonwebtoken does not look at `crit`",
    },
    Difference {
        name: "crit-empty",
        header: r#"{"alg":"EdDSA","kid":"ed","crit":[]}"#,
        payload: CLAIMS,
        verdicts: refused("jwt.header", Accepts, Accepts),
        reason: "RFC 7515 §4.1.11 forbids the empty list",
    },
    Difference {
        name: "unencoded-payload",
        header: r#"{"alg":"EdDSA","kid":"ed","b64":false}"#,
        payload: CLAIMS,
        verdicts: refused("jwt.header", Accepts, Accepts),
        reason: "RFC 7797 §7 keeps it out of JWTs",
    },
    Difference {
        name: "typ-of-an-access-token",
        header: r#"{"alg":"EdDSA","kid":"ed","typ":"at+jwt"}"#,
        payload: CLAIMS,
        verdicts: refused("jwt.typ", Accepts, Accepts),
        reason: "one kind of token must not pass for another (RFC 8725 §3.11)",
    },
    Difference {
        name: "claim-twice",
        header: HEADER,
        payload: claims!(r#","sub":"root""#),
        verdicts: refused("jwt.claims", Accepts, Refuses),
        reason: "two readers must not see two subjects (RFC 7519 §4)",
    },
    Difference {
        name: "nested-member-twice",
        header: HEADER,
        payload: claims!(r#","x":{"a":1,"a":2}"#),
        verdicts: refused("jwt.claims", Accepts, Accepts),
        reason: "the same, one level down",
    },
    Difference {
        name: "look-alike-claim",
        header: HEADER,
        payload: claims!(r#","Sub":"root""#),
        verdicts: refused("jwt.claims", Accepts, Accepts),
        reason: "a reader that folds names, as Go's does, would see another subject",
    },
    Difference {
        name: "reserved-name",
        header: HEADER,
        payload: claims!(r#","x":{"$serde_json::private::RawValue":"1"}"#),
        verdicts: refused("jwt.claims", Accepts, Accepts),
        reason: "the JSON library would read the text inside as JSON, unchecked",
    },
    Difference {
        name: "deep-nesting",
        header: HEADER,
        payload: claims!(
            r#","x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"#
        ),
        verdicts: refused("jwt.claims", Accepts, Accepts),
        reason: "nothing later recurses as deep as a sender likes",
    },
    Difference {
        name: "long-token",
        header: HEADER,
        payload: claims!(",\"x\":\"", letters!(), "\""),
        verdicts: refused("jwt.length", Accepts, Accepts),
        reason: "bounded work; the limit is a setting",
    },
    Difference {
        name: "exp-huge",
        header: HEADER,
        payload: r#"{"iss":"https://issuer.example","sub":"a","aud":"api","exp":1e300}"#,
        verdicts: accepted(Panics, Refuses),
        reason: "a date that no clock reaches is a date",
    },
    Difference {
        name: "exp-missing",
        header: HEADER,
        payload: r#"{"iss":"https://issuer.example","sub":"a","aud":"api"}"#,
        verdicts: refused("jwt.expiry_missing", Accepts, Refuses),
        reason: "josekit can't demand the claim",
    },
    Difference {
        name: "exp-within-leeway",
        header: HEADER,
        payload: r#"{"iss":"https://issuer.example","sub":"a","aud":"api","exp":1699999970}"#,
        verdicts: accepted(Refuses, Refuses),
        reason: "josekit has no leeway; for jsonwebtoken, which reads the system's clock, the token is long expired",
    },
    Difference {
        name: "nbf-negative",
        header: HEADER,
        payload: claims!(r#","nbf":-1"#),
        verdicts: accepted(Refuses, Refuses),
        reason: "before 1970 is a date as well (RFC 7519 §2)",
    },
    Difference {
        name: "nbf-within-leeway",
        header: HEADER,
        payload: claims!(r#","nbf":1700000030"#),
        verdicts: accepted(Refuses, Accepts),
        reason: "josekit has no leeway",
    },
    Difference {
        name: "iat-future",
        header: HEADER,
        payload: claims!(r#","iat":4102444000"#),
        verdicts: refused("jwt.not_yet_valid", Refuses, Accepts),
        reason: "a wrong clock or a made-up lifetime; jsonwebtoken does not look at `iat`",
    },
    Difference {
        name: "iat-text",
        header: HEADER,
        payload: claims!(r#","iat":"x""#),
        verdicts: refused("jwt.claims", Refuses, Accepts),
        reason: "a wrong type is not an absent claim",
    },
    Difference {
        name: "jti-number",
        header: HEADER,
        payload: claims!(r#","jti":1"#),
        verdicts: refused("jwt.claims", Refuses, Accepts),
        reason: "RFC 7519 §4.1.7: a string",
    },
    Difference {
        name: "iss-list",
        header: HEADER,
        payload: r#"{"iss":["x","https://issuer.example"],"sub":"a","aud":"api","exp":4102444800}"#,
        verdicts: refused("jwt.claims", Refuses, Accepts),
        reason: "RFC 7519 §4.1.1: one string",
    },
    Difference {
        name: "sub-missing",
        header: HEADER,
        payload: r#"{"iss":"https://issuer.example","aud":"api","exp":4102444800}"#,
        verdicts: refused("jwt.subject", Accepts, Refuses),
        reason: "josekit can't demand the claim",
    },
    Difference {
        name: "sub-empty",
        header: HEADER,
        payload: r#"{"iss":"https://issuer.example","sub":"","aud":"api","exp":4102444800}"#,
        verdicts: refused("jwt.subject", Accepts, Accepts),
        reason: "nobody is called nothing",
    },
    Difference {
        name: "aud-missing",
        header: HEADER,
        payload: r#"{"iss":"https://issuer.example","sub":"a","exp":4102444800}"#,
        verdicts: refused("jwt.audience", Accepts, Refuses),
        reason: "josekit compares the claim only where it is",
    },
];
