//! The binary, against an issuer on a real socket.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use auth_testkit::TestIssuer;

struct Run {
    code: i32,
    out: String,
    err: String,
}

async fn run(token: String, arguments: &[&str]) -> Run {
    let arguments: Vec<_> = arguments.iter().map(|text| (*text).to_owned()).collect();
    let output = tokio::task::spawn_blocking(move || -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_explain"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // It may have ended already, where the arguments are wrong.
        let _ = stdin.write_all(token.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("it ends")
    })
    .await
    .expect("no panic");
    Run {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

fn token(issuer: &TestIssuer, audience: &str) -> String {
    issuer
        .token("job-17")
        .audience(audience)
        .lifetime(Duration::from_secs(600))
        .sign()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_passes_every_check() {
    let issuer = TestIssuer::start().await;
    let url = issuer.issuer().to_owned();
    let arguments = ["--issuer", &url, "--audience", "acme", "--allow-loopback"];
    let good = run(token(&issuer, "acme") + "\n", &arguments).await;
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    for check in [
        "assertion.issuer",
        "jwt.signature",
        "jwt.audience",
        "jwt.expiry",
    ] {
        assert!(
            good.out.contains(&format!("ok     {check}")),
            "{}",
            good.out
        );
    }
    assert!(
        good.out
            .ends_with("accepted, as whoever has this subject at the server\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_is_told_at_once_and_the_token_never() {
    let issuer = TestIssuer::start().await;
    let url = issuer.issuer().to_owned();
    let bad = issuer
        .token("job-17")
        .audience("Acme")
        .claim("exp", serde_json::json!(1_700_000_000))
        .sign();
    let arguments = ["--issuer", &url, "--audience", "acme", "--allow-loopback"];
    let refused = run(bad.clone(), &arguments).await;
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(
        refused.out.contains("FAILED jwt.audience"),
        "{}",
        refused.out
    );
    assert!(refused.out.contains("FAILED jwt.expiry"), "{}", refused.out);
    assert!(refused.out.contains("differs by case"), "{}", refused.out);
    assert!(
        refused.out.contains("ok     jwt.signature"),
        "{}",
        refused.out
    );
    assert!(
        refused.out.ends_with("refused: assertion.invalid\n"),
        "{}",
        refused.out
    );
    let signature = bad.rsplit_once('.').expect("three segments").1;
    assert!(!refused.out.contains(signature));

    let mut with_json = arguments.to_vec();
    with_json.push("--json");
    let refused = run(bad, &with_json).await;
    let report: serde_json::Value = serde_json::from_str(&refused.out).expect("JSON");
    assert_eq!(report["accepted"], false);
    assert_eq!(report["code"], "assertion.invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_and_a_key_set_come_from_files() {
    let issuer = TestIssuer::start().await;
    let url = issuer.issuer().to_owned();
    let directory = tempfile::tempdir().expect("a directory");
    let policy = directory.path().join("policy.json");
    let text = r#"{"conditions": [{"claim": "repository_id", "equals": "7"}]}"#;
    std::fs::write(&policy, text).expect("it is written");
    let jwks = directory.path().join("jwks.json");
    std::fs::write(&jwks, issuer.jwks()).expect("it is written");
    let (policy, jwks) = (policy.display().to_string(), jwks.display().to_string());
    let arguments = [
        "--issuer",
        &url,
        "--audience",
        "acme",
        "--policy",
        &policy,
        "--jwks",
        &jwks,
    ];
    let refused = run(token(&issuer, "acme"), &arguments).await;
    assert_eq!(refused.code, 1, "{}{}", refused.out, refused.err);
    assert!(
        refused.out.ends_with("refused: assertion.condition\n"),
        "{}",
        refused.out
    );
    assert_eq!(issuer.requests(), 0, "the keys were in the file");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_said_is_exit_status_2() {
    let url = "https://issuer.example";
    for (name, arguments) in [
        ("no issuer", &["--audience", "acme"][..]),
        ("no audience", &["--issuer", url]),
        (
            "no file",
            &["--issuer", url, "--audience", "a", "/nowhere/token"],
        ),
        (
            "no policy",
            &["--issuer", url, "--audience", "a", "--policy", "/nowhere"],
        ),
        ("an empty audience", &["--issuer", url, "--audience", ""]),
    ] {
        let run = run(String::new(), arguments).await;
        assert_eq!(run.code, 2, "{name}: {}", run.out);
        assert!(run.err.starts_with("explain: "), "{name}: {}", run.err);
    }
}
