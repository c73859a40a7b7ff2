//! `/users`: the instance's people, and their API keys.

use auth_core::access::{self, Realm};
use auth_core::{Identity, Principal, PrincipalId, StoreError, User, UserId, check_name};
use axum::extract::{Path, State};
use axum::routing::{delete, get};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use service_accounts::ApiKeyId;

use super::body::Body;
use super::lookup::require_instance_admin;
use super::service_accounts::{KeyRequest, Keys, issued_key};
use crate::auth::Auth;
use crate::caller::Caller;
use crate::problem::Problem;

/// RFC 5321 §4.5.3.1.3, less the angle brackets.
const LONGEST_EMAIL: usize = 254;
const LONGEST_DISPLAY_NAME: usize = 256;

pub(super) fn routes() -> Router<Auth> {
    Router::new()
        .route("/users", get(list).post(create))
        .route("/users/{user}", get(show).delete(remove))
        .route("/users/{user}/keys", get(list_keys).post(create_key))
        .route("/users/{user}/keys/{key}", delete(revoke_key))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    username: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    instance_admin: bool,
}

async fn list(
    State(auth): State<Auth>,
    Caller(caller): Caller,
) -> Result<Json<Vec<User>>, Problem> {
    require_instance_admin(&caller)?;
    Ok(Json(auth.store().users().await?))
}

async fn create(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<User>), Problem> {
    require_instance_admin(&caller)?;
    check_name(&new.username)?;
    if let Some(email) = &new.email {
        check_email(email)?;
    }
    if new.display_name.len() > LONGEST_DISPLAY_NAME || new.display_name.contains(char::is_control)
    {
        return Err(invalid(
            "display_name has at most 256 octets and no control characters",
        ));
    }
    let user = User {
        id: UserId::random(auth.random()).map_err(StoreError::from)?,
        username: new.username,
        display_name: new.display_name,
        email: new.email,
        instance_admin: new.instance_admin,
        disabled: false,
    };
    let audit = auth.event(&caller, "user.create").to("user", &user.id);
    let audit = audit.saying(format!(
        "{}, instance_admin {}",
        user.username, user.instance_admin
    ));
    auth.store().create_user(&user, audit).await?;
    Ok((StatusCode::CREATED, Json(user)))
}

async fn show(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<Json<User>, Problem> {
    Ok(Json(own_or_administered(&auth, &caller, &name).await?))
}

async fn remove(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    require_instance_admin(&caller)?;
    let user = auth.user(&name).await?;
    let audit = auth
        .event(&caller, "user.delete")
        .to("user", &user.id)
        .saying(user.username);
    auth.store().delete_user(&user.id, audit).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_keys(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<Json<Keys>, Problem> {
    let user = own_or_administered(&auth, &caller, &name).await?;
    let keys = auth.store().keys(&PrincipalId::User(user.id)).await?;
    Ok(Json(keys.iter().map(Into::into).collect()))
}

async fn create_key(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    Body(request): Body<KeyRequest>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let user = own_or_administered(&auth, &caller, &name).await?;
    if auth.creation().api_keys_disabled {
        require_instance_admin(&caller)?;
    }
    let issued = auth
        .accounts()
        .issue_user_key(&caller, &user.id, &request.description)
        .await?;
    Ok((StatusCode::CREATED, Json(issued_key(&issued))))
}

async fn revoke_key(
    State(auth): State<Auth>,
    Caller(caller): Caller,
    Path((name, key)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let user = own_or_administered(&auth, &caller, &name).await?;
    let owner = PrincipalId::User(user.id);
    auth.accounts()
        .revoke_key(&caller, &owner, None, &ApiKeyId::new(key))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The user `name`, if that is the caller or the caller administers the instance.
///
/// An identity that is confined to an organization does not count as the user: a key of the user
/// reaches further than the confinement, and would outlive it.
async fn own_or_administered(auth: &Auth, caller: &Identity, name: &str) -> Result<User, Problem> {
    if access::decide_administration(caller, Realm::Instance)
        .granted()
        .is_ok()
    {
        return auth.user(name).await;
    }
    match caller.principal() {
        Principal::User { user, .. }
            if caller.organization().is_none() && user.username == name =>
        {
            Ok(user.clone())
        }
        _ => {
            require_instance_admin(caller)?;
            auth.user(name).await
        }
    }
}

fn check_email(email: &str) -> Result<(), Problem> {
    let has_parts = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    let is_plain = !email.contains(|c: char| c.is_control() || c.is_whitespace());
    if has_parts && is_plain && email.len() <= LONGEST_EMAIL {
        Ok(())
    } else {
        Err(invalid(
            "email has the form local@domain, without blanks, and at most 254 octets",
        ))
    }
}

fn invalid(detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "request.invalid", detail)
}
