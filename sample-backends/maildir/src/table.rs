//! Tables: one implementation for messages, folders and attachments.
//!
//! A table is a snapshot of rows and a view of it: which rows, in which order. What a row is and what it contains is
//! the [`Source`]'s business.

use mapistore_sdk::types::{
    Direction, FoundRow, PropertyTag, Restriction, RestrictionNode, RowBatch, SortOrder,
};
use mapistore_sdk::{Error, Result, Table};

use crate::properties::cell;
use crate::restriction::{self, Properties};

/// The most rows that one call answers; the caller comes again for more.
const BATCH: usize = 5_000;

/// Where the rows of a table come from.
pub(crate) trait Source {
    /// What is remembered of a row.
    type Row;
    /// The columns that a row may have.
    fn columns(&self) -> &'static [PropertyTag];
    /// The rows as they are now, in their natural order.
    ///
    /// # Errors
    /// What reading them says.
    fn rows(&self) -> Result<Vec<Self::Row>>;
    /// Gives access to the properties of a row.
    fn properties<'a>(&'a self, row: &'a Self::Row) -> Box<dyn Properties + 'a>;
}

/// A table over the rows of a source.
pub(crate) struct RowTable<S: Source> {
    source: S,
    columns: Option<Vec<PropertyTag>>,
    restriction: Option<Restriction>,
    order: Option<SortOrder>,
    rows: Vec<S::Row>,
    /// Positions in `rows`.
    view: Vec<usize>,
}

impl<S: Source> RowTable<S> {
    /// A table over the rows that the source has now.
    ///
    /// # Errors
    /// What reading them says.
    pub(crate) fn open(source: S) -> Result<Self> {
        let rows = source.rows()?;
        let view = (0..rows.len()).collect();
        Ok(Self { source, columns: None, restriction: None, order: None, rows, view })
    }

    /// Makes the view again.
    fn arrange(&mut self) {
        let restriction: &[RestrictionNode] = self.restriction.as_deref().unwrap_or_default();
        let mut view: Vec<usize> = (0..self.rows.len()).collect();
        if !restriction.is_empty() {
            view.retain(|&at| restriction::matches(restriction, &*self.source.properties(&self.rows[at])));
        }
        if let Some(order) = &self.order {
            let keys = |at: usize| restriction::sort_keys(order, &*self.source.properties(&self.rows[at]));
            let mut keyed: Vec<_> = view.into_iter().map(|at| (keys(at), at)).collect();
            keyed.sort_by(|(left, _), (right, _)| restriction::compare_keys(order, left, right));
            view = keyed.into_iter().map(|(_, at)| at).collect();
        }
        self.view = view;
    }

    fn columns(&self) -> Result<&[PropertyTag]> {
        self.columns
            .as_deref()
            .ok_or_else(|| Error::not_initialized("rows were asked for before columns were set"))
    }
}

impl<S: Source + 'static> Table for RowTable<S> {
    fn available_columns(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(self.source.columns().to_vec())
    }

    fn set_columns(&mut self, columns: Vec<PropertyTag>) -> Result<()> {
        if columns.is_empty() {
            return Err(Error::invalid_parameter("a table needs a column"));
        }
        self.columns = Some(columns);
        Ok(())
    }

    fn set_restriction(&mut self, restriction: Option<Restriction>) -> Result<()> {
        restriction::check(restriction.as_deref().unwrap_or_default())?;
        self.restriction = restriction;
        self.arrange();
        Ok(())
    }

    fn set_sort_order(&mut self, order: Option<SortOrder>) -> Result<()> {
        if let Some(order) = &order {
            restriction::check_order(order)?;
        }
        self.order = order;
        self.arrange();
        Ok(())
    }

    fn row_count(&mut self) -> Result<u32> {
        Ok(u32::try_from(self.view.len()).unwrap_or(u32::MAX))
    }

    fn query_rows(&mut self, start: u32, count: u32) -> Result<RowBatch> {
        let columns = self.columns()?;
        let start = (start as usize).min(self.view.len());
        let end = start.saturating_add((count as usize).min(BATCH)).min(self.view.len());
        let mut cells = Vec::with_capacity((end - start) * columns.len());
        for &at in &self.view[start..end] {
            let row = self.source.properties(&self.rows[at]);
            cells.extend(columns.iter().map(|&tag| cell(row.get(tag))));
        }
        let row_count = u32::try_from(end - start).unwrap_or(u32::MAX);
        Ok(RowBatch { row_count, cells, at_end: end == self.view.len() })
    }

    fn find_row(
        &mut self,
        start: u32,
        direction: Direction,
        restriction: Restriction,
    ) -> Result<Option<FoundRow>> {
        restriction::check(&restriction)?;
        let columns = self.columns()?;
        let found = |&index: &usize| {
            restriction::matches(&restriction, &*self.source.properties(&self.rows[self.view[index]]))
        };
        let (start, end) = (start as usize, self.view.len());
        let index = match direction {
            Direction::Forward => (start..end).find(found),
            Direction::Backward => (0..end.min(start.saturating_add(1))).rev().find(found),
        };
        Ok(index.map(|index| {
            let row = self.source.properties(&self.rows[self.view[index]]);
            let cells = columns.iter().map(|&tag| cell(row.get(tag))).collect();
            FoundRow { index: u32::try_from(index).unwrap_or(u32::MAX), cells }
        }))
    }

    fn refresh(&mut self) -> Result<()> {
        self.rows = self.source.rows()?;
        self.arrange();
        Ok(())
    }
}
