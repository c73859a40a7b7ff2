//! What is allowed in a policy and likely to be a mistake.

use serde::Serialize;

use super::error::Path;

/// What is allowed in a policy and likely to be a mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Warning {
    /// Which rule of thumb it offends; stable.
    pub code: WarningCode,
    /// Where (`accounts[0].conditions[1]`).
    pub path: String,
    /// What may happen, and what to do, for the administrator.
    pub text: &'static str,
}

/// The rules of thumb. In JSON: the name in snake case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WarningCode {
    /// A rule for GitHub Actions knows owner and repository by name only.
    GithubNames,
    /// A condition for GitHub Actions trusts a claim that whoever opens a pull request can choose.
    GithubPullRequest,
    /// A rule for GitLab knows project and group by path only.
    GitlabPaths,
    /// A rule for Kubernetes does not name the namespace.
    KubernetesNamespace,
    /// A pattern has `**`.
    AnySegments,
    /// A prefix ends inside a segment.
    OpenPrefix,
    /// Tokens for this audience are made for other services too.
    SharedAudience,
    /// An email address is believed that the issuer does not say it verified.
    UnverifiedEmail,
    /// Anybody's tokens of a shared issuer are taken, and their subjects for email addresses.
    SharedIssuer,
}

impl WarningCode {
    pub(super) fn at(self, path: &Path<'_>) -> Warning {
        Warning {
            code: self,
            path: path.to_string(),
            text: self.text(),
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::GithubNames => {
                "names of owners and repositories can be given up and taken by somebody else; add a \
                 condition on repository_id or repository_owner_id, or expect the subject with ids \
                 (repo:OWNER@ID/NAME@ID:...)"
            }
            Self::GithubPullRequest => {
                "whoever opens a pull request decides what this claim says when the event is \
                 pull_request; add a condition on event_name, or expect a subject that names the ref"
            }
            Self::GitlabPaths => {
                "paths of projects and groups can be given up and taken by somebody else; add a condition \
                 on project_id or namespace_id"
            }
            Self::KubernetesNamespace => {
                "service accounts of one name exist in many namespaces; add a condition on \
                 /kubernetes.io/namespace, or expect the whole subject \
                 (system:serviceaccount:NAMESPACE:NAME)"
            }
            Self::AnySegments => {
                "`**` stands for any number of segments, those that mean something else included; use `*` \
                 for each segment"
            }
            Self::OpenPrefix => {
                "the prefix ends inside a segment, so that longer names with the same beginning match too; \
                 end it with `/` or `:`, or use a pattern"
            }
            Self::SharedAudience => {
                "tokens with this audience are made for other services too, and any of these could \
                 present them here; let the jobs ask for an audience of this host's own"
            }
            Self::UnverifiedEmail => {
                "nothing says that the issuer verified this address; whoever can type one there becomes \
                 the member who has it"
            }
            Self::SharedIssuer => {
                "everybody can get tokens from this issuer; add conditions, turn email addresses off \
                 (\"email\": \"none\"), or let the trust end (expires_at)"
            }
        }
    }
}
