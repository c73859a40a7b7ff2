//! Tokens with key ids that are made up, or new: KEY-015.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, advance, timeout};

use super::issuer::*;

#[tokio::test(start_paused = true)]
async fn key_015_a_flood_of_unknown_keys_costs_one_fetch_per_cooldown() {
    let issuer = Issuer::answering([keys(&["a"])]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    for round in 1..=3 {
        for index in 0..1_000 {
            let keys = source
                .keys(Some(&format!("{round}-{index}")))
                .await
                .unwrap();
            assert!(keys.publishes("a"));
        }
        assert_eq!(issuer.fetches(), 1 + round);
        advance(Duration::from_secs(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn key_015_an_unknown_key_is_remembered_beyond_the_cooldown() {
    let issuer = Issuer::answering([keys(&["a"])]);
    let source = issuer.source();
    source.keys(Some("lost")).await.unwrap();
    assert_eq!(issuer.fetches(), 2);
    advance(Duration::from_secs(11)).await;
    source.keys(Some("lost")).await.unwrap();
    assert_eq!(issuer.fetches(), 2);
    assert_eq!(source.state().counters.refused, 1);
    advance(Duration::from_secs(9)).await;
    source.keys(Some("lost")).await.unwrap();
    assert_eq!(issuer.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn key_015_a_new_key_works_within_30_seconds_under_a_flood() {
    const STEP: Duration = Duration::from_millis(250);
    // When, after the flood has begun, the key is published; and how long the issuer takes to answer.
    for (published_after, delay) in [(0, 0), (1, 0), (9, 0), (10, 0), (11, 3), (14, 5), (19, 5)] {
        let case = format!("published after {published_after} s, answers take {delay} s");
        let issuer = Issuer::slow(Duration::from_secs(delay), [keys(&["a"])]);
        let source = issuer.source();
        source.keys(None).await.unwrap();
        let begun = Instant::now();
        let published_at = begun + Duration::from_secs(published_after);
        let mut random = 0;
        let found_after = loop {
            for _ in 0..20 {
                random += 1;
                let source = source.clone();
                let key_id = format!("random-{random}");
                tokio::spawn(async move { source.keys(Some(&key_id)).await.map(drop) });
            }
            if Instant::now() >= published_at {
                issuer.answer(keys(&["a", "new"]));
            }
            // The new key's tokens come from the first moment on, before the key is published.
            let seeker = source.clone();
            let seen = Arc::new(AtomicUsize::new(0));
            let found = Arc::clone(&seen);
            tokio::spawn(async move {
                let keys = seeker.keys(Some("new")).await.unwrap();
                found.store(usize::from(keys.publishes("new")), Ordering::SeqCst);
            });
            settle().await;
            let known = timeout(Duration::ZERO, source.keys(Some("a"))).await;
            assert!(known.expect("no wait").unwrap().publishes("a"), "{case}");
            if seen.load(Ordering::SeqCst) == 1 {
                break Instant::now().saturating_duration_since(published_at);
            }
            let elapsed = Instant::now().saturating_duration_since(published_at);
            assert!(elapsed <= Duration::from_secs(30), "{case}");
            advance(STEP).await;
        };
        assert!(found_after <= Duration::from_secs(30), "{case}");
        let cooldowns = begun.elapsed().as_secs() / 10;
        assert!(issuer.fetches() as u64 <= 2 + cooldowns, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn key_015_a_key_that_is_published_after_its_first_token_works_within_30_seconds() {
    let issuer = Issuer::answering([keys(&["a"])]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    // Nobody else asks, so no other fetch brings it.
    assert!(!source.keys(Some("new")).await.unwrap().publishes("new"));
    issuer.answer(keys(&["a", "new"]));
    let begun = Instant::now();
    while !source.keys(Some("new")).await.unwrap().publishes("new") {
        advance(Duration::from_secs(1)).await;
        assert!(begun.elapsed() <= Duration::from_secs(30));
    }
    assert_eq!(issuer.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn key_015_a_fetch_that_failed_says_nothing_of_a_key() {
    let issuer = Issuer::answering([keys(&["a"]), Answer::Down, keys(&["a", "new"])]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    source.keys(Some("new")).await.unwrap();
    assert_eq!(issuer.fetches(), 2);
    advance(Duration::from_secs(11)).await;
    source.keys(Some("new")).await.unwrap();
    assert_eq!(
        issuer.fetches(),
        3,
        "after the cooldown, not after a minute"
    );
}

#[tokio::test(start_paused = true)]
async fn key_015_known_keys_do_not_wait_for_a_fetch_that_others_caused() {
    let issuer = Issuer::answering([keys(&["a"])]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    issuer.close();
    let other = source.clone();
    let waiting = tokio::spawn(async move { other.keys(Some("unknown")).await.map(drop) });
    settle().await;
    assert_eq!(issuer.fetches(), 2);
    assert!(!waiting.is_finished());
    // Were this to wait, the test would not end.
    assert!(source.keys(Some("a")).await.unwrap().publishes("a"));
    issuer.open();
    waiting.await.unwrap().unwrap();
}
