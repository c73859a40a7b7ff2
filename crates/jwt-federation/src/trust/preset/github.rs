//! GitHub Actions.
//!
//! The subject names the repository and, of the job, its environment if it has one, else the ref. Since
//! July 2026 new repositories of github.com have subjects with ids
//! (`repo:OWNER@ID/NAME@ID:...`); older ones, until they opt in, and GitHub Enterprise Server have names
//! only. Both are accepted here, together with the claims that hold the ids in either case.

use serde_json::{Map, Value, json};

use super::super::condition::{Condition, Test};
use super::super::error::{Shown, TrustError};
use super::form::{Form, Given, refused};
use super::plan::{Plan, claims, equals, other};
use super::{ACCOUNT, AUDIENCE, Parameter};

const ISSUER: &str = "https://token.actions.githubusercontent.com";

pub(super) const PARAMETERS: [Parameter; 9] = [
    Parameter::new(
        "owner",
        Form::Segment,
        "acme",
        "The organization or user that owns the repository",
    ),
    Parameter::new(
        "owner_id",
        Form::Number,
        "1001",
        "The owner's id, which stays when it is renamed: `gh api users/OWNER --jq .id`",
    ),
    Parameter::new(
        "repository",
        Form::Segment,
        "trainer",
        "The repository's name, without its owner",
    ),
    Parameter::new(
        "repository_id",
        Form::Number,
        "2002",
        "The repository's id: `gh api repos/OWNER/NAME --jq .id`",
    ),
    Parameter::new(
        "environment",
        Form::Name,
        "production",
        "The environment that the jobs run in; give either this or the ref",
    )
    .optional(),
    Parameter::new(
        "ref",
        Form::Ref,
        "refs/heads/main",
        "The branch or tag that the workflow runs on, for jobs without an environment",
    )
    .optional(),
    Parameter::new(
        "issuer",
        Form::Issuer,
        "https://github.acme.dev/_services/token",
        "The issuer of an enterprise with a URL of its own, or of GitHub Enterprise Server",
    )
    .optional(),
    AUDIENCE,
    ACCOUNT,
];

pub(super) fn plan(given: &Given<'_>) -> Result<Plan, TrustError> {
    let repository = Repository {
        owner: given.required("owner")?,
        owner_id: given.required("owner_id")?,
        name: given.required("repository")?,
        id: given.required("repository_id")?,
    };
    let issuer = given.optional("issuer").unwrap_or(ISSUER);
    let context = match (given.optional("environment"), given.optional("ref")) {
        (Some(environment), None) => format!("environment:{environment}"),
        (None, Some(git_ref)) => format!("ref:{git_ref}"),
        (environment, _) => {
            let found = if environment.is_some() {
                "given beside ref"
            } else {
                "missing, and so is ref"
            };
            let expected = "either an environment or a ref";
            return Err(refused("environment", Shown::words(found), expected));
        }
    };
    let environment = given.optional("environment");
    let git_ref = given.optional("ref").unwrap_or("refs/heads/main");
    let sample = |repository: &Repository<'_>, subject: String| {
        repository.claims(issuer, &subject, git_ref, environment)
    };

    let (other_owner, other_id) = (other(repository.owner_id), other(repository.id));
    let impostor = Repository {
        owner_id: &other_owner,
        id: &other_id,
        ..repository
    };
    let sibling_name = format!("{}-fork", repository.name);
    let sibling = Repository {
        name: &sibling_name,
        id: &other_id,
        ..repository
    };
    let subjects = [
        repository.subject(&context),
        repository.immutable_subject(&context),
    ];
    Ok(Plan {
        issuer: issuer.to_owned(),
        subject: Some(repository.immutable_subject(&context)),
        tenant: vec![equals("repository_owner_id", repository.owner_id)?],
        workload: vec![
            equals("repository_id", repository.id)?,
            Condition::new("sub", Test::OneOf(subjects.clone().map(Into::into).into()))?,
        ],
        accepts: subjects.map(|subject| sample(&repository, subject)).into(),
        strangers: vec![
            // The names were given up, and somebody else took them.
            sample(&impostor, impostor.subject(&context)),
        ],
        neighbours: vec![
            sample(&repository, repository.subject("pull_request")),
            sample(&sibling, sibling.immutable_subject(&context)),
        ],
    })
}

#[derive(Clone, Copy)]
struct Repository<'p> {
    owner: &'p str,
    owner_id: &'p str,
    name: &'p str,
    id: &'p str,
}

impl Repository<'_> {
    fn subject(&self, context: &str) -> String {
        format!("repo:{}/{}:{context}", self.owner, self.name)
    }

    fn immutable_subject(&self, context: &str) -> String {
        format!(
            "repo:{}@{}/{}@{}:{context}",
            self.owner, self.owner_id, self.name, self.id
        )
    }

    fn claims(
        &self,
        issuer: &str,
        subject: &str,
        git_ref: &str,
        environment: Option<&str>,
    ) -> Map<String, Value> {
        let pull_request = subject.ends_with(":pull_request");
        let repository = format!("{}/{}", self.owner, self.name);
        let workflow = format!("{repository}/.github/workflows/train.yml@{git_ref}");
        let mut claims = claims(json!({
            "iss": issuer,
            "sub": subject,
            "repository": repository,
            "repository_id": self.id,
            "repository_owner": self.owner,
            "repository_owner_id": self.owner_id,
            "repository_visibility": "private",
            "ref": if pull_request { "refs/pull/7/merge" } else { git_ref },
            "ref_type": if git_ref.starts_with("refs/tags/") { "tag" } else { "branch" },
            "ref_protected": if pull_request { "false" } else { "true" },
            "head_ref": if pull_request { "patch-1" } else { "" },
            "base_ref": if pull_request { "main" } else { "" },
            "event_name": if pull_request { "pull_request" } else { "push" },
            "workflow": "train",
            "workflow_ref": workflow,
            "job_workflow_ref": workflow,
            "actor": "octavia",
            "actor_id": "3003",
            "run_id": "4004",
            "run_number": "5",
            "run_attempt": "1",
            "runner_environment": "github-hosted",
        }));
        if let Some(environment) = environment.filter(|_| !pull_request) {
            claims.insert("environment".to_owned(), environment.into());
        }
        claims
    }
}
