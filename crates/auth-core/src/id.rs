//! Identifiers. Each kind has a type of its own, so that one can't stand where another is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::random::{self, Random, RandomError};

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Opaque text that the [`Directory`](crate::Directory) chose. Rights are bound to it, never to
        /// a name: a thing that is deleted and made again under the same name has another one.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the directory's own text for it.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Draws a new one: 20 characters of `[0-9a-z]`, 103 bits.
            ///
            /// # Errors
            /// [`RandomError`] where `source` fails.
            pub fn random(source: &dyn Random) -> Result<Self, RandomError> {
                random::alphanumeric(source, 20).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// A user.
    UserId
);
identifier!(
    /// An organization.
    OrganizationId
);
identifier!(
    /// A team.
    TeamId
);
identifier!(
    /// A project.
    ProjectId
);
identifier!(
    /// A service account.
    ServiceAccountId
);

/// Who acts: a user or a service account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PrincipalId {
    /// A person.
    User(UserId),
    /// A service account.
    ServiceAccount(ServiceAccountId),
}

impl fmt::Display for PrincipalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::ServiceAccount(id) => write!(f, "service-account:{id}"),
        }
    }
}

/// The text is not `user:ID` or `service-account:ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a principal reads `user:ID` or `service-account:ID`")]
#[non_exhaustive]
pub struct ParsePrincipalError;

impl FromStr for PrincipalId {
    type Err = ParsePrincipalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((_, "")) | None => Err(ParsePrincipalError),
            Some(("user", id)) => Ok(Self::User(UserId::new(id))),
            Some(("service-account", id)) => Ok(Self::ServiceAccount(ServiceAccountId::new(id))),
            Some(_) => Err(ParsePrincipalError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_survives_its_text() {
        for id in [
            PrincipalId::User(UserId::new("7")),
            PrincipalId::ServiceAccount(ServiceAccountId::new("a:b")),
        ] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn anything_else_is_no_principal() {
        for text in ["", "user", "user:", "robot:7", ":7", "USER:7"] {
            assert_eq!(
                text.parse::<PrincipalId>(),
                Err(ParsePrincipalError),
                "{text}"
            );
        }
    }
}
