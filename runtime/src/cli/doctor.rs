//! `doctor`: how many contexts this machine has room for, and what it has, and lacks, to build backends in each language.

use clap::Args;
use mapistore::authoring::{self, LANGUAGES, Language, Place, Probe, Tool};
use mapistore::machine::{Bound, Machine};
use serde_json::{Value, json};

use super::failure::Exit;
use super::output::{Output, Table};
use super::settings::{self, Settings};

/// See the module.
#[derive(Args)]
pub(crate) struct Doctor {
    /// Only these languages, and nothing of the machine.
    #[arg(value_name = "LANGUAGE")]
    languages: Vec<String>,
}

/// A tool, and what looking for it found.
struct Finding {
    language: &'static str,
    tool: Tool,
    probe: Probe,
}

impl Doctor {
    /// Refused if something is missing.
    pub(crate) fn run(self, settings: &Settings, out: &mut Output) -> super::Outcome {
        let languages = match self.languages.as_slice() {
            [] => LANGUAGES.to_vec(),
            names => names.iter().map(|name| authoring::language(name)).collect::<Result<_, _>>()?,
        };
        let place = settings::place(std::path::Path::new("."));
        let findings: Vec<_> = languages.iter().flat_map(|language| look(*language, &place)).collect();
        // A usual context has one directory: its owner's.
        let bounds = self.languages.is_empty().then(|| Machine::look().bounds(1));
        if out.is_json() {
            let tools: Vec<_> = findings.iter().map(Finding::document).collect();
            let bound = |bound: &Bound| json!({ "name": bound.name, "contexts": bound.contexts, "found": bound.found });
            let machine: Option<Vec<_>> = bounds.map(|bounds| bounds.iter().map(bound).collect());
            out.json(&json!({ "tools": tools, "machine": machine }))?;
        } else {
            if let Some(bounds) = &bounds {
                print_machine(bounds, settings.config.runtime.contexts_awake_max, out)?;
            }
            print(&languages, &findings, out)?;
        }
        let complete = findings.iter().all(|finding| matches!(finding.probe, Probe::Found(_)));
        Ok(if complete { Exit::Done } else { Exit::Refused })
    }
}

fn look(language: &dyn Language, place: &Place) -> Vec<Finding> {
    let one = |tool: Tool| Finding { language: language.name(), probe: tool.look(place), tool };
    language.tools().into_iter().map(one).collect()
}

impl Finding {
    fn state(&self) -> String {
        match &self.probe {
            Probe::Found(what) => what.clone(),
            Probe::Unfit(why) => format!("UNFIT: {why}"),
            Probe::Missing => "MISSING".into(),
        }
    }

    fn document(&self) -> Value {
        let (state, detail) = match &self.probe {
            Probe::Found(what) => ("found", Some(what)),
            Probe::Unfit(why) => ("unfit", Some(why)),
            Probe::Missing => ("missing", None),
        };
        json!({
            "language": self.language,
            "tool": self.tool.name,
            "purpose": self.tool.purpose,
            "state": state,
            "detail": detail,
            "install": self.tool.install,
            "otherwise": self.tool.otherwise,
        })
    }
}

/// The bounds of the machine, and the way out where one has room for fewer contexts than the settings want.
fn print_machine(bounds: &[Bound], wanted: u32, out: &mut Output) -> anyhow::Result<()> {
    let mut table = Table::new(["BOUND", "CONTEXTS", "FOUND"]);
    for bound in bounds {
        table.row([bound.name, &bound.contexts.to_string(), &bound.found]);
    }
    out.table(&table)?;
    for bound in bounds.iter().filter(|bound| bound.contexts < wanted) {
        let (name, fit) = (bound.name, bound.contexts);
        out.line(&format!(
            "`{name}` has room for {fit} of the {wanted} contexts of `contexts_awake_max`: {}",
            bound.advice
        ))?;
    }
    out.line("")
}

fn print(languages: &[&dyn Language], findings: &[Finding], out: &mut Output) -> anyhow::Result<()> {
    let mut table = Table::new(["LANGUAGE", "TOOL", "WHICH", "FOUND"]);
    for finding in findings {
        table.row([finding.language, finding.tool.name, finding.tool.purpose, &finding.state()]);
    }
    out.table(&table)?;
    for language in languages {
        let of_language = findings.iter().filter(|finding| finding.language == language.name());
        let missing = of_language.filter(|finding| !matches!(finding.probe, Probe::Found(_)));
        let commands = authoring::tool::install_commands(missing.map(|finding| &finding.tool));
        if commands.is_empty() {
            continue;
        }
        out.line("")?;
        out.line(&format!("for {}:", language.name()))?;
        for command in commands {
            out.line(&format!("  {command}"))?;
        }
    }
    Ok(())
}
