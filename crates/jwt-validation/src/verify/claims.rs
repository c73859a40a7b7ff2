//! The checks on the claims, made only once the signature has been.

use std::time::Duration;

use crate::claims::{ClaimsSet, Payload, VerifiedClaims};
use crate::error::{Error, Excerpt};
use crate::near_miss::{NearMiss, near_miss};
use crate::numeric_date::NumericDate;
use crate::policy::TokenPolicy;
use crate::record::Recorder;
use crate::time::UnixTime;
use crate::verify::{Opened, outcome, show};

/// An audience list in an error or a record stops here.
const SHOWN_AUDIENCES: usize = 4;

impl Opened<'_> {
    /// Checks the claims. The signature must have been verified.
    pub(crate) fn verify_claims(
        self,
        policy: &TokenPolicy,
        now: UnixTime,
        recorder: &mut Recorder<'_>,
    ) -> Result<VerifiedClaims, Error> {
        let claims = ClaimsSet::parse(&self.compact.payload);
        recorder.check("jwt.claims", claims.is_ok(), || {
            let expected = "one JSON object with distinct members".to_owned();
            (expected, outcome(claims.as_ref().err()))
        });
        let claims = claims?;

        policy.check_issuer(&claims, recorder)?;
        policy.check_audience(&claims, recorder)?;
        let times = policy.check_times(&claims, now, recorder)?;
        policy.check_subject(&claims, recorder)?;

        let subject = claims.subject.filter(|subject| !subject.is_empty());
        Ok(VerifiedClaims {
            issuer: policy.issuer.clone(),
            subject: subject.map(Into::into),
            audience: claims.audience.into_iter().map(Into::into).collect(),
            expires_at: times.expires_at,
            not_before: times.not_before,
            issued_at: times.issued_at,
            jwt_id: claims.jwt_id.map(Into::into),
            algorithm: self.algorithm,
            key_id: self.key_id,
            payload: Payload::new(self.compact.payload),
        })
    }
}

/// The dates as they count: `exp` rounded down, the others up, never in the token's favour.
struct Times {
    expires_at: UnixTime,
    not_before: Option<UnixTime>,
    issued_at: Option<UnixTime>,
}

impl TokenPolicy {
    /// Whether claims that were verified under this policy still pass for their times.
    pub(crate) fn times_hold(&self, claims: &VerifiedClaims, now: UnixTime) -> bool {
        let dates = ClaimsSet {
            expires_at: Some(whole(claims.expires_at)),
            not_before: claims.not_before.map(whole),
            issued_at: claims.issued_at.map(whole),
            ..ClaimsSet::default()
        };
        self.check_times(&dates, now, &mut Recorder::off()).is_ok()
    }

    fn check_issuer(
        &self,
        claims: &ClaimsSet<'_>,
        recorder: &mut Recorder<'_>,
    ) -> Result<(), Error> {
        // RFC 8725 §3.8, OpenID Connect Core §3.1.3.7: byte for byte, no URL is normalized.
        let found = claims.issuer.as_deref();
        let same = found == Some(&*self.issuer) && !self.issuer.is_empty();
        recorder.check_with_hint("jwt.issuer", same, || {
            let hint = found.and_then(|found| near_miss(&self.issuer, found));
            let found = show(found.map(Excerpt::new).as_ref());
            (format!("{:?}", self.issuer), found, said(hint))
        });
        if same {
            return Ok(());
        }
        Err(Error::Issuer {
            expected: self.issuer.to_string(),
            found: found.map(Excerpt::new),
        })
    }

    fn check_audience(
        &self,
        claims: &ClaimsSet<'_>,
        recorder: &mut Recorder<'_>,
    ) -> Result<(), Error> {
        // RFC 7519 §4.1.3: the token must name us. Who else it names is the issuer's business.
        let shown = || {
            let values = claims.audience.iter().take(SHOWN_AUDIENCES);
            values.map(|value| Excerpt::new(value)).collect::<Vec<_>>()
        };
        let expected = self.audience.expected().unwrap_or_default();
        let named = self.audience.accepts(&claims.audience);
        recorder.check_with_hint("jwt.audience", named, || {
            let hint = expected.iter().find_map(|expected| {
                let mut found = claims.audience.iter();
                found.find_map(|found| near_miss(expected, found))
            });
            (
                format!("{:?}", self.audience),
                format!("{:?}", shown()),
                said(hint),
            )
        });
        if named {
            return Ok(());
        }
        Err(Error::Audience {
            expected: expected.to_vec(),
            found: shown(),
        })
    }

    fn check_times(
        &self,
        claims: &ClaimsSet<'_>,
        now: UnixTime,
        recorder: &mut Recorder<'_>,
    ) -> Result<Times, Error> {
        let not_before = claims.not_before.map(|date| UnixTime::from_secs(date.ceil));
        let issued_at = claims.issued_at.map(|date| UnixTime::from_secs(date.ceil));
        let expires_at = claims
            .expires_at
            .map(|date| UnixTime::from_secs(date.floor));

        let expires_at = self.check_expiry(expires_at, now, recorder)?;
        // RFC 7519 §4.1.5.
        check_begun(
            &NOT_BEFORE,
            not_before,
            self.not_before_leeway,
            now,
            recorder,
        )?;
        // RFC 7519 §4.1.6 leaves `iat` to the verifier: a token from the future has a wrong clock or
        // a forged lifetime behind it.
        check_begun(&ISSUED_AT, issued_at, self.issued_at_leeway, now, recorder)?;
        self.check_lifetime(issued_at.unwrap_or(now), expires_at, recorder)?;
        Ok(Times {
            expires_at,
            not_before,
            issued_at,
        })
    }

    fn check_expiry(
        &self,
        expires_at: Option<UnixTime>,
        now: UnixTime,
        recorder: &mut Recorder<'_>,
    ) -> Result<UnixTime, Error> {
        // RFC 7519 §4.1.4: "on or after" the date it has expired.
        let alive = expires_at.is_some_and(|expires_at| now < expires_at.plus(self.expiry_leeway));
        recorder.check_with_hint("jwt.expiry", alive, || {
            let expected = format!(
                "exp later than {} less {} s of leeway",
                now.as_secs(),
                self.expiry_leeway.as_secs()
            );
            let hint = expires_at.map(|at| format!("expired {} s ago", now.since(at).as_secs()));
            (expected, show_time(expires_at), hint)
        });
        let expires_at = expires_at.ok_or(Error::NoExpiry)?;
        if alive {
            Ok(expires_at)
        } else {
            Err(Error::Expired { expires_at, now })
        }
    }

    fn check_lifetime(
        &self,
        from: UnixTime,
        expires_at: UnixTime,
        recorder: &mut Recorder<'_>,
    ) -> Result<(), Error> {
        let Some(limit) = self.max_lifetime else {
            return Ok(());
        };
        let found: Duration = expires_at.since(from);
        let short = recorder.check("jwt.lifetime", found <= limit, || {
            let expected = format!("at most {} s", limit.as_secs());
            (expected, format!("{} s", found.as_secs()))
        });
        if short {
            Ok(())
        } else {
            Err(Error::Lifetime { found, limit })
        }
    }

    fn check_subject(
        &self,
        claims: &ClaimsSet<'_>,
        recorder: &mut Recorder<'_>,
    ) -> Result<(), Error> {
        if !self.require_subject {
            return Ok(());
        }
        let subject = claims.subject.as_deref();
        let named = subject.is_some_and(|subject| !subject.is_empty());
        recorder.check("jwt.subject", named, || {
            let found = show(subject.map(Excerpt::new).as_ref());
            ("a subject".to_owned(), found)
        });
        if named { Ok(()) } else { Err(Error::Subject) }
    }
}

/// A date before which a token is not taken: the name of its check, and of its claim.
struct Beginning {
    check: &'static str,
    claim: &'static str,
}

const NOT_BEFORE: Beginning = Beginning {
    check: "jwt.not_before",
    claim: "nbf",
};

const ISSUED_AT: Beginning = Beginning {
    check: "jwt.issued_at",
    claim: "iat",
};

fn check_begun(
    beginning: &Beginning,
    at: Option<UnixTime>,
    leeway: Duration,
    now: UnixTime,
    recorder: &mut Recorder<'_>,
) -> Result<(), Error> {
    let claim = beginning.claim;
    let Some(at) = at else {
        return Ok(());
    };
    let begun = at.minus(leeway) <= now;
    recorder.check_with_hint(beginning.check, begun, || {
        let expected = format!(
            "{claim} at most {} plus {} s of leeway",
            now.as_secs(),
            leeway.as_secs()
        );
        let hint = format!("{} s ahead", at.since(now).as_secs());
        (expected, show_time(Some(at)), Some(hint))
    });
    if begun {
        Ok(())
    } else {
        Err(Error::NotYetValid { claim, at, now })
    }
}

fn said(hint: Option<NearMiss>) -> Option<String> {
    hint.map(|hint| hint.to_string())
}

/// A date that has been rounded already.
const fn whole(time: UnixTime) -> NumericDate {
    NumericDate {
        floor: time.as_secs(),
        ceil: time.as_secs(),
    }
}

fn show_time(time: Option<UnixTime>) -> String {
    time.map_or_else(|| "none".to_owned(), |time| time.as_secs().to_string())
}
