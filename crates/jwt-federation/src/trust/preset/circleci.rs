//! CircleCI.
//!
//! Each organization has an issuer. Builds of forked pull requests have the ids of the original project;
//! only `vcs-origin` and `vcs-ref` tell them. The subject ends with the user who started the pipeline, so
//! no account can be bound to it. The default audience is the organization's id, for everybody who
//! trusts it: jobs should ask for their own (`circleci run oidc get --claims '{"aud": "..."}'`).

use serde_json::json;

use super::super::condition::{Condition, Test};
use super::super::error::TrustError;
use super::form::{Form, Given};
use super::plan::{Plan, but, claims, equals, other};
use super::{ACCOUNT, AUDIENCE, Parameter};

const PROJECT: &str = "oidc.circleci.com/project-id";
const ORIGIN: &str = "oidc.circleci.com/vcs-origin";
const REF: &str = "oidc.circleci.com/vcs-ref";
const SSH_RERUN: &str = "oidc.circleci.com/ssh-rerun";

pub(super) const PARAMETERS: [Parameter; 6] = [
    Parameter::new(
        "organization_id",
        Form::Uuid,
        "5e4d3c2b-1a0f-4e9d-8c7b-6a5f4e3d2c1b",
        "The organization's id, from its settings",
    ),
    Parameter::new(
        "project_id",
        Form::Uuid,
        "9f8e7d6c-5b4a-4f3e-8d2c-1b0a9f8e7d6c",
        "The project's id, from its settings",
    ),
    Parameter::new(
        "origin",
        Form::Path,
        "github.com/acme/trainer",
        "The repository that is built, as host and path",
    ),
    Parameter::new(
        "ref",
        Form::Ref,
        "refs/heads/main",
        "The branch or tag that is built",
    ),
    AUDIENCE,
    ACCOUNT,
];

pub(super) fn plan(given: &Given<'_>) -> Result<Plan, TrustError> {
    let (organization, project) = (
        given.required("organization_id")?,
        given.required("project_id")?,
    );
    let (origin, git_ref) = (given.required("origin")?, given.required("ref")?);
    let issuer = format!("https://oidc.circleci.com/org/{organization}");
    let user = "3a2b1c0d-9e8f-4a7b-8c6d-5e4f3a2b1c0d";
    let mut job = claims(json!({
        "iss": issuer,
        "sub": format!("org/{organization}/project/{project}/user/{user}"),
        "oidc.circleci.com/org-id": organization,
        "oidc.circleci.com/context-ids": ["7d6c5b4a-3f2e-4d1c-8b0a-9f8e7d6c5b4a"],
        "oidc.circleci.com/job-id": "1b2c3d4e-5f6a-4b7c-8d9e-0f1a2b3c4d5e",
        "oidc.circleci.com/workflow-id": "6c7d8e9f-0a1b-4c2d-9e3f-4a5b6c7d8e9f",
    }));
    job.insert(PROJECT.to_owned(), project.into());
    job.insert(ORIGIN.to_owned(), origin.into());
    job.insert(REF.to_owned(), git_ref.into());
    job.insert(SSH_RERUN.to_owned(), false.into());
    let mut by_hand = job.clone();
    by_hand.insert(SSH_RERUN.to_owned(), true.into());
    Ok(Plan {
        issuer,
        subject: None,
        workload: vec![
            equals(PROJECT, project)?,
            equals(ORIGIN, origin)?,
            equals(REF, git_ref)?,
            // In such a job a person has a shell, and the token.
            Condition::new(SSH_RERUN, Test::Equals(false.into()))?,
        ],
        neighbours: vec![
            but(&job, PROJECT, &other(project)),
            but(&job, ORIGIN, "github.com/mallory/trainer"),
            but(&job, REF, "refs/heads/pull/7"),
            by_hand,
        ],
        accepts: vec![job],
        ..Plan::default()
    })
}
