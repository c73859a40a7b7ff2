//! A run, and the texts it is made of.

use std::fmt;

use auth_core::{Attribution, PrincipalId, ProjectId, StoreError, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use super::{Runs, failed};

/// The longest name, in characters; the client's own limit.
const LONGEST_NAME: usize = 128;

/// A run's name: it stands in URLs, and the client chooses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunName(String);

/// The text can't be the name of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a run's name has 1 to 128 characters, no control characters and none of / \\ # ? % :")]
#[non_exhaustive]
pub struct RunNameError;

impl RunName {
    /// Takes `text` if it can be a name.
    ///
    /// # Errors
    /// [`RunNameError`].
    pub fn parse(text: &str) -> Result<Self, RunNameError> {
        let long = text.chars().nth(LONGEST_NAME).is_some();
        let refused = |c: char| c.is_control() || matches!(c, '/' | '\\' | '#' | '?' | '%' | ':');
        // A browser takes `.` and `..` in a path for directions.
        if text.is_empty() || long || matches!(text, "." | "..") || text.contains(refused) {
            return Err(RunNameError);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its client still sends.
    Running,
    /// It ended well.
    Finished,
    /// It ended with an exit code that is not zero.
    Failed,
    /// Its client ended without saying how.
    Crashed,
}

impl State {
    /// The word for it, in the database and for clients.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Crashed => "crashed",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let all = [Self::Running, Self::Finished, Self::Failed, Self::Crashed];
        all.into_iter().find(|state| state.as_str() == word)
    }
}

/// Whom a run is credited to, as it was decided when the run was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attributed {
    /// Nobody was named.
    Nobody,
    /// This user.
    Credited {
        /// The username at that time.
        username: String,
    },
    /// Somebody was named who does not qualify.
    Unqualified {
        /// The text of the claim: a stranger's, to be escaped wherever it is shown.
        claimed: String,
    },
}

impl Attributed {
    /// From [`Self::columns`].
    fn parse(word: &str, name: Option<String>) -> Option<Self> {
        match (word, name) {
            ("none", None) => Some(Self::Nobody),
            ("credited", Some(username)) => Some(Self::Credited { username }),
            ("unqualified", Some(claimed)) => Some(Self::Unqualified { claimed }),
            _ => None,
        }
    }

    /// The word in the database, and the name beside it.
    pub(super) fn columns(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Nobody => ("none", None),
            Self::Credited { username } => ("credited", Some(username)),
            Self::Unqualified { claimed } => ("unqualified", Some(claimed)),
        }
    }
}

impl From<&Attribution> for Attributed {
    fn from(attribution: &Attribution) -> Self {
        match attribution {
            Attribution::Credited(user) => Self::Credited {
                username: user.username.clone(),
            },
            Attribution::Unqualified { claimed } => Self::Unqualified {
                claimed: claimed.clone(),
            },
            _ => Self::Nobody,
        }
    }
}

/// A run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// Which one, for ever.
    pub id: String,
    /// Its name, unique in its project.
    pub name: String,
    /// What to call it.
    pub display_name: String,
    /// What it is about.
    pub description: Option<String>,
    /// Its settings, in the client's JSON.
    pub config: Option<String>,
    /// Its latest values, in the client's JSON.
    pub summary: Option<String>,
    /// How far it is.
    pub state: State,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: PrincipalId,
    /// The name of that user or service account at that time.
    pub created_by_name: String,
    /// Whom it is credited to.
    pub attributed: Attributed,
    /// How many lines its history has.
    pub history_line_count: i64,
}

impl FromRow<'_, SqliteRow> for Run {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let unreadable = |column: &str| sqlx::Error::ColumnDecode {
            index: column.to_owned(),
            source: "a value that this version does not write".into(),
        };
        let (state, attribution) = (row.try_get("state")?, row.try_get("attribution")?);
        let created_by: &str = row.try_get("created_by")?;
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            display_name: row.try_get("display_name")?,
            description: row.try_get("description")?,
            config: row.try_get("config")?,
            summary: row.try_get("summary")?,
            state: State::parse(state).ok_or_else(|| unreadable("state"))?,
            created_at: Timestamp::from_secs(row.try_get("created_at")?),
            created_by: created_by.parse().map_err(|_| unreadable("created_by"))?,
            created_by_name: row.try_get("created_by_name")?,
            attributed: Attributed::parse(attribution, row.try_get("attributed_name")?)
                .ok_or_else(|| unreadable("attribution"))?,
            history_line_count: row.try_get("history_line_count")?,
        })
    }
}

impl Runs {
    /// The run `name` of `project`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn by_name(
        &self,
        project: &ProjectId,
        name: &str,
    ) -> Result<Option<Run>, StoreError> {
        sqlx::query_as(
            "SELECT runs.*, \
                (SELECT coalesce(max(line) + 1, 0) FROM tracker_history WHERE run = runs.id) \
                AS history_line_count \
             FROM tracker_runs AS runs WHERE project = ? AND name = ?",
        )
        .bind(project.as_str())
        .bind(name)
        .fetch_optional(&self.readers)
        .await
        .map_err(failed("reading a run"))
    }

    /// The runs of `project`, newest first, at most `first`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn newest(&self, project: &ProjectId, first: u32) -> Result<Vec<Run>, StoreError> {
        sqlx::query_as(
            "SELECT runs.*, \
                (SELECT coalesce(max(line) + 1, 0) FROM tracker_history WHERE run = runs.id) \
                AS history_line_count \
             FROM tracker_runs AS runs WHERE project = ? \
             ORDER BY created_at DESC, name LIMIT ?",
        )
        .bind(project.as_str())
        .bind(first)
        .fetch_all(&self.readers)
        .await
        .map_err(failed("reading a project's runs"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_a_path_can_hold() {
        for (name, text, taken) in [
            ("the client's own", "k3x9zq1f", true),
            ("blanks and quotes", "my \"run\" <1>", true),
            ("letters of all kinds", "läuft-日本", true),
            ("longest", &"ä".repeat(128), true),
            ("too long", &"ä".repeat(129), false),
            ("empty", "", false),
            ("here", ".", false),
            ("up", "..", false),
            ("slash", "a/b", false),
            ("backslash", "a\\b", false),
            ("fragment", "a#b", false),
            ("query", "a?b", false),
            ("escape", "a%2fb", false),
            ("colon", "a:b", false),
            ("line break", "a\nb", false),
            ("NUL", "a\0b", false),
        ] {
            assert_eq!(RunName::parse(text).is_ok(), taken, "{name}");
        }
    }

    #[test]
    fn words_in_the_database_are_read_as_they_were_written() {
        for state in [
            State::Running,
            State::Finished,
            State::Failed,
            State::Crashed,
        ] {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("gone"), None);
        for attributed in [
            Attributed::Nobody,
            Attributed::Credited {
                username: "alice".into(),
            },
            Attributed::Unqualified {
                claimed: "x".into(),
            },
        ] {
            let (word, name) = attributed.columns();
            assert_eq!(
                Attributed::parse(word, name.map(str::to_owned)),
                Some(attributed)
            );
        }
        assert_eq!(Attributed::parse("credited", None), None);
    }
}
