//! One organization's registration of a JWT issuer.

use std::fmt;

use auth_core::{
    OrganizationId, PrincipalId, Random, RandomError, Secret, Timestamp, alphanumeric,
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::trust::TrustPolicy;

/// Which registration, for ever. The same URL registered by another organization, or again, has
/// another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JwtIssuerId(String);

impl JwtIssuerId {
    /// Takes a stored identifier.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Draws a new one.
    ///
    /// # Errors
    /// [`RandomError`] where `source` fails.
    pub fn random(source: &dyn Random) -> Result<Self, RandomError> {
        alphanumeric(source, 20).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JwtIssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An issuer whose assertions an organization takes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JwtIssuer {
    /// Which registration.
    pub id: JwtIssuerId,
    /// The organization whose identities its assertions become.
    pub organization: OrganizationId,
    /// The issuer, compared octet for octet with `iss`.
    pub issuer: String,
    /// What may be changed.
    pub settings: IssuerSettings,
    /// Which state of the settings this is: 1, and one more with every change.
    pub revision: u64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Who registered it.
    pub created_by: PrincipalId,
    /// When the settings were last changed.
    pub updated_at: Timestamp,
}

impl JwtIssuer {
    /// A registration that is new at `at`, with the first revision of its settings.
    #[must_use]
    pub fn new(
        id: JwtIssuerId,
        organization: OrganizationId,
        issuer: impl Into<String>,
        settings: IssuerSettings,
        at: Timestamp,
        by: PrincipalId,
    ) -> Self {
        Self {
            id,
            organization,
            issuer: issuer.into(),
            settings,
            revision: 1,
            created_at: at,
            created_by: by,
            updated_at: at,
        }
    }
}

/// What an organization says of an issuer.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct IssuerSettings {
    /// Where its keys come from.
    pub keys: KeySource,
    /// Networks that are not public and that its keys may be fetched from nevertheless.
    pub networks: Vec<IpNet>,
    /// Certificates, in PEM, that are trusted beside the system's when its keys are fetched.
    pub certificates: Option<String>,
    /// What to send as a bearer token when its keys are fetched, to the issuer's own origin alone.
    pub bearer_token: Option<Secret>,
    /// What is asked of its assertions, and whose they are.
    pub policy: TrustPolicy,
}

/// Where an issuer's keys come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum KeySource {
    /// From the URL that its metadata names (OpenID Connect Discovery 1.0 §4).
    #[default]
    Discovery,
    /// From this URL, for an issuer without metadata.
    Url {
        /// The URL of the JWK Set.
        jwks_uri: String,
    },
    /// From nowhere: an administrator pasted the set, or a job inside the network pushes it.
    Pasted {
        /// The JWK Set (RFC 7517 §5), as it was given.
        jwks: String,
        /// When it was given.
        since: Timestamp,
    },
}

impl KeySource {
    /// The kind, in a word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Url { .. } => "url",
            Self::Pasted { .. } => "pasted",
        }
    }
}
