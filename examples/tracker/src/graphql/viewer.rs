//! Who asks, in the words of the SDK.

use async_graphql::SimpleObject;
use auth_core::Principal;

use super::connection::Connection;
use super::refusal::Refused;
use super::session::Session;

/// A team that the caller belongs to.
#[derive(SimpleObject)]
#[graphql(name = "Team")]
pub(super) struct TeamNode {
    name: String,
}

/// An API key, without its secret.
#[derive(SimpleObject)]
pub(super) struct ApiKey {
    id: async_graphql::ID,
    name: Option<String>,
    description: Option<String>,
}

/// A user or service account.
#[derive(SimpleObject)]
pub(super) struct User {
    id: async_graphql::ID,
    name: String,
    username: String,
    /// Of a service account always null: the SDK would name that address in place of the human whom the
    /// work is to be credited to.
    email: Option<String>,
    admin: bool,
    /// An empty JSON object, as text.
    flags: &'static str,
    /// The team of requests that name none.
    entity: Option<String>,
    deleted_at: Option<String>,
    /// Always empty: keys are administered under `/api/v1`.
    api_keys: Connection<ApiKey>,
    teams: Connection<TeamNode>,
}

impl User {
    pub(super) async fn of(session: &Session) -> Refused<Self> {
        let Session { identity, auth, .. } = session;
        let principal = identity.principal();
        let (email, admin) = match principal {
            // An identity that is confined to an organization administers no instance.
            Principal::User { user, .. } => (
                user.email.clone(),
                user.instance_admin && identity.organization().is_none(),
            ),
            _ => (None, false),
        };
        let default_team = auth.access().default_team(identity).await?;
        let teams = auth.access().teams_of(identity).await?;
        Ok(Self {
            id: principal.id().to_string().into(),
            name: principal.name().to_owned(),
            username: principal.name().to_owned(),
            email,
            admin,
            flags: "{}",
            entity: default_team.map(|team| team.name),
            deleted_at: None,
            api_keys: Connection::from_iter([]),
            teams: teams
                .into_iter()
                .map(|team| TeamNode { name: team.name })
                .collect(),
        })
    }
}
