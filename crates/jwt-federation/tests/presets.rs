//! The presets, against tokens that were written down by hand from what each platform documents.

#![expect(clippy::expect_used, reason = "a test that can't go on stops here")]

use std::collections::BTreeMap;

use auth_core::Recorder;
use jwt_federation::TrustError;
use jwt_federation::trust::{EmailRule, Filled, Preset};
use serde_json::{Map, Value};

const TOKENS: [&str; 9] = [
    include_str!("data/tokens/github_actions.json"),
    include_str!("data/tokens/gitlab_ci.json"),
    include_str!("data/tokens/kubernetes.json"),
    include_str!("data/tokens/google.json"),
    include_str!("data/tokens/aws_sts.json"),
    include_str!("data/tokens/aws_eks.json"),
    include_str!("data/tokens/entra.json"),
    include_str!("data/tokens/buildkite.json"),
    include_str!("data/tokens/circleci.json"),
];

/// One platform's tokens.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Tokens {
    preset: String,
    parameters: BTreeMap<String, String>,
    accepted: Vec<Map<String, Value>>,
    refused: BTreeMap<String, Map<String, Value>>,
}

fn tokens() -> impl Iterator<Item = (Preset, Tokens)> {
    TOKENS.into_iter().map(|json| {
        let tokens: Tokens = serde_json::from_str(json).expect("a file of tokens");
        let preset = Preset::from_name(&tokens.preset).expect("a preset");
        (preset, tokens)
    })
}

fn parameters<const N: usize>(given: [(&str, &str); N]) -> BTreeMap<String, String> {
    let owned = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
    BTreeMap::from(owned)
}

/// What the examples of a preset's required parameters fill in, and those of the `more` ones.
fn examples(preset: Preset, more: &[&str]) -> BTreeMap<String, String> {
    let wanted = |name: &str| more.contains(&name);
    let all = preset.parameters().iter();
    all.filter(|parameter| !parameter.optional || wanted(parameter.name))
        .map(|parameter| (parameter.name.to_owned(), parameter.example.to_owned()))
        .collect()
}

/// Whether the policy takes the claims, for the account of its rule if it has one.
fn takes(filled: &Filled, claims: &Map<String, Value>) -> bool {
    let mut off = Recorder::off();
    let rules = filled.policy.matching_accounts(claims, &mut off).len();
    filled.policy.check(claims, &mut off) && rules == filled.policy.accounts.len()
}

#[test]
fn every_preset_has_tokens_and_a_name() {
    let tested: Vec<_> = tokens().map(|(preset, _)| preset).collect();
    assert_eq!(tested, Preset::all());
    for preset in Preset::all() {
        assert_eq!(Preset::from_name(preset.name()), Some(*preset));
        let json = serde_json::to_value(preset).expect("json");
        assert_eq!(json, preset.name());
        assert!(!preset.title().is_empty());
    }
    assert_eq!(Preset::from_name("GitHub"), None);
}

#[test]
fn presets_take_the_tokens_that_are_meant_and_no_others() {
    for (preset, tokens) in tokens() {
        let mut given = tokens.parameters.clone();
        for account in [None, Some("account-1")] {
            given.extend(account.map(|account| ("account".to_owned(), account.to_owned())));
            let filled = preset.fill(&given).expect("parameters");
            assert_eq!(filled.policy.accounts.len(), usize::from(account.is_some()));
            for claims in &tokens.accepted {
                assert!(takes(&filled, claims), "{preset:?}: {claims:?}");
                assert_eq!(claims["iss"], filled.issuer.as_str(), "{preset:?}");
                if let (Some(subject), true) = (&filled.subject, preset != Preset::GitlabCi) {
                    let forms = [
                        claims["sub"].clone(),
                        tokens.accepted.last().expect("one")["sub"].clone(),
                    ];
                    assert!(
                        forms.contains(&subject.as_str().into()),
                        "{preset:?}: {subject}"
                    );
                }
            }
            for (why, claims) in &tokens.refused {
                assert!(!takes(&filled, claims), "{preset:?}: {why}");
            }
        }
    }
}

/// Each condition of a preset is needed: without it, one of the platform's tokens or of the samples
/// that must be refused would be taken.
#[test]
fn every_condition_of_a_preset_refuses_something() {
    for (preset, tokens) in tokens() {
        let filled = preset.fill(&tokens.parameters).expect("parameters");
        let refused = tokens
            .refused
            .values()
            .chain(&filled.policy.samples.refuses);
        let refused: Vec<_> = refused.collect();
        for index in 0..filled.policy.conditions.len() {
            let mut weaker = filled.clone();
            let removed = weaker.policy.conditions.remove(index);
            let missed = refused.iter().any(|claims| takes(&weaker, claims));
            assert!(missed, "{preset:?}: {removed:?} refuses nothing");
        }
    }
}

#[test]
fn presets_validate_without_warnings() {
    for preset in Preset::all() {
        for more in [
            &[][..],
            &["account"],
            &["audience"],
            &[
                "account",
                "audience",
                "service_account_uid",
                "ref_type",
                "issuer",
            ],
        ] {
            let mut given = examples(*preset, more);
            if *preset == Preset::GithubActions {
                given.insert("environment".into(), "prod".into());
            }
            let filled = preset.fill(&given).expect("the examples fit");
            assert_eq!(
                filled.policy.validate(&filled.issuer),
                Ok(vec![]),
                "{preset:?} {more:?}"
            );
            assert_eq!(filled.policy.email, EmailRule::None);
            assert!(
                filled.policy.samples.accepts.is_empty() == filled.policy.conditions.is_empty()
            );
            let audiences = given.get("audience").into_iter().cloned();
            assert_eq!(filled.policy.audiences, audiences.collect::<Vec<_>>());
        }
    }
}

#[test]
fn filled_policies_survive_their_json() {
    for (preset, tokens) in tokens() {
        let filled = preset.fill(&tokens.parameters).expect("parameters");
        let json = serde_json::to_string(&filled.policy).expect("json");
        let read = jwt_federation::TrustPolicy::from_json(&json).expect("a policy");
        assert_eq!(read, filled.policy, "{preset:?}");
    }
}

#[test]
fn github_takes_both_forms_of_the_subject() {
    for (context, git_ref, environment) in [
        ("ref:refs/heads/main", Some("refs/heads/main"), None),
        ("ref:refs/tags/v1", Some("refs/tags/v1"), None),
        ("environment:prod", None, Some("prod")),
    ] {
        let mut given = parameters([
            ("owner", "acme"),
            ("owner_id", "1"),
            ("repository", "app"),
            ("repository_id", "2"),
        ]);
        given.extend(git_ref.map(|text| ("ref".to_owned(), text.to_owned())));
        given.extend(environment.map(|text| ("environment".to_owned(), text.to_owned())));
        let filled = Preset::GithubActions.fill(&given).expect("parameters");
        assert_eq!(filled.policy.validate(&filled.issuer), Ok(vec![]));
        assert_eq!(
            filled.subject.as_deref(),
            Some(format!("repo:acme@1/app@2:{context}").as_str())
        );
        for (subject, expected) in [
            (format!("repo:acme/app:{context}"), true),
            (format!("repo:acme@1/app@2:{context}"), true),
            (format!("repo:acme@2/app@2:{context}"), false),
            (format!("repo:acme@1/app:{context}"), false),
            (format!("repo:ACME/app:{context}"), false),
            (format!("repo:acme/app:{context}x"), false),
            ("repo:acme/app:pull_request".to_owned(), false),
        ] {
            let claims = serde_json::json!({
                "sub": subject, "repository_id": "2", "repository_owner_id": "1",
            });
            let claims = claims.as_object().expect("claims");
            assert_eq!(takes(&filled, claims), expected, "{subject}");
        }
    }
}

#[test]
fn parameters_are_checked() {
    let uuid = "2f6d1c3b-8a7e-4d5c-9b0a-1e2f3d4c5b6a";
    for (preset, name, value) in [
        (Preset::GithubActions, "owner", "acme/app"),
        (Preset::GithubActions, "owner", "acme@1"),
        (Preset::GithubActions, "owner", "*"),
        (Preset::GithubActions, "owner", ""),
        (Preset::GithubActions, "owner_id", "0x1"),
        (Preset::GithubActions, "owner_id", "012"),
        (Preset::GithubActions, "owner_id", ""),
        (Preset::GithubActions, "repository", "app:environment"),
        (Preset::GithubActions, "ref", "main"),
        (Preset::GithubActions, "ref", "refs/heads/"),
        (Preset::GithubActions, "ref", "refs/heads/*"),
        (Preset::GithubActions, "ref", "refs/heads/a b"),
        (Preset::GithubActions, "environment", "prod:ref"),
        (Preset::GithubActions, "environment", "a\nb"),
        (
            Preset::GithubActions,
            "issuer",
            "http://github.acme.dev/_services/token",
        ),
        (
            Preset::GithubActions,
            "issuer",
            "https://user@github.acme.dev",
        ),
        (Preset::GithubActions, "issuer", "https://"),
        (Preset::GithubActions, "issuer", "https://a?b"),
        (Preset::GitlabCi, "project_path", "app"),
        (Preset::GitlabCi, "project_path", "acme//app"),
        (Preset::GitlabCi, "ref", "refs/heads/main"),
        (Preset::GitlabCi, "ref_type", "merge_request"),
        (Preset::Kubernetes, "namespace", "a:b"),
        (Preset::Kubernetes, "service_account_uid", "7"),
        (Preset::Google, "unique_id", "a@b.iam.gserviceaccount.com"),
        (Preset::AwsSts, "account_id", "12345678901"),
        (Preset::AwsSts, "account_id", "1234567890ab"),
        (Preset::AwsSts, "principal", "role/trainer"),
        (
            Preset::AwsSts,
            "principal",
            "arn:aws:iam::111111111111:role/trainer",
        ),
        (
            Preset::AwsSts,
            "principal",
            "arn:aws:iam::210987654321:role/*",
        ),
        (Preset::Entra, "tenant_id", "common"),
        (
            Preset::Entra,
            "tenant_id",
            "2F6D1C3B-8A7E-4D5C-9B0A-1E2F3D4C5B6A",
        ),
        (
            Preset::Entra,
            "object_id",
            "2f6d1c3b8a7e4d5c9b0a1e2f3d4c5b6a",
        ),
        (Preset::Buildkite, "organization_id", "acme"),
        (Preset::Buildkite, "branch", "*"),
        (Preset::CircleCi, "origin", "trainer"),
        (Preset::CircleCi, "ref", uuid),
        (Preset::CircleCi, "audience", ""),
        (Preset::CircleCi, "account", ""),
        (Preset::Google, "uniqueid", "1"),
    ] {
        let mut given = examples(preset, &[]);
        if preset == Preset::GithubActions && !["environment", "ref"].contains(&name) {
            given.insert("environment".into(), "prod".into());
        }
        given.insert(name.into(), value.into());
        let error = preset.fill(&given).expect_err(value);
        assert_eq!(error.code(), "trust.parameter", "{preset:?} {name} {value}");
        assert!(
            error.path().contains(name),
            "{preset:?} {name} {value}: {error}"
        );
    }
    let mut long = examples(Preset::Google, &[]);
    long.insert("audience".into(), "a".repeat(256));
    assert!(Preset::Google.fill(&long).is_err());
}

#[test]
fn every_required_parameter_is_required() {
    for preset in Preset::all() {
        let mut all = examples(*preset, &[]);
        if *preset == Preset::GithubActions {
            all.insert("environment".into(), "prod".into());
        }
        assert!(preset.fill(&all).is_ok());
        for parameter in preset
            .parameters()
            .iter()
            .filter(|parameter| !parameter.optional)
        {
            let mut given = all.clone();
            given.remove(parameter.name);
            let error = preset.fill(&given).expect_err(parameter.name);
            assert!(matches!(error, TrustError::Parameter { .. }));
            assert_eq!(error.path(), parameter.name, "{preset:?}");
        }
    }
}

#[test]
fn github_needs_an_environment_or_a_ref_and_not_both() {
    let none = examples(Preset::GithubActions, &[]);
    let both = examples(Preset::GithubActions, &["environment", "ref"]);
    for given in [none, both] {
        let error = Preset::GithubActions
            .fill(&given)
            .expect_err("neither or both");
        assert_eq!(error.path(), "environment");
    }
}
