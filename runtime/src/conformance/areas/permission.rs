//! PE: permissions of folders (MS-OXCPERM).

use crate::bindings::mapistore::backend::types::{
    Capabilities as C, DeleteMode, ErrorCode as E, Member, Permission, PermissionChange, PermissionOptions,
    TableKind,
};
use crate::conformance::behaviour::Behaviour;
use crate::conformance::expect::{Done, Stop, demand, or_code, refused, same};
use crate::conformance::handles::Folder;
use crate::conformance::tag;
use crate::conformance::trial::{Trial, text};
use crate::context::Connection;

const NEEDS: &[C] = &[C::PERMISSIONS];

/// PidTagMemberRights (MS-OXCPERM 2.2.7): read any, create, folder visible.
const READ_ANY: u32 = 0x1;
const CREATE: u32 = 0x2;
const VISIBLE: u32 = 0x400;

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
    b("PE-01", "Members are added, modified and removed; replacing leaves only what is given; default and anonymous have rows.", NEEDS, members),
    b("PE-02", "A user without rights is denied to look, to read and to write.", &[C::PERMISSIONS, C::WRITE_MESSAGES], denied),
    b("PE-03", "Permissions of one folder do not change another's.", &[C::PERMISSIONS, C::FOLDERS], per_folder),
    b("PE-04", "The table of permissions has a row for each member.", NEEDS, table),
    b("PE-05", "Modifying or removing a member that is not there is refused, or changes nothing.", NEEDS, unknown_member),
    b("PE-06", "Permissions are there after the context was closed and opened again.", NEEDS, reopened),
    b("PE-07", "A user with the right to read reads, and is denied to write.", &[C::PERMISSIONS, C::WRITE_MESSAGES], reader),
];

fn user(name: &str) -> Member {
    Member::User(name.as_bytes().to_vec())
}

fn row(member: Member, rights: u32) -> Permission {
    let name = match &member {
        Member::User(id) => Some(String::from_utf8_lossy(id).into_owned()),
        Member::DefaultUser | Member::Anonymous => None,
    };
    Permission { member, name, rights }
}

/// The rights of a member, if it has a row.
fn rights(folder: &Folder, member: &Member) -> Done<Option<u32>> {
    let rows = folder.get_permissions()?;
    let own: Vec<_> = rows.iter().filter(|row| row.member == *member).collect();
    demand!(own.len() < 2, "{member:?} has {} rows", own.len());
    Ok(own.first().map(|row| row.rights))
}

fn add(member: Member, rights: u32) -> PermissionChange {
    PermissionChange::Add(row(member, rights))
}

fn plain() -> PermissionOptions {
    PermissionOptions::empty()
}

fn members(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (anna, boris) = (user("anna"), user("boris"));
    root.modify_permissions(
        plain(),
        vec![add(anna.clone(), READ_ANY), add(boris.clone(), READ_ANY | CREATE)],
    )?;
    same("anna's rights", &rights(&root, &anna)?, &Some(READ_ANY))?;
    same("boris's rights", &rights(&root, &boris)?, &Some(READ_ANY | CREATE))?;
    let changes = vec![
        PermissionChange::Modify(row(anna.clone(), VISIBLE)),
        PermissionChange::Remove(boris.clone()),
        PermissionChange::Modify(row(Member::DefaultUser, VISIBLE)),
        PermissionChange::Modify(row(Member::Anonymous, 0)),
    ];
    root.modify_permissions(plain(), changes)?;
    same("anna's rights after the change", &rights(&root, &anna)?, &Some(VISIBLE))?;
    same("boris's rights after the removal", &rights(&root, &boris)?, &None)?;
    same("the default rights", &rights(&root, &Member::DefaultUser)?, &Some(VISIBLE))?;
    same("the rights of anonymous users", &rights(&root, &Member::Anonymous)?, &Some(0))?;
    root.modify_permissions(PermissionOptions::REPLACE_ALL, vec![add(boris.clone(), CREATE)])?;
    same("anna's rights after all were replaced", &rights(&root, &anna)?, &None)?;
    same("boris's rights after all were replaced", &rights(&root, &boris)?, &Some(CREATE))
}

/// A connection of somebody else to the owner's mailbox.
fn stranger(trial: &Trial<'_>) -> Connection {
    Connection { username: "stranger".into(), ..Connection::of(&trial.owner) }
}

/// Gives everybody but the owner these rights, and no others.
fn only(root: &Folder, rights: u32) -> Done {
    let changes = vec![
        PermissionChange::Modify(row(Member::DefaultUser, rights)),
        PermissionChange::Modify(row(Member::Anonymous, 0)),
    ];
    root.modify_permissions(plain(), changes)
}

/// A backend whose contents go with their context has nothing that two users could share.
fn need_shared_contents(trial: &Trial<'_>) -> Done {
    if trial.kit.is_durable() {
        return Ok(());
    }
    Err(Stop::NotClaimed("two contexts of one root do not share their contents".into()))
}

fn denied(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    need_shared_contents(trial)?;
    let id = trial.add(&root, "private")?;
    only(&root, 0)?;
    // To be kept out of the whole root is as good.
    let Some(context) = or_code(trial.open_as(&stranger(trial), &trial.root_entry()?.url), &[E::Denied])?
    else {
        return Ok(());
    };
    let Some(theirs) = or_code(context.root_folder(), &[E::Denied])? else { return Ok(()) };
    refused("opening a message without rights", theirs.open_message(id, false), &[E::Denied])?;
    refused("opening a table without rights", theirs.open_table(TableKind::Contents), &[E::Denied])?;
    let created = trial.id().and_then(|id| theirs.create_message(id, false)?.save(false));
    refused("writing a message without rights", created, &[E::Denied])?;
    match theirs.delete_messages(&[id], DeleteMode::Hard) {
        Ok(outcomes) => demand!(
            outcomes.iter().all(|outcome| outcome.outcome == Err(E::Denied)),
            "deleting without rights ended with {outcomes:?}"
        ),
        refusal => refused("deleting without rights", refusal, &[E::Denied])?,
    }
    let rights = theirs.modify_permissions(plain(), vec![add(user("stranger"), READ_ANY)]);
    refused("giving oneself rights", rights, &[E::Denied])?;
    root.open_message(id, false).map(drop)
}

fn per_folder(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (one, two) = (trial.add_folder(&root, "One")?, trial.add_folder(&root, "Two")?);
    one.modify_permissions(plain(), vec![add(user("anna"), CREATE)])?;
    same("anna's rights in the folder", &rights(&one, &user("anna"))?, &Some(CREATE))?;
    same("anna's rights in the other", &rights(&two, &user("anna"))?, &None)?;
    same("anna's rights in the root", &rights(&root, &user("anna"))?, &None)
}

fn table(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    root.modify_permissions(plain(), vec![add(user("anna"), CREATE)])?;
    let members = root.get_permissions()?.len();
    let opened = or_code(root.open_table(TableKind::Permissions), &[E::NotImplemented])?;
    let table = opened.ok_or_else(|| Stop::NotClaimed("it has no table of permissions".into()))?;
    let rows = table.rows(&[tag::MEMBER_ID, tag::MEMBER_RIGHTS])?;
    same("the number of rows", &rows.len(), &members)
}

fn unknown_member(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let before = root.get_permissions()?;
    let nobody = user("nobody");
    for change in [PermissionChange::Modify(row(nobody.clone(), CREATE)), PermissionChange::Remove(nobody)] {
        or_code(root.modify_permissions(plain(), vec![change]), &[E::NotFound, E::InvalidParameter])?;
        same("the permissions", &root.get_permissions()?, &before)?;
    }
    Ok(())
}

fn reopened(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    root.modify_permissions(plain(), vec![add(user("anna"), CREATE)])?;
    let (_context, root) = trial.reopen(context, root)?;
    same("anna's rights", &rights(&root, &user("anna"))?, &Some(CREATE))
}

fn reader(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    need_shared_contents(trial)?;
    let id = trial.add(&root, "for everybody")?;
    only(&root, READ_ANY | VISIBLE)?;
    let context = trial.open_as(&stranger(trial), &trial.root_entry()?.url)?;
    let theirs = context.root_folder()?;
    theirs.open_message(id, false)?;
    let writing = theirs.open_message(id, true).and_then(|message| {
        message.set_properties(vec![text(trial.marker()?, "changed")])?;
        message.save(false)
    });
    refused("changing a message with the right to read", writing, &[E::Denied])?;
    let created = trial.id().and_then(|id| theirs.create_message(id, false)?.save(false));
    refused("writing a message with the right to read", created, &[E::Denied])?;
    same("its name", &trial.marker_of(&root.open_message(id, false)?)?, &"for everybody".to_owned())
}
