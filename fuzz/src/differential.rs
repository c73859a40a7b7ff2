//! One token under three implementations and the model.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jwt_validation::UnixTime;
use serde_json::{Map, Value};

use crate::differences::{DIFFERENCES, Difference, Verdict, Verdicts};
use crate::issuer::{KEYS, OPENSSL_KEYS, SCHEMES, Scheme, encode};
use crate::json::Json;
use crate::model::{NOW, decode, deserves};
use crate::peers;
use crate::seed::Seed;
use crate::token::POLICY;

/// What becomes of the signature, or of the whole token.
const TAMPERINGS: u8 = 9;

/// Makes a token of `data`, and gives it to everybody. The first octet chooses the scheme, the second
/// what becomes of the signature; then come header and payload, parted by a line break.
///
/// # Panics
/// If the two backends disagree; if the model does; if a signature is accepted that OpenSSL or
/// jsonwebtoken refuses; or if one of these accepts what is refused here for a reason that is no row of
/// [`DIFFERENCES`].
pub fn differential(data: &[u8]) {
    let [scheme, tampering, rest @ ..] = data else {
        return;
    };
    let mut parts = rest.splitn(2, |&octet| octet == b'\n');
    let (Some(header), Some(payload)) = (parts.next(), parts.next()) else {
        return;
    };
    // From `0` on, so that a seed can be read.
    let scheme = place(*scheme, SCHEMES.len());
    let scheme = SCHEMES.get(scheme).copied().unwrap_or(SCHEMES[0]);
    let token = make(scheme, *tampering, header, payload);
    compare(scheme, &token);
}

fn place(octet: u8, count: usize) -> usize {
    let index = usize::from(octet.wrapping_sub(b'0'));
    index.checked_rem(count).unwrap_or(0)
}

fn make(scheme: Scheme, tampering: u8, header: &[u8], payload: &[u8]) -> String {
    let input = format!("{}.{}", encode(header), encode(payload));
    let mut signature = scheme.sign(input.as_bytes());
    let mut behind = "";
    match place(tampering, usize::from(TAMPERINGS)) {
        1 => {
            if let Some(last) = signature.last_mut() {
                *last ^= 1;
            }
        }
        2 => {
            let mut schemes = SCHEMES.into_iter().cycle();
            let _ = schemes.find(|other| *other == scheme);
            signature = schemes
                .next()
                .map_or(signature, |next| next.sign(input.as_bytes()));
        }
        3 => signature.clear(),
        4 => drop(signature.pop()),
        5 => signature.push(0),
        6 => behind = "=",
        7 => behind = "\n",
        8 => behind = ".",
        _ => {}
    }
    format!("{input}.{}{behind}", encode(signature))
}

/// The codes of refusals of which one of the peers knows nothing.
static STRICTER: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let accepted_by_a_peer = |found: &&Difference| {
        let verdicts = found.verdicts;
        [verdicts.josekit, verdicts.jsonwebtoken].contains(&Verdict::Accepts)
    };
    let refusals = DIFFERENCES.iter().filter(accepted_by_a_peer);
    refusals
        .filter_map(|found| found.verdicts.refusal)
        .collect()
});

fn compare(scheme: Scheme, token: &str) {
    let now = UnixTime::from_secs(NOW);
    let verified = POLICY.verify(token, &KEYS, now);
    let under_openssl = POLICY.verify(token, &OPENSSL_KEYS, now);
    assert_eq!(verified.as_ref().err(), under_openssl.as_ref().err());
    assert_eq!(verified.is_ok(), deserves(token), "{verified:?}");
    match verified {
        Ok(claims) => {
            let used = Scheme::from_name(claims.algorithm().name());
            let used = used.unwrap_or(scheme);
            assert!(peers::openssl_takes_signature(used, token), "{token}");
            assert!(peers::jsonwebtoken_takes_signature(used, token), "{token}");
            if is_plain(token) {
                assert!(peers::josekit_takes_jws(used, token), "{token}");
                assert!(peers::jsonwebtoken_takes_jws(used, token), "{token}");
            }
        }
        Err(error) => {
            let peers = [
                (
                    "josekit",
                    josekit_survives(token) && peers::josekit_accepts(scheme, token),
                ),
                (
                    "jsonwebtoken",
                    peers::jsonwebtoken_accepts(scheme, token, false),
                ),
            ];
            // The dates are left out under jsonwebtoken, which reads the system's clock.
            let dates = ["jwt.expired", "jwt.not_yet_valid"];
            for (peer, accepts) in peers {
                let known = STRICTER.contains(error.code())
                    || (peer == "jsonwebtoken" && dates.contains(&error.code()));
                assert!(!accepts || known, "{peer} accepts: {error} in {token}");
            }
        }
    }
}

/// The first second of the year 10000.
const LAST_YEAR_ENDS: f64 = 253_402_300_800.0;

/// Whether josekit 0.10.3 can read and print the dates. It panics on others, which would end the search.
fn josekit_survives(token: &str) -> bool {
    let payload = token.split('.').nth(1).and_then(decode).unwrap_or_default();
    let claims: Map<String, Value> = serde_json::from_slice(&payload).unwrap_or_default();
    let mut dates = ["exp", "nbf", "iat"]
        .iter()
        .filter_map(|name| claims.get(*name)?.as_f64());
    dates.all(|date| (0.0..LAST_YEAR_ENDS).contains(&date))
}

/// Whether the header has no member that the peers read and we don't, and no name that they don't know.
fn is_plain(token: &str) -> bool {
    let header = token.split('.').next().and_then(decode);
    let header = header.and_then(|octets| Json::parse(&octets));
    let members = header.as_ref().and_then(Json::members).unwrap_or_default();
    members.iter().all(|(name, value)| match name.as_str() {
        "alg" => value.as_text() != Some("Ed25519"),
        "kid" | "typ" => true,
        _ => false,
    })
}

/// A good token under each scheme, each tampering, and each known difference.
pub(crate) fn seeds() -> Vec<Seed> {
    let payload = r#"{"iss":"https://issuer.example","sub":"a","aud":"api","exp":1700000600}"#;
    let good = |scheme: &Scheme| format!("{{\"alg\":\"{}\"}}\n{payload}", scheme.name);
    let mut seeds: Vec<Seed> = Vec::new();
    for (digit, scheme) in ('0'..='8').zip(&SCHEMES) {
        let name = format!("good-{}", scheme.name.to_lowercase());
        seeds.push(Seed::new(name, format!("{digit}0{}", good(scheme))));
    }
    let tamperings = [
        "flipped-bit",
        "other-scheme",
        "no-signature",
        "short-signature",
        "long-signature",
        "padding",
        "line-break",
        "dot",
    ];
    for (digit, name) in ('1'..='8').zip(tamperings) {
        let [ed, ..] = SCHEMES;
        seeds.push(Seed::new(name, format!("0{digit}{}", good(&ed))));
    }
    for found in DIFFERENCES {
        let text = format!("00{}\n{}", found.header, found.payload);
        seeds.push(Seed::new(format!("difference-{}", found.name), text));
    }
    seeds
}

impl Difference {
    /// Makes the row's token and asks everybody.
    #[must_use]
    pub fn verdicts_now(&self) -> Verdicts {
        let [ed, ..] = SCHEMES;
        let token = make(ed, b'0', self.header.as_bytes(), self.payload.as_bytes());
        let verified = POLICY.verify(&token, &KEYS, UnixTime::from_secs(NOW));
        Verdicts {
            refusal: verified.err().map(|error| error.code()),
            josekit: ask(|| peers::josekit_accepts(ed, &token)),
            jsonwebtoken: ask(|| peers::jsonwebtoken_accepts(ed, &token, true)),
        }
    }
}

fn ask(accepts: impl Fn() -> bool + std::panic::UnwindSafe) -> Verdict {
    match std::panic::catch_unwind(accepts) {
        Ok(true) => Verdict::Accepts,
        Ok(false) => Verdict::Refuses,
        Err(_) => Verdict::Panics,
    }
}
