//! What an owner notices of another one who spins in every context that they may have: calls of the first, alone and beside
//! the second, in one run.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "support/guests.rs"]
#[expect(dead_code, reason = "shared with other benches, which use the rest")]
mod guests;
#[path = "support/harness.rs"]
#[expect(dead_code, reason = "shared with other benches, which use the rest")]
mod harness;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use guests::Guests;
use mapistore::types::TableKind;
use mapistore::{CallError, Connection, Folder, OperatorConfig, blocking};

/// Every context that an owner may have awake.
const SPINNING: usize = 256;

fn main() {
    let (calls, spinning, call_timeout_ms) =
        if harness::is_small() { (20, 4, 300) } else { (2_000, SPINNING, 4_000) };
    let mut config = OperatorConfig::default();
    config.limits.insert("call_timeout_ms".into(), call_timeout_ms.into());
    let guests = Guests::new(config);
    guests.register("guest-well-behaved", None, &[]);
    guests.register("guest-spins-forever", None, &[]);
    let open = |user: &str, uri: &str| {
        let context = blocking::wait(guests.runtime.open_context(&Connection::of(user), uri)).unwrap();
        let folder = blocking::wait(context.root_folder()).unwrap();
        (context, folder)
    };
    let (_context, inbox) = open("alice", "wellbehaved://alice/inbox/");

    let here = || blocking::wait(inbox.get_child_count(TableKind::Contents)).unwrap();
    // As from an async runtime: a worker makes the call, and wakes the caller.
    let handed = || pollster::block_on(inbox.get_child_count(TableKind::Contents)).unwrap();
    let idle = (times(calls, here), times(calls, handed));

    let contexts: Vec<_> =
        (0..spinning).map(|number| open("mallory", &format!("spinsforever://mallory/{number}/"))).collect();
    let (ended, end) = mpsc::channel();
    let beside = std::thread::scope(|scope| {
        for (_, folder) in &contexts {
            let ended = ended.clone();
            scope.spawn(move || ended.send(spin(folder)).unwrap());
        }
        // They are under way once a first slice is over.
        std::thread::sleep(Duration::from_millis(50));
        let beside = (times(calls, here), times(calls, handed));
        assert!(end.try_recv().is_err(), "somebody stopped spinning before the end of the measurement");
        beside
    });

    harness::head(&format!("a call beside {spinning} of another owner that spin; the baseline is one alone"));
    harness::row("on the caller's thread", "2.00", &idle.0.beside(beside.0));
    harness::row("handed to a worker", "2.00", &idle.1.beside(beside.1));
}

fn spin(folder: &Folder) -> Result<u32, CallError> {
    pollster::block_on(folder.get_child_count(TableKind::Contents))
}

/// What each call took.
struct Times(Vec<Duration>);

impl Times {
    fn beside(self, other: Self) -> harness::Rounds {
        let mut both = self.0.into_iter().zip(other.0);
        harness::rounds(both.len(), || both.next().unwrap())
    }
}

fn times(calls: usize, mut call: impl FnMut() -> u32) -> Times {
    let time = |_| {
        let start = Instant::now();
        call();
        start.elapsed()
    };
    Times((0..calls).map(time).collect())
}
