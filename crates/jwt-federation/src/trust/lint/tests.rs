use serde_json::{Value, json};

use super::*;

const GITHUB: &str = "https://token.actions.githubusercontent.com";
const GITLAB: &str = "https://gitlab.com";
const OTHER: &str = "https://issuer.acme.dev";

fn warned(issuer: &str, json: Value) -> Vec<(WarningCode, String)> {
    let policy = TrustPolicy::from_json(&json.to_string()).expect("a policy");
    let warnings = warnings(&policy, issuer).into_iter();
    warnings
        .map(|warning| (warning.code, warning.path))
        .collect()
}

/// Whether `code` is among the warnings, and where.
fn path_of(code: WarningCode, issuer: &str, json: Value) -> Option<String> {
    let found = warned(issuer, json)
        .into_iter()
        .find(|(found, _)| *found == code);
    found.map(|(_, path)| path)
}

fn conditions(conditions: Value) -> Value {
    json!({"email": "none", "conditions": conditions})
}

fn account(policy: Value, rule: Value) -> Value {
    let rule = json!({"name": "r", "account": "a", "conditions": rule});
    json!({"email": "none", "conditions": policy, "accounts": [rule]})
}

#[test]
fn github_rules_pin_an_id() {
    let code = WarningCode::GithubNames;
    for (name, policy, expected) in [
        (
            "names",
            conditions(json!([{"claim": "repository", "equals": "acme/app"}])),
            Some("conditions"),
        ),
        (
            "subject of names",
            conditions(json!([{"claim": "sub", "equals": "repo:acme/app:ref:refs/heads/main"}])),
            Some("conditions"),
        ),
        (
            "one subject of two",
            conditions(
                json!([{"claim": "sub", "one_of": ["repo:acme@1/app@2:x", "repo:acme/app:x"]}]),
            ),
            Some("conditions"),
        ),
        (
            "wildcard for the id",
            conditions(json!([{"claim": "sub", "pattern": "repo:acme@*/app@*:x"}])),
            Some("conditions"),
        ),
        (
            "prefix of an id",
            conditions(json!([{"claim": "repository_id", "prefix": "12"}])),
            Some("conditions"),
        ),
        (
            "an @ without id",
            conditions(json!([{"claim": "sub", "equals": "repo:acme@/app@:x"}])),
            Some("conditions"),
        ),
        (
            "a rule",
            account(
                json!([]),
                json!([{"claim": "repository", "equals": "acme/app"}]),
            ),
            Some("accounts[0].conditions"),
        ),
        (
            "repository_id",
            conditions(json!([{"claim": "repository_id", "equals": "2"}])),
            None,
        ),
        (
            "repository_owner_id",
            conditions(json!([{"claim": "repository_owner_id", "one_of": ["1", "2"]}])),
            None,
        ),
        (
            "subject with ids",
            conditions(json!([{"claim": "sub", "equals": "repo:acme@1/app@2:x"}])),
            None,
        ),
        (
            "pattern with the owner's id",
            conditions(json!([{"claim": "sub", "pattern": "repo:acme@1/*:ref:**"}])),
            None,
        ),
        (
            "prefix with the owner's id",
            conditions(json!([{"claim": "sub", "prefix": "repo:acme@1/"}])),
            None,
        ),
        (
            "inherited from the policy",
            account(
                json!([{"claim": "repository_owner_id", "equals": "1"}]),
                json!([{"claim": "repository", "equals": "acme/app"}]),
            ),
            None,
        ),
        ("no rule at all", conditions(json!([])), None),
    ] {
        assert_eq!(
            path_of(code, GITHUB, policy.clone()).as_deref(),
            expected,
            "{name}"
        );
        assert_eq!(path_of(code, OTHER, policy), None, "{name}");
    }
    for issuer in [
        "https://github.acme.dev/_services/token",
        "https://token.actions.acme.ghe.com",
        "https://token.actions.githubusercontent.com/acme",
    ] {
        let names = conditions(json!([{"claim": "repository", "equals": "acme/app"}]));
        assert!(path_of(code, issuer, names).is_some(), "{issuer}");
    }
    for issuer in [
        "https://token.actions.githubusercontent.com.evil.dev",
        "https://acme.dev/x_services/token",
        "http://token.actions.githubusercontent.com",
    ] {
        let names = conditions(json!([{"claim": "repository", "equals": "acme/app"}]));
        assert_eq!(path_of(code, issuer, names), None, "{issuer}");
    }
}

#[test]
fn github_claims_that_a_pull_request_chooses() {
    let code = WarningCode::GithubPullRequest;
    let id = json!({"claim": "repository_id", "equals": "2"});
    for claim in ["ref", "head_ref", "actor", "workflow"] {
        let chosen = json!({"claim": claim, "equals": "x"});
        let alone = conditions(json!([id, chosen]));
        assert_eq!(
            path_of(code, GITHUB, alone.clone()).as_deref(),
            Some("conditions[1]"),
            "{claim}"
        );
        assert_eq!(path_of(code, OTHER, alone), None);
        for (name, other, expected) in [
            (
                "push only",
                json!({"claim": "event_name", "equals": "push"}),
                false,
            ),
            (
                "one is a pull request",
                json!({"claim": "event_name", "one_of": ["push", "pull_request"]}),
                true,
            ),
            (
                "pull requests of another kind",
                json!({"claim": "event_name", "equals": "pull_request_target"}),
                true,
            ),
            (
                "any event",
                json!({"claim": "event_name", "pattern": "p*"}),
                true,
            ),
            (
                "subject with a ref",
                json!({"claim": "sub", "equals": "repo:acme/app:ref:refs/heads/main"}),
                false,
            ),
            (
                "subject pattern with a ref",
                json!({"claim": "sub", "pattern": "repo:acme@1/app@2:ref:refs/heads/v*"}),
                false,
            ),
            (
                "subject of an environment",
                json!({"claim": "sub", "equals": "repo:acme/app:environment:prod"}),
                true,
            ),
            (
                "subject of a pull request",
                json!({"claim": "sub", "equals": "repo:acme/app:pull_request"}),
                true,
            ),
            (
                "subject of either",
                json!({"claim": "sub", "one_of": ["repo:acme/app:ref:refs/heads/main", "repo:acme/app:pull_request"]}),
                true,
            ),
        ] {
            let policy = conditions(json!([id, chosen, other]));
            assert_eq!(
                path_of(code, GITHUB, policy).is_some(),
                expected,
                "{claim}: {name}"
            );
        }
    }
    let inherited = account(
        json!([id, {"claim": "event_name", "equals": "push"}]),
        json!([{"claim": "ref", "equals": "refs/heads/main"}]),
    );
    assert_eq!(path_of(code, GITHUB, inherited), None);
    assert_eq!(path_of(code, GITHUB, conditions(json!([id]))), None);
}

#[test]
fn gitlab_rules_pin_an_id() {
    let code = WarningCode::GitlabPaths;
    let path = json!({"claim": "project_path", "equals": "acme/app"});
    for (name, policy, expected) in [
        ("path", conditions(json!([path])), Some("conditions")),
        (
            "prefix of an id",
            conditions(json!([path, {"claim": "project_id", "prefix": "1"}])),
            Some("conditions"),
        ),
        (
            "a rule",
            account(json!([]), json!([path])),
            Some("accounts[0].conditions"),
        ),
        (
            "project_id",
            conditions(json!([path, {"claim": "project_id", "equals": "1"}])),
            None,
        ),
        (
            "namespace_id",
            conditions(json!([path, {"claim": "namespace_id", "equals": "1"}])),
            None,
        ),
        (
            "inherited",
            account(
                json!([{"claim": "namespace_id", "equals": "1"}]),
                json!([path]),
            ),
            None,
        ),
    ] {
        // Self-managed ones are told by the claims that they are asked for.
        for issuer in [GITLAB, OTHER] {
            assert_eq!(
                path_of(code, issuer, policy.clone()).as_deref(),
                expected,
                "{name}"
            );
        }
    }
    let subject = json!([{"claim": "sub", "prefix": "project_path:acme/app:"}]);
    assert!(path_of(code, OTHER, conditions(subject)).is_some());
    let unrelated = json!([{"claim": "sub", "equals": "job"}]);
    assert_eq!(path_of(code, OTHER, conditions(unrelated)), None);
}

#[test]
fn kubernetes_rules_name_the_namespace() {
    let code = WarningCode::KubernetesNamespace;
    let name = json!({"claim": "/kubernetes.io/serviceaccount/name", "equals": "trainer"});
    for (row, list, expected) in [
        ("name alone", json!([name]), true),
        (
            "any namespace",
            json!([{"claim": "sub", "pattern": "system:serviceaccount:*:trainer"}]),
            true,
        ),
        (
            "empty namespace",
            json!([{"claim": "sub", "pattern": "system:serviceaccount::*"}]),
            true,
        ),
        (
            "beginning of a namespace",
            json!([{"claim": "sub", "prefix": "system:serviceaccount:ml"}]),
            true,
        ),
        (
            "pattern of a namespace",
            json!([name, {"claim": "/kubernetes.io/namespace", "pattern": "ml-*"}]),
            true,
        ),
        (
            "namespace",
            json!([name, {"claim": "/kubernetes.io/namespace", "equals": "ml"}]),
            false,
        ),
        (
            "subject",
            json!([{"claim": "sub", "equals": "system:serviceaccount:ml:trainer"}]),
            false,
        ),
        (
            "any account of a namespace",
            json!([{"claim": "sub", "pattern": "system:serviceaccount:ml:*"}]),
            false,
        ),
        (
            "uid",
            json!([{"claim": "/kubernetes.io/serviceaccount/uid", "equals": "7"}]),
            false,
        ),
    ] {
        let found = path_of(code, OTHER, conditions(list));
        assert_eq!(found.as_deref(), expected.then_some("conditions"), "{row}");
    }
    for issuer in [
        "https://kubernetes.default.svc.cluster.local",
        "https://oidc.eks.eu-central-1.amazonaws.com/id/0A1B",
        "https://container.googleapis.com/v1/projects/p/locations/l/clusters/c",
        "https://westeurope.oic.prod-aks.azure.com/t/c/",
    ] {
        let unrelated = conditions(json!([{"claim": "sub", "prefix": "x:"}]));
        assert!(path_of(code, issuer, unrelated).is_some(), "{issuer}");
    }
}

#[test]
fn double_stars_and_open_prefixes() {
    for (name, test, code) in [
        (
            "any segments",
            json!({"claim": "x", "pattern": "a/**"}),
            Some(WarningCode::AnySegments),
        ),
        ("one segment", json!({"claim": "x", "pattern": "a/*"}), None),
        (
            "open prefix",
            json!({"claim": "x", "prefix": "acme"}),
            Some(WarningCode::OpenPrefix),
        ),
        (
            "prefix up to a slash",
            json!({"claim": "x", "prefix": "acme/"}),
            None,
        ),
        (
            "prefix up to a colon",
            json!({"claim": "x", "prefix": "repo:"}),
            None,
        ),
    ] {
        let expected: Vec<_> = code
            .map(|code| (code, "conditions[0]".to_owned()))
            .into_iter()
            .collect();
        assert_eq!(warned(OTHER, conditions(json!([test]))), expected, "{name}");
        let expected: Vec<_> = code
            .map(|code| (code, "accounts[0].conditions[0]".to_owned()))
            .into_iter()
            .collect();
        assert_eq!(
            warned(OTHER, account(json!([]), json!([test]))),
            expected,
            "{name}"
        );
    }
}

#[test]
fn fed_005_audiences_that_other_services_share() {
    let code = WarningCode::SharedAudience;
    for audience in [
        "sts.amazonaws.com",
        "api://AzureADTokenExchange",
        "https://github.com/acme",
        "https://gitlab.com",
        "https://kubernetes.default.svc",
        "https://kubernetes.default.svc.cluster.local",
        "vault",
        "sigstore",
        "https://buildkite.com/acme",
        "//iam.googleapis.com/projects/1/x",
        "https://iam.googleapis.com/projects/1/x",
        "api",
        "kubernetes",
    ] {
        let policy = json!({"email": "none", "audiences": ["acme", audience]});
        assert_eq!(
            path_of(code, OTHER, policy).as_deref(),
            Some("audiences[1]"),
            "{audience}"
        );
    }
    for (issuer, audience) in [
        (OTHER, OTHER),
        ("https://oidc.circleci.com/org/5e4d", "5e4d"),
    ] {
        let policy = json!({"audiences": [audience]});
        assert_eq!(
            path_of(code, issuer, policy).as_deref(),
            Some("audiences[0]"),
            "{audience}"
        );
    }
    for audience in [
        "acme",
        "https://tracker.acme.dev",
        "5e4d",
        "https://github.company/acme",
        "vault.acme.dev",
    ] {
        let policy = json!({"audiences": [audience]});
        assert_eq!(path_of(code, OTHER, policy), None, "{audience}");
    }
}

#[test]
fn unverified_email() {
    let code = WarningCode::UnverifiedEmail;
    for (email, expected) in [
        (
            json!({"claim": "email", "require_verified": false}),
            Some("email"),
        ),
        // `email_verified` says nothing of other claims.
        (json!({"claim": "upn"}), Some("email")),
        (json!({"claim": "email"}), None),
        (json!("subject"), None),
        (json!("none"), None),
    ] {
        let found = path_of(code, OTHER, json!({"email": email}));
        assert_eq!(found.as_deref(), expected, "{email}");
    }
}

#[test]
fn shared_issuers_without_conditions() {
    let code = WarningCode::SharedIssuer;
    let shared = [
        GITHUB,
        GITLAB,
        "https://accounts.google.com",
        "https://oidc.circleci.com/org/5e4d3c2b-1a0f-4e9d-8c7b-6a5f4e3d2c1b",
        "https://agent.buildkite.com",
    ];
    let condition = json!([{"claim": "repository_id", "equals": "1"}]);
    for issuer in shared {
        let found = path_of(code, issuer, json!({}));
        assert_eq!(found.as_deref(), Some("email"), "{issuer}");
        for safe in [
            json!({"email": "none"}),
            json!({"email": {"claim": "email"}}),
            json!({"expires_at": "2027-01-01T00:00:00Z"}),
            json!({"conditions": condition}),
        ] {
            assert_eq!(path_of(code, issuer, safe.clone()), None, "{issuer} {safe}");
        }
    }
    for issuer in [
        OTHER,
        "https://gitlab.acme.dev",
        "https://token.actions.githubusercontent.com/acme",
        "https://github.acme.dev/_services/token",
    ] {
        assert_eq!(path_of(code, issuer, json!({})), None, "{issuer}");
    }
}

#[test]
fn warnings_are_json_with_a_stable_code() {
    let policy = TrustPolicy::from_json(r#"{"audiences": ["vault"]}"#).expect("a policy");
    let json = serde_json::to_value(warnings(&policy, OTHER)).expect("json");
    assert_eq!(json[0]["code"], "shared_audience");
    assert_eq!(json[0]["path"], "audiences[0]");
    assert!(
        json[0]["text"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
}
