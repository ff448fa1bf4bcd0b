//! Guests as they are after registration, made once for all tests: compiling a component takes a second without
//! optimisation. Tests of registration itself do not use this.
//!
//! They are kept beside the components, by the digest of the component and of what compiles it, so that a second run takes seconds.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use mapistore::conformance::Kit;
use mapistore::index::MemoryIndex;
use mapistore::{
    Access, Allowance, NetworkAllowance, OperatorConfig, Registration, Runtime, Source, blocking,
};

/// Puts a registered guest into a data directory, after those that are there. No runtime may be using it.
///
/// # Panics
/// The guest was not built or cannot be registered, or the disk fails.
pub fn install(name: &str, data_dir: &Path, allowed: &[Allowance]) {
    let template = template(name);
    let backends = data_dir.join("backends");
    create_private(&backends);
    let order = std::fs::read_dir(&backends).expect("a data directory").count();
    let folder = backends.join(template.file_name().expect("a backend's folder"));
    copy_files(&template, &folder);
    let json = folder.join("backend.json");
    let text = std::fs::read(&json).expect("a record");
    let mut record: serde_json::Value = serde_json::from_slice(&text).expect("a record");
    record["order"] = order.into();
    record["allowed"] = serde_json::to_value(allowed).expect("allowances");
    std::fs::write(&json, record.to_string()).expect("a record");
}

/// Has `init` of an installed guest run in every store, as for a component of which no snapshot can be taken.
///
/// # Panics
/// As [`install`].
pub fn init_per_store(data_dir: &Path, backend: &str) {
    let json = data_dir.join("backends").join(backend).join("backend.json");
    let mut record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&json).expect("a record")).expect("a record");
    record["init"] = serde_json::json!({ "mode": "per-store", "reason": "a test" });
    std::fs::write(&json, record.to_string()).expect("a record");
}

/// A registered guest for the conformance kit, with a directory of each owner's own at `guest_path` if it is given one, and
/// with settings.
///
/// Settings reach `init` without another compilation: it runs again, in every store, over the snapshot that it left before.
/// That is fine for guests whose `init` only notes what it is given.
///
/// # Panics
/// As [`install`].
pub fn kit(name: &str, guest_path: Option<&str>, settings: &[(&str, &str)]) -> Kit {
    kit_with_network(name, guest_path, settings, &[])
}

/// The same, which may reach these places.
///
/// # Panics
/// As [`install`].
pub fn kit_with_network(
    name: &str,
    guest_path: Option<&str>,
    settings: &[(&str, &str)],
    network: &[NetworkAllowance],
) -> Kit {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let allow = |guest: &str| Allowance {
        host: dir.path().join("{owner}"),
        guest: guest.to_owned(),
        access: Access::ReadWrite,
    };
    install(name, dir.path(), &guest_path.map(allow).into_iter().collect::<Vec<_>>());
    let template = template(name);
    let backend = template.file_name().expect("a backend's folder").to_str().expect("a name in UTF-8");
    let json = dir.path().join("backends").join(backend).join("backend.json");
    let mut record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&json).expect("a record")).expect("a record");
    record["allowed_network"] = serde_json::to_value(network).expect("allowances");
    if !settings.is_empty() {
        record["init"] = serde_json::json!({ "mode": "per-store", "reason": "settings of a test" });
        let config = settings.iter().map(|(key, value)| ((*key).to_owned(), serde_json::Value::from(*value)));
        record["config"] = serde_json::Value::Object(config.collect());
    }
    std::fs::write(&json, record.to_string()).expect("a record");
    Kit::copy(dir.path(), backend).expect("a kit")
}

/// The folder of a registered guest without grants.
fn template(name: &str) -> PathBuf {
    static TEMPLATES: Mutex<Option<HashMap<String, Arc<OnceLock<PathBuf>>>>> = Mutex::new(None);
    let template = {
        let mut templates = TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(templates.get_or_insert_default().entry(name.to_owned()).or_default())
    };
    template.get_or_init(|| kept(name)).clone()
}

/// No run of the tests takes longer.
const IN_USE: Duration = Duration::from_secs(3_600);

fn kept(name: &str) -> PathBuf {
    let component = super::guest(name);
    let mut digest = DefaultHasher::new();
    add(&component, &mut digest);
    let all = component.with_file_name("registered").join(name);
    let kept = all.join(format!("{:x}-{:x}", digest.finish(), preparation()));
    if !kept.is_dir() {
        for old in std::fs::read_dir(&all).into_iter().flatten().flatten() {
            // What other versions left, and not what another program is just making or may be using.
            let is_new = old
                .metadata()
                .and_then(|it| it.modified())
                .is_ok_and(|made| made.elapsed().unwrap_or_default() < IN_USE);
            if !is_new && !old.file_name().to_string_lossy().starts_with('.') {
                let _ = std::fs::remove_dir_all(old.path());
            }
        }
        register(&component, &kept);
    }
    // In use from now on. Where that cannot be noted, it may be made again.
    let _ = std::fs::File::open(&kept).and_then(|kept| kept.set_modified(SystemTime::now()));
    std::fs::read_dir(&kept).expect("a kept guest").next().expect("its folder").expect("its folder").path()
}

/// A digest of the sources that decide what registration makes of a component. The rest of the host may change, and a component
/// of Python, which takes minutes to compile without optimisation, is still as it was.
fn preparation() -> u64 {
    static DIGEST: OnceLock<u64> = OnceLock::new();
    const SOURCES: [&str; 6] = [
        "Cargo.lock",
        "Cargo.toml",
        "rust-toolchain.toml",
        "runtime/src/engine",
        "runtime/src/registry",
        "wit",
    ];
    *DIGEST.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut digest = DefaultHasher::new();
        SOURCES.iter().for_each(|source| add(&root.join(source), &mut digest));
        // Where there is `engine`, there is `engine.rs`.
        ["engine", "registry", "bindings"].iter().for_each(|module| {
            add(&root.join("runtime/src").join(module).with_extension("rs"), &mut digest);
        });
        digest.finish()
    })
}

/// Adds a file, or all that is in a folder.
fn add(path: &Path, digest: &mut DefaultHasher) {
    if !path.is_dir() {
        std::fs::read(path).expect("a source").hash(digest);
        return;
    }
    let mut inside: Vec<_> =
        std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    inside.sort();
    inside.iter().for_each(|path| add(path, digest));
}

/// Registers in a directory of its own, and moves the result into place when it is complete.
fn register(component: &Path, kept: &Path) {
    let parent = kept.parent().expect("a parent");
    std::fs::create_dir_all(parent).expect("a directory for registered guests");
    let building = tempfile::tempdir_in(parent).expect("a directory");
    let mut config = OperatorConfig::default();
    config.runtime.contexts_awake_max = 1;
    let runtime =
        Runtime::builder(building.path()).config(config).index(Arc::new(MemoryIndex::default())).open();
    let source = Source::read(component).expect("a component");
    // A manifest's requests are granted when the guest is installed; here there is nothing to allow.
    let registration = Registration { source, ..Registration::default() };
    blocking::wait(runtime.expect("a runtime").register(registration))
        .expect("a backend that can be registered");
    let moved = std::fs::rename(building.path().join("backends"), kept);
    // Another program, or another run of this one, may have come first.
    assert!(moved.is_ok() || kept.is_dir(), "a kept guest: {moved:?}");
}

/// Whatever the umask is: nobody else may write to what code is loaded from.
fn create_private(path: &Path) {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).expect("a folder");
}

fn copy_files(from: &Path, to: &Path) {
    create_private(to);
    for file in std::fs::read_dir(from).expect("a folder") {
        let file = file.expect("a file");
        std::fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
    }
}
