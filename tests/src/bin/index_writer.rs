//! Writes to an index from several threads until it is killed, and says what was acknowledged: the child of the test
//! `index_crash`.
//!
//! The index is in the directory that the first argument names. Each line on standard output is written after
//! the index has answered, in one piece: `add ID URI`, `delete ID`, `move ID URI`, `number CHANGE-NUMBER` or
//! `mailbox REVISION OWNER`.

use std::io::Write;
use std::path::Path;
use std::thread;

use mapistore::index::{DeleteMode, Fmid, Index, IndexError, LmdbIndex, LmdbOptions, Owner, Scope, Uri};
use mapistore::index::{MailboxChange, NewMailboxRow, Place};

/// How many threads write.
const THREADS: usize = 4;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("the directory of the index is missing")?;
    let index = LmdbIndex::open(Path::new(&path), LmdbOptions::default())?;
    // What distinguishes the URIs of this run from those of runs before it.
    let run = std::process::id();
    thread::scope(|threads| {
        for thread in 0..THREADS {
            let index = &index;
            threads.spawn(move || {
                write(index, &format!("crash://{run}/{thread}/"), &format!("mailbox-{thread}"))
            });
        }
    });
    Ok(())
}

/// Adds, moves and deletes below a folder until something fails.
fn write(
    index: &dyn Index,
    folder: &str,
    mailbox: &str,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let scope = Scope::operator(Owner::parse("alice")?);
    for round in 0_u64.. {
        let uris: Vec<Uri> =
            (0..3).map(|n| Uri::parse(format!("{folder}{round}/{n}"))).collect::<Result<_, _>>()?;
        let ids = index.ensure_ids(&scope, &uris)?;
        for (id, uri) in ids.iter().zip(&uris) {
            say(format_args!("add {id} {uri}\n"))?;
        }
        let single = add(index, &scope, &format!("{folder}single/{round}"))?;
        index.remove(&scope, &[ids[0]], DeleteMode::Soft)?;
        say(format_args!("delete {}\n", ids[0]))?;
        if round.is_multiple_of(3) {
            let (old, new) = (format!("{folder}{round}/"), format!("{folder}moved/{round}/"));
            index.rename_prefix(&scope, &Uri::parse(old)?, &Uri::parse(&*new)?)?;
            say(format_args!("move {} {new}1\nmove {} {new}2\n", ids[1], ids[2]))?;
        }
        if round.is_multiple_of(5) {
            index.remove(&scope, &[single], DeleteMode::Hard)?;
            say(format_args!("delete {single}\n"))?;
        }
        for number in index.next_change_numbers(&scope, 2)? {
            say(format_args!("number {number}\n"))?;
        }
        if round.is_multiple_of(2) {
            replace_mailbox(index, mailbox)?;
        }
    }
    Ok(())
}

/// Puts 30 new rows in the place of all that a mailbox has (PV-06: all of it, or nothing).
fn replace_mailbox(index: &dyn Index, name: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let owner = Owner::parse(name)?;
    let found = index.mailbox(&owner)?;
    let row =
        NewMailboxRow { place: Place::Below(Uri::parse("crash://fallback/")?), details: b"{}".to_vec() };
    let change = MailboxChange {
        revision: found.revision,
        remove: found.rows.iter().map(|row| row.id).collect(),
        add: vec![row; 30],
        ..MailboxChange::default()
    };
    index.change_mailbox(&owner, &change)?;
    say(format_args!("mailbox {} {name}\n", found.revision + 1))?;
    Ok(())
}

fn add(
    index: &dyn Index,
    scope: &Scope,
    uri: &str,
) -> Result<Fmid, Box<dyn std::error::Error + Send + Sync>> {
    let id = index.reserve(scope, 1)?.first;
    let result: Result<(), IndexError> = index.add(scope, id, &Uri::parse(uri)?);
    result?;
    say(format_args!("add {id} {uri}\n"))?;
    Ok(id)
}

/// Writes to standard output at once and in one piece, so that the lines of the threads do not mix.
fn say(text: std::fmt::Arguments<'_>) -> std::io::Result<()> {
    let text = text.to_string();
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
