//! The host's own view of a table: filters and sorts the rows of a backend that does not, and remembers their numbers.
//!
//! What a row does not show (recipients, attachments, large values) is looked up in the message: see `lookup`.

use std::time::Duration;

use wasmtime::component::ResourceAny;

use super::lookup::{FOLDER_ID, Lookup, LookupRow, MID, Parent};
use crate::bindings::exports::mapistore::backend::objects::{Direction, FoundRow};
use crate::bindings::mapistore::backend::types::{
    Cell, ErrorCode, PropertyTag, PropertyValue, Restriction, RowBatch, SortOrder,
};
use crate::check;
use crate::context::Live;
use crate::error::CallError;
use crate::property::{self, ColumnRow, Filter};

/// How many rows are read at a time to look through a table.
const BATCH_ROWS: u32 = 500;
/// The largest table that the host looks through. A guest could otherwise answer rows for ever.
const ROWS_MAX: usize = 4_000_000;
const QUERY_ROWS: &str = "table.query-rows";

/// See the module.
pub(super) struct View {
    columns: Vec<PropertyTag>,
    inline_limit: u32,
    /// How long messages may be opened for, to look through the table once.
    budget: Duration,
    /// Where the rows' messages are, if they are messages; and which rows the user may see.
    parent: Parent,
    restriction: Option<Restriction>,
    order: Option<SortOrder>,
    /// The numbers of the guest's rows that are in the view, in its order; none if that is not known yet.
    rows: Option<Vec<u32>>,
}

impl View {
    pub(super) fn new(inline_limit: u32, budget: Duration, parent: Parent) -> Self {
        let columns = Vec::new();
        Self { columns, inline_limit, budget, parent, restriction: None, order: None, rows: None }
    }

    pub(super) fn columns(&self) -> &[PropertyTag] {
        &self.columns
    }

    pub(super) fn inline_limit(&self) -> u32 {
        self.inline_limit
    }

    /// Whether the host filters or sorts.
    pub(super) fn is_by_host(&self) -> bool {
        self.restriction.is_some() || self.order.is_some() || self.parent.hides_rows()
    }

    pub(super) fn restrict(&mut self, restriction: Option<Restriction>) {
        self.restriction = restriction;
        self.forget_rows();
    }

    pub(super) fn sort(&mut self, order: Option<SortOrder>) {
        self.order = order;
        self.forget_rows();
    }

    pub(super) fn forget_rows(&mut self) {
        self.rows = None;
    }

    pub(super) fn set_columns(
        &mut self,
        live: &mut Live,
        table: ResourceAny,
        columns: Vec<PropertyTag>,
    ) -> Result<(), CallError> {
        set_columns(live, table, &columns)?;
        self.columns = columns;
        Ok(())
    }

    pub(super) fn row_count(&mut self, live: &mut Live, table: ResourceAny) -> Result<u32, CallError> {
        if self.is_by_host() {
            return Ok(u32::try_from(self.rows(live, table)?.len()).unwrap_or(u32::MAX));
        }
        live.guest.call("table.row-count", |store, world| {
            world.mapistore_backend_objects().table().call_row_count(store, table)
        })
    }

    pub(super) fn query_rows(
        &mut self,
        live: &mut Live,
        table: ResourceAny,
        start: u32,
        count: u32,
    ) -> Result<RowBatch, CallError> {
        self.need_columns(live, QUERY_ROWS)?;
        if !self.is_by_host() {
            return query(live, table, &self.columns, start, count, self.inline_limit);
        }
        let (columns, inline_limit) = (self.columns.clone(), self.inline_limit);
        let rows = self.rows(live, table)?;
        let from = usize::try_from(start).unwrap_or(usize::MAX).min(rows.len());
        let to = from.saturating_add(usize::try_from(count).unwrap_or(usize::MAX)).min(rows.len());
        let mut cells = Vec::new();
        let mut wanted = &rows[from..to];
        while let Some(&first) = wanted.first() {
            // Rows that follow each other in the guest's table come in one call.
            let run = wanted.iter().zip(first..).take_while(|(row, next)| **row == *next).count();
            let run_rows = u32::try_from(run).unwrap_or(u32::MAX);
            let batch = query(live, table, &columns, first, run_rows, inline_limit)?;
            let got = usize::try_from(batch.row_count).unwrap_or(usize::MAX);
            if got == 0 {
                let problem = format!("row {first} is gone without a refresh");
                return Err(live.guest.invalid(QUERY_ROWS, problem));
            }
            cells.extend(batch.cells);
            wanted = &wanted[got..];
        }
        let row_count = u32::try_from(to - from).unwrap_or(u32::MAX);
        Ok(RowBatch { row_count, cells, at_end: to == rows.len() })
    }

    pub(super) fn find_row(
        &mut self,
        live: &mut Live,
        table: ResourceAny,
        start: u32,
        direction: Direction,
        restriction: Restriction,
    ) -> Result<Option<FoundRow>, CallError> {
        const FUNCTION: &str = "table.find-row";
        // The guest's rows, in the view's order, that satisfy the restriction as well.
        let by_view = if self.is_by_host() { Some(self.rows(live, table)?.to_vec()) } else { None };
        let mut satisfying = vec![];
        let mut filter = filter(restriction, FUNCTION)?;
        let mut lookup = Lookup::new(&self.parent, self.inline_limit, self.budget);
        let tags = property::tags(filter.nodes());
        self.scan(live, table, tags, |live, row, columns, cells| {
            if lookup.admits(&mut filter, live, columns, cells)?.is_some() {
                satisfying.push(row);
            }
            Ok(())
        })?;
        let satisfies = |row: &u32| satisfying.binary_search(row).is_ok();
        let at = usize::try_from(start).unwrap_or(usize::MAX);
        let found = match (&by_view, direction) {
            (Some(rows), Direction::Forward) => {
                rows.iter().enumerate().skip(at).find(|(_, row)| satisfies(row)).map(|(index, _)| index)
            }
            (Some(rows), Direction::Backward) => rows
                .iter()
                .enumerate()
                .take(at.saturating_add(1))
                .rev()
                .find(|(_, row)| satisfies(row))
                .map(|(index, _)| index),
            (None, Direction::Forward) => {
                satisfying.iter().find(|row| **row >= start).and_then(|row| usize::try_from(*row).ok())
            }
            (None, Direction::Backward) => {
                satisfying.iter().rfind(|row| **row <= start).and_then(|row| usize::try_from(*row).ok())
            }
        };
        let Some(index) = found.and_then(|index| u32::try_from(index).ok()) else { return Ok(None) };
        let row = self.query_rows(live, table, index, 1)?;
        Ok((row.row_count == 1).then_some(FoundRow { index, cells: row.cells }))
    }

    pub(super) fn need_columns(&self, live: &Live, function: &'static str) -> Result<(), CallError> {
        if self.columns.is_empty() {
            // TA-02. The guest is not asked: it might crash.
            let detail = Some("set-columns has to come first".into());
            let callee = live.guest.callee().clone();
            return Err(CallError::Answered { callee, function, code: ErrorCode::NotInitialized, detail });
        }
        Ok(())
    }

    /// The rows of the view; looks through the table if they are not known.
    fn rows(&mut self, live: &mut Live, table: ResourceAny) -> Result<&[u32], CallError> {
        if self.rows.is_none() {
            self.rows = Some(self.look_through(live, table)?);
        }
        Ok(self.rows.as_deref().unwrap_or_default())
    }

    fn look_through(&self, live: &mut Live, table: ResourceAny) -> Result<Vec<u32>, CallError> {
        // Checked and set up once, for all rows.
        let restriction = self.restriction.clone();
        let mut restriction =
            restriction.map(|restriction| filter(restriction, "table.set-restriction")).transpose()?;
        let mut tags = restriction.as_ref().map(|filter| property::tags(filter.nodes())).unwrap_or_default();
        let keys: Vec<_> = self.order.iter().flat_map(|order| order.keys.iter().map(|key| key.tag)).collect();
        tags.extend(&keys);
        let mut lookup = Lookup::new(&self.parent, self.inline_limit, self.budget);
        let mut found: Vec<(u32, Vec<Cell>)> = Vec::new();
        self.scan(live, table, tags, |live, row, columns, cells| {
            if !self.parent.shows(live, ColumnRow { columns, cells }.get(FOLDER_ID))? {
                return Ok(());
            }
            let admitted = match &mut restriction {
                Some(filter) => lookup.admits(filter, live, columns, cells)?,
                None => Some(LookupRow::Same),
            };
            if let Some(admitted) = admitted {
                let cells = admitted.cells(cells);
                let key = |key: &PropertyTag| {
                    ColumnRow { columns, cells }.get(*key).cloned().ok_or(ErrorCode::NotFound)
                };
                found.push((row, keys.iter().map(key).collect()));
            }
            Ok(())
        })?;
        if let Some(order) = &self.order {
            // Stable: rows with equal keys keep the table's order.
            found.sort_by(|(_, a), (_, b)| {
                let row = |cells| ColumnRow { columns: &keys, cells };
                property::compare_rows(order, &row(a), &row(b))
            });
        }
        Ok(found.into_iter().map(|(row, _)| row).collect())
    }

    /// Hands every row of the guest's table to `visit`, with these columns and those that look-ups need, and puts the
    /// view's columns back.
    fn scan(
        &self,
        live: &mut Live,
        table: ResourceAny,
        tags: Vec<PropertyTag>,
        mut visit: impl FnMut(&mut Live, u32, &[PropertyTag], &[Cell]) -> Result<(), CallError>,
    ) -> Result<(), CallError> {
        let mut columns: Vec<PropertyTag> = Vec::new();
        let looked_up = self.parent.has_messages().then_some(MID);
        let hidden = self.parent.hides_rows().then_some(FOLDER_ID);
        for tag in tags.into_iter().chain(looked_up).chain(hidden) {
            if !columns.contains(&tag) {
                columns.push(tag);
            }
        }
        if columns.is_empty() {
            // A table needs a column, even to count rows.
            columns.push(self.columns.first().copied().unwrap_or(MID));
        }
        if columns.len() > check::COLUMNS_MAX {
            let problem =
                format!("{} properties, and at most {} are allowed", columns.len(), check::COLUMNS_MAX);
            return Err(CallError::InvalidArgument { function: QUERY_ROWS, problem });
        }
        set_columns(live, table, &columns)?;
        let scanned = self.scan_rows(live, table, &columns, &mut visit);
        let loss = scanned.as_ref().is_err_and(CallError::is_loss);
        if !loss && !self.columns.is_empty() {
            set_columns(live, table, &self.columns)?;
        }
        scanned
    }

    fn scan_rows(
        &self,
        live: &mut Live,
        table: ResourceAny,
        columns: &[PropertyTag],
        visit: &mut impl FnMut(&mut Live, u32, &[PropertyTag], &[Cell]) -> Result<(), CallError>,
    ) -> Result<(), CallError> {
        let mut start = 0u32;
        loop {
            let batch = query(live, table, columns, start, BATCH_ROWS, self.inline_limit)?;
            for (row, cells) in (start..).zip(batch.cells.chunks(columns.len())) {
                visit(live, row, columns, cells)?;
            }
            if batch.at_end {
                return Ok(());
            }
            start = start.saturating_add(batch.row_count);
            if usize::try_from(start).unwrap_or(usize::MAX) > ROWS_MAX {
                let problem = format!("more than {ROWS_MAX} rows, and no end");
                return Err(live.guest.invalid(QUERY_ROWS, problem));
            }
        }
    }
}

fn filter(restriction: Restriction, function: &'static str) -> Result<Filter, CallError> {
    Filter::new(restriction)
        .map_err(|problem| CallError::InvalidArgument { function, problem: problem.to_string() })
}

pub(super) fn set_columns(
    live: &mut Live,
    table: ResourceAny,
    columns: &[PropertyTag],
) -> Result<(), CallError> {
    live.guest.call("table.set-columns", |store, world| {
        store.data_mut().traffic.hand(columns);
        world.mapistore_backend_objects().table().call_set_columns(store, table, columns)
    })
}

pub(super) fn query(
    live: &mut Live,
    table: ResourceAny,
    columns: &[PropertyTag],
    start: u32,
    count: u32,
    inline_limit: u32,
) -> Result<RowBatch, CallError> {
    let batch = live.guest.call(QUERY_ROWS, |store, world| {
        world.mapistore_backend_objects().table().call_query_rows(store, table, start, count)
    })?;
    check::rows(columns, &batch, count, inline_limit)
        .map_err(|problem| live.guest.invalid(QUERY_ROWS, problem))?;
    Ok(batch)
}

/// An id in a cell.
pub(super) fn id_of(value: Option<&PropertyValue>) -> Option<u64> {
    match value {
        Some(PropertyValue::Integer64(id)) => Some(id.cast_unsigned()),
        _ => None,
    }
}
