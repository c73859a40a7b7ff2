use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::error::ErrorKind;
use crate::outbound::resolver::Lookup;

/// A name service that a test, or an attacker, controls.
struct Names(Vec<IpAddr>);

impl NameService for Names {
    fn look_up(&self, _: String) -> Lookup {
        let found = self.0.clone();
        Box::pin(async move {
            if found.is_empty() {
                return Err(std::io::Error::other("no such name"));
            }
            Ok(found)
        })
    }
}

fn client(policy: OutboundPolicy, addresses: &[&str]) -> GuardedClient {
    let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
    GuardedClient::with_names(policy, Arc::new(Names(addresses))).unwrap()
}

/// A server on loopback that answers each request with `answer`, or never if that is empty.
async fn server(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            if stream.read(&mut request).await.is_ok() && !answer.is_empty() {
                drop(stream.write_all(answer.as_bytes()).await);
            } else {
                held.push(stream);
            }
        }
    });
    port
}

const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

#[tokio::test]
async fn ssrf_006_a_name_of_a_private_address_is_not_dialled() {
    for addresses in [
        &["10.0.0.1"][..],
        &["169.254.169.254"],
        &["127.0.0.1"],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["fd00::1", "192.168.0.1"],
    ] {
        let client = client(OutboundPolicy::default(), addresses);
        let url = "https://issuer.example/jwks";
        // What can be known without a look-up is fine: the check is where the address is.
        assert!(client.check_url(url).is_ok());
        let error = client.get(url).await.unwrap_err();
        assert_eq!(error.code(), "fetch.address", "{addresses:?}");
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
        let expected: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        assert!(matches!(&error, FetchError::Address { found, .. } if *found == expected));
        assert!(!error.to_string().contains(addresses[0]), "{error}");
        assert!(error.detail().contains(&format!("{:?}", expected[0])));
    }
}

#[tokio::test]
async fn ssrf_004_a_name_of_a_metadata_service_is_not_dialled() {
    // Not even where the network around it is allowed.
    let policy = OutboundPolicy::default()
        .allow_network("169.254.0.0/16".parse().unwrap())
        .allow_network("fd00::/8".parse().unwrap());
    for addresses in [&["169.254.169.254"][..], &["fd20:ce::254", "fd00:ec2::254"]] {
        let client = client(policy.clone(), addresses);
        let error = client.get("https://metadata.google.internal/").await;
        assert_eq!(error.unwrap_err().code(), "fetch.address", "{addresses:?}");
    }
}

#[tokio::test]
async fn ssrf_007_only_the_addresses_that_passed_are_dialled() {
    let port = server(EMPTY).await;
    let policy = OutboundPolicy::default().allow_loopback_http(true);
    let mixed = client(
        policy.clone(),
        &["10.0.0.1", "169.254.169.254", "127.0.0.1"],
    );
    let answer = mixed
        .get(&format!("http://idp.localhost:{port}/"))
        .await
        .unwrap();
    assert_eq!(answer.body(), b"{}");
    // Loopback is for names that mean this machine, even in development.
    let foreign = client(policy, &["127.0.0.1"]);
    let error = foreign
        .get(&format!("https://evil.example:{port}/"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "fetch.address");
}

/// A name service whose answers are these, one after the other; it counts them.
struct Changing {
    answers: Vec<&'static str>,
    asked: Arc<AtomicUsize>,
}

impl NameService for Changing {
    fn look_up(&self, _: String) -> Lookup {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = *self.answers.get(turn).or(self.answers.last()).unwrap();
        Box::pin(async move { Ok(vec![answer.parse().unwrap()]) })
    }
}

#[tokio::test]
async fn ssrf_007_a_name_that_changes_its_address_between_check_and_dial() {
    // Whoever owns the name answers with an address that passes, and from then on with one that does
    // not, where something listens.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let names = Changing {
        answers: vec!["127.0.0.2", "127.0.0.1"],
        asked: Arc::clone(&asked),
    };
    let policy = OutboundPolicy::default()
        .allow_network("127.0.0.2/32".parse().unwrap())
        .timeouts(Duration::from_secs(1), Duration::from_secs(1));
    let client = GuardedClient::with_names(policy, Arc::new(names)).unwrap();
    let url = format!("https://rebinding.example:{port}/");
    assert!(client.check_url(&url).is_ok());
    // The address that passed is the one that is dialled, and nobody is there.
    let error = client.get(&url).await.unwrap_err();
    assert_eq!(error.code(), "fetch.unreachable");
    assert_eq!(
        asked.load(Ordering::SeqCst),
        1,
        "one look-up for check and dial"
    );
    // The next answer is checked as the first was.
    let error = client.get(&url).await.unwrap_err();
    assert_eq!(error.code(), "fetch.address");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    let nobody = std::future::poll_fn(|context| match listener.poll_accept(context) {
        Poll::Pending => Poll::Ready(true),
        Poll::Ready(_) => Poll::Ready(false),
    });
    assert!(nobody.await, "the private address was dialled");
}

#[tokio::test]
async fn rfc_6761_6_3_a_name_of_this_machine_is_never_elsewhere() {
    let policy = OutboundPolicy::default()
        .allow_loopback_http(true)
        .allow_network("::1/128".parse().unwrap())
        .allow_network("10.0.0.5/32".parse().unwrap());
    for name in ["localhost", "idp.localhost"] {
        for address in ["8.8.8.8", "2606:4700::1111", "10.0.0.1", "10.0.0.5"] {
            let client = client(policy.clone(), &[address]);
            let error = client.get(&format!("http://{name}:8080/")).await;
            assert_eq!(
                error.unwrap_err().code(),
                "fetch.address",
                "{name} {address}"
            );
        }
    }
}

#[tokio::test]
async fn ssrf_014_a_private_issuer_is_told_what_to_do_and_no_address() {
    let client = client(OutboundPolicy::default(), &["10.1.2.3"]);
    for url in ["https://issuer.example/", "https://10.1.2.3/"] {
        let text = client.get(url).await.unwrap_err().to_string();
        for way in [
            "allow its network",
            "paste the issuer's key set",
            "through the API",
        ] {
            assert!(text.contains(way), "{text}");
        }
        // What the administrator typed may be in it, and nothing that was looked up.
        assert_eq!(
            text.contains("10.1.2.3"),
            url.contains("10.1.2.3"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn ssrf_016_a_name_service_that_never_answers() {
    struct Silent;
    impl NameService for Silent {
        fn look_up(&self, _: String) -> Lookup {
            Box::pin(std::future::pending())
        }
    }
    let wait = Duration::from_millis(100);
    let policy = OutboundPolicy::default().timeouts(wait, wait);
    let client = GuardedClient::with_names(policy, Arc::new(Silent)).unwrap();
    let error = client.get("https://issuer.example").await.unwrap_err();
    assert_eq!(error.code(), "fetch.unreachable");
    // Another client is not held up, nor another host of the same one.
    assert!(client.check_url("https://other.example").is_ok());
}

#[tokio::test]
async fn ssrf_014_a_port_tells_a_tenant_nothing() {
    let silent = server("").await;
    let plain = server(EMPTY).await;
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let policy = OutboundPolicy::default()
        .allow_loopback_http(true)
        .timeouts(Duration::from_millis(300), Duration::from_millis(300));
    let client = client(policy, &["127.0.0.1"]);
    let mut errors = Vec::new();
    for url in [
        format!("http://localhost:{closed}/"),
        format!("http://localhost:{silent}/"),
        format!("https://localhost:{plain}/"),
        format!("https://localhost:{silent}/"),
    ] {
        errors.push(client.get(&url).await.unwrap_err());
    }
    for error in &errors {
        assert_eq!(error.code(), "fetch.unreachable");
        assert_eq!(error.to_string(), errors[0].to_string());
    }
    assert_ne!(
        errors[0].detail(),
        errors[1].detail(),
        "the operator can tell"
    );
}

#[tokio::test]
async fn ssrf_016_a_name_that_does_not_exist() {
    let error = client(OutboundPolicy::default(), &[])
        .get("https://issuer.example")
        .await
        .unwrap_err();
    assert_eq!(error.code(), "fetch.unreachable");
    assert!(
        error.detail().contains("no such name"),
        "{}",
        error.detail()
    );
}

#[tokio::test]
async fn ssrf_012_ssrf_013_answers_that_are_refused() {
    let many_headers: &'static str =
        Box::leak(format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(1_000)).into_boxed_str());
    for (name, answer, code) in [
        ("no HTTP", "hello\r\n\r\n", "fetch.unreachable"),
        ("many headers", many_headers, "fetch.unreachable"),
        (
            "cut short",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{}",
            "fetch.unreachable",
        ),
        (
            "compressed",
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
            "fetch.encoded",
        ),
        (
            "an error",
            "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
            "fetch.status",
        ),
        ("no content", "HTTP/1.1 204 No\r\n\r\n", "fetch.status"),
        (
            "a redirect",
            "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
            "fetch.redirect",
        ),
    ] {
        let port = server(answer).await;
        let policy = OutboundPolicy::default()
            .allow_loopback_http(true)
            .timeouts(Duration::from_secs(1), Duration::from_secs(1));
        let client = client(policy, &["127.0.0.1"]);
        let error = client
            .get(&format!("http://localhost:{port}/"))
            .await
            .unwrap_err();
        assert_eq!(error.code(), code, "{name}");
    }
}

#[tokio::test]
async fn send_gives_any_status_but_a_redirect() {
    let answer = "HTTP/1.1 400 Bad\r\nX-A: b\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbad";
    let port = server(answer).await;
    let client = client(
        OutboundPolicy::default().allow_loopback_http(true),
        &["127.0.0.1"],
    );
    let request = |uri: String| {
        let request = http::Request::post(uri).header("content-type", "text/plain");
        request.body(b"hello".to_vec()).unwrap()
    };
    let answer = client
        .send(request(format!("http://localhost:{port}/")))
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.headers()["x-a"], "b");
    assert_eq!(answer.body(), b"bad");
    let refused = client
        .send(request("http://issuer.example/".to_owned()))
        .await;
    assert_eq!(refused.unwrap_err().code(), "fetch.url");
}

#[test]
fn a_certificate_that_can_not_be_read_is_found_at_once() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let policy = OutboundPolicy::default().trust_certificates(broken);
    assert!(matches!(
        GuardedClient::new(policy),
        Err(ConfigError::Client { .. })
    ));
}
