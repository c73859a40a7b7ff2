use super::*;

const JWKS: [&str; 3] = [
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
    r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp
-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-b
Sf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH
7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#,
];

/// A backend is a public type: it must hold without the key set in front of it.
fn takes_a_key_for_its_own_algorithms_only(backend: &dyn Backend) {
    for jwk in JWKS {
        // The modulus is wrapped here for the eye.
        let key = PublicKey::from_jwk(jwk.replace('\n', "").as_bytes()).unwrap();
        for algorithm in Algorithm::ALL {
            let prepared = backend.verifier(&key, algorithm);
            if key.kind() == algorithm.key_kind() {
                assert_eq!(prepared.unwrap().algorithm(), algorithm);
            } else {
                let error = prepared.unwrap_err();
                assert_eq!(
                    error,
                    KeyError::Algorithm,
                    "{backend:?} {algorithm} {key:?}"
                );
            }
        }
    }
}

#[cfg(feature = "aws-lc-rs")]
#[test]
fn jwt_011_aws_lc_rs_takes_a_key_for_its_own_algorithms_only() {
    takes_a_key_for_its_own_algorithms_only(&AwsLcRs);
}

#[cfg(feature = "josekit")]
#[test]
fn jwt_011_josekit_takes_a_key_for_its_own_algorithms_only() {
    takes_a_key_for_its_own_algorithms_only(&Josekit);
}
