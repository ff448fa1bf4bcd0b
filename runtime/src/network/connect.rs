//! Makes one connection: looks up, connects to the address that was checked, TLS, HTTP.

use std::net::{IpAddr, SocketAddr};

use hyper::client::conn::http1;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use wasmtime_wasi::runtime::spawn;
use wasmtime_wasi_http::io::TokioIo;

use super::pool::Connection;
use super::{Network, NetworkError, Target, tls};

/// hyper takes no smaller buffer.
const HEADERS_MIN_BYTES: u64 = 8 << 10;

/// A connection, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Network {
    /// # Errors
    /// The host leads nowhere that is granted, all connections are in use, or the network failed; by then at the latest.
    pub(super) async fn connect(&self, target: &Target, by: Instant) -> Result<Connection, NetworkError> {
        let permit = self.permit(by).await?;
        let dialled = timeout_at(by, self.dial(target, by)).await;
        let stream = dialled.unwrap_or(Err(NetworkError::ConnectTimeout))?;
        let headers_max = self.limits.network_headers_max_bytes.max(HEADERS_MIN_BYTES);
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(usize::try_from(headers_max).unwrap_or(usize::MAX))
            .handshake(TokioIo::new(stream))
            .await?;
        let task = spawn(async move {
            let _permit = permit;
            // Whoever waits for an answer is told what went wrong.
            let _ = connection.await;
        });
        Ok(Connection { sender, _task: task })
    }

    async fn dial(&self, target: &Target, by: Instant) -> Result<Box<dyn Stream>, NetworkError> {
        let addresses = self.resolve(&target.host, &[target.port]).await?;
        let stream = reach(&addresses, target.port, by).await?;
        if !target.tls {
            return Ok(Box::new(stream));
        }
        let name = tls::server_name(&target.host)
            .ok_or_else(|| NetworkError::NotFound { host: target.host.clone() })?;
        let encrypted = self.tls()?.connect(name, stream).await.map_err(tls::error)?;
        Ok(Box::new(encrypted))
    }
}

/// Tries one address after the other; each has its share of the time that is left.
async fn reach(addresses: &[IpAddr], port: u16, by: Instant) -> Result<TcpStream, NetworkError> {
    let mut failure = NetworkError::ConnectTimeout;
    let mut left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for address in addresses {
        let share = by.saturating_duration_since(Instant::now()) / left.max(1);
        left -= 1;
        let connecting = TcpStream::connect(SocketAddr::new(*address, port));
        match tokio::time::timeout(share, connecting).await {
            Ok(Ok(stream)) => {
                // Requests are small, and are answered before the next is sent.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(source)) => failure = NetworkError::Connect { source },
            Err(_) => {}
        }
    }
    Err(failure)
}
