//! Runs the conditions over verified claims, and tells an operator how each of them went.

#[cfg(test)]
mod tests;

use auth_core::Recorder;
use serde_json::{Map, Value};

use super::condition::{Condition, Test};
use super::error::Shown;
use super::near_miss::near_miss;
use super::policy::{AccountRule, EmailRule, TrustPolicy};

/// The name under which each condition is recorded.
pub const CONDITION_CHECK: &str = "rule.condition";

/// The name under which the claim with the email address is recorded.
pub const EMAIL_CHECK: &str = "rule.email";

/// The name under which `email_verified` is recorded.
pub const EMAIL_VERIFIED_CHECK: &str = "rule.email_verified";

impl TrustPolicy {
    /// Whether all conditions of the policy hold of `claims`; without any they do. The conditions of
    /// its account rules are not looked at.
    ///
    /// With a recorder each condition is recorded as [`CONDITION_CHECK`], in order, those after a failed
    /// one too.
    ///
    /// # Security
    /// The claims must have been verified: `VerifiedClaims::claims` of jwt-validation.
    pub fn check(&self, claims: &Map<String, Value>, recorder: &mut Recorder<'_>) -> bool {
        all_hold(None, &self.conditions, claims, recorder)
    }

    /// The account rules that accept `claims`, in order; none where the policy's own conditions do not
    /// hold. Where there is more than one, nobody can say who the subject is, and it must be refused.
    ///
    /// The rules' conditions are recorded; the policy's own are by [`check`](Self::check).
    pub fn matching_accounts(
        &self,
        claims: &Map<String, Value>,
        recorder: &mut Recorder<'_>,
    ) -> Vec<&AccountRule> {
        if !all_hold(None, &self.conditions, claims, &mut Recorder::off()) {
            return Vec::new();
        }
        let rules = self.accounts.iter();
        rules.filter(|rule| rule.check(claims, recorder)).collect()
    }
}

impl AccountRule {
    /// Whether all conditions of the rule hold of `claims`. A rule without conditions accepts nothing.
    ///
    /// Recorded as [`TrustPolicy::check`] does, with the rule's name in what was expected.
    pub fn check(&self, claims: &Map<String, Value>, recorder: &mut Recorder<'_>) -> bool {
        !self.conditions.is_empty()
            && all_hold(Some(&self.name), &self.conditions, claims, recorder)
    }
}

impl EmailRule {
    /// The email address by which a member is found; nothing where the rule does not accept the one in
    /// `claims`. It is never empty.
    pub fn email<'c>(
        &self,
        claims: &'c Map<String, Value>,
        recorder: &mut Recorder<'_>,
    ) -> Option<&'c str> {
        let (found, require_verified) = match self {
            Self::Subject => (claims.get("sub"), false),
            Self::Claim {
                claim,
                require_verified,
            } => (claim.find(claims), *require_verified),
            Self::None => return None,
        };
        let email = found
            .and_then(Value::as_str)
            .filter(|email| !email.is_empty());
        recorder.check(EMAIL_CHECK, email.is_some(), || {
            let expected = match self {
                Self::Claim { claim, .. } => {
                    format!("an email address in {}", path(claim.as_str()))
                }
                Self::Subject | Self::None => "an email address in sub".to_owned(),
            };
            (expected, describe(found))
        });
        let email = email?;
        if require_verified && !is_verified(claims, recorder) {
            return None;
        }
        Some(email)
    }
}

/// Whether the issuer says that it verified the address: by the boolean, not by a text.
fn is_verified(claims: &Map<String, Value>, recorder: &mut Recorder<'_>) -> bool {
    let found = claims.get("email_verified");
    let verified = found == Some(&Value::Bool(true));
    recorder.check(EMAIL_VERIFIED_CHECK, verified, || {
        ("email_verified is true".to_owned(), describe(found))
    });
    if found.and_then(Value::as_str) == Some("true") {
        recorder.near_miss(|| "the claim is the string \"true\", not the boolean".to_owned());
    }
    verified
}

fn all_hold(
    rule: Option<&str>,
    conditions: &[Condition],
    claims: &Map<String, Value>,
    recorder: &mut Recorder<'_>,
) -> bool {
    if !recorder.is_on() {
        return conditions.iter().all(|condition| condition.holds(claims));
    }
    let mut all = true;
    for condition in conditions {
        let holds = condition.holds(claims);
        recorder.check(CONDITION_CHECK, holds, || {
            let found = condition.claim.find(claims);
            (expected(rule, condition), describe(found))
        });
        if !holds && let Some(hint) = near_miss(condition, claims) {
            recorder.near_miss(|| hint);
        }
        all &= holds;
    }
    all
}

/// The condition in words; with the name of its account rule, if it has one.
fn expected(rule: Option<&str>, condition: &Condition) -> String {
    let owner = rule.map_or_else(String::new, |name| format!("rule {}: ", Shown::text(name)));
    let claim = path(condition.claim.as_str());
    let test = condition.test.name();
    let value = match &condition.test {
        Test::Equals(value) | Test::Contains(value) => Shown::json(&value.into()),
        Test::OneOf(values) | Test::ContainsAny(values) => {
            Shown::json(&Value::Array(values.iter().map(Value::from).collect()))
        }
        Test::Prefix(prefix) => Shown::text(prefix),
        Test::Pattern(pattern) => Shown::text(pattern.as_str()),
    };
    format!("{owner}{claim} {test} {value}")
}

/// A claim's path, without quotes.
fn path(text: &str) -> String {
    Shown::words(text).to_string()
}

fn describe(found: Option<&Value>) -> String {
    found.map_or_else(
        || "no such claim".to_owned(),
        |value| Shown::json(value).to_string(),
    )
}
