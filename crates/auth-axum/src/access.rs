//! From names in a request to decisions: looks things up, asks `auth_core::access`.

use std::sync::Arc;

use auth_core::access::{self, Action, Denied, Rule};
use auth_core::{
    AuditEvent, Clock, Directory, DirectoryAdmin, Identity, Key, NameError, Outcome, Principal,
    Project, ProjectId, Random, StoreError, Team, Visibility, check_name,
};

use crate::problem::Problem;

/// Why a project or team is not given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// It does not exist, or it belongs to an organization that the caller has no part in; nobody can
    /// tell which.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// It exists, in the caller's organization, and a rule forbids it.
    #[error(transparent)]
    Denied(Denied),
    /// The request names no team, and the caller has none.
    #[error("name a team: this identity has no default team")]
    NoDefaultTeam,
    /// The name of a new project can't be one.
    #[error(transparent)]
    Name(NameError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::NotFound { what } => Self::not_found(what),
            AccessError::Denied(denied) => denied.into(),
            AccessError::NoDefaultTeam => Self::bad_request(error.to_string()),
            AccessError::Name(error) => error.into(),
            AccessError::Store(error) => error.into(),
        }
    }
}

/// A refusal for being a stranger to the organization looks as if nothing were there.
pub(crate) fn hide(what: &'static str) -> impl Fn(Denied) -> AccessError {
    move |denied| match denied.rule {
        Rule::OtherOrganization => AccessError::NotFound { what },
        _ => AccessError::Denied(denied),
    }
}

/// Decides about teams and projects by name.
///
/// A team of `None` or `""` is the caller's default: of a service account the one that it was given,
/// of a user the first by name, if the user is in one organization only: whoever is in two must say
/// which is meant, or the teams of one could draw in what is meant for the other.
#[derive(Clone, Debug)]
pub struct Access {
    directory: Arc<dyn Directory>,
    admin: Arc<dyn DirectoryAdmin>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Access {
    pub(crate) fn new(
        directory: Arc<dyn Directory>,
        admin: Arc<dyn DirectoryAdmin>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            directory,
            admin,
            clock,
            random,
        }
    }

    /// The project `name` of `team`, if `identity` may do `action` in it.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn project(
        &self,
        identity: &Identity,
        team: Option<&str>,
        name: &str,
        action: Action,
    ) -> Result<Project, AccessError> {
        let absent = AccessError::NotFound { what: "project" };
        let team = match self.team(identity, team).await {
            Ok(team) => team,
            Err(AccessError::NotFound { .. }) => return Err(absent),
            Err(error) => return Err(error),
        };
        let project = self
            .directory
            .project(&team.id, name)
            .await?
            .ok_or(absent)?;
        access::decide(identity, &project, action)
            .granted()
            .map_err(hide("project"))?;
        Ok(project)
    }

    /// The team `name`, if `identity` belongs to its organization.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn team(&self, identity: &Identity, name: Option<&str>) -> Result<Team, AccessError> {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return self
                .default_team(identity)
                .await?
                .ok_or(AccessError::NoDefaultTeam);
        };
        let team = self.directory.team(Key::Name(name)).await?;
        let team = team.filter(|team| belongs(identity, team));
        team.ok_or(AccessError::NotFound { what: "team" })
    }

    /// Makes the project `name` in `team`, visible to the team.
    ///
    /// # Errors
    /// [`AccessError`]; [`StoreError::Conflict`] where the team has one of that name.
    pub async fn create_project(
        &self,
        identity: &Identity,
        team: Option<&str>,
        name: &str,
    ) -> Result<Project, AccessError> {
        let team = self.team(identity, team).await?;
        self.create_project_in(identity, &team, name, Visibility::Team)
            .await
    }

    pub(crate) async fn create_project_in(
        &self,
        identity: &Identity,
        team: &Team,
        name: &str,
        visibility: Visibility,
    ) -> Result<Project, AccessError> {
        access::decide_create_project(identity, team)
            .granted()
            .map_err(hide("team"))?;
        check_name(name).map_err(AccessError::Name)?;
        let id = ProjectId::random(self.random.as_ref()).map_err(StoreError::from)?;
        // Whoever makes a restricted project by hand is in it, or nobody could add anybody.
        let members = match (visibility, identity.principal()) {
            (Visibility::Restricted, Principal::User { .. }) => {
                vec![(identity.principal().id(), auth_core::TeamRole::Admin)]
            }
            _ => Vec::new(),
        };
        let project = Project {
            id,
            organization: team.organization.clone(),
            team: team.id.clone(),
            name: name.to_owned(),
            visibility,
            members,
        };
        let audit = AuditEvent::new(self.clock.now(), "project.create", Outcome::Granted)
            .by(identity)
            .within(&team.organization)
            .to("project", &project.id)
            .saying(format!("{}/{name}, {visibility:?}", team.name));
        self.admin.create_project(&project, audit).await?;
        Ok(project)
    }

    /// The team of requests that name none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn default_team(&self, identity: &Identity) -> Result<Option<Team>, StoreError> {
        match identity.principal() {
            Principal::ServiceAccount { scope, .. } => {
                self.directory.team(Key::Id(scope.default_team())).await
            }
            _ => {
                let teams = self.teams_of(identity).await?;
                let of_one =
                    |pair: &[Team]| matches!(pair, [a, b] if a.organization == b.organization);
                let clear = teams.windows(2).all(of_one);
                Ok(teams.into_iter().next().filter(|_| clear))
            }
        }
    }

    /// The teams that `identity` belongs to, by name: of an organization-scoped service account all of
    /// its organization's.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn teams_of(&self, identity: &Identity) -> Result<Vec<Team>, StoreError> {
        use auth_core::ServiceAccountScope as Scope;
        let mut teams = match identity.principal() {
            Principal::ServiceAccount {
                scope: Scope::Organization { organization, .. },
                ..
            } => self.admin.teams(organization).await?,
            Principal::ServiceAccount { scope, .. } => self
                .directory
                .team(Key::Id(scope.default_team()))
                .await?
                .into_iter()
                .collect(),
            Principal::User { memberships, .. } => {
                let mut teams = Vec::with_capacity(memberships.teams.len());
                for (id, _) in &memberships.teams {
                    teams.extend(self.directory.team(Key::Id(id)).await?);
                }
                teams
            }
            _ => Vec::new(),
        };
        teams.retain(|team| belongs(identity, team));
        teams.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(teams)
    }

    /// The projects that `identity` may read, by team and name. The others leave no trace: no name,
    /// no count.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn visible_projects(
        &self,
        identity: &Identity,
    ) -> Result<Vec<(Team, Project)>, StoreError> {
        let organizations = match identity.principal() {
            Principal::ServiceAccount { scope, .. } => vec![scope.organization().clone()],
            Principal::User { memberships, .. } => memberships
                .organizations
                .iter()
                .map(|(id, _)| id.clone())
                .collect(),
            _ => Vec::new(),
        };
        let mut visible = Vec::new();
        for organization in organizations.iter().filter(|id| identity.may_enter(id)) {
            for team in self.admin.teams(organization).await? {
                for project in self.projects_in(identity, &team).await? {
                    visible.push((team.clone(), project));
                }
            }
        }
        Ok(visible)
    }

    /// The projects of `team` that `identity` may read, by name.
    pub(crate) async fn projects_in(
        &self,
        identity: &Identity,
        team: &Team,
    ) -> Result<Vec<Project>, StoreError> {
        let mut projects = self.admin.projects(&team.id).await?;
        projects.retain(|p| access::decide(identity, p, Action::Read).granted().is_ok());
        Ok(projects)
    }
}

/// Whether `identity` has any part in the team's organization.
pub(crate) fn belongs(identity: &Identity, team: &Team) -> bool {
    identity.may_enter(&team.organization)
        && match identity.principal() {
            Principal::User { memberships, .. } => {
                memberships.organization_role(&team.organization).is_some()
            }
            Principal::ServiceAccount { scope, .. } => *scope.organization() == team.organization,
            _ => false,
        }
}
