//! Sets that a fetch finds to be the same as before.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::advance;

use super::issuer::*;

#[tokio::test(start_paused = true)]
async fn a_set_that_did_not_change_renews_its_age_and_stays_the_same() {
    for (name, again) in [
        ("304", Answer::NotModified(Some(HOUR))),
        ("the same octets", keys(&["a"])),
    ] {
        let issuer = Issuer::answering([keys(&["a"]), again.clone()]);
        let source = issuer.source();
        let first = source.keys(None).await.unwrap();
        advance(HOUR).await;
        let second = source.keys(None).await.unwrap();
        assert!(Arc::ptr_eq(&first, &second), "{name}");
        let state = source.state();
        assert_eq!(state.age, Some(Duration::ZERO), "{name}");
        assert_eq!(state.unchanged_for, Some(HOUR), "{name}");
        assert_eq!(state.lifetime_left, Some(HOUR), "{name}");
        assert_eq!(state.counters.replaced, 1, "{name}");
        let unchanged = (state.counters.not_modified, state.counters.same_octets);
        match again {
            Answer::NotModified(_) => assert_eq!(unchanged, (1, 0)),
            _ => assert_eq!(unchanged, (0, 1)),
        }
        issuer.answer(keys(&["b"]));
        advance(HOUR).await;
        let third = source.keys(None).await.unwrap();
        assert!(third.publishes("b") && !third.publishes("a"), "{name}");
        assert_eq!(source.state().unchanged_for, Some(Duration::ZERO), "{name}");
        assert_eq!(issuer.conditional(), [false, true, true], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn rfc_9111_4_3_4_the_lifetime_of_a_set_that_did_not_change() {
    for (name, first, again, left) in [
        ("renewed", Some(HOUR), Some(2 * HOUR), 2 * HOUR),
        ("not said again", Some(2 * HOUR), None, 2 * HOUR),
        ("never said", None, None, HOUR),
        ("too short", Some(HOUR), Some(Duration::ZERO), 5 * MINUTE),
        ("too long", Some(HOUR), Some(Duration::MAX), 22 * HOUR),
    ] {
        let answers = [Answer::Keys(vec!["a"], first), Answer::NotModified(again)];
        let issuer = Issuer::answering(answers);
        let source = issuer.source();
        source.keys(None).await.unwrap();
        advance(2 * HOUR).await;
        source.keys(None).await.unwrap();
        assert_eq!(source.state().lifetime_left, Some(left), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_word_that_nothing_changed_is_not_taken_for_ever() {
    let issuer = Issuer::answering([keys(&["a"]), Answer::NotModified(None)]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    for _ in 0..23 {
        advance(HOUR).await;
        source.keys(None).await.unwrap();
    }
    assert_eq!(issuer.conditional()[1..], [true; 23]);
    issuer.answer(keys(&["b"]));
    advance(HOUR).await;
    assert!(source.keys(None).await.unwrap().publishes("b"));
    assert!(
        !issuer.conditional()[24],
        "a day after the last full answer"
    );
}

#[tokio::test(start_paused = true)]
async fn the_word_that_nothing_changed_counts_for_a_day_in_all() {
    // The last word within the day asks for another day.
    for (name, asked_at, lifetime) in [
        ("late", 20 * HOUR, 4 * HOUR),
        ("at the last moment", 24 * HOUR - MINUTE, 5 * MINUTE),
    ] {
        let day = Some(24 * HOUR);
        let answers = [
            Answer::Keys(vec!["a"], Some(HOUR)),
            Answer::NotModified(day),
        ];
        let issuer = Issuer::answering(answers);
        let source = issuer.source();
        source.keys(None).await.unwrap();
        advance(asked_at).await;
        source.keys(None).await.unwrap();
        assert_eq!(issuer.conditional(), [false, true], "{name}");
        assert_eq!(source.state().lifetime_left, Some(lifetime), "{name}");
        issuer.answer(keys(&["b"]));
        advance(lifetime).await;
        assert!(source.keys(None).await.unwrap().publishes("b"), "{name}");
        assert_eq!(issuer.conditional(), [false, true, false], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_administrator_sees_the_whole_way_work() {
    let issuer = Issuer::answering([keys(&["a"])]);
    let source = issuer.source();
    let first = source.refresh().await.unwrap();
    assert!(Arc::ptr_eq(&first, &source.refresh().await.unwrap()));
    assert_eq!(issuer.conditional(), [false, false]);
}
