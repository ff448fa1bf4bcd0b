//! Tables: TA-01 to TA-12, SY-01. What the SDK's table does by itself has its tests there.

use super::*;

fn property(op: Relop, tag: PropertyTag, value: PropertyValue) -> Restriction {
    vec![RestrictionNode::Property(PropertyMatch { op, tag, value })]
}

fn subjects(table: &mut dyn Table) -> Vec<String> {
    let cells = rows(table, &[PID_TAG_SUBJECT]).into_iter().flatten();
    cells
        .map(|cell| if let Ok(PropertyValue::Text(text)) = cell { text } else { panic!("{cell:?}") })
        .collect()
}

/// TA-01, TA-02, TA-03, FO-11.
#[test]
fn a_row_has_a_cell_for_each_column_and_the_end_is_no_error() {
    let mail = Mail::new();
    let id = add(&*mail.root, "a");
    let mut table = mail.root.open_table(TableKind::Contents).unwrap();
    assert_eq!(code(table.query_rows(0, 1)), ErrorCode::NotInitialized);
    assert_eq!(code(table.set_columns(vec![])), ErrorCode::InvalidParameter);
    let columns = [PID_TAG_BODY, PID_TAG_MID, PID_TAG_SUBJECT, PID_TAG_MID];
    let mid = Ok(PropertyValue::Integer64(id.cast_signed()));
    assert_eq!(rows(&mut *table, &columns)[0], [Err(ErrorCode::NotFound), mid.clone(), Ok(text("a")), mid]);
    let past = table.query_rows(7, 1).unwrap();
    assert!(past.row_count == 0 && past.at_end);
    for kind in [
        TableKind::Hierarchy,
        TableKind::Contents,
        TableKind::Associated,
        TableKind::Rules,
        TableKind::Permissions,
    ] {
        let rows = mail.root.open_table(kind).unwrap().row_count().unwrap();
        assert_eq!(mail.root.get_child_count(kind).unwrap(), rows, "{kind:?}");
    }
    assert_eq!(code(mail.root.open_table(TableKind::Attachments)), ErrorCode::InvalidParameter);
}

/// TA-04, TA-05, TA-06, TA-10.
#[test]
fn a_table_is_restricted_sorted_and_searched() {
    let mail = Mail::new();
    for subject in ["b", "A", "c", "aa"] {
        add(&*mail.root, subject);
    }
    let mut table = mail.root.open_table(TableKind::Contents).unwrap();
    assert_eq!(subjects(&mut *table), ["b", "A", "c", "aa"]);
    let key = SortKey { tag: PID_TAG_SUBJECT, direction: SortDirection::Descending };
    table.set_sort_order(Some(SortOrder { keys: vec![key], categories: 0, expanded: 0 })).unwrap();
    assert_eq!(subjects(&mut *table), ["c", "b", "aa", "A"]);
    table.set_restriction(Some(property(Relop::Lt, PID_TAG_SUBJECT, text("b")))).unwrap();
    assert_eq!(subjects(&mut *table), ["aa", "A"]);
    let found = table
        .find_row(0, Direction::Forward, property(Relop::Eq, PID_TAG_SUBJECT, text("A")))
        .unwrap()
        .unwrap();
    assert_eq!((found.index, &found.cells[0]), (1, &Ok(text("A"))));
    assert_eq!(
        table.find_row(0, Direction::Forward, property(Relop::Eq, PID_TAG_SUBJECT, text("b"))).unwrap(),
        None
    );
    assert_eq!(table.row_count().unwrap(), 2);
    table.set_restriction(None).unwrap();
    assert_eq!(table.row_count().unwrap(), 4);
}

/// TA-09.
#[test]
fn a_restriction_looks_into_recipients_and_attachments() {
    let mail = Mail::new();
    add(&*mail.root, "neither");
    let id = new_id();
    let mut message = mail.root.create_message(id, false).unwrap();
    message.set_properties(set(PID_TAG_SUBJECT, "both")).unwrap();
    let bob =
        Recipient { kind: RecipientKind::Cc, username: None, cells: vec![Some(text("bob@example.org"))] };
    message.set_recipients(RecipientTable { columns: vec![PID_TAG_EMAIL_ADDRESS], rows: vec![bob] }).unwrap();
    let (_, mut attachment) = message.create_attachment().unwrap();
    attachment.set_properties(set(PID_TAG_ATTACH_LONG_FILENAME, "report.pdf")).unwrap();
    attachment.save().unwrap();
    message.save(false).unwrap();
    let mut table = mail.root.open_table(TableKind::Contents).unwrap();
    let mut shown = |object, tag, part: &str| {
        let content =
            ContentMatch { tag, value: text(part), kind: MatchKind::Substring, options: MatchFlags::empty() };
        let sub = RestrictionNode::Sub(SubMatch { object, child: 1 });
        table.set_restriction(Some(vec![sub, RestrictionNode::Content(content)])).unwrap();
        subjects(&mut *table)
    };
    assert_eq!(shown(SubObject::Recipients, PID_TAG_EMAIL_ADDRESS, "@example"), ["both"]);
    assert_eq!(shown(SubObject::Attachments, PID_TAG_ATTACH_LONG_FILENAME, ".pdf"), ["both"]);
    assert_eq!(shown(SubObject::Attachments, PID_TAG_ATTACH_LONG_FILENAME, ".doc"), [""; 0]);
}

/// TA-12.
#[test]
fn a_table_is_a_snapshot_until_it_is_refreshed() {
    let mail = Mail::new();
    let id = add(&*mail.root, "a");
    let mut table = mail.root.open_table(TableKind::Contents).unwrap();
    add(&*mail.root, "b");
    let mut message = mail.root.open_message(id, true).unwrap();
    message.set_properties(set(PID_TAG_SUBJECT, "changed")).unwrap();
    message.save(false).unwrap();
    assert_eq!(subjects(&mut *table), ["a"]);
    table.refresh().unwrap();
    assert_eq!(subjects(&mut *table), ["changed", "b"]);
    mail.root.delete_messages(&[id], DeleteMode::Soft).unwrap();
    table.refresh().unwrap();
    assert_eq!(subjects(&mut *table), ["b"]);
}

/// SY-01.
#[test]
fn what_changed_since_a_change_number_is_found_by_a_restriction() {
    let mail = Mail::new();
    // So many that the numbers no longer grow as the plain integers that they travel as.
    let ids: Vec<_> = (0..200).map(|at| add(&*mail.root, &at.to_string())).collect();
    let since = mail.root.get_deleted(TableKind::Contents, 0).unwrap().upto;
    mail.root.set_read_flags(&[ids[3]], true).unwrap();
    let mut table = mail.root.open_table(TableKind::Contents).unwrap();
    let newer = property(Relop::Gt, PID_TAG_CHANGE_NUMBER, PropertyValue::Integer64(since.cast_signed()));
    table.set_restriction(Some(newer)).unwrap();
    assert_eq!(subjects(&mut *table), ["3"]);
}
