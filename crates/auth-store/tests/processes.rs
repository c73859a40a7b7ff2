//! What one process ends, another one sees at its next question.
//!
//! The test starts itself again as a process that answers, for each line that it is sent, how an access
//! token stands and whether its bearer is there; ends one thing after another here; and asks that
//! process after each. It has no harness, so that it can take arguments of its own.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use auth_core::{
    AuditEvent, DirectoryAdmin, Organization, OrganizationId, OrganizationRole, Outcome, Principal,
    PrincipalId, Principals, Secret, Timestamp, User, UserId,
};
use auth_store::SqliteStore;
use jwt_federation::{
    AccessTokenStore, IssuerSettings, JwtIssuer, JwtIssuerId, JwtIssuerStore, RevokedToken,
    SigningKeyStore, StoredSigningKey, TokenInUse,
};

const NAME: &str = "fed_012_what_one_process_ends_another_sees_at_once";
const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

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
        ["answer", path] => answer(Path::new(path)).await,
        // What a test runner asks for before it runs anything: the tests, and which are ignored (none).
        all if all.contains(&"--list") && all.contains(&"--ignored") => Ok(()),
        all if all.contains(&"--list") => Ok(writeln!(out, "{NAME}: test")?),
        all => {
            let filters: Vec<_> = all.iter().filter(|text| !text.starts_with('-')).collect();
            if filters.is_empty() || filters.iter().any(|text| NAME.contains(**text)) {
                another_process_sees().await?;
                writeln!(out, "test {NAME} ... ok")?;
            }
            Ok(())
        }
    }
}

fn event(action: &'static str) -> AuditEvent {
    AuditEvent::new(NOW, action, Outcome::Granted)
}

fn acme() -> OrganizationId {
    OrganizationId::new("acme")
}

fn alice() -> UserId {
    UserId::new("alice")
}

fn registration() -> JwtIssuerId {
    JwtIssuerId::new("registration")
}

/// The other process.
async fn answer(path: &Path) -> Outcomes<()> {
    let store = SqliteStore::open(path).await?;
    for line in std::io::stdin().lines() {
        let (organization, registration) = (acme(), registration());
        let jwt_id = line?;
        let token = TokenInUse::new(&jwt_id, "key", &registration, &organization, NOW);
        let standing = store.token_standing(&token).await?;
        let bearer = store.principal(&PrincipalId::User(alice())).await?;
        let is_member = matches!(bearer, Some(Principal::User { memberships, .. })
            if memberships.organization_role(&organization).is_some());
        let mut words = Vec::new();
        if !standing.registration_stands {
            words.push("unregistered");
        }
        if standing.revoked {
            words.push("revoked");
        }
        if !standing.key_stands {
            words.push("withdrawn");
        }
        if !is_member {
            words.push("no member");
        }
        writeln!(std::io::stdout(), "{}", words.join(", "))?;
    }
    store.close().await;
    Ok(())
}

struct Other {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Other {
    fn start(path: &Path) -> Outcomes<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("answer")
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self {
            questions: child.stdin.take().ok_or("no input")?,
            answers: BufReader::new(child.stdout.take().ok_or("no output")?),
            child,
        })
    }

    /// What speaks against the token there.
    fn ask(&mut self, jwt_id: &str) -> Outcomes<String> {
        writeln!(self.questions, "{jwt_id}")?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("the other process has ended".into());
        }
        Ok(line.trim_end().to_owned())
    }

    fn end(self) -> Outcomes<()> {
        let Self {
            mut child,
            questions,
            ..
        } = self;
        drop(questions);
        if child.wait()?.success() {
            Ok(())
        } else {
            Err("the other process has failed".into())
        }
    }
}

async fn another_process_sees() -> Outcomes<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("gatehouse.db");
    let store = SqliteStore::open(&path).await?;
    prepare(&store).await?;
    let mut other = Other::start(&path)?;
    assert_eq!(other.ask("t1")?, "");

    let revoked = RevokedToken {
        jwt_id: "t1".into(),
        kept_until: NOW,
    };
    store
        .revoke_token(&revoked, NOW, event("access_token.revoke"))
        .await?;
    assert_eq!(other.ask("t1")?, "revoked");
    assert_eq!(other.ask("t2")?, "");

    store
        .remove_organization_member(&acme(), &alice(), event("member.remove"))
        .await?;
    assert_eq!(other.ask("t2")?, "no member");
    let role = OrganizationRole::Member;
    store
        .set_organization_member(&acme(), &alice(), role, event("member.set"))
        .await?;
    assert_eq!(other.ask("t2")?, "");
    store.delete_user(&alice(), event("user.delete")).await?;
    assert_eq!(other.ask("t2")?, "no member");

    let audit = event("signing_key.withdraw");
    store
        .withdraw_signing_key("key", None, "key", audit)
        .await?;
    assert_eq!(other.ask("t2")?, "withdrawn, no member");

    let audit = event("jwt_issuer.delete");
    store.delete_issuer(&acme(), &registration(), audit).await?;
    assert_eq!(other.ask("t2")?, "unregistered, withdrawn, no member");
    other.end()?;
    store.close().await;
    Ok(())
}

async fn prepare(store: &SqliteStore) -> Outcomes<()> {
    let organization = Organization {
        id: acme(),
        name: "acme".into(),
    };
    store
        .create_organization(&organization, event("organization.create"))
        .await?;
    let user = User {
        id: alice(),
        username: "alice".into(),
        display_name: String::new(),
        email: None,
        instance_admin: false,
        disabled: false,
    };
    store.create_user(&user, event("user.create")).await?;
    let role = OrganizationRole::Member;
    store
        .set_organization_member(&acme(), &alice(), role, event("member.set"))
        .await?;
    let issuer = JwtIssuer::new(
        registration(),
        acme(),
        "https://ci.example.com",
        IssuerSettings::default(),
        NOW,
        PrincipalId::User(alice()),
    );
    store
        .create_issuer(&issuer, event("jwt_issuer.create"))
        .await?;
    let key = StoredSigningKey {
        key_id: "key".into(),
        private_jwk: Secret::new("{}"),
        created_at: NOW,
        signs_from: NOW,
    };
    store
        .add_signing_key(&key, None, event("signing_key.create"))
        .await?;
    Ok(())
}
