//! Where runs are: teams, which the SDK calls entities, and projects.

use async_graphql::{Context, ID, Object, SimpleObject};
use auth_core::{Team, Visibility};

use super::connection::Connection;
use super::refusal::Refused;
use super::run::Run;
use super::session::Session;

/// The most runs in one answer.
const MOST_RUNS: u32 = 100;

/// A team.
#[derive(SimpleObject)]
pub(super) struct Entity {
    id: ID,
    name: String,
    organization: Option<Organization>,
}

/// The organization of a team, as far as the SDK asks.
#[derive(SimpleObject)]
pub(super) struct Organization {
    /// Always null: it belongs to another service of the SDK's vendor.
    core_weave_organization_id: Option<String>,
}

impl From<&Team> for Entity {
    fn from(team: &Team) -> Self {
        Self {
            id: team.id.as_str().into(),
            name: team.name.clone(),
            organization: Some(Organization {
                core_weave_organization_id: None,
            }),
        }
    }
}

/// A project that the caller may read: nobody makes one without having asked.
#[derive(Clone, Debug)]
pub(super) struct Project {
    project: auth_core::Project,
    team: Team,
}

impl Project {
    pub(super) const fn new(project: auth_core::Project, team: Team) -> Self {
        Self { project, team }
    }
}

#[Object]
impl Project {
    async fn id(&self) -> ID {
        self.project.id.as_str().into()
    }

    async fn name(&self) -> &str {
        &self.project.name
    }

    /// `open`, `public`, `team` or `restricted`.
    async fn visibility(&self) -> &'static str {
        visibility(self.project.visibility)
    }

    /// The team that owns it.
    async fn entity(&self) -> Entity {
        Entity::from(&self.team)
    }

    /// The runs, newest first; at most 100.
    async fn runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50)] first: u32,
    ) -> Refused<Connection<Run>> {
        let runs = &Session::of(ctx)?.runs;
        let newest = runs.newest(&self.project.id, first.min(MOST_RUNS)).await?;
        Ok(newest
            .into_iter()
            .map(|run| Run::new(run, self.clone()))
            .collect())
    }

    /// One run; null where there is none of that name.
    async fn run(&self, ctx: &Context<'_>, name: String) -> Refused<Option<Run>> {
        let runs = &Session::of(ctx)?.runs;
        let run = runs.by_name(&self.project.id, &name).await?;
        Ok(run.map(|run| Run::new(run, self.clone())))
    }
}

/// The word for it.
pub(super) const fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Open => "open",
        Visibility::Public => "public",
        Visibility::Team => "team",
        Visibility::Restricted => "restricted",
        _ => "unknown",
    }
}
