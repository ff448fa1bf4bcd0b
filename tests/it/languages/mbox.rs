//! mbox inside of the sandbox: what only shows with a real component, a real index and real files. What the backend does by itself is
//! tested natively, under sanitizers; that is run from here.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use mapistore::blocking::wait;
use mapistore::conformance::{Outcome, Plan};
use mapistore::types::{DeleteMode, PropertyValue, Role, TableKind};
use mapistore::{Context, Folder};
use tests::{TestRuntime, ids, registered};

const SUBJECT: u32 = 0x0037_001F;
const FILE_NAME: u32 = 0x3707_001F;
const CONTENT: u32 = 0x3701_0102;
const ORIGINAL: u32 = 0x6659_0102;

const ONE: &str = "From alice@example.org Sat Nov 28 13:13:12 2026\nSubject: one\n\nbody of one\n\n";
const TWO: &str =
    "From bob@example.org Sat Nov 28 13:13:13 2026\nSubject: two\nStatus: RO\n\n>From here on\n\n";

struct Mail {
    runtime: TestRuntime,
}

impl Mail {
    fn new() -> Self {
        let runtime = TestRuntime::new();
        runtime.add_guest_with_files("mbox", "/mail");
        let mail = Self { runtime };
        std::fs::create_dir_all(mail.file("")).unwrap();
        mail
    }

    fn file(&self, name: &str) -> PathBuf {
        self.runtime.files().join("alice").join(name)
    }

    fn put(&self, name: &str, content: &str) {
        std::fs::write(self.file(name), content).unwrap();
    }

    fn inbox(&self) -> (Context, Folder) {
        let context = self.runtime.open("alice", "mbox://alice/inbox/");
        let root = self.runtime.root(&context);
        (context, root)
    }
}

fn subjects(folder: &Folder) -> Vec<String> {
    let cell = |id| {
        let message = wait(folder.open_message(id, false)).unwrap();
        match wait(message.get_properties(&[SUBJECT])).unwrap().remove(0) {
            Ok(PropertyValue::Text(text)) => text,
            other => panic!("the subject is {other:?}"),
        }
    };
    ids(folder, TableKind::Contents).into_iter().map(cell).collect()
}

#[test]
fn every_mbox_file_is_a_root_and_nothing_else_is() {
    let mail = Mail::new();
    std::fs::create_dir_all(mail.file("Archive")).unwrap();
    for name in ["inbox", "Sent", "Archive/2024", ".hidden", "Sent.lock"] {
        mail.put(name, ONE);
    }
    mail.put("notes.txt", "no mail\n");
    // No guest sees it, nor ends its reading there.
    let odd = std::ffi::OsStr::from_bytes(b"\xff");
    std::fs::write(mail.file("inbox").with_file_name(odd), ONE).unwrap();
    let contexts = wait(mail.runtime.list_contexts("alice")).remove(0).contexts.unwrap();
    let mut found: Vec<_> =
        contexts.iter().map(|one| (one.url.as_str(), one.role, one.main_folder)).collect();
    found.sort_unstable_by_key(|(url, ..)| *url);
    let expected = [
        ("mbox://alice/Archive/2024/", Role::Mail, false),
        ("mbox://alice/Sent/", Role::SentItems, true),
        ("mbox://alice/inbox/", Role::Mail, true),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_delivery_is_seen_while_the_folder_is_open_and_ids_stay_over_a_restart() {
    let mail = Mail::new();
    mail.put("inbox", ONE);
    let (context, root) = mail.inbox();
    let before = ids(&root, TableKind::Contents);
    mail.put("inbox", &format!("{ONE}{TWO}"));
    let after = ids(&root, TableKind::Contents);
    assert_eq!((subjects(&root), after[0]), (vec!["one".to_owned(), "two".to_owned()], before[0]));
    drop((root, context));
    let mail = Mail { runtime: mail.runtime.restart() };
    let (_context, root) = mail.inbox();
    assert_eq!(ids(&root, TableKind::Contents), after);
}

#[test]
fn a_deletion_leaves_the_other_messages_byte_for_byte() {
    let mail = Mail::new();
    mail.put("inbox", &format!("{TWO}{ONE}{TWO}"));
    let (_context, root) = mail.inbox();
    let middle = ids(&root, TableKind::Contents)[1];
    wait(root.delete_messages(&[middle], DeleteMode::Soft)).unwrap();
    assert_eq!(std::fs::read_to_string(mail.file("inbox")).unwrap(), format!("{TWO}{TWO}"));
    let left: Vec<_> =
        std::fs::read_dir(mail.file("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "the file, and what is known of it: {left:?}");
}

#[test]
fn original_bytes_and_attachments_are_read_through_streams() {
    let mail = Mail::new();
    let sample = std::fs::read_to_string(samples().join("parts.eml")).unwrap();
    mail.put("inbox", &format!("From carol@example.org Sat Nov 28 13:13:12 2026\n{sample}\n{TWO}"));
    let (_context, root) = mail.inbox();
    let both = ids(&root, TableKind::Contents);
    let read = |id, tag| {
        let message = wait(root.open_message(id, false)).unwrap();
        let stream = wait(message.open_stream(tag, mapistore::types::StreamAccess::Read)).unwrap();
        wait(stream.read(0, 1 << 20)).unwrap()
    };
    assert_eq!(String::from_utf8(read(both[0], ORIGINAL)).unwrap(), sample);
    assert_eq!(read(both[1], ORIGINAL), b"Subject: two\n\nFrom here on\n");
    let message = wait(root.open_message(both[0], false)).unwrap();
    let numbers = wait(message.list_attachments()).unwrap();
    let attachment = wait(message.open_attachment(numbers[0], false)).unwrap();
    let cells = wait(attachment.get_properties(&[FILE_NAME, CONTENT])).unwrap();
    let expected = [PropertyValue::Text("Größe.bin".to_owned()), PropertyValue::Binary((0..10).collect())];
    assert_eq!((numbers.len(), cells), (2, expected.map(Ok).into()));
}

#[test]
fn it_passes_every_behaviour_that_it_claims() {
    let kit = registered::kit("mbox", Some("/mail"), &[]);
    let report = kit.run(&Plan::default()).unwrap();
    let passed = report.count(|outcome| *outcome == Outcome::Passed);
    assert!(report.is_clean() && passed >= 105, "{passed} passed");
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample-backends/mbox")
}

fn samples() -> PathBuf {
    project().join("tests/mails")
}

#[test]
fn its_native_tests_pass_under_sanitizers() {
    let output = Command::new("sh").arg(project().join("tests/run.sh")).output().unwrap();
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{errors}");
    for passed in ["sdk: all passed", "format: all passed", "backend: 10 passed"] {
        assert!(out.contains(passed), "{out}");
    }
}
