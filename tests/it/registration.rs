//! Registration in a process of its own: what becomes of a component that does not get to its end there.

use std::path::PathBuf;

use mapistore::blocking::wait;
use mapistore::{OperatorConfig, Registration, RegistrationProcess, RegistryError, Runtime, Source};
use tempfile::TempDir;
use tests::{chain, guest, mapistore_binary};

/// A runtime that prepares components in a child, with the text of a `mapistore.toml`.
struct Isolated {
    runtime: Runtime,
    dir: TempDir,
}

impl Isolated {
    fn new(toml: &str) -> Self {
        Self::with_program(mapistore_binary(), toml)
    }

    fn with_program(program: PathBuf, toml: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("mapistore.toml");
        std::fs::write(&file, toml).unwrap();
        let runtime = Runtime::builder(dir.path().join("data"))
            .config(OperatorConfig::read(&file).unwrap())
            .registration_process(RegistrationProcess::Child { program })
            .open()
            .unwrap();
        Self { runtime, dir }
    }

    fn register(&self, name: &str) -> Result<(), RegistryError> {
        let source = Source::read(&guest(name))?;
        wait(self.runtime.register(Registration { source, ..Registration::default() })).map(drop)
    }

    /// The error of a registration that fails, after which nothing is left of it.
    fn refused(&self, name: &str) -> String {
        let error = self.register(name).unwrap_err();
        assert!(self.runtime.backends().is_empty());
        let left: Vec<_> = std::fs::read_dir(self.dir.path().join("data/backends")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        chain(&error)
    }
}

#[test]
fn a_backend_prepared_in_a_child_is_the_one_prepared_here() {
    let here = tests::TestRuntime::new();
    here.try_add_guest("guest-well-behaved").unwrap();
    let isolated = Isolated::new("");
    isolated.register("guest-well-behaved").unwrap();
    assert_eq!(isolated.runtime.backends(), here.backends());
    let source = || Source::read(&guest("guest-well-behaved")).unwrap();
    let inspected = wait(isolated.runtime.inspect_source(source())).unwrap();
    assert_eq!(inspected.exports, wait(here.inspect_source(source())).unwrap().exports);
    let listing = wait(isolated.runtime.list_contexts("alice")).remove(0);
    assert_eq!(listing.contexts.unwrap().len(), 1);
}

#[test]
fn lc_03_an_error_of_init_comes_out_of_the_child_as_what_it_is() {
    let isolated = Isolated::new("");
    let error = isolated.register("guest-fails-init").unwrap_err();
    assert!(matches!(error, RegistryError::Init(_)), "{error:?}");
    assert!(isolated.refused("guest-fails-init").contains("backend-init: as it was told to"));
}

#[test]
fn a_registration_that_takes_too_long_is_ended_and_names_the_limit() {
    let error = Isolated::new("[registration]\ntimeout_ms = 1").refused("guest-well-behaved");
    assert!(error.contains("`registration.timeout_ms`, which is 1 ms"), "{error}");
}

#[test]
fn a_registration_that_takes_too_much_memory_is_ended_and_names_the_limit() {
    let error = Isolated::new("[registration]\nmemory_max_bytes = 16777216").refused("guest-well-behaved");
    assert!(error.contains("`registration.memory_max_bytes`, which is 16 MiB"), "{error}");
}

#[test]
fn a_registration_that_writes_too_much_is_ended_and_names_the_limit() {
    let error = Isolated::new("[registration]\nfile_max_bytes = 65536").refused("guest-well-behaved");
    assert!(error.contains("`registration.file_max_bytes`, which is 64 KiB"), "{error}");
}

#[test]
fn a_child_that_dies_takes_nothing_along_and_its_last_words_are_told() {
    // A shell takes the argument for a script, which is not there: it says so, and ends.
    let error = Isolated::with_program("/bin/sh".into(), "").refused("guest-well-behaved");
    assert!(error.contains("ended with exit status") && error.contains("__prepare-component"), "{error}");
    let error = Isolated::with_program("/nowhere".into(), "").refused("guest-well-behaved");
    assert!(error.contains("/nowhere"), "{error}");
}

/// As a component does that overflows the compiler's stack.
#[test]
fn a_child_that_crashes_is_told_by_its_signal() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("crash");
    std::fs::write(&program, "#!/bin/sh\nkill -s SEGV $$\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let error = Isolated::with_program(program, "").refused("guest-well-behaved");
    assert!(error.contains("ended with signal: 11 (SIGSEGV)"), "{error}");
}

#[test]
fn backends_take_no_more_of_the_disk_than_disk_max_bytes() {
    let error = Isolated::new("[registration]\ndisk_max_bytes = 100000").refused("guest-well-behaved");
    assert!(error.contains("`registration.disk_max_bytes` is 100000"), "{error}");
}

#[test]
fn compiled_code_that_others_may_write_to_is_refused_and_named() {
    use std::os::unix::fs::PermissionsExt;
    let isolated = Isolated::new("");
    isolated.register("guest-well-behaved").unwrap();
    let Isolated { runtime, dir } = isolated;
    drop(runtime);
    let data = dir.path().join("data");
    let folder = data.join("backends/well-behaved");
    let set = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let load = || {
        let runtime = Runtime::open(&data).unwrap();
        runtime.load_failures().first().map(|failure| failure.error.to_string())
    };
    assert_eq!(load(), None);
    for (path, mode, good) in [(folder.join("start.cwasm"), 0o666, 0o600), (folder.clone(), 0o777, 0o700)] {
        set(&path, mode);
        let said = load().expect("a refusal");
        assert!(said.contains("others than its owner may write to it"), "{said}");
        assert!(said.contains(path.to_str().unwrap()), "{said}");
        set(&path, good);
    }
    set(&data.join("backends"), 0o777);
    let refused = Runtime::open(&data).err().expect("a refusal");
    assert!(chain(&refused).contains("others than its owner"), "{}", chain(&refused));
    set(&data.join("backends"), 0o700);
    // One byte of it is another, and so is its digest.
    let code = folder.join("start.cwasm");
    let mut bytes = std::fs::read(&code).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&code, bytes).unwrap();
    let said = load().expect("a refusal");
    assert!(said.contains("has the digest"), "{said}");
}

#[test]
fn code_for_another_wasmtime_is_compiled_anew_in_a_child_and_init_does_not_run_again() {
    let isolated = Isolated::new("");
    isolated.register("guest-well-behaved").unwrap();
    let Isolated { runtime, dir } = isolated;
    drop(runtime);
    let folder = dir.path().join("data/backends/well-behaved");
    let json = folder.join("backend.json");
    let edit = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut record: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
        change(&mut record);
        std::fs::write(&json, record.to_string()).unwrap();
        record
    };
    let before = edit(&|record| record["compatibility"] = "of another time".into());
    std::fs::write(folder.join("start.cwasm"), "of another time").unwrap();
    let open = |process| {
        let runtime = Runtime::builder(dir.path().join("data")).registration_process(process).open().unwrap();
        let failure = runtime.load_failures().first().map(|failure| chain(&failure.error));
        (failure, runtime.backends().len())
    };
    // Where components are prepared, this is done as well: that program cannot.
    let (failure, loaded) = open(RegistrationProcess::Child { program: "/bin/false".into() });
    assert!(failure.is_some_and(|said| said.contains("exit status: 1")) && loaded == 0);
    assert_eq!(open(RegistrationProcess::Child { program: mapistore_binary() }), (None, 1));
    let after = edit(&|_| {});
    assert_ne!(after["compatibility"], before["compatibility"]);
    assert_eq!(after["start_digest"], before["start_digest"], "the image is the one that `init` left then");
    assert_eq!(open(RegistrationProcess::Child { program: "/bin/false".into() }), (None, 1), "and kept");
}
