//! Keys that come and go: KEY-011 to KEY-015.

use jwt_validation::{Check, Error, Verdict};

use crate::issuer::{Issuer, Key, NOW};

#[tokio::test]
async fn key_011_key_012_a_token_under_a_key_that_is_newer_than_the_set() {
    let issuer = Issuer::start().await;
    let (old, new) = (Key::new("old"), Key::new("new"));
    issuer.publish(&[old.public()]);
    let source = issuer.source();
    let policy = issuer.policy();
    assert!(
        source
            .verify(&policy, &issuer.token(&old), NOW)
            .await
            .is_ok()
    );
    issuer.publish(&[old.public(), new.public()]);
    assert!(
        source
            .verify(&policy, &issuer.token(&new), NOW)
            .await
            .is_ok()
    );
    assert!(
        source
            .verify(&policy, &issuer.token(&old), NOW)
            .await
            .is_ok()
    );
    assert_eq!(issuer.requests().len(), 4, "two fetches");
}

#[tokio::test]
async fn key_013_a_key_that_was_replaced_and_kept_its_id() {
    let issuer = Issuer::start().await;
    let (old, new) = (Key::new("1"), Key::new("1"));
    issuer.publish(&[old.public()]);
    let source = issuer.source();
    let policy = issuer.policy();
    source
        .verify(&policy, &issuer.token(&old), NOW)
        .await
        .unwrap();
    issuer.publish(&[new.public()]);
    assert!(
        source
            .verify(&policy, &issuer.token(&new), NOW)
            .await
            .is_ok()
    );
    let error = source
        .verify(&policy, &issuer.token(&old), NOW)
        .await
        .unwrap_err();
    assert_eq!(error, Error::Signature);
    assert_eq!(
        issuer.requests().len(),
        4,
        "the second doubt is within the cooldown"
    );
}

#[tokio::test]
async fn key_013_the_record_shows_each_check_once() {
    let issuer = Issuer::start().await;
    let (old, new) = (Key::new("1"), Key::new("1"));
    issuer.publish(&[old.public()]);
    let source = issuer.source();
    let policy = issuer.policy();
    source.keys(None).await.unwrap();
    issuer.publish(&[new.public()]);
    let mut checks: Vec<Check> = Vec::new();
    let token = issuer.token(&new);
    source
        .verify_recorded(&policy, &token, NOW, &mut checks)
        .await
        .unwrap();
    let count = |name| checks.iter().filter(|check| check.name == name).count();
    assert_eq!((count("jwt.keys"), count("jwt.signature")), (1, 1));
    assert!(checks.iter().all(|check| check.verdict == Verdict::Passed));
}

#[tokio::test]
async fn key_014_a_withdrawn_key_is_gone_after_a_refresh() {
    let issuer = Issuer::start().await;
    let (old, new) = (Key::new("old"), Key::new("new"));
    issuer.publish(&[old.public(), new.public()]);
    let source = issuer.source();
    let policy = issuer.policy();
    let verify = async |key: &Key| {
        let verified = source.verify(&policy, &issuer.token(key), NOW).await;
        verified.map(drop).map_err(|error| error.code())
    };
    assert_eq!(verify(&old).await, Ok(()));
    issuer.publish(&[new.public()]);
    source.refresh().await.unwrap();
    assert_eq!(verify(&new).await, Ok(()));
    assert_eq!(verify(&old).await, Err("jwt.key_unknown"));
    // A set with no keys at all is an issuer's way to end everything.
    issuer.publish(&[]);
    source.refresh().await.unwrap();
    assert_eq!(verify(&new).await, Err("jwt.key_unknown"));
}

#[tokio::test]
async fn key_015_forged_tokens_cost_the_issuer_one_fetch() {
    let issuer = Issuer::start().await;
    let key = Key::new("1");
    issuer.publish(&[key.public()]);
    let source = issuer.source();
    let policy = issuer.policy();
    source
        .verify(&policy, &issuer.token(&key), NOW)
        .await
        .unwrap();
    for _ in 0..100 {
        let forged = issuer.token(&Key::new("1"));
        let error = source.verify(&policy, &forged, NOW).await.unwrap_err();
        assert_eq!(error, Error::Signature);
    }
    assert_eq!(issuer.requests().len(), 4, "two fetches");
}
