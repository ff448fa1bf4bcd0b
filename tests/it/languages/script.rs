//! The same little backend in every language, played through the library: a script of random operations, of which every answer has to be
//! that of the backend in Rust. `guest-sdk/template.md` says what it is in words.

use std::sync::Arc;

use mapistore::blocking::wait;
use mapistore::index::{Fmid, MemoryIndex};
use mapistore::types::{
    ContentMatch, DeleteMode, Direction, MatchFlags, MatchKind, Property, PropertyMatch, PropertyTag,
    PropertyValue, Relop, Restriction, RestrictionNode, Role, SortDirection, SortKey, SortOrder,
    StreamAccess, TableKind,
};
use mapistore::{Connection, Context, Folder, Message, Runtime, Table};
use tests::{ids, registered};

const OPERATIONS: usize = 1_000;
const SEED: u64 = 0x6D61_7069;

/// What the twelve properties of a message are, some in another type, properties of the folder, and ones that nobody has.
const TAGS: [PropertyTag; 26] = [
    0x001A_001F,
    0x0E07_0003,
    0x0E08_0003,
    0x0037_001F,
    0x0037_001E,
    0x0C1A_001F,
    0x0C1F_001F,
    0x0039_0040,
    0x0E06_0040,
    0x1000_001F,
    0x1000_001E,
    0x1000_0000,
    0x65E2_0102,
    0x67A4_0014,
    0x674A_0014,
    0x0E1B_000B,
    0x0037_0102,
    0x0E07_0014,
    0x3001_001F,
    0x3001_001E,
    0x3613_001F,
    0x6748_0014,
    0x3602_0003,
    0x3603_0003,
    0x360A_000B,
    0x8000_001F,
];

/// Steele, Lea and Flood's SplitMix64: what is drawn has to be the same on every run and machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ mixed >> 31) % end as u64).unwrap()
    }

    fn number(&mut self, end: u32) -> u32 {
        u32::try_from(self.below(end as usize)).unwrap()
    }

    fn flip(&mut self) -> bool {
        self.below(2) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn tags(&mut self) -> Vec<PropertyTag> {
        (0..=self.below(8)).map(|_| self.pick(&TAGS)).collect()
    }

    fn kind(&mut self) -> TableKind {
        use TableKind as K;
        self.pick(&[
            K::Contents,
            K::Contents,
            K::Contents,
            K::Hierarchy,
            K::Associated,
            K::Rules,
            K::Permissions,
        ])
    }

    fn restriction(&mut self) -> Restriction {
        let subject = || PropertyValue::Text("message".into());
        let options = MatchFlags::IGNORE_CASE;
        vec![match self.below(4) {
            0 => RestrictionNode::Content(ContentMatch {
                tag: 0x0037_001F,
                value: subject(),
                kind: MatchKind::Substring,
                options,
            }),
            1 => RestrictionNode::Exists(self.pick(&TAGS[..9])),
            2 => RestrictionNode::AnyOf(Vec::new()),
            _ => {
                let value = PropertyValue::Integer32(1);
                RestrictionNode::Property(PropertyMatch {
                    op: self.pick(&[Relop::Eq, Relop::Ne]),
                    tag: 0x0E07_0003,
                    value,
                })
            }
        }]
    }

    fn order(&mut self) -> SortOrder {
        let direction = self.pick(&[SortDirection::Ascending, SortDirection::Descending]);
        let keys = vec![SortKey { tag: self.pick(&[0x0037_001F, 0x0E06_0040, 0x0E07_0003]), direction }];
        SortOrder { keys, categories: 0, expanded: 0 }
    }
}

/// A user's mailbox in one backend, and what of it is open.
struct Player {
    runtime: Runtime,
    random: Random,
    open: Option<(Context, Folder)>,
    mids: Vec<Fmid>,
    message: Option<Message>,
    table: Option<Table>,
    trace: Vec<String>,
    // Dropped last.
    _dir: tempfile::TempDir,
}

const URI: &str = "notes://alice/inbox/";

impl Player {
    fn new(guest: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        registered::install(guest, dir.path(), &[]);
        // Change keys have it in them.
        std::fs::write(dir.path().join("replica"), "0123456789abcdef0123456789abcdef\n").unwrap();
        let runtime = Runtime::builder(dir.path()).index(Arc::new(MemoryIndex::default())).open().unwrap();
        let mut player = Self {
            runtime,
            random: Random(SEED),
            open: None,
            mids: Vec::new(),
            message: None,
            table: None,
            trace: Vec::new(),
            _dir: dir,
        };
        player.reopen();
        let root = &player.open.as_ref().unwrap().1;
        player.mids = ids(root, TableKind::Contents);
        // One that is not there.
        player.mids.push(Fmid(0x7700_0000_0000_0001));
        player
    }

    fn reopen(&mut self) {
        (self.message, self.table) = (None, None);
        if let Some((context, root)) = self.open.take() {
            drop(root);
            wait(context.close()).unwrap().destructors.unwrap();
        }
        let context = wait(self.runtime.open_context(&Connection::of("alice"), URI)).unwrap();
        let root = wait(context.root_folder()).unwrap();
        self.open = Some((context, root));
    }

    /// Notes what came back, and whether it was an answer.
    fn note<T: std::fmt::Debug, E: std::fmt::Display>(&mut self, call: String, answer: Result<T, E>) {
        let answer = match answer {
            Ok(answer) => format!("{answer:?}"),
            Err(error) => format!("error: {error}"),
        };
        self.trace.push(format!("{call}: {answer}"));
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0..3 => {
                self.reopen();
                self.trace.push("closed and opened".into());
            }
            3..8 => self.provide(),
            8..40 => self.use_folder(),
            40..65 => self.use_message(),
            _ => self.use_table(),
        }
    }

    fn provide(&mut self) {
        match self.random.below(3) {
            0 => {
                let answer = wait(self.runtime.list_contexts("alice")).remove(0).contexts;
                self.note("list-contexts".into(), answer);
            }
            1 => {
                let uri = self.random.pick(&[
                    "notes://alice/",
                    "notes://alice/inbox/1",
                    "notes://bob/inbox/",
                    "notes://alice/inbox",
                ]);
                let opened = wait(self.runtime.open_context(&Connection::of("alice"), uri));
                self.note(format!("open-context {uri}"), opened.map(drop));
            }
            _ => {
                let made = wait(self.runtime.create_root_folder("alice", Role::Mail, "New"));
                self.note("create-root-folder".into(), made.map(|made| made.is_some()));
            }
        }
    }

    fn use_folder(&mut self) {
        let (context, root) = self.open.take().unwrap();
        let mid = self.random.pick(&self.mids);
        let (tags, kind, flag) = (self.random.tags(), self.random.kind(), self.random.flip());
        match self.random.below(16) {
            0 => self.note("folder.list-properties".into(), wait(root.list_properties()).map(sorted)),
            1..4 => self.note(format!("folder.get-properties {tags:x?}"), wait(root.get_properties(&tags))),
            4 => {
                let text = Property { tag: 0x3001_001F, value: PropertyValue::Text("Other".into()) };
                self.note("folder.set-properties".into(), wait(root.set_properties(vec![text])));
            }
            5 => self.note(format!("folder.get-child-count {kind:?}"), wait(root.get_child_count(kind))),
            6..8 => self.note(
                format!("folder.set-read-flags {mid} {flag}"),
                wait(root.set_read_flags(&[mid, self.mids[0]], flag)),
            ),
            8..10 => {
                let opened = wait(root.open_message(mid, flag));
                self.note(format!("folder.open-message {mid}"), opened.as_ref().map(drop));
                self.message = opened.ok().or(self.message.take());
            }
            10..12 => {
                let opened = wait(root.open_table(kind));
                self.note(format!("folder.open-table {kind:?}"), opened.as_ref().map(drop));
                self.table = opened.ok().or(self.table.take());
            }
            12 => {
                let made = wait(root.create_message(Fmid(0x7800_0000_0000_0001), flag));
                self.note("folder.create-message".into(), made.map(drop));
            }
            13 => {
                let deleted = wait(root.delete_messages(&[mid], DeleteMode::Soft));
                self.note(format!("folder.delete-messages {mid}"), deleted);
            }
            14 => {
                let opened = wait(root.open_folder(mid));
                self.note(format!("folder.open-folder {mid}"), opened.map(drop));
            }
            _ => self.note(format!("context.get-paths {mid}"), wait(context.get_paths(&[mid]))),
        }
        self.open = Some((context, root));
    }

    fn use_message(&mut self) {
        let Some(message) = self.message.take() else { return self.use_folder() };
        let (tags, flag) = (self.random.tags(), self.random.flip());
        match self.random.below(12) {
            0 => self.note("message.list-properties".into(), wait(message.list_properties()).map(sorted)),
            1..6 => {
                self.note(format!("message.get-properties {tags:x?}"), wait(message.get_properties(&tags)))
            }
            6 => self.note("message.get-data".into(), wait(message.get_data())),
            7..9 => self.note(format!("message.set-read-flag {flag}"), wait(message.set_read_flag(flag))),
            9 => {
                let opened = wait(message.open_stream(tags[0], StreamAccess::Read));
                self.note(format!("message.open-stream {:x}", tags[0]), opened.map(drop));
            }
            10 => self.note("message.list-attachments".into(), wait(message.list_attachments())),
            _ => self.note("message.save".into(), wait(message.save(flag))),
        }
        self.message = Some(message);
    }

    fn use_table(&mut self) {
        let Some(table) = self.table.take() else { return self.use_folder() };
        let tags: Vec<_> = self.random.tags().into_iter().filter(|tag| !OF_NO_ROW.contains(tag)).collect();
        let (start, count) = (self.random.number(5), self.random.number(5));
        match self.random.below(16) {
            0..3 => self.note(format!("table.set-columns {tags:x?}"), wait(table.set_columns(&tags))),
            3 => self.note("table.row-count".into(), wait(table.row_count())),
            4..11 => {
                self.note(format!("table.query-rows {start} {count}"), wait(table.query_rows(start, count)))
            }
            11 => self.note("table.refresh".into(), wait(table.refresh())),
            12 => {
                let restriction = self.random.flip().then(|| self.random.restriction());
                self.note(
                    format!("table.set-restriction {restriction:?}"),
                    wait(table.set_restriction(restriction)),
                );
            }
            13 => {
                let order = self.random.flip().then(|| self.random.order());
                self.note(format!("table.set-sort-order {order:?}"), wait(table.set_sort_order(order)));
            }
            14 => {
                let restriction = self.random.restriction();
                let found = wait(table.find_row(start, Direction::Forward, restriction.clone()));
                self.note(format!("table.find-row {start} {restriction:?}"), found);
            }
            _ => {
                let columns = wait(table.available_columns());
                // More than these is the language's own.
                let lacks = |columns: Vec<_>| {
                    COLUMNS.into_iter().filter(|tag| !columns.contains(tag)).collect::<Vec<_>>()
                };
                self.note("table.available-columns, without".into(), columns.map(lacks));
            }
        }
        self.table = Some(table);
    }
}

/// The columns that every contents table of the template has.
const COLUMNS: [PropertyTag; 11] = [
    0x674A_0014,
    0x67A4_0014,
    0x65E2_0102,
    0x001A_001F,
    0x0E07_0003,
    0x0E08_0003,
    0x0037_001F,
    0x0C1A_001F,
    0x0C1F_001F,
    0x0039_0040,
    0x0E06_0040,
];

/// The body: a table may have it, and need not.
const OF_NO_ROW: [PropertyTag; 3] = [0x1000_001F, 0x1000_001E, 0x1000_0000];

/// In which order is the language's own.
fn sorted(mut tags: Vec<PropertyTag>) -> Vec<PropertyTag> {
    tags.sort_unstable();
    tags
}

fn trace(language: &str) -> Vec<String> {
    let mut player = Player::new(&format!("notes-{language}"));
    while player.trace.len() < OPERATIONS {
        player.step();
    }
    player.trace
}

fn answers_as_in_rust(language: &str) {
    for (at, (found, expected)) in trace(language).iter().zip(trace("rust")).enumerate() {
        assert_eq!(*found, expected, "operation {at} in {language}");
    }
}

#[test]
fn the_script_says_something() {
    let trace = trace("rust");
    assert_eq!(trace.len(), OPERATIONS);
    for word in [
        "A second message",
        "not-found",
        "not-implemented",
        "Integer32(1)",
        "row-count: 3",
        "alice/inbox/2",
        "without: []",
    ] {
        assert!(trace.iter().any(|line| line.contains(word)), "nothing says `{word}`");
    }
    let answered = trace.iter().filter(|line| !line.contains(": error: ")).count();
    assert!((500..950).contains(&answered), "{answered} of {OPERATIONS} were answered");
}

#[test]
fn c_answers_as_rust_does() {
    answers_as_in_rust("c");
}

#[test]
fn go_answers_as_rust_does() {
    answers_as_in_rust("go");
}

#[test]
fn javascript_answers_as_rust_does() {
    answers_as_in_rust("javascript");
}

#[test]
fn python_answers_as_rust_does() {
    answers_as_in_rust("python");
}
