//! The vectors of Project Wycheproof for the signature primitives, under both backends.
//!
//! They stand for the cases that a token can't show better: JWT-013 to JWT-019. Each test states how many
//! vectors it ran, since one that runs none passes as well.

#![expect(clippy::arithmetic_side_effects, reason = "counts of vectors")]

#[cfg(test)]
mod vectors {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jwt_validation::{
        Algorithm, AwsLcRs, Backend, Josekit, PublicKey, SignatureVerifier, SkipReason,
    };
    use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

    const BACKENDS: [&dyn Backend; 2] = [&AwsLcRs, &Josekit];

    fn b64(octets: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(octets)
    }

    fn rsa(n: &[u8], e: &[u8]) -> Result<PublicKey, SkipReason> {
        let jwk = format!(r#"{{"kty":"RSA","n":"{}","e":"{}"}}"#, b64(n), b64(e));
        PublicKey::from_jwk(jwk.as_bytes())
    }

    /// How many vectors were accepted and refused under both backends together. A set that is empty, or
    /// all of one kind, would show nothing.
    #[derive(Debug, Default, PartialEq)]
    struct Tally {
        accepted: usize,
        refused: usize,
    }

    impl Tally {
        /// Runs one vector; gives whether it was accepted.
        fn run(
            &mut self,
            verifier: &dyn SignatureVerifier,
            message: &[u8],
            signature: &[u8],
        ) -> bool {
            let accepted = verifier.verify(message, signature).is_ok();
            if accepted {
                self.accepted += 1;
            } else {
                self.refused += 1;
            }
            accepted
        }
    }

    #[test]
    fn jwt_013_jwt_015_jwt_016_rsa_pkcs1() {
        use rsa_pkcs1_verify::TestName as Set;
        let mut total = Tally::default();
        for (set, algorithm) in [
            (Set::Rsa2048Sha256, Algorithm::Rs256),
            (Set::Rsa2048Sha384, Algorithm::Rs384),
            (Set::Rsa2048Sha512, Algorithm::Rs512),
            (Set::Rsa3072Sha256, Algorithm::Rs256),
            (Set::Rsa3072Sha384, Algorithm::Rs384),
            (Set::Rsa3072Sha512, Algorithm::Rs512),
            (Set::Rsa4096Sha256, Algorithm::Rs256),
            (Set::Rsa4096Sha384, Algorithm::Rs384),
            (Set::Rsa4096Sha512, Algorithm::Rs512),
            (Set::Rsa8192Sha256, Algorithm::Rs256),
            (Set::Rsa8192Sha384, Algorithm::Rs384),
            (Set::Rsa8192Sha512, Algorithm::Rs512),
        ] {
            let mut tally = Tally::default();
            for group in rsa_pkcs1_verify::TestSet::load(set).unwrap().test_groups {
                let key = match rsa(&group.key.n, &group.key.e) {
                    Ok(key) => key,
                    // Some groups have the exponent 3.
                    Err(reason) => {
                        assert_eq!(reason, SkipReason::Exponent, "{set:?}");
                        continue;
                    }
                };
                for backend in BACKENDS {
                    let verifier = backend.verifier(&key, algorithm).unwrap();
                    for test in &group.tests {
                        // What is merely acceptable, such as a missing NULL, is refused.
                        let valid = test.result == TestResult::Valid;
                        let accepted = tally.run(&*verifier, &test.msg, &test.sig);
                        assert_eq!(accepted, valid, "{backend:?} {set:?} {}", test.tc_id);
                    }
                }
            }
            assert!(tally.accepted > 0 && tally.refused > 0, "{set:?} {tally:?}");
            total.accepted += tally.accepted;
            total.refused += tally.refused;
        }
        let expected = Tally {
            accepted: 168,
            refused: 6_034,
        };
        assert_eq!(total, expected);
    }

    #[test]
    fn jwt_014_rsa_pss() {
        use rsa_pss_verify::TestName as Set;
        let mut total = Tally::default();
        for (set, algorithm) in [
            (Set::RsaPss2048Sha256Mgf1SaltLen32, Algorithm::Ps256),
            (
                Set::RsaPss2048Sha256Mgf1SaltLen32WithParams,
                Algorithm::Ps256,
            ),
            (Set::RsaPss3072Sha256Mgf1SaltLen32, Algorithm::Ps256),
            (
                Set::RsaPss3072Sha256Mgf1SaltLen32WithParams,
                Algorithm::Ps256,
            ),
            (Set::RsaPss4096Sha256Mgf1SaltLen32, Algorithm::Ps256),
            (Set::RsaPss2048Sha384Mgf1SaltLen48, Algorithm::Ps384),
            (Set::RsaPss4096Sha384Mgf1SaltLen48, Algorithm::Ps384),
            (Set::RsaPss4096Sha512Mgf1SaltLen64, Algorithm::Ps512),
            (
                Set::RsaPss4096Sha512Mgf1SaltLen64WithParams,
                Algorithm::Ps512,
            ),
        ] {
            let mut tally = Tally::default();
            for group in rsa_pss_verify::TestSet::load(set).unwrap().test_groups {
                let key = rsa(&group.key.n, &group.key.e).unwrap();
                for backend in BACKENDS {
                    let verifier = backend.verifier(&key, algorithm).unwrap();
                    for test in &group.tests {
                        let valid = test.result == TestResult::Valid;
                        let accepted = tally.run(&*verifier, &test.msg, &test.sig);
                        assert_eq!(accepted, valid, "{backend:?} {set:?} {}", test.tc_id);
                    }
                }
            }
            assert!(tally.accepted > 0 && tally.refused > 0, "{set:?} {tally:?}");
            total.accepted += tally.accepted;
            total.refused += tally.refused;
        }
        let expected = Tally {
            accepted: 1_538,
            refused: 822,
        };
        assert_eq!(total, expected);
    }

    #[test]
    fn jwt_014_rsa_pss_with_other_parameters() {
        use rsa_pss_verify::TestName as Set;
        // Another salt length, or MGF1 over another hash: what is valid there is not valid here
        // (RFC 7518 §3.5).
        let mut valid_elsewhere = 0;
        for (set, algorithm) in [
            (Set::RsaPss2048Sha256Mgf1SaltLen0, Algorithm::Ps256),
            (
                Set::RsaPss2048Sha256Mgf1SaltLen0WithParams,
                Algorithm::Ps256,
            ),
            (Set::RsaPss2048Sha256Mgf1Sha1_20, Algorithm::Ps256),
            (
                Set::RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams,
                Algorithm::Ps512,
            ),
            (Set::RsaPss4096Sha512Mgf1SaltLen32, Algorithm::Ps512),
            (
                Set::RsaPss4096Sha512Mgf1SaltLen32WithParams,
                Algorithm::Ps512,
            ),
        ] {
            let mut tally = Tally::default();
            for group in rsa_pss_verify::TestSet::load(set).unwrap().test_groups {
                let key = rsa(&group.key.n, &group.key.e).unwrap();
                for backend in BACKENDS {
                    let verifier = backend.verifier(&key, algorithm).unwrap();
                    for test in &group.tests {
                        let accepted = tally.run(&*verifier, &test.msg, &test.sig);
                        if test.result == TestResult::Valid {
                            valid_elsewhere += 1;
                            assert!(!accepted, "{backend:?} {set:?} {}", test.tc_id);
                        }
                    }
                }
            }
            assert!(tally.refused > 0, "{set:?} {tally:?}");
        }
        assert_eq!(valid_elsewhere, 1_162);
    }

    #[test]
    fn jwt_017_jwt_018_ecdsa() {
        use ecdsa::TestName as Set;
        let mut total = Tally::default();
        for (set, algorithm, curve, width) in [
            (
                Set::EcdsaSecp256r1Sha256P1363,
                Algorithm::Es256,
                "P-256",
                32,
            ),
            (
                Set::EcdsaSecp384r1Sha384P1363,
                Algorithm::Es384,
                "P-384",
                48,
            ),
            (
                Set::EcdsaSecp521r1Sha512P1363,
                Algorithm::Es512,
                "P-521",
                66,
            ),
        ] {
            let mut tally = Tally::default();
            for group in ecdsa::TestSet::load(set).unwrap().test_groups {
                let point = &group.key.key[1..];
                let (x, y) = (b64(&point[..width]), b64(&point[width..]));
                let jwk = format!(r#"{{"kty":"EC","crv":"{curve}","x":"{x}","y":"{y}"}}"#);
                let key = PublicKey::from_jwk(jwk.as_bytes()).unwrap();
                for backend in BACKENDS {
                    let verifier = backend.verifier(&key, algorithm).unwrap();
                    for test in &group.tests {
                        let valid = test.result == TestResult::Valid;
                        let accepted = tally.run(&*verifier, &test.msg, &test.sig);
                        assert_eq!(accepted, valid, "{backend:?} {set:?} {}", test.tc_id);
                    }
                }
            }
            assert!(tally.accepted > 0 && tally.refused > 0, "{set:?} {tally:?}");
            total.accepted += tally.accepted;
            total.refused += tally.refused;
        }
        let expected = Tally {
            accepted: 1_194,
            refused: 526,
        };
        assert_eq!(total, expected);
    }

    #[test]
    fn jwt_019_ed25519() {
        let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
        let mut total = Tally::default();
        for group in set.test_groups {
            let x = b64(&group.key.pk);
            let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
            let key = PublicKey::from_jwk(jwk.as_bytes()).unwrap();
            for backend in BACKENDS {
                let verifier = backend.verifier(&key, Algorithm::EdDsa).unwrap();
                for test in &group.tests {
                    let valid = test.result == TestResult::Valid;
                    let accepted = total.run(&*verifier, &test.msg, &test.sig);
                    assert_eq!(accepted, valid, "{backend:?} {}", test.tc_id);
                }
            }
        }
        let expected = Tally {
            accepted: 176,
            refused: 126,
        };
        assert_eq!(total, expected);
    }
}
