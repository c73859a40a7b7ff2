//! New keys and withdrawn ones.

use auth_core::{AuditEvent, Identity, Outcome, StoreError, Timestamp, alphanumeric};

use crate::signing_keys::generation::Generation;
use crate::signing_keys::{SigningKeyError, SigningKeys};
use crate::store::StoredSigningKey;

/// The most keys at a time. Rotation on a schedule needs three; the rest is for those who rotate by
/// hand.
const MOST_KEYS: usize = 16;

/// How often a change by another node may get in the way of a withdrawal.
const ATTEMPTS: usize = 4;

impl SigningKeys {
    /// Makes a new key now. It signs as soon as it has been published for long enough; the present
    /// one signs until then, and verifies until its last token has expired. The audit log names `by`,
    /// where it is an administrator who asks for it.
    ///
    /// For a key that may have leaked, see [`withdraw`](Self::withdraw).
    ///
    /// # Errors
    /// [`SigningKeyError`]; [`StoreError::Forbidden`] where there are 16 keys already.
    pub async fn rotate(&self, by: Option<&Identity>) -> Result<(), SigningKeyError> {
        let present = self.read().await?;
        if present.signers.len() >= MOST_KEYS {
            let rule =
                "there are as many signing keys as may be; wait until the oldest is not needed";
            return Err(StoreError::Forbidden { rule }.into());
        }
        self.add(&present, self.event("signing_key.create", by))
            .await?;
        self.maintain().await
    }

    /// Withdraws a key at once, because it may have leaked: it is published no more, and on no node
    /// that shares the store does a token count that it signed. If it is the one that signs, a new one
    /// takes its place at once.
    ///
    /// Bearers of its tokens must get new ones. A service elsewhere that caches the JWK Set takes the
    /// old tokens, and refuses the new ones, for as long as it caches: five minutes, if it
    /// honours `Cache-Control`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such key; [`SigningKeyError`].
    pub async fn withdraw(&self, key_id: &str, by: &Identity) -> Result<(), SigningKeyError> {
        let mut attempt = 1;
        loop {
            match self.try_to_withdraw(key_id, by).await {
                // Another node has made a key; what is to be done must be decided again.
                Err(SigningKeyError::Store(StoreError::Conflict { .. })) if attempt < ATTEMPTS => {
                    attempt = attempt.saturating_add(1);
                }
                done => return done,
            }
        }
    }

    async fn try_to_withdraw(&self, key_id: &str, by: &Identity) -> Result<(), SigningKeyError> {
        let present = self.read().await?;
        let now = self.clock.now();
        let newest = present.newest().map_or("", |newest| newest.key_id.as_str());
        let signs = present
            .present(now)
            .is_some_and(|signing| signing.key_id == key_id);
        let replacement = if signs { Some(self.make(now)?) } else { None };
        let event = self.event("signing_key.withdraw", Some(by));
        let event = event.to("signing-key", key_id);
        let event = match &replacement {
            Some(new) => event.saying(format!("replaced by {}", new.key_id)),
            None => event,
        };
        self.store
            .withdraw_signing_key(key_id, replacement.as_ref(), newest, event)
            .await?;
        self.read().await?;
        Ok(())
    }

    pub(super) fn is_due(&self, present: &Generation, now: Timestamp) -> bool {
        let Some(newest) = present.newest() else {
            return true;
        };
        if present.signers.len() >= MOST_KEYS {
            return false;
        }
        // A key of another algorithm is left in peace until it signs: it may be another node's, of
        // another version of the settings.
        let is_of_another = newest.algorithm != self.policy.algorithm && newest.signs_from <= now;
        now.since(newest.created_at) >= self.policy.period || is_of_another
    }

    /// Adds a key behind the `present` ones. The very first one signs at once.
    pub(super) async fn add(
        &self,
        present: &Generation,
        audit: AuditEvent,
    ) -> Result<(), SigningKeyError> {
        let newest = present.newest().map(|newest| newest.key_id.as_str());
        let now = self.clock.now();
        let signs_from = match newest {
            Some(_) => now.plus(self.policy.publish_ahead),
            None => now,
        };
        let new = self.make(signs_from)?;
        let audit = audit.to("signing-key", &new.key_id);
        match self.store.add_signing_key(&new, newest, audit).await {
            // Another node was faster; its key is as good.
            Ok(()) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn make(&self, signs_from: Timestamp) -> Result<StoredSigningKey, SigningKeyError> {
        let key_id = alphanumeric(self.random.as_ref(), 16).map_err(StoreError::from)?;
        Ok(StoredSigningKey {
            private_jwk: self.policy.algorithm.make(&key_id)?,
            key_id,
            created_at: self.clock.now(),
            signs_from,
        })
    }

    fn event(&self, action: &'static str, by: Option<&Identity>) -> AuditEvent {
        let event = AuditEvent::new(self.clock.now(), action, Outcome::Granted);
        match by {
            Some(identity) => event.by(identity),
            None => event,
        }
    }
}
