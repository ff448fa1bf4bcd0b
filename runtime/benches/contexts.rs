//! How much memory a context takes, awake and asleep, and how many one process can have: beside bare wasmtime's in the same
//! run. `CONTEXTS_BENCH_AWAKE` and `CONTEXTS_BENCH_ASLEEP` set how many; `just contexts` builds it so that 30,000 have room.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "support/bare.rs"]
#[expect(dead_code, reason = "shared with other benches, which use the rest")]
mod bare;
#[path = "support/guests.rs"]
mod guests;
#[path = "support/harness.rs"]
#[expect(dead_code, reason = "shared with other benches, which use the rest")]
mod harness;
#[path = "support/memory.rs"]
mod memory;

use std::time::Instant;

use bare::Bare;
use guests::Guests;
use mapistore::index::{Owner, Scope, Uri};
use mapistore::types::TableKind;
use mapistore::{Connection, Context, OperatorConfig, Profile, RuntimeSection, blocking};
use memory::{collect, held_bytes};

/// How many contexts are dropped before memory is looked at again.
const DROPPED: usize = 10_000;

fn main() {
    let size = |name: &str, small: usize, usual: usize| {
        let set = std::env::var(name).ok().and_then(|text| text.parse().ok());
        set.unwrap_or(if harness::is_small() { small } else { usual })
    };
    let awake = size("CONTEXTS_BENCH_AWAKE", 20, 2_000);
    let asleep = size("CONTEXTS_BENCH_ASLEEP", 200, 50_000);

    let runtime =
        RuntimeSection { contexts_awake_max: u32::try_from(awake).unwrap(), ..RuntimeSection::default() };
    let guests = Guests::new(OperatorConfig { runtime, ..OperatorConfig::default() });
    guests.register("guest-well-behaved", None, &[]);
    register_uris(&guests, asleep);
    // What is loaded on first use is no context's.
    drop(open(&guests, 0));

    harness::head("anonymous memory and page tables of a context; the baseline is bare wasmtime's");
    let bare = Bare::new(&guests.dir.path().join("data"), "well-behaved", None, Profile::Tenants);
    // The allocator has pages of each size by then, and none that compiling left.
    let first = bare.open(&owner(0), &uri(0));
    collect();
    let before = held_bytes();
    let besides = awake.min(bare::CONTEXTS_MAX as usize - 1);
    let contexts: Vec<_> = (0..besides).map(|_| bare.open(&owner(0), &uri(0))).collect();
    let bare_each = held_bytes().saturating_sub(before) / contexts.len();
    drop((first, contexts));
    collect();

    let before = held_bytes();
    let start = Instant::now();
    let mut contexts: Vec<Context> = (0..awake).map(|number| open(&guests, number)).collect();
    let (awake_each, opening) = (held_bytes().saturating_sub(before) / awake, start.elapsed());
    assert_eq!(guests.runtime.awake_contexts(), awake);
    row(&format!("awake, {awake} of them"), bare_each, awake_each, "40 KiB");

    let start = Instant::now();
    let before = held_bytes();
    contexts.extend((awake..asleep).map(|number| open(&guests, number)));
    let added = asleep.saturating_sub(awake).max(1);
    let asleep_each = held_bytes().saturating_sub(before) / added;
    row(&format!("asleep, {added} of them"), bare_each, asleep_each, "1 KiB");
    println!(
        "  {awake} opened in {opening:.1?}; {added} more, each for the place of another, in {:.1?}",
        start.elapsed()
    );
    // Each answers, those first that went to sleep first.
    let asked = contexts.len().min(DROPPED);
    contexts.iter().take(asked).for_each(|context| assert_eq!(count(context), 20));
    drop(contexts);

    while guests.runtime.open_contexts() > 0 || guests.runtime.awake_contexts() > 0 {
        std::thread::yield_now();
    }
    collect();
    let before = held_bytes();
    for number in 0..DROPPED.min(asleep) {
        let context = open(&guests, number);
        blocking::wait(context.close()).unwrap();
    }
    collect();
    let more = held_bytes().saturating_sub(before);
    println!(
        "  after {} more were opened and closed: {} KiB more (bar 4 MiB)",
        DROPPED.min(asleep),
        more >> 10
    );
}

fn row(what: &str, baseline: usize, ours: usize, bar: &str) {
    let ratio = ours as f64 / baseline.max(1) as f64;
    harness::line(what, [&format!("{baseline} B"), &format!("{ours} B")], ratio, "", bar);
}

fn uri(number: usize) -> String {
    format!("wellbehaved://{}/more/{}/", owner(number), number % 10)
}

/// Ten contexts an owner.
fn owner(number: usize) -> String {
    format!("owner-{}", number / 10)
}

/// What a server has after the first logon of each: opening a context then adds nothing to the index. Many at once, so that
/// they share commits.
fn register_uris(guests: &Guests, contexts: usize) {
    const CLIENTS: usize = 64;
    let register = |first: usize| {
        let scope = Scope::namespace(Owner::parse(owner(first)).unwrap(), "wellbehaved").unwrap();
        let uris: Vec<_> = (first..first + 10).map(|number| Uri::parse(uri(number)).unwrap()).collect();
        guests.runtime.index().ensure_ids(&scope, &uris).unwrap();
    };
    std::thread::scope(|threads| {
        for client in 0..CLIENTS {
            threads.spawn(move || (client * 10..contexts).step_by(CLIENTS * 10).for_each(register));
        }
    });
}

fn open(guests: &Guests, number: usize) -> Context {
    let connection = Connection::of(&owner(number));
    let context = blocking::wait(guests.runtime.open_context(&connection, &uri(number))).unwrap();
    assert_eq!(count(&context), 20);
    context
}

fn count(context: &Context) -> u32 {
    let root = blocking::wait(context.root_folder()).unwrap();
    blocking::wait(root.get_child_count(TableKind::Contents)).unwrap()
}
