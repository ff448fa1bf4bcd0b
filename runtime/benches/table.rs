//! What the sandbox costs a real backend: the contents table of a Maildir, read to its end through the runtime, beside the
//! same backend compiled natively and called as a library.
//!
//! `cargo bench --bench table` writes 10,000 messages below the temporary directory (`TMPDIR`). Their files are in the page
//! cache on both sides. The native side has the SDK's index, a map in memory; ours has the index on the disk.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "support/guests.rs"]
mod guests;
#[path = "support/harness.rs"]
mod harness;
#[path = "support/mails.rs"]
mod mails;

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use guests::Guests;
use mapistore::property::{parse_sort, parse_where};
use mapistore::{Connection, Context, OperatorConfig, blocking, types};
use mapistore_maildir::Maildir;
use mapistore_sdk::Backend;
use mapistore_sdk::tags::{
    PID_TAG_MESSAGE_DELIVERY_TIME, PID_TAG_MESSAGE_FLAGS, PID_TAG_MESSAGE_SIZE, PID_TAG_MID,
    PID_TAG_SENDER_NAME, PID_TAG_SUBJECT,
};
use mapistore_sdk::types::{
    BitmaskMatch, ConnectionInfo, ContentMatch, Guid, MatchFlags, MatchKind, PropertyValue, RestrictionNode,
    SortDirection, SortKey, SortOrder, TableKind,
};

const COLUMNS: [u32; 6] = [
    PID_TAG_MID,
    PID_TAG_SUBJECT,
    PID_TAG_SENDER_NAME,
    PID_TAG_MESSAGE_DELIVERY_TIME,
    PID_TAG_MESSAGE_SIZE,
    PID_TAG_MESSAGE_FLAGS,
];
const BATCH_ROWS: u32 = 500;
/// What the backend keeps beside the messages.
const CHANGES_FILE: &str = "mapistore-changes";

fn main() {
    let (rounds, messages) = if harness::is_small() { (1, 50) } else { (9, 10_000) };
    let guests = Guests::new(OperatorConfig::default());
    let mail = guests.dir.path().join("mail");
    deliver(&mail, messages);
    guests.register("mapistore-maildir", Some(&mail), &[]);
    Maildir::init(&[("root".into(), mail.to_str().unwrap().into())]).unwrap();

    let title = format!("contents table of {messages} messages; the baseline is the same backend native");
    harness::head(&title);
    // New mail: every message gets an id and a change number.
    let mut users = 0;
    let new_mail = harness::rounds(rounds, || {
        users += 1;
        let user = format!("user{users}");
        mapistore_sdk::index::reset();
        forget_changes(&mail);
        let native = timed(messages, || Native::open(&user).read());
        forget_changes(&mail);
        (native, timed(messages, || Ours::open(&guests, &user).read_and_close()))
    });
    harness::row("a new context, all mail new", "", &new_mail);

    let user = format!("user{users}");
    let known = harness::rounds(rounds, || {
        let native = timed(messages, || Native::open(&user).read());
        (native, timed(messages, || Ours::open(&guests, &user).read_and_close()))
    });
    harness::row("a new context, all mail known", "", &known);

    let (native, ours) = (Native::open(&user), Ours::open(&guests, &user));
    native.read();
    ours.read();
    let again =
        harness::rounds(rounds, || (timed(messages, || native.read()), timed(messages, || ours.read())));
    harness::row("the same context again", "", &again);

    let by_host = without_restrictions_and_sorting(&mail);
    let ours_by_host = Ours::open(&by_host, &user);
    ours_by_host.read();
    let matching = native.select();
    assert!(matching > 0 && matching < messages);
    let selected = |ours: &Ours| {
        harness::rounds(rounds, || {
            let native = harness::each(1, || assert_eq!(native.select(), matching));
            (native, harness::each(1, || assert_eq!(ours.select(), matching)))
        })
    };
    harness::row("restricted and sorted in the guest", "", &selected(&ours));
    harness::row("restricted and sorted in the host", "", &selected(&ours_by_host));
}

/// Unread mail whose subject has a 7 in it. Larger first, then by sender.
const UNREAD_WITH_7: &str = "flags !& 1 and subject ~ '7'";
const LARGER_FIRST: &str = "size:desc,sender";

/// The Maildir in a runtime of its own, as if the backend claimed neither: the host restricts and sorts.
fn without_restrictions_and_sorting(mail: &Path) -> Guests {
    let guests = Guests::new(OperatorConfig::default());
    guests.register("mapistore-maildir", Some(mail), &[]);
    let Guests { runtime, dir } = guests;
    drop(runtime);
    let file = dir.path().join("data/backends/maildir/backend.json");
    let mut record: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let claimed = record["capabilities"].as_array_mut().unwrap();
    claimed.retain(|name| name != "restrictions" && name != "sorting");
    std::fs::write(&file, serde_json::to_vec(&record).unwrap()).unwrap();
    Guests { runtime: mapistore::Runtime::open(dir.path().join("data")).unwrap(), dir }
}

/// What reading the whole table takes.
fn timed(messages: u32, read: impl Fn() -> u32) -> Duration {
    harness::each(1, || assert_eq!(read(), messages))
}

/// A Maildir of messages of about 3 KB.
fn deliver(mail: &Path, messages: u32) {
    for part in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(mail.join(part)).unwrap();
    }
    for number in 0..messages {
        let flags = if number % 3 == 0 { "S" } else { "" };
        let name = format!("{}.M{number}P1.mx:2,{flags}", 1_772_442_000 + number);
        std::fs::write(mail.join("cur").join(name), mails::mail(number)).unwrap();
    }
    // A directory that just changed is read at each look.
    for part in ["cur", "new"] {
        let long_ago = SystemTime::now() - Duration::from_secs(3_600);
        File::open(mail.join(part)).unwrap().set_modified(long_ago).unwrap();
    }
}

/// Change numbers are those of an index; without the file, the backend sees all mail for the first time.
fn forget_changes(mail: &Path) {
    match std::fs::remove_file(mail.join(CHANGES_FILE)) {
        Ok(()) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
    }
}

/// `UNREAD_WITH_7` in the SDK's types.
fn unread_with_7() -> Vec<RestrictionNode> {
    let subject = ContentMatch {
        tag: PID_TAG_SUBJECT,
        value: PropertyValue::Text("7".into()),
        kind: MatchKind::Substring,
        options: MatchFlags::IGNORE_CASE,
    };
    let unread = BitmaskMatch { non_zero: false, tag: PID_TAG_MESSAGE_FLAGS, mask: 1 };
    vec![
        RestrictionNode::AllOf(vec![1, 2]),
        RestrictionNode::Bitmask(unread),
        RestrictionNode::Content(subject),
    ]
}

/// `LARGER_FIRST` in the SDK's types.
fn larger_first() -> SortOrder {
    let key = |tag, direction| SortKey { tag, direction };
    let keys = vec![
        key(PID_TAG_MESSAGE_SIZE, SortDirection::Descending),
        key(PID_TAG_SENDER_NAME, SortDirection::Ascending),
    ];
    SortOrder { keys, categories: 0, expanded: 0 }
}

/// The backend as a library.
struct Native {
    folder: Box<dyn mapistore_sdk::Folder>,
    _context: Box<dyn mapistore_sdk::Context>,
}

impl Native {
    fn open(user: &str) -> Self {
        let connection = ConnectionInfo {
            username: user.to_owned(),
            owner: user.to_owned(),
            replica_guid: Guid { hi: 1, lo: 2 },
            replica_id: 1,
            locale: 0x0409,
            codepage: 1252,
        };
        let uri = inbox(user);
        let context = Maildir::create_context(connection, &uri).unwrap();
        let id = mapistore_sdk::index::ensure_ids(&[uri]).unwrap()[0];
        let folder = context.get_root_folder(id).unwrap();
        Self { folder, _context: context }
    }

    fn read(&self) -> u32 {
        let mut table = self.folder.open_table(TableKind::Contents).unwrap();
        table.set_columns(COLUMNS.to_vec()).unwrap();
        Self::read_rows(&mut *table)
    }

    /// The same, of what `UNREAD_WITH_7` selects.
    fn select(&self) -> u32 {
        let mut table = self.folder.open_table(TableKind::Contents).unwrap();
        table.set_columns(COLUMNS.to_vec()).unwrap();
        table.set_restriction(Some(unread_with_7())).unwrap();
        table.set_sort_order(Some(larger_first())).unwrap();
        Self::read_rows(&mut *table)
    }

    fn read_rows(table: &mut dyn mapistore_sdk::Table) -> u32 {
        let mut rows = 0;
        loop {
            let batch = table.query_rows(rows, BATCH_ROWS).unwrap();
            assert!(batch.cells.iter().all(Result::is_ok));
            rows += batch.row_count;
            if batch.at_end {
                return rows;
            }
        }
    }
}

/// The backend as a guest.
struct Ours {
    folder: mapistore::Folder,
    context: Context,
}

impl Ours {
    fn open(guests: &Guests, user: &str) -> Self {
        blocking::wait(async {
            let context = guests.runtime.open_context(&Connection::of(user), &inbox(user)).await.unwrap();
            Self { folder: context.root_folder().await.unwrap(), context }
        })
    }

    fn read(&self) -> u32 {
        blocking::wait(async { Self::read_rows(&self.table().await).await })
    }

    /// The same, of what `UNREAD_WITH_7` selects.
    fn select(&self) -> u32 {
        blocking::wait(async {
            let table = self.table().await;
            table.set_restriction(Some(parse_where(UNREAD_WITH_7).unwrap())).await.unwrap();
            table.set_sort_order(Some(parse_sort(LARGER_FIRST).unwrap())).await.unwrap();
            Self::read_rows(&table).await
        })
    }

    async fn table(&self) -> mapistore::Table {
        let table = self.folder.open_table(types::TableKind::Contents).await.unwrap();
        table.set_columns(&COLUMNS).await.unwrap();
        table
    }

    async fn read_rows(table: &mapistore::Table) -> u32 {
        let mut rows = 0;
        loop {
            let batch = table.query_rows(rows, BATCH_ROWS).await.unwrap();
            assert!(batch.cells.iter().all(Result::is_ok));
            rows += batch.row_count;
            if batch.at_end {
                return rows;
            }
        }
    }

    /// Gives the memory back in the same turn, as the native side does.
    fn read_and_close(self) -> u32 {
        let rows = self.read();
        blocking::wait(self.context.close()).unwrap().destructors.unwrap();
        rows
    }
}

fn inbox(user: &str) -> String {
    format!("maildir://{user}/INBOX/")
}
