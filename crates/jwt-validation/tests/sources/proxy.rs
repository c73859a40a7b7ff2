//! The environment names a proxy: SSRF-011.

use std::process::Command;

use jwt_validation::{JwksSource, SourceConfig};
use serde_json::json;

use crate::issuer::{Answer, Issuer, client};

/// Where the child process, which is this test once more, finds its issuer.
const CHILD: &str = "JWKS_URI_OF_THE_CHILD";

/// A proxy would dial addresses that were never checked. The environment belongs to the whole process, so
/// a process of its own has it set.
#[tokio::test]
async fn ssrf_011_a_proxy_in_the_environment_is_ignored() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how the parent tells the child that it is one"
    )]
    let jwks_uri = std::env::var(CHILD);
    if let Ok(jwks_uri) = jwks_uri {
        let source = JwksSource::url(jwks_uri, client(), SourceConfig::default());
        assert!(source.keys(None).await.unwrap().publishes("1"));
        return;
    }
    let issuer = Issuer::start().await;
    let key = crate::issuer::Key::new("1");
    issuer.answer("/jwks", Answer::json(json!({"keys": [key.public()]})));
    let proxy = Issuer::start().await;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "proxy::ssrf_011_a_proxy_in_the_environment_is_ignored",
    ]);
    child.env(CHILD, format!("{}/jwks", issuer.url));
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        child.env(name, &proxy.url);
        child.env(name.to_uppercase(), &proxy.url);
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = tokio::task::spawn_blocking(move || child.output().unwrap());
    let output = output.await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
    assert_eq!(issuer.requests(), ["/jwks"], "the child has asked");
    assert!(proxy.requests().is_empty());
}
