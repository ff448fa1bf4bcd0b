//! One registered backend, ready to run: its compiled component, and the calls to it that need no context.

mod spares;

use std::sync::Arc;

use crate::bindings::BackendPre;
use crate::bindings::mapistore::backend::types::{BackendInfo, Capabilities, ContextEntry, Guid, Role};
use crate::check;
use crate::engine::Engine;
use crate::error::{CallError, Callee};
use crate::executor::{Executor, Turn};
use crate::guest::{Guest, Start};
use crate::host::fault::Faults;
use crate::host::{HostState, Kept, Mailbox, Meters, Reach};
use crate::index::{Fmid, Index, Owner, Scope};
use crate::keyvalue::{KeyValue, Quota, Space};
use crate::limits::Limits;
use crate::symbols::Symbols;
use crate::tenant::Tenant;
use crate::usage::Usage;

pub(crate) use spares::Spares;

/// For whom a call is made that needs no context.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) executor: Executor,
}

impl Caller {
    pub(crate) fn user(&self) -> &str {
        &self.tenant.name
    }

    pub(crate) fn turn(&self) -> Turn {
        Turn::new(self.executor.clone(), Arc::clone(&self.tenant.share))
    }

    /// Counts what an instance has used that is about to go.
    pub(crate) fn charge(&self, guest: &mut Guest) {
        self.tenant.past.add(&Usage { memory_bytes: 0, handles: 0, ..guest.take_usage() });
    }
}

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
    /// What its owners have used of limits that outlive a store.
    pub(crate) meters: Meters,
    pub(crate) replica_guid: Guid,
    /// Its contexts hold what is nowhere else: they are not put to sleep.
    pub(crate) stateful: bool,
    /// Settings for `init`, if it has to run in every store because no snapshot could be taken.
    pub(crate) init_per_store: Option<Vec<(String, String)>>,
    pub(crate) spares: Spares,
    pub(crate) symbols: Arc<Symbols>,
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
                let scope = scope.with_entries_max(self.limits.index_entries_max);
                let keyvalue = Kept {
                    store: Arc::clone(&self.keyvalue),
                    space: Space::new(&self.info.namespace, scope.owner().clone()),
                    quota: Quota {
                        bytes: self.limits.keyvalue_max_bytes,
                        keys: self.limits.keyvalue_keys_max,
                        buckets: self.limits.keyvalue_buckets_max,
                    },
                };
                let meter = self.meters.of(owner, &self.limits, &self.reach.directories);
                let (index, faults) = (Arc::clone(&self.index), self.faults.clone());
                Ok(Mailbox { index, scope, keyvalue, meter, faults })
            }
            Err(problem) => Err(CallError::InvalidArgument { function, problem: problem.to_string() }),
        }
    }

    /// Starts an instance from the image that `init` left, or takes one in which it has run.
    pub(crate) fn start(
        self: &Arc<Self>,
        callee: Callee,
        turn: Turn,
        mailbox: Option<Mailbox>,
    ) -> Result<Guest, CallError> {
        if self.init_per_store.is_some() {
            let ready = self.spares.take();
            self.spares.refill(self, turn.executor());
            if let Some(mut guest) = ready {
                guest.hand_over(self.start_of(callee, turn, mailbox))?;
                return Ok(guest);
            }
        }
        let started = self.start_by(callee, turn, mailbox, |start| Ok((Guest::start(&self.pre, start)?, ())));
        Ok(started?.0)
    }

    /// Starts an instance by `start`, and runs `init` where there is no image that it has left. As in an image, `init` runs for
    /// nobody: the store is given to its owner afterwards.
    pub(crate) fn start_by<R>(
        &self,
        callee: Callee,
        turn: Turn,
        mailbox: Option<Mailbox>,
        start: impl FnOnce(Start<'_>) -> Result<(Guest, R), CallError>,
    ) -> Result<(Guest, R), CallError> {
        if self.init_per_store.is_none() {
            return start(self.start_of(callee, turn, mailbox));
        }
        let (mut guest, more) = start(self.start_of(callee.clone(), turn.another(), None))?;
        self.initialize(&mut guest)?;
        guest.hand_over(self.start_of(callee, turn, mailbox))?;
        Ok((guest, more))
    }

    /// What an instance of this backend is made with.
    fn start_of(&self, callee: Callee, turn: Turn, mailbox: Option<Mailbox>) -> Start<'_> {
        let (engine, limits, reach, symbols) = (&*self.engine, &self.limits, &self.reach, &self.symbols);
        Start { engine, limits, callee, turn: Some(turn), mailbox, reach, symbols }
    }

    fn initialize(&self, guest: &mut Guest) -> Result<(), CallError> {
        if let Some(config) = &self.init_per_store {
            guest.call("provider.init", |store, world| {
                world.mapistore_backend_provider().call_init(store, config)
            })?;
        }
        Ok(())
    }

    /// Calls a provider function for a user, in a store of its own.
    fn provide<R>(
        self: &Arc<Self>,
        caller: &Caller,
        function: &'static str,
        call: impl FnOnce(&mut Guest) -> Result<R, CallError>,
    ) -> Result<R, CallError> {
        let mailbox = self.mailbox(caller.user(), function)?;
        let mut guest = self.start(Callee::Backend(self.name().into()), caller.turn(), Some(mailbox))?;
        let answer = call(&mut guest);
        caller.charge(&mut guest);
        answer
    }

    pub(crate) fn list_contexts(self: &Arc<Self>, caller: &Caller) -> Result<Vec<ContextEntry>, CallError> {
        const FUNCTION: &str = "provider.list-contexts";
        self.provide(caller, FUNCTION, |guest| {
            let entries = guest.call(FUNCTION, |store, world| {
                world.mapistore_backend_provider().call_list_contexts(store, caller.user())
            })?;
            check::context_entries(entries, &self.info.namespace)
                .map_err(|problem| guest.invalid(FUNCTION, problem))
        })
    }

    /// The new root's URI; none if the role is not this backend's.
    pub(crate) fn create_root_folder(
        self: &Arc<Self>,
        caller: &Caller,
        role: Role,
        id: Fmid,
        name: &str,
    ) -> Result<Option<String>, CallError> {
        const FUNCTION: &str = "provider.create-root-folder";
        let user = caller.user();
        self.provide(caller, FUNCTION, |guest| {
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
        self: &Arc<Self>,
        caller: &Caller,
        folder: &str,
        message: &str,
        root_uri: &str,
    ) -> Result<String, CallError> {
        const FUNCTION: &str = "provider.generate-uri";
        let user = caller.user();
        self.provide(caller, FUNCTION, |guest| {
            let uri = guest.call(FUNCTION, |store, world| {
                let provider = world.mapistore_backend_provider();
                provider.call_generate_uri(store, user, folder, message, root_uri)
            })?;
            check::own_uri(&uri, &self.info.namespace).map_err(|problem| guest.invalid(FUNCTION, problem))?;
            Ok(uri)
        })
    }
}
