//! What every backend must do, written over the ports alone. A backend's own file says how to make
//! an empty store, and runs all of it.

use std::fmt::Debug;
use std::future::Future;

use auth_core::{
    AuditEvent, AuditSink, DirectoryAdmin, Organization, OrganizationId, OrganizationRole, Outcome,
    PrincipalId, Principals, Project, ProjectId, ServiceAccountId, ServiceAccountScope, StoreError,
    Team, TeamId, TeamRole, Timestamp, User, UserId, Visibility,
};
use auth_store::StoredAuditEvent;
use jwt_federation::{
    AccessTokenStore, ExternalAccounts, IssuerSettings, JwtIssuer, JwtIssuerId, JwtIssuerStore,
    MOST_SPENT, SigningKeyStore,
};
use service_accounts::{
    ApiKey, ApiKeyHash, ApiKeyId, ApiKeyStore, Authentication, ServiceAccount, ServiceAccountStore,
};

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod cascades;
pub(crate) mod directory;
pub(crate) mod federation;
pub(crate) mod hostile;
pub(crate) mod keys;
pub(crate) mod projects;
pub(crate) mod races;
pub(crate) mod revocations;
pub(crate) mod trust;

/// All ports at once, and what only a test needs.
pub(crate) trait Store:
    DirectoryAdmin
    + Principals
    + AuditSink
    + ServiceAccountStore
    + ApiKeyStore
    + JwtIssuerStore
    + ExternalAccounts
    + SigningKeyStore
    + AccessTokenStore
    + Clone
    + 'static
{
    /// The newest entries of the audit log.
    fn newest_events(&self, limit: u32) -> impl Future<Output = Vec<StoredAuditEvent>> + Send;

    /// Adds `count` service accounts to the organization `acme`, past all ports and quickly.
    fn fill_with_accounts(&self, count: u32) -> impl Future<Output = ()> + Send;

    /// Adds `count` spent `jti` to a registration, past all ports and quickly.
    fn fill_with_spent(
        &self,
        id: &JwtIssuerId,
        count: u32,
        until: Timestamp,
    ) -> impl Future<Output = ()> + Send;

    /// How many spent `jti` are kept.
    fn count_spent(&self) -> impl Future<Output = i64> + Send;
}

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

pub(crate) fn event(action: &'static str) -> AuditEvent {
    AuditEvent::new(NOW, action, Outcome::Granted)
}

/// How a change ended, in a word.
pub(crate) fn verdict<T: Debug>(outcome: Result<T, StoreError>) -> &'static str {
    match outcome {
        Ok(_) => "done",
        Err(StoreError::Conflict { .. }) => "conflict",
        Err(StoreError::NotFound { .. }) => "not found",
        Err(StoreError::Forbidden { .. }) => "forbidden",
        Err(_) => "unavailable",
    }
}

pub(crate) fn user(name: &str) -> User {
    User {
        id: UserId::new(format!("u-{name}")),
        username: name.into(),
        display_name: name.to_uppercase(),
        email: Some(format!("{name}@example.com")),
        instance_admin: false,
        disabled: false,
    }
}

pub(crate) fn organization(name: &str) -> Organization {
    Organization {
        id: OrganizationId::new(name),
        name: name.into(),
    }
}

pub(crate) fn team(organization: &str, name: &str) -> Team {
    Team {
        id: TeamId::new(name),
        organization: OrganizationId::new(organization),
        name: name.into(),
    }
}

pub(crate) fn project(organization: &str, team: &str, name: &str) -> Project {
    Project {
        id: ProjectId::new(format!("{team}-{name}")),
        organization: OrganizationId::new(organization),
        team: TeamId::new(team),
        name: name.into(),
        visibility: Visibility::Team,
        members: Vec::new(),
    }
}

pub(crate) fn user_id(name: &str) -> UserId {
    user(name).id
}

pub(crate) fn person(name: &str) -> PrincipalId {
    PrincipalId::User(user_id(name))
}

pub(crate) fn robot(id: &str) -> PrincipalId {
    PrincipalId::ServiceAccount(ServiceAccountId::new(id))
}

/// An account of a team.
pub(crate) fn team_account(organization: &str, team: &str, name: &str) -> ServiceAccount {
    ServiceAccount {
        id: ServiceAccountId::new(format!("{team}-{name}")),
        name: name.into(),
        scope: ServiceAccountScope::Team {
            organization: OrganizationId::new(organization),
            team: TeamId::new(team),
        },
        authentication: Authentication::ApiKey,
        created_at: NOW,
        created_by: person("alice"),
    }
}

/// An account of a whole organization.
pub(crate) fn organization_account(organization: &str, team: &str, name: &str) -> ServiceAccount {
    ServiceAccount {
        id: ServiceAccountId::new(format!("{organization}-{name}")),
        scope: ServiceAccountScope::Organization {
            organization: OrganizationId::new(organization),
            default_team: TeamId::new(team),
        },
        ..team_account(organization, team, name)
    }
}

pub(crate) fn federated(account: ServiceAccount, issuer: &str, subject: &str) -> ServiceAccount {
    let authentication = Authentication::Federated {
        issuer: issuer.into(),
        subject: subject.into(),
    };
    ServiceAccount {
        authentication,
        ..account
    }
}

pub(crate) fn key(owner: PrincipalId, id: &str) -> ApiKey {
    ApiKey {
        id: ApiKeyId::new(id),
        hash: ApiKeyHash::from_bytes([7; 32]),
        owner,
        description: "for the night run".into(),
        created_at: NOW,
        created_by: person("alice"),
        last_used_at: None,
    }
}

pub(crate) fn issuer(organization: &str, url: &str) -> JwtIssuer {
    let id = JwtIssuerId::new(format!("{organization} {url}"));
    let settings = IssuerSettings::default();
    JwtIssuer::new(
        id,
        OrganizationId::new(organization),
        url,
        settings,
        NOW,
        person("alice"),
    )
}

/// Two organizations. In `acme`: the teams `ml` and `ops`; `alice` administers it and is in `ml`, `bob`
/// is in both teams, `carol` in none. In `globex`: the team `labs`; `eve` and `bob` are in it.
pub(crate) async fn populate(store: &impl Store) -> Result<(), StoreError> {
    for name in ["acme", "globex"] {
        store
            .create_organization(&organization(name), event("organization.create"))
            .await?;
    }
    for (organization, name) in [("acme", "ml"), ("acme", "ops"), ("globex", "labs")] {
        store
            .create_team(&team(organization, name), event("team.create"))
            .await?;
    }
    for name in ["alice", "bob", "carol", "eve"] {
        store.create_user(&user(name), event("user.create")).await?;
    }
    use OrganizationRole::{Admin, Member};
    for (organization, name, role) in [
        ("acme", "alice", Admin),
        ("acme", "bob", Member),
        ("acme", "carol", Member),
        ("globex", "eve", Admin),
        ("globex", "bob", Member),
    ] {
        let (organization, user) = (OrganizationId::new(organization), user_id(name));
        let audit = event("member.set");
        store
            .set_organization_member(&organization, &user, role, audit)
            .await?;
    }
    for (team, name, role) in [
        ("ml", "alice", TeamRole::Admin),
        ("ml", "bob", TeamRole::Member),
        ("ops", "bob", TeamRole::ViewOnly),
        ("labs", "eve", TeamRole::Admin),
        ("labs", "bob", TeamRole::Member),
    ] {
        let audit = event("member.set");
        store
            .set_team_member(&TeamId::new(team), &user_id(name), role, audit)
            .await?;
    }
    Ok(())
}

/// Runs a change that must end as `expected`, and looks whether the audit log has grown with it: by
/// one event for what was done, by none for what was not.
pub(crate) async fn expect<S: Store>(
    store: &S,
    name: &str,
    expected: &str,
    change: impl Future<Output = Result<(), StoreError>>,
) {
    let before = newest_position(store).await;
    assert_eq!(verdict(change.await), expected, "{name}");
    let grown = newest_position(store).await.saturating_sub(before);
    assert_eq!(grown, i64::from(expected == "done"), "{name}: events");
}

async fn newest_position(store: &impl Store) -> i64 {
    store
        .newest_events(1)
        .await
        .first()
        .map_or(0, |event| event.position)
}
