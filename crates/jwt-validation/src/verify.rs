//! Verification, step by step (RFC 7519 §7.2, RFC 7515 §5.2).
//!
//! The order matters. What bounds the work comes first; what chooses the key comes before the key is
//! looked for; the signature comes before any claim is read, so that a forged token learns nothing of
//! what its claims would have met (and no error can carry claims that nobody signed).

mod claims;

use crate::algorithm::Algorithm;
use crate::backend::SignatureVerifier;
use crate::claims::VerifiedClaims;
use crate::error::{Error, Excerpt};
use crate::header::Header;
use crate::key_set::KeySet;
use crate::policy::TokenPolicy;
use crate::record::{CheckRecorder, Recorder};
use crate::time::UnixTime;
use crate::token::{Compact, check_length};

impl TokenPolicy {
    /// Verifies `token` at the time `now` with the keys of its issuer.
    ///
    /// # Errors
    /// The first check that fails; see [`Error`].
    pub fn verify(
        &self,
        token: &str,
        keys: &KeySet,
        now: UnixTime,
    ) -> Result<VerifiedClaims, Error> {
        self.run(token, keys, now, &mut Recorder::off())
    }

    /// As [`verify`](Self::verify), and tells `recorder` each check as it is made.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_recorded(
        &self,
        token: &str,
        keys: &KeySet,
        now: UnixTime,
        recorder: &mut dyn CheckRecorder,
    ) -> Result<VerifiedClaims, Error> {
        self.run(token, keys, now, &mut Recorder::to(recorder))
    }

    fn run(
        &self,
        token: &str,
        keys: &KeySet,
        now: UnixTime,
        recorder: &mut Recorder<'_>,
    ) -> Result<VerifiedClaims, Error> {
        let opened = self.open(token, recorder)?;
        opened.verify_signature(keys, recorder)?;
        opened.verify_claims(self, now, recorder)
    }

    /// The checks that need no key.
    pub(crate) fn open<'t>(
        &self,
        token: &'t str,
        recorder: &mut Recorder<'_>,
    ) -> Result<Opened<'t>, Error> {
        let length = check_length(token, self.max_length);
        recorder.check("jwt.length", length.is_ok(), || {
            let expected = format!("at most {} octets", self.max_length);
            (expected, format!("{} octets", token.len()))
        });
        length?;

        let compact = Compact::parse(token);
        recorder.check("jwt.segments", compact.is_ok(), || {
            let expected = "three segments in base64url without padding".to_owned();
            (expected, outcome(compact.as_ref().err()))
        });
        let compact = compact?;

        let header = Header::parse(&compact.header);
        recorder.check("jwt.header", header.is_ok(), || {
            let expected = "one JSON object with distinct members".to_owned();
            (expected, outcome(header.as_ref().err()))
        });
        let header = header?;

        let algorithm = self.check_header(&header, recorder)?;
        let key_id = header.key_id.map(Into::into);
        Ok(Opened {
            algorithm,
            key_id,
            compact,
        })
    }

    /// The checks on the header's parameters. They give the algorithm.
    fn check_header(
        &self,
        header: &Header<'_>,
        recorder: &mut Recorder<'_>,
    ) -> Result<Algorithm, Error> {
        // RFC 7515 §4.1.11: what is critical must be understood, and no extension is.
        let critical = header.critical.as_deref().map(Excerpt::new);
        recorder.check("jwt.crit", critical.is_none(), || {
            ("no critical extension".to_owned(), show(critical.as_ref()))
        });
        if let Some(extension) = critical {
            return Err(Error::CriticalExtension { extension });
        }

        // RFC 8725 §3.11: tokens of one kind must not pass for another.
        let typ = header.typ.as_deref();
        let known_type = recorder.check("jwt.typ", self.types.accepts(typ), || {
            let found = show(typ.map(Excerpt::new).as_ref());
            (self.types.to_string(), found)
        });
        if !known_type {
            return Err(Error::Type {
                expected: self.types.clone(),
                found: typ.map(Excerpt::new),
            });
        }

        // RFC 8725 §3.1: the allow-list decides. `none` and HMAC have no `Algorithm` at all.
        let algorithm = Algorithm::from_name(&header.algorithm)
            .filter(|&found| self.algorithms.contains(found));
        recorder.check("jwt.alg", algorithm.is_some(), || {
            let found = Excerpt::new(&header.algorithm).to_string();
            (format!("one of {}", self.algorithms), found)
        });
        algorithm.ok_or_else(|| Error::Algorithm {
            expected: self.algorithms,
            found: Excerpt::new(&header.algorithm),
        })
    }
}

/// A token whose header has passed, and nothing else.
pub(crate) struct Opened<'t> {
    compact: Compact<'t>,
    algorithm: Algorithm,
    key_id: Option<String>,
}

impl Opened<'_> {
    #[cfg(feature = "http")]
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Finds the one key, and checks the signature with it.
    pub(crate) fn verify_signature(
        &self,
        keys: &KeySet,
        recorder: &mut Recorder<'_>,
    ) -> Result<(), Error> {
        let verifier = self.find_key(keys, recorder)?;
        let genuine = verifier
            .verify(
                self.compact.signing_input.as_bytes(),
                &self.compact.signature,
            )
            .is_ok();
        recorder.check("jwt.signature", genuine, || {
            let found = if genuine { "it does" } else { "it does not" };
            (
                format!("matches under {}", self.algorithm),
                found.to_owned(),
            )
        });
        if genuine {
            Ok(())
        } else {
            Err(Error::Signature)
        }
    }

    fn find_key<'k>(
        &self,
        keys: &'k KeySet,
        recorder: &mut Recorder<'_>,
    ) -> Result<&'k dyn SignatureVerifier, Error> {
        let verifier = keys.verifier(self.key_id.as_deref(), self.algorithm);
        recorder.check("jwt.key", verifier.is_ok(), || {
            let expected = match self.key_id.as_deref().map(Excerpt::new) {
                Some(key_id) => format!("a key {key_id} for {}", self.algorithm),
                None => format!("a single key for {}", self.algorithm),
            };
            (expected, outcome(verifier.as_ref().err()))
        });
        verifier
    }
}

/// What a recorder is told of a step that either works or says why not.
fn outcome(error: Option<&Error>) -> String {
    error.map_or_else(|| "as expected".to_owned(), ToString::to_string)
}

fn show(excerpt: Option<&Excerpt>) -> String {
    excerpt.map_or_else(|| "none".to_owned(), ToString::to_string)
}
