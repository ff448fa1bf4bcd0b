//! A mailbox is provisioned from what sandboxed backends list (PV-01 to PV-06). The rules themselves are tested where they
//! are, in `mailbox/plan`, and what a transaction leaves behind in `mailbox/provision`.

use std::sync::Arc;
use std::thread;

use mapistore::index::{FaultIndex, Fmid, Index, MemoryIndex, Owner, Scope};
use mapistore::mailbox::{Language, Mailbox, MailboxError, Provisioned, RenameError, Slot, What};
use mapistore::{Access, Allowance, CallError, Runtime, blocking::wait};
use tests::TestRuntime;

const FALLBACK: &str = "fallback:Fallback:main";

/// A runtime in which `offers-roots` reads files of each owner.
fn offering(roots: &str) -> TestRuntime {
    let runtime = TestRuntime::new();
    runtime.add_guest_with_files("guest-offers-roots", "/data");
    tell(&runtime, "roots", roots);
    runtime
}

fn tell(runtime: &TestRuntime, file: &str, text: &str) {
    std::fs::create_dir_all(runtime.files().join("alice")).unwrap();
    std::fs::write(runtime.files().join("alice").join(file), text).unwrap();
}

fn told(runtime: &TestRuntime, file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(runtime.files().join("alice").join(file)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn provision(runtime: &Runtime) -> Provisioned {
    wait(runtime.provision("alice", None)).unwrap()
}

fn uri(mailbox: &Mailbox, slot: Slot) -> &str {
    mailbox.slot(slot).unwrap().uri.as_deref().unwrap_or_default()
}

fn stored(runtime: &Runtime) -> Option<Mailbox> {
    wait(runtime.mailbox("alice")).unwrap()
}

fn names(mailbox: &Mailbox) -> Vec<&str> {
    mailbox.folders.iter().filter(|folder| folder.slot.is_none()).map(|folder| folder.name.as_str()).collect()
}

#[test]
fn pv_01_without_a_main_fallback_there_is_no_mailbox_and_the_error_says_so() {
    for roots in ["mail:Inbox:main", "fallback:Fallback", "", "fail"] {
        let runtime = offering(roots);
        let error = wait(runtime.provision("alice", None)).unwrap_err();
        assert!(error.to_string().contains("`fallback`"), "{error}");
        let MailboxError::NoFallback { unanswered, .. } = error else { panic!("{error:?}") };
        assert_eq!(unanswered.len(), usize::from(roots == "fail"));
        assert_eq!(stored(&runtime), None);
        assert_eq!(runtime.index().owners().unwrap(), []);
    }
}

#[test]
fn pv_02_the_backend_that_was_registered_first_has_the_inbox() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved").add_guest_with_files("guest-offers-roots", "/data");
    tell(&runtime, "roots", "mail:Mine:main,fallback:Fallback:main,drafts:Drafts:main");
    let done = provision(&runtime);
    assert_eq!(uri(&done.mailbox, Slot::Inbox), "wellbehaved://alice/inbox/");
    assert_eq!(uri(&done.mailbox, Slot::Drafts), "offersroots://alice/Drafts/");
    assert_eq!(done.ignored.len(), 1);
    assert_eq!(done.ignored[0].uri, "offersroots://alice/Mine/");
}

#[test]
fn pv_03_a_role_that_nobody_offers_has_a_folder_in_the_fallback_that_opens_under_its_id() {
    let runtime = offering(&format!("mail:Inbox:main,{FALLBACK}"));
    let Provisioned { mailbox, uninitialised, .. } = provision(&runtime);
    assert!(uninitialised.is_empty(), "{uninitialised:?}");
    let calendar = mailbox.slot(Slot::Calendar).unwrap();
    let expected = format!("offersroots://alice/Fallback/{}/", calendar.id);
    assert_eq!(calendar.uri.as_deref(), Some(expected.as_str()));
    assert_eq!(calendar.container_class(), Some("IPF.Appointment"));
    assert_eq!(calendar.parent, Some(mailbox.slot(Slot::IpmSubtree).unwrap().id));
    let context = runtime.open("alice", &expected);
    assert_eq!(context.root_fid().unwrap(), calendar.id);
    // The index knows every folder that has a URI, and no other.
    let scope = Scope::operator(Owner::parse("alice").unwrap());
    let ids: Vec<Fmid> = mailbox.folders.iter().map(|folder| folder.id).collect();
    for (folder, entry) in mailbox.folders.iter().zip(runtime.index().get_uris(&scope, &ids).unwrap()) {
        assert_eq!(entry.map(|entry| entry.uri), folder.uri, "{}", folder.name);
    }
    assert_eq!(mailbox.receive_folder("IPM.Note").unwrap().1.slot, Some(Slot::Inbox));
    assert_eq!(mailbox.special_folder_properties(runtime.replica_guid()).len(), 10);
}

#[test]
fn pv_04_a_second_logon_changes_nothing_and_opens_nothing() {
    let runtime = offering(&format!("mail:Inbox:main,calendar:Work,{FALLBACK}"));
    let first = provision(&runtime);
    assert_eq!(first.changes.len(), Slot::ALL.len() + 2, "{:?}", first.changes);
    assert!(first.changes.iter().all(|change| change.what == What::Created && change.id.is_some()));
    let opened = told(&runtime, "opened");
    // All but three search folders, and the folder of the free/busy message once more.
    assert_eq!(opened.len(), Slot::ALL.len() - 3 + 1 + 1, "{opened:?}");
    let usage = runtime.index().owners().unwrap();
    let second = provision(&runtime);
    assert_eq!((second.changes.len(), &second.mailbox), (0, &first.mailbox));
    assert_eq!(told(&runtime, "opened"), opened);
    assert_eq!(runtime.index().owners().unwrap(), usage);
    // Nor does a restart.
    let mailbox = first.mailbox;
    assert_eq!(stored(&runtime.restart()), Some(mailbox));
}

#[test]
fn pv_04_logons_at_once_make_one_mailbox() {
    let runtime = offering(&format!("mail:Inbox:main,{FALLBACK}"));
    let logons: Vec<Provisioned> = thread::scope(|threads| {
        let running: Vec<_> = (0..4).map(|_| threads.spawn(|| provision(&runtime))).collect();
        running.into_iter().map(|logon| logon.join().unwrap()).collect()
    });
    assert_eq!(logons.iter().filter(|logon| !logon.changes.is_empty()).count(), 1);
    assert!(logons.iter().all(|logon| logon.mailbox == logons[0].mailbox));
    assert_eq!(told(&runtime, "saved").len(), 1);
}

#[test]
fn pv_05_what_is_listed_no_more_is_unmounted_and_what_is_new_gets_a_name_of_its_own() {
    let runtime = offering(&format!("mail:Inbox:main,calendar:Work,{FALLBACK}"));
    let first = provision(&runtime);
    let work = first.mailbox.folders.iter().find(|folder| folder.name == "Work").unwrap().id;
    // A failed listing says nothing.
    tell(&runtime, "roots", "fail");
    let failed = provision(&runtime);
    assert_eq!((failed.changes.len(), failed.unanswered.len()), (0, 1));
    assert_eq!(failed.mailbox, first.mailbox);
    tell(&runtime, "roots", &format!("mail:Inbox:main,calendar:Calendar,{FALLBACK}"));
    let next = provision(&runtime);
    assert_eq!(names(&next.mailbox), ["Calendar (1)"]);
    let unmounted = next.changes.iter().find(|change| change.what == What::Unmounted).unwrap();
    assert_eq!((unmounted.id, unmounted.name.as_str()), (Some(work), "Work"));
    // What comes back is what it was.
    tell(&runtime, "roots", &format!("mail:Inbox:main,calendar:Work,{FALLBACK}"));
    assert_eq!(provision(&runtime).mailbox.folder(work).map(|folder| folder.name.as_str()), Some("Work"));
}

#[test]
fn pv_06_whatever_index_call_fails_there_is_a_whole_mailbox_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let host = dir.path().join("files/{owner}");
    std::fs::create_dir_all(dir.path().join("files/alice")).unwrap();
    std::fs::write(dir.path().join("files/alice/roots"), format!("mail:Inbox:main,calendar:Work,{FALLBACK}"))
        .unwrap();
    let allowed = Allowance { host, guest: "/data".into(), access: Access::ReadWrite };
    tests::registered::install("guest-offers-roots", &dir.path().join("data"), &[allowed]);
    let mut complete = 0;
    for fail_at in 1.. {
        let index = Arc::new(FaultIndex::new(MemoryIndex::default(), fail_at));
        let shared: Arc<dyn Index> = index.clone();
        let runtime = Runtime::builder(dir.path().join("data")).index(shared).open().unwrap();
        let result = wait(runtime.provision("alice", None));
        if !index.has_failed() {
            assert!(result.unwrap().uninitialised.is_empty());
            break;
        }
        let folders = stored(&runtime).map(|mailbox| mailbox.folders.len());
        assert!(matches!(folders, None | Some(24)), "call {fail_at}: {folders:?}");
        complete += usize::from(folders.is_some());
        let again = provision(&runtime);
        assert_eq!(again.mailbox.folders.len(), 24);
        assert!(
            again.uninitialised.is_empty() && again.mailbox.folders.iter().all(|folder| folder.initialised)
        );
        assert!(runtime.index().verify().unwrap().is_clean());
    }
    assert!(complete > Slot::ALL.len(), "faults while folders were opened: {complete}");
}

#[test]
fn a_folder_that_does_not_open_is_told_of_and_tried_again_at_the_next_logon() {
    let runtime = offering(&format!("mail:Inbox:main,calendar:Work,{FALLBACK}"));
    tell(&runtime, "closed", "/Work/");
    let first = provision(&runtime);
    assert_eq!(first.uninitialised.len(), 1);
    assert_eq!(first.uninitialised[0].uri, "offersroots://alice/Work/");
    assert!(matches!(first.uninitialised[0].error, Some(CallError::Answered { .. })));
    assert_eq!(first.mailbox.folders.iter().filter(|folder| !folder.initialised).count(), 1);
    let opened = told(&runtime, "opened").len();
    std::fs::remove_file(runtime.files().join("alice/closed")).unwrap();
    let second = provision(&runtime);
    assert!(second.uninitialised.is_empty() && second.changes.is_empty());
    assert_eq!(told(&runtime, "opened")[opened..], ["offersroots://alice/Work/"]);
}

#[test]
fn a_backend_that_fails_at_everything_is_left_alone_after_three_times() {
    let runtime = offering(&format!("mail:Inbox:main,{FALLBACK}"));
    tell(&runtime, "closed", "offersroots");
    let done = provision(&runtime);
    assert_eq!(done.mailbox.folders.len(), Slot::ALL.len());
    assert_eq!(done.uninitialised.iter().filter(|failed| failed.error.is_some()).count(), 3);
    assert_eq!(done.uninitialised.len(), Slot::ALL.len() - 3 + 1);
    assert_eq!(runtime.open_contexts(), 0);
}

#[test]
fn a_backend_that_never_answers_holds_no_logon_up_and_takes_nothing_away() {
    let runtime = TestRuntime::with_config("[backend.spins-forever.limits]\ncall_timeout_ms = 200\n");
    runtime.add_guest("guest-spins-forever").add_guest_with_files("guest-offers-roots", "/data");
    // For this user its `list-contexts` loops.
    std::fs::create_dir_all(runtime.files().join("spin")).unwrap();
    std::fs::write(runtime.files().join("spin/roots"), FALLBACK).unwrap();
    let done = wait(runtime.provision("spin", None)).unwrap();
    assert_eq!(done.mailbox.folders.len(), Slot::ALL.len());
    assert_eq!(done.unanswered.len(), 1);
    assert!(matches!(done.unanswered[0].error, CallError::OverLimit { .. }), "{:?}", done.unanswered);
}

#[test]
fn the_freebusy_message_is_made_once_under_the_mailbox_s_own_mid() {
    let runtime = offering(FALLBACK);
    let mid = provision(&runtime).mailbox.local_freebusy.unwrap();
    provision(&runtime);
    let expected = format!("{mid} IPM.Microsoft.ScheduleData.FreeBusy LocalFreebusy");
    assert_eq!(told(&runtime, "saved"), [expected]);
    assert_eq!(runtime.open_contexts(), 0, "what was opened is closed again");
}

#[test]
fn a_plan_says_what_would_change_and_changes_nothing() {
    let runtime = offering(&format!("mail:Inbox:main,{FALLBACK}"));
    let plan = wait(runtime.plan_provision("alice", Some(Language::De))).unwrap();
    assert_eq!(plan.folders.len(), Slot::ALL.len());
    assert!(plan.folders.iter().all(|folder| folder.id.is_none()));
    let inbox = plan.folders.iter().find(|folder| folder.slot == Some(Slot::Inbox)).unwrap();
    assert_eq!(
        (inbox.name.as_str(), inbox.uri.as_deref()),
        ("Posteingang", Some("offersroots://alice/Inbox/"))
    );
    assert_eq!(runtime.index().owners().unwrap(), []);
    assert_eq!(told(&runtime, "opened"), [""; 0]);
    let done = wait(runtime.provision("alice", Some(Language::De))).unwrap();
    assert_eq!(done.changes.len(), plan.changes.len());
}

#[test]
fn a_user_s_own_name_survives_another_language() {
    let runtime = offering(&format!("mail:Inbox:main,{FALLBACK}"));
    let mailbox = provision(&runtime).mailbox;
    let id = |slot| mailbox.slot(slot).unwrap().id;
    let rename = |id, name: &str| wait(runtime.rename_mailbox_folder("alice", id, name));
    rename(id(Slot::Tasks), "Chores").unwrap();
    assert!(matches!(rename(id(Slot::Notes), "CHORES"), Err(RenameError::NameTaken { .. })));
    assert!(matches!(rename(id(Slot::Notes), " x"), Err(RenameError::InvalidName { .. })));
    assert!(matches!(rename(id(Slot::Notes), &"x".repeat(256)), Err(RenameError::InvalidName { .. })));
    assert!(matches!(rename(id(Slot::MailboxRoot), "x"), Err(RenameError::NotFound { .. })));
    let french = wait(runtime.provision("alice", Some(Language::Fr))).unwrap().mailbox;
    let name = |slot| french.slot(slot).unwrap().name.as_str();
    assert_eq!((name(Slot::Tasks), name(Slot::Calendar)), ("Chores", "Calendrier"));
    assert!(french.slot(Slot::Tasks).unwrap().renamed);
}
