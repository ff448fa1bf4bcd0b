//! FO: folders (MS-OXCFOLD).

mod tree;

use crate::bindings::mapistore::backend::types::{
    Capabilities as C, DeleteMode, ErrorCode as E, PropertyValue, TableKind,
};
use crate::conformance::behaviour::Behaviour;
use crate::conformance::expect::{Done, Stop, demand, id_in, number_in, or_code, refused, same};
use crate::conformance::handles::{Context, Folder};
use crate::conformance::sample::{self, name};
use crate::conformance::tag;
use crate::conformance::trial::{Made, Trial, flags_done, no_problems, text};
use crate::index::{ChangeNumber, Fmid};

const FOLDERS: &[C] = &[C::FOLDERS];
const FILLED: &[C] = &[C::FOLDERS, C::WRITE_MESSAGES];
const MOVE: &[C] = &[C::FOLDERS, C::MOVE_FOLDER];
const COPY: &[C] = &[C::FOLDERS, C::COPY_FOLDER, C::WRITE_MESSAGES];

use tree::*;

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
    b("FO-01", "A created folder opens by its FID under its name, and counts.", FOLDERS, created),
    b("FO-02", "A second folder of the same name is refused with exists.", FOLDERS, duplicate),
    b("FO-03", "A folder without a display name is refused with invalid-parameter.", FOLDERS, nameless),
    b("FO-04", "An unknown FID is answered with not-found.", &[], unknown),
    b("FO-05", "A folder that is not empty is deleted with its contents only if asked to.", FILLED, delete_full),
    b("FO-06", "A folder's path ends in a slash and begins with its parent's path.", FOLDERS, paths),
    b("FO-07", "Setting the display name renames the folder; paths and index follow, also of what is in it.", FILLED, rename),
    b("FO-08", "A moved folder is gone from its old place, is at the new one, and its contents keep their ids.", &[C::FOLDERS, C::MOVE_FOLDER, C::WRITE_MESSAGES], moved),
    b("FO-09", "A copied folder has new ids, its source stays, and sub-folders come along only if asked for.", COPY, copied),
    b("FO-10", "A folder cannot be moved into itself or what is below it.", MOVE, move_into_itself),
    b("FO-11", "The child count is the number of rows of the table of the same kind.", &[], counts),
    b("FO-12", "The root answers its FID as PidTagFolderId, and its path is that of its URI.", &[], root_id),
    b("FO-13", "The root of a context cannot be deleted.", &[], delete_root),
    b("FO-14", "The path of an id that nobody has is not-found.", &[], unknown_path),
    b("FO-15", "A name in any language is kept as it is, or refused with invalid-parameter.", FOLDERS, names),
    b("FO-16", "An empty name is refused with invalid-parameter.", FOLDERS, empty_name),
    b("FO-17", "Renaming to a name that is taken is refused with exists and changes nothing.", FOLDERS, rename_taken),
    b("FO-18", "Every property that a folder lists can be read.", &[], listed_properties),
    b("FO-19", "Cells come in the order of the tags, and a property that is not there is not-found.", &[], cells),
    b("FO-20", "A hard deleted folder is gone: not listed, not opened, no path.", FOLDERS, deleted),
    b("FO-21", "A soft deleted folder is told among the deleted ones since the change number before.", &[C::FOLDERS, C::DELETED_IDS], tombstone),
    b("FO-22", "A recursive delete takes all levels below with it.", FILLED, delete_tree),
    b("FO-23", "PidTagContentCount, PidTagContentUnreadCount and PidTagSubfolders follow what is in the folder.", FILLED, count_properties),
    b("FO-24", "Folders nest six levels deep, and each opens from the one above.", FOLDERS, deep),
    b("FO-25", "Moving to a name that is taken is refused with exists and leaves the source.", MOVE, move_taken),
    b("FO-26", "A property of a folder that was set without a problem is read back.", FOLDERS, set_properties),
    b("FO-27", "Removing a property that is not there is no problem.", FOLDERS, remove_absent),
    b("FO-28", "What one handle changes, another handle of the same folder sees.", FILLED, two_handles),
    b("FO-29", "Folders are there under the same ids after the context was closed and opened again.", FOLDERS, reopened),
    b("FO-30", "Forty sub-folders are all counted and listed, each once.", FOLDERS, many),
    b("FO-31", "A folder moved below another opens from there and no longer from its old parent.", MOVE, move_parent),
    b("FO-32", "A folder cannot be copied recursively into itself.", COPY, copy_into_itself),
    b("FO-33", "A sub-folder's PidTagParentFolderId, where it has one, is its parent's FID.", FOLDERS, parent_id),
    b("FO-34", "The name of a deleted folder can be used again, by a folder with another id and nothing in it.", FILLED, name_again),
    b("FO-35", "A stream of a folder's property that is not there is not-found.", &[C::STREAMS], absent_stream),
];

/// The name that the folder itself says.
fn name_of(folder: &Folder) -> Done<String> {
    match folder.get(tag::DISPLAY_NAME)? {
        Ok(PropertyValue::Text(text)) => Ok(text),
        other => Err(Stop::Failed(format!("PidTagDisplayName is {other:?}"))),
    }
}

fn is_called(folder: &Folder, expected: &str) -> Done {
    same("PidTagDisplayName", &name_of(folder)?, &expected.to_owned())
}

fn path(context: &Context, id: Fmid) -> Done<String> {
    context
        .path(id)?
        .map_err(|code| Stop::Failed(format!("the path of {id} is {}", crate::error::code_name(code))))
}

fn sub_folders(trial: &Trial<'_>, folder: &Folder) -> Done<Vec<Fmid>> {
    trial.ids(folder, TableKind::Hierarchy)
}

fn created(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let before = root.get_child_count(TableKind::Hierarchy)?;
    let made = trial.add_folder(&root, "Reports")?;
    is_called(&made, "Reports")?;
    is_called(&root.open_folder(made.id)?, "Reports")?;
    same("the child count", &root.get_child_count(TableKind::Hierarchy)?, &(before + 1))?;
    let listed = sub_folders(trial, &root)?;
    demand!(listed.contains(&made.id), "the hierarchy table does not have the folder {}", made.id);
    Ok(())
}

fn duplicate(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let first = trial.add_folder(&root, "Twice")?;
    let again = root.create_folder(trial.id()?, vec![name("Twice")]);
    refused("a second folder of the same name", again, &[E::Exists])?;
    is_called(&root.open_folder(first.id)?, "Twice")?;
    same("the number of folders", &sub_folders(trial, &root)?.len(), &1)
}

fn nameless(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let before = root.get_child_count(TableKind::Hierarchy)?;
    let made = root.create_folder(trial.id()?, vec![text(tag::COMMENT, "no name")]);
    refused("a folder without a name", made, &[E::InvalidParameter])?;
    same("the child count", &root.get_child_count(TableKind::Hierarchy)?, &before)
}

fn unknown(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let codes: &[E] =
        if trial.claims(C::FOLDERS) { &[E::NotFound] } else { &[E::NotFound, E::NotImplemented] };
    refused("opening a folder that does not exist", root.open_folder(trial.id()?), codes)?;
    refused(
        "opening a folder of the id 0",
        root.open_folder(Fmid(0)),
        &[codes, &[E::InvalidParameter]].concat(),
    )
}

fn delete_full(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let made = trial.add_folder(&root, "Full")?;
    let below = trial.add_folder(&made, "Below")?;
    let id = trial.add(&made, "kept")?;
    refused("deleting a folder with contents", made.delete(DeleteMode::Hard, false), &[E::Exists])?;
    same("the messages after the refusal", &trial.ids(&made, TableKind::Contents)?, &vec![id])?;
    same("the sub-folders after the refusal", &sub_folders(trial, &made)?, &vec![below.id])?;
    made.delete(DeleteMode::Hard, true)?;
    same("the folders after the deletion", &sub_folders(trial, &root)?, &Vec::new())?;
    refused("opening the deleted folder", root.open_folder(made.id), &[E::NotFound])
}

fn paths(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let made = trial.add_folder(&root, "Outer")?;
    let inner = trial.add_folder(&made, "Inner")?;
    let root_path = path(&context, trial.root_fid(&context)?)?;
    let (outer_path, inner_path) = (path(&context, made.id)?, path(&context, inner.id)?);
    for path in [&root_path, &outer_path, &inner_path] {
        demand!(path.ends_with('/'), "the path `{path}` of a folder does not end in `/`");
    }
    for (parent, child) in [(&root_path, &outer_path), (&outer_path, &inner_path)] {
        demand!(
            child.starts_with(parent.as_str()) && child.len() > parent.len(),
            "the path `{child}` does not begin with that of its parent, `{parent}`"
        );
    }
    Ok(())
}

fn rename(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let made = trial.add_folder(&root, "Before")?;
    let below = trial.add_folder(&made, "Below")?;
    let message = trial.add(&below, "inside")?;
    let old = path(&context, made.id)?;
    no_problems("setting PidTagDisplayName", &made.set_properties(vec![name("After")])?)?;
    is_called(&made, "After")?;
    is_called(&root.open_folder(made.id)?, "After")?;
    let new = path(&context, made.id)?;
    demand!(
        !old.contains("Before") || new.contains("After"),
        "the path has the folder's name in it, and is `{new}` after the folder was renamed from Before to After"
    );
    let inside = path(&context, message)?;
    demand!(inside.starts_with(&new), "the message is at `{inside}`, and its folder at `{new}`");
    for id in [made.id, below.id, message] {
        let path = path(&context, id)?;
        let indexed = trial.indexed_uri(id)?;
        demand!(
            indexed.as_ref().is_some_and(|uri| uri.ends_with(&path)),
            "the index has {indexed:?} for {id}, and its path is `{path}`"
        );
        demand!(new == old || !path.starts_with(&old), "the path `{path}` is still the old one");
    }
    let folder = root.open_folder(made.id)?.open_folder(below.id)?;
    same("the messages of the sub-folder", &trial.ids(&folder, TableKind::Contents)?, &vec![message])
}

fn counts(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    if trial.claims(C::WRITE_MESSAGES) {
        for number in 0..3 {
            trial.add(&root, &format!("message {number}"))?;
        }
    }
    if trial.claims(C::FOLDERS) {
        trial.add_folder(&root, "One")?;
        trial.add_folder(&root, "Two")?;
    }
    let mut kinds = vec![(TableKind::Contents, tag::MID)];
    if trial.claims(C::FOLDERS) {
        kinds.push((TableKind::Hierarchy, tag::FOLDER_ID));
    }
    if trial.claims(C::ASSOCIATED) {
        kinds.push((TableKind::Associated, tag::MID));
    }
    for (kind, column) in kinds {
        let table = root.open_table(kind)?;
        let rows = table.rows(&[column])?.len();
        let count = usize::try_from(root.get_child_count(kind)?).unwrap_or(usize::MAX);
        demand!(count == rows, "the child count of {kind:?} is {count}, and its table has {rows} rows");
        same("the table's row count", &usize::try_from(table.row_count()?).unwrap_or(usize::MAX), &rows)?;
    }
    Ok(())
}

fn root_id(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let fid = trial.root_fid(&context)?;
    match root.get(tag::FOLDER_ID)? {
        // A folder that says nothing about its id leaves it to the host.
        Err(E::NotFound) => {}
        cell => same("PidTagFolderId of the root", &id_in("PidTagFolderId", &cell)?, &fid)?,
    }
    let uri = trial.root_entry()?.url;
    let rest = uri.split_once("://").map_or("", |(_, rest)| rest);
    same("the root's path", &path(&context, fid)?, &rest.to_owned())
}

fn delete_root(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let codes: &[E] = if trial.claims(C::FOLDERS) { &[E::Denied] } else { &[E::Denied, E::NotImplemented] };
    refused("deleting the root", root.delete(DeleteMode::Hard, true), codes)?;
    trial.count(&root, TableKind::Contents).map(drop)
}

fn unknown_path(trial: &Trial<'_>) -> Done {
    let (context, _root) = trial.start()?;
    let unknown = trial.id()?;
    same("the path of an unknown id", &context.path(unknown)?, &Err(E::NotFound))?;
    let root = trial.root_fid(&context)?;
    let both = context.get_paths(&[root, unknown])?;
    demand!(
        matches!(both.as_slice(), [Ok(_), Err(E::NotFound)]),
        "the paths of the root and of an unknown id are {both:?}"
    );
    Ok(())
}

fn names(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let names = [
        "Grüße aus Köln",
        "日本語のフォルダ",
        "Ünï cödé",
        "with space",
        " leads with space",
        "a&b",
        "100% ~",
        "a:b",
        "a\\b",
        "a/b",
        "a.b",
        ".hidden",
        "..",
        "a\"b'c",
        "emoji 🙂",
        "e\u{301}",
        "#?+=",
        "-dash",
        "CON",
        "INBOX",
    ];
    let mut kept = 0;
    for called in names {
        let made = root.create_folder(trial.id()?, vec![name(called)]);
        // A name may collide with one that differs in case only, or be one that the backend uses itself.
        if let Some(folder) = or_code(made, &[E::InvalidParameter, E::Exists])? {
            is_called(&folder, called)?;
            kept += 1;
        }
    }
    demand!(kept > 0, "not one of {} names was taken", names.len());
    same("the number of folders", &sub_folders(trial, &root)?.len(), &kept)
}

fn empty_name(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let made = root.create_folder(trial.id()?, vec![name("")]);
    refused("a folder with an empty name", made, &[E::InvalidParameter])?;
    same("the folders", &sub_folders(trial, &root)?, &Vec::new())
}

fn rename_taken(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (one, two) = (trial.add_folder(&root, "One")?, trial.add_folder(&root, "Two")?);
    let set = two.set_properties(vec![name("One")]);
    match set {
        Ok(problems) => demand!(
            problems.iter().any(|problem| problem.tag == tag::DISPLAY_NAME && problem.code == E::Exists),
            "renaming to a name that is taken is no problem: {problems:?}"
        ),
        refusal => refused("renaming to a name that is taken", refusal, &[E::Exists])?,
    }
    is_called(&root.open_folder(one.id)?, "One")?;
    is_called(&root.open_folder(two.id)?, "Two")
}

fn listed_properties(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let tags = root.list_properties()?;
    let cells = root.get_properties(&tags)?;
    for (tag, cell) in tags.iter().zip(&cells) {
        demand!(
            cell.is_ok(),
            "{} is listed and answers {cell:?}",
            crate::conformance::expect::tag_name(*tag)
        );
    }
    Ok(())
}

fn cells(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let absent = tag::own(0x7F, 0x0003);
    let cells = root.get_properties(&[absent, tag::DISPLAY_NAME, absent])?;
    match cells.as_slice() {
        [Err(E::NotFound), Ok(PropertyValue::Text(_)), Err(E::NotFound)] => Ok(()),
        _ => Err(Stop::Failed(format!("the cells are {cells:?}: not-found, a name and not-found are right"))),
    }
}

fn deleted(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let made = trial.add_folder(&root, "Gone")?;
    made.delete(DeleteMode::Hard, false)?;
    same("the child count", &root.get_child_count(TableKind::Hierarchy)?, &0)?;
    same("the folders", &sub_folders(trial, &root)?, &Vec::new())?;
    refused("opening the deleted folder", root.open_folder(made.id), &[E::NotFound])?;
    same("the path of the deleted folder", &context.path(made.id)?, &Err(E::NotFound))
}

fn tombstone(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (stays, goes) = (trial.add_folder(&root, "Stays")?, trial.add_folder(&root, "Goes")?);
    let before = root.get_deleted(TableKind::Hierarchy, ChangeNumber(0))?;
    goes.delete(DeleteMode::Soft, false)?;
    let since = root.get_deleted(TableKind::Hierarchy, ChangeNumber(before.upto))?;
    demand!(
        since.ids.contains(&goes.id.0) && !since.ids.contains(&stays.id.0),
        "deleted since the change number before are {:?}, and the folder is {}",
        since.ids.iter().map(|id| Fmid(*id)).collect::<Vec<_>>(),
        goes.id
    );
    Ok(())
}

fn count_properties(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let made = trial.add_folder(&root, "Counted")?;
    let check = |messages: i32, unread: Option<i32>, folders: bool| -> Done {
        let cells = root.open_folder(made.id)?.get_properties(&[
            tag::CONTENT_COUNT,
            tag::CONTENT_UNREAD_COUNT,
            tag::SUBFOLDERS,
        ])?;
        let [count, unread_count, sub] = cells.as_slice() else {
            return Err(Stop::Failed("three tags, and not three cells".into()));
        };
        same("PidTagContentCount", &number_in("PidTagContentCount", count)?, &messages)?;
        if let (Some(unread), Ok(_)) = (unread, unread_count) {
            same("PidTagContentUnreadCount", &number_in("it", unread_count)?, &unread)?;
        }
        same("PidTagSubfolders", sub, &Ok(PropertyValue::Boolean(folders)))
    };
    check(0, Some(0), false)?;
    let (one, two) = (trial.add(&made, "one")?, trial.add(&made, "two")?);
    let set = flags_done("setting", made.set_read_flags(&[one], true));
    let set = set.and_then(|()| flags_done("clearing", made.set_read_flags(&[two], false)));
    check(2, if matches!(set, Err(Stop::NotClaimed(_))) { None } else { set.map(|()| Some(1))? }, false)?;
    trial.add_folder(&made, "Below")?;
    check(2, None, true)?;
    made.delete_messages(&[one, two], DeleteMode::Hard)?;
    check(0, Some(0), true)
}

fn deep(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let mut chain = vec![trial.add_folder(&root, "Level 1")?];
    for level in 2..=6 {
        let parent = chain.last().map_or(&root, |made| &made.it);
        let made = trial.add_folder(parent, &format!("Level {level}"))?;
        chain.push(made);
    }
    let mut folder = root;
    for (made, level) in chain.iter().zip(1..) {
        folder = folder.open_folder(made.id)?;
        is_called(&folder, &format!("Level {level}"))?;
        path(&context, made.id)?;
    }
    Ok(())
}

fn set_properties(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let made = trial.add_folder(&root, "Described")?;
    let mut values = vec![text(tag::COMMENT, "what is in it: „ö“"), text(tag::CONTAINER_CLASS, "IPF.Note")];
    for (number, value) in (1..).zip(sample::one_of_each_type()) {
        values.push(crate::conformance::trial::property(tag::own(number, sample::type_of(&value)), value));
    }
    for value in values {
        let tag = value.tag;
        let Some(problems) =
            or_code(made.set_properties(vec![value.clone()]), &[E::NotImplemented, E::Denied])?
        else {
            continue;
        };
        if problems.is_empty() {
            let found = root.open_folder(made.id)?.get(tag)?;
            let what = crate::conformance::expect::tag_name(tag);
            same(&what, &found, &Ok(value.value))?;
        }
    }
    is_called(&made, "Described")
}

fn remove_absent(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let made = trial.add_folder(&root, "Plain")?;
    let removed = or_code(made.remove_properties(&[tag::own(0x7F, 0x001F)]), &[E::NotImplemented])?;
    let problems = removed.ok_or_else(|| Stop::NotClaimed("it removes no properties of folders".into()))?;
    no_problems("removing what is not there", &problems)
}

fn two_handles(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let one = trial.add_folder(&root, "Shared")?;
    let two = root.open_folder(one.id)?;
    let id = trial.add(&one, "seen by both")?;
    same("the messages of the other handle", &trial.ids(&two, TableKind::Contents)?, &vec![id])?;
    no_problems("renaming", &two.set_properties(vec![name("Renamed")])?)?;
    is_called(&one, "Renamed")?;
    let more = trial.add(&one, "after the renaming")?;
    same("the number of messages", &trial.ids(&two, TableKind::Contents)?.len(), &2)?;
    one.delete_messages(&[id, more], DeleteMode::Hard)?;
    same("the child count of the other handle", &two.get_child_count(TableKind::Contents)?, &0)
}

fn reopened(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let outer = trial.add_folder(&root, "Outer")?;
    let inner = trial.add_folder(&outer, "Inner")?;
    let (outer_id, inner_id) = (outer.id, inner.id);
    let before = path(&context, inner_id)?;
    drop((inner, outer));
    let (context, root) = trial.reopen(context, root)?;
    same("the folders", &sub_folders(trial, &root)?, &vec![outer_id])?;
    let inner = root.open_folder(outer_id)?.open_folder(inner_id)?;
    is_called(&inner, "Inner")?;
    same("the path", &path(&context, inner_id)?, &before)
}

fn many(trial: &Trial<'_>) -> Done {
    const MANY: usize = 40;
    let (_context, root) = trial.start()?;
    let mut made = Vec::new();
    for number in 0..MANY {
        made.push(trial.add_folder(&root, &format!("Folder {number}"))?.id);
    }
    let mut listed = sub_folders(trial, &root)?;
    listed.sort_unstable();
    made.sort_unstable();
    same("the folders listed", &listed, &made)?;
    same("the child count", &root.get_child_count(TableKind::Hierarchy)?, &40)
}

fn parent_id(trial: &Trial<'_>) -> Done {
    const PARENT_FOLDER_ID: u32 = 0x6749_0014;
    let (context, root) = trial.start()?;
    let made = trial.add_folder(&root, "Child")?;
    match made.get(PARENT_FOLDER_ID)? {
        Err(E::NotFound) => Err(Stop::NotClaimed("folders have no PidTagParentFolderId".into())),
        cell => {
            let found = id_in("PidTagParentFolderId", &cell)?;
            same("PidTagParentFolderId", &found, &trial.root_fid(&context)?)
        }
    }
}

fn absent_stream(trial: &Trial<'_>) -> Done {
    use crate::bindings::exports::mapistore::backend::objects::StreamAccess;
    let (_context, root) = trial.start()?;
    let opened = root.open_stream(tag::own(0x7F, 0x0102), StreamAccess::Read);
    refused("a stream of what is not there", opened, &[E::NotFound, E::NotImplemented])
}

fn name_again(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let first = trial.add_folder(&root, "Again")?;
    trial.add(&first, "of the first")?;
    first.delete(DeleteMode::Soft, true)?;
    let second = trial.add_folder(&root, "Again")?;
    demand!(second.id != first.id, "the new folder has the old one's id");
    same("the messages of the new folder", &trial.ids(&second, TableKind::Contents)?, &Vec::new())?;
    same("the folders", &sub_folders(trial, &root)?, &vec![second.id])
}
