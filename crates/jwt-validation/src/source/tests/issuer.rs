//! An issuer without a network, that answers what a test says and counts who asks.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderMap;
use http::header::ETAG;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::backend::default_backend;
use crate::error::Fault;
use crate::key_set::KeySet;
use crate::source::fetch::{Fetch, Fetched, Fetching, Mark, News};
use crate::source::remote::Remote;
use crate::source::{JwksSource, Origin, SourceConfig, SourceError};

pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);

pub(super) fn document(ids: &[&str]) -> Vec<u8> {
    let key = |id: &&str| {
        format!(
            r#"{{"kty":"OKP","crv":"Ed25519","kid":"{id}",
                 "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#
        )
    };
    let keys: Vec<String> = ids.iter().map(key).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(",")).into_bytes()
}

pub(super) fn key_set(ids: &[&str]) -> KeySet {
    KeySet::parse(&document(ids), default_backend()).unwrap()
}

/// An issuer that answers what a test says; the last answer stands for all that follow.
#[derive(Debug)]
pub(super) struct Issuer {
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
pub(super) enum Answer {
    Keys(Vec<&'static str>, Option<Duration>),
    NotModified(Option<Duration>),
    Down,
    Panic,
}

impl Issuer {
    pub(super) fn answering(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Self::slow(Duration::ZERO, answers)
    }

    pub(super) fn slow(delay: Duration, answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            fetches: AtomicUsize::new(0),
            conditional: Mutex::default(),
            delay,
            open: Semaphore::new(1_000_000),
        })
    }

    pub(super) fn source(self: &Arc<Self>) -> JwksSource {
        self.source_with(SourceConfig::default())
    }

    pub(super) fn source_with(self: &Arc<Self>, config: SourceConfig) -> JwksSource {
        let fetch = Box::new(Wire(Arc::clone(self)));
        JwksSource(Origin::Remote(Remote::new(fetch, config)))
    }

    pub(super) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    pub(super) fn conditional(&self) -> Vec<bool> {
        self.conditional.lock().unwrap().clone()
    }

    /// From now on answers this.
    pub(super) fn answer(&self, answer: Answer) {
        *self.answers.lock().unwrap() = VecDeque::from([answer]);
    }

    /// Lets no fetch come to its end until [`open`](Self::open).
    pub(super) fn close(&self) {
        self.open.forget_permits(usize::MAX);
    }

    pub(super) fn open(&self) {
        self.open.add_permits(1_000_000);
    }
}

#[derive(Debug)]
pub(super) struct Wire(Arc<Issuer>);

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

pub(super) fn keys(ids: &[&'static str]) -> Answer {
    Answer::Keys(ids.to_vec(), Some(HOUR))
}

/// Lets spawned tasks run until none can go on.
pub(super) async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}
