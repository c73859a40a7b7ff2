//! Everything at once, from the variables of the W&B SDK.

use std::path::PathBuf;

use auth_core::Secret;

use crate::api_key::ApiKey;
use crate::authorized::{Attribution, AuthorizedClient, Authorizer};
use crate::base_url::BaseUrl;
use crate::credentials_file::CredentialsFile;
use crate::environment::Environment;
use crate::error::ConfigError;
use crate::http_client::HttpConfig;
use crate::identity_token::IdentityTokenFile;
use crate::retry::RetryPolicy;
use crate::token_source::TokenSource;

/// What a program signs in with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Method {
    /// An API key, sent with every request.
    ApiKey(ApiKey),
    /// An identity token, exchanged for access tokens.
    Identity {
        /// Where the platform puts the identity token.
        token_file: IdentityTokenFile,
        /// Where access tokens are kept; `None` where the user has no home directory.
        credentials_file: Option<CredentialsFile>,
    },
}

/// The settings of a client, under the names that the W&B SDK gives them.
///
/// | variable | meaning |
/// |---|---|
/// | `WANDB_BASE_URL` | the server; `https://api.wandb.ai` where it is unset |
/// | `WANDB_API_KEY` | signs in with an API key |
/// | `WANDB_IDENTITY_TOKEN_FILE` | signs in with the identity token in this file |
/// | `WANDB_CREDENTIALS_FILE` | where access tokens are kept; see [`CredentialsFile`] |
/// | `WANDB_ENTITY`, `WANDB_PROJECT` | where the work belongs; for the program to put in its requests |
/// | `WANDB_USERNAME`, `WANDB_USER_EMAIL` | whom the work of a service account is credited to |
///
/// Variables that are empty count as unset. A netrc file is not read.
///
/// # Security
/// The credentials file is keyed by the server alone, as the SDK has it. Two jobs of one user with
/// different identity tokens and the same file act as each other; without `WANDB_CREDENTIALS_FILE` all
/// jobs of a user have the same. Give each identity a file of its own.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The server.
    pub base_url: BaseUrl,
    /// How to sign in.
    pub method: Method,
    /// The team or user that the work belongs to.
    pub entity: Option<String>,
    /// The project that the work belongs to.
    pub project: Option<String>,
    /// Whom the work is credited to.
    pub attribution: Attribution,
    /// How to reach the server. Not from the environment.
    pub http: HttpConfig,
    /// When to try an exchange again. Not from the environment.
    pub retry: RetryPolicy,
}

impl Settings {
    /// Reads the variables. No file is opened and nothing is sent.
    ///
    /// # Errors
    /// [`ConfigError::BothCredentials`] where an API key and an identity token file are set, which is
    /// never resolved by preferring one; [`ConfigError::NoCredential`] where neither is;
    /// [`ConfigError::ApiKey`], [`ConfigError::Url`] or [`ConfigError::Variable`] where one can't be used.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let api_key = environment.value("WANDB_API_KEY").map(Secret::new);
        let token_file = environment.value("WANDB_IDENTITY_TOKEN_FILE");
        let method = match (api_key, token_file) {
            (Some(_), Some(_)) => return Err(ConfigError::BothCredentials),
            (None, None) => return Err(ConfigError::NoCredential),
            (Some(key), None) => Method::ApiKey(ApiKey::parse(key)?),
            (None, Some(path)) => Method::Identity {
                token_file: IdentityTokenFile::at(absolute(path)),
                credentials_file: CredentialsFile::from_environment(environment),
            },
        };
        let base_url = environment.value("WANDB_BASE_URL");
        Ok(Self {
            base_url: BaseUrl::parse(base_url.as_deref().unwrap_or(BaseUrl::DEFAULT))?,
            method,
            entity: environment.value("WANDB_ENTITY"),
            project: environment.value("WANDB_PROJECT"),
            attribution: Attribution::from_environment(environment)?,
            http: HttpConfig::default(),
            retry: RetryPolicy::default(),
        })
    }

    /// A source of access tokens; `None` where an API key signs in.
    ///
    /// # Errors
    /// [`ConfigError`] where the HTTP client can't be built.
    pub fn token_source(&self) -> Result<Option<TokenSource>, ConfigError> {
        match &self.method {
            Method::ApiKey(_) => Ok(None),
            Method::Identity {
                token_file,
                credentials_file,
            } => self.source(token_file, credentials_file.as_ref()).map(Some),
        }
    }

    fn source(
        &self,
        token_file: &IdentityTokenFile,
        credentials_file: Option<&CredentialsFile>,
    ) -> Result<TokenSource, ConfigError> {
        let mut builder = TokenSource::builder(self.base_url.clone(), token_file.clone())
            .http(self.http.clone())
            .retry(self.retry);
        if let Some(file) = credentials_file {
            builder = builder.credentials_file(file.clone());
        }
        builder.build()
    }

    /// What puts credentials and attribution on requests.
    ///
    /// # Errors
    /// [`ConfigError`] where the HTTP client can't be built.
    pub fn authorizer(&self) -> Result<Authorizer, ConfigError> {
        let authorizer = match &self.method {
            Method::ApiKey(key) => Authorizer::with_api_key(self.base_url.clone(), key)?,
            Method::Identity {
                token_file,
                credentials_file,
            } => {
                let source = self.source(token_file, credentials_file.as_ref())?;
                Authorizer::with_access_tokens(source)
            }
        };
        Ok(authorizer.attributed_to(self.attribution.clone()))
    }

    /// A client whose requests carry credentials and attribution.
    ///
    /// # Errors
    /// [`ConfigError`] where the HTTP client can't be built.
    pub fn client(&self) -> Result<AuthorizedClient, ConfigError> {
        AuthorizedClient::new(self.authorizer()?, &self.http)
    }
}

/// A program may change its working directory between two exchanges.
pub(crate) fn absolute(path: impl Into<PathBuf>) -> PathBuf {
    let path = path.into();
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "local-abcdefghijklmnopqrstuvwxyz0123456789abcd";

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        Settings::from_environment(&Environment::from_pairs(pairs.iter().copied()))
    }

    #[test]
    fn both_credentials_are_an_error_and_so_is_none() {
        let both = [("WANDB_API_KEY", KEY), ("WANDB_IDENTITY_TOKEN_FILE", "/t")];
        assert_eq!(read(&both).map(drop), Err(ConfigError::BothCredentials));
        // The rule comes first, whatever else is wrong with either.
        let bad = [("WANDB_API_KEY", "!"), ("WANDB_IDENTITY_TOKEN_FILE", "/t")];
        assert_eq!(read(&bad).map(drop), Err(ConfigError::BothCredentials));
        assert_eq!(read(&[]).map(drop), Err(ConfigError::NoCredential));
        let empty = [("WANDB_API_KEY", ""), ("WANDB_IDENTITY_TOKEN_FILE", "")];
        assert_eq!(read(&empty).map(drop), Err(ConfigError::NoCredential));
    }

    #[test]
    fn an_empty_variable_is_unset() {
        let one = [("WANDB_API_KEY", KEY), ("WANDB_IDENTITY_TOKEN_FILE", "")];
        let settings = read(&one).expect("settings");
        assert!(matches!(settings.method, Method::ApiKey(_)));
        assert_eq!(settings.base_url.as_str(), "https://api.wandb.ai");
    }

    #[test]
    fn every_variable_is_read() {
        let settings = read(&[
            ("WANDB_BASE_URL", "https://tracker.example/ml/"),
            ("WANDB_IDENTITY_TOKEN_FILE", "/run/token"),
            ("WANDB_CREDENTIALS_FILE", "/run/credentials.json"),
            ("WANDB_ENTITY", "ml-team"),
            ("WANDB_PROJECT", "vision"),
            ("WANDB_USERNAME", "alice@example.com"),
            ("WANDB_USER_EMAIL", "alice@example.com"),
        ]);
        let settings = settings.expect("settings");
        assert_eq!(settings.base_url.as_str(), "https://tracker.example/ml");
        assert_eq!(settings.entity.as_deref(), Some("ml-team"));
        assert_eq!(settings.project.as_deref(), Some("vision"));
        let Method::Identity {
            token_file,
            credentials_file: Some(file),
        } = settings.method
        else {
            panic!("an identity token file was set");
        };
        assert_eq!(token_file.path(), "/run/token");
        assert_eq!(file.path(), "/run/credentials.json");
    }

    #[test]
    fn paths_are_made_absolute() {
        let settings = read(&[
            ("WANDB_IDENTITY_TOKEN_FILE", "token"),
            ("WANDB_CREDENTIALS_FILE", "credentials.json"),
        ]);
        let Method::Identity {
            token_file,
            credentials_file: Some(file),
        } = settings.expect("settings").method
        else {
            panic!("an identity token file was set");
        };
        let here = std::env::current_dir().expect("a directory");
        assert_eq!(token_file.path(), here.join("token"));
        assert_eq!(file.path(), here.join("credentials.json"));
    }

    #[test]
    fn the_credentials_file_is_in_the_home_directory_by_default() {
        for (home, expected) in [
            (
                Some("/home/a"),
                Some("/home/a/.config/wandb/credentials.json"),
            ),
            (None, None),
        ] {
            let environment = Environment::from_pairs(home.map(|home| ("HOME", home)));
            let file = CredentialsFile::from_environment(&environment);
            let path = file.as_ref().map(CredentialsFile::path);
            assert_eq!(path, expected.map(std::path::Path::new));
        }
    }

    #[test]
    fn what_cannot_be_used_is_an_error_that_repeats_no_key() {
        let error = read(&[("WANDB_API_KEY", "hunter2")]).expect_err("too short");
        assert_eq!(error.code(), "federation_client.api_key");
        assert!(!format!("{error:?} {error}").contains("hunter2"));
        let plain = [
            ("WANDB_API_KEY", KEY),
            ("WANDB_BASE_URL", "http://tracker.example"),
        ];
        assert_eq!(
            read(&plain).expect_err("in the clear").code(),
            "federation_client.url"
        );
        let split = [("WANDB_API_KEY", KEY), ("WANDB_USERNAME", "a\r\nX: y")];
        assert_eq!(
            read(&split).expect_err("two lines").code(),
            "federation_client.variable"
        );
        let settings = read(&[("WANDB_API_KEY", KEY)]).expect("settings");
        assert!(!format!("{settings:?}").contains(&KEY[8..]));
    }
}
