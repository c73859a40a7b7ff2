//! Many at once.

use std::collections::BTreeMap;

use service_accounts::{AccountsOf, MOST_KEYS};

use super::federation::signing_key;
use super::*;

/// Runs `change` for 20 callers at once, and counts how it ended.
pub(crate) async fn at_once<S, F>(
    store: &S,
    change: impl Fn(S, u32) -> F,
) -> BTreeMap<&'static str, usize>
where
    S: Store,
    F: Future<Output = Result<(), StoreError>> + Send + 'static,
{
    let callers: Vec<_> = (0..20)
        .map(|caller| tokio::spawn(change(store.clone(), caller)))
        .collect();
    let mut counts = BTreeMap::new();
    for caller in callers {
        let verdict = verdict(caller.await.expect("no caller panics"));
        let count: &mut usize = counts.entry(verdict).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

pub(crate) async fn store_004_of_parallel_inserts_one_wins(store: &impl Store) {
    let counts = at_once(store, |store, caller| async move {
        let new = User {
            id: UserId::new(caller.to_string()),
            ..user("alice")
        };
        store.create_user(&new, event("user.create")).await
    })
    .await;
    assert_eq!(counts, BTreeMap::from([("done", 1), ("conflict", 19)]));
    assert_eq!(store.users().await.expect("users").len(), 1);
    assert_eq!(
        store.newest_events(100).await.len(),
        1,
        "one event for one change"
    );
}

pub(crate) async fn sa_024_of_parallel_creations_of_an_account_one_wins(store: &impl Store) {
    populate(store).await.expect("a world");
    let counts = at_once(store, |store, caller| async move {
        let id = ServiceAccountId::new(caller.to_string());
        let new = ServiceAccount {
            id,
            ..team_account("acme", "ml", "ci")
        };
        let first = key(robot(&caller.to_string()), &caller.to_string());
        store.create_account(&new, Some(&first), event("x")).await
    })
    .await;
    assert_eq!(counts, BTreeMap::from([("done", 1), ("conflict", 19)]));
    let ml = TeamId::new("ml");
    let accounts = store
        .accounts(AccountsOf::Team(&ml))
        .await
        .expect("accounts");
    assert_eq!(accounts.len(), 1);
    let owner = PrincipalId::ServiceAccount(accounts[0].id.clone());
    assert_eq!(store.keys(&owner).await.expect("keys").len(), 1);
}

pub(crate) async fn sa_025_a_limit_holds_under_parallel_requests(store: &impl Store) {
    populate(store).await.expect("a world");
    for number in 5..MOST_KEYS {
        let new = key(person("bob"), &format!("before {number}"));
        store
            .create_key(&new, event("x"))
            .await
            .expect("below the limit");
    }
    let counts = at_once(store, |store, caller| async move {
        store
            .create_key(&key(person("bob"), &caller.to_string()), event("x"))
            .await
    })
    .await;
    assert_eq!(counts, BTreeMap::from([("done", 5), ("forbidden", 15)]));
}

pub(crate) async fn of_parallel_rotations_one_wins(store: &impl Store) {
    let counts = at_once(store, |store, caller| async move {
        let new = signing_key(&caller.to_string());
        store.add_signing_key(&new, None, event("x")).await
    })
    .await;
    assert_eq!(counts, BTreeMap::from([("done", 1), ("conflict", 19)]));
    assert_eq!(store.signing_keys().await.expect("keys").len(), 1);
}

/// A team that goes while accounts come leaves no account without its team.
pub(crate) async fn a_team_goes_while_accounts_come(store: &impl Store) {
    populate(store).await.expect("a world");
    at_once(store, |store, caller| async move {
        if caller == 10 {
            return store.delete_team(&TeamId::new("ml"), event("x")).await;
        }
        let name = caller.to_string();
        store
            .create_account(&team_account("acme", "ml", &name), None, event("x"))
            .await
    })
    .await;
    let ml = TeamId::new("ml");
    assert_eq!(
        store
            .accounts(AccountsOf::Team(&ml))
            .await
            .expect("accounts"),
        []
    );
    let left = store.principal(&robot("ml-0")).await.expect("an answer");
    assert_eq!(left, None);
}
