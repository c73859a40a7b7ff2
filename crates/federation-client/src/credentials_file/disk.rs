//! Reading, locking and replacing the file. Everything here blocks.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use fs4::TryLockError;

use super::document::Document;
use super::problem::FileProblem;

/// The largest file that is read, in octets.
const LARGEST: u64 = 1 << 20;

/// The SDK empties the file before it writes: what looks corrupt is looked at again, this often...
const LOOKS: usize = 5;

/// ...and this much later.
const LOOK_AGAIN: Duration = Duration::from_millis(40);

/// The document at `path`; an empty one where there is no file.
pub(super) fn read(path: &Path) -> Result<Document, FileProblem> {
    match content(path)? {
        Some(content) => Document::parse(&content),
        None => Ok(Document::default()),
    }
}

/// Replaces the document at `path` if `change` says so. The caller holds the lock.
pub(super) fn change(
    path: &Path,
    change: impl FnOnce(&mut Document) -> bool,
) -> Result<(), FileProblem> {
    change_after(path, change, || thread::sleep(LOOK_AGAIN))
}

pub(super) fn change_after(
    path: &Path,
    change: impl FnOnce(&mut Document) -> bool,
    pause: impl FnMut(),
) -> Result<(), FileProblem> {
    let (mut document, corrupt) = match read_patiently(path, pause) {
        Ok(document) => (document, false),
        Err(FileProblem::Corrupt) => (Document::default(), true),
        Err(problem) => return Err(problem),
    };
    if !change(&mut document) {
        return Ok(());
    }
    let staged = Staged::write(path, &document.to_json()?)?;
    if corrupt && !is_blank(path)? {
        set_aside(path)?;
    }
    staged.commit(path)
}

/// Keeps what may be saved by hand, for the owner alone: there may be tokens in it.
fn set_aside(path: &Path) -> Result<(), FileProblem> {
    let copy = sibling(path, ".corrupt");
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(fs::rename(path, copy)?)
}

fn read_patiently(path: &Path, mut pause: impl FnMut()) -> Result<Document, FileProblem> {
    for _ in 1..LOOKS {
        match read(path) {
            Err(FileProblem::Corrupt) => pause(),
            looked => return looked,
        }
    }
    read(path)
}

/// Nothing can be lost with a file that has nothing in it.
fn is_blank(path: &Path) -> Result<bool, FileProblem> {
    let content = content(path)?.unwrap_or_default();
    Ok(content.iter().all(u8::is_ascii_whitespace))
}

/// Never more than [`LARGEST`], and never through a link.
fn content(path: &Path) -> Result<Option<Vec<u8>>, FileProblem> {
    let Some(before) = regular_file(path)? else {
        return Ok(None);
    };
    let file = File::open(path)?;
    if !is_same(&before, &file.metadata()?) {
        return Err(FileProblem::NotAFile);
    }
    let mut content = Vec::new();
    file.take(LARGEST.saturating_add(1))
        .read_to_end(&mut content)?;
    match u64::try_from(content.len()) {
        Ok(length) if length <= LARGEST => Ok(Some(content)),
        _ => Err(FileProblem::TooLarge),
    }
}

/// `None` where nothing is at `path`.
fn regular_file(path: &Path) -> Result<Option<Metadata>, FileProblem> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found?,
    };
    // A pipe would never end, and what a link points to is not ours to judge.
    if !found.is_file() {
        return Err(FileProblem::NotAFile);
    }
    Ok(Some(found))
}

/// Takes the lock beside `path`, which lasts until the file is closed, by whatever end of the process.
pub(super) fn try_lock(path: &Path) -> Result<File, FileProblem> {
    let lock = sibling(path, ".lock");
    make_directories(path)?;
    regular_file(&lock)?;
    let file = private().create(true).open(&lock)?;
    if !file.metadata()?.is_file() {
        return Err(FileProblem::NotAFile);
    }
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FileProblem::Locked),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn make_directories(path: &Path) -> Result<(), FileProblem> {
    let Some(parent) = path.parent().filter(|parent| *parent != Path::new("")) else {
        return Ok(());
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(parent)?)
}

/// A complete new file under another name.
pub(super) struct Staged(PathBuf);

impl Staged {
    /// Writes and syncs it. Its name is always the same: the lock leaves it to one writer, and what
    /// one left behind that was killed goes away here.
    pub(super) fn write(path: &Path, content: &[u8]) -> Result<Self, FileProblem> {
        let staged = sibling(path, ".new");
        match fs::remove_file(&staged) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let mut file = private().create_new(true).open(&staged)?;
        let staged = Self(staged);
        let written = file.write_all(content).and_then(|()| file.sync_all());
        if let Err(error) = written {
            // Half a file is of no use to anybody, and may hold a token.
            let _ = fs::remove_file(&staged.0);
            return Err(error.into());
        }
        Ok(staged)
    }

    /// Puts it in the place of `path`.
    pub(super) fn commit(self, path: &Path) -> Result<(), FileProblem> {
        if let Err(error) = fs::rename(&self.0, path) {
            let _ = fs::remove_file(&self.0);
            return Err(error.into());
        }
        #[cfg(unix)]
        if let Some(parent) = path.parent().filter(|parent| *parent != Path::new("")) {
            // The rename has happened; whether it outlasts a power cut is all that is left to fail.
            let _ = File::open(parent).and_then(|directory| directory.sync_all());
        }
        Ok(())
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path
        .file_name()
        .map(OsStr::to_os_string)
        .unwrap_or_default();
    name.push(suffix);
    path.with_file_name(name)
}

/// Whether a path still led to the same file when it was opened.
#[cfg(unix)]
fn is_same(before: &Metadata, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (before.dev(), before.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, opened: &Metadata) -> bool {
    opened.is_file()
}
