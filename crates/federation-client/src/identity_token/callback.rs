//! The program's own source.

use std::fmt;

use async_trait::async_trait;
use auth_core::Secret;

use super::{IdentityToken, IdentityTokenError, stripped};

/// An [`IdentityToken`] made of an async closure.
///
/// ```
/// use auth_core::Secret;
/// use federation_client::{IdentityToken, from_fn};
///
/// # async fn ask_the_platform() -> Result<Secret, std::io::Error> { Ok(Secret::new("a.b.c\n")) }
/// let source = from_fn(ask_the_platform);
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// assert_eq!(source.fetch().await.unwrap().expose(), "a.b.c");
/// # });
/// ```
pub fn from_fn<F, G, E>(fetch: F) -> FromFn<F>
where
    F: Fn() -> G + Send + Sync,
    G: Future<Output = Result<Secret, E>> + Send,
    E: std::error::Error + Send + Sync + 'static,
{
    FromFn(fetch)
}

/// See [`from_fn`].
#[derive(Clone)]
pub struct FromFn<F>(F);

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFn(..)")
    }
}

#[async_trait]
impl<F, G, E> IdentityToken for FromFn<F>
where
    F: Fn() -> G + Send + Sync,
    G: Future<Output = Result<Secret, E>> + Send,
    E: std::error::Error + Send + Sync + 'static,
{
    async fn fetch(&self) -> Result<Secret, IdentityTokenError> {
        let fetched = (self.0)().await.map_err(IdentityTokenError::callback)?;
        stripped(fetched.expose())
    }
}
