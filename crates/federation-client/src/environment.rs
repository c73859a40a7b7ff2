//! The environment: the one place that reads it.

use std::collections::BTreeMap;
use std::fmt;

/// Where settings are read from: the process's environment, or pairs that a test gives.
///
/// A variable that is set and empty counts as unset, as it does for the W&B SDK. `Debug` prints no
/// value, since keys and tokens stand among them.
///
/// ```
/// use federation_client::Environment;
///
/// let environment = Environment::from_pairs([("WANDB_ENTITY", "ml-team"), ("WANDB_PROJECT", "")]);
/// assert_eq!(environment.value("WANDB_ENTITY").as_deref(), Some("ml-team"));
/// assert_eq!(environment.value("WANDB_PROJECT"), None);
/// ```
#[derive(Clone)]
pub struct Environment(Source);

#[derive(Clone)]
enum Source {
    Process,
    Pairs(BTreeMap<String, String>),
}

impl Environment {
    /// The environment of this process, read anew for each variable.
    #[must_use]
    pub const fn of_process() -> Self {
        Self(Source::Process)
    }

    /// `pairs` in place of the process's environment.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let pairs = pairs.into_iter();
        Self(Source::Pairs(
            pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        ))
    }

    /// The value of a variable; `None` where it is unset or empty. Octets that are not UTF-8 become
    /// U+FFFD, which no URL, key or token survives.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn value(&self, name: &str) -> Option<String> {
        let value = match &self.0 {
            Source::Process => std::env::var_os(name)?.to_string_lossy().into_owned(),
            Source::Pairs(pairs) => pairs.get(name)?.clone(),
        };
        Some(value).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Process => "Environment(process)",
            Source::Pairs(_) => "Environment(pairs)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_process_and_never_shows_a_value() {
        assert!(Environment::of_process().value("PATH").is_some());
        let pairs = Environment::from_pairs([("WANDB_API_KEY", "hunter2")]);
        assert!(!format!("{pairs:?} {pairs:#?}").contains("hunter2"));
    }
}
