//! What is left after a kill, compared with what was said: first the files as they are, then through a new runtime.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mapistore::blocking::wait;
use mapistore::index::{BATCH_MAX, Owner, Scope};
use mapistore::types::TableKind;
use mapistore::{Connection, Runtime};

use crate::load::{container, messages, open};
use crate::model::{
    Failed, GUEST, Mailbox, Model, OWNERS, Operation, PROVISIONER, Place, REGISTRAR, token_of_mail,
};

/// Compares everything; what was found of operations that were cut counts as said from then on.
pub(crate) fn all(directory: &Path, model: &mut Model) -> Result<(), Failed> {
    for owner in OWNERS {
        files(&directory.join("files").join(owner))
            .map_err(|error| format!("the files of {owner}: {error}"))?;
    }
    let runtime = open(directory)?;
    let report = runtime.index().verify()?;
    if !report.is_clean() {
        return Err(format!("the index contradicts itself: {report:?}").into());
    }
    for owner in OWNERS {
        let pending = model.pending.get(owner).cloned();
        let mailbox = model.mailboxes.entry(owner.to_owned()).or_default();
        let found = messages_of(&runtime, owner, mailbox, pending.as_ref())
            .and_then(|()| index(&runtime, owner, mailbox, pending.as_ref()));
        found.map_err(|error| format!("{owner}, who was about to {pending:?}: {error}"))?;
    }
    provisioned(&runtime, model)?;
    registered(&runtime, model)?;
    model.settle();
    Ok(())
}

/// Every file that a mail program would take for a message is one.
fn files(maildir: &Path) -> Result<(), Failed> {
    if !maildir.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(maildir)? {
        let path = entry?.path();
        if !path.is_dir() || path.file_name().is_some_and(|name| name == "tmp") {
            continue;
        }
        if path.file_name().is_some_and(|name| name == "cur" || name == "new") {
            for file in std::fs::read_dir(&path)? {
                let file = file?.path();
                token_of_mail(&std::fs::read(&file)?)
                    .map_err(|error| format!("{}: {error}", file.display()))?;
            }
        } else {
            files(&path)?;
        }
    }
    Ok(())
}

/// Each message is whole, once, where it was said to be.
fn messages_of(
    runtime: &Runtime,
    owner: &str,
    mailbox: &mut Mailbox,
    pending: Option<&Operation>,
) -> Result<(), Failed> {
    let mut found: BTreeMap<String, BTreeSet<Place>> = BTreeMap::new();
    for place in Place::ALL {
        let context = wait(runtime.open_context(&Connection::of(owner), &place.uri(owner)))?;
        let folder = wait(context.root_folder())?;
        let there = messages(&folder).map_err(|error| format!("{place:?}: {}", tests::chain(&*error)))?;
        let count = wait(folder.get_child_count(TableKind::Contents))?;
        if usize::try_from(count)? != there.len() {
            return Err(format!("{place:?} counts {count} messages, and shows {}", there.len()).into());
        }
        for (_, token) in there {
            if !found.entry(token.clone()).or_default().insert(place) {
                return Err(format!("`{token}` is in {place:?} twice").into());
            }
        }
        drop(folder);
        wait(context.close());
    }
    // What the operation that was cut may have made of it.
    let mut allowed: BTreeMap<&str, Vec<BTreeSet<Place>>> = BTreeMap::new();
    let (nowhere, both) = (BTreeSet::new(), BTreeSet::from(Place::ALL));
    match pending {
        Some(Operation::Save(place, token)) => {
            allowed.insert(token, vec![nowhere.clone(), BTreeSet::from([*place])]);
        }
        Some(Operation::Delete(place, token)) => {
            allowed.insert(token, vec![nowhere.clone(), BTreeSet::from([*place])]);
        }
        Some(Operation::Move(from, token)) => {
            let to = both.iter().filter(|place| *place != from).copied().collect();
            allowed.insert(token, vec![BTreeSet::from([*from]), to, both]);
        }
        _ => {}
    }
    let tokens: BTreeSet<_> = mailbox.messages.keys().chain(found.keys()).cloned().collect();
    for token in &tokens {
        let (seen, said) =
            (found.get(token).unwrap_or(&nowhere), mailbox.messages.get(token).unwrap_or(&nowhere));
        let fine = match allowed.get(token.as_str()) {
            Some(allowed) => allowed.contains(seen),
            None => seen == said,
        };
        if !fine {
            return Err(format!("`{token}` is in {seen:?}, and was said to be in {said:?}").into());
        }
    }
    mailbox.messages = found;
    Ok(())
}

/// All names are below one container, which is the one that was said, or the next.
fn index(
    runtime: &Runtime,
    owner: &str,
    mailbox: &mut Mailbox,
    pending: Option<&Operation>,
) -> Result<(), Failed> {
    let scope = Scope::operator(Owner::parse(owner)?);
    let number = container(runtime, owner)?;
    let (mut names, mut after) = (BTreeSet::new(), None);
    loop {
        let page = runtime.index().find(&scope, "crash://", "", after, BATCH_MAX)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for entry in page {
            let name = entry.uri.strip_prefix(&format!("crash://{number}/")).map(str::to_owned);
            names.insert(name.ok_or_else(|| format!("`{}` is not below {number}", entry.uri))?);
        }
    }
    let renamed = pending == Some(&Operation::Rename) && number == mailbox.container + 1;
    if number != mailbox.container && !renamed {
        return Err(format!("the container is {number}, and was said to be {}", mailbox.container).into());
    }
    let mut wanted = mailbox.names.clone();
    if let Some(Operation::Add(name)) = pending
        && names.contains(name)
    {
        wanted.insert(name.clone());
    }
    if names != wanted {
        let differ: Vec<_> = names.symmetric_difference(&wanted).collect();
        return Err(format!("the index has other names than were said: {differ:?}").into());
    }
    (mailbox.container, mailbox.names) = (number, names);
    Ok(())
}

/// Who was provisioned has a complete mailbox; who was about to be has it, or none.
fn provisioned(runtime: &Runtime, model: &mut Model) -> Result<(), Failed> {
    if let Some(Operation::Provision(user)) = model.pending.get(PROVISIONER)
        && wait(runtime.mailbox(user))?.is_some()
    {
        model.provisioned.insert(user.clone());
    }
    for user in &model.provisioned {
        let plan = wait(runtime.plan_provision(user, None))?;
        if wait(runtime.mailbox(user))?.is_none() || !plan.changes.is_empty() {
            return Err(format!("the mailbox of `{user}` is not complete: {:?}", plan.changes).into());
        }
    }
    // Each was looked at once after the kill that was next; more of them make the later rounds slow.
    model.provisioned.clear();
    Ok(())
}

/// A registered backend is loaded from what was compiled, and works; nothing is left of one that is not.
fn registered(runtime: &Runtime, model: &mut Model) -> Result<(), Failed> {
    if let Some(failure) = runtime.load_failures().first() {
        return Err(format!("`{}` is not loaded: {}", failure.name, tests::chain(&failure.error)).into());
    }
    let there = runtime.backends().iter().any(|record| GUEST.ends_with(&record.name));
    let open = matches!(model.pending.get(REGISTRAR), Some(Operation::Register | Operation::Remove));
    if there != model.registered && !open {
        return Err(
            format!("`{GUEST}` is registered: {there}, and was said to be: {}", model.registered).into()
        );
    }
    model.registered = there;
    if there {
        let context = wait(runtime.open_context(&Connection::of("alice"), "wellbehaved://alice/inbox/"))?;
        wait(wait(context.root_folder())?.get_child_count(TableKind::Contents))?;
    }
    Ok(())
}
