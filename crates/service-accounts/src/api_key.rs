//! The form of an API key, and what is kept of it.

use std::fmt;

use auth_core::{ConfigError, Random, RandomError, Secret, alphanumeric};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const ID: usize = 10;
const SECRET: usize = 24;
const CHECKSUM: usize = 6;
const BODY: usize = ID + SECRET + CHECKSUM;
const LONGEST_PREFIX: usize = 16;

/// The public part of an API key: it may be shown, logged and searched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKeyId(String);

impl ApiKeyId {
    /// Takes a stored identifier.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text: 10 characters of `[0-9a-z]`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a store keeps of a key: SHA-256 over the identifier and the secret part.
///
/// A plain digest is enough, since the secret is 124 bits of the system's randomness: nothing short
/// of trying all of them finds it. It is compared in constant time only.
#[derive(Clone)]
pub struct ApiKeyHash([u8; 32]);

impl ApiKeyHash {
    /// Takes a stored digest.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyHash(..)")
    }
}

/// A key as a caller showed it: well-formed, and so far nothing more.
#[derive(Debug)]
#[non_exhaustive]
pub struct PresentedApiKey {
    /// Which key it says it is.
    pub id: ApiKeyId,
    /// The digest of what it shows.
    pub hash: ApiKeyHash,
}

/// A new key. The secret exists here and in the caller's hands, nowhere else.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewApiKey {
    /// The public part.
    pub id: ApiKeyId,
    /// The whole key.
    pub key: Secret,
    /// What to store.
    pub hash: ApiKeyHash,
}

/// The form of an instance's API keys: `PREFIX-` and 40 characters of `[0-9a-z]`, of which 10 are the
/// key's identifier, 24 its secret, and 6 a checksum over both.
///
/// Every released W&B SDK takes this form. The fixed prefix and the checksum let secret scanners
/// recognise a leaked key and tell it from text that only looks like one.
///
/// ```
/// use auth_core::OsRandom;
/// use service_accounts::ApiKeyFormat;
///
/// let format = ApiKeyFormat::default();
/// let new = format.generate(&OsRandom)?;
/// let presented = format.parse(new.key.expose()).expect("it is well-formed");
/// assert_eq!(presented.id, new.id);
/// assert!(presented.hash.matches(&new.hash));
/// # Ok::<(), auth_core::RandomError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyFormat {
    prefix: String,
}

impl Default for ApiKeyFormat {
    /// The prefix `local`, as the W&B SDK's own self-hosted servers have it.
    fn default() -> Self {
        Self {
            prefix: "local".to_owned(),
        }
    }
}

impl ApiKeyFormat {
    /// Keys that begin with `prefix` and a dash.
    ///
    /// # Errors
    /// [`ConfigError::Setting`] unless the prefix has 1 to 16 characters of `[0-9a-z]`: clients cut a
    /// key at its first dash.
    pub fn with_prefix(prefix: &str) -> Result<Self, ConfigError> {
        let fits =
            (1..=LONGEST_PREFIX).contains(&prefix.len()) && prefix.bytes().all(is_in_alphabet);
        if !fits {
            return Err(ConfigError::Setting {
                field: "API key prefix",
                found: prefix.chars().take(LONGEST_PREFIX).collect(),
                expected: "1 to 16 characters of [0-9a-z]",
            });
        }
        Ok(Self {
            prefix: prefix.to_owned(),
        })
    }

    /// Whether `text` begins as this instance's keys do.
    #[must_use]
    pub fn is_meant_by(&self, text: &str) -> bool {
        self.body(text).is_some()
    }

    /// Draws a new key.
    ///
    /// # Errors
    /// [`RandomError`] where `random` fails.
    pub fn generate(&self, random: &dyn Random) -> Result<NewApiKey, RandomError> {
        let id = alphanumeric(random, ID)?;
        let secret = Secret::new(alphanumeric(random, SECRET)?);
        let hash = digest(&id, secret.expose());
        let checksum = checksum(&id, secret.expose());
        let key = Secret::new(format!("{}-{id}{}{checksum}", self.prefix, secret.expose()));
        Ok(NewApiKey {
            id: ApiKeyId(id),
            key,
            hash,
        })
    }

    /// Reads a key that a caller showed; `None` where it is not well-formed, so that no store is
    /// asked about it.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<PresentedApiKey> {
        let body = self.body(text)?;
        if body.len() != BODY || !body.bytes().all(is_in_alphabet) {
            return None;
        }
        let (id, rest) = body.split_at_checked(ID)?;
        let (secret, shown_checksum) = rest.split_at_checked(SECRET)?;
        // No secret is compared here: the checksum follows from the text that the caller showed.
        if shown_checksum != checksum(id, secret) {
            return None;
        }
        Some(PresentedApiKey {
            id: ApiKeyId(id.to_owned()),
            hash: digest(id, secret),
        })
    }

    fn body<'a>(&self, text: &'a str) -> Option<&'a str> {
        text.strip_prefix(&self.prefix)?.strip_prefix('-')
    }
}

const fn is_in_alphabet(octet: u8) -> bool {
    octet.is_ascii_digit() || octet.is_ascii_lowercase()
}

fn digest(id: &str, secret: &str) -> ApiKeyHash {
    let digest = Sha256::new()
        .chain_update(id)
        .chain_update(secret)
        .finalize();
    ApiKeyHash(digest.into())
}

/// The first 31 bits of a digest with a domain of its own, in base 36.
fn checksum(id: &str, secret: &str) -> String {
    let digest: [u8; 32] = Sha256::new()
        .chain_update("checksum:")
        .chain_update(id)
        .chain_update(secret)
        .finalize()
        .into();
    let [first, second, third, fourth, ..] = digest;
    let mut rest = u32::from_be_bytes([first, second, third, fourth]) >> 1;
    let mut characters = ['0'; CHECKSUM];
    for character in characters.iter_mut().rev() {
        *character = char::from_digit(rest % 36, 36).unwrap_or('0');
        rest /= 36;
    }
    characters.iter().collect()
}

#[cfg(test)]
mod tests {
    use auth_core::OsRandom;
    use proptest::prelude::*;

    use super::*;

    fn new() -> NewApiKey {
        ApiKeyFormat::default()
            .generate(&OsRandom)
            .expect("the system has randomness")
    }

    #[test]
    fn sa_001_a_key_has_the_form_that_every_client_takes() {
        let new = new();
        let body = new.key.expose().strip_prefix("local-").expect("the prefix");
        assert_eq!(body.len(), 40);
        assert!(body.bytes().all(is_in_alphabet));
        assert!(body.starts_with(new.id.as_str()));
    }

    #[test]
    fn sa_002_the_hash_is_not_the_secret_and_never_shows() {
        let new = new();
        let text = format!("{new:?}");
        assert!(text.contains(new.id.as_str()));
        let secret = &new.key.expose()["local-".len() + ID..][..SECRET];
        assert!(!text.contains(secret));
        assert!(!String::from_utf8_lossy(new.hash.as_bytes()).contains(secret));
    }

    #[test]
    fn sa_004_what_is_not_a_key_is_not_parsed() {
        let format = ApiKeyFormat::default();
        let key = new().key.expose().to_owned();
        let flipped = |at: usize| {
            let mut octets = key.clone().into_bytes();
            octets[at] = if octets[at] == b'0' { b'1' } else { b'0' };
            String::from_utf8(octets).expect("ASCII stays ASCII")
        };
        assert!(format.parse(&key).is_some());
        for (name, text) in [
            ("empty", String::new()),
            ("prefix alone", "local-".into()),
            ("other prefix", key.replace("local", "locax")),
            ("no prefix", key.replace("local-", "")),
            ("upper case", key.to_uppercase()),
            ("one character more", format!("{key}0")),
            ("one character less", key[..key.len() - 1].into()),
            ("trailing blank", format!("{key} ")),
            ("line break", format!("{key}\n")),
            ("multibyte", format!("local-{}", "é".repeat(20))),
            ("wrong character in the identifier", flipped(7)),
            ("wrong character in the secret", flipped(20)),
            ("wrong checksum", flipped(key.len() - 1)),
            ("1 MB", format!("local-{}", "a".repeat(1 << 20))),
        ] {
            assert!(format.parse(&text).is_none(), "{name}");
        }
    }

    #[test]
    fn a_prefix_survives_clients_that_cut_at_the_first_dash() {
        for (prefix, fits) in [
            ("acme", true),
            ("a1", true),
            ("", false),
            ("a-b", false),
            ("Acme", false),
            ("é", false),
            (&"a".repeat(17), false),
        ] {
            assert_eq!(ApiKeyFormat::with_prefix(prefix).is_ok(), fits, "{prefix}");
        }
        let format = ApiKeyFormat::with_prefix("acme").expect("it fits");
        let key = format
            .generate(&OsRandom)
            .expect("the system has randomness")
            .key;
        assert!(format.parse(key.expose()).is_some());
        assert!(ApiKeyFormat::default().parse(key.expose()).is_none());
    }

    proptest! {
        #[test]
        fn fuzz_13_any_text_is_a_key_or_none(text in "\\PC*", body in "[0-9a-z]{40}") {
            let format = ApiKeyFormat::default();
            let _ = format.parse(&text);
            if let Some(presented) = format.parse(&format!("local-{body}")) {
                prop_assert_eq!(presented.id.as_str(), &body[..ID]);
            }
        }
    }
}
