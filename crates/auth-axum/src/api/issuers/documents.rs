//! Registrations as JSON.

use auth_core::{Secret, Timestamp};
use ipnet::IpNet;
use jwt_federation::{IssuerSettings, JwtIssuer, KeySource, Registered, TrustPolicy, Warning};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::keys::State;
use crate::auth::Auth;
use crate::problem::Problem;

/// What registers an issuer. All but `issuer` may be left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    issuer: String,
    keys: Option<Keys>,
    #[serde(default)]
    networks: Vec<IpNet>,
    certificates: Option<String>,
    #[serde(default, deserialize_with = "secret")]
    bearer_token: Option<Secret>,
    #[serde(default)]
    policy: TrustPolicy,
}

impl New {
    pub(super) fn into_settings(self, now: Timestamp) -> Result<(String, IssuerSettings), Problem> {
        let mut settings = IssuerSettings::default();
        if let Some(keys) = self.keys {
            settings.keys = keys.into_source(now)?;
        }
        settings.networks = self.networks;
        settings.certificates = self.certificates;
        settings.bearer_token = self.bearer_token;
        settings.policy = self.policy;
        Ok((self.issuer, settings))
    }
}

/// What changes a registration: each member that is there takes the place of the present one as a
/// whole; `null` removes. Keys from another place take the bearer token away unless it is given anew: it was
/// meant for the place before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// The revision that was read; a change of a later one is refused.
    revision: u64,
    keys: Option<Keys>,
    networks: Option<Vec<IpNet>>,
    #[serde(default, deserialize_with = "present")]
    certificates: Option<Option<String>>,
    #[serde(default, deserialize_with = "present_secret")]
    bearer_token: Option<Option<Secret>>,
    policy: Option<TrustPolicy>,
}

impl Change {
    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn apply(
        self,
        mut settings: IssuerSettings,
        now: Timestamp,
    ) -> Result<IssuerSettings, Problem> {
        if let Some(keys) = self.keys {
            let keys = keys.into_source(now)?;
            if keys != settings.keys {
                settings.bearer_token = None;
            }
            settings.keys = keys;
        }
        if let Some(networks) = self.networks {
            settings.networks = networks;
        }
        if let Some(certificates) = self.certificates {
            settings.certificates = certificates;
        }
        if let Some(bearer_token) = self.bearer_token {
            settings.bearer_token = bearer_token;
        }
        if let Some(policy) = self.policy {
            settings.policy = policy;
        }
        Ok(settings)
    }
}

/// Tells `null` from a member that is not there.
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(Secret::new))
}

fn present_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Secret>>, D::Error> {
    secret(deserializer).map(Some)
}

/// Where keys come from, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    from: Kind,
    jwks_uri: Option<String>,
    /// As it was written: what reads it must see a member that stands there twice.
    jwks: Option<Box<RawValue>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Discovery,
    Url,
    Pasted,
}

impl Keys {
    fn into_source(self, now: Timestamp) -> Result<KeySource, Problem> {
        match (self.from, self.jwks_uri, self.jwks) {
            (Kind::Discovery, None, None) => Ok(KeySource::Discovery),
            (Kind::Url, Some(jwks_uri), None) => Ok(KeySource::Url { jwks_uri }),
            (Kind::Pasted, None, Some(jwks)) => Ok(KeySource::Pasted {
                jwks: jwks.get().to_owned(),
                since: now,
            }),
            _ => Err(Problem::new(
                http::StatusCode::UNPROCESSABLE_ENTITY,
                "request.invalid",
                "keys are {\"from\": \"discovery\"}, {\"from\": \"url\", \"jwks_uri\": …} or \
                 {\"from\": \"pasted\", \"jwks\": {\"keys\": […]}}",
            )),
        }
    }
}

/// A registration as it is shown.
#[derive(Serialize)]
pub(super) struct Shown {
    id: String,
    issuer: String,
    revision: u64,
    keys: ShownKeys,
    networks: Vec<IpNet>,
    certificates: Option<String>,
    /// Whether there is one; it is never shown.
    has_bearer_token: bool,
    policy: TrustPolicy,
    created_at: Timestamp,
    created_by: String,
    updated_at: Timestamp,
    state: State,
    /// Why the keys could not be fetched yet; absent where they were, or nobody tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
    /// What is broader than it looks, as of this change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct ShownKeys {
    from: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

impl From<KeySource> for ShownKeys {
    fn from(source: KeySource) -> Self {
        let from = source.kind();
        let (jwks_uri, since) = match source {
            KeySource::Url { jwks_uri } => (Some(jwks_uri), None),
            KeySource::Pasted { since, .. } => (None, Some(since)),
            _ => (None, None),
        };
        Self {
            from,
            jwks_uri,
            since,
        }
    }
}

impl Shown {
    pub(super) fn of(auth: &Auth, issuer: JwtIssuer) -> Self {
        let state = State::of(auth.issuers().state(&issuer), auth.clock().now());
        let settings = issuer.settings;
        Self {
            id: issuer.id.to_string(),
            issuer: issuer.issuer,
            revision: issuer.revision,
            keys: settings.keys.into(),
            networks: settings.networks,
            certificates: settings.certificates,
            has_bearer_token: settings.bearer_token.is_some(),
            policy: settings.policy,
            created_at: issuer.created_at,
            created_by: issuer.created_by.to_string(),
            updated_at: issuer.updated_at,
            state,
            warning: None,
            warnings: Vec::new(),
        }
    }

    pub(super) fn registered(auth: &Auth, registered: Registered) -> Self {
        Self {
            warning: registered.unreachable.map(|error| error.to_string()),
            warnings: registered.warnings,
            ..Self::of(auth, registered.issuer)
        }
    }
}
