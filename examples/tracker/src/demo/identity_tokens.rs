//! Identity tokens in files, as a platform puts them before its jobs: short-lived, and replaced in time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use auth_core::{Clock, SystemClock, Timestamp};
use auth_testkit::TestIssuer;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::{DemoError, places, private_file};

/// How long a token is valid.
const LIFETIME: Duration = Duration::from_secs(600);
/// How long before its end it is replaced.
const MARGIN: Duration = Duration::from_secs(240);
/// How often to look. By the wall clock, for a laptop that sleeps does not count the time.
const LOOK: Duration = Duration::from_secs(15);

/// The files, for as long as it is not dropped.
#[derive(Debug)]
pub(super) struct IdentityTokens {
    files: Arc<Files>,
    renewal: JoinHandle<()>,
}

#[derive(Debug)]
struct Files {
    service_account: PathBuf,
    user: PathBuf,
}

impl IdentityTokens {
    /// Writes both files, and begins to renew them.
    pub(super) fn start(data_dir: &Path, issuer: &TestIssuer) -> Result<Self, DemoError> {
        let files = Arc::new(Files {
            service_account: data_dir.join("identity-token.jwt"),
            user: data_dir.join("user-identity-token.jwt"),
        });
        let clock = SystemClock;
        let written_at = clock.now();
        files.write(issuer)?;
        let renewal = tokio::spawn(renew(Arc::clone(&files), issuer.clone(), clock, written_at));
        Ok(Self { files, renewal })
    }

    /// The file of the service account that shows identity tokens.
    pub(super) fn service_account(&self) -> &Path {
        &self.files.service_account
    }

    /// The file of a member of the organization.
    pub(super) fn user(&self) -> &Path {
        &self.files.user
    }
}

impl Drop for IdentityTokens {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

impl Files {
    fn write(&self, issuer: &TestIssuer) -> Result<(), DemoError> {
        for (path, subject) in [
            (&self.service_account, places::FEDERATED_SUBJECT),
            (&self.user, places::ALICE_EMAIL),
        ] {
            let token = issuer
                .token(subject)
                .audience(places::ORGANIZATION)
                .lifetime(LIFETIME)
                .sign();
            private_file::replace(path, token.as_bytes())?;
        }
        Ok(())
    }
}

async fn renew(
    files: Arc<Files>,
    issuer: TestIssuer,
    clock: impl Clock,
    mut written_at: Timestamp,
) {
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let now = clock.now();
        if !is_due(written_at, now) {
            continue;
        }
        match files.write(&issuer) {
            Ok(()) => written_at = now,
            Err(error) => tracing::warn!(%error, "the identity tokens were not renewed"),
        }
    }
}

fn is_due(written_at: Timestamp, now: Timestamp) -> bool {
    // A clock that was set back makes tokens of the future, which nobody takes.
    now < written_at || now.since(written_at) >= LIFETIME.saturating_sub(MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_replaced_four_minutes_before_its_end() {
        let at = Timestamp::from_secs;
        for (name, now, due) in [
            ("fresh", 1000, false),
            ("a second before", 1359, false),
            ("in time", 1360, true),
            ("after a long sleep", 99_999, true),
            ("clock set back", 999, true),
        ] {
            assert_eq!(is_due(at(1000), at(now)), due, "{name}");
        }
    }
}
