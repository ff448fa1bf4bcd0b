//! What the tests share: built guests by name, and a runtime in a directory of its own.

pub mod registered;
pub mod whole;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use mapistore::index::Fmid;
use mapistore::types::{PropertyValue, TableKind};
use mapistore::{
    Access, Allowance, CallError, Connection, Context, OperatorConfig, Registration, Runtime, Source,
};
use mapistore::{Folder, RegistryError, blocking};
use tempfile::TempDir;

/// A guest that `just guests` built.
///
/// # Panics
/// It was not built.
pub fn guest(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/guests/components")
        .join(format!("{name}.wasm"));
    assert!(path.is_file(), "`{}` is missing: run `just guests`", path.display());
    path
}

/// The binary `mapistore`. Cargo names those of a test's own package only; ours lies beside the test's folder.
///
/// # Panics
/// It was not built.
pub fn mapistore_binary() -> PathBuf {
    let mut path = std::env::current_exe().expect("the path of this test");
    path.pop();
    path.pop();
    let path = path.join("mapistore");
    assert!(path.is_file(), "`{}` is missing: run `cargo build --package mapistore`", path.display());
    path
}

/// A runtime over an empty data directory, with a directory of files that can be granted. Opened when it is first used:
/// guests that were added before are put into the data directory as they were registered once for all tests.
pub struct TestRuntime {
    runtime: OnceLock<Runtime>,
    config: OperatorConfig,
    // Dropped after the runtime.
    dir: TempDir,
}

impl TestRuntime {
    /// With default settings.
    pub fn new() -> Self {
        Self::with_config("")
    }

    /// With the text of a `mapistore.toml`.
    pub fn with_config(toml: &str) -> Self {
        Self::in_dir(tempfile::tempdir().expect("a temporary directory"), toml)
    }

    fn in_dir(dir: TempDir, toml: &str) -> Self {
        let file = dir.path().join("mapistore.toml");
        std::fs::write(&file, toml).expect("a settings file");
        let mut config = OperatorConfig::read(&file).expect("valid settings");
        // Many runtimes are in one process, and each context's slot is 4 GiB of addresses.
        config.runtime.contexts_awake_max = config.runtime.contexts_awake_max.min(1_000);
        std::fs::create_dir_all(dir.path().join("files")).expect("a directory for files");
        Self { runtime: OnceLock::new(), config, dir }
    }

    /// Closes the runtime and opens another over the same directories.
    pub fn restart(self) -> Self {
        let Self { runtime, dir, .. } = self;
        drop(runtime);
        // Contexts that were dropped are closed by workers, which hold the files open until then.
        for file in ["index/index.lock", "keyvalue/keyvalue.lock"] {
            if let Ok(lock) = std::fs::File::open(dir.path().join("data").join(file)) {
                lock.lock().expect("a lock");
            }
        }
        Self::in_dir(dir, "")
    }

    /// The directory whose sub-directories are granted, one an owner.
    pub fn files(&self) -> PathBuf {
        self.dir.path().join("files")
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Registers a built guest without any grant, by the runtime itself.
    ///
    /// # Errors
    /// As [`Runtime::register`].
    pub fn try_add_guest(&self, name: &str) -> Result<(), RegistryError> {
        let source = Source::read(&guest(name))?;
        let registration = Registration { source, ..Registration::default() };
        blocking::wait(self.register(registration)).map(drop)
    }

    /// Has a built guest registered, without any grant.
    pub fn add_guest(&self, name: &str) -> &Self {
        if self.runtime.get().is_none() {
            return self.add(name, Vec::new());
        }
        self.try_add_guest(name).expect("a backend that can be registered");
        self
    }

    /// Has a built guest registered, with a directory of every owner's own, which it sees as `guest_path`. Before the
    /// runtime is used.
    pub fn add_guest_with_files(&self, name: &str, guest_path: &str) -> &Self {
        let host = self.files().join("{owner}");
        self.add(name, vec![Allowance { host, guest: guest_path.into(), access: Access::ReadWrite }])
    }

    fn add(&self, name: &str, allowed: Vec<Allowance>) -> &Self {
        assert!(self.runtime.get().is_none(), "guests are added before the runtime is used");
        registered::install(name, &self.data_dir(), &allowed);
        self
    }

    /// Opens a context of a user.
    ///
    /// # Errors
    /// As [`Runtime::open_context`].
    pub fn try_open(&self, user: &str, uri: &str) -> Result<Context, CallError> {
        blocking::wait(self.open_context(&Connection::of(user), uri))
    }

    /// Opens a context of a user.
    pub fn open(&self, user: &str, uri: &str) -> Context {
        self.try_open(user, uri).expect("a context that opens")
    }

    /// Opens a context's root folder.
    pub fn root(&self, context: &Context) -> Folder {
        blocking::wait(context.root_folder()).expect("a root folder")
    }
}

impl Default for TestRuntime {
    fn default() -> Self {
        Self::new()
    }
}

impl std::ops::Deref for TestRuntime {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        self.runtime.get_or_init(|| {
            let builder = Runtime::builder(self.data_dir()).config(self.config.clone());
            builder.open().expect("a runtime")
        })
    }
}

/// The ids of a folder's messages or sub-folders, as its table has them: at most 1000.
///
/// # Panics
/// The table cannot be read.
pub fn ids(folder: &Folder, kind: TableKind) -> Vec<Fmid> {
    let (fid, mid) = (0x6748_0014, 0x674A_0014);
    let table = blocking::wait(folder.open_table(kind)).expect("a table");
    let column = if kind == TableKind::Hierarchy { fid } else { mid };
    blocking::wait(table.set_columns(&[column])).expect("a column of ids");
    let rows = blocking::wait(table.query_rows(0, 1000)).expect("rows");
    let id = |cell| match cell {
        Ok(PropertyValue::Integer64(id)) => Fmid(i64::cast_unsigned(id)),
        other => panic!("an id is {other:?}"),
    };
    rows.cells.into_iter().map(id).collect()
}

/// An error and its causes, as an operator reads them.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
