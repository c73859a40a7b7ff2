//! From an identifier to the one who acts, with present rights.

use std::fmt;

use async_trait::async_trait;

use crate::error::StoreError;
use crate::id::PrincipalId;
use crate::identity::Principal;

/// Finds principals as they are now: roles and scopes of this moment, not of the moment when a
/// credential was made.
#[async_trait]
pub trait Principals: Send + Sync + fmt::Debug {
    /// The principal; `None` where it is gone or disabled, which the caller can't tell apart.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn principal(&self, id: &PrincipalId) -> Result<Option<Principal>, StoreError>;
}
