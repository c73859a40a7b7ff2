mod failing;
mod flood;
mod issuer;
mod told;
mod unchanged;

use std::time::Duration;

use tokio::time::advance;

use self::issuer::*;
use super::*;

#[tokio::test(start_paused = true)]
async fn the_first_use_fetches_and_the_next_ones_do_not() {
    let issuer = Issuer::answering([keys(&["a"])]);
    let source = issuer.source();
    assert_eq!(issuer.fetches(), 0, "nothing before it is needed");
    for _ in 0..10 {
        assert!(source.keys(Some("a")).await.unwrap().publishes("a"));
        source.keys(None).await.unwrap();
    }
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn key_011_a_new_key_is_found_at_once() {
    let issuer = Issuer::answering([keys(&["a"]), keys(&["a", "b"])]);
    let source = issuer.source();
    source.keys(Some("a")).await.unwrap();
    assert!(source.keys(Some("b")).await.unwrap().publishes("b"));
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn key_014_a_withdrawn_key_is_gone_after_its_time() {
    let issuer = Issuer::answering([keys(&["a", "b"]), keys(&["b"])]);
    let source = issuer.source();
    assert!(source.keys(Some("a")).await.unwrap().publishes("a"));
    advance(HOUR).await;
    assert!(!source.keys(Some("b")).await.unwrap().publishes("a"));
    assert!(source.state().key_ids().eq(["b"]));
}

#[tokio::test(start_paused = true)]
async fn key_016_one_fetch_serves_all_who_wait() {
    let issuer = Issuer::answering([keys(&["a"])]);
    let source = issuer.source();
    issuer.close();
    let mut callers: Vec<_> = (0..500)
        .map(|_| {
            let source = source.clone();
            tokio::spawn(async move { source.keys(Some("a")).await.map(drop) })
        })
        .collect();
    settle().await;
    // The caller that began the fetch goes away, and the fetch goes on.
    callers.swap_remove(0).abort();
    settle().await;
    issuer.open();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn key_017_the_lifetime_has_bounds() {
    for (name, asked, at_least, at_most) in [
        ("no-store", Some(Duration::ZERO), 5 * MINUTE, 5 * MINUTE),
        ("ten minutes", Some(10 * MINUTE), 10 * MINUTE, 10 * MINUTE),
        ("nothing said", None, HOUR, HOUR),
        ("a year", Some(365 * 24 * HOUR), 24 * HOUR, 24 * HOUR),
        ("for ever", Some(Duration::MAX), 24 * HOUR, 24 * HOUR),
    ] {
        let config = SourceConfig::default();
        assert!(config.lifetime(asked) >= at_least, "{name}");
        assert!(config.lifetime(asked) <= at_most, "{name}");
    }
    let issuer = Issuer::answering([Answer::Keys(vec!["a"], Some(Duration::ZERO))]);
    let source = issuer.source();
    for _ in 0..3 {
        source.keys(None).await.unwrap();
    }
    assert_eq!(issuer.fetches(), 1, "never for each request");
}

#[tokio::test(start_paused = true)]
async fn a_busy_source_renews_ahead_of_time_and_nobody_waits() {
    let issuer = Issuer::answering([keys(&["a"]), keys(&["b"])]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    advance(HOUR / 2).await;
    source.keys(None).await.unwrap();
    settle().await;
    assert_eq!(issuer.fetches(), 1, "not in the first three quarters");
    advance(HOUR / 2 - Duration::from_secs(1)).await;
    assert!(source.keys(None).await.unwrap().publishes("a"));
    settle().await;
    assert_eq!(issuer.fetches(), 2);
    assert!(source.keys(None).await.unwrap().publishes("b"));
}

#[tokio::test(start_paused = true)]
async fn an_administrator_gets_a_fetch_now_and_its_error() {
    let issuer = Issuer::answering([keys(&["a"]), Answer::Down, keys(&["b"])]);
    let source = issuer.source();
    source.refresh().await.unwrap();
    let error = source.refresh().await.unwrap_err();
    assert_eq!(error.code(), "jwks.metadata");
    assert!(
        source.keys(None).await.unwrap().publishes("a"),
        "still served"
    );
    assert!(source.refresh().await.unwrap().publishes("b"));
    assert_eq!(issuer.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_administrator_who_joins_a_fetch_gets_one_that_began_later() {
    let unchanged = Answer::NotModified(None);
    let issuer = Issuer::answering([keys(&["a"]), unchanged, keys(&["b"])]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    issuer.close();
    let other = source.clone();
    let token = tokio::spawn(async move { other.keys(Some("unknown")).await.map(drop) });
    settle().await;
    let administrators = [source.clone(), source.clone(), source.clone()]
        .map(|source| tokio::spawn(async move { source.refresh().await }));
    settle().await;
    assert_eq!(issuer.fetches(), 2, "one at a time");
    issuer.open();
    for administrator in administrators {
        assert!(administrator.await.unwrap().unwrap().publishes("b"));
    }
    token.await.unwrap().unwrap();
    assert_eq!(issuer.fetches(), 3, "one for all of them");
    assert_eq!(issuer.conditional(), [false, true, false]);
}

#[tokio::test(start_paused = true)]
async fn an_administrator_who_joins_twice_sees_a_set_in_full_and_that_only_once() {
    let issuer = Issuer::slow(Duration::from_secs(1), [keys(&["a"])]);
    let source = issuer.source_with(SourceConfig::default().cooldown(Duration::ZERO));
    source.keys(None).await.unwrap();
    // A token with an unknown key begins a fetch, and another one the next, ahead of the administrator.
    let ask = |key_id: &'static str| {
        let source = source.clone();
        tokio::spawn(async move { source.keys(Some(key_id)).await.map(drop) })
    };
    let callers = [ask("x"), ask("y")];
    settle().await;
    let administrator = source.clone();
    let administrator = tokio::spawn(async move { administrator.refresh().await });
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    administrator.await.unwrap().unwrap();
    assert_eq!(issuer.conditional(), [false, true, false]);
    source.keys(Some("z")).await.unwrap();
    assert_eq!(issuer.conditional(), [false, true, false, true]);
}
