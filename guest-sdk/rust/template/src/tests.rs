//! The backend as it is, natively: the index and the key-value store are maps in memory.

use super::*;

fn open(uri: &str) -> Result<Box<dyn Context>> {
    let connection = ConnectionInfo {
        username: "alice".into(),
        owner: "alice".into(),
        replica_guid: Guid { hi: 0x0011_2233_4455_6677, lo: 0x8899_aabb_ccdd_eeff },
        replica_id: 1,
        locale: 0x0409,
        codepage: 1252,
    };
    Example::create_context(connection, uri)
}

fn inbox() -> Box<dyn Folder> {
    open("example-name://alice/inbox/").unwrap().get_root_folder(42).unwrap()
}

fn mids(folder: &dyn Folder) -> Vec<Mid> {
    let mut table = folder.open_table(TableKind::Contents).unwrap();
    table.set_columns(vec![PID_TAG_MID]).unwrap();
    let cells = table.query_rows(0, 10).unwrap().cells;
    let mid = |cell| match cell {
        Ok(PropertyValue::Integer64(mid)) => mid as Mid,
        other => panic!("{other:?} is no id"),
    };
    cells.into_iter().map(mid).collect()
}

#[test]
fn the_inbox_has_three_messages_in_their_order() {
    let inbox = inbox();
    assert_eq!(inbox.get_child_count(TableKind::Contents).unwrap(), 3);
    let mut table = inbox.open_table(TableKind::Contents).unwrap();
    table.set_columns(vec![PID_TAG_SUBJECT]).unwrap();
    let subjects = SUBJECTS.map(|subject| Ok(PropertyValue::Text(subject.into())));
    assert_eq!(table.query_rows(0, 10).unwrap().cells, subjects);
}

#[test]
fn a_message_that_is_read_stays_read_and_counts() {
    let inbox = inbox();
    let unread = || inbox.get_properties(&[PID_TAG_CONTENT_UNREAD_COUNT]).unwrap();
    assert_eq!(unread(), [Ok(PropertyValue::Integer32(3))]);
    let second = mids(&*inbox)[1];
    let outcomes = inbox.set_read_flags(&[second, 7], true).unwrap();
    assert_eq!(outcomes[0], ItemOutcome { id: second, outcome: Ok(()) });
    assert_eq!(outcomes[1], ItemOutcome { id: 7, outcome: Err(ErrorCode::NotFound) });
    assert_eq!(unread(), [Ok(PropertyValue::Integer32(2))]);
    let flags = inbox.open_message(second, false).unwrap().get_properties(&[PID_TAG_MESSAGE_FLAGS]);
    assert_eq!(flags.unwrap(), [Ok(PropertyValue::Integer32(1))]);
}

#[test]
fn there_is_nothing_else() {
    assert!(open("example-name://alice/outbox/").is_err());
    assert!(inbox().open_message(7, false).is_err());
}
