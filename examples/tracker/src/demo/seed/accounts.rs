//! Service accounts, keys, and the registration of the issuer.

use auth_axum::Auth;
use auth_core::{
    OrganizationId, PrincipalId, Secret, ServiceAccountScope, StoreError, TeamId, UserId,
};
use service_accounts::{
    AccountsOf, ApiKeyStore, Authentication, ServiceAccount, ServiceAccountStore,
};

use super::Seed;
use crate::demo::credentials::Credentials;
use crate::demo::{DemoError, Keys, places};

/// What keys are said to be for.
const DESCRIPTION: &str = "demo";

/// Whose accounts and keys to make.
pub(super) struct Accounts {
    pub(super) organization: OrganizationId,
    pub(super) team: TeamId,
    pub(super) admin: UserId,
}

impl Accounts {
    /// Makes what is missing. Each key goes to the file as soon as it is made, for nobody can ever read
    /// it again.
    pub(super) async fn make(
        &self,
        auth: &Auth,
        seed: &Seed<'_>,
        issuer: &str,
        credentials: &mut Credentials,
    ) -> Result<Keys, DemoError> {
        let organization = self.organization.clone();
        let team_scope = ServiceAccountScope::Team {
            organization: organization.clone(),
            team: self.team.clone(),
        };
        let organization_scope = ServiceAccountScope::Organization {
            organization,
            default_team: self.team.clone(),
        };
        let making = Making { auth, seed };

        let admin = match &credentials.admin {
            Some(key) => key.clone(),
            None => credentials.keep(making.admin_key(&self.admin).await?, |c| &mut c.admin)?,
        };

        let team = match &credentials.team {
            Some(key) => key.clone(),
            None => {
                let key = making
                    .account_key(places::TEAM_ACCOUNT, &team_scope)
                    .await?;
                credentials.keep(key, |c| &mut c.team)?
            }
        };

        let organization = match &credentials.organization {
            Some(key) => key.clone(),
            None => {
                let name = places::ORGANIZATION_ACCOUNT;
                let key = making.account_key(name, &organization_scope).await?;
                credentials.keep(key, |c| &mut c.organization)?
            }
        };

        making.issuer(&self.organization, issuer).await?;
        let federated = Authentication::Federated {
            issuer: issuer.to_owned(),
            subject: places::FEDERATED_SUBJECT.to_owned(),
        };
        if making
            .find(places::FEDERATED_ACCOUNT, &team_scope)
            .await?
            .is_none()
        {
            let (by, name) = (&seed.admin, places::FEDERATED_ACCOUNT);
            auth.accounts()
                .create(by, name, team_scope, federated)
                .await?;
        }
        Ok(Keys {
            admin,
            team,
            organization,
        })
    }
}

struct Making<'a> {
    auth: &'a Auth,
    seed: &'a Seed<'a>,
}

impl Making<'_> {
    async fn admin_key(&self, admin: &UserId) -> Result<Secret, DemoError> {
        self.revoke_lost(&PrincipalId::User(admin.clone()), None)
            .await?;
        let accounts = self.auth.accounts();
        Ok(accounts
            .issue_user_key(&self.seed.admin, admin, DESCRIPTION)
            .await?
            .key)
    }

    /// A key of the service account `name`, which is made if it is not there.
    async fn account_key(
        &self,
        name: &str,
        scope: &ServiceAccountScope,
    ) -> Result<Secret, DemoError> {
        let (accounts, by) = (self.auth.accounts(), &self.seed.admin);
        let account = match self.find(name, scope).await? {
            Some(account) => account,
            None => {
                let new = accounts
                    .create(by, name, scope.clone(), Authentication::ApiKey)
                    .await?;
                match new {
                    (_, Some(first)) => return Ok(first.key),
                    (account, None) => account,
                }
            }
        };
        let owner = PrincipalId::ServiceAccount(account.id.clone());
        self.revoke_lost(&owner, Some(scope.organization())).await?;
        Ok(accounts.issue_key(by, &account, DESCRIPTION).await?.key)
    }

    async fn find(
        &self,
        name: &str,
        scope: &ServiceAccountScope,
    ) -> Result<Option<ServiceAccount>, StoreError> {
        let of = match scope {
            ServiceAccountScope::Team { team, .. } => AccountsOf::Team(team),
            scope => AccountsOf::Organization(scope.organization()),
        };
        let found = self.seed.store.accounts(of).await?;
        Ok(found.into_iter().find(|account| account.name == name))
    }

    /// Revokes keys that were made just before a kill: nobody has them, and nobody has used them.
    async fn revoke_lost(
        &self,
        owner: &PrincipalId,
        organization: Option<&OrganizationId>,
    ) -> Result<(), DemoError> {
        let (accounts, by) = (self.auth.accounts(), &self.seed.admin);
        for key in self.seed.store.keys(owner).await? {
            if key.last_used_at.is_none() {
                accounts
                    .revoke_key(by, owner, organization, &key.id)
                    .await?;
            }
        }
        Ok(())
    }

    async fn issuer(&self, organization: &OrganizationId, url: &str) -> Result<(), DemoError> {
        let registered = self.auth.issuers().of(organization).await?;
        if registered.iter().any(|issuer| issuer.issuer == url) {
            return Ok(());
        }
        self.auth
            .issuers()
            .register(&self.seed.admin, organization, url)
            .await?;
        Ok(())
    }
}
