//! Where the JWT comes from that is exchanged: the platform that runs the program.

mod callback;
mod error;
mod file;
mod gcp;
mod github;
mod service;
mod variable;

use std::fmt;

use async_trait::async_trait;
use auth_core::Secret;

pub use callback::{FromFn, from_fn};
pub use error::IdentityTokenError;
pub use file::IdentityTokenFile;
pub use gcp::GcpMetadata;
pub use github::GithubActions;
pub use variable::IdentityTokenVariable;

/// The longest identity token, in octets.
const LONGEST: usize = 64 * 1024;

/// Gives the program's identity token: the JWT by which its platform vouches for it, the *assertion* of
/// the exchange.
///
/// It is asked at each exchange, since platforms replace these tokens every few minutes. Every answer is
/// bounded by 30 seconds, whoever implements it.
#[async_trait]
pub trait IdentityToken: Send + Sync + fmt::Debug {
    /// The token that is good at this moment.
    ///
    /// # Errors
    /// [`IdentityTokenError`] where there is none.
    async fn fetch(&self) -> Result<Secret, IdentityTokenError>;
}

/// Strips whitespace around a token. Only whether it is empty is checked: whether it is a good JWT is
/// for the server to say.
fn stripped(text: &str) -> Result<Secret, IdentityTokenError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(IdentityTokenError::Empty);
    }
    if text.len() > LONGEST {
        return Err(IdentityTokenError::TooLarge);
    }
    Ok(Secret::new(text))
}
