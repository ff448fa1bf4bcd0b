//! The process that is killed: clients that change their mailboxes until nothing is left of them.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::thread;

use mapistore::blocking::wait;
use mapistore::index::{Fmid, Owner, Scope, Uri};
use mapistore::types::{DeleteMode, ErrorCode, PropertyTag, PropertyValue, StreamAccess, TableKind};
use mapistore::{
    CallError, Connection, Context, Folder, Message, Registration, RegistrationProcess, Runtime, Source,
    TransferRequest,
};

use crate::model::{
    Failed, GUEST, OWNERS, Operation, PROVISIONER, Place, REGISTRAR, Random, mail, token_of, token_of_mail,
};

const MIME: PropertyTag = 0x6659_0102;
const MID: PropertyTag = 0x674A_0014;
const SUBJECT: PropertyTag = 0x0037_001F;
const BODY: PropertyTag = 0x1000_001F;
/// A client with more messages deletes some.
const MESSAGES_MAX: usize = 12;

/// Opens the runtime of the driver's directory.
pub(crate) fn open(directory: &Path) -> Result<Runtime, Failed> {
    let program = std::env::current_exe()?.with_file_name("mapistore");
    if !program.is_file() {
        return Err(
            format!("`{}` is missing: run `cargo build --package mapistore`", program.display()).into()
        );
    }
    let process = RegistrationProcess::Child { program };
    Ok(Runtime::builder(directory.join("data")).registration_process(process).open()?)
}

/// Runs all clients until one fails, which ends the process.
pub(crate) fn run(directory: &Path, run: u32) -> Result<(), Failed> {
    say("started\n")?;
    let runtime = open(directory)?;
    thread::scope(|threads| {
        let mut clients: Vec<thread::ScopedJoinHandle<'_, Result<(), Failed>>> = Vec::new();
        for owner in OWNERS {
            let runtime = &runtime;
            clients.push(threads.spawn(move || ended(owner, Client::new(runtime, owner, run)?.run())));
        }
        clients.push(threads.spawn(|| ended(PROVISIONER, provision(&runtime, run))));
        clients.push(threads.spawn(|| ended(REGISTRAR, register(&runtime))));
        clients
            .into_iter()
            .try_for_each(|client| client.join().unwrap_or_else(|_| Err("a client panicked".into())))
    })
}

/// A client never ends by itself: what ends it ends the process, so that the driver sees it.
fn ended(client: &str, result: Result<(), Failed>) -> ! {
    let error = result.map_or_else(|error| tests::chain(&*error), |()| "it came to an end".into());
    eprintln!("crash: {client}: {error}");
    std::process::exit(1)
}

/// Says what is about to happen, does it, and says that it is done.
fn step<T>(
    client: &str,
    operation: &Operation,
    work: impl FnOnce() -> Result<T, Failed>,
) -> Result<T, Failed> {
    say(&format!("{client} {operation}\n"))?;
    let result = work().map_err(|error| format!("`{operation}`: {}", tests::chain(&*error)))?;
    say(&format!("{client} done\n"))?;
    Ok(result)
}

/// Writes at once and in one piece, so that the lines of the clients do not mix.
fn say(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// One root of a client.
struct Root {
    place: Place,
    folder: Folder,
    _context: Context,
    /// The messages in it.
    messages: Vec<(Fmid, String)>,
}

impl Root {
    fn open(runtime: &Runtime, owner: &str, place: Place) -> Result<Self, Failed> {
        let context = wait(runtime.open_context(&Connection::of(owner), &place.uri(owner)))?;
        let folder = wait(context.root_folder())?;
        let messages = messages(&folder)?;
        Ok(Self { place, folder, _context: context, messages })
    }
}

/// Every message of a folder, with the token that is in it.
pub(crate) fn messages(folder: &Folder) -> Result<Vec<(Fmid, String)>, Failed> {
    let table = wait(folder.open_table(TableKind::Contents))?;
    wait(table.set_columns(&[MID]))?;
    let batch = wait(table.query_rows(0, 10_000))?;
    let mut messages = Vec::new();
    for cell in batch.cells {
        let Ok(PropertyValue::Integer64(id)) = cell else {
            return Err(format!("a message without an id: {cell:?}").into());
        };
        let id = Fmid(id.cast_unsigned());
        let message = wait(folder.open_message(id, false))?;
        let token = match read(&message, MIME) {
            Ok(mail) => token_of_mail(&mail)?,
            // It was moved by its properties.
            Err(error) if error.code() == Some(ErrorCode::NotFound) => {
                let cells = wait(message.get_properties(&[SUBJECT]))?;
                let [Ok(PropertyValue::Text(subject))] = &cells[..] else {
                    return Err(format!("a message without a subject: {cells:?}").into());
                };
                let text = read(&message, BODY)?;
                let units = text.chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[unit.len() - 1]]));
                token_of(subject, &String::from_utf16(&units.collect::<Vec<_>>())?)?
            }
            Err(error) => return Err(error.into()),
        };
        messages.push((id, token));
    }
    Ok(messages)
}

fn read(message: &Message, tag: PropertyTag) -> Result<Vec<u8>, CallError> {
    let stream = wait(message.open_stream(tag, StreamAccess::Read))?;
    let mut bytes = Vec::new();
    wait(stream.read_to(|piece| {
        bytes.extend_from_slice(piece);
        Ok::<_, CallError>(())
    }))?;
    Ok(bytes)
}

/// One owner's client.
struct Client<'a> {
    runtime: &'a Runtime,
    owner: &'static str,
    run: u32,
    random: Random,
    roots: [Root; 2],
    count: u32,
}

impl<'a> Client<'a> {
    fn new(runtime: &'a Runtime, owner: &'static str, run: u32) -> Result<Self, Failed> {
        let seed = u64::from(run) << 8 | u64::from(owner.as_bytes()[0]);
        let roots =
            [Root::open(runtime, owner, Place::Maildir)?, Root::open(runtime, owner, Place::Fallback)?];
        Ok(Self { runtime, owner, run, random: Random::new(seed), roots, count: 0 })
    }

    fn run(mut self) -> Result<(), Failed> {
        loop {
            self.count += 1;
            let at = self.random.below(2);
            let full = self.roots[at].messages.len() >= MESSAGES_MAX;
            match self.random.below(10) {
                _ if full => self.delete(at)?,
                0..=3 => self.save(at)?,
                4 => self.delete(at)?,
                5..=7 => self.transfer(at)?,
                8 => self.add()?,
                _ => self.rename()?,
            }
        }
    }

    fn save(&mut self, at: usize) -> Result<(), Failed> {
        // Now and then more than one write of the key-value store takes.
        let lines = if self.random.below(8) == 0 { 20_000 } else { self.random.below(200) };
        let token = format!("{}-{}-{lines}", self.run, self.count);
        let (owner, runtime) = (self.owner, self.runtime);
        let root = &mut self.roots[at];
        let id = step(owner, &Operation::Save(root.place, token.clone()), || {
            let id = runtime.allocate_id(owner)?;
            let message = wait(root.folder.create_message(id, false))?;
            let stream = wait(message.open_stream(MIME, StreamAccess::Create))?;
            wait(stream.write(0, &mail(&token)))?;
            wait(stream.commit())?;
            wait(message.save(false))?;
            Ok(id)
        })?;
        root.messages.push((id, token));
        Ok(())
    }

    fn delete(&mut self, at: usize) -> Result<(), Failed> {
        let mode = if self.random.below(2) == 0 { DeleteMode::Soft } else { DeleteMode::Hard };
        let Some((id, token)) = self.take(at) else { return Ok(()) };
        let root = &self.roots[at];
        step(self.owner, &Operation::Delete(root.place, token), || {
            let outcomes = wait(root.folder.delete_messages(&[id], mode))?;
            outcomes.into_iter().try_for_each(|item| item.outcome.map_err(|code| format!("{code:?}").into()))
        })
    }

    fn transfer(&mut self, from: usize) -> Result<(), Failed> {
        let Some((id, token)) = self.take(from) else { return Ok(()) };
        let (source, target) = (&self.roots[from], &self.roots[1 - from]);
        let moved = step(self.owner, &Operation::Move(source.place, token.clone()), || {
            let request = [TransferRequest::of(id)];
            let moved = wait(target.folder.transfer_messages(&source.folder, &request, false))?;
            let moved = moved.into_iter().next().ok_or("no answer")?;
            moved.outcome?;
            Ok(moved.target)
        })?;
        // There may be another copy there, of a move that was cut.
        self.roots[1 - from].messages.push((moved, token));
        Ok(())
    }

    /// One of the messages of a root that is not in the other root as well.
    fn take(&mut self, at: usize) -> Option<(Fmid, String)> {
        let others: BTreeSet<_> =
            self.roots[1 - at].messages.iter().map(|(_, token)| token.clone()).collect();
        let messages = &mut self.roots[at].messages;
        let position = self.random.below(messages.len());
        let (_, token) = messages.get(position)?;
        if others.contains(token) { None } else { Some(messages.swap_remove(position)) }
    }

    fn scope(&self) -> Result<Scope, Failed> {
        Ok(Scope::operator(Owner::parse(self.owner)?))
    }

    /// The container of the index that there is now.
    fn container(&self) -> Result<u64, Failed> {
        container(self.runtime, self.owner)
    }

    fn add(&mut self) -> Result<(), Failed> {
        let name = format!("{}-{}", self.run, self.count);
        let uri = Uri::parse(format!("crash://{}/{name}", self.container()?))?;
        let scope = self.scope()?;
        step(self.owner, &Operation::Add(name), || Ok(self.runtime.index().ensure_ids(&scope, &[uri])?))?;
        Ok(())
    }

    fn rename(&mut self) -> Result<(), Failed> {
        let container = self.container()?;
        let scope = self.scope()?;
        if self.runtime.index().find(&scope, "crash://", "", None, 1)?.is_empty() {
            // Nothing would show that it was done.
            return Ok(());
        }
        step(self.owner, &Operation::Rename, || {
            let uri = |number: u64| Uri::parse(format!("crash://{number}/"));
            Ok(self.runtime.index().rename_prefix(&scope, &uri(container)?, &uri(container + 1)?)?)
        })?;
        Ok(())
    }
}

/// The number of an owner's container in the index, by what is in it: 0 if nothing is.
pub(crate) fn container(runtime: &Runtime, owner: &str) -> Result<u64, Failed> {
    let scope = Scope::operator(Owner::parse(owner)?);
    let found = runtime.index().find(&scope, "crash://", "", None, 1)?;
    let Some(entry) = found.first() else { return Ok(0) };
    let number = entry.uri.strip_prefix("crash://").and_then(|rest| rest.split('/').next());
    Ok(number.unwrap_or_default().parse()?)
}

/// Users whom nobody knows yet, one after another.
fn provision(runtime: &Runtime, run: u32) -> Result<(), Failed> {
    for count in 0.. {
        let user = format!("new-{run}-{count}");
        step(PROVISIONER, &Operation::Provision(user.clone()), || Ok(wait(runtime.provision(&user, None))?))?;
    }
    Ok(())
}

/// Registers a backend and removes it.
fn register(runtime: &Runtime) -> Result<(), Failed> {
    let component = tests::guest(GUEST);
    loop {
        if runtime.backends().iter().any(|record| GUEST.ends_with(&record.name)) {
            step(REGISTRAR, &Operation::Remove, || Ok(wait(runtime.remove("well-behaved"))?))?;
        }
        let registration = Registration { source: Source::read(&component)?, ..Registration::default() };
        step(REGISTRAR, &Operation::Register, || Ok(wait(runtime.register(registration))?))?;
    }
}
