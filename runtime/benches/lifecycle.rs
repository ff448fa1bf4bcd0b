//! What it costs to create a context and to delete it, beside bare wasmtime doing the same with the same image: a store,
//! an instance, `create-context`, `get-root-folder`, both destructors, and the memory given back.

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

fn main() {
    let (rounds, batch) = if harness::is_small() { (3, 2) } else { (101, 50) };
    let guests = Guests::new();
    let mail = guests.dir.path().join("mail");
    std::fs::create_dir_all(mail.join("alice")).unwrap();
    guests.register("guest-well-behaved", None);
    guests.register("mapistore-maildir", Some(&mail.join("{owner}")));

    harness::head("create and delete a context; the baseline is bare wasmtime", "mapistore");
    let measure = |what: &str, backend: &str, uri: &str, mail| {
        let image = guests.dir.path().join("data/backends").join(backend).join("start.wasm");
        let bare = Bare::new(&image, mail);
        let connection = Connection::of("alice");
        let ours = || {
            let context = blocking::wait(guests.runtime.open_context(&connection, uri)).unwrap();
            let closed = blocking::wait(context.close()).unwrap();
            closed.destructors.unwrap();
        };
        // Both sides open the same folder. The index knows its URI from the second time on.
        let context = blocking::wait(guests.runtime.open_context(&connection, uri)).unwrap();
        let folder = blocking::wait(context.root_folder()).unwrap();
        let messages = blocking::wait(folder.get_child_count(TableKind::Contents)).unwrap();
        assert_eq!(messages, bare.open("alice", uri).count());
        blocking::wait(context.close()).unwrap();
        let measured = harness::rounds(rounds, || {
            (harness::each(batch, || bare.open("alice", uri).close()), harness::each(batch, ours))
        });
        harness::row(what, "1.50", &measured);
    };
    measure("a guest in memory", "well-behaved", "wellbehaved://alice/inbox/", None);
    measure("maildir, empty", "maildir", "maildir://alice/INBOX/", Some(mail.join("alice").as_path()));
}
