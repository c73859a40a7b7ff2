//! A file that the platform keeps up to date.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use auth_core::Secret;

use super::{IdentityToken, IdentityTokenError, LONGEST, stripped};

/// A file with the token in it, read anew at each exchange.
///
/// Links are followed, since a Kubernetes volume is made of them: the file and its directory must be
/// writable by nobody whose word must not count.
#[derive(Clone, Debug)]
pub struct IdentityTokenFile(PathBuf);

impl IdentityTokenFile {
    /// Where [`kubernetes`](Self::kubernetes) expects the token.
    pub const KUBERNETES: &str = "/var/run/secrets/tokens/identity-token";

    /// The file at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// A token that Kubernetes projects into the pod at [`KUBERNETES`](Self::KUBERNETES):
    ///
    /// ```yaml
    /// volumes:
    /// - name: tokens
    ///   projected:
    ///     sources:
    ///     - serviceAccountToken: { path: identity-token, audience: wandb, expirationSeconds: 3600 }
    /// # and in the container: mountPath /var/run/secrets/tokens
    /// ```
    ///
    /// The token that every pod has at `/var/run/secrets/kubernetes.io/serviceaccount/token` is not a
    /// substitute. Its audience is the cluster's own API server: the exchange refuses it, and whoever
    /// receives it can act on the cluster in the pod's name.
    #[must_use]
    pub fn kubernetes() -> Self {
        Self::at(Self::KUBERNETES)
    }

    /// Which file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

#[async_trait]
impl IdentityToken for IdentityTokenFile {
    async fn fetch(&self) -> Result<Secret, IdentityTokenError> {
        let path = self.0.clone();
        let read = tokio::task::spawn_blocking(move || read(&path));
        read.await.unwrap_or(Err(IdentityTokenError::TimedOut))
    }
}

fn read(path: &Path) -> Result<Secret, IdentityTokenError> {
    let problem = |error: io::Error| IdentityTokenError::File {
        path: path.to_owned(),
        problem: error.kind(),
    };
    let mut content = Vec::new();
    let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    // A pipe has one token at most, and may never give it.
    if !fs::metadata(path).map_err(problem)?.is_file() {
        return Err(problem(io::ErrorKind::InvalidInput.into()));
    }
    let file = File::open(path).map_err(problem)?;
    file.take(limit)
        .read_to_end(&mut content)
        .map_err(problem)?;
    if content.len() > LONGEST {
        return Err(IdentityTokenError::TooLarge);
    }
    let text = std::str::from_utf8(&content).map_err(|_| IdentityTokenError::NotText)?;
    stripped(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_stripped() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("token");
        for (name, content, expected) in [
            ("plain", b"a.b.c".to_vec(), Ok("a.b.c")),
            ("whitespace", b" \ta.b.c\r\n\n".to_vec(), Ok("a.b.c")),
            ("empty", Vec::new(), Err("identity_token.empty")),
            ("blank", b" \n".to_vec(), Err("identity_token.empty")),
            ("not text", vec![0xff, 0xfe], Err("identity_token.not_text")),
            (
                "huge",
                vec![b'a'; LONGEST + 1],
                Err("identity_token.too_large"),
            ),
        ] {
            fs::write(&path, content).expect("a written file");
            let read = read(&path).map_err(|error| error.code());
            let read = read.as_ref().map(Secret::expose).map_err(|code| *code);
            assert_eq!(read, expected, "{name}");
        }
        let pipe = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo").success());
        for (name, path) in [
            ("pipe", pipe),
            ("missing", path.join("no")),
            ("directory", directory.path().into()),
        ] {
            let error = read(&path).map(drop).map_err(|error| error.code());
            assert_eq!(error, Err("identity_token.file"), "{name}");
        }
    }
}
