//! Access tokens for a program to which its platform gave a JWT: a training job, a command, a worker.
//!
//! The program's *identity token* (a file of Kubernetes, a request of GitHub Actions, any async
//! function) is exchanged for an *access token* at `POST {base}/oidc/token` (RFC 7523), which is kept,
//! replaced in time, put on requests, and shared with the W&B SDK through its credentials file. The
//! crate has nothing of the server in it.
//!
//! ```
//! use federation_client::{Environment, Settings};
//!
//! let environment = Environment::from_pairs([
//!     ("WANDB_BASE_URL", "https://tracker.example"),
//!     ("WANDB_IDENTITY_TOKEN_FILE", "/var/run/secrets/tokens/identity-token"),
//! ]);
//! let settings = Settings::from_environment(&environment)?; // Environment::of_process() in a program
//! assert_eq!(settings.base_url.as_str(), "https://tracker.example");
//! let client = settings.client()?;
//! # drop(client);
//! # Ok::<(), federation_client::ConfigError>(())
//! ```
//!
//! `client.execute(request).await` then sends `Authorization: Bearer ...`. With another source of
//! identity tokens, and without the SDK's variables:
//!
//! ```
//! use auth_core::Secret;
//! use federation_client::{Authorizer, BaseUrl, TokenSource, from_fn};
//!
//! # async fn ask_the_platform() -> Result<Secret, std::io::Error> { Ok(Secret::new("a.b.c")) }
//! let base_url = BaseUrl::parse("https://tracker.example")?;
//! let source = TokenSource::builder(base_url, from_fn(ask_the_platform)).build()?;
//! assert!(source.base_url().covers(&"https://tracker.example/graphql".parse().unwrap()));
//! let authorizer = Authorizer::with_access_tokens(source);
//! # drop(authorizer);
//! # Ok::<(), federation_client::ConfigError>(())
//! ```
//!
//! # What is checked
//!
//! 1. Settings, before anything is sent: not both an API key and an identity token file, a base URL that
//!    is `https` or on loopback, an API key of a form that servers take.
//! 2. The identity token is read anew at each exchange, and stripped of whitespace. It must not be empty
//!    nor above 64 KiB; whether it is a good JWT is for the server to say.
//! 3. An answer counts only with status 200 and a JSON object of at most 64 KiB, in which `access_token` is
//!    text that fits a header, `token_type` is `Bearer` or absent, and `expires_in` is a number of at
//!    least 1. Redirects are not followed.
//! 4. 4xx but 429 is final. 429, 5xx and broken connections are tried again as [`RetryPolicy`] says, with
//!    `Retry-After` in either form.
//! 5. A credential goes only on requests that [`BaseUrl::covers`]. After a 401 the access token is
//!    dropped, from the file too, and the request goes once more with a new one.
//!
//! # What is not done
//!
//! - No netrc file, no prompt, no refresh tokens; a proxy only where [`HttpConfig`] names one.
//! - The signature of the identity token and of the access token is not verified: the one is for the
//!   server, and TLS says whom the other is from.
//! - Nothing is encrypted at rest. The credentials file is readable by its owner alone.
//!
//! # Threats
//!
//! - *Whoever answers in the server's place* gets the identity token. Hence `https`, no redirects,
//!   and no proxy from the environment.
//! - *A server that misbehaves* can refuse or stall. It can't make the program wait beyond the limits, nor
//!   read more than 64 KiB, nor put control characters or the assertion into its errors and logs.
//! - *Other users of the machine* can't read the file, nor have it written through a link. They must not
//!   be able to write its directory.
//! - *Other programs of the same user* can read it. It is keyed by server, not by identity: see
//!   [`CredentialsFile`].
//! - Secrets are in [`auth_core::Secret`], and appear in no `Debug`, error or log.
//!
//! # Features
//!
//! - `reqwest-middleware` (off): [`Authorizer`] is a middleware of that crate. It is off because
//!   [`AuthorizedClient`] does the same without it.
//!
//! # Specifications
//!
//! RFC 7523 §2.1 and §2.2 (without client authentication), RFC 6749 §5, RFC 6750 §2.1, RFC 9110 §10.2.3,
//! and the file format and variables of the W&B SDK 0.31.

mod access_token;
mod api_key;
mod authorized;
mod base_url;
mod credentials_file;
mod environment;
mod error;
mod excerpt;
mod exchange;
mod http_client;
mod identity_token;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod retry;
mod settings;
mod token_source;

pub use access_token::AccessToken;
pub use api_key::ApiKey;
pub use authorized::{Attempt, Attribution, AuthorizedClient, Authorizer, SendError, Sent};
pub use base_url::BaseUrl;
pub use credentials_file::CredentialsFile;
pub use environment::Environment;
pub use error::{AnswerProblem, ConfigError, Error, Failure};
pub use excerpt::Excerpt;
pub use http_client::HttpConfig;
pub use identity_token::{
    FromFn, GcpMetadata, GithubActions, IdentityToken, IdentityTokenError, IdentityTokenFile,
    IdentityTokenVariable, from_fn,
};
pub use retry::RetryPolicy;
pub use settings::{Method, Settings};
pub use token_source::{TokenSource, TokenSourceBuilder};
