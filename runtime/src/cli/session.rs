//! What a command works with: the runtime, the output, and the contexts that it opened.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use mapistore::types::ContextEntry;
use mapistore::{Connection, Context, Runtime, RuntimeBuilder};

use super::failure::{Complaint, Exit, Reporter};
use super::output::Output;
use super::settings::{self, Settings};

/// Whose mailbox it is.
#[derive(Args)]
pub(crate) struct Who {
    /// The owner of the mailbox [default: $USER].
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
}

impl Who {
    /// # Errors
    /// Nobody was named, and `USER` names nobody.
    pub(crate) fn name(&self) -> Result<String, Complaint> {
        self.user
            .clone()
            .or_else(settings::current_user)
            .ok_or_else(|| Complaint::usage("it is not said whose mailbox it is").hint("add `--user USER`"))
    }
}

/// See the module.
pub(crate) struct Session<'a> {
    pub(crate) runtime: Runtime,
    pub(crate) reporter: &'a Reporter,
    pub(crate) out: &'a mut Output,
    /// Where the runtime keeps its data; empty for a runtime that keeps none.
    pub(crate) data_dir: PathBuf,
    /// The roots by user and backend, once they were asked for.
    roots: HashMap<(String, String), Vec<ContextEntry>>,
    /// One reference to each context that was opened: they stay open until the end of the command.
    contexts: Vec<Context>,
}

impl<'a> Session<'a> {
    /// Opens the runtime, and warns of backends that could not be loaded.
    pub(crate) fn open(
        settings: Settings,
        reporter: &'a Reporter,
        out: &'a mut Output,
    ) -> anyhow::Result<Self> {
        Self::open_as(settings, |builder| builder, reporter, out)
    }

    /// The same with a runtime of another kind.
    pub(crate) fn open_as(
        settings: Settings,
        kind: impl FnOnce(RuntimeBuilder) -> RuntimeBuilder,
        reporter: &'a Reporter,
        out: &'a mut Output,
    ) -> anyhow::Result<Self> {
        let data_dir = settings.data_dir.clone();
        let runtime = kind(settings.runtime()?).open()?;
        Ok(Self { data_dir, ..Self::over(runtime, reporter, out) })
    }

    /// A session over a runtime that is open already.
    pub(crate) fn over(runtime: Runtime, reporter: &'a Reporter, out: &'a mut Output) -> Self {
        let backends = runtime.backends();
        let known = backends.iter().map(|record| (record.name.clone(), record.namespace.clone()));
        reporter.know(known.collect());
        for failure in runtime.load_failures() {
            let mut text = format!("the backend `{}` could not be loaded: {}", failure.name, failure.error);
            let mut cause = std::error::Error::source(&failure.error);
            while let Some(link) = cause {
                text.push_str(&format!(": {link}"));
                cause = link.source();
            }
            reporter.warn(&anyhow::Error::msg(text));
        }
        let (data_dir, roots, contexts) = (PathBuf::new(), HashMap::new(), Vec::new());
        Self { runtime, reporter, out, data_dir, roots, contexts }
    }

    /// The roots that the backend of a URI's namespace has for a user; none if there is no such backend.
    ///
    /// # Errors
    /// The backend does not list them.
    pub(crate) async fn roots(&mut self, user: &str, uri: &str) -> anyhow::Result<Vec<ContextEntry>> {
        let namespace = uri.split_once("://").map_or("", |(namespace, _)| namespace);
        let backends = self.runtime.backends();
        let Some(backend) = backends.iter().find(|record| record.namespace == namespace) else {
            return Ok(Vec::new());
        };
        let key = (user.to_owned(), backend.name.clone());
        if let Some(roots) = self.roots.get(&key) {
            return Ok(roots.clone());
        }
        let roots = self.runtime.list_contexts_of(&backend.name, user).await?.contexts?;
        self.roots.insert(key, roots.clone());
        Ok(roots)
    }

    /// The context of a user's root, opened once.
    pub(crate) async fn context(&mut self, user: &str, root: &str) -> anyhow::Result<Context> {
        let known = self.contexts.iter().find(|open| open.uri() == root && open.connection().owner == user);
        if let Some(context) = known {
            return Ok(context.clone());
        }
        let context = self.runtime.open_context(&Connection::of(user), root).await?;
        self.contexts.push(context.clone());
        Ok(context)
    }

    /// Reports an error that does not stop the command, and remembers the worst exit code.
    pub(crate) fn refuse(&self, worst: &mut Exit, error: &anyhow::Error) {
        *worst = (*worst).max(self.reporter.report(error));
    }

    /// Closes what is open: destructors run, and with `-v` it is told what came back.
    pub(crate) async fn close(&mut self) {
        for context in std::mem::take(&mut self.contexts) {
            let uri = context.uri().to_owned();
            let Some(closed) = context.close().await else { continue };
            if self.reporter.is_verbose() {
                let (kib, handles) = (closed.memory_bytes / 1024, closed.handles);
                self.reporter
                    .note(&format!("closed `{uri}`: {kib} KiB of memory and {handles} handles came back"));
            }
        }
    }
}
