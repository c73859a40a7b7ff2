//! The file in which access tokens outlive a process, shared with the W&B SDK.

mod disk;
mod document;
mod problem;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::access_token::AccessToken;
use crate::base_url::BaseUrl;
use crate::environment::Environment;
use crate::settings::absolute;
use document::Document;
use problem::FileProblem;

/// How often a lock that somebody else holds is tried.
const LOCK_POLL: Duration = Duration::from_millis(20);

/// For one access to the disk. A file system that hangs must not hang the sign-in.
const DISK_TIMEOUT: Duration = Duration::from_secs(5);

/// The credentials file of the W&B SDK (`WANDB_CREDENTIALS_FILE`), in its format, read and written by
/// both.
///
/// - Nothing that is wrong with the file fails a sign-in: the access token is then exchanged anew and
///   not stored, and a warning is logged.
/// - It is replaced as a whole, never written in place: a new file next to it (mode 0600 from its first
///   moment, synced to the disk) is renamed over it. Whoever reads sees the old content or the new.
/// - Programs that use this crate take turns by a lock on `<file>.lock`, kept while one of them
///   exchanges: the others find its token. The SDK knows no lock. Where it writes at the same moment, one
///   of the two tokens is not stored; both are good.
/// - Entries of other servers are kept octet for octet.
/// - A link, a directory, or a file above 1 MiB is neither read nor replaced.
/// - A file that can't be read as this format may hold entries that somebody can save. It is moved to
///   `<file>.corrupt` (in place of an earlier one) before a new one is written. The SDK writes in
///   place, so a file is read up to five times before it counts as one.
///
/// # Security
/// The file is keyed by the server alone, which is the SDK's rule: two programs with different identity
/// tokens and one file use each other's access tokens. Give each identity a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialsFile {
    path: PathBuf,
    lock_wait: Duration,
}

impl CredentialsFile {
    /// The file at `path`. Missing directories are made (mode 0700) when it is written.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            lock_wait: Duration::from_secs(10),
        }
    }

    /// The file of `WANDB_CREDENTIALS_FILE`, else `.config/wandb/credentials.json` in the home directory;
    /// `None` where there is no home either.
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Option<Self> {
        if let Some(path) = environment.value("WANDB_CREDENTIALS_FILE") {
            return Some(Self::at(absolute(path)));
        }
        let home = environment
            .value("HOME")
            .or_else(|| environment.value("USERPROFILE"))?;
        let default = Path::new(".config").join("wandb").join("credentials.json");
        Some(Self::at(Path::new(&home).join(default)))
    }

    /// How long to wait for another program's lock; without it the token is used and not stored.
    /// Default: 10 seconds.
    #[must_use]
    pub const fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// Which file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The entry of `base_url`, if there is one that can be read.
    pub(crate) async fn entry(&self, base_url: &BaseUrl) -> Option<AccessToken> {
        let (path, key) = (self.path.clone(), base_url.clone());
        match on_disk(move || Ok(disk::read(&path)?.entry(&key))).await {
            Ok(entry) => entry,
            Err(problem) => {
                tracing::debug!(file = ?self.path, %problem, "the credentials file was not read");
                None
            }
        }
    }

    /// Takes the lock, within bounds.
    pub(crate) async fn lock(&self) -> Option<LockedFile> {
        match self.try_lock_in_time().await {
            Ok(lock) => Some(LockedFile {
                file: self.clone(),
                lock: Arc::new(lock),
            }),
            Err(problem) => {
                self.warn(&problem);
                None
            }
        }
    }

    async fn try_lock_in_time(&self) -> Result<File, FileProblem> {
        let began = Instant::now();
        loop {
            let path = self.path.clone();
            match on_disk(move || disk::try_lock(&path)).await {
                Err(FileProblem::Locked) if began.elapsed() < self.lock_wait => {
                    sleep(LOCK_POLL).await
                }
                ended => return ended,
            }
        }
    }

    /// Drops the entry of `base_url` if it holds `rejected`.
    pub(crate) async fn forget(&self, base_url: &BaseUrl, rejected: &AccessToken) {
        if let Some(locked) = self.lock().await {
            let (key, rejected) = (base_url.clone(), rejected.clone());
            locked
                .change(move |document| document.remove(&key, rejected.secret()))
                .await;
        }
    }

    fn warn(&self, problem: &FileProblem) {
        tracing::warn!(
            file = ?self.path,
            %problem,
            "the credentials file is left as it is; access tokens are used and not stored"
        );
    }
}

/// The right to write the file, until it is dropped.
#[derive(Debug)]
pub(crate) struct LockedFile {
    file: CredentialsFile,
    lock: Arc<File>,
}

impl LockedFile {
    /// Sets the entry of `base_url`.
    pub(crate) async fn store(&self, base_url: &BaseUrl, token: &AccessToken) {
        let (key, token) = (base_url.clone(), token.clone());
        self.change(move |document| {
            document.set(&key, &token);
            true
        })
        .await;
    }

    /// Reads what is there at this moment, which the SDK may have written, and replaces it if `change`
    /// says so.
    async fn change(&self, change: impl FnOnce(&mut Document) -> bool + Send + 'static) {
        let (path, lock) = (self.file.path.clone(), Arc::clone(&self.lock));
        let changed = on_disk(move || {
            // Held here too: a write that outlives its time limit is still the only one.
            let _held = lock;
            disk::change(&path, change)
        });
        if let Err(problem) = changed.await {
            self.file.warn(&problem);
        }
    }
}

async fn on_disk<T: Send + 'static>(
    access: impl FnOnce() -> Result<T, FileProblem> + Send + 'static,
) -> Result<T, FileProblem> {
    match timeout(DISK_TIMEOUT, tokio::task::spawn_blocking(access)).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) | Err(_) => Err(FileProblem::TimedOut),
    }
}
