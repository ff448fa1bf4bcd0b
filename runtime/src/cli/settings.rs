//! Where things are: the data directory and the operator's settings. Besides `clap` and `logging`, the only place that reads the
//! environment.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{ArgAction, Args};
use mapistore::authoring::Place;
use mapistore::{OperatorConfig, RegistrationProcess, Runtime, RuntimeBuilder};

use super::failure::Complaint;

/// Options of every command.
#[derive(Args)]
pub(crate) struct Global {
    /// The data directory [default: $XDG_DATA_HOME/mapistore, or ~/.local/share/mapistore].
    #[arg(long, global = true, value_name = "DIR", env = "MAPISTORE_DATA_DIR", hide_env_values = true)]
    pub(crate) data_dir: Option<PathBuf>,
    /// The operator's settings [default: $XDG_CONFIG_HOME/mapistore/mapistore.toml, or
    /// ~/.config/mapistore/mapistore.toml]. Stands before the command.
    // Not global: `backend add` has a `--config` of its own.
    #[arg(long, value_name = "FILE", env = "MAPISTORE_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Log more: once for what happens, twice for details, three times for everything. MAPISTORE_LOG says it per
    /// module and per backend.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// What a runtime is opened with.
pub(crate) struct Settings {
    pub(crate) data_dir: PathBuf,
    /// Where the settings are, or would be.
    pub(crate) config_path: PathBuf,
    pub(crate) config: OperatorConfig,
}

impl Settings {
    /// # Errors
    /// There is no home directory to look in, or the settings cannot be used: a missing file too, if it was named.
    pub(crate) fn new(global: &Global) -> anyhow::Result<Self> {
        let data_dir = match &global.data_dir {
            Some(dir) => dir.clone(),
            None => base("XDG_DATA_HOME", ".local/share", "--data-dir")?.join("mapistore"),
        };
        let (config_path, config) = match &global.config {
            Some(path) => (path.clone(), OperatorConfig::read(path)?),
            None => {
                let path = base("XDG_CONFIG_HOME", ".config", "--config")?.join("mapistore/mapistore.toml");
                let config =
                    if path.exists() { OperatorConfig::read(&path)? } else { OperatorConfig::default() };
                (path, config)
            }
        };
        Ok(Self { data_dir, config_path, config })
    }

    /// A runtime with these settings, over `data_dir` or another directory. Components are prepared by this very program
    /// in a process of its own.
    ///
    /// # Errors
    /// The system does not say where this program is.
    pub(crate) fn runtime(self) -> anyhow::Result<RuntimeBuilder> {
        let program = std::env::current_exe().context("cannot tell which program this is")?;
        Ok(Runtime::builder(self.data_dir)
            .config(self.config)
            .registration_process(RegistrationProcess::Child { program }))
    }
}

/// Where the tools are that a project in `dir` is built with.
pub(crate) fn place(dir: &Path) -> Place {
    Place::new(dir, &std::env::var_os("PATH").unwrap_or_default())
}

/// A base directory of the XDG specification, which ignores relative paths.
fn base(variable: &str, below_home: &str, option: &str) -> Result<PathBuf, Complaint> {
    let absolute =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| Path::new(path).is_absolute());
    absolute(variable).or_else(|| Some(absolute("HOME")?.join(below_home))).ok_or_else(|| {
        Complaint::usage(format!("neither `{variable}` nor `HOME` is an absolute path"))
            .hint(format!("name the place with `{option}`"))
    })
}

/// The user that commands without `--user` are for.
pub(crate) fn current_user() -> Option<String> {
    std::env::var("USER").ok().filter(|user| !user.is_empty())
}
