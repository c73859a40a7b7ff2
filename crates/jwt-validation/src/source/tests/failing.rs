//! Issuers that are down, or hang: KEY-006, KEY-007, KEY-021.

use std::time::Duration;

use tokio::time::{Instant, advance};

use super::issuer::*;
use crate::error::{ErrorKind, Fault};
use crate::source::{Serving, SourceError};

#[tokio::test(start_paused = true)]
async fn key_007_the_last_good_set_serves_until_the_ceiling() {
    let issuer = Issuer::answering([keys(&["a"]), Answer::Down]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    for _ in 0..23 {
        advance(HOUR).await;
        assert!(source.keys(Some("a")).await.unwrap().publishes("a"));
        settle().await;
        assert!(source.state().last_error.is_some());
    }
    advance(HOUR).await;
    let error = source.keys(Some("a")).await.unwrap_err();
    assert_eq!(error, SourceError::Metadata(Fault::Syntax));
}

#[tokio::test(start_paused = true)]
async fn a_dead_issuer_is_not_dialled_for_each_request() {
    let issuer = Issuer::answering([Answer::Down]);
    let source = issuer.source();
    for _ in 0..100 {
        assert!(source.keys(Some("a")).await.is_err());
    }
    assert_eq!(issuer.fetches(), 1);
    advance(Duration::from_secs(10)).await;
    assert!(source.keys(None).await.is_err());
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_failed_and_now_hangs_keeps_nobody_waiting() {
    let issuer = Issuer::answering([keys(&["a"]), Answer::Down, keys(&["b"])]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    advance(HOUR).await;
    source.keys(None).await.unwrap();
    issuer.close();
    advance(MINUTE).await;
    let begun = Instant::now();
    assert!(source.keys(Some("a")).await.unwrap().publishes("a"));
    assert_eq!(begun.elapsed(), Duration::ZERO, "not even for a moment");
    settle().await;
    assert_eq!(issuer.fetches(), 3, "asked for in the background");
    issuer.open();
    settle().await;
    assert!(source.keys(None).await.unwrap().publishes("b"));
    assert_eq!(source.state().last_error, None);
}

#[tokio::test(start_paused = true)]
async fn key_006_an_issuer_that_begins_to_hang_keeps_nobody_waiting_for_long() {
    let issuer = Issuer::answering([keys(&["a"]), keys(&["b"])]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    advance(HOUR).await;
    issuer.close();
    let begun = Instant::now();
    assert!(source.keys(Some("a")).await.unwrap().publishes("a"));
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
    assert_eq!(source.state().serving, Serving::Stale);
    issuer.open();
    settle().await;
    assert!(source.keys(Some("b")).await.unwrap().publishes("b"));
    assert_eq!(issuer.fetches(), 2, "the fetch went on");
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_never_lands_is_replaced() {
    let issuer = Issuer::answering([Answer::Panic, keys(&["a"])]);
    let source = issuer.source();
    assert_eq!(
        source.keys(None).await.unwrap_err(),
        SourceError::Interrupted
    );
    assert!(source.keys(None).await.unwrap().publishes("a"));
}

#[tokio::test(start_paused = true)]
async fn key_021_a_source_made_while_its_issuer_is_down_recovers_by_itself() {
    let issuer = Issuer::answering([Answer::Down]);
    let other = Issuer::answering([keys(&["a"])]);
    let (down, up) = (issuer.source(), other.source());
    for _ in 0..3 {
        let error = down.keys(Some("a")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(up.keys(Some("a")).await.is_ok(), "others work");
        advance(MINUTE).await;
    }
    assert_eq!(down.state().serving, Serving::Nothing);
    issuer.answer(keys(&["a"]));
    assert!(down.keys(Some("a")).await.unwrap().publishes("a"));
    assert_eq!(down.state().serving, Serving::Fresh);
}
