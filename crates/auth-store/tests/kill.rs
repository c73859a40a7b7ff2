//! What was acknowledged survives `kill -9`.
//!
//! The test starts itself again as a process that makes API keys and prints the identifier of each as
//! soon as the store has acknowledged it; kills that process in the middle of its work; and looks
//! at what is in the file. It has no harness, so that it can take arguments of its own.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use auth_core::{
    AuditEvent, DirectoryAdmin, OsRandom, Outcome, PrincipalId, Random, Timestamp, User, UserId,
    alphanumeric,
};
use auth_store::SqliteStore;
use service_accounts::{ApiKey, ApiKeyHash, ApiKeyId, ApiKeyStore};

const NAME: &str = "what_was_acknowledged_survives_a_kill";
const ROUNDS: usize = 8;
const WRITERS: usize = 4;

type Outcomes<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcomes<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["write", path] => write_for_ever(Path::new(path)).await,
        // What a test runner asks for before it runs anything: the tests, and which are ignored (none).
        all if all.contains(&"--list") && all.contains(&"--ignored") => Ok(()),
        all if all.contains(&"--list") => Ok(writeln!(out, "{NAME}: test")?),
        all => {
            let filters: Vec<_> = all.iter().filter(|text| !text.starts_with('-')).collect();
            if filters.is_empty() || filters.iter().any(|text| NAME.contains(**text)) {
                survives_kills().await?;
                writeln!(out, "test {NAME} ... ok")?;
            }
            Ok(())
        }
    }
}

async fn survives_kills() -> Outcomes<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("gatehouse.db");
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let before = acknowledged.len();
        acknowledged.extend(write_and_kill(&path)?);
        assert!(acknowledged.len() > before, "round {round} wrote nothing");
        check(&path, &acknowledged).await?;
    }
    Ok(())
}

/// Lets a process write until it has told of some number of keys, kills it wherever it is, and
/// gives the identifiers of all keys that it told of.
fn write_and_kill(path: &Path) -> Outcomes<Vec<String>> {
    let mut octet = [0];
    OsRandom.fill(&mut octet)?;
    let enough = 1 + usize::from(octet[0] % 64);
    let mut child = Command::new(std::env::current_exe()?)
        .arg("write")
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let mut told = lines.by_ref().take(enough).collect::<Result<Vec<_>, _>>()?;
    // SIGKILL on Unix.
    child.kill()?;
    child.wait()?;
    told.extend(lines.collect::<Result<Vec<_>, _>>()?);
    Ok(told)
}

async fn write_for_ever(path: &Path) -> Outcomes<()> {
    let store = SqliteStore::open(path).await?;
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| tokio::spawn(write(store.clone())))
        .collect();
    for writer in writers {
        writer.await??;
    }
    Ok(())
}

async fn write(store: SqliteStore) -> Outcomes<()> {
    let event = |action| AuditEvent::new(Timestamp::from_secs(0), action, Outcome::Granted);
    loop {
        let owner = User {
            id: UserId::random(&OsRandom)?,
            username: alphanumeric(&OsRandom, 20)?,
            display_name: String::new(),
            email: None,
            instance_admin: false,
            disabled: false,
        };
        store
            .create_user(&owner, event("user.create").to("user", &owner.id))
            .await?;
        let owner = PrincipalId::User(owner.id);
        let key = ApiKey {
            id: ApiKeyId::new(alphanumeric(&OsRandom, 10)?),
            hash: ApiKeyHash::from_bytes([0; 32]),
            created_by: owner.clone(),
            owner,
            description: String::new(),
            created_at: Timestamp::from_secs(0),
            last_used_at: None,
        };
        store
            .create_key(&key, event("api_key.create").to("api-key", &key.id))
            .await?;
        // One write per line, so that a kill leaves no half of one.
        std::io::stdout().write_all(format!("{}\n", key.id).as_bytes())?;
    }
}

async fn check(path: &Path, acknowledged: &BTreeSet<String>) -> Outcomes<()> {
    let store = SqliteStore::open(path).await?;
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(store.pool())
        .await?;
    assert_eq!(verdict, "ok");

    let (mut keys, mut users) = (BTreeSet::new(), BTreeSet::new());
    for user in store.users().await? {
        users.insert(user.id.to_string());
        let owned = store.keys(&PrincipalId::User(user.id)).await?;
        keys.extend(owned.into_iter().map(|key| key.id.to_string()));
    }
    let lost: Vec<_> = acknowledged.difference(&keys).collect();
    assert!(lost.is_empty(), "{lost:?}");

    // Each change has its event, and each event its change, acknowledged or not.
    let events = store.audit_events(u32::MAX).await?;
    let told_of = |kind: &str| -> BTreeSet<String> {
        let targets = events.iter().filter_map(|event| event.target.as_deref());
        targets
            .filter_map(|target| target.strip_prefix(kind))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(told_of("api-key:"), keys);
    assert_eq!(told_of("user:"), users);
    store.close().await;
    Ok(())
}
