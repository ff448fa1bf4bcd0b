//! One registered backend, ready to run: its compiled component, and the calls to it that need no context.

use std::sync::Arc;

use crate::bindings::BackendPre;
use crate::bindings::mapistore::backend::types::{BackendInfo, Capabilities, ContextEntry, Guid, Role};
use crate::check;
use crate::engine::Engine;
use crate::error::{CallError, Callee};
use crate::guest::Guest;
use crate::host::fault::Faults;
use crate::host::{HostState, Kept, Mailbox, Reach};
use crate::index::{Fmid, Index, Owner, Scope};
use crate::keyvalue::{KeyValue, Space};
use crate::limits::Limits;

/// See the module.
pub(crate) struct Backend {
    pub(crate) engine: Arc<Engine>,
    pub(crate) pre: BackendPre<HostState>,
    pub(crate) index: Arc<dyn Index>,
    pub(crate) keyvalue: Arc<dyn KeyValue>,
    pub(crate) faults: Option<Arc<Faults>>,
    pub(crate) info: BackendInfo,
    pub(crate) limits: Limits,
    pub(crate) reach: Reach,
    pub(crate) replica_guid: Guid,
    /// Settings for `init`, if it has to run in every store because no snapshot could be taken.
    pub(crate) init_per_store: Option<Vec<(String, String)>>,
}

impl Backend {
    pub(crate) fn name(&self) -> &str {
        &self.info.name
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn inline_limit(&self) -> u32 {
        self.info.inline_limit
    }

    pub(crate) fn claims(&self, capability: Capabilities) -> bool {
        self.info.capabilities.contains(capability)
    }

    pub(crate) fn replica_guid(&self) -> Guid {
        self.replica_guid
    }

    /// What a store of this backend may see of what is kept for an owner: the index in its own namespace, and its own
    /// buckets. Both belong to the namespace, not to the name: they outlive a registration under another name.
    pub(crate) fn mailbox(&self, owner: &str, function: &'static str) -> Result<Mailbox, CallError> {
        let scope = Owner::parse(owner).and_then(|owner| Scope::namespace(owner, &self.info.namespace));
        match scope {
            Ok(scope) => {
                let keyvalue = Kept {
                    store: Arc::clone(&self.keyvalue),
                    space: Space::new(&self.info.namespace, scope.owner().clone()),
                    max_bytes: self.limits.keyvalue_max_bytes,
                };
                Ok(Mailbox { index: Arc::clone(&self.index), scope, keyvalue, faults: self.faults.clone() })
            }
            Err(problem) => Err(CallError::InvalidArgument { function, problem: problem.to_string() }),
        }
    }

    /// Starts an instance from the image that `init` left.
    pub(crate) fn start(&self, callee: Callee, mailbox: Option<Mailbox>) -> Result<Guest, CallError> {
        let start = |mailbox| {
            Guest::start(&self.engine, &self.pre, callee.clone(), &self.limits, mailbox, &self.reach)
        };
        let mut guest = start(mailbox)?;
        if let Some(config) = &self.init_per_store {
            guest.call("provider.init", |store, world| {
                world.mapistore_backend_provider().call_init(store, config)
            })?;
        }
        Ok(guest)
    }

    /// Calls a provider function for a user, in a store of its own.
    fn provide<R>(
        &self,
        user: &str,
        function: &'static str,
        call: impl FnOnce(&mut Guest) -> Result<R, CallError>,
    ) -> Result<R, CallError> {
        let mailbox = self.mailbox(user, function)?;
        call(&mut self.start(Callee::Backend(self.name().to_owned()), Some(mailbox))?)
    }

    pub(crate) fn list_contexts(&self, user: &str) -> Result<Vec<ContextEntry>, CallError> {
        const FUNCTION: &str = "provider.list-contexts";
        self.provide(user, FUNCTION, |guest| {
            let entries = guest.call(FUNCTION, |store, world| {
                world.mapistore_backend_provider().call_list_contexts(store, user)
            })?;
            check::context_entries(entries, &self.info.namespace)
                .map_err(|problem| guest.invalid(FUNCTION, problem))
        })
    }

    /// The new root's URI; none if the role is not this backend's.
    pub(crate) fn create_root_folder(
        &self,
        user: &str,
        role: Role,
        id: Fmid,
        name: &str,
    ) -> Result<Option<String>, CallError> {
        const FUNCTION: &str = "provider.create-root-folder";
        self.provide(user, FUNCTION, |guest| {
            let created = guest.call(FUNCTION, |store, world| {
                world.mapistore_backend_provider().call_create_root_folder(store, user, role, id.0, name)
            })?;
            let Some(mut uri) = created else { return Ok(None) };
            check::own_uri(&uri, &self.info.namespace).map_err(|problem| guest.invalid(FUNCTION, problem))?;
            if !uri.ends_with('/') {
                uri.push('/');
            }
            Ok(Some(uri))
        })
    }

    pub(crate) fn generate_uri(
        &self,
        user: &str,
        folder: &str,
        message: &str,
        root_uri: &str,
    ) -> Result<String, CallError> {
        const FUNCTION: &str = "provider.generate-uri";
        self.provide(user, FUNCTION, |guest| {
            let uri = guest.call(FUNCTION, |store, world| {
                let provider = world.mapistore_backend_provider();
                provider.call_generate_uri(store, user, folder, message, root_uri)
            })?;
            check::own_uri(&uri, &self.info.namespace).map_err(|problem| guest.invalid(FUNCTION, problem))?;
            Ok(uri)
        })
    }
}
