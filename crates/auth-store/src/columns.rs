//! What stands in a column for a domain's word.

use auth_core::{
    OrganizationRole, PrincipalId, ServiceAccountId, StoreError, TeamRole, UserId, Visibility,
};

use crate::error::unreadable;

/// A later version of the domain has words that the schema does not know.
const UNKNOWN_WORD: StoreError = StoreError::Forbidden {
    rule: "this version of the store can't keep such a value",
};

pub(crate) const fn organization_role(role: OrganizationRole) -> Result<&'static str, StoreError> {
    match role {
        OrganizationRole::Admin => Ok("admin"),
        OrganizationRole::Member => Ok("member"),
        _ => Err(UNKNOWN_WORD),
    }
}

pub(crate) fn read_organization_role(text: &str) -> Result<OrganizationRole, StoreError> {
    match text {
        "admin" => Ok(OrganizationRole::Admin),
        "member" => Ok(OrganizationRole::Member),
        _ => Err(unreadable("organization role")),
    }
}

pub(crate) const fn team_role(role: TeamRole) -> Result<&'static str, StoreError> {
    match role {
        TeamRole::Admin => Ok("admin"),
        TeamRole::Member => Ok("member"),
        TeamRole::ViewOnly => Ok("view_only"),
        _ => Err(UNKNOWN_WORD),
    }
}

pub(crate) fn read_team_role(text: &str) -> Result<TeamRole, StoreError> {
    match text {
        "admin" => Ok(TeamRole::Admin),
        "member" => Ok(TeamRole::Member),
        "view_only" => Ok(TeamRole::ViewOnly),
        _ => Err(unreadable("team role")),
    }
}

pub(crate) const fn visibility(visibility: Visibility) -> Result<&'static str, StoreError> {
    match visibility {
        Visibility::Open => Ok("open"),
        Visibility::Public => Ok("public"),
        Visibility::Team => Ok("team"),
        Visibility::Restricted => Ok("restricted"),
        _ => Err(UNKNOWN_WORD),
    }
}

pub(crate) fn read_visibility(text: &str) -> Result<Visibility, StoreError> {
    match text {
        "open" => Ok(Visibility::Open),
        "public" => Ok(Visibility::Public),
        "team" => Ok(Visibility::Team),
        "restricted" => Ok(Visibility::Restricted),
        _ => Err(unreadable("visibility")),
    }
}

/// A principal in two columns, of which one is null: the user and the service account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PrincipalColumns<'a> {
    pub(crate) user: Option<&'a str>,
    pub(crate) service_account: Option<&'a str>,
}

impl<'a> PrincipalColumns<'a> {
    pub(crate) fn of(id: &'a PrincipalId) -> Result<Self, StoreError> {
        match id {
            PrincipalId::User(id) => Ok(Self {
                user: Some(id.as_str()),
                service_account: None,
            }),
            PrincipalId::ServiceAccount(id) => Ok(Self {
                user: None,
                service_account: Some(id.as_str()),
            }),
            _ => Err(UNKNOWN_WORD),
        }
    }
}

pub(crate) fn read_principal(
    user: Option<String>,
    service_account: Option<String>,
) -> Result<PrincipalId, StoreError> {
    match (user, service_account) {
        (Some(id), None) => Ok(PrincipalId::User(UserId::new(id))),
        (None, Some(id)) => Ok(PrincipalId::ServiceAccount(ServiceAccountId::new(id))),
        _ => Err(unreadable("principal")),
    }
}

/// A principal in one column, as `user:ID`: a label that outlives whom it names.
pub(crate) fn read_maker(text: &str) -> Result<PrincipalId, StoreError> {
    text.parse().map_err(|_| unreadable("maker"))
}
