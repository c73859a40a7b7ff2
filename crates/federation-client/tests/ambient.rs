//! Identity tokens that platforms hand out, each from a server that stands in for the platform's.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails may panic"
)]

mod server;

use federation_client::{
    ConfigError, Environment, GcpMetadata, GithubActions, HttpConfig, IdentityToken,
    IdentityTokenError, IdentityTokenFile, IdentityTokenVariable,
};
use server::{Reply, Server, http, impatient};

const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
const PERMIT: &str = "request-token-text";

fn github(server: &Server, audience: &str) -> GithubActions {
    github_with(server, audience, &HttpConfig::default())
}

fn github_with(server: &Server, audience: &str, config: &HttpConfig) -> GithubActions {
    let url = format!("{}/idtoken/7?api-version=2.0", server.url);
    let environment = Environment::from_pairs([
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", PERMIT),
    ]);
    GithubActions::from_environment(&environment, audience, config).expect("a source")
}

fn gcp(server: &Server, audience: &str) -> GcpMetadata {
    gcp_with(server, audience, &HttpConfig::default())
}

fn gcp_with(server: &Server, audience: &str, config: &HttpConfig) -> GcpMetadata {
    let host = server.url.trim_start_matches("http://");
    let environment = Environment::from_pairs([("GCE_METADATA_HOST", host)]);
    GcpMetadata::from_environment(&environment, audience, config).expect("a source")
}

async fn fetch(source: &dyn IdentityToken) -> Result<String, IdentityTokenError> {
    Ok(source.fetch().await?.expose().to_owned())
}

#[tokio::test]
async fn github_actions_is_asked_as_it_documents() {
    let server =
        Server::start(|_, _| http(200, &[], &format!(r#"{{"count":1,"value":"{JWT}"}}"#))).await;
    let source = github(&server, "https://t.example/a b&c");
    assert_eq!(fetch(&source).await.expect("a token"), JWT);
    assert_eq!(fetch(&source).await.expect("a token"), JWT);
    let received = server.received();
    assert_eq!(received.len(), 2, "fetched anew each time");
    let expected =
        "GET /idtoken/7?api-version=2.0&audience=https%3A%2F%2Ft.example%2Fa+b%26c HTTP/1.1";
    assert_eq!(received[0].line, expected);
    assert_eq!(
        received[0].header("authorization"),
        Some("bearer request-token-text")
    );
    assert_eq!(received[0].header("accept"), Some("application/json"));
    assert_eq!(received[0].body, "");
    assert!(!format!("{source:?}").contains(PERMIT));
}

#[tokio::test]
async fn gcp_is_asked_as_it_documents() {
    let server =
        Server::start(|_, _| http(200, &[("Metadata-Flavor", "Google")], &format!("{JWT}\n")))
            .await;
    assert_eq!(
        fetch(&gcp(&server, "https://t.example"))
            .await
            .expect("a token"),
        JWT
    );
    let received = server.received().remove(0);
    let expected = "GET /computeMetadata/v1/instance/service-accounts/default/identity\
                    ?audience=https%3A%2F%2Ft.example&format=full HTTP/1.1";
    assert_eq!(received.line, expected);
    assert_eq!(received.header("metadata-flavor"), Some("Google"));
    assert_eq!(received.header("authorization"), None);
}

#[tokio::test]
async fn gcp_without_its_flavor_is_not_believed() {
    for headers in [
        &[][..],
        &[("Metadata-Flavor", "Other")],
        &[("Metadata-Flavor", "google")],
    ] {
        let server = Server::start(move |_, _| http(200, headers, JWT)).await;
        let error = fetch(&gcp(&server, "a")).await.expect_err("another server");
        assert_eq!(error.code(), "identity_token.answer", "{headers:?}");
    }
}

type Script = fn() -> Reply;

#[tokio::test]
async fn faults_of_the_platforms_are_told_apart() {
    const FLAVOR: &[(&str, &str)] = &[("Metadata-Flavor", "Google")];
    let rows: [(&str, Script, &str); 9] = [
        (
            "refused",
            || http(403, FLAVOR, "no"),
            "identity_token.refused",
        ),
        (
            "missing",
            || http(404, FLAVOR, "no"),
            "identity_token.refused",
        ),
        (
            "created",
            || http(201, FLAVOR, r#"{"value":"a.b.c"}"#),
            "identity_token.refused",
        ),
        (
            "busy",
            || http(429, FLAVOR, ""),
            "identity_token.unavailable",
        ),
        (
            "failing",
            || http(503, FLAVOR, ""),
            "identity_token.unavailable",
        ),
        ("silent", || Reply::Silence, "identity_token.unavailable"),
        ("hanging up", || Reply::HangUp, "identity_token.unavailable"),
        (
            "huge",
            || http(200, FLAVOR, &"x".repeat(70_000)),
            "identity_token.too_large",
        ),
        (
            "redirect",
            || http(302, &[("Location", "/other")], ""),
            "identity_token.refused",
        ),
    ];
    for (name, reply, code) in rows {
        let server = Server::start(move |_, _| reply()).await;
        let config = match name {
            "silent" => impatient(),
            _ => HttpConfig::default(),
        };
        let error = fetch(&github_with(&server, "a", &config))
            .await
            .expect_err(name);
        assert_eq!(error.code(), code, "GitHub, {name}");
        let error = fetch(&gcp_with(&server, "a", &config))
            .await
            .expect_err(name);
        assert_eq!(error.code(), code, "GCP, {name}");
        assert!(!format!("{error} {error:?}").contains(PERMIT));
        assert_eq!(server.count(), 2, "{name}");
    }
}

#[tokio::test]
async fn answers_without_a_token_are_errors() {
    for (body, code) in [
        ("", "identity_token.answer"),
        (r#"{"value":null}"#, "identity_token.answer"),
        (r#"{"token":"a.b.c"}"#, "identity_token.answer"),
        (r#"{"value":"a","value":"b"}"#, "identity_token.answer"),
        (r#"{"value":" "}"#, "identity_token.empty"),
    ] {
        let server = Server::start(move |_, _| http(200, &[], body)).await;
        let error = fetch(&github(&server, "a")).await.expect_err(body);
        assert_eq!(error.code(), code, "{body}");
    }
    let server = Server::start(|_, _| http(200, &[("Metadata-Flavor", "Google")], "\n")).await;
    let error = fetch(&gcp(&server, "a")).await.expect_err("blank");
    assert_eq!(error.code(), "identity_token.empty");
}

#[test]
fn github_actions_needs_both_variables_and_a_confidential_url() {
    for (name, url, token) in [
        ("no URL", "", PERMIT),
        ("no token", "https://github.example/x?y=z", ""),
        ("in the clear", "http://github.example/x?y=z", PERMIT),
        ("no URL at all", "github", PERMIT),
        ("two lines", "https://github.example/x", "a\nb"),
    ] {
        let environment = Environment::from_pairs([
            ("ACTIONS_ID_TOKEN_REQUEST_URL", url),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", token),
        ]);
        let source = GithubActions::from_environment(&environment, "a", &HttpConfig::default());
        assert!(
            matches!(source, Err(ConfigError::Variable { .. })),
            "{name}"
        );
    }
}

#[test]
fn gcps_host_is_no_more_than_a_host() {
    for (host, taken) in [
        ("", true),
        ("169.254.169.254", true),
        ("metadata.google.internal:80", true),
        ("host/path", false),
        ("user@host", false),
        ("host?x=", false),
        ("host#", false),
        ("host:port", false),
        (" ", false),
    ] {
        let environment = Environment::from_pairs([("GCE_METADATA_HOST", host)]);
        let source = GcpMetadata::from_environment(&environment, "a", &HttpConfig::default());
        assert_eq!(source.is_ok(), taken, "{host:?}");
    }
    let nothing = Environment::from_pairs::<&str, &str>([]);
    let source = GcpMetadata::from_environment(&nothing, "a", &HttpConfig::default());
    let shown = format!("{:?}", source.expect("a source"));
    assert!(shown.contains("metadata.google.internal"), "{shown}");
}

#[tokio::test]
async fn gitlabs_token_is_in_the_variable_that_the_job_names() {
    let environment = Environment::from_pairs([("TRACKER_ID_TOKEN", " a.b.c\n"), ("BLANK", " ")]);
    let source = IdentityTokenVariable::named(&environment, "TRACKER_ID_TOKEN").expect("a source");
    assert_eq!(fetch(&source).await.expect("a token"), "a.b.c");
    assert!(!format!("{source:?}").contains("a.b.c"));
    for name in ["OTHER", "BLANK"] {
        let missing = IdentityTokenVariable::named(&environment, name);
        assert!(matches!(missing, Err(ConfigError::Variable { name: found, .. }) if found == name));
    }
}

#[tokio::test]
async fn kubernetes_replaces_the_file_behind_its_links() {
    use std::os::unix::fs::symlink;
    let volume = tempfile::tempdir().expect("a directory");
    let at = |name: &str| volume.path().join(name);
    for (directory, token) in [("..1", "first.a.b"), ("..2", "second.a.b")] {
        std::fs::create_dir(at(directory)).expect("a directory");
        std::fs::write(at(directory).join("identity-token"), token).expect("a file");
    }
    symlink("..1", at("..data")).expect("a link");
    symlink("..data/identity-token", at("identity-token")).expect("a link");
    let source = IdentityTokenFile::at(at("identity-token"));
    assert_eq!(fetch(&source).await.expect("a token"), "first.a.b");
    symlink("..2", at("..data_tmp")).expect("a link");
    std::fs::rename(at("..data_tmp"), at("..data")).expect("a rename");
    assert_eq!(fetch(&source).await.expect("a token"), "second.a.b");
    let default = IdentityTokenFile::kubernetes();
    assert_eq!(default.path(), "/var/run/secrets/tokens/identity-token");
}
