//! Making a run, or changing what is said about it.

use auth_core::{Identity, ProjectId, StoreError, alphanumeric};

use super::{Attributed, Run, RunName, Runs, State, failed};

/// What a client says about a run. What it leaves out stays as it is.
#[derive(Clone, Copy, Debug)]
pub struct RunChange<'a> {
    /// Which run of the project.
    pub name: &'a RunName,
    /// What to call it; at first its name.
    pub display_name: Option<&'a str>,
    /// What it is about.
    pub description: Option<&'a str>,
    /// Its settings, as JSON.
    pub config: Option<&'a str>,
    /// Its latest values, as JSON.
    pub summary: Option<&'a str>,
}

impl Runs {
    /// Changes the run, or makes it; says whether it is new.
    ///
    /// Who made it, and whom it is credited to, is decided when it is made and stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the project is gone, [`StoreError::Unavailable`].
    pub async fn upsert(
        &self,
        by: &Identity,
        project: &ProjectId,
        change: RunChange<'_>,
    ) -> Result<(Run, bool), StoreError> {
        let new_id = alphanumeric(self.random.as_ref(), 20)?;
        let attributed = Attributed::from(by.attribution());
        let (attribution, attributed_name) = attributed.columns();
        let run: Run = sqlx::query_as(
            "INSERT INTO tracker_runs (id, project, name, display_name, description, config, \
                summary, state, created_at, created_by, created_by_name, attribution, \
                attributed_name) \
             VALUES (?, ?, ?, coalesce(?, ?), ?, ?, ?, ?, ?, ?, ?, ?, ?) \
             ON CONFLICT (project, name) DO UPDATE SET \
                display_name = coalesce(?, display_name), \
                description = coalesce(excluded.description, description), \
                config = coalesce(excluded.config, config), \
                summary = coalesce(excluded.summary, summary) \
             RETURNING *, (SELECT coalesce(max(line) + 1, 0) FROM tracker_history \
                WHERE run = tracker_runs.id) \
                AS history_line_count",
        )
        .bind(&new_id)
        .bind(project.as_str())
        .bind(change.name.as_str())
        .bind(change.display_name)
        .bind(change.name.as_str())
        .bind(change.description)
        .bind(change.config)
        .bind(change.summary)
        .bind(State::Running.as_str())
        .bind(self.clock.now().as_secs())
        .bind(by.principal().id().to_string())
        .bind(by.principal().name())
        .bind(attribution)
        .bind(attributed_name)
        .bind(change.display_name)
        .fetch_one(&self.writer)
        .await
        .map_err(|error| match error.as_database_error() {
            // It was deleted since the caller asked for it.
            Some(reason) if reason.is_foreign_key_violation() => {
                StoreError::NotFound { what: "project" }
            }
            _ => failed("storing a run")(error),
        })?;
        let inserted = run.id == new_id;
        Ok((run, inserted))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use auth_core::{Method, OsRandom, Principal, SystemClock, Timestamp, User, UserId};
    use auth_store::SqliteStore;

    use super::*;

    #[tokio::test]
    async fn a_project_that_is_gone_by_then_is_not_found() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("tracker.db");
        let store = SqliteStore::open(&path).await.expect("a store");
        let (clock, random) = (Arc::new(SystemClock), Arc::new(OsRandom));
        let runs = Runs::open(&store, &path, clock, random).await;
        let user = User {
            id: UserId::new("1"),
            username: "alice".to_owned(),
            display_name: String::new(),
            email: None,
            instance_admin: false,
            disabled: false,
        };
        let memberships = Default::default();
        let principal = Principal::User { user, memberships };
        let by = Identity::new(principal, Method::ApiKey, Timestamp::from_secs(0));
        let change = RunChange {
            name: &RunName::parse("r").expect("a name"),
            display_name: None,
            description: None,
            config: None,
            summary: None,
        };
        let gone = ProjectId::new("gone");
        let made = runs.expect("tables").upsert(&by, &gone, change).await;
        assert!(matches!(made, Err(StoreError::NotFound { .. })), "{made:?}");
    }
}
