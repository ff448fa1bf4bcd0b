//! `import` and `export`: many messages at once, with a count of what was refused and why.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mapistore::bulk::{self, BulkReport, ExportFormat, ImportJournal, ImportSource, MboxFormat};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Outcome;
use super::failure::{Complaint, Exit};
use super::output::Table;
use super::session::{Session, Who};

/// What takes less shows no progress.
const QUIET: Duration = Duration::from_secs(1);

/// `import`.
#[derive(Args)]
pub(crate) struct Import {
    /// The folder.
    uri: String,
    /// An mbox, .eml, .ics or .vcf file, a Maildir, or a directory of these at any depth.
    #[arg(value_name = "FILE-OR-DIR")]
    path: PathBuf,
    #[command(flatten)]
    who: Who,
    /// The mbox files quote `From ` only (mboxo): a `>>From ` stays as it is.
    #[arg(long)]
    mboxo: bool,
    /// What was imported, for the next run [default: a file for this source and folder in the data directory].
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Forget what earlier runs imported, and import all of it once more.
    #[arg(long)]
    again: bool,
}

/// `export`.
#[derive(Args)]
pub(crate) struct Export {
    /// The folder.
    uri: String,
    /// The directory, made if it is not there.
    dir: PathBuf,
    #[command(flatten)]
    who: Who,
    /// One file for each message, or one mbox.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    /// `MID.eml`, `MID.ics` or `MID.vcf`, byte for byte.
    #[default]
    Files,
    /// `messages.mbox`, as mboxrd: byte for byte, but for the end of a last line that has none.
    Mbox,
}

impl Import {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let user = self.who.name()?;
        let place = session.locate_folder(&user, &self.uri).await?;
        let unreadable =
            |error| Complaint::usage(format!("cannot read `{}`", self.path.display())).because(error);
        let path = std::fs::canonicalize(&self.path).map_err(unreadable)?;
        let format = if self.mboxo { MboxFormat::O } else { MboxFormat::Rd };
        let source = ImportSource::open(&path, format).map_err(unreadable)?;
        let target = format!("{user} {}", place.folder_uri);
        let journal_path = match &self.journal {
            Some(path) => path.clone(),
            None => default_journal(&session.data_dir, &target, &path)?,
        };
        if self.again
            && let Err(error) = std::fs::remove_file(&journal_path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            let text = format!("cannot remove `{}`", journal_path.display());
            return Err(Complaint::usage(text).because(error).into());
        }
        let mut journal = ImportJournal::open(&journal_path, &target)?;
        let progress = Progress::new();
        let report =
            bulk::import(&place.folder, source, &mut journal, |report| progress.show(report, None)).await?;
        progress.end();
        tell(session, "imported", &report)
    }
}

impl Export {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let user = self.who.name()?;
        let place = session.locate_folder(&user, &self.uri).await?;
        let format = match self.format {
            Format::Files => ExportFormat::Files,
            Format::Mbox => ExportFormat::Mbox,
        };
        let progress = Progress::new();
        let shown = |report: &BulkReport, total| progress.show(report, Some(total));
        let report = bulk::export(&place.folder, &self.dir, format, shown).await?;
        progress.end();
        tell(session, "exported", &report)
    }
}

/// One journal for each source, user and folder.
fn default_journal(data_dir: &Path, target: &str, source: &Path) -> anyhow::Result<PathBuf> {
    let dir = data_dir.join("imports");
    std::fs::create_dir_all(&dir)
        .map_err(|error| Complaint::usage(format!("cannot make `{}`", dir.display())).because(error))?;
    let digest = Sha256::new()
        .chain_update(target)
        .chain_update([0])
        .chain_update(source.as_os_str().as_encoded_bytes())
        .finalize();
    Ok(dir.join(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>()))
}

/// Prints what was done, and why what was not was not.
fn tell(session: &mut Session<'_>, what: &str, report: &BulkReport) -> Outcome {
    if session.out.is_json() {
        let refusals = report.refusals.iter();
        let refusals: Vec<_> =
            refusals.map(|(origin, reason)| json!({ "origin": origin, "reason": reason })).collect();
        session.out.json(&json!({
            what: report.done,
            "already_there": report.already,
            "bytes": report.bytes,
            "refused": report.refused,
            "refusals": refusals,
        }))?;
    } else {
        let (done, already, bytes) = (report.done, report.already, report.bytes);
        session.out.line(&format!("{what} {done} ({bytes} bytes), already there {already}"))?;
        let mut table = Table::new(["REFUSED", "REASON"]);
        for (reason, count) in &report.refused {
            table.row([count.to_string(), reason.clone()]);
        }
        session.out.table(&table)?;
        for (origin, reason) in &report.refusals {
            session.reporter.warn(&anyhow::Error::msg(format!("`{origin}` was not {what}: {reason}")));
        }
    }
    Ok(if report.refused_count() == 0 { Exit::Done } else { Exit::Refused })
}

/// A bar on stderr, where that is a terminal, for what takes long.
struct Progress {
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    fn new() -> Self {
        // Draws nothing where stderr is no terminal.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Self { bar, started: Instant::now() }
    }

    fn show(&self, report: &BulkReport, total: Option<u64>) {
        if self.started.elapsed() < QUIET {
            return;
        }
        if self.bar.is_hidden() {
            let template = if total.is_some() {
                "{wide_bar} {pos}/{len} {msg} {eta}"
            } else {
                "{spinner} {pos} {per_sec} {msg}"
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style);
            }
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if let Some(total) = total {
            self.bar.set_length(total);
        }
        let refused = report.refused_count();
        self.bar.set_position(report.done + report.already + refused);
        if refused > 0 {
            self.bar.set_message(format!("{refused} refused"));
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
