//! `check`: the conformance kit against any backend. What it found goes to stdout, as lines, as JSON or as JUnit XML.

mod junit;

use std::path::PathBuf;

use clap::Args;
use mapistore::Access;
use mapistore::conformance::{Finding, Kit, Outcome, Plan, RandomReport, Report, Script};
use serde_json::{Value, json};

use super::backend::{is_path, parse_setting, read_source};
use super::failure::{Complaint, Exit, Reporter};
use super::output::{Output, Table};
use super::settings::Settings;

/// See the module.
#[derive(Args)]
pub(crate) struct Check {
    /// A component, a folder with `backend.toml`, or the name of a registered backend.
    #[arg(value_name = "PATH")]
    backend: String,
    /// Only these behaviours (`FO-02`) and areas (`TA`).
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    only: Vec<String>,
    /// Write a JUnit report as well.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Instead of the behaviours, make so many random operations, and compare with a model.
    #[arg(long, value_name = "N", conflicts_with_all = ["only", "junit", "script"])]
    operations: Option<usize>,
    /// Where the random operations begin; the same number makes the same ones [default: 1; with it alone, 10000
    /// operations].
    #[arg(long, value_name = "N", conflicts_with_all = ["only", "junit", "script"])]
    seed: Option<u64>,
    /// Instead of random operations, make these: what a run with a difference printed.
    #[arg(long, value_name = "STEPS", conflicts_with_all = ["only", "junit"])]
    script: Option<Script>,
    /// A setting for its `init`.
    #[arg(long = "config", id = "setting", value_name = "KEY=VALUE", value_parser = parse_setting)]
    settings: Vec<(String, String)>,
    /// For a component without `backend.toml`: an empty directory for each owner, which it sees as GUEST.
    #[arg(long = "dir", value_name = "GUEST[:ro]", value_parser = parse_guest)]
    directories: Vec<(String, Access)>,
}

/// `GUEST` or `GUEST:ro`.
fn parse_guest(text: &str) -> Result<(String, Access), String> {
    let (guest, access) = match text.strip_suffix(":ro") {
        Some(guest) => (guest, Access::ReadOnly),
        None => (text, Access::ReadWrite),
    };
    if guest.starts_with('/') && !guest.contains("::") {
        return Ok((guest.to_owned(), access));
    }
    Err(format!("the guest's path `{guest}` has to begin with `/`; what it gets there is an empty directory"))
}

impl Check {
    /// Works in a directory of its own: nothing of the data directory is changed.
    pub(crate) fn run(self, settings: &Settings, reporter: &Reporter, out: &mut Output) -> super::Outcome {
        let (kit, has_directories) = self.kit(settings)?;
        if let Some(script) = &self.script {
            return self.tell(&kit.play(script), out);
        }
        if self.seed.is_some() || self.operations.is_some() {
            let report = kit.random(self.seed.unwrap_or(1), self.operations.unwrap_or(10_000));
            return self.tell(&report, out);
        }
        let report = kit.run(&Plan { only: self.only.clone(), threads: 0 })?;
        if let Some(file) = &self.junit {
            std::fs::write(file, junit::document(&report)?).map_err(|error| {
                Complaint::usage(format!("cannot write `{}`", file.display())).because(error)
            })?;
        }
        if out.is_json() {
            out.json(&document(&report))?;
        } else {
            print(&report, reporter.is_verbose(), out)?;
        }
        if !has_directories && report.failures().next().is_some() {
            reporter.note(
                "it was checked as a bare component, which has no directory; if it needs one, check the folder with its \
                 `backend.toml`, or add `--dir GUEST`, such as `--dir /mail`",
            );
        }
        Ok(exit(&report))
    }

    /// Tells how a random run ended.
    fn tell(&self, report: &RandomReport, out: &mut Output) -> super::Outcome {
        let command = report.difference.as_ref().map(|difference| self.command(&difference.script));
        if out.is_json() {
            let difference = report.difference.as_ref().map(|difference| {
                json!({
                    "script": difference.script.to_string(),
                    "command": command,
                    "problem": difference.problem,
                    "by_host": difference.by_host,
                    "calls": difference.calls,
                })
            });
            out.json(&json!({
                "seed": report.seed,
                "operations": report.operations,
                "difference": difference,
                "not_claimed": report.not_claimed,
            }))?;
        } else if let Some(reason) = &report.not_claimed {
            out.line(&format!(
                "{} operations, and then there was nothing to compare: {reason}",
                report.operations
            ))?;
        } else if let Some(difference) = &report.difference {
            out.line(&format!("a difference: {}", difference.problem))?;
            for call in &difference.calls {
                out.line(&format!("    {call}"))?;
            }
            out.line("shown by the shortest script that was found; run it again with")?;
            out.line(&format!("  {}", command.unwrap_or_default()))?;
        } else {
            let seed = report.seed.map(|seed| format!(", seed {seed}")).unwrap_or_default();
            out.line(&format!("{} operations{seed}: no difference", report.operations))?;
        }
        Ok(match &report.difference {
            None => Exit::Done,
            Some(difference) if difference.by_host => Exit::Host,
            Some(_) => Exit::Refused,
        })
    }

    /// The command line that plays a script again.
    fn command(&self, script: &Script) -> String {
        let mut command = format!("mapistore check {}", quoted(&self.backend));
        for (key, value) in &self.settings {
            command.push_str(&format!(" --config {}", quoted(&format!("{key}={value}"))));
        }
        for (guest, access) in &self.directories {
            let access = if *access == Access::ReadOnly { ":ro" } else { "" };
            command.push_str(&format!(" --dir {}", quoted(&format!("{guest}{access}"))));
        }
        format!("{command} --script '{script}'")
    }

    /// The backend on the bench, and whether somebody said which directories it is to have.
    fn kit(&self, settings: &Settings) -> anyhow::Result<(Kit, bool)> {
        if is_path(&self.backend) || std::path::Path::new(&self.backend).is_dir() {
            let source = read_source(self.backend.as_ref())?;
            let has_manifest = source.has_manifest();
            if has_manifest && !self.directories.is_empty() {
                let text = format!("the `backend.toml` of `{}` says which directories it has", self.backend);
                return Err(Complaint::usage(text).hint("`--dir` is for a component without one").into());
            }
            let config = self.settings.iter().cloned().collect();
            let kit = Kit::register(source, config, &self.directories)?;
            return Ok((kit, has_manifest || !self.directories.is_empty()));
        }
        if !self.settings.is_empty() || !self.directories.is_empty() {
            let text = format!("`{}` is registered, with what it was given then", self.backend);
            return Err(Complaint::usage(text).hint("`--config` and `--dir` are for a file").into());
        }
        Ok((Kit::copy(&settings.data_dir, &self.backend)?, true))
    }
}

/// 1 if the backend failed, 3 if only the host did.
fn exit(report: &Report) -> Exit {
    let broken = report.count(|outcome| matches!(outcome, Outcome::BrokenByHost(_))) > 0;
    match report.failures().next() {
        Some(_) => Exit::Refused,
        None if broken => Exit::Host,
        None => Exit::Done,
    }
}

/// The outcome as one word or two, and why.
fn words(finding: &Finding) -> (&'static str, &str) {
    match &finding.outcome {
        Outcome::Passed => ("passed", ""),
        Outcome::Failed(problem) => ("FAILED", problem),
        Outcome::NotClaimed(reason) => ("not claimed", reason),
        Outcome::BrokenByHost(problem) => ("BROKEN by the host", problem),
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// What each area is about.
fn title(area: &str) -> &'static str {
    match area {
        "LC" => "Lifecycle",
        "FO" => "Folders",
        "ME" => "Messages",
        "AT" => "Attachments",
        "TA" => "Tables",
        "SY" => "Changes and deletions",
        "PE" => "Permissions",
        "NP" => "Named properties",
        "NO" => "Notifications",
        "FA" => "Faults",
        "RA" => "Random operations",
        _ => "Others",
    }
}

fn print(report: &Report, all_calls: bool, out: &mut Output) -> anyhow::Result<()> {
    for area in report.findings.chunk_by(|a, b| a.behaviour.area() == b.behaviour.area()) {
        let name = area.first().map_or("", |finding| finding.behaviour.area());
        out.line(&format!("{name}  {}", title(name)))?;
        let mut table = Table::new([""; 0]);
        for finding in area {
            let by_host = if finding.by_host { ", by the host" } else { "" };
            let (word, _) = words(finding);
            table.row([
                finding.behaviour.id.to_owned(),
                format!("{word}{by_host}"),
                finding.behaviour.sentence.to_owned(),
            ]);
        }
        out.table(&table)?;
        out.line("")?;
    }
    for finding in &report.findings {
        let (word, reason) = words(finding);
        let is_bad = matches!(finding.outcome, Outcome::Failed(_) | Outcome::BrokenByHost(_));
        if is_bad || all_calls {
            out.line(&format!("{} {word}: {}", finding.behaviour.id, finding.behaviour.sentence))?;
            if !reason.is_empty() {
                out.line(&format!("  {reason}"))?;
            }
            for call in &finding.calls {
                out.line(&format!("    {call}"))?;
            }
            out.line("")?;
        }
    }
    out.line(&summary(report))
}

fn summary(report: &Report) -> String {
    let count = |way: fn(&Outcome) -> bool| report.count(way);
    let mut parts = vec![
        format!("{} passed", count(|outcome| matches!(outcome, Outcome::Passed))),
        format!("{} failed", count(|outcome| matches!(outcome, Outcome::Failed(_)))),
        format!("{} not claimed", count(|outcome| matches!(outcome, Outcome::NotClaimed(_)))),
    ];
    let broken = count(|outcome| matches!(outcome, Outcome::BrokenByHost(_)));
    if broken > 0 {
        parts.push(format!("{broken} broken by the host"));
    }
    let by_host = report
        .findings
        .iter()
        .filter(|finding| finding.by_host && finding.outcome == Outcome::Passed)
        .count();
    if by_host > 0 {
        parts.push(format!("{by_host} of those passed by the host"));
    }
    format!("{}: {}", report.backend, parts.join(", "))
}

fn document(report: &Report) -> Value {
    let behaviours: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            let (outcome, reason) = match &finding.outcome {
                Outcome::Passed => ("passed", None),
                Outcome::Failed(problem) => ("failed", Some(problem)),
                Outcome::NotClaimed(reason) => ("not-claimed", Some(reason)),
                Outcome::BrokenByHost(problem) => ("broken-by-host", Some(problem)),
            };
            json!({
                "id": finding.behaviour.id,
                "sentence": finding.behaviour.sentence,
                "outcome": outcome,
                "reason": reason,
                "by_host": finding.by_host,
                "seconds": finding.took.as_secs_f64(),
                "calls": finding.calls,
            })
        })
        .collect();
    json!({ "backend": report.backend, "behaviours": behaviours })
}
