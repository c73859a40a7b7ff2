//! A request to a service of the platform.

use http::HeaderMap;
use reqwest::{Client, Request};

use super::IdentityTokenError;
use crate::error::Failure;
use crate::http_client;

/// The header fields and the body of a 200; everything else is an error.
pub(super) async fn fetch(
    client: &Client,
    request: Request,
    service: &'static str,
) -> Result<(HeaderMap, Vec<u8>), IdentityTokenError> {
    let unavailable = |failure| IdentityTokenError::Unavailable { service, failure };
    let answer = http_client::send(client, request)
        .await
        .map_err(unavailable)?;
    match answer.status {
        200 => {
            let body = answer.body.ok_or(IdentityTokenError::TooLarge)?;
            Ok((answer.headers, body))
        }
        status if answer.is_transient() => Err(unavailable(Failure::Status(status))),
        status => Err(IdentityTokenError::Refused { service, status }),
    }
}
