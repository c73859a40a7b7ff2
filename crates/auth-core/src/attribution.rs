//! Crediting a service account's work to a human.

use crate::directory::{Directory, Key, User};
use crate::error::StoreError;
use crate::identity::{Identity, Principal, ServiceAccountScope};

/// The longest name that is kept of a claim that did not qualify, in characters.
const LONGEST_CLAIM: usize = 128;

/// Whom an identity's work is credited to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attribution {
    /// Nobody was named: the principal itself.
    #[default]
    None,
    /// A human who qualifies. The rights stay the service account's.
    Credited(Box<User>),
    /// Somebody was named who does not qualify; the work is the service account's own.
    Unqualified {
        /// The name as claimed, cut to 128 characters: a stranger's text.
        claimed: String,
    },
}

/// Finds out whom a service account's work is credited to.
///
/// `username` wins over `email`; either may hold a username or an email address, and an empty text is
/// no claim. For a team-scoped account only a member of its team qualifies, for an
/// organization-scoped one only a member of its organization. An unknown name, a stranger's and a
/// disabled user's have one outcome, so that a caller can't learn who exists. A user's work is the
/// user's own: a claim that names anybody else does not qualify.
///
/// # Errors
/// [`StoreError::Unavailable`] where the directory does not answer.
pub async fn attribute(
    directory: &dyn Directory,
    identity: &Identity,
    username: Option<&str>,
    email: Option<&str>,
) -> Result<Attribution, StoreError> {
    let mut claims = [username, email].into_iter().flatten().map(str::trim);
    let Some(claimed) = claims.find(|claim| !claim.is_empty()) else {
        return Ok(Attribution::None);
    };
    let credited = match identity.principal() {
        Principal::User { user, .. } => {
            let own_email = user.email.as_deref();
            if claimed == user.username
                || own_email.is_some_and(|own| own.eq_ignore_ascii_case(claimed))
            {
                return Ok(Attribution::None);
            }
            None
        }
        Principal::ServiceAccount { scope, .. } => qualified(directory, scope, claimed).await?,
    };
    Ok(match credited {
        Some(user) => Attribution::Credited(Box::new(user)),
        None => Attribution::Unqualified {
            claimed: claimed.chars().take(LONGEST_CLAIM).collect(),
        },
    })
}

async fn qualified(
    directory: &dyn Directory,
    scope: &ServiceAccountScope,
    claimed: &str,
) -> Result<Option<User>, StoreError> {
    let user = match directory.user(Key::Name(claimed)).await? {
        Some(user) => user,
        None => {
            let found = directory
                .members_by_email(scope.organization(), claimed)
                .await?;
            match <[User; 1]>::try_from(found) {
                Ok([user]) => user,
                // Two members share the address: crediting either would be a guess.
                Err(_) => return Ok(None),
            }
        }
    };
    if user.disabled {
        return Ok(None);
    }
    let memberships = directory.memberships(&user.id).await?;
    let in_organization = memberships
        .organization_role(scope.organization())
        .is_some();
    let in_scope = match scope {
        ServiceAccountScope::Organization { .. } => in_organization,
        ServiceAccountScope::Team { team, .. } => {
            in_organization && memberships.team_role(team).is_some()
        }
    };
    Ok(in_scope.then_some(user))
}

#[cfg(test)]
mod tests;
