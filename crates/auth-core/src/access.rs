//! Who may do what: pure functions over an identity and the thing it wants to touch.
//!
//! The rules, from the broadest refusal to the narrowest grant:
//!
//! 1. An identity that is confined to an organization touches nothing outside it.
//! 2. Only members of a project's organization touch the project; *anyone*, in the rules below, means
//!    anyone of them.
//! 3. A restricted project is read and written by those added to it by name, nobody else.
//! 4. An open project is read and written by anyone; a public one is read by anyone.
//! 5. Otherwise a project is its team's: members read and write, view-only members read.
//! 6. An organization's administrators read and write all its projects that are not restricted.
//! 7. A service account of the organization does so too; one of a team does so in its team alone.
//! 8. Projects are managed (visibility, who is added by name) by the team's and the organization's
//!    administrators, and by those added with the role of administrator; never by a service account.
//!
//! 9. An identity that a JWT issuer vouched for ([`Method::Federation`]) manages and administers nothing,
//!    whoever it is: what it would make (keys, accounts, further issuers, roles) would outlive the
//!    issuer's removal.
//!
//! Whom the work is credited to is no part of any rule.

use crate::directory::{OrganizationRole, Project, Team, TeamRole, Visibility};
use crate::id::{OrganizationId, PrincipalId};
use crate::identity::{Identity, Method, Principal, ServiceAccountScope};

#[cfg(test)]
mod tests;

/// What somebody wants to do with a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// See it and what is in it.
    Read,
    /// Change what is in it.
    Write,
    /// Change who may see and change it.
    Manage,
}

/// What somebody wants to administer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Realm<'a> {
    /// The instance: organizations and users.
    Instance,
    /// An organization: members, teams, issuers, organization-scoped service accounts.
    Organization(&'a OrganizationId),
    /// A team: members, team-scoped service accounts.
    Team(&'a Team),
}

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident = $code:literal, $text:literal;)*) => {
        /// The rule that decided.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$rule => concat!("access.", $code),)* }
            }

            /// The rule in words, safe for the caller.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$rule => $text,)* }
            }
        }
    };
}

rules! {
    /// Confinement (rule 1), or no member (rule 2).
    OtherOrganization = "other_organization", "this identity does not belong to the organization";
    /// Rule 3, grant.
    AddedByName = "added_by_name", "added to the project by name";
    /// Rule 3, refusal.
    NotAddedByName = "not_added_by_name", "the project is restricted to those added by name";
    /// Rule 4, open projects.
    OpenToAnyone = "open_to_anyone", "the project is open to its organization";
    /// Rule 4, public projects.
    PublicToRead = "public_to_read", "the project is public to its organization for reading";
    /// Rule 5, grant.
    TeamMember = "team_member", "a member of the project's team";
    /// Rule 5, refusal of strangers.
    NotInTeam = "not_in_team", "the project belongs to a team that this identity is not in";
    /// Rule 5, refusal of view-only members.
    ViewOnly = "view_only", "a view-only role does not write";
    /// Rules 6 and 8, grant.
    OrganizationAdmin = "organization_admin", "an administrator of the organization";
    /// Rule 8, grant.
    TeamAdmin = "team_admin", "an administrator of the team";
    /// Rule 8, grant.
    ProjectAdmin = "project_admin", "an administrator of the project";
    /// Rule 8, refusal.
    NeedsProjectAdmin = "needs_project_admin", "only administrators of the project, its team or its organization manage it";
    /// Rule 7, grant.
    OrganizationAccount = "organization_account", "a service account of the organization";
    /// Rule 7, grant.
    TeamAccount = "team_account", "a service account of the project's team";
    /// Rule 8, refusal.
    NotForServiceAccounts = "not_for_service_accounts", "service accounts administer nothing";
    /// Rule 9, refusal.
    NotForFederation = "not_for_federation", "an identity that an issuer vouched for administers nothing";
    /// Administration of the instance, grant.
    InstanceAdmin = "instance_admin", "an administrator of the instance";
    /// Administration of the instance, refusal.
    NeedsInstanceAdmin = "needs_instance_admin", "only administrators of the instance do this";
    /// Administration of an organization, refusal.
    NeedsOrganizationAdmin = "needs_organization_admin", "only administrators of the organization do this";
    /// Administration of a team, refusal.
    NeedsTeamAdmin = "needs_team_admin", "only administrators of the team or its organization do this";
}

/// A grant or a refusal, with the rule that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a decision that nobody reads protects nothing"]
pub enum Decision {
    /// It may be done.
    Granted(Rule),
    /// It may not be done.
    Denied(Rule),
}

impl Decision {
    /// The refusal as an error.
    ///
    /// # Errors
    /// [`Denied`] where the decision is a refusal.
    pub const fn granted(self) -> Result<Rule, Denied> {
        match self {
            Self::Granted(rule) => Ok(rule),
            Self::Denied(rule) => Err(Denied { rule }),
        }
    }
}

/// A refusal, with its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", rule.text())]
#[non_exhaustive]
pub struct Denied {
    /// The rule that refused.
    pub rule: Rule,
}

use Decision::{Denied as Deny, Granted as Grant};

/// Decides whether `identity` may do `action` in `project`.
pub fn decide(identity: &Identity, project: &Project, action: Action) -> Decision {
    if !identity.may_enter(&project.organization) {
        return Deny(Rule::OtherOrganization);
    }
    match identity.principal() {
        Principal::User { .. } => decide_user(identity, project, action),
        Principal::ServiceAccount { scope, .. } => {
            decide_service_account(&identity.principal().id(), scope, project, action)
        }
    }
}

/// Decides whether `identity` may make a new project in `team`: whoever writes the team's projects.
pub fn decide_create_project(identity: &Identity, team: &Team) -> Decision {
    if !identity.may_enter(&team.organization) {
        return Deny(Rule::OtherOrganization);
    }
    match identity.principal() {
        Principal::User { memberships, .. } => {
            match memberships.organization_role(&team.organization) {
                None => Deny(Rule::OtherOrganization),
                Some(OrganizationRole::Admin) => Grant(Rule::OrganizationAdmin),
                Some(OrganizationRole::Member) => match memberships.team_role(&team.id) {
                    Some(TeamRole::Admin | TeamRole::Member) => Grant(Rule::TeamMember),
                    Some(TeamRole::ViewOnly) => Deny(Rule::ViewOnly),
                    None => Deny(Rule::NotInTeam),
                },
            }
        }
        Principal::ServiceAccount { scope, .. } => match scope {
            ServiceAccountScope::Organization { .. } => Grant(Rule::OrganizationAccount),
            ServiceAccountScope::Team { team: own, .. } if *own == team.id => {
                Grant(Rule::TeamAccount)
            }
            ServiceAccountScope::Team { .. } => Deny(Rule::NotInTeam),
        },
    }
}

/// Decides whether `identity` may administer `realm`.
///
/// An administrator of the instance may administer every organization, but not through an identity
/// that is confined to one: an issuer that an organization registered can't vouch for the instance.
pub fn decide_administration(identity: &Identity, realm: Realm<'_>) -> Decision {
    let Principal::User { user, memberships } = identity.principal() else {
        return Deny(Rule::NotForServiceAccounts);
    };
    if identity.method() == Method::Federation {
        return Deny(Rule::NotForFederation);
    }
    let instance_admin = user.instance_admin && identity.organization().is_none();
    let (organization, team) = match realm {
        Realm::Instance if instance_admin => return Grant(Rule::InstanceAdmin),
        Realm::Instance => return Deny(Rule::NeedsInstanceAdmin),
        Realm::Organization(organization) => (organization, None),
        Realm::Team(team) => (&team.organization, Some(team)),
    };
    if !identity.may_enter(organization) {
        return Deny(Rule::OtherOrganization);
    }
    if instance_admin {
        return Grant(Rule::InstanceAdmin);
    }
    match (memberships.organization_role(organization), team) {
        (None, _) => Deny(Rule::OtherOrganization),
        (Some(OrganizationRole::Admin), _) => Grant(Rule::OrganizationAdmin),
        (Some(OrganizationRole::Member), None) => Deny(Rule::NeedsOrganizationAdmin),
        (Some(OrganizationRole::Member), Some(team)) => match memberships.team_role(&team.id) {
            Some(TeamRole::Admin) => Grant(Rule::TeamAdmin),
            _ => Deny(Rule::NeedsTeamAdmin),
        },
    }
}

fn decide_user(identity: &Identity, project: &Project, action: Action) -> Decision {
    let Principal::User { memberships, .. } = identity.principal() else {
        return Deny(Rule::NotForServiceAccounts);
    };
    let Some(role) = memberships.organization_role(&project.organization) else {
        return Deny(Rule::OtherOrganization);
    };
    let is_organization_admin = role == OrganizationRole::Admin;
    let team_role = memberships.team_role(&project.team);
    let project_role = added_by_name(project, &identity.principal().id());
    if action == Action::Manage {
        return if identity.method() == Method::Federation {
            Deny(Rule::NotForFederation)
        } else if is_organization_admin {
            Grant(Rule::OrganizationAdmin)
        } else if team_role == Some(TeamRole::Admin) {
            Grant(Rule::TeamAdmin)
        } else if project_role == Some(TeamRole::Admin) {
            Grant(Rule::ProjectAdmin)
        } else {
            Deny(Rule::NeedsProjectAdmin)
        };
    }
    match (project.visibility, action) {
        (Visibility::Restricted, _) => named(project_role, action),
        (Visibility::Open, _) => Grant(Rule::OpenToAnyone),
        (Visibility::Public, Action::Read) => Grant(Rule::PublicToRead),
        _ if is_organization_admin => Grant(Rule::OrganizationAdmin),
        _ => match (team_role, action) {
            (None, _) => Deny(Rule::NotInTeam),
            (Some(TeamRole::ViewOnly), Action::Write) => Deny(Rule::ViewOnly),
            (Some(_), _) => Grant(Rule::TeamMember),
        },
    }
}

fn decide_service_account(
    id: &PrincipalId,
    scope: &ServiceAccountScope,
    project: &Project,
    action: Action,
) -> Decision {
    match (project.visibility, scope, action) {
        (_, _, Action::Manage) => Deny(Rule::NotForServiceAccounts),
        (Visibility::Restricted, _, _) => named(added_by_name(project, id), action),
        (_, ServiceAccountScope::Organization { .. }, _) => Grant(Rule::OrganizationAccount),
        (_, ServiceAccountScope::Team { team, .. }, _) if *team == project.team => {
            Grant(Rule::TeamAccount)
        }
        (Visibility::Open, _, _) => Grant(Rule::OpenToAnyone),
        (Visibility::Public, _, Action::Read) => Grant(Rule::PublicToRead),
        _ => Deny(Rule::NotInTeam),
    }
}

fn named(role: Option<TeamRole>, action: Action) -> Decision {
    match (role, action) {
        (None, _) => Deny(Rule::NotAddedByName),
        (Some(TeamRole::ViewOnly), Action::Write) => Deny(Rule::ViewOnly),
        (Some(_), _) => Grant(Rule::AddedByName),
    }
}

fn added_by_name(project: &Project, id: &PrincipalId) -> Option<TeamRole> {
    project
        .members
        .iter()
        .find(|(member, _)| member == id)
        .map(|(_, role)| *role)
}
