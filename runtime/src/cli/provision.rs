//! `provision`: a user's folders, as a server sees them at logon.

use clap::Args;
use mapistore::CallError;
use mapistore::mailbox::{
    Change, FolderType, Ignored, Language, Slot, Unanswered, Uninitialised, What, role_name,
};
use mapistore::types::Role;
use serde_json::{Value, json};

use super::Outcome;
use super::failure::{Complaint, Exit};
use super::output::Table;
use super::session::{Session, Who};

/// `provision`.
#[derive(Args)]
pub(crate) struct Provision {
    #[command(flatten)]
    who: Who,
    /// What folders are named in: a tag such as `de-AT`, or a Windows locale id such as `0x0407`. English, German, French
    /// and Spanish are known; anything else is English [default: what they are named in].
    #[arg(long, value_name = "LOCALE")]
    locale: Option<String>,
    /// Only say what would change.
    #[arg(long)]
    dry_run: bool,
}

/// A folder, as it is printed.
struct Line {
    id: Option<String>,
    slot: Option<Slot>,
    role: Option<Role>,
    class: Option<&'static str>,
    kind: FolderType,
    name: String,
    uri: Option<String>,
}

/// What one run has to say.
struct Report {
    language: Language,
    lines: Vec<Line>,
    changes: Vec<Change>,
    ignored: Vec<Ignored>,
    unanswered: Vec<Unanswered>,
    uninitialised: Vec<Uninitialised>,
}

impl Provision {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let user = self.who.name()?;
        let language = self.locale.as_deref().map(Language::of_locale);
        let report = match self.dry_run {
            true => planned(session, &user, language).await?,
            false => provisioned(session, &user, language).await?,
        };
        if session.out.is_json() {
            let document = report.json(&user, self.dry_run);
            session.out.json(&document)?;
        } else {
            report.print(session, self.dry_run)?;
        }
        Ok(report.refuse(session))
    }
}

async fn planned(session: &Session<'_>, user: &str, language: Option<Language>) -> anyhow::Result<Report> {
    let plan = session.runtime.plan_provision(user, language).await?;
    let lines = plan.folders.into_iter().map(|folder| Line {
        id: folder.id.map(|id| id.to_string()),
        class: folder.container_class(),
        kind: folder.folder_type(),
        slot: folder.slot,
        role: folder.role,
        name: folder.name,
        uri: folder.uri,
    });
    Ok(Report {
        language: plan.language,
        lines: lines.collect(),
        changes: plan.changes,
        ignored: plan.ignored,
        unanswered: plan.unanswered,
        uninitialised: Vec::new(),
    })
}

async fn provisioned(
    session: &Session<'_>,
    user: &str,
    language: Option<Language>,
) -> anyhow::Result<Report> {
    let done = session.runtime.provision(user, language).await?;
    let lines = done.mailbox.folders.into_iter().map(|folder| Line {
        id: Some(folder.id.to_string()),
        class: folder.container_class(),
        kind: folder.folder_type(),
        slot: folder.slot,
        role: folder.role,
        name: folder.name,
        uri: folder.uri,
    });
    Ok(Report {
        language: done.mailbox.language,
        lines: lines.collect(),
        changes: done.changes,
        ignored: done.ignored,
        unanswered: done.unanswered,
        uninitialised: done.uninitialised,
    })
}

impl Report {
    fn json(&self, user: &str, dry_run: bool) -> Value {
        let folder = |line: &Line| {
            json!({
                "id": line.id,
                "slot": line.slot.map(Slot::name),
                "parent": line.parent().map(Slot::name),
                "role": line.role.map(role_name),
                "container_class": line.class,
                "type": type_name(line.kind),
                "name": line.name,
                "uri": line.uri,
            })
        };
        let change = |change: &Change| {
            let (from, to) = match &change.what {
                What::Renamed { from } => (Some(from), None),
                What::Reassigned { from, to } => (Some(from), Some(to)),
                What::Created | What::Unmounted => (None, None),
            };
            json!({
                "change": what_name(&change.what),
                "id": change.id.map(|id| id.to_string()),
                "name": change.name,
                "uri": change.uri,
                "from": from,
                "to": to,
            })
        };
        json!({
            "user": user,
            "dry_run": dry_run,
            "language": self.language.tag(),
            "folders": self.lines.iter().map(folder).collect::<Vec<_>>(),
            "changes": self.changes.iter().map(change).collect::<Vec<_>>(),
            "ignored": self.ignored.iter().map(|ignored| json!({
                "backend": ignored.backend, "uri": ignored.uri, "reason": ignored.reason,
            })).collect::<Vec<_>>(),
            "unanswered": self.unanswered.iter().map(|unanswered| json!({
                "backend": unanswered.backend, "error": chain(&unanswered.error),
            })).collect::<Vec<_>>(),
            "uninitialised": self.uninitialised.iter().map(|failed| json!({
                "id": failed.id.to_string(),
                "uri": failed.uri,
                "error": failed.error.as_ref().map(chain),
            })).collect::<Vec<_>>(),
        })
    }

    fn print(&self, session: &mut Session<'_>, dry_run: bool) -> anyhow::Result<()> {
        let mut table = Table::new(["FOLDER", "CLASS", "ID", "URI"]);
        self.add_rows(&mut table, None, 0);
        session.out.table(&table)?;
        session.out.line("")?;
        let would = if dry_run { "would be " } else { "" };
        if self.changes.is_empty() {
            return session.out.line(if dry_run { "nothing would change" } else { "nothing changed" });
        }
        for change in &self.changes {
            let at = change.uri.as_deref().map(|uri| format!("  {uri}")).unwrap_or_default();
            let more = match &change.what {
                What::Renamed { from } => format!(" from `{from}`"),
                What::Reassigned { from, to } => format!(" from {from} to {to}"),
                What::Created | What::Unmounted => String::new(),
            };
            let what = what_name(&change.what);
            session.out.line(&format!("`{}` {would}{what}{more}{at}", change.name))?;
        }
        Ok(())
    }

    /// The folders in one, each followed by those in it.
    fn add_rows(&self, table: &mut Table, parent: Option<Slot>, depth: usize) {
        for line in self.lines.iter().filter(|line| line.parent() == parent) {
            let name = format!("{}{}", "  ".repeat(depth), line.name);
            let id = line.id.as_deref().unwrap_or("new");
            table.row([&name, line.class.unwrap_or_default(), id, line.uri.as_deref().unwrap_or_default()]);
            if line.slot.is_some() {
                self.add_rows(table, line.slot, depth + 1);
            }
        }
    }

    /// Tells what did not go as it should. The mailbox is there in any case.
    fn refuse(self, session: &Session<'_>) -> Exit {
        let mut worst = Exit::Done;
        for Ignored { backend, uri, reason } in self.ignored {
            let text = format!("`{uri}` of the backend `{backend}` is not mounted: {reason}");
            session.reporter.warn(&anyhow::Error::msg(text));
        }
        for Unanswered { backend, error } in self.unanswered {
            let text =
                format!("the backend `{backend}` did not list its contexts; what it has stays mounted");
            session.refuse(&mut worst, &Complaint::refused(text).because(error).into());
        }
        for Uninitialised { uri, error, .. } in self.uninitialised {
            let text = format!("`{uri}` was not opened; the next run tries again");
            let complaint = Complaint::refused(text);
            let complaint = match error {
                Some(error) => complaint.because(error),
                None => complaint.because("its backend failed, or took too long, before"),
            };
            session.refuse(&mut worst, &complaint.into());
        }
        worst
    }
}

impl Line {
    fn parent(&self) -> Option<Slot> {
        self.slot.map_or(Some(Slot::IpmSubtree), Slot::parent)
    }
}

/// An error and what it comes from.
fn chain(error: &CallError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(link) = cause {
        text.push_str(&format!(": {link}"));
        cause = link.source();
    }
    text
}

fn what_name(what: &What) -> &'static str {
    match what {
        What::Created => "created",
        What::Unmounted => "unmounted",
        What::Renamed { .. } => "renamed",
        What::Reassigned { .. } => "reassigned",
    }
}

fn type_name(kind: FolderType) -> &'static str {
    match kind {
        FolderType::Root => "root",
        FolderType::Generic => "generic",
        FolderType::Search => "search",
    }
}
