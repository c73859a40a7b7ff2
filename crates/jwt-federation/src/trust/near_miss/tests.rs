use serde_json::json;

use super::*;

fn hint(condition: Value, claims: Value) -> Option<String> {
    let condition: Condition = serde_json::from_value(condition).expect("a condition");
    let claims = claims.as_object().expect("claims");
    assert!(!condition.holds(claims), "{condition:?}");
    near_miss(&condition, claims)
}

#[test]
fn tells_likely_mistakes() {
    let id = |test: &str, value: Value| json!({"claim": "id", test: value});
    for (name, condition, claims, expected) in [
        (
            "case",
            id("equals", json!("Main")),
            json!({"id": "main"}),
            "differs by case",
        ),
        (
            "slash",
            id("equals", json!("a/")),
            json!({"id": "a"}),
            "trailing slash",
        ),
        (
            "blank",
            id("equals", json!("a")),
            json!({"id": "a "}),
            "white space",
        ),
        (
            "the nearest of several",
            id("one_of", json!(["x", "Main"])),
            json!({"id": "main"}),
            "differs by case",
        ),
        (
            "number for text",
            id("equals", json!("123")),
            json!({"id": 123}),
            "is a number",
        ),
        (
            "text for number",
            id("equals", json!(123)),
            json!({"id": "123"}),
            "is a string",
        ),
        (
            "boolean for text",
            id("equals", json!("true")),
            json!({"id": true}),
            "is a boolean",
        ),
        (
            "text for boolean",
            id("equals", json!(true)),
            json!({"id": "True"}),
            "wants a boolean",
        ),
        (
            "fraction",
            id("equals", json!(1)),
            json!({"id": 1.0}),
            "fraction or an exponent",
        ),
        (
            "list for text",
            id("equals", json!("a")),
            json!({"id": ["b", "a"]}),
            "use contains",
        ),
        (
            "text for list",
            id("contains", json!("a")),
            json!({"id": "a"}),
            "use equals",
        ),
        (
            "text for list of several",
            id("contains_any", json!(["b", "a"])),
            json!({"id": "a"}),
            "use equals",
        ),
        (
            "case in a list",
            id("contains", json!("ML")),
            json!({"id": ["a", "ml"]}),
            "differs by case",
        ),
        (
            "number in a list",
            id("contains_any", json!(["7"])),
            json!({"id": [7]}),
            "is a number",
        ),
        (
            "case of a prefix",
            id("prefix", json!("Repo:")),
            json!({"id": "repo:x"}),
            "differs by case",
        ),
        (
            "blank before a prefix",
            id("prefix", json!("repo:")),
            json!({"id": " repo:x"}),
            "white space",
        ),
        (
            "slash of a prefix",
            id("prefix", json!("a/b/")),
            json!({"id": "a/b"}),
            "trailing slash",
        ),
        (
            "star across a slash",
            id("pattern", json!("a/*")),
            json!({"id": "a/b/c"}),
            "cross",
        ),
        (
            "star across a colon",
            id("pattern", json!("a/*")),
            json!({"id": "a/b:c"}),
            "cross",
        ),
        (
            "case of a pattern",
            id("pattern", json!("Acme/*")),
            json!({"id": "acme/x"}),
            "differs by case",
        ),
        (
            "slash after a pattern",
            id("pattern", json!("a/b*")),
            json!({"id": "a/bc//"}),
            "cross",
        ),
        (
            "slash after a literal",
            id("pattern", json!("*/b")),
            json!({"id": "a/b/"}),
            "trailing slash",
        ),
        (
            "blank after a pattern",
            id("pattern", json!("*/b")),
            json!({"id": "a/b "}),
            "white space",
        ),
        (
            "too long for a pattern",
            id("pattern", json!("**")),
            json!({"id": "a".repeat(2049)}),
            "2048",
        ),
        (
            "case of the claim",
            id("equals", json!("a")),
            json!({"ID": "a"}),
            "\"ID\", which differs by case",
        ),
        (
            "a name that looks like a pointer",
            json!({"claim": "/oidc.circleci.com/project-id", "equals": "a"}),
            json!({"oidc.circleci.com/project-id": "a"}),
            "without its first `/`",
        ),
        (
            "a pointer without its slash",
            json!({"claim": "kubernetes.io/namespace", "equals": "a"}),
            json!({"kubernetes.io": {"namespace": "a"}}),
            "JSON pointer",
        ),
    ] {
        let hint = hint(condition, claims).unwrap_or_default();
        assert!(hint.contains(expected), "{name}: {hint:?}");
    }
}

#[test]
fn says_nothing_where_nothing_is_near() {
    let id = |test: &str, value: Value| json!({"claim": "id", test: value});
    for (condition, claims) in [
        (id("equals", json!("a")), json!({"id": "b"})),
        (id("equals", json!(1)), json!({"id": 1.9})),
        (id("equals", json!("a")), json!({})),
        (id("equals", json!("a")), json!({"id": ["b"]})),
        (id("equals", json!("a")), json!({"id": null})),
        (id("prefix", json!("a")), json!({"id": 7})),
        (id("pattern", json!("a*")), json!({"id": "b"})),
        (id("contains", json!("a")), json!({"id": {"a": 1}})),
    ] {
        assert_eq!(hint(condition.clone(), claims), None, "{condition}");
    }
}

#[test]
fn a_hint_shows_claim_names_cut_and_escaped() {
    let name = format!("ID\n{}", "a".repeat(1000));
    let condition = json!({"claim": name.to_lowercase().get(..200), "equals": "a"});
    let hint = hint(condition, json!({name.get(..200).expect("ascii"): "a"})).expect("a hint");
    assert!(!hint.contains('\n') && hint.len() < 200, "{hint}");
}

#[test]
fn tells_the_forms_of_github_subjects_apart() {
    let names = "repo:acme/app:";
    let ids = "repo:acme@1/app@2:";
    let main = "ref:refs/heads/main";
    for (name, expected, found, words) in [
        (
            "ids found",
            format!("{names}{main}"),
            format!("{ids}{main}"),
            "has the immutable form",
        ),
        (
            "names found",
            format!("{ids}{main}"),
            format!("{names}{main}"),
            "has the form with names only",
        ),
        (
            "pattern, ids found",
            format!("repo:acme/*:{main}"),
            format!("{ids}{main}"),
            "has the immutable form",
        ),
        (
            "pattern with one id, names found",
            format!("repo:acme@1/*:{main}"),
            format!("{names}{main}"),
            "form with names only",
        ),
        (
            "pattern with one id, environment found",
            format!("repo:acme@1/*:{main}"),
            format!("{ids}environment:prod"),
            "says `environment`",
        ),
        (
            "pattern, names found",
            format!("repo:acme@1/*@2:{main}"),
            format!("{names}{main}"),
            "form with names only",
        ),
        (
            "environment found",
            format!("{names}{main}"),
            format!("{names}environment:prod"),
            "says `environment`, and the condition expects `ref`",
        ),
        (
            "ref found",
            format!("{names}environment:prod"),
            format!("{names}{main}"),
            "says `ref`, and the condition expects `environment`",
        ),
        (
            "pull request found",
            format!("{ids}{main}"),
            format!("{ids}pull_request"),
            "says `pull_request`",
        ),
        (
            "pull request expected",
            format!("{names}pull_request"),
            format!("{names}{main}"),
            "expects `pull_request`",
        ),
        (
            "pattern, environment found",
            "repo:acme/*:ref:**".to_owned(),
            format!("{names}environment:prod"),
            "says `environment`",
        ),
    ] {
        let mut tests = vec![json!({"claim": "sub", "pattern": expected})];
        if !expected.contains('*') {
            tests.push(json!({"claim": "sub", "equals": expected}));
            tests.push(json!({"claim": "sub", "one_of": ["x", expected]}));
        }
        for test in tests {
            let hint = hint(test.clone(), json!({"sub": found})).unwrap_or_default();
            assert!(hint.contains(words), "{name}: {test}: {hint:?}");
        }
    }
    let prefix = json!({"claim": "sub", "prefix": "repo:acme/app:ref:"});
    let hint_of_prefix = hint(prefix, json!({"sub": "repo:acme/app:environment:prod"}));
    assert!(hint_of_prefix.is_some_and(|hint| hint.contains("says `environment`")));

    for (expected, found) in [
        // Another repository, another owner, the same kind, and what is no such subject.
        (
            "repo:acme/app:ref:refs/heads/main",
            "repo:acme/other:environment:prod",
        ),
        (
            "repo:acme/app:ref:refs/heads/main",
            "repo:evil@1/app@2:ref:refs/heads/main",
        ),
        (
            "repo:acme/app:ref:refs/heads/main",
            "repo:acme/app:ref:refs/heads/next",
        ),
        (
            "repo:acme/app:job_workflow_ref:x",
            "repo:acme/app:environment:prod",
        ),
        (
            "repo:acme/app:environment:prod",
            "system:serviceaccount:a:b",
        ),
    ] {
        let condition = json!({"claim": "sub", "equals": expected});
        assert_eq!(hint(condition, json!({"sub": found})), None, "{found}");
    }
}
