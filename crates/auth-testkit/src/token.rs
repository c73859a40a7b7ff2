//! Tokens.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::issuer::State;

/// How long a token is valid where nothing is said: long enough for any test.
const LIFETIME: Duration = Duration::from_secs(600);

/// A token that is being written. It has `iss`, `sub`, `iat` and `exp`; each can be replaced or left
/// out, so that a verifier can be shown anything.
#[derive(Clone, Debug)]
#[must_use = "a token is made by `sign`"]
pub struct TokenBuilder {
    issuer: Arc<State>,
    subject: String,
    lifetime: Duration,
    typ: String,
    claims: Map<String, Value>,
    absent: BTreeSet<String>,
}

impl TokenBuilder {
    pub(crate) fn new(issuer: Arc<State>, subject: &str) -> Self {
        Self {
            issuer,
            subject: subject.to_owned(),
            lifetime: LIFETIME,
            typ: "JWT".to_owned(),
            claims: Map::new(),
            absent: BTreeSet::new(),
        }
    }

    /// Names its one audience. For several, give `aud` as a [`claim`](Self::claim).
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.claim("aud", audience.into())
    }

    /// Ends it `lifetime` after its making, in whole seconds. Default: ten minutes.
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Adds a claim, or replaces one that is there by default.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.absent.remove(name);
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a claim out.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self.absent.insert(name.to_owned());
        self
    }

    /// Sets the JOSE header's `typ`. Default: `JWT`.
    pub fn typ(mut self, typ: impl Into<String>) -> Self {
        self.typ = typ.into();
        self
    }

    /// Signs it with the issuer's present key, now.
    ///
    /// # Panics
    /// Where OpenSSL does not sign.
    #[must_use]
    pub fn sign(self) -> String {
        let now = self.issuer.clock().now();
        let mut claims = Map::from_iter([
            ("iss".to_owned(), Value::from(self.issuer.issuer())),
            ("sub".to_owned(), Value::from(self.subject)),
            ("iat".to_owned(), Value::from(now.as_secs())),
            (
                "exp".to_owned(),
                Value::from(now.plus(self.lifetime).as_secs()),
            ),
        ]);
        claims.retain(|name, _| !self.absent.contains(name));
        claims.extend(self.claims);
        self.issuer.sign(&self.typ, &claims)
    }
}
