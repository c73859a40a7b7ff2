//! How often a verification asks for memory: exactly, so that a new copy is noticed.
//!
//! Counted is what Rust code allocates. AWS-LC and OpenSSL have allocators of their own.

#[cfg(test)]
mod allocations {
    use allocation_counter::{AllocationInfo, measure};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use josekit::jwk::Jwk;
    use josekit::jwk::alg::ec::EcCurve;
    use josekit::jwk::alg::ed::EdCurve;
    use josekit::jws::JwsSigner;
    use josekit::jws::alg::ecdsa::EcdsaJwsAlgorithm::{Es256, Es384};
    use josekit::jws::alg::eddsa::EddsaJwsAlgorithm::Eddsa;
    use josekit::jws::alg::rsassa::RsassaJwsAlgorithm::Rs256;
    use josekit::jws::alg::rsassa_pss::RsassaPssJwsAlgorithm::Ps256;
    use jwt_validation::{Algorithm, Audience, AwsLcRs, KeySet, TokenPolicy, UnixTime};
    use serde_json::{Value, json};

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    fn b64(octets: impl AsRef<[u8]>) -> String {
        URL_SAFE_NO_PAD.encode(octets)
    }

    fn policy() -> TokenPolicy {
        TokenPolicy::new("https://issuer.example", Audience::any_of(["api"]).unwrap())
    }

    /// Twelve claims, one of them twenty groups.
    fn claims() -> Value {
        let groups: Vec<String> = (0..20).map(|number| format!("group-{number:02}")).collect();
        json!({
            "iss": "https://issuer.example",
            "sub": "248289761001",
            "aud": "api",
            "exp": 1_700_003_600,
            "iat": 1_700_000_000,
            "nbf": 1_700_000_000,
            "jti": "f3b0c442-98fc-4c14-9afb-f4c8996fb924",
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "email_verified": true,
            "preferred_username": "ada",
            "groups": groups,
        })
    }

    fn issue(algorithm: Algorithm, claims: &Value) -> (KeySet, String) {
        let (key, signer): (Jwk, Box<dyn JwsSigner>) = match algorithm {
            Algorithm::Rs256 => {
                let key = Jwk::generate_rsa_key(2048).unwrap();
                let signer = Rs256.signer_from_jwk(&key).unwrap();
                (key, Box::new(signer))
            }
            Algorithm::Ps256 => {
                let key = Jwk::generate_rsa_key(2048).unwrap();
                let signer = Ps256.signer_from_jwk(&key).unwrap();
                (key, Box::new(signer))
            }
            Algorithm::Es256 => {
                let key = Jwk::generate_ec_key(EcCurve::P256).unwrap();
                let signer = Es256.signer_from_jwk(&key).unwrap();
                (key, Box::new(signer))
            }
            Algorithm::Es384 => {
                let key = Jwk::generate_ec_key(EcCurve::P384).unwrap();
                let signer = Es384.signer_from_jwk(&key).unwrap();
                (key, Box::new(signer))
            }
            _ => {
                let key = Jwk::generate_ed_key(EdCurve::Ed25519).unwrap();
                let signer = Eddsa.signer_from_jwk(&key).unwrap();
                (key, Box::new(signer))
            }
        };
        let mut public = key.to_public_key().unwrap();
        public.set_key_id("2026-01");
        let published = json!({ "keys": [public] }).to_string();
        let keys = KeySet::parse(published.as_bytes(), &AwsLcRs).unwrap();
        let header = json!({"alg": algorithm.name(), "kid": "2026-01", "typ": "JWT"});
        let input = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
        let signature = signer.sign(input.as_bytes()).unwrap();
        (keys, format!("{input}.{}", b64(signature)))
    }

    fn cost(policy: &TokenPolicy, keys: &KeySet, token: &str) -> (bool, AllocationInfo) {
        let mut accepted = false;
        let info = measure(|| accepted = policy.verify(token, keys, NOW).is_ok());
        (accepted, info)
    }

    #[test]
    fn a_token_that_is_accepted_costs_so_many_allocations() {
        for (algorithm, expected) in [
            (Algorithm::Rs256, 12),
            (Algorithm::Ps256, 12),
            (Algorithm::Es256, 12),
            (Algorithm::Es384, 12),
            (Algorithm::EdDsa, 12),
        ] {
            let (keys, token) = issue(algorithm, &claims());
            let policy = policy();
            let (accepted, info) = cost(&policy, &keys, &token);
            assert!(accepted, "{algorithm}");
            assert_eq!(info.count_total, expected, "{algorithm}");
            // Header, payload and signature are decoded once; little else is kept.
            let limit = u64::try_from(2 * token.len()).unwrap();
            assert!(info.bytes_max < limit, "{algorithm}: {}", info.bytes_max);
        }
    }

    #[test]
    fn jwt_034_jwt_035_what_is_too_long_costs_nothing() {
        let (keys, _) = issue(Algorithm::EdDsa, &claims());
        let policy = policy();
        for token in [
            ".".repeat(200_000),
            "a.".repeat(100_000),
            "x".repeat(1_000_000),
        ] {
            let (accepted, info) = cost(&policy, &keys, &token);
            assert!(!accepted);
            assert_eq!(info.count_total, 0);
        }
    }

    #[test]
    fn jwt_033_jwt_034_memory_does_not_grow_with_dots_or_depth() {
        let (keys, _) = issue(Algorithm::EdDsa, &claims());
        let patient = policy().max_length(1 << 20);
        for token in [".".repeat(200_000), "a.".repeat(100_000)] {
            let (accepted, info) = cost(&patient, &keys, &token);
            assert!(!accepted);
            assert_eq!(info.count_total, 0, "segments are not collected");
        }
        // Refused at the 33rd level: the rest of the header is decoded, and not looked at.
        for open in ["[", "{\"a\":"] {
            let header = format!("{{\"alg\":\"EdDSA\",\"x\":{}", open.repeat(5_000));
            let token = format!("{}.e30.AA", b64(&header));
            let (accepted, info) = cost(&patient, &keys, &token);
            assert!(!accepted);
            let beyond = info
                .bytes_max
                .saturating_sub(u64::try_from(header.len()).unwrap());
            assert!(beyond < 20_000, "{beyond}");
        }
    }
}
