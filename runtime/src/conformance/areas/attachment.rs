//! AT: attachments and the messages in them (MS-OXCMSG 2.2.2).

use crate::bindings::exports::mapistore::backend::objects::StreamAccess;
use crate::bindings::mapistore::backend::types::{
    AttachNum, Capabilities as C, ErrorCode as E, Property, PropertyValue as V, RecipientKind,
};
use crate::conformance::behaviour::Behaviour;
use crate::conformance::expect::{Done, Stop, demand, number_in, or_code, refused, same, tag_name};
use crate::conformance::handles::{Attachment, Folder, Message};
use crate::conformance::sample;
use crate::conformance::tag;
use crate::conformance::trial::{Made, Trial, all_done, no_problems, property, text};
use crate::index::Fmid;

const NEEDS: &[C] = &[C::WRITE_MESSAGES, C::ATTACHMENTS];
const STREAMED: &[C] = &[C::WRITE_MESSAGES, C::ATTACHMENTS, C::STREAMS];
const EMBEDDED: &[C] = &[C::WRITE_MESSAGES, C::ATTACHMENTS, C::EMBEDDED_MESSAGES];

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
    b("AT-01", "Numbers begin at 0, follow each other, and are not given out again after a deletion.", NEEDS, numbers),
    b("AT-02", "An attachment is listed once it and then its message are saved.", NEEDS, listed_when_saved),
    b("AT-03", "Several MiB come back byte for byte through a stream.", STREAMED, large),
    b("AT-04", "A message is put into an attachment, saved, opened again and read.", EMBEDDED, embedded),
    b("AT-05", "The table of attachments has number, size, method and file name of each.", NEEDS, table),
    b("AT-06", "A deleted attachment is gone after the save, and the others keep numbers and contents.", NEEDS, deleted),
    b("AT-07", "What changes an attachment that was opened to be read is denied.", NEEDS, read_only),
    b("AT-08", "An unknown number is not-found.", NEEDS, unknown),
    b("AT-09", "Small contents of every byte value come back, as do none at all.", NEEDS, small),
    b("AT-10", "An attachment that is dropped unsaved leaves no trace.", NEEDS, dropped),
    b("AT-11", "Changing an attachment of a saved message changes that one only.", NEEDS, changed),
    b("AT-12", "PidTagHasAttachments follows the attachments.", NEEDS, flag),
    b("AT-13", "A file name in any language is kept.", NEEDS, names),
    b("AT-14", "Twenty attachments keep their order and contents.", NEEDS, many),
    b("AT-15", "A message in an attachment keeps its recipients and an attachment of its own.", EMBEDDED, nested),
    b("AT-16", "Attachments are there after the context was closed and opened again.", NEEDS, reopened),
    b("AT-17", "Moving or copying a message takes its attachments along.", &[C::WRITE_MESSAGES, C::ATTACHMENTS, C::FOLDERS], transferred),
    b("AT-18", "Every property that an attachment lists can be read.", NEEDS, properties),
    b("AT-19", "A removed property of an attachment is gone after the save, and its content stays.", NEEDS, removed),
];

/// The content as a property, where it is small, or through a stream.
fn content(attachment: &Attachment) -> Done<Vec<u8>> {
    match attachment.get(tag::ATTACH_DATA_BINARY)? {
        Ok(V::Binary(bytes)) => Ok(bytes),
        Ok(V::Deferred(_)) => attachment.open_stream(tag::ATTACH_DATA_BINARY, StreamAccess::Read)?.read_all(),
        Err(E::NotFound) => Ok(Vec::new()),
        other => Err(Stop::Failed(format!("the content is {other:?}"))),
    }
}

fn values(name: &str, bytes: &[u8]) -> Vec<Property> {
    vec![
        property(tag::ATTACH_METHOD, V::Integer32(tag::BY_VALUE)),
        text(tag::ATTACH_LONG_FILENAME, name),
        text(tag::ATTACH_MIME_TAG, "application/octet-stream"),
        property(tag::ATTACH_DATA_BINARY, V::Binary(bytes.to_vec())),
    ]
}

/// Adds and saves an attachment; its message is not saved.
fn attach(message: &Message, name: &str, bytes: &[u8]) -> Done<AttachNum> {
    let (number, attachment) = message.create_attachment()?;
    let problems = attachment.set_properties(values(name, bytes))?;
    let kept = [tag::ATTACH_DATA_BINARY, tag::ATTACH_LONG_FILENAME];
    let lost = problems.iter().find(|problem| kept.contains(&problem.tag));
    demand!(lost.is_none(), "name or content of an attachment cannot be set: {lost:?}");
    attachment.save()?;
    Ok(number)
}

/// A saved message with attachments `a`, `b`, ... of these contents.
fn with(trial: &Trial<'_>, folder: &Folder, contents: &[&[u8]]) -> Done<(Made<Message>, Vec<AttachNum>)> {
    let message = trial.compose(folder, "with attachments")?;
    let mut numbers = Vec::new();
    for (name, bytes) in ('a'..).zip(contents) {
        numbers.push(attach(&message, &format!("{name}.bin"), bytes)?);
    }
    message.save(false)?;
    Ok((message, numbers))
}

fn holds(folder: &Folder, id: Fmid, expected: &[(AttachNum, &[u8])]) -> Done {
    let message = folder.open_message(id, false)?;
    let numbers: Vec<_> = expected.iter().map(|(number, _)| *number).collect();
    same("the numbers", &message.list_attachments()?, &numbers)?;
    for (number, bytes) in expected {
        let found = content(&message.open_attachment(*number, false)?)?;
        demand!(found == *bytes, "the content of attachment {number} is not what was written");
    }
    Ok(())
}

fn numbers(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, given) = with(trial, &root, &[b"one", b"two", b"three"])?;
    same("the numbers of the first three", &given, &vec![0, 1, 2])?;
    message.delete_attachment(1)?;
    let next = attach(&message, "d.bin", b"four")?;
    demand!(next == 3, "after 0, 1 and 2, of which 1 was deleted, the next number is {next}: 3 is right");
    message.delete_attachment(3)?;
    let last = attach(&message, "e.bin", b"five")?;
    demand!(last > 3, "the number {last} was given out before");
    message.save(false)?;
    let found: Vec<_> = {
        let read = root.open_message(message.id, false)?;
        let mut found = Vec::new();
        for number in read.list_attachments()? {
            found.push(content(&read.open_attachment(number, false)?)?);
        }
        found
    };
    same("the contents", &found, &vec![b"one".to_vec(), b"three".to_vec(), b"five".to_vec()])
}

fn listed_when_saved(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, _) = with(trial, &root, &[])?;
    let (number, attachment) = message.create_attachment()?;
    attachment.set_properties(values("a.bin", b"content"))?;
    let others = |what: &str, expected: &[AttachNum]| -> Done {
        let listed = root.open_message(message.id, false)?.list_attachments()?;
        same(&format!("the attachments that others see {what}"), &listed, &expected.to_vec())
    };
    others("before any save", &[])?;
    same("the attachments before any save", &message.list_attachments()?, &Vec::new())?;
    attachment.save()?;
    others("before the message's save", &[])?;
    message.save(false)?;
    same("the attachments after the save", &message.list_attachments()?, &vec![number])?;
    others("after the save", &[number])
}

fn large(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "with much in it")?;
    let bytes: Vec<u8> = (0..3_200_007_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let (number, attachment) = message.create_attachment()?;
    attachment.set_properties(values("large.bin", b""))?;
    let stream = attachment.open_stream(tag::ATTACH_DATA_BINARY, StreamAccess::Create)?;
    for (piece, at) in bytes.chunks(64 << 10).zip((0..).step_by(64 << 10)) {
        stream.write(at, piece)?;
    }
    stream.commit()?;
    drop(stream);
    attachment.save()?;
    message.save(false)?;
    let read = root.open_message(message.id, false)?.open_attachment(number, false)?;
    let size = number_in("PidTagAttachSize", &read.get(tag::ATTACH_SIZE)?)?;
    demand!(size >= 3_200_007, "PidTagAttachSize is {size}, and the content has 3200007 bytes");
    let stream = read.open_stream(tag::ATTACH_DATA_BINARY, StreamAccess::Read)?;
    same("the size of the stream", &stream.size()?, &(bytes.len() as u64))?;
    demand!(stream.read_all()? == bytes, "the bytes are not those that were written");
    same("what is in the middle", &stream.read(1_600_000, 10)?, &bytes[1_600_000..1_600_010].to_vec())
}

/// Puts a message into a new attachment of `message`: filled by `fill`, saved from the inside out.
fn embed(trial: &Trial<'_>, message: &Message, fill: impl FnOnce(&Message) -> Done) -> Done<AttachNum> {
    let (number, attachment) = message.create_attachment()?;
    attachment.set_properties(vec![
        property(tag::ATTACH_METHOD, V::Integer32(tag::EMBEDDED)),
        text(tag::ATTACH_LONG_FILENAME, "inner.msg"),
    ])?;
    let inner = attachment.create_embedded(trial.id()?)?;
    fill(&inner)?;
    inner.save(false)?;
    attachment.save()?;
    Ok(number)
}

fn embedded(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "outer")?;
    let number = embed(trial, &message, |inner| {
        let values = sample::item(trial, trial.role()?, "inner")?;
        inner.set_properties(values).map(drop)
    })?;
    message.save(false)?;
    let read = root.open_message(message.id, false)?;
    same("the outer name", &trial.marker_of(&read)?, &"outer".to_owned())?;
    let attachment = read.open_attachment(number, false)?;
    let method = number_in("PidTagAttachMethod", &attachment.get(tag::ATTACH_METHOD)?)?;
    same("PidTagAttachMethod", &method, &tag::EMBEDDED)?;
    let inner = attachment.open_embedded()?;
    same("the inner name", &trial.marker_of(&inner)?, &"inner".to_owned())?;
    same("the number of rows in the folder", &trial.ids(&root, CONTENTS)?.len(), &1)
}

const CONTENTS: crate::bindings::mapistore::backend::types::TableKind =
    crate::bindings::mapistore::backend::types::TableKind::Contents;

fn table(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, numbers) = with(trial, &root, &[b"one", b"twotwo"])?;
    let table = root.open_message(message.id, false)?.open_attachment_table()?;
    let columns = [tag::ATTACH_NUMBER, tag::ATTACH_SIZE, tag::ATTACH_LONG_FILENAME, tag::ATTACH_METHOD];
    let rows = table.rows(&columns)?;
    same("the number of rows", &rows.len(), &2)?;
    for ((row, number), (name, least)) in rows.iter().zip(numbers).zip([("a.bin", 3), ("b.bin", 6)]) {
        let [found, size, called, method] = row.as_slice() else { continue };
        same("PidTagAttachNumber", &number_in("it", found)?, &number.cast_signed())?;
        let size = number_in("PidTagAttachSize", size)?;
        demand!(size >= least, "PidTagAttachSize is {size}, and the content has {least} bytes");
        same("PidTagAttachLongFilename", called, &Ok(V::Text(name.into())))?;
        same("PidTagAttachMethod", method, &Ok(V::Integer32(tag::BY_VALUE)))?;
    }
    same("the row count", &table.row_count()?, &2)
}

fn deleted(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, _) = with(trial, &root, &[b"one", b"two", b"three"])?;
    message.delete_attachment(1)?;
    holds(&root, message.id, &[(0, b"one"), (1, b"two"), (2, b"three")])?;
    let listed = message.list_attachments()?;
    same("the numbers while the message is open", &listed, &vec![0, 2])?;
    refused("opening it", message.open_attachment(1, false), &[E::NotFound])?;
    message.save(false)?;
    let read = root.open_message(message.id, false)?;
    let mut found = Vec::new();
    for number in read.list_attachments()? {
        found.push(content(&read.open_attachment(number, false)?)?);
    }
    same("the contents after the save", &found, &vec![b"one".to_vec(), b"three".to_vec()])?;
    refused("deleting what is not there", message.delete_attachment(99), &[E::NotFound])
}

fn read_only(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, _) = with(trial, &root, &[b"one"])?;
    let read = root.open_message(message.id, false)?;
    let attachment = read.open_attachment(0, false)?;
    let renamed = attachment.set_properties(vec![text(tag::ATTACH_LONG_FILENAME, "changed")]);
    refused("setting a property", renamed, &[E::Denied])?;
    refused("saving", attachment.save(), &[E::Denied])?;
    refused("opening it to be written", read.open_attachment(0, true), &[E::Denied])?;
    refused("deleting it", read.delete_attachment(0), &[E::Denied])?;
    holds(&root, message.id, &[(0, b"one")])
}

fn unknown(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, _) = with(trial, &root, &[b"one"])?;
    for number in [1, 7, u32::MAX] {
        refused(
            "opening an attachment that is not there",
            message.open_attachment(number, false),
            &[E::NotFound],
        )?;
    }
    refused("deleting one that is not there", message.delete_attachment(5), &[E::NotFound])
}

fn small(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let every: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
    let (message, numbers) = with(trial, &root, &[&every, b"", b"\r\n.\r\n--x\r\n", b"\n"])?;
    let contents: [&[u8]; 4] = [&every, b"", b"\r\n.\r\n--x\r\n", b"\n"];
    let expected: Vec<_> = numbers.into_iter().zip(contents).collect();
    holds(&root, message.id, &expected)
}

fn dropped(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, _) = with(trial, &root, &[b"one"])?;
    let (_, attachment) = message.create_attachment()?;
    attachment.set_properties(values("never.bin", b"never"))?;
    drop(attachment);
    message.save(true)?;
    holds(&root, message.id, &[(0, b"one")])
}

fn changed(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, _) = with(trial, &root, &[b"one", b"two"])?;
    let id = message.id;
    drop(message);
    let message = root.open_message(id, true)?;
    let attachment = message.open_attachment(1, true)?;
    no_problems(
        "setting the content",
        &attachment
            .set_properties(vec![property(tag::ATTACH_DATA_BINARY, V::Binary(b"changed".to_vec()))])?,
    )?;
    attachment.save()?;
    holds(&root, id, &[(0, b"one"), (1, b"two")])?;
    message.save(false)?;
    holds(&root, id, &[(0, b"one"), (1, b"changed")])
}

fn flag(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, _) = with(trial, &root, &[])?;
    let has = |expected: bool| -> Done {
        match root.open_message(message.id, false)?.get(tag::HAS_ATTACHMENTS)? {
            Err(E::NotFound) => Err(Stop::NotClaimed("its items have no PidTagHasAttachments".into())),
            cell => same("PidTagHasAttachments", &cell, &Ok(V::Boolean(expected))),
        }
    };
    has(false)?;
    attach(&message, "a.bin", b"one")?;
    message.save(false)?;
    has(true)?;
    message.delete_attachment(0)?;
    message.save(false)?;
    has(false)
}

fn names(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let names = [
        "Größe & Maß.pdf",
        "日本語.txt",
        "two  blanks \"quoted\".doc",
        "semi;colon,comma.txt",
        "no extension",
    ];
    let message = trial.compose(&root, "with names")?;
    let mut numbers = Vec::new();
    for name in names {
        numbers.push(attach(&message, name, b"x")?);
    }
    message.save(false)?;
    let read = root.open_message(message.id, false)?;
    for (number, name) in numbers.into_iter().zip(names) {
        let found = read.open_attachment(number, false)?.get(tag::ATTACH_LONG_FILENAME)?;
        same(&format!("the name of attachment {number}"), &found, &Ok(V::Text(name.into())))?;
    }
    Ok(())
}

fn many(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let contents: Vec<Vec<u8>> = (0..20_u8).map(|number| vec![number; usize::from(number) * 100]).collect();
    let slices: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    let (message, numbers) = with(trial, &root, &slices)?;
    let expected: Vec<_> = numbers.into_iter().zip(slices).collect();
    holds(&root, message.id, &expected)
}

fn nested(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "outer")?;
    let anna = [(RecipientKind::To, "Anna", "anna@example.org")];
    let has_recipients = std::cell::Cell::new(false);
    let number = embed(trial, &message, |inner| {
        inner.set_properties(sample::item(trial, trial.role()?, "middle")?)?;
        let set = or_code(inner.set_recipients(sample::recipients(&anna)), &[E::NotImplemented])?;
        has_recipients.set(set.is_some());
        attach(inner, "deep.bin", b"deep down").map(drop)
    })?;
    message.save(false)?;
    let inner = root.open_message(message.id, false)?.open_attachment(number, false)?.open_embedded()?;
    same("the inner name", &trial.marker_of(&inner)?, &"middle".to_owned())?;
    if has_recipients.get() {
        let facts = sample::recipient_facts(&inner.get_data()?.recipients);
        same("the inner recipients", &facts, &vec![(anna[0].0, "Anna".into(), "anna@example.org".into())])?;
    }
    same("the inner attachments", &inner.list_attachments()?, &vec![0])?;
    same("the inner content", &content(&inner.open_attachment(0, false)?)?, &b"deep down".to_vec())
}

fn reopened(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let (message, _) = with(trial, &root, &[b"one", b"two"])?;
    let id = message.id;
    drop(message);
    let (_context, root) = trial.reopen(context, root)?;
    holds(&root, id, &[(0, b"one"), (1, b"two")])
}

fn transferred(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let target = trial.add_folder(&root, "Target")?;
    let (message, _) = with(trial, &root, &[b"one", b"two"])?;
    let source = message.id;
    drop(message);
    let copy = trial.item(source)?;
    let copy_id = Fmid(copy.target);
    all_done("copying", &target.take(&root, vec![copy], true)?)?;
    holds(&target, copy_id, &[(0, b"one"), (1, b"two")])?;
    let moved = trial.item(source)?;
    let moved_id = Fmid(moved.target);
    all_done("moving", &target.take(&root, vec![moved], false)?)?;
    holds(&target, moved_id, &[(0, b"one"), (1, b"two")])
}

fn removed(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, numbers) = with(trial, &root, &[b"one"])?;
    let number = numbers.first().copied().unwrap_or(0);
    let attachment = message.open_attachment(number, true)?;
    let problems = attachment.remove_properties(&[tag::ATTACH_LONG_FILENAME])?;
    attachment.save()?;
    message.save(false)?;
    let name = root
        .open_message(message.id, false)?
        .open_attachment(number, false)?
        .get(tag::ATTACH_LONG_FILENAME)?;
    let expected = if problems.is_empty() { Err(E::NotFound) } else { Ok(V::Text("a.bin".into())) };
    same("the file name", &name, &expected)?;
    holds(&root, message.id, &[(number, b"one")])
}

fn properties(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, _) = with(trial, &root, &[b"one"])?;
    let attachment = root.open_message(message.id, false)?.open_attachment(0, false)?;
    let tags = attachment.list_properties()?;
    for tag in [tag::ATTACH_NUMBER, tag::ATTACH_METHOD, tag::ATTACH_SIZE] {
        demand!(tags.contains(&tag), "{} is not listed", tag_name(tag));
    }
    for (tag, cell) in tags.iter().zip(attachment.get_properties(&tags)?) {
        demand!(cell.is_ok(), "{} is listed and answers {cell:?}", tag_name(*tag));
    }
    Ok(())
}
