//! Fills an empty store. Killed at any moment and started again, it makes what is missing.

mod accounts;
mod directory;

use auth_axum::Auth;
use auth_core::{
    AuditEvent, Clock, Directory, Identity, Key, Method, OrganizationRole, OsRandom, Outcome,
    Principal, SystemClock, TeamRole, User, UserId, Visibility,
};
use auth_store::SqliteStore;

use self::accounts::Accounts;
use super::credentials::Credentials;
use super::{DemoError, Keys, places};

/// Makes people, places, accounts and keys, unless all of it was made before.
pub(super) async fn seed(
    auth: &Auth,
    store: &SqliteStore,
    issuer: &str,
    credentials: &mut Credentials,
) -> Result<Keys, DemoError> {
    if let (true, Some(keys)) = (credentials.complete, credentials.keys()) {
        return Ok(keys);
    }
    let seed = Seed {
        store,
        admin: admin(store).await?,
    };
    let accounts = seed.people_and_places().await?;
    let keys = accounts.make(auth, &seed, issuer, credentials).await?;
    credentials.complete = true;
    credentials.save()?;
    Ok(keys)
}

/// Makes things in the name of the first administrator.
struct Seed<'a> {
    store: &'a SqliteStore,
    admin: Identity,
}

/// The first administrator. Nobody is there yet who could make one, so the account makes itself.
async fn admin(store: &SqliteStore) -> Result<Identity, DemoError> {
    let identity = |user: User, memberships| {
        let principal = Principal::User { user, memberships };
        Identity::new(principal, Method::Other("bootstrap"), SystemClock.now())
    };
    if let Some(user) = store.user(Key::Name("admin")).await? {
        let memberships = store.memberships(&user.id).await?;
        return Ok(identity(user, memberships));
    }
    let user = User {
        id: UserId::random(&OsRandom)?,
        username: "admin".to_owned(),
        display_name: "Administrator".to_owned(),
        email: None,
        instance_admin: true,
        disabled: false,
    };
    let seed = Seed {
        store,
        admin: identity(user.clone(), Default::default()),
    };
    seed.create_user(&user).await?;
    Ok(seed.admin)
}

impl Seed<'_> {
    async fn people_and_places(&self) -> Result<Accounts, DemoError> {
        let organization = self.organization(places::ORGANIZATION).await?;
        let team = self.team(&organization.id, places::TEAM).await?;
        let other_team = self.team(&organization.id, places::OTHER_TEAM).await?;

        let admin = self.user("admin", None).await?;
        let alice = self.user("alice", Some(places::ALICE_EMAIL)).await?;
        let bob = self.user("bob", Some("bob@acme.example")).await?;
        let carol = self.user("carol", Some("carol@acme.example")).await?;
        for (user, role) in [
            (&admin, OrganizationRole::Admin),
            (&alice, OrganizationRole::Member),
            (&bob, OrganizationRole::Member),
            (&carol, OrganizationRole::Member),
        ] {
            self.organization_member(&organization.id, user, role)
                .await?;
        }
        for (team, user, role) in [
            (&team, &alice, TeamRole::Member),
            (&team, &carol, TeamRole::ViewOnly),
            (&other_team, &bob, TeamRole::Member),
        ] {
            self.team_member(team, user, role).await?;
        }
        for (name, visibility, members) in [
            (places::OPEN_PROJECT, Visibility::Open, &[][..]),
            (places::TEAM_PROJECT, Visibility::Team, &[]),
            (
                places::RESTRICTED_PROJECT,
                Visibility::Restricted,
                &[&alice],
            ),
        ] {
            self.project(&team, name, visibility, members).await?;
        }
        Ok(Accounts {
            organization: organization.id,
            team: team.id,
            admin: admin.id,
        })
    }

    fn event(&self, action: &'static str) -> AuditEvent {
        AuditEvent::new(SystemClock.now(), action, Outcome::Granted).by(&self.admin)
    }
}
