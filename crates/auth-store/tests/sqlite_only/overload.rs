//! Refusals that come faster than the disk takes them.

use auth_core::AuditSink;

use crate::suite::{Store, event};
use crate::tests::fresh;

#[tokio::test]
async fn refusals_beyond_the_queue_are_dropped_and_counted() {
    const SENT: usize = 3000;
    let (_directory, store) = fresh().await;
    // While this is held, nothing can be written.
    let held = store.pool().acquire().await.expect("the writer is free");
    for _ in 0..SENT {
        store.record_refusal(event("refused"));
    }
    drop(held);
    store.record(event("later")).await.expect("it is kept");

    let stored = store.newest_events(u32::MAX).await;
    let kept = stored
        .iter()
        .filter(|event| event.action == "refused")
        .count();
    assert!((1024..SENT).contains(&kept), "{kept}");
    let dropped: Vec<_> = stored
        .iter()
        .filter(|event| event.action == "audit.dropped")
        .collect();
    let total: usize = dropped
        .iter()
        .map(|event| event.detail.parse().unwrap_or(0))
        .sum();
    assert_eq!(kept + total, SENT);
    assert_eq!(dropped[0].refusal_code.as_deref(), Some("audit.overload"));
    assert_eq!(dropped[0].at, crate::suite::NOW);
}
