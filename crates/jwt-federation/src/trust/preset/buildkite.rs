//! Buildkite Pipelines.
//!
//! All organizations share one issuer. The ids stand in a token only if the job asks for them
//! (`buildkite-agent oidc request-token --claim organization_id,pipeline_id`); slugs can be given up and
//! taken by others. The subject ends with the commit and the step, so no account can be bound to it.

use serde_json::json;

use super::super::error::TrustError;
use super::form::{Form, Given};
use super::plan::{Plan, but, claims, equals, other};
use super::{ACCOUNT, AUDIENCE, Parameter};

const ISSUER: &str = "https://agent.buildkite.com";

pub(super) const PARAMETERS: [Parameter; 5] = [
    Parameter::new(
        "organization_id",
        Form::Uuid,
        "018f3a2b-1c4d-4e5f-8a6b-7c8d9e0f1a2b",
        "The organization's UUID, from its settings; jobs must ask for the claim",
    ),
    Parameter::new(
        "pipeline_id",
        Form::Uuid,
        "018f3a2c-5d6e-4f70-9b8c-1d2e3f4a5b6c",
        "The pipeline's UUID, from its settings; jobs must ask for the claim",
    ),
    Parameter::new("branch", Form::Branch, "main", "The branch that is built"),
    AUDIENCE,
    ACCOUNT,
];

pub(super) fn plan(given: &Given<'_>) -> Result<Plan, TrustError> {
    let organization = given.required("organization_id")?;
    let pipeline = given.required("pipeline_id")?;
    let branch = given.required("branch")?;
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let job = claims(json!({
        "iss": ISSUER,
        "sub": format!("organization:acme:pipeline:trainer:ref:refs/heads/{branch}:commit:{commit}:step:train"),
        "jti": "018f3a2d-0000-4000-8000-000000000001",
        "organization_id": organization,
        "organization_slug": "acme",
        "pipeline_id": pipeline,
        "pipeline_slug": "trainer",
        "build_number": 17,
        "build_branch": branch,
        "build_commit": commit,
        "build_source": "webhook",
        "step_key": "train",
        "job_id": "018f3a2d-1111-4222-8333-444455556666",
        "agent_id": "018f3a2d-7777-4888-8999-aaaabbbbcccc",
        "runner_environment": "self-hosted",
    }));
    Ok(Plan {
        issuer: ISSUER.to_owned(),
        subject: None,
        tenant: vec![equals("organization_id", organization)?],
        workload: vec![
            equals("pipeline_id", pipeline)?,
            equals("build_branch", branch)?,
        ],
        strangers: vec![but(&job, "organization_id", &other(organization))],
        neighbours: vec![
            but(&job, "pipeline_id", &other(pipeline)),
            but(&job, "build_branch", &format!("{branch}-fix")),
        ],
        accepts: vec![job],
    })
}
