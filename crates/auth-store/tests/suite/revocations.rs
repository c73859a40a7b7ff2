//! Whether access tokens still count, and the keys that sign them.

use std::time::Duration;

use jwt_federation::{RevokedToken, StoredSigningKey, TokenInUse, TokenStanding};

use super::federation::signing_key;
use super::*;

const URL: &str = "https://ci.example.com";

const STANDS: TokenStanding = TokenStanding {
    registration_stands: true,
    revoked: false,
    key_stands: true,
};

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// The registration of `acme`, and the keys `a` and `b`.
async fn prepare(store: &impl Store) -> JwtIssuer {
    populate(store).await.expect("a world");
    let registration = issuer("acme", URL);
    store
        .create_issuer(&registration, event("jwt_issuer.create"))
        .await
        .expect("it is new");
    for (key_id, newest) in [("a", None), ("b", Some("a"))] {
        store
            .add_signing_key(&signing_key(key_id), newest, event("signing_key.create"))
            .await
            .expect("it is new");
    }
    registration
}

async fn standing(store: &impl Store, jwt_id: &str) -> TokenStanding {
    let registration = issuer("acme", URL);
    let organization = &registration.organization;
    let token = TokenInUse::new(jwt_id, "a", &registration.id, organization, NOW);
    store.token_standing(&token).await.expect("an answer")
}

async fn revoke(store: &impl Store, jwt_id: &str, kept_until: Timestamp, now: Timestamp) {
    let token = RevokedToken {
        jwt_id: jwt_id.into(),
        kept_until,
    };
    store
        .revoke_token(&token, now, event("access_token.revoke"))
        .await
        .expect("the store works");
}

pub(crate) async fn fed_012_what_ends_a_token_shows_in_its_standing(store: &impl Store) {
    let registration = prepare(store).await;
    assert_eq!(standing(store, "t1").await, STANDS);

    // Neither another organization's registration nor one that never was stands behind a token.
    let foreign = issuer("globex", URL);
    store
        .create_issuer(&foreign, event("jwt_issuer.create"))
        .await
        .expect("it is new");
    let unknown = JwtIssuerId::new("none");
    for (name, id, organization, key_id) in [
        ("foreign", &foreign.id, "acme", "a"),
        ("own, said to be foreign", &registration.id, "globex", "a"),
        ("unknown", &unknown, "acme", "a"),
        ("unknown key", &registration.id, "acme", "c"),
    ] {
        let organization = OrganizationId::new(organization);
        let token = TokenInUse::new("t1", key_id, id, &organization, NOW);
        let found = store.token_standing(&token).await.expect("an answer");
        let expected = TokenStanding {
            registration_stands: key_id != "a",
            revoked: false,
            key_stands: key_id == "a",
        };
        assert_eq!(found, expected, "{name}");
    }

    revoke(store, "t1", later(60), NOW).await;
    let revoked = TokenStanding {
        revoked: true,
        ..STANDS
    };
    assert_eq!(standing(store, "t1").await, revoked);
    assert_eq!(standing(store, "t2").await, STANDS, "and no other");

    let withdraw = store.withdraw_signing_key("a", None, "b", event("signing_key.withdraw"));
    withdraw.await.expect("it is there");
    assert!(!standing(store, "t2").await.key_stands);

    store
        .delete_issuer(
            &OrganizationId::new("acme"),
            &registration.id,
            event("jwt_issuer.delete"),
        )
        .await
        .expect("it is there");
    assert!(!standing(store, "t2").await.registration_stands);
}

pub(crate) async fn fed_009_a_revocation_is_kept_as_long_as_its_token_lives(store: &impl Store) {
    prepare(store).await;
    revoke(store, "short", later(60), NOW).await;
    revoke(store, "long", later(3600), NOW).await;
    // Whoever comes later sweeps, to the second.
    revoke(store, "other", later(3600), later(60)).await;
    assert!(standing(store, "short").await.revoked, "still needed");
    revoke(store, "another", later(3600), later(61)).await;
    assert!(!standing(store, "short").await.revoked, "forgotten");
    for jwt_id in ["long", "other", "another"] {
        assert!(standing(store, jwt_id).await.revoked, "{jwt_id}");
    }
}

pub(crate) async fn a_revocation_is_told_of_once(store: &impl Store) {
    prepare(store).await;
    revoke(store, "t1", later(60), NOW).await;
    let told = store.newest_events(1).await;
    assert_eq!(told[0].action, "access_token.revoke");
    revoke(store, "t1", later(60), NOW).await;
    assert_eq!(store.newest_events(1).await, told);
    assert!(standing(store, "t1").await.revoked);
}

pub(crate) async fn a_withdrawn_key_is_replaced_in_one_step(store: &impl Store) {
    prepare(store).await;
    let new = signing_key("c");
    let taken = signing_key("a");
    let withdraw = async |key_id: &str, replacement: Option<&StoredSigningKey>, newest: &str| {
        let audit = event("signing_key.withdraw");
        store
            .withdraw_signing_key(key_id, replacement, newest, audit)
            .await
    };
    for (name, key_id, replacement, newest, expected, left) in [
        ("no such key", "x", Some(&new), "b", "not found", "a b"),
        ("decided too early", "b", Some(&new), "a", "conflict", "a b"),
        (
            "an identifier in use",
            "b",
            Some(&taken),
            "b",
            "conflict",
            "a b",
        ),
        ("with a replacement", "b", Some(&new), "b", "done", "a c"),
        ("again", "b", None, "c", "not found", "a c"),
        ("without", "a", None, "c", "done", "c"),
    ] {
        expect(store, name, expected, withdraw(key_id, replacement, newest)).await;
        let key_ids = store.signing_key_ids().await.expect("keys");
        assert_eq!(key_ids.join(" "), left, "{name}");
    }
    let stored = store.signing_keys().await.expect("keys");
    assert_eq!(stored[0].signs_from, new.signs_from);
}
