//! `Runtime`: opens a data directory, registers backends, lists and opens contexts.

mod occupancy;
mod status;
mod turns;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::join_all;

use crate::backend::Caller;
use crate::bindings::mapistore::backend::types::{BackendInfo, ContextEntry, Guid, Role};
use crate::config::{OperatorConfig, RuntimeSection};
use crate::context::{Awake, Connection, Context, ContextTable, Opening, Pressure, Room};
use crate::engine::pool::SLOTS_BESIDES_CONTEXTS;
use crate::engine::{Engine, world};
use crate::error::{CallError, Callee};
use crate::events::{EventFilter, Subscription};
use crate::executor::{Executor, Lane, Refusal, Share};
use crate::grant::{DirectoryGrant, NetworkGrant};
use crate::host::fault::Faults;
use crate::index::{Fmid, Index, IndexError, LmdbIndex, LmdbOptions, Owner, Scope, Uri};
use crate::keyvalue::{KeyValue, KeyValueError, LmdbKeyValue};
use crate::limits::Limits;
use crate::machine::Machine;
use crate::registry::{
    InitMode, LoadFailure, Record, Registration, RegistrationProcess, Registry, RegistryError, Source,
    Surroundings, examine,
};
use crate::tenant::{Tenant, Tenants};
use crate::uri::{self, UriProblem};

pub use occupancy::{ContextUsage, Occupancy, OwnerUsage};
use status::StatusSocket;
pub use status::{Status, StatusError};
use turns::Turns;

/// How long a registration may wait for the one before it.
const REGISTRATION_WAIT: Duration = Duration::from_secs(600);

/// Hosts backends. Cheap to clone: all clones are one runtime.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

struct Inner {
    surroundings: Surroundings,
    registry: Registry,
    load_failures: Vec<LoadFailure>,
    contexts: Arc<ContextTable>,
    tenants: Tenants,
    executor: Executor,
    /// What is done for no owner in particular.
    own_share: Arc<Share>,
    /// Registrations come one after another.
    registrar: Arc<Lane<()>>,
    /// Provisionings of one user come one after another.
    turns: Turns,
    /// Where others ask what is held; none if they are not to.
    _status: Option<StatusSocket>,
    _pressure: Pressure,
}

/// Settings of a [`Runtime`].
pub struct RuntimeBuilder {
    data_dir: PathBuf,
    config: OperatorConfig,
    index: Option<Arc<dyn Index>>,
    keyvalue: Option<Arc<dyn KeyValue>>,
    process: RegistrationProcess,
    faults: Option<Arc<Faults>>,
    status_socket: bool,
    debugged: Option<Option<String>>,
}

/// Why a runtime could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The data directory cannot be made or used.
    #[error("cannot use the data directory `{}`", path.display())]
    DataDir {
        /// The directory, or a file in it.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The index cannot be opened.
    #[error("cannot open the index in `{}`", path.display())]
    Index {
        /// Its folder.
        path: PathBuf,
        /// Why.
        source: IndexError,
    },
    /// The keys and values of backends cannot be opened.
    #[error("cannot open the keys and values in `{}`", path.display())]
    KeyValue {
        /// Their folder.
        path: PathBuf,
        /// Why.
        source: KeyValueError,
    },
    /// The registered backends cannot be read.
    #[error("cannot read the registered backends")]
    Registry(#[from] RegistryError),
    /// wasmtime does not work on this machine.
    #[error("the WebAssembly engine does not start: {problem}")]
    Engine {
        /// What it said.
        problem: String,
    },
}

/// One backend's answer to a listing.
#[derive(Debug)]
pub struct Listing {
    /// Its name.
    pub backend: String,
    /// Its contexts, or why it did not answer. A failure says nothing about the contexts.
    pub contexts: Result<Vec<ContextEntry>, CallError>,
}

/// A root folder that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedRoot {
    /// The backend that made it.
    pub backend: String,
    /// Its URI.
    pub uri: String,
    /// Its FID.
    pub fid: Fmid,
}

/// Everything that is known of a backend.
#[derive(Debug)]
pub struct Inspection {
    /// What was registered; none for a file that is not.
    pub record: Option<Arc<Record>>,
    /// What it says about itself.
    pub info: BackendInfo,
    /// What it imports, by full name.
    pub imports: Vec<String>,
    /// What it exports, by full name.
    pub exports: Vec<String>,
    /// How `init` takes effect, or would.
    pub init: InitMode,
    /// The directories that it has.
    pub granted: Vec<DirectoryGrant>,
    /// What it may reach on the network.
    pub granted_network: NetworkGrant,
    /// Its limits.
    pub limits: Limits,
    /// How many of its contexts are open.
    pub open_contexts: usize,
    /// How many stores are ready in which `init` has run already.
    pub spare_stores: usize,
}

impl RuntimeBuilder {
    /// The operator's settings. Default: nothing allowed, every limit at its default.
    #[must_use]
    pub fn config(mut self, config: OperatorConfig) -> Self {
        self.config = config;
        self
    }

    /// Where components are compiled and where `init` runs. Default: in this process, which a component made to crash
    /// the compiler takes along.
    #[must_use]
    pub fn registration_process(mut self, process: RegistrationProcess) -> Self {
        self.process = process;
        self
    }

    /// Another index than the one in the data directory.
    #[must_use]
    pub fn index(mut self, index: Arc<dyn Index>) -> Self {
        self.index = Some(index);
        self
    }

    /// Another store of keys and values than the one in the data directory.
    #[must_use]
    pub fn key_value(mut self, keyvalue: Arc<dyn KeyValue>) -> Self {
        self.keyvalue = Some(keyvalue);
        self
    }

    /// Whether `mapistore top` may ask this runtime what it holds, by a socket in the data directory. Default: no.
    #[must_use]
    pub fn status_socket(mut self, answers: bool) -> Self {
        self.status_socket = answers;
        self
    }

    /// Compiles guests for a native debugger (gdb, lldb) of this process: it sees their source, if they have DWARF. `init` runs in every
    /// store, there are no deadlines, and nothing compiled is kept: what is registered stays as it is. Where a name is given, no other
    /// backend is loaded.
    #[must_use]
    pub fn for_debugger(mut self, backend: Option<&str>) -> Self {
        self.debugged = Some(backend.map(str::to_owned));
        self
    }

    /// What is to fail, and for whom.
    pub(crate) fn faults(mut self, faults: Arc<Faults>) -> Self {
        self.faults = Some(faults);
        self
    }

    /// Opens the runtime. Blocks for as long as the disk takes.
    ///
    /// # Errors
    /// The data directory cannot be used, or another process uses it.
    pub fn open(self) -> Result<Runtime, OpenError> {
        let data_dir = &self.data_dir;
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::DataDir { path, source }
        };
        create_private_dir(data_dir).map_err(io(data_dir))?;
        let index = match self.index {
            Some(index) => index,
            None => {
                let path = Runtime::index_dir(data_dir);
                create_private_dir(&path).map_err(io(&path))?;
                let opened = LmdbIndex::open(&path, LmdbOptions::default());
                Arc::new(opened.map_err(|source| OpenError::Index { path, source })?)
            }
        };
        let keyvalue = match self.keyvalue {
            Some(keyvalue) => keyvalue,
            None => {
                let path = data_dir.join("keyvalue");
                let opened = LmdbKeyValue::open(&path);
                Arc::new(opened.map_err(|source| OpenError::KeyValue { path, source })?)
            }
        };
        let section = &self.config.runtime;
        let room = room(section);
        let slots = u32::try_from(room.contexts).unwrap_or(u32::MAX);
        let engine = match self.debugged {
            Some(_) => Engine::for_debugger(),
            None => Engine::new(section.profile, slots),
        };
        let engine = engine.map_err(|error| OpenError::Engine { problem: format!("{error:#}") })?;
        let replica_path = data_dir.join("replica");
        let replica_guid = replica_guid(&replica_path).map_err(io(&replica_path))?;
        let executor = Executor::new(section.worker_threads_max, section.owner_threads_max);
        let awake = Awake::new(room);
        let pressure = Pressure::watch(&awake, section.memory_reserve_bytes)
            .map_err(|error| OpenError::Engine { problem: error.to_string() })?;
        let contexts = ContextTable::new(awake, Arc::default(), section.owner_contexts_max);
        let tenants = Tenants::new(self.config.owner.clone());
        let surroundings = Surroundings {
            engine: Arc::new(engine),
            index,
            keyvalue,
            config: self.config,
            replica_guid,
            process: self.process,
            dir: data_dir.join("backends"),
            faults: self.faults,
            only: self.debugged.flatten(),
        };
        let (registry, load_failures) = Registry::open(data_dir, &surroundings)?;
        let own_share = Share::new(1);
        let registrar = Lane::new(&executor, &own_share, (), usize::MAX, REGISTRATION_WAIT);
        let socket = |runtime: &Weak<Inner>| {
            let opened = StatusSocket::open(data_dir, Weak::clone(runtime));
            opened.map_err(|error| tracing::warn!(%error, "`mapistore top` cannot ask this process")).ok()
        };
        Ok(Runtime {
            inner: Arc::new_cyclic(|runtime| Inner {
                _status: self.status_socket.then(|| socket(runtime)).flatten(),
                surroundings,
                registry,
                load_failures,
                contexts: Arc::new(contexts),
                tenants,
                executor,
                own_share,
                registrar,
                turns: Turns::default(),
                _pressure: pressure,
            }),
        })
    }
}

/// How many contexts may be awake: as many as the operator says, if the machine has room for them.
fn room(section: &RuntimeSection) -> Room {
    let (wanted, machine) = (section.contexts_awake_max, Machine::look());
    // What directories take is counted with each context: it depends on what its backend is granted.
    let (fit, bound) = machine.contexts_max(0);
    let fit = fit.saturating_sub(SLOTS_BESIDES_CONTEXTS).max(1);
    if fit < wanted {
        tracing::warn!(
            wanted,
            fit,
            bound,
            "the machine has room for fewer contexts than `contexts_awake_max`: see `mapistore doctor`"
        );
    }
    let places = |count: u32| usize::try_from(count.max(1)).unwrap_or(usize::MAX);
    Room {
        contexts: places(wanted.min(fit)),
        bound: if fit < wanted { bound } else { "contexts_awake_max" },
        owner_contexts: places(section.owner_contexts_awake_max),
        directories: usize::try_from(machine.files_left()).unwrap_or(usize::MAX),
    }
}

/// Only the account that runs mapistore may look inside: there is executable code, and there are names.
fn create_private_dir(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// The GUID behind replica id 1: made once per data directory.
fn replica_guid(path: &Path) -> std::io::Result<Guid> {
    let parse = |text: &str| u128::from_str_radix(text.trim(), 16).ok();
    let number = match std::fs::read_to_string(path) {
        Ok(text) => parse(&text).ok_or_else(|| std::io::Error::other("it does not hold 32 hex digits"))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut bytes = [0; 16];
            getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
            // Version 4, variant 1 (RFC 9562 5.4).
            bytes[6] = bytes[6] & 0x0F | 0x40;
            bytes[8] = bytes[8] & 0x3F | 0x80;
            let number = u128::from_be_bytes(bytes);
            let new = path.with_extension("new");
            std::fs::write(&new, format!("{number:032x}\n"))?;
            std::fs::File::open(&new)?.sync_all()?;
            std::fs::rename(&new, path)?;
            number
        }
        Err(error) => return Err(error),
    };
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
    let guid = Guid { hi: (number >> 64) as u64, lo: number as u64 };
    Ok(guid)
}

impl Runtime {
    /// Settings for a runtime over `data_dir`, which is made if it is not there.
    pub fn builder(data_dir: impl Into<PathBuf>) -> RuntimeBuilder {
        RuntimeBuilder {
            data_dir: data_dir.into(),
            config: OperatorConfig::default(),
            index: None,
            keyvalue: None,
            process: RegistrationProcess::Own,
            faults: None,
            status_socket: false,
            debugged: None,
        }
    }

    /// Where the index of a data directory is.
    pub fn index_dir(data_dir: &Path) -> PathBuf {
        data_dir.join("index")
    }

    /// Opens a runtime with default settings.
    ///
    /// # Errors
    /// As [`RuntimeBuilder::open`].
    pub fn open(data_dir: impl Into<PathBuf>) -> Result<Self, OpenError> {
        Self::builder(data_dir).open()
    }

    /// The index of all owners.
    pub fn index(&self) -> &Arc<dyn Index> {
        &self.inner.surroundings.index
    }

    /// Registered backends that could not be loaded. The others work.
    pub fn load_failures(&self) -> &[LoadFailure] {
        &self.inner.load_failures
    }

    /// Registers a backend: compiles it, runs its `init` once, and keeps the result for every restart.
    ///
    /// # Errors
    /// It is no backend, its name or namespace is taken, its `init` fails, or the disk does. Nothing is registered
    /// then.
    pub async fn register(&self, registration: Registration) -> Result<Arc<Record>, RegistryError> {
        let inner = Arc::clone(&self.inner);
        let added =
            self.inner.registrar.call(move |()| inner.registry.add(&registration, &inner.surroundings));
        match added.await {
            Ok(added) => added.map(|entry| entry.record),
            Err(refusal) => Err(given_up(refusal)),
        }
    }

    /// The registered backends, in the order of their registration.
    pub fn backends(&self) -> Vec<Arc<Record>> {
        self.inner.registry.all().into_iter().map(|entry| entry.record).collect()
    }

    /// Everything about a registered backend.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn inspect(&self, name: &str) -> Result<Inspection, RegistryError> {
        let entry = self
            .inner
            .registry
            .by_name(name)
            .ok_or_else(|| RegistryError::Unknown { name: name.to_owned() })?;
        let surface = world::surface(entry.backend.pre.instance_pre().component());
        Ok(Inspection {
            info: entry.backend.info.clone(),
            imports: surface.imports,
            exports: surface.exports,
            init: entry.record.init.clone(),
            granted: entry.backend.reach.directories.clone(),
            granted_network: entry
                .backend
                .reach
                .network
                .as_ref()
                .map(|network| network.grant().clone())
                .unwrap_or_default(),
            limits: entry.backend.limits.clone(),
            open_contexts: self.inner.contexts.count_of(name),
            spare_stores: entry.backend.spares.count(),
            record: Some(entry.record),
        })
    }

    /// Everything about a component that is not registered. Nothing is kept.
    ///
    /// # Errors
    /// It is no backend: the error names what is missing.
    pub async fn inspect_source(&self, source: Source) -> Result<Inspection, RegistryError> {
        let inner = Arc::clone(&self.inner);
        let examined = self.inner.registrar.call(move |()| examine(&source, &inner.surroundings));
        let examined = examined.await.unwrap_or_else(|refusal| Err(given_up(refusal)))?;
        Ok(Inspection {
            record: None,
            info: examined.info,
            imports: examined.surface.imports,
            exports: examined.surface.exports,
            init: examined.refusal.map_or(InitMode::Snapshot, |reason| InitMode::PerStore { reason }),
            granted: Vec::new(),
            granted_network: NetworkGrant::default(),
            limits: Limits::default(),
            open_contexts: 0,
            spare_stores: 0,
        })
    }

    /// Takes a backend out. Its owners' files and their index stay.
    ///
    /// # Errors
    /// There is none of this name, contexts of it are open, or the disk fails.
    pub async fn remove(&self, name: &str) -> Result<(), RegistryError> {
        let (inner, name) = (Arc::clone(&self.inner), name.to_owned());
        let removed = self.inner.registrar.call(move |()| match inner.contexts.count_of(&name) {
            0 => inner.registry.remove(&name),
            contexts => Err(RegistryError::InUse { name, contexts }),
        });
        removed.await.unwrap_or_else(|refusal| Err(given_up(refusal)))
    }

    /// Puts another version of a registered backend in its place, as [`register`](Self::register) would. Its place in the
    /// order, its namespace, its owners' index and files, and what it was allowed stay; settings and
    /// directories of `registration` come in addition. Its name there has to be that of the registered one.
    ///
    /// # Errors
    /// There is none of this name, contexts of it are open, the namespace is another, or as with a registration. The old
    /// version stays then.
    pub async fn upgrade(&self, registration: Registration) -> Result<Arc<Record>, RegistryError> {
        let inner = Arc::clone(&self.inner);
        let upgraded = self.inner.registrar.call(move |()| {
            let open = |name: &str| inner.contexts.count_of(name);
            inner.registry.upgrade(registration, &inner.surroundings, open)
        });
        match upgraded.await {
            Ok(upgraded) => upgraded.map(|entry| entry.record),
            Err(refusal) => Err(given_up(refusal)),
        }
    }

    /// Asks every backend for a user's contexts. One that fails hides nothing of the others (LC-12).
    pub async fn list_contexts(&self, user: &str) -> Vec<Listing> {
        let all = self.inner.registry.all();
        join_all(all.into_iter().map(|entry| self.listing(entry.backend, user))).await
    }

    /// Asks one backend for a user's contexts.
    ///
    /// # Errors
    /// There is none of this name.
    pub async fn list_contexts_of(&self, backend: &str, user: &str) -> Result<Listing, RegistryError> {
        Ok(self.listing(self.backend_named(backend)?, user).await)
    }

    async fn listing(&self, backend: Arc<crate::backend::Backend>, user: &str) -> Listing {
        const FUNCTION: &str = "provider.list-contexts";
        let name = backend.name().to_owned();
        let contexts = self.provide(user, &name, FUNCTION, move |caller| backend.list_contexts(caller)).await;
        Listing { backend: name, contexts }
    }

    /// Asks the backends, in the order of their registration, for a new root folder of a role. The first that does
    /// not say "not my role" decides (LC-13). None if all say so.
    ///
    /// # Errors
    /// A backend failed, or the index did.
    pub async fn create_root_folder(
        &self,
        user: &str,
        role: Role,
        name: &str,
    ) -> Result<Option<CreatedRoot>, CallError> {
        const FUNCTION: &str = "provider.create-root-folder";
        for entry in self.inner.registry.all() {
            let fid = self.allocate_id(user)?;
            let (backend, name) = (Arc::clone(&entry.backend), name.to_owned());
            let created = self.provide(user, entry.backend.name(), FUNCTION, move |caller| {
                let uri = backend.create_root_folder(caller, role, fid, &name)?;
                let Some(uri) = uri else { return Ok(None) };
                let mailbox = backend.mailbox(caller.user(), FUNCTION)?;
                // The backend may have registered the URI itself, under this id or another.
                let fid = register_root(&mailbox, fid, &uri)
                    .map_err(|source| CallError::Index { function: FUNCTION, source })?;
                Ok(Some(CreatedRoot { backend: backend.name().to_owned(), uri, fid }))
            });
            if let Some(created) = created.await? {
                return Ok(Some(created));
            }
        }
        Ok(None)
    }

    /// The URI of a message in a folder, without opening either.
    ///
    /// # Errors
    /// No backend serves `root_uri`; the backend failed.
    pub async fn generate_uri(
        &self,
        user: &str,
        folder: &str,
        message: &str,
        root_uri: &str,
    ) -> Result<String, CallError> {
        let backend = self.backend_for(root_uri)?;
        let name = backend.name().to_owned();
        let (folder, message) = (folder.to_owned(), message.to_owned());
        let root_uri = root_uri.to_owned();
        let generated = self.provide(user, &name, "provider.generate-uri", move |caller| {
            backend.generate_uri(caller, &folder, &message, &root_uri)
        });
        generated.await
    }

    /// Opens the context of a user and a URI, or adds a reference to the one that is open.
    ///
    /// # Errors
    /// No backend has the URI's namespace; the backend does not open it.
    pub async fn open_context(&self, connection: &Connection, uri: &str) -> Result<Context, CallError> {
        let backend = self.backend_for(uri)?;
        let (tenant, executor) = (&self.tenant(&connection.owner), &self.inner.executor);
        let context =
            self.inner.contexts.obtain(Opening { connection, uri, backend: &backend, tenant, executor })?;
        context.ensure_open().await?;
        Ok(context)
    }

    /// Subscribes to changes: of every context of this runtime, open now or later, that `filter` lets through.
    ///
    /// An event is delivered when the call that made the change has succeeded, so never before it is durable; those of
    /// one context in their order. Events wait for the subscriber, as many as the filter says; who is slower is told how
    /// many it missed, in their place. Dropping the [`Subscription`] ends it.
    pub fn subscribe(&self, filter: EventFilter) -> Subscription {
        self.inner.contexts.events.subscribe(filter)
    }

    /// How many contexts are open.
    pub fn open_contexts(&self) -> usize {
        self.inner.contexts.len()
    }

    /// A fresh FID or MID of an owner, for `create_folder` and `create_message`.
    ///
    /// # Errors
    /// The owner's name is not valid; the index failed.
    pub fn allocate_id(&self, owner: &str) -> Result<Fmid, CallError> {
        const FUNCTION: &str = "index.reserve";
        let reserve = || {
            let scope = Scope::operator(Owner::parse(owner)?);
            Ok(self.index().reserve(&scope, 1)?.first)
        };
        reserve().map_err(|source| CallError::Index { function: FUNCTION, source })
    }

    /// The GUID behind replica id 1 (MS-OXCSTOR 2.2.1.7): what entry ids of this server's objects have in them.
    pub fn replica_guid(&self) -> Guid {
        self.inner.surroundings.replica_guid
    }

    pub(crate) fn turns(&self) -> &Turns {
        &self.inner.turns
    }

    /// Does something that may block, on a worker; none if the host failed at it.
    pub(crate) async fn on_worker<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Option<R> {
        let (executor, share) = (&self.inner.executor, &self.inner.own_share);
        let lane = Lane::new(executor, share, (), usize::MAX, REGISTRATION_WAIT);
        lane.call(move |()| work()).await.ok()
    }

    pub(crate) fn backend_named(&self, name: &str) -> Result<Arc<crate::backend::Backend>, RegistryError> {
        let entry = self.inner.registry.by_name(name);
        entry.map(|entry| entry.backend).ok_or_else(|| RegistryError::Unknown { name: name.to_owned() })
    }

    fn backend_for(&self, uri: &str) -> Result<Arc<crate::backend::Backend>, CallError> {
        let namespace = uri::namespace(uri)?;
        match self.inner.registry.by_namespace(namespace) {
            Some(entry) => Ok(entry.backend),
            None => Err(CallError::Uri(UriProblem::UnknownNamespace {
                namespace: namespace.to_owned(),
                registered: self.inner.registry.namespaces(),
            })),
        }
    }

    fn tenant(&self, owner: &str) -> Arc<Tenant> {
        self.inner.tenants.get(owner)
    }

    /// Makes a call to a backend for a user, on a worker.
    pub(crate) async fn provide<R: Send + 'static>(
        &self,
        user: &str,
        backend: &str,
        function: &'static str,
        call: impl FnOnce(&Caller) -> Result<R, CallError> + Send + 'static,
    ) -> Result<R, CallError> {
        let caller = Caller { tenant: self.tenant(user), executor: self.inner.executor.clone() };
        let lane = Lane::new(&self.inner.executor, &caller.tenant.share, (), usize::MAX, REGISTRATION_WAIT);
        lane.call(move |()| call(&caller)).await.unwrap_or_else(|refusal| {
            let callee = Callee::Backend(backend.into());
            Err(CallError::Host { callee, function, problem: format!("{refusal:?}") })
        })
    }
}

fn register_root(mailbox: &crate::host::Mailbox, fid: Fmid, uri: &str) -> Result<Fmid, IndexError> {
    let uri = Uri::parse(uri)?;
    match mailbox.index.add(&mailbox.scope, fid, &uri) {
        Ok(()) => Ok(fid),
        Err(IndexError::IdTaken(_) | IndexError::UriTaken(_)) => {
            let ids = mailbox.index.ensure_ids(&mailbox.scope, &[uri])?;
            Ok(ids.first().copied().unwrap_or(fid))
        }
        Err(error) => Err(error),
    }
}

fn given_up(refusal: Refusal) -> RegistryError {
    let problem = match refusal {
        Refusal::QueueFull | Refusal::Expired => "others took too long",
        Refusal::Panicked => "the host panicked",
    };
    RegistryError::Host { problem: problem.into() }
}
