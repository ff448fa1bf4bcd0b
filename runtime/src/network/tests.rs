use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use wasmtime_wasi::runtime::in_tokio;

use super::*;
use crate::grant::NetworkAllowance;

/// Answers every request with two bytes. Tells when a connection begins and when it has ended.
struct Server {
    port: u16,
    events: mpsc::Receiver<&'static str>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, events) = mpsc::channel();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(mut connection) = connection else { return };
                let tell = tell.clone();
                std::thread::spawn(move || {
                    let _ = tell.send("connected");
                    let mut lines = BufReader::new(connection.try_clone().unwrap()).lines();
                    while let Some(Ok(line)) = lines.next() {
                        if line.is_empty() {
                            let _ = connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
                        }
                    }
                    let _ = tell.send("closed");
                });
            }
        });
        Self { port, events }
    }

    fn next(&self) -> &'static str {
        self.events.recv_timeout(Duration::from_secs(20)).unwrap()
    }
}

fn network(port: u16, hosts: &[&str], limits: Limits, lookup: Lookup) -> Arc<Network> {
    let allow = |host: &&str| NetworkAllowance { host: host.parse().unwrap(), port };
    let allowed: Vec<_> = hosts.iter().map(allow).collect();
    Arc::new(Network::with_lookup(NetworkGrant::new(None, &allowed).unwrap(), limits, lookup))
}

fn home() -> Lookup {
    Arc::new(|_| Ok(vec![Ipv4Addr::LOCALHOST.into()]))
}

fn local(server: &Server, limits: Limits) -> Arc<Network> {
    network(server.port, &["a.example", "127.0.0.1"], limits, home())
}

fn exchange(network: &Network, owner: &str, method: Method, uri: &str) -> Exchange {
    let body = Empty::<Bytes>::new().map_err(|never| match never {}).boxed_unsync();
    Exchange {
        owner: owner.into(),
        request: Request::builder().method(method).uri(uri).header("host", "a.example").body(body).unwrap(),
        timeouts: Timeouts::of(&network.limits),
        budget: Arc::new(Budget::new(network.limits.network_call_max_bytes)),
        slot: [(); 2].map(|()| Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap()),
    }
}

async fn begin(
    network: &Arc<Network>,
    owner: &str,
    port: u16,
) -> Result<Response<ResponseBody>, NetworkError> {
    network.send(exchange(network, owner, Method::GET, &format!("http://a.example:{port}/"))).await
}

async fn fetch(network: &Arc<Network>, owner: &str, port: u16) -> Result<Bytes, NetworkError> {
    Ok(begin(network, owner, port).await?.into_body().collect().await?.to_bytes())
}

#[test]
fn the_address_that_was_checked_is_connected_to_and_nothing_is_looked_up_again() {
    let server = Server::start();
    let lookups = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&lookups);
    // The second answer would be another address: what rebinding does.
    let lookup = move |_: &str| {
        let first = count.fetch_add(1, Ordering::Relaxed) == 0;
        Ok(vec![if first { Ipv4Addr::LOCALHOST.into() } else { Ipv4Addr::new(192, 168, 0, 1).into() }])
    };
    let network = network(server.port, &["a.example", "127.0.0.1"], Limits::default(), Arc::new(lookup));
    let body = in_tokio(fetch(&network, "alice", server.port)).unwrap();
    assert_eq!(&*body, b"ok");
    assert_eq!(lookups.load(Ordering::Relaxed), 1);
}

#[test]
fn a_name_that_leads_to_an_address_that_is_not_public_is_refused() {
    for address in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:192.168.0.1", "fd00::1"] {
        let found: IpAddr = address.parse().unwrap();
        let network = network(80, &["a.example"], Limits::default(), Arc::new(move |_| Ok(vec![found])));
        let refused = in_tokio(fetch(&network, "alice", 80)).unwrap_err();
        assert!(matches!(refused, NetworkError::NotPublic { .. }), "{address}: {refused:?}");
    }
}

#[test]
fn a_name_that_leads_to_both_kinds_is_connected_to_at_the_permitted_one_only() {
    let server = Server::start();
    let lookup = |_: &str| Ok(vec![Ipv4Addr::new(10, 0, 0, 1).into(), Ipv4Addr::LOCALHOST.into()]);
    let network = network(server.port, &["a.example", "127.0.0.1"], Limits::default(), Arc::new(lookup));
    let found = in_tokio(network.resolve(&"a.example".parse().unwrap(), &[server.port])).unwrap();
    assert_eq!(found, [IpAddr::from(Ipv4Addr::LOCALHOST)]);
    in_tokio(fetch(&network, "alice", server.port)).unwrap();
}

#[test]
fn an_owners_connection_serves_the_next_request_and_no_other_owner() {
    let server = Server::start();
    let network = local(&server, Limits::default());
    in_tokio(async {
        fetch(&network, "alice", server.port).await.unwrap();
        assert_eq!(network.idle_count(), 1);
        fetch(&network, "alice", server.port).await.unwrap();
        assert_eq!(network.idle_count(), 1);
        fetch(&network, "bob", server.port).await.unwrap();
        assert_eq!(network.idle_count(), 2);
    });
    assert_eq!((server.next(), server.next()), ("connected", "connected"));
    assert!(server.events.try_recv().is_err(), "two connections for three requests");
}

#[test]
fn an_answer_that_is_not_read_to_its_end_closes_its_connection() {
    let server = Server::start();
    let network = local(&server, Limits::default());
    let begun = in_tokio(begin(&network, "alice", server.port)).unwrap();
    assert_eq!(network.idle_count(), 0);
    drop(begun);
    assert_eq!(network.idle_count(), 0);
    assert_eq!((server.next(), server.next()), ("connected", "closed"));
}

#[test]
fn a_backend_has_no_more_connections_than_its_limit_and_an_idle_one_gives_way() {
    let server = Server::start();
    let limits = Limits { network_connections_max: 1, network_connect_timeout_ms: 200, ..Limits::default() };
    let network = local(&server, limits);
    in_tokio(async {
        let held = begin(&network, "alice", server.port).await.unwrap();
        let refused = fetch(&network, "bob", server.port).await.unwrap_err();
        assert!(refused.to_string().contains("`network_connections_max` is 1"), "{refused}");
        held.into_body().collect().await.unwrap();
        assert_eq!(network.idle_count(), 1);
        fetch(&network, "bob", server.port).await.unwrap();
    });
}

#[test]
fn a_connection_that_nobody_needs_is_closed_after_its_time() {
    let server = Server::start();
    let network = local(&server, Limits { network_idle_timeout_ms: 1, ..Limits::default() });
    in_tokio(fetch(&network, "alice", server.port)).unwrap();
    assert_eq!((server.next(), server.next()), ("connected", "closed"));
}

#[test]
fn what_is_no_request_to_a_place_is_refused_before_anything_is_looked_up() {
    let lookup: Lookup = Arc::new(|name| panic!("`{name}` was looked up"));
    let network = network(80, &["a.example"], Limits::default(), lookup);
    let refused = |method: Method, uri: &str| {
        in_tokio(network.send(exchange(&network, "alice", method, uri))).err().unwrap()
    };
    assert!(matches!(refused(Method::CONNECT, "http://a.example/"), NetworkError::Method));
    assert!(matches!(refused(Method::GET, "http://a.example@b.example/"), NetworkError::Uri { .. }));
    for elsewhere in ["http://b.example/", "https://a.example/", "http://a.example:81/", "http://127.1/"] {
        let refused = refused(Method::GET, elsewhere);
        assert!(matches!(refused, NetworkError::Denied { .. }), "{elsewhere}: {refused}");
    }
}

#[test]
fn a_call_that_moves_too_much_is_told_and_the_next_has_its_full_measure() {
    let budget = Budget::new(10);
    budget.spend(6).unwrap();
    assert!(budget.spend(5).unwrap_err().to_string().contains("`network_call_max_bytes`"));
    budget.begin_call();
    budget.spend(10).unwrap();
}

/// A TLS server that answers one request, with a certificate of its own for `a.example`.
fn tls_server() -> (u16, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream);
        // An error if the client does not like the certificate.
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret");
    });
    (port, certificate)
}

fn over_tls(name: &str, port: u16, trusted: CertificateDer<'static>) -> Result<Bytes, NetworkError> {
    over_tls_within(Limits::default(), name, port, trusted)
}

fn over_tls_within(
    limits: Limits,
    name: &str,
    port: u16,
    trusted: CertificateDer<'static>,
) -> Result<Bytes, NetworkError> {
    let network = network(port, &[name, "127.0.0.1"], limits, home());
    let mut roots = RootCertStore::empty();
    roots.add(trusted).unwrap();
    network.tls.set(tls::connector(roots)).ok().unwrap();
    let uri = format!("https://{name}:{port}/");
    in_tokio(async {
        let response = network.send(exchange(&network, "alice", Method::GET, &uri)).await?;
        Ok(response.into_body().collect().await?.to_bytes())
    })
}

#[test]
fn a_server_has_to_prove_its_name_by_a_certificate_that_is_trusted() {
    let (port, certificate) = tls_server();
    assert_eq!(&*over_tls("a.example", port, certificate).unwrap(), b"secret");
    let (port, _) = tls_server();
    let (_, of_another) = tls_server();
    let untrusted = over_tls("a.example", port, of_another).unwrap_err();
    assert!(matches!(untrusted, NetworkError::Certificate { .. }), "{untrusted:?}");
    let (port, certificate) = tls_server();
    let misnamed = over_tls("b.example", port, certificate).unwrap_err();
    assert!(matches!(misnamed, NetworkError::Certificate { .. }), "{misnamed:?}");
}

#[test]
fn a_server_that_does_not_begin_with_tls_is_given_up_in_time() {
    let (_, certificate) = tls_server();
    // Connections are made, and nobody speaks.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let limits = Limits { network_connect_timeout_ms: 100, ..Limits::default() };
    let given_up = over_tls_within(limits, "a.example", port, certificate).unwrap_err();
    assert!(matches!(given_up, NetworkError::ConnectTimeout), "{given_up:?}");
}
