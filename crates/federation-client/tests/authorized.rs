//! Which requests get which headers, and what a 401 leads to.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails may panic"
)]

mod server;

use std::time::Duration;

use auth_core::{ErrorKind, Secret};
use federation_client::{
    ApiKey, AuthorizedClient, Authorizer, BaseUrl, Environment, HttpConfig, SendError, Settings,
    TokenSource, from_fn,
};
use reqwest::{Method, Request};
use server::{Received, Reply, Server, at_once, grant, http};

const KEY: &str = "local-abcdefghijklmnopqrstuvwxyz0123456789abcd";

/// Grants t0, t1, ... and accepts only the tokens that `good` names.
async fn host(good: &'static [&'static str]) -> Server {
    let granted = std::sync::atomic::AtomicUsize::new(0);
    Server::start(move |_, request| {
        if request.line.contains("/oidc/token") {
            let number = granted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            return grant(&format!("t{number}"), 3600);
        }
        let sent = request.header("authorization").unwrap_or_default();
        let accepted = good.iter().any(|token| sent == format!("Bearer {token}"));
        http(if accepted { 200 } else { 401 }, &[], "body")
    })
    .await
}

fn authorizer(base_url: &str) -> Authorizer {
    let base_url = BaseUrl::parse(base_url).expect("a base URL");
    let identity = from_fn(|| async { Ok::<_, std::io::Error>(Secret::new("a.b.c")) });
    let source = TokenSource::builder(base_url, identity)
        .retry(at_once())
        .build();
    Authorizer::with_access_tokens(source.expect("a source"))
}

fn client(base_url: &str) -> AuthorizedClient {
    AuthorizedClient::new(authorizer(base_url), &HttpConfig::default()).expect("a client")
}

fn request(url: &str) -> Request {
    let mut request = Request::new(Method::POST, url.parse().expect("a URL"));
    *request.body_mut() = Some("payload".into());
    request
}

fn exchanges(server: &Server) -> usize {
    let received = server.received();
    received
        .iter()
        .filter(|request| request.line.contains("/oidc/token"))
        .count()
}

fn others(server: &Server) -> Vec<Received> {
    let received = server.received().into_iter();
    received
        .filter(|request| !request.line.contains("/oidc/token"))
        .collect()
}

#[tokio::test]
async fn requests_below_the_base_url_get_the_token() {
    let server = host(&["t0"]).await;
    let client = client(&format!("{}/ml", server.url));
    for _ in 0..2 {
        let response = client
            .execute(request(&format!("{}/ml/graphql", server.url)))
            .await;
        assert_eq!(response.expect("an answer").status(), 200);
    }
    assert_eq!((exchanges(&server), others(&server).len()), (1, 2));
    assert_eq!(others(&server)[0].body, "payload");
}

#[tokio::test]
async fn requests_elsewhere_get_nothing() {
    let (server, elsewhere) = (host(&[]).await, host(&[]).await);
    let client = client(&format!("{}/ml", server.url));
    let localhost = server.url.replace("127.0.0.1", "localhost");
    for url in [
        format!("{}/ml/x", elsewhere.url),
        format!("{localhost}/ml/x"),
        format!("{}/mlops/x", server.url),
        format!("{}/ml/..%2fx", server.url),
    ] {
        let response = client.execute(request(&url)).await.expect("an answer");
        assert_eq!(response.status(), 401, "{url}");
    }
    assert_eq!((exchanges(&server), exchanges(&elsewhere)), (0, 0));
    for request in [others(&server), others(&elsewhere)].concat() {
        assert_eq!(request.header("authorization"), None, "{}", request.line);
    }
}

#[tokio::test]
async fn a_401_leads_to_one_more_try_with_a_new_token() {
    let server = host(&["t1"]).await;
    let client = client(&server.url);
    let response = client
        .execute(request(&format!("{}/graphql", server.url)))
        .await;
    assert_eq!(response.expect("an answer").status(), 200);
    let sent: Vec<_> = others(&server);
    assert_eq!((exchanges(&server), sent.len()), (2, 2));
    assert_eq!(sent[1].header("authorization"), Some("Bearer t1"));
    assert_eq!(sent[1].body, "payload");
}

#[tokio::test]
async fn the_second_401_is_returned_and_never_loops() {
    let server = host(&[]).await;
    let client = client(&server.url);
    let response = client
        .execute(request(&format!("{}/graphql", server.url)))
        .await;
    let response = response.expect("an answer");
    assert_eq!(response.status(), 401);
    assert_eq!(response.text().await.expect("a body"), "body");
    assert_eq!((exchanges(&server), others(&server).len()), (2, 2));
}

#[tokio::test]
async fn a_body_that_cannot_be_sent_twice_is_sent_once() {
    let server = host(&["t1"]).await;
    let client = client(&server.url);
    let mut once = request(&server.url);
    let body = http_body_util::Full::new(bytes::Bytes::from_static(b"payload"));
    *once.body_mut() = Some(reqwest::Body::wrap(body));
    assert!(once.try_clone().is_none());
    let response = client.execute(once).await.expect("an answer");
    assert_eq!((response.status().as_u16(), exchanges(&server)), (401, 1));
    // The token is gone all the same.
    let response = client.execute(request(&server.url)).await;
    assert_eq!(response.expect("an answer").status(), 200);
    assert_eq!((exchanges(&server), others(&server).len()), (2, 2));
}

#[tokio::test]
async fn an_endpoint_that_takes_no_token_costs_one_more_exchange_and_no_storm() {
    let server = host(&["t2"]).await;
    let client = client(&server.url);
    for (status, exchanged) in [(401, 2); 10] {
        let response = client.execute(request(&server.url)).await;
        let response = response.expect("an answer");
        assert_eq!(
            (response.status().as_u16(), exchanges(&server)),
            (status, exchanged)
        );
    }
}

#[tokio::test]
async fn other_statuses_lead_to_nothing() {
    for status in [400, 403, 407, 500] {
        let server = Server::start(move |_, request| {
            if request.line.contains("/oidc/token") {
                return grant("t", 3600);
            }
            http(status, &[], "")
        })
        .await;
        let response = client(&server.url)
            .execute(request(&server.url))
            .await
            .expect("an answer");
        assert_eq!(response.status(), status);
        assert_eq!((exchanges(&server), others(&server).len()), (1, 1));
    }
}

#[tokio::test]
async fn a_refused_exchange_after_a_401_tells_why() {
    let server = Server::start(|number, _| match number {
        0 => grant("t0", 3600),
        1 => http(401, &[], ""),
        _ => http(
            400,
            &[],
            r#"{"error":"invalid_grant","error_description":"gone"}"#,
        ),
    })
    .await;
    let error = client(&server.url)
        .execute(request(&server.url))
        .await
        .expect_err("refused");
    let SendError::Credential(error) = error else {
        panic!("the exchange failed: {error:?}");
    };
    assert_eq!(error.code(), "federation_client.refused");
}

#[tokio::test]
async fn many_requests_that_get_a_401_make_one_exchange() {
    let server = host(&["t1"]).await;
    let client = client(&server.url);
    let requests: Vec<_> = (0..16)
        .map(|_| {
            let (client, url) = (client.clone(), server.url.clone());
            tokio::spawn(async move { client.execute(request(&url)).await })
        })
        .collect();
    for sent in requests {
        let response = sent.await.expect("a task").expect("an answer");
        assert_eq!(response.status(), 200);
    }
    assert_eq!(exchanges(&server), 2);
}

#[tokio::test]
async fn an_authorization_of_the_callers_own_stays() {
    let server = host(&["own"]).await;
    let mut own = request(&server.url);
    own.headers_mut()
        .insert("authorization", "Bearer own".parse().expect("a value"));
    let response = client(&server.url).execute(own).await.expect("an answer");
    assert_eq!((response.status().as_u16(), exchanges(&server)), (200, 0));
}

#[tokio::test]
async fn an_api_key_is_basic_and_attribution_goes_where_it_goes() {
    let (server, elsewhere) = (host(&[]).await, host(&[]).await);
    let environment = Environment::from_pairs([
        ("WANDB_BASE_URL", server.url.as_str()),
        ("WANDB_API_KEY", KEY),
        ("WANDB_USERNAME", "zoë"),
        ("WANDB_USER_EMAIL", "alice@example.com"),
    ]);
    let settings = Settings::from_environment(&environment).expect("settings");
    let client = settings.client().expect("a client");
    for url in [
        format!("{}/graphql", server.url),
        format!("{}/upload", elsewhere.url),
    ] {
        let response = client.execute(request(&url)).await.expect("an answer");
        assert_eq!(response.status(), 401);
    }
    let sent = server.received();
    assert_eq!(sent.len(), 1, "an API key is not tried twice");
    // base64 of api:KEY
    let basic = "Basic YXBpOmxvY2FsLWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6MDEyMzQ1Njc4OWFiY2Q=";
    assert_eq!(sent[0].header("authorization"), Some(basic));
    assert_eq!(sent[0].header("x-wandb-username"), Some("zoë"));
    assert_eq!(
        sent[0].header("x-wandb-user-email"),
        Some("alice@example.com")
    );
    let passed = &elsewhere.received()[0];
    for name in ["authorization", "x-wandb-username", "x-wandb-user-email"] {
        assert_eq!(passed.header(name), None, "{name}");
    }
    let shown = format!("{client:?} {settings:?}");
    assert!(
        !shown.contains(&KEY[8..]) && !shown.contains(&basic[8..]),
        "{shown}"
    );
}

#[tokio::test]
async fn attribution_that_is_unset_sends_no_header() {
    let server = host(&[]).await;
    let key = ApiKey::parse(Secret::new(KEY)).expect("a key");
    let base_url = BaseUrl::parse(&server.url).expect("a base URL");
    let authorizer = Authorizer::with_api_key(base_url, &key).expect("an authorizer");
    let client = AuthorizedClient::new(authorizer, &HttpConfig::default()).expect("a client");
    client
        .execute(request(&server.url))
        .await
        .expect("an answer");
    assert_eq!(server.received()[0].header("x-wandb-username"), None);
}

#[tokio::test]
async fn both_credentials_send_nothing() {
    let server = Server::start(|_, _| Reply::HangUp).await;
    let environment = Environment::from_pairs([
        ("WANDB_BASE_URL", server.url.as_str()),
        ("WANDB_API_KEY", KEY),
        ("WANDB_IDENTITY_TOKEN_FILE", "/dev/null"),
    ]);
    let error = Settings::from_environment(&environment).expect_err("both");
    assert_eq!(
        (error.code(), server.count()),
        ("federation_client.both_credentials", 0)
    );
}

#[tokio::test]
async fn redirects_of_the_server_are_returned() {
    let elsewhere = host(&[]).await;
    let location = elsewhere.url.clone();
    let server = Server::start(move |_, request| {
        if request.line.contains("/oidc/token") {
            return grant("t", 3600);
        }
        http(307, &[("Location", location.as_str())], "")
    })
    .await;
    let response = client(&server.url)
        .execute(request(&server.url))
        .await
        .expect("an answer");
    assert_eq!((response.status().as_u16(), elsewhere.count()), (307, 0));
}

#[tokio::test]
async fn a_failed_request_shows_no_signature_of_its_url() {
    let server = Server::start(|_, _| Reply::HangUp).await;
    let client = client("https://tracker.example");
    let presigned = format!("{}/bucket/object?X-Signature=hunter2", server.url);
    let error = client
        .execute(request(&presigned))
        .await
        .expect_err("nobody answers");
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Unavailable, "federation_client.request")
    );
    let shown = format!("{error:?} {error} {:?}", std::error::Error::source(&error));
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn a_programs_request_ends_by_silence_and_not_by_length() {
    let server = Server::start(|number, _| match number {
        0 => http(200, &[], "body"),
        _ => Reply::Silence,
    })
    .await;
    let client = |read_timeout| {
        let mut config = HttpConfig::default();
        config.request_timeout = Duration::from_nanos(1);
        config.read_timeout = read_timeout;
        let key = ApiKey::parse(Secret::new(KEY)).expect("a key");
        let base_url = BaseUrl::parse(&server.url).expect("a base URL");
        let authorizer = Authorizer::with_api_key(base_url, &key).expect("an authorizer");
        AuthorizedClient::new(authorizer, &config).expect("a client")
    };
    let patient = client(HttpConfig::default().read_timeout);
    let response = patient.execute(request(&server.url)).await;
    assert_eq!(response.expect("an answer").status(), 200);
    let impatient = client(Duration::from_millis(50));
    let error = impatient.execute(request(&server.url)).await;
    let SendError::Request(error) = error.expect_err("silence") else {
        panic!("an API key needs no exchange");
    };
    assert!(error.is_timeout());
}

#[tokio::test]
async fn the_retry_policy_of_settings_counts() {
    let server = Server::start(|_, _| http(503, &[], "")).await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("token");
    std::fs::write(&file, "a.b.c").expect("a file");
    let environment = Environment::from_pairs([
        ("WANDB_BASE_URL", server.url.as_str()),
        ("WANDB_IDENTITY_TOKEN_FILE", file.to_str().expect("text")),
    ]);
    let mut settings = Settings::from_environment(&environment).expect("settings");
    settings.retry.attempts = 1;
    let client = settings.client().expect("a client");
    client.execute(request(&server.url)).await.expect_err("503");
    assert_eq!(server.count(), 1);
}

#[cfg(feature = "reqwest-middleware")]
mod as_middleware {
    use super::*;
    use reqwest::redirect::Policy;
    use reqwest_middleware::ClientBuilder;

    fn plain() -> reqwest::Client {
        let builder = reqwest::Client::builder().redirect(Policy::none());
        builder.build().expect("a client")
    }

    #[tokio::test]
    async fn does_the_same_in_a_chain() {
        for (good, status, exchanged) in [(&["t0"][..], 200, 1), (&["t1"], 200, 2), (&[], 401, 2)] {
            let server = host(good).await;
            let client = ClientBuilder::new(plain())
                .with(authorizer(&server.url))
                .build();
            let response = client
                .execute(request(&server.url))
                .await
                .expect("an answer");
            assert_eq!(
                (response.status().as_u16(), exchanges(&server)),
                (status, exchanged)
            );
        }
        let elsewhere = host(&[]).await;
        let client = ClientBuilder::new(plain())
            .with(authorizer("https://tracker.example"))
            .build();
        client
            .execute(request(&elsewhere.url))
            .await
            .expect("an answer");
        assert_eq!(elsewhere.received()[0].header("authorization"), None);
    }
}
