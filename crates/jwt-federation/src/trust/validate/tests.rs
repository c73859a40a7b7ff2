use serde_json::json;

use super::*;

const ISSUER: &str = "https://issuer.acme.dev";

fn validate(json: Value) -> Result<Vec<Warning>, TrustError> {
    TrustPolicy::from_json(&json.to_string())
        .expect("a policy")
        .validate(ISSUER)
}

fn condition(value: &str) -> Value {
    json!({"claim": "id", "equals": value})
}

fn rule(name: &str, claim: &str, accepts: Value, refuses: Value) -> Value {
    json!({
        "name": name, "account": "a",
        "conditions": [{"claim": claim, "equals": "yes"}],
        "samples": {"accepts": accepts, "refuses": refuses},
    })
}

#[test]
fn a_policy_without_conditions_needs_no_samples() {
    assert_eq!(TrustPolicy::default().validate(ISSUER), Ok(vec![]));
}

#[test]
fn conditions_need_a_sample_of_each_kind() {
    for (name, samples, missing) in [
        ("none", json!({}), "samples.accepts"),
        (
            "nothing accepted",
            json!({"refuses": [{}]}),
            "samples.accepts",
        ),
        (
            "nothing refused",
            json!({"accepts": [{"id": "1"}]}),
            "samples.refuses",
        ),
    ] {
        let error = validate(json!({"conditions": [condition("1")], "samples": samples}));
        let expected = TrustError::NoSample {
            path: missing.to_owned(),
        };
        assert_eq!(error, Err(expected), "{name}");
    }
    let good = json!({"accepts": [{"id": "1"}], "refuses": [{}]});
    assert_eq!(
        validate(json!({"conditions": [condition("1")], "samples": good})),
        Ok(vec![])
    );
}

#[test]
fn rules_need_a_sample_of_each_kind() {
    for (name, accepts, refuses, missing) in [
        (
            "nothing accepted",
            json!([]),
            json!([{}]),
            "accounts[1].samples.accepts",
        ),
        (
            "nothing refused",
            json!([{"b": "yes"}]),
            json!([]),
            "accounts[1].samples.refuses",
        ),
    ] {
        let good = rule("one", "a", json!([{"a": "yes"}]), json!([{}]));
        let error = validate(json!({"accounts": [good, rule("two", "b", accepts, refuses)]}));
        let expected = TrustError::NoSample {
            path: missing.to_owned(),
        };
        assert_eq!(error, Err(expected), "{name}");
    }
}

#[test]
fn a_sample_that_misbehaves_is_named_with_what_decided() {
    let conditions = json!([{"claim": "a", "equals": 1}, {"claim": "b", "equals": 2}]);
    let good = json!({"a": 1, "b": 2});
    for (name, accepts, refuses, path, fault, decided_by) in [
        (
            "refused by the second condition",
            json!([good, {"a": 1}]),
            json!([{}]),
            "samples.accepts[1]",
            SampleFault::Refused,
            Some("conditions[1]"),
        ),
        (
            "accepted",
            json!([good]),
            json!([{}, {"a": 1}, good]),
            "samples.refuses[2]",
            SampleFault::Accepted,
            None,
        ),
    ] {
        let samples = json!({"accepts": accepts, "refuses": refuses});
        let error = validate(json!({"conditions": conditions, "samples": samples}));
        let expected = TrustError::Sample {
            path: path.to_owned(),
            fault,
            decided_by: decided_by.map(str::to_owned),
        };
        assert_eq!(error, Err(expected), "{name}");
    }
}

#[test]
fn a_refused_sample_without_conditions_is_an_error() {
    let error = validate(json!({"samples": {"refuses": [{}]}})).expect_err("nothing refuses it");
    assert_eq!(error.path(), "samples.refuses[0]");
}

/// The policy's conditions hold for everybody, so a rule's sample must fulfil them as well.
#[test]
fn what_a_rule_accepts_must_pass_the_policy_too() {
    let policy = |sample: Value| {
        json!({
            "conditions": [condition("1")],
            "samples": {"accepts": [{"id": "1"}], "refuses": [{}]},
            "accounts": [rule("one", "a", json!([sample]), json!([{"id": "1"}]))],
        })
    };
    assert_eq!(validate(policy(json!({"id": "1", "a": "yes"}))), Ok(vec![]));
    let error = validate(policy(json!({"a": "yes"}))).expect_err("no id");
    let expected = TrustError::Sample {
        path: "accounts[0].samples.accepts[0]".to_owned(),
        fault: SampleFault::Refused,
        decided_by: Some("conditions[0]".to_owned()),
    };
    assert_eq!(error, expected);
    let error = validate(policy(json!({"id": "1", "a": "no"}))).expect_err("not the rule's");
    let TrustError::Sample { decided_by, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(decided_by.as_deref(), Some("accounts[0].conditions[0]"));
}

/// Else the sample would not test the rule that it stands in.
#[test]
fn what_a_rule_refuses_must_fail_the_rules_own_conditions() {
    let error = validate(json!({
        "conditions": [condition("1")],
        "samples": {"accepts": [{"id": "1"}], "refuses": [{}]},
        "accounts": [rule("one", "a", json!([{"id": "1", "a": "yes"}]), json!([{"id": "2", "a": "yes"}]))],
    }))
    .expect_err("only the policy refuses it");
    assert_eq!(error.path(), "accounts[0].samples.refuses[0]");
}

#[test]
fn two_rules_that_accept_one_sample_are_ambiguous() {
    let both = json!({"a": "yes", "b": "yes"});
    let one = json!({"a": "yes"});
    let two = json!({"b": "yes"});
    let accounts = |first: Value, second: Value| {
        json!({"accounts": [
            rule("one", "a", json!([one, first]), json!([{}])),
            rule("two", "b", json!([two, second]), json!([{}])),
        ]})
    };
    assert_eq!(validate(accounts(one.clone(), two.clone())), Ok(vec![]));
    for (name, policy, path) in [
        (
            "of the first",
            accounts(both.clone(), two.clone()),
            "accounts[0].samples.accepts[1]",
        ),
        (
            "of the second",
            accounts(one.clone(), both.clone()),
            "accounts[1].samples.accepts[1]",
        ),
        (
            "refused by a third",
            json!({"accounts": [
                rule("one", "a", json!([one]), json!([{}])),
                rule("two", "b", json!([two]), json!([{}])),
                rule("three", "c", json!([{"c": "yes"}]), json!([both])),
            ]}),
            "accounts[2].samples.refuses[0]",
        ),
        (
            "of the policy",
            json!({
                "conditions": [{"claim": "a", "equals": "yes"}],
                "samples": {"accepts": [both], "refuses": [{}]},
                "accounts": [
                    rule("one", "a", json!([one]), json!([{}])),
                    rule("two", "b", json!([{"a": "yes", "b": "yes"}]), json!([{}])),
                ],
            }),
            "samples.accepts[0]",
        ),
    ] {
        let error = validate(policy).expect_err(name);
        let expected = TrustError::Ambiguous {
            path: path.to_owned(),
            first: Shown::text("one"),
            second: Shown::text("two"),
        };
        assert_eq!(error, expected, "{name}");
    }
}

/// Nobody comes so far with claims that the policy refuses.
#[test]
fn what_the_policy_refuses_is_not_ambiguous() {
    let both = json!({"a": "yes", "b": "yes"});
    let policy = json!({
        "conditions": [condition("1")],
        "samples": {"accepts": [{"id": "1"}], "refuses": [both]},
        "accounts": [
            rule("one", "a", json!([{"id": "1", "a": "yes"}]), json!([{}])),
            rule("two", "b", json!([{"id": "1", "b": "yes"}]), json!([{}])),
        ],
    });
    assert_eq!(validate(policy), Ok(vec![]));
}

#[test]
fn bounds_are_checked_again_for_policies_made_in_rust() {
    let policy = TrustPolicy {
        accounts: vec![AccountRule::new(
            "open",
            auth_core::ServiceAccountId::new("a"),
        )],
        ..TrustPolicy::default()
    };
    let error = policy.validate(ISSUER).expect_err("a rule for everybody");
    assert_eq!(error.path(), "accounts[0].conditions");
}

#[test]
fn errors_have_codes_and_texts() {
    let error = TrustError::Sample {
        path: "samples.accepts[0]".to_owned(),
        fault: SampleFault::Refused,
        decided_by: Some("conditions[1]".to_owned()),
    };
    assert_eq!(
        error.to_string(),
        "samples.accepts[0] should be accepted and is refused by conditions[1]"
    );
    assert_eq!(
        (error.code(), error.kind()),
        ("trust.sample", auth_core::ErrorKind::Misconfigured)
    );
}
