//! ME: streams of properties, and the bytes of a message in its own format.

use super::*;

/// The text of a role's items that may be long.
pub(super) fn long_tag(trial: &Trial<'_>, message: &Message) -> Done<PropertyTag> {
    for tag in [tag::BODY, tag::COMMENT, trial.marker()?] {
        if message.set_properties(vec![text(tag, "short")])?.is_empty() {
            return Ok(tag);
        }
    }
    Err(Stop::NotClaimed("it stores no text that may be long".into()))
}

pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Lines short enough for every format.
pub(super) fn long(bytes: usize) -> String {
    let line = "Zeile mit Ümläuten und einem 🙂 am Ende.\r\n";
    line.repeat(bytes / line.len() + 1)
}

pub(super) fn write_stream(message: &Message, tag: PropertyTag, bytes: &[u8]) -> Done {
    let stream = message.open_stream(tag, StreamAccess::Create)?;
    for (number, piece) in bytes.chunks(64 << 10).enumerate() {
        stream.write((number * (64 << 10)) as u64, piece)?;
    }
    stream.commit()
}

/// Writes a text as a stream, saves it, and answers its tag with the message.
pub(super) fn with_long_text(
    trial: &Trial<'_>,
    folder: &Folder,
    value: &str,
) -> Done<(PropertyTag, Made<Message>)> {
    let message = trial.compose(folder, "with a long text")?;
    let tag = long_tag(trial, &message)?;
    or_code(write_stream(&message, tag, &utf16(value)), &[E::Denied, E::NotImplemented])?
        .ok_or_else(|| Stop::NotClaimed(format!("{} cannot be written as a stream", tag_name(tag))))?;
    message.save(false)?;
    Ok((tag, message))
}

pub(super) fn long_text(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let limit = trial.kit.inline_limit()?;
    let value = long(limit as usize * 3);
    let (tag, message) = with_long_text(trial, &root, &value)?;
    let read = root.open_message(message.id, false)?;
    let bytes = utf16(&value);
    same(&tag_name(tag), &read.get(tag)?, &Ok(PropertyValue::Deferred(bytes.len() as u64)))?;
    let stream = read.open_stream(tag, StreamAccess::Read)?;
    same("the stream's size", &stream.size()?, &(bytes.len() as u64))?;
    demand!(stream.read_all()? == bytes, "the stream's bytes are not those that were written");
    Ok(())
}

pub(super) fn stream_write(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "in pieces")?;
    let tag = long_tag(trial, &message)?;
    let opened = or_code(message.open_stream(tag, StreamAccess::Create), &[E::Denied, E::NotImplemented])?;
    let stream = opened.ok_or_else(|| Stop::NotClaimed(format!("no stream of {}", tag_name(tag))))?;
    stream.write(0, &utf16("Hello"))?;
    stream.write(14, &utf16("old!"))?;
    same("the size", &stream.size()?, &22)?;
    same("the gap", &stream.read(10, 4)?, &vec![0; 4])?;
    stream.write(10, &utf16(", w"))?;
    stream.set_size(18)?;
    stream.write(16, &utf16("orld"))?;
    stream.commit()?;
    drop(stream);
    message.save(false)?;
    let found = root.open_message(message.id, false)?.get(tag)?;
    same(&tag_name(tag), &found, &Ok(PropertyValue::Text("Hello, world".into())))
}

pub(super) fn stream_dropped(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (tag, message) = with_long_text(trial, &root, "as it was")?;
    let again = root.open_message(message.id, true)?;
    let stream = again.open_stream(tag, StreamAccess::ReadWrite)?;
    stream.write(0, &utf16("CHANGED"))?;
    drop(stream);
    again.save(true)?;
    let found = root.open_message(message.id, false)?.get(tag)?;
    same(&tag_name(tag), &found, &Ok(PropertyValue::Text("as it was".into())))
}

pub(super) fn stream_read(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (tag, message) = with_long_text(trial, &root, "0123456789")?;
    let stream = root.open_message(message.id, false)?.open_stream(tag, StreamAccess::Read)?;
    let bytes = utf16("0123456789");
    same("the size", &stream.size()?, &20)?;
    same("the beginning", &stream.read(0, 4)?, &bytes[..4].to_vec())?;
    same("the middle", &stream.read(7, 6)?, &bytes[7..13].to_vec())?;
    same("the end", &stream.read(16, 100)?, &bytes[16..].to_vec())?;
    same("what is past the end", &stream.read(20, 10)?, &Vec::new())?;
    same("what is far past the end", &stream.read(u64::MAX - 5, 10)?, &Vec::new())?;
    same("nothing", &stream.read(3, 0)?, &Vec::new())
}

pub(super) fn stream_refused(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (tag, message) = with_long_text(trial, &root, "a text")?;
    let absent = tag::own(0x7F, 0x001F);
    let read = root.open_message(message.id, false)?;
    refused("reading what is not there", read.open_stream(absent, StreamAccess::Read), &[E::NotFound])?;
    let stream = read.open_stream(tag, StreamAccess::Read)?;
    refused("writing to a stream opened to be read", stream.write(0, &[0, 0]), &[E::Denied])?;
    let writing = read.open_stream(tag, StreamAccess::ReadWrite);
    refused("a stream to be written, of a message opened to be read", writing, &[E::Denied])
}

pub(super) fn mime(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let composed = trial.add(&root, "composed")?;
    let offered = root.open_message(composed, false)?.open_stream(tag::INTERNET_CONTENT, StreamAccess::Read);
    let offered = or_code(offered, &[E::NotFound, E::NotImplemented])?
        .ok_or_else(|| Stop::NotClaimed("its items have no form of their own".into()))?;
    if !matches!(
        trial.role()?,
        Role::Mail | Role::Drafts | Role::SentItems | Role::Outbox | Role::DeletedItems | Role::Fallback
    ) {
        return other_format(trial, &root, composed, &offered.read_all()?);
    }
    let id = trial.id()?;
    let message = root.create_message(id, false)?;
    let none = [E::NotFound, E::Denied, E::NotImplemented, E::InvalidParameter];
    let bytes = b"From: a@example.org\nSubject: =?utf-8?q?=C3=A4?=\nX-Odd:  two  blanks\n\nbody without end";
    or_code(write_stream(&message, tag::INTERNET_CONTENT, bytes), &none)?
        .ok_or_else(|| Stop::NotClaimed("its items have no MIME form".into()))?;
    message.save(false)?;
    let read = root.open_message(id, false)?;
    let stream = read.open_stream(tag::INTERNET_CONTENT, StreamAccess::Read)?;
    demand!(stream.read_all()? == bytes, "the bytes are not those that were written");
    same("the subject", &read.get(tag::SUBJECT)?, &Ok(PropertyValue::Text("ä".into())))
}

/// Of a format that is not mail: what it wrote itself, with one word changed.
pub(super) fn other_format(trial: &Trial<'_>, root: &Folder, id: Fmid, bytes: &[u8]) -> Done {
    let Ok(written) = std::str::from_utf8(bytes) else {
        return Err(Stop::NotClaimed("its items have a form that is no text".into()));
    };
    let changed = written.replace("composed", "retyped");
    demand!(changed != written, "the item's name is not in its bytes");
    let message = root.open_message(id, true)?;
    write_stream(&message, tag::INTERNET_CONTENT, changed.as_bytes())?;
    message.save(false)?;
    let read = root.open_message(id, false)?;
    let stream = read.open_stream(tag::INTERNET_CONTENT, StreamAccess::Read)?;
    demand!(stream.read_all()? == changed.as_bytes(), "the bytes are not those that were written");
    same("the name", &trial.marker_of(&read)?, &"retyped".to_owned())
}
