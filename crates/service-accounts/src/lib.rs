//! Service accounts and API keys: for pipelines and other callers that are not people.
//!
//! A service account belongs to an organization or to one team. It proves itself by API keys, of
//! which it may have several, or by the assertions of a JWT issuer that its organization
//! registered; then it has no keys at all.
//!
//! ```
//! use auth_core::OsRandom;
//! use service_accounts::ApiKeyFormat;
//!
//! let format = ApiKeyFormat::with_prefix("acme").expect("lower case, no dash");
//! let key = format.generate(&OsRandom).expect("the system has randomness");
//! assert!(key.key.expose().starts_with("acme-"));
//! assert!(format.is_meant_by(key.key.expose()));
//! ```
//!
//! # What a key's resolver checks, in order
//!
//! 1. The form: prefix, length, alphabet, checksum. The store is not asked about anything else.
//! 2. That the key exists.
//! 3. The secret, by digest, in constant time.
//! 4. That the owner exists and is enabled.
//!
//! The caller has one answer for all of these; the operator sees which it was.
//!
//! # What is not done here
//!
//! Whether somebody may make an account or a key is decided by [`auth_core::access`], before. Keys
//! don't expire.
//!
//! # Threats
//!
//! A stolen database yields digests of random secrets, no key. A key in a log or a repository can be
//! found by its prefix and told from noise by its checksum. Trying keys is hopeless by their length,
//! and each miss leaves an audit event.

mod accounts;
mod api_key;
mod resolver;
mod store;

pub use crate::accounts::{Error, IssuedKey, ServiceAccounts};
pub use crate::api_key::{ApiKeyFormat, ApiKeyHash, ApiKeyId, NewApiKey, PresentedApiKey};
pub use crate::resolver::ApiKeyResolver;
pub use crate::store::{
    AccountsOf, ApiKey, ApiKeyStore, Authentication, MOST_ACCOUNTS, MOST_KEYS, ServiceAccount,
    ServiceAccountStore,
};
