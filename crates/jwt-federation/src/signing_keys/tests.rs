//! The keys over a store that counts what it is asked, and can be made to get in the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::{
    AuditEvent, Identity, ManualClock, Method, OrganizationId, OsRandom, Principal,
    ServiceAccountId, ServiceAccountScope, StoreError, TeamId, Timestamp,
};

use super::*;
use crate::store::StoredSigningKey;

#[derive(Debug, Default)]
struct Memory {
    keys: Mutex<Vec<StoredSigningKey>>,
    /// So many withdrawals meet another node's change.
    conflicts: AtomicUsize,
    comparisons: AtomicUsize,
}

const CONFLICT: StoreError = StoreError::Conflict {
    what: "a newer signing key",
};

#[async_trait]
impl SigningKeyStore for Memory {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        Ok(self.keys.lock().await.clone())
    }

    async fn signing_key_ids(&self) -> Result<Vec<String>, StoreError> {
        self.comparisons.fetch_add(1, Ordering::Relaxed);
        let keys = self.keys.lock().await;
        Ok(keys.iter().map(|key| key.key_id.clone()).collect())
    }

    async fn add_signing_key(
        &self,
        new: &StoredSigningKey,
        newest: Option<&str>,
        _: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut keys = self.keys.lock().await;
        if keys.last().map(|key| key.key_id.as_str()) != newest {
            return Err(CONFLICT);
        }
        keys.push(new.clone());
        Ok(())
    }

    async fn remove_signing_key(&self, key_id: &str, _: AuditEvent) -> Result<(), StoreError> {
        self.keys.lock().await.retain(|key| key.key_id != key_id);
        Ok(())
    }

    async fn withdraw_signing_key(
        &self,
        key_id: &str,
        replacement: Option<&StoredSigningKey>,
        _: &str,
        _: AuditEvent,
    ) -> Result<(), StoreError> {
        let left = self.conflicts.load(Ordering::Relaxed);
        if left > 0 {
            self.conflicts
                .store(left.saturating_sub(1), Ordering::Relaxed);
            return Err(CONFLICT);
        }
        let mut keys = self.keys.lock().await;
        keys.retain(|key| key.key_id != key_id);
        keys.extend(replacement.cloned());
        Ok(())
    }
}

fn somebody() -> Identity {
    let principal = Principal::ServiceAccount {
        id: ServiceAccountId::new("s"),
        name: "s".into(),
        scope: ServiceAccountScope::Team {
            organization: OrganizationId::new("acme"),
            team: TeamId::new("ml"),
        },
    };
    Identity::new(principal, Method::ApiKey, Timestamp::from_secs(0))
}

async fn keys() -> (Arc<Memory>, Arc<ManualClock>, SigningKeys) {
    let store = Arc::new(Memory::default());
    let clock = Arc::new(ManualClock::at(Timestamp::from_secs(1_700_000_000)));
    let keys = SigningKeys::load(
        Arc::clone(&store) as Arc<dyn SigningKeyStore>,
        Arc::clone(&clock) as Arc<dyn Clock>,
        Arc::new(OsRandom),
        RotationPolicy::default(),
        Duration::from_secs(3600),
    );
    (store, clock, keys.await.expect("it works"))
}

async fn key_ids(keys: &SigningKeys) -> Vec<String> {
    let list = keys.list().await.expect("it works");
    list.into_iter().map(|key| key.key_id).collect()
}

#[tokio::test]
async fn a_withdrawal_is_decided_again_where_another_node_was_faster() {
    let (store, _, keys) = keys().await;
    let leaked = key_ids(&keys).await.remove(0);
    store.conflicts.store(3, Ordering::Relaxed);
    keys.withdraw(&leaked, &somebody())
        .await
        .expect("in the end");
    assert!(!key_ids(&keys).await.contains(&leaked));

    let next = key_ids(&keys).await.remove(0);
    store.conflicts.store(4, Ordering::Relaxed);
    let given_up = keys.withdraw(&next, &somebody()).await;
    assert!(
        matches!(
            given_up,
            Err(SigningKeyError::Store(StoreError::Conflict { .. }))
        ),
        "{given_up:?}"
    );
    assert_eq!(key_ids(&keys).await, [next], "nothing was changed");
}

#[tokio::test]
async fn strangers_cannot_make_the_store_busy() {
    let (store, clock, keys) = keys().await;
    for _ in 0..2 {
        store.comparisons.store(0, Ordering::Relaxed);
        for _ in 0..1000 {
            let changed = keys.refresh_for_unknown().await.expect("it works");
            assert!(!changed);
        }
        assert_eq!(store.comparisons.load(Ordering::Relaxed), 64);
        clock.advance(Duration::from_secs(1));
    }
    store.comparisons.store(0, Ordering::Relaxed);
    for _ in 0..1000 {
        keys.published_now().await;
    }
    assert_eq!(store.comparisons.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn nothing_private_shows() {
    let (store, _, keys) = keys().await;
    let stored = store.signing_keys().await.expect("keys").remove(0);
    let jwk: Value = serde_json::from_str(stored.private_jwk.expose()).expect("JSON");
    let private = jwk.get("d").and_then(Value::as_str).expect("a private key");
    let shown = format!("{keys:#?} {store:?} {}", keys.published());
    assert!(shown.contains(&stored.key_id) && !shown.contains(private));
}
