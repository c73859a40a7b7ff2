//! Who a credential proved the caller to be.

use serde::Serialize;

use crate::attribution::Attribution;
use crate::directory::{Memberships, User};
use crate::id::{OrganizationId, PrincipalId, ServiceAccountId, TeamId};
use crate::time::Timestamp;

/// How somebody signed in; it goes to the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// An LDAP directory took the password.
    Ldap,
    /// An OpenID Provider vouched.
    OpenIdConnect,
    /// An API key.
    ApiKey,
    /// A JWT of another platform, or an access token that was traded for one.
    Federation,
    /// A resolver of the host's own, by its name.
    Other(&'static str),
}

/// What a service account may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceAccountScope {
    /// Every team of an organization.
    Organization {
        /// Which organization.
        organization: OrganizationId,
        /// The team of requests that name none.
        default_team: TeamId,
    },
    /// One team.
    Team {
        /// The organization of the team.
        organization: OrganizationId,
        /// Which team.
        team: TeamId,
    },
}

impl ServiceAccountScope {
    /// The organization, which no service account leaves.
    #[must_use]
    pub const fn organization(&self) -> &OrganizationId {
        match self {
            Self::Organization { organization, .. } | Self::Team { organization, .. } => {
                organization
            }
        }
    }

    /// The team of requests that name none.
    #[must_use]
    pub const fn default_team(&self) -> &TeamId {
        match self {
            Self::Organization {
                default_team: team, ..
            }
            | Self::Team { team, .. } => team,
        }
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Principal {
    /// A person, with the places where this person belongs.
    User {
        /// Who.
        user: User,
        /// Where.
        memberships: Memberships,
    },
    /// A service account.
    ServiceAccount {
        /// Which one, for ever.
        id: ServiceAccountId,
        /// Its name.
        name: String,
        /// What it may reach.
        scope: ServiceAccountScope,
    },
}

impl Principal {
    /// The identifier, of either kind.
    #[must_use]
    pub fn id(&self) -> PrincipalId {
        match self {
            Self::User { user, .. } => PrincipalId::User(user.id.clone()),
            Self::ServiceAccount { id, .. } => PrincipalId::ServiceAccount(id.clone()),
        }
    }

    /// The name to show.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User { user, .. } => &user.username,
            Self::ServiceAccount { name, .. } => name,
        }
    }
}

/// Who a credential proved the caller to be: the answer of every
/// [`IdentityResolver`](crate::IdentityResolver).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    principal: Principal,
    confined_to: Option<OrganizationId>,
    method: Method,
    authenticated_at: Timestamp,
    expires_at: Option<Timestamp>,
    attribution: Attribution,
}

impl Identity {
    /// An identity proven by `method` at `authenticated_at`. A service account is confined to its
    /// organization from the start; a user is not.
    #[must_use]
    pub fn new(principal: Principal, method: Method, authenticated_at: Timestamp) -> Self {
        let confined_to = match &principal {
            Principal::User { .. } => None,
            Principal::ServiceAccount { scope, .. } => Some(scope.organization().clone()),
        };
        Self {
            principal,
            confined_to,
            method,
            authenticated_at,
            expires_at: None,
            attribution: Attribution::None,
        }
    }

    /// Confines a user's identity to `organization`: what the user is elsewhere counts for nothing.
    /// A service account's own organization stands, whatever is asked.
    #[must_use]
    pub fn confined_to(mut self, organization: OrganizationId) -> Self {
        if self.confined_to.is_none() {
            self.confined_to = Some(organization);
        }
        self
    }

    /// Ends the identity at `moment`.
    #[must_use]
    pub const fn expiring_at(mut self, moment: Timestamp) -> Self {
        self.expires_at = Some(moment);
        self
    }

    /// Says whom the work is credited to. It changes no right.
    #[must_use]
    pub fn attributed(mut self, attribution: Attribution) -> Self {
        self.attribution = attribution;
        self
    }

    /// Who acts.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The one organization that this identity may act in; `None` where it is not confined.
    #[must_use]
    pub const fn organization(&self) -> Option<&OrganizationId> {
        self.confined_to.as_ref()
    }

    /// Whether this identity may act in `organization` at all, as far as its confinement goes.
    #[must_use]
    pub fn may_enter(&self, organization: &OrganizationId) -> bool {
        self.confined_to
            .as_ref()
            .is_none_or(|confined_to| confined_to == organization)
    }

    /// How it was proven.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// When it was proven.
    #[must_use]
    pub const fn authenticated_at(&self) -> Timestamp {
        self.authenticated_at
    }

    /// When it ends; `None` where the credential says nothing of that.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Whom the work is credited to.
    #[must_use]
    pub const fn attribution(&self) -> &Attribution {
        &self.attribution
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confinement_is_never_lifted_or_moved() {
        let scope = ServiceAccountScope::Team {
            organization: OrganizationId::new("acme"),
            team: TeamId::new("ml"),
        };
        let id = ServiceAccountId::new("s");
        let principal = Principal::ServiceAccount {
            id,
            name: "s".into(),
            scope,
        };
        let identity = Identity::new(principal, Method::ApiKey, Timestamp::from_secs(0))
            .confined_to(OrganizationId::new("globex"));
        assert_eq!(identity.organization(), Some(&OrganizationId::new("acme")));
        assert!(!identity.may_enter(&OrganizationId::new("globex")));
    }
}
