//! A variable that the platform sets.

use async_trait::async_trait;
use auth_core::Secret;

use super::{IdentityToken, IdentityTokenError, stripped};
use crate::environment::Environment;
use crate::error::ConfigError;

/// A token in a variable of the environment, as GitLab's `id_tokens:` gives it:
///
/// ```yaml
/// train:
///   id_tokens:
///     TRACKER_ID_TOKEN: { aud: https://tracker.example }
/// ```
///
/// The job can't get another one: when it has ended (with the job's time limit) and the access token
/// too, the exchange is refused.
#[derive(Clone, Debug)]
pub struct IdentityTokenVariable(Secret);

impl IdentityTokenVariable {
    /// The token in the variable `name`.
    ///
    /// # Errors
    /// [`ConfigError::Variable`] where it is unset or blank.
    pub fn named(environment: &Environment, name: &str) -> Result<Self, ConfigError> {
        let value = environment.value(name).map(Secret::new);
        let token = value.and_then(|value| stripped(value.expose()).ok());
        let token = token.ok_or_else(|| ConfigError::Variable {
            name: name.to_owned(),
            expected: "an identity token",
        })?;
        Ok(Self(token))
    }
}

#[async_trait]
impl IdentityToken for IdentityTokenVariable {
    async fn fetch(&self) -> Result<Secret, IdentityTokenError> {
        Ok(self.0.clone())
    }
}
