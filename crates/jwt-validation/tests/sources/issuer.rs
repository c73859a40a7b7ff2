//! An issuer on loopback that publishes what a test says, and counts who asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_validation::{
    Audience, GuardedClient, JwksSource, OutboundPolicy, SourceConfig, TokenPolicy, UnixTime,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);
pub(crate) const METADATA: &str = "/.well-known/openid-configuration";

/// What a path answers.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Status, more header lines, body.
    Full(u16, String, String),
    /// Takes the request and says nothing.
    Silent,
    /// A body that never ends.
    Endless,
    /// The first octet of a body, and never the rest.
    Drip,
    /// This text, one octet after the other, each after a pause. Where it ends, it begins again.
    Trickle(&'static str),
    /// These octets and no others, whatever they are.
    Raw(String),
    /// This text over and over, after these octets.
    Repeated(String, String),
    /// Closes the connection without a word.
    HangUp,
    /// A validator (`ETag` or `Last-Modified`), more header lines, and a body; 304 to those who have it.
    Validated(&'static str, &'static str, String, String),
}

impl Answer {
    pub(crate) fn json(body: impl ToString) -> Self {
        Self::Full(200, String::new(), body.to_string())
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::Full(status, format!("Location: {location}\r\n"), String::new())
    }
}

type Routes = Arc<Mutex<HashMap<String, Answer>>>;
/// The heads of the requests.
type Requests = Arc<Mutex<Vec<String>>>;

pub(crate) struct Issuer {
    pub(crate) url: String,
    routes: Routes,
    requests: Requests,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Routes::default();
        let requests = Requests::default();
        let (answers, seen) = (Arc::clone(&routes), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&seen)));
            }
        });
        Self {
            url,
            routes,
            requests,
        }
    }

    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        self.routes.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// Publishes metadata and these keys as a good issuer does.
    pub(crate) fn publish(&self, keys: &[Value]) {
        let jwks_uri = format!("{}/jwks", self.url);
        self.answer(
            METADATA,
            Answer::json(json!({"issuer": self.url, "jwks_uri": jwks_uri})),
        );
        self.answer("/jwks", Answer::json(json!({ "keys": keys })));
    }

    /// The paths that were asked for, in order.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        requests.iter().map(|head| path(head)).collect()
    }

    /// What a header field had in each request for `path`, in order.
    pub(crate) fn received(&self, path: &str, name: &str) -> Vec<Option<String>> {
        let requests = self.requests.lock().unwrap();
        let requests = requests.iter().filter(|head| self::path(head) == path);
        requests.map(|head| field(head, name)).collect()
    }

    /// The names of the header fields of the last request.
    pub(crate) fn fields(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        let lines = requests.last().unwrap().lines().skip(1);
        let names = lines.filter_map(|line| line.split_once(':'));
        names.map(|(name, _)| name.to_lowercase()).collect()
    }

    pub(crate) fn source(&self) -> JwksSource {
        JwksSource::discovery(self.url.clone(), client(), SourceConfig::default())
    }

    pub(crate) fn policy(&self) -> TokenPolicy {
        TokenPolicy::new(self.url.clone(), Audience::any_of(["api"]).unwrap())
    }

    /// A genuine token of this issuer.
    pub(crate) fn token(&self, key: &Key) -> String {
        self.token_with(key, json!({}))
    }

    /// A genuine token with more header parameters.
    pub(crate) fn token_with(&self, key: &Key, header: Value) -> String {
        self.token_of(key, header, json!({}))
    }

    /// A token of this issuer with other header parameters and claims.
    pub(crate) fn token_of(&self, key: &Key, header: Value, claims: Value) -> String {
        let mut head = json!({"alg": "EdDSA", "kid": key.id});
        for (name, value) in header.as_object().unwrap() {
            head[name] = value.clone();
        }
        let exp = NOW.as_secs() + 600;
        let more = claims;
        let mut claims = json!({"iss": self.url, "sub": "job", "aud": "api", "exp": exp});
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let input = format!("{}.{}", b64(head.to_string()), b64(claims.to_string()));
        let signature = key.pair.sign(input.as_bytes());
        format!("{input}.{}", b64(signature.as_ref()))
    }
}

/// A client that may reach loopback.
pub(crate) fn client() -> Arc<GuardedClient> {
    let policy = OutboundPolicy::default().allow_loopback_http(true);
    Arc::new(GuardedClient::new(policy).unwrap())
}

/// A client that may reach loopback, and waits for a short while only.
pub(crate) fn impatient_client() -> Arc<GuardedClient> {
    let wait = Duration::from_millis(300);
    let policy = OutboundPolicy::default()
        .allow_loopback_http(true)
        .timeouts(wait, wait);
    Arc::new(GuardedClient::new(policy).unwrap())
}

/// A key of an issuer, made for the occasion.
pub(crate) struct Key {
    id: &'static str,
    pair: Ed25519KeyPair,
}

impl Key {
    pub(crate) fn new(id: &'static str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        Self { id, pair }
    }

    pub(crate) fn public(&self) -> Value {
        let x = b64(self.pair.public_key());
        json!({"kty": "OKP", "crv": "Ed25519", "kid": self.id, "x": x})
    }
}

pub(crate) fn b64(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

async fn serve(mut stream: TcpStream, routes: Routes, requests: Requests) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(octet) => request.push(octet),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(request).unwrap();
    requests.lock().unwrap().push(head.clone());
    let answer = routes.lock().unwrap().get(&path(&head)).cloned();
    let answer = answer.unwrap_or_else(|| Answer::Full(404, String::new(), String::new()));
    // The client may hang up at any point.
    drop(send(&mut stream, &head, answer).await);
}

fn path(head: &str) -> String {
    head.split(' ').nth(1).unwrap().to_owned()
}

fn field(head: &str, name: &str) -> Option<String> {
    let fields = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "));
    let mut found = fields.filter(|(found, _)| found.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.to_owned())
}

async fn send(stream: &mut TcpStream, head: &str, answer: Answer) -> std::io::Result<()> {
    match answer {
        Answer::HangUp => Ok(()),
        Answer::Raw(octets) => stream.write_all(octets.as_bytes()).await,
        Answer::Repeated(first, then) => {
            stream.write_all(first.as_bytes()).await?;
            loop {
                stream.write_all(then.as_bytes()).await?;
            }
        }
        Answer::Trickle(text) => {
            let mut pause = tokio::time::interval(Duration::from_millis(20));
            for octet in text.bytes().cycle() {
                pause.tick().await;
                stream.write_u8(octet).await?;
            }
            Ok(())
        }
        Answer::Validated(name, value, more, body) => {
            let condition = match name {
                "ETag" => "If-None-Match",
                _ => "If-Modified-Since",
            };
            let known = field(head, condition).as_deref() == Some(value);
            let (status, body) = if known { (304, "") } else { (200, &*body) };
            let length = body.len();
            let text = format!(
                "HTTP/1.1 {status} X\r\n{name}: {value}\r\n{more}Content-Length: {length}\r\n\
                 Connection: close\r\n\r\n{body}"
            );
            stream.write_all(text.as_bytes()).await
        }
        Answer::Full(status, headers, body) => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(body.as_bytes()).await
        }
        Answer::Silent => hold(stream).await,
        Answer::Endless => {
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head).await?;
            let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
            loop {
                stream.write_all(chunk.as_bytes()).await?;
            }
        }
        Answer::Drip => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
                .await?;
            stream.write_all(b"{").await?;
            hold(stream).await
        }
    }
}

/// Keeps the connection until the client closes it.
async fn hold(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.read_u8().await.map(drop)
}
