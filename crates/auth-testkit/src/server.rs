//! What the issuer answers.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::fault::Fault;
use crate::issuer::State;

const DISCOVERY: &str = "/.well-known/openid-configuration";
pub(crate) const JWKS: &str = "/jwks";

/// More than any client should read.
const HUGE: usize = 16 * 1024 * 1024;

pub(crate) async fn run(listener: TcpListener, state: Arc<State>, stopped: watch::Receiver<bool>) {
    let stop = is_stopped(stopped.clone());
    let router =
        Router::new().fallback(move |uri: Uri| answer(Arc::clone(&state), stopped.clone(), uri));
    // Serving ends with the signal; it has no errors of its own.
    let _ = axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .await;
}

/// Returns when the issuer was told to stop, or is gone.
async fn is_stopped(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn answer(state: Arc<State>, stopped: watch::Receiver<bool>, uri: Uri) -> Response {
    let fault = state.note_request(uri.path());
    match fault {
        Some(Fault::Status(code)) => {
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return status.into_response();
        }
        Some(Fault::Hang) => {
            is_stopped(stopped).await;
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        Some(Fault::Garbage) => return json("<html>{\"keys\": [".into()),
        Some(Fault::WrongIssuer | Fault::Huge) | None => {}
    }
    let Some(document) = document(&state, uri.path(), fault) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let document = document.to_string();
    if fault == Some(Fault::Huge) {
        let mut content = " ".repeat(HUGE);
        content.push_str(&document);
        return json(content);
    }
    json(document)
}

fn document(state: &State, path: &str, fault: Option<Fault>) -> Option<Value> {
    match path {
        DISCOVERY if fault == Some(Fault::WrongIssuer) => {
            Some(state.discovery("https://issuer.invalid"))
        }
        DISCOVERY => Some(state.discovery(state.issuer())),
        JWKS => Some(state.key_set()),
        _ => None,
    }
}

fn json(content: String) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        Body::from(content),
    )
        .into_response()
}
