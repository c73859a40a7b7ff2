//! An access token as a credential.

use async_trait::async_trait;
use auth_core::{Credential, CredentialKind, Error, Identity, IdentityResolver, Method, Request};

use crate::access_token::{AccessTokens, refusal};

#[async_trait]
impl IdentityResolver for AccessTokens {
    fn kinds(&self) -> Vec<CredentialKind> {
        vec![CredentialKind::AccessToken]
    }

    async fn resolve(&self, mut request: Request<'_>) -> Result<Identity, Error> {
        let Credential::AccessToken(token) = request.credential else {
            return Err(refusal("access_token.malformed", "not an access token"));
        };
        let (now, recorder) = (request.now, &mut request.recorder);
        let bearer = self.verify(token.expose(), now, recorder).await?;
        let principal = self.bearer(&bearer, now, recorder).await?;
        let identity = Identity::new(principal, Method::Federation, bearer.issued_at)
            .confined_to(bearer.organization)
            .expiring_at(bearer.expires_at);
        Ok(identity)
    }
}
