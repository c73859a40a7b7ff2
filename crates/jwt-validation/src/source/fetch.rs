//! One fetch of an issuer's keys, from the metadata to a set that is ready to verify with.

mod mark;
mod metadata;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderMap};
use url::{Origin, Url};

use crate::backend::Backend;
use crate::key_set::KeySet;
use crate::outbound::{FetchError, GuardedClient};
use crate::source::bearer::BearerToken;
use crate::source::config::SourceConfig;
use crate::source::error::SourceError;
pub(super) use crate::source::fetch::mark::Mark;
use crate::source::fetch::metadata::{metadata_url, read_metadata};
use crate::source::freshness;

/// What a fetch brought.
pub(super) struct Fetched {
    pub(super) news: News,
    /// What to show the next time.
    pub(super) mark: Mark,
    /// How long the answer says that it may be kept.
    pub(super) lifetime: Option<Duration>,
}

pub(super) enum News {
    Keys(KeySet),
    /// The issuer says that nothing has changed.
    NotModified,
    /// The issuer sent what was known already.
    SameOctets,
}

pub(super) type Fetching<'a> =
    Pin<Box<dyn Future<Output = Result<Fetched, SourceError>> + Send + 'a>>;

/// Gets the keys from wherever they are; a seam, so that the cache is tested without a network.
pub(super) trait Fetch: Send + Sync + fmt::Debug {
    /// `known` is what the last good fetch left. Only with it may the answer be that nothing is new.
    fn fetch(&self, known: Option<Mark>) -> Fetching<'_>;
}

/// Keys at a given URL.
#[derive(Debug)]
pub(super) struct FromUrl {
    pub(super) jwks_uri: String,
    pub(super) wire: Wire,
}

impl Fetch for FromUrl {
    fn fetch(&self, known: Option<Mark>) -> Fetching<'_> {
        Box::pin(self.wire.keys(self.jwks_uri.clone(), known))
    }
}

/// Keys that the issuer's metadata points to.
#[derive(Debug)]
pub(super) struct FromDiscovery {
    pub(super) issuer: String,
    pub(super) wire: Wire,
}

impl Fetch for FromDiscovery {
    fn fetch(&self, known: Option<Mark>) -> Fetching<'_> {
        Box::pin(async move {
            let url = metadata_url(&self.issuer).map_err(SourceError::FetchMetadata)?;
            let answer = self.wire.get(&url, HeaderMap::new()).await;
            let answer = answer.map_err(SourceError::FetchMetadata)?;
            let jwks_uri = read_metadata(&self.issuer, answer.body())?;
            // The client judges this URL as if somebody had typed it: the issuer did.
            self.wire.keys(jwks_uri, known).await
        })
    }
}

/// The guarded client, and what it shows to this issuer.
#[derive(Debug)]
pub(super) struct Wire {
    client: Arc<GuardedClient>,
    backend: &'static dyn Backend,
    /// The token, and the origin that may see it: that of the URL which the administrator typed.
    bearer: Option<(Origin, BearerToken)>,
}

impl Wire {
    pub(super) fn new(typed: &str, client: Arc<GuardedClient>, config: &SourceConfig) -> Self {
        // A text that is no URL is never dialled, so nothing is lost with it.
        let origin = Url::parse(typed).ok().map(|url| url.origin());
        Self {
            client,
            backend: config.backend,
            bearer: origin.zip(config.bearer_token.clone()),
        }
    }

    async fn get(
        &self,
        url: &str,
        mut headers: HeaderMap,
    ) -> Result<http::Response<Vec<u8>>, FetchError> {
        if let Some((origin, token)) = &self.bearer
            && Url::parse(url).is_ok_and(|url| url.origin() == *origin)
            && let Some(value) = token.expose_header()
        {
            headers.insert(AUTHORIZATION, value);
        }
        self.client.get_with(url, headers).await
    }

    async fn keys(&self, jwks_uri: String, known: Option<Mark>) -> Result<Fetched, SourceError> {
        let mut headers = HeaderMap::new();
        // A validator of another URL says nothing of this one.
        if let Some(mark) = known.as_ref().filter(|mark| mark.url() == jwks_uri) {
            mark.ask(&mut headers);
        }
        let answer = self.get(&jwks_uri, headers).await;
        let answer = answer.map_err(SourceError::FetchKeys)?;
        let lifetime = freshness::lifetime(answer.headers());
        if answer.status() == StatusCode::NOT_MODIFIED
            && let Some(mark) = known
        {
            let news = News::NotModified;
            return Ok(Fetched {
                news,
                mark,
                lifetime,
            });
        }
        let mark = Mark::of(jwks_uri, &answer);
        let news = if known.is_some_and(|known| known.is_of_same_octets(&mark)) {
            News::SameOctets
        } else {
            News::Keys(self.prepare(answer.into_body()).await?)
        };
        Ok(Fetched {
            news,
            mark,
            lifetime,
        })
    }

    async fn prepare(&self, body: Vec<u8>) -> Result<KeySet, SourceError> {
        let backend = self.backend;
        // Preparing hundreds of keys takes long enough to hold up a worker of the runtime.
        tokio::task::spawn_blocking(move || KeySet::parse(&body, backend))
            .await
            .map_err(|_| SourceError::Interrupted)?
            .map_err(SourceError::KeySet)
    }
}
