//! From an identifier to the one who acts.

use async_trait::async_trait;
use auth_core::{Key, Principal, PrincipalId, Principals, StoreError};

use crate::SqliteStore;
use crate::directory::users;
use crate::service_accounts;

#[async_trait]
impl Principals for SqliteStore {
    async fn principal(&self, id: &PrincipalId) -> Result<Option<Principal>, StoreError> {
        match id {
            PrincipalId::User(id) => {
                let user = users::find(self, Key::Id(id)).await?;
                let Some(user) = user.filter(|user| !user.disabled) else {
                    return Ok(None);
                };
                let memberships = users::memberships(self, id).await?;
                Ok(Some(Principal::User { user, memberships }))
            }
            PrincipalId::ServiceAccount(id) => {
                let account = service_accounts::find(self, id).await?;
                Ok(account.map(|account| Principal::ServiceAccount {
                    id: account.id,
                    name: account.name,
                    scope: account.scope,
                }))
            }
            // A kind of principal that this version does not know is nobody.
            _ => Ok(None),
        }
    }
}
