//! What a restriction needs and a table's row does not show: recipients and attachments of the row's message (`sub`,
//! MS-OXCDATA 2.12.10), and values that are too large for a cell. The message is opened for it, within bounds.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::ResourceAny;

use super::view::{id_of, query, set_columns};
use crate::bindings::exports::mapistore::backend::objects::StreamAccess;
use crate::bindings::mapistore::backend::types::{
    Capabilities, Cell, ErrorCode, PropertyTag, PropertyValue, RecipientKind, SubObject,
};
use crate::check;
use crate::context::handles::HandleId;
use crate::context::{Inner, Live, guard};
use crate::error::CallError;
use crate::index::Fmid;
use crate::permissions::Rights;
use crate::property::{self, ColumnRow, EvaluateError, Filter, PropertyType, Row};

/// PidTagMid.
pub(super) const MID: PropertyTag = 0x674A_0014;
/// PidTagFolderId.
pub(super) const FOLDER_ID: PropertyTag = 0x6748_0014;
/// PidTagAttachNumber: what a table of attachments always has.
const ATTACH_NUMBER: PropertyTag = 0x0E21_0003;
/// PidTagRecipientType, which follows from where a recipient stands.
const RECIPIENT_TYPE: PropertyTag = 0x0C15_0003;

/// How many messages are opened to look through one table.
const MESSAGES_MAX: usize = 10_000;
/// How many attachments of one message are looked at.
const ATTACHMENTS_MAX: u32 = 1_000;
/// The largest value that is read to be compared.
const VALUE_MAX_BYTES: u64 = 4 << 20;
const READ_BYTES: u32 = 64 << 10;

/// What a table's rows are.
pub(super) enum Parent {
    /// Rows that lead nowhere.
    None,
    /// Messages of this folder.
    Messages(HandleId),
    /// Sub-folders, of which the user sees those that they have the right to. The rows of permissions are the host's.
    Folders(Arc<Inner>),
}

impl Parent {
    pub(super) fn has_messages(&self) -> bool {
        matches!(self, Self::Messages(_))
    }

    pub(super) fn hides_rows(&self) -> bool {
        matches!(self, Self::Folders(_))
    }

    /// Whether the user may see the row of this folder (frightsVisible, MS-OXCPERM 2.2.7).
    pub(super) fn shows(&self, _live: &mut Live, id: Option<&PropertyValue>) -> Result<bool, CallError> {
        let Self::Folders(inner) = self else { return Ok(true) };
        // A folder that does not say which it is cannot be shown to somebody who may not see all.
        let Some(id) = id_of(id) else { return Ok(false) };
        let rows = guard::kept_by_host(inner, Fmid(id), "table.query-rows")?;
        Ok(crate::permissions::rights_of(&inner.connection.username, &rows).contains(Rights::VISIBLE))
    }
}

/// Looks things up while one table is looked through.
pub(super) struct Lookup<'p> {
    parent: &'p Parent,
    inline_limit: u32,
    opened: usize,
    /// All of it is one turn of the context, so it may not take longer than a call.
    until: Instant,
    budget: Duration,
}

/// A row that is in the view.
pub(super) enum LookupRow {
    /// With the cells that the table gave.
    Same,
    /// With cells of which some were read anew.
    Read(Vec<Cell>),
}

impl LookupRow {
    pub(super) fn cells<'c>(&'c self, of_table: &'c [Cell]) -> &'c [Cell] {
        match self {
            Self::Same => of_table,
            Self::Read(cells) => cells,
        }
    }
}

impl<'p> Lookup<'p> {
    /// Opening messages may take `budget` in all.
    pub(super) fn new(parent: &'p Parent, inline_limit: u32, budget: Duration) -> Self {
        Self { parent, inline_limit, opened: 0, until: Instant::now() + budget, budget }
    }

    /// Whether the next row belongs to the table; none if it does not.
    ///
    /// # Errors
    /// `too-complex` if it cannot be decided, or takes too much; a call failed.
    pub(super) fn admits(
        &mut self,
        filter: &mut Filter,
        live: &mut Live,
        columns: &[PropertyTag],
        cells: &[Cell],
    ) -> Result<Option<LookupRow>, CallError> {
        let attachment_columns = property::sub_tags(filter.nodes(), SubObject::Attachments);
        let mut read = LookupRow::Same;
        let mut message = OpenMessage::new(self, ColumnRow { columns, cells });
        // Each round reads one value; there are as many as columns at most.
        let decided = loop {
            let row = RowWithObjects {
                row: ColumnRow { columns, cells: read.cells(cells) },
                attachment_columns: &attachment_columns,
                objects: RefCell::new(Objects { message: &mut message, live, failure: None }),
            };
            let admits = filter.admits(&row);
            if let Some(failure) = row.objects.into_inner().failure {
                break Err(failure);
            }
            match admits {
                Err(EvaluateError::Deferred { tag, .. }) => {
                    let mut cells = read.cells(cells).to_vec();
                    let at = columns.iter().position(|column| property::same_property(*column, tag));
                    let Some(slot) = at.and_then(|at| cells.get_mut(at)) else {
                        break Err(too_complex(live, "a value that is not in the row".into()));
                    };
                    match message.read(live, tag, slot) {
                        Ok(value) => *slot = Ok(value),
                        Err(error) => break Err(error),
                    }
                    read = LookupRow::Read(cells);
                }
                Err(problem) => break Err(too_complex(live, problem.to_string())),
                Ok(admits) => break Ok(admits),
            }
        };
        message.close(live, decided.as_ref().err())?;
        Ok(decided?.then_some(read))
    }
}

fn too_complex(live: &Live, problem: String) -> CallError {
    let (callee, function) = (live.guest.callee().clone(), "table.set-restriction");
    CallError::Answered { callee, function, code: ErrorCode::TooComplex, detail: Some(problem) }
}

/// The message of a row, opened when it is first needed.
struct OpenMessage<'a, 'p> {
    lookup: &'a mut Lookup<'p>,
    mid: Option<u64>,
    resource: Option<ResourceAny>,
}

impl<'a, 'p> OpenMessage<'a, 'p> {
    fn new(lookup: &'a mut Lookup<'p>, row: ColumnRow<'_>) -> Self {
        Self { lookup, mid: id_of(row.get(MID)), resource: None }
    }

    fn open(&mut self, live: &mut Live) -> Result<ResourceAny, CallError> {
        if let Some(message) = self.resource {
            return Ok(message);
        }
        let (Parent::Messages(folder), Some(mid)) = (self.lookup.parent, self.mid) else {
            return Err(too_complex(
                live,
                "the rows of this table are no messages that can be opened".into(),
            ));
        };
        self.lookup.opened += 1;
        if self.lookup.opened > MESSAGES_MAX {
            let problem = format!("more than {MESSAGES_MAX} messages would have to be opened");
            return Err(too_complex(live, problem));
        }
        if Instant::now() > self.lookup.until {
            let budget = crate::error::duration(self.lookup.budget);
            return Err(too_complex(live, format!("opening its messages takes longer than {budget}")));
        }
        let folder = live.resource(*folder)?;
        let opened = live.guest.call("folder.open-message", |store, world| {
            world.mapistore_backend_objects().folder().call_open_message(store, folder, mid, false)
        })?;
        Ok(*self.resource.insert(opened))
    }

    /// Drops the message again.
    fn close(self, live: &mut Live, failed: Option<&CallError>) -> Result<(), CallError> {
        match self.resource {
            Some(message) if !failed.is_some_and(CallError::is_loss) => {
                live.guest.drop_resources(vec![message])
            }
            _ => Ok(()),
        }
    }

    /// Reads a value whose size alone is in the row.
    fn read(&mut self, live: &mut Live, tag: PropertyTag, cell: &Cell) -> Result<PropertyValue, CallError> {
        let Ok(PropertyValue::Deferred(size)) = *cell else {
            return Err(too_complex(live, "a value that is not in the row".into()));
        };
        if size > VALUE_MAX_BYTES {
            let problem =
                format!("a value of {size} bytes, and at most {VALUE_MAX_BYTES} are read to compare");
            return Err(too_complex(live, problem));
        }
        let message = self.open(live)?;
        let stream = live.guest.call("message.open-stream", |store, world| {
            let calls = world.mapistore_backend_objects().message();
            calls.call_open_stream(store, message, tag, StreamAccess::Read)
        })?;
        let bytes = read_all(live, stream);
        if !bytes.as_ref().is_err_and(CallError::is_loss) {
            live.guest.drop_resources(vec![stream])?;
        }
        let bytes = bytes?;
        Ok(match PropertyType::from_tag(tag) {
            Some(PropertyType::String) => PropertyValue::Text(super::stream::text_of(&bytes)),
            Some(PropertyType::String8) => PropertyValue::String8(bytes),
            _ => PropertyValue::Binary(bytes),
        })
    }
}

fn read_all(live: &mut Live, stream: ResourceAny) -> Result<Vec<u8>, CallError> {
    const FUNCTION: &str = "property-stream.read";
    let mut bytes = Vec::new();
    loop {
        let at = bytes.len() as u64;
        let piece = live.guest.call(FUNCTION, |store, world| {
            let calls = world.mapistore_backend_objects().property_stream();
            calls.call_read(store, stream, at, READ_BYTES)
        })?;
        if piece.is_empty() {
            return Ok(bytes);
        }
        bytes.extend(piece);
        if bytes.len() as u64 > VALUE_MAX_BYTES + u64::from(READ_BYTES) {
            return Err(live.guest.invalid(FUNCTION, "a value that is longer than its size".into()));
        }
    }
}

/// A row with what lies below it.
struct RowWithObjects<'a, 'm, 'p> {
    row: ColumnRow<'a>,
    attachment_columns: &'a [PropertyTag],
    objects: RefCell<Objects<'a, 'm, 'p>>,
}

struct Objects<'a, 'm, 'p> {
    message: &'a mut OpenMessage<'m, 'p>,
    live: &'a mut Live,
    /// A call that failed: an evaluation has no place for it.
    failure: Option<CallError>,
}

/// A recipient or an attachment.
struct OwnedRow {
    columns: Arc<[PropertyTag]>,
    cells: Vec<Cell>,
}

impl Row for OwnedRow {
    fn value(&self, tag: PropertyTag) -> Option<&PropertyValue> {
        ColumnRow { columns: &self.columns, cells: &self.cells }.get(tag)
    }
}

impl Row for RowWithObjects<'_, '_, '_> {
    fn value(&self, tag: PropertyTag) -> Option<&PropertyValue> {
        self.row.get(tag)
    }

    fn rows(&self, object: SubObject) -> Option<Vec<Box<dyn Row + '_>>> {
        let mut objects = self.objects.borrow_mut();
        let rows = match object {
            SubObject::Recipients => objects.recipients(),
            SubObject::Attachments => objects.attachments(self.attachment_columns),
        };
        match rows {
            Ok(rows) => Some(rows.into_iter().map(|row| -> Box<dyn Row + '_> { Box::new(row) }).collect()),
            Err(failure) => {
                objects.failure = Some(failure);
                None
            }
        }
    }
}

impl Objects<'_, '_, '_> {
    fn recipients(&mut self) -> Result<Vec<OwnedRow>, CallError> {
        const FUNCTION: &str = "message.get-data";
        let message = self.message.open(self.live)?;
        let data = self.live.guest.call(FUNCTION, |store, world| {
            world.mapistore_backend_objects().message().call_get_data(store, message)
        })?;
        check::recipients(&data.recipients).map_err(|problem| self.live.guest.invalid(FUNCTION, problem))?;
        let columns: Arc<[_]> = data.recipients.columns.iter().copied().chain([RECIPIENT_TYPE]).collect();
        let row = |recipient: crate::bindings::mapistore::backend::types::Recipient| {
            let kind = match recipient.kind {
                RecipientKind::Originator => 0,
                RecipientKind::To => 1,
                RecipientKind::Cc => 2,
                RecipientKind::Bcc => 3,
            };
            let given = recipient.cells.into_iter().map(|cell| cell.ok_or(ErrorCode::NotFound));
            let cells = given.chain([Ok(PropertyValue::Integer32(kind))]).collect();
            OwnedRow { columns: Arc::clone(&columns), cells }
        };
        Ok(data.recipients.rows.into_iter().map(row).collect())
    }

    fn attachments(&mut self, wanted: &[PropertyTag]) -> Result<Vec<OwnedRow>, CallError> {
        let inline_limit = self.message.lookup.inline_limit;
        let message = self.message.open(self.live)?;
        let live = &mut *self.live;
        let table = live.guest.call("message.open-attachment-table", |store, world| {
            world.mapistore_backend_objects().message().call_open_attachment_table(store, message)
        })?;
        let columns: Arc<[_]> = if wanted.is_empty() { [ATTACH_NUMBER].into() } else { wanted.into() };
        let rows = attachment_rows(live, table, &columns, inline_limit);
        if !rows.as_ref().is_err_and(CallError::is_loss) {
            live.guest.drop_resources(vec![table])?;
        }
        Ok(rows?.into_iter().map(|cells| OwnedRow { columns: Arc::clone(&columns), cells }).collect())
    }
}

fn attachment_rows(
    live: &mut Live,
    table: ResourceAny,
    columns: &[PropertyTag],
    inline_limit: u32,
) -> Result<Vec<Vec<Cell>>, CallError> {
    set_columns(live, table, columns)?;
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    loop {
        let start = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        if start > ATTACHMENTS_MAX {
            return Err(too_complex(live, format!("a message with more than {ATTACHMENTS_MAX} attachments")));
        }
        let batch = query(live, table, columns, start, ATTACHMENTS_MAX, inline_limit)?;
        rows.extend(batch.cells.chunks(columns.len()).map(<[Cell]>::to_vec));
        if batch.at_end {
            return Ok(rows);
        }
    }
}

/// What the rows of a folder's table lead to.
pub(super) fn parent_of(
    inner: &Arc<Inner>,
    folder: HandleId,
    kind: crate::bindings::mapistore::backend::types::TableKind,
) -> Parent {
    use crate::bindings::mapistore::backend::types::TableKind;
    match kind {
        TableKind::Contents | TableKind::Associated => Parent::Messages(folder),
        // A backend with permissions of its own knows who is asking, and hides by itself.
        TableKind::Hierarchy if inner.is_delegated() && !inner.backend.claims(Capabilities::PERMISSIONS) => {
            Parent::Folders(Arc::clone(inner))
        }
        _ => Parent::None,
    }
}
