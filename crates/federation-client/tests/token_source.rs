//! When a token source exchanges, what it sends, and what it makes of each answer.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails may panic"
)]

mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_core::{ErrorKind, ManualClock, Secret, Timestamp};
use federation_client::{
    AnswerProblem, BaseUrl, Error, Failure, IdentityTokenError, IdentityTokenFile, TokenSource,
    TokenSourceBuilder, from_fn,
};
use server::{Reply, Server, at_once, grant, http, impatient};
use tokio::sync::Semaphore;

const ASSERTION: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzZWNyZXQtc3ViIn0.c2lnbmF0dXJlLW9mLWl0";

fn assertion() -> impl federation_client::IdentityToken + 'static {
    from_fn(|| async { Ok::<_, std::io::Error>(Secret::new(ASSERTION)) })
}

fn builder(server: &Server) -> TokenSourceBuilder {
    let base_url = BaseUrl::parse(&server.url).expect("a base URL");
    TokenSource::builder(base_url, assertion()).retry(at_once())
}

fn source(server: &Server) -> TokenSource {
    builder(server).build().expect("a source")
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_secs(1_764_000_000)))
}

async fn text(source: &TokenSource) -> Result<String, Error> {
    let token = source.access_token().await?;
    Ok(token.secret().expose().to_owned())
}

/// Yields until `condition` holds, which work that goes on in this runtime brings about.
async fn until(mut condition: impl AsyncFnMut() -> bool) {
    let holds = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    let bounded = tokio::time::timeout(Duration::from_secs(30), holds);
    bounded.await.expect("what was waited for");
}

#[tokio::test]
async fn sends_what_the_sdk_sends() {
    let server = Server::start(|_, _| grant("t", 3600)).await;
    let base_url = BaseUrl::parse(&format!("{}/ml/", server.url)).expect("a base URL");
    let source = TokenSource::builder(base_url, assertion())
        .build()
        .expect("a source");
    assert_eq!(text(&source).await.expect("a token"), "t");
    let received = server.received().remove(0);
    assert_eq!(received.line, "POST /ml/oidc/token HTTP/1.1");
    assert_eq!(
        received.body,
        format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={ASSERTION}"
        )
    );
    let header = |name| received.header(name);
    assert_eq!(
        header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(header("accept"), Some("application/json"));
    assert!(header("user-agent").is_some_and(|agent| agent.starts_with("gatehouse-")));
    assert_eq!((header("authorization"), header("cookie")), (None, None));
    assert_eq!(
        (header("referer"), header("x-wandb-username")),
        (None, None)
    );
}

#[tokio::test]
async fn the_identity_token_file_is_read_at_each_exchange() {
    let server = Server::start(|number, _| grant(&format!("t{number}"), 3600)).await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("token");
    let base_url = BaseUrl::parse(&server.url).expect("a base URL");
    let clock = clock();
    let source = TokenSource::builder(base_url, IdentityTokenFile::at(&path))
        .clock(clock.clone())
        .build()
        .expect("a source");
    let missing = text(&source).await.expect_err("there is no file");
    assert_eq!((missing.code(), server.count()), ("identity_token.file", 0));
    for (number, content) in ["first.a.b\n", " second.a.b \r\n"].iter().enumerate() {
        std::fs::write(&path, content).expect("a file");
        assert_eq!(text(&source).await.expect("a token"), format!("t{number}"));
        let sent = &server.received()[number].body;
        assert!(
            sent.ends_with(&format!("assertion={}", content.trim())),
            "{sent}"
        );
        clock.advance(Duration::from_secs(3600));
    }
}

#[tokio::test]
async fn a_token_is_kept_until_five_minutes_before_its_end() {
    let server = Server::start(|number, _| grant(&format!("t{number}"), 3600)).await;
    let clock = clock();
    let source = builder(&server)
        .clock(clock.clone())
        .build()
        .expect("a source");
    let first = source.access_token().await.expect("a token");
    assert_eq!(first.expires_at(), Timestamp::from_secs(1_764_003_600));
    clock.advance(Duration::from_secs(3299));
    assert_eq!(
        (text(&source).await.as_deref().ok(), server.count()),
        (Some("t0"), 1)
    );
    clock.advance(Duration::from_secs(1));
    // The old one is good for a while yet: nobody waits.
    assert_eq!(text(&source).await.expect("a token"), "t0");
    until(async || server.count() == 2).await;
    until(async || text(&source).await.expect("a token") == "t1").await;
    assert_eq!(
        (text(&source).await.as_deref().ok(), server.count()),
        (Some("t1"), 2)
    );
}

#[tokio::test]
async fn a_token_of_a_minute_serves_half_of_it() {
    let server = Server::start(|number, _| grant(&format!("t{number}"), 60)).await;
    let clock = clock();
    let source = builder(&server)
        .clock(clock.clone())
        .build()
        .expect("a source");
    assert_eq!(text(&source).await.expect("a token"), "t0");
    clock.advance(Duration::from_secs(29));
    assert_eq!(
        (text(&source).await.as_deref().ok(), server.count()),
        (Some("t0"), 1)
    );
    clock.advance(Duration::from_secs(25));
    assert_eq!(
        (text(&source).await.as_deref().ok(), server.count()),
        (Some("t1"), 2)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_callers_make_one_exchange() {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let server = Server::start(move |number, _| {
        Reply::After(
            Arc::clone(&held),
            Box::new(grant(&format!("t{number}"), 3600)),
        )
    })
    .await;
    let source = source(&server);
    let callers: Vec<_> = (0..64)
        .map(|_| {
            let source = source.clone();
            tokio::spawn(async move { text(&source).await })
        })
        .collect();
    until(async || server.count() == 1).await;
    // The one that started it goes, and so do others.
    for caller in callers.iter().take(8) {
        caller.abort();
    }
    gate.add_permits(64);
    for caller in callers.into_iter().skip(8) {
        assert_eq!(caller.await.expect("a caller").expect("a token"), "t0");
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn the_caller_that_began_may_go() {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let server =
        Server::start(move |_, _| Reply::After(Arc::clone(&held), Box::new(grant("t", 3600))))
            .await;
    let source = source(&server);
    let first = tokio::spawn({
        let source = source.clone();
        async move { text(&source).await }
    });
    until(async || server.count() == 1).await;
    first.abort();
    assert!(first.await.expect_err("aborted").is_cancelled());
    gate.add_permits(1);
    assert_eq!(
        (text(&source).await.as_deref().ok(), server.count()),
        (Some("t"), 1)
    );
}

#[tokio::test]
async fn a_refusal_is_final_and_tells_why() {
    for status in [400, 401, 403, 404, 408, 422] {
        let body = r#"{"error":"invalid_grant","error_description":"expired\nat noon"}"#;
        let server = Server::start(move |_, _| http(status, &[], body)).await;
        let error = text(&source(&server)).await.expect_err("a refusal");
        assert_eq!(server.count(), 1, "{status}");
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Rejected, "federation_client.refused")
        );
        let shown = error.to_string();
        assert!(
            shown.contains(r#""invalid_grant": "expired\nat noon""#),
            "{shown}"
        );
        assert!(!shown.contains('\n'));
    }
}

#[tokio::test]
async fn a_refusal_is_cut_short_and_never_holds_the_assertion() {
    for (name, body) in [
        (
            "description",
            format!(r#"{{"error":"e","error_description":"got {ASSERTION}"}}"#),
        ),
        ("error", format!(r#"{{"error":"{ASSERTION}"}}"#)),
        ("no JSON", format!("<html>{ASSERTION}</html>")),
        (
            "long",
            format!(
                r#"{{"error":"e","error_description":"{}"}}"#,
                "x".repeat(50_000)
            ),
        ),
        ("huge", "x".repeat(100_000)),
        ("types", r#"{"error":1,"error_description":[]}"#.into()),
    ] {
        let server = Server::start(move |_, _| http(400, &[], &body)).await;
        let error = text(&source(&server)).await.expect_err("a refusal");
        let shown = format!("{error} {error:?}");
        assert!(
            matches!(error, Error::Refused { status: 400, .. }),
            "{name}"
        );
        assert!(shown.len() < 1000, "{name}");
        for part in ASSERTION.split('.').map(|part| &part[..16]) {
            assert!(!shown.contains(part), "{name}: {shown}");
        }
    }
}

#[tokio::test]
async fn trouble_is_tried_again_and_then_given_up() {
    for status in [429, 500, 502, 503, 504] {
        let server = Server::start(move |number, _| match number {
            0..=2 => http(status, &[], "busy"),
            _ => grant("t", 3600),
        })
        .await;
        assert_eq!(
            text(&source(&server)).await.expect("the fourth succeeds"),
            "t"
        );
        assert_eq!(server.count(), 4);

        let server = Server::start(move |_, _| http(status, &[], "busy")).await;
        let error = text(&source(&server)).await.expect_err("trouble");
        assert!(matches!(
            error,
            Error::Unavailable { attempts: 4, failure: Failure::Status(found) } if found == status
        ));
        assert_eq!((server.count(), error.kind()), (4, ErrorKind::Unavailable));
    }
}

#[tokio::test]
async fn a_retry_after_beyond_the_limit_ends_the_attempts() {
    for value in [
        "3600",
        "99999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let server = Server::start(move |_, _| http(503, &[("Retry-After", value)], "")).await;
        let error = text(&source(&server))
            .await
            .expect_err("not within a minute");
        assert!(
            matches!(error, Error::Unavailable { attempts: 1, .. }),
            "{value}"
        );
    }
}

#[tokio::test]
async fn a_retry_after_is_waited_for() {
    for value in ["1", "Mon, 24 Nov 2025 16:00:01 GMT"] {
        let server = Server::start(move |number, _| match number {
            0 => http(429, &[("Retry-After", value)], ""),
            _ => grant("t", 3600),
        })
        .await;
        let began = std::time::Instant::now();
        let source = builder(&server).clock(clock()).build().expect("a source");
        assert_eq!(text(&source).await.expect("a token"), "t");
        assert!(began.elapsed() >= Duration::from_secs(1), "{value}");
    }
}

#[tokio::test]
async fn silence_broken_connections_and_nobody_there_are_trouble() {
    let silent = Server::start(|_, _| Reply::Silence).await;
    let source_of_silence = builder(&silent).http(impatient()).build();
    let error = text(&source_of_silence.expect("a source"))
        .await
        .expect_err("silence");
    assert!(matches!(
        error,
        Error::Unavailable {
            attempts: 4,
            failure: Failure::TimedOut
        }
    ));

    let broken = Server::start(|_, _| Reply::HangUp).await;
    let error = text(&source(&broken))
        .await
        .expect_err("a broken connection");
    assert!(matches!(
        error,
        Error::Unavailable {
            attempts: 4,
            failure: Failure::Connection(_)
        }
    ));

    let cut = Server::start(|_, _| {
        Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"access_token\"".to_vec())
    })
    .await;
    let error = text(&source(&cut)).await.expect_err("half an answer");
    assert!(matches!(
        error,
        Error::Unavailable {
            attempts: 4,
            failure: Failure::Connection(_)
        }
    ));

    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr();
    let base_url = format!("http://{}", port.expect("an address"));
    let base_url = BaseUrl::parse(&base_url).expect("a base URL");
    let nobody = TokenSource::builder(base_url, assertion())
        .retry(at_once())
        .build();
    let error = text(&nobody.expect("a source")).await.expect_err("nobody");
    assert!(matches!(
        error,
        Error::Unavailable {
            attempts: 4,
            failure: Failure::Connection(_)
        }
    ));
}

#[tokio::test]
async fn all_attempts_together_are_bounded() {
    let server = Server::start(|_, _| Reply::Silence).await;
    let mut retry = at_once();
    retry.total = Duration::from_millis(200);
    let source = builder(&server).retry(retry);
    let began = std::time::Instant::now();
    let error = text(&source.build().expect("a source"))
        .await
        .expect_err("silence");
    assert!(matches!(
        error,
        Error::Unavailable {
            attempts: 1,
            failure: Failure::TimedOut
        }
    ));
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "before the limit of a request"
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::start(|_, _| grant("stolen", 3600)).await;
        let location = elsewhere.url.clone();
        let server =
            Server::start(move |_, _| http(status, &[("Location", location.as_str())], "")).await;
        let error = text(&source(&server)).await.expect_err("a redirect");
        assert!(matches!(error, Error::Answer(AnswerProblem::Status(found)) if found == status));
        assert_eq!((server.count(), elsewhere.count()), (1, 0));
    }
}

#[tokio::test]
async fn a_proxy_gets_a_tunnel_to_open_and_no_assertion() {
    let proxy = Server::start(|_, _| http(403, &[], "")).await;
    let mut config = impatient();
    config.proxy = Some(proxy.url.clone());
    let base_url = BaseUrl::parse("https://tracker.example").expect("a base URL");
    let mut retry = at_once();
    retry.attempts = 1;
    let source = TokenSource::builder(base_url, assertion())
        .http(config.clone())
        .retry(retry)
        .build()
        .expect("a source");
    text(&source).await.expect_err("the proxy refuses");
    let received = proxy.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].line, "CONNECT tracker.example:443 HTTP/1.1");
    assert!(!format!("{received:?}").contains(&ASSERTION[..16]));

    // What is in the clear is on loopback, and goes there itself.
    let server = Server::start(|_, _| grant("t", 3600)).await;
    let source = builder(&server).http(config).build().expect("a source");
    assert_eq!(text(&source).await.expect("a token"), "t");
    assert_eq!((server.count(), proxy.count()), (1, 1));
}

#[tokio::test]
async fn a_bad_answer_is_final() {
    for (name, status, body, problem) in [
        (
            "201",
            201,
            r#"{"access_token":"t","expires_in":60}"#.to_owned(),
            AnswerProblem::Status(201),
        ),
        ("204", 204, String::new(), AnswerProblem::Status(204)),
        ("page", 200, "<html>".into(), AnswerProblem::Syntax),
        ("huge", 200, " ".repeat(65_537), AnswerProblem::TooLarge),
    ] {
        let server = Server::start(move |_, _| http(status, &[], &body)).await;
        let error = text(&source(&server)).await.expect_err(name);
        assert!(
            matches!(error, Error::Answer(found) if found == problem),
            "{name}: {error:?}"
        );
        assert_eq!(server.count(), 1, "{name}");
    }
}

#[tokio::test]
async fn the_old_token_serves_while_the_server_fails() {
    let server = Server::start(|number, _| match number {
        0 => grant("t0", 3600),
        1..=2 => http(400, &[], ""),
        _ => grant("t3", 3600),
    })
    .await;
    let clock = clock();
    let source = builder(&server)
        .clock(clock.clone())
        .build()
        .expect("a source");
    assert_eq!(text(&source).await.expect("a token"), "t0");
    // Seven seconds are left: callers wait for the exchange, and get the old token as it fails.
    clock.advance(Duration::from_secs(3593));
    assert_eq!(
        (text(&source).await.as_deref().ok(), server.count()),
        (Some("t0"), 2)
    );
    clock.advance(Duration::from_secs(7));
    let error = text(&source).await.expect_err("it has ended");
    assert_eq!(
        (error.code(), server.count()),
        ("federation_client.refused", 3)
    );
    assert_eq!(
        (text(&source).await.as_deref().ok(), server.count()),
        (Some("t3"), 4)
    );
}

#[tokio::test]
async fn a_failing_server_is_left_alone_while_the_old_token_is_good() {
    let server = Server::start(|number, _| match number {
        0 => grant("t0", 3600),
        _ => http(400, &[], ""),
    })
    .await;
    let clock = clock();
    let source = builder(&server)
        .clock(clock.clone())
        .build()
        .expect("a source");
    text(&source).await.expect("a token");
    clock.advance(Duration::from_secs(3400));
    for _ in 0..2_000 {
        assert_eq!(text(&source).await.expect("the old token"), "t0");
        tokio::task::yield_now().await;
    }
    until(async || server.count() == 2).await;
    clock.advance(Duration::from_secs(31));
    text(&source).await.expect("the old token");
    until(async || server.count() == 3).await;
}

#[tokio::test]
async fn a_rejected_token_is_not_given_again() {
    let server = Server::start(|number, _| grant(&format!("t{number}"), 3600)).await;
    let source = source(&server);
    let first = source.access_token().await.expect("a token");
    source.reject(&first).await;
    assert_eq!(text(&source).await.expect("a token"), "t1");
    // Whoever comes late with the old one does no harm.
    source.reject(&first).await;
    assert_eq!(
        (text(&source).await.as_deref().ok(), server.count()),
        (Some("t1"), 2)
    );
}

#[tokio::test]
async fn an_identity_token_that_fails_is_final_and_trouble_is_not() {
    let server = Server::start(|_, _| grant("t", 3600)).await;
    let base_url = BaseUrl::parse(&server.url).expect("a base URL");
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let failing = from_fn(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Err(std::io::Error::other("no platform")) }
    });
    let source = TokenSource::builder(base_url.clone(), failing).retry(at_once());
    let error = text(&source.build().expect("a source"))
        .await
        .expect_err("it fails");
    assert!(matches!(
        error,
        Error::IdentityToken(IdentityTokenError::Callback(_))
    ));
    assert_eq!(calls.load(Ordering::SeqCst), 1);

    let slow = from_fn(std::future::pending::<Result<Secret, std::io::Error>>);
    let source = TokenSource::builder(base_url.clone(), slow)
        .retry(at_once())
        .identity_timeout(Duration::from_millis(5));
    let error = text(&source.build().expect("a source"))
        .await
        .expect_err("it hangs");
    assert!(matches!(
        error,
        Error::IdentityToken(IdentityTokenError::TimedOut)
    ));

    let blank = from_fn(|| async { Ok::<_, std::io::Error>(Secret::new(" \n")) });
    let source = TokenSource::builder(base_url, blank)
        .build()
        .expect("a source");
    assert_eq!(
        text(&source).await.expect_err("it is blank").code(),
        "identity_token.empty"
    );
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_source_that_panics_does_not_hang_its_callers() {
    let base_url = BaseUrl::parse("http://127.0.0.1:9").expect("a base URL");
    async fn panics() -> Result<Secret, std::io::Error> {
        panic!("the program's own fault")
    }
    let source = TokenSource::builder(base_url, from_fn(panics))
        .build()
        .expect("a source");
    assert!(matches!(text(&source).await, Err(Error::Interrupted)));
}

#[test]
fn a_source_outlives_the_runtime_that_it_began_in() {
    let start = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime")
    };
    let (first, second) = (start(), start());
    let server = second.block_on(Server::start(|_, _| grant("t", 3600)));
    let source = source(&server);
    // The server's runtime stands still, so the exchange can't end.
    first.block_on(async {
        let waited = tokio::time::timeout(Duration::from_millis(20), text(&source));
        assert!(waited.await.is_err());
    });
    drop(first);
    assert_eq!(second.block_on(text(&source)).expect("a token"), "t");
}

#[tokio::test]
async fn no_secret_shows() {
    let server = Server::start(|_, _| grant("access-token-text", 3600)).await;
    let source = source(&server);
    let token = source.access_token().await.expect("a token");
    let shown = format!("{source:?} {token:?} {source:#?} {token:#?}");
    assert!(!shown.contains("access-token-text") && !shown.contains(&ASSERTION[..16]));
}
