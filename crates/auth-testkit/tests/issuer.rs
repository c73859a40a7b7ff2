//! The issuer, as a verifier sees it: over a real socket, with another implementation of JWT.

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::time::Duration;

    use auth_core::{ManualClock, Timestamp};
    use auth_testkit::{Fault, SigningAlgorithm, StartError, TestIssuer};
    use jsonwebtoken::jwk::JwkSet;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    use serde_json::{Value, json};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    const DISCOVERY: &str = "/.well-known/openid-configuration";

    /// Status and content.
    async fn get(issuer: &TestIssuer, path: &str) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(issuer.address())
            .await
            .expect("it listens");
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it takes a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("it answers");
        let end = answer.windows(4).position(|octets| octets == b"\r\n\r\n");
        let (head, content) = answer.split_at(end.expect("a header"));
        let head = String::from_utf8_lossy(head);
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .expect("a status");
        (status, content[4..].to_vec())
    }

    async fn get_json(issuer: &TestIssuer, path: &str) -> Value {
        let (status, content) = get(issuer, path).await;
        assert_eq!(status, 200, "{path}");
        serde_json::from_slice(&content).expect("JSON")
    }

    async fn verify(issuer: &TestIssuer, token: &str) -> Result<Value, String> {
        let keys: JwkSet = serde_json::from_value(get_json(issuer, "/jwks").await).expect("a set");
        let header = jsonwebtoken::decode_header(token).expect("a header");
        let key_id = header.kid.expect("a key id");
        let jwk = keys.find(&key_id).ok_or("unknown key")?;
        let key = DecodingKey::from_jwk(jwk).expect("a key");
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[issuer.issuer()]);
        validation.set_audience(&["acme"]);
        let verified = jsonwebtoken::decode::<Value>(token, &key, &validation);
        verified
            .map(|token| token.claims)
            .map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn what_it_signs_another_implementation_verifies() {
        for (algorithm, expected) in [
            (SigningAlgorithm::Rs256, Algorithm::RS256),
            (SigningAlgorithm::Es256, Algorithm::ES256),
            (SigningAlgorithm::EdDsa, Algorithm::EdDSA),
        ] {
            let started = TestIssuer::builder().algorithm(algorithm).start().await;
            let issuer = started.expect("it starts");
            let token = issuer
                .token("job")
                .audience("acme")
                .claim("groups", json!(["a", "b"]))
                .sign();
            let header = jsonwebtoken::decode_header(&token).expect("a header");
            assert_eq!((header.alg, header.typ.as_deref()), (expected, Some("JWT")));
            let name = algorithm.name();
            let claims = verify(&issuer, &token).await.expect(name);
            assert_eq!(claims["sub"], "job");
            assert_eq!(claims["groups"], json!(["a", "b"]));
            // The signature of one token under the claims of another.
            let other = issuer.token("admin").audience("acme").sign();
            let (claims, _) = other.rsplit_once('.').expect("a signature");
            let (_, signature) = token.rsplit_once('.').expect("a signature");
            let forged = format!("{claims}.{signature}");
            assert!(
                verify(&issuer, &forged).await.is_err(),
                "{}",
                algorithm.name()
            );
        }
    }

    #[tokio::test]
    async fn discovery_leads_to_the_keys() {
        let issuer = TestIssuer::start().await;
        let document = get_json(&issuer, DISCOVERY).await;
        assert_eq!(document["issuer"], issuer.issuer());
        assert_eq!(document["jwks_uri"], format!("{}/jwks", issuer.issuer()));
        assert_eq!(
            document["id_token_signing_alg_values_supported"],
            json!(["RS256"])
        );
        let keys = get_json(&issuer, "/jwks").await;
        let key = keys["keys"][0].as_object().expect("a key");
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(!key.contains_key(private), "{private}");
        }
        assert_eq!((&key["use"], &key["alg"]), (&json!("sig"), &json!("RS256")));
        assert_eq!(get(&issuer, "/authorize").await.0, 404);
    }

    #[tokio::test]
    async fn claims_are_what_was_asked_for() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_secs(1_000)));
        let issuer = TestIssuer::builder()
            .algorithm(SigningAlgorithm::EdDsa)
            .clock(clock);
        let issuer = issuer.start().await.expect("it starts");
        let token = || issuer.token("job");
        let iss = issuer.issuer();
        for (name, token, expected) in [
            (
                "default",
                token(),
                json!({"iss": iss, "sub": "job", "iat": 1000, "exp": 1600}),
            ),
            (
                "lifetime",
                token().lifetime(Duration::from_secs(5)),
                json!({"iss": iss, "sub": "job", "iat": 1000, "exp": 1005}),
            ),
            (
                "replaced",
                token().claim("exp", 1).claim("aud", json!(["a", "b"])),
                json!({"iss": iss, "sub": "job", "iat": 1000, "exp": 1, "aud": ["a", "b"]}),
            ),
            (
                "left out",
                token().without("exp").without("iat").without("iss"),
                json!({"sub": "job"}),
            ),
            (
                "left out and put back",
                token().without("exp").claim("exp", "soon").audience("a"),
                json!({"iss": iss, "sub": "job", "iat": 1000, "exp": "soon", "aud": "a"}),
            ),
            (
                "put in and left out",
                token().audience("a").without("aud"),
                json!({"iss": iss, "sub": "job", "iat": 1000, "exp": 1600}),
            ),
        ] {
            let token = token.sign();
            let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(&token).expect(name);
            assert_eq!(claims.claims, expected, "{name}");
        }
        let typed = token().typ("at+jwt").sign();
        let header = jsonwebtoken::decode_header(&typed).expect("a header");
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    }

    #[tokio::test]
    async fn keys_rotate_with_overlap_until_the_old_ones_are_withdrawn() {
        let issuer = TestIssuer::builder().algorithm(SigningAlgorithm::Es256);
        let issuer = issuer.start().await.expect("it starts");
        let old = issuer.token("job").audience("acme").sign();
        issuer.rotate();
        let new = issuer.token("job").audience("acme").sign();
        assert!(verify(&issuer, &old).await.is_ok());
        assert!(verify(&issuer, &new).await.is_ok());
        assert_eq!(
            get_json(&issuer, "/jwks").await["keys"]
                .as_array()
                .map(Vec::len),
            Some(2)
        );
        issuer.withdraw_old_keys();
        assert_eq!(verify(&issuer, &old).await, Err("unknown key".into()));
        assert!(verify(&issuer, &new).await.is_ok());
    }

    #[tokio::test]
    async fn faults_do_what_they_say() {
        let issuer = TestIssuer::start().await;
        issuer.set_fault(Some(Fault::Status(503)));
        assert_eq!(get(&issuer, DISCOVERY).await, (503, vec![]));
        issuer.set_fault(Some(Fault::Status(7)));
        assert_eq!(get(&issuer, "/jwks").await, (500, vec![]));

        issuer.set_fault(Some(Fault::WrongIssuer));
        let document = get_json(&issuer, DISCOVERY).await;
        assert_eq!(document["issuer"], "https://issuer.invalid");
        assert_eq!(document["jwks_uri"], format!("{}/jwks", issuer.issuer()));

        issuer.set_fault(Some(Fault::Garbage));
        for path in [DISCOVERY, "/jwks"] {
            let (status, content) = get(&issuer, path).await;
            assert_eq!(status, 200);
            assert!(serde_json::from_slice::<Value>(&content).is_err(), "{path}");
        }

        issuer.set_fault(Some(Fault::Huge));
        let (status, content) = get(&issuer, "/jwks").await;
        assert_eq!(status, 200);
        assert!(content.len() > 16 * 1024 * 1024);
        assert!(
            serde_json::from_slice::<Value>(&content).is_ok(),
            "right, but for its size"
        );

        issuer.set_fault(None);
        assert_eq!(
            get_json(&issuer, DISCOVERY).await["issuer"],
            issuer.issuer()
        );
    }

    #[tokio::test]
    async fn a_hanging_issuer_takes_requests_and_stops_all_the_same() {
        let issuer = TestIssuer::start().await;
        issuer.set_fault(Some(Fault::Hang));
        let asked = tokio::spawn({
            let issuer = issuer.clone();
            async move { get(&issuer, DISCOVERY).await }
        });
        while issuer.requests() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(!asked.is_finished());
        issuer.stop().await;
        assert_eq!(asked.await.expect("no panic").0, 503);
        issuer.stop().await;
    }

    #[tokio::test]
    async fn requests_are_counted_by_path() {
        let issuer = TestIssuer::start().await;
        for path in [DISCOVERY, "/jwks", "/jwks?x=1", "/else"] {
            get(&issuer, path).await;
        }
        assert_eq!((issuer.requests(), issuer.requests_to("/jwks")), (4, 2));
        assert_eq!(
            (issuer.requests_to("/else"), issuer.requests_to("/none")),
            (1, 0)
        );
    }

    /// Until nobody listens there any more.
    async fn until_closed(address: SocketAddr) {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn it_stops_with_its_last_clone() {
        let issuer = TestIssuer::start().await;
        let (address, clone) = (issuer.address(), issuer.clone());
        drop(issuer);
        assert_eq!(get(&clone, "/jwks").await.0, 200);
        drop(clone);
        let closed = tokio::time::timeout(Duration::from_secs(5), until_closed(address)).await;
        assert!(closed.is_ok());
    }

    #[tokio::test]
    async fn one_identity_survives_a_restart() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("key.json");
        let first = TestIssuer::builder()
            .algorithm(SigningAlgorithm::Es256)
            .signing_key_file(&path);
        let first = first.start().await.expect("it starts");
        let (address, token) = (first.address(), first.token("job").audience("acme").sign());
        first.stop().await;

        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path)
                .expect("the file")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let second = TestIssuer::builder()
            .address(address)
            .signing_key_file(&path)
            .start()
            .await;
        let second = second.expect("the port is free again");
        assert_eq!(second.issuer(), first.issuer());
        assert!(
            verify(&second, &token).await.is_ok(),
            "the file's algorithm stands"
        );
    }

    #[tokio::test]
    async fn what_can_not_start_says_why() {
        let directory = tempfile::tempdir().expect("a directory");
        let running = TestIssuer::start().await;
        let start = |builder: auth_testkit::TestIssuerBuilder| builder.start();
        let taken = start(TestIssuer::builder().address(running.address())).await;
        assert!(
            matches!(taken, Err(StartError::Address { .. })),
            "{taken:?}"
        );
        let no_file = start(TestIssuer::builder().signing_key_file(directory.path())).await;
        assert!(
            matches!(no_file, Err(StartError::KeyFile { .. })),
            "{no_file:?}"
        );
        let public = get_json(&running, "/jwks").await["keys"][0].to_string();
        for (name, text) in [
            ("empty", ""),
            ("public key", &public),
            ("no key", "{\"kty\":\"x\"}"),
        ] {
            let path = directory.path().join("key.json");
            std::fs::write(&path, text).expect("it can be written");
            let started = start(TestIssuer::builder().signing_key_file(path)).await;
            assert!(
                matches!(started, Err(StartError::NoKey { .. })),
                "{name}: {started:?}"
            );
        }
    }

    #[tokio::test]
    async fn no_private_key_shows() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("key.json");
        let issuer = TestIssuer::builder()
            .algorithm(SigningAlgorithm::EdDsa)
            .signing_key_file(&path)
            .start()
            .await
            .expect("it starts");
        let text = std::fs::read(&path).expect("the file");
        let jwk: Value = serde_json::from_slice(&text).expect("a JWK");
        let private = jwk["d"].as_str().expect("a private member");
        let shown = format!("{issuer:?} {:?}", issuer.token("job"));
        assert!(!shown.contains(private));
        let (_, keys) = get(&issuer, "/jwks").await;
        assert!(!String::from_utf8_lossy(&keys).contains(private));
    }
}
