//! From the `Authorization` header to a credential.

use auth_core::{Credential, Secret};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use service_accounts::ApiKeyFormat;

/// The longest header value, in octets: an access token is below 1 KiB.
const LONGEST: usize = 16 * 1024;

/// The user name that goes with an API key in Basic credentials.
const API: &str = "api";

/// The header is not one credential of a scheme that is served. One answer for all its causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the Authorization header holds no credential that this server takes")]
pub struct UnreadableCredential;

/// Reads the credential of a request, as [`AuthLayer`](crate::AuthLayer) does; for a host that asks its
/// resolvers itself. `Ok(None)` where none was sent.
///
/// Served are `Bearer` with an access token or an API key (RFC 6750 §2.1) and `Basic` with the user
/// name `api` and an API key (RFC 7617). Nothing is read from the query string (RFC 6750 §2.3) or the
/// body.
///
/// ```
/// use auth_axum::credential;
/// use auth_core::Credential;
/// use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
/// use service_accounts::ApiKeyFormat;
///
/// let mut headers = HeaderMap::new();
/// headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer a.b.c"));
/// let read = credential(&headers, &ApiKeyFormat::default())?;
/// assert!(matches!(read, Some(Credential::AccessToken(token)) if token.expose() == "a.b.c"));
/// # Ok::<(), auth_axum::UnreadableCredential>(())
/// ```
///
/// # Errors
/// [`UnreadableCredential`] where the header is something else, or there are two. Such a request is
/// refused; it is not one without a credential.
pub fn credential(
    headers: &HeaderMap,
    format: &ApiKeyFormat,
) -> Result<Option<Credential>, UnreadableCredential> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    // Two credentials would leave it to chance which one counts.
    if values.next().is_some() || value.len() > LONGEST {
        return Err(UnreadableCredential);
    }
    let value = value.to_str().map_err(|_| UnreadableCredential)?;
    let (scheme, rest) = value.split_once(' ').ok_or(UnreadableCredential)?;
    let rest = rest.trim_matches(' ');
    if rest.is_empty() || rest.contains([' ', '\t', ',']) {
        return Err(UnreadableCredential);
    }
    if scheme.eq_ignore_ascii_case("bearer") {
        let secret = Secret::new(rest);
        let is_api_key = format.is_meant_by(rest);
        let credential = if is_api_key {
            Credential::ApiKey(secret)
        } else {
            Credential::AccessToken(secret)
        };
        Ok(Some(credential))
    } else if scheme.eq_ignore_ascii_case("basic") {
        let decoded = STANDARD.decode(rest).map_err(|_| UnreadableCredential)?;
        let decoded = Secret::new(String::from_utf8(decoded).map_err(|_| UnreadableCredential)?);
        let (username, password) = decoded
            .expose()
            .split_once(':')
            .ok_or(UnreadableCredential)?;
        // An access token does not come this way: it would end in the tools that save passwords.
        if username != API {
            return Err(UnreadableCredential);
        }
        Ok(Some(Credential::ApiKey(Secret::new(password))))
    } else {
        Err(UnreadableCredential)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(values: &[&str]) -> Result<Option<Credential>, UnreadableCredential> {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("no control characters");
            headers.append(AUTHORIZATION, value);
        }
        credential(&headers, &ApiKeyFormat::default())
    }

    fn describe(read: Result<Option<Credential>, UnreadableCredential>) -> String {
        match read {
            Ok(None) => "nothing".into(),
            Ok(Some(Credential::ApiKey(text))) => format!("key {}", text.expose()),
            Ok(Some(Credential::AccessToken(text))) => format!("token {}", text.expose()),
            Ok(Some(other)) => format!("{other:?}"),
            Err(UnreadableCredential) => "unreadable".into(),
        }
    }

    #[test]
    fn reads_the_documented_forms_and_no_other() {
        let basic = |text: &[u8]| format!("Basic {}", STANDARD.encode(text));
        for (name, value, expected) in [
            ("access token", "Bearer a.b.c", "token a.b.c"),
            ("web_020 lower case", "bearer a.b.c", "token a.b.c"),
            ("web_020 upper case", "BEARER a.b.c", "token a.b.c"),
            ("web_020 extra blanks", "Bearer   a.b.c  ", "token a.b.c"),
            ("web_020 tab", "Bearer\ta.b.c", "unreadable"),
            (
                "web_020 two credentials",
                "Bearer a, Bearer b",
                "unreadable",
            ),
            ("web_020 blank inside", "Bearer a b", "unreadable"),
            ("scheme alone", "Bearer", "unreadable"),
            ("scheme and blank", "Bearer ", "unreadable"),
            ("no scheme", "local-0123", "unreadable"),
            ("other scheme", "Digest abc", "unreadable"),
            ("API key as bearer", "Bearer local-0123", "key local-0123"),
            (
                "API key as password",
                &basic(b"api:local-0123"),
                "key local-0123",
            ),
            (
                "sa_005 key as user name",
                &basic(b"local-0123:"),
                "unreadable",
            ),
            (
                "sa_005 other user name",
                &basic(b"admin:local-0123"),
                "unreadable",
            ),
            ("sa_006 not base64", "Basic !!!!", "unreadable"),
            ("sa_006 unpadded", "Basic YXBpOms", "unreadable"),
            ("sa_006 no colon", &basic(b"api"), "unreadable"),
            ("sa_006 not UTF-8", &basic(b"api:\xff\xfe"), "unreadable"),
            ("sa_006 several colons", &basic(b"api:a:b"), "key a:b"),
            ("empty password", &basic(b"api:"), "key "),
            (
                "too long",
                &format!("Bearer {}", "a".repeat(LONGEST)),
                "unreadable",
            ),
        ] {
            assert_eq!(describe(read(&[value])), expected, "{name}");
        }
    }

    #[test]
    fn takes_no_header_as_nothing_and_two_as_unreadable() {
        assert_eq!(describe(read(&[])), "nothing");
        assert_eq!(
            describe(read(&["Bearer a.b.c", "Bearer a.b.c"])),
            "unreadable"
        );
    }
}
