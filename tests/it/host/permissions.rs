//! Delegated access (PE-01, PE-02): the host keeps the rows of a backend that has none, and holds everybody to them.

use mapistore::types::{DeleteMode, ErrorCode, Member, Permission, PermissionChange, PermissionOptions};
use mapistore::{CallError, Rights, TransferRequest};

use super::*;

fn grant(folder: &Folder, username: &str, rights: &[Rights]) {
    let rights = rights.iter().fold(0, |all, right| all | right.0);
    let member = Member::User(username.as_bytes().to_vec());
    let row = Permission { member, name: Some(username.into()), rights };
    let options = PermissionOptions::REPLACE_ALL | PermissionOptions::INCLUDE_FREE_BUSY;
    wait(folder.modify_permissions(options, vec![PermissionChange::Add(row)])).unwrap();
}

/// PidTagCreatorName.
const CREATOR: PropertyTag = 0x3FF8_001F;

/// A message that Alice made, in the context of another user: two contexts of a backend in memory do not see each other's
/// messages.
fn made_by_alice(runtime: &TestRuntime, root: &Folder, seen: &Folder) -> Fmid {
    grant(root, "bob", &[Rights::ALL]);
    let (id, message) = draft(runtime, "alice", seen, "hers");
    wait(message.set_properties(vec![text(CREATOR, "alice")])).unwrap();
    wait(message.save(false)).unwrap();
    id
}

/// The right that a refused call names.
fn missing<T>(result: Result<T, CallError>) -> &'static str {
    match result {
        Err(CallError::Denied { right, .. }) => right,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was allowed"),
    }
}

#[test]
fn pe_01_rows_are_kept_for_a_backend_that_has_none_also_over_a_restart() {
    let runtime = runtime();
    let (context, root) = bag(&runtime, "alice");
    let none = wait(root.get_permissions()).unwrap();
    assert_eq!(none.iter().map(|row| row.rights).collect::<Vec<_>>(), [0, 0], "default user and anonymous");
    grant(&root, "bob", &[Rights::READ_ANY]);
    let default = Permission { member: Member::DefaultUser, name: None, rights: Rights::VISIBLE.0 };
    let changes = vec![PermissionChange::Modify(default)];
    wait(root.modify_permissions(PermissionOptions::empty(), changes)).unwrap();
    let listed = wait(root.get_permissions()).unwrap();
    drop(root);
    wait(context.close());
    let runtime = runtime.restart();
    let (_context, root) = bag(&runtime, "alice");
    assert_eq!(wait(root.get_permissions()).unwrap(), listed);
    assert_eq!(listed.len(), 3);
    let removed = PermissionChange::Remove(Member::User(b"bob".to_vec()));
    wait(root.modify_permissions(PermissionOptions::empty(), vec![removed.clone()])).unwrap();
    let again = wait(root.modify_permissions(PermissionOptions::empty(), vec![removed])).unwrap_err();
    assert_eq!(again.code(), Some(ErrorCode::NotFound));
}

#[test]
fn pe_02_who_has_no_row_does_not_even_see_the_folder() {
    let runtime = runtime();
    let (_context, root) = bag(&runtime, "alice");
    let connection = Connection { username: "bob".into(), ..Connection::of("alice") };
    let context = wait(runtime.open_context(&connection, "bag://alice/inbox/")).unwrap();
    assert_eq!(missing(wait(context.root_folder())), "visible");
    grant(&root, "bob", &[Rights::VISIBLE]);
    assert!(wait(context.root_folder()).is_ok());
}

#[test]
fn pe_02_each_call_takes_its_right_and_says_which_is_missing() {
    let runtime = runtime();
    let (_context, root) = bag(&runtime, "alice");
    grant(&root, "bob", &[Rights::VISIBLE]);
    let (_bob, seen) = bag_as(&runtime, "bob", "alice");
    let of_alice = made_by_alice(&runtime, &root, &seen);
    grant(&root, "bob", &[Rights::VISIBLE]);
    let id = || runtime.allocate_id("alice").unwrap();
    let name = || vec![text(NAME, "sub")];
    assert_eq!(missing(wait(seen.open_message(of_alice, false))), "read-any");
    assert_eq!(missing(wait(seen.open_table(TableKind::Contents))), "read-any");
    assert_eq!(missing(wait(seen.create_message(id(), false))), "create");
    assert_eq!(missing(wait(seen.create_folder(id(), name()))), "create-subfolder");
    assert_eq!(missing(wait(seen.set_properties(name()))), "owner");
    assert_eq!(missing(wait(seen.get_permissions())), "owner");
    assert_eq!(missing(wait(seen.modify_permissions(PermissionOptions::empty(), vec![]))), "owner");
    assert_eq!(missing(wait(seen.delete(DeleteMode::Hard, true))), "owner");
    assert_eq!(missing(wait(seen.delete_messages(&[of_alice], DeleteMode::Hard))), "delete-owned");
    assert_eq!(missing(wait(seen.set_read_flags(&[of_alice], true))), "edit-owned");

    grant(&root, "bob", &[Rights::VISIBLE, Rights::READ_ANY]);
    let message = wait(seen.open_message(of_alice, true)).unwrap();
    assert_eq!(missing(wait(message.set_properties(vec![text(SUBJECT, "mine now")]))), "edit-any");
    assert_eq!(missing(wait(message.set_read_flag(true))), "edit-any");
    let stream = wait(message.open_stream(BODY, StreamAccess::Create)).unwrap();
    assert_eq!(missing(wait(stream.write(0, b"x"))), "edit-any");
    grant(&root, "bob", &[Rights::VISIBLE]);
    assert_eq!(missing(wait(message.get_properties(&[SUBJECT]))), "read-any", "taken away at once");
    let own = add(&runtime, "alice", &root, "the owner is never restricted");
    wait(root.delete_messages(&[own], DeleteMode::Hard)).unwrap();
}

#[test]
fn pe_02_what_somebody_made_is_theirs_to_read_edit_and_delete() {
    let runtime = runtime();
    let (_context, root) = bag(&runtime, "alice");
    grant(&root, "bob", &[Rights::VISIBLE]);
    let (_bob, seen) = bag_as(&runtime, "bob", "alice");
    let of_alice = made_by_alice(&runtime, &root, &seen);
    let own = [Rights::VISIBLE, Rights::CREATE, Rights::EDIT_OWNED, Rights::DELETE_OWNED];
    grant(&root, "bob", &own);
    let of_bob = add(&runtime, "alice", &seen, "his");
    let message = wait(seen.open_message(of_bob, true)).unwrap();
    wait(message.set_properties(vec![text(SUBJECT, "his, changed")])).unwrap();
    wait(message.save(false)).unwrap();
    assert_eq!(missing(wait(seen.open_message(of_alice, false))), "read-any");
    let outcomes = wait(seen.delete_messages(&[of_alice, of_bob], DeleteMode::Hard)).unwrap();
    let of = |id: Fmid| outcomes.iter().find(|outcome| outcome.id == id.0).unwrap().outcome;
    assert_eq!((of(of_alice), of(of_bob)), (Err(ErrorCode::Denied), Ok(())));
}

#[test]
fn pe_02_hidden_folders_are_neither_listed_nor_counted_nor_opened() {
    let runtime = runtime();
    let (_context, root) = bag(&runtime, "alice");
    grant(&root, "bob", &[Rights::VISIBLE, Rights::CREATE_SUBFOLDER]);
    let (_bob, seen) = bag_as(&runtime, "bob", "alice");
    let make = |name| {
        let id = runtime.allocate_id("alice").unwrap();
        wait(seen.create_folder(id, vec![text(NAME, name)])).unwrap()
    };
    let (shown, hidden) = (make("shown"), make("hidden"));
    assert_eq!(count(&seen, TableKind::Hierarchy), 2, "who makes a folder may use it");
    grant(&hidden, "carol", &[Rights::READ_ANY]);
    assert_eq!(ids(&seen, TableKind::Hierarchy, FOLDER_ID), [shown.fid()]);
    assert_eq!(count(&seen, TableKind::Hierarchy), 1, "FO-11");
    assert_eq!(missing(wait(seen.open_folder(hidden.fid()))), "visible");
}

#[test]
fn a_transfer_takes_the_rights_of_its_parts() {
    let runtime = runtime();
    let (_context, root) = bag(&runtime, "alice");
    let (_own, own) = bag(&runtime, "bob");
    grant(&root, "bob", &[Rights::VISIBLE, Rights::READ_ANY, Rights::CREATE]);
    let (_bob, seen) = bag_as(&runtime, "bob", "alice");
    let id = add(&runtime, "alice", &seen, "x");
    let request = [TransferRequest::of(id)];
    let moved = wait(own.transfer_messages(&seen, &request, false)).unwrap().remove(0);
    assert_eq!(moved.outcome.unwrap_err().code(), Some(ErrorCode::Denied), "it could not be deleted there");
    assert_eq!(count(&own, TableKind::Contents), 0, "and so the copy went again");
    let copied = wait(own.transfer_messages(&seen, &request, true)).unwrap().remove(0);
    copied.outcome.unwrap();
    assert_eq!((count(&own, TableKind::Contents), subject(&seen, id).as_str()), (1, "x"));
}
