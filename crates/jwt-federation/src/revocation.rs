//! What must still hold for an access token that was issued, and how one is ended before its time.

use std::fmt;

use async_trait::async_trait;
use auth_core::{AuditEvent, OrganizationId, StoreError, Timestamp};

use crate::issuer::JwtIssuerId;

/// What a genuine access token says of itself, to ask the store about.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TokenInUse<'a> {
    /// Its `jti`.
    pub jwt_id: &'a str,
    /// The `kid` of the key that signed it.
    pub key_id: &'a str,
    /// The registration of the issuer that vouched for its bearer.
    pub registration: &'a JwtIssuerId,
    /// The organization that it confines its bearer to.
    pub organization: &'a OrganizationId,
    /// The moment to judge it at.
    pub now: Timestamp,
}

impl<'a> TokenInUse<'a> {
    /// The token `jwt_id`, signed by `key_id`, for somebody of `organization` whom `registration`
    /// vouched for; judged at `now`.
    #[must_use]
    pub const fn new(
        jwt_id: &'a str,
        key_id: &'a str,
        registration: &'a JwtIssuerId,
        organization: &'a OrganizationId,
        now: Timestamp,
    ) -> Self {
        Self {
            jwt_id,
            key_id,
            registration,
            organization,
            now,
        }
    }
}

/// How the things stand that an access token depends on, beside its bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenStanding {
    /// The issuer's registration is there, is the organization's, and may vouch at this moment.
    pub registration_stands: bool,
    /// The token was revoked.
    pub revoked: bool,
    /// The key that signed the token is one of the store's: it was not withdrawn.
    pub key_stands: bool,
}

impl TokenStanding {
    /// Whether nothing speaks against the token.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.registration_stands && !self.revoked && self.key_stands
    }
}

/// A token that ends before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedToken {
    /// Its `jti`.
    pub jwt_id: String,
    /// From this moment on every node refuses it for its age, and the note is not needed any more.
    pub kept_until: Timestamp,
}

/// Answers, at each request, whether an access token still counts. Nothing of it is cached, so that
/// what one process has changed counts in all others from their next request on.
///
/// # Errors
/// Both methods: [`StoreError::Unavailable`].
#[async_trait]
pub trait AccessTokenStore: Send + Sync + fmt::Debug {
    /// How the things stand that `token` depends on, as of one moment: one query.
    ///
    /// # Errors
    /// As the trait says.
    async fn token_standing(&self, token: &TokenInUse<'_>) -> Result<TokenStanding, StoreError>;

    /// Revokes a token, and forgets those whose `kept_until` is before `now`. For one that was revoked
    /// already nothing changes, and no second event is left; it is no error.
    ///
    /// # Errors
    /// As the trait says.
    async fn revoke_token(
        &self,
        token: &RevokedToken,
        now: Timestamp,
        audit: AuditEvent,
    ) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_only_if_nothing_speaks_against_it() {
        for (registration_stands, revoked, key_stands, holds) in [
            (true, false, true, true),
            (false, false, true, false),
            (true, true, true, false),
            (true, false, false, false),
        ] {
            let standing = TokenStanding {
                registration_stands,
                revoked,
                key_stands,
            };
            assert_eq!(standing.holds(), holds, "{standing:?}");
        }
    }
}
