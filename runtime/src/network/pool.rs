//! Connections that wait for their owner's next request.

use std::sync::{Arc, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use hyper::client::conn::http1::SendRequest;
use tokio::time::{Instant, timeout_at};
use wasmtime_wasi::runtime::{AbortOnDropJoinHandle, spawn};

use super::body::RequestBody;
use super::{Network, Target};

/// A connection. Dropping it closes the socket at once, whatever is under way.
pub(super) struct Connection {
    pub(super) sender: SendRequest<RequestBody>,
    pub(super) _task: AbortOnDropJoinHandle<()>,
}

/// Whom a connection serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) owner: String,
    pub(super) target: Target,
}

/// Those of one backend, the one that has waited for longest in front.
#[derive(Default)]
pub(super) struct Idle {
    connections: Vec<(Instant, Key, Connection)>,
    /// Requests that wait for a place among the backend's connections.
    waiting: usize,
    /// Closes what has waited for too long; runs only while there is something.
    _sweeper: Option<AbortOnDropJoinHandle<()>>,
    is_sweeping: bool,
}

/// A request that waits for a place: while there is one, no connection is kept for later.
pub(super) struct Waiting<'a>(&'a Network);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.idle().waiting -= 1;
    }
}

impl Network {
    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.limits.network_idle_timeout_ms)
    }

    /// A connection of this owner to this place that is ready for a request.
    pub(super) async fn idle_connection(&self, key: &Key, by: Instant) -> Option<Connection> {
        loop {
            let mut connection = {
                let mut idle = self.idle();
                let place = idle.connections.iter().rposition(|(_, theirs, _)| theirs == key)?;
                idle.connections.remove(place).2
            };
            // Not ready if the server has closed it.
            if let Ok(Ok(())) = timeout_at(by, connection.sender.ready()).await {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose last exchange is complete in both directions.
    pub(super) fn keep(self: &Arc<Self>, key: Key, connection: Connection) {
        let mut idle = self.idle();
        if idle.waiting > 0 || connection.sender.is_closed() {
            return;
        }
        idle.connections.push((Instant::now(), key, connection));
        if !idle.is_sweeping {
            idle.is_sweeping = true;
            idle._sweeper = Some(spawn(sweep(Arc::downgrade(self), self.idle_timeout())));
        }
    }

    /// Closes the connection that has waited for longest, for a request that needs its place.
    pub(super) fn make_room(&self) -> Waiting<'_> {
        let mut idle = self.idle();
        idle.waiting += 1;
        if !idle.connections.is_empty() {
            idle.connections.remove(0);
        }
        Waiting(self)
    }

    #[cfg(test)]
    pub(super) fn idle_count(&self) -> usize {
        self.idle().connections.len()
    }
}

async fn sweep(network: Weak<Network>, idle_timeout: Duration) {
    loop {
        let Some(next) = ({
            let Some(network) = network.upgrade() else { return };
            let mut idle = network.idle();
            let now = Instant::now();
            idle.connections.retain(|(since, ..)| *since + idle_timeout > now);
            let next = idle.connections.first().map(|(since, ..)| *since + idle_timeout);
            idle.is_sweeping = next.is_some();
            next
        }) else {
            return;
        };
        tokio::time::sleep_until(next).await;
    }
}
