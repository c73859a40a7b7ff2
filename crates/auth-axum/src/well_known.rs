//! What other services need in order to check our access tokens.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::json;

use crate::auth::Auth;

/// Half of the time for which a new key is published before it signs.
const CACHED: &str = "public, max-age=300";

pub(crate) fn routes(auth: Auth) -> Router {
    Router::new()
        .route("/.well-known/jwks.json", get(jwks))
        .route("/.well-known/oauth-authorization-server", get(metadata))
        .with_state(auth)
}

/// The JWK Set (RFC 7517 §5).
async fn jwks(State(auth): State<Auth>) -> Response {
    let set = auth.tokens().keys().published_now().await;
    let headers = [
        (CONTENT_TYPE, "application/jwk-set+json"),
        (CACHE_CONTROL, CACHED),
    ];
    (headers, set.as_bytes().to_vec()).into_response()
}

/// Authorization server metadata (RFC 8414 §2).
async fn metadata(State(auth): State<Auth>) -> Response {
    let issuer = auth.tokens().issuer();
    let mut metadata = json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}/oidc/token"),
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "grant_types_supported": ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
        // No authorization endpoint, so no response types.
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint": format!("{issuer}/oidc/revoke"),
        "revocation_endpoint_auth_methods_supported": ["none"],
    });
    if let (true, Some(members)) = (auth.introspects(), metadata.as_object_mut()) {
        let endpoint = format!("{issuer}/oidc/introspect");
        members.insert("introspection_endpoint".into(), endpoint.into());
        // RFC 8414 §2 also takes the name of an access token type: the caller is no client.
        let methods = json!(["Bearer"]);
        members.insert(
            "introspection_endpoint_auth_methods_supported".into(),
            methods,
        );
    }
    ([(CACHE_CONTROL, CACHED)], Json(metadata)).into_response()
}
