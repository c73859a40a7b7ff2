//! Looks for what is allowed in a policy and likely to be a mistake.

mod github;
#[cfg(test)]
mod tests;

use super::condition::{Condition, Test};
use super::error::Path;
use super::pattern::is_separator;
use super::platform::Platform;
use super::policy::{EmailRule, TrustPolicy};
use super::warning::{Warning, WarningCode};

/// The warnings about `policy`, in the order of its fields.
pub(super) fn warnings(policy: &TrustPolicy, issuer: &str) -> Vec<Warning> {
    let root = Path::Root;
    let platform = Platform::of(issuer, policy);
    let mut warnings = Vec::new();

    let audiences = root.member("audiences");
    for (index, audience) in policy.audiences.iter().enumerate() {
        if is_shared_audience(audience, issuer) {
            warnings.push(WarningCode::SharedAudience.at(&audiences.element(index)));
        }
    }
    if platform.is_shared(issuer)
        && policy.conditions.is_empty()
        && policy.expires_at.is_none()
        && policy.email == EmailRule::Subject
    {
        warnings.push(WarningCode::SharedIssuer.at(&root.member("email")));
    }
    if let EmailRule::Claim {
        claim,
        require_verified,
    } = &policy.email
        // `email_verified` vouches for `email` and for no other claim (OpenID Connect Core §5.1).
        && !(*require_verified && claim.as_str() == "email")
    {
        warnings.push(WarningCode::UnverifiedEmail.at(&root.member("email")));
    }

    let conditions = root.member("conditions");
    let own = Rule {
        own: &policy.conditions,
        inherited: &[],
        path: &conditions,
    };
    // Where there are account rules, these are what is trusted, each together with the policy's own
    // conditions.
    own.check(platform, policy.accounts.is_empty(), &mut warnings);
    let accounts = root.member("accounts");
    for (index, rule) in policy.accounts.iter().enumerate() {
        let path = accounts.element(index);
        let rule = Rule {
            own: &rule.conditions,
            inherited: &policy.conditions,
            path: &path.member("conditions"),
        };
        rule.check(platform, true, &mut warnings);
    }
    warnings
}

/// A list of conditions, and those that must hold beside them.
struct Rule<'p> {
    own: &'p [Condition],
    inherited: &'p [Condition],
    path: &'p Path<'p>,
}

impl Rule<'_> {
    fn check(&self, platform: Platform, whole: bool, warnings: &mut Vec<Warning>) {
        for (index, condition) in self.own.iter().enumerate() {
            let path = self.path.element(index);
            match &condition.test {
                Test::Pattern(pattern) if pattern.as_str().contains("**") => {
                    warnings.push(WarningCode::AnySegments.at(&path));
                }
                Test::Prefix(prefix) if !prefix.bytes().next_back().is_some_and(is_separator) => {
                    warnings.push(WarningCode::OpenPrefix.at(&path));
                }
                _ => {}
            }
            if platform == Platform::Github
                && github::is_chosen_by_pull_requests(condition)
                && !self.any(github::rules_out_pull_requests)
            {
                warnings.push(WarningCode::GithubPullRequest.at(&path));
            }
        }
        if self.own.is_empty() || !whole {
            return;
        }
        let missing = match platform {
            Platform::Github if !self.any(github::pins_id) => WarningCode::GithubNames,
            Platform::Gitlab if !self.any(pins_gitlab_id) => WarningCode::GitlabPaths,
            Platform::Kubernetes if !self.any(pins_namespace) => WarningCode::KubernetesNamespace,
            _ => return,
        };
        warnings.push(missing.at(self.path));
    }

    /// Whether one of the conditions that must all hold does what `does` says.
    fn any(&self, does: impl Fn(&Condition) -> bool) -> bool {
        self.own.iter().chain(self.inherited).any(does)
    }
}

/// Whether `condition` allows a claim only texts of which each passes `fixed`. A prefix or pattern
/// counts by its literal beginning.
fn only(condition: &Condition, fixed: impl Fn(&str) -> bool) -> bool {
    match &condition.test {
        Test::Equals(_) | Test::OneOf(_) => condition
            .test
            .values()
            .iter()
            .all(|value| value.as_text().is_some_and(&fixed)),
        Test::Prefix(prefix) => fixed(prefix),
        Test::Pattern(pattern) => fixed(pattern.literal_prefix()),
        Test::Contains(_) | Test::ContainsAny(_) => false,
    }
}

/// Whether the test names whole values.
const fn is_exact(test: &Test) -> bool {
    matches!(test, Test::Equals(_) | Test::OneOf(_))
}

fn pins_gitlab_id(condition: &Condition) -> bool {
    let ids = ["project_id", "namespace_id"];
    is_exact(&condition.test) && ids.contains(&condition.claim.as_str())
}

fn pins_namespace(condition: &Condition) -> bool {
    match condition.claim.as_str() {
        "/kubernetes.io/namespace" => is_exact(&condition.test),
        // A service account's id is unique in its cluster, and so says the namespace.
        "/kubernetes.io/serviceaccount/uid" => is_exact(&condition.test),
        "sub" => only(condition, |subject| {
            let account = subject.strip_prefix("system:serviceaccount:");
            let namespace = account.and_then(|account| account.split_once(':'));
            namespace.is_some_and(|(namespace, _)| !namespace.is_empty())
        }),
        _ => false,
    }
}

/// Audiences that platforms give to tokens by default, or that their manuals tell everybody to use.
fn is_shared_audience(audience: &str, issuer: &str) -> bool {
    const WHOLE: [&str; 7] = [
        "sts.amazonaws.com",
        "api://AzureADTokenExchange",
        "https://gitlab.com",
        "sigstore",
        "vault",
        "kubernetes",
        "api",
    ];
    const BEGINNINGS: [&str; 5] = [
        "https://github.com/",
        "https://buildkite.com/",
        "https://kubernetes.default.svc",
        "https://iam.googleapis.com/",
        "//iam.googleapis.com/",
    ];
    let circle_default = issuer.strip_prefix("https://oidc.circleci.com/org/") == Some(audience);
    WHOLE.contains(&audience)
        || BEGINNINGS
            .iter()
            .any(|beginning| audience.starts_with(beginning))
        || audience == issuer
        || circle_default
}
