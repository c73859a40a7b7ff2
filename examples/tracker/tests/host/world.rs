//! A tracker with its demo, in a directory of its own, asked without a socket.

use auth_core::Secret;
use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use tracker::options::Options;
use tracker::start::{StartError, Tracker};

pub(crate) struct World {
    pub(crate) tracker: Tracker,
    app: Router,
    dir: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("the answer is JSON")
    }

    /// All values of a header.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let values = self.headers.get_all(name).iter();
        values
            .map(|value| value.to_str().expect("the header is ASCII"))
            .collect()
    }
}

pub(crate) async fn start_in(dir: &TempDir) -> Result<Tracker, StartError> {
    let options = Options {
        listen: ([127, 0, 0, 1], 0).into(),
        data_dir: dir.path().join("data"),
        ..Options::default()
    };
    Tracker::start(&options).await
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_again(tempfile::tempdir().expect("a directory")).await
    }

    pub(crate) async fn start_again(dir: TempDir) -> Self {
        let tracker = start_in(&dir).await.expect("the tracker starts");
        Self {
            app: tracker.router(),
            tracker,
            dir,
        }
    }

    /// Ends it as a signal does, and gives back what it leaves behind.
    pub(crate) async fn stop(self) -> TempDir {
        self.tracker.run(std::future::ready(())).await;
        self.dir
    }

    /// Ends it without any order.
    pub(crate) fn kill(self) -> TempDir {
        self.dir
    }

    pub(crate) fn team_key(&self) -> String {
        format!("Bearer {}", self.tracker.demo.keys().team.expose())
    }

    pub(crate) fn organization_key(&self) -> String {
        format!("Bearer {}", self.tracker.demo.keys().organization.expose())
    }

    pub(crate) fn admin_key(&self) -> String {
        format!("Bearer {}", self.tracker.demo.keys().admin.expose())
    }

    /// A new key of a user.
    pub(crate) async fn key_of(&self, username: &str) -> String {
        let path = format!("/api/v1/users/{username}/keys");
        let made = self.post(&self.admin_key(), &path, &json!({})).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        format!("Bearer {}", made.json()["key"].as_str().expect("the key"))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self
            .app
            .clone()
            .oneshot(request)
            .await
            .expect("it is infallible");
        let (parts, body) = response.into_parts();
        let body = body
            .collect()
            .await
            .expect("the body can be read")
            .to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).expect("the answer is UTF-8"),
        }
    }

    pub(crate) async fn get(&self, key: &str, path: &str) -> Answer {
        let request = Request::get(path).header(AUTHORIZATION, key);
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    pub(crate) async fn post(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.change(Method::POST, key, path, body).await
    }

    pub(crate) async fn change(
        &self,
        method: Method,
        key: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, key)
            .header(CONTENT_TYPE, "application/json");
        self.send(
            request
                .body(Body::from(body.to_string()))
                .expect("a request"),
        )
        .await
    }

    pub(crate) async fn graphql(&self, key: &str, query: &str, variables: Value) -> Answer {
        self.post(
            key,
            "/graphql",
            &json!({ "query": query, "variables": variables }),
        )
        .await
    }

    /// Trades an identity token for an access token.
    pub(crate) async fn exchange(&self, assertion: &Secret) -> String {
        let form = format!(
            "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion={}",
            assertion.expose()
        );
        let request = Request::post("/oidc/token")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form));
        let answer = self.send(request.expect("a request")).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        format!(
            "Bearer {}",
            answer.json()["access_token"].as_str().expect("a token")
        )
    }

    /// Starts a run as the SDK does.
    pub(crate) async fn upsert(
        &self,
        key: &str,
        entity: Option<&str>,
        project: &str,
        run: &str,
    ) -> Answer {
        let variables = json!({ "entity": entity, "project": project, "name": run });
        self.graphql(
            key,
            include_str!("queries/upsert_bucket.graphql"),
            variables,
        )
        .await
    }

    /// Sends a chunk as the SDK does.
    pub(crate) async fn stream(&self, key: &str, place: &str, body: &Value) -> Answer {
        self.post(key, &format!("/files/{place}/file_stream"), body)
            .await
    }

    /// Reads a run back.
    pub(crate) async fn run(&self, key: &str, team: &str, project: &str, run: &str) -> Value {
        let query = include_str!("queries/read_run.graphql");
        let variables = json!({ "team": team, "project": project, "run": run });
        let answer = self.graphql(key, query, variables).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()["data"]["project"]["run"].clone()
    }
}

/// As a browser sends a key.
pub(crate) fn basic(key: &Secret) -> String {
    format!("Basic {}", STANDARD.encode(format!("api:{}", key.expose())))
}
