//! The lines of a run's history.

use auth_core::{ProjectId, StoreError};
use futures_util::TryStreamExt;

use super::chunk::Lines;
use super::{Chunk, End, Run, RunName, Runs, State, failed};

/// How much of a history to read.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// At most this many lines.
    pub lines: u32,
    /// At most this many octets.
    pub octets: usize,
}

/// The beginning of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// The lines, in the client's JSON, in order.
    pub lines: Vec<String>,
    /// Whether the page's octets were too few for the lines.
    pub cut_short: bool,
}

impl Runs {
    /// Adds what a client sent to the run `name` of `project`: all of it or, on an error, nothing.
    ///
    /// A line that is there already is replaced, so a chunk that is sent again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn append(
        &self,
        project: &ProjectId,
        name: &RunName,
        chunk: &Chunk,
    ) -> Result<(), StoreError> {
        let during = "storing a chunk of a run";
        // A writer from the start: a reader that becomes one may find that another was faster.
        let transaction = self.writer.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = transaction.map_err(failed(during))?;
        let state = chunk.end.map_or(State::Running, End::state);
        let run: Option<String> = sqlx::query_scalar(
            "UPDATE tracker_runs SET state = ?, summary = coalesce(?, summary) \
             WHERE project = ? AND name = ? RETURNING id",
        )
        .bind(state.as_str())
        .bind(chunk.summary.as_deref())
        .bind(project.as_str())
        .bind(name.as_str())
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed(during))?;
        let run = run.ok_or(StoreError::NotFound { what: "run" })?;
        let Lines { first, lines } = &chunk.history;
        // One statement for all lines, since every one that is sent alone holds up other writers.
        sqlx::query(
            "INSERT INTO tracker_history (run, line, content) \
             SELECT ?, ? + key, value FROM json_each(?) WHERE true \
             ON CONFLICT (run, line) DO UPDATE SET content = excluded.content",
        )
        .bind(&run)
        .bind(first)
        .bind(serde_json::Value::from(lines.as_slice()).to_string())
        .execute(&mut *transaction)
        .await
        .map_err(failed(during))?;
        transaction.commit().await.map_err(failed(during))
    }

    /// The beginning of a run's history.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn history(&self, run: &Run, page: Page) -> Result<History, StoreError> {
        let during = "reading a history";
        let mut rows = sqlx::query_scalar::<_, String>(
            "SELECT content FROM tracker_history WHERE run = ? ORDER BY line LIMIT ?",
        )
        .bind(&run.id)
        .bind(page.lines)
        .fetch(&self.readers);
        let mut history = History {
            lines: Vec::new(),
            cut_short: false,
        };
        let mut left = page.octets;
        while let Some(line) = rows.try_next().await.map_err(failed(during))? {
            let Some(rest) = left.checked_sub(line.len()) else {
                history.cut_short = true;
                break;
            };
            left = rest;
            history.lines.push(line);
        }
        Ok(history)
    }
}
