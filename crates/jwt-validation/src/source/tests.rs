use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;
use tokio::time::advance;

use super::*;
use crate::backend::default_backend;
use crate::error::Fault;
use crate::source::fetch::{Fetch, Fetched, Fetching};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

fn key_set(ids: &[&str]) -> KeySet {
    let key = |id: &&str| {
        format!(
            r#"{{"kty":"OKP","crv":"Ed25519","kid":"{id}",
                 "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#
        )
    };
    let keys: Vec<String> = ids.iter().map(key).collect();
    let json = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    KeySet::parse(json.as_bytes(), default_backend()).unwrap()
}

/// An issuer that answers what a test says; the last answer stands for all that follow.
#[derive(Debug)]
struct Issuer {
    answers: Mutex<VecDeque<Answer>>,
    fetches: AtomicUsize,
    /// A fetch waits for a permit.
    open: Semaphore,
}

#[derive(Clone, Debug)]
enum Answer {
    Keys(Vec<&'static str>, Option<Duration>),
    Down,
    Panic,
}

impl Issuer {
    fn answering(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            fetches: AtomicUsize::new(0),
            open: Semaphore::new(1_000_000),
        })
    }

    fn source(self: &Arc<Self>) -> JwksSource {
        self.source_with(SourceConfig::default())
    }

    fn source_with(self: &Arc<Self>, config: SourceConfig) -> JwksSource {
        let fetch = Box::new(Wire(Arc::clone(self)));
        JwksSource(Origin::Remote(Remote::new(fetch, config)))
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    /// Lets no fetch come to its end until [`open`](Self::open).
    fn close(&self) {
        self.open.forget_permits(usize::MAX);
    }

    fn open(&self) {
        self.open.add_permits(1_000_000);
    }
}

#[derive(Debug)]
struct Wire(Arc<Issuer>);

impl Fetch for Wire {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(async {
            self.0.fetches.fetch_add(1, Ordering::SeqCst);
            let _permit = self.0.open.acquire().await.unwrap();
            let answer = {
                let mut answers = self.0.answers.lock().unwrap();
                match answers.len() {
                    1 => answers[0].clone(),
                    _ => answers.pop_front().unwrap(),
                }
            };
            match answer {
                Answer::Keys(ids, lifetime) => Ok(Fetched {
                    keys: key_set(&ids),
                    lifetime,
                }),
                Answer::Down => Err(SourceError::Metadata(Fault::Syntax)),
                Answer::Panic => panic!("the test asked for it"),
            }
        })
    }
}

fn keys(ids: &[&'static str]) -> Answer {
    Answer::Keys(ids.to_vec(), Some(HOUR))
}

/// Lets spawned tasks run until none can go on.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

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
    assert_eq!(source.state().key_ids, ["b"]);
}

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
async fn key_015_an_unknown_key_is_remembered_for_a_minute() {
    let issuer = Issuer::answering([keys(&["a"])]);
    let source = issuer.source();
    source.keys(Some("lost")).await.unwrap();
    assert_eq!(issuer.fetches(), 2);
    for _ in 0..5 {
        advance(Duration::from_secs(11)).await;
        source.keys(Some("lost")).await.unwrap();
        assert_eq!(issuer.fetches(), 2);
    }
    advance(Duration::from_secs(11)).await;
    source.keys(Some("lost")).await.unwrap();
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
    assert!(source.keys(Some("a")).await.unwrap().publishes("a"));
    settle().await;
    assert_eq!(issuer.fetches(), 3, "asked for in the background");
    issuer.open();
    settle().await;
    assert!(source.keys(None).await.unwrap().publishes("b"));
    assert_eq!(source.state().last_error, None);
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
async fn the_state_tells_age_and_keys() {
    let issuer = Issuer::answering([keys(&["a", "b", "a"])]);
    let source = issuer.source();
    assert_eq!(source.state().age, None);
    source.keys(None).await.unwrap();
    advance(MINUTE).await;
    let state = source.state();
    assert_eq!(state.age, Some(MINUTE));
    assert_eq!(state.key_ids, ["a", "b"]);
    assert_eq!(state.skipped.len(), 1);
}

#[tokio::test]
async fn a_fixed_set_never_changes() {
    let source = JwksSource::fixed(key_set(&["a"]));
    assert!(source.keys(Some("unknown")).await.unwrap().publishes("a"));
    assert!(source.refresh().await.is_ok());
    assert_eq!(source.state().key_ids, ["a"]);
}
