//! What an organization requires of the assertions of one issuer.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use auth_core::{ServiceAccountId, Timestamp};
use ipnet::IpNet;
use jwt_validation::Algorithm;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::claim_path::ClaimPath;
use super::condition::Condition;
use super::document::{self, AccountDocument, LeewaysDocument, PolicyDocument};
use super::error::TrustError;

/// What an organization requires of the assertions of one issuer, and whom it takes their subjects for.
///
/// It is stored with the registration and is the body of the administration's API, as one JSON object of
/// at most 64 KiB. Every member may be left out and then has its default; an unknown member is
/// refused. [`Default`] is an issuer without rules: its subjects are the external accounts that are bound
/// to them, and the members whose email address they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PolicyDocument", into = "PolicyDocument")]
#[non_exhaustive]
pub struct TrustPolicy {
    /// Whether assertions of this issuer are taken at all. Default: `true`.
    pub enabled: bool,
    /// When the trust ends; in JSON text of RFC 3339 in whole seconds (`2027-01-31T00:00:00Z`), or
    /// `null`. Default: never.
    pub expires_at: Option<Timestamp>,
    /// Audiences that are taken beside the organization's name, compared octet for octet; at most 16 of
    /// 1 to 1,024 octets. Default: none.
    pub audiences: Vec<String>,
    /// Signature algorithms, by their `alg` names (RFC 7518 §3.1). Default: empty, for all asymmetric ones.
    pub algorithms: Vec<Algorithm>,
    /// Values of the header's `typ` (RFC 7515 §4.1.9) that are taken, at most 8; an assertion without
    /// `typ` is then refused. Default: empty, for `JWT` or none.
    pub types: Vec<String>,
    /// How far the issuer's clock may be off, claim by claim.
    pub leeway: Leeways,
    /// The longest life of an assertion, from `iat` to `exp`, in seconds: 60 to 604,800 (seven days).
    /// Default: none, for the host's cap.
    pub max_lifetime: Option<u64>,
    /// Whether each `jti` is good once. Default: `false`, since clients present one assertion at every
    /// refresh.
    pub one_time: bool,
    /// Addresses from which assertions may be presented, at most 64 networks in CIDR notation. Default:
    /// empty, for any.
    pub networks: Vec<IpNet>,
    /// Where a person's email address comes from.
    pub email: EmailRule,
    /// What must hold of every assertion of this issuer, at most 32 conditions. All of them must.
    pub conditions: Vec<Condition>,
    /// Claims that show what [`conditions`](Self::conditions) do.
    pub samples: Samples,
    /// Who a subject is, beside the external accounts that are bound to exactly this issuer and
    /// subject; at most 64 rules.
    pub accounts: Vec<AccountRule>,
}

impl Default for TrustPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            expires_at: None,
            audiences: Vec::new(),
            algorithms: Vec::new(),
            types: Vec::new(),
            leeway: Leeways::default(),
            max_lifetime: None,
            one_time: false,
            networks: Vec::new(),
            email: EmailRule::default(),
            conditions: Vec::new(),
            samples: Samples::default(),
            accounts: Vec::new(),
        }
    }
}

impl TrustPolicy {
    /// Reads a policy of at most 64 KiB of JSON. What the samples do is not looked at; see
    /// [`validate`](Self::validate).
    ///
    /// # Errors
    /// [`TrustError::Syntax`] and [`TrustError::Field`] say which field is wrong.
    pub fn from_json(json: &str) -> Result<Self, TrustError> {
        document::from_json(json)
    }

    /// Whether assertions are taken at `now`: the trust is on and has not ended. It ends with the
    /// second of `expires_at`.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.enabled && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether an assertion may be presented from `address`. Where networks are named, an unknown
    /// address is in none of them. IPv4 addresses that are mapped into IPv6 count as IPv4.
    #[must_use]
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        if self.networks.is_empty() {
            return true;
        }
        address
            .map(|address| address.to_canonical())
            .is_some_and(|address| self.networks.iter().any(|net| net.contains(&address)))
    }
}

/// How far the issuer's clock may be off, in whole seconds from 0 to 300.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "LeewaysDocument", into = "LeewaysDocument")]
#[non_exhaustive]
pub struct Leeways {
    /// For how long after `exp` an assertion is still taken. Default: 60.
    pub expiry: u64,
    /// How early before `nbf` it is taken. Default: 60.
    pub not_before: u64,
    /// How far `iat` may lie in the future. Default: 60.
    pub issued_at: u64,
}

impl Default for Leeways {
    fn default() -> Self {
        Self {
            expiry: 60,
            not_before: 60,
            issued_at: 60,
        }
    }
}

/// Where a person's email address comes from.
///
/// In JSON: `"subject"`, `{"claim": "email"}`, `{"claim": "email", "require_verified": false}`, or
/// `"none"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmailRule {
    /// `sub` is the email address. The default, which W&B clients expect.
    #[default]
    Subject,
    /// A claim holds the email address.
    Claim {
        /// Which claim.
        claim: ClaimPath,
        /// Whether `email_verified` must be the boolean `true`. Default: `true`, since an issuer that lets
        /// its users type any address would let them become any member.
        require_verified: bool,
    },
    /// No person can sign in by this issuer.
    None,
}

/// Claims sets that show what a list of conditions does. A policy is saved only if they behave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Samples {
    /// Claims that must fulfil all conditions; at most 16 of 8 KiB each.
    pub accepts: Vec<Map<String, Value>>,
    /// Claims that must fail at least one; at most 16 of 8 KiB each.
    pub refuses: Vec<Map<String, Value>>,
}

/// Takes the subjects that fulfil all conditions for one service account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AccountDocument", into = "AccountDocument")]
#[non_exhaustive]
pub struct AccountRule {
    /// What the rule is called in explanations and the audit log; unique in its policy. Letters, digits,
    /// `.`, `_` and `-`, at most 128.
    pub name: String,
    /// The service account. Whether it exists, in the policy's organization, is for the caller to see to.
    pub account: ServiceAccountId,
    /// What must hold, together with the policy's own conditions: 1 to 32 conditions.
    pub conditions: Vec<Condition>,
    /// Claims that show what the conditions do.
    pub samples: Samples,
}

impl AccountRule {
    /// A rule without conditions; it can't be saved before it has some.
    #[must_use]
    pub fn new(name: impl Into<String>, account: ServiceAccountId) -> Self {
        Self {
            name: name.into(),
            account,
            conditions: Vec::new(),
            samples: Samples::default(),
        }
    }
}
