//! `new`: a project from a template.

use std::path::PathBuf;

use clap::Args;
use mapistore::authoring::{self, LANGUAGES};
use serde_json::json;

use super::failure::Exit;
use super::output::Output;

/// See the module.
#[derive(Args)]
pub(crate) struct New {
    /// The folder to make; its name becomes the backend's.
    #[arg(value_name = "NAME")]
    dir: PathBuf,
    /// The language to write it in.
    #[arg(long, value_name = "LANGUAGE", help = language_help())]
    lang: String,
}

/// The languages that there are.
fn language_help() -> String {
    let names: Vec<_> = LANGUAGES.iter().map(|language| language.name()).collect();
    format!("The language to write it in: {}", names.join(", "))
}

impl New {
    pub(crate) fn run(self, out: &mut Output) -> super::Outcome {
        let project = authoring::create(&self.dir, authoring::language(&self.lang)?)?;
        let dir = self.dir.display();
        if out.is_json() {
            out.json(&json!({
                "name": project.name(),
                "language": project.language().name(),
                "dir": project.dir(),
            }))?;
        } else {
            out.line(&format!("made `{dir}`, a backend in {}; go on with", project.language().name()))?;
            out.line(&format!("  mapistore build {dir}"))?;
            out.line(&format!("  mapistore check {dir}"))?;
        }
        Ok(Exit::Done)
    }
}
