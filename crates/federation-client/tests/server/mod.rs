//! A server on loopback that answers as a test says, and remembers what it was asked.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use federation_client::{HttpConfig, RetryPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// `POST /oidc/token HTTP/1.1`
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(other, _)| other == name);
        let first = found.next();
        assert!(found.next().is_none(), "{name} came twice");
        first.map(|(_, value)| value.as_str())
    }
}

/// What to answer.
pub(crate) enum Reply {
    /// These octets; then the connection ends.
    Raw(Vec<u8>),
    /// Nothing, and the connection stays open.
    Silence,
    /// Nothing, and the connection ends.
    HangUp,
    /// Another reply, once the gate has a permit.
    After(Arc<Semaphore>, Box<Reply>),
}

pub(crate) fn http(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut text = format!("HTTP/1.1 {status} x\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    Reply::Raw(text.into_bytes())
}

/// A token response.
pub(crate) fn grant(token: &str, expires_in: u64) -> Reply {
    let body =
        format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{expires_in}}}"#);
    http(200, &[("Content-Type", "application/json")], &body)
}

type Script = dyn Fn(usize, &Received) -> Reply + Send + Sync;

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// `script` gets the number of the request, from 0, and the request.
    pub(crate) async fn start(
        script: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::new(Mutex::new(Vec::new()));
        let server = Self { url, received };
        let script: Arc<Script> = Arc::new(script);
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().serve(stream, Arc::clone(&script)));
            }
        });
        server
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("a lock").clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.received().len()
    }

    async fn serve(self, mut stream: TcpStream, script: Arc<Script>) {
        let Some(request) = read(&mut stream).await else {
            return;
        };
        let number = {
            let mut received = self.received.lock().expect("a lock");
            received.push(request.clone());
            received.len() - 1
        };
        let mut reply = script(number, &request);
        loop {
            match reply {
                Reply::After(gate, then) => {
                    let Ok(permit) = gate.acquire().await else {
                        return;
                    };
                    permit.forget();
                    reply = *then;
                }
                Reply::Raw(octets) => {
                    let _ = stream.write_all(&octets).await;
                    let _ = stream.shutdown().await;
                    return;
                }
                Reply::Silence => {
                    // Ends when the client gives up.
                    let _ = stream.read_u8().await;
                    return;
                }
                Reply::HangUp => return,
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut octets = Vec::new();
    let head = loop {
        if let Some(end) = octets.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        octets.push(stream.read_u8().await.ok()?);
    };
    let text = String::from_utf8(octets[..head].to_vec()).expect("text");
    let mut lines = text.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut length = headers.iter().filter(|(name, _)| name == "content-length");
    let length = length
        .next()
        .map_or(0, |(_, value)| value.parse().expect("a number"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Received {
        line,
        headers,
        body: String::from_utf8(body).expect("text"),
    })
}

/// Retries that a test need not wait for.
pub(crate) fn at_once() -> RetryPolicy {
    let mut policy = RetryPolicy::default();
    policy.first_delay = Duration::from_millis(1);
    policy
}

/// Limits that a test can reach.
pub(crate) fn impatient() -> HttpConfig {
    let mut config = HttpConfig::default();
    config.request_timeout = Duration::from_millis(300);
    config
}
