//! `upsertBucket`: how the SDK starts a run. The decision on the project falls here.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use auth_axum::{Access, AccessError, Problem};
use auth_core::access::Action;
use auth_core::{Identity, StoreError, Team};
use axum::http::StatusCode;

use super::place::Project;
use super::refusal::{Refusal, Refused};
use super::run::{JsonString, Run};
use super::session::Session;
use crate::runs::{RunChange, RunName};

/// The project of runs that name none.
const DEFAULT_PROJECT: &str = "uncategorized";
/// The most octets of a run's settings, or of its summary.
const LONGEST_JSON: usize = 256 * 1024;
/// The most octets of a text for people.
const LONGEST_TEXT: usize = 4096;

/// The root of mutations.
#[derive(Debug)]
pub(crate) struct Mutation;

#[Object]
impl Mutation {
    /// Makes a run, or changes it; makes its project too, where there is none and the caller may.
    async fn upsert_bucket(
        &self,
        ctx: &Context<'_>,
        input: UpsertBucketInput,
    ) -> Option<Refused<UpsertBucketPayload>> {
        Some(upsert(ctx, input).await)
    }
}

async fn upsert(ctx: &Context<'_>, input: UpsertBucketInput) -> Refused<UpsertBucketPayload> {
    let Session {
        identity,
        auth,
        runs,
        ..
    } = Session::of(ctx)?;
    let name = RunName::parse(input.name.as_deref().unwrap_or_default())
        .map_err(|error| Refusal::new(Problem::bad_request(error.to_string())))?;
    let change = RunChange {
        name: &name,
        display_name: bounded(input.display_name.as_deref(), LONGEST_TEXT)?,
        description: bounded(input.description.as_deref(), LONGEST_TEXT)?,
        config: bounded(text(input.config.as_ref()), LONGEST_JSON)?,
        summary: bounded(text(input.summary_metrics.as_ref()), LONGEST_JSON)?,
    };
    let access = auth.access();
    let team = access.team(identity, input.entity_name.as_deref()).await?;
    let project = input.model_name.as_deref().filter(|name| !name.is_empty());
    let project = writable(access, identity, &team, project.unwrap_or(DEFAULT_PROJECT)).await?;
    let (run, inserted) = runs.upsert(identity, &project.id, change).await?;
    let bucket = Run::new(run, Project::new(project, team));
    Ok(UpsertBucketPayload {
        bucket: Some(bucket),
        inserted,
    })
}

/// The project, if the caller may write in it; a new one, if there is none and the caller may make it.
async fn writable(
    access: &Access,
    identity: &Identity,
    team: &Team,
    name: &str,
) -> Result<auth_core::Project, AccessError> {
    let existing = || access.project(identity, Some(&team.name), name, Action::Write);
    match existing().await {
        Err(AccessError::NotFound { .. }) => {}
        decided => return decided,
    }
    match access
        .create_project(identity, Some(&team.name), name)
        .await
    {
        // Another run of the same job was faster. Its project is as good.
        Err(AccessError::Store(StoreError::Conflict { .. })) => existing().await,
        made => made,
    }
}

fn text(json: Option<&JsonString>) -> Option<&str> {
    json.map(|JsonString(text)| text.as_str())
}

fn bounded(text: Option<&str>, longest: usize) -> Refused<Option<&str>> {
    match text {
        Some(text) if text.len() > longest => {
            let detail = format!("a text of the run has more than {longest} octets");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            Err(Refusal::new(Problem::new(status, "run.too_large", detail)))
        }
        text => Ok(text),
    }
}

/// What the SDK says of a run. What is not kept is taken all the same: the SDK always says it.
#[derive(InputObject)]
struct UpsertBucketInput {
    id: Option<String>,
    name: Option<String>,
    group_name: Option<String>,
    model_name: Option<String>,
    entity_name: Option<String>,
    description: Option<String>,
    display_name: Option<String>,
    notes: Option<String>,
    config: Option<JsonString>,
    commit: Option<String>,
    host: Option<String>,
    debug: Option<bool>,
    job_program: Option<String>,
    job_repo: Option<String>,
    job_type: Option<String>,
    state: Option<String>,
    sweep: Option<String>,
    tags: Option<Vec<String>>,
    summary_metrics: Option<JsonString>,
}

/// The run as it is now.
#[derive(SimpleObject)]
struct UpsertBucketPayload {
    bucket: Option<Run>,
    /// Whether it is new.
    inserted: bool,
}
