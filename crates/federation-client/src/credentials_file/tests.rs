use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use auth_core::{Secret, Timestamp};

use super::disk::{self, Staged};
use super::*;

const OTHER: &str = r#"{"credentials":{"https://other.example":{"expires_at":"x","more":[1.50]}}}"#;

fn base_url() -> BaseUrl {
    BaseUrl::parse("https://tracker.example").expect("a base URL")
}

fn token(text: &str) -> AccessToken {
    AccessToken::stored(Secret::new(text), Timestamp::from_secs(2_000_000_000))
}

fn store(path: &Path, text: &str) -> Result<(), FileProblem> {
    disk::change(path, |document| {
        document.set(&base_url(), &token(text));
        true
    })
}

fn stored(path: &Path) -> Option<String> {
    let entry = disk::read(path).ok()?.entry(&base_url())?;
    Some(entry.secret().expose().to_owned())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn directories_and_files_are_the_owners_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a/b/credentials.json");
    let file = CredentialsFile::at(&path);
    let locked = file.lock().await.expect("the lock");
    locked.store(&base_url(), &token("t")).await;
    assert_eq!(stored(&path).as_deref(), Some("t"));
    let parent = path.parent().expect("a parent");
    assert_eq!((mode(&path), mode(parent)), (0o600, 0o700));
    assert_eq!(mode(&parent.join("credentials.json.lock")), 0o600);
    assert_eq!(names(parent), ["credentials.json", "credentials.json.lock"]);
}

#[test]
fn a_file_that_others_could_read_becomes_private_and_keeps_their_entries() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    fs::write(&path, OTHER).expect("a file");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("a mode");
    store(&path, "t").expect("a change");
    assert_eq!(mode(&path), 0o600);
    let content = fs::read_to_string(&path).expect("text");
    assert!(
        content.contains(r#"{"expires_at":"x","more":[1.50]}"#),
        "{content}"
    );
    assert_eq!(stored(&path).as_deref(), Some("t"));
}

#[test]
fn what_is_no_regular_file_is_neither_read_nor_replaced() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| directory.path().join(name);
    fs::write(at("target"), OTHER).expect("a file");
    symlink(at("target"), at("link")).expect("a link");
    symlink(at("nowhere"), at("dangling")).expect("a link");
    fs::create_dir(at("directory")).expect("a directory");
    let pipe = Command::new("mkfifo").arg(at("pipe")).status();
    assert!(pipe.expect("mkfifo").success());
    for name in ["link", "dangling", "directory", "pipe"] {
        let problem = store(&at(name), "t");
        assert!(
            matches!(problem, Err(FileProblem::NotAFile)),
            "{name}: {problem:?}"
        );
        assert!(
            matches!(disk::read(&at(name)), Err(FileProblem::NotAFile)),
            "{name}"
        );
    }
    assert_eq!(fs::read_to_string(at("target")).expect("text"), OTHER);
    assert!(!at("nowhere").exists());
    assert_eq!(
        names(directory.path()),
        ["dangling", "directory", "link", "pipe", "target"]
    );
}

#[test]
fn a_lock_file_that_is_a_link_is_not_followed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    symlink(
        directory.path().join("made"),
        directory.path().join("credentials.json.lock"),
    )
    .expect("a link");
    assert!(matches!(disk::try_lock(&path), Err(FileProblem::NotAFile)));
    assert!(!directory.path().join("made").exists());
}

#[test]
fn a_huge_file_is_neither_read_nor_replaced() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    let padding = " ".repeat(1 << 20);
    fs::write(&path, format!("{OTHER}{padding}")).expect("a file");
    assert!(matches!(store(&path, "t"), Err(FileProblem::TooLarge)));
    assert!(fs::read_to_string(&path).expect("text").starts_with(OTHER));
}

#[test]
fn a_corrupt_file_is_moved_aside_and_a_blank_one_is_not() {
    for (name, content, kept) in [
        ("cut short", &OTHER.as_bytes()[..40], true),
        ("not text", b"\xff\xfe", true),
        ("another shape", b"[]", true),
        ("empty", b"", false),
        ("blank", b" \n", false),
    ] {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("credentials.json");
        fs::write(&path, content).expect("a file");
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("a mode");
        store(&path, "t").expect(name);
        assert_eq!(stored(&path).as_deref(), Some("t"), "{name}");
        let copy = directory.path().join("credentials.json.corrupt");
        assert_eq!(
            fs::read(&copy).ok().as_deref(),
            kept.then_some(content),
            "{name}"
        );
        assert!(!kept || mode(&copy) == 0o600, "{name}");
    }
}

#[test]
fn a_file_that_the_sdk_is_writing_is_looked_at_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    fs::write(&path, &OTHER[..40]).expect("half a file");
    let mut pauses = 0;
    let add = |document: &mut Document| {
        document.set(&base_url(), &token("t"));
        true
    };
    disk::change_after(&path, add, || {
        pauses += 1;
        if pauses == 2 {
            fs::write(&path, OTHER).expect("the whole file");
        }
    })
    .expect("a change");
    assert_eq!(pauses, 2);
    assert_eq!(names(directory.path()), ["credentials.json"]);
    assert!(
        fs::read_to_string(&path)
            .expect("text")
            .contains("https://other.example")
    );
}

#[test]
fn what_a_killed_writer_left_is_replaced() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    let left = directory.path().join("credentials.json.new");
    fs::write(&left, "half").expect("a file");
    fs::set_permissions(&left, PermissionsExt::from_mode(0o644)).expect("a mode");
    store(&path, "t").expect("a change");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(names(directory.path()), ["credentials.json"]);
}

#[test]
fn a_staged_name_that_is_a_link_is_not_written_through() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    fs::write(directory.path().join("victim"), "whole").expect("a file");
    symlink(
        directory.path().join("victim"),
        directory.path().join("credentials.json.new"),
    )
    .expect("a link");
    store(&path, "t").expect("a change");
    let victim = fs::read_to_string(directory.path().join("victim"));
    assert_eq!(victim.expect("text"), "whole");
    assert!(fs::symlink_metadata(&path).expect("a file").is_file());
}

/// This test is also its own child: started again with a file named, it stages a new content and waits.
#[test]
fn a_kill_between_writing_and_renaming_leaves_the_old_file_whole() {
    const NAME: &str = "a_kill_between_writing_and_renaming_leaves_the_old_file_whole";
    const VARIABLE: &str = "FEDERATION_CLIENT_TEST_STAGE";
    if let Some(path) = Environment::of_process().value(VARIABLE) {
        let _staged = Staged::write(Path::new(&path), b"new").expect("a staged file");
        let _lock = disk::try_lock(Path::new(&path)).expect("the lock");
        writeln!(std::io::stderr(), "staged").expect("a reader");
        let _ = std::io::stdin().read_line(&mut String::new());
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    store(&path, "old").expect("a change");
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--nocapture", NAME])
        .env(VARIABLE, &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a child");
    let said = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let mut said = said.map(|line| line.expect("text"));
    assert!(said.any(|line| line == "staged"), "the child stages");
    assert!(matches!(disk::try_lock(&path), Err(FileProblem::Locked)));
    child.kill().expect("a kill");
    child.wait().expect("an end");

    assert!(directory.path().join("credentials.json.new").exists());
    assert_eq!(stored(&path).as_deref(), Some("old"));
    disk::try_lock(&path).expect("a lock that ended with its process");
    store(&path, "new").expect("a change");
    assert_eq!(stored(&path).as_deref(), Some("new"));
    assert!(!directory.path().join("credentials.json.new").exists());
}

#[tokio::test]
async fn a_lock_that_is_held_for_ever_is_not_waited_for_for_ever() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("credentials.json");
    let held = disk::try_lock(&path).expect("the lock");
    let file = CredentialsFile::at(&path).lock_wait(Duration::from_millis(50));
    assert!(file.lock().await.is_none());
    drop(held);
    assert!(file.lock().await.is_some());
}

#[tokio::test]
async fn where_nothing_can_be_written_there_is_no_lock() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    fs::write(&file, "x").expect("a file");
    for path in [
        file.join("credentials.json"),
        "/proc/self/credentials.json".into(),
    ] {
        let file = CredentialsFile::at(&path);
        assert!(file.lock().await.is_none(), "{path:?}");
        assert!(file.entry(&base_url()).await.is_none(), "{path:?}");
    }
}
