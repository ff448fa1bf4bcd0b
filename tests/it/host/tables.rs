//! Restrictions, sort orders and tombstones of a backend that has none of them (TA-04 to TA-10, SY-02, ME-10).

use mapistore::index::ChangeNumber;
use mapistore::types::{ContentMatch, CountNode, ErrorCode};
use mapistore::types::{
    DeleteMode, Direction, MatchFlags, MatchKind, PropertyMatch, Relop, Restriction, RestrictionNode,
    SortDirection, SortKey, SortOrder, SubMatch, SubObject,
};

use super::*;

fn contains(tag: PropertyTag, part: &str) -> RestrictionNode {
    RestrictionNode::Content(ContentMatch {
        tag,
        value: PropertyValue::Text(part.into()),
        kind: MatchKind::Substring,
        options: MatchFlags::IGNORE_CASE,
    })
}

fn sub(object: SubObject, child: RestrictionNode) -> Restriction {
    vec![RestrictionNode::Sub(SubMatch { object, child: 1 }), child]
}

/// The subjects of the rows that a restriction leaves, in the order of the table.
fn subjects(folder: &Folder, restriction: Option<Restriction>, order: Option<SortOrder>) -> Vec<String> {
    let table = wait(folder.open_table(TableKind::Contents)).unwrap();
    wait(table.set_columns(&[SUBJECT])).unwrap();
    wait(table.set_restriction(restriction)).unwrap();
    wait(table.set_sort_order(order)).unwrap();
    let rows = wait(table.query_rows(0, 100)).unwrap();
    assert_eq!(rows.row_count, wait(table.row_count()).unwrap(), "TA-04");
    rows.cells.into_iter().map(text_of).collect()
}

#[test]
fn ta_09_a_restriction_looks_into_the_recipients_and_attachments_of_each_message() {
    let runtime = runtime();
    let (_context, root) = bag(&runtime, "alice");
    add(&runtime, "alice", &root, "bare");
    let (_, mail) = draft(&runtime, "alice", &root, "to bob");
    wait(mail.set_recipients(to("bob@example.org"))).unwrap();
    wait(mail.save(false)).unwrap();
    let (_, mail) = draft(&runtime, "alice", &root, "with a file");
    wait(mail.set_recipients(to("eve@example.org"))).unwrap();
    attach(&mail, "Invoice.pdf", b"data");
    wait(mail.save(false)).unwrap();

    let to_bob = sub(SubObject::Recipients, contains(ADDRESS, "BOB@"));
    assert_eq!(subjects(&root, Some(to_bob), None), ["to bob"]);
    let invoice = sub(SubObject::Attachments, contains(ATTACH_NAME, "invoice"));
    assert_eq!(subjects(&root, Some(invoice.clone()), None), ["with a file"]);
    // Node 0 negates the whole: messages without attachments are left.
    let mut negated = vec![RestrictionNode::Negate(1)];
    negated.extend([
        RestrictionNode::Sub(SubMatch { object: SubObject::Attachments, child: 2 }),
        contains(ATTACH_NAME, ""),
    ]);
    assert_eq!(subjects(&root, Some(negated), None), ["bare", "to bob"]);
    let table = wait(root.open_table(TableKind::Contents)).unwrap();
    wait(table.set_columns(&[SUBJECT])).unwrap();
    let found = wait(table.find_row(0, Direction::Forward, invoice)).unwrap().unwrap();
    assert_eq!(found.index, 2, "TA-06");
    assert_eq!(wait(table.row_count()).unwrap(), 3, "TA-06: the view has no restriction");
}

#[test]
fn a_value_too_large_for_a_row_is_read_from_its_message_to_be_compared() {
    let runtime = runtime();
    let (_context, root) = bag(&runtime, "alice");
    for (subject, end) in [("first", "needle"), ("second", "hay")] {
        let (_, mail) = draft(&runtime, "alice", &root, subject);
        let stream = wait(mail.open_stream(BODY, StreamAccess::Create)).unwrap();
        let body: Vec<u8> =
            format!("{}{end}", "x".repeat(60_000)).encode_utf16().flat_map(u16::to_le_bytes).collect();
        wait(stream.write(0, &body)).unwrap();
        wait(stream.commit()).unwrap();
        wait(mail.save(false)).unwrap();
    }
    assert_eq!(subjects(&root, Some(vec![contains(BODY, "NEEDLE")]), None), ["first"]);
    // A restriction that counts does not count a row twice because a value had to be read.
    let counted = vec![RestrictionNode::Count(CountNode { count: 1, child: 1 }), contains(BODY, "x")];
    assert_eq!(subjects(&root, Some(counted), None), ["first"]);
}

#[test]
fn ta_10_the_host_sorts_by_several_keys_with_missing_cells() {
    let runtime = runtime();
    let (_context, root) = bag(&runtime, "alice");
    for (subject, comment, size) in [("a", Some("x"), 2), ("b", None, 1), ("c", Some("x"), 1), ("d", None, 3)]
    {
        let (_, mail) = draft(&runtime, "alice", &root, subject);
        let size = Property { tag: SIZE, value: PropertyValue::Integer32(size) };
        wait(mail.set_properties(comment.map(|c| text(COMMENT, c)).into_iter().chain([size]).collect()))
            .unwrap();
        wait(mail.save(false)).unwrap();
    }
    let key = |tag, direction| SortKey { tag, direction };
    let keys = vec![key(COMMENT, SortDirection::Ascending), key(SIZE, SortDirection::Descending)];
    let order = SortOrder { keys, categories: 0, expanded: 0 };
    assert_eq!(subjects(&root, None, Some(order.clone())), ["d", "b", "a", "c"]);
    let small = vec![RestrictionNode::Property(PropertyMatch {
        op: Relop::Lt,
        tag: SIZE,
        value: PropertyValue::Integer32(3),
    })];
    assert_eq!(subjects(&root, Some(small), Some(order)), ["b", "a", "c"]);
}

#[test]
fn ta_11_what_the_host_cannot_decide_is_too_complex_and_never_silently_true() {
    let runtime = runtime();
    let (_context, root) = bag(&runtime, "alice");
    add(&runtime, "alice", &root, "x");
    let table = wait(root.open_table(TableKind::Contents)).unwrap();
    wait(table.set_columns(&[SUBJECT])).unwrap();
    let regex = vec![RestrictionNode::Property(PropertyMatch {
        op: Relop::Regex,
        tag: SUBJECT,
        value: PropertyValue::Text(".*".into()),
    })];
    wait(table.set_restriction(Some(regex))).unwrap();
    let error = wait(table.query_rows(0, 10)).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::TooComplex), "{error}");
}

#[test]
fn sy_02_the_host_keeps_tombstones_for_a_backend_that_keeps_none() {
    let runtime = runtime();
    let (_context, root) = bag(&runtime, "alice");
    let (soft, hard, kept) = (
        add(&runtime, "alice", &root, "soft"),
        add(&runtime, "alice", &root, "hard"),
        add(&runtime, "alice", &root, "kept"),
    );
    let unknown = runtime.allocate_id("alice").unwrap();
    let outcomes = wait(root.delete_messages(&[soft, unknown], DeleteMode::Soft)).unwrap();
    assert_eq!(outcomes.iter().map(|o| o.outcome).collect::<Vec<_>>(), [Ok(()), Err(ErrorCode::NotFound)]);
    wait(root.delete_messages(&[hard], DeleteMode::Hard)).unwrap();
    assert_eq!(ids(&root, TableKind::Contents, MID), [kept], "ME-10");
    let deleted = wait(root.get_deleted(TableKind::Contents, ChangeNumber(0))).unwrap();
    assert_eq!(deleted.ids, [soft.0]);
    let later = wait(root.get_deleted(TableKind::Contents, ChangeNumber(deleted.upto))).unwrap();
    assert_eq!(later.ids, [0_u64; 0]);
    assert_eq!(wait(root.get_deleted(TableKind::Hierarchy, ChangeNumber(0))).unwrap().ids, [0_u64; 0]);

    let fid = runtime.allocate_id("alice").unwrap();
    let folder = wait(root.create_folder(fid, vec![text(NAME, "sub")])).unwrap();
    wait(folder.delete(DeleteMode::Soft, false)).unwrap();
    let folders = wait(root.get_deleted(TableKind::Hierarchy, ChangeNumber(0))).unwrap();
    assert_eq!(folders.ids, [fid.0], "the backend left its record in the index");
    assert!(runtime.index().verify().unwrap().is_clean());
}
