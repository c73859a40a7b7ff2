//! From an API key to an identity.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::{
    AuditEvent, Credential, CredentialKind, Error, ErrorKind, Identity, IdentityResolver, Method,
    Outcome, Principals, Refusal, Request, Timestamp,
};
use tokio::sync::Semaphore;

use crate::api_key::{ApiKeyFormat, ApiKeyHash};
use crate::store::{ApiKey, ApiKeyStore};

/// How old the note of the last use must be before it is written again.
const LAST_USED_PRECISION: Duration = Duration::from_secs(60);

/// How many notes of last use may be under way at once; further ones are left to a later use.
const MOST_NOTES_UNDER_WAY: usize = 16;

/// Resolves API keys.
///
/// Every answer is the store's of this moment: a revoked key, a deleted account or a lost
/// membership counts from the next request on. That a key was used is noted at most once a
/// minute, beside the request, so that a slow store slows nobody down.
#[derive(Clone, Debug)]
pub struct ApiKeyResolver {
    format: ApiKeyFormat,
    keys: Arc<dyn ApiKeyStore>,
    principals: Arc<dyn Principals>,
    notes: Arc<Semaphore>,
}

impl ApiKeyResolver {
    /// Over `keys`, for `principals`.
    pub fn new(
        format: ApiKeyFormat,
        keys: Arc<dyn ApiKeyStore>,
        principals: Arc<dyn Principals>,
    ) -> Self {
        Self {
            format,
            keys,
            principals,
            notes: Arc::new(Semaphore::new(MOST_NOTES_UNDER_WAY)),
        }
    }

    /// Notes the use of `key` by `identity`, and tells the audit log.
    fn note_use(&self, key: &ApiKey, identity: &Identity, request: &Request<'_>) {
        let is_fresh = |noted: Timestamp| request.now.since(noted) < LAST_USED_PRECISION;
        if key.last_used_at.is_some_and(is_fresh) {
            return;
        }
        let Ok(permit) = Arc::clone(&self.notes).try_acquire_owned() else {
            return;
        };
        let audit = AuditEvent::new(request.now, "sign_in.api_key", Outcome::Granted)
            .by(identity)
            .to("api-key", &key.id)
            .from_address(request.remote_address);
        let (keys, id, now) = (Arc::clone(&self.keys), key.id.clone(), request.now);
        tokio::spawn(async move {
            if let Err(error) = keys.touch_key(&id, now, audit).await {
                tracing::warn!(key = %id, %error, "the last use of an API key was not noted");
            }
            drop(permit);
        });
    }
}

#[async_trait]
impl IdentityResolver for ApiKeyResolver {
    fn kinds(&self) -> Vec<CredentialKind> {
        vec![CredentialKind::ApiKey]
    }

    async fn resolve(&self, mut request: Request<'_>) -> Result<Identity, Error> {
        let Credential::ApiKey(text) = request.credential else {
            return Err(refusal("api_key.malformed", "not an API key").into());
        };
        let presented = self.format.parse(text.expose());
        let described = || {
            (
                "prefix, 40 characters, checksum".to_owned(),
                "an API key".to_owned(),
            )
        };
        if !request
            .recorder
            .check("api_key.form", presented.is_some(), described)
        {
            return Err(refusal("api_key.malformed", "the form or checksum is wrong").into());
        }
        let presented = presented
            .ok_or_else(|| refusal("api_key.malformed", "the form or checksum is wrong"))?;

        let stored = self.keys.key(&presented.id).await?;
        // An unknown identifier costs the same comparison as a known one.
        let expected = stored
            .as_ref()
            .map_or(ApiKeyHash::from_bytes([0; 32]), |key| key.hash.clone());
        let matches = presented.hash.matches(&expected);
        let described = || {
            (
                "a key that exists".to_owned(),
                format!("key {}", presented.id),
            )
        };
        if !request
            .recorder
            .check("api_key.exists", stored.is_some(), described)
        {
            return Err(refusal("api_key.unknown", format!("no key {}", presented.id)).into());
        }
        let Some(key) = stored.filter(|_| matches) else {
            request.recorder.check("api_key.secret", false, || {
                (
                    "the secret of this key".to_owned(),
                    "another secret".to_owned(),
                )
            });
            return Err(refusal(
                "api_key.secret",
                format!("wrong secret for {}", presented.id),
            )
            .into());
        };

        let principal = self.principals.principal(&key.owner).await?;
        let described = || ("an enabled owner".to_owned(), key.owner.to_string());
        request
            .recorder
            .check("api_key.owner", principal.is_some(), described);
        let Some(principal) = principal else {
            return Err(refusal(
                "api_key.owner",
                format!("{} is gone or disabled", key.owner),
            )
            .into());
        };
        let identity = Identity::new(principal, Method::ApiKey, request.now);
        self.note_use(&key, &identity, &request);
        Ok(identity)
    }
}

/// One text for the caller, whatever was wrong.
fn refusal(code: &'static str, detail: impl Into<String>) -> Refusal {
    Refusal::new(ErrorKind::Rejected, code, "the API key is not valid").with_detail(detail)
}
