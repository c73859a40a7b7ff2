//! Files with secrets in them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::DemoError;

/// Replaces the file at `path`: who reads it sees the old content or the new, never a part, and
/// nobody but the present user of the operating system sees anything.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), DemoError> {
    let failed = |source| DemoError::File {
        path: path.to_owned(),
        source,
    };
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    write(&new, content)
        .and_then(|()| fs::rename(&new, path))
        .map_err(failed)
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    // One that a kill left behind may have been made by somebody else, with rights of its own.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        let metadata = fs::metadata(path).expect("the file is there");
        metadata.permissions().mode() & 0o777
    }

    #[test]
    fn is_private_from_the_start_and_after() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("secret");
        fs::write(&path, "old, and open to all").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
        fs::write(dir.path().join("secret.new"), "left behind").expect("written");

        replace(&path, b"new").expect("replaced");
        assert_eq!(fs::read(&path).expect("readable"), b"new");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_dir(dir.path()).expect("readable").count(), 1);
    }

    #[test]
    fn a_place_that_is_not_there_is_an_error() {
        let dir = tempfile::tempdir().expect("a directory");
        let refused = replace(&dir.path().join("no/such/place"), b"x");
        assert!(matches!(refused, Err(DemoError::File { .. })));
    }
}
