use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Notify, mpsc, oneshot};

use super::*;

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream
        .read_to_string(&mut text)
        .await
        .expect("an answer in ASCII");
    text
}

#[tokio::test]
async fn handlers_learn_where_the_caller_is() {
    let (listener, address) = listener().await;
    let app = Router::new().route(
        "/",
        get(async |ConnectInfo(address): ConnectInfo<SocketAddr>| address.to_string()),
    );
    let server = tokio::spawn(serve(listener, app, std::future::pending()));
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let own = stream.local_addr().expect("an address").to_string();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .expect("sent");
    assert!(answer(&mut stream).await.ends_with(&own));
    server.abort();
}

// The paused clock goes on by itself whenever everybody waits, so nobody really does.
#[tokio::test(start_paused = true)]
async fn web_slow_headers_end_the_connection() {
    let (listener, address) = listener().await;
    let server = tokio::spawn(serve(listener, Router::new(), std::future::pending()));
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: ")
        .await
        .expect("sent");
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "the server kept waiting");
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn an_open_request_finishes_when_the_server_stops() {
    let (listener, address) = listener().await;
    let (entered, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (entered_too, go_on_too) = (Arc::clone(&entered), Arc::clone(&go_on));
    let slow = async move || {
        entered_too.notify_one();
        go_on_too.notified().await;
        "done"
    };
    let app = Router::new().route("/", get(slow));
    let (stop, stopped) = oneshot::channel::<()>();
    let mut server = tokio::spawn(serve(listener, app, async move {
        let _ = stopped.await;
    }));
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("sent");
    entered.notified().await;
    stop.send(()).expect("the server runs");
    let early = tokio::time::timeout(GRACE / 2, &mut server).await;
    assert!(early.is_err(), "the server left a request alone");
    go_on.notify_one();
    assert!(answer(&mut stream).await.ends_with("done"));
    server.await.expect("the server ended by itself");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_ends_does_not_hold_up_the_stop() {
    let (listener, address) = listener().await;
    let entered = Arc::new(Notify::new());
    let entered_too = Arc::clone(&entered);
    let endless = async move || {
        entered_too.notify_one();
        std::future::pending::<()>().await;
    };
    let app = Router::new().route("/", get(endless));
    let stop = async move { entered.notified().await };
    let server = tokio::spawn(serve(listener, app, stop));
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("sent");
    let ended = tokio::time::timeout(GRACE * 2, server).await;
    assert!(ended.is_ok(), "the server kept waiting");
}

#[tokio::test]
async fn one_connection_too_many_waits_for_a_place() {
    let (listener, address) = listener().await;
    let (seen, mut callers) = mpsc::unbounded_channel();
    let app = Router::new().route(
        "/",
        get(async move |ConnectInfo(address): ConnectInfo<SocketAddr>| {
            let _ = seen.send(address.port());
        }),
    );
    let server = tokio::spawn(serve_at_most(1, listener, app, std::future::pending()));
    let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

    let mut first = TcpStream::connect(address).await.expect("connected");
    let first_port = first.local_addr().expect("an address").port();
    first.write_all(request).await.expect("sent");
    assert_eq!(callers.recv().await, Some(first_port));

    let mut second = TcpStream::connect(address).await.expect("queued");
    let second_port = second.local_addr().expect("an address").port();
    second.write_all(request).await.expect("sent");
    // As many turns as an accepted connection needs, and many more.
    for _ in 0..20 {
        first.write_all(request).await.expect("sent");
        assert_eq!(callers.recv().await, Some(first_port));
    }
    drop(first);
    assert_eq!(callers.recv().await, Some(second_port));
    server.abort();
}
