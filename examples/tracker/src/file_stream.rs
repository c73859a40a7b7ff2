//! `POST /files/{entity}/{project}/{run}/file_stream`: what a run sends while it goes on.

use auth_axum::{Caller, Problem};
use auth_core::access::Action;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::host::Host;
use crate::runs::{Chunk, ChunkError, RunName};

/// The most octets of a body.
pub(crate) const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// Takes a chunk of a run.
///
/// That the client was let in when it started the run counts for nothing here: it made the path
/// itself, and its rights may have ended since.
pub(crate) async fn file_stream(
    State(host): State<Host>,
    Caller(identity): Caller,
    Path((team, project, run)): Path<(String, String, String)>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Problem> {
    let access = host.auth.access();
    let project = access
        .project(&identity, Some(&team), &project, Action::Write)
        .await?;
    let run = RunName::parse(&run).map_err(|_| Problem::not_found("run"))?;
    let body =
        body.map_err(|error| Problem::new(error.status(), "request.invalid", error.body_text()))?;
    let chunk = Chunk::parse(&body).map_err(refuse)?;
    host.runs.append(&project.id, &run, &chunk).await?;
    Ok(Json(json!({})))
}

fn refuse(error: ChunkError) -> Problem {
    match error {
        ChunkError::Malformed { .. } => Problem::bad_request(error.to_string()),
        ChunkError::TooLarge { limit } => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "chunk.too_large", limit)
        }
    }
}
