//! Verification with the keys of a source.

use std::sync::Arc;

use crate::claims::VerifiedClaims;
use crate::error::Error;
use crate::key_set::KeySet;
use crate::policy::TokenPolicy;
use crate::record::{CheckRecorder, Recorder};
use crate::source::explain::{self, Hinting};
use crate::source::{JwksSource, Origin};
use crate::time::UnixTime;

impl JwksSource {
    /// Verifies `token` at the time `now` with this issuer's keys. A token whose header can't pass never
    /// causes a fetch.
    ///
    /// A signature that does not match is tried once more if a newer key set can be had, since an issuer
    /// may replace a key and keep its id.
    ///
    /// # Errors
    /// As [`TokenPolicy::verify`], and [`Error::Keys`] if the issuer's keys can't be had.
    pub async fn verify(
        &self,
        policy: &TokenPolicy,
        token: &str,
        now: UnixTime,
    ) -> Result<VerifiedClaims, Error> {
        let opened = policy.open(token, &mut Recorder::off())?;
        let keys = self.keys(opened.key_id()).await.map_err(Error::Keys)?;
        match opened.verify_signature(&keys, &mut Recorder::off()) {
            Err(Error::Signature) => {
                let newer = self.newer_than(&keys).await.ok_or(Error::Signature)?;
                opened.verify_signature(&newer, &mut Recorder::off())?;
            }
            other => other?,
        }
        opened.verify_claims(policy, now, &mut Recorder::off())
    }

    /// As [`verify`](Self::verify), and tells `recorder` each check as it is made, with the age of the key
    /// set, and what it holds where the token's key is not in it.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub async fn verify_recorded(
        &self,
        policy: &TokenPolicy,
        token: &str,
        now: UnixTime,
        recorder: &mut dyn CheckRecorder,
    ) -> Result<VerifiedClaims, Error> {
        let opened = policy.open(token, &mut Recorder::to(recorder))?;
        let keys = self.keys(opened.key_id()).await;
        Recorder::to(recorder).check("jwt.keys", keys.is_ok(), || {
            let found = match &keys {
                Ok(keys) => {
                    let age = explain::age(&self.state(), now);
                    format!("{} usable keys, {age}", keys.keys().len())
                }
                Err(error) => error.to_string(),
            };
            ("the issuer's key set".to_owned(), found)
        });
        let mut keys = keys.map_err(Error::Keys)?;
        // A try in silence, so that the record shows each check once.
        let tried = opened.verify_signature(&keys, &mut Recorder::off());
        if tried == Err(Error::Signature) {
            keys = self.newer_than(&keys).await.unwrap_or(keys);
        }
        let hint = match (tried, opened.key_id()) {
            (Err(Error::KeyUnknown { .. }), Some(key_id)) => {
                Some(explain::unknown_key(key_id, &keys, &self.state(), now))
            }
            _ => None,
        };
        let mut hinting = Hinting {
            recorder: &mut *recorder,
            hint,
        };
        opened.verify_signature(&keys, &mut Recorder::to(&mut hinting))?;
        opened.verify_claims(policy, now, &mut Recorder::to(recorder))
    }

    async fn newer_than(&self, keys: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        match &self.0 {
            Origin::Pasted { .. } => None,
            Origin::Remote(remote) => remote.newer_than(keys).await,
        }
    }
}
