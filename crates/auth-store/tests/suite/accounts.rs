//! Service accounts.

use auth_core::Principal;
use service_accounts::{AccountsOf, MOST_ACCOUNTS};

use super::*;

const ISSUER: &str = "https://ci.example.com";

async fn create(store: &impl Store, new: &ServiceAccount) -> Result<(), StoreError> {
    store
        .create_account(new, None, event("service_account.create"))
        .await
}

pub(crate) async fn accounts_are_kept_and_found(store: &impl Store) {
    populate(store).await.expect("a world");
    let of_team = team_account("acme", "ml", "ci");
    let of_organization = organization_account("acme", "ops", "ci");
    let external = federated(
        organization_account("acme", "ml", "actions"),
        ISSUER,
        "repo:a/b",
    );
    for (name, new, expected) in [
        ("team", &of_team, "done"),
        ("same name in the organization", &of_organization, "done"),
        (
            "same name in another team",
            &team_account("acme", "ops", "ci"),
            "done",
        ),
        ("federated", &external, "done"),
        ("same id", &of_team, "conflict"),
    ] {
        expect(store, name, expected, create(store, new)).await;
    }
    for new in [&of_team, &of_organization, &external] {
        assert_eq!(
            store.account(&new.id).await.expect("an answer").as_ref(),
            Some(new)
        );
        let found = store
            .principal(&PrincipalId::ServiceAccount(new.id.clone()))
            .await;
        let expected = Principal::ServiceAccount {
            id: new.id.clone(),
            name: new.name.clone(),
            scope: new.scope.clone(),
        };
        assert_eq!(found.expect("an answer"), Some(expected));
    }
    let listed = store.accounts(AccountsOf::Team(&TeamId::new("ml"))).await;
    assert_eq!(listed.expect("accounts"), std::slice::from_ref(&of_team));
    let listed = store
        .accounts(AccountsOf::Organization(&OrganizationId::new("acme")))
        .await;
    assert_eq!(listed.expect("accounts"), [external, of_organization]);

    let delete = async || {
        store
            .delete_account(&of_team.id, event("service_account.delete"))
            .await
    };
    expect(store, "delete", "done", delete()).await;
    expect(store, "delete again", "not found", delete()).await;
    assert_eq!(store.account(&of_team.id).await.expect("an answer"), None);
    assert_eq!(
        store.principal(&robot("ml-ci")).await.expect("an answer"),
        None
    );
}

pub(crate) async fn a_name_is_unique_in_its_scope(store: &impl Store) {
    populate(store).await.expect("a world");
    let other = |account| ServiceAccount {
        id: ServiceAccountId::new("other"),
        ..account
    };
    for (name, new, expected) in [
        ("team", team_account("acme", "ml", "ci"), "done"),
        (
            "team again",
            other(team_account("acme", "ml", "ci")),
            "conflict",
        ),
        (
            "organization",
            organization_account("acme", "ml", "ci"),
            "done",
        ),
        (
            "organization again, other default team",
            other(organization_account("acme", "ops", "ci")),
            "conflict",
        ),
        (
            "another organization",
            organization_account("globex", "labs", "ci"),
            "done",
        ),
    ] {
        expect(store, name, expected, create(store, &new)).await;
    }
}

pub(crate) async fn an_issuer_and_subject_are_one_account_of_an_organization(store: &impl Store) {
    populate(store).await.expect("a world");
    for (name, new, expected) in [
        (
            "first",
            federated(team_account("acme", "ml", "a"), ISSUER, "job"),
            "done",
        ),
        (
            "again in the organization",
            federated(organization_account("acme", "ml", "b"), ISSUER, "job"),
            "conflict",
        ),
        (
            "other subject",
            federated(team_account("acme", "ml", "c"), ISSUER, "job2"),
            "done",
        ),
        (
            "other organization",
            federated(team_account("globex", "labs", "a"), ISSUER, "job"),
            "done",
        ),
    ] {
        expect(store, name, expected, create(store, &new)).await;
    }
    let again = federated(team_account("acme", "ml", "d"), ISSUER, "job");
    let outcome = create(store, &again).await;
    let named = "a service account of this issuer and subject";
    assert!(
        matches!(outcome, Err(StoreError::Conflict { what }) if what == named),
        "{outcome:?}"
    );
    for (organization, issuer, subject, expected) in [
        ("acme", ISSUER, "job", Some("ml-a")),
        ("globex", ISSUER, "job", Some("labs-a")),
        ("initech", ISSUER, "job", None),
        ("acme", "https://CI.example.com", "job", None),
        ("acme", "https://ci.example.com/", "job", None),
        ("acme", ISSUER, "Job", None),
        ("acme", ISSUER, "job ", None),
        ("acme", ISSUER, "%", None),
    ] {
        let organization = OrganizationId::new(organization);
        let found = store.external_account(&organization, issuer, subject).await;
        let found = found.expect("an answer");
        let found = found.as_ref().map(ServiceAccountId::as_str);
        assert_eq!(found, expected, "{organization} {issuer} {subject}");
    }
}

pub(crate) async fn an_account_and_its_first_key_are_kept_together(store: &impl Store) {
    populate(store).await.expect("a world");
    let (first, second) = (
        team_account("acme", "ml", "a"),
        team_account("acme", "ml", "b"),
    );
    let first_key = key(robot("ml-a"), "0000000001");
    let create = async |new: &ServiceAccount, key: &ApiKey| {
        store
            .create_account(new, Some(key), event("service_account.create"))
            .await
    };
    expect(store, "first", "done", create(&first, &first_key)).await;
    assert_eq!(store.keys(&robot("ml-a")).await.expect("keys").len(), 1);
    let taken = key(robot("ml-b"), "0000000001");
    expect(store, "key taken", "conflict", create(&second, &taken)).await;
    let found = store.account(&second.id).await.expect("an answer");
    assert_eq!(found, None, "an account without its key is of no use");
}

pub(crate) async fn a_default_team_is_not_deleted(store: &impl Store) {
    populate(store).await.expect("a world");
    let account = organization_account("acme", "ops", "ci");
    create(store, &account).await.expect("an account");
    let delete = async |team: &str| {
        store
            .delete_team(&TeamId::new(team), event("team.delete"))
            .await
    };
    expect(store, "default team", "forbidden", delete("ops")).await;
    expect(store, "another team", "done", delete("ml")).await;
    expect(store, "unknown", "not found", delete("ml")).await;
    let audit = event("service_account.delete");
    store
        .delete_account(&account.id, audit)
        .await
        .expect("it goes");
    expect(store, "default team no more", "done", delete("ops")).await;
}

pub(crate) async fn sa_025_an_organization_has_a_limit_of_accounts(store: &impl Store) {
    populate(store).await.expect("a world");
    store.fill_with_accounts(MOST_ACCOUNTS - 1).await;
    let last = team_account("acme", "ml", "last");
    expect(store, "the last", "done", create(store, &last)).await;
    let one_more = organization_account("acme", "ml", "more");
    expect(store, "one more", "forbidden", create(store, &one_more)).await;
    let elsewhere = team_account("globex", "labs", "first");
    expect(
        store,
        "another organization",
        "done",
        create(store, &elsewhere),
    )
    .await;
}
