//! What one call of a guest costs, beside bare wasmtime making the same call.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "support/bare.rs"]
mod bare;
#[path = "support/guests.rs"]
mod guests;
#[path = "support/harness.rs"]
mod harness;

use std::time::Instant;

use bare::Bare;
use guests::Guests;
use mapistore::types::TableKind;
use mapistore::{Connection, OperatorConfig, Profile, blocking};

const URI: &str = "wellbehaved://alice/inbox/";
/// How many the guest has; every answer is looked at.
const MESSAGES: u32 = 20;

fn main() {
    let (rounds, batch) = if harness::is_small() { (3, 10) } else { (101, 2_000) };
    let guests = Guests::new(OperatorConfig::default());
    guests.register("guest-well-behaved", None, &[]);
    let bare = Bare::new(&guests.dir.path().join("data"), "well-behaved", None, Profile::Tenants);
    let mut bare = bare.open("alice", URI);
    let context = blocking::wait(guests.runtime.open_context(&Connection::of("alice"), URI)).unwrap();
    let folder = blocking::wait(context.root_folder()).unwrap();
    let count = || folder.get_child_count(TableKind::Contents);
    let inline = || harness::each(batch, || assert_eq!(blocking::wait(count()).unwrap(), MESSAGES));

    harness::head("call `folder.get-child-count`; the baseline is bare wasmtime");
    let called = harness::rounds(rounds, || {
        let each = async {
            for _ in 0..batch {
                let parameters = (bare.folder, bare::TableKind::Contents);
                let (counted,) = bare.child_count.call_async(&mut bare.store, parameters).await.unwrap();
                assert_eq!(counted.unwrap(), MESSAGES);
            }
        };
        let start = Instant::now();
        pollster::block_on(each);
        (start.elapsed() / batch, inline())
    });
    harness::row("on the caller's thread; async baseline", "1.25", &called);
    let mut synchronous = || harness::each(batch, || assert_eq!(bare.count(), MESSAGES));
    let called = harness::rounds(rounds, || (synchronous(), inline()));
    harness::row("on the caller's thread; sync baseline", "", &called);
    // As from an async runtime: a worker makes the call, and wakes the caller.
    let handed = || harness::each(batch, || assert_eq!(pollster::block_on(count()).unwrap(), MESSAGES));
    let called = harness::rounds(rounds, || (synchronous(), handed()));
    harness::row("handed to a worker; sync baseline", "", &called);
    bare.close();
}
