//! The end of one access token before its time (RFC 7009).

use auth_core::{AuditEvent, Credential, Error, Method, Outcome, Request};

use crate::access_token::{AccessTokens, LEEWAY};
use crate::revocation::RevokedToken;

impl AccessTokens {
    /// Revokes the access token in `request`: holding it is what entitles to this. It is audited.
    ///
    /// What is no genuine token of ours, or has expired or been revoked, needs nothing done and is no
    /// error (RFC 7009 §2.2). Only a token whose signature verifies, by a key that is still the store's,
    /// takes room in the store, and only for as long as it would live, so that strangers can't fill it.
    ///
    /// # Errors
    /// Where the store does not answer: the token may still count then.
    pub async fn revoke(&self, mut request: Request<'_>) -> Result<(), Error> {
        let Credential::AccessToken(token) = request.credential else {
            return Ok(());
        };
        let (now, recorder) = (request.now, &mut request.recorder);
        let bearer = match self.verify(token.expose(), now, recorder).await {
            Ok(bearer) => bearer,
            Err(Error::Refused(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        // A node that has not yet learned of a withdrawal still verifies by the withdrawn key: whoever
        // stole that must not write. And a repeat needs no change, which would keep others from theirs.
        let standing = self.standing(&bearer, now).await?;
        if standing.revoked || !standing.key_stands {
            return Ok(());
        }
        let mut audit = AuditEvent::new(now, "access_token.revoke", Outcome::Granted)
            .within(&bearer.organization)
            .to("access-token", &bearer.jwt_id)
            .from_address(request.remote_address);
        // Who the bearer is was proven by the token; whether the bearer is still there does not matter.
        audit.actor = Some(bearer.principal.to_string());
        audit.method = Some(Method::Federation);
        let revoked = RevokedToken {
            jwt_id: bearer.jwt_id,
            // Once for the leeway of `exp`, once for the node whose clock is ahead and forgets first.
            kept_until: bearer.expires_at.plus(LEEWAY).plus(LEEWAY),
        };
        Ok(self.store.revoke_token(&revoked, now, audit).await?)
    }
}
