//! What one store has of the network: its backend's, its owner's name, and what it used so far.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Journal, Meter};
use crate::grant::toml_line;
use crate::manifest::Host;
use crate::network::{Budget, Network, NetworkError, Slot};

/// Addresses that names were resolved to and that a store remembers. A guest that needs more looks them up again.
const RESOLVED_MAX: usize = 4096;

/// See the module.
#[derive(Clone)]
pub(super) struct Outside {
    pub(super) network: Arc<Network>,
    pub(super) owner: String,
    pub(super) budget: Arc<Budget>,
    /// Connections that the store may have in use, and all of its owner's together.
    slots: Arc<Semaphore>,
    owner_slots: Arc<Semaphore>,
    resolved: Resolved,
}

/// Where the names lead that a guest asked for and may reach: what a socket may connect to.
#[derive(Clone, Default)]
pub(super) struct Resolved(Arc<Mutex<HashSet<SocketAddr>>>);

impl Resolved {
    pub(super) fn insert(&self, addresses: impl Iterator<Item = SocketAddr>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= RESOLVED_MAX {
            known.clear();
        }
        known.extend(addresses);
    }

    fn contains(&self, address: SocketAddr) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&address)
    }
}

/// What an open socket takes from others.
pub(super) type Permits = (Slot, OwnedSemaphorePermit);

/// By the socket's handle.
pub(super) type Sockets = HashMap<u32, Permits>;

impl Outside {
    pub(super) fn new(network: Arc<Network>, owner: String, meter: &Meter) -> Self {
        let limits = network.limits();
        let budget = Arc::new(Budget::new(limits.network_call_max_bytes));
        let slots = Arc::new(Semaphore::new(limits.network_context_connections_max as usize));
        let owner_slots = Arc::clone(meter.connections());
        Self { network, owner, budget, slots, owner_slots, resolved: Resolved::default() }
    }

    /// A place among the connections that the store has in use.
    ///
    /// # Errors
    /// It has none left, or its owner has not. Nobody could wait for it but the guests that have the others.
    pub(super) fn slot(&self) -> Result<Slot, NetworkError> {
        let limits = self.network.limits();
        let take = |slots: &Arc<Semaphore>, limit, max| {
            let none_left = NetworkError::TooManyConnections { limit, max };
            Arc::clone(slots).try_acquire_owned().map_err(|_| none_left)
        };
        Ok([
            take(&self.slots, "network_context_connections_max", limits.network_context_connections_max)?,
            take(&self.owner_slots, "network_owner_connections_max", limits.network_owner_connections_max)?,
        ])
    }

    pub(super) fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    /// Whether a socket may connect to an address: one that is granted itself, or that a name led to.
    pub(super) fn permits_socket(&self, address: SocketAddr) -> Result<(), NetworkError> {
        let grant = self.network.grant();
        let ip = address.ip().to_canonical();
        let (host, port) = (Host::of(ip), address.port());
        if self.resolved.contains(SocketAddr::new(ip, port)) {
            return Ok(());
        }
        if !grant.permits(&host, port) {
            return Err(NetworkError::Denied { host, port });
        }
        if !grant.permits_address(ip, port) {
            return Err(NetworkError::NotPublic { host, address: ip, port });
        }
        Ok(())
    }
}

/// Tells the operator what a guest was refused, and what would allow it.
pub(super) fn report(journal: &Journal, outside: Option<&Outside>, error: &NetworkError) {
    let backend = journal.backend();
    let allow = |host: &Host, port: Option<u16>, asks: bool| {
        let line = toml_line(backend, host, port);
        let has_manifest = outside.is_some_and(|outside| outside.network.grant().has_manifest());
        if asks && has_manifest {
            format!(
                "; `backend.toml` has to ask for it (`[[request.network]]`), and `mapistore.toml` to allow it: {line}"
            )
        } else {
            format!("; to allow it, write in `mapistore.toml`: {line}")
        }
    };
    let hint = match error {
        NetworkError::Denied { host, port } => allow(host, Some(*port), true),
        NetworkError::DeniedName { host } => allow(host, None, true),
        NetworkError::NotPublic { address, port, .. } => allow(&Host::of(*address), Some(*port), false),
        NetworkError::TooManyConnections { .. }
        | NetworkError::RequestTooLarge { .. }
        | NetworkError::ResponseTooLarge { .. }
        | NetworkError::HeadersTooLarge
        | NetworkError::CallTooLarge { .. } => format!(" under `[backend.{backend}.limits]`"),
        NetworkError::NoRoots { .. } => String::new(),
        // The server's business, or the guest's.
        NetworkError::Uri { .. }
        | NetworkError::Method
        | NetworkError::Lookup { .. }
        | NetworkError::NotFound { .. }
        | NetworkError::ConnectTimeout
        | NetworkError::Connect { .. }
        | NetworkError::Certificate { .. }
        | NetworkError::Tls { .. }
        | NetworkError::FirstByteTimeout
        | NetworkError::BetweenBytesTimeout
        | NetworkError::Unfinished
        | NetworkError::Incomplete
        | NetworkError::Protocol { .. } => {
            journal.detail(&error_chain(error));
            return;
        }
    };
    journal.warn(&format!("{error}{hint}"));
}

fn error_chain(error: &NetworkError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
