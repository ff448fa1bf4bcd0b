//! What it costs to create a context and to delete it: a store, an instance, `create-context`, `get-root-folder`, both
//! destructors, and the memory given back. Beside bare wasmtime doing the same with the same image in the same kind of
//! pool, beside the other profile, beside an image of another size, and beside `fork`.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "support/bare.rs"]
mod bare;
#[path = "support/guests.rs"]
mod guests;
#[path = "support/harness.rs"]
mod harness;

use std::time::Duration;

use bare::Bare;
use guests::Guests;
use mapistore::types::TableKind;
use mapistore::{Connection, OperatorConfig, Profile, RuntimeSection, blocking};

const INBOX: &str = "wellbehaved://alice/inbox/";
const MAIL: &str = "maildir://alice/INBOX/";
/// What `init` fills in the larger image, and what the forked process has.
const FILLED_MIB: usize = 20;

fn main() {
    let (rounds, batch) = if harness::is_small() { (3, 2) } else { (101, 50) };
    let trusted = Profiled::new(Profile::Trusted, &[]);
    let tenants = Profiled::new(Profile::Tenants, &[]);

    harness::head("create and delete a context; the baseline is bare wasmtime");
    for (profiled, profile, bar) in [(&trusted, "trusted", "1.30"), (&tenants, "tenants", "")] {
        for (what, backend, uri) in [("in memory", "well-behaved", INBOX), ("empty Maildir", "maildir", MAIL)]
        {
            let bare = profiled.bare(backend);
            // Both sides open the same folder. The index knows its URI from the second time on.
            assert_eq!(profiled.count(uri), bare.open("alice", uri).count());
            let measured = harness::rounds(rounds, || {
                let baseline = harness::each(batch, || bare.open("alice", uri).close());
                (
                    baseline,
                    harness::each(batch, || {
                        profiled.create_and_delete(uri);
                    }),
                )
            });
            harness::row(&format!("{what}, {profile}"), bar, &measured);
        }
    }

    harness::head("create and delete a context; the baseline is the one that is named");
    let against = |what, bar, one: &dyn Fn() -> Duration, other: &dyn Fn() -> Duration| {
        harness::row(what, bar, &harness::rounds(rounds, || (one(), other())));
    };
    let of = |profiled: &Profiled| {
        harness::each(batch, || {
            profiled.create_and_delete(INBOX);
        })
    };
    against("trusted; tenants", "2.00", &|| of(&trusted), &|| of(&tenants));
    let filled = Profiled::new(Profile::Trusted, &[("fill-mib", &FILLED_MIB.to_string())]);
    assert!(filled.create_and_delete(INBOX) > (FILLED_MIB as u64) << 20);
    against("empty `init`; one that fills 20 MiB", "1.50", &|| of(&trusted), &|| of(&filled));
    let heap: Vec<u8> = (0..FILLED_MIB << 20).map(|byte| u8::try_from(byte % 251).unwrap()).collect();
    let forked = || harness::each(batch.min(10), || fork(&heap));
    against("trusted; fork() with a heap of 20 MiB", ">= 40", &|| of(&trusted), &forked);
}

/// Backends in a runtime with one profile.
struct Profiled {
    guests: Guests,
    profile: Profile,
}

impl Profiled {
    fn new(profile: Profile, settings: &[(&str, &str)]) -> Self {
        let runtime = RuntimeSection { profile, ..RuntimeSection::default() };
        let guests = Guests::new(OperatorConfig { runtime, ..OperatorConfig::default() });
        let mail = guests.dir.path().join("mail");
        std::fs::create_dir_all(mail.join("alice")).unwrap();
        guests.register("guest-well-behaved", None, settings);
        guests.register("mapistore-maildir", Some(&mail.join("{owner}")), &[]);
        Self { guests, profile }
    }

    fn bare(&self, backend: &str) -> Bare {
        let (data, mail) = (self.guests.dir.path().join("data"), self.guests.dir.path().join("mail/alice"));
        Bare::new(&data, backend, (backend == "maildir").then_some(mail.as_path()), self.profile)
    }

    fn count(&self, uri: &str) -> u32 {
        let context =
            blocking::wait(self.guests.runtime.open_context(&Connection::of("alice"), uri)).unwrap();
        let folder = blocking::wait(context.root_folder()).unwrap();
        blocking::wait(folder.get_child_count(TableKind::Contents)).unwrap()
    }

    fn create_and_delete(&self, uri: &str) -> u64 {
        let context =
            blocking::wait(self.guests.runtime.open_context(&Connection::of("alice"), uri)).unwrap();
        let closed = blocking::wait(context.close()).unwrap();
        closed.destructors.unwrap();
        closed.memory_bytes
    }
}

/// The old way to start from an image: a process of its own, which looks at its heap and ends.
#[expect(unsafe_code, reason = "fork is a system call")]
fn fork(heap: &[u8]) {
    // SAFETY: the child calls nothing but `_exit`; the parent waits for the one child that it made.
    unsafe {
        let child = libc::fork();
        assert!(child >= 0);
        if child == 0 {
            libc::_exit(i32::from(std::hint::black_box(heap)[heap.len() - 1] == 255));
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        assert_eq!(status, 0);
    }
}
