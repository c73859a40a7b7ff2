//! Why an assertion is, or would be, refused: for the administrators of the organization it is for.
//!
//! The exchange stops at the first check that fails. Here the checks go on as far as they can be made,
//! so that one reading shows all that is wrong: a token that expired is judged as of its last second, one
//! for another audience as if the audience did not matter. Nothing comes of it but words.

mod walk;

use std::net::IpAddr;

use auth_core::{
    Error, Explanation, Organization, Principal, Recorder, Secret, StoreError, Timestamp,
};
use jwt_validation::{Audience, JwksSource, UnverifiedToken, VerifiedClaims};
use serde::Serialize;

use crate::exchange::explain::walk::Walk;
use crate::exchange::target::{SHARED_AUDIENCE, check_audiences};
use crate::exchange::{AssertionPolicy, Exchange, LONGEST_ASSERTION, cut, judge, near_miss};
use crate::issuer::JwtIssuer;
use crate::trust::{self, TrustPolicy};

/// So many of what was expected are listed.
const SHOWN: usize = 8;

/// So many subjects of accounts are looked at for one that is nearly the assertion's.
const MOST_SUBJECTS: u32 = 1_000;

/// What would become of an assertion, and why.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Explained {
    /// Whether the exchange would grant a token, as far as the checks that could be made say. Open is what a
    /// skipped step names: where no address is given, whether it would be the right one, and whether a second
    /// audience names another organization.
    pub accepted: bool,
    /// The code of the first check that failed.
    pub code: Option<&'static str>,
    /// What decided who it is: its subject, a rule by name, or the email address.
    pub decided_by: Option<String>,
    /// Whom it stands for, as `user:ID` or `service-account:ID`.
    pub principal: Option<String>,
    /// The registration that it was judged by.
    pub registration: Option<String>,
    /// Every check, in order.
    pub steps: Explanation,
}

/// What has been found so far.
#[derive(Default)]
struct Finding {
    code: Option<&'static str>,
    decided_by: Option<String>,
    principal: Option<String>,
    registration: Option<String>,
}

impl Finding {
    /// Takes note of a refusal, and goes on without what it would have given.
    fn note<T>(&mut self, outcome: Result<T, Error>) -> Result<Option<T>, StoreError> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(Error::Store(error)) => Err(error),
            Err(error) => {
                self.refuse(error.code());
                Ok(None)
            }
        }
    }

    /// Takes note of a refusal that no store is behind.
    fn note_refusal(&mut self, outcome: Result<(), Error>) {
        if let Err(error) = outcome {
            self.refuse(error.code());
        }
    }

    /// The first code counts.
    fn refuse(&mut self, code: &'static str) {
        self.code.get_or_insert(code);
    }

    fn into_explained(self, steps: Explanation) -> Explained {
        Explained {
            accepted: self.code.is_none() && self.principal.is_some(),
            code: self.code,
            decided_by: self.decided_by,
            principal: self.principal,
            registration: self.registration,
            steps,
        }
    }
}

impl Exchange {
    /// Explains what would become of `assertion` in `organization`, presented from `from` at `now`.
    /// Whether the one who asks administers the organization is decided before.
    ///
    /// Nothing is stored, nothing is spent, and nothing is said of any other organization: whether one
    /// registered the issuer, or is named by an audience, is left open.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]. What is wrong with the assertion is no error here.
    pub async fn explain(
        &self,
        organization: &Organization,
        assertion: &Secret,
        from: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Explained, StoreError> {
        let mut steps = Explanation::default();
        let mut finding = Finding::default();
        let mut recorder = Recorder::to(&mut steps);
        let text = assertion.expose().trim_ascii();
        if let Some(token) = read(text, &mut finding, &mut recorder) {
            self.explain_token(
                organization,
                &token,
                text,
                from,
                now,
                &mut finding,
                &mut recorder,
            )
            .await?;
        }
        Ok(finding.into_explained(steps))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one walk over all checks; a struct of its parts would be used once"
    )]
    async fn explain_token(
        &self,
        organization: &Organization,
        token: &UnverifiedToken,
        text: &str,
        from: Option<IpAddr>,
        now: Timestamp,
        finding: &mut Finding,
        recorder: &mut Recorder<'_>,
    ) -> Result<(), StoreError> {
        let registrations = self.issuers.of(&organization.id).await?;
        let issuer = token.issuer().unwrap_or_default();
        let Some(registration) = find_issuer(&registrations, issuer, finding, recorder) else {
            return Ok(());
        };
        finding.registration = Some(registration.id.to_string());
        let audience = self
            .explain_audience(organization, registration, token, finding, recorder)
            .await?;
        let trust = &registration.settings.policy;
        finding.note(judge::standing(trust, now, recorder))?;
        if from.is_none() && !trust.networks.is_empty() {
            skip_address(trust, recorder);
        } else {
            finding.note(judge::address(registration, from, recorder))?;
        }

        let source = match self.issuers.source(registration) {
            Ok(source) => source,
            Err(error) => {
                recorder.check("jwt.keys", false, || {
                    ("the issuer's key set".to_owned(), error.to_string())
                });
                finding.refuse("upstream.unavailable");
                return Ok(());
            }
        };
        let walk = Walk {
            source: &source,
            issuer: &registration.issuer,
            trust,
            host: &self.policy,
            audience,
        };
        let Some(claims) = walk.run(text, now, finding, recorder).await else {
            return Ok(());
        };
        finding.note(judge::conditions(registration, &claims, recorder))?;
        let subject = self.subject(registration, &claims, recorder).await;
        match finding.note(subject)? {
            Some((principal, because)) => {
                finding.principal = Some(principal.id().to_string());
                finding.decided_by = Some(because);
                name(&principal, recorder);
            }
            None => {
                let hint = self.subject_hint(registration, &claims).await?;
                if let Some(hint) = hint {
                    recorder.near_miss(|| hint);
                }
            }
        }
        let one_time = judge::jwt_id(trust, &claims, recorder);
        if let Some(Some(jwt_id)) = finding.note(one_time)? {
            let store = self.issuers.store();
            let spent = jwt_id.is_spent(store, &registration.id, now).await?;
            let described = || {
                let found = if spent { "it was" } else { "it was not" };
                ("never presented before".to_owned(), found.to_owned())
            };
            if !recorder.check("assertion.replay", !spent, described) {
                finding.refuse("assertion.replay");
            }
        }
        Ok(())
    }

    /// Whether the assertion names the organization, and the audience to verify it with.
    async fn explain_audience(
        &self,
        organization: &Organization,
        registration: &JwtIssuer,
        token: &UnverifiedToken,
        finding: &mut Finding,
        recorder: &mut Recorder<'_>,
    ) -> Result<Audience, StoreError> {
        let is_sole = self.directory.sole_organization().await?.is_some();
        if is_sole && self.policy.danger_skip_audience_validation {
            return Ok(Audience::danger_unchecked());
        }
        let names = self.names(organization, registration, is_sole).await?;
        let named = names.iter().any(|name| token.has_audience(name));
        let described = || (list(&names), list(token.audience()));
        if !recorder.check("assertion.audience", named, described) {
            finding.refuse("assertion.audience");
            let hint = near_miss::audience(
                organization,
                &names,
                token.audience(),
                self.tokens.issuer(),
                SHARED_AUDIENCE,
            );
            if let Some(hint) = hint {
                recorder.near_miss(|| hint);
            }
        }
        let others = token
            .audience()
            .iter()
            .filter(|audience| !names.contains(audience))
            .count();
        if named && others > 0 {
            recorder.skip("assertion.audience", || {
                (
                    "no other organization is named".to_owned(),
                    format!("{others} more audiences, which are not judged here"),
                )
            });
        }
        // The list has the organization's name at least.
        Ok(Audience::any_of(names).unwrap_or_else(|_| Audience::danger_unchecked()))
    }

    /// Who was nearly meant.
    async fn subject_hint(
        &self,
        registration: &JwtIssuer,
        claims: &VerifiedClaims,
    ) -> Result<Option<String>, StoreError> {
        let subject = claims.subject().unwrap_or_default();
        let known = self
            .externals
            .external_subjects(
                &registration.organization,
                &registration.issuer,
                MOST_SUBJECTS,
            )
            .await?;
        let near = known.iter().find_map(|(expected, account)| {
            let hint = trust::near_miss::equals(expected, subject)?;
            Some(format!(
                "service-account:{account} has {expected:?}: {hint}"
            ))
        });
        if near.is_some() {
            return Ok(near);
        }
        let email = claims.claim("email").and_then(|email| email.as_str());
        let Some(email) = email.filter(|email| *email != subject) else {
            return Ok(None);
        };
        let organization = &registration.organization;
        let members = self.directory.members_by_email(organization, email).await?;
        Ok((!members.is_empty()).then(|| {
            "the claim email is a member's address; the policy can take it from there".to_owned()
        }))
    }
}

/// Explains a token without a store: what its form, `issuer`'s keys and a policy say of it. For a
/// command line.
///
/// Whom it stands for is open, but for the rules of the policy that hold.
pub async fn explain_token(
    source: &JwksSource,
    issuer: &str,
    audience: Audience,
    trust: &TrustPolicy,
    token: &Secret,
    now: Timestamp,
) -> Explained {
    let mut steps = Explanation::default();
    let mut finding = Finding::default();
    let mut recorder = Recorder::to(&mut steps);
    let text = token.expose().trim_ascii();
    if let Some(token) = read(text, &mut finding, &mut recorder)
        && is_issuer(&[issuer], token.issuer().unwrap_or_default(), &mut recorder)
    {
        let host = AssertionPolicy::default();
        finding.note_refusal(judge::standing(trust, now, &mut recorder));
        if !trust.networks.is_empty() {
            skip_address(trust, &mut recorder);
        }
        let walk = Walk {
            source,
            issuer,
            trust,
            host: &host,
            audience,
        };
        if let Some(claims) = walk.run(text, now, &mut finding, &mut recorder).await {
            explain_rules(trust, &claims, &mut finding, &mut recorder);
            finding.note_refusal(judge::jwt_id(trust, &claims, &mut recorder).map(drop));
        }
    } else {
        finding.refuse("assertion.issuer");
    }
    Explained {
        accepted: finding.code.is_none(),
        ..finding.into_explained(steps)
    }
}

fn explain_rules(
    trust: &TrustPolicy,
    claims: &VerifiedClaims,
    finding: &mut Finding,
    recorder: &mut Recorder<'_>,
) {
    if !trust.check(claims.claims(), recorder) {
        finding.refuse("assertion.condition");
    }
    let rules = trust.matching_accounts(claims.claims(), recorder);
    if let Some(rule) = rules.first() {
        finding.decided_by = Some(format!("the rule {:?}", rule.name));
        finding.principal = Some(format!("service-account:{}", rule.account));
    }
    if rules
        .iter()
        .any(|rule| Some(&rule.account) != rules.first().map(|first| &first.account))
    {
        finding.refuse("assertion.ambiguous_subject");
    }
}

/// Reads what can be read before anything is verified.
fn read(text: &str, finding: &mut Finding, recorder: &mut Recorder<'_>) -> Option<UnverifiedToken> {
    let token = UnverifiedToken::parse(text, LONGEST_ASSERTION)
        .map_err(|error| error.to_string())
        .and_then(|token| match token.issuer() {
            Some(_) => check_audiences(&token)
                .map(|()| token)
                .map_err(|error| error.detail()),
            None => Err("no issuer".to_owned()),
        });
    let described = || {
        let found = token.as_ref().err().cloned();
        let found = found.unwrap_or_else(|| "one".to_owned());
        ("a signed JWT in compact form".to_owned(), found)
    };
    if !recorder.check("assertion.form", token.is_ok(), described) {
        finding.refuse("assertion.malformed");
        if let Some(hint) = near_miss::form(text) {
            recorder.near_miss(|| hint.to_owned());
        }
    }
    token.ok()
}

fn find_issuer<'r>(
    registrations: &'r [JwtIssuer],
    issuer: &str,
    finding: &mut Finding,
    recorder: &mut Recorder<'_>,
) -> Option<&'r JwtIssuer> {
    let known: Vec<_> = registrations.iter().map(|r| r.issuer.as_str()).collect();
    if !is_issuer(&known, issuer, recorder) {
        finding.refuse("assertion.issuer");
    }
    registrations.iter().find(|known| known.issuer == issuer)
}

fn is_issuer(known: &[&str], issuer: &str, recorder: &mut Recorder<'_>) -> bool {
    let described = || {
        let expected = if known.is_empty() {
            "a registered issuer; the organization has none".to_owned()
        } else {
            list(known)
        };
        (expected, cut(issuer))
    };
    let found = recorder.check("assertion.issuer", known.contains(&issuer), described);
    let near = || {
        let mut known = known.iter();
        known.find_map(|known| {
            let hint = jwt_validation::near_miss(known, issuer)?;
            Some(format!("{known:?}: {hint}"))
        })
    };
    if !found && let Some(hint) = near() {
        recorder.near_miss(|| hint);
    }
    found
}

fn list<S: AsRef<str>>(texts: &[S]) -> String {
    let shown = texts.iter().take(SHOWN).map(|text| cut(text.as_ref()));
    let shown = shown.collect::<Vec<_>>().join(", ");
    if texts.len() > SHOWN {
        format!("{shown} and {} more", texts.len().saturating_sub(SHOWN))
    } else if shown.is_empty() {
        "none".to_owned()
    } else {
        shown
    }
}

fn skip_address(trust: &TrustPolicy, recorder: &mut Recorder<'_>) {
    recorder.skip("assertion.address", || {
        let expected = format!("an address in {:?}", trust.networks);
        (expected, "not known here".to_owned())
    });
}

/// Says by name who it is: an identifier tells a person little.
fn name(principal: &Principal, recorder: &mut Recorder<'_>) {
    recorder.check("assertion.identity", true, || {
        let what = match principal {
            Principal::User { user, .. } => format!("the member {:?}", user.username),
            other => format!("the service account {:?}", other.name()),
        };
        ("one identity".to_owned(), what)
    });
}
