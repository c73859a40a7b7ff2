use super::*;

fn read_text(body: &str) -> Result<u64, AnswerProblem> {
    read(Some(body.as_bytes())).map(|(_, lifetime)| lifetime.as_secs())
}

#[test]
fn an_answer_is_read_strictly() {
    use AnswerProblem::{AccessToken, ExpiresIn, Syntax, TokenType};
    for (name, body, expected) in [
        (
            "usual",
            r#"{"access_token":"t","token_type":"Bearer","expires_in":3600}"#,
            Ok(3600),
        ),
        (
            "more members",
            r#"{"access_token":"t","expires_in":60,"scope":"a","x":[{}]}"#,
            Ok(60),
        ),
        (
            "lower case type",
            r#"{"access_token":"t","token_type":"bearer","expires_in":60}"#,
            Ok(60),
        ),
        ("no type", r#"{"access_token":"t","expires_in":60}"#, Ok(60)),
        (
            "a fraction",
            r#"{"access_token":"t","expires_in":60.9}"#,
            Ok(60),
        ),
        (
            "a point",
            r#"{"access_token":"t","expires_in":3600.0}"#,
            Ok(3600),
        ),
        (
            "huge",
            r#"{"access_token":"t","expires_in":1e300}"#,
            Ok(LONGEST_LIFE),
        ),
        (
            "largest",
            r#"{"access_token":"t","expires_in":18446744073709551615}"#,
            Ok(LONGEST_LIFE),
        ),
        (
            "another type",
            r#"{"access_token":"t","token_type":"DPoP","expires_in":60}"#,
            Err(TokenType),
        ),
        (
            "empty type",
            r#"{"access_token":"t","token_type":"","expires_in":60}"#,
            Err(TokenType),
        ),
        (
            "type a number",
            r#"{"access_token":"t","token_type":1,"expires_in":60}"#,
            Err(Syntax),
        ),
        (
            "no token",
            r#"{"token_type":"Bearer","expires_in":60}"#,
            Err(Syntax),
        ),
        (
            "token null",
            r#"{"access_token":null,"expires_in":60}"#,
            Err(Syntax),
        ),
        (
            "token empty",
            r#"{"access_token":"","expires_in":60}"#,
            Err(AccessToken),
        ),
        (
            "token with a line",
            r#"{"access_token":"t\r\nX: y","expires_in":60}"#,
            Err(AccessToken),
        ),
        (
            "token with a space",
            r#"{"access_token":"t t","expires_in":60}"#,
            Err(AccessToken),
        ),
        (
            "token twice",
            r#"{"access_token":"t","access_token":"u","expires_in":60}"#,
            Err(Syntax),
        ),
        (
            "no life",
            r#"{"access_token":"t","token_type":"Bearer"}"#,
            Err(Syntax),
        ),
        (
            "life in quotes",
            r#"{"access_token":"t","expires_in":"60"}"#,
            Err(Syntax),
        ),
        (
            "life null",
            r#"{"access_token":"t","expires_in":null}"#,
            Err(Syntax),
        ),
        (
            "life zero",
            r#"{"access_token":"t","expires_in":0}"#,
            Err(ExpiresIn),
        ),
        (
            "life below a second",
            r#"{"access_token":"t","expires_in":0.9}"#,
            Err(ExpiresIn),
        ),
        (
            "life negative",
            r#"{"access_token":"t","expires_in":-60}"#,
            Err(ExpiresIn),
        ),
        ("array by position", r#"["t","Bearer",60]"#, Err(Syntax)),
        ("text", r#""t""#, Err(Syntax)),
        ("null", "null", Err(Syntax)),
        ("page", "<html>sign in</html>", Err(Syntax)),
        (
            "two values",
            r#"{"access_token":"t","expires_in":60}{}"#,
            Err(Syntax),
        ),
        ("cut", r#"{"access_token":"t","expires_in":60"#, Err(Syntax)),
        ("empty", "", Err(Syntax)),
    ] {
        assert_eq!(read_text(body), expected, "{name}");
    }
    assert_eq!(read(None).map(drop), Err(AnswerProblem::TooLarge));
    let long = format!(
        r#"{{"access_token":"{}","expires_in":60}}"#,
        "t".repeat(16 * 1024 + 1)
    );
    assert_eq!(read_text(&long), Err(AccessToken));
}

#[test]
fn the_request_is_the_one_that_the_sdk_sends() {
    let endpoint = Url::parse("https://t.example/oidc/token").expect("a URL");
    let request = request(&endpoint, &Secret::new("a.b+c/=.d"));
    assert_eq!(request.method(), "POST");
    assert_eq!(request.url(), &endpoint);
    assert_eq!(
        request.headers()["content-type"],
        "application/x-www-form-urlencoded"
    );
    let body = request
        .body()
        .and_then(reqwest::Body::as_bytes)
        .expect("a body");
    assert_eq!(
        body,
        b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b%2Bc%2F%3D.d"
    );
}

#[test]
fn an_assertion_that_comes_back_is_taken_out() {
    let assertion = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
    let secret = Secret::new(assertion);
    for (name, text, expected) in [
        ("whole", format!("bad {assertion} here"), "bad [...] here"),
        (
            "signature",
            "bad c2lnbmF0dXJlLXNpZ25hdHVyZQ here".into(),
            "bad [...] here",
        ),
        ("cut short", "bad c2lnbmF0dXJlLXNpZ25h".into(), "bad [...]"),
        (
            "nothing of it",
            "assertion has expired".into(),
            "assertion has expired",
        ),
    ] {
        assert_eq!(without_assertion(&text, &secret), expected, "{name}");
    }
}

#[test]
fn a_member_of_a_wrong_type_does_not_hide_the_other() {
    for (body, error, description) in [
        (
            r#"{"error":"e","error_description":"d"}"#,
            Some("e"),
            Some("d"),
        ),
        (
            r#"{"error":"e","error_description":["d"]}"#,
            Some("e"),
            None,
        ),
        (r#"{"error":1,"error_description":"d"}"#, None, Some("d")),
        (r#"{"error":null}"#, None, None),
    ] {
        let answer = Answer {
            status: 400,
            headers: http::HeaderMap::new(),
            body: Some(body.as_bytes().to_vec()),
        };
        let Error::Refused {
            error: found,
            description: told,
            ..
        } = refused(&answer, &Secret::new("a.b.c"))
        else {
            panic!("a refusal: {body}");
        };
        assert_eq!(found.as_ref().map(Excerpt::as_str), error, "{body}");
        assert_eq!(told.as_ref().map(Excerpt::as_str), description, "{body}");
    }
}
