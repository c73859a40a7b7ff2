//! GitLab CI/CD ID tokens.
//!
//! The ids are strings, as is `ref_protected`. In a pipeline for a merge request from a fork, the
//! project's claims are those of the fork.

use serde_json::json;

use super::super::error::{Shown, TrustError};
use super::form::{Form, Given, refused};
use super::plan::{Plan, but, claims, equals, other};
use super::{ACCOUNT, AUDIENCE, Parameter};

const ISSUER: &str = "https://gitlab.com";

pub(super) const PARAMETERS: [Parameter; 8] = [
    Parameter::new(
        "namespace_id",
        Form::Number,
        "101",
        "The id of the group or user that the project is in; the group's page shows it",
    ),
    Parameter::new(
        "project_id",
        Form::Number,
        "202",
        "The project's id; its page shows it",
    ),
    Parameter::new(
        "project_path",
        Form::Path,
        "acme/trainer",
        "The project's path with its groups",
    ),
    Parameter::new(
        "ref",
        Form::Branch,
        "main",
        "The branch or tag; it must be protected",
    ),
    Parameter::new(
        "ref_type",
        Form::Segment,
        "branch",
        "`branch`, the default, or `tag`",
    )
    .optional(),
    Parameter::new(
        "issuer",
        Form::Issuer,
        "https://gitlab.acme.dev",
        "The URL of a self-managed GitLab",
    )
    .optional(),
    AUDIENCE,
    ACCOUNT,
];

pub(super) fn plan(given: &Given<'_>) -> Result<Plan, TrustError> {
    let issuer = given.optional("issuer").unwrap_or(ISSUER);
    let (namespace_id, project_id) = (
        given.required("namespace_id")?,
        given.required("project_id")?,
    );
    let (path, git_ref) = (given.required("project_path")?, given.required("ref")?);
    let ref_type = given.optional("ref_type").unwrap_or("branch");
    if !["branch", "tag"].contains(&ref_type) {
        return Err(refused("ref_type", Shown::text(ref_type), "branch or tag"));
    }
    let (namespace, _) = path.rsplit_once('/').unwrap_or((path, ""));
    let kind = if ref_type == "tag" { "tags" } else { "heads" };
    let subject = format!("project_path:{path}:ref_type:{ref_type}:ref:{git_ref}");
    let job = claims(json!({
        "iss": issuer,
        "sub": subject,
        "namespace_id": namespace_id,
        "namespace_path": namespace,
        "project_id": project_id,
        "project_path": path,
        "project_visibility": "private",
        "user_id": "303",
        "user_login": "octavia",
        "user_email": "octavia@acme.dev",
        "pipeline_id": "404",
        "pipeline_source": "push",
        "job_id": "505",
        "ref": git_ref,
        "ref_type": ref_type,
        "ref_path": format!("refs/{kind}/{git_ref}"),
        "ref_protected": "true",
        "runner_id": 6,
        "runner_environment": "self-hosted",
        "sha": "0123456789abcdef0123456789abcdef01234567",
    }));
    Ok(Plan {
        issuer: issuer.to_owned(),
        subject: Some(subject),
        tenant: vec![equals("namespace_id", namespace_id)?],
        workload: vec![
            equals("project_id", project_id)?,
            equals("ref_type", ref_type)?,
            equals("ref", git_ref)?,
            equals("ref_protected", "true")?,
        ],
        strangers: vec![but(&job, "namespace_id", &other(namespace_id))],
        neighbours: vec![
            but(&job, "project_id", &other(project_id)),
            but(&job, "ref", &format!("{git_ref}-fix")),
            but(&job, "ref_protected", "false"),
        ],
        accepts: vec![job],
    })
}
