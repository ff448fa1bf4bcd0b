//! `wasi:sockets`: TCP to what is granted. Nothing is bound, nobody listens, and there is no UDP.
//!
//! A name is resolved if it is granted, and leads only to addresses that the guest may connect to: those are remembered for
//! the store, and a socket connects to one of them, or to an address that is granted itself. Nothing is looked up a second
//! time.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use tokio::time::Instant;
use wasmtime::component::{HasData, Resource};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup;
use wasmtime_wasi::p2::bindings::sockets::network::{self, ErrorCode, IpAddress, IpSocketAddress, Network};
use wasmtime_wasi::p2::bindings::sync::sockets::tcp::{
    self, Duration, HostTcpSocket, IpAddressFamily, ShutdownType, TcpSocket,
};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, InputStream, OutputStream, Pollable, SocketError,
    StreamError, StreamResult, subscribe,
};
use wasmtime_wasi::runtime::{AbortOnDropJoinHandle, in_tokio, spawn};
use wasmtime_wasi::sockets::WasiSocketsView as _;

use super::HostState;
use super::outside::{Outside, report};
use crate::manifest::Host;
use crate::network::{NetworkError, Timeouts};

/// For the linker: these interfaces need the whole state.
pub(super) struct Whole;

impl HasData for Whole {
    type Data<'a> = Sockets<'a>;
}

/// The state of a store, as `wasi:sockets` sees it.
pub(super) struct Sockets<'a>(pub(super) &'a mut HostState);

type Found = Result<std::vec::IntoIter<IpAddr>, ErrorCode>;

/// The addresses of a name, once they are known.
enum Lookup {
    Pending(AbortOnDropJoinHandle<Found>),
    Done(Found),
}

#[wasmtime_wasi::async_trait]
impl Pollable for Lookup {
    async fn ready(&mut self) {
        if let Self::Pending(found) = self {
            *self = Self::Done(found.await);
        }
    }
}

/// The stream of the bindings is wasmtime's own and cannot be made; a handle is only a number, and what it stands for is
/// looked at in the table.
type Handle = Resource<ip_name_lookup::ResolveAddressStream>;

fn lookup_of(handle: &Handle) -> Resource<Lookup> {
    Resource::new_borrow(handle.rep())
}

impl ip_name_lookup::Host for Sockets<'_> {
    fn resolve_addresses(&mut self, network: Resource<Network>, name: String) -> Result<Handle, SocketError> {
        self.0.table.get(&network)?;
        let host: Host = name.parse().map_err(|_| ErrorCode::InvalidArgument)?;
        if matches!(host, Host::Any) {
            return Err(ErrorCode::InvalidArgument.into());
        }
        let Some(outside) = self.0.outgoing.outside.clone() else {
            self.0.refuse(&NetworkError::DeniedName { host });
            return Err(ErrorCode::PermanentResolverFailure.into());
        };
        let ports: Vec<_> = outside.network.grant().ports(&host).collect();
        if ports.is_empty() {
            self.0.refuse(&NetworkError::DeniedName { host });
            return Err(ErrorCode::PermanentResolverFailure.into());
        }
        let journal = self.0.journal.clone();
        let within = Timeouts::of(outside.network.limits()).connect;
        let lookup = Lookup::Pending(spawn(async move {
            let resolving = outside.network.resolve(&host, &ports);
            let found =
                tokio::time::timeout(within, resolving).await.unwrap_or(Err(NetworkError::ConnectTimeout));
            match found {
                Ok(found) => {
                    let grant = outside.network.grant();
                    let reachable = found.iter().flat_map(|address| {
                        let open = ports.iter().filter(|port| grant.permits_address(*address, **port));
                        open.map(|port| SocketAddr::new(*address, *port))
                    });
                    outside.resolved().insert(reachable);
                    Ok(found.into_iter())
                }
                Err(error) => {
                    report(&journal, Some(&outside), &error);
                    Err(code(&error))
                }
            }
        }));
        let handle = self.0.table.push(lookup)?;
        Ok(Resource::new_own(handle.rep()))
    }
}

impl ip_name_lookup::HostResolveAddressStream for Sockets<'_> {
    fn resolve_next_address(&mut self, stream: Handle) -> Result<Option<IpAddress>, SocketError> {
        match self.0.table.get_mut(&lookup_of(&stream))? {
            Lookup::Pending(_) => Err(ErrorCode::WouldBlock.into()),
            Lookup::Done(Ok(found)) => Ok(found.next().map(IpAddress::from)),
            Lookup::Done(Err(code)) => Err((*code).into()),
        }
    }

    fn subscribe(&mut self, stream: Handle) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(&mut self.0.table, lookup_of(&stream))
    }

    fn drop(&mut self, stream: Handle) -> wasmtime::Result<()> {
        self.0.table.delete(Resource::<Lookup>::new_own(stream.rep()))?;
        Ok(())
    }
}

impl network::Host for Sockets<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        network::Host::convert_error_code(&mut self.0.sockets(), error)
    }

    fn network_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        network::Host::network_error_code(&mut self.0.sockets(), error)
    }
}

impl network::HostNetwork for Sockets<'_> {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        network::HostNetwork::drop(&mut self.0.sockets(), network)
    }
}

fn code(error: &NetworkError) -> ErrorCode {
    match error {
        NetworkError::Denied { .. } | NetworkError::DeniedName { .. } | NetworkError::NotPublic { .. } => {
            ErrorCode::AccessDenied
        }
        NetworkError::TooManyConnections { .. } => ErrorCode::NewSocketLimit,
        NetworkError::ConnectTimeout => ErrorCode::TemporaryResolverFailure,
        _ => ErrorCode::NameUnresolvable,
    }
}

impl HostState {
    /// Tells the operator what was refused.
    fn refuse(&self, error: &NetworkError) {
        report(&self.journal, self.outgoing.outside.as_ref(), error);
    }

    /// What a new connection takes.
    fn socket_permits(&self, outside: &Outside) -> Result<super::outside::Permits, NetworkError> {
        let slot = outside.slot()?;
        let by = Instant::now() + Timeouts::of(outside.network.limits()).connect;
        let permit = in_tokio(outside.network.permit(by.min(self.deadline.into())))?;
        Ok((slot, permit))
    }
}

macro_rules! as_wasmtime_has_it {
    ($($method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $method(&mut self, this: Resource<TcpSocket>, $($argument: $type),*) -> $answer {
            HostTcpSocket::$method(&mut self.0.sockets(), this, $($argument),*)
        })*
    };
}

impl tcp::Host for Sockets<'_> {}

impl HostTcpSocket for Sockets<'_> {
    fn start_connect(
        &mut self,
        this: Resource<TcpSocket>,
        network: Resource<Network>,
        address: IpSocketAddress,
    ) -> Result<(), SocketError> {
        let remote = SocketAddr::from(address);
        let Some(outside) = self.0.outgoing.outside.clone() else {
            return Err(ErrorCode::AccessDenied.into());
        };
        let permitted = outside.permits_socket(remote);
        match permitted.and_then(|()| self.0.socket_permits(&outside)) {
            Ok(permits) => {
                let handle = this.rep();
                HostTcpSocket::start_connect(&mut self.0.sockets(), this, network, address)?;
                self.0.open_sockets.insert(handle, permits);
                Ok(())
            }
            Err(error) => {
                self.0.refuse(&error);
                Err(code(&error).into())
            }
        }
    }

    fn finish_connect(
        &mut self,
        this: Resource<TcpSocket>,
    ) -> Result<(Resource<DynInputStream>, Resource<DynOutputStream>), SocketError> {
        let (input, output) = HostTcpSocket::finish_connect(&mut self.0.sockets(), this)?;
        if let Some(outside) = self.0.outgoing.outside.clone() {
            let counted = Counted { outside, journal: self.0.journal.clone() };
            count_input(self.0.table.get_mut(&input)?, counted.clone());
            count_output(self.0.table.get_mut(&output)?, counted);
        }
        Ok((input, output))
    }

    fn start_bind(
        &mut self,
        _: Resource<TcpSocket>,
        _: Resource<Network>,
        _: IpSocketAddress,
    ) -> Result<(), SocketError> {
        Err(ErrorCode::AccessDenied.into())
    }

    fn start_listen(&mut self, _: Resource<TcpSocket>) -> Result<(), SocketError> {
        Err(ErrorCode::AccessDenied.into())
    }

    fn drop(&mut self, this: Resource<TcpSocket>) -> wasmtime::Result<()> {
        let handle = this.rep();
        HostTcpSocket::drop(&mut self.0.sockets(), this)?;
        self.0.open_sockets.remove(&handle);
        Ok(())
    }

    as_wasmtime_has_it! {
        finish_bind() -> Result<(), SocketError>;
        finish_listen() -> Result<(), SocketError>;
        accept() -> Result<(Resource<TcpSocket>, Resource<DynInputStream>, Resource<DynOutputStream>), SocketError>;
        local_address() -> Result<IpSocketAddress, SocketError>;
        remote_address() -> Result<IpSocketAddress, SocketError>;
        is_listening() -> wasmtime::Result<bool>;
        address_family() -> wasmtime::Result<IpAddressFamily>;
        set_listen_backlog_size(value: u64) -> Result<(), SocketError>;
        keep_alive_enabled() -> Result<bool, SocketError>;
        set_keep_alive_enabled(value: bool) -> Result<(), SocketError>;
        keep_alive_idle_time() -> Result<Duration, SocketError>;
        set_keep_alive_idle_time(value: Duration) -> Result<(), SocketError>;
        keep_alive_interval() -> Result<Duration, SocketError>;
        set_keep_alive_interval(value: Duration) -> Result<(), SocketError>;
        keep_alive_count() -> Result<u32, SocketError>;
        set_keep_alive_count(value: u32) -> Result<(), SocketError>;
        hop_limit() -> Result<u8, SocketError>;
        set_hop_limit(value: u8) -> Result<(), SocketError>;
        receive_buffer_size() -> Result<u64, SocketError>;
        set_receive_buffer_size(value: u64) -> Result<(), SocketError>;
        send_buffer_size() -> Result<u64, SocketError>;
        set_send_buffer_size(value: u64) -> Result<(), SocketError>;
        subscribe() -> wasmtime::Result<Resource<DynPollable>>;
        shutdown(how: ShutdownType) -> Result<(), SocketError>;
    }
}

/// Whose bytes a socket's are.
#[derive(Clone)]
struct Counted {
    outside: Outside,
    journal: super::Journal,
}

impl Counted {
    fn spend(&self, bytes: usize) -> StreamResult<()> {
        self.outside.budget.spend(bytes).map_err(|error| {
            report(&self.journal, Some(&self.outside), &error);
            StreamError::LastOperationFailed(wasmtime::Error::msg(error.to_string()))
        })
    }
}

fn count_input(stream: &mut DynInputStream, counted: Counted) {
    let inner = std::mem::replace(stream, Box::new(wasmtime_wasi::p2::pipe::ClosedInputStream));
    *stream = Box::new(CountedInput { inner, counted });
}

fn count_output(stream: &mut DynOutputStream, counted: Counted) {
    let inner = std::mem::replace(stream, Box::new(wasmtime_wasi::p2::pipe::ClosedOutputStream));
    *stream = Box::new(CountedOutput { inner, counted });
}

struct CountedInput {
    inner: DynInputStream,
    counted: Counted,
}

#[wasmtime_wasi::async_trait]
impl Pollable for CountedInput {
    async fn ready(&mut self) {
        self.inner.ready().await;
    }
}

#[wasmtime_wasi::async_trait]
impl InputStream for CountedInput {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let bytes = self.inner.read(size)?;
        self.counted.spend(bytes.len())?;
        Ok(bytes)
    }

    async fn cancel(&mut self) {
        self.inner.cancel().await;
    }
}

struct CountedOutput {
    inner: DynOutputStream,
    counted: Counted,
}

#[wasmtime_wasi::async_trait]
impl Pollable for CountedOutput {
    async fn ready(&mut self) {
        self.inner.ready().await;
    }
}

#[wasmtime_wasi::async_trait]
impl OutputStream for CountedOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.counted.spend(bytes.len())?;
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.inner.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.inner.check_write()
    }

    async fn cancel(&mut self) {
        self.inner.cancel().await;
    }
}
