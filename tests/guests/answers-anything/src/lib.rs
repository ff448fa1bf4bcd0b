//! Answers whatever the bytes in its context's URI say: well-formed by their types, mostly what the contract allows, and
//! often not. Before it answers, it may use its imports in the same way, or trap.

#[path = "../../../fuzz/src/make.rs"]
mod make;
mod types {
    pub(crate) use mapistore_sdk::ErrorCode;
    pub(crate) use mapistore_sdk::types::*;
}

use std::{cell::RefCell, rc::Rc};

use arbitrary::{Result as Made, Unstructured};
use mapistore_sdk::notifications::{self, Event, Modification, Object, Transfer};
use mapistore_sdk::types::*;
use mapistore_sdk::{
    Attachment, Backend, Context, Error, Folder, Message, PropertyStream, Result, Table, index,
};

use make::{bytes, cell, list, tag, text, value};

/// What is left of the input, shared by all objects of a context.
#[derive(Clone)]
struct Answers(Rc<RefCell<Vec<u8>>>);

impl Answers {
    /// The bytes as text, one a character, as a URI or a name can carry them.
    fn new(text: &str) -> Self {
        let text = text.rsplit_once("://").map_or(text, |(_, rest)| rest);
        Self(Rc::new(RefCell::new(text.chars().map(|c| u8::try_from(c).unwrap_or_default()).collect())))
    }

    /// Makes one answer, or an error.
    fn any<T>(&self, make: impl FnOnce(&mut Unstructured<'_>) -> Made<T>) -> Result<T> {
        let left = self.0.take();
        let mut u = Unstructured::new(&left);
        let made = (|| {
            if u.ratio(1, 8)? {
                import(&mut u)?;
            }
            Ok(match u.int_in_range(0..=31)? {
                31 => panic!("as the input says"),
                28..=30 => Err(Error::new(make::error_code(&mut u)?, text(&mut u)?)),
                _ => Ok(make(&mut u)?),
            })
        })();
        self.0.replace(u.take_rest().to_vec());
        made.unwrap_or_else(|_: arbitrary::Error| Err(Error::not_found("the input has ended")))
    }

    fn boxed<T: From<Self>>(&self) -> Result<Box<T>> {
        self.any(|_| Ok(())).map(|()| Box::new(T::from(self.clone())))
    }
}

/// Uses an import, whatever comes of it.
fn import(u: &mut Unstructured<'_>) -> Made<()> {
    match u.int_in_range(0..=7)? {
        0 => notifications::publish(&list(u, 3, event)?),
        1 => drop(index::ensure_ids(&list(u, 3, uri)?)),
        2 => drop(index::add(id(u)?, &uri(u)?)),
        3 => drop(index::update(id(u)?, &uri(u)?)),
        4 => drop(index::rename_prefix(&uri(u)?, &uri(u)?)),
        5 => drop(index::remove(&list(u, 3, id)?, mode(u)?)),
        6 => drop(index::find(&uri(u)?, &text(u)?, Some(id(u)?), u.arbitrary()?)),
        _ => drop(index::list_deleted(&uri(u)?, u.arbitrary()?)),
    }
    Ok(())
}

fn mode(u: &mut Unstructured<'_>) -> Made<DeleteMode> {
    Ok(if u.arbitrary()? { DeleteMode::Soft } else { DeleteMode::Hard })
}

fn event(u: &mut Unstructured<'_>) -> Made<Event> {
    let object = |u: &mut Unstructured<'_>| {
        Ok(Object { folder: id(u)?, message: if u.arbitrary()? { Some(id(u)?) } else { None } })
    };
    Ok(match u.int_in_range(0..=6)? {
        0 => Event::NewMail(object(u)?),
        1 => Event::Created(object(u)?),
        2 => Event::Deleted(object(u)?),
        3 => Event::Modified(Modification { target: object(u)?, tags: list(u, 3, tag)? }),
        4 => Event::Moved(Transfer { to: object(u)?, source: object(u)? }),
        5 => Event::Copied(Transfer { to: object(u)?, source: object(u)? }),
        _ => Event::TableChanged(id(u)?),
    })
}

/// One of the first that the host hands out, or any.
fn id(u: &mut Unstructured<'_>) -> Made<Fmid> {
    if u.ratio(1, 8)? { u.arbitrary() } else { Ok(u64::from(u.int_in_range(0..=6_u8)?) << 56 | 1) }
}

fn uri(u: &mut Unstructured<'_>) -> Made<String> {
    let scheme = if u.ratio(1, 16)? { "other://" } else { "answersanything://" };
    Ok(format!("{scheme}{}{}", text(u)?, if u.arbitrary()? { "/" } else { "" }))
}

fn problems(u: &mut Unstructured<'_>) -> Made<Vec<PropertyProblem>> {
    list(u, 2, |u| Ok(PropertyProblem { tag: tag(u)?, code: make::error_code(u)? }))
}

/// A cell for each tag; now and then for others.
fn cells(u: &mut Unstructured<'_>, tags: &[PropertyTag]) -> Made<Vec<Cell>> {
    if u.ratio(1, 32)? {
        return list(u, 5, |u| cell(u, 0));
    }
    tags.iter().map(|&tag| cell(u, tag)).collect()
}

/// An outcome for each id; now and then for others.
fn outcomes(u: &mut Unstructured<'_>, ids: &[Fmid]) -> Made<Vec<ItemOutcome>> {
    let ids = if u.ratio(1, 16)? { list(u, 5, id)? } else { ids.to_vec() };
    let outcome =
        |id| Ok(ItemOutcome { id, outcome: if u.ratio(1, 4)? { Err(make::error_code(u)?) } else { Ok(()) } });
    ids.into_iter().map(outcome).collect()
}

fn recipients(u: &mut Unstructured<'_>) -> Made<RecipientTable> {
    let columns = list(u, 4, tag)?;
    let kinds = [RecipientKind::Originator, RecipientKind::To, RecipientKind::Cc, RecipientKind::Bcc];
    let rows = list(u, 3, |u| {
        let mut cells = columns.iter().map(|&tag| Ok(Some(value(u, tag)?))).collect::<Made<Vec<_>>>()?;
        if u.ratio(1, 16)? {
            cells.pop();
        }
        Ok(Recipient { kind: *u.choose(&kinds)?, username: Some(text(u)?), cells })
    })?;
    Ok(RecipientTable { columns, rows })
}

fn permission(u: &mut Unstructured<'_>) -> Made<Permission> {
    let member = match u.int_in_range(0..=2)? {
        0 => Member::DefaultUser,
        1 => Member::Anonymous,
        _ => Member::User(bytes(u)?),
    };
    Ok(Permission { member, name: Some(text(u)?), rights: u.arbitrary()? })
}

fn entry(u: &mut Unstructured<'_>) -> Made<ContextEntry> {
    let roles = [Role::Mail, Role::Calendar, Role::Drafts, Role::SentItems, Role::Fallback, Role::Tasks];
    Ok(ContextEntry {
        url: uri(u)?,
        name: text(u)?,
        main_folder: u.arbitrary()?,
        role: *u.choose(&roles)?,
        tag: Some(text(u)?),
    })
}

struct Guest;

impl Backend for Guest {
    fn describe() -> BackendInfo {
        BackendInfo { capabilities: Capabilities::all(), ..guest_support::info("answers-anything") }
    }

    fn list_contexts(username: &str) -> Result<Vec<ContextEntry>> {
        Answers::new(username).any(|u| list(u, 4, entry))
    }

    fn create_context(_: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        Ok(Box::new(Node::from(Answers::new(uri))))
    }

    fn create_root_folder(_: &str, _: Role, _: Fid, name: &str) -> Result<Option<String>> {
        Answers::new(name).any(|u| Ok(Some(uri(u)?)))
    }

    fn generate_uri(_: &str, folder: &str, _: &str, _: &str) -> Result<String> {
        Answers::new(folder).any(uri)
    }
}

/// Every kind of object but a table.
struct Node(Answers);

impl From<Answers> for Node {
    fn from(answers: Answers) -> Self {
        Self(answers)
    }
}

impl Context for Node {
    fn get_root_folder(&self, _: Fid) -> Result<Box<dyn Folder>> {
        Ok(Box::new(Self(self.0.clone())))
    }

    fn get_paths(&self, ids: &[Fmid]) -> Result<Vec<PathResult>> {
        self.0.any(|u| list(u, ids.len() + 1, |u| Ok(Ok(text(u)?))))
    }
}

/// The calls that folders, messages and attachments have in common.
macro_rules! properties {
    ($self:ident: $($this:tt)+) => {
        fn list_properties(&$($this)+) -> Result<Vec<PropertyTag>> {
            $self.0.any(|u| list(u, 6, tag))
        }

        fn get_properties(&$($this)+, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
            $self.0.any(|u| cells(u, tags))
        }

        fn set_properties(&$($this)+, _: Vec<Property>) -> Result<Vec<PropertyProblem>> {
            $self.0.any(problems)
        }

        fn remove_properties(&$($this)+, _: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
            $self.0.any(problems)
        }

        fn open_stream(&$($this)+, _: PropertyTag, _: StreamAccess) -> Result<Box<dyn PropertyStream>> {
            Ok($self.0.boxed::<Node>()?)
        }
    };
}

impl Folder for Node {
    properties!(self: self);

    fn open_folder(&self, _: Fid) -> Result<Box<dyn Folder>> {
        Ok(self.0.boxed::<Self>()?)
    }

    fn create_folder(&self, _: Fid, _: Vec<Property>) -> Result<Box<dyn Folder>> {
        Ok(self.0.boxed::<Self>()?)
    }

    fn delete(&self, _: DeleteMode, _: bool) -> Result<()> {
        self.0.any(|_| Ok(()))
    }

    fn move_to(&self, _: Option<&dyn Folder>, _: &str) -> Result<()> {
        self.0.any(|_| Ok(()))
    }

    fn copy_to(&self, _: &dyn Folder, _: bool, _: &str) -> Result<()> {
        self.0.any(|_| Ok(()))
    }

    fn open_message(&self, _: Mid, _: bool) -> Result<Box<dyn Message>> {
        Ok(self.0.boxed::<Self>()?)
    }

    fn create_message(&self, _: Mid, _: bool) -> Result<Box<dyn Message>> {
        Ok(self.0.boxed::<Self>()?)
    }

    fn delete_messages(&self, ids: &[Mid], _: DeleteMode) -> Result<Vec<ItemOutcome>> {
        self.0.any(|u| outcomes(u, ids))
    }

    fn move_copy_messages(
        &self,
        _: TransferSource<'_>,
        items: Vec<TransferItem>,
        _: bool,
    ) -> Result<Vec<ItemOutcome>> {
        let ids: Vec<_> = items.iter().map(|item| item.source).collect();
        self.0.any(|u| outcomes(u, &ids))
    }

    fn set_read_flags(&self, ids: &[Mid], _: bool) -> Result<Vec<ItemOutcome>> {
        self.0.any(|u| outcomes(u, ids))
    }

    fn get_child_count(&self, _: TableKind) -> Result<u32> {
        self.0.any(|u| u.arbitrary())
    }

    fn open_table(&self, _: TableKind) -> Result<Box<dyn Table>> {
        self.0.any(|_| Ok(()))?;
        Ok(Box::new(Rows { answers: self.0.clone(), columns: Vec::new() }))
    }

    fn get_deleted(&self, _: TableKind, _: ChangeNumber) -> Result<DeletedSet> {
        self.0.any(|u| Ok(DeletedSet { ids: list(u, 3, id)?, upto: id(u)? }))
    }

    fn get_permissions(&self) -> Result<Vec<Permission>> {
        self.0.any(|u| list(u, 3, permission))
    }

    fn modify_permissions(&self, _: PermissionOptions, _: Vec<PermissionChange>) -> Result<()> {
        self.0.any(|_| Ok(()))
    }
}

impl Message for Node {
    properties!(self: mut self);

    fn get_data(&mut self) -> Result<MessageData> {
        self.0.any(|u| {
            let (prefix, subject) = (text(u)?, text(u)?);
            Ok(MessageData {
                subject_prefix: Some(prefix),
                normalized_subject: Some(subject),
                recipients: recipients(u)?,
            })
        })
    }

    fn set_recipients(&mut self, _: RecipientTable) -> Result<()> {
        self.0.any(|_| Ok(()))
    }

    fn set_read_flag(&mut self, _: bool) -> Result<()> {
        self.0.any(|_| Ok(()))
    }

    fn save(&mut self, _: bool) -> Result<ChangeNumber> {
        self.0.any(id)
    }

    fn submit(&mut self, _: SubmitMode) -> Result<()> {
        self.0.any(|_| Ok(()))
    }

    fn list_attachments(&mut self) -> Result<Vec<AttachNum>> {
        self.0.any(|u| list(u, 3, |u| u.int_in_range(0..=3)))
    }

    fn open_attachment(&mut self, _: AttachNum, _: bool) -> Result<Box<dyn Attachment>> {
        Ok(self.0.boxed::<Self>()?)
    }

    fn create_attachment(&mut self) -> Result<(AttachNum, Box<dyn Attachment>)> {
        Ok((self.0.any(|u| u.arbitrary())?, self.0.boxed::<Self>()?))
    }

    fn delete_attachment(&mut self, _: AttachNum) -> Result<()> {
        self.0.any(|_| Ok(()))
    }

    fn open_attachment_table(&mut self) -> Result<Box<dyn Table>> {
        Ok(Box::new(Rows { answers: self.0.clone(), columns: Vec::new() }))
    }
}

impl Attachment for Node {
    properties!(self: mut self);

    fn save(&mut self) -> Result<()> {
        self.0.any(|_| Ok(()))
    }

    fn open_embedded(&mut self) -> Result<(Mid, Box<dyn Message>)> {
        Ok((self.0.any(id)?, self.0.boxed::<Self>()?))
    }

    fn create_embedded(&mut self, _: Mid) -> Result<Box<dyn Message>> {
        Ok(self.0.boxed::<Self>()?)
    }
}

impl PropertyStream for Node {
    fn size(&mut self) -> Result<u64> {
        self.0.any(|u| if u.ratio(1, 4)? { u.arbitrary() } else { u.int_in_range(0..=20) })
    }

    fn read(&mut self, _: u64, length: u32) -> Result<Vec<u8>> {
        self.0.any(|u| {
            let mut read = bytes(u)?;
            if !u.ratio(1, 8)? {
                read.truncate(usize::try_from(length).unwrap_or_default());
            }
            Ok(read)
        })
    }

    fn write(&mut self, _: u64, _: &[u8]) -> Result<()> {
        self.0.any(|_| Ok(()))
    }

    fn set_size(&mut self, _: u64) -> Result<()> {
        self.0.any(|_| Ok(()))
    }

    fn commit(&mut self) -> Result<()> {
        self.0.any(|_| Ok(()))
    }
}

struct Rows {
    answers: Answers,
    columns: Vec<PropertyTag>,
}

impl Table for Rows {
    fn available_columns(&mut self) -> Result<Vec<PropertyTag>> {
        self.answers.any(|u| list(u, 6, tag))
    }

    fn set_columns(&mut self, columns: Vec<PropertyTag>) -> Result<()> {
        self.columns = columns;
        self.answers.any(|_| Ok(()))
    }

    /// Mostly leaves it to the host.
    fn set_restriction(&mut self, restriction: Option<Restriction>) -> Result<()> {
        let mine = self.answers.any(|u| u.ratio(1, 8))?;
        if restriction.is_none() || mine { Ok(()) } else { Err(Error::too_complex("the host's turn")) }
    }

    fn set_sort_order(&mut self, order: Option<SortOrder>) -> Result<()> {
        let mine = self.answers.any(|u| u.ratio(1, 8))?;
        if order.is_none() || mine { Ok(()) } else { Err(Error::too_complex("the host's turn")) }
    }

    fn row_count(&mut self) -> Result<u32> {
        self.answers.any(|u| if u.ratio(1, 4)? { u.arbitrary() } else { u.int_in_range(0..=5) })
    }

    fn query_rows(&mut self, start: u32, count: u32) -> Result<RowBatch> {
        self.answers.any(|u| {
            let rows = u.int_in_range(0..=3.min(count))?;
            let mut batch =
                RowBatch { row_count: rows, cells: Vec::new(), at_end: start > 10 || u.arbitrary()? };
            for _ in 0..rows {
                batch.cells.extend(cells(u, &self.columns)?);
            }
            if u.ratio(1, 32)? {
                batch.row_count = u.arbitrary()?;
            }
            Ok(batch)
        })
    }

    fn find_row(&mut self, _: u32, _: Direction, _: Restriction) -> Result<Option<FoundRow>> {
        if self.answers.any(|u| u.ratio(7, 8))? {
            return Err(Error::too_complex("the host's turn"));
        }
        self.answers.any(|u| Ok(Some(FoundRow { index: u.arbitrary()?, cells: cells(u, &self.columns)? })))
    }

    fn refresh(&mut self) -> Result<()> {
        self.answers.any(|_| Ok(()))
    }
}

mapistore_sdk::export!(Guest);
