//! A request on its way, and whether it goes a second time.

use http::StatusCode;
use reqwest::Request;

use super::Authorizer;
use crate::access_token::AccessToken;
use crate::error::Error;

/// A request with its credential, to be sent once.
///
/// For HTTP stacks that this crate doesn't know:
///
/// ```
/// # use federation_client::{Authorizer, Error};
/// # async fn transmit(request: reqwest::Request) -> Result<reqwest::Response, Error> { unimplemented!() }
/// # async fn send(authorizer: Authorizer, request: reqwest::Request) -> Result<reqwest::Response, Error> {
/// let mut attempt = authorizer.authorize(request).await?;
/// loop {
///     let (request, sent) = attempt.into_parts();
///     let response = transmit(request).await?;
///     match sent.after(response.status()).await? {
///         Some(again) => attempt = again,
///         None => return Ok(response),
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Attempt {
    request: Request,
    sent: Sent,
}

/// What to know of a request after it was sent.
#[derive(Debug)]
pub struct Sent {
    authorizer: Authorizer,
    used: Option<AccessToken>,
    again: Option<Request>,
}

impl Attempt {
    pub(super) async fn first(authorizer: Authorizer, request: Request) -> Result<Self, Error> {
        if !authorizer.is_for(&request) {
            return Ok(Self {
                request,
                sent: Sent {
                    authorizer,
                    used: None,
                    again: None,
                },
            });
        }
        let again = request.try_clone();
        Self::prepare(authorizer, request, again).await
    }

    async fn prepare(
        authorizer: Authorizer,
        mut request: Request,
        again: Option<Request>,
    ) -> Result<Self, Error> {
        let used = authorizer.apply(&mut request).await?;
        let sent = Sent {
            authorizer,
            used,
            again,
        };
        Ok(Self { request, sent })
    }

    /// The request to send, and what to ask once the answer's status is known.
    #[must_use]
    pub fn into_parts(self) -> (Request, Sent) {
        (self.request, self.sent)
    }
}

impl Sent {
    /// Whether to send again after an answer of `status`. A 401 drops the access token that was used, and
    /// the request goes once more with a new one, if its body can be sent twice. The second 401 is final.
    ///
    /// # Errors
    /// [`Error`] where there is no new access token: it tells more than the 401 does.
    pub async fn after(self, status: StatusCode) -> Result<Option<Attempt>, Error> {
        let Some(used) = self.used.filter(|_| status == StatusCode::UNAUTHORIZED) else {
            return Ok(None);
        };
        if !self.authorizer.reject(&used).await {
            return Ok(None);
        }
        match self.again {
            Some(request) => Attempt::prepare(self.authorizer, request, None)
                .await
                .map(Some),
            None => Ok(None),
        }
    }
}
