//! What a client sends of a run while it goes on: the file stream.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::State;

/// The file whose lines are the history.
const HISTORY: &str = "wandb-history.jsonl";
/// The file whose last line is the summary.
const SUMMARY: &str = "wandb-summary.json";

/// The most lines that one request may bring; the client sends fewer at a time.
const MOST_LINES: usize = 20_000;
/// The most lines that a history may have.
const LONGEST_HISTORY: i64 = 1_000_000;
/// The longest line, in octets.
const LONGEST_LINE: usize = 256 * 1024;

/// One request of the file stream, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chunk {
    /// Lines of the history.
    pub history: Lines,
    /// The summary as it is now.
    pub summary: Option<String>,
    /// How the run ended, if it did.
    pub end: Option<End>,
}

/// Lines of the history that follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lines {
    /// The place of the first one.
    pub first: i64,
    /// The lines, in the client's JSON.
    pub lines: Vec<String>,
}

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// What the client's process ended with; `None` where it did not say.
    pub exit_code: Option<i64>,
}

impl End {
    /// What that makes of the run.
    #[must_use]
    pub const fn state(self) -> State {
        match self.exit_code {
            Some(0) => State::Finished,
            Some(_) => State::Failed,
            None => State::Crashed,
        }
    }
}

/// Why a request of the file stream is refused. Nothing of it was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// It is not the JSON that a file stream consists of.
    #[error("the body is no file stream, line {line}, column {column}")]
    Malformed {
        /// Where the reader stopped.
        line: usize,
        /// Where in that line.
        column: usize,
    },
    /// It goes beyond a limit.
    #[error("{limit}")]
    TooLarge {
        /// The limit, in words.
        limit: &'static str,
    },
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    files: Option<BTreeMap<String, File>>,
    #[serde(default)]
    complete: Option<bool>,
    #[serde(default)]
    exitcode: Option<i64>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    offset: u64,
    #[serde(default)]
    content: Vec<String>,
}

impl Chunk {
    /// Reads a request's body. Files other than the history and the summary (console output, machine
    /// metrics) are taken and not kept.
    ///
    /// The lines themselves stay as they are: the client writes `NaN` and `Infinity` in them, which no
    /// strict reader of JSON takes.
    ///
    /// # Errors
    /// [`ChunkError`].
    pub fn parse(body: &[u8]) -> Result<Self, ChunkError> {
        let body: Body = serde_json::from_slice(body).map_err(|error| ChunkError::Malformed {
            line: error.line(),
            column: error.column(),
        })?;
        let mut chunk = Self {
            end: (body.complete == Some(true)).then_some(End {
                exit_code: body.exitcode,
            }),
            ..Self::default()
        };
        for (name, File { offset, content }) in body.files.unwrap_or_default() {
            match name.as_str() {
                HISTORY => chunk.history = placed(offset, content)?,
                SUMMARY => {
                    chunk.summary = content.into_iter().next_back().map(short).transpose()?
                }
                _ => {}
            }
        }
        Ok(chunk)
    }
}

fn placed(offset: u64, lines: Vec<String>) -> Result<Lines, ChunkError> {
    if lines.len() > MOST_LINES {
        return Err(ChunkError::TooLarge {
            limit: "a request brings at most 20000 lines",
        });
    }
    let first = i64::try_from(offset).unwrap_or(i64::MAX);
    let end = i64::try_from(lines.len()).map_or(i64::MAX, |count| first.saturating_add(count));
    if end > LONGEST_HISTORY {
        return Err(ChunkError::TooLarge {
            limit: "a history has at most 1000000 lines",
        });
    }
    let lines = lines.into_iter().map(short).collect::<Result<_, _>>()?;
    Ok(Lines { first, lines })
}

fn short(line: String) -> Result<String, ChunkError> {
    if line.len() > LONGEST_LINE {
        return Err(ChunkError::TooLarge {
            limit: "a line has at most 262144 octets",
        });
    }
    Ok(line)
}

#[cfg(test)]
mod tests;
