//! The exchange over loopback HTTP, with a real issuer, a real store and its audit log: rate and p99 at
//! 1, 8 and 64 clients, beside a request that does nothing (the floor) and an API request that an
//! access token signs in.
//!
//! `cargo bench -p gatehouse-benches --bench exchange`
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_axum::Auth;
use auth_core::{
    AuditEvent, Clock, DirectoryAdmin, Identity, Memberships, Method, Organization, OrganizationId,
    OrganizationRole, Outcome, Principal, SystemClock, User, UserId,
};
use auth_store::SqliteStore;
use auth_testkit::TestIssuer;
use jwt_federation::{AssertionPolicy, ExchangeLimits};
use jwt_validation::OutboundPolicy;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Requests of each kind at each number of clients.
const REQUESTS: usize = 2_000;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What is asked, again and again.
#[derive(Clone)]
enum Work {
    Floor(String),
    Exchange(String, Arc<str>),
    AccessToken(String, Arc<str>),
}

impl Work {
    async fn once(&self, client: &reqwest::Client) -> Result<()> {
        let request = match self {
            Self::Floor(url) => client.get(url),
            Self::Exchange(url, body) => client
                .post(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body.to_string()),
            Self::AccessToken(url, token) => client.get(url).bearer_auth(token),
        };
        request.send().await?.error_for_status()?.bytes().await?;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let store = SqliteStore::open(directory.path().join("auth.db")).await?;
    let issuer = TestIssuer::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    // All requests come from one address, for one registration, and faster than either may send them.
    let mut policy = AssertionPolicy::default();
    policy.limits = ExchangeLimits::none();
    let auth = Auth::builder(base.as_str(), store.clone())
        .outbound(OutboundPolicy::default().allow_loopback_http(true))
        .assertions(policy)
        .build()
        .await?;
    populate(&store, &auth, &issuer).await?;
    let app = auth.routes();
    tokio::spawn(async move { axum::serve(listener, app).await });

    let assertion = issuer.token("alice@example.com").audience("acme").sign();
    let body: Arc<str> = format!("grant_type={GRANT}&assertion={assertion}").into();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let token = access_token(&client, &base, &body).await?;
    let kinds = [
        (
            "floor: metadata",
            Work::Floor(format!("{base}/.well-known/oauth-authorization-server")),
        ),
        (
            "exchange",
            Work::Exchange(format!("{base}/oidc/token"), body),
        ),
        (
            "request with access token",
            Work::AccessToken(format!("{base}/api/v1/me"), token),
        ),
    ];
    println!(
        "{:<28}{:>9}{:>12}{:>12}{:>12}",
        "", "clients", "per second", "p50 ms", "p99 ms"
    );
    for clients in [1, 8, 64] {
        for (name, work) in &kinds {
            run(&client, work, clients, REQUESTS / 10).await?;
            let (rate, p50, p99) = run(&client, work, clients, REQUESTS).await?;
            println!("{name:<28}{clients:>9}{rate:>12.0}{p50:>12.2}{p99:>12.2}");
        }
    }
    Ok(())
}

/// The rate per second, and the median and the 99th percentile in milliseconds.
async fn run(
    client: &reqwest::Client,
    work: &Work,
    clients: usize,
    requests: usize,
) -> Result<(f64, f64, f64)> {
    let each = requests.div_ceil(clients);
    let started = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (client, work) = (client.clone(), work.clone());
            tokio::spawn(async move {
                let mut times = Vec::with_capacity(each);
                for _ in 0..each {
                    let begun = Instant::now();
                    work.once(&client).await?;
                    times.push(begun.elapsed());
                }
                Ok::<_, Box<dyn Error + Send + Sync>>(times)
            })
        })
        .collect();
    let mut times: Vec<Duration> = Vec::with_capacity(requests);
    for task in tasks {
        times.extend(task.await??);
    }
    let elapsed = started.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |hundredths: usize| {
        let index = times.len().saturating_mul(hundredths).div_euclid(100);
        let time = times
            .get(index)
            .or(times.last())
            .copied()
            .unwrap_or_default();
        time.as_secs_f64() * 1e3
    };
    let count = f64::from(u32::try_from(times.len())?);
    Ok((count / elapsed, at(50), at(99)))
}

async fn access_token(client: &reqwest::Client, base: &str, body: &str) -> Result<Arc<str>> {
    let request = client
        .post(format!("{base}/oidc/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.to_owned());
    let answer = request.send().await?.error_for_status()?.bytes().await?;
    let answer: serde_json::Value = serde_json::from_slice(&answer)?;
    let token = answer
        .get("access_token")
        .and_then(serde_json::Value::as_str);
    Ok(token.ok_or("no access token")?.into())
}

async fn populate(store: &SqliteStore, auth: &Auth, issuer: &TestIssuer) -> Result<()> {
    let now = SystemClock.now();
    let event = || AuditEvent::new(now, "bench.setup", Outcome::Granted);
    let organization = Organization {
        id: OrganizationId::new("acme"),
        name: "acme".into(),
    };
    store.create_organization(&organization, event()).await?;
    let user = User {
        id: UserId::new("alice"),
        username: "alice".into(),
        display_name: String::new(),
        email: Some("alice@example.com".into()),
        instance_admin: false,
        disabled: false,
    };
    store.create_user(&user, event()).await?;
    let role = OrganizationRole::Member;
    store
        .set_organization_member(&organization.id, &user.id, role, event())
        .await?;
    let principal = Principal::User {
        user,
        memberships: Memberships::default(),
    };
    let by = Identity::new(principal, Method::Other("bench"), now);
    auth.issuers()
        .register(&by, &organization.id, issuer.issuer())
        .await?;
    Ok(())
}
