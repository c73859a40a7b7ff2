//! Making service accounts and keys.

use std::sync::Arc;

use auth_core::{
    AuditEvent, Clock, Identity, NameError, OrganizationId, Outcome, PrincipalId, Random,
    RandomError, Secret, ServiceAccountId, ServiceAccountScope, StoreError, check_name,
};

use crate::api_key::{ApiKeyFormat, NewApiKey};
use crate::store::{ApiKey, ApiKeyStore, Authentication, ServiceAccount, ServiceAccountStore};

const LONGEST_TEXT: usize = 1024;

/// Why an account or a key was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name can't be one.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A text is empty where it can't be, or longer than 1,024 octets.
    #[error("{field} has 1 to 1024 octets")]
    Length {
        /// Which text.
        field: &'static str,
    },
    /// The account proves itself by assertions, so a key would be a second way in that nobody asked for.
    #[error("a federated service account has no API keys; make another account for them")]
    NoKeysForFederated,
    /// The store said no, or nothing.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// A key that was just made: the one moment at which the secret can be told.
#[derive(Debug)]
#[non_exhaustive]
pub struct IssuedKey {
    /// What is kept.
    pub stored: ApiKey,
    /// The whole key, for its holder.
    pub key: Secret,
}

/// Makes service accounts and API keys.
///
/// Whether the one who asks may do so is decided before, by
/// [`decide_administration`](auth_core::access::decide_administration).
#[derive(Clone, Debug)]
pub struct ServiceAccounts {
    accounts: Arc<dyn ServiceAccountStore>,
    keys: Arc<dyn ApiKeyStore>,
    format: ApiKeyFormat,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl ServiceAccounts {
    /// Over `accounts` and `keys`, with keys of the form `format`.
    pub fn new(
        accounts: Arc<dyn ServiceAccountStore>,
        keys: Arc<dyn ApiKeyStore>,
        format: ApiKeyFormat,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            accounts,
            keys,
            format,
            clock,
            random,
        }
    }

    /// Makes an account; one that proves itself by keys has its first key at once.
    ///
    /// # Errors
    /// [`Error::Name`] and [`Error::Length`] where the texts can't be used; [`Error::Store`] with
    /// [`StoreError::Conflict`] where the scope has the name, or the organization the issuer and
    /// subject, already. Nothing is stored then.
    pub async fn create(
        &self,
        by: &Identity,
        name: &str,
        scope: ServiceAccountScope,
        authentication: Authentication,
    ) -> Result<(ServiceAccount, Option<IssuedKey>), Error> {
        check_name(name)?;
        if let Authentication::Federated { issuer, subject } = &authentication {
            check_length("issuer", issuer)?;
            check_length("subject", subject)?;
        }
        let account = ServiceAccount {
            id: ServiceAccountId::random(self.random.as_ref())?,
            name: name.to_owned(),
            scope,
            authentication,
            created_at: self.clock.now(),
            created_by: by.principal().id(),
        };
        let first_key = match account.authentication {
            Authentication::ApiKey => {
                Some(self.draw_key(by, PrincipalId::ServiceAccount(account.id.clone()), "")?)
            }
            Authentication::Federated { .. } => None,
        };
        let audit = self
            .event(
                by,
                "service_account.create",
                Some(account.scope.organization()),
            )
            .to("service-account", &account.id)
            .saying(describe(&account));
        let stored_key = first_key.as_ref().map(|issued| &issued.stored);
        self.accounts
            .create_account(&account, stored_key, audit)
            .await?;
        Ok((account, first_key))
    }

    /// Removes an account with its keys; what it signed in with stops working at once.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn delete(&self, by: &Identity, account: &ServiceAccount) -> Result<(), Error> {
        let audit = self
            .event(
                by,
                "service_account.delete",
                Some(account.scope.organization()),
            )
            .to("service-account", &account.id);
        Ok(self.accounts.delete_account(&account.id, audit).await?)
    }

    /// Makes a key for an account, beside those that it has.
    ///
    /// # Errors
    /// [`Error::NoKeysForFederated`], [`Error::Length`], [`Error::Store`].
    pub async fn issue_key(
        &self,
        by: &Identity,
        account: &ServiceAccount,
        description: &str,
    ) -> Result<IssuedKey, Error> {
        if account.authentication != Authentication::ApiKey {
            return Err(Error::NoKeysForFederated);
        }
        let owner = PrincipalId::ServiceAccount(account.id.clone());
        self.issue(by, owner, Some(account.scope.organization()), description)
            .await
    }

    /// Makes a key for a user.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::Store`].
    pub async fn issue_user_key(
        &self,
        by: &Identity,
        user: &auth_core::UserId,
        description: &str,
    ) -> Result<IssuedKey, Error> {
        self.issue(by, PrincipalId::User(user.clone()), None, description)
            .await
    }

    /// Revokes a key of `owner`; it stops working at once.
    ///
    /// # Errors
    /// [`Error::Store`] with [`StoreError::NotFound`] where `owner` has no such key.
    pub async fn revoke_key(
        &self,
        by: &Identity,
        owner: &PrincipalId,
        organization: Option<&OrganizationId>,
        id: &crate::ApiKeyId,
    ) -> Result<(), Error> {
        let audit = self
            .event(by, "api_key.revoke", organization)
            .to("api-key", id);
        Ok(self.keys.revoke_key(owner, id, audit).await?)
    }

    async fn issue(
        &self,
        by: &Identity,
        owner: PrincipalId,
        organization: Option<&OrganizationId>,
        description: &str,
    ) -> Result<IssuedKey, Error> {
        if description.len() > LONGEST_TEXT {
            return Err(Error::Length {
                field: "description",
            });
        }
        let issued = self.draw_key(by, owner, description)?;
        let audit = self
            .event(by, "api_key.create", organization)
            .to("api-key", &issued.stored.id)
            .saying(format!("for {}", issued.stored.owner));
        self.keys.create_key(&issued.stored, audit).await?;
        Ok(issued)
    }

    fn draw_key(
        &self,
        by: &Identity,
        owner: PrincipalId,
        description: &str,
    ) -> Result<IssuedKey, RandomError> {
        let NewApiKey { id, key, hash } = self.format.generate(self.random.as_ref())?;
        let stored = ApiKey {
            id,
            hash,
            owner,
            description: description.to_owned(),
            created_at: self.clock.now(),
            created_by: by.principal().id(),
            last_used_at: None,
        };
        Ok(IssuedKey { stored, key })
    }

    fn event(
        &self,
        by: &Identity,
        action: &'static str,
        organization: Option<&OrganizationId>,
    ) -> AuditEvent {
        let event = AuditEvent::new(self.clock.now(), action, Outcome::Granted).by(by);
        match organization {
            Some(organization) => event.within(organization),
            None => event,
        }
    }
}

fn check_length(field: &'static str, text: &str) -> Result<(), Error> {
    if (1..=LONGEST_TEXT).contains(&text.len()) {
        Ok(())
    } else {
        Err(Error::Length { field })
    }
}

fn describe(account: &ServiceAccount) -> String {
    let scope = match &account.scope {
        ServiceAccountScope::Team { team, .. } => format!("team {team}"),
        ServiceAccountScope::Organization { .. } => "organization".to_owned(),
        _ => String::new(),
    };
    match &account.authentication {
        Authentication::ApiKey => format!("{} of {scope}", account.name),
        Authentication::Federated { issuer, subject } => {
            format!("{} of {scope}, by {issuer:?} as {subject:?}", account.name)
        }
    }
}
