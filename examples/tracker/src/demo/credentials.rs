//! What the demo must know again after a restart.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use auth_core::Secret;
use serde::{Deserialize, Serialize};

use super::{DemoError, Keys, private_file};

/// The demo's memory: a file, written anew with everything that becomes known.
///
/// It holds API keys as they are. A host does not do that: who loses a key makes another one.
#[derive(Debug)]
pub(super) struct Credentials {
    path: PathBuf,
    /// Where the issuer listens. Its URL is registered and stands in its tokens, so it stays.
    pub(super) issuer: Option<SocketAddr>,
    pub(super) admin: Option<Secret>,
    pub(super) team: Option<Secret>,
    pub(super) organization: Option<Secret>,
    /// Whether everything was made. Then nothing is ever made again: what an administrator deleted
    /// stays deleted.
    pub(super) complete: bool,
}

#[derive(Default, Serialize, Deserialize)]
struct Stored {
    issuer: Option<SocketAddr>,
    admin_api_key: Option<String>,
    team_api_key: Option<String>,
    organization_api_key: Option<String>,
    complete: bool,
}

impl Credentials {
    pub(super) fn load(data_dir: &Path) -> Result<Self, DemoError> {
        let path = data_dir.join("credentials.json");
        let stored = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|source| DemoError::Credentials {
                path: path.clone(),
                source,
            })?,
            Err(error) if error.kind() == ErrorKind::NotFound => Stored::default(),
            Err(source) => return Err(DemoError::File { path, source }),
        };
        Ok(Self {
            path,
            issuer: stored.issuer,
            admin: stored.admin_api_key.map(Secret::new),
            team: stored.team_api_key.map(Secret::new),
            organization: stored.organization_api_key.map(Secret::new),
            complete: stored.complete,
        })
    }

    /// Puts a key that was just made into its `place`, and on disk.
    pub(super) fn keep(
        &mut self,
        key: Secret,
        place: impl FnOnce(&mut Self) -> &mut Option<Secret>,
    ) -> Result<Secret, DemoError> {
        *place(self) = Some(key.clone());
        self.save()?;
        Ok(key)
    }

    pub(super) fn save(&self) -> Result<(), DemoError> {
        let text = |key: &Option<Secret>| key.as_ref().map(|key| key.expose().to_owned());
        let stored = Stored {
            issuer: self.issuer,
            admin_api_key: text(&self.admin),
            team_api_key: text(&self.team),
            organization_api_key: text(&self.organization),
            complete: self.complete,
        };
        let stored =
            serde_json::to_vec_pretty(&stored).map_err(|source| DemoError::Credentials {
                path: self.path.clone(),
                source,
            })?;
        private_file::replace(&self.path, &stored)
    }

    /// The keys, once all are known.
    pub(super) fn keys(&self) -> Option<Keys> {
        let Self {
            admin,
            team,
            organization,
            ..
        } = self;
        Some(Keys {
            admin: admin.clone()?,
            team: team.clone()?,
            organization: organization.clone()?,
        })
    }
}
