//! `invoke`: any function of a backend, called as it is written.

use clap::Args;
use mapistore::index::MemoryIndex;
use mapistore::keyvalue::MemoryKeyValue;
use mapistore::{Connection, Expression, ObjectPath};
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
     table.query-rows(0, 10)'";

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
    #[command(flatten)]
    given: Given,
}

impl Invoke {
    pub(crate) async fn run(self, settings: Settings, reporter: &Reporter, out: &mut Output) -> Outcome {
        let expression = Expression::parse(&self.expression)?;
        if !is_path(&self.backend) {
            if !self.given.is_empty() {
                let complaint =
                    Complaint::usage(format!("`{}` is registered, with what it was given", self.backend));
                return Err(complaint.hint("`--config`, `--dir` and `--net` are for a file").into());
            }
            let session = Session::open(settings, reporter, out)?;
            return self.evaluate(session, &self.backend, &expression).await;
        }
        let registration = self.given.registration(read_source(self.backend.as_ref())?, None)?;
        let kept_nowhere = tempfile::Builder::new().prefix("mapistore-invoke-").tempdir()?;
        let settings = Settings { data_dir: kept_nowhere.path().to_owned(), ..settings };
        let runtime = settings
            .runtime()?
            .index(std::sync::Arc::new(MemoryIndex::default()))
            .key_value(std::sync::Arc::new(MemoryKeyValue::default()))
            .open()?;
        let record = runtime.register(registration).await?;
        self.evaluate(Session::over(runtime, reporter, out), &record.name, &expression).await
    }

    async fn evaluate(&self, mut session: Session<'_>, backend: &str, expression: &Expression) -> Outcome {
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
