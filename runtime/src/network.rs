//! The outside world: what the backends' guests send over the network, and what comes back. Knows hosts, connections and
//! limits; has never heard of guests or of WASI.
//!
//! Each backend that was granted a place has one [`Network`]. A name is looked up once, what it resolves to is held against
//! the grant, and that very address is connected to. Connections are kept alive for the next request to the same place by
//! the same owner: contexts come and go, and pay for no new one. They are never handed from one owner to another: a guest
//! that can confuse a server about where a response ends would write into somebody else's.

mod body;
mod connect;
mod error;
mod pool;
mod tls;

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use hyper::{Method, Request, Response, Uri};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::grant::NetworkGrant;
use crate::limits::Limits;
use crate::manifest::Host;

pub(crate) use body::{Budget, GuestBody, ResponseBody};
pub(crate) use error::NetworkError;

use body::RequestBody;
use pool::{Idle, Key};

/// Asks for the addresses of a name.
pub(crate) type Lookup = Arc<dyn Fn(&str) -> std::io::Result<Vec<IpAddr>> + Send + Sync>;

/// What one backend has of the network.
pub(crate) struct Network {
    grant: NetworkGrant,
    limits: Limits,
    lookup: Lookup,
    lookups: Arc<Semaphore>,
    connections: Arc<Semaphore>,
    idle: Mutex<Idle>,
    tls: OnceLock<Result<tokio_rustls::TlsConnector, String>>,
}

/// A place among the connections that one context has in use, and one among those of its owner.
pub(crate) type Slot = [OwnedSemaphorePermit; 2];

/// A request and what it may take.
pub(crate) struct Exchange {
    /// Whose it is.
    pub(crate) owner: String,
    pub(crate) request: Request<GuestBody>,
    pub(crate) timeouts: Timeouts,
    pub(crate) budget: Arc<Budget>,
    /// Its place among the connections that are in use.
    pub(crate) slot: Slot,
}

/// How long the steps of an exchange may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) first_byte: Duration,
    pub(crate) between_bytes: Duration,
}

impl Timeouts {
    pub(crate) fn of(limits: &Limits) -> Self {
        Self {
            connect: Duration::from_millis(limits.network_connect_timeout_ms),
            first_byte: Duration::from_millis(limits.network_first_byte_timeout_ms),
            between_bytes: Duration::from_millis(limits.network_between_bytes_timeout_ms),
        }
    }
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    tls: bool,
    host: Host,
    port: u16,
}

impl Target {
    fn of(uri: &Uri) -> Result<Self, NetworkError> {
        let invalid = || NetworkError::Uri { uri: uri.to_string() };
        let tls = uri.scheme_str() == Some("https");
        let authority = uri.authority().ok_or_else(invalid)?;
        // A user in front of the host is for nobody here, and has fooled readers of URIs before.
        if authority.as_str().contains('@') {
            return Err(invalid());
        }
        let host: Host = authority.host().parse().map_err(|_| invalid())?;
        let port = match (authority.port_u16(), authority.as_str().len() == authority.host().len()) {
            (Some(port), _) => port,
            (None, true) => {
                if tls {
                    443
                } else {
                    80
                }
            }
            (None, false) => return Err(invalid()),
        };
        match host {
            Host::Name(_) => {}
            Host::Net(net) if net.prefix_len() == net.max_prefix_len() => {}
            Host::Any | Host::Net(_) => return Err(invalid()),
        }
        Ok(Self { tls, host, port })
    }
}

impl Network {
    pub(crate) fn new(grant: NetworkGrant, limits: Limits) -> Self {
        // Port 0: only the addresses are of interest.
        let system = |name: &str| Ok((name, 0).to_socket_addrs()?.map(|address| address.ip()).collect());
        Self::with_lookup(grant, limits, Arc::new(system))
    }

    fn with_lookup(grant: NetworkGrant, limits: Limits, lookup: Lookup) -> Self {
        let connections = Arc::new(Semaphore::new(limits.network_connections_max as usize));
        let lookups = Arc::new(Semaphore::new(limits.network_connections_max as usize));
        Self { grant, limits, lookup, lookups, connections, idle: Mutex::default(), tls: OnceLock::new() }
    }

    pub(crate) fn grant(&self) -> &NetworkGrant {
        &self.grant
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sends a request, over a connection that its owner has already if there is one.
    ///
    /// # Errors
    /// It is not granted, a limit was reached, or the network failed.
    pub(crate) async fn send(
        self: &Arc<Self>,
        exchange: Exchange,
    ) -> Result<Response<ResponseBody>, NetworkError> {
        let Exchange { owner, request, timeouts, budget, slot } = exchange;
        let target = Target::of(request.uri())?;
        // A tunnel would lead where nobody looks.
        if request.method() == Method::CONNECT {
            return Err(NetworkError::Method);
        }
        if !self.grant.permits(&target.host, target.port) {
            return Err(NetworkError::Denied { host: target.host, port: target.port });
        }
        let by = Instant::now() + timeouts.connect;
        let (mut request, sent) = self.outgoing(request, &budget)?;
        let key = Key { owner, target };
        loop {
            let (mut connection, is_reused) = match self.idle_connection(&key, by).await {
                Some(connection) => (connection, true),
                None => (self.connect(&key.target, by).await?, false),
            };
            match timeout(timeouts.first_byte, connection.sender.try_send_request(request)).await {
                Err(_) => return Err(NetworkError::FirstByteTimeout),
                Ok(Ok(response)) => {
                    let (parts, incoming) = response.into_parts();
                    let body = ResponseBody::new(
                        incoming,
                        body::Lease { connection, key, network: Arc::downgrade(self), sent, _slot: slot },
                        self.limits.network_response_max_bytes,
                        budget,
                        timeouts.between_bytes,
                    )?;
                    return Ok(Response::from_parts(parts, body));
                }
                Ok(Err(mut failed)) => match failed.take_message() {
                    // The server had closed it before a byte was sent: the next one, or a new one.
                    Some(unsent) if is_reused => request = unsent,
                    _ => return Err(NetworkError::from(failed.into_error())),
                },
            }
        }
    }

    /// The request as it goes over the wire, and whether its body has gone.
    fn outgoing(
        &self,
        request: Request<GuestBody>,
        budget: &Arc<Budget>,
    ) -> Result<(Request<RequestBody>, body::Sent), NetworkError> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        parts.uri = path.parse().map_err(|_| NetworkError::Uri { uri: path.to_owned() })?;
        let max = self.limits.network_request_max_bytes;
        let (body, sent) = RequestBody::new(body, max, Arc::clone(budget));
        Ok((Request::from_parts(parts, body), sent))
    }

    /// The addresses that a permitted host has and that may be connected to at one of these ports.
    ///
    /// # Errors
    /// It has none that may.
    pub(crate) async fn resolve(&self, host: &Host, ports: &[u16]) -> Result<Vec<IpAddr>, NetworkError> {
        let found = match host {
            Host::Net(net) => vec![net.addr()],
            Host::Any => Vec::new(),
            Host::Name(name) => self.look_up(name).await?,
        };
        let Some(&first) = found.first() else { return Err(NetworkError::NotFound { host: host.clone() }) };
        let may = |address: &IpAddr| ports.iter().any(|port| self.grant.permits_address(*address, *port));
        let permitted: Vec<_> = found.into_iter().map(|address| address.to_canonical()).filter(may).collect();
        if permitted.is_empty() {
            let port = ports.first().copied().unwrap_or_default();
            return Err(NetworkError::NotPublic { host: host.clone(), address: first.to_canonical(), port });
        }
        Ok(permitted)
    }

    async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, NetworkError> {
        let lookup_failed = |source| NetworkError::Lookup { name: name.to_owned(), source };
        // The system's resolver cannot be stopped: whoever stops waiting for it leaves the thread and the permit to it.
        let permit = Arc::clone(&self.lookups).acquire_owned().await;
        let (lookup, asked) = (Arc::clone(&self.lookup), name.to_owned());
        let found = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            lookup(&asked)
        });
        let found = found.await.map_err(|error| lookup_failed(std::io::Error::other(error)))?;
        found.map_err(lookup_failed)
    }

    /// A place among the backend's connections. If there is none left, the one that was idle for longest is closed.
    ///
    /// # Errors
    /// None became free in time.
    pub(crate) async fn permit(&self, by: Instant) -> Result<OwnedSemaphorePermit, NetworkError> {
        if let Ok(permit) = Arc::clone(&self.connections).try_acquire_owned() {
            return Ok(permit);
        }
        let _waiting = self.make_room();
        match timeout_at(by, Arc::clone(&self.connections).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(NetworkError::TooManyConnections {
                limit: "network_connections_max",
                max: self.limits.network_connections_max,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
