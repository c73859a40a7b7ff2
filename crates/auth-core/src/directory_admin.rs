//! The changes that administrators make to people and places.

use async_trait::async_trait;

use crate::audit::AuditEvent;
use crate::directory::{
    Directory, Organization, OrganizationRole, Project, Team, TeamRole, User, Visibility,
};
use crate::error::StoreError;
use crate::id::{OrganizationId, PrincipalId, ProjectId, TeamId, UserId};

/// A member, with the role.
pub type Membership<Role> = (User, Role);

/// Changes the host's people and places; a host that has pages of its own for that need not
/// implement it.
///
/// Every change takes the [`AuditEvent`] that tells of it: both are stored, or neither. Names have
/// passed [`check_name`](crate::check_name).
///
/// # Errors
/// All methods: [`StoreError::Conflict`] where a name is taken, [`StoreError::NotFound`] where the
/// thing is gone, [`StoreError::Forbidden`] where a rule of the store forbids the change, and
/// [`StoreError::Unavailable`].
#[async_trait]
pub trait DirectoryAdmin: Directory {
    /// Stores a new organization.
    async fn create_organization(
        &self,
        new: &Organization,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;
    /// All organizations, by name.
    async fn organizations(&self) -> Result<Vec<Organization>, StoreError>;
    /// Removes an organization with all that belongs to it.
    async fn delete_organization(
        &self,
        id: &OrganizationId,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Stores a new user.
    async fn create_user(&self, new: &User, audit: AuditEvent) -> Result<(), StoreError>;
    /// All users, by username.
    async fn users(&self) -> Result<Vec<User>, StoreError>;
    /// Removes a user with keys and memberships.
    async fn delete_user(&self, id: &UserId, audit: AuditEvent) -> Result<(), StoreError>;

    /// Stores a new team.
    async fn create_team(&self, new: &Team, audit: AuditEvent) -> Result<(), StoreError>;
    /// The teams of an organization, by name.
    async fn teams(&self, organization: &OrganizationId) -> Result<Vec<Team>, StoreError>;
    /// Removes a team with all that belongs to it. Forbidden while it is some account's default team.
    async fn delete_team(&self, id: &TeamId, audit: AuditEvent) -> Result<(), StoreError>;

    /// Adds a user to an organization, or changes the role.
    async fn set_organization_member(
        &self,
        organization: &OrganizationId,
        user: &UserId,
        role: OrganizationRole,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;
    /// An organization's members, by username.
    async fn organization_members(
        &self,
        organization: &OrganizationId,
    ) -> Result<Vec<Membership<OrganizationRole>>, StoreError>;
    /// Removes a user from an organization, and so from all its teams and projects.
    async fn remove_organization_member(
        &self,
        organization: &OrganizationId,
        user: &UserId,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Adds a member of the organization to a team, or changes the role. Forbidden for strangers.
    async fn set_team_member(
        &self,
        team: &TeamId,
        user: &UserId,
        role: TeamRole,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;
    /// A team's members, by username.
    async fn team_members(&self, team: &TeamId) -> Result<Vec<Membership<TeamRole>>, StoreError>;
    /// Removes a user from a team and its projects.
    async fn remove_team_member(
        &self,
        team: &TeamId,
        user: &UserId,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Stores a new project, with those added to it by name.
    async fn create_project(&self, new: &Project, audit: AuditEvent) -> Result<(), StoreError>;
    /// A team's projects, by name.
    async fn projects(&self, team: &TeamId) -> Result<Vec<Project>, StoreError>;
    /// Changes who may see and change a project.
    async fn set_visibility(
        &self,
        id: &ProjectId,
        visibility: Visibility,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;
    /// Removes a project.
    async fn delete_project(&self, id: &ProjectId, audit: AuditEvent) -> Result<(), StoreError>;
    /// Adds somebody of the project's organization to it by name, or changes the role. Forbidden for
    /// strangers.
    async fn set_project_member(
        &self,
        project: &ProjectId,
        member: &PrincipalId,
        role: TeamRole,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;
    /// Takes somebody's name off a project.
    async fn remove_project_member(
        &self,
        project: &ProjectId,
        member: &PrincipalId,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;
}
