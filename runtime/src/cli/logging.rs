//! What is logged, and where to: `MAPISTORE_LOG`, `-v`.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Context, Filter, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry};

use super::failure::Complaint;

/// The target of what backends say, and of what is said about them.
const BACKEND: &str = "backend";

/// How the filter is written, below the help.
pub(crate) const HELP: &str = "\
MAPISTORE_LOG says what is logged, as RUST_LOG does for Rust programs, and wins
over `-v`: a level (off, error, warn, info, debug, trace), and levels of modules
and of backends:

  MAPISTORE_LOG=warn,backend=info              what every backend says
  MAPISTORE_LOG=warn,backend.maildir=debug     what `maildir` says
  MAPISTORE_LOG=info,mapistore::network=trace  a module of the host";

/// What the host itself logs, and what each backend may.
struct Directives {
    host: EnvFilter,
    backends: Backends,
}

/// Levels of backends.
#[derive(Debug, PartialEq, Eq)]
struct Backends {
    others: LevelFilter,
    named: BTreeMap<String, LevelFilter>,
}

impl Directives {
    /// # Errors
    /// A part of the text is no directive.
    fn parse(text: &str) -> Result<Self, Complaint> {
        let invalid = |part: &str, problem: String| {
            Complaint::usage(format!("`{part}` in MAPISTORE_LOG is no directive: {problem}")).hint(
                "write a level, `MODULE=LEVEL`, `backend=LEVEL` or `backend.NAME=LEVEL`, with commas between",
            )
        };
        let mut host = Vec::new();
        let mut named = BTreeMap::new();
        let (mut general, mut others) = (LevelFilter::OFF, None);
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (target, level) = part.rsplit_once('=').unwrap_or(("", part));
            let of_backend = target == BACKEND || target.starts_with("backend.");
            if of_backend || target.is_empty() {
                // The library takes nothing for `error`.
                let known = (!level.is_empty()).then(|| level.parse::<LevelFilter>().ok()).flatten();
                let level = known.ok_or_else(|| invalid(part, format!("`{level}` is no level")))?;
                match target.strip_prefix("backend.") {
                    Some(name) => drop(named.insert(name.to_owned(), level)),
                    None if of_backend => others = Some(level),
                    None => general = level,
                }
            }
            if !of_backend {
                host.push(part);
            }
        }
        let host = EnvFilter::builder()
            .with_default_directive(LevelFilter::OFF.into())
            .parse(host.join(","))
            .map_err(|error| invalid(text, error.to_string()))?;
        Ok(Self { host, backends: Backends { others: others.unwrap_or(general), named } })
    }
}

impl Backends {
    fn most(&self) -> LevelFilter {
        self.named.values().copied().fold(self.others, LevelFilter::max)
    }

    fn of(&self, backend: &str) -> LevelFilter {
        self.named.get(backend).copied().unwrap_or(self.others)
    }
}

/// Finds the backend that an event is about.
#[derive(Default)]
struct Named(String);

impl Visit for Named {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == BACKEND {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl Filter<Registry> for Directives {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, Registry>) -> bool {
        if metadata.target() == BACKEND {
            return *metadata.level() <= self.backends.most();
        }
        Filter::<Registry>::enabled(&self.host, metadata, context)
    }

    fn event_enabled(&self, event: &Event<'_>, context: &Context<'_, Registry>) -> bool {
        if event.metadata().target() != BACKEND {
            return Filter::<Registry>::event_enabled(&self.host, event, context);
        }
        let mut named = Named::default();
        event.record(&mut named);
        *event.metadata().level() <= self.backends.of(&named.0)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let host = Filter::<Registry>::max_level_hint(&self.host)?;
        Some(host.max(self.backends.most()))
    }
}

/// Whether colour may be used on stderr.
fn colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Sends what the library and the guests log to stderr: warnings too, unless failures are what a command is about.
///
/// # Errors
/// `MAPISTORE_LOG` is not a filter.
pub(crate) fn to_stderr(verbose: u8, warnings: bool) -> Result<(), Complaint> {
    let level = match verbose {
        0 if !warnings => "error",
        0 => "warn,wasmtime_wasi_http=error",
        1 => "warn,mapistore=info,backend=info",
        2 => "info,mapistore=debug,backend=debug",
        _ => "trace",
    };
    let asked = std::env::var("MAPISTORE_LOG").ok().filter(|text| !text.trim().is_empty());
    let directives = Directives::parse(asked.as_deref().unwrap_or(level))?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(colour())
        .without_time()
        .with_filter(directives);
    // A second subscriber would be refused; there is none.
    let _ = tracing_subscriber::registry().with(lines).try_init();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backends(text: &str) -> Backends {
        Directives::parse(text).ok().unwrap().backends
    }

    #[test]
    fn a_backend_has_its_own_level_or_that_of_backends_or_the_general_one() {
        let all = backends("warn,backend=info,backend.maildir=debug,mapistore=trace");
        assert_eq!(all.of("maildir"), LevelFilter::DEBUG);
        assert_eq!(all.of("vdir"), LevelFilter::INFO);
        assert_eq!(all.most(), LevelFilter::DEBUG);
        assert_eq!(backends("warn").of("vdir"), LevelFilter::WARN);
        assert_eq!(backends("backend.a.b=trace").of("a.b"), LevelFilter::TRACE);
        assert_eq!(backends("backend.a=trace").of("b"), LevelFilter::OFF);
    }

    #[test]
    fn what_is_no_directive_is_an_error_that_names_it() {
        for wrong in ["loud", "warn,backend.maildir=loud", "backend=", "mapistore=loud"] {
            assert!(Directives::parse(wrong).is_err(), "{wrong}");
        }
    }
}
