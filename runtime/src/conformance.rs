//! The conformance kit: shows of any backend what it does as the contract says, and what not.
//!
//! A [`Kit`] is a runtime over a directory of its own with one backend in it. Each behaviour is tried for an owner of its
//! own, so that none sees what another left behind and several run at once. A behaviour sees the backend through the
//! same checked handles as every embedder; what it called and what came back is kept for the report.
//!
//! Behaviours `LC`, `FO`, `ME`, `AT`, `TA`, `SY`, `PE`, `NP` and `NO` are those of the contract's specification, with more
//! of our own behind them; `FA` are faults of the host, after which nothing may be half done.

mod areas;
mod behaviour;
mod expect;
mod grid;
mod handles;
mod log;
mod random;
mod sample;
mod tag;
mod trial;
mod wave;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::bindings::mapistore::backend::types::Capabilities;
use crate::blocking;
use crate::grant::Allowance;
use crate::host::fault::Faults;
use crate::index::MemoryIndex;
use crate::manifest::Access;
use crate::registry::{self, Registration, RegistryError, Source};
use crate::runtime::{OpenError, Runtime};

pub use behaviour::Behaviour;
pub use random::{Difference, RandomReport, Script, ScriptError};

use expect::Stop;
use trial::Trial;

/// How many behaviours are tried at once unless a plan says otherwise.
const THREADS: usize = 2;

/// One backend on the bench.
pub struct Kit {
    runtime: Runtime,
    backend: String,
    capabilities: Capabilities,
    /// What of the host is to fail, and for which owner.
    faults: Arc<Faults>,
    /// Makes the owners of one run different from those of the one before.
    runs: AtomicUsize,
    /// Whether contents survive their context, once that was tried.
    durable: OnceLock<bool>,
    // Dropped after the runtime.
    _dir: Option<TempDir>,
}

/// What to try, and how.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The ids of the behaviours to try; empty for all.
    pub only: Vec<String>,
    /// How many are tried at once; 0 for the default.
    pub threads: usize,
}

/// How a behaviour ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold, and this shows it.
    Failed(String),
    /// The backend does not claim it, or has nothing to show it with.
    NotClaimed(String),
    /// The host or the kit is to blame: nothing is known of the backend.
    BrokenByHost(String),
}

/// What was found out about one behaviour.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which behaviour.
    pub behaviour: &'static Behaviour,
    /// How it ended.
    pub outcome: Outcome,
    /// The backend leaves it to the host, so it is the host that this was shown of.
    pub by_host: bool,
    /// The calls that were made and what came back, in order.
    pub calls: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

/// What was found out about a backend.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its name.
    pub backend: String,
    /// In the order of the behaviours.
    pub findings: Vec<Finding>,
}

/// Why nothing could be tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KitError {
    /// The backend cannot be registered.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The runtime does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no room for a directory.
    #[error("cannot make a directory to work in")]
    Directory(#[from] std::io::Error),
    /// There is no such behaviour.
    #[error("there is no behaviour `{id}`")]
    UnknownBehaviour {
        /// What was named.
        id: String,
    },
}

impl Kit {
    /// Registers a backend in a directory that goes away with the kit. Every directory that its manifest asks for is
    /// granted, one for each owner, and every place on the network that it names. `config` goes to its `init`.
    ///
    /// # Errors
    /// There is no room for it; it cannot be registered.
    pub fn register(source: Source, config: BTreeMap<String, String>) -> Result<Self, KitError> {
        let dir = tempfile::Builder::new().prefix("mapistore-check-").tempdir()?;
        let files = dir.path().join("files");
        let asked = source.requested().into_iter().flat_map(|request| &request.directory);
        let asked = asked.map(|asked| (asked.guest.clone(), asked.access)).collect();
        let allowed = allow(asked, &files)?;
        let kit = Self::empty(&dir.path().join("data"))?;
        let network = registry::named_places(source.requested());
        let registration = Registration { source, name: None, config, allowed, network };
        let record = blocking::wait(kit.runtime.register(registration))?;
        Self { backend: record.name.clone(), _dir: Some(dir), ..kit }.described()
    }

    /// Takes a copy of a backend that is registered in `data_dir`, as its `init` left it then. Its owners, their files and
    /// their index are not touched.
    ///
    /// # Errors
    /// There is no such backend; there is no room for the copy.
    pub fn copy(data_dir: &Path, backend: &str) -> Result<Self, KitError> {
        let folder = data_dir.join("backends").join(backend);
        if crate::check::check_name(backend).is_err() || !folder.is_dir() {
            return Err(RegistryError::Unknown { name: backend.to_owned() }.into());
        }
        let dir = tempfile::Builder::new().prefix("mapistore-check-").tempdir()?;
        let data = dir.path().join("data");
        let files = dir.path().join("files");
        let record = registry::copy(&folder, &data.join("backends"), |asked| allow(asked, &files))?;
        Self { backend: record.name, _dir: Some(dir), ..Self::empty(&data)? }.described()
    }

    /// A runtime whose index holds nothing after it is gone: owners are made up, and a disk would only make it slower.
    fn empty(data_dir: &Path) -> Result<Self, KitError> {
        let faults = Arc::<Faults>::default();
        let runtime = Runtime::builder(data_dir)
            .index(Arc::new(MemoryIndex::default()))
            .faults(Arc::clone(&faults))
            .open()?;
        Ok(Self {
            runtime,
            backend: String::new(),
            capabilities: Capabilities::empty(),
            faults,
            runs: AtomicUsize::new(0),
            durable: OnceLock::new(),
            _dir: None,
        })
    }

    fn described(mut self) -> Result<Self, KitError> {
        self.capabilities = self.runtime.inspect(&self.backend)?.info.capabilities;
        Ok(self)
    }

    /// The size beyond which values come as `deferred`.
    fn inline_limit(&self) -> expect::Done<u32> {
        let inspected = self.runtime.inspect(&self.backend);
        Ok(inspected.map_err(|error| Stop::Host(error.to_string()))?.info.inline_limit)
    }

    /// The backend's name.
    pub fn backend(&self) -> &str {
        &self.backend
    }

    /// Tries behaviours.
    ///
    /// # Errors
    /// The plan names one that does not exist.
    pub fn run(&self, plan: &Plan) -> Result<Report, KitError> {
        let chosen = behaviour::choose(&plan.only)?;
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let findings: Vec<Mutex<Option<Finding>>> = chosen.iter().map(|_| Mutex::new(None)).collect();
        let next = AtomicUsize::new(0);
        let threads = if plan.threads == 0 { THREADS } else { plan.threads };
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let (Some(behaviour), Some(place)) = (chosen.get(at), findings.get(at)) else { return };
                let finding = self.attempt(behaviour, run);
                *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(finding);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        let found = findings
            .into_iter()
            .filter_map(|place| place.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(Report { backend: self.backend.clone(), findings: found.collect() })
    }

    /// Whether what the backend stores is there after its context was closed and opened again. Nothing in the contract lets
    /// a backend say so; it is tried, with a folder and a message. If only one of them survives, that is no
    /// answer but a failure, which the behaviours about reopening then show.
    pub fn is_durable(&self) -> bool {
        *self.durable.get_or_init(|| durable(&Trial::new(self, "durable")).unwrap_or(true))
    }

    fn attempt(&self, behaviour: &'static Behaviour, run: usize) -> Finding {
        let started = Instant::now();
        let owner = format!("{}-{run}", behaviour.id.to_ascii_lowercase());
        let trial = Trial::new(self, owner);
        let lacking = behaviour.needs.iter().try_for_each(|capability| trial.need(*capability));
        let shown = lacking.and_then(|()| (behaviour.show)(&trial));
        let outcome = outcome(shown);
        let left_to_host = behaviour.host_does.iter().any(|capability| !trial.claims(*capability));
        Finding {
            behaviour,
            by_host: left_to_host && !matches!(outcome, Outcome::NotClaimed(_)),
            outcome,
            calls: trial.log.lines(),
            took: started.elapsed(),
        }
    }
}

impl Report {
    /// How many behaviours ended in this way.
    pub fn count(&self, way: impl Fn(&Outcome) -> bool) -> usize {
        self.findings.iter().filter(|finding| way(&finding.outcome)).count()
    }

    /// Whether nothing failed, be it the backend or the host.
    pub fn is_clean(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| matches!(finding.outcome, Outcome::Passed | Outcome::NotClaimed(_)))
    }

    /// The findings of behaviours that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| matches!(finding.outcome, Outcome::Failed(_)))
    }
}

/// See [`Kit::is_durable`].
fn durable(trial: &Trial<'_>) -> expect::Done<bool> {
    let (context, root) = trial.start()?;
    let message = match trial.claims(Capabilities::WRITE_MESSAGES) {
        true => Some(trial.add(&root, "to stay")?),
        false => None,
    };
    let folder = match trial.claims(Capabilities::FOLDERS) {
        true => Some(trial.add_folder(&root, "Stays")?.id),
        false => None,
    };
    drop(root);
    context.close();
    let (_context, root) = trial.start()?;
    let message_stayed = message.is_none_or(|id| root.open_message(id, false).is_ok());
    let folder_stayed = folder.is_none_or(|id| root.open_folder(id).is_ok());
    Ok(message_stayed || folder_stayed)
}

/// What the end of a behaviour says about the backend.
fn outcome(shown: expect::Done) -> Outcome {
    match shown {
        Ok(()) => Outcome::Passed,
        Err(Stop::Failed(problem)) => Outcome::Failed(problem),
        Err(Stop::NotClaimed(reason)) => Outcome::NotClaimed(reason),
        Err(Stop::Host(problem)) => Outcome::BrokenByHost(problem),
        Err(Stop::Cut) => Outcome::BrokenByHost("the kit cut itself off".into()),
        Err(Stop::Call(error)) if is_of_backend(&error) => Outcome::Failed(error.to_string()),
        Err(Stop::Call(error)) => Outcome::BrokenByHost(chain(&error)),
    }
}

/// Whether a call ended badly for a reason that is the backend's.
fn is_of_backend(error: &crate::error::CallError) -> bool {
    use crate::error::CallError as E;
    match error {
        E::Answered { .. } | E::Trapped { .. } | E::OverLimit { .. } | E::InvalidAnswer { .. } => true,
        E::InvalidArgument { .. }
        | E::Uri(_)
        | E::Busy { .. }
        | E::QueueTimeout { .. }
        | E::Stale { .. }
        | E::OtherContext { .. }
        | E::Denied { .. }
        | E::Grant { .. }
        | E::Index { .. }
        | E::Host { .. } => false,
    }
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

/// A directory for each that is asked for, in it one for each owner.
fn allow(asked: Vec<(String, Access)>, files: &Path) -> Result<Vec<Allowance>, KitError> {
    let allowed = asked.into_iter().enumerate().map(|(number, (guest, access))| {
        let base = files.join(number.to_string());
        std::fs::create_dir_all(&base)?;
        Ok(Allowance { host: base.join("{owner}"), guest, access })
    });
    allowed.collect()
}
