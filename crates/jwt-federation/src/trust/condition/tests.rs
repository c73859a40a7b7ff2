use serde_json::{Value, json};

use super::*;

fn holds(condition: Value, claims: Value) -> bool {
    let condition: Condition = serde_json::from_value(condition).expect("a condition");
    condition.holds(claims.as_object().expect("claims"))
}

/// One row per way in which a claim can fail to be what a condition wants.
#[test]
fn fed_020_a_claim_that_is_missing_or_of_another_type_fulfils_nothing() {
    let tests = [
        json!({"equals": "7"}),
        json!({"equals": 7}),
        json!({"equals": true}),
        json!({"one_of": ["7", 7, true]}),
        json!({"prefix": "7"}),
        json!({"pattern": "**"}),
        json!({"contains": "7"}),
        json!({"contains_any": ["7", 7, true]}),
    ];
    for mut test in tests {
        test["claim"] = "id".into();
        for (name, claims) in [
            ("missing", json!({})),
            ("null", json!({"id": null})),
            ("an object", json!({"id": {"7": "7"}})),
            ("a list in a list", json!({"id": [["7"], [7], [true]]})),
            ("an empty list", json!({"id": []})),
            ("elsewhere", json!({"ID": "7", "x": {"id": "7"}})),
        ] {
            assert!(!holds(test.clone(), claims), "{test}: {name}");
        }
    }
}

#[test]
fn fed_020_a_list_is_no_scalar_and_a_scalar_no_list() {
    for test in [
        json!({"claim": "id", "equals": "7"}),
        json!({"claim": "id", "one_of": ["7"]}),
        json!({"claim": "id", "prefix": "7"}),
        json!({"claim": "id", "pattern": "7"}),
    ] {
        assert!(holds(test.clone(), json!({"id": "7"})), "{test}");
        assert!(!holds(test.clone(), json!({"id": ["7"]})), "{test}");
    }
    for test in [
        json!({"claim": "id", "contains": "7"}),
        json!({"claim": "id", "contains_any": ["6", "7"]}),
    ] {
        assert!(holds(test.clone(), json!({"id": ["5", "7"]})), "{test}");
        assert!(!holds(test.clone(), json!({"id": "7"})), "{test}");
        assert!(!holds(test.clone(), json!({"id": ["5"]})), "{test}");
        assert!(!holds(test.clone(), json!({"id": ["77"]})), "{test}");
    }
}

#[test]
fn values_compare_exactly() {
    for (name, expected, found, equal) in [
        ("octet for octet", "\"é\"", "\"é\"", true),
        ("no normalization", "\"é\"", "\"e\\u0301\"", false),
        ("no case folding", "\"Main\"", "\"main\"", false),
        ("no trimming", "\"main\"", "\"main \"", false),
        ("the empty string", "\"\"", "\"\"", true),
        ("not the beginning", "\"main\"", "\"mainly\"", false),
        ("a number is no string", "\"7\"", "7", false),
        ("a string is no number", "7", "\"7\"", false),
        ("a boolean is no string", "\"true\"", "true", false),
        ("a string is no boolean", "true", "\"true\"", false),
        ("a number is no boolean", "true", "1", false),
        ("another boolean", "true", "false", false),
        ("an integer", "7", "7", true),
        ("no truncation", "1", "1.9", false),
        ("no rounding", "2", "1.9", false),
        ("a fraction of zero", "1", "1.0", false),
        ("an exponent", "1", "1e0", false),
        ("a large exponent", "100", "1e2", false),
        ("minus zero", "0", "-0", false),
        ("beyond 2^53", "9007199254740993", "9007199254740993", true),
        (
            "its neighbour",
            "9007199254740993",
            "9007199254740992",
            false,
        ),
        (
            "the largest",
            "18446744073709551615",
            "18446744073709551615",
            true,
        ),
        (
            "beyond the largest",
            "18446744073709551615",
            "18446744073709551616",
            false,
        ),
        (
            "the smallest",
            "-9223372036854775808",
            "-9223372036854775808",
            true,
        ),
        ("no wrapping", "18446744073709551615", "-1", false),
    ] {
        let test = format!(r#"{{"claim": "id", "equals": {expected}}}"#);
        let claims = format!(r#"{{"id": {found}}}"#);
        let condition: Condition = serde_json::from_str(&test).expect(name);
        let claims: Map<String, Value> = serde_json::from_str(&claims).expect(name);
        assert_eq!(condition.holds(&claims), equal, "{name}");
    }
}

#[test]
fn each_test_accepts_and_refuses() {
    for (test, accepted, refused) in [
        (json!({"equals": "a"}), json!("a"), json!("b")),
        (json!({"one_of": ["a", 7]}), json!(7), json!("7")),
        (json!({"prefix": "a/"}), json!("a/b"), json!("b/a/")),
        (json!({"pattern": "a/*"}), json!("a/b"), json!("a/b/c")),
        (json!({"contains": 7}), json!([1, 7]), json!([1, "7"])),
        (
            json!({"contains_any": ["a", "b"]}),
            json!(["b"]),
            json!(["ab"]),
        ),
    ] {
        let mut condition = test.clone();
        condition["claim"] = "/x/y".into();
        assert!(
            holds(condition.clone(), json!({"x": {"y": accepted}})),
            "{test}"
        );
        assert!(!holds(condition, json!({"x": {"y": refused}})), "{test}");
    }
}
