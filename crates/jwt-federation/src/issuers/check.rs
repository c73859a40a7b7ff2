//! What is checked of a registration before it is stored.

use auth_core::access::{Realm, decide_administration};
use auth_core::{
    Directory, Identity, Key, OrganizationId, Principal, PrincipalId, Principals, RandomError,
    StoreError,
};
use jwt_validation::{KeySet, KeySetError, SourceError, default_backend};

use crate::exchange::SHARED_AUDIENCE;
use crate::issuer::{IssuerSettings, KeySource};
use crate::issuers::sources;
use crate::trust::{TrustError, TrustPolicy};

/// The longest issuer, in octets.
const LONGEST_ISSUER: usize = 1024;

/// The longest pasted key set, in octets: some dozens of RSA keys.
const LONGEST_PASTED: usize = 128 * 1024;

/// The most networks of a registration.
const MOST_NETWORKS: usize = 16;

/// The longest file of certificates, in octets.
const LONGEST_CERTIFICATES: usize = 64 * 1024;

/// Why an issuer was not registered, or its settings were not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The text can't be an issuer: empty, too long, or the host itself.
    #[error("the issuer is not usable: {reason}")]
    Unusable {
        /// Why, in words for the administrator.
        reason: &'static str,
    },
    /// The URL is refused, or what answers there is not this issuer. Its text is for the administrator
    /// and says what to do.
    #[error("{0}")]
    Refused(SourceError),
    /// The pasted text is no key set.
    #[error("keys.jwks can't be used: {0}")]
    KeySet(KeySetError),
    /// Not one of the pasted keys can be used.
    #[error("keys.jwks has no key that can be used: {reasons}")]
    NoUsableKey {
        /// Why each key is skipped.
        reasons: String,
    },
    /// A list or text is longer than it may be.
    #[error("{field} is longer than {limit}")]
    TooLong {
        /// Which setting.
        field: &'static str,
        /// The limit, in octets or entries.
        limit: usize,
    },
    /// A private network can be opened by the people who run the server alone: the issuer's
    /// administrators could otherwise ask the server's own network questions.
    #[error(
        "networks, and the keys of an issuer that has some, are changed by administrators of the \
         instance alone; paste the key set, or push it through the API, to do without"
    )]
    NeedsInstanceAdmin,
    /// The certificates or the bearer token can't be used.
    #[error("{field} can't be used: {reason}")]
    Client {
        /// Which setting.
        field: &'static str,
        /// Why; never the value.
        reason: String,
    },
    /// A set is pushed for an issuer whose keys come from a URL.
    #[error("the keys of this issuer are fetched, not pasted; change keys first")]
    NotPasted,
    /// An audience is everybody's, or means another organization already. Which of these it is, and whose,
    /// is not told.
    #[error(
        "one of policy.audiences can't be had for this issuer; choose one with your organization's name in it"
    )]
    Audience,
    /// The pasted text holds a private key.
    #[error(
        "keys.jwks holds a private key (a member d); replace that key at the issuer, and paste the public one"
    )]
    PrivateKey,
    /// A rule names an account that the organization does not have.
    #[error("policy.accounts[{index}].account is no service account of the organization")]
    Account {
        /// Which rule, from 0.
        index: usize,
    },
    /// The policy can't work.
    #[error("policy: {0}")]
    Policy(#[from] TrustError),
    /// The store said no, or nothing.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}

pub(super) fn issuer(issuer: &str, own_issuer: &str) -> Result<(), RegistrationError> {
    if issuer.is_empty() || issuer.len() > LONGEST_ISSUER {
        return Err(RegistrationError::Unusable {
            reason: "an issuer has 1 to 1024 octets",
        });
    }
    if issuer == own_issuer {
        let reason = "this host's own access tokens are no assertions";
        return Err(RegistrationError::Unusable { reason });
    }
    Ok(())
}

/// Networks are the operator's to open. So is where to look in them, once they are open.
pub(super) fn networks(
    by: &Identity,
    present: Option<&IssuerSettings>,
    wanted: &IssuerSettings,
) -> Result<(), RegistrationError> {
    if wanted.networks.len() > MOST_NETWORKS {
        return Err(RegistrationError::TooLong {
            field: "networks",
            limit: MOST_NETWORKS,
        });
    }
    let certificates = wanted.certificates.as_ref().map_or(0, String::len);
    if certificates > LONGEST_CERTIFICATES {
        return Err(RegistrationError::TooLong {
            field: "certificates",
            limit: LONGEST_CERTIFICATES,
        });
    }
    let as_before = present.is_some_and(|present| {
        present.networks == wanted.networks && sources::fetches_alike(present, wanted)
    });
    let operator = || decide_administration(by, Realm::Instance).granted().is_ok();
    if wanted.networks.is_empty() || as_before || operator() {
        Ok(())
    } else {
        Err(RegistrationError::NeedsInstanceAdmin)
    }
}

pub(super) fn keys(source: &KeySource) -> Result<(), RegistrationError> {
    let KeySource::Pasted { jwks, .. } = source else {
        return Ok(());
    };
    if jwks.len() > LONGEST_PASTED {
        return Err(RegistrationError::TooLong {
            field: "keys.jwks",
            limit: LONGEST_PASTED,
        });
    }
    // What stands here is stored and may be shown; a key that lies here is nobody's secret any more.
    if has_private_key(jwks) {
        return Err(RegistrationError::PrivateKey);
    }
    let set =
        KeySet::parse(jwks.as_bytes(), default_backend()).map_err(RegistrationError::KeySet)?;
    if set.keys().is_empty() {
        let reasons: Vec<_> = set.skipped().iter().take(8).map(describe).collect();
        let reasons = reasons.join(", ");
        return Err(RegistrationError::NoUsableKey { reasons });
    }
    Ok(())
}

fn has_private_key(jwks: &str) -> bool {
    let set: serde_json::Value = serde_json::from_str(jwks).unwrap_or_default();
    let keys = set.get("keys").and_then(|keys| keys.as_array());
    keys.into_iter().flatten().any(|key| key.get("d").is_some())
}

fn describe(skipped: &jwt_validation::SkippedKey) -> String {
    let key_id: String = skipped
        .key_id
        .iter()
        .flat_map(|id| id.chars().take(64))
        .collect();
    format!("{key_id:?}: {}", skipped.reason)
}

/// An audience that is another organization's name, or everybody's, would draw in what is meant for others.
pub(super) async fn audiences(
    directory: &dyn Directory,
    organization: &OrganizationId,
    own_issuer: &str,
    policy: &TrustPolicy,
) -> Result<(), RegistrationError> {
    for audience in &policy.audiences {
        let below = audience.strip_prefix(own_issuer);
        let is_this_host = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let id = OrganizationId::new(audience.as_str());
        let named = directory.organization(Key::Name(audience)).await?;
        let identified = directory.organization(Key::Id(&id)).await?;
        let is_anothers = named
            .into_iter()
            .chain(identified)
            .any(|found| found.id != *organization);
        if is_this_host || is_anothers || audience == SHARED_AUDIENCE {
            return Err(RegistrationError::Audience);
        }
    }
    Ok(())
}

pub(super) async fn accounts(
    principals: &dyn Principals,
    organization: &OrganizationId,
    policy: &TrustPolicy,
) -> Result<(), RegistrationError> {
    for (index, rule) in policy.accounts.iter().enumerate() {
        let id = PrincipalId::ServiceAccount(rule.account.clone());
        let found = principals.principal(&id).await?;
        let is_own = matches!(
            found,
            Some(Principal::ServiceAccount { scope, .. }) if scope.organization() == organization
        );
        if !is_own {
            return Err(RegistrationError::Account { index });
        }
    }
    Ok(())
}
