//! base64url and JSON, as far as a token shows them without a key.

use jwt_validation::{Error, Part, UnverifiedToken};

use crate::issuer::encode;
use crate::json::Json;
use crate::model::decode;
use crate::seed::Seed;

/// Room for whatever the search tries.
const LONGEST: usize = 1 << 20;

const HEADER: &str = "eyJhbGciOiJFZERTQSJ9";
const CLAIMS: &str = "e30";

/// Takes `data` as a segment's octets, as its text, and as the JSON of a header.
///
/// # Panics
/// If an octet string does not survive, if it has two spellings, or if a JSON text is read that RFC 8259
/// does not allow, or the other way round.
pub fn encoding(data: &[u8]) {
    let signature = |text: &str| {
        let token = format!("{HEADER}.{CLAIMS}.{text}");
        UnverifiedToken::parse(&token, LONGEST)
    };
    // Every octet string can be written.
    let written = encode(data);
    assert!(signature(&written).is_ok(), "{written}");
    assert_eq!(decode(&written).as_deref(), Some(data));

    if let Ok(text) = str::from_utf8(data)
        && !text.contains('.')
    {
        // And a text that is read is how its octets are written.
        let read = signature(text).is_ok();
        assert_eq!(read, decode(text).is_some(), "{text}");
        if let Some(octets) = decode(text) {
            assert_eq!(encode(octets), text);
        }
    }

    let header = format!("{}.{CLAIMS}.", encode(data));
    match UnverifiedToken::parse(&header, LONGEST) {
        Ok(_) => assert!(is_header(data)),
        Err(Error::Malformed { part, .. }) => {
            assert_eq!(part, Part::Header);
            assert!(!is_header(data));
        }
        Err(other) => assert_eq!(other.code(), "jwt.header"),
    }
}

/// Whether these octets are a JOSE header: one object, its parameters of the right types.
fn is_header(octets: &[u8]) -> bool {
    let json = Json::parse(octets);
    let Some(members) = json.as_ref().and_then(Json::members) else {
        return false;
    };
    let find = |name: &str| {
        let mut members = members.iter();
        members.find_map(|(found, value)| (found == name).then_some(value))
    };
    let text = |name| find(name).is_none_or(|value| value.as_text().is_some());
    let named = find("alg").and_then(Json::as_text);
    let named = named.is_some_and(|alg| !alg.is_empty());
    let critical = find("crit").is_none_or(is_list_of_names);
    let encoded = match find("b64") {
        None | Some(Json::Bool(true)) => true,
        // With `crit` it is the verifier that refuses.
        Some(Json::Bool(false)) => find("crit").is_some(),
        Some(_) => false,
    };
    named && text("kid") && text("typ") && critical && encoded
}

fn is_list_of_names(json: &Json) -> bool {
    let Json::List(values) = json else {
        return false;
    };
    let mut names: Vec<&str> = values.iter().filter_map(Json::as_text).collect();
    let texts = names.len() == values.len() && !names.is_empty();
    names.sort_unstable();
    texts
        && names
            .windows(2)
            .all(|pair| !matches!(pair, [a, b] if a == b))
}

/// The cases of the unit tables.
pub(crate) fn seeds() -> Vec<Seed> {
    [
        ("empty", ""),
        ("text", "Zm9v"),
        ("both-last-characters", "-_8"),
        ("trailing-bits", "Zh"),
        ("trailing-bits-of-three", "Zm9"),
        ("one-too-many", "Zm9vY"),
        ("padding", "Zg=="),
        ("standard-alphabet", "+/8"),
        ("line-break", "Zm9v\n"),
        ("not-ascii", "Zm9é"),
        ("header", r#"{"alg":"EdDSA","kid":"ed","typ":"JWT"}"#),
        (
            "header-escapes",
            r#"{"\u0061lg":"\ud83d\ude00\"\\\/\b\f\n\r\t"}"#,
        ),
        ("header-lone-surrogate", r#"{"alg":"\ud800"}"#),
        ("header-swapped-surrogates", r#"{"alg":"\ude00\ud83d"}"#),
        ("header-control", "{\"alg\":\"\u{1}\"}"),
        ("header-twice", r#"{"alg":"EdDSA","x":{"a":1,"\u0061":1}}"#),
        (
            "header-numbers",
            r#"{"alg":"x","n":[0,-0,1.5,1e5,-1E-5,01]}"#,
        ),
        ("header-too-large", r#"{"alg":"x","n":1e400}"#),
        (
            "header-nested",
            r#"{"alg":"x","n":[[[[[[[[{"a":[{}]}]]]]]]]]}"#,
        ),
        ("header-blanks", " \t\r\n{ \"alg\" : \"x\" , \"n\" : [ ] } "),
        ("header-trailing", r#"{"alg":"x"}{}"#),
        ("header-mark", "\u{feff}{\"alg\":\"x\"}"),
        ("header-crit", r#"{"alg":"x","crit":["a","a"]}"#),
        ("header-b64", r#"{"alg":"x","b64":false,"crit":["b64"]}"#),
        ("header-b64-alone", r#"{"alg":"x","b64":false}"#),
        (
            "header-reserved",
            r#"{"alg":"x","n":{"$serde_json::private::RawValue":"1"}}"#,
        ),
    ]
    .into_iter()
    .map(|(name, text)| Seed::new(name, text))
    .collect()
}
