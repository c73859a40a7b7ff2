//! People and places.

use async_trait::async_trait;
use auth_core::{
    Directory, Key, Memberships, Organization, OrganizationId, Project, StoreError, Team, TeamId,
    User, UserId,
};

use crate::SqliteStore;

mod admin;
pub(crate) mod organizations;
mod projects;
mod teams;
pub(crate) mod users;

#[async_trait]
impl Directory for SqliteStore {
    async fn user(&self, key: Key<'_, UserId>) -> Result<Option<User>, StoreError> {
        users::find(self, key).await
    }

    async fn members_by_email(
        &self,
        organization: &OrganizationId,
        email: &str,
    ) -> Result<Vec<User>, StoreError> {
        users::by_email(self, organization, email).await
    }

    async fn memberships(&self, user: &UserId) -> Result<Memberships, StoreError> {
        users::memberships(self, user).await
    }

    async fn organization(
        &self,
        key: Key<'_, OrganizationId>,
    ) -> Result<Option<Organization>, StoreError> {
        organizations::find(self, key).await
    }

    async fn sole_organization(&self) -> Result<Option<Organization>, StoreError> {
        organizations::sole(self).await
    }

    async fn team(&self, key: Key<'_, TeamId>) -> Result<Option<Team>, StoreError> {
        teams::find(self, key).await
    }

    async fn project(&self, team: &TeamId, name: &str) -> Result<Option<Project>, StoreError> {
        projects::find(self, team, name).await
    }
}
