//! The command line: what can be said, and who does it. One file per subcommand or small group of them.
//!
//! Results go to stdout, everything else to stderr. Nothing outside of this module prints, reads the environment or
//! knows exit codes.

mod add;
mod backend;
mod build;
mod bulk;
mod change;
mod check;
mod contexts;
mod doctor;
mod failure;
mod index;
mod invoke;
mod load;
mod locate;
mod logging;
mod ls;
mod new;
mod output;
mod provision;
mod rows;
mod session;
mod settings;
mod show;
mod table;
mod tdbdump;
mod top;
mod transfer;

use std::io;
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{CommandFactory, Parser, Subcommand};

use failure::{Complaint, Exit, Reporter};
use output::{Output, StdoutClosed};
use session::Session;
use settings::{Global, Settings};

/// The wasmtime that this binary is built with. `Cargo.toml` pins the same, and a test compares the two.
const WASMTIME: &str = "48.0.8";

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let own = env!("CARGO_PKG_VERSION");
    format!("{own}\nwasmtime {WASMTIME}\ncontract {}", mapistore::CONTRACT)
});

/// What a command ends with when nothing stopped it: done, or refused in part.
type Outcome = anyhow::Result<Exit>;

/// Hosts MAPIStore storage backends as sandboxed WebAssembly components.
///
/// Exit codes: 0 done; 1 the backend or the data said no; 2 usage or configuration; 3 the host failed.
#[derive(Parser)]
#[command(name = "mapistore", version = VERSION.as_str(), max_term_width = 110, after_help = logging::HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Registers, lists, inspects and removes backends.
    #[command(subcommand)]
    Backend(backend::Backend),
    /// Lists a user's contexts, backend by backend.
    Contexts(contexts::Contexts),
    /// Makes a new root folder: asks the backends in the order of their registration.
    CreateRoot(contexts::CreateRoot),
    /// Makes a user's mailbox what the backends' listings say, as at every logon, and prints it.
    Provision(provision::Provision),
    /// Calls any function of a backend.
    #[command(after_help = invoke::EXAMPLES)]
    Invoke(invoke::Invoke),
    /// Lists the sub-folders and messages of a folder.
    Ls(ls::Ls),
    /// Prints a table of a folder as a client would ask for it.
    Table(table::Table),
    /// Prints the properties of a folder or message, its recipients and attachments.
    Show(show::Show),
    /// Prints the MIME bytes of a message, unchanged.
    Cat(show::Cat),
    /// Adds messages (RFC 5322 files) to a folder.
    Add(add::Add),
    /// Deletes messages and folders.
    Rm(change::Rm),
    /// Moves messages and folders into a folder.
    Mv(transfer::Mv),
    /// Copies messages and folders into a folder.
    Cp(transfer::Cp),
    /// Makes a folder.
    Mkdir(change::Mkdir),
    /// Marks messages as read or unread.
    Mark(change::Mark),
    /// Imports mbox, Maildir, .eml, .ics and .vcf files, whole directories too. Run again, it goes on where it ended.
    Import(bulk::Import),
    /// Writes the messages of a folder into files. Run again, it goes on where it ended.
    Export(bulk::Export),
    /// Shows of a backend, behaviour by behaviour, what it does as the contract says and what not.
    Check(check::Check),
    /// Makes a project for a backend of your own, in the language of your choice.
    New(new::New),
    /// Makes the component of a project, with the language's own tools.
    Build(build::Build),
    /// Tells how many contexts this machine has room for, and what it lacks to build backends in each language.
    Doctor(doctor::Doctor),
    /// Shows what the process that uses the data directory holds, and who uses it, again and again.
    Top(top::Top),
    /// Looks into the index of ids and URIs.
    #[command(subcommand)]
    Index(index::Index),
    /// Prints a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Does what the arguments say.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing is left to be told if even this cannot be printed.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let settings = match Settings::new(&cli.global) {
        Ok(settings) => settings,
        Err(error) => return Reporter::new(cli.global.verbose, None).report(&error).into(),
    };
    let reporter = Reporter::new(cli.global.verbose, Some(settings.config_path.clone()));
    if let Err(complaint) = logging::to_stderr(cli.global.verbose, !matches!(cli.command, Command::Check(_)))
    {
        return reporter.report(&complaint.into()).into();
    }
    let mut out = Output::new(cli.global.json);
    let ended = mapistore::blocking::wait(dispatch(cli.command, settings, &reporter, &mut out))
        .and_then(|exit| out.flush().map(|()| exit));
    match ended {
        Ok(exit) => exit.into(),
        // Whoever read our output has read enough.
        Err(error) if error.is::<StdoutClosed>() => Exit::Done.into(),
        Err(error) => {
            // What was printed before the error is a result too; the error is told in any case.
            let _ = out.flush();
            reporter.report(&error).into()
        }
    }
}

async fn dispatch(command: Command, settings: Settings, reporter: &Reporter, out: &mut Output) -> Outcome {
    if let Command::Completions { shell } = command {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "mapistore", &mut script);
        out.bytes(&script)?;
        return Ok(Exit::Done);
    }
    if let Command::Invoke(invoke) = command {
        return invoke.run(settings, reporter, out).await;
    }
    // Nobody may have the index open for this, not even ourselves.
    if let Command::Index(index::Index::Compact) = command {
        return index::compact(&settings, out);
    }
    if let Command::Check(check) = command {
        return check.run(&settings, reporter, out);
    }
    // Of another process: that one has the data directory.
    if let Command::Top(top) = command {
        return top.run(&settings, out);
    }
    match command {
        Command::New(new) => return new.run(out),
        Command::Build(build) => return build.run(reporter, out),
        Command::Doctor(doctor) => return doctor.run(&settings, out),
        _ => {}
    }
    let mut session = Session::open(settings, reporter, out)?;
    let ended = match command {
        Command::Backend(command) => command.run(&mut session).await,
        Command::Contexts(command) => command.run(&mut session).await,
        Command::CreateRoot(command) => command.run(&mut session).await,
        Command::Provision(command) => command.run(&mut session).await,
        Command::Ls(command) => command.run(&mut session).await,
        Command::Table(command) => command.run(&mut session).await,
        Command::Show(command) => command.run(&mut session).await,
        Command::Cat(command) => command.run(&mut session).await,
        Command::Add(command) => command.run(&mut session).await,
        Command::Rm(command) => command.run(&mut session).await,
        Command::Mv(command) => command.run(&mut session).await,
        Command::Cp(command) => command.run(&mut session).await,
        Command::Mkdir(command) => command.run(&mut session).await,
        Command::Mark(command) => command.run(&mut session).await,
        Command::Import(command) => command.run(&mut session).await,
        Command::Export(command) => command.run(&mut session).await,
        Command::Index(command) => command.run(&mut session),
        Command::Completions { .. }
        | Command::Invoke(_)
        | Command::Check(_)
        | Command::Top(_)
        | Command::New(_)
        | Command::Build(_)
        | Command::Doctor(_) => Ok(Exit::Done),
    };
    session.close().await;
    ended
}

/// The bytes of a file, or of stdin for `-`.
fn open_input(file: &std::path::Path) -> anyhow::Result<Box<dyn io::Read>> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    match std::fs::File::open(file) {
        Ok(opened) => Ok(Box::new(opened)),
        Err(error) => {
            Err(Complaint::usage(format!("cannot read `{}`", file.display())).because(error).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_wasmtime_named_is_the_one_that_is_built() {
        let manifest: toml::Table = include_str!("../Cargo.toml").parse().unwrap();
        let pinned = manifest["dependencies"]["wasmtime"]["version"].as_str().unwrap();
        assert_eq!(pinned, format!("={WASMTIME}"));
    }

    #[test]
    fn the_operators_file_and_a_backends_settings_are_two_options() {
        let parse = |arguments: &[&str]| Cli::try_parse_from(arguments);
        let cli =
            parse(&["mapistore", "--config", "/etc/m.toml", "backend", "add", "x.wasm", "--config", "a=b"]);
        assert_eq!(cli.unwrap().global.config.unwrap(), std::path::Path::new("/etc/m.toml"));
        assert!(parse(&["mapistore", "backend", "add", "x.wasm", "--config", "novalue"]).is_err());
        assert!(parse(&["mapistore", "ls", "--json", "x://y/", "--data-dir", "/d"]).is_ok());
    }
}
