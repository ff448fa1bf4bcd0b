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
