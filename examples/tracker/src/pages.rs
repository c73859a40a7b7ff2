//! Pages for people. A browser asks for a password on the first one: the user name is `api`, the password
//! an API key.

mod json;
mod refusal;
mod tables;

use askama::Template;
use auth_axum::{Caller, Problem};
use auth_core::access::Action;
use auth_core::{Project, Team};
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};

use self::refusal::Refused;
use self::tables::{Fact, HistoryTable, RunRow};
use crate::host::Host;
use crate::runs::Page;

/// Where the style sheet is; the one thing that needs no caller.
pub(crate) const STYLE_PATH: &str = "/static/tracker.css";

/// The most runs on a page.
const MOST_RUNS: u32 = 100;
/// The most of a history on a page.
const HISTORY: Page = Page {
    lines: 1000,
    octets: 1024 * 1024,
};

#[derive(Template)]
#[template(path = "index.html")]
struct Index {
    caller: String,
    projects: Vec<(Team, Project)>,
}

#[derive(Template)]
#[template(path = "project.html")]
struct ProjectPage {
    caller: String,
    team: String,
    project: String,
    runs: Vec<RunRow>,
}

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage {
    caller: String,
    team: String,
    project: String,
    run: RunRow,
    description: Option<String>,
    config: Vec<Fact>,
    summary: Vec<Fact>,
    history: HistoryTable,
}

/// The projects that the caller may read.
pub(crate) async fn index(
    State(host): State<Host>,
    caller: Result<Caller, Problem>,
) -> Result<Response, Refused> {
    let Caller(identity) = caller?;
    let projects = host.auth.access().visible_projects(&identity).await?;
    page(&Index {
        caller: identity.principal().name().to_owned(),
        projects,
    })
}

/// A project's runs.
pub(crate) async fn project(
    State(host): State<Host>,
    caller: Result<Caller, Problem>,
    Path((team, project)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let Caller(identity) = caller?;
    let access = host.auth.access();
    let found = access
        .project(&identity, Some(&team), &project, Action::Read)
        .await?;
    let runs = host.runs.newest(&found.id, MOST_RUNS).await?;
    let caller = identity.principal().name().to_owned();
    let runs = runs.into_iter().map(RunRow::from).collect();
    page(&ProjectPage {
        caller,
        team,
        project,
        runs,
    })
}

/// A run: its settings, latest values and history.
pub(crate) async fn run(
    State(host): State<Host>,
    caller: Result<Caller, Problem>,
    Path((team, project, run)): Path<(String, String, String)>,
) -> Result<Response, Refused> {
    let Caller(identity) = caller?;
    let access = host.auth.access();
    let found = access
        .project(&identity, Some(&team), &project, Action::Read)
        .await?;
    let run = host.runs.by_name(&found.id, &run).await?;
    let run = run.ok_or_else(|| Problem::not_found("run"))?;
    let history = host.runs.history(&run, HISTORY).await?;
    page(&RunPage {
        caller: identity.principal().name().to_owned(),
        team,
        project,
        description: run.description.clone(),
        config: json::settings(run.config.as_deref()),
        summary: json::values(run.summary.as_deref()),
        history: HistoryTable::new(&history.lines, run.history_line_count),
        run: run.into(),
    })
}

/// The style sheet.
pub(crate) async fn style() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("../assets/tracker.css"),
    )
}

fn page(template: &impl Template) -> Result<Response, Refused> {
    let html = template.render().map_err(Refused::from)?;
    // What one caller may see must not come to the next one out of a cache.
    Ok(([(CACHE_CONTROL, "no-store")], Html(html)).into_response())
}
