//! What it costs to write a backend in each language: the same small backend, the template, in all of them. Prints the table that
//! `guest-sdk/README.md` has. `just figures` builds the components; one that is not there is left out.
//!
//! There is no baseline: the languages are compared with each other, in one run.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "support/guests.rs"]
#[expect(dead_code, reason = "shared with other benches, which use the rest")]
mod guests;
#[path = "support/harness.rs"]
#[expect(dead_code, reason = "shared with other benches, which use the rest")]
mod harness;
#[path = "support/memory.rs"]
mod memory;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use guests::Guests;
use mapistore::types::TableKind;
use mapistore::{Connection, Context, OperatorConfig, Registration, Source, blocking};
use mapistore_sdk::tags::{PID_TAG_MESSAGE_DELIVERY_TIME, PID_TAG_MID, PID_TAG_SENDER_NAME, PID_TAG_SUBJECT};

const LANGUAGES: [&str; 5] = ["rust", "c", "go", "javascript", "python"];
const COLUMNS: [u32; 4] = [PID_TAG_MID, PID_TAG_SUBJECT, PID_TAG_SENDER_NAME, PID_TAG_MESSAGE_DELIVERY_TIME];

fn main() {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/guests/components");
    let notes = |language| built.join(format!("notes-{language}.wasm"));
    let mut components: Vec<_> = LANGUAGES.iter().map(|language| (*language, notes(language))).collect();
    components.retain(|(_, component)| component.is_file());
    if components.is_empty() {
        components.push(("rust", built.join("guest-well-behaved.wasm")));
    }
    println!("{}\n", harness::machine());
    println!("| language | component | register | open and close | memory of a context | rows a second |");
    println!("|---|---|---|---|---|---|");
    for (language, component) in components {
        Figures::of(component).print(language);
    }
}

struct Figures {
    component_bytes: usize,
    /// Compiled, `init` run, the image taken and compiled.
    register: Duration,
    open: Duration,
    context_bytes: usize,
    rows_a_second: f64,
}

impl Figures {
    fn of(component: PathBuf) -> Self {
        let (opened, held, tables) = if harness::is_small() { (3, 3, 3) } else { (300, 60, 3_000) };
        let guests = Guests::new(OperatorConfig::default());
        let source = Source::read(&component).unwrap();
        let component_bytes = source.size();
        let start = Instant::now();
        let registration = Registration { source, ..Registration::default() };
        let record = blocking::wait(guests.runtime.register(registration)).unwrap();
        let register = start.elapsed();

        let open = |user: &str| open(&guests, &record.name, user);
        // What is loaded on first use is no context's.
        close(open("nobody")());
        let reopen = open("alice");
        let mut times: Vec<_> = (0..opened)
            .map(|_| {
                let start = Instant::now();
                close(reopen());
                start.elapsed()
            })
            .collect();
        times.sort();

        memory::collect();
        let before = memory::held_bytes();
        let contexts: Vec<_> = (0..held).map(|number| open(&format!("owner-{number}"))()).collect();
        for context in &contexts {
            assert!(read_table(context) > 0);
        }
        let context_bytes = memory::held_bytes().saturating_sub(before) / held;

        let context = &contexts[0];
        let start = Instant::now();
        let rows: usize = (0..tables).map(|_| read_table(context)).sum();
        let rows_a_second = rows as f64 / start.elapsed().as_secs_f64();
        Self { component_bytes, register, open: times[times.len() / 2], context_bytes, rows_a_second }
    }

    fn print(&self, language: &str) {
        let kib = |bytes: usize| match bytes >> 10 {
            kib @ 0..10_240 => format!("{kib} KiB"),
            kib => format!("{:.1} MiB", kib as f64 / 1024.0),
        };
        println!(
            "| {language} | {} | {:.1?} | {:.0?} | {} | {:.0} |",
            kib(self.component_bytes),
            self.register,
            self.open,
            kib(self.context_bytes),
            self.rows_a_second
        );
    }
}

/// What opens a user's first context.
fn open<'a>(guests: &'a Guests, backend: &str, user: &str) -> impl Fn() -> Context + use<'a> {
    let listing = blocking::wait(guests.runtime.list_contexts_of(backend, user)).unwrap();
    let (uri, connection) = (listing.contexts.unwrap()[0].url.clone(), Connection::of(user));
    move || blocking::wait(guests.runtime.open_context(&connection, &uri)).unwrap()
}

fn close(context: Context) {
    blocking::wait(context.close()).unwrap();
}

/// Has the rows made, and reads them all.
fn read_table(context: &Context) -> usize {
    let root = blocking::wait(context.root_folder()).unwrap();
    let table = blocking::wait(root.open_table(TableKind::Contents)).unwrap();
    blocking::wait(table.set_columns(&COLUMNS)).unwrap();
    let rows = blocking::wait(table.query_rows(0, 1000)).unwrap();
    usize::try_from(rows.row_count).unwrap()
}
