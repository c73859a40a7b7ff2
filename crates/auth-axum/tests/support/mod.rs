//! A host over a real SQLite file, with people and places, and a real issuer on loopback.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::time::Duration;

use auth_axum::{Auth, AuthBuilder};
use auth_core::{
    AuditEvent, Clock, DirectoryAdmin, Identity, Memberships, Method, Organization, OrganizationId,
    OrganizationRole, Outcome, Principal, PrincipalId, Project, ProjectId, ServiceAccountScope,
    SystemClock, Team, TeamId, TeamRole, Timestamp, User, UserId, Visibility,
};
use auth_store::SqliteStore;
use auth_testkit::TestIssuer;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{Method as Verb, Request, StatusCode};
use http_body_util::BodyExt;
use jwt_validation::OutboundPolicy;
use serde_json::{Value, json};
use service_accounts::{Authentication, IssuedKey, ServiceAccount};
use tower::ServiceExt;

pub(crate) const BASE_URL: &str = "https://tracker.example";
pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The organization acme with the teams ml and platform, and the organization globex with the team
/// robots. Each user's name says what the user is.
pub(crate) struct World {
    pub(crate) store: SqliteStore,
    pub(crate) auth: Auth,
    pub(crate) app: Router,
    directory: tempfile::TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("ASCII"))
    }
}

pub(crate) fn event() -> AuditEvent {
    AuditEvent::new(SystemClock.now(), "test.setup", Outcome::Granted)
}

pub(crate) fn organization(name: &str) -> OrganizationId {
    OrganizationId::new(format!("{name}-id"))
}

pub(crate) fn team(name: &str) -> TeamId {
    TeamId::new(format!("{name}-id"))
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::new(format!("{name}-id"))
}

/// Who set the world up.
pub(crate) fn founder() -> Identity {
    let user = User {
        id: user("root"),
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
    Identity::new(principal, Method::Other("test"), Timestamp::from_secs(0))
}

pub(crate) fn team_scope(name: &str) -> ServiceAccountScope {
    ServiceAccountScope::Team {
        organization: organization("acme"),
        team: team(name),
    }
}

pub(crate) fn organization_scope(name: &str, default_team: &str) -> ServiceAccountScope {
    ServiceAccountScope::Organization {
        organization: organization(name),
        default_team: team(default_team),
    }
}

pub(crate) fn federated(issuer: &TestIssuer, subject: &str) -> Authentication {
    Authentication::Federated {
        issuer: issuer.issuer().into(),
        subject: subject.into(),
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    /// Only acme: nothing of globex.
    pub(crate) async fn single(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Self {
        let world = Self::with(configure).await;
        world
            .store
            .delete_organization(&organization("globex"), event())
            .await
            .expect("it is there");
        world
    }

    pub(crate) async fn with(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("auth.db");
        let store = SqliteStore::open(&path).await.expect("a new file");
        let builder = Auth::builder(BASE_URL, store.clone())
            .outbound(OutboundPolicy::default().allow_loopback_http(true));
        let auth = configure(builder)
            .build()
            .await
            .expect("the settings are right");
        let app = auth.routes();
        let world = Self {
            store,
            auth,
            app,
            directory,
        };
        world.populate().await;
        world
    }

    async fn populate(&self) {
        use OrganizationRole::{Admin, Member};
        for (name, teams) in [("acme", &["ml", "platform"][..]), ("globex", &["robots"])] {
            let new = Organization {
                id: organization(name),
                name: name.into(),
            };
            self.store
                .create_organization(&new, event())
                .await
                .expect("it is new");
            for name_of_team in teams {
                let new = Team {
                    id: team(name_of_team),
                    organization: organization(name),
                    name: (*name_of_team).into(),
                };
                self.store
                    .create_team(&new, event())
                    .await
                    .expect("it is new");
            }
        }
        self.add_user("root", true, &[]).await;
        self.add_user("owner", false, &[("acme", Admin)]).await;
        self.add_user("lead", false, &[("acme", Member)]).await;
        self.add_user("alice", false, &[("acme", Member)]).await;
        self.add_user("viewer", false, &[("acme", Member)]).await;
        self.add_user("bob", false, &[("acme", Member)]).await;
        self.add_user("eve", false, &[("globex", Admin)]).await;
        self.add_user("twofold", true, &[("acme", Admin), ("globex", Admin)])
            .await;
        for (name, in_team, role) in [
            ("lead", "ml", TeamRole::Admin),
            ("alice", "ml", TeamRole::Member),
            ("viewer", "ml", TeamRole::ViewOnly),
            ("bob", "platform", TeamRole::Member),
        ] {
            self.store
                .set_team_member(&team(in_team), &user(name), role, event())
                .await
                .expect("a member of the organization");
        }
        for (name, visibility) in [
            ("open", Visibility::Open),
            ("public", Visibility::Public),
            ("team", Visibility::Team),
            ("restricted", Visibility::Restricted),
        ] {
            let new = Project {
                id: ProjectId::new(format!("{name}-id")),
                organization: organization("acme"),
                team: team("ml"),
                name: name.into(),
                visibility,
                members: Vec::new(),
            };
            self.store
                .create_project(&new, event())
                .await
                .expect("it is new");
        }
    }

    pub(crate) async fn add_user(&self, name: &str, root: bool, of: &[(&str, OrganizationRole)]) {
        let new = User {
            id: user(name),
            username: name.into(),
            display_name: String::new(),
            email: Some(format!("{name}@example.com")),
            instance_admin: root,
            disabled: false,
        };
        self.store
            .create_user(&new, event())
            .await
            .expect("it is new");
        for (name_of, role) in of {
            let organization = organization(name_of);
            self.store
                .set_organization_member(&organization, &new.id, *role, event())
                .await
                .expect("both are there");
        }
    }

    /// A new API key of a user.
    pub(crate) async fn user_key(&self, name: &str) -> String {
        self.auth
            .accounts()
            .issue_user_key(&founder(), &user(name), "")
            .await
            .expect("the user is there")
            .key
            .expose()
            .to_owned()
    }

    pub(crate) async fn account(
        &self,
        name: &str,
        scope: ServiceAccountScope,
        authentication: Authentication,
    ) -> (ServiceAccount, Option<IssuedKey>) {
        self.auth
            .accounts()
            .create(&founder(), name, scope, authentication)
            .await
            .expect("the name is new")
    }

    /// A new service account with a key.
    pub(crate) async fn account_key(
        &self,
        name: &str,
        scope: ServiceAccountScope,
    ) -> (ServiceAccount, String) {
        let (account, issued) = self.account(name, scope, Authentication::ApiKey).await;
        let key = issued.expect("it signs in by keys").key.expose().to_owned();
        (account, key)
    }

    /// Registers an issuer and gives the registration's identifier.
    pub(crate) async fn trust(&self, of: &str, issuer: &TestIssuer) -> jwt_federation::JwtIssuer {
        self.auth
            .issuers()
            .register(&founder(), &organization(of), issuer.issuer())
            .await
            .expect("it answers")
            .issuer
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(self.app.clone(), request).await
    }

    /// A call of the administration, with `credential` as a bearer.
    pub(crate) async fn call(
        &self,
        verb: Verb,
        path: &str,
        credential: &str,
        body: Value,
    ) -> Answer {
        let mut request = Request::builder()
            .method(verb)
            .uri(format!("/api/v1{path}"));
        if !credential.is_empty() {
            request = request.header("authorization", format!("Bearer {credential}"));
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        };
        self.send(request.body(body).expect("a request")).await
    }

    pub(crate) async fn get(&self, path: &str, credential: &str) -> Answer {
        self.call(Verb::GET, path, credential, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, credential: &str, body: Value) -> Answer {
        self.call(Verb::POST, path, credential, body).await
    }

    pub(crate) async fn delete(&self, path: &str, credential: &str) -> Answer {
        self.call(Verb::DELETE, path, credential, Value::Null).await
    }

    /// Posts a form to the token endpoint.
    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Answer {
        let body: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = Request::post("/oidc/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request");
        self.send(request).await
    }

    pub(crate) async fn exchange(&self, assertion: &str) -> Answer {
        self.token(&[("grant_type", GRANT), ("assertion", assertion)])
            .await
    }

    /// An access token for an assertion that must be accepted.
    pub(crate) async fn access_token(&self, assertion: &str) -> String {
        let answer = self.exchange(assertion).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["access_token"]
            .as_str()
            .expect("a string")
            .to_owned()
    }

    /// The files of the store.
    pub(crate) fn files(&self) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(self.directory.path()).expect("a directory");
        entries
            .map(|entry| entry.expect("an entry").path())
            .collect()
    }

    /// Posts a form to a path, with `credential` as a bearer if it is not empty.
    pub(crate) async fn form(&self, path: &str, credential: &str, form: &[(&str, &str)]) -> Answer {
        send(self.app.clone(), form_request(path, credential, form)).await
    }

    /// Another node: a store of its own, as another process would have, over the same file.
    pub(crate) async fn node(&self, configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Node {
        let path = self.directory.path().join("auth.db");
        let store = SqliteStore::open(path).await.expect("it is there");
        let builder = Auth::builder(BASE_URL, store.clone())
            .outbound(OutboundPolicy::default().allow_loopback_http(true));
        let auth = configure(builder)
            .build()
            .await
            .expect("the settings are right");
        Node {
            store,
            app: auth.routes(),
            auth,
        }
    }

    /// The code of the newest audit event.
    pub(crate) async fn newest_refusal(&self) -> String {
        // Refusals are written beside the request; one that is waited for comes behind them.
        auth_core::AuditSink::record(&self.store, event())
            .await
            .expect("the store works");
        let events = self.store.audit_events(10).await.expect("the store works");
        events
            .into_iter()
            .find_map(|event| event.refusal_code)
            .unwrap_or_default()
    }
}

/// One of several hosts over one store.
pub(crate) struct Node {
    pub(crate) store: SqliteStore,
    pub(crate) auth: Auth,
    pub(crate) app: Router,
}

impl Node {
    pub(crate) async fn form(&self, path: &str, credential: &str, form: &[(&str, &str)]) -> Answer {
        send(self.app.clone(), form_request(path, credential, form)).await
    }

    pub(crate) async fn get(&self, path: &str, credential: &str) -> Answer {
        let mut request = Request::get(path);
        if !credential.is_empty() {
            request = request.header("authorization", format!("Bearer {credential}"));
        }
        send(
            self.app.clone(),
            request.body(Body::empty()).expect("a request"),
        )
        .await
    }
}

pub(crate) fn form_request(path: &str, credential: &str, form: &[(&str, &str)]) -> Request<Body> {
    let body: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let mut request =
        Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    if !credential.is_empty() {
        request = request.header("authorization", format!("Bearer {credential}"));
    }
    request.body(Body::from(body)).expect("a request")
}

pub(crate) async fn send(app: Router, request: Request<Body>) -> Answer {
    let response: Response = app.oneshot(request).await.expect("a router never fails");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body in memory").to_bytes();
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    Answer {
        status: parts.status,
        headers: parts.headers,
        text,
    }
}

/// An assertion for acme that lives ten minutes.
pub(crate) fn assertion(issuer: &TestIssuer, subject: &str) -> String {
    issuer
        .token(subject)
        .audience("acme")
        .lifetime(Duration::from_secs(600))
        .sign()
}

pub(crate) fn now() -> i64 {
    SystemClock.now().as_secs()
}

pub(crate) fn account_id(account: &ServiceAccount) -> PrincipalId {
    PrincipalId::ServiceAccount(account.id.clone())
}

pub(crate) fn nothing() -> Value {
    json!({})
}
