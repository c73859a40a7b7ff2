//! What is checked before a policy is saved.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::bounds;
use super::condition::Condition;
use super::error::{Path, SampleFault, Shown, TrustError};
use super::lint;
use super::policy::{AccountRule, Samples, TrustPolicy};
use super::warning::Warning;

impl TrustPolicy {
    /// Checks a policy for the issuer whose registration it belongs to, before it is saved.
    ///
    /// 1. All fields are within their bounds.
    /// 2. A list of conditions has a sample that it accepts and one that it refuses, and each sample
    ///    does what it is there for. What an account rule accepts must fulfil the policy's own
    ///    conditions too; what it refuses must be refused by the rule's own.
    /// 3. No sample is accepted by two account rules.
    ///
    /// What is allowed and likely to be a mistake comes back as warnings, in the order of the fields.
    ///
    /// # Errors
    /// [`TrustError`] with the path of what is wrong.
    pub fn validate(&self, issuer: &str) -> Result<Vec<Warning>, TrustError> {
        bounds::check(self)?;
        let root = Path::Root;
        let own = List {
            path: root.member("conditions"),
            conditions: &self.conditions,
        };
        check_samples(&[&own], &own, &self.samples, &root.member("samples"))?;
        let accounts = root.member("accounts");
        for (index, rule) in self.accounts.iter().enumerate() {
            let path = accounts.element(index);
            let list = List {
                path: path.member("conditions"),
                conditions: &rule.conditions,
            };
            check_samples(
                &[&own, &list],
                &list,
                &rule.samples,
                &path.member("samples"),
            )?;
        }
        self.check_ambiguity()?;
        Ok(lint::warnings(self, issuer))
    }

    fn check_ambiguity(&self) -> Result<(), TrustError> {
        let root = Path::Root;
        self.check_owners(&self.samples, &root.member("samples"))?;
        let accounts = root.member("accounts");
        for (index, rule) in self.accounts.iter().enumerate() {
            self.check_owners(&rule.samples, &accounts.element(index).member("samples"))?;
        }
        Ok(())
    }

    /// That each sample belongs to at most one account rule.
    fn check_owners(&self, samples: &Samples, path: &Path<'_>) -> Result<(), TrustError> {
        for (name, samples) in [("accepts", &samples.accepts), ("refuses", &samples.refuses)] {
            let path = path.member(name);
            for (index, claims) in samples.iter().enumerate() {
                if first_failure(&self.conditions, claims).is_some() {
                    continue;
                }
                let mut owners = self.accounts.iter().filter(|rule| accepts(rule, claims));
                if let (Some(first), Some(second)) = (owners.next(), owners.next()) {
                    return Err(TrustError::Ambiguous {
                        path: path.element(index).to_string(),
                        first: Shown::text(&first.name),
                        second: Shown::text(&second.name),
                    });
                }
            }
        }
        Ok(())
    }
}

/// Conditions and where they stand.
struct List<'p> {
    path: Path<'p>,
    conditions: &'p [Condition],
}

fn accepts(rule: &AccountRule, claims: &Map<String, Value>) -> bool {
    first_failure(&rule.conditions, claims).is_none()
}

/// The first condition that does not hold.
fn first_failure(conditions: &[Condition], claims: &Map<String, Value>) -> Option<usize> {
    conditions
        .iter()
        .position(|condition| !condition.holds(claims))
}

/// Checks that what is accepted fulfils `all` lists, and what is refused fails `own`.
fn check_samples(
    all: &[&List<'_>],
    own: &List<'_>,
    samples: &Samples,
    path: &Path<'_>,
) -> Result<(), TrustError> {
    let (accepts, refuses) = (path.member("accepts"), path.member("refuses"));
    for (samples, path) in [(&samples.accepts, &accepts), (&samples.refuses, &refuses)] {
        if samples.is_empty() && !own.conditions.is_empty() {
            let path = path.to_string();
            return Err(TrustError::NoSample { path });
        }
    }
    for (index, claims) in samples.accepts.iter().enumerate() {
        for list in all {
            if let Some(condition) = first_failure(list.conditions, claims) {
                return Err(TrustError::Sample {
                    path: accepts.element(index).to_string(),
                    fault: SampleFault::Refused,
                    decided_by: Some(list.path.element(condition).to_string()),
                });
            }
        }
    }
    for (index, claims) in samples.refuses.iter().enumerate() {
        if first_failure(own.conditions, claims).is_none() {
            return Err(TrustError::Sample {
                path: refuses.element(index).to_string(),
                fault: SampleFault::Accepted,
                decided_by: None,
            });
        }
    }
    Ok(())
}
