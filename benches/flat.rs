//! What judging an assertion costs as an instance grows: the same assertion on an instance with one issuer
//! and one external account, on one with 10,000 issuers, and on one with 1,000,000 external accounts.
//!
//! Half of the 10,000 registrations are of the very issuer that is asked about, by other organizations, as on
//! an instance whose tenants all build on one platform. An assertion is judged as far as an identity, over
//! the real store; what an exchange writes beyond that is measured by the bench `exchange`.
//!
//! `cargo bench -p gatehouse-benches --bench flat`

use std::error::Error;
use std::io::Write as _;

use auth_axum::Auth;
use auth_core::{
    AuditEvent, Clock, Credential, DirectoryAdmin, Identity, Memberships, Method, Organization,
    OrganizationId, Outcome, Principal, Request, Secret, ServiceAccountScope, SystemClock, Team,
    TeamId, User, UserId,
};
use auth_store::SqliteStore;
use auth_testkit::TestIssuer;
use gatehouse_benches::rounds::{Contender, measure};
use jwt_federation::{AssertionPolicy, ExchangeLimits};
use jwt_validation::OutboundPolicy;
use service_accounts::Authentication;
use tempfile::TempDir;
use tokio::runtime::Runtime;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const ROUNDS: usize = 201;
const ISSUERS: u32 = 10_000;
const ACCOUNTS: u32 = 1_000_000;
const SUBJECT: &str = "repo:acme/trainer:environment:production";

fn main() -> Result<()> {
    let runtime = Runtime::new()?;
    let issuer = runtime.block_on(TestIssuer::start());
    let instance = |issuers, accounts| {
        let made = Instance::new(&issuer, issuers, accounts);
        runtime.block_on(made)
    };
    let (small, issuers, accounts) = (
        instance(0, 0)?,
        instance(ISSUERS, 0)?,
        instance(0, ACCOUNTS)?,
    );
    let mut contenders = [
        small.contender("1 issuer, 1 account", &runtime),
        issuers.contender("10,000 issuers", &runtime),
        accounts.contender("1,000,000 accounts", &runtime),
    ];
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "Judge one assertion: median µs, and the ratio to the smallest instance.\n"
    )?;
    for figure in measure(&mut contenders, ROUNDS)? {
        let micros = figure.time.as_secs_f64() * 1e6;
        writeln!(out, "{:<24}{micros:>9.1}{:>8.2}", figure.name, figure.ratio)?;
    }
    Ok(())
}

struct Instance {
    auth: Auth,
    assertion: Credential,
    _directory: TempDir,
}

impl Instance {
    async fn new(issuer: &TestIssuer, issuers: u32, accounts: u32) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("auth.db");
        let store = SqliteStore::open(&path).await?;
        let mut policy = AssertionPolicy::default();
        policy.limits = ExchangeLimits::none();
        let auth = Auth::builder("https://tracker.example", store.clone())
            .outbound(OutboundPolicy::default().allow_loopback_http(true))
            .assertions(policy)
            .build()
            .await?;
        populate(&store, &auth, issuer).await?;
        fill(&path, issuer.issuer(), issuers, accounts).await?;
        let assertion = issuer.token(SUBJECT).audience("acme").sign();
        Ok(Self {
            auth,
            assertion: Credential::Assertion(Secret::new(assertion)),
            _directory: directory,
        })
    }

    fn contender<'a>(&'a self, name: &'static str, runtime: &'a Runtime) -> Contender<'a> {
        let judge = move || {
            let request = Request::new(&self.assertion, SystemClock.now());
            runtime
                .block_on(self.auth.resolvers().resolve(request))
                .is_ok()
        };
        Contender {
            name,
            work: Box::new(judge),
        }
    }
}

async fn populate(store: &SqliteStore, auth: &Auth, issuer: &TestIssuer) -> Result<()> {
    let now = SystemClock.now();
    let event = || AuditEvent::new(now, "bench.setup", Outcome::Granted);
    for name in ["acme", "globex"] {
        let organization = Organization {
            id: OrganizationId::new(name),
            name: name.into(),
        };
        store.create_organization(&organization, event()).await?;
    }
    let organization = OrganizationId::new("acme");
    let team = Team {
        id: TeamId::new("ml"),
        organization: organization.clone(),
        name: "ml".into(),
    };
    store.create_team(&team, event()).await?;
    let user = User {
        id: UserId::new("root"),
        username: "root".into(),
        display_name: String::new(),
        email: None,
        instance_admin: true,
        disabled: false,
    };
    let principal = Principal::User {
        user,
        memberships: Memberships::default(),
    };
    let by = Identity::new(principal, Method::Other("bench"), now);
    auth.issuers()
        .register(&by, &organization, issuer.issuer())
        .await?;
    let scope = ServiceAccountScope::Team {
        organization,
        team: team.id,
    };
    let authentication = Authentication::Federated {
        issuer: issuer.issuer().into(),
        subject: SUBJECT.into(),
    };
    auth.accounts()
        .create(&by, "trainer", scope, authentication)
        .await?;
    Ok(())
}

/// Adds rows past all limits, as years of use would.
async fn fill(path: &std::path::Path, issuer: &str, issuers: u32, accounts: u32) -> Result<()> {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(std::time::Duration::from_secs(60));
    let pool = sqlx::SqlitePool::connect_with(options).await?;
    const NUMBERS: &str = "WITH RECURSIVE numbers (n) AS
        (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1) ";
    for statement in [
        "INSERT INTO auth_organizations (id, name) SELECT 'o-' || n, 'o-' || n FROM numbers",
        "INSERT INTO auth_jwt_issuers (id, organization_id, issuer, created_at, created_by)
         SELECT 'i-' || n, 'o-' || n,
                CASE n % 2 WHEN 0 THEN $2 ELSE 'https://issuer-' || n || '.example' END,
                0, 'user:root' FROM numbers",
    ] {
        if issuers > 0 {
            run(&pool, &format!("{NUMBERS}{statement}"), issuers, issuer).await?;
        }
    }
    if accounts > 0 {
        let statement = "INSERT INTO auth_service_accounts (id, organization_id, team_id, name, issuer,
                                                            subject, created_at, created_by)
             SELECT 'a-' || n, 'acme', 'ml', 'a-' || n, $2, 'repo:acme/r-' || n || ':environment:prod',
                    0, 'user:root' FROM numbers";
        run(&pool, &format!("{NUMBERS}{statement}"), accounts, issuer).await?;
    }
    pool.close().await;
    Ok(())
}

async fn run(pool: &sqlx::SqlitePool, statement: &str, count: u32, issuer: &str) -> Result<()> {
    // Put together from this file's own constants.
    sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
        .bind(count)
        .bind(issuer)
        .execute(pool)
        .await?;
    Ok(())
}
