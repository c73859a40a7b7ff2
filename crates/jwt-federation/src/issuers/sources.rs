//! The sources of keys that are kept ready, one for each registration.

use std::sync::Arc;

use jwt_validation::{
    BearerToken, GuardedClient, JwksSource, KeySet, OutboundPolicy, SourceConfig, SourceState,
    UnixTime, default_backend,
};
use quick_cache::sync::Cache;

use crate::issuer::{IssuerSettings, JwtIssuer, JwtIssuerId, KeySource};
use crate::issuers::{JwtIssuers, RegistrationError};
use crate::trust::TrustPolicy;

/// A source, and the state of the settings that it was made from.
#[derive(Clone, Debug)]
struct Ready {
    revision: u64,
    settings: Arc<IssuerSettings>,
    source: Arc<JwksSource>,
}

#[derive(Debug)]
pub(super) struct Sources {
    outbound: OutboundPolicy,
    client: Arc<GuardedClient>,
    config: SourceConfig,
    ready: Cache<JwtIssuerId, Ready>,
}

impl Sources {
    pub(super) fn new(
        outbound: OutboundPolicy,
        config: SourceConfig,
    ) -> Result<Self, jwt_validation::ConfigError> {
        let client = Arc::new(GuardedClient::new(outbound.clone())?);
        Ok(Self {
            outbound,
            client,
            config,
            ready: Cache::new(JwtIssuers::MOST_SOURCES),
        })
    }

    /// The source of a registration, which another node may have changed since it was last used.
    pub(super) fn of(
        &self,
        registration: &JwtIssuer,
    ) -> Result<Arc<JwksSource>, RegistrationError> {
        if let Some(ready) = self.ready.get(&registration.id)
            && ready.revision == registration.revision
        {
            return Ok(ready.source);
        }
        let source = self.prepare(registration)?;
        Ok(self.keep(registration, source))
    }

    /// A source for `registration`: the one that is ready, if its keys come from the same place.
    pub(super) fn prepare(
        &self,
        registration: &JwtIssuer,
    ) -> Result<Arc<JwksSource>, RegistrationError> {
        let settings = &registration.settings;
        if let Some(ready) = self.ready.get(&registration.id)
            && fetches_alike(&ready.settings, settings)
        {
            return Ok(ready.source);
        }
        let client = self.client(settings)?;
        let config = self.config(settings)?;
        Ok(Arc::new(match &settings.keys {
            KeySource::Discovery => {
                JwksSource::discovery(registration.issuer.as_str(), client, config)
            }
            KeySource::Url { jwks_uri } => JwksSource::url(jwks_uri.as_str(), client, config),
            KeySource::Pasted { jwks, since } => {
                let keys = KeySet::parse(jwks.as_bytes(), default_backend());
                let since = UnixTime::from_secs(since.as_secs());
                JwksSource::fixed_since(keys.map_err(RegistrationError::KeySet)?, since)
            }
        }))
    }

    /// Keeps `source` unless a later state of the settings is kept, and gives it back.
    pub(super) fn keep(&self, of: &JwtIssuer, source: Arc<JwksSource>) -> Arc<JwksSource> {
        match self.ready.get(&of.id) {
            // Somebody else made one at the same time: all use that.
            Some(ready) if ready.revision == of.revision => return ready.source,
            Some(ready) if ready.revision > of.revision => return source,
            _ => {}
        }
        // Only what decides where keys come from is compared later.
        let settings = IssuerSettings {
            policy: TrustPolicy::default(),
            ..of.settings.clone()
        };
        let ready = Ready {
            revision: of.revision,
            settings: Arc::new(settings),
            source: Arc::clone(&source),
        };
        self.ready.insert(of.id.clone(), ready);
        source
    }

    pub(super) fn forget(&self, id: &JwtIssuerId) {
        self.ready.remove(id);
    }

    pub(super) fn states(&self) -> Vec<(JwtIssuerId, SourceState)> {
        let states = self.ready.iter();
        states
            .map(|(id, ready)| (id, ready.source.state()))
            .collect()
    }

    /// Most registrations share one client; what a registration allows or trusts beyond the host's
    /// policy must not serve another.
    fn client(&self, settings: &IssuerSettings) -> Result<Arc<GuardedClient>, RegistrationError> {
        if settings.networks.is_empty() && settings.certificates.is_none() {
            return Ok(Arc::clone(&self.client));
        }
        let mut outbound = self.outbound.clone();
        for network in &settings.networks {
            outbound = outbound.allow_network(*network);
        }
        if let Some(pem) = &settings.certificates {
            outbound = outbound.trust_certificates(pem.as_bytes());
        }
        let client = GuardedClient::new(outbound).map_err(|error| RegistrationError::Client {
            field: "certificates",
            reason: error.to_string(),
        })?;
        Ok(Arc::new(client))
    }

    fn config(&self, settings: &IssuerSettings) -> Result<SourceConfig, RegistrationError> {
        let config = self.config.clone();
        let Some(token) = &settings.bearer_token else {
            return Ok(config);
        };
        let token =
            BearerToken::new(token.expose()).map_err(|error| RegistrationError::Client {
                field: "bearer_token",
                reason: error.to_string(),
            })?;
        Ok(config.bearer_token(token))
    }
}

/// Whether two states of the settings get their keys from the same place in the same way.
pub(super) fn fetches_alike(one: &IssuerSettings, other: &IssuerSettings) -> bool {
    let same_bearer = match (&one.bearer_token, &other.bearer_token) {
        (None, None) => true,
        (Some(one), Some(other)) => one.matches(other),
        _ => false,
    };
    same_bearer
        && one.keys == other.keys
        && one.networks == other.networks
        && one.certificates == other.certificates
}
