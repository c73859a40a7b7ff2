//! A key set that is fetched, cached and renewed.

mod gate;

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::key_set::KeySet;
use crate::source::config::SourceConfig;
use crate::source::error::SourceError;
use crate::source::fetch::{Fetch, Fetched, Mark, News};
use crate::source::remote::gate::{Flight, Gate, Landing, Occasion};
use crate::source::state::{Serving, SourceState};

/// So long a caller waits for a new set while the last one, whose lifetime is over, could serve. Issuers
/// answer within a second; a sign-in that waits for the whole deadline of a fetch looks broken.
const PATIENCE: Duration = Duration::from_secs(3);

/// The cache of one issuer's keys. Reading it takes no lock.
#[derive(Debug)]
pub(super) struct Remote {
    fetch: Box<dyn Fetch>,
    config: SourceConfig,
    current: ArcSwapOption<Loaded>,
    gate: Mutex<Gate>,
}

/// A set as it was fetched.
#[derive(Debug)]
struct Loaded {
    keys: Arc<KeySet>,
    mark: Mark,
    /// The last fetch that brought this set or the word that it is still the one.
    at: Instant,
    /// The last fetch that brought it in full.
    full_at: Instant,
    /// The first fetch that brought it.
    changed_at: Instant,
    /// What the issuer asked for, before the bounds.
    asked: Option<Duration>,
    lifetime: Duration,
    /// From this age on it is renewed while it still serves.
    renewed_from: Duration,
}

impl Remote {
    pub(super) fn new(fetch: Box<dyn Fetch>, config: SourceConfig) -> Arc<Self> {
        Arc::new(Self {
            fetch,
            config,
            current: ArcSwapOption::empty(),
            gate: Mutex::new(Gate::default()),
        })
    }

    pub(super) async fn keys(
        self: &Arc<Self>,
        key_id: Option<&str>,
    ) -> Result<Arc<KeySet>, SourceError> {
        let keys = self.current_keys().await?;
        match key_id {
            Some(key_id) if !keys.publishes(key_id) => self.keys_with(key_id, keys).await,
            _ => Ok(keys),
        }
    }

    /// The set that serves now, after a wait only where there is none or its time is over.
    async fn current_keys(self: &Arc<Self>) -> Result<Arc<KeySet>, SourceError> {
        let now = Instant::now();
        if let Some(loaded) = &*self.current.load() {
            let age = now.saturating_duration_since(loaded.at);
            if age < loaded.lifetime {
                if age >= loaded.renewed_from {
                    self.begin(Occasion::Due);
                }
                return Ok(Arc::clone(&loaded.keys));
            }
        }
        let flight = self.begin(Occasion::Due);
        // An issuer that failed last time may hang this time; as long as there is a set, nobody waits
        // to find out. Nor does anybody wait long for one that begins to hang.
        let failing = self.lock().last_error().is_some();
        match (flight, self.serving(now)) {
            (Some(flight), None) => flight.landed().await,
            (Some(flight), Some(_)) if !failing => {
                let _ = timeout(PATIENCE, flight.landed()).await;
            }
            _ => {}
        }
        self.serving(Instant::now()).ok_or_else(|| {
            let error = self.lock().last_error();
            error.unwrap_or(SourceError::Interrupted)
        })
    }

    /// Looks for a key that `known` does not have.
    async fn keys_with(
        self: &Arc<Self>,
        key_id: &str,
        known: Arc<KeySet>,
    ) -> Result<Arc<KeySet>, SourceError> {
        let mut keys = known;
        // A fetch that was under way already may have begun before the key was published; then the
        // second turn asks for one of our own.
        for _ in 0..2 {
            let Some(flight) = self.begin(Occasion::UnknownKey(key_id)) else {
                break;
            };
            let joined = flight.joined;
            flight.landed().await;
            keys = self.serving(Instant::now()).unwrap_or(keys);
            if keys.publishes(key_id) || !joined {
                break;
            }
        }
        Ok(keys)
    }

    /// A set fetched after `known`, if one can be had now: for a token whose signature does not match
    /// under the key that it names, since an issuer may replace a key and keep its id.
    pub(super) async fn newer_than(self: &Arc<Self>, known: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        let newer = || {
            let keys = self.serving(Instant::now())?;
            (!Arc::ptr_eq(&keys, known)).then_some(keys)
        };
        if let Some(keys) = newer() {
            return Some(keys);
        }
        self.begin(Occasion::Doubt)?.landed().await;
        newer()
    }

    pub(super) async fn refresh(self: &Arc<Self>) -> Result<Arc<KeySet>, SourceError> {
        // What is under way may have begun before an issuer changed what the administrator wants to see
        // now. Whatever takes off after it brings the set in full, whoever begins it.
        for waited in [false, true] {
            let Some(flight) = self.begin(Occasion::Ordered { waited }) else {
                break;
            };
            let joined = flight.joined;
            flight.landed().await;
            if !joined {
                break;
            }
        }
        let error = self.lock().last_error();
        match (error, self.serving(Instant::now())) {
            (None, Some(keys)) => Ok(keys),
            (error, _) => Err(error.unwrap_or(SourceError::Interrupted)),
        }
    }

    pub(super) fn state(&self) -> SourceState {
        let now = Instant::now();
        let mut state = {
            let gate = self.lock();
            SourceState {
                last_error: gate.last_error(),
                last_error_age: gate.last_error_age(now),
                counters: gate.counters(),
                ..SourceState::default()
            }
        };
        if let Some(loaded) = &*self.current.load() {
            let age = now.saturating_duration_since(loaded.at);
            let left = loaded.lifetime.saturating_sub(age);
            let serves_for = self.limit(loaded).saturating_sub(age);
            state.serving = match (left.is_zero(), serves_for.is_zero()) {
                (false, _) => Serving::Fresh,
                (true, false) => Serving::Stale,
                (true, true) => Serving::Nothing,
            };
            state.age = Some(age);
            state.unchanged_for = Some(now.saturating_duration_since(loaded.changed_at));
            state.lifetime_left = Some(left);
            state.serves_for = Some(serves_for);
            state = state.with_keys(&loaded.keys);
        }
        state
    }

    /// The last good set, until the ceiling.
    fn serving(&self, now: Instant) -> Option<Arc<KeySet>> {
        let loaded = self.current.load();
        let loaded = loaded.as_ref()?;
        let age = now.saturating_duration_since(loaded.at);
        (age < self.limit(loaded)).then(|| Arc::clone(&loaded.keys))
    }

    fn limit(&self, loaded: &Loaded) -> Duration {
        self.config.ceiling.max(loaded.lifetime)
    }

    /// Joins the fetch that is under way, or begins one if the occasion allows it now.
    fn begin(self: &Arc<Self>, occasion: Occasion<'_>) -> Option<Flight> {
        let mut gate = self.lock();
        if let Some(flight) = gate.under_way() {
            if matches!(occasion, Occasion::Ordered { waited: false }) {
                gate.order();
            }
            return Some(flight);
        }
        if !gate.admits(occasion, Instant::now(), &self.config) {
            return None;
        }
        let (landing, landed) = watch::channel(());
        let ordered = gate.took_off(landed.clone(), occasion);
        drop(gate);
        let remote = Arc::clone(self);
        let known = self.known(ordered);
        // A task of its own: it goes on when the caller that began it goes away.
        tokio::spawn(async move {
            let fetched = remote.fetch.fetch(known).await;
            remote.land(fetched);
            drop(landing);
        });
        Some(Flight {
            landed,
            joined: false,
        })
    }

    /// What the next fetch shows to the issuer. Its word that nothing has changed is not taken for ever,
    /// and not at all where an administrator wants to see the whole way work.
    fn known(&self, ordered: bool) -> Option<Mark> {
        let loaded = self.current.load();
        let loaded = loaded.as_ref()?;
        let mark = loaded.mark.clone();
        let in_full = Instant::now().saturating_duration_since(loaded.full_at)
            >= self.config.longest_lifetime;
        Some(if ordered || in_full {
            mark.without_condition()
        } else {
            mark
        })
    }

    fn land(&self, fetched: Result<Fetched, SourceError>) {
        let now = Instant::now();
        let landing = match fetched {
            Ok(fetched) => self.take(fetched, now),
            Err(error) => Landing::Failed(error),
        };
        self.lock().landed(landing, now, &self.config);
    }

    fn take(&self, fetched: Fetched, now: Instant) -> Landing {
        let before = self.current.load_full();
        let (loaded, landing) = match (fetched.news, before) {
            (News::Keys(keys), _) => {
                let loaded = Loaded {
                    keys: Arc::new(keys),
                    mark: fetched.mark,
                    at: now,
                    full_at: now,
                    changed_at: now,
                    asked: fetched.lifetime,
                    lifetime: Duration::ZERO,
                    renewed_from: Duration::ZERO,
                };
                (loaded, Landing::Replaced)
            }
            (news, Some(before)) => {
                let not_modified = matches!(news, News::NotModified);
                let loaded = Loaded {
                    keys: Arc::clone(&before.keys),
                    mark: fetched.mark,
                    at: now,
                    full_at: if not_modified { before.full_at } else { now },
                    changed_at: before.changed_at,
                    // RFC 9111 §4.3.4: what a 304 does not say stays as it was.
                    asked: match fetched.lifetime {
                        None if not_modified => before.asked,
                        asked => asked,
                    },
                    lifetime: Duration::ZERO,
                    renewed_from: Duration::ZERO,
                };
                let landing = if not_modified {
                    Landing::NotModified
                } else {
                    Landing::SameOctets
                };
                (loaded, landing)
            }
            // Nothing was known, so nothing can be unchanged.
            (_, None) => return Landing::Failed(SourceError::Interrupted),
        };
        let mut lifetime = self.config.lifetime(loaded.asked);
        if matches!(landing, Landing::NotModified) {
            lifetime = lifetime.min(self.word_counts_for(&loaded));
        }
        self.current.store(Some(Arc::new(Loaded {
            lifetime,
            renewed_from: ahead_of(lifetime),
            ..loaded
        })));
        landing
    }

    /// How long the issuer's word that nothing has changed may stand: until the set came in full a longest
    /// lifetime ago, but not for less than any set does.
    fn word_counts_for(&self, loaded: &Loaded) -> Duration {
        let since = loaded.at.saturating_duration_since(loaded.full_at);
        let left = self.config.longest_lifetime.saturating_sub(since);
        left.max(self.config.shortest_lifetime)
    }

    fn lock(&self) -> MutexGuard<'_, Gate> {
        // Every change of the gate is whole, so a panic elsewhere leaves it sound.
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Between three and four quarters of a lifetime, at random, so that many servers do not ask an issuer at
/// the same moment.
fn ahead_of(lifetime: Duration) -> Duration {
    let random = u32::try_from(RandomState::new().hash_one(()) % 256).unwrap_or(0);
    let part = lifetime.checked_div(1024).unwrap_or(lifetime);
    part.saturating_mul(random.saturating_add(768))
}
