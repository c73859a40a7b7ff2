//! The environment: the one place that reads it.

use std::collections::BTreeMap;
use std::fmt;

use auth_core::ConfigError;

/// The variables that this version of the library knows.
const KNOWN: [&str; 3] = [
    "SKIP_AUDIENCE_VALIDATION",
    "DISABLE_API_KEY_CREATION",
    "GORILLA_DISABLE_TEAM_SERVICE_ACCOUNT_CREATION",
];

/// The settings that the environment holds. They beat every other source.
///
/// | variable | meaning |
/// |---|---|
/// | `SKIP_AUDIENCE_VALIDATION` | `true`: `aud` is not checked at the exchange, while the instance has a single organization |
/// | `DISABLE_API_KEY_CREATION` | `true`: only administrators of the instance make API keys for users |
/// | `GORILLA_DISABLE_TEAM_SERVICE_ACCOUNT_CREATION` | `true`: only administrators of the organization make team-scoped service accounts |
///
/// ```
/// use auth_axum::Environment;
///
/// let environment = Environment::from_pairs("", [("SKIP_AUDIENCE_VALIDATION", "true")]);
/// assert_eq!(environment.flag("SKIP_AUDIENCE_VALIDATION"), Ok(Some(true)));
/// assert_eq!(environment.flag("DISABLE_API_KEY_CREATION"), Ok(None));
/// ```
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<&'static str, String>);

impl Environment {
    /// Reads the process's environment; each name begins with `prefix`, which may be empty.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn from_process(prefix: &str) -> Self {
        let read = |name: &&'static str| {
            let value = std::env::var_os(format!("{prefix}{name}"))?;
            Some((*name, value.to_string_lossy().into_owned()))
        };
        Self(KNOWN.iter().filter_map(read).collect())
    }

    /// Takes `pairs` as the environment.
    pub fn from_pairs<'a>(
        prefix: &str,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let known = |(name, value): (&str, &str)| {
            let name = name.strip_prefix(prefix)?;
            let name = KNOWN.iter().find(|known| **known == name)?;
            Some((*name, value.to_owned()))
        };
        Self(pairs.into_iter().filter_map(known).collect())
    }

    /// A variable that is `true` or `false`; `None` where it is unset or empty.
    ///
    /// # Errors
    /// [`ConfigError::Setting`] where it is anything else: a switch for security that is misspelt must
    /// not be guessed at.
    pub fn flag(&self, name: &'static str) -> Result<Option<bool>, ConfigError> {
        match self.0.get(name).map(|value| value.trim()) {
            None | Some("") => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("true") || value == "1" => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("false") || value == "0" => Ok(Some(false)),
            Some(value) => Err(ConfigError::Setting {
                field: name,
                found: value.chars().take(32).collect(),
                expected: "true or false",
            }),
        }
    }
}

impl fmt::Debug for Environment {
    /// Names only: a later variable may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_true_false_or_an_error() {
        for (value, expected) in [
            ("true", Some(Some(true))),
            ("TRUE", Some(Some(true))),
            ("1", Some(Some(true))),
            ("false", Some(Some(false))),
            ("0", Some(Some(false))),
            ("", Some(None)),
            ("yes", None),
            ("ture", None),
        ] {
            let environment =
                Environment::from_pairs("X_", [("X_DISABLE_API_KEY_CREATION", value)]);
            assert_eq!(
                environment.flag("DISABLE_API_KEY_CREATION").ok(),
                expected,
                "{value}"
            );
        }
    }

    #[test]
    fn values_never_show() {
        let environment = Environment::from_pairs("", [("SKIP_AUDIENCE_VALIDATION", "hunter2")]);
        assert!(!format!("{environment:?}").contains("hunter2"));
    }
}
