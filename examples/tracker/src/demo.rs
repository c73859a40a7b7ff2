//! Something to try things out on: an organization with people, projects, keys and an issuer of its own.
//!
//! None of this belongs into production. Above all, the demo keeps API keys in a file so that it can
//! show them again; Gatehouse itself keeps digests only.

mod banner;
mod credentials;
mod identity_tokens;
mod issuer;
mod places;
mod private_file;
mod seed;

use std::io;
use std::path::{Path, PathBuf};

use auth_axum::Auth;
use auth_core::{RandomError, Secret, StoreError};
use auth_store::SqliteStore;
use auth_testkit::TestIssuer;
use serde_json::{Value, json};

use self::credentials::Credentials;
use self::identity_tokens::IdentityTokens;

/// Why the demo could not be set up. Started again, it goes on where it stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// A file can't be read or written.
    #[error("{path:?} can't be read or written")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file with the demo's keys is damaged.
    #[error("{path:?} is damaged; without the data directory the demo begins anew")]
    Credentials {
        /// Which one.
        path: PathBuf,
        /// Where it is damaged.
        source: serde_json::Error,
    },
    /// The demo's issuer does not start.
    #[error(
        "the demo's issuer can't start at {address}; if another program has that port, end it, \
         or begin anew with another data directory"
    )]
    Issuer {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store said no, or nothing.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A service account or key could not be made.
    #[error(transparent)]
    Accounts(#[from] service_accounts::Error),
    /// The demo's issuer could not be registered.
    #[error(transparent)]
    Registration(#[from] jwt_federation::RegistrationError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// The demo, for as long as it is not dropped.
#[derive(Debug)]
pub struct Demo {
    base_url: String,
    data_dir: PathBuf,
    keys: Keys,
    tokens: IdentityTokens,
    issuer: TestIssuer,
}

/// The demo's API keys.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Keys {
    /// Of the user `admin`.
    pub admin: Secret,
    /// Of a service account of the team.
    pub team: Secret,
    /// Of a service account of the organization.
    pub organization: Secret,
}

impl Demo {
    /// Starts the issuer, fills an empty store, and begins to renew identity tokens.
    ///
    /// # Errors
    /// [`DemoError`].
    pub async fn start(
        data_dir: &Path,
        base_url: String,
        auth: &Auth,
        store: &SqliteStore,
    ) -> Result<Self, DemoError> {
        let mut credentials = Credentials::load(data_dir)?;
        let issuer = issuer::start(data_dir, &mut credentials).await?;
        let keys = seed::seed(auth, store, issuer.issuer(), &mut credentials).await?;
        let tokens = IdentityTokens::start(data_dir, &issuer)?;
        Ok(Self {
            base_url,
            data_dir: data_dir.to_owned(),
            keys,
            tokens,
            issuer,
        })
    }

    /// The keys.
    #[must_use]
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The issuer.
    #[must_use]
    pub const fn issuer(&self) -> &TestIssuer {
        &self.issuer
    }

    /// Writes addresses and keys to `path`, as flat JSON, readable for the present user alone.
    ///
    /// # Errors
    /// [`DemoError::File`].
    pub fn write_ready_file(&self, path: &Path) -> Result<(), DemoError> {
        private_file::replace(path, self.ready().to_string().as_bytes())
    }

    fn ready(&self) -> Value {
        json!({
            "base_url": self.base_url,
            "organization": places::ORGANIZATION,
            "admin_api_key": self.keys.admin.expose(),
            "team": places::TEAM,
            "team_api_key": self.keys.team.expose(),
            "organization_api_key": self.keys.organization.expose(),
            "issuer": self.issuer.issuer(),
            "identity_token_file": self.tokens.service_account(),
            "user_identity_token_file": self.tokens.user(),
            "open_project": places::OPEN_PROJECT,
            "team_project": places::TEAM_PROJECT,
            "restricted_project": places::RESTRICTED_PROJECT,
        })
    }

    /// What to try, for a terminal.
    #[must_use]
    pub fn banner(&self) -> String {
        banner::banner(self)
    }
}
