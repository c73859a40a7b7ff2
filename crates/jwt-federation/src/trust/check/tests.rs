use auth_core::{Explanation, ServiceAccountId, Step, Verdict};
use serde_json::{Value, json};

use super::*;

fn claims(json: Value) -> Map<String, Value> {
    json.as_object().expect("claims").clone()
}

fn policy(json: Value) -> TrustPolicy {
    TrustPolicy::from_json(&json.to_string()).expect("a policy")
}

/// The verdict and what was recorded.
fn explain(policy: &TrustPolicy, json: Value) -> (bool, Vec<Step>) {
    let claims = claims(json);
    let mut explanation = Explanation::default();
    let verdict = policy.check(&claims, &mut Recorder::to(&mut explanation));
    assert_eq!(verdict, policy.check(&claims, &mut Recorder::off()));
    (verdict, explanation.steps().to_vec())
}

fn two_conditions() -> TrustPolicy {
    policy(json!({"conditions": [
        {"claim": "repository_owner_id", "equals": "1"},
        {"claim": "ref", "one_of": ["refs/heads/main", "refs/heads/next"]},
    ]}))
}

#[test]
fn all_conditions_must_hold() {
    let policy = two_conditions();
    for (owner, git_ref, expected) in [
        ("1", "refs/heads/main", true),
        ("1", "refs/heads/next", true),
        ("2", "refs/heads/main", false),
        ("1", "refs/heads/mine", false),
        ("2", "refs/heads/mine", false),
    ] {
        let claims = json!({"repository_owner_id": owner, "ref": git_ref});
        assert_eq!(explain(&policy, claims).0, expected, "{owner} {git_ref}");
    }
}

#[test]
fn without_conditions_everything_holds() {
    assert_eq!(explain(&TrustPolicy::default(), json!({})), (true, vec![]));
}

#[test]
fn each_condition_is_recorded_in_order_even_after_a_failure() {
    let claims = json!({"repository_owner_id": "2", "ref": "refs/heads/main"});
    let (verdict, steps) = explain(&two_conditions(), claims);
    assert!(!verdict);
    let [first, second] = &steps[..] else {
        panic!("{steps:?}")
    };
    assert_eq!(
        (first.check, first.verdict),
        ("rule.condition", Verdict::Failed)
    );
    assert_eq!(first.expected, r#"repository_owner_id equals "1""#);
    assert_eq!(first.found, r#""2""#);
    assert_eq!(
        (second.check, second.verdict),
        ("rule.condition", Verdict::Passed)
    );
    assert_eq!(
        second.expected,
        r#"ref one_of a list of 2: ["refs/heads/main", "refs/heads/next"]"#
    );
    assert_eq!(second.near_miss, None);
}

#[test]
fn what_was_found_is_short_escaped_and_never_the_whole_token() {
    let policy = policy(json!({"conditions": [{"claim": "x", "equals": "a"}]}));
    let long = "é".repeat(5000);
    for (name, claim, found) in [
        (
            "missing",
            json!({"secret": "s"}),
            "no such claim".to_owned(),
        ),
        ("null", json!({"x": null}), "null".to_owned()),
        ("boolean", json!({"x": true}), "true".to_owned()),
        ("number", json!({"x": 1.5}), "1.5".to_owned()),
        (
            "object",
            json!({"x": {"secret": "s", "b": 1}}),
            "an object of 2".to_owned(),
        ),
        (
            "list",
            json!({"x": ["a", 1, {}]}),
            r#"a list of 3: ["a", 1, an object of 0]"#.to_owned(),
        ),
        (
            "long list",
            json!({"x": [1, 2, 3, 4, 5]}),
            "a list of 5: [1, 2, 3, 4, …]".to_owned(),
        ),
        (
            "long text",
            json!({"x": long}),
            format!("\"{}…\"", "é".repeat(128)),
        ),
        (
            "forged line",
            json!({"x": "a\r\nok \u{202e}"}),
            r#""a\r\nok \u{202e}""#.to_owned(),
        ),
    ] {
        let (_, steps) = explain(&policy, claim);
        assert_eq!(steps[0].found, found, "{name}");
    }
    let (_, steps) = explain(&policy, json!({"x": [long, long, long, long, long]}));
    assert!(steps[0].found.chars().count() < 150, "{}", steps[0].found);
}

fn with_rules() -> TrustPolicy {
    let rule = |name: &str, value: &str| {
        json!({
            "name": name, "account": format!("account-{name}"),
            "conditions": [{"claim": "sub", "pattern": value}, {"claim": "iss", "equals": "i"}],
        })
    };
    policy(json!({"accounts": [rule("one", "a/*"), rule("two", "*/b"), rule("three", "c")]}))
}

#[test]
fn account_rules_are_all_asked() {
    let policy = with_rules();
    for (subject, expected) in [
        ("a/x", vec!["one"]),
        ("x/b", vec!["two"]),
        ("a/b", vec!["one", "two"]),
        ("x", vec![]),
        ("c", vec!["three"]),
    ] {
        let claims = claims(json!({"sub": subject, "iss": "i"}));
        let matching = policy.matching_accounts(&claims, &mut Recorder::off());
        let names: Vec<_> = matching.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, expected, "{subject}");
    }
    let elsewhere = claims(json!({"sub": "a/x", "iss": "j"}));
    assert!(
        policy
            .matching_accounts(&elsewhere, &mut Recorder::off())
            .is_empty()
    );
}

/// Even for a caller that did not check them.
#[test]
fn no_account_rule_matches_against_the_policys_own_conditions() {
    let mut policy = with_rules();
    policy.conditions = two_conditions().conditions;
    let mut token = claims(json!({"sub": "a/x", "iss": "i", "repository_owner_id": "1"}));
    assert!(
        policy
            .matching_accounts(&token, &mut Recorder::off())
            .is_empty()
    );
    token.insert("ref".to_owned(), "refs/heads/main".into());
    assert_eq!(
        policy.matching_accounts(&token, &mut Recorder::off()).len(),
        1
    );
}

#[test]
fn an_account_rule_is_named_where_its_conditions_are_recorded() {
    let policy = with_rules();
    let mut explanation = Explanation::default();
    let claims = claims(json!({"sub": "c", "iss": "i"}));
    policy.matching_accounts(&claims, &mut Recorder::to(&mut explanation));
    assert_eq!(explanation.steps().len(), 6);
    assert_eq!(
        explanation.steps()[0].expected,
        r#"rule "one": sub pattern "a/*""#
    );
}

/// It could only be made in Rust, past the JSON; it must not become everybody's account.
#[test]
fn fed_020_a_rule_without_conditions_accepts_nothing() {
    let rule = AccountRule::new("open", ServiceAccountId::new("a"));
    assert!(!rule.check(&claims(json!({"sub": "x"})), &mut Recorder::off()));
}

#[test]
fn fed_020_email_is_taken_as_the_rule_says() {
    let claim = json!({"claim": "email"});
    let unverified = json!({"claim": "email", "require_verified": false});
    for (name, rule, token, expected) in [
        (
            "subject",
            json!("subject"),
            json!({"sub": "a@x", "email": "b@x"}),
            Some("a@x"),
        ),
        (
            "subject that is no text",
            json!("subject"),
            json!({"sub": 7}),
            None,
        ),
        (
            "subject that is empty",
            json!("subject"),
            json!({"sub": ""}),
            None,
        ),
        (
            "none",
            json!("none"),
            json!({"sub": "a@x", "email": "b@x", "email_verified": true}),
            None,
        ),
        (
            "verified",
            claim.clone(),
            json!({"sub": "a@x", "email": "b@x", "email_verified": true}),
            Some("b@x"),
        ),
        (
            "not verified",
            claim.clone(),
            json!({"email": "b@x", "email_verified": false}),
            None,
        ),
        (
            "verified not told",
            claim.clone(),
            json!({"email": "b@x"}),
            None,
        ),
        (
            "verified by a text",
            claim.clone(),
            json!({"email": "b@x", "email_verified": "true"}),
            None,
        ),
        (
            "verified by a number",
            claim.clone(),
            json!({"email": "b@x", "email_verified": 1}),
            None,
        ),
        (
            "no claim",
            claim.clone(),
            json!({"sub": "a@x", "email_verified": true}),
            None,
        ),
        (
            "a list of claims",
            claim,
            json!({"email": ["b@x"], "email_verified": true}),
            None,
        ),
        (
            "need not be verified",
            unverified.clone(),
            json!({"email": "b@x"}),
            Some("b@x"),
        ),
        (
            "need not be verified, empty",
            unverified,
            json!({"email": ""}),
            None,
        ),
    ] {
        let rule = policy(json!({"email": rule})).email;
        let token = claims(token);
        assert_eq!(rule.email(&token, &mut Recorder::off()), expected, "{name}");
    }
}

#[test]
fn email_is_explained() {
    let rule = policy(json!({"email": {"claim": "email"}})).email;
    let token = claims(json!({"email": "b@x", "email_verified": "true"}));
    let mut explanation = Explanation::default();
    rule.email(&token, &mut Recorder::to(&mut explanation));
    let [found, verified] = explanation.steps() else {
        panic!("{explanation:?}")
    };
    assert_eq!(
        (found.check, found.verdict),
        ("rule.email", Verdict::Passed)
    );
    assert_eq!(
        (verified.check, verified.verdict),
        ("rule.email_verified", Verdict::Failed)
    );
    let hint = verified.near_miss.as_deref().expect("a hint");
    assert!(hint.contains("string"), "{hint}");
}
