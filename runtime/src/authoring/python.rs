//! Python: a module with a backend in it, made a component by `componentize-py`, interpreter included. See decision 27.

mod destructors;

use std::path::Path;

use super::embedded;
use super::tool::{self, Place, Probe, Tool};
use super::{AuthoringError, Language, Mode, Project};

/// The version whose names and bindings the SDK was made with, and whose destructors [`destructors`] knows.
const COMPONENTIZE_PY: &str = "0.25.1";
/// What `componentize-py` enters: the author's module, and the SDK's side of the contract.
const ENTRY: &str = "mapistore_component";
/// The oldest Python that can run the SDK natively, for an author's tests.
const PYTHON_MINOR: u32 = 11;
/// The command that brings Python, with which tools of several languages are installed.
pub(super) const INSTALL: &str = "apt-get install -y --no-install-recommends python3 python3-venv";

pub(super) struct Python;

impl Language for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn default_source(&self) -> &'static str {
        "backend.py"
    }

    fn tools(&self) -> Vec<Tool> {
        let python = Tool {
            name: "python3",
            purpose: "runs the tool that makes components of Python, and an author's tests (3.11 or later, with `venv`)",
            install: INSTALL,
            otherwise: None,
            probe,
        };
        let componentize = Tool {
            name: "componentize-py",
            purpose: "makes a component of Python",
            install: "python3 -m venv .venv && .venv/bin/pip install componentize-py==0.25.1",
            otherwise: None,
            probe: |place| match place.ask("componentize-py", &["--version"]) {
                Some(version) if version.ends_with(&format!(" {COMPONENTIZE_PY}")) => Probe::Found(version),
                Some(version) => Probe::Unfit(format!("{version}, {COMPONENTIZE_PY} is needed")),
                None => Probe::Missing,
            },
        };
        vec![python, componentize]
    }

    fn generate(&self, project: &Project) -> Result<(), AuthoringError> {
        let module = module(project.source());
        let entry = format!(
            "\"\"\"What the component is entered by. Written by `mapistore build`.\"\"\"\n\n\
             import {module}  # noqa: F401\n\
             from mapistore.component import Objects as Objects\n\
             from mapistore.component import Provider as Provider\n"
        );
        embedded::write_file(&project.scratch().join(format!("{ENTRY}.py")), entry.as_bytes())
    }

    fn compile(&self, project: &Project, place: &Place, _: Mode) -> Result<Vec<u8>, AuthoringError> {
        let built = project.scratch().join("component.wasm");
        let mut command = place.command("componentize-py");
        command.arg("--quiet");
        // Two interfaces are called `objects` and `types`, as an author's modules may be.
        command.arg("--export-interface-name=mapistore:backend/objects@0.1.0=mapistore_objects");
        command.arg("--import-interface-name=mapistore:backend/types@0.1.0=types");
        let (folder, world) = project.world();
        command.arg("--wit-path").arg(folder).arg(format!("--world={world}"));
        if project.asks_for_network() {
            command.arg("--import-interface-name=wasi:http/types@0.2.0=http_types");
        }
        command.arg("componentize").arg(ENTRY).arg("--output").arg(&built);
        let source = project.source().parent().unwrap_or(project.dir()).to_owned();
        for folder in [project.scratch(), source, project.sdk()] {
            command.arg("--python-path").arg(folder);
        }
        // Its packages become importable; those of another environment that happens to be active do not.
        command.env_remove("VIRTUAL_ENV");
        let environment = project.dir().join(".venv");
        if environment.is_dir() {
            command.env("VIRTUAL_ENV", environment);
        }
        tool::run("componentize-py", &mut command)?;
        let component = std::fs::read(&built).map_err(embedded::disk(&built))?;
        destructors::complete(component).map_err(|problem| AuthoringError::ToolBroken {
            tool: "componentize-py".into(),
            problem: format!("made a component whose destructors cannot be completed: {problem}"),
        })
    }
}

/// Looks for Python with `venv`.
pub(super) fn probe(place: &Place) -> Probe {
    match place.ask("python3", &["-c", "import venv, ensurepip, sys; print(sys.version.split()[0])"]) {
        Some(version) if minor(&version) >= Some(PYTHON_MINOR) => Probe::Found(version),
        Some(version) => Probe::Unfit(format!("{version}, 3.{PYTHON_MINOR} or later is needed")),
        None => Probe::Missing,
    }
}

/// The module of a source: `backend` of `backend.py`, and of a package's folder.
fn module(source: &Path) -> String {
    source.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The second part of a version of Python 3.
fn minor(version: &str) -> Option<u32> {
    let mut parts = version.split('.');
    parts.next().filter(|major| *major == "3").and_then(|_| parts.next())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_compared_by_its_numbers() {
        assert_eq!(minor("3.11.7"), Some(11));
        assert!(minor("3.9.2") < Some(PYTHON_MINOR));
        assert!(minor("2.7.18") < Some(PYTHON_MINOR));
        assert!(minor("3.14.0rc1") > Some(PYTHON_MINOR));
    }

    #[test]
    fn a_file_and_a_folder_are_modules() {
        assert_eq!(
            (module(Path::new("/p/backend.py")), module(Path::new("/p/feeds"))),
            ("backend".into(), "feeds".into())
        );
    }

    #[test]
    fn the_sdk_is_for_the_version_that_is_asked_for() {
        let pinned = format!("componentize-py=={COMPONENTIZE_PY}");
        for tool in Python.tools().iter().filter(|tool| tool.name == "componentize-py") {
            assert!(tool.install.ends_with(&pinned), "{}", tool.install);
        }
        for text in [
            "guest-sdk/python/README.md",
            "guest-sdk/python/pyproject.toml",
            "guest-sdk/python/template/README.md",
        ] {
            let text = String::from_utf8_lossy(embedded::file(text));
            assert!(text.contains(&pinned), "{text}");
        }
    }
}
