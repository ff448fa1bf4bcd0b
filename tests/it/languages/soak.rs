//! Many calls and many contexts in every language: every destructor runs once, and nothing grows. `just soak` does 50,000 calls and
//! 1,000 contexts.

use mapistore::blocking::wait;
use mapistore::types::{PropertyValue, StreamAccess, TableKind};
use mapistore::{Context, Folder};
use tests::TestRuntime;

const SUBJECT: u32 = 0x0037_001F;
const BODY: u32 = 0x1000_001F;
const DATA: u32 = 0x3701_0102;
/// Calls of one round, destructors not counted.
const CALLS: u32 = 6;

fn number(name: &str, usual: u32) -> u32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn open(runtime: &TestRuntime, language: &str) -> (Context, Folder) {
    let context = runtime.open("alice", &format!("hostile-{language}://alice/behaves/"));
    let root = runtime.root(&context);
    (context, root)
}

/// Two objects, and all kinds of calls.
fn round(root: &Folder) {
    let message = wait(root.open_message(root.fid(), false)).unwrap();
    let cells = wait(message.get_properties(&[SUBJECT, BODY])).unwrap();
    assert_eq!(cells[0], Ok(PropertyValue::Text("a subject".into())));
    let table = wait(root.open_table(TableKind::Contents)).unwrap();
    wait(table.set_columns(&[SUBJECT])).unwrap();
    assert_eq!(wait(table.query_rows(90, 20)).unwrap().row_count, 10);
    assert_eq!(wait(root.get_child_count(TableKind::Contents)).unwrap(), 100);
}

/// Objects made and objects dropped in this memory.
fn counts(root: &Folder) -> (u32, u32) {
    let count = |kind| wait(root.get_child_count(kind)).unwrap();
    (count(TableKind::Associated), count(TableKind::Hierarchy))
}

/// Pages of this process that are in memory and no file's: what the host itself holds.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().split(' ').next().unwrap().parse::<u64>().unwrap() << 10
}

/// A context over many calls has what it had after the first quarter, and `slack` at most for what its collector has not
/// come to yet.
fn calls_leave_nothing(language: &str, slack: u64) {
    let runtime = TestRuntime::new();
    runtime.add_guest(&format!("hostile-{language}"));
    let (context, root) = open(&runtime, language);
    let rounds = number("SOAK_CALLS", 2_000).div_ceil(CALLS);
    let mut memory = Vec::new();
    for quarter in 1..=4 {
        (rounds * (quarter - 1) / 4..rounds * quarter / 4).for_each(|_| round(&root));
        memory.push(wait(context.memory_bytes()).unwrap());
    }
    eprintln!("{language}: {} calls, {memory:?} bytes after each quarter", rounds * CALLS);
    assert!(memory[3] <= memory[0] + slack, "{language}: {memory:?}");
    // The context and its root are still there.
    assert_eq!(counts(&root), (2 * rounds + 2, 2 * rounds), "{language}");
}

/// Each of many contexts has what the first had, drops all that it made, and leaves nothing in the host.
fn contexts_leave_nothing(language: &str) {
    let runtime = TestRuntime::new();
    runtime.add_guest(&format!("hostile-{language}"));
    let contexts = number("SOAK_CONTEXTS", 40);
    let mut held = Vec::new();
    let mut warm = 0;
    for at in 0..contexts {
        let (context, root) = open(&runtime, language);
        round(&root);
        drop(root);
        let closed = wait(context.close()).unwrap();
        closed.destructors.unwrap();
        held.push(closed.memory_bytes);
        if at == contexts / 4 {
            warm = resident_bytes();
        }
    }
    let (resident, first) = (resident_bytes(), held[0]);
    eprintln!(
        "{language}: {contexts} contexts of {first} bytes; {warm} bytes of the host after a quarter, {resident} at the end"
    );
    assert!(held.iter().all(|bytes| *bytes == first), "{language}: {held:?}");
    // Other tests of this process have memory too, unless it runs alone, as for `just soak`.
    if std::env::var_os("SOAK_CONTEXTS").is_some() {
        assert!(resident < warm + (16 << 20), "{language}: from {warm} to {resident} bytes");
    }
    let (_context, root) = open(&runtime, language);
    let text = wait(root.get_properties(&[BODY])).unwrap().remove(0);
    // Each made itself, its root, a message and a table.
    let sums = format!("{0} {0} {contexts}", 4 * contexts);
    assert_eq!(text, Ok(PropertyValue::Text(sums)), "{language}");
}

macro_rules! soak {
    ($($language:ident $slack:expr;)*) => { $(
        mod $language {
            #[test]
            fn calls_leave_neither_objects_nor_memory() {
                super::calls_leave_nothing(stringify!($language), $slack);
            }

            #[test]
            fn contexts_are_dropped_whole() {
                super::contexts_leave_nothing(stringify!($language));
            }
        }
    )* };
}

soak! {
    rust 0;
    c 0;
    // A collection more or less, by when it began.
    go 4 << 20;
    // What outlived a call is collected when much of it has come together: after 100,000 calls a context has 75 MiB more than when it
    // was opened, and after 200,000 the same.
    javascript 64 << 20;
    python 0;
}

#[test]
fn objects_of_every_kind_are_dropped_in_go() {
    let runtime = TestRuntime::new();
    runtime.add_guest("hostile-go");
    let (context, root) = open(&runtime, "go");
    for _ in 0..100 {
        let table = wait(root.open_table(TableKind::Contents)).unwrap();
        let message = wait(root.create_message(runtime.allocate_id("alice").unwrap(), false)).unwrap();
        let (_, attachment) = wait(message.create_attachment()).unwrap();
        let stream = wait(attachment.open_stream(DATA, StreamAccess::Read)).unwrap();
        assert_eq!(wait(stream.read(0, 10)).unwrap(), b"bytes");
        drop((stream, attachment, message, table));
    }
    assert_eq!(counts(&root), (402, 400));
    wait(context.close()).unwrap().destructors.unwrap();
}

/// A collection that begins in a call is ended by a later one: the rows of 100 tables were never there at once.
#[test]
fn garbage_in_go_is_collected_over_calls() {
    let runtime = TestRuntime::new();
    runtime.add_guest("hostile-go");
    let context = runtime.open("alice", "hostile-go://alice/churns/");
    let root = runtime.root(&context);
    for _ in 0..100 {
        let table = wait(root.open_table(TableKind::Contents)).unwrap();
        wait(table.set_columns(&[SUBJECT])).unwrap();
        assert_eq!(wait(table.query_rows(9_990, 100)).unwrap().row_count, 10);
        assert_eq!(wait(root.get_child_count(TableKind::Contents)).unwrap(), 50);
    }
    assert!(wait(context.memory_bytes()).unwrap() < 40 << 20);
}

#[test]
fn random_numbers_in_python_differ_from_context_to_context() {
    const COMMENT: u32 = 0x3004_001F;
    let runtime = TestRuntime::new();
    runtime.add_guest("hostile-python");
    let seen = ["alice", "bob", "carol"].map(|user| {
        let context = runtime.open(user, &format!("hostile-python://{user}/behaves/"));
        match wait(runtime.root(&context).get_properties(&[COMMENT])).unwrap().remove(0) {
            Ok(PropertyValue::Text(text)) => text,
            other => panic!("{other:?}"),
        }
    });
    let numbers: Vec<_> = seen.iter().flat_map(|text| text.split(' ')).collect();
    let distinct: std::collections::BTreeSet<_> = numbers.iter().collect();
    assert_eq!((numbers.len(), distinct.len()), (6, 6), "{seen:?}");
}
