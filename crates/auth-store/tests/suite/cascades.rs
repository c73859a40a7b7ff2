//! What goes along with what.

use auth_core::Key;
use service_accounts::AccountsOf;

use super::*;

const URL: &str = "https://ci.example.com";

/// The world, with an account of each scope, keys, issuers, and a project in each team that `bob` and an
/// account were added to.
async fn furnish(store: &impl Store) -> Result<(), StoreError> {
    populate(store).await?;
    for account in [
        organization_account("acme", "ops", "bot"),
        federated(team_account("acme", "ml", "bot"), URL, "job"),
        organization_account("globex", "labs", "bot"),
    ] {
        let first = key(
            PrincipalId::ServiceAccount(account.id.clone()),
            account.id.as_str(),
        );
        store
            .create_account(&account, Some(&first), event("account.create"))
            .await?;
    }
    for name in ["bob", "eve"] {
        store
            .create_key(&key(person(name), name), event("api_key.create"))
            .await?;
    }
    for organization in ["acme", "globex"] {
        store
            .create_issuer(&issuer(organization, URL), event("jwt_issuer.create"))
            .await?;
    }
    for (organization, team, bot) in [
        ("acme", "ml", "acme-bot"),
        ("acme", "ops", "ml-bot"),
        ("globex", "labs", "globex-bot"),
    ] {
        let members = vec![
            (person("bob"), TeamRole::Member),
            (robot(bot), TeamRole::Member),
        ];
        let new = Project {
            members,
            ..project(organization, team, "p")
        };
        store.create_project(&new, event("project.create")).await?;
    }
    Ok(())
}

async fn key_exists(store: &impl Store, id: &str) -> bool {
    store
        .key(&ApiKeyId::new(id))
        .await
        .expect("an answer")
        .is_some()
}

async fn members_of(store: &impl Store, team: &str) -> Vec<PrincipalId> {
    let found = store
        .project(&TeamId::new(team), "p")
        .await
        .expect("an answer");
    found
        .expect("the project")
        .members
        .into_iter()
        .map(|(member, _)| member)
        .collect()
}

/// That nothing of `globex` has gone.
async fn globex_is_untouched(store: &impl Store) {
    let globex = OrganizationId::new("globex");
    assert_eq!(store.teams(&globex).await.expect("teams").len(), 1);
    assert_eq!(
        store
            .accounts(AccountsOf::Organization(&globex))
            .await
            .expect("accounts")
            .len(),
        1
    );
    assert_eq!(store.issuers(&globex).await.expect("issuers").len(), 1);
    assert!(key_exists(store, "globex-bot").await && key_exists(store, "eve").await);
    assert_eq!(
        store
            .organization_members(&globex)
            .await
            .expect("members")
            .len(),
        2
    );
    assert_eq!(
        store
            .team_members(&TeamId::new("labs"))
            .await
            .expect("members")
            .len(),
        2
    );
    assert_eq!(
        members_of(store, "labs").await,
        [robot("globex-bot"), person("bob")]
    );
}

pub(crate) async fn an_organization_takes_all_that_is_its_own(store: &impl Store) {
    furnish(store).await.expect("a world");
    let acme = OrganizationId::new("acme");
    let delete = store.delete_organization(&acme, event("organization.delete"));
    expect(store, "delete", "done", delete).await;
    assert!(store.teams(&acme).await.expect("teams").is_empty());
    assert!(
        store
            .accounts(AccountsOf::Organization(&acme))
            .await
            .expect("accounts")
            .is_empty()
    );
    assert!(store.issuers(&acme).await.expect("issuers").is_empty());
    assert!(
        store
            .organization_members(&acme)
            .await
            .expect("members")
            .is_empty()
    );
    for team in ["ml", "ops"] {
        let team = TeamId::new(team);
        assert!(store.team_members(&team).await.expect("members").is_empty());
        assert!(store.projects(&team).await.expect("projects").is_empty());
        assert!(
            store
                .accounts(AccountsOf::Team(&team))
                .await
                .expect("accounts")
                .is_empty()
        );
    }
    for id in ["acme-bot", "ml-bot"] {
        assert!(!key_exists(store, id).await, "{id}");
        assert_eq!(
            store.principal(&robot(id)).await.expect("an answer"),
            None,
            "{id}"
        );
    }
    let bob = store
        .memberships(&user_id("bob"))
        .await
        .expect("memberships");
    assert_eq!((bob.organizations.len(), bob.teams.len()), (1, 1));
    assert!(
        key_exists(store, "bob").await,
        "people outlive an organization"
    );
    globex_is_untouched(store).await;
}

pub(crate) async fn a_member_leaves_with_all_that_membership_gave(store: &impl Store) {
    furnish(store).await.expect("a world");
    let acme = OrganizationId::new("acme");
    let remove = async |name: &str| {
        store
            .remove_organization_member(&acme, &user_id(name), event("member.remove"))
            .await
    };
    expect(store, "stranger", "not found", remove("eve")).await;
    expect(store, "member", "done", remove("bob")).await;
    expect(store, "again", "not found", remove("bob")).await;
    let bob = store
        .memberships(&user_id("bob"))
        .await
        .expect("memberships");
    let globex = OrganizationId::new("globex");
    assert_eq!(bob.organizations, [(globex, OrganizationRole::Member)]);
    assert_eq!(bob.teams, [(TeamId::new("labs"), TeamRole::Member)]);
    assert_eq!(members_of(store, "ml").await, [robot("acme-bot")]);
    assert_eq!(members_of(store, "ops").await, [robot("ml-bot")]);
    globex_is_untouched(store).await;
}

pub(crate) async fn a_team_member_leaves_the_teams_projects(store: &impl Store) {
    furnish(store).await.expect("a world");
    let remove = async |name: &str| {
        let audit = event("member.remove");
        store
            .remove_team_member(&TeamId::new("ml"), &user_id(name), audit)
            .await
    };
    expect(store, "no member", "not found", remove("carol")).await;
    expect(store, "member", "done", remove("bob")).await;
    assert_eq!(members_of(store, "ml").await, [robot("acme-bot")]);
    let elsewhere = members_of(store, "ops").await;
    assert!(elsewhere.contains(&person("bob")), "{elsewhere:?}");
    let members = store
        .team_members(&TeamId::new("ml"))
        .await
        .expect("members");
    assert_eq!(members.len(), 1);
    globex_is_untouched(store).await;
}

pub(crate) async fn a_team_takes_all_that_is_its_own(store: &impl Store) {
    furnish(store).await.expect("a world");
    let ml = TeamId::new("ml");
    expect(
        store,
        "delete",
        "done",
        store.delete_team(&ml, event("team.delete")),
    )
    .await;
    assert!(store.projects(&ml).await.expect("projects").is_empty());
    assert!(!key_exists(store, "ml-bot").await);
    assert!(key_exists(store, "acme-bot").await);
    assert_eq!(
        members_of(store, "ops").await,
        [person("bob")],
        "the team's account has gone"
    );
    let acme = OrganizationId::new("acme");
    let external = store
        .external_account(&acme, URL, "job")
        .await
        .expect("an answer");
    assert_eq!(external, None);
    assert_eq!(
        store
            .organization_members(&acme)
            .await
            .expect("members")
            .len(),
        3
    );
    globex_is_untouched(store).await;
}

pub(crate) async fn an_account_takes_its_keys_and_places(store: &impl Store) {
    furnish(store).await.expect("a world");
    let id = ServiceAccountId::new("acme-bot");
    expect(
        store,
        "delete",
        "done",
        store.delete_account(&id, event("account.delete")),
    )
    .await;
    assert!(!key_exists(store, "acme-bot").await);
    assert_eq!(members_of(store, "ml").await, [person("bob")]);
    globex_is_untouched(store).await;
}

pub(crate) async fn a_user_takes_keys_and_memberships(store: &impl Store) {
    furnish(store).await.expect("a world");
    expect(
        store,
        "delete",
        "done",
        store.delete_user(&user_id("bob"), event("user.delete")),
    )
    .await;
    assert!(!key_exists(store, "bob").await && key_exists(store, "eve").await);
    assert_eq!(store.user(Key::Name("bob")).await.expect("an answer"), None);
    for team in ["ml", "ops", "labs"] {
        assert!(
            !members_of(store, team).await.contains(&person("bob")),
            "{team}"
        );
    }
    let bob = store
        .memberships(&user_id("bob"))
        .await
        .expect("memberships");
    assert_eq!((bob.organizations.len(), bob.teams.len()), (0, 0));
}

pub(crate) async fn a_thing_made_again_inherits_nothing(store: &impl Store) {
    furnish(store).await.expect("a world");
    let acme = OrganizationId::new("acme");
    store
        .delete_organization(&acme, event("organization.delete"))
        .await
        .expect("it goes");
    store
        .create_organization(&organization("acme"), event("x"))
        .await
        .expect("it comes back");
    store
        .create_team(&team("acme", "ml"), event("x"))
        .await
        .expect("it comes back");
    store
        .create_project(&project("acme", "ml", "p"), event("x"))
        .await
        .expect("it comes back");
    assert!(members_of(store, "ml").await.is_empty());
    assert!(
        store
            .team_members(&TeamId::new("ml"))
            .await
            .expect("members")
            .is_empty()
    );
    assert!(!key_exists(store, "ml-bot").await);
    let id = ProjectId::new("ml-p");
    let bob = person("bob");
    let set = store.set_project_member(&id, &bob, TeamRole::Member, event("x"));
    expect(store, "a former member is a stranger", "forbidden", set).await;
}
