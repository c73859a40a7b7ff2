//! An [`Authorizer`] as a middleware of the crate `reqwest-middleware`.

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};

use crate::authorized::Authorizer;

/// Does what [`AuthorizedClient`](crate::AuthorizedClient) does, within a chain of others. Those after it
/// in the chain see the credential; those before it don't.
#[async_trait]
impl Middleware for Authorizer {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let mut attempt = self.authorize(request).await.map_err(Error::middleware)?;
        loop {
            let (request, sent) = attempt.into_parts();
            let response = next.clone().run(request, extensions).await?;
            match sent
                .after(response.status())
                .await
                .map_err(Error::middleware)?
            {
                Some(again) => attempt = again,
                None => return Ok(response),
            }
        }
    }
}
