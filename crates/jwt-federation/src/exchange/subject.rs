//! Whom a verified assertion stands for.

use auth_core::{Error, Principal, PrincipalId, Recorder, User};
use jwt_validation::VerifiedClaims;

use crate::exchange::{Exchange, cut, refused};
use crate::issuer::JwtIssuer;
use crate::trust::EmailRule;

/// Somebody whom an assertion could stand for, and why.
struct Candidate {
    id: PrincipalId,
    because: String,
}

impl Exchange {
    /// Finds whom a verified subject is in the registration's organization, and says why.
    pub(super) async fn subject(
        &self,
        registration: &JwtIssuer,
        claims: &VerifiedClaims,
        recorder: &mut Recorder<'_>,
    ) -> Result<(Principal, String), Error> {
        let subject = claims
            .subject()
            .ok_or_else(|| refused("assertion.subject", "no subject"))?;
        let candidates = self
            .candidates(registration, claims, subject, recorder)
            .await?;

        let one = <[Candidate; 1]>::try_from(candidates);
        let described = || {
            let found = match &one {
                Ok([one]) => format!("{} is {}, by {}", cut(subject), one.id, one.because),
                Err(several) => format!("{} matches {}", cut(subject), several.len()),
            };
            ("one service account or one member".to_owned(), found)
        };
        recorder.check("assertion.subject", one.is_ok(), described);
        let [Candidate { id, because }] = one.map_err(|several| {
            let detail = format!("{} matches {} identities", cut(subject), several.len());
            let code = if several.is_empty() {
                "assertion.subject"
            } else {
                "assertion.ambiguous_subject"
            };
            refused(code, detail)
        })?;

        // Whatever named the account, it must be of this organization at this moment.
        let principal = self.principals.principal(&id).await?;
        let principal = principal.filter(|found| match found {
            Principal::ServiceAccount { scope, .. } => {
                *scope.organization() == registration.organization
            }
            Principal::User { memberships, .. } => memberships
                .organization_role(&registration.organization)
                .is_some(),
            _ => false,
        });
        let described = || ("an enabled principal".to_owned(), id.to_string());
        recorder.check("assertion.principal", principal.is_some(), described);
        let gone = || refused("assertion.principal", format!("{id} is gone or disabled"));
        Ok((principal.ok_or_else(gone)?, because))
    }

    /// Everybody whom the claims could mean. One account that is named in two ways is one.
    async fn candidates(
        &self,
        registration: &JwtIssuer,
        claims: &VerifiedClaims,
        subject: &str,
        recorder: &mut Recorder<'_>,
    ) -> Result<Vec<Candidate>, Error> {
        let organization = &registration.organization;
        let policy = &registration.settings.policy;
        let mut candidates = Vec::new();
        let mut add = |id: PrincipalId, because: String| {
            if candidates.iter().all(|known: &Candidate| known.id != id) {
                candidates.push(Candidate { id, because });
            }
        };
        let exact = self
            .externals
            .external_account(organization, &registration.issuer, subject)
            .await?;
        if let Some(id) = exact {
            add(PrincipalId::ServiceAccount(id), "its subject".to_owned());
        }
        if !policy.accounts.is_empty() {
            for rule in policy.matching_accounts(claims.claims(), recorder) {
                let because = format!("the rule {:?}", rule.name);
                add(PrincipalId::ServiceAccount(rule.account.clone()), because);
            }
        }
        // The claims as a map are built only where something but the subject is asked for.
        let email = match &policy.email {
            EmailRule::Subject => Some(subject),
            rule => rule.email(claims.claims(), recorder),
        };
        if let Some(email) = email {
            let members = self.directory.members_by_email(organization, email).await?;
            for User { id, .. } in members {
                add(PrincipalId::User(id), "the email address".to_owned());
            }
        }
        Ok(candidates)
    }
}
