//! The `Authorization` header of a request.

use auth_axum::credential;
use auth_core::Credential;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use service_accounts::ApiKeyFormat;

use crate::seed::Seed;

/// Reads each line of `data` as an `Authorization` field of one request.
///
/// # Panics
/// If more than one credential is made of it, or one that was not sent in exactly this form.
pub fn authorization(data: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut values = Vec::new();
    for line in data.split(|&octet| octet == b'\n').take(3) {
        // What can't be a field never reaches the server's code.
        let Ok(value) = HeaderValue::from_bytes(line) else {
            return;
        };
        headers.append(AUTHORIZATION, value);
        values.push(line);
    }
    match (
        credential(&headers, &ApiKeyFormat::default()),
        values.as_slice(),
    ) {
        (Err(error), _) => assert!(!error.to_string().is_empty()),
        (Ok(Some(credential)), [value]) => check(&credential, value),
        (Ok(read), _) => assert!(values.is_empty() && read.is_none(), "{read:?}"),
    }
}

fn check(credential: &Credential, value: &[u8]) {
    let text = String::from_utf8_lossy(value);
    let (scheme, sent) = text.split_once(' ').unwrap_or_default();
    let sent = sent.trim_matches(' ');
    assert!(value.len() <= 16 * 1024);
    assert!(!sent.is_empty() && sent.bytes().all(|octet| octet.is_ascii_graphic()));
    match (scheme.to_ascii_lowercase().as_str(), credential) {
        ("bearer", Credential::ApiKey(key)) => {
            assert_eq!(key.expose(), sent);
            assert!(sent.starts_with("local-"));
        }
        ("bearer", Credential::AccessToken(token)) => {
            assert_eq!(token.expose(), sent);
            assert!(!sent.starts_with("local-"));
        }
        ("basic", Credential::ApiKey(key)) => {
            // One spelling for each key.
            let written = STANDARD.encode(format!("api:{}", key.expose()));
            assert_eq!(written, sent);
        }
        (scheme, other) => assert!(scheme.is_empty(), "{other:?} by {scheme}"),
    }
    let shown = format!("{credential:?}");
    let hidden = ["ApiKey(Secret(..))", "AccessToken(Secret(..))"];
    assert!(hidden.contains(&shown.as_str()), "{shown}");
}

/// The cases of the unit tables.
pub(crate) fn seeds() -> Vec<Seed> {
    let basic = |text: &[u8]| format!("Basic {}", STANDARD.encode(text));
    [
        ("bearer", "Bearer a.b.c".to_owned()),
        ("bearer-lower", "bearer a.b.c".to_owned()),
        ("bearer-blanks", "Bearer   a.b.c  ".to_owned()),
        ("bearer-tab", "Bearer\ta.b.c".to_owned()),
        ("bearer-two", "Bearer a, Bearer b".to_owned()),
        ("bearer-inside", "Bearer a b".to_owned()),
        ("bearer-key", "Bearer local-0123".to_owned()),
        ("scheme-alone", "Bearer".to_owned()),
        ("scheme-blank", "Bearer ".to_owned()),
        ("scheme-none", "local-0123".to_owned()),
        ("scheme-other", "Digest abc".to_owned()),
        ("basic", basic(b"api:local-0123")),
        ("basic-user", basic(b"admin:local-0123")),
        ("basic-no-colon", basic(b"api")),
        ("basic-colons", basic(b"api:a:b")),
        ("basic-empty", basic(b"api:")),
        ("basic-not-utf8", basic(b"api:\xff\xfe")),
        ("basic-unpadded", "Basic YXBpOms".to_owned()),
        ("basic-bits", "Basic YXBpOmt=".to_owned()),
        ("fields-two", "Bearer a\nBearer a".to_owned()),
        ("not-ascii", "Bearer é".to_owned()),
    ]
    .into_iter()
    .map(|(name, text)| Seed::new(name, text))
    .collect()
}
