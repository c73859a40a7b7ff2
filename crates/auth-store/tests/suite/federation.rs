//! JWT issuers and signing keys.

use auth_core::Secret;
use jwt_federation::{MOST_ISSUERS, StoredSigningKey};

use super::*;

const URL: &str = "https://ci.example.com";

async fn create(store: &impl Store, new: &JwtIssuer) -> Result<(), StoreError> {
    store.create_issuer(new, event("jwt_issuer.create")).await
}

pub(crate) async fn issuers_are_kept_and_found(store: &impl Store) {
    populate(store).await.expect("a world");
    let (first, second) = (issuer("acme", URL), issuer("acme", "https://a.example.com"));
    let foreign = issuer("globex", URL);
    let mut again = first.clone();
    again.id = JwtIssuerId::new("x");
    for (name, new, expected) in [
        ("first", &first, "done"),
        ("second", &second, "done"),
        ("the same URL elsewhere", &foreign, "done"),
        ("again", &again, "conflict"),
        ("no organization", &issuer("initech", URL), "not found"),
    ] {
        expect(store, name, expected, create(store, new)).await;
    }
    let acme = OrganizationId::new("acme");
    let ids = |issuers: Vec<JwtIssuer>| issuers.into_iter().map(|i| i.id).collect::<Vec<_>>();
    assert_eq!(
        ids(store.issuers(&acme).await.expect("issuers")),
        [second.id, first.id.clone()]
    );
    let found = store.issuer(&first.id).await.expect("an answer");
    assert_eq!(
        format!("{:?}", found.expect("it is there")),
        format!("{first:?}")
    );

    let delete = async |organization: &str, id: &JwtIssuerId| {
        let organization = OrganizationId::new(organization);
        store
            .delete_issuer(&organization, id, event("jwt_issuer.delete"))
            .await
    };
    expect(store, "another's", "not found", delete("acme", &foreign.id)).await;
    expect(store, "own", "done", delete("acme", &first.id)).await;
    expect(store, "again", "not found", delete("acme", &first.id)).await;
    assert!(store.issuer(&first.id).await.expect("an answer").is_none());
    let kept = store.issuer(&foreign.id).await.expect("an answer");
    assert!(
        kept.is_some(),
        "the same URL elsewhere is another registration"
    );
}

pub(crate) async fn sa_025_an_organization_has_a_limit_of_issuers(store: &impl Store) {
    populate(store).await.expect("a world");
    let new = |number: u32| issuer("acme", &format!("https://{number}.example.com"));
    for number in 0..MOST_ISSUERS {
        create(store, &new(number)).await.expect("below the limit");
    }
    expect(
        store,
        "one more",
        "forbidden",
        create(store, &new(MOST_ISSUERS)),
    )
    .await;
    expect(
        store,
        "another's",
        "done",
        create(store, &issuer("globex", URL)),
    )
    .await;
}

pub(crate) fn signing_key(key_id: &str) -> StoredSigningKey {
    let private_jwk = Secret::new(format!("{{\"kid\":\"{key_id}\"}}"));
    StoredSigningKey {
        key_id: key_id.into(),
        private_jwk,
        created_at: NOW,
        signs_from: NOW.plus(std::time::Duration::from_secs(600)),
    }
}

pub(crate) async fn a_signing_key_follows_the_one_its_maker_knew(store: &impl Store) {
    assert!(store.signing_keys().await.expect("keys").is_empty());
    let add = async |key_id: &str, newest: Option<&str>| {
        store
            .add_signing_key(&signing_key(key_id), newest, event("signing_key.create"))
            .await
    };
    // All within one second, and not in the order of their names.
    for (name, key_id, newest, expected) in [
        ("unknown newest", "b", Some("a"), "conflict"),
        ("first", "b", None, "done"),
        ("first again", "c", None, "conflict"),
        ("second", "a", Some("b"), "done"),
        (
            "after one that is not the newest",
            "c",
            Some("b"),
            "conflict",
        ),
        ("same id", "b", Some("a"), "conflict"),
        ("third", "c", Some("a"), "done"),
    ] {
        expect(store, name, expected, add(key_id, newest)).await;
    }
    let stored = store.signing_keys().await.expect("keys");
    let key_ids: Vec<_> = stored.iter().map(|key| key.key_id.as_str()).collect();
    assert_eq!(key_ids, ["b", "a", "c"], "oldest first");
    assert!(stored[0].private_jwk.matches(&signing_key("b").private_jwk));
    assert_eq!(stored[0].created_at, NOW);

    let remove = || store.remove_signing_key("b", event("signing_key.remove"));
    expect(store, "remove", "done", remove()).await;
    let before = store.newest_events(1).await;
    remove().await.expect("gone already is no error");
    assert_eq!(
        store.newest_events(1).await,
        before,
        "and no event, since nothing happened"
    );
    assert_eq!(store.signing_keys().await.expect("keys").len(), 2);
}
