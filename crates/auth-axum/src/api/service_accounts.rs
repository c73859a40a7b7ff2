//! Service accounts of an organization or a team, and their API keys.

use auth_core::access::{self, Realm};
use auth_core::{Identity, Key, PrincipalId, ServiceAccountId, ServiceAccountScope, Timestamp};
use axum::extract::{Path, State};
use axum::routing::{delete, get};
use axum::{Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service_accounts::{AccountsOf, ApiKey, ApiKeyId, Authentication, IssuedKey, ServiceAccount};

use super::body::Body;
use crate::auth::Auth;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes() -> Router<Auth> {
    let of_organization = "/organizations/{owner}/service-accounts";
    let of_team = "/teams/{owner}/service-accounts";
    let mut routes = Router::new()
        .route(
            of_organization,
            get(list::<OfOrganization>).post(create_for_organization),
        )
        .route(of_team, get(list::<OfTeam>).post(create_for_team));
    routes = account_routes::<OfOrganization>(routes, of_organization);
    account_routes::<OfTeam>(routes, of_team)
}

fn account_routes<O: Owner>(routes: Router<Auth>, under: &str) -> Router<Auth> {
    routes
        .route(
            &format!("{under}/{{account}}"),
            get(show::<O>).delete(remove::<O>),
        )
        .route(
            &format!("{under}/{{account}}/keys"),
            get(list_keys::<O>).post(create_key::<O>),
        )
        .route(
            &format!("{under}/{{account}}/keys/{{key}}"),
            delete(revoke_key::<O>),
        )
}

/// Whose accounts a path speaks of: decides whether the caller administers them.
trait Owner: Send + Sync + 'static {
    /// The accounts under `name`, if the caller administers them.
    fn accounts(
        auth: &Auth,
        caller: &Identity,
        name: &str,
    ) -> impl Future<Output = Result<Vec<ServiceAccount>, Problem>> + Send;
}

#[derive(Debug)]
struct OfOrganization;
#[derive(Debug)]
struct OfTeam;

impl Owner for OfOrganization {
    async fn accounts(
        auth: &Auth,
        caller: &Identity,
        name: &str,
    ) -> Result<Vec<ServiceAccount>, Problem> {
        let organization = auth.administered_organization(caller, name).await?;
        Ok(auth
            .store()
            .accounts(AccountsOf::Organization(&organization.id))
            .await?)
    }
}

impl Owner for OfTeam {
    async fn accounts(
        auth: &Auth,
        caller: &Identity,
        name: &str,
    ) -> Result<Vec<ServiceAccount>, Problem> {
        let team = auth.administered_team(caller, name).await?;
        Ok(auth.store().accounts(AccountsOf::Team(&team.id)).await?)
    }
}

/// The account `id` under `owner`; another owner's is not found.
async fn account<O: Owner>(
    auth: &Auth,
    caller: &Identity,
    owner: &str,
    id: &str,
) -> Result<ServiceAccount, Problem> {
    let accounts = O::accounts(auth, caller, owner).await?;
    let found = accounts
        .into_iter()
        .find(|account| account.id.as_str() == id);
    found.ok_or_else(|| Problem::not_found("service account"))
}

/// How a new account proves itself.
#[derive(Debug, Default, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
enum NewAuthentication {
    #[default]
    ApiKey,
    Federated {
        issuer: String,
        subject: String,
    },
}

impl From<NewAuthentication> for Authentication {
    fn from(new: NewAuthentication) -> Self {
        match new {
            NewAuthentication::ApiKey => Self::ApiKey,
            NewAuthentication::Federated { issuer, subject } => Self::Federated { issuer, subject },
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewForOrganization {
    name: String,
    default_team: String,
    #[serde(default)]
    authentication: NewAuthentication,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewForTeam {
    name: String,
    #[serde(default)]
    authentication: NewAuthentication,
}

/// What makes a key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyRequest {
    #[serde(default)]
    pub(super) description: String,
}

/// Keys as they are listed.
pub(super) type Keys = Vec<ShownKey>;

/// A key without its secret, which is not kept.
#[derive(Debug, Serialize)]
pub(super) struct ShownKey {
    id: String,
    description: String,
    created_at: Timestamp,
    created_by: String,
    last_used_at: Option<Timestamp>,
}

impl From<&ApiKey> for ShownKey {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            description: key.description.clone(),
            created_at: key.created_at,
            created_by: key.created_by.to_string(),
            last_used_at: key.last_used_at,
        }
    }
}

/// The one answer that holds the secret.
pub(super) fn issued_key(issued: &IssuedKey) -> Value {
    json!({
        "id": issued.stored.id.as_str(),
        "key": issued.key.expose(),
        "description": issued.stored.description,
        "created_at": issued.stored.created_at,
    })
}

fn shown(account: &ServiceAccount) -> Value {
    let scope = match &account.scope {
        ServiceAccountScope::Team { .. } => "team",
        _ => "organization",
    };
    let authentication = match &account.authentication {
        Authentication::Federated { issuer, subject } => {
            json!({ "method": "federated", "issuer": issuer, "subject": subject })
        }
        _ => json!({ "method": "api_key" }),
    };
    json!({
        "id": account.id,
        "name": account.name,
        "scope": scope,
        "organization": account.scope.organization(),
        "default_team": account.scope.default_team(),
        "authentication": authentication,
        "created_at": account.created_at,
        "created_by": account.created_by.to_string(),
    })
}

async fn list<O: Owner>(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(owner): Path<String>,
) -> Result<Json<Vec<Value>>, Problem> {
    Ok(Json(
        O::accounts(&auth, &caller, &owner)
            .await?
            .iter()
            .map(shown)
            .collect(),
    ))
}

async fn create_for_organization(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(owner): Path<String>,
    Body(new): Body<NewForOrganization>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let organization = auth.administered_organization(&caller, &owner).await?;
    let team = auth.directory().team(Key::Name(&new.default_team)).await?;
    let team = team.filter(|team| team.organization == organization.id);
    let default_team = team.ok_or_else(|| Problem::not_found("team"))?.id;
    let scope = ServiceAccountScope::Organization {
        organization: organization.id,
        default_team,
    };
    create(&auth, &caller, &new.name, scope, new.authentication).await
}

async fn create_for_team(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(owner): Path<String>,
    Body(new): Body<NewForTeam>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let team = auth.administered_team(&caller, &owner).await?;
    if auth.creation().team_accounts_disabled {
        let realm = Realm::Organization(&team.organization);
        access::decide_administration(&caller, realm).granted()?;
    }
    let scope = ServiceAccountScope::Team {
        organization: team.organization,
        team: team.id,
    };
    create(&auth, &caller, &new.name, scope, new.authentication).await
}

async fn create(
    auth: &Auth,
    caller: &Identity,
    name: &str,
    scope: ServiceAccountScope,
    authentication: NewAuthentication,
) -> Result<(StatusCode, Json<Value>), Problem> {
    if let NewAuthentication::Federated { subject, .. } = &authentication {
        let members = auth
            .directory()
            .members_by_email(scope.organization(), subject)
            .await?;
        if !members.is_empty() {
            // An account of that subject would lock the member out: two matches are none.
            let detail = "the subject is the email address of a member; choose another one";
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "service_account.subject",
                detail,
            ));
        }
    }
    let (account, key) = auth
        .accounts()
        .create(caller, name, scope, authentication.into())
        .await?;
    let mut answer = shown(&account);
    if let (Some(key), Value::Object(members)) = (key, &mut answer) {
        members.insert("api_key".to_owned(), issued_key(&key));
    }
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn show<O: Owner>(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((owner, id)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(shown(
        &account::<O>(&auth, &caller, &owner, &id).await?,
    )))
}

async fn remove<O: Owner>(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((owner, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let account = account::<O>(&auth, &caller, &owner, &id).await?;
    auth.accounts().delete(&caller, &account).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_keys<O: Owner>(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((owner, id)): Path<(String, String)>,
) -> Result<Json<Keys>, Problem> {
    let account = account::<O>(&auth, &caller, &owner, &id).await?;
    let keys = auth
        .store()
        .keys(&PrincipalId::ServiceAccount(account.id))
        .await?;
    Ok(Json(keys.iter().map(Into::into).collect()))
}

async fn create_key<O: Owner>(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((owner, id)): Path<(String, String)>,
    Body(request): Body<KeyRequest>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let account = account::<O>(&auth, &caller, &owner, &id).await?;
    let issued = auth
        .accounts()
        .issue_key(&caller, &account, &request.description)
        .await?;
    Ok((StatusCode::CREATED, Json(issued_key(&issued))))
}

async fn revoke_key<O: Owner>(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((owner, id, key)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let account = account::<O>(&auth, &caller, &owner, &id).await?;
    let organization = account.scope.organization().clone();
    let owner = PrincipalId::ServiceAccount(ServiceAccountId::new(account.id.as_str()));
    let key = ApiKeyId::new(key);
    auth.accounts()
        .revoke_key(&caller, &owner, Some(&organization), &key)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
