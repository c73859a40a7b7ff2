//! Which platform an issuer is, as far as its URL or the conditions tell.

use super::condition::{Condition, Test};
use super::policy::TrustPolicy;

/// A platform whose tokens we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    Github,
    Gitlab,
    Kubernetes,
    Google,
    CircleCi,
    Buildkite,
    Other,
}

impl Platform {
    pub(super) fn of(issuer: &str, policy: &TrustPolicy) -> Self {
        let rest = issuer.strip_prefix("https://").unwrap_or_default();
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        match host {
            "token.actions.githubusercontent.com" => return Self::Github,
            "gitlab.com" => return Self::Gitlab,
            "accounts.google.com" => return Self::Google,
            "oidc.circleci.com" => return Self::CircleCi,
            "agent.buildkite.com" => return Self::Buildkite,
            _ => {}
        }
        let data_residency = host.starts_with("token.actions.") && host.ends_with(".ghe.com");
        if data_residency || path == "_services/token" {
            return Self::Github;
        }
        let eks = host.starts_with("oidc.eks.") || host.starts_with("oidc-eks.");
        let aks = host.ends_with(".oic.prod-aks.azure.com");
        let gke = host == "container.googleapis.com";
        if eks || aks || gke || host.starts_with("kubernetes.default.svc") {
            return Self::Kubernetes;
        }
        Self::of_conditions(policy)
    }

    /// Self-managed GitLab and Kubernetes have any URL; what is asked of their tokens gives them away.
    fn of_conditions(policy: &TrustPolicy) -> Self {
        let rules = policy.accounts.iter().map(|rule| &rule.conditions);
        let mut conditions = rules.chain([&policy.conditions]).flatten();
        conditions
            .find_map(|condition| {
                let claim = condition.claim.as_str();
                if claim.starts_with("/kubernetes.io/")
                    || is_subject(condition, "system:serviceaccount:")
                {
                    Some(Self::Kubernetes)
                } else if matches!(claim, "project_path" | "namespace_path")
                    || is_subject(condition, "project_path:")
                {
                    Some(Self::Gitlab)
                } else {
                    None
                }
            })
            .unwrap_or(Self::Other)
    }

    /// Whether strangers get tokens of this very issuer.
    pub(super) fn is_shared(self, issuer: &str) -> bool {
        match self {
            Self::Github => issuer == "https://token.actions.githubusercontent.com",
            Self::Gitlab => issuer == "https://gitlab.com",
            Self::Google | Self::CircleCi | Self::Buildkite => true,
            Self::Kubernetes | Self::Other => false,
        }
    }
}

/// Whether a condition expects a subject that begins so.
fn is_subject(condition: &Condition, beginning: &str) -> bool {
    condition.claim.as_str() == "sub"
        && match &condition.test {
            Test::Prefix(prefix) => prefix.starts_with(beginning),
            Test::Pattern(pattern) => pattern.as_str().starts_with(beginning),
            test => {
                let mut texts = test.values().iter().filter_map(|value| value.as_text());
                texts.any(|text| text.starts_with(beginning))
            }
        }
}
