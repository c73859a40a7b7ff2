//! People and places: found, or made.

use auth_core::{
    Directory, DirectoryAdmin, Key, Organization, OrganizationId, OrganizationRole, OsRandom,
    PrincipalId, Project, ProjectId, StoreError, Team, TeamId, TeamRole, User, UserId, Visibility,
};

use super::Seed;
use crate::demo::DemoError;

impl Seed<'_> {
    pub(super) async fn create_user(&self, new: &User) -> Result<(), StoreError> {
        self.store
            .create_user(new, self.event("user.create").to("user", &new.id))
            .await
    }

    pub(super) async fn user(
        &self,
        username: &str,
        email: Option<&str>,
    ) -> Result<User, DemoError> {
        if let Some(found) = self.store.user(Key::Name(username)).await? {
            return Ok(found);
        }
        let new = User {
            id: UserId::random(&OsRandom)?,
            username: username.to_owned(),
            display_name: String::new(),
            email: email.map(str::to_owned),
            instance_admin: false,
            disabled: false,
        };
        self.create_user(&new).await?;
        Ok(new)
    }

    pub(super) async fn organization(&self, name: &str) -> Result<Organization, DemoError> {
        if let Some(found) = self.store.organization(Key::Name(name)).await? {
            return Ok(found);
        }
        let new = Organization {
            id: OrganizationId::random(&OsRandom)?,
            name: name.to_owned(),
        };
        let audit = self.event("organization.create").within(&new.id);
        self.store
            .create_organization(&new, audit.to("organization", &new.id))
            .await?;
        Ok(new)
    }

    pub(super) async fn team(
        &self,
        organization: &OrganizationId,
        name: &str,
    ) -> Result<Team, DemoError> {
        if let Some(found) = self.store.team(Key::Name(name)).await? {
            return Ok(found);
        }
        let new = Team {
            id: TeamId::random(&OsRandom)?,
            organization: organization.clone(),
            name: name.to_owned(),
        };
        let audit = self.event("team.create").within(organization);
        self.store
            .create_team(&new, audit.to("team", &new.id))
            .await?;
        Ok(new)
    }

    pub(super) async fn organization_member(
        &self,
        organization: &OrganizationId,
        user: &User,
        role: OrganizationRole,
    ) -> Result<(), StoreError> {
        let audit = self.event("organization.set_member").within(organization);
        let audit = audit.to("user", &user.id);
        self.store
            .set_organization_member(organization, &user.id, role, audit)
            .await
    }

    pub(super) async fn team_member(
        &self,
        team: &Team,
        user: &User,
        role: TeamRole,
    ) -> Result<(), StoreError> {
        let audit = self.event("team.set_member").within(&team.organization);
        self.store
            .set_team_member(&team.id, &user.id, role, audit.to("user", &user.id))
            .await
    }

    pub(super) async fn project(
        &self,
        team: &Team,
        name: &str,
        visibility: Visibility,
        members: &[&User],
    ) -> Result<(), DemoError> {
        if self.store.project(&team.id, name).await?.is_some() {
            return Ok(());
        }
        let members = members.iter().map(|user| {
            let member = PrincipalId::User(user.id.clone());
            (member, TeamRole::Member)
        });
        let new = Project {
            id: ProjectId::random(&OsRandom)?,
            organization: team.organization.clone(),
            team: team.id.clone(),
            name: name.to_owned(),
            visibility,
            members: members.collect(),
        };
        let audit = self.event("project.create").within(&team.organization);
        self.store
            .create_project(&new, audit.to("project", &new.id))
            .await?;
        Ok(())
    }
}
