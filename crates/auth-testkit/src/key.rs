//! Keys to sign with.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use auth_core::{OsRandom, alphanumeric};
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jwk::alg::ed::EdCurve;
use josekit::jws::{ES256, EdDSA, JwsHeader, JwsSigner, RS256};
use serde_json::{Map, Value};

use crate::builder::StartError;

const RSA_BITS: u32 = 2048;

/// What tokens are signed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 and 2,048 bits, which every issuer must be able to (OpenID
    /// Connect Core 1.0 §15.1).
    #[default]
    Rs256,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// Ed25519 (RFC 8037).
    EdDsa,
}

impl SigningAlgorithm {
    /// Its name in a JOSE header (RFC 7518 §3.1).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Rs256, Self::Es256, Self::EdDsa]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }
}

/// A key pair.
pub(crate) struct SigningKey {
    key_id: String,
    algorithm: SigningAlgorithm,
    signer: Box<dyn JwsSigner>,
    public_jwk: Value,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("key_id", &self.key_id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    pub(crate) fn generate(algorithm: SigningAlgorithm) -> Result<Self, StartError> {
        Self::from_jwk(&generate_jwk(algorithm)?).ok_or(StartError::Cryptography)
    }

    /// Reads the key of a file; makes both where there is no file.
    pub(crate) fn load_or_create(
        path: &Path,
        algorithm: SigningAlgorithm,
    ) -> Result<Self, StartError> {
        let failed = |source| StartError::KeyFile {
            path: path.to_owned(),
            source,
        };
        let jwk = match fs::read(path) {
            Ok(text) => Jwk::from_bytes(text).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let jwk = generate_jwk(algorithm)?;
                write_private(path, jwk.to_string().as_bytes()).map_err(failed)?;
                Some(jwk)
            }
            Err(error) => return Err(failed(error)),
        };
        jwk.and_then(|jwk| Self::from_jwk(&jwk))
            .ok_or_else(|| StartError::NoKey {
                path: path.to_owned(),
            })
    }

    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let algorithm = SigningAlgorithm::named(jwk.algorithm()?)?;
        let signer: Box<dyn JwsSigner> = match algorithm {
            SigningAlgorithm::Rs256 => Box::new(RS256.signer_from_jwk(jwk).ok()?),
            SigningAlgorithm::Es256 => Box::new(ES256.signer_from_jwk(jwk).ok()?),
            SigningAlgorithm::EdDsa => Box::new(EdDSA.signer_from_jwk(jwk).ok()?),
        };
        let key_id = jwk.key_id()?.to_owned();
        Some(Self {
            key_id,
            algorithm,
            signer,
            public_jwk: public_members(jwk),
        })
    }

    pub(crate) const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// For the JWK Set.
    pub(crate) const fn public_jwk(&self) -> &Value {
        &self.public_jwk
    }

    #[expect(
        clippy::expect_used,
        reason = "in a test there is no better answer than to stop"
    )]
    pub(crate) fn sign(&self, typ: &str, claims: &Map<String, Value>) -> String {
        let mut header = JwsHeader::new();
        header.set_token_type(typ);
        header.set_key_id(&self.key_id);
        let payload = Value::Object(claims.clone()).to_string();
        josekit::jws::serialize_compact(payload.as_bytes(), &header, self.signer.as_ref())
            .expect("a key that was loaded can sign")
    }
}

fn generate_jwk(algorithm: SigningAlgorithm) -> Result<Jwk, StartError> {
    let generated = match algorithm {
        SigningAlgorithm::Rs256 => Jwk::generate_rsa_key(RSA_BITS),
        SigningAlgorithm::Es256 => Jwk::generate_ec_key(EcCurve::P256),
        SigningAlgorithm::EdDsa => Jwk::generate_ed_key(EdCurve::Ed25519),
    };
    let mut jwk = generated.map_err(|_| StartError::Cryptography)?;
    let key_id = alphanumeric(&OsRandom, 16).map_err(|_| StartError::Cryptography)?;
    jwk.set_key_id(key_id);
    jwk.set_key_use("sig");
    jwk.set_algorithm(algorithm.name());
    Ok(jwk)
}

/// Picks the public members by name, so that no private one can slip through.
fn public_members(jwk: &Jwk) -> Value {
    let members = ["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg"];
    let picked = members
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), jwk.parameter(name)?.clone())));
    Value::Object(picked.collect())
}

/// Makes a file that only the present user of the operating system can read, whole or not at all.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}
