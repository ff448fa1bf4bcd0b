//! Import and export at the shell: many kinds of files, killed and run again.

use std::collections::BTreeSet;
use std::path::Path;

use super::cli::Shell;

const INBOX: &str = "maildir://alice/INBOX/";

fn mail(number: usize) -> String {
    format!("From: a@example.org\r\nSubject: mail {number}\r\n\r\nFrom now on: {number}\r\n")
}

/// The contents of the files below a directory.
fn contents(dir: &Path) -> BTreeSet<Vec<u8>> {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).map(|path| std::fs::read(path).unwrap()).collect()
}

fn text(path: std::path::PathBuf) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn what_is_imported_comes_out_byte_for_byte_and_a_second_run_changes_nothing() {
    let shell = Shell::new();
    let (files, out) = (shell.path("files"), shell.path("out"));
    std::fs::create_dir_all(files.join("maildir/cur")).unwrap();
    std::fs::create_dir_all(files.join("maildir/new")).unwrap();
    std::fs::write(files.join("a.eml"), mail(1)).unwrap();
    std::fs::write(files.join("maildir/cur/1.x:2,FS"), mail(2)).unwrap();
    let separator = "From a@example.org Thu Jan  1 00:00:00 1970\n";
    let mbox = format!("{separator}{}\n{separator}{}\n", mail(3).replace("\nFrom ", "\n>From "), mail(1));
    std::fs::write(files.join("b.mbox"), mbox).unwrap();
    std::fs::write(files.join("c.exe"), [0; 9]).unwrap();

    let files = text(files);
    let import = |more: &[&str]| {
        let arguments = [&["--json", "import", INBOX, files.as_str()], more].concat();
        let output = shell.run(&arguments);
        assert_eq!(output.status.code(), Some(1), "one file is refused");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let first = import(&[]);
    assert_eq!((&first["imported"], &first["already_there"]), (&4.into(), &0.into()), "{first}");
    assert_eq!(first["refused"]["no kind of file that is known"], 1);
    assert!(first["refusals"][0]["origin"].as_str().unwrap().ends_with("c.exe"));
    let second = import(&[]);
    assert_eq!((&second["imported"], &second["already_there"]), (&0.into(), &4.into()), "{second}");

    let exported = shell.json(&["export", INBOX, &text(out.clone())]);
    assert_eq!(exported["exported"], 4);
    assert_eq!(contents(&out), (1..=3).map(|number| mail(number).into_bytes()).collect());
    assert_eq!(shell.json(&["export", INBOX, &text(out)])["already_there"], 4);
    let one = text(shell.path("one"));
    shell.done(&["export", INBOX, &one, "--format", "mbox"]);
    // The same bytes in an mbox are the same messages; they come from another source, and so are imported.
    let again = shell.json(&["import", INBOX, &format!("{one}/messages.mbox")]);
    assert_eq!((&again["imported"], &again["already_there"]), (&4.into(), &0.into()));
    let all = text(shell.path("all"));
    assert_eq!(shell.json(&["export", INBOX, &all])["exported"], 8);
    assert_eq!(contents(&shell.path("all")).len(), 3, "the same bytes as before");

    let seen = shell.json(&["table", INBOX, "--columns", "flags", "--where", "flags & 1", "--limit", "9"]);
    assert_eq!(seen["rows"].as_array().unwrap().len(), 1, "the flags of the Maildir came along: {seen}");
    assert_eq!(import(&["--again"])["imported"], 4);
}

#[test]
fn an_import_that_is_killed_and_run_again_imports_no_duplicate_and_misses_none() {
    const MAILS: usize = 200;
    let shell = Shell::new();
    let files = shell.path("files");
    std::fs::create_dir(&files).unwrap();
    for number in 0..MAILS {
        std::fs::write(files.join(format!("{number}.eml")), mail(number)).unwrap();
    }
    let files = text(files);
    let cur = shell.path("mail/alice/cur");
    let stored = || std::fs::read_dir(&cur).map_or(0, Iterator::count);
    for stop_at in [1, 60, 130] {
        let mut child = shell.command(&["import", INBOX, &files]).spawn().unwrap();
        while stored() < stop_at && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let last = shell.json(&["import", INBOX, &files]);
    let number = |key: &str| last[key].as_u64().unwrap();
    assert_eq!(number("imported") + number("already_there"), MAILS as u64, "{last}");
    assert_eq!(contents(&cur).len(), MAILS, "none is missing");
    assert_eq!(stored(), MAILS, "none is there twice");
    assert_eq!(shell.json(&["index", "verify"])["problem_count"], 0);
}

#[test]
fn a_journal_of_another_folder_and_a_missing_source_are_told() {
    let shell = Shell::new();
    std::fs::write(shell.path("a.eml"), mail(1)).unwrap();
    let (file, journal) = (text(shell.path("a.eml")), text(shell.path("journal")));
    shell.done(&["import", INBOX, &file, "--journal", &journal]);
    shell.done(&["create-root", "--role", "mail", "--name", "Archive"]);
    let other = shell.fails(2, &["import", "maildir://alice/Archive/", &file, "--journal", &journal]);
    assert!(other.contains("of another folder"), "{other}");
    let missing = shell.fails(2, &["import", INBOX, &text(shell.path("none"))]);
    assert!(missing.contains("cannot read"), "{missing}");
}
