//! What can go wrong with signing keys.

use auth_core::StoreError;

/// A signing key could not be made, read or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// The store failed, or did not do as it was told.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored key can't be read. The message names the key, never its content.
    #[error("the stored signing key {key_id:?} can't be read")]
    Unreadable {
        /// Which key.
        key_id: String,
    },
    /// OpenSSL failed to make a key or a signature.
    #[error("OpenSSL failed {during}")]
    Cryptography {
        /// The operation.
        during: &'static str,
    },
}
