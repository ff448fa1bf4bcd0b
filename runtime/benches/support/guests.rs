//! Guests in a runtime of their own.

use std::path::Path;

use mapistore::{Access, Allowance, OperatorConfig, Registration, Runtime, Source, blocking};
use tempfile::TempDir;

/// A runtime over an empty data directory.
pub(crate) struct Guests {
    pub(crate) runtime: Runtime,
    /// The data directory is `data` in it. Dropped after the runtime.
    pub(crate) dir: TempDir,
}

impl Guests {
    pub(crate) fn new(config: OperatorConfig) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = Runtime::builder(dir.path().join("data")).config(config).open().unwrap();
        Self { runtime, dir }
    }

    /// Registers a component that `just guests` built, with `/mail` where it is given, and settings for its `init`.
    pub(crate) fn register(&self, component: &str, mail: Option<&Path>, settings: &[(&str, &str)]) {
        let components = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/guests/components");
        let file = components.join(component).with_extension("wasm");
        assert!(file.is_file(), "`{}` is missing: run `just guests`", file.display());
        let allow = |host: &Path| Allowance {
            host: host.to_owned(),
            guest: "/mail".into(),
            access: Access::ReadWrite,
        };
        let registration = Registration {
            source: Source::read(&file).unwrap(),
            config: settings.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
            allowed: mail.into_iter().map(allow).collect(),
            ..Registration::default()
        };
        blocking::wait(self.runtime.register(registration)).unwrap();
    }
}
