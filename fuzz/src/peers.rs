//! The two other implementations, set up as a careful host would: key and algorithm by configuration,
//! issuer and audience stated, every claim that can be demanded demanded.

use std::time::{Duration, SystemTime};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

use crate::issuer::Scheme;
use crate::model::{AUDIENCE, ISSUER, NOW, decode};

/// Whether josekit accepts the signature and the header, and so does its validator the claims.
#[expect(
    clippy::disallowed_types,
    reason = "what is wrong with it is what the comparison shows"
)]
pub(crate) fn josekit_accepts(scheme: Scheme, token: &str) -> bool {
    let mut validator = josekit::jwt::JwtPayloadValidator::new();
    let now = Duration::from_secs(NOW.unsigned_abs());
    validator.set_base_time(
        SystemTime::UNIX_EPOCH
            .checked_add(now)
            .unwrap_or(SystemTime::UNIX_EPOCH),
    );
    validator.set_issuer(ISSUER);
    validator.set_audience(AUDIENCE);
    scheme.verifier().is_some_and(|verifier| {
        josekit::jwt::decode_with_verifier(token, &*verifier)
            .is_ok_and(|(payload, _)| validator.validate(&payload).is_ok())
    })
}

/// Whether josekit's JWS layer, which looks at no claim, accepts.
pub(crate) fn josekit_takes_jws(scheme: Scheme, token: &str) -> bool {
    scheme
        .verifier()
        .is_some_and(|verifier| josekit::jws::deserialize_compact(token, &*verifier).is_ok())
}

/// Whether OpenSSL takes the signature.
pub(crate) fn openssl_takes_signature(scheme: Scheme, token: &str) -> bool {
    let Some((input, signature)) = token.rsplit_once('.') else {
        return false;
    };
    let verifier = scheme.verifier().zip(decode(signature));
    verifier.is_some_and(|(verifier, octets)| verifier.verify(input.as_bytes(), &octets).is_ok())
}

/// Whether jsonwebtoken accepts signature, header and claims, but for the dates if `clock` is off: it
/// reads the system's clock.
pub(crate) fn jsonwebtoken_accepts(scheme: Scheme, token: &str, clock: bool) -> bool {
    let Some((algorithm, key)) = jsonwebtoken_key(scheme) else {
        return false;
    };
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_exp = clock;
    validation.validate_nbf = clock;
    jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation).is_ok()
}

/// Whether jsonwebtoken's JWS layer takes the token: anything but a fault of header or signature.
pub(crate) fn jsonwebtoken_takes_jws(scheme: Scheme, token: &str) -> bool {
    let Some((algorithm, key)) = jsonwebtoken_key(scheme) else {
        return false;
    };
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation).is_ok()
}

/// Whether jsonwebtoken takes the signature.
///
/// # Panics
/// If jsonwebtoken can't use the key.
pub(crate) fn jsonwebtoken_takes_signature(scheme: Scheme, token: &str) -> bool {
    let Some((input, signature)) = token.rsplit_once('.') else {
        return false;
    };
    let key = jsonwebtoken_key(scheme);
    assert!(key.is_some(), "{scheme:?}");
    key.is_some_and(|(algorithm, key)| {
        let taken = jsonwebtoken::crypto::verify(signature, input.as_bytes(), &key, algorithm);
        match taken {
            Ok(taken) => taken,
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::Base64(_)), "{error}");
                false
            }
        }
    })
}

fn jsonwebtoken_key(scheme: Scheme) -> Option<(Algorithm, DecodingKey)> {
    let algorithm = scheme.name.parse().ok()?;
    let published = scheme.public_key();
    let text = |name| published.get(name).and_then(Value::as_str);
    let key = match scheme.key_id {
        "rsa" => DecodingKey::from_rsa_components(text("n")?, text("e")?),
        "ed" => DecodingKey::from_ed_components(text("x")?),
        _ => DecodingKey::from_ec_components(text("x")?, text("y")?),
    };
    Some((algorithm, key.ok()?))
}
