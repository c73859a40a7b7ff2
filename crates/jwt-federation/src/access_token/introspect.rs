//! What an access token means at this moment (RFC 7662).

use std::sync::Arc;

use auth_core::{Error, OrganizationId, Principal, Recorder, Secret, Timestamp};
use jwt_validation::VerifiedClaims;

use crate::access_token::AccessTokens;

/// An access token that would be taken at this moment.
#[derive(Debug)]
#[non_exhaustive]
pub struct ActiveToken {
    /// What it says.
    pub claims: Arc<VerifiedClaims>,
    /// Its bearer, as the store has it now.
    pub principal: Principal,
    /// The organization that it confines its bearer to. Who is not of that organization must not
    /// learn that the token exists.
    pub organization: OrganizationId,
}

impl AccessTokens {
    /// What `token` means at this moment; `None` if it would be refused, for whatever reason, or is no
    /// access token of ours. Its checks are those of a request that shows it.
    ///
    /// # Errors
    /// Where the store does not answer, and that only.
    pub async fn introspect(
        &self,
        token: &Secret,
        now: Timestamp,
    ) -> Result<Option<ActiveToken>, Error> {
        let mut recorder = Recorder::off();
        let introspected = async {
            let bearer = self.verify(token.expose(), now, &mut recorder).await?;
            let principal = self.bearer(&bearer, now, &mut recorder).await?;
            Ok(ActiveToken {
                claims: bearer.claims,
                principal,
                organization: bearer.organization,
            })
        };
        match introspected.await {
            Ok(active) => Ok(Some(active)),
            Err(Error::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
