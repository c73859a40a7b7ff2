use async_trait::async_trait;

use super::*;
use crate::directory::{Memberships, Organization, OrganizationRole, Project, Team, TeamRole};
use crate::id::{OrganizationId, ServiceAccountId, TeamId, UserId};
use crate::identity::Method;
use crate::time::Timestamp;

/// `alice` and `bob` share a team, `carol` is in the organization only, `dave` is disabled, `eve` is
/// somewhere else; `twin-1` and `twin-2` share an address.
#[derive(Debug)]
struct People;

const PEOPLE: [(&str, &[&str], &[&str]); 7] = [
    ("alice", &["acme"], &["ml"]),
    ("bob", &["acme"], &["ml"]),
    ("carol", &["acme"], &[]),
    ("dave", &["acme"], &["ml"]),
    ("eve", &["globex"], &["ml"]),
    ("twin-1", &["acme"], &["ml"]),
    ("twin-2", &["acme"], &["ml"]),
];

fn person(name: &str) -> User {
    let mailbox = if name.starts_with("twin") {
        "twins"
    } else {
        name
    };
    User {
        id: UserId::new(name),
        username: name.into(),
        display_name: String::new(),
        email: Some(format!("{mailbox}@example.com")),
        instance_admin: false,
        disabled: name == "dave",
    }
}

#[async_trait]
impl Directory for People {
    async fn user(&self, key: Key<'_, UserId>) -> Result<Option<User>, StoreError> {
        let name = match key {
            Key::Id(id) => id.as_str(),
            Key::Name(name) => name,
        };
        Ok(PEOPLE
            .iter()
            .any(|(known, ..)| *known == name)
            .then(|| person(name)))
    }
    async fn members_by_email(
        &self,
        organization: &OrganizationId,
        email: &str,
    ) -> Result<Vec<User>, StoreError> {
        let members = PEOPLE
            .iter()
            .filter(|(_, in_, _)| in_.contains(&organization.as_str()));
        Ok(members
            .map(|(name, ..)| person(name))
            .filter(|user| {
                user.email
                    .as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(email))
            })
            .collect())
    }
    async fn memberships(&self, user: &UserId) -> Result<Memberships, StoreError> {
        let known = PEOPLE.iter().find(|(name, ..)| *name == user.as_str());
        let (_, organizations, teams) = known.copied().unwrap_or_default();
        Ok(Memberships {
            organizations: organizations
                .iter()
                .map(|id| (OrganizationId::new(*id), OrganizationRole::Member))
                .collect(),
            teams: teams
                .iter()
                .map(|id| (TeamId::new(*id), TeamRole::Member))
                .collect(),
        })
    }
    async fn organization(
        &self,
        _: Key<'_, OrganizationId>,
    ) -> Result<Option<Organization>, StoreError> {
        Ok(None)
    }
    async fn sole_organization(&self) -> Result<Option<Organization>, StoreError> {
        Ok(None)
    }
    async fn team(&self, _: Key<'_, TeamId>) -> Result<Option<Team>, StoreError> {
        Ok(None)
    }
    async fn project(&self, _: &TeamId, _: &str) -> Result<Option<Project>, StoreError> {
        Ok(None)
    }
}

fn account(team: Option<&str>) -> Identity {
    let organization = OrganizationId::new("acme");
    let scope = match team {
        Some(team) => ServiceAccountScope::Team {
            organization,
            team: TeamId::new(team),
        },
        None => ServiceAccountScope::Organization {
            organization,
            default_team: TeamId::new("ml"),
        },
    };
    let principal = Principal::ServiceAccount {
        id: ServiceAccountId::new("s"),
        name: "s".into(),
        scope,
    };
    Identity::new(principal, Method::ApiKey, Timestamp::from_secs(0))
}

async fn outcome(identity: &Identity, username: &str, email: &str) -> String {
    match attribute(&People, identity, Some(username), Some(email)).await {
        Ok(Attribution::None) => "nobody".into(),
        Ok(Attribution::Credited(user)) => user.username,
        Ok(Attribution::Unqualified { claimed }) => format!("not {claimed}"),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn sa_017_sa_018_only_the_accounts_own_people_are_credited() {
    let of_team = account(Some("ml"));
    let of_organization = account(None);
    for (name, identity, username, email, expected) in [
        ("team member", &of_team, "alice", "", "alice"),
        (
            "team member by email",
            &of_team,
            "",
            "alice@example.com",
            "alice",
        ),
        (
            "email in the username",
            &of_team,
            "alice@example.com",
            "",
            "alice",
        ),
        (
            "email in other case",
            &of_team,
            "",
            "Alice@Example.COM",
            "alice",
        ),
        ("username wins", &of_team, "bob", "alice@example.com", "bob"),
        ("no claim", &of_team, "", "", "nobody"),
        ("blank claim", &of_team, "  ", "", "nobody"),
        ("outside the team", &of_team, "carol", "", "not carol"),
        (
            "outside the team, organization account",
            &of_organization,
            "carol",
            "",
            "carol",
        ),
        ("outside the organization", &of_team, "eve", "", "not eve"),
        (
            "outside, organization account",
            &of_organization,
            "eve",
            "",
            "not eve",
        ),
        (
            "outside by email",
            &of_organization,
            "",
            "eve@example.com",
            "not eve@example.com",
        ),
        ("unknown", &of_team, "mallory", "", "not mallory"),
        ("disabled", &of_team, "dave", "", "not dave"),
        (
            "other case of a username",
            &of_team,
            "ALICE",
            "",
            "not ALICE",
        ),
        (
            "shared address",
            &of_team,
            "twins@example.com",
            "",
            "not twins@example.com",
        ),
        (
            "bad username hides no email",
            &of_team,
            "mallory",
            "alice@example.com",
            "not mallory",
        ),
    ] {
        assert_eq!(outcome(identity, username, email).await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_user_is_credited_with_nobody_elses_name() {
    let user = person("alice");
    let principal = Principal::User {
        user,
        memberships: Memberships::default(),
    };
    let identity = Identity::new(principal, Method::ApiKey, Timestamp::from_secs(0));
    assert_eq!(outcome(&identity, "alice", "").await, "nobody");
    assert_eq!(outcome(&identity, "", "alice@example.com").await, "nobody");
    assert_eq!(outcome(&identity, "bob", "").await, "not bob");
}

#[tokio::test]
async fn a_long_claim_is_cut() {
    let claimed = "é".repeat(10_000);
    match attribute(&People, &account(None), Some(&claimed), None).await {
        Ok(Attribution::Unqualified { claimed }) => assert_eq!(claimed.chars().count(), 128),
        other => panic!("{other:?}"),
    }
}
