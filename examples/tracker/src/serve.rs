//! Serving connections, with a bound on what each may cost.
//!
//! `axum::serve` has no time-out for a client that sends its headers by the drop, and no limit on
//! connections; a server that meets strangers wants both, so this one drives hyper itself.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

/// Connections that are served at once; further ones wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 512;
/// How long a request's headers may take.
const HEADERS: Duration = Duration::from_secs(10);
/// How long connections that are busy have to finish when the server stops.
const GRACE: Duration = Duration::from_secs(5);
/// How long to wait after the system refused a connection: it is out of files, and won't have more at once.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Serves `app` on `listener` until `stop`, then lets open requests finish for at most five seconds.
pub async fn serve(listener: TcpListener, app: Router, stop: impl Future<Output = ()>) {
    serve_at_most(MOST_CONNECTIONS, listener, app, stop).await;
}

async fn serve_at_most(
    most_connections: usize,
    listener: TcpListener,
    app: Router,
    stop: impl Future<Output = ()>,
) {
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(most_connections));
    let accepting = async {
        loop {
            let Some((stream, address, place)) = accept(&listener, &places).await else {
                break;
            };
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADERS)
                .serve_connection(TokioIo::new(stream), service(app.clone(), address));
            let connection = connections.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, %address, "a connection ended early");
                }
                drop(place);
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop => {}
    }
    drop(listener);
    if tokio::time::timeout(GRACE, connections.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("connections were cut off that had not finished");
    }
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return Some((stream, address, place)),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BACK_OFF).await;
            }
        }
    }
}

/// Tells every request where it comes from: the audit log asks.
fn service(
    app: Router,
    address: SocketAddr,
) -> impl hyper::service::Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send>
{
    service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(address));
        app.clone().oneshot(request)
    })
}

#[cfg(test)]
mod tests;
