//! What one call of a guest costs, beside bare wasmtime making the same call.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "support/bare.rs"]
mod bare;
#[path = "support/guests.rs"]
mod guests;
#[path = "support/harness.rs"]
mod harness;

use bare::Bare;
use guests::Guests;
use mapistore::types::TableKind;
use mapistore::{Connection, blocking};

const URI: &str = "wellbehaved://alice/inbox/";
/// How many the guest has; every answer is looked at.
const MESSAGES: u32 = 20;

fn main() {
    let (rounds, batch) = if harness::is_small() { (3, 10) } else { (101, 2_000) };
    let guests = Guests::new();
    guests.register("guest-well-behaved", None);
    let bare = Bare::new(&guests.dir.path().join("data/backends/well-behaved/start.wasm"), None);
    let mut bare = bare.open("alice", URI);
    let context = blocking::wait(guests.runtime.open_context(&Connection::of("alice"), URI)).unwrap();
    let folder = blocking::wait(context.root_folder()).unwrap();
    let count = || folder.get_child_count(TableKind::Contents);

    harness::head("call `folder.get-child-count`; the baseline is bare wasmtime, synchronous", "mapistore");
    let inline = harness::rounds(rounds, || {
        let baseline = harness::each(batch, || assert_eq!(bare.count(), MESSAGES));
        (baseline, harness::each(batch, || assert_eq!(blocking::wait(count()).unwrap(), MESSAGES)))
    });
    harness::row("on the caller's thread", "1.50", &inline);
    // As from an async runtime: a worker makes the call, and wakes the caller.
    let handed = harness::rounds(rounds, || {
        let baseline = harness::each(batch, || assert_eq!(bare.count(), MESSAGES));
        (baseline, harness::each(batch, || assert_eq!(pollster::block_on(count()).unwrap(), MESSAGES)))
    });
    harness::row("handed to a worker", "", &handed);
    bare.close();
}
