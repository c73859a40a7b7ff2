//! The checks of jwt-validation, past those that fail.

use std::borrow::Cow;
use std::time::Duration;

use auth_core::{Recorder, Timestamp};
use jwt_validation::{Audience, Check, JwksSource, TokenPolicy, UnixTime, VerifiedClaims};

use crate::exchange::explain::Finding;
use crate::exchange::{AssertionPolicy, judge};
use crate::recording::Checks;
use crate::trust::TrustPolicy;

/// More reasons to go on than there are checks.
const MOST_ROUNDS: usize = 8;

/// The checks of jwt-validation, one after the other, past those that fail.
pub(super) struct Walk<'a> {
    pub(super) source: &'a JwksSource,
    pub(super) issuer: &'a str,
    pub(super) trust: &'a TrustPolicy,
    pub(super) host: &'a AssertionPolicy,
    pub(super) audience: Audience,
}

impl Walk<'_> {
    pub(super) async fn run(
        &self,
        text: &str,
        now: Timestamp,
        finding: &mut Finding,
        recorder: &mut Recorder<'_>,
    ) -> Option<VerifiedClaims> {
        let mut at = UnixTime::from_secs(now.as_secs());
        let mut audience = self.audience.clone();
        let mut lifetime = None;
        let mut told = 0;
        for _ in 0..MOST_ROUNDS {
            let policy = self.policy(audience.clone(), lifetime, finding, recorder)?;
            let mut checks: Vec<Check> = Vec::new();
            let verified = self
                .source
                .verify_recorded(&policy, text, at, &mut checks)
                .await;
            // What was told before is told again, and passes now where it was let go.
            let mut sink = Checks(recorder.reborrow());
            for check in checks.drain(..).skip(told) {
                told = told.saturating_add(1);
                jwt_validation::CheckRecorder::record(&mut sink, check);
            }
            use jwt_validation::Error as Of;
            let error = match verified {
                Ok(claims) => return Some(claims),
                Err(error) => error,
            };
            finding.refuse(judge::unjudged(&error).code());
            match error {
                Of::Audience { .. } => audience = Audience::danger_unchecked(),
                Of::Expired { expires_at, .. } => {
                    at = UnixTime::from_secs(expires_at.as_secs().saturating_sub(1));
                }
                Of::NotYetValid { at: begins, .. } => at = begins,
                Of::Lifetime { found, .. } => lifetime = Some(found),
                _ => return None,
            }
        }
        None
    }

    /// The policy that the exchange would have, or one that lets a life of `lifetime` go.
    fn policy(
        &self,
        audience: Audience,
        lifetime: Option<Duration>,
        finding: &mut Finding,
        recorder: &mut Recorder<'_>,
    ) -> Option<TokenPolicy> {
        let mut host = *self.host;
        let mut trust = Cow::Borrowed(self.trust);
        if let Some(lifetime) = lifetime {
            host.max_lifetime = lifetime;
            trust.to_mut().max_lifetime = None;
        }
        let policy = judge::token_policy(self.issuer, &trust, audience, &host);
        policy
            .inspect_err(|error| {
                finding.refuse("assertion.policy");
                let described = || ("a policy that can work".to_owned(), error.to_string());
                recorder.check("assertion.policy", false, described);
            })
            .ok()
    }
}
