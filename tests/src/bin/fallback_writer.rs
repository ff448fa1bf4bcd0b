//! Saves, changes, moves and deletes messages in the fallback until it is killed, and says what it is about to do and what
//! was acknowledged: the child of the test `fallback`.
//!
//! `fallback_writer DATA_DIR FIRST`: messages have numbers from FIRST on. Each owner has a thread; the folder `Moved` is
//! there already. Each line on standard output is written in one piece: `OWNER try STEP` before a call and
//! `OWNER done` after its answer, where STEP is `save NUMBER VERSION`, `move NUMBER` or `delete NUMBER`.

use std::error::Error;
use std::io::Write;
use std::thread;

use mapistore::blocking::wait;
use mapistore::index::Fmid;
use mapistore::types::{DeleteMode, TableKind};
use mapistore::{Connection, Folder, Runtime, TransferRequest};
use tests::whole;

type Done<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let data_dir = arguments.next().ok_or("the data directory is missing")?;
    let first: u64 = arguments.next().ok_or("the first number is missing")?.parse()?;
    let runtime = Runtime::open(data_dir)?;
    thread::scope(|threads| {
        for owner in ["alice", "bob"] {
            let runtime = &runtime;
            threads.spawn(move || {
                let _end = EndOfAll;
                if let Err(error) = run(runtime, owner, first) {
                    eprintln!("{owner}: {error}");
                }
            });
        }
    });
    Ok(())
}

/// Ends the process with the first thread that ends: it has to be killed instead.
struct EndOfAll;

impl Drop for EndOfAll {
    fn drop(&mut self) {
        std::process::exit(1);
    }
}

fn run(runtime: &Runtime, owner: &'static str, first: u64) -> Done {
    let context = wait(runtime.open_context(&Connection::of(owner), &format!("fallback://{owner}/")))?;
    let root = wait(context.root_folder())?;
    let moved = *tests::ids(&root, TableKind::Hierarchy).first().ok_or("there is no folder `Moved`")?;
    let moved = wait(root.open_folder(moved))?;
    let mut before: Option<Fmid> = None;
    for number in first.. {
        let id = runtime.allocate_id(owner)?;
        step(owner, &format!("save {number} 0"), || {
            let message = wait(root.create_message(id, false))?;
            whole::write(&message, number, 0)?;
            Ok(wait(message.save(false)).map(drop)?)
        })?;
        if let Some(earlier) = before.replace(id) {
            step(owner, &format!("save {} 1", number - 1), || {
                let message = wait(root.open_message(earlier, true))?;
                whole::write(&message, number - 1, 1)?;
                Ok(wait(message.save(false)).map(drop)?)
            })?;
            match number % 3 {
                0 => step(owner, &format!("move {}", number - 1), || transfer(&moved, &root, earlier))?,
                1 => {
                    let mode = if number.is_multiple_of(2) { DeleteMode::Soft } else { DeleteMode::Hard };
                    step(owner, &format!("delete {}", number - 1), || delete(&root, earlier, mode))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn transfer(target: &Folder, source: &Folder, id: Fmid) -> Done {
    for transferred in wait(target.transfer_messages(source, &[TransferRequest::of(id)], false))? {
        transferred.outcome?;
    }
    Ok(())
}

fn delete(folder: &Folder, id: Fmid, mode: DeleteMode) -> Done {
    for outcome in wait(folder.delete_messages(&[id], mode))? {
        outcome.outcome.map_err(|code| format!("{code:?}"))?;
    }
    Ok(())
}

fn step(owner: &str, what: &str, work: impl FnOnce() -> Done) -> Done {
    say(&format!("{owner} try {what}\n"))?;
    work()?;
    Ok(say(&format!("{owner} done\n"))?)
}

/// Writes to standard output at once and in one piece, so that the lines of the threads do not mix.
fn say(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
