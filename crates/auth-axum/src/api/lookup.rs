//! From names in a path to things that the caller may see or administer.

use auth_core::access::{self, Realm};
use auth_core::{
    AuditEvent, Identity, Key, Organization, OrganizationId, Outcome, Principal, Team, User,
};

use crate::access::{AccessError, hide};
use crate::auth::Auth;
use crate::problem::Problem;

impl Auth {
    /// The organization `name`, if the caller is one of its members or administers it.
    pub(crate) async fn seen_organization(
        &self,
        caller: &Identity,
        name: &str,
    ) -> Result<Organization, Problem> {
        let absent = || Problem::not_found("organization");
        let organization = self
            .directory()
            .organization(Key::Name(name))
            .await?
            .ok_or_else(absent)?;
        let realm = Realm::Organization(&organization.id);
        let administers = access::decide_administration(caller, realm).granted();
        match (caller.principal(), administers) {
            (_, Ok(_)) => Ok(organization),
            (Principal::User { memberships, .. }, Err(_))
                if caller.may_enter(&organization.id)
                    && memberships.organization_role(&organization.id).is_some() =>
            {
                Ok(organization)
            }
            // A service account gets a refusal in its own organization, and nothing of the others.
            (Principal::ServiceAccount { .. }, Err(denied))
                if caller.may_enter(&organization.id) =>
            {
                Err(denied.into())
            }
            _ => Err(absent()),
        }
    }

    /// The organization `name`, if the caller administers it.
    pub(crate) async fn administered_organization(
        &self,
        caller: &Identity,
        name: &str,
    ) -> Result<Organization, Problem> {
        let organization = self.seen_organization(caller, name).await?;
        let realm = Realm::Organization(&organization.id);
        access::decide_administration(caller, realm)
            .granted()
            .map_err(hide("organization"))
            .map_err(Problem::from)?;
        Ok(organization)
    }

    /// The team `name`, if the caller is a member of its organization or administers it.
    pub(crate) async fn seen_team(&self, caller: &Identity, name: &str) -> Result<Team, Problem> {
        let absent = || Problem::not_found("team");
        let team = self
            .directory()
            .team(Key::Name(name))
            .await?
            .ok_or_else(absent)?;
        let administers = access::decide_administration(caller, Realm::Team(&team)).granted();
        if administers.is_ok() || crate::access::belongs(caller, &team) {
            Ok(team)
        } else {
            Err(absent())
        }
    }

    /// The team `name`, if the caller administers it.
    pub(crate) async fn administered_team(
        &self,
        caller: &Identity,
        name: &str,
    ) -> Result<Team, Problem> {
        let team = self.seen_team(caller, name).await?;
        access::decide_administration(caller, Realm::Team(&team))
            .granted()
            .map_err(hide("team"))
            .map_err(Problem::from)?;
        Ok(team)
    }

    /// The user `name`.
    pub(crate) async fn user(&self, name: &str) -> Result<User, Problem> {
        let user = self.directory().user(Key::Name(name)).await?;
        user.ok_or_else(|| Problem::not_found("user"))
    }

    /// The user `name`, if a member of `organization`: who else is on the instance is no business of a
    /// team's administrators.
    pub(crate) async fn member_of(
        &self,
        organization: &OrganizationId,
        name: &str,
    ) -> Result<User, Problem> {
        let user = self.user(name).await?;
        let memberships = self.directory().memberships(&user.id).await?;
        match memberships.organization_role(organization) {
            Some(_) => Ok(user),
            None => Err(Problem::not_found("user")),
        }
    }

    /// The user `name`, if `caller` may make or keep this user a member of `organization`: a member, or
    /// somebody who is in no organization yet. Whoever is in another one is taken into a second one by
    /// administrators of the instance alone; to anybody else such users are as if they were not there.
    pub(crate) async fn recruit(
        &self,
        caller: &Identity,
        organization: &OrganizationId,
        name: &str,
    ) -> Result<User, Problem> {
        let user = self.user(name).await?;
        if require_instance_admin(caller).is_ok() {
            return Ok(user);
        }
        let memberships = self.directory().memberships(&user.id).await?;
        let is_free = memberships.organizations.is_empty() && !user.instance_admin;
        if is_free || memberships.organization_role(organization).is_some() {
            Ok(user)
        } else {
            Err(Problem::not_found("user"))
        }
    }

    /// Something that `caller` is about to do.
    pub(crate) fn event(&self, caller: &Identity, action: &'static str) -> AuditEvent {
        AuditEvent::new(self.clock().now(), action, Outcome::Granted).by(caller)
    }
}

/// Refuses callers who don't administer the instance.
pub(crate) fn require_instance_admin(caller: &Identity) -> Result<(), Problem> {
    access::decide_administration(caller, Realm::Instance)
        .granted()
        .map(drop)
        .map_err(|denied| Problem::from(AccessError::Denied(denied)))
}
