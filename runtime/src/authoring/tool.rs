//! Programs and libraries of the machine that languages need: found, asked for their version, run. Does not know which
//! language needs what.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::AuthoringError;

/// Where a language's own package manager puts programs in a project. They come before those of the machine.
const IN_PROJECT: [&str; 2] = [".venv/bin", "node_modules/.bin"];

/// Something that has to be on the machine.
#[derive(Clone, Debug)]
pub struct Tool {
    /// What its users call it.
    pub name: &'static str,
    /// What it does, to be read after "which".
    pub purpose: &'static str,
    /// The command that installs it.
    pub install: &'static str,
    /// A second command, for where the first one cannot do it.
    pub otherwise: Option<&'static str>,
    /// Looks for it.
    pub probe: fn(&Place) -> Probe,
}

/// What looking for a tool found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// It is there, as its version or its place says.
    Found(String),
    /// It is there, but does not serve: what was found, and what is needed.
    Unfit(String),
    /// It is not there.
    Missing,
}

/// Where tools are looked for.
#[derive(Clone, Debug)]
pub struct Place {
    path: OsString,
}

impl Tool {
    /// Looks for it.
    pub fn look(&self, place: &Place) -> Probe {
        (self.probe)(place)
    }

    /// Whether it is there and serves.
    pub fn is_there(&self, place: &Place) -> bool {
        matches!(self.look(place), Probe::Found(_))
    }
}

impl Place {
    /// The folders of `path`, as in the variable `PATH`, after those of the project in `dir`.
    pub fn new(dir: &Path, path: &OsStr) -> Self {
        let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
        let own = IN_PROJECT.iter().map(|folder| dir.join(folder));
        let path = std::env::join_paths(own.chain(std::env::split_paths(path)));
        // A project whose own path has a `:` in it has no folders that could be searched.
        Self { path: path.unwrap_or_default() }
    }

    /// The program of this name.
    pub fn find(&self, program: &str) -> Option<PathBuf> {
        which::which_in(program, Some(&self.path), ".").ok()
    }

    /// A command that runs this program; what it runs in turn is looked for here as well.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.find(program).unwrap_or_else(|| program.into()));
        command.env("PATH", &self.path);
        command
    }

    /// What a program prints with these arguments, without blanks around it; none if it is not there, or fails.
    pub fn ask(&self, program: &str, arguments: &[&str]) -> Option<String> {
        self.find(program)?;
        let output = self.command(program).args(arguments).stdin(Stdio::null()).output().ok()?;
        let text = output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        text.filter(|text| !text.is_empty())
    }

    /// A program with whatever version, which is in the first line of what it prints with these arguments.
    pub fn probe(&self, program: &str, arguments: &[&str]) -> Probe {
        let first = |text: String| text.lines().next().map(str::to_owned);
        self.ask(program, arguments).and_then(first).map_or(Probe::Missing, Probe::Found)
    }
}

/// The commands that install these tools, each once, with the second way where there is one.
pub fn install_commands<'t>(tools: impl IntoIterator<Item = &'t Tool>) -> Vec<String> {
    let mut commands = Vec::new();
    for tool in tools {
        let command = match tool.otherwise {
            Some(otherwise) => format!("{}    # or: {otherwise}", tool.install),
            None => tool.install.to_owned(),
        };
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    commands
}

/// Runs a tool to its end. What it says goes to stderr as it comes.
///
/// # Errors
/// It cannot be run, or says that something is wrong.
pub fn run(tool: &str, command: &mut Command) -> Result<(), AuthoringError> {
    let ended = command.stdin(Stdio::null()).stdout(io::stderr()).status();
    let status = ended.map_err(|error| AuthoringError::ToolBroken {
        tool: tool.to_owned(),
        problem: format!("cannot be run: {error}"),
    })?;
    if status.success() {
        return Ok(());
    }
    Err(AuthoringError::ToolFailed { tool: tool.to_owned(), status: status.to_string() })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn program(path: &Path, script: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_program_of_the_project_comes_before_one_of_the_machine() {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("bin");
        let place = || Place::new(dir.path(), bin.as_os_str());
        assert_eq!(place().probe("tool", &["--version"]), Probe::Missing);
        program(&bin.join("tool"), "echo machine");
        assert_eq!(place().probe("tool", &[]), Probe::Found("machine".into()));
        program(&dir.path().join(".venv/bin/tool"), "echo 1.2; echo more");
        assert_eq!(place().probe("tool", &[]), Probe::Found("1.2".into()));
    }

    #[test]
    fn a_program_that_fails_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        program(&dir.path().join("tool"), "echo 1.2; exit 1");
        let place = Place::new(dir.path(), dir.path().as_os_str());
        assert_eq!(place.probe("tool", &[]), Probe::Missing);
        let failed = run("tool", &mut place.command("tool")).unwrap_err();
        assert!(failed.to_string().contains("exit status: 1"), "{failed}");
        assert!(matches!(run("gone", &mut place.command("gone")), Err(AuthoringError::ToolBroken { .. })));
    }
}
