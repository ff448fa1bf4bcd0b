//! FO: folders moved, copied and deleted with what is below them.

use super::*;

/// A folder with a message, and one below with another.
pub(super) struct Tree {
    top: Made<Folder>,
    below: Made<Folder>,
    message: Fmid,
    message_below: Fmid,
}

pub(super) fn tree(trial: &Trial<'_>, root: &Folder, called: &str) -> Done<Tree> {
    let top = trial.add_folder(root, called)?;
    let below = trial.add_folder(&top, "Below")?;
    let message = trial.add(&top, "on top")?;
    let message_below = trial.add(&below, "further down")?;
    Ok(Tree { top, below, message, message_below })
}

pub(super) fn moved(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let tree = tree(trial, &root, "Wanders")?;
    let target = trial.add_folder(&root, "Target")?;
    tree.top.move_to(Some(&target), "Arrived")?;
    same("the folders of the old parent", &sub_folders(trial, &root)?, &vec![target.id])?;
    same("the folders of the new parent", &sub_folders(trial, &target)?, &vec![tree.top.id])?;
    let found = target.open_folder(tree.top.id)?;
    is_called(&found, "Arrived")?;
    same("the messages", &trial.ids(&found, TableKind::Contents)?, &vec![tree.message])?;
    let below = found.open_folder(tree.below.id)?;
    same("the messages further down", &trial.ids(&below, TableKind::Contents)?, &vec![tree.message_below])?;
    below.open_message(tree.message_below, false)?;
    let at = path(&context, tree.message_below)?;
    let parent = path(&context, target.id)?;
    demand!(at.starts_with(&parent), "a message of the moved folder is at `{at}`, outside of `{parent}`");
    Ok(())
}

pub(super) fn copied(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let tree = tree(trial, &root, "Original")?;
    for (recursive, called) in [(true, "Whole"), (false, "Flat")] {
        tree.top.copy_to(&root, recursive, called)?;
        let listed = sub_folders(trial, &root)?;
        let mut copies = Vec::new();
        for id in listed {
            let folder = root.open_folder(id)?;
            if name_of(&folder)? == called {
                demand!(id != tree.top.id, "the copy has the FID of its source");
                copies.push(folder);
            }
        }
        let [copy] = copies.as_slice() else {
            return Err(Stop::Failed(format!("there are {} folders called `{called}`", copies.len())));
        };
        let messages = trial.ids(copy, TableKind::Contents)?;
        demand!(messages.len() == 1, "the copy has {} messages instead of 1", messages.len());
        demand!(!messages.contains(&tree.message), "the copied message has the MID of its source");
        for id in &messages {
            let marker = trial.marker_of(&copy.open_message(*id, false)?)?;
            same("the copied message's name", &marker, &"on top".to_owned())?;
        }
        let below = sub_folders(trial, copy)?;
        same("the number of copied sub-folders", &below.len(), &usize::from(recursive))?;
        for id in below {
            demand!(id != tree.below.id, "the copied sub-folder has the FID of its source");
            let inside = trial.ids(&copy.open_folder(id)?, TableKind::Contents)?;
            same("the number of messages in the copied sub-folder", &inside.len(), &1)?;
        }
    }
    same("the source's messages", &trial.ids(&tree.top, TableKind::Contents)?, &vec![tree.message])?;
    same("the source's sub-folders", &sub_folders(trial, &tree.top)?, &vec![tree.below.id])?;
    tree.top.open_message(tree.message, false)?;
    Ok(())
}

pub(super) fn move_into_itself(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let outer = trial.add_folder(&root, "Outer")?;
    let inner = trial.add_folder(&outer, "Inner")?;
    let below = outer.move_to(Some(&inner), "Loop");
    refused("moving a folder below itself", below, &[E::InvalidParameter])?;
    let itself = outer.move_to(Some(&outer), "Loop");
    refused("moving a folder into itself", itself, &[E::InvalidParameter])?;
    same("the folders of the root", &sub_folders(trial, &root)?, &vec![outer.id])?;
    same("the folders below", &sub_folders(trial, &outer)?, &vec![inner.id])
}

pub(super) fn delete_tree(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let tree = tree(trial, &root, "Tree")?;
    tree.top.delete(DeleteMode::Hard, true)?;
    for id in [tree.top.id, tree.below.id, tree.message, tree.message_below] {
        same("the path of what was deleted", &context.path(id)?, &Err(E::NotFound))?;
    }
    same("the folders", &sub_folders(trial, &root)?, &Vec::new())
}

pub(super) fn move_taken(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (one, two) = (trial.add_folder(&root, "One")?, trial.add_folder(&root, "Two")?);
    let taken = trial.add_folder(&two, "One")?;
    refused("moving to a name that is taken", one.move_to(Some(&two), "One"), &[E::Exists])?;
    is_called(&root.open_folder(one.id)?, "One")?;
    same("the folders of the target", &sub_folders(trial, &two)?, &vec![taken.id])
}

pub(super) fn move_parent(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (child, parent) = (trial.add_folder(&root, "Child")?, trial.add_folder(&root, "Parent")?);
    child.move_to(Some(&parent), "Child")?;
    refused("opening it from its old parent", root.open_folder(child.id), &[E::NotFound])?;
    is_called(&parent.open_folder(child.id)?, "Child")?;
    is_called(&child, "Child")
}

pub(super) fn copy_into_itself(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let tree = tree(trial, &root, "Outer")?;
    let copied = tree.top.copy_to(&tree.below, true, "Loop");
    refused("copying a folder below itself", copied, &[E::InvalidParameter])?;
    same("the folders below", &sub_folders(trial, &tree.below)?, &Vec::new())
}
