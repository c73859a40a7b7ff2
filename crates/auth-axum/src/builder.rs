//! From settings to an [`Auth`]: checks them, and puts the parts together.

use std::sync::Arc;
use std::time::Duration;

use auth_core::{
    AuditSink, Clock, ConfigError, Directory, DirectoryAdmin, IdentityResolver, OsRandom,
    Principals, Random, Resolvers, SystemClock,
};
use jwt_federation::{
    AccessTokenStore, AccessTokens, AssertionPolicy, Exchange, ExternalAccounts, IssuerPorts,
    JwtIssuerStore, JwtIssuers, RotationPolicy, SigningKeyError, SigningKeyStore, SigningKeys,
};
use jwt_validation::{OutboundPolicy, SourceConfig};
use service_accounts::{
    ApiKeyFormat, ApiKeyResolver, ApiKeyStore, ServiceAccountStore, ServiceAccounts,
};
use tokio::task::JoinHandle;
use url::{Host, Url};

use crate::access::Access;
use crate::auth::{Auth, AuthStore, Parts};
use crate::environment::Environment;

/// How often the signing keys are looked after.
const MAINTENANCE: Duration = Duration::from_secs(60);

/// Why an [`Auth`] could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting can't work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The client for outbound requests could not be made.
    #[error("the client for outbound requests could not be made")]
    Client(#[source] jwt_validation::ConfigError),
    /// The signing keys could not be loaded or made.
    #[error("the signing keys could not be loaded")]
    SigningKeys(#[from] SigningKeyError),
}

/// What an administrator may do, as the settings have it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Creation {
    pub(crate) api_keys_disabled: bool,
    pub(crate) team_accounts_disabled: bool,
}

/// Builds an [`Auth`].
#[derive(Debug)]
#[must_use]
pub struct AuthBuilder {
    base_url: String,
    store: Arc<dyn AuthStore>,
    environment: Environment,
    outbound: OutboundPolicy,
    format: ApiKeyFormat,
    assertions: AssertionPolicy,
    access_token_lifetime: Duration,
    rotation: RotationPolicy,
    introspection: bool,
    resolvers: Vec<Arc<dyn IdentityResolver>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl AuthBuilder {
    pub(crate) fn new(base_url: String, store: Arc<dyn AuthStore>) -> Self {
        Self {
            base_url,
            store,
            environment: Environment::default(),
            outbound: OutboundPolicy::default(),
            format: ApiKeyFormat::default(),
            assertions: AssertionPolicy::default(),
            access_token_lifetime: AccessTokens::DEFAULT_LIFETIME,
            rotation: RotationPolicy::default(),
            introspection: false,
            resolvers: Vec::new(),
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
        }
    }

    /// Takes the settings that `environment` holds; they beat the builder's.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Which addresses issuers may have. Default: public ones, by https.
    pub fn outbound(mut self, policy: OutboundPolicy) -> Self {
        self.outbound = policy;
        self
    }

    /// The form of API keys. Default: the prefix `local`.
    pub fn api_keys(mut self, format: ApiKeyFormat) -> Self {
        self.format = format;
        self
    }

    /// What assertions are accepted.
    pub const fn assertions(mut self, policy: AssertionPolicy) -> Self {
        self.assertions = policy;
        self
    }

    /// How long access tokens live. Default: [`AccessTokens::DEFAULT_LIFETIME`].
    pub const fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.access_token_lifetime = lifetime;
        self
    }

    /// When signing keys are replaced, and by which.
    pub const fn rotation(mut self, policy: RotationPolicy) -> Self {
        self.rotation = policy;
        self
    }

    /// Whether `/oidc/introspect` (RFC 7662) is served. Default: no. Services elsewhere can check our
    /// access tokens by the JWK Set; this one also tells them of revocations, for a call at each use.
    pub const fn introspection(mut self, on: bool) -> Self {
        self.introspection = on;
        self
    }

    /// Adds a method of the host's own.
    pub fn resolver(mut self, resolver: Arc<dyn IdentityResolver>) -> Self {
        self.resolvers.push(resolver);
        self
    }

    /// Tells the time by `clock`. Default: the machine's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Builds it: checks the settings, loads the signing keys or makes the first one, and begins to
    /// look after them.
    ///
    /// # Errors
    /// [`BuildError`].
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub async fn build(mut self) -> Result<Auth, BuildError> {
        let issuer = check_base_url(&self.base_url)?;
        if let Some(skip) = self.environment.flag("SKIP_AUDIENCE_VALIDATION")? {
            self.assertions.danger_skip_audience_validation = skip;
        }
        let flag = |name| {
            self.environment
                .flag(name)
                .map(|flag| flag.unwrap_or(false))
        };
        let creation = Creation {
            api_keys_disabled: flag("DISABLE_API_KEY_CREATION")?,
            team_accounts_disabled: flag("GORILLA_DISABLE_TEAM_SERVICE_ACCOUNT_CREATION")?,
        };
        let Self {
            store,
            clock,
            random,
            format,
            ..
        } = self;
        let keys = SigningKeys::load(
            Arc::clone(&store) as Arc<dyn SigningKeyStore>,
            Arc::clone(&clock),
            Arc::clone(&random),
            self.rotation,
            self.access_token_lifetime,
        );
        let keys = Arc::new(keys.await?);
        let tokens = AccessTokens::new(
            &issuer,
            self.access_token_lifetime,
            Arc::clone(&keys),
            Arc::clone(&store) as Arc<dyn AccessTokenStore>,
            Arc::clone(&store) as Arc<dyn Principals>,
            Arc::clone(&clock),
            Arc::clone(&random),
        )?;
        let ports = IssuerPorts {
            store: Arc::clone(&store) as Arc<dyn JwtIssuerStore>,
            directory: Arc::clone(&store) as Arc<dyn Directory>,
            principals: Arc::clone(&store) as Arc<dyn Principals>,
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
        };
        let issuers = JwtIssuers::new(ports, self.outbound, SourceConfig::default(), issuer);
        let issuers = Arc::new(issuers.map_err(BuildError::Client)?);
        let exchange = Arc::new(Exchange::new(
            Arc::clone(&issuers),
            tokens.clone(),
            Arc::clone(&store) as Arc<dyn Directory>,
            Arc::clone(&store) as Arc<dyn Principals>,
            Arc::clone(&store) as Arc<dyn ExternalAccounts>,
            Arc::clone(&store) as Arc<dyn AuditSink>,
            self.assertions,
        )?);
        let api_keys = ApiKeyResolver::new(
            format.clone(),
            Arc::clone(&store) as Arc<dyn ApiKeyStore>,
            Arc::clone(&store) as Arc<dyn Principals>,
        );
        let mut resolvers = Resolvers::new().with_audit(Arc::clone(&store) as Arc<dyn AuditSink>);
        resolvers.register(Arc::new(api_keys))?;
        resolvers.register(Arc::new(tokens.clone()))?;
        resolvers.register(Arc::clone(&exchange) as Arc<dyn IdentityResolver>)?;
        for resolver in self.resolvers {
            resolvers.register(resolver)?;
        }
        let access = Access::new(
            Arc::clone(&store) as Arc<dyn Directory>,
            Arc::clone(&store) as Arc<dyn DirectoryAdmin>,
            Arc::clone(&clock),
            Arc::clone(&random),
        );
        let accounts = ServiceAccounts::new(
            Arc::clone(&store) as Arc<dyn ServiceAccountStore>,
            Arc::clone(&store) as Arc<dyn ApiKeyStore>,
            format.clone(),
            Arc::clone(&clock),
            Arc::clone(&random),
        );
        let maintenance = Maintenance::of(keys);
        Ok(Auth::new(Parts {
            store,
            resolvers,
            access,
            accounts,
            issuers,
            tokens,
            exchange,
            format,
            creation,
            introspection: self.introspection,
            clock,
            random,
            _maintenance: maintenance,
        }))
    }
}

/// Ends the task with the last clone of [`Auth`].
#[derive(Debug)]
pub(crate) struct Maintenance(JoinHandle<()>);

impl Maintenance {
    fn of(keys: Arc<SigningKeys>) -> Self {
        Self(tokio::spawn(maintain(keys)))
    }
}

impl Drop for Maintenance {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn maintain(keys: Arc<SigningKeys>) {
    let mut ticks = tokio::time::interval(MAINTENANCE);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        if let Err(error) = keys.maintain().await {
            tracing::error!(%error, "the signing keys could not be looked after; the present ones stay");
        }
    }
}

/// Checks the base URL and gives it back as it was written: issuers are compared octet for octet.
fn check_base_url(text: &str) -> Result<String, ConfigError> {
    let wrong = |expected| ConfigError::Setting {
        field: "public base URL",
        found: text.chars().take(256).collect(),
        expected,
    };
    // The parser drops or rewrites these; clients would compare with something else.
    if text.contains(|c: char| c == '\\' || c.is_whitespace() || c.is_control()) {
        return Err(wrong(
            "a URL without white space, control characters or backslashes",
        ));
    }
    let url = Url::parse(text).map_err(|_| wrong("an absolute URL"))?;
    let confidential = match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(host)) => is_loopback(&host),
        _ => false,
    };
    if !confidential {
        return Err(wrong("an https URL, or http on a loopback host"));
    }
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    // As written: the parser also takes `https:host`, and resolves dots in a path away.
    let authority = text.split_once("://").map(|(_, authority)| authority);
    let bare = authority.is_some_and(|authority| !authority.contains('/'));
    if !plain || url.password().is_some() || !bare {
        return Err(wrong(
            "a URL without user, path, query, fragment, or slash at the end",
        ));
    }
    Ok(text.to_owned())
}

/// Whether what is sent to `host` never leaves the machine (RFC 6761 §6.3).
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_checked_and_kept_as_written() {
        for (text, fits) in [
            ("https://tracker.example", true),
            ("http://127.0.0.1:8080", true),
            ("https://Example.com", true),
            ("https://tracker.example:8443", true),
            ("http://127.8.9.1", true),
            ("http://[::1]:8080", true),
            ("http://localhost:8080", true),
            ("http://tracker.localhost", true),
            ("http://tracker.example", false),
            ("http://10.0.0.1", false),
            ("http://0.0.0.0:80", false),
            ("http://localhost.example", false),
            ("https://tracker.example\n", false),
            (" https://tracker.example", false),
            ("https://tra\tcker.example", false),
            ("https://tracker.example/ ", false),
            ("https:\\\\tracker.example", false),
            ("https:tracker.example", false),
            ("https:/tracker.example", false),
            ("https:///tracker.example", false),
            ("https://tracker.example/.", false),
            ("https://tracker.example/a/..", false),
            ("https://example.com/base", false),
            ("https://tracker.example/", false),
            ("tracker.example", false),
            ("ftp://tracker.example", false),
            ("https://user@tracker.example", false),
            ("https://tracker.example?x", false),
            ("https://tracker.example#x", false),
            ("", false),
        ] {
            assert_eq!(
                check_base_url(text).ok().as_deref() == Some(text),
                fits,
                "{text}"
            );
        }
    }
}
