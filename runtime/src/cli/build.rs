//! `build`: a component from a project, once or whenever its files change.

use std::path::{Path, PathBuf};

use clap::Args;
use mapistore::authoring::{self, Artifact, Mode, Project, Watch};
use serde_json::json;

use super::failure::{Exit, Reporter};
use super::output::Output;
use super::settings;

/// See the module.
#[derive(Args)]
pub(crate) struct Build {
    /// The project's folder.
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Build again whenever a file of the project changes, until Ctrl-C.
    #[arg(long)]
    watch: bool,
    /// Build it to be looked into: without optimisation, and with what a debugger reads. After a trap `-v` shows files and
    /// lines, and `invoke --debug-guest` lets gdb and lldb stop at them.
    #[arg(long)]
    debug: bool,
}

impl Build {
    pub(crate) fn run(self, reporter: &Reporter, out: &mut Output) -> super::Outcome {
        let mut project = Project::open(&self.dir)?;
        if !self.watch {
            return self.build(&project, out);
        }
        loop {
            // Before building: what is changed meanwhile is built the next time.
            let watch = Watch::begin(project.dir(), &project.component())?;
            let built = match Project::open(&self.dir) {
                Ok(opened) => {
                    project = opened;
                    self.build(&project, out)
                }
                Err(error) => Err(error.into()),
            };
            if let Err(error) = built {
                reporter.report(&error);
            }
            out.flush()?;
            reporter.note("waiting for changes; Ctrl-C ends");
            let changed = watch.wait()?;
            reporter.note(&format!("`{}` changed", changed.display()));
        }
    }

    /// Refused if what was built is no backend.
    fn build(&self, project: &Project, out: &mut Output) -> super::Outcome {
        let place = settings::place(project.dir());
        let mode = if self.debug { Mode::Debug } else { Mode::Release };
        let artifact = authoring::build(project, &place, mode)?;
        print(project, &artifact, out)?;
        Ok(if artifact.lacks().is_empty() { Exit::Done } else { Exit::Refused })
    }
}

fn print(project: &Project, artifact: &Artifact, out: &mut Output) -> anyhow::Result<()> {
    let component = project.component();
    if out.is_json() {
        return out.json(&json!({
            "name": project.name(),
            "language": project.language().name(),
            "component": component,
            "bytes": artifact.bytes().len(),
            "unstripped_bytes": artifact.unstripped(),
            "imports": artifact.imports(),
            "lacks": artifact.lacks(),
        }));
    }
    let size =
        format!("{}, {} before it was stripped", kib(artifact.bytes().len()), kib(artifact.unstripped()));
    let mut pairs = vec![("component", shown(&component)), ("size", size)];
    let label = |position: usize, label: &'static str| if position == 0 { label } else { "" };
    for (position, import) in artifact.imports().iter().enumerate() {
        pairs.push((label(position, "imports"), import.clone()));
    }
    for (position, problem) in artifact.lacks().iter().enumerate() {
        pairs.push((label(position, "no backend: it"), problem.clone()));
    }
    out.pairs(pairs)
}

/// A path as one would name it from here.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    below.unwrap_or(path).display().to_string()
}

fn kib(bytes: usize) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}
