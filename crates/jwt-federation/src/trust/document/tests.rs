use proptest::prelude::*;
use serde_json::json;

use super::super::claim_path::ClaimPath;
use super::*;

fn policy(json: Value) -> Result<TrustPolicy, TrustError> {
    TrustPolicy::from_json(&json.to_string())
}

/// A document with every member.
fn full() -> Value {
    json!({
        "enabled": false,
        "expires_at": "2027-01-31T12:30:00Z",
        "audiences": ["https://tracker.acme.dev"],
        "algorithms": ["RS256", "EdDSA"],
        "types": ["JWT", "application/kubernetes+jwt"],
        "leeway": {"expiry": 0, "not_before": 300, "issued_at": 5},
        "max_lifetime": 3600,
        "one_time": true,
        "networks": ["10.0.0.0/8", "2001:db8::/32"],
        "email": {"claim": "/contact/email", "require_verified": false},
        "conditions": [
            {"claim": "repository_id", "equals": "7"},
            {"claim": "/a~1b/c", "one_of": ["x", 1, true, -5]},
            {"claim": "sub", "prefix": "repo:acme/"},
        ],
        "samples": {"accepts": [{"sub": "a"}], "refuses": [{}]},
        "accounts": [{
            "name": "deploy",
            "account": "k3v9x0q2",
            "conditions": [
                {"claim": "sub", "pattern": "repo:acme/*:ref:refs/heads/release-**"},
                {"claim": "groups", "contains": "ml"},
                {"claim": "groups", "contains_any": ["a", "b"]},
            ],
            "samples": {"accepts": [{"deep": {"x": [1, null]}}], "refuses": []},
        }],
    })
}

#[test]
fn every_member_survives_the_round_trip() {
    let document = full();
    let parsed = policy(document.clone()).expect("a policy");
    assert_eq!(serde_json::to_value(&parsed).expect("json"), document);
    assert!(!parsed.enabled);
    assert_eq!(parsed.expires_at, Some(Timestamp::from_secs(1_801_398_600)));
    assert_eq!(parsed.algorithms, [Algorithm::Rs256, Algorithm::EdDsa]);
    assert_eq!(parsed.leeway.not_before, 300);
    let again: TrustPolicy = serde_json::from_value(document).expect("serde reads the same");
    assert_eq!(again, parsed);
}

#[test]
fn the_empty_document_is_the_default() {
    let default = TrustPolicy::default();
    assert_eq!(policy(json!({})), Ok(default.clone()));
    let document = serde_json::to_value(&default).expect("json");
    assert_eq!(
        document,
        json!({
            "enabled": true,
            "expires_at": null,
            "audiences": [],
            "algorithms": [],
            "types": [],
            "leeway": {"expiry": 60, "not_before": 60, "issued_at": 60},
            "max_lifetime": null,
            "one_time": false,
            "networks": [],
            "email": "subject",
            "conditions": [],
            "samples": {"accepts": [], "refuses": []},
            "accounts": [],
        })
    );
    assert_eq!(policy(document), Ok(default));
}

#[test]
fn email_has_three_forms() {
    let claim = ClaimPath::parse("email").expect("a path");
    for (document, expected) in [
        (json!("subject"), EmailRule::Subject),
        (json!("none"), EmailRule::None),
        (
            json!({"claim": "email"}),
            EmailRule::Claim {
                claim: claim.clone(),
                require_verified: true,
            },
        ),
        (
            json!({"claim": "email", "require_verified": false}),
            EmailRule::Claim {
                claim,
                require_verified: false,
            },
        ),
    ] {
        let parsed = policy(json!({"email": document})).expect("a policy");
        assert_eq!(parsed.email, expected);
        let written = serde_json::to_value(&parsed).expect("json");
        assert_eq!(written["email"], document);
    }
}

#[test]
fn a_moment_is_read_in_any_offset_and_written_in_utc() {
    let parsed = policy(json!({"expires_at": "2027-01-31T13:30:00+01:00"})).expect("a policy");
    let written = serde_json::to_value(&parsed).expect("json");
    assert_eq!(written["expires_at"], "2027-01-31T12:30:00Z");
}

/// Changes one member of the full document, and gives path and code of the refusal.
fn refusal(pointer: &str, value: Value) -> (String, &'static str) {
    let mut document = full();
    match document.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
            document.pointer_mut(parent).expect("a parent")[name] = value;
        }
    }
    let error = policy(document).expect_err(pointer);
    (error.path().to_owned(), error.code())
}

#[test]
fn each_bound_is_checked_and_named_by_its_path() {
    let long = |length: usize| "a".repeat(length);
    let condition = json!({"claim": "x", "equals": 1});
    let rule = |name: usize| json!({"name": format!("r{name}"), "account": "a", "conditions": [condition]});
    for (name, pointer, value, path) in [
        (
            "a moment without time",
            "/expires_at",
            json!("2027-01-31"),
            "expires_at",
        ),
        (
            "a moment with a fraction",
            "/expires_at",
            json!("2027-01-31T00:00:00.5Z"),
            "expires_at",
        ),
        (
            "an empty audience",
            "/audiences",
            json!(["a", ""]),
            "audiences[1]",
        ),
        (
            "a long audience",
            "/audiences",
            json!([long(1025)]),
            "audiences[0]",
        ),
        (
            "17 audiences",
            "/audiences",
            json!(vec!["a"; 17]),
            "audiences",
        ),
        (
            "none",
            "/algorithms",
            json!(["RS256", "none"]),
            "algorithms[1]",
        ),
        (
            "a symmetric algorithm",
            "/algorithms",
            json!(["HS256"]),
            "algorithms[0]",
        ),
        (
            "case of an algorithm",
            "/algorithms",
            json!(["rs256"]),
            "algorithms[0]",
        ),
        (
            "17 algorithms",
            "/algorithms",
            json!(vec!["RS256"; 17]),
            "algorithms",
        ),
        ("an empty type", "/types", json!([""]), "types[0]"),
        ("a type with a blank", "/types", json!(["a b"]), "types[0]"),
        (
            "a type of two slashes",
            "/types",
            json!(["a/b/c"]),
            "types[0]",
        ),
        (
            "a type without subtype",
            "/types",
            json!(["application/"]),
            "types[0]",
        ),
        (
            "a type without main type",
            "/types",
            json!(["/jwt"]),
            "types[0]",
        ),
        ("a long type", "/types", json!([long(128)]), "types[0]"),
        ("9 types", "/types", json!(vec!["JWT"; 9]), "types"),
        (
            "leeway of exp",
            "/leeway/expiry",
            json!(301),
            "leeway.expiry",
        ),
        (
            "leeway of nbf",
            "/leeway/not_before",
            json!(301),
            "leeway.not_before",
        ),
        (
            "leeway of iat",
            "/leeway/issued_at",
            json!(301),
            "leeway.issued_at",
        ),
        (
            "a short lifetime",
            "/max_lifetime",
            json!(59),
            "max_lifetime",
        ),
        (
            "a long lifetime",
            "/max_lifetime",
            json!(604_801),
            "max_lifetime",
        ),
        (
            "an address",
            "/networks",
            json!(["10.0.0.0/8", "10.0.0.1"]),
            "networks[1]",
        ),
        (
            "65 networks",
            "/networks",
            json!(vec!["10.0.0.0/8"; 65]),
            "networks",
        ),
        ("another word", "/email", json!("sub"), "email"),
        ("a number as email", "/email", json!(7), "email"),
        (
            "another member of email",
            "/email",
            json!({"claim": "a", "x": 1}),
            "email",
        ),
        (
            "no claim for email",
            "/email",
            json!({"claim": ""}),
            "email.claim",
        ),
        (
            "33 conditions",
            "/conditions",
            json!(vec![&condition; 33]),
            "conditions",
        ),
        (
            "a claim without name",
            "/conditions/0/claim",
            json!(""),
            "conditions[0].claim",
        ),
        (
            "a broken pointer",
            "/conditions/0/claim",
            json!("/~2"),
            "conditions[0].claim",
        ),
        (
            "equal to null",
            "/conditions/0/equals",
            json!(null),
            "conditions[0].equals",
        ),
        (
            "equal to a list",
            "/conditions/0/equals",
            json!(["7"]),
            "conditions[0].equals",
        ),
        (
            "equal to a fraction",
            "/conditions/0/equals",
            json!(1.5),
            "conditions[0].equals",
        ),
        (
            "a long text",
            "/conditions/0/equals",
            json!(long(2049)),
            "conditions[0].equals",
        ),
        (
            "no value",
            "/conditions/1/one_of",
            json!([]),
            "conditions[1].one_of",
        ),
        (
            "257 values",
            "/conditions/1/one_of",
            json!(vec![1; 257]),
            "conditions[1].one_of",
        ),
        (
            "null among values",
            "/conditions/1/one_of",
            json!(["a", null]),
            "conditions[1].one_of[1]",
        ),
        (
            "a long text among values",
            "/conditions/1/one_of",
            json!(["a", long(2049)]),
            "conditions[1].one_of[1]",
        ),
        (
            "an empty prefix",
            "/conditions/2/prefix",
            json!(""),
            "conditions[2].prefix",
        ),
        (
            "a long prefix",
            "/conditions/2/prefix",
            json!(long(2049)),
            "conditions[2].prefix",
        ),
        (
            "two tests",
            "/conditions/0/prefix",
            json!("a"),
            "conditions[0]",
        ),
        (
            "no test",
            "/conditions/0",
            json!({"claim": "a"}),
            "conditions[0]",
        ),
        (
            "an empty pattern",
            "/accounts/0/conditions/0/pattern",
            json!(""),
            "accounts[0].conditions[0].pattern",
        ),
        (
            "three stars",
            "/accounts/0/conditions/0/pattern",
            json!("a***"),
            "accounts[0].conditions[0].pattern",
        ),
        (
            "a long pattern",
            "/accounts/0/conditions/0/pattern",
            json!(long(513)),
            "accounts[0].conditions[0].pattern",
        ),
        (
            "no value to contain",
            "/accounts/0/conditions/2/contains_any",
            json!([]),
            "accounts[0].conditions[2].contains_any",
        ),
        (
            "17 samples",
            "/samples/accepts",
            json!(vec![json!({}); 17]),
            "samples.accepts",
        ),
        (
            "17 refused samples",
            "/samples/refuses",
            json!(vec![json!({}); 17]),
            "samples.refuses",
        ),
        (
            "a long sample",
            "/samples/refuses",
            json!([{}, {"a": long(8192)}]),
            "samples.refuses[1]",
        ),
        (
            "a long sample of a rule",
            "/accounts/0/samples/accepts",
            json!([{"a": long(8192)}]),
            "accounts[0].samples.accepts[0]",
        ),
        (
            "a name with a blank",
            "/accounts/0/name",
            json!("a b"),
            "accounts[0].name",
        ),
        (
            "no account",
            "/accounts/0/account",
            json!(""),
            "accounts[0].account",
        ),
        (
            "a long account",
            "/accounts/0/account",
            json!(long(129)),
            "accounts[0].account",
        ),
        (
            "a rule without condition",
            "/accounts/0/conditions",
            json!([]),
            "accounts[0].conditions",
        ),
        (
            "33 conditions of a rule",
            "/accounts/0/conditions",
            json!(vec![&condition; 33]),
            "accounts[0].conditions",
        ),
        (
            "one name twice",
            "/accounts",
            json!([rule(1), rule(2), rule(1)]),
            "accounts[2].name",
        ),
        (
            "one audience twice",
            "/audiences",
            json!(["a", "b", "a"]),
            "audiences[2]",
        ),
        (
            "65 rules",
            "/accounts",
            json!((0..65).map(rule).collect::<Vec<_>>()),
            "accounts",
        ),
    ] {
        assert_eq!(
            refusal(pointer, value),
            (path.to_owned(), "trust.field"),
            "{name}"
        );
    }
}

#[test]
fn what_lies_on_a_bound_is_accepted() {
    let condition = json!({"claim": "x", "equals": 1});
    let rule = |name: usize| json!({"name": format!("r{name}"), "account": "a", "conditions": [condition]});
    for (name, document) in [
        (
            "audiences",
            json!({"audiences": (0..16).map(|n| format!("{n:x}{}", "a".repeat(1023))).collect::<Vec<_>>()}),
        ),
        ("leeway", json!({"leeway": {"expiry": 300}})),
        ("a short lifetime", json!({"max_lifetime": 60})),
        ("a long lifetime", json!({"max_lifetime": 604_800})),
        ("conditions", json!({"conditions": vec![&condition; 32]})),
        (
            "rules",
            json!({"accounts": (0..64).map(rule).collect::<Vec<_>>()}),
        ),
        (
            "samples",
            json!({"samples": {"accepts": vec![json!({}); 16]}}),
        ),
        (
            "a sample",
            json!({"samples": {"accepts": [{"a": "a".repeat(8 * 1024 - 8)}]}}),
        ),
        (
            "values",
            json!({"conditions": [{"claim": "x", "one_of": vec![1; 256]}]}),
        ),
        ("a part of the leeways", json!({"leeway": {}})),
    ] {
        let parsed = policy(document);
        assert!(parsed.is_ok(), "{name}: {parsed:?}");
    }
}

#[test]
fn unknown_and_mistyped_members_are_named() {
    for (name, pointer, value, path) in [
        ("unknown", "/enable", json!(true), "enable"),
        ("unknown leeway", "/leeway/exp", json!(1), "leeway.exp"),
        (
            "unknown test",
            "/conditions/0/regex",
            json!("a"),
            "conditions[0].regex",
        ),
        (
            "unknown member of a rule",
            "/accounts/0/role",
            json!("x"),
            "accounts[0].role",
        ),
        (
            "unknown kind of sample",
            "/samples/ignores",
            json!([]),
            "samples.ignores",
        ),
        ("a text for a boolean", "/enabled", json!("yes"), "enabled"),
        (
            "a negative leeway",
            "/leeway/expiry",
            json!(-1),
            "leeway.expiry",
        ),
        ("null for a list", "/audiences", json!(null), "audiences"),
        (
            "null for a pattern",
            "/conditions/0/pattern",
            json!(null),
            "conditions[0].pattern",
        ),
        (
            "a sample that is no object",
            "/samples/accepts",
            json!([7]),
            "samples.accepts[0]",
        ),
    ] {
        assert_eq!(
            refusal(pointer, value),
            (path.to_owned(), "trust.syntax"),
            "{name}"
        );
    }
    let error = TrustPolicy::from_json("{} x").expect_err("trailing text");
    assert_eq!(error.code(), "trust.syntax");
    let twice = r#"{"enabled": true, "enabled": false}"#;
    let error = TrustPolicy::from_json(twice).expect_err("a member twice");
    assert_eq!(error.code(), "trust.syntax");
}

#[test]
fn the_whole_document_is_bounded() {
    let padded = format!("{}{}", "{}", " ".repeat(64 * 1024));
    let error = TrustPolicy::from_json(&padded).expect_err("too long a text");
    assert_eq!((error.code(), error.path()), ("trust.field", "."));
    // Through serde only the shortest form can be measured.
    let sample = json!({"a": "a".repeat(8000)});
    let document = json!({"samples": {"accepts": vec![&sample; 9]}});
    assert!(serde_json::from_value::<TrustPolicy>(document).is_err());
    let document = json!({"samples": {"accepts": vec![&sample; 8]}});
    assert!(serde_json::from_value::<TrustPolicy>(document).is_ok());
}

#[test]
fn a_moment_that_can_not_be_written_is_refused() {
    for seconds in [i64::MAX, i64::MIN, 253_402_300_800, -62_167_219_201] {
        let policy = TrustPolicy {
            expires_at: Some(Timestamp::from_secs(seconds)),
            ..TrustPolicy::default()
        };
        let error = policy.validate("https://issuer").expect_err("no such year");
        assert_eq!(error.path(), "expires_at");
    }
}

#[test]
fn errors_are_short_and_stay_on_their_line() {
    let evil = format!("x\r\n\u{202e}{}", "a".repeat(10_000));
    for pointer in [
        "/networks/0",
        "/email",
        "/accounts/0/name",
        "/algorithms/0",
        "/conditions/0/claim",
    ] {
        let mut document = full();
        *document.pointer_mut(pointer).expect(pointer) = evil.clone().into();
        let text = policy(document).expect_err(pointer).to_string();
        assert!(text.len() < 600, "{pointer}: {}", text.len());
        assert!(
            !text.contains(['\r', '\n', '\u{202e}']),
            "{pointer}: {text}"
        );
    }
    let mut document = full();
    document[&evil] = 1.into();
    let text = policy(document).expect_err("unknown member").to_string();
    assert!(text.len() < 1200, "{}", text.len());
    assert!(!text.contains(['\r', '\n', '\u{202e}']), "{text}");
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ]
}

fn condition() -> impl Strategy<Value = Value> {
    let claim = prop_oneof![Just("sub"), Just("/a/b~1c"), Just("https://x/y")];
    let values = || prop::collection::vec(value(), 1..4).prop_map(Value::from);
    let test = prop_oneof![
        value().prop_map(|value| ("equals", value)),
        values().prop_map(|values| ("one_of", values)),
        "[a-z/:]{1,8}".prop_map(|prefix| ("prefix", prefix.into())),
        "[a-z/:]{1,4}[*]{0,2}[a-z/:]{1,4}".prop_map(|pattern| ("pattern", pattern.into())),
        value().prop_map(|value| ("contains", value)),
        values().prop_map(|values| ("contains_any", values)),
    ];
    (claim, test).prop_map(|(claim, (test, value))| {
        let mut condition = json!({"claim": claim});
        condition[test] = value;
        condition
    })
}

proptest! {
    #[test]
    fn fuzz_14_conditions_survive_the_round_trip(conditions in prop::collection::vec(condition(), 0..8)) {
        let document = json!({"conditions": conditions});
        let parsed = policy(document.clone()).expect("a policy");
        let written = serde_json::to_value(&parsed).expect("json");
        prop_assert_eq!(&written["conditions"], &document["conditions"]);
        prop_assert_eq!(policy(written).expect("a policy"), parsed);
    }

    #[test]
    fn fuzz_14_any_text_is_refused_or_read(text in ".{0,200}") {
        let object = text.trim_ascii().starts_with('{');
        prop_assert_eq!(TrustPolicy::from_json(&text).is_ok() && !object, false);
    }
}
