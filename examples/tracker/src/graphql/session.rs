//! What the resolvers of one request share.

use async_graphql::Context;
use auth_axum::{Auth, Problem};
use auth_core::Identity;
use axum::http::StatusCode;
use tokio::sync::Mutex;

use super::refusal::{Refusal, Refused};
use crate::runs::{History, Page, Run, Runs};

/// The most octets of history in one answer, however many runs it names.
const MOST_HISTORY: usize = 16 * 1024 * 1024;

/// One caller's request.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) identity: Identity,
    pub(super) auth: Auth,
    pub(super) runs: Runs,
    history_left: Mutex<usize>,
}

impl Session {
    pub(super) fn new(identity: Identity, auth: Auth, runs: Runs) -> Self {
        Self {
            identity,
            auth,
            runs,
            history_left: Mutex::new(MOST_HISTORY),
        }
    }

    pub(super) fn of<'a>(context: &Context<'a>) -> Refused<&'a Self> {
        context.data_opt().ok_or_else(|| {
            let detail = "the request came without its caller";
            Refusal::new(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                detail,
            ))
        })
    }

    /// Reads the beginning of a history, out of what this answer may still hold.
    pub(super) async fn history(&self, run: &Run, lines: u32) -> Refused<Vec<String>> {
        // Fields are resolved side by side. One history after the other keeps the sum exact.
        let mut left = self.history_left.lock().await;
        let page = Page {
            lines,
            octets: *left,
        };
        let History { lines, cut_short } = self.runs.history(run, page).await?;
        if cut_short {
            let detail = "the histories in this answer exceed 16 MiB; ask for fewer at a time";
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return Err(Refusal::new(Problem::new(
                status,
                "answer.too_large",
                detail,
            )));
        }
        let read = lines.iter().map(String::len).sum();
        *left = left.saturating_sub(read);
        Ok(lines)
    }
}
