//! An [`Authorizer`] as a middleware of the crate `reqwest-middleware`.

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};

use crate::authorized::Authorizer;

/// Does what [`AuthorizedClient`](crate::AuthorizedClient) does, within a chain of others. Those after it
/// in the chain see the credential; those before it don't.
///
/// # Security
/// Build the client with [`Policy::none`](reqwest::redirect::Policy::none). If it follows redirects,
/// reqwest takes `Authorization` off one to another host or port and keeps it on one to another path of
/// the same, outside of the base URL's too. The attribution headers, a person's email among them, go
/// along to any host, and a 401 of wherever the redirect led drops the access token.
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
            let another = sent.after(response.status()).await;
            match another.map_err(Error::middleware)? {
                Some(again) => attempt = again,
                None => return Ok(response),
            }
        }
    }
}
