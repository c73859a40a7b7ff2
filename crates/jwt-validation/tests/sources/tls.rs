//! Issuers whose TLS proves nothing: KEY-020.

use std::sync::Arc;

use jwt_validation::{
    ErrorKind, GuardedClient, JwksSource, OutboundPolicy, SourceConfig, SourceError,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ServerConfig, SupportedProtocolVersion};

type Ca = CertifiedIssuer<'static, KeyPair>;

fn ca(name: &str) -> Ca {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// What a server shows: its certificate, and the key to it.
struct Shown {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

/// A certificate for `name`, changed by `change`, signed by `ca` or, without one, by itself.
fn shown(name: &str, ca: Option<&Ca>, change: impl FnOnce(&mut CertificateParams)) -> Shown {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    // Unlike any name that a CA in the system's store may have.
    let subject = format!("gatehouse test server {name}");
    params.distinguished_name.push(DnType::CommonName, subject);
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = match ca {
        Some(ca) => params.signed_by(&key, ca).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    Shown {
        certificate: certificate.der().clone(),
        key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    }
}

/// An issuer's key set behind TLS.
async fn serve(shown: Shown, versions: &[&'static SupportedProtocolVersion]) -> u16 {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![shown.certificate], shown.key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    listen(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            let mut request = [0; 4096];
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"keys\":[]}";
            if stream.read(&mut request).await.is_ok() {
                drop(stream.write_all(answer).await);
            }
            drop(stream.shutdown().await);
        }
    })
    .await
}

async fn listen<F: Future<Output = ()> + Send + 'static>(
    answer: impl Fn(TcpStream) -> F + Send + 'static,
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    port
}

/// A client of a company with a CA of its own.
fn client_of(ca: &Ca) -> Arc<GuardedClient> {
    let policy = OutboundPolicy::default()
        .allow_network("127.0.0.0/8".parse().unwrap())
        .trust_certificates(ca.pem());
    Arc::new(GuardedClient::new(policy).unwrap())
}

async fn fetch(host: &str, port: u16, client: &Arc<GuardedClient>) -> Result<(), SourceError> {
    let jwks_uri = format!("https://{host}:{port}/jwks");
    let source = JwksSource::url(jwks_uri, Arc::clone(client), SourceConfig::default());
    source.keys(None).await.map(drop)
}

#[tokio::test]
async fn key_020_tls_that_proves_nothing() {
    let ca = ca("ours");
    let client = client_of(&ca);
    let good = || shown("localhost", Some(&ca), |_| {});
    // The one good way, or else the rest would prove nothing.
    for version in [&TLS12, &TLS13] {
        let port = serve(good(), &[version]).await;
        assert_eq!(fetch("localhost", port, &client).await, Ok(()));
    }
    let other_ca = self::ca("theirs");
    for (name, shown, reason) in [
        (
            "self-signed",
            shown("localhost", None, |_| {}),
            "UnknownIssuer",
        ),
        (
            "another CA",
            shown("localhost", Some(&other_ca), |_| {}),
            "UnknownIssuer",
        ),
        (
            "another host",
            shown("other.example", Some(&ca), |_| {}),
            "not valid for",
        ),
        (
            "a name beneath",
            shown("idp.localhost", Some(&ca), |_| {}),
            "not valid for",
        ),
        (
            "expired",
            shown("localhost", Some(&ca), |params| {
                params.not_before = date_time_ymd(2001, 1, 1);
                params.not_after = date_time_ymd(2002, 1, 1);
            }),
            "expired",
        ),
        (
            "not valid yet",
            shown("localhost", Some(&ca), |params| {
                params.not_before = date_time_ymd(3001, 1, 1);
                params.not_after = date_time_ymd(3002, 1, 1);
            }),
            "not valid yet",
        ),
    ] {
        let port = serve(shown, &[&TLS12, &TLS13]).await;
        let error = fetch("localhost", port, &client).await.unwrap_err();
        assert_eq!(error.code(), "fetch.unreachable", "{name}");
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{name}");
        assert!(
            error.detail().contains(reason),
            "{name}: {}",
            error.detail()
        );
        assert!(
            !error.to_string().contains(reason),
            "{name}: for the operator alone"
        );
    }
    // A certificate for a name does not vouch for an address.
    let port = serve(good(), &[&TLS13]).await;
    assert!(fetch("127.0.0.1", port, &client).await.is_err());
}

#[tokio::test]
async fn key_020_one_issuers_ca_is_not_anothers() {
    let (ours, theirs) = (ca("ours"), ca("theirs"));
    let port = serve(shown("localhost", Some(&ours), |_| {}), &[&TLS13]).await;
    assert_eq!(fetch("localhost", port, &client_of(&ours)).await, Ok(()));
    assert!(fetch("localhost", port, &client_of(&theirs)).await.is_err());
}

/// A server that takes the client's first record, answers `hello`, and gives back what it then hears.
async fn answer_hello(version: u8) -> (SourceError, Vec<u8>, Vec<u8>) {
    let (heard, mut hearing) = tokio::sync::mpsc::unbounded_channel();
    let port = listen(move |mut stream| {
        let heard = heard.clone();
        async move {
            let mut head = [0; 5];
            stream.read_exact(&mut head).await.unwrap();
            let mut offered = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            stream.read_exact(&mut offered).await.unwrap();
            // ServerHello (RFC 2246 §7.4.1.3): version, random, an empty session id, an RSA cipher suite
            // with AES, no compression.
            let mut hello = vec![0x03, version];
            hello.extend([7; 32]);
            hello.extend([0, 0x00, 0x2f, 0]);
            let mut record = vec![0x16, 0x03, version, 0, 42, 2, 0, 0, 38];
            record.extend(hello);
            stream.write_all(&record).await.unwrap();
            let mut answer = Vec::new();
            drop(stream.read_to_end(&mut answer).await);
            heard.send((offered, answer)).unwrap();
        }
    })
    .await;
    let error = fetch("localhost", port, &client_of(&ca("ours")))
        .await
        .unwrap_err();
    let (offered, answer) = hearing.recv().await.unwrap();
    (error, offered, answer)
}

/// The versions in the extension `supported_versions` (RFC 8446 §4.2.1) of a ClientHello.
fn offered_versions(hello: &[u8]) -> Vec<u16> {
    let be16 = |at: usize| u16::from_be_bytes([hello[at], hello[at + 1]]);
    let mut at = 4 + 2 + 32;
    at += 1 + usize::from(hello[at]);
    at += 2 + usize::from(be16(at));
    at += 1 + usize::from(hello[at]);
    at += 2;
    while be16(at) != 43 {
        at += 4 + usize::from(be16(at + 2));
    }
    let count = usize::from(hello[at + 4]) / 2;
    (0..count).map(|index| be16(at + 5 + 2 * index)).collect()
}

#[tokio::test]
async fn key_020_tls_1_0_and_1_1() {
    for (name, version) in [("SSL 3", 0), ("TLS 1.0", 1), ("TLS 1.1", 2)] {
        let (error, offered, answer) = answer_hello(version).await;
        assert_eq!(error.code(), "fetch.unreachable", "{name}");
        assert_eq!(
            offered_versions(&offered),
            [0x0304, 0x0303],
            "1.3 and 1.2 are offered"
        );
        // A fatal alert, protocol_version (RFC 8446 §6.2): the version is what is refused.
        assert_eq!(
            answer,
            [0x15, 0x03, 0x03, 0, 2, 2, 70],
            "{name}: {}",
            error.detail()
        );
    }
}
