//! The issuers that organizations registered.

mod check;
mod sources;

use std::fmt;
use std::sync::Arc;

use auth_core::{
    AuditEvent, Clock, Directory, Identity, OrganizationId, Outcome, Principals, Random,
    StoreError, Timestamp,
};
use jwt_validation::{JwksSource, OutboundPolicy, SourceConfig, SourceError, SourceState};

pub use crate::issuers::check::RegistrationError;

use crate::issuer::{IssuerSettings, JwtIssuer, JwtIssuerId, KeySource};
use crate::issuers::sources::Sources;
use crate::store::{AUDIENCE_TAKEN, JwtIssuerStore};
use crate::trust::Warning;

/// What an administrator registers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewIssuer {
    /// The issuer, as `iss` has it.
    pub issuer: String,
    /// Its settings.
    pub settings: IssuerSettings,
}

impl NewIssuer {
    /// `issuer` with `settings`.
    pub fn new(issuer: impl Into<String>, settings: IssuerSettings) -> Self {
        Self {
            issuer: issuer.into(),
            settings,
        }
    }
}

impl From<&str> for NewIssuer {
    /// An issuer with metadata, and the default policy.
    fn from(issuer: &str) -> Self {
        Self::new(issuer, IssuerSettings::default())
    }
}

/// A registration that was just made or changed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Registered {
    /// What is kept.
    pub issuer: JwtIssuer,
    /// Why its keys could not be fetched yet; sign-in works as soon as they can.
    pub unreachable: Option<SourceError>,
    /// What is broader than it looks.
    pub warnings: Vec<Warning>,
}

/// What [`JwtIssuers`] is made over.
#[derive(Clone)]
pub struct IssuerPorts {
    /// Keeps registrations.
    pub store: Arc<dyn JwtIssuerStore>,
    /// Knows the names of organizations, which audiences must not take from each other.
    pub directory: Arc<dyn Directory>,
    /// Knows the accounts that rules name.
    pub principals: Arc<dyn Principals>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws identifiers.
    pub random: Arc<dyn Random>,
}

impl fmt::Debug for IssuerPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerPorts").finish_non_exhaustive()
    }
}

/// Registers issuers, and holds a source of keys for each.
///
/// A source belongs to one registration. Two organizations that register one URL share nothing, so
/// that neither can disturb the other.
#[derive(Debug)]
pub struct JwtIssuers {
    ports: IssuerPorts,
    own_issuer: String,
    sources: Sources,
}

impl JwtIssuers {
    /// Over `ports`. Keys are fetched as `outbound` and `config` say, and as a registration allows
    /// beyond; `own_issuer` is the host's own, which nobody may register.
    ///
    /// # Errors
    /// [`jwt_validation::ConfigError`] where the client for outbound requests can't be made.
    pub fn new(
        ports: IssuerPorts,
        outbound: OutboundPolicy,
        config: SourceConfig,
        own_issuer: impl Into<String>,
    ) -> Result<Self, jwt_validation::ConfigError> {
        Ok(Self {
            ports,
            own_issuer: own_issuer.into(),
            sources: Sources::new(outbound, config)?,
        })
    }

    /// Registers an issuer for `organization`. Whether `by` may administer the organization is decided
    /// before; networks that are not public can be allowed by administrators of the instance alone.
    ///
    /// The keys are fetched once. An address that the guard refuses and a document that names another
    /// issuer are refused; an issuer that does not answer is registered all the same, and the answer
    /// says so.
    ///
    /// # Errors
    /// [`RegistrationError`]; nothing is stored then.
    ///
    /// # Security
    /// Whoever controls the issuer can become any member of the organization by naming the member's
    /// email address as the subject, unless the policy takes no people.
    pub async fn register(
        &self,
        by: &Identity,
        organization: &OrganizationId,
        new: impl Into<NewIssuer>,
    ) -> Result<Registered, RegistrationError> {
        let NewIssuer { issuer, settings } = new.into();
        check::issuer(&issuer, &self.own_issuer)?;
        check::networks(by, None, &settings)?;
        let warnings = self.check(organization, &issuer, &settings).await?;
        // Before anything is fetched for nothing; the store decides in the end.
        let present = self.ports.store.registration(organization, &issuer).await?;
        if present.is_some() {
            let what = "this JWT issuer";
            return Err(StoreError::Conflict { what }.into());
        }
        let now = self.ports.clock.now();
        let registration = JwtIssuer::new(
            JwtIssuerId::random(self.ports.random.as_ref())?,
            organization.clone(),
            issuer,
            settings,
            now,
            by.principal().id(),
        );
        let source = self.sources.prepare(&registration)?;
        let unreachable = probe(&source).await?;
        let audit = self.event(by, "jwt_issuer.create", &registration, now);
        let store = &self.ports.store;
        let stored = store.create_issuer(&registration, audit).await;
        stored.map_err(of_audience)?;
        self.sources.keep(&registration, source);
        Ok(Registered {
            issuer: registration,
            unreachable,
            warnings,
        })
    }

    /// Puts `settings` in the place of those that the registration had at `revision`. Assertions are
    /// judged by them from the next request on; where its keys now come from elsewhere, they are fetched
    /// once, as at a registration.
    ///
    /// # Errors
    /// [`RegistrationError`]; nothing is changed then. [`StoreError::Conflict`] where somebody else
    /// changed it meanwhile.
    pub async fn update(
        &self,
        by: &Identity,
        organization: &OrganizationId,
        id: &JwtIssuerId,
        revision: u64,
        settings: IssuerSettings,
    ) -> Result<Registered, RegistrationError> {
        let present = self.one(organization, id).await?;
        // Before anything is fetched: a change that will not be stored must not make the host send
        // anything anywhere.
        if revision != present.revision {
            let what = "a later revision of this JWT issuer";
            return Err(StoreError::Conflict { what }.into());
        }
        check::networks(by, Some(&present.settings), &settings)?;
        let warnings = self.check(organization, &present.issuer, &settings).await?;
        let now = self.ports.clock.now();
        let changed = JwtIssuer {
            settings,
            revision: revision.saturating_add(1),
            updated_at: now,
            ..present.clone()
        };
        let source = self.sources.prepare(&changed)?;
        let same_keys = sources::fetches_alike(&present.settings, &changed.settings);
        let unreachable = if same_keys {
            None
        } else {
            probe(&source).await?
        };
        let audit = self.event(by, "jwt_issuer.update", &changed, now);
        let differs = differences(&present.settings, &changed.settings).join(", ");
        let detail = format!("changed: {differs}; now {}", audit.detail);
        let audit = audit.saying(detail);
        let stored = self.ports.store.update_issuer(&changed, audit).await;
        stored.map_err(of_audience)?;
        self.sources.keep(&changed, source);
        Ok(Registered {
            issuer: changed,
            unreachable,
            warnings,
        })
    }

    /// Puts another key set in the place of a pasted one: for a job inside a network that the server
    /// can't reach.
    ///
    /// # Errors
    /// [`RegistrationError::NotPasted`] where the keys come from a URL; the others as
    /// [`update`](Self::update).
    pub async fn push_keys(
        &self,
        by: &Identity,
        organization: &OrganizationId,
        id: &JwtIssuerId,
        jwks: String,
    ) -> Result<Registered, RegistrationError> {
        let present = self.one(organization, id).await?;
        if !matches!(present.settings.keys, KeySource::Pasted { .. }) {
            return Err(RegistrationError::NotPasted);
        }
        let keys = KeySource::Pasted {
            jwks,
            since: self.ports.clock.now(),
        };
        let settings = IssuerSettings {
            keys,
            ..present.settings
        };
        self.update(by, organization, id, present.revision, settings)
            .await
    }

    /// Removes a registration of `organization`. Its assertions, and the access tokens that were
    /// issued for them, are refused from the next request on.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the organization has no such registration.
    pub async fn remove(
        &self,
        by: &Identity,
        organization: &OrganizationId,
        id: &JwtIssuerId,
    ) -> Result<(), StoreError> {
        let audit = AuditEvent::new(
            self.ports.clock.now(),
            "jwt_issuer.delete",
            Outcome::Granted,
        )
        .by(by)
        .within(organization)
        .to("jwt-issuer", id);
        let store = &self.ports.store;
        store.delete_issuer(organization, id, audit).await?;
        self.sources.forget(id);
        Ok(())
    }

    /// The registrations of an organization.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn of(&self, organization: &OrganizationId) -> Result<Vec<JwtIssuer>, StoreError> {
        self.ports.store.issuers(organization).await
    }

    /// A registration of `organization`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is none, or it is another organization's.
    pub async fn one(
        &self,
        organization: &OrganizationId,
        id: &JwtIssuerId,
    ) -> Result<JwtIssuer, StoreError> {
        let found = self.ports.store.issuer(id).await?;
        let found = found.filter(|found| found.organization == *organization);
        found.ok_or(StoreError::NotFound {
            what: "JWT issuer of the organization",
        })
    }

    /// What this node has of the keys of a registration: their age, what is skipped and why, the last
    /// error. Nothing is fetched.
    #[must_use]
    pub fn state(&self, registration: &JwtIssuer) -> SourceState {
        match self.source(registration) {
            Ok(source) => source.state(),
            Err(_) => SourceState::default(),
        }
    }

    /// Fetches the keys of a registration now.
    ///
    /// # Errors
    /// [`RegistrationError::Refused`]: why they could not be fetched; older ones may still serve.
    pub async fn refresh(
        &self,
        registration: &JwtIssuer,
    ) -> Result<SourceState, RegistrationError> {
        let source = self.source(registration)?;
        source.refresh().await.map_err(RegistrationError::Refused)?;
        Ok(source.state())
    }

    /// The registrations whose keys this node has used, and what it has of them: for metrics. At most
    /// [`MOST_SOURCES`](Self::MOST_SOURCES).
    #[must_use]
    pub fn states(&self) -> Vec<(JwtIssuerId, SourceState)> {
        self.sources.states()
    }

    /// The most key sources that are kept ready; beyond it the one that was used least is let go, and
    /// made again when it is needed.
    pub const MOST_SOURCES: usize = 16_384;

    pub(crate) fn store(&self) -> &dyn JwtIssuerStore {
        self.ports.store.as_ref()
    }

    /// Where the keys of a registration come from. There is no error where the settings were checked
    /// by this version of the crate.
    pub(crate) fn source(
        &self,
        registration: &JwtIssuer,
    ) -> Result<Arc<JwksSource>, RegistrationError> {
        self.sources.of(registration)
    }

    async fn check(
        &self,
        organization: &OrganizationId,
        issuer: &str,
        settings: &IssuerSettings,
    ) -> Result<Vec<Warning>, RegistrationError> {
        check::keys(&settings.keys)?;
        let ports = &self.ports;
        check::audiences(
            ports.directory.as_ref(),
            organization,
            &self.own_issuer,
            &settings.policy,
        )
        .await?;
        check::accounts(ports.principals.as_ref(), organization, &settings.policy).await?;
        let warnings = settings.policy.validate(issuer)?;
        Ok(warnings)
    }

    fn event(
        &self,
        by: &Identity,
        action: &'static str,
        registration: &JwtIssuer,
        now: Timestamp,
    ) -> AuditEvent {
        let settings = &registration.settings;
        let policy = &settings.policy;
        let keys = match &settings.keys {
            KeySource::Url { jwks_uri } => format!("{jwks_uri:?}"),
            other => other.kind().to_owned(),
        };
        let bearer = match settings.bearer_token {
            Some(_) => "with a bearer token",
            None => "without bearer token",
        };
        let detail = format!(
            "{:?}, revision {}, keys from {keys} {bearer}, networks {:?}, enabled {}, {} conditions, \
             {} account rules",
            registration.issuer,
            registration.revision,
            settings.networks,
            policy.enabled,
            policy.conditions.len(),
            policy.accounts.len(),
        );
        AuditEvent::new(now, action, Outcome::Granted)
            .by(by)
            .within(&registration.organization)
            .to("jwt-issuer", &registration.id)
            .saying(detail)
    }
}

/// The settings that two states differ in, by name.
fn differences(one: &IssuerSettings, other: &IssuerSettings) -> Vec<String> {
    let policy =
        |settings: &IssuerSettings| serde_json::to_value(&settings.policy).unwrap_or_default();
    let (before, after) = (policy(one), policy(other));
    let mut differs: Vec<String> = Vec::new();
    let mut note = |differ: bool, name: &str| {
        if differ {
            differs.push(name.to_owned());
        }
    };
    note(one.keys != other.keys, "keys");
    note(one.networks != other.networks, "networks");
    note(one.certificates != other.certificates, "certificates");
    let same_bearer = match (&one.bearer_token, &other.bearer_token) {
        (Some(one), Some(other)) => one.matches(other),
        (one, other) => one.is_none() && other.is_none(),
    };
    note(!same_bearer, "bearer_token");
    let members = after.as_object().into_iter().flatten();
    for (name, value) in members {
        note(before.get(name) != Some(value), &format!("policy.{name}"));
    }
    differs.sort();
    differs
}

/// A taken audience is told in the same words as one that can't be taken.
fn of_audience(error: StoreError) -> RegistrationError {
    match error {
        StoreError::Conflict { what } if what == AUDIENCE_TAKEN => RegistrationError::Audience,
        error => error.into(),
    }
}

/// Fetches the keys once. What only other settings can mend is an error; what time may mend is not.
async fn probe(source: &JwksSource) -> Result<Option<SourceError>, RegistrationError> {
    match source.keys(None).await {
        Ok(_) => Ok(None),
        Err(error) if error.kind() == jwt_validation::ErrorKind::Unavailable => Ok(Some(error)),
        Err(error) => Err(RegistrationError::Refused(error)),
    }
}
