//! When a fetch may begin.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::mem;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::source::config::SourceConfig;
use crate::source::error::SourceError;
use crate::source::state::SourceCounters;

/// So many unknown key ids are remembered; the oldest one is forgotten first.
const REMEMBERED: usize = 256;

/// Why somebody wants a fetch.
#[derive(Clone, Copy, Debug)]
pub(super) enum Occasion<'a> {
    /// There is no set, or its time is over, or nearly.
    Due,
    /// A token names a key that the set does not have.
    UnknownKey(&'a str),
    /// A signature does not match under the key that the token names.
    Doubt,
    /// An administrator says so, and may have waited for a fetch that was under way already.
    Ordered { waited: bool },
}

/// How a fetch ended.
#[derive(Debug)]
pub(super) enum Landing {
    Replaced,
    SameOctets,
    NotModified,
    Failed(SourceError),
}

/// A fetch that is under way.
pub(super) struct Flight {
    pub(super) landed: watch::Receiver<()>,
    /// Somebody else had begun it.
    pub(super) joined: bool,
}

impl Flight {
    pub(super) async fn landed(mut self) {
        // Nothing is ever sent: the channel closes when the fetch is over, however it ends.
        while self.landed.changed().await.is_ok() {}
    }
}

/// What decides whether a fetch may begin.
#[derive(Debug, Default)]
pub(super) struct Gate {
    flight: Option<watch::Receiver<()>>,
    /// An administrator asked while a fetch was under way: the next one brings the set in full.
    ordered: bool,
    /// No fetch until then, since the last one failed.
    failed_until: Option<Instant>,
    /// No fetch for an unknown key or a doubtful signature until then. Senders of tokens choose when to
    /// ask for these, so they have a cooldown of their own, which no other fetch shortens.
    asked_until: Option<Instant>,
    /// Hashes of key ids that a fetch did not find, and until when they count. A collision would only
    /// delay a fetch.
    unknown: VecDeque<(u64, Instant)>,
    hasher: RandomState,
    last_error: Option<(SourceError, Instant)>,
    counters: SourceCounters,
}

impl Gate {
    pub(super) fn last_error(&self) -> Option<SourceError> {
        self.last_error.as_ref().map(|(error, _)| error.clone())
    }

    pub(super) fn last_error_age(&self, now: Instant) -> Option<Duration> {
        let (_, at) = self.last_error.as_ref()?;
        Some(now.saturating_duration_since(*at))
    }

    pub(super) fn counters(&self) -> SourceCounters {
        self.counters
    }

    pub(super) fn under_way(&self) -> Option<Flight> {
        let landed = self.flight.clone()?;
        // A task that was ended with its runtime never lands; its channel is closed all the same.
        landed.has_changed().is_ok().then_some(Flight {
            landed,
            joined: true,
        })
    }

    pub(super) fn admits(
        &mut self,
        occasion: Occasion<'_>,
        now: Instant,
        config: &SourceConfig,
    ) -> bool {
        let over = |until: Option<Instant>| until.is_none_or(|until| now >= until);
        let admitted = match occasion {
            Occasion::Ordered { .. } => true,
            Occasion::Due => over(self.failed_until),
            Occasion::UnknownKey(key_id) => {
                let hash = self.hasher.hash_one(key_id);
                self.unknown.retain(|(_, until)| now < *until);
                let known_as_unknown = self.unknown.iter().any(|(seen, _)| *seen == hash);
                let admitted =
                    !known_as_unknown && over(self.failed_until) && over(self.asked_until);
                if admitted {
                    self.remember(hash, now, config);
                    self.asked_until = now.checked_add(config.cooldown);
                }
                admitted
            }
            Occasion::Doubt => {
                let admitted = over(self.failed_until) && over(self.asked_until);
                if admitted {
                    self.asked_until = now.checked_add(config.cooldown);
                }
                admitted
            }
        };
        if !admitted {
            count(&mut self.counters.refused);
        }
        admitted
    }

    /// Takes note of a key id that is being asked for. If the fetch finds it, the note does no harm: the
    /// gate is asked only about keys that the set does not have.
    fn remember(&mut self, hash: u64, now: Instant, config: &SourceConfig) {
        if self.unknown.len() >= REMEMBERED {
            self.unknown.pop_front();
        }
        if let Some(until) = now.checked_add(config.unknown_key_memory) {
            self.unknown.push_back((hash, until));
        }
    }

    pub(super) fn order(&mut self) {
        self.ordered = true;
    }

    /// Whether an administrator ordered this fetch, now or while the one before was under way.
    pub(super) fn took_off(&mut self, landed: watch::Receiver<()>, occasion: Occasion<'_>) -> bool {
        self.flight = Some(landed);
        count(&mut self.counters.fetches);
        mem::take(&mut self.ordered) || matches!(occasion, Occasion::Ordered { .. })
    }

    pub(super) fn landed(&mut self, landing: Landing, now: Instant, config: &SourceConfig) {
        self.flight = None;
        count(match landing {
            Landing::Replaced => &mut self.counters.replaced,
            Landing::SameOctets => &mut self.counters.same_octets,
            Landing::NotModified => &mut self.counters.not_modified,
            Landing::Failed(_) => &mut self.counters.failures,
        });
        if let Landing::Failed(error) = landing {
            // Nothing was learnt of any key: a new one must not be refused for longer than the cooldown.
            self.unknown.clear();
            self.failed_until = now.checked_add(config.cooldown);
            self.last_error = Some((error, now));
        } else {
            self.failed_until = None;
            self.last_error = None;
        }
    }
}

fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

#[cfg(test)]
#[cfg(any(feature = "aws-lc-rs", feature = "josekit"))]
mod tests {
    use super::*;

    #[test]
    fn key_015_the_memory_of_unknown_keys_is_bounded() {
        let config = SourceConfig::default().cooldown(Duration::ZERO);
        let mut gate = Gate::default();
        // No time passes, so nothing is forgotten for its age.
        let now = Instant::now();
        for index in 0..10_000 {
            let key_id = format!("{index}");
            assert!(gate.admits(Occasion::UnknownKey(&key_id), now, &config));
            assert!(gate.unknown.len() <= REMEMBERED);
        }
        assert!(gate.unknown.capacity() <= 2 * REMEMBERED);
        assert!(!gate.admits(Occasion::UnknownKey("9999"), now, &config));
        assert!(gate.admits(Occasion::UnknownKey("0"), now, &config));
        assert_eq!(gate.counters().refused, 1);
    }
}
