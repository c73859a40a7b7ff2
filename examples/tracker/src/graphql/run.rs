//! A run, for GraphQL.

use async_graphql::{
    Context, Enum, ID, InputValueError, InputValueResult, Object, Scalar, ScalarType, SimpleObject,
    Value,
};

use super::place::Project;
use super::refusal::Refused;
use super::session::Session;
use crate::runs::{self, Attributed};

/// JSON inside a JSON string, as the SDK sends and expects it.
#[derive(Clone, Debug)]
pub(super) struct JsonString(pub(super) String);

#[Scalar(name = "JSONString")]
impl ScalarType for JsonString {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A run of a project that the caller may read.
#[derive(Clone, Debug)]
pub(super) struct Run {
    run: runs::Run,
    project: Project,
}

impl Run {
    pub(super) const fn new(run: runs::Run, project: Project) -> Self {
        Self { run, project }
    }
}

#[Object]
impl Run {
    async fn id(&self) -> ID {
        self.run.id.as_str().into()
    }

    async fn name(&self) -> &str {
        &self.run.name
    }

    async fn display_name(&self) -> &str {
        &self.run.display_name
    }

    async fn description(&self) -> Option<&str> {
        self.run.description.as_deref()
    }

    /// `running`, `finished`, `failed` or `crashed`.
    async fn state(&self) -> &'static str {
        self.run.state.as_str()
    }

    async fn config(&self) -> Option<JsonString> {
        self.run.config.clone().map(JsonString)
    }

    async fn summary_metrics(&self) -> Option<JsonString> {
        self.run.summary.clone().map(JsonString)
    }

    /// Always null: there are no sweeps here.
    async fn sweep_name(&self) -> Option<&str> {
        None
    }

    /// Where it is.
    async fn project(&self) -> &Project {
        &self.project
    }

    async fn history_line_count(&self) -> i64 {
        self.run.history_line_count
    }

    /// The first lines of the history, each in the client's JSON.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10_000)] first: u32,
    ) -> Refused<Vec<JsonString>> {
        let lines = Session::of(ctx)?.history(&self.run, first).await?;
        Ok(lines.into_iter().map(JsonString).collect())
    }

    /// The name of the user or service account who made it.
    async fn created_by(&self) -> &str {
        &self.run.created_by_name
    }

    /// Whom it is credited to.
    async fn attribution(&self) -> Attribution {
        self.run.attributed.clone().into()
    }
}

/// Whom a run is credited to.
#[derive(SimpleObject)]
struct Attribution {
    status: AttributionStatus,
    /// The human, where credited.
    username: Option<String>,
    /// What was claimed, where it does not qualify.
    claimed: Option<String>,
}

/// What became of the request to credit somebody.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum AttributionStatus {
    /// There was none.
    None,
    /// The work is credited.
    Credited,
    /// Somebody was named who does not qualify.
    Unqualified,
}

impl From<Attributed> for Attribution {
    fn from(attributed: Attributed) -> Self {
        let (status, username, claimed) = match attributed {
            Attributed::Nobody => (AttributionStatus::None, None, None),
            Attributed::Credited { username } => {
                (AttributionStatus::Credited, Some(username), None)
            }
            Attributed::Unqualified { claimed } => {
                (AttributionStatus::Unqualified, None, Some(claimed))
            }
        };
        Self {
            status,
            username,
            claimed,
        }
    }
}
