//! API keys.

use std::time::Duration;

use service_accounts::MOST_KEYS;

use super::*;

async fn create(store: &impl Store, new: &ApiKey) -> Result<(), StoreError> {
    store.create_key(new, event("api_key.create")).await
}

async fn with_accounts(store: &impl Store) {
    populate(store).await.expect("a world");
    for account in [
        team_account("acme", "ml", "ci"),
        team_account("acme", "ops", "ci"),
    ] {
        store
            .create_account(&account, None, event("account.create"))
            .await
            .expect("an account");
    }
}

fn ids(keys: &[ApiKey]) -> Vec<&str> {
    keys.iter().map(|key| key.id.as_str()).collect()
}

pub(crate) async fn keys_are_kept_and_found(store: &impl Store) {
    with_accounts(store).await;
    let mut hash = [0; 32];
    hash.iter_mut()
        .zip(0..)
        .for_each(|(octet, index)| *octet = index);
    let later = NOW.plus(Duration::from_secs(1));
    let new = ApiKey {
        hash: ApiKeyHash::from_bytes(hash),
        created_at: later,
        created_by: robot("ops-ci"),
        ..key(robot("ml-ci"), "aaaaaaaaaa")
    };
    expect(store, "account's", "done", create(store, &new)).await;
    expect(
        store,
        "user's",
        "done",
        create(store, &key(person("bob"), "bbbbbbbbbb")),
    )
    .await;
    expect(
        store,
        "second",
        "done",
        create(store, &key(robot("ml-ci"), "cccccccccc")),
    )
    .await;
    expect(
        store,
        "id taken",
        "conflict",
        create(store, &key(person("eve"), "bbbbbbbbbb")),
    )
    .await;
    for (name, owner) in [
        ("no user", person("mallory")),
        ("no account", robot("none")),
    ] {
        expect(
            store,
            name,
            "not found",
            create(store, &key(owner, "dddddddddd")),
        )
        .await;
    }

    let found = store
        .key(&new.id)
        .await
        .expect("an answer")
        .expect("the key");
    assert!(found.hash.matches(&new.hash));
    assert_eq!(
        (found.id, found.owner, found.description),
        (new.id, new.owner, new.description)
    );
    assert_eq!(
        (found.created_at, found.created_by),
        (later, robot("ops-ci"))
    );
    assert_eq!(found.last_used_at, None);
    let unknown = ApiKeyId::new("AAAAAAAAAA");
    assert!(store.key(&unknown).await.expect("an answer").is_none());

    let of_account = store.keys(&robot("ml-ci")).await.expect("keys");
    assert_eq!(
        ids(&of_account),
        ["cccccccccc", "aaaaaaaaaa"],
        "oldest first"
    );
    assert_eq!(
        ids(&store.keys(&person("bob")).await.expect("keys")),
        ["bbbbbbbbbb"]
    );
    assert!(
        store.keys(&robot("u-bob")).await.expect("keys").is_empty(),
        "one kind is not the other"
    );
}

pub(crate) async fn a_key_is_revoked_by_its_owner_only(store: &impl Store) {
    with_accounts(store).await;
    create(store, &key(robot("ml-ci"), "aaaaaaaaaa"))
        .await
        .expect("a key");
    create(store, &key(person("bob"), "bbbbbbbbbb"))
        .await
        .expect("a key");
    let revoke = async |owner: PrincipalId, id: &str| {
        store
            .revoke_key(&owner, &ApiKeyId::new(id), event("api_key.revoke"))
            .await
    };
    for (name, owner, id, expected) in [
        (
            "another account's",
            robot("ops-ci"),
            "aaaaaaaaaa",
            "not found",
        ),
        ("another user's", person("alice"), "bbbbbbbbbb", "not found"),
        (
            "an account's by a user",
            person("bob"),
            "aaaaaaaaaa",
            "not found",
        ),
        (
            "a user's by an account",
            robot("ml-ci"),
            "bbbbbbbbbb",
            "not found",
        ),
        ("own", robot("ml-ci"), "aaaaaaaaaa", "done"),
        ("own again", robot("ml-ci"), "aaaaaaaaaa", "not found"),
        ("user's own", person("bob"), "bbbbbbbbbb", "done"),
    ] {
        expect(store, name, expected, revoke(owner, id)).await;
    }
    assert!(
        store
            .key(&ApiKeyId::new("aaaaaaaaaa"))
            .await
            .expect("an answer")
            .is_none()
    );
}

pub(crate) async fn the_last_use_of_a_key_only_moves_on(store: &impl Store) {
    with_accounts(store).await;
    create(store, &key(person("bob"), "bbbbbbbbbb"))
        .await
        .expect("a key");
    let id = ApiKeyId::new("bbbbbbbbbb");
    let later = NOW.plus(Duration::from_secs(60));
    for (name, at, expected) in [
        ("first", NOW, NOW),
        ("later", later, later),
        ("late", NOW, later),
    ] {
        expect(
            store,
            name,
            "done",
            store.touch_key(&id, at, event("sign_in.api_key")),
        )
        .await;
        let found = store.key(&id).await.expect("an answer").expect("the key");
        assert_eq!(found.last_used_at, Some(expected), "{name}");
    }
    let gone = ApiKeyId::new("cccccccccc");
    expect(
        store,
        "gone",
        "done",
        store.touch_key(&gone, NOW, event("sign_in.api_key")),
    )
    .await;
}

pub(crate) async fn sa_025_an_owner_has_a_limit_of_keys(store: &impl Store) {
    with_accounts(store).await;
    for owner in [robot("ml-ci"), person("bob")] {
        let new = |number: u32| key(owner.clone(), &format!("{owner} {number}"));
        for number in 0..MOST_KEYS {
            create(store, &new(number)).await.expect("below the limit");
        }
        expect(
            store,
            "one more",
            "forbidden",
            create(store, &new(MOST_KEYS)),
        )
        .await;
        let first = new(0).id;
        store
            .revoke_key(&owner, &first, event("api_key.revoke"))
            .await
            .expect("it is there");
        expect(
            store,
            "in its place",
            "done",
            create(store, &new(MOST_KEYS)),
        )
        .await;
    }
    expect(
        store,
        "another owner",
        "done",
        create(store, &key(robot("ops-ci"), "x")),
    )
    .await;
}
