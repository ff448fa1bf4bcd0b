//! Why a project could not be made or built.

use std::path::PathBuf;

use super::Tool;
use crate::manifest::ManifestError;

/// See the module.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthoringError {
    /// It cannot be the name of a backend.
    #[error("`{name}` cannot be the name of a backend: {problem}")]
    Name {
        /// What was given.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// There is something where the project is to be.
    #[error("`{}` exists and is not an empty folder", path.display())]
    NotEmpty {
        /// The place.
        path: PathBuf,
    },
    /// A file or folder cannot be read or written.
    #[error("cannot read or write `{}`", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no project.
    #[error("there is no `backend.toml` in `{}`", path.display())]
    NoProject {
        /// The folder.
        path: PathBuf,
    },
    /// The manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The manifest does not say how the component is built.
    #[error("`{}` has no section `[build]`", path.display())]
    NoBuildSection {
        /// The manifest.
        path: PathBuf,
    },
    /// There is no such language.
    #[error("there is no language `{given}`")]
    UnknownLanguage {
        /// What was given.
        given: String,
        /// What may have been meant.
        similar: Option<&'static str>,
    },
    /// What is to be built is not there.
    #[error("there is no `{}`, which building begins with", path.display())]
    NoSource {
        /// The file or folder.
        path: PathBuf,
    },
    /// Tools are not on the machine, or too old.
    #[error("building {language} needs {}", missing(tools))]
    ToolsMissing {
        /// The language.
        language: &'static str,
        /// Those that are missing.
        tools: Vec<Tool>,
    },
    /// A tool said no. It has told why itself.
    #[error("`{tool}` found something wrong ({status}); its own words are above")]
    ToolFailed {
        /// The tool.
        tool: String,
        /// How it ended.
        status: String,
    },
    /// A tool did not do what it is for.
    #[error("`{tool}` {problem}")]
    ToolBroken {
        /// The tool.
        tool: String,
        /// What it did, or did not do.
        problem: String,
    },
    /// What was compiled cannot be a component.
    #[error("what was compiled is no component: {problem}")]
    NotAComponent {
        /// Why.
        problem: String,
    },
    /// The system's watch over files failed.
    #[error("cannot watch `{}`", path.display())]
    Watch {
        /// The project.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

fn missing(tools: &[Tool]) -> String {
    let one = |tool: &Tool| format!("`{}`, which {}", tool.name, tool.purpose);
    tools.iter().map(one).collect::<Vec<_>>().join("; and ")
}
