//! `POST /graphql`: what the W&B SDK asks and says about runs, and reading them back.

mod connection;
mod place;
mod refusal;
mod run;
mod session;
mod upsert;
mod viewer;

use async_graphql::{
    Context, EmptySubscription, Object, Response, Schema, SimpleObject, Variables,
};
use auth_axum::{Caller, Problem};
use auth_core::access::Action;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde::Deserialize;

use self::place::{Entity, Project};
use self::refusal::{Refused, status};
use self::session::Session;
use self::viewer::User;
use crate::host::Host;

/// The most octets of a body: variables hold a run's settings.
pub(crate) const LONGEST_BODY: usize = 1024 * 1024;
/// The most octets of a query's own text, which is parsed before anything can be counted in it.
const LONGEST_QUERY: usize = 32 * 1024;
/// The longest way from the root to a field. Introspection as tools do it needs 15.
const DEEPEST: usize = 16;
/// The most fields in a query, so that aliases don't multiply the work.
const MOST_FIELDS: usize = 300;

/// The types and what answers for them.
pub(crate) type TrackerSchema = Schema<Query, upsert::Mutation, EmptySubscription>;

/// Makes the schema.
pub(crate) fn schema() -> TrackerSchema {
    Schema::build(Query, upsert::Mutation, EmptySubscription)
        .limit_depth(DEEPEST)
        .limit_complexity(MOST_FIELDS)
        .finish()
}

/// A request, as GraphQL clients send it in JSON.
#[derive(Debug, Deserialize)]
pub(crate) struct GraphQlRequest {
    query: String,
    #[serde(default)]
    variables: Variables,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
}

/// Answers a request. Only callers who are signed in come this far, introspection included.
///
/// A refusal has the HTTP status of its cause, since the SDK decides by it whether to try again.
pub(crate) async fn graphql(
    State(host): State<Host>,
    Caller(identity): Caller,
    request: Result<Json<GraphQlRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Response>), Problem> {
    let Json(request) = request
        .map_err(|error| Problem::new(error.status(), "request.invalid", error.body_text()))?;
    if request.query.len() > LONGEST_QUERY {
        let detail = "a query has at most 32768 octets; put data into variables";
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "query.too_long",
            detail,
        ));
    }
    let mut execution = async_graphql::Request::new(request.query)
        .variables(request.variables)
        .data(Session::new(identity, host.auth.clone(), host.runs.clone()));
    // The SDK sends an empty name where its query has none.
    if let Some(name) = request.operation_name.filter(|name| !name.is_empty()) {
        execution = execution.operation_name(name);
    }
    let response = host.schema.execute(execution).await;
    Ok((status(&response), Json(response)))
}

/// The root of queries. A field that is refused is null, and leaves the others as they are.
#[derive(Debug)]
pub(crate) struct Query;

#[Object]
impl Query {
    /// Who asks.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Refused<User>> {
        Some(viewer(ctx).await)
    }

    /// A team.
    async fn entity(&self, ctx: &Context<'_>, name: Option<String>) -> Option<Refused<Entity>> {
        Some(entity(ctx, name.as_deref()).await)
    }

    /// A project that the caller may read.
    async fn project(
        &self,
        ctx: &Context<'_>,
        entity_name: Option<String>,
        name: String,
    ) -> Option<Refused<Project>> {
        Some(project(ctx, entity_name.as_deref(), &name).await)
    }

    /// What this server can do beyond the least; nothing.
    async fn server_info(&self) -> ServerInfo {
        ServerInfo {
            features: Vec::new(),
        }
    }
}

async fn viewer(ctx: &Context<'_>) -> Refused<User> {
    User::of(Session::of(ctx)?).await
}

async fn entity(ctx: &Context<'_>, name: Option<&str>) -> Refused<Entity> {
    let Session { auth, identity, .. } = Session::of(ctx)?;
    Ok(Entity::from(&auth.access().team(identity, name).await?))
}

async fn project(ctx: &Context<'_>, team: Option<&str>, name: &str) -> Refused<Project> {
    let Session { auth, identity, .. } = Session::of(ctx)?;
    let project = auth
        .access()
        .project(identity, team, name, Action::Read)
        .await?;
    Ok(Project::new(
        project,
        auth.access().team(identity, team).await?,
    ))
}

/// What this server can do.
#[derive(SimpleObject)]
struct ServerInfo {
    features: Vec<ServerFeature>,
}

/// Something that a server may or may not do.
#[derive(SimpleObject)]
struct ServerFeature {
    name: String,
    is_enabled: bool,
}
