//! The JSON form of a policy, before and after its texts are compiled.

mod condition;
#[cfg(test)]
mod tests;

use auth_core::{ServiceAccountId, Timestamp};
use ipnet::IpNet;
use jwt_validation::Algorithm;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub(super) use self::condition::ConditionDocument;
use self::condition::claim_path;
use super::bounds;
use super::error::{Path, Shown, TrustError};
use super::policy::{AccountRule, EmailRule, Leeways, Samples, TrustPolicy};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PolicyDocument {
    enabled: bool,
    expires_at: Option<String>,
    audiences: Vec<String>,
    algorithms: Vec<String>,
    types: Vec<String>,
    leeway: Leeways,
    max_lifetime: Option<u64>,
    one_time: bool,
    networks: Vec<String>,
    email: EmailDocument,
    conditions: Vec<ConditionDocument>,
    samples: Samples,
    accounts: Vec<AccountDocument>,
}

impl Default for PolicyDocument {
    fn default() -> Self {
        TrustPolicy::default().into()
    }
}

/// Reads a policy, and says where it is wrong.
pub(super) fn from_json(json: &str) -> Result<TrustPolicy, TrustError> {
    bounds::check_length(json.len())?;
    let mut reader = serde_json::Deserializer::from_str(json);
    let document: PolicyDocument =
        serde_path_to_error::deserialize(&mut reader).map_err(|error| TrustError::Syntax {
            path: Shown::words(error.path().to_string()).to_string(),
            reason: Shown::words(error.inner().to_string()).to_string(),
        })?;
    reader.end().map_err(|error| TrustError::Syntax {
        path: ".".to_owned(),
        reason: error.to_string(),
    })?;
    document.try_into()
}

impl TryFrom<PolicyDocument> for TrustPolicy {
    type Error = TrustError;

    fn try_from(document: PolicyDocument) -> Result<Self, TrustError> {
        let root = Path::Root;
        let conditions = root.member("conditions");
        let accounts = root.member("accounts");
        let policy = Self {
            enabled: document.enabled,
            expires_at: document
                .expires_at
                .map(|text| moment(&text, &root.member("expires_at")))
                .transpose()?,
            audiences: document.audiences,
            algorithms: each(document.algorithms, &root.member("algorithms"), algorithm)?,
            types: document.types,
            leeway: document.leeway,
            max_lifetime: document.max_lifetime,
            one_time: document.one_time,
            networks: each(document.networks, &root.member("networks"), network)?,
            email: document.email.parse(&root.member("email"))?,
            conditions: each(document.conditions, &conditions, ConditionDocument::parse)?,
            samples: document.samples,
            accounts: each(document.accounts, &accounts, AccountDocument::parse)?,
        };
        bounds::check(&policy)?;
        Ok(policy)
    }
}

impl From<TrustPolicy> for PolicyDocument {
    fn from(policy: TrustPolicy) -> Self {
        Self {
            enabled: policy.enabled,
            expires_at: policy.expires_at.map(moment_text),
            audiences: policy.audiences,
            algorithms: policy.algorithms.iter().map(Algorithm::to_string).collect(),
            types: policy.types,
            leeway: policy.leeway,
            max_lifetime: policy.max_lifetime,
            one_time: policy.one_time,
            networks: policy.networks.iter().map(IpNet::to_string).collect(),
            email: policy.email.into(),
            conditions: policy.conditions.into_iter().map(Into::into).collect(),
            samples: policy.samples,
            accounts: policy.accounts.into_iter().map(Into::into).collect(),
        }
    }
}

/// Parses each element, which stands at its own path.
fn each<D, T>(
    documents: Vec<D>,
    path: &Path<'_>,
    parse: impl Fn(D, &Path<'_>) -> Result<T, TrustError>,
) -> Result<Vec<T>, TrustError> {
    let parsed = documents.into_iter().enumerate();
    parsed
        .map(|(index, document)| parse(document, &path.element(index)))
        .collect()
}

const MOMENT: &str = "a moment as RFC 3339 writes it, in whole seconds (2027-01-31T00:00:00Z)";

fn moment(text: &str, path: &Path<'_>) -> Result<Timestamp, TrustError> {
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .filter(|moment| moment.nanosecond() == 0)
        .map(|moment| Timestamp::from_secs(moment.unix_timestamp()))
        .ok_or_else(|| TrustError::field(path, text, MOMENT))
}

/// The text of a moment; of one that RFC 3339 can't write (a year above 9999), its seconds, which do
/// not parse: `bounds` refuses it before.
fn moment_text(moment: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp(moment.as_secs())
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_else(|| moment.as_secs().to_string())
}

/// Whether `moment` survives its text.
pub(super) fn is_writable(moment: Timestamp) -> bool {
    let path = Path::Root;
    super::document::moment(&moment_text(moment), &path) == Ok(moment)
}

fn algorithm(name: String, path: &Path<'_>) -> Result<Algorithm, TrustError> {
    const EXPECTED: &str = "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA";
    Algorithm::from_name(&name).ok_or_else(|| TrustError::field(path, &name, EXPECTED))
}

fn network(text: String, path: &Path<'_>) -> Result<IpNet, TrustError> {
    const EXPECTED: &str = "a network in CIDR notation (10.0.0.0/8, 2001:db8::/32)";
    text.parse()
        .map_err(|_| TrustError::field(path, &text, EXPECTED))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LeewaysDocument {
    expiry: u64,
    not_before: u64,
    issued_at: u64,
}

impl Default for LeewaysDocument {
    fn default() -> Self {
        Leeways::default().into()
    }
}

impl From<LeewaysDocument> for Leeways {
    fn from(document: LeewaysDocument) -> Self {
        Self {
            expiry: document.expiry,
            not_before: document.not_before,
            issued_at: document.issued_at,
        }
    }
}

impl From<Leeways> for LeewaysDocument {
    fn from(leeways: Leeways) -> Self {
        Self {
            expiry: leeways.expiry,
            not_before: leeways.not_before,
            issued_at: leeways.issued_at,
        }
    }
}

/// A word or an object; read by hand, so that what is wrong has a path.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct EmailDocument(Value);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailClaimDocument {
    claim: String,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    require_verified: bool,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_yes(require: &bool) -> bool {
    *require
}

impl EmailDocument {
    fn parse(self, path: &Path<'_>) -> Result<EmailRule, TrustError> {
        const EXPECTED: &str =
            "\"subject\", \"none\", or {\"claim\": NAME, \"require_verified\": BOOLEAN}";
        match self.0.as_str() {
            Some("subject") => return Ok(EmailRule::Subject),
            Some("none") => return Ok(EmailRule::None),
            _ => {}
        }
        let found = Shown::json(&self.0);
        let document: EmailClaimDocument =
            serde_json::from_value(self.0).map_err(|_| TrustError::field(path, found, EXPECTED))?;
        Ok(EmailRule::Claim {
            claim: claim_path(&document.claim, &path.member("claim"))?,
            require_verified: document.require_verified,
        })
    }
}

impl From<EmailRule> for EmailDocument {
    fn from(rule: EmailRule) -> Self {
        Self(match rule {
            EmailRule::Subject => "subject".into(),
            EmailRule::None => "none".into(),
            EmailRule::Claim {
                claim,
                require_verified,
            } => {
                let mut members = serde_json::Map::new();
                members.insert("claim".to_owned(), claim.as_str().into());
                if !require_verified {
                    members.insert("require_verified".to_owned(), false.into());
                }
                members.into()
            }
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountDocument {
    name: String,
    account: ServiceAccountId,
    #[serde(default)]
    conditions: Vec<ConditionDocument>,
    #[serde(default)]
    samples: Samples,
}

impl AccountDocument {
    fn parse(self, path: &Path<'_>) -> Result<AccountRule, TrustError> {
        let conditions = path.member("conditions");
        Ok(AccountRule {
            name: self.name,
            account: self.account,
            conditions: each(self.conditions, &conditions, ConditionDocument::parse)?,
            samples: self.samples,
        })
    }
}

impl TryFrom<AccountDocument> for AccountRule {
    type Error = TrustError;

    fn try_from(document: AccountDocument) -> Result<Self, TrustError> {
        let rule = document.parse(&Path::Root)?;
        bounds::check_account(&rule, &Path::Root)?;
        Ok(rule)
    }
}

impl From<AccountRule> for AccountDocument {
    fn from(rule: AccountRule) -> Self {
        Self {
            name: rule.name,
            account: rule.account,
            conditions: rule.conditions.into_iter().map(Into::into).collect(),
            samples: rule.samples,
        }
    }
}
