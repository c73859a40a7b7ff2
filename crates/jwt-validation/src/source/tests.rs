use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::HeaderMap;
use http::header::ETAG;
use tokio::sync::Semaphore;
use tokio::time::{Instant, advance, sleep, timeout};

use super::*;
use crate::backend::default_backend;
use crate::error::{Error, ErrorKind, Fault};
use crate::policy::{Audience, TokenPolicy};
use crate::record::Check;
use crate::source::fetch::{Fetch, Fetched, Fetching, Mark, News};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

fn document(ids: &[&str]) -> Vec<u8> {
    let key = |id: &&str| {
        format!(
            r#"{{"kty":"OKP","crv":"Ed25519","kid":"{id}",
                 "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#
        )
    };
    let keys: Vec<String> = ids.iter().map(key).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(",")).into_bytes()
}

fn key_set(ids: &[&str]) -> KeySet {
    KeySet::parse(&document(ids), default_backend()).unwrap()
}

/// An issuer that answers what a test says; the last answer stands for all that follow.
#[derive(Debug)]
struct Issuer {
    answers: Mutex<VecDeque<Answer>>,
    fetches: AtomicUsize,
    /// For each fetch, whether it asked for anything newer than what is known.
    conditional: Mutex<Vec<bool>>,
    /// How long an answer takes.
    delay: Duration,
    /// A fetch waits for a permit.
    open: Semaphore,
}

#[derive(Clone, Debug)]
enum Answer {
    Keys(Vec<&'static str>, Option<Duration>),
    NotModified(Option<Duration>),
    Down,
    Panic,
}

impl Issuer {
    fn answering(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Self::slow(Duration::ZERO, answers)
    }

    fn slow(delay: Duration, answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            fetches: AtomicUsize::new(0),
            conditional: Mutex::default(),
            delay,
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

    fn conditional(&self) -> Vec<bool> {
        self.conditional.lock().unwrap().clone()
    }

    /// From now on answers this.
    fn answer(&self, answer: Answer) {
        *self.answers.lock().unwrap() = VecDeque::from([answer]);
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
    fn fetch(&self, known: Option<Mark>) -> Fetching<'_> {
        Box::pin(async move {
            self.0.fetches.fetch_add(1, Ordering::SeqCst);
            let mut headers = HeaderMap::new();
            if let Some(mark) = &known {
                mark.ask(&mut headers);
            }
            self.0.conditional.lock().unwrap().push(!headers.is_empty());
            let _permit = self.0.open.acquire().await.unwrap();
            let answer = {
                let mut answers = self.0.answers.lock().unwrap();
                match answers.len() {
                    1 => answers[0].clone(),
                    _ => answers.pop_front().unwrap(),
                }
            };
            if !self.0.delay.is_zero() {
                sleep(self.0.delay).await;
            }
            match answer {
                Answer::Keys(ids, lifetime) => {
                    let mut answer = http::Response::new(document(&ids));
                    let headers = answer.headers_mut();
                    headers.insert(ETAG, "\"a\"".parse().unwrap());
                    let mark = Mark::of("https://issuer.example/jwks".to_owned(), &answer);
                    let news = match known {
                        Some(known) if known.is_of_same_octets(&mark) => News::SameOctets,
                        _ => News::Keys(key_set(&ids)),
                    };
                    Ok(Fetched {
                        news,
                        mark,
                        lifetime,
                    })
                }
                Answer::NotModified(lifetime) => Ok(Fetched {
                    news: News::NotModified,
                    mark: known.unwrap(),
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
    assert!(source.state().key_ids().eq(["b"]));
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
        ("too long", Some(HOUR), Some(Duration::MAX), 24 * HOUR),
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
async fn an_administrator_sees_the_whole_way_work() {
    let issuer = Issuer::answering([keys(&["a"])]);
    let source = issuer.source();
    let first = source.refresh().await.unwrap();
    assert!(Arc::ptr_eq(&first, &source.refresh().await.unwrap()));
    assert_eq!(issuer.conditional(), [false, false]);
}

#[tokio::test(start_paused = true)]
async fn the_state_tells_what_there_is() {
    let issuer = Issuer::answering([keys(&["a", "b", "a"]), Answer::Down, keys(&["c"])]);
    let source = issuer.source();
    let state = source.state();
    assert_eq!(state.serving, Serving::Nothing);
    assert_eq!((state.age, state.lifetime_left), (None, None));
    assert_eq!(state.counters, SourceCounters::default());

    source.keys(None).await.unwrap();
    advance(MINUTE).await;
    let state = source.state();
    assert_eq!(state.serving, Serving::Fresh);
    assert_eq!(state.age, Some(MINUTE));
    assert_eq!(state.unchanged_for, Some(MINUTE));
    assert_eq!(state.lifetime_left, Some(HOUR - MINUTE));
    assert_eq!(state.serves_for, Some(24 * HOUR - MINUTE));
    assert!(state.key_ids().eq(["a", "b"]));
    assert_eq!(state.keys[0].kind, crate::KeyKind::Ed25519);
    assert_eq!(state.skipped.len(), 1);
    assert!(state.last_error.is_none() && state.last_error_age.is_none());

    advance(HOUR).await;
    assert_eq!(
        source.state().serving,
        Serving::Stale,
        "before it is asked for"
    );
    source.keys(None).await.unwrap();
    advance(Duration::from_secs(5)).await;
    source.keys(Some("x")).await.unwrap();
    let state = source.state();
    assert_eq!(state.serving, Serving::Stale);
    assert_eq!(state.lifetime_left, Some(Duration::ZERO));
    assert!(state.last_error.is_some());
    assert_eq!(state.last_error_age, Some(Duration::from_secs(5)));
    // The lifetime was over, and the key unknown.
    assert_eq!(state.counters.refused, 2);

    advance(24 * HOUR).await;
    let state = source.state();
    assert_eq!(state.serving, Serving::Nothing);
    assert_eq!(state.serves_for, Some(Duration::ZERO));

    source.keys(None).await.unwrap();
    let state = source.state();
    assert_eq!(state.serving, Serving::Fresh);
    assert!(state.key_ids().eq(["c"]));
    assert!(state.last_error.is_none() && state.last_error_age.is_none());
    let counters = state.counters;
    let ended = (counters.replaced, counters.failures, counters.not_modified);
    assert_eq!((counters.fetches, ended), (3, (2, 1, 0)));
}

#[tokio::test]
async fn a_pasted_set_never_changes_and_tells_its_age() {
    let now = UnixTime::from_secs(1_700_000_000);
    let source = JwksSource::fixed(key_set(&["a"]));
    assert!(source.keys(Some("unknown")).await.unwrap().publishes("a"));
    assert!(source.refresh().await.is_ok());
    let state = source.state();
    assert!(state.key_ids().eq(["a"]));
    assert_eq!(state.serving, Serving::Fresh);
    assert_eq!(state.pasted_age(now), None);
    let source = JwksSource::fixed_since(key_set(&["a"]), now.minus(48 * HOUR));
    assert_eq!(source.state().pasted_age(now), Some(48 * HOUR));
    assert_eq!(source.state().age, None, "nothing was fetched");
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

/// Verifies a token whose header names `key_id`, and gives the checks that were made.
async fn checks(source: &JwksSource, key_id: &str, now: UnixTime) -> Vec<Check> {
    let policy = TokenPolicy::new("https://issuer.example", Audience::any_of(["api"]).unwrap());
    let header = serde_json::json!({"alg": "EdDSA", "kid": key_id}).to_string();
    let token = format!(
        "{}.e30.{}",
        crate::base64url::encode(header.as_bytes()),
        "A".repeat(86)
    );
    let mut checks = Vec::new();
    let error = source
        .verify_recorded(&policy, &token, now, &mut checks)
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        Error::KeyUnknown { .. } | Error::KeyUnusable { .. } | Error::Signature
    ));
    checks
}

#[tokio::test(start_paused = true)]
async fn a_token_under_an_unknown_key_is_told_which_keys_there_are() {
    let now = UnixTime::from_secs(1_700_000_000);
    let issuer = Issuer::answering([keys(&["a", "b"]), Answer::NotModified(None)]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    advance(3 * HOUR).await;
    source.keys(None).await.unwrap();
    source.keys(Some("A")).await.unwrap();
    advance(Duration::from_secs(12)).await;
    let told = checks(&source, "A", now).await;
    let [.., keys, key] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(keys.name, "jwt.keys");
    assert_eq!(
        keys.found,
        "2 usable keys, fetched 12 s ago and last changed 3 h ago"
    );
    assert_eq!(
        key.near_miss.as_deref(),
        Some(
            "the key set was fetched 12 s ago and last changed 3 h ago; it has the keys \"a\", \"b\"; \
             differs by case from \"a\""
        )
    );
    // A key that is there, and a signature that is not its own: nothing to say of other keys.
    let told = checks(&source, "a", now).await;
    assert!(told.iter().all(|check| check.near_miss.is_none()));
    // Nor for a key that is published, and can't be used: the check itself says why.
    let skipped = br#"{"keys":[{"kty":"AKP","kid":"new"}]}"#;
    let source = JwksSource::fixed(KeySet::parse(skipped, default_backend()).unwrap());
    let told = checks(&source, "new", now).await;
    let key = told.last().unwrap();
    assert!(
        key.found.contains("the key type \"AKP\" is not supported"),
        "{key:?}"
    );
    assert_eq!(key.near_miss, None);
}

#[tokio::test(start_paused = true)]
async fn a_set_that_is_past_its_time_is_told_as_such() {
    let now = UnixTime::from_secs(1_700_000_000);
    let issuer = Issuer::answering([keys(&["a"]), Answer::Down]);
    let source = issuer.source();
    source.keys(None).await.unwrap();
    advance(3 * HOUR).await;
    source.keys(None).await.unwrap();
    advance(Duration::from_secs(5)).await;
    let told = checks(&source, "x", now).await;
    let found = &told
        .iter()
        .find(|check| check.name == "jwt.keys")
        .unwrap()
        .found;
    assert_eq!(
        found,
        "1 usable keys, fetched 3 h ago and last changed 3 h ago; its lifetime is over; 5 s ago a fetch \
         failed: the issuer's metadata is malformed: not one JSON value"
    );
}

#[tokio::test]
async fn what_is_told_of_keys_is_bounded_and_stays_on_its_line() {
    let now = UnixTime::from_secs(1_700_000_000);
    let mut ids: Vec<String> = (0..200)
        .map(|index| format!("{index}{}", "x".repeat(1_000)))
        .collect();
    ids.insert(0, "line\\nbreak".to_owned());
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let source = JwksSource::fixed_since(key_set(&ids), now.minus(48 * HOUR));
    let told = checks(&source, "unknown", now).await;
    let hint = told.last().unwrap().near_miss.clone().unwrap();
    assert!(
        hint.starts_with("the key set was pasted 2 d ago; it has the keys \"line\\nbreak\", \"0x")
    );
    assert!(hint.ends_with(" and 193 more"), "{hint}");
    assert!(hint.len() < 1_000 && !hint.contains('\n'), "{hint}");
    let empty = JwksSource::fixed(key_set(&[]));
    let told = checks(&empty, "unknown", now).await;
    assert_eq!(
        told.last().unwrap().near_miss.as_deref(),
        Some("the key set was pasted; it has no key with an id")
    );
}
