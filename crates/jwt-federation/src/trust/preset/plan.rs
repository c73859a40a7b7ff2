//! How a preset's conditions and samples become a policy.

use auth_core::ServiceAccountId;
use serde_json::{Map, Value};

use super::super::condition::{Condition, Test};
use super::super::error::TrustError;
use super::super::policy::{AccountRule, EmailRule, Samples, TrustPolicy};
use super::form::Given;
use super::{Filled, Preset};

/// What one platform contributes.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) issuer: String,
    pub(super) subject: Option<String>,
    /// What every job of the tenant has; empty where the issuer is the tenant's own.
    pub(super) tenant: Vec<Condition>,
    /// What the jobs have that are meant.
    pub(super) workload: Vec<Condition>,
    /// Claims of the jobs that are meant.
    pub(super) accepts: Vec<Map<String, Value>>,
    /// Claims of another tenant's jobs.
    pub(super) strangers: Vec<Map<String, Value>>,
    /// Claims of other jobs of the tenant.
    pub(super) neighbours: Vec<Map<String, Value>>,
}

impl Plan {
    pub(super) fn fill(self, preset: Preset, given: &Given<'_>) -> Filled {
        let mut policy = TrustPolicy {
            // Jobs have no mailbox; an address in their tokens is somebody else's.
            email: EmailRule::None,
            audiences: given
                .optional("audience")
                .map(str::to_owned)
                .into_iter()
                .collect(),
            ..TrustPolicy::default()
        };
        let Some(account) = given.optional("account") else {
            policy.conditions = [self.tenant, self.workload].concat();
            policy.samples = Samples {
                accepts: self.accepts,
                refuses: [self.strangers, self.neighbours].concat(),
            };
            return Filled {
                issuer: self.issuer,
                policy,
                subject: self.subject,
            };
        };
        if !self.tenant.is_empty() {
            policy.conditions = self.tenant;
            policy.samples = Samples {
                accepts: self.accepts.clone(),
                refuses: self.strangers,
            };
        }
        policy.accounts = vec![AccountRule {
            name: preset.name().to_owned(),
            account: ServiceAccountId::new(account),
            conditions: self.workload,
            samples: Samples {
                accepts: self.accepts,
                refuses: self.neighbours,
            },
        }];
        Filled {
            issuer: self.issuer,
            policy,
            subject: None,
        }
    }
}

/// That a claim is this text.
pub(super) fn equals(claim: &str, text: &str) -> Result<Condition, TrustError> {
    Condition::new(claim, Test::Equals(text.into()))
}

/// The members of an object that was written with `json!`.
pub(super) fn claims(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(claims) => claims,
        _ => Map::new(),
    }
}

/// The same claims, one of them changed.
pub(super) fn but(claims: &Map<String, Value>, claim: &str, value: &str) -> Map<String, Value> {
    let mut changed = claims.clone();
    changed.insert(claim.to_owned(), value.into());
    changed
}

/// Another text of the same kind: an id that somebody else has.
pub(super) fn other(id: &str) -> String {
    let last = if id.ends_with('1') { '2' } else { '1' };
    let mut id = id.to_owned();
    id.pop();
    id.push(last);
    id
}
