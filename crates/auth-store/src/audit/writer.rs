//! The one task that writes events which come without a change.
//!
//! All that arrives while a transaction is being written to disk goes into the next one, so that
//! many sign-ins at once share the wait for the disk.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use auth_core::{AuditEvent, Outcome, StoreError, Timestamp};
use sqlx::SqlitePool;
use tokio::sync::{mpsc, oneshot};

/// How many events may wait: a burst of refusals that a disk takes in well below a second, and a few
/// hundred kilobytes.
const QUEUE: usize = 1024;

/// The most events in one transaction, so that a change never waits long behind one.
const BATCH: usize = 128;

/// How many refusals are kept at once, and how many a second from then on. Strangers cause them, and
/// every one takes a row for good: without a budget a flood would fill the disk, and with it stop
/// the sign-ins and changes that must be recorded. Those have no budget.
const REFUSALS_AT_ONCE: i64 = 2000;
const REFUSALS_PER_SECOND: i64 = 10;

const RECORDING: &str = "recording an audit event";

#[derive(Debug)]
enum Message {
    /// An event that nobody waits for.
    Refusal(AuditEvent),
    /// An event, and whom to tell that it is kept.
    Awaited(AuditEvent, oneshot::Sender<Result<(), StoreError>>),
    /// The last message.
    Close(oneshot::Sender<()>),
}

/// The way to the task.
#[derive(Clone, Debug)]
pub(crate) struct AuditLog {
    queue: mpsc::Sender<Message>,
    budget: Arc<Mutex<Budget>>,
    dropped: Arc<Dropped>,
}

/// The refusals that found no place and are not yet told of.
#[derive(Debug, Default)]
struct Dropped {
    count: AtomicU64,
    /// When the latest of them was; there is no clock here.
    latest: AtomicI64,
}

/// The refusals that may be kept at this moment.
#[derive(Debug)]
struct Budget {
    left: i64,
    /// When it was last added to, in seconds since the epoch.
    at: i64,
}

impl Budget {
    fn take(&mut self, now: i64) -> bool {
        let earned = now
            .saturating_sub(self.at)
            .max(0)
            .saturating_mul(REFUSALS_PER_SECOND);
        self.left = self.left.saturating_add(earned).min(REFUSALS_AT_ONCE);
        self.at = self.at.max(now);
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(i64::from(allowed));
        allowed
    }
}

/// The task is gone, so nothing is kept any more.
#[derive(Debug, thiserror::Error)]
#[error("the store is closed")]
struct Closed;

impl AuditLog {
    pub(crate) fn start(database: SqlitePool) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE);
        let dropped = Arc::new(Dropped::default());
        let writer = Writer {
            database,
            dropped: Arc::clone(&dropped),
        };
        tokio::spawn(writer.run(messages));
        let budget = Arc::new(Mutex::new(Budget {
            left: REFUSALS_AT_ONCE,
            at: i64::MIN,
        }));
        Self {
            queue,
            budget,
            dropped,
        }
    }

    /// Returns when the event is on disk.
    pub(crate) async fn record(&self, event: AuditEvent) -> Result<(), StoreError> {
        let (kept, is_kept) = oneshot::channel();
        let sent = self.queue.send(Message::Awaited(event, kept)).await;
        sent.map_err(|_| closed())?;
        is_kept.await.map_err(|_| closed())?
    }

    /// Never waits: where the budget is spent or the queue full, the event is dropped and counted.
    pub(crate) fn record_refusal(&self, event: AuditEvent) {
        let at = event.at.as_secs();
        let allowed = self
            .budget
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(at);
        if !allowed || self.queue.try_send(Message::Refusal(event)).is_err() {
            self.dropped.latest.fetch_max(at, Ordering::Relaxed);
            self.dropped.count.fetch_add(1, Ordering::Release);
        }
    }

    /// Returns when all that was recorded before is on disk, and takes nothing more.
    pub(crate) async fn close(&self) {
        let (done, is_done) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            // An error means that another call closed it first.
            let _ = is_done.await;
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable {
        during: RECORDING,
        source: Box::new(Closed),
    }
}

/// The messages of one transaction.
#[derive(Default)]
struct Batch {
    events: Vec<AuditEvent>,
    waiting: Vec<oneshot::Sender<Result<(), StoreError>>>,
    closing: Vec<oneshot::Sender<()>>,
}

struct Writer {
    database: SqlitePool,
    dropped: Arc<Dropped>,
}

impl Writer {
    async fn run(self, mut messages: mpsc::Receiver<Message>) {
        let mut received = Vec::with_capacity(BATCH);
        let mut closing = Vec::new();
        while messages.recv_many(&mut received, BATCH).await > 0 {
            let mut batch = Batch::default();
            for message in received.drain(..) {
                match message {
                    Message::Refusal(event) => batch.events.push(event),
                    Message::Awaited(event, kept) => {
                        batch.events.push(event);
                        batch.waiting.push(kept);
                    }
                    Message::Close(done) => batch.closing.push(done),
                }
            }
            if !batch.closing.is_empty() {
                // What is in the queue already is still received.
                messages.close();
                closing.append(&mut batch.closing);
            }
            self.keep(batch).await;
        }
        for done in closing {
            // Whoever closed the store may have stopped waiting.
            let _ = done.send(());
        }
    }

    async fn keep(&self, batch: Batch) {
        let dropped = self.dropped.count.swap(0, Ordering::Acquire);
        let outcome = self.write(&batch.events, dropped).await.map_err(Arc::new);
        match &outcome {
            Ok(()) if dropped > 0 => {
                tracing::warn!(
                    dropped,
                    "refusals came faster than the audit log could be written"
                );
            }
            Ok(()) => {}
            Err(error) => {
                let refusals = batch.events.len().saturating_sub(batch.waiting.len());
                let lost = u64::try_from(refusals)
                    .unwrap_or(u64::MAX)
                    .saturating_add(dropped);
                self.dropped.count.fetch_add(lost, Ordering::Release);
                tracing::error!(%error, lost, "the audit log can't be written");
            }
        }
        for waiting in batch.waiting {
            let outcome = outcome
                .as_ref()
                .copied()
                .map_err(|error| StoreError::Unavailable {
                    during: RECORDING,
                    source: Box::new(Arc::clone(error)),
                });
            // Whoever asked may have gone; the event is kept all the same.
            let _ = waiting.send(outcome);
        }
    }

    async fn write(&self, events: &[AuditEvent], dropped: u64) -> Result<(), sqlx::Error> {
        if events.is_empty() && dropped == 0 {
            return Ok(());
        }
        let mut transaction = self.database.begin_with("BEGIN IMMEDIATE").await?;
        for event in events {
            super::insert(&mut transaction, event).await?;
        }
        if dropped > 0 {
            let code = "audit.overload";
            let at = Timestamp::from_secs(self.dropped.latest.load(Ordering::Relaxed));
            let event = AuditEvent::new(at, "audit.dropped", Outcome::Refused { code })
                .saying(dropped.to_string());
            super::insert(&mut transaction, &event).await?;
        }
        transaction.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_spends_a_budget_that_time_fills_again() {
        let mut budget = Budget {
            left: REFUSALS_AT_ONCE,
            at: i64::MIN,
        };
        let kept = |budget: &mut Budget, at| (0..5_000).filter(|_| budget.take(at)).count();
        assert_eq!(kept(&mut budget, 100), 2000);
        assert_eq!(kept(&mut budget, 100), 0);
        assert_eq!(kept(&mut budget, 103), 30);
        assert_eq!(
            kept(&mut budget, 50),
            0,
            "a clock that goes back earns nothing"
        );
        assert_eq!(kept(&mut budget, 103), 0, "nor does its return");
        assert_eq!(kept(&mut budget, i64::MAX), 2000);
    }
}
