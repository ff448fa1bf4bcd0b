//! Keeps whatever it is given, in memory, and claims next to nothing: no filter, no sort order, no tombstones, no moves,
//! no permissions. The host does the rest. It announces each saved message, unless the folder's comment says `quiet`; with `full`, nothing more is saved there.

use std::cell::{Cell as Slot, RefCell};
use std::rc::Rc;

use mapistore_sdk::notifications::{Event, message, publish};
use mapistore_sdk::tags::{
    PID_TAG_ASSOCIATED, PID_TAG_COMMENT, PID_TAG_DISPLAY_NAME, PID_TAG_FOLDER_ID, PID_TAG_MID,
};
use mapistore_sdk::types::{
    AttachNum, BackendInfo, Capabilities, Cell, ChangeNumber, ConnectionInfo, ContextEntry, DeleteMode, Fid,
    Fmid, ItemOutcome, MessageData, Mid, Property, PropertyProblem, PropertyTag, PropertyValue,
    RecipientTable, StreamAccess, TableKind,
};
use mapistore_sdk::{
    Attachment, Backend, BytesStream, Context, Error, ErrorCode, Folder, INLINE_LIMIT, Message, Properties,
    PropertyStream, Result, RowsTable, Table, index, value,
};

struct Guest;

impl Backend for Guest {
    fn describe() -> BackendInfo {
        let capabilities = Capabilities::FOLDERS
            | Capabilities::WRITE_MESSAGES
            | Capabilities::ASSOCIATED
            | Capabilities::STREAMS
            | Capabilities::ATTACHMENTS
            | Capabilities::EMBEDDED_MESSAGES;
        BackendInfo { capabilities, ..guest_support::info("bag") }
    }

    fn list_contexts(user: &str) -> Result<Vec<ContextEntry>> {
        Ok(vec![guest_support::inbox("bag", user)])
    }

    fn create_context(_: ConnectionInfo, _: &str) -> Result<Box<dyn Context>> {
        Ok(Box::new(guest_support::Root(|id| Box::new(Node(Rc::new(Kept::new(id)))))))
    }
}

/// A folder and what is in it.
struct Kept {
    id: Fid,
    properties: RefCell<Properties>,
    messages: RefCell<Vec<(Mid, Item)>>,
    folders: RefCell<Vec<Rc<Kept>>>,
    gone: Slot<bool>,
}

/// A message as it was saved, or is held.
#[derive(Clone, Default)]
struct Item {
    properties: Properties,
    recipients: Option<RecipientTable>,
    attachments: Vec<(AttachNum, Part)>,
    next: AttachNum,
}

#[derive(Clone, Default)]
struct Part {
    properties: Properties,
    embedded: Option<(Mid, Box<Item>)>,
}

impl Kept {
    fn new(id: Fid) -> Self {
        let properties = Properties::new().with(PID_TAG_FOLDER_ID, value::id(id));
        let (messages, folders) = (RefCell::default(), RefCell::default());
        Self { id, properties: properties.into(), messages, folders, gone: Slot::new(false) }
    }

    fn uri(&self) -> Result<String> {
        let entry = index::get_uris(&[self.id])?.into_iter().flatten().next();
        entry.map(|entry| entry.uri).ok_or_else(|| Error::not_found("the folder has no record"))
    }

    /// The sub-folders that were not deleted.
    fn live(&self) -> Vec<Rc<Kept>> {
        self.folders.borrow().iter().filter(|folder| !folder.gone.get()).cloned().collect()
    }

    fn rows(&self, kind: TableKind) -> Vec<Properties> {
        match kind {
            TableKind::Hierarchy => {
                self.live().iter().map(|folder| folder.properties.borrow().clone()).collect()
            }
            TableKind::Contents | TableKind::Associated => {
                let wanted = kind == TableKind::Associated;
                let messages = self.messages.borrow();
                let of_kind = messages.iter().filter(|(_, item)| item.is_associated() == wanted);
                of_kind.map(|(_, item)| item.properties.clone()).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Item {
    fn is_associated(&self) -> bool {
        self.properties.get(PID_TAG_ASSOCIATED) == Some(&PropertyValue::Boolean(true))
    }
}

fn set(bag: &mut Properties, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
    for property in values {
        bag.set(property.tag, property.value);
    }
    Ok(Vec::new())
}

/// A stream over one value of something that is shared.
fn stream<T: 'static>(
    shared: Rc<RefCell<T>>,
    bag: fn(&mut T) -> &mut Properties,
    tag: PropertyTag,
    access: StreamAccess,
) -> Result<Box<dyn PropertyStream>> {
    let is_text = tag & 0xFFFF == 0x001F;
    let bytes = match (access, bag(&mut shared.borrow_mut()).get(tag)) {
        (StreamAccess::Create, _) => Vec::new(),
        (_, Some(PropertyValue::Text(text))) => value::utf16le(text),
        (_, Some(PropertyValue::Binary(bytes) | PropertyValue::String8(bytes))) => bytes.clone(),
        _ => return Err(Error::not_found("there is no such stream")),
    };
    if access == StreamAccess::Read {
        return Ok(Box::new(BytesStream::read_only(bytes)));
    }
    Ok(Box::new(BytesStream::read_write(bytes, move |bytes| {
        let value = if is_text {
            PropertyValue::Text(value::text_from_utf16le(bytes)?)
        } else {
            PropertyValue::Binary(bytes.to_vec())
        };
        bag(&mut shared.borrow_mut()).set(tag, value);
        Ok(())
    })))
}

struct Node(Rc<Kept>);

impl Folder for Node {
    fn list_properties(&self) -> Result<Vec<PropertyTag>> {
        Ok(self.0.properties.borrow().tags())
    }

    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.0.properties.borrow().get_cells(tags, INLINE_LIMIT))
    }

    fn set_properties(&self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        set(&mut self.0.properties.borrow_mut(), values)
    }

    fn open_folder(&self, id: Fid) -> Result<Box<dyn Folder>> {
        let found = self.0.live().into_iter().find(|folder| folder.id == id);
        found.map(|kept| Box::new(Node(kept)) as _).ok_or_else(|| Error::not_found("no such folder"))
    }

    fn create_folder(&self, id: Fid, properties: Vec<Property>) -> Result<Box<dyn Folder>> {
        let kept = Rc::new(Kept::new(id));
        set(&mut kept.properties.borrow_mut(), properties)?;
        if kept.properties.borrow().get_text(PID_TAG_DISPLAY_NAME).is_none() {
            return Err(Error::invalid_parameter("a folder needs PidTagDisplayName"));
        }
        index::add(id, &format!("{}{id:016x}/", self.0.uri()?))?;
        self.0.folders.borrow_mut().push(Rc::clone(&kept));
        Ok(Box::new(Node(kept)))
    }

    /// Deletes empty folders only, and leaves the index alone.
    fn delete(&self, _: DeleteMode, _: bool) -> Result<()> {
        if !self.0.live().is_empty() || !self.0.messages.borrow().is_empty() {
            return Err(Error::exists("the folder is not empty"));
        }
        self.0.gone.set(true);
        Ok(())
    }

    fn open_message(&self, id: Mid, read_write: bool) -> Result<Box<dyn Message>> {
        let item = self.0.messages.borrow().iter().find(|(mid, _)| *mid == id).map(|(_, item)| item.clone());
        let item = item.ok_or_else(|| Error::not_found("no such message"))?;
        Ok(Box::new(Draft::new(Home::Folder(Rc::clone(&self.0)), id, item, read_write)))
    }

    fn create_message(&self, id: Mid, associated: bool) -> Result<Box<dyn Message>> {
        let properties = Properties::new()
            .with(PID_TAG_MID, value::id(id))
            .with(PID_TAG_ASSOCIATED, PropertyValue::Boolean(associated));
        let item = Item { properties, ..Item::default() };
        Ok(Box::new(Draft::new(Home::Folder(Rc::clone(&self.0)), id, item, true)))
    }

    /// Takes its records out of the index, as a backend does that knows no tombstones.
    fn delete_messages(&self, ids: &[Mid], mode: DeleteMode) -> Result<Vec<ItemOutcome>> {
        if mode == DeleteMode::Soft {
            return Err(Error::not_implemented("soft deletion"));
        }
        let mut messages = self.0.messages.borrow_mut();
        let outcome = |&id: &Mid| {
            let before = messages.len();
            messages.retain(|(mid, _)| *mid != id);
            let outcome = if messages.len() < before { Ok(()) } else { Err(ErrorCode::NotFound) };
            ItemOutcome { id, outcome }
        };
        let outcomes: Vec<_> = ids.iter().map(outcome).collect();
        index::remove(ids, DeleteMode::Hard)?;
        Ok(outcomes)
    }

    fn get_child_count(&self, kind: TableKind) -> Result<u32> {
        Ok(u32::try_from(self.0.rows(kind).len()).unwrap_or(u32::MAX))
    }

    fn open_table(&self, kind: TableKind) -> Result<Box<dyn Table>> {
        let kept = Rc::clone(&self.0);
        Ok(Box::new(RowsTable::open(&[PID_TAG_MID], move || Ok(kept.rows(kind)))?))
    }
}

/// Where a message is saved to.
#[derive(Clone)]
enum Home {
    Folder(Rc<Kept>),
    Part(Rc<RefCell<Part>>),
}

struct Draft {
    home: Home,
    id: Mid,
    item: Rc<RefCell<Item>>,
    writable: bool,
}

impl Draft {
    fn new(home: Home, id: Mid, item: Item, writable: bool) -> Self {
        Self { home, id, item: Rc::new(RefCell::new(item)), writable }
    }

    fn check_writable(&self) -> Result<()> {
        if self.writable { Ok(()) } else { Err(Error::denied("opened to be read")) }
    }
}

impl Message for Draft {
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(self.item.borrow().properties.tags())
    }

    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.item.borrow().properties.get_cells(tags, INLINE_LIMIT))
    }

    fn set_properties(&mut self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        self.check_writable()?;
        set(&mut self.item.borrow_mut().properties, values)
    }

    fn open_stream(&mut self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        if access != StreamAccess::Read {
            self.check_writable()?;
        }
        stream(Rc::clone(&self.item), |item| &mut item.properties, tag, access)
    }

    fn get_data(&mut self) -> Result<MessageData> {
        let none = || RecipientTable { columns: Vec::new(), rows: Vec::new() };
        let recipients = self.item.borrow().recipients.clone().unwrap_or_else(none);
        Ok(MessageData { subject_prefix: None, normalized_subject: None, recipients })
    }

    fn set_recipients(&mut self, recipients: RecipientTable) -> Result<()> {
        self.check_writable()?;
        self.item.borrow_mut().recipients = Some(recipients);
        Ok(())
    }

    fn save(&mut self, _: bool) -> Result<ChangeNumber> {
        self.check_writable()?;
        let number = index::next_change_numbers(1)?.first().copied().unwrap_or_default();
        let item = self.item.borrow().clone();
        match &self.home {
            Home::Part(part) => part.borrow_mut().embedded = Some((self.id, Box::new(item))),
            Home::Folder(kept) => {
                let is_full = kept.properties.borrow().get_text(PID_TAG_COMMENT) == Some("full");
                if is_full || item.properties.get_text(PID_TAG_COMMENT) == Some("refuse") {
                    publish(&[Event::Created(message(kept.id, self.id))]);
                    return Err(Error::new(ErrorCode::QuotaExceeded, "no room for this one"));
                }
                let uri = format!("{}{:016x}", kept.uri()?, self.id);
                let known = index::get_uris(&[self.id])?.into_iter().flatten().next().is_some();
                if !known {
                    index::add(self.id, &uri)?;
                }
                let mut messages = kept.messages.borrow_mut();
                match messages.iter_mut().find(|(mid, _)| *mid == self.id) {
                    Some((_, saved)) => *saved = item,
                    None => {
                        messages.push((self.id, item));
                        if kept.properties.borrow().get_text(PID_TAG_COMMENT) != Some("quiet") {
                            publish(&[Event::Created(message(kept.id, self.id))]);
                        }
                    }
                }
            }
        }
        Ok(number)
    }

    fn list_attachments(&mut self) -> Result<Vec<AttachNum>> {
        Ok(self.item.borrow().attachments.iter().map(|(number, _)| *number).collect())
    }

    fn open_attachment(&mut self, num: AttachNum, read_write: bool) -> Result<Box<dyn Attachment>> {
        let item = self.item.borrow();
        let part = item.attachments.iter().find(|(number, _)| *number == num).map(|(_, part)| part.clone());
        let part = part.ok_or_else(|| Error::not_found("no such attachment"))?;
        Ok(Box::new(Held { item: Rc::clone(&self.item), num, part: Rc::new(part.into()), read_write }))
    }

    fn create_attachment(&mut self) -> Result<(AttachNum, Box<dyn Attachment>)> {
        self.check_writable()?;
        let mut item = self.item.borrow_mut();
        let num = item.next;
        item.next += 1;
        let part = Rc::new(RefCell::new(Part::default()));
        Ok((num, Box::new(Held { item: Rc::clone(&self.item), num, part, read_write: true })))
    }

    fn open_attachment_table(&mut self) -> Result<Box<dyn Table>> {
        let item = Rc::clone(&self.item);
        let load =
            move || Ok(item.borrow().attachments.iter().map(|(_, part)| part.properties.clone()).collect());
        Ok(Box::new(RowsTable::open(&[], load)?))
    }
}

struct Held {
    item: Rc<RefCell<Item>>,
    num: AttachNum,
    part: Rc<RefCell<Part>>,
    read_write: bool,
}

impl Attachment for Held {
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(self.part.borrow().properties.tags())
    }

    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.part.borrow().properties.get_cells(tags, INLINE_LIMIT))
    }

    fn set_properties(&mut self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        set(&mut self.part.borrow_mut().properties, values)
    }

    fn open_stream(&mut self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        stream(Rc::clone(&self.part), |part| &mut part.properties, tag, access)
    }

    fn save(&mut self) -> Result<()> {
        let mut item = self.item.borrow_mut();
        let part = self.part.borrow().clone();
        match item.attachments.iter_mut().find(|(number, _)| *number == self.num) {
            Some((_, saved)) => *saved = part,
            None => item.attachments.push((self.num, part)),
        }
        Ok(())
    }

    fn open_embedded(&mut self) -> Result<(Mid, Box<dyn Message>)> {
        let embedded = self.part.borrow().embedded.clone();
        let (id, item) = embedded.ok_or_else(|| Error::not_found("there is no message in it"))?;
        Ok((id, Box::new(Draft::new(Home::Part(Rc::clone(&self.part)), id, *item, self.read_write))))
    }

    fn create_embedded(&mut self, id: Fmid) -> Result<Box<dyn Message>> {
        Ok(Box::new(Draft::new(Home::Part(Rc::clone(&self.part)), id, Item::default(), true)))
    }
}

mapistore_sdk::export!(Guest);
