//! The audit log.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use auth_core::{Attribution, Identity, Memberships, Method, Principal};

use super::*;

pub(crate) async fn an_event_is_kept_with_all_it_says(store: &impl Store) {
    let account = organization_account("acme", "ml", "bot");
    let principal = Principal::ServiceAccount {
        id: account.id.clone(),
        name: account.name.clone(),
        scope: account.scope.clone(),
    };
    let identity = Identity::new(principal, Method::Federation, NOW)
        .attributed(Attribution::Credited(Box::new(user("alice"))));
    let refused = AuditEvent::new(
        NOW,
        "project.read",
        Outcome::Refused {
            code: "access.none",
        },
    )
    .by(&identity)
    .to("project", "p")
    .from_address(Some(IpAddr::V6(Ipv6Addr::LOCALHOST)))
    .saying("restricted");
    store.record(refused).await.expect("it is kept");
    store
        .record(event("sign_in.api_key"))
        .await
        .expect("it is kept");

    let stored = store.newest_events(10).await;
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[0].action, "sign_in.api_key", "newest first");
    let bare = &stored[0];
    assert_eq!((bare.at, bare.detail.as_str()), (NOW, ""));
    for (name, text) in [
        ("refusal", &bare.refusal_code),
        ("actor", &bare.actor),
        ("method", &bare.method),
        ("credited", &bare.credited),
        ("target", &bare.target),
        ("address", &bare.remote_address),
    ] {
        assert_eq!(*text, None, "{name}");
    }
    assert_eq!(bare.organization, None);

    let full = &stored[1];
    assert!(full.position < bare.position);
    assert_eq!(full.organization, Some(OrganizationId::new("acme")));
    for (name, text, expected) in [
        ("refusal", &full.refusal_code, "access.none"),
        ("actor", &full.actor, "service-account:acme-bot"),
        ("method", &full.method, "federation"),
        ("credited", &full.credited, "user:u-alice"),
        ("target", &full.target, "project:p"),
        ("address", &full.remote_address, "::1"),
    ] {
        assert_eq!(text.as_deref(), Some(expected), "{name}");
    }
    assert_eq!(full.detail, "restricted");
    assert_eq!(
        store.newest_events(1).await.len(),
        1,
        "no more than asked for"
    );
}

pub(crate) async fn each_method_has_its_word(store: &impl Store) {
    for (method, expected) in [
        (Method::Ldap, "ldap"),
        (Method::OpenIdConnect, "open_id_connect"),
        (Method::ApiKey, "api_key"),
        (Method::Federation, "federation"),
        (Method::Other("ldap"), "other:ldap"),
    ] {
        let memberships = Memberships::default();
        let principal = Principal::User {
            user: user("alice"),
            memberships,
        };
        let identity = Identity::new(principal, method, NOW);
        store
            .record(event("x").by(&identity))
            .await
            .expect("it is kept");
        let stored = store.newest_events(1).await;
        assert_eq!(stored[0].method.as_deref(), Some(expected));
    }
}

pub(crate) async fn events_of_many_at_once_are_all_kept(store: &impl Store) {
    let callers: Vec<_> = (0..300)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move { store.record(event("x").to("caller", caller)).await })
        })
        .collect();
    for caller in callers {
        caller.await.expect("no caller panics").expect("it is kept");
    }
    let mut targets: Vec<_> = store
        .newest_events(1000)
        .await
        .into_iter()
        .filter_map(|event| event.target)
        .collect();
    targets.sort();
    targets.dedup();
    assert_eq!(targets.len(), 300);
}

pub(crate) async fn what_follows_a_refusal_finds_it(store: &impl Store) {
    let refusal = AuditEvent::new(
        NOW,
        "sign_in.api_key",
        Outcome::Refused {
            code: "api_key.form",
        },
    );
    store.record_refusal(refusal);
    // Events go to the log in the order in which they came.
    let later = AuditEvent::new(NOW.plus(Duration::from_secs(1)), "x", Outcome::Granted);
    store.record(later).await.expect("it is kept");
    let stored = store.newest_events(10).await;
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[1].refusal_code.as_deref(), Some("api_key.form"));
}
