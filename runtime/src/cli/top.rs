//! `top`: what another process holds for whom, and how that changes.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use mapistore::{Status, StatusError, Usage};

use super::Outcome;
use super::failure::{Complaint, Exit};
use super::output::{Output, Table};
use super::settings::Settings;

/// `top`.
#[derive(Args)]
pub(crate) struct Top {
    /// What a line is about.
    #[arg(long, value_enum, default_value_t = By::Owner)]
    by: By,
    /// Lines that are shown, of those that use most.
    #[arg(long, value_name = "LINES", default_value_t = 20)]
    limit: usize,
    /// Seconds between two looks.
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
    /// Look so many times; without a terminal once, unless this says otherwise.
    #[arg(long, value_name = "TIMES")]
    times: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Owner,
    Context,
}

/// One line: whose it is, and what was used.
struct Line {
    key: String,
    contexts: String,
    usage: Usage,
}

impl Top {
    pub(crate) fn run(self, settings: &Settings, out: &mut Output) -> Outcome {
        let forever = out.is_terminal() && !out.is_json();
        let times = self.times.unwrap_or(if forever { u64::MAX } else { 1 });
        let mut before: Option<(Instant, HashMap<String, u64>)> = None;
        for time in 0..times {
            if time > 0 {
                std::thread::sleep(Duration::from_secs(self.every));
            }
            let status = Status::ask(&settings.data_dir).map_err(explain)?;
            if out.is_json() {
                out.json(&status)?;
                continue;
            }
            let now = Instant::now();
            let lines = self.lines(&status);
            if forever && time > 0 {
                out.clear()?;
            }
            self.show(&status, &lines, before.as_ref().map(|(then, had)| (now - *then, had)), out)?;
            out.flush()?;
            before = Some((now, lines.into_iter().map(|line| (line.key, line.usage.processor_ns)).collect()));
        }
        Ok(Exit::Done)
    }

    fn lines(&self, status: &Status) -> Vec<Line> {
        match self.by {
            By::Owner => {
                let owners = status.occupancy.owners.iter().map(|owner| Line {
                    key: owner.owner.clone(),
                    contexts: format!("{}/{}", owner.awake, owner.contexts),
                    usage: owner.usage,
                });
                owners.collect()
            }
            By::Context => {
                let contexts = status.occupancy.contexts.iter().map(|context| Line {
                    key: format!("{} ({})", context.uri, context.username),
                    contexts: if context.awake { "awake" } else { "asleep" }.into(),
                    usage: context.usage,
                });
                contexts.collect()
            }
        }
    }

    fn show(
        &self,
        status: &Status,
        lines: &[Line],
        before: Option<(Duration, &HashMap<String, u64>)>,
        out: &mut Output,
    ) -> anyhow::Result<()> {
        out.line(&format!(
            "process {}: {} resident, {} contexts open, {} awake of at most {}, {} s of processor time",
            status.pid,
            size(status.resident_bytes),
            status.contexts_open,
            status.contexts_awake,
            status.contexts_awake_max,
            status.total.processor_time().as_secs(),
        ))?;
        let share = |line: &Line| {
            let (elapsed, had) = before?;
            let used = line.usage.processor_ns.saturating_sub(*had.get(&line.key)?);
            Some(format!("{:.1}", used as f64 / elapsed.as_nanos().max(1) as f64 * 100.0))
        };
        let (whose, contexts) = match self.by {
            By::Owner => ("OWNER", "AWAKE"),
            By::Context => ("CONTEXT", "STATE"),
        };
        let mut table = Table::new([
            "CPU%",
            "CPU",
            "MEMORY",
            contexts,
            "HANDLES",
            "CALLS",
            "HOST CALLS",
            "IN",
            "OUT",
            "LOG",
            whose,
        ]);
        let mut order: Vec<_> = lines.iter().map(|line| (share(line), line)).collect();
        let used = |share: &Option<String>| share.as_ref().and_then(|share| share.parse::<f64>().ok());
        order.sort_by(|(a, one), (b, other)| {
            let by_share = used(b).unwrap_or(0.0).total_cmp(&used(a).unwrap_or(0.0));
            by_share.then(other.usage.processor_ns.cmp(&one.usage.processor_ns))
        });
        for (share, line) in order.into_iter().take(self.limit) {
            let usage = &line.usage;
            table.row([
                share.unwrap_or_else(|| "-".into()),
                format!("{:.2} s", usage.processor_time().as_secs_f64()),
                size(usage.memory_bytes),
                line.contexts.clone(),
                usage.handles.to_string(),
                usage.calls.to_string(),
                usage.host_calls.to_string(),
                size(usage.bytes_in),
                size(usage.bytes_out),
                (usage.log_lines + usage.log_lines_dropped).to_string(),
                line.key.clone(),
            ]);
        }
        out.table(&table)
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..0x10_0000 => format!("{} KiB", bytes >> 10),
        0x10_0000..0x4000_0000 => format!("{} MiB", bytes >> 20),
        _ => format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30)),
    }
}

fn explain(error: StatusError) -> anyhow::Error {
    match error {
        StatusError::Nobody { ref path, .. } => {
            let text = format!("no process tells what it holds in `{}`", path.display());
            Complaint::refused(text)
                .because(error)
                .hint(
                    "`top` shows a process that runs: a server whose runtime has `status_socket`, or another \
                     `mapistore` command over the same data directory",
                )
                .into()
        }
        StatusError::Unreadable { .. } => error.into(),
    }
}
