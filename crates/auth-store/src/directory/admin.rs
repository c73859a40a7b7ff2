//! Changes to people and places. Each goes to the module of the thing that it changes.

use async_trait::async_trait;
use auth_core::{
    AuditEvent, DirectoryAdmin, Membership, Organization, OrganizationId, OrganizationRole,
    PrincipalId, Project, ProjectId, StoreError, Team, TeamId, TeamRole, User, UserId, Visibility,
};

use super::{organizations, projects, teams, users};
use crate::SqliteStore;

#[async_trait]
impl DirectoryAdmin for SqliteStore {
    async fn create_organization(
        &self,
        new: &Organization,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        organizations::create(self, new, audit).await
    }

    async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        organizations::all(self).await
    }

    async fn delete_organization(
        &self,
        id: &OrganizationId,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        organizations::delete(self, id, audit).await
    }

    async fn create_user(&self, new: &User, audit: AuditEvent) -> Result<(), StoreError> {
        users::create(self, new, audit).await
    }

    async fn users(&self) -> Result<Vec<User>, StoreError> {
        users::all(self).await
    }

    async fn delete_user(&self, id: &UserId, audit: AuditEvent) -> Result<(), StoreError> {
        users::delete(self, id, audit).await
    }

    async fn create_team(&self, new: &Team, audit: AuditEvent) -> Result<(), StoreError> {
        teams::create(self, new, audit).await
    }

    async fn teams(&self, organization: &OrganizationId) -> Result<Vec<Team>, StoreError> {
        teams::of(self, organization).await
    }

    async fn delete_team(&self, id: &TeamId, audit: AuditEvent) -> Result<(), StoreError> {
        teams::delete(self, id, audit).await
    }

    async fn set_organization_member(
        &self,
        organization: &OrganizationId,
        user: &UserId,
        role: OrganizationRole,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        organizations::set_member(self, organization, user, role, audit).await
    }

    async fn organization_members(
        &self,
        organization: &OrganizationId,
    ) -> Result<Vec<Membership<OrganizationRole>>, StoreError> {
        organizations::members(self, organization).await
    }

    async fn remove_organization_member(
        &self,
        organization: &OrganizationId,
        user: &UserId,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        organizations::remove_member(self, organization, user, audit).await
    }

    async fn set_team_member(
        &self,
        team: &TeamId,
        user: &UserId,
        role: TeamRole,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        teams::set_member(self, team, user, role, audit).await
    }

    async fn team_members(&self, team: &TeamId) -> Result<Vec<Membership<TeamRole>>, StoreError> {
        teams::members(self, team).await
    }

    async fn remove_team_member(
        &self,
        team: &TeamId,
        user: &UserId,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        teams::remove_member(self, team, user, audit).await
    }

    async fn create_project(&self, new: &Project, audit: AuditEvent) -> Result<(), StoreError> {
        projects::create(self, new, audit).await
    }

    async fn projects(&self, team: &TeamId) -> Result<Vec<Project>, StoreError> {
        projects::of(self, team).await
    }

    async fn set_visibility(
        &self,
        id: &ProjectId,
        visibility: Visibility,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        projects::set_visibility(self, id, visibility, audit).await
    }

    async fn delete_project(&self, id: &ProjectId, audit: AuditEvent) -> Result<(), StoreError> {
        projects::delete(self, id, audit).await
    }

    async fn set_project_member(
        &self,
        project: &ProjectId,
        member: &PrincipalId,
        role: TeamRole,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        projects::set_member(self, project, member, role, audit).await
    }

    async fn remove_project_member(
        &self,
        project: &ProjectId,
        member: &PrincipalId,
        audit: AuditEvent,
    ) -> Result<(), StoreError> {
        projects::remove_member(self, project, member, audit).await
    }
}
