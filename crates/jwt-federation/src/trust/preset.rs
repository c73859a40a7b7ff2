//! Policies for the platforms that most jobs run on.

mod aws;
mod buildkite;
mod circleci;
mod entra;
mod form;
mod github;
mod gitlab;
mod google;
mod kubernetes;
mod plan;

use std::collections::BTreeMap;

use serde::Serialize;

use self::form::{Form, Given};
use super::error::TrustError;
use super::policy::TrustPolicy;

/// A platform whose tokens are known, and a policy for them that can be filled in.
///
/// ```
/// use std::collections::BTreeMap;
/// use jwt_federation::trust::Preset;
///
/// let parameters = [
///     ("owner", "acme"), ("owner_id", "1001"),
///     ("repository", "trainer"), ("repository_id", "2002"),
///     ("environment", "production"),
/// ];
/// let parameters = BTreeMap::from(parameters.map(|(name, value)| (name.into(), value.into())));
/// let filled = Preset::GithubActions.fill(&parameters)?;
/// assert_eq!(filled.issuer, "https://token.actions.githubusercontent.com");
/// assert_eq!(filled.policy.validate(&filled.issuer)?, []);
/// # Ok::<(), jwt_federation::TrustError>(())
/// ```
///
/// # Parameters of all presets
/// - `audience`: what the jobs ask for as `aud`, where it is not the organization's name.
/// - `account`: the identifier of a service account. With it the policy gets an [`AccountRule`] that takes
///   exactly these jobs for that account, and its own conditions only name the tenant, so that
///   rules for other jobs can stand beside it. Without it all conditions are the policy's own, and the
///   account is bound to [`Filled::subject`].
///
/// [`AccountRule`]: super::AccountRule
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Preset {
    /// GitHub Actions, on github.com, in an enterprise with a URL of its own, or on GitHub Enterprise
    /// Server.
    GithubActions,
    /// GitLab CI/CD ID tokens, on gitlab.com or self-managed.
    GitlabCi,
    /// Service account tokens of any Kubernetes cluster, projected into a volume.
    Kubernetes,
    /// ID tokens of Google service accounts.
    Google,
    /// Tokens of AWS IAM principals, by `sts:GetWebIdentityToken` (outbound identity federation).
    AwsSts,
    /// Service account tokens of Amazon EKS clusters.
    AwsEks,
    /// Access tokens of applications and managed identities in Microsoft Entra.
    Entra,
    /// Buildkite Pipelines.
    Buildkite,
    /// CircleCI.
    #[serde(rename = "circleci")]
    CircleCi,
}

/// One value that a preset needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Parameter {
    /// Its key.
    pub name: &'static str,
    /// What it is and where it is found, for the administrator.
    pub description: &'static str,
    /// A value that could be.
    pub example: &'static str,
    /// Whether it may be left out.
    pub optional: bool,
    #[serde(skip)]
    form: Form,
}

/// A preset with its parameters filled in.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Filled {
    /// The issuer to register.
    pub issuer: String,
    /// Its policy; it validates without warnings.
    pub policy: TrustPolicy,
    /// The subject that an external account can be bound to. Nothing where an account rule does it, or
    /// where the platform's subjects change from job to job.
    pub subject: Option<String>,
}

impl Preset {
    /// All presets.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        &[
            Self::GithubActions,
            Self::GitlabCi,
            Self::Kubernetes,
            Self::Google,
            Self::AwsSts,
            Self::AwsEks,
            Self::Entra,
            Self::Buildkite,
            Self::CircleCi,
        ]
    }

    /// The name, for URLs and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GithubActions => "github_actions",
            Self::GitlabCi => "gitlab_ci",
            Self::Kubernetes => "kubernetes",
            Self::Google => "google",
            Self::AwsSts => "aws_sts",
            Self::AwsEks => "aws_eks",
            Self::Entra => "entra",
            Self::Buildkite => "buildkite",
            Self::CircleCi => "circleci",
        }
    }

    /// The preset of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|one| one.name() == name)
    }

    /// What people call the platform.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::GithubActions => "GitHub Actions",
            Self::GitlabCi => "GitLab CI/CD",
            Self::Kubernetes => "Kubernetes service account",
            Self::Google => "Google service account",
            Self::AwsSts => "AWS IAM role",
            Self::AwsEks => "Amazon EKS service account",
            Self::Entra => "Microsoft Entra application",
            Self::Buildkite => "Buildkite",
            Self::CircleCi => "CircleCI",
        }
    }

    /// What must be known of the jobs, in the order in which to ask for it.
    #[must_use]
    pub const fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::GithubActions => &github::PARAMETERS,
            Self::GitlabCi => &gitlab::PARAMETERS,
            Self::Kubernetes => &kubernetes::PARAMETERS,
            Self::Google => &google::PARAMETERS,
            Self::AwsSts => &aws::STS_PARAMETERS,
            Self::AwsEks => &aws::EKS_PARAMETERS,
            Self::Entra => &entra::PARAMETERS,
            Self::Buildkite => &buildkite::PARAMETERS,
            Self::CircleCi => &circleci::PARAMETERS,
        }
    }

    /// Fills the preset in.
    ///
    /// # Errors
    /// [`TrustError::Parameter`] where a parameter is missing, unknown, or has another form than it should.
    pub fn fill(self, parameters: &BTreeMap<String, String>) -> Result<Filled, TrustError> {
        let given = Given::check(self.parameters(), parameters)?;
        let plan = match self {
            Self::GithubActions => github::plan(&given),
            Self::GitlabCi => gitlab::plan(&given),
            Self::Kubernetes => kubernetes::plan(&given),
            Self::Google => google::plan(&given),
            Self::AwsSts => aws::sts(&given),
            Self::AwsEks => aws::eks(&given),
            Self::Entra => entra::plan(&given),
            Self::Buildkite => buildkite::plan(&given),
            Self::CircleCi => circleci::plan(&given),
        }?;
        Ok(plan.fill(self, &given))
    }
}

impl Parameter {
    const fn new(
        name: &'static str,
        form: Form,
        example: &'static str,
        description: &'static str,
    ) -> Self {
        Self {
            name,
            description,
            example,
            optional: false,
            form,
        }
    }

    const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

const AUDIENCE: Parameter = Parameter::new(
    "audience",
    Form::Text,
    "https://tracker.acme.dev",
    "What the jobs ask for as audience, where it is not the organization's name",
)
.optional();

const ACCOUNT: Parameter = Parameter::new(
    "account",
    Form::Text,
    "k3v9x0q2m7d1s8f4w6z5",
    "The identifier of the service account that these jobs act as; without it, an account is bound to \
     the subject",
)
.optional();
