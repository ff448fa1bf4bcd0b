//! `invoke`: any function of a backend, called as it is written.

use clap::Args;
use mapistore::index::MemoryIndex;
use mapistore::keyvalue::MemoryKeyValue;
use mapistore::{Connection, Expression, ObjectPath, RegistrationProcess, RuntimeBuilder};
use serde_json::json;

use super::Outcome;
use super::backend::{Given, is_path, read_source};
use super::failure::{Complaint, Exit, Reporter};
use super::output::Output;
use super::session::{Session, Who};
use super::settings::Settings;

/// How an expression is written, below the help.
pub(crate) const EXAMPLES: &str = "\
EXPRESSION is `function(arguments)` in WAVE, or several with `;` between. A
function of the provider is named as it is; a method with its object, which
`--uri` or a call before it has opened:

  mapistore invoke maildir 'list-contexts(\"alice\")'
  mapistore invoke maildir --uri maildir://alice/INBOX/ \\
    'folder.get-child-count(contents)'
  mapistore invoke maildir --uri maildir://alice/INBOX/ \\
    'folder.open-table(contents); table.set-columns([0x0037001f]);
     table.query-rows(0, 10)'

Under a debugger, a backend that `build --debug` made is stopped by file and
line; docs/debugging-a-backend.md says what it shows:

  gdb -ex 'set breakpoint pending on' -ex 'break backend.c:40' -ex run \
    --args mapistore invoke --debug-guest notes.wasm 'describe()'";

/// See the module.
#[derive(Args)]
pub(crate) struct Invoke {
    /// A registered name, or a path: then nothing is registered or kept.
    backend: String,
    /// What to call.
    expression: String,
    #[command(flatten)]
    who: Who,
    /// The folder or message to call methods of; its context is `context`.
    #[arg(long)]
    uri: Option<String>,
    /// Compile the backend so that a native debugger of this process sees its source. Nothing of it is kept, `init` runs in
    /// the instance that is called, and no call is too late.
    #[arg(long)]
    debug_guest: bool,
    /// Tell the process's id, and wait for Enter before the backend is loaded: time to attach a debugger.
    #[arg(long, requires = "debug_guest")]
    wait: bool,
    #[command(flatten)]
    given: Given,
}

impl Invoke {
    pub(crate) async fn run(self, settings: Settings, reporter: &Reporter, out: &mut Output) -> Outcome {
        let expression = Expression::parse(&self.expression)?;
        if self.wait {
            wait_for_debugger(reporter)?;
        }
        if !is_path(&self.backend) {
            if !self.given.is_empty() {
                let complaint =
                    Complaint::usage(format!("`{}` is registered, with what it was given", self.backend));
                return Err(complaint.hint("`--config`, `--dir` and `--net` are for a file").into());
            }
            let kind = |builder: RuntimeBuilder| match self.debug_guest {
                true => builder.for_debugger(Some(&self.backend)),
                false => builder,
            };
            let session = Session::open_as(settings, kind, reporter, out)?;
            return self.evaluate(session, &self.backend, &expression).await;
        }
        let registration = self.given.registration(read_source(self.backend.as_ref())?, None)?;
        let kept_nowhere = tempfile::Builder::new().prefix("mapistore-invoke-").tempdir()?;
        let settings = Settings { data_dir: kept_nowhere.path().to_owned(), ..settings };
        let mut runtime = settings
            .runtime()?
            .index(std::sync::Arc::new(MemoryIndex::default()))
            .key_value(std::sync::Arc::new(MemoryKeyValue::default()));
        if self.debug_guest {
            // Here, so that the debugger of this process sees `init` as well.
            runtime = runtime.for_debugger(None).registration_process(RegistrationProcess::Own);
        }
        let runtime = runtime.open()?;
        let record = runtime.register(registration).await?;
        self.evaluate(Session::over(runtime, reporter, out), &record.name, &expression).await
    }

    async fn evaluate(&self, mut session: Session<'_>, backend: &str, expression: &Expression) -> Outcome {
        let record = session.runtime.backends().into_iter().find(|record| record.name == backend);
        if self.debug_guest && record.is_some_and(|record| !record.has_lines()) {
            session.reporter.note(
                "the backend has no debug information: a debugger sees no source. `mapistore build --debug` leaves it in",
            );
        }
        if expression.needs_object() && self.uri.is_none() {
            let complaint = Complaint::usage("a method needs an object to be called on");
            return Err(complaint.hint("name a folder or message with `--uri`").into());
        }
        let user = match &self.uri {
            Some(_) => Some(self.who.name()?),
            None => self.who.user.clone().or_else(|| expression.username()),
        };
        let path = match (&self.uri, &user) {
            (Some(uri), Some(user)) => Some(path(&mut session, user, uri).await?),
            _ => None,
        };
        let connection = user.as_deref().map(Connection::of);
        let invocation = session.runtime.invoke(backend, connection, path, expression).await?;
        if session.out.is_json() {
            let calls: Vec<_> = invocation
                .done
                .iter()
                .map(|call| json!({ "function": call.function, "result": call.json }))
                .collect();
            session.out.json(&json!({ "calls": calls }))?;
        } else {
            for call in invocation.done.iter().filter(|call| !call.wave.is_empty()) {
                session.out.line(&call.wave)?;
            }
        }
        invocation.ended?;
        let refused = invocation.done.iter().any(|call| call.is_error);
        Ok(if refused { Exit::Refused } else { Exit::Done })
    }
}

/// Tells how to attach a debugger, and waits until whoever did it says so.
fn wait_for_debugger(reporter: &Reporter) -> anyhow::Result<()> {
    // Where only parents may attach (`kernel.yama.ptrace_scope`), anybody of this account may now. Other systems need no leave.
    let _ = rustix::process::set_ptracer(rustix::process::PTracer::Any);
    let pid = std::process::id();
    reporter.note(&format!(
        "process {pid} waits: attach with `gdb -p {pid}`, set breakpoints, continue, and press Enter here"
    ));
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// The way to an object. What was opened to find it is closed again: the calls have an instance of their own.
async fn path(session: &mut Session<'_>, user: &str, uri: &str) -> anyhow::Result<ObjectPath> {
    let place = session.locate(user, uri).await?;
    let path = ObjectPath {
        root: place.context.uri().to_owned(),
        folders: place.path.clone(),
        message: place.message,
    };
    drop(place);
    session.close().await;
    Ok(path)
}
