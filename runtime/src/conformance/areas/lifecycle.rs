//! LC: the backend as a whole, its listing, its roots, and contexts from their opening to their end.

use crate::bindings::mapistore::backend::types::{Capabilities as C, ErrorCode as E, Role, TableKind};
use crate::blocking;
use crate::conformance::behaviour::Behaviour;
use crate::conformance::expect::{Done, Stop, demand, or_code, refused, refused_somehow, same};
use crate::conformance::handles::Context;
use crate::conformance::tag;
use crate::conformance::trial::Trial;
use crate::context::Connection;
use crate::error::CallError;
use crate::invoke::{Expression, InvokeError, Invoked, ObjectPath};

const fn b(
    id: &'static str,
    sentence: &'static str,
    needs: &'static [C],
    show: fn(&Trial<'_>) -> Done,
) -> Behaviour {
    Behaviour::of(id, sentence, needs, show)
}

#[rustfmt::skip]
pub(crate) static BEHAVIOURS: &[Behaviour] = &[
    b("LC-05", "What is no URI, or one of an unknown namespace, is refused before the backend sees it.", &[], no_uri),
    b("LC-06", "A URI reaches the backend as it was given: a root that it does not have is not-found or an invalid URI.", &[], unknown_root),
    b("LC-07", "A root that is open is found again by its URI, and another URI is another context.", &[], same_context),
    b("LC-08", "A context stays open until its last reference goes; then its destructors run and its memory comes back.", &[], references),
    b("LC-09", "A closed context does not come back: objects opened through it are stale, and its number is not used again.", &[], closed),
    b("LC-10", "A root that cannot be opened leaves nothing open.", &[], nothing_stays_open),
    b("LC-11", "Closing a context with objects open ends in order, and gives all memory back.", &[], live_children),
    b("LC-13", "A root folder is made for a role of the backend's, is listed with it and opens; a foreign role is nobody's error.", &[C::CREATE_ROOT], create_root),
    b("LC-16", "Two listings of the same user are the same.", &[], same_listing),
    b("LC-17", "Every listed root opens, and its root folder tells its name.", &[], every_root_opens),
    b("LC-18", "At most one root of each role is the main one.", &[], one_main),
    b("LC-19", "What the backend says about itself is always the same.", &[], same_description),
    b("LC-20", "One user's roots show nothing of another's.", &[C::WRITE_MESSAGES], isolation),
    b("LC-21", "A context can be closed in an orderly way.", &[], orderly),
    b("LC-22", "The URI of a message is made from its name without opening anything.", &[C::GENERATE_URI, C::WRITE_MESSAGES], generate_uri),
    b("LC-23", "Users with any name are listed and served, or refused; never confused.", &[], strange_users),
    b("LC-24", "A context takes no more memory each time it is opened.", &[], no_leak),
    b("LC-25", "A name of a root that is taken is refused, or made another root; the first stays.", &[C::CREATE_ROOT], create_root_twice),
    b("LC-26", "What was saved is there after its context was closed and opened again, all of it.", &[C::WRITE_MESSAGES], survives),
    b("LC-27", "Listing a user makes no message and no folder.", &[], listing_makes_nothing),
];

fn no_uri(trial: &Trial<'_>) -> Done {
    for uri in ["", "abc", "a:b", "x:/y", "x://", "://x", "no-such-namespace://x/"] {
        match trial.open(uri) {
            Err(Stop::Call(CallError::Uri(_))) => {}
            Err(stop) => return Err(stop),
            Ok(_) => return Err(Stop::Host(format!("`{uri}` was opened"))),
        }
    }
    Ok(())
}

/// The namespace with its separator.
fn scheme(trial: &Trial<'_>) -> Done<String> {
    let url = trial.root_entry()?.url;
    let (namespace, _) = url.split_once("://").ok_or_else(|| Stop::Host(format!("`{url}` has no scheme")))?;
    Ok(format!("{namespace}://"))
}

fn unknown_root(trial: &Trial<'_>) -> Done {
    let scheme = scheme(trial)?;
    for rest in ["%", "no such root/%41 @ü/", "../../etc/", "\u{1F642}", "x/?#"] {
        let opened = trial.open(&format!("{scheme}{rest}"));
        refused("opening a root that it does not have", opened, &[E::NotFound, E::InvalidUri, E::Denied])?;
    }
    Ok(())
}

fn same_context(trial: &Trial<'_>) -> Done {
    let url = trial.root_entry()?.url;
    let (one, two) = (trial.open(&url)?, trial.open(&url)?);
    demand!(one.inner.id() == two.inner.id(), "opening `{url}` twice opened two contexts");
    for other in trial.list()?.into_iter().filter(|entry| entry.url != url) {
        let other = trial.open(&other.url)?;
        demand!(other.inner.id() != one.inner.id(), "two URIs opened one context");
    }
    Ok(())
}

fn references(trial: &Trial<'_>) -> Done {
    let url = trial.root_entry()?.url;
    let (one, two) = (trial.open(&url)?, trial.open(&url)?);
    let root = one.root_folder()?;
    demand!(one.close().is_none(), "the context was closed although somebody still refers to it");
    root.get_child_count(TableKind::Contents)?;
    drop(root);
    in_order(two)
}

/// Closes a context and demands that its destructors ran without a trap and all memory came back.
fn in_order(context: Context) -> Done {
    let held = blocking::wait(context.inner.memory_bytes())?;
    let Some(closed) = context.close() else {
        return Err(Stop::Host("the last reference to a context did not close it".into()));
    };
    closed.destructors.map_err(|error| Stop::Failed(format!("a destructor ended badly: {error}")))?;
    demand!(closed.memory_bytes >= held, "{held} bytes were held, and {} came back", closed.memory_bytes);
    Ok(())
}

fn closed(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let id = context.inner.id();
    context.close();
    match root.get_child_count(TableKind::Contents) {
        Err(Stop::Call(CallError::Stale { .. })) => {}
        other => {
            return Err(Stop::Host(format!("a folder of a closed context answered {:?}", other.is_ok())));
        }
    }
    let (again, _root) = trial.start()?;
    demand!(again.inner.id() != id, "the number of a closed context was used again");
    Ok(())
}

fn nothing_stays_open(trial: &Trial<'_>) -> Done {
    let uri = format!("{}no/such/root/", scheme(trial)?);
    refused_somehow("opening a root that does not exist", trial.open(&uri))?;
    refused_somehow("opening it again", trial.open(&uri))?;
    let (context, root) = trial.start()?;
    root.get_child_count(TableKind::Contents)?;
    drop(root);
    in_order(context)
}

fn live_children(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let table = root.open_table(TableKind::Contents)?;
    let message = match trial.claims(C::WRITE_MESSAGES) {
        true => {
            trial.add(&root, "saved")?;
            Some(trial.compose(&root, "never saved")?)
        }
        false => None,
    };
    in_order(context)?;
    let stale = matches!(table.row_count(), Err(Stop::Call(CallError::Stale { .. })));
    demand!(stale, "a table of a closed context still answers");
    drop((message, table, root));
    trial.start().map(drop)
}

fn create_root(trial: &Trial<'_>) -> Done {
    let mut made = 0;
    let roles =
        [Role::Mail, Role::Calendar, Role::Contacts, Role::Tasks, Role::Notes, Role::Journal, Role::Fallback];
    for role in roles {
        let before = trial.list()?;
        let name = format!("Made for it {made}");
        let Some(created) = trial.create_root(role, &name)? else {
            same("the listing after a role that is not its own", &trial.list()?, &before)?;
            continue;
        };
        made += 1;
        let after = trial.list()?;
        let entry = after.iter().find(|entry| entry.url == created.it);
        let entry =
            entry.ok_or_else(|| Stop::Failed(format!("the new root `{}` is not listed", created.it)))?;
        demand!(
            entry.role == role,
            "the new root is listed with the role {:?}, and was made for {role:?}",
            entry.role
        );
        same("the name of the new root", &entry.name, &name)?;
        let missing = before.iter().find(|old| !after.iter().any(|entry| entry.url == old.url));
        demand!(missing.is_none(), "a root that was there is no longer listed: {missing:?}");
        let context = trial.open(&created.it)?;
        let root = context.root_folder()?;
        same("the new root's messages", &root.get_child_count(TableKind::Contents)?, &0)?;
        same("the FID of the new root", &trial.root_fid(&context)?, &created.id)?;
    }
    demand!(made > 0, "it claims `create-root` and makes none for any role");
    Ok(())
}

fn same_listing(trial: &Trial<'_>) -> Done {
    trial.root_entry()?;
    same("the second listing", &trial.list()?, &trial.list()?)
}

fn every_root_opens(trial: &Trial<'_>) -> Done {
    trial.root_entry()?;
    for entry in trial.list()? {
        let context = trial.open(&entry.url)?;
        let root = context.root_folder()?;
        root.get_child_count(TableKind::Contents)?;
        let name = root.get(tag::DISPLAY_NAME)?;
        demand!(
            matches!(name, Ok(_) | Err(E::NotFound)),
            "the name of the root of `{}` is {name:?}",
            entry.url
        );
    }
    Ok(())
}

fn one_main(trial: &Trial<'_>) -> Done {
    trial.root_entry()?;
    let mut main = Vec::new();
    for entry in trial.list()?.into_iter().filter(|entry| entry.main_folder) {
        demand!(!main.contains(&entry.role), "the role {:?} has two main folders", entry.role);
        main.push(entry.role);
    }
    Ok(())
}

/// Calls functions by name, in an instance of their own.
fn invoke(trial: &Trial<'_>, text: &str, root: Option<String>) -> Done<Vec<Invoked>> {
    let expression = Expression::parse(text).map_err(|error| Stop::Host(error.to_string()))?;
    let path = root.map(|root| ObjectPath { root, folders: Vec::new(), message: None });
    let connection = Connection::of(&trial.owner);
    trial.log.remark(&format!("in an instance of its own: {text}"));
    let invoked = trial.kit.runtime.invoke(&trial.kit.backend, Some(connection), path, &expression);
    let failed = |error: InvokeError| match error {
        InvokeError::Call(error) => Stop::Call(error),
        other => Stop::Host(other.to_string()),
    };
    let invocation = blocking::wait(invoked).map_err(failed)?;
    invocation.ended.map_err(failed)?;
    Ok(invocation.done)
}

fn same_description(trial: &Trial<'_>) -> Done {
    let describe = || -> Done<_> {
        Ok(invoke(trial, "describe(); describe()", None)?
            .into_iter()
            .map(|call| call.json)
            .collect::<Vec<_>>())
    };
    let (one, two) = (describe()?, describe()?);
    demand!(one == two && one.first() == one.get(1), "it describes itself in two ways");
    let name = one.first().and_then(|told| told.get("namespace")?.as_str().map(str::to_owned));
    let scheme = scheme(trial).map(|scheme| scheme.trim_end_matches("://").to_owned());
    match (name, scheme) {
        (Some(told), Ok(used)) => same("the namespace", &told, &used),
        _ => Ok(()),
    }
}

fn isolation(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let id = trial.add(&root, "a secret")?;
    let url = trial.root_entry()?.url;
    let other = format!("{}-other", trial.owner);
    let theirs = trial.list_of(&other)?;
    demand!(!theirs.iter().any(|entry| entry.url == url), "another user's listing has `{url}` too");
    // By the same URI, with a mailbox of their own: refused, or something else than the first user's.
    let Some(opened) =
        or_code(trial.open_as(&Connection::of(&other), &url), &[E::Denied, E::NotFound, E::InvalidUri])?
    else {
        drop(context);
        return Ok(());
    };
    let theirs = opened.root_folder()?;
    let rows = trial.rows(&theirs, TableKind::Contents, &[tag::MID])?;
    demand!(rows.is_empty(), "another user sees {} rows of the first one's root", rows.len());
    refused("opening the message as another user", theirs.open_message(id, false), &[E::NotFound])
}

fn orderly(trial: &Trial<'_>) -> Done {
    let url = trial.root_entry()?.url;
    let done = invoke(trial, "context.close()", Some(url))?;
    demand!(
        done.iter().all(|call| !call.is_error),
        "closing answered {:?}",
        done.first().map(|call| &call.wave)
    );
    Ok(())
}

fn generate_uri(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let root_uri = trial.root_entry()?.url;
    let mut made: Vec<String> = Vec::new();
    for called in ["one", "two"] {
        let id = trial.add(&root, called)?;
        let path = context.path(id)?;
        let path = path.map_err(|code| Stop::Failed(format!("the path of a message is {code:?}")))?;
        // What whoever delivers mail knows of a message: the name of its file, its number, ...
        let name = path.rsplit('/').next().unwrap_or_default();
        let call = format!("provider.generate-uri({:?}, \"\", {name:?}, {root_uri:?})", trial.owner);
        let ask = || trial.kit.runtime.generate_uri(&trial.owner, "", name, &root_uri);
        let uri = trial.log.call(&call, ask())?;
        demand!(
            uri.starts_with(&root_uri) && uri.len() > root_uri.len() && !uri.ends_with('/'),
            "the URI `{uri}` is not that of a message in `{root_uri}`"
        );
        same("the URI, asked for again", &trial.log.call(&call, ask())?, &uri)?;
        demand!(!made.contains(&uri), "two messages have the URI `{uri}`");
        made.push(uri);
    }
    Ok(())
}

fn strange_users(trial: &Trial<'_>) -> Done {
    let mut seen: Vec<(String, String)> = Vec::new();
    for suffix in ["a b", "ü@example.org", "a/b", "a%2Fb", "..", "a'b\"c", "A B", "日本"] {
        let user = format!("{} {suffix}", trial.owner);
        let refusals = [E::Denied, E::InvalidParameter, E::NotFound, E::InvalidData];
        let Some(entries) = or_code(trial.list_of(&user), &refusals)? else { continue };
        for entry in entries {
            let holder = seen.iter().find(|(_, url)| *url == entry.url);
            demand!(holder.is_none(), "`{}` is listed for `{user}` and for {holder:?}", entry.url);
            let context = trial.open_as(&Connection::of(&user), &entry.url)?;
            context.root_folder()?.get_child_count(TableKind::Contents)?;
            seen.push((user.clone(), entry.url));
        }
    }
    Ok(())
}

fn no_leak(trial: &Trial<'_>) -> Done {
    let url = trial.root_entry()?.url;
    let mut sizes = Vec::new();
    for _ in 0..12 {
        let context = trial.open(&url)?;
        context.root_folder()?.get_child_count(TableKind::Contents)?;
        sizes.push(blocking::wait(context.inner.memory_bytes())?);
        in_order(context)?;
    }
    let (first, last) = (sizes.get(1), sizes.last());
    demand!(last <= first, "the same opening held {first:?} bytes at first, and {last:?} later");
    Ok(())
}

fn create_root_twice(trial: &Trial<'_>) -> Done {
    let role = trial.role()?;
    let Some(first) = trial.create_root(role, "Twice")? else {
        return Err(Stop::NotClaimed("it makes no root of the role that it lists".into()));
    };
    match or_code(trial.create_root(role, "Twice"), &[E::Exists])? {
        Some(Some(second)) => demand!(second.it != first.it, "one URI was made twice: `{}`", first.it),
        Some(None) => return Err(Stop::Failed("the role is no longer its own".into())),
        None => {}
    }
    trial.open(&first.it)?.root_folder()?;
    for name in ["", &"x".repeat(5000)] {
        refused(
            "a root with an empty or endless name",
            trial.create_root(role, name),
            &[E::InvalidParameter, E::TooBig, E::InvalidUri],
        )?;
    }
    Ok(())
}

fn survives(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let one = trial.add(&root, "one")?;
    let folder = match trial.claims(C::FOLDERS) {
        true => {
            let made = trial.add_folder(&root, "Folder")?;
            let inside = trial.add(&made, "inside")?;
            Some((made.id, inside))
        }
        false => None,
    };
    let (_context, root) = trial.reopen(context, root)?;
    same("the messages", &trial.ids(&root, TableKind::Contents)?, &vec![one])?;
    if let Some((folder, inside)) = folder {
        let folder = root.open_folder(folder)?;
        same("the messages in the folder", &trial.ids(&folder, TableKind::Contents)?, &vec![inside])?;
        same("the name", &trial.marker_of(&folder.open_message(inside, false)?)?, &"inside".to_owned())?;
    }
    Ok(())
}

fn listing_makes_nothing(trial: &Trial<'_>) -> Done {
    trial.root_entry()?;
    for _ in 0..2 {
        for entry in trial.list()? {
            let context = trial.open(&entry.url)?;
            let root = context.root_folder()?;
            if trial.claims(C::WRITE_MESSAGES) {
                same("the messages of a new user", &root.get_child_count(TableKind::Contents)?, &0)?;
            }
        }
    }
    Ok(())
}
