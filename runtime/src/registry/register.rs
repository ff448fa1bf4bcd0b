//! Registration, step by step, and its reverse at start: loading what was registered.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Entry;
use super::child::{Child, RegistrationProcess};
use super::componentize;
use super::preparation::{Description, Image, Preparation, compile, compile_to_bytes, pre};
use super::record::{self, FORMAT, InitMode, Record};
use super::trust;
use crate::backend::{Backend, Spares};
use crate::bindings::mapistore::backend::types::Guid;
use crate::check;
use crate::config::{ConfigError, OperatorConfig};
use crate::engine::Engine;
use crate::error::CallError;
use crate::grant::{self, Allowance, GrantError, NetworkAllowance, NetworkGrant};
use crate::host::fault::Faults;
use crate::host::{Meters, Reach};
use crate::index::Index;
use crate::keyvalue::KeyValue;
use crate::limits::Limits;
use crate::manifest::{Host, Manifest, ManifestError, Request};
use crate::network::Network;
use crate::symbols::{Lines, Symbols};
use sha2::{Digest, Sha256};
use wasmtime::component::Component;

/// The largest component that is read. Python's are the largest known, with 18 MB.
const COMPONENT_MAX_BYTES: u64 = 256 << 20;

/// What was given, what stores start from, that in compiled form, and where its code is in the source.
const COMPONENT: &str = "component.wasm";
const START: &str = "start.wasm";
const COMPILED: &str = "start.cwasm";
const LINES: &str = "lines.json";

/// What the operator hands over.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// The component, and its manifest if it has one.
    pub source: Source,
    /// The name to register it under, instead of the one that it gives itself.
    pub name: Option<String>,
    /// Settings for `init`, over those of the manifest and of `mapistore.toml`.
    pub config: BTreeMap<String, String>,
    /// Directories that it may have, besides those of `mapistore.toml`.
    pub allowed: Vec<Allowance>,
    /// Places on the network that it may reach, besides those of `mapistore.toml`.
    pub network: Vec<NetworkAllowance>,
}

/// A component as its author delivers it.
#[derive(Clone, Debug, Default)]
pub struct Source {
    component: Vec<u8>,
    manifest: Option<Manifest>,
}

/// What registering and loading need of the runtime.
pub(crate) struct Surroundings {
    pub(crate) engine: Arc<Engine>,
    pub(crate) index: Arc<dyn Index>,
    pub(crate) keyvalue: Arc<dyn KeyValue>,
    pub(crate) config: OperatorConfig,
    pub(crate) replica_guid: Guid,
    /// Where components are compiled and `init` runs.
    pub(crate) process: RegistrationProcess,
    /// Where a child's folder is made: what begins with a dot there is removed at the next start.
    pub(crate) dir: PathBuf,
    pub(crate) faults: Option<Arc<Faults>>,
    /// The one backend to load, if not all are.
    pub(crate) only: Option<String>,
}

/// Why a backend could not be registered, loaded or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A file or folder of the registry, or the source, cannot be read or written.
    #[error("cannot read or write `{}`", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The component is too large.
    #[error("`{}` has {bytes} bytes, and at most {allowed} are allowed", path.display())]
    TooBig {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The limit.
        allowed: u64,
    },
    /// The manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The operator's settings cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It asks for what is not allowed, or an allowance has no meaning.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The file is no WebAssembly component.
    #[error("it is not a WebAssembly component: {problem}")]
    NotAComponent {
        /// What the compiler said.
        problem: String,
    },
    /// It is a component of another world.
    #[error("it is not a backend: {problem}")]
    WrongWorld {
        /// Each thing that is missing.
        problem: String,
    },
    /// `describe` failed, or says what the contract forbids.
    #[error("it does not describe itself: {problem}")]
    Describe {
        /// What is wrong.
        problem: String,
    },
    /// It could not be asked what it is.
    #[error("it does not describe itself")]
    Undescribed(#[source] Box<CallError>),
    /// The process that compiles it and runs its `init` did not get to its end.
    #[error("it was not prepared: {problem}")]
    Preparation {
        /// Which limit it reached, or how it ended.
        problem: String,
    },
    /// `init` failed.
    #[error("its `init` failed, and it stays unregistered")]
    Init(#[source] Box<CallError>),
    /// The manifest and the component disagree about the name.
    #[error("its manifest names it `{manifest}`, and it names itself `{component}`")]
    NameMismatch {
        /// In `backend.toml`.
        manifest: String,
        /// In `describe`.
        component: String,
    },
    /// Another backend has the name.
    #[error("a backend named `{name}` is registered already")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// Another backend has the namespace.
    #[error("the namespace `{namespace}` of `{name}` belongs to the backend `{holder}`")]
    NamespaceTaken {
        /// The backend that came second.
        name: String,
        /// The namespace.
        namespace: String,
        /// The backend that has it.
        holder: String,
    },
    /// Another version of a backend has another namespace.
    #[error("`{name}` has the namespace `{registered}`, and what is to replace it has `{found}`")]
    NamespaceChanged {
        /// The backend.
        name: String,
        /// The namespace that its users' URIs have.
        registered: String,
        /// The other.
        found: String,
    },
    /// No backend has the name.
    #[error("there is no backend named `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// Contexts of the backend are open.
    #[error("{contexts} contexts of `{name}` are open: close them first")]
    InUse {
        /// The backend.
        name: String,
        /// How many.
        contexts: usize,
    },
    /// What is on disk is not what was registered.
    #[error("`{}` {problem}: remove the backend and add it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Somebody else may have written what would be run.
    #[error("`{}` {problem}", path.display())]
    Untrusted {
        /// The file or folder.
        path: PathBuf,
        /// Who may.
        problem: String,
    },
    /// What is registered takes all of the room that it may.
    #[error(
        "the registered backends would take {bytes} bytes, and `registration.disk_max_bytes` is {allowed}"
    )]
    DiskFull {
        /// How much.
        bytes: u64,
        /// The limit.
        allowed: u64,
    },
    /// The registration was given up.
    #[error("the registration was given up: {problem}")]
    Host {
        /// Why.
        problem: String,
    },
}

impl Source {
    /// Reads a component, a core module that becomes one (WASI preview 1 adapted), or a folder with a `backend.toml`.
    ///
    /// # Errors
    /// A file cannot be read, the manifest is not valid, or a core module cannot become a component.
    pub fn read(path: &Path) -> Result<Self, RegistryError> {
        if path.is_dir() || path.file_name().is_some_and(|name| name == "backend.toml") {
            let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new(".")) };
            let manifest = Manifest::read(&folder.join("backend.toml"))?;
            let component = read_component(&folder.join(&manifest.backend.component))?;
            return Ok(Self { manifest: Some(manifest), ..Self::from_bytes(&component)? });
        }
        Self::from_bytes(&read_component(path)?)
    }

    /// A component from memory, or a core module that becomes one; without a manifest.
    ///
    /// # Errors
    /// It is a core module that cannot become a component.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RegistryError> {
        let component = componentize::component_of(bytes)
            .map_err(|problem| RegistryError::NotAComponent { problem })?
            .into_owned();
        Ok(Self { component, manifest: None })
    }

    /// The component's size in bytes.
    pub fn size(&self) -> usize {
        self.component.len()
    }

    /// Whether it came with a `backend.toml`.
    pub fn has_manifest(&self) -> bool {
        self.manifest.is_some()
    }

    /// What its manifest asks for.
    pub(crate) fn requested(&self) -> Option<&Request> {
        self.manifest.as_ref().map(|manifest| &manifest.request)
    }
}

fn read_component(path: &Path) -> Result<Vec<u8>, RegistryError> {
    let io = |source| RegistryError::Disk { path: path.to_owned(), source };
    let bytes = std::fs::metadata(path).map_err(io)?.len();
    if bytes > COMPONENT_MAX_BYTES {
        return Err(RegistryError::TooBig { path: path.to_owned(), bytes, allowed: COMPONENT_MAX_BYTES });
    }
    std::fs::read(path).map_err(io)
}

/// A component on its way to become a backend, in this process or in a child.
enum Stage<'a> {
    Here(Box<Preparation<'a>>),
    Child(Child),
}

impl<'a> Stage<'a> {
    /// Has the component compiled and asked what it is.
    fn begin(
        component: &'a [u8],
        surroundings: &'a Surroundings,
    ) -> Result<(Description, Self), RegistryError> {
        match &surroundings.process {
            RegistrationProcess::Own => {
                let (description, preparation) = Preparation::begin(&surroundings.engine, component)?;
                Ok((description, Self::Here(Box::new(preparation))))
            }
            RegistrationProcess::Child { program } => {
                let limits = &surroundings.config.registration;
                let (description, child) = Child::begin(program, &surroundings.dir, component, limits)?;
                Ok((description, Self::Child(child)))
            }
        }
    }

    /// Has its `init` run and the image taken.
    fn finish(self, record: &Record, limits: &Limits) -> Result<Image, RegistryError> {
        let config: Vec<_> = record.config.clone().into_iter().collect();
        match self {
            Self::Here(preparation) => preparation.finish(&record.name, &config, limits),
            Self::Child(child) => child.finish(&record.name, &config, limits),
        }
    }
}

/// Compiles a component and asks it what it is. Nothing is kept.
pub(crate) fn examine(source: &Source, surroundings: &Surroundings) -> Result<Description, RegistryError> {
    Ok(Stage::begin(&source.component, surroundings)?.0)
}

/// A backend that may be registered, before its `init`.
pub(super) struct Prepared<'a> {
    pub(super) record: Record,
    source: &'a Source,
    limits: Limits,
    stage: Stage<'a>,
}

pub(super) fn prepare<'a>(
    registration: &'a Registration,
    surroundings: &'a Surroundings,
    order: u64,
) -> Result<Prepared<'a>, RegistryError> {
    let source = &registration.source;
    let (Description { info, .. }, stage) = Stage::begin(&source.component, surroundings)?;
    if let Some(manifest) = &source.manifest
        && manifest.backend.name != info.name
    {
        return Err(RegistryError::NameMismatch {
            manifest: manifest.backend.name.clone(),
            component: info.name,
        });
    }
    let name = registration.name.clone().unwrap_or(info.name);
    check::check_name(&name).map_err(|problem| RegistryError::Describe { problem })?;
    let operator = surroundings.config.backend.get(&name);
    let mut config = source.manifest.as_ref().map(|manifest| manifest.config.clone()).unwrap_or_default();
    config.extend(operator.map(|section| section.config.clone()).unwrap_or_default());
    config.extend(registration.config.clone());
    let record = Record {
        format: FORMAT,
        order,
        name,
        description: info.description,
        namespace: info.namespace,
        version: info.version,
        capabilities: record::capability_names(info.capabilities).into_iter().map(str::to_owned).collect(),
        inline_limit: info.inline_limit,
        digest: hex_digest(&source.component),
        init: InitMode::Snapshot,
        stateful: source.manifest.as_ref().is_some_and(|manifest| manifest.backend.stateful),
        init_random_bytes: 0,
        requested: source.requested().cloned(),
        allowed: registration.allowed.clone(),
        allowed_network: registration.network.clone(),
        config,
        given: Some(registration.config.clone()),
        compatibility: surroundings.engine.compatibility_hash(),
        start_digest: String::new(),
        compiled_digest: String::new(),
        lines_digest: None,
    };
    // Before `init`, so that a refusal costs nothing.
    granted(&record, &surroundings.config)?;
    granted_network(&record, &surroundings.config)?;
    let limits = surroundings.engine.limits(surroundings.config.limits_of(&record.name)?);
    Ok(Prepared { record, source, limits, stage })
}

/// A backend after its `init`, to be written.
pub(super) struct Initialized<'a> {
    pub(super) record: Record,
    component: &'a [u8],
    start: Vec<u8>,
    compiled: Vec<u8>,
    lines: Option<Vec<u8>>,
}

impl<'a> Prepared<'a> {
    /// Has `init` run, once, and the snapshot taken.
    pub(super) fn initialize(mut self) -> Result<Initialized<'a>, RegistryError> {
        let image = self.stage.finish(&self.record, &self.limits)?;
        let component = self.source.component.as_slice();
        let start = image.start.unwrap_or_else(|| component.to_vec());
        self.record.init = image.init;
        self.record.init_random_bytes = image.random_bytes;
        self.record.start_digest = hex_digest(&start);
        self.record.compiled_digest = hex_digest(&image.compiled);
        self.record.lines_digest = image.lines.as_deref().map(hex_digest);
        let Image { compiled, lines, .. } = image;
        Ok(Initialized { record: self.record, component, start, compiled, lines })
    }
}

impl Initialized<'_> {
    /// Makes sure that it fits beside what is registered already. An old version counts until it is replaced.
    pub(super) fn check_room(&self, parent: &Path, allowed: u64) -> Result<(), RegistryError> {
        let io = |source| RegistryError::Disk { path: parent.to_owned(), source };
        let mut bytes = self.files().map(|(_, bytes)| bytes.len() as u64).sum();
        for folder in std::fs::read_dir(parent).map_err(io)? {
            for file in std::fs::read_dir(folder.map_err(io)?.path()).map_err(io)? {
                bytes += file.and_then(|file| file.metadata()).map_err(io)?.len();
            }
        }
        match bytes > allowed {
            true => Err(RegistryError::DiskFull { bytes, allowed }),
            false => Ok(()),
        }
    }

    /// What is written besides the record.
    fn files(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let files = [(COMPONENT, self.component), (START, &self.start), (COMPILED, &self.compiled)];
        files.into_iter().chain(self.lines.as_deref().map(|lines| (LINES, lines)))
    }

    /// Writes the folder, all of it or nothing.
    pub(super) fn write(&self, parent: &Path, folder: &Path) -> Result<(), RegistryError> {
        let io = |source| RegistryError::Disk { path: folder.to_owned(), source };
        let building = self.build(parent)?;
        std::fs::rename(&building, folder).map_err(io)?;
        sync_dir(parent)
    }

    /// Writes a folder beside its place, and returns where.
    pub(super) fn build(&self, parent: &Path) -> Result<PathBuf, RegistryError> {
        let building = parent.join(format!(".adding-{}", self.record.name));
        let io = |source| RegistryError::Disk { path: building.clone(), source };
        if building.exists() {
            std::fs::remove_dir_all(&building).map_err(io)?;
        }
        create_folder(&building).map_err(io)?;
        let json = serde_json::to_vec_pretty(&self.record)
            .map_err(|error| RegistryError::Host { problem: error.to_string() })?;
        for (name, bytes) in self.files().chain([("backend.json", &*json)]) {
            write_synced(&building.join(name), bytes)?;
        }
        sync_dir(&building)?;
        Ok(building)
    }
}

/// Reads a registered backend. Its component is compiled again only if this machine or wasmtime is another one than it
/// was compiled for; its `init` never runs again.
pub(super) fn load(folder: &Path, surroundings: &Surroundings) -> Result<Entry, RegistryError> {
    trust::check_folder(folder).map_err(|problem| untrusted(folder, problem))?;
    let json = folder.join("backend.json");
    let text = read(&json)?;
    let mut record: Record = serde_json::from_slice(&text)
        .map_err(|error| RegistryError::Damaged { path: json.clone(), problem: error.to_string() })?;
    if record.format != FORMAT {
        let problem = format!("has format {}, and this version reads format {FORMAT}", record.format);
        return Err(RegistryError::Damaged { path: json, problem });
    }
    let engine = &surroundings.engine;
    if engine.is_for_debugger() {
        // Beside what is registered, which stays as it is.
        let given = read_verified(&folder.join(COMPONENT), &record.digest)?;
        let component = compile(engine, &given)?;
        record.init = InitMode::PerStore { reason: "a debugger sees `init` where it runs".into() };
        return entry(folder, record, &component, surroundings);
    }
    let path = folder.join(COMPILED);
    if record.compatibility != engine.compatibility_hash() {
        let start = read_verified(&folder.join(START), &record.start_digest)?;
        let compiled = recompile(&start, surroundings)?;
        record.compatibility = engine.compatibility_hash();
        record.compiled_digest = hex_digest(&compiled);
        replace(&path, &compiled)?;
        let new = serde_json::to_vec_pretty(&record)
            .map_err(|error| RegistryError::Host { problem: error.to_string() })?;
        replace(&json, &new)?;
    }
    let file = open_verified(&path, &record.compiled_digest)?;
    let component =
        engine.load(&file).map_err(|error| RegistryError::Damaged { path, problem: format!("{error:#}") })?;
    entry(folder, record, &component, surroundings)
}

/// A backend of what was loaded or compiled.
fn entry(
    folder: &Path,
    record: Record,
    component: &Component,
    surroundings: &Surroundings,
) -> Result<Entry, RegistryError> {
    let engine = &surroundings.engine;
    let limits = engine.limits(surroundings.config.limits_of(&record.name)?);
    let network = granted_network(&record, &surroundings.config)?;
    let network = (!network.is_empty()).then(|| Arc::new(Network::new(network, limits.clone())));
    let backend = Backend {
        pre: pre(engine, component)?,
        engine: Arc::clone(engine),
        index: Arc::clone(&surroundings.index),
        keyvalue: Arc::clone(&surroundings.keyvalue),
        faults: surroundings.faults.clone(),
        info: record.info(),
        limits,
        reach: Reach {
            backend: record.name.clone(),
            directories: granted(&record, &surroundings.config)?,
            network,
            settings: Arc::new(record.config.clone().into_iter().collect()),
        },
        meters: Meters::default(),
        replica_guid: surroundings.replica_guid,
        stateful: record.stateful,
        spares: Spares::default(),
        symbols: Arc::new(symbols(folder, &record)),
        init_per_store: matches!(record.init, InitMode::PerStore { .. })
            .then(|| record.config.clone().into_iter().collect()),
    };
    Ok(Entry { record: Arc::new(record), backend: Arc::new(backend) })
}

/// Copies the folder of a registered backend into `parent`, with other directories allowed: `allow` gets the guest's paths.
/// What is not to be shared is none of the copy's: its operator's settings, its owners and their index stay behind.
pub(crate) fn copy<E: From<RegistryError>>(
    folder: &Path,
    parent: &Path,
    allow: impl FnOnce(Vec<(String, crate::manifest::Access)>) -> Result<Vec<Allowance>, E>,
) -> Result<Record, E> {
    let json = folder.join("backend.json");
    let damaged = |problem: serde_json::Error| RegistryError::Damaged {
        path: json.clone(),
        problem: problem.to_string(),
    };
    let mut record: Record = serde_json::from_slice(&read(&json)?).map_err(damaged)?;
    let asked = match &record.requested {
        Some(request) => request.directory.iter().map(|asked| (asked.guest.clone(), asked.access)).collect(),
        None => record.allowed.iter().map(|allowed| (allowed.guest.clone(), allowed.access)).collect(),
    };
    record.allowed = allow(asked)?;
    record.allowed_network.extend(named_places(record.requested.as_ref()));
    let new = parent.join(&record.name);
    let io = |source| RegistryError::Disk { path: new.clone(), source };
    create_folder(&new).map_err(io)?;
    let lines = record.lines_digest.as_ref().map(|_| LINES);
    for name in [COMPONENT, START, COMPILED].into_iter().chain(lines) {
        std::fs::copy(folder.join(name), new.join(name)).map_err(io)?;
    }
    let text = serde_json::to_vec_pretty(&record).map_err(damaged)?;
    std::fs::write(new.join("backend.json"), text).map_err(io)?;
    Ok(record)
}

/// The places that a backend asks for, for a check that grants what is asked for. Addresses are not among them: those that are
/// not public are for the operator to allow.
pub(crate) fn named_places(request: Option<&Request>) -> Vec<NetworkAllowance> {
    let asked = request.into_iter().flat_map(|request| &request.network);
    asked
        .filter(|asked| !matches!(asked.host, Host::Net(_)))
        .map(|asked| NetworkAllowance { host: asked.host.clone(), port: asked.port })
        .collect()
}

/// What was allowed at registration and what `mapistore.toml` allows, where it is asked for.
fn granted(record: &Record, config: &OperatorConfig) -> Result<Vec<grant::DirectoryGrant>, GrantError> {
    let mut allowed = record.allowed.clone();
    if let Some(section) = config.backend.get(&record.name) {
        allowed.extend(section.directory.iter().cloned());
    }
    grant::directories(record.requested.as_ref(), &allowed)
}

/// The same for the network.
fn granted_network(record: &Record, config: &OperatorConfig) -> Result<NetworkGrant, GrantError> {
    let mut allowed = record.allowed_network.clone();
    if let Some(section) = config.backend.get(&record.name) {
        allowed.extend(section.network.iter().cloned());
    }
    NetworkGrant::new(record.requested.as_ref(), &allowed)
}

/// What is known of a registered backend's source. Read when the first trap asks for it, and nothing if it is not what was
/// registered: an error without lines is better than one about lines.
fn symbols(folder: &Path, record: &Record) -> Symbols {
    let (path, digest) = (folder.join(LINES), record.lines_digest.clone());
    Symbols::from_table(move || Lines::parse(&read_verified(&path, &digest?).ok()?))
}

fn read(path: &Path) -> Result<Vec<u8>, RegistryError> {
    std::fs::read(path).map_err(|source| RegistryError::Disk { path: path.to_owned(), source })
}

/// Opens a file that is what was registered, and that nobody else can have written.
fn open_verified(path: &Path, digest: &str) -> Result<File, RegistryError> {
    let mut file = trust::open(path).map_err(|problem| untrusted(path, problem))?;
    let found =
        trust::digest(&mut file).map_err(|source| RegistryError::Disk { path: path.to_owned(), source })?;
    if found != digest {
        let problem = format!("has the digest {found}, and {digest} was registered");
        return Err(RegistryError::Damaged { path: path.to_owned(), problem });
    }
    Ok(file)
}

fn read_verified(path: &Path, digest: &str) -> Result<Vec<u8>, RegistryError> {
    use std::io::{Read, Seek};
    let mut file = open_verified(path, digest)?;
    let mut bytes = Vec::new();
    let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|source| RegistryError::Disk { path: path.to_owned(), source })
}

fn untrusted(path: &Path, problem: trust::Problem) -> RegistryError {
    let path = path.to_owned();
    match problem {
        trust::Problem::Io(source) => RegistryError::Disk { path, source },
        trust::Problem::Unsafe(problem) => RegistryError::Untrusted { path, problem },
    }
}

/// Compiles an image that was taken before, where registrations are prepared.
fn recompile(start: &[u8], surroundings: &Surroundings) -> Result<Vec<u8>, RegistryError> {
    match &surroundings.process {
        RegistrationProcess::Own => compile_to_bytes(&surroundings.engine, start),
        RegistrationProcess::Child { program } => {
            Child::compile(program, &surroundings.dir, start, &surroundings.config.registration)
        }
    }
}

fn hex_digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes sure that nobody else can put anything into folders, or in the place of what is in them.
pub(super) fn check_folders(folders: &[&Path]) -> Result<(), RegistryError> {
    folders
        .iter()
        .try_for_each(|folder| trust::check_folder(folder).map_err(|problem| untrusted(folder, problem)))
}

/// A folder that only this account may look into.
pub(super) fn create_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), RegistryError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let write = || {
        // Whatever the umask is: what others may write to is not loaded.
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|source| RegistryError::Disk { path: path.to_owned(), source })
}

/// Puts new contents in the place of a file's, whole.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), RegistryError> {
    let new = path.with_extension("new");
    write_synced(&new, bytes)?;
    std::fs::rename(&new, path).map_err(|source| RegistryError::Disk { path: path.to_owned(), source })?;
    sync_dir(path.parent().unwrap_or(Path::new(".")))
}

pub(super) fn sync_dir(path: &Path) -> Result<(), RegistryError> {
    let sync = std::fs::File::open(path).and_then(|dir| dir.sync_all());
    sync.map_err(|source| RegistryError::Disk { path: path.to_owned(), source })
}
