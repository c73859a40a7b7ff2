//! The host's people and places, as a port: a host implements it, or takes ours.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::id::{OrganizationId, PrincipalId, ProjectId, TeamId, UserId};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// Who this is, for ever.
    pub id: UserId,
    /// The unique name; may be changed.
    pub username: String,
    /// What to call this person; empty where nobody said.
    pub display_name: String,
    /// A label for people to read and for the rules that trust it; not an identity.
    pub email: Option<String>,
    /// Whether this person administers the whole instance: creates organizations and users.
    pub instance_admin: bool,
    /// A disabled user can't sign in by any method.
    pub disabled: bool,
}

/// A tenant: teams, members, issuers and service accounts belong to exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Organization {
    /// Which one, for ever.
    pub id: OrganizationId,
    /// The unique name; assertions name it as their audience.
    pub name: String,
}

/// A team of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Team {
    /// Which one, for ever.
    pub id: TeamId,
    /// The organization it is part of.
    pub organization: OrganizationId,
    /// The name, unique on the instance, since clients name a team alone.
    pub name: String,
}

/// Who may see and change a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Visibility {
    /// Anyone in the organization reads and writes.
    Open,
    /// Anyone in the organization reads, the team writes.
    Public,
    /// The team reads and writes.
    Team,
    /// Only those added by name.
    Restricted,
}

/// A project of a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Project {
    /// Which one, for ever.
    pub id: ProjectId,
    /// The organization of its team.
    pub organization: OrganizationId,
    /// The team that owns it.
    pub team: TeamId,
    /// The name, unique in the team.
    pub name: String,
    /// Who may see and change it.
    pub visibility: Visibility,
    /// Those added by name, each with a role in this project.
    #[serde(skip)]
    pub members: Vec<(PrincipalId, TeamRole)>,
}

/// A user's part in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrganizationRole {
    /// Administers the organization and all its teams.
    Admin,
    /// Belongs to it.
    Member,
}

/// A user's part in a team, or a principal's in a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TeamRole {
    /// Administers it.
    Admin,
    /// Reads and writes.
    Member,
    /// Reads.
    ViewOnly,
}

/// Where a user belongs, as it was when the user's identity was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memberships {
    /// Organizations, with the role in each.
    pub organizations: Vec<(OrganizationId, OrganizationRole)>,
    /// Teams, with the role in each.
    pub teams: Vec<(TeamId, TeamRole)>,
}

impl Memberships {
    /// The role in `organization`.
    #[must_use]
    pub fn organization_role(&self, organization: &OrganizationId) -> Option<OrganizationRole> {
        self.organizations
            .iter()
            .find(|(id, _)| id == organization)
            .map(|(_, role)| *role)
    }

    /// The role in `team`.
    #[must_use]
    pub fn team_role(&self, team: &TeamId) -> Option<TeamRole> {
        self.teams
            .iter()
            .find(|(id, _)| id == team)
            .map(|(_, role)| *role)
    }
}

/// How to look up one of several kinds of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Key<'a, Id> {
    /// By identifier.
    Id(&'a Id),
    /// By its unique name (of a user: the username), compared exactly.
    Name(&'a str),
}

/// Reads the host's people and places. Sign-in needs no more than this.
///
/// A look-up that finds nothing is `Ok(None)`; an error means that the directory could not answer.
#[async_trait]
pub trait Directory: Send + Sync + fmt::Debug {
    /// A user, disabled ones included.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn user(&self, key: Key<'_, UserId>) -> Result<Option<User>, StoreError>;

    /// The members of `organization` whose email is `email`, compared without regard to ASCII case.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn members_by_email(
        &self,
        organization: &OrganizationId,
        email: &str,
    ) -> Result<Vec<User>, StoreError>;

    /// Where a user belongs.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn memberships(&self, user: &UserId) -> Result<Memberships, StoreError>;

    /// An organization.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn organization(
        &self,
        key: Key<'_, OrganizationId>,
    ) -> Result<Option<Organization>, StoreError>;

    /// The organization of an instance that has exactly one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn sole_organization(&self) -> Result<Option<Organization>, StoreError>;

    /// A team.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn team(&self, key: Key<'_, TeamId>) -> Result<Option<Team>, StoreError>;

    /// A project of `team`, by its name.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn project(&self, team: &TeamId, name: &str) -> Result<Option<Project>, StoreError>;
}
