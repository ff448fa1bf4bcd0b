//! Tables that get something wrong.

use crate::{Mutant, is};
use mapistore_sdk::{
    Error, ErrorCode, Result, Table,
    tags::{PID_TAG_CHANGE_NUMBER, PropertyTag},
    types::{
        Cell, Direction, FoundRow, MatchFlags, MatchKind, PropertyMatch, Relop, Restriction, RestrictionNode,
        RowBatch, SortDirection, SortOrder,
    },
};

type Replace = Box<dyn Fn(Cell) -> Cell>;

pub(crate) struct WrongTable {
    inner: Box<dyn Table>,
    columns: Vec<PropertyTag>,
    restriction: Option<Restriction>,
    order: Option<SortOrder>,
    replaced: Vec<(PropertyTag, Replace)>,
}

impl WrongTable {
    pub(crate) fn new(inner: Box<dyn Table>) -> Self {
        Self { inner, columns: Vec::new(), restriction: None, order: None, replaced: Vec::new() }
    }

    /// Has the cells of a column replaced.
    pub(crate) fn replace_in_rows(&mut self, tag: PropertyTag, replace: impl Fn(Cell) -> Cell + 'static) {
        self.replaced.push((tag, Box::new(replace)));
    }

    fn replace(&self, cells: &mut [Cell]) {
        for (at, cell) in cells.iter_mut().enumerate() {
            let column = self.columns[at % self.columns.len()];
            for (_, replace) in self.replaced.iter().filter(|(tag, _)| *tag == column) {
                *cell = replace(cell.clone());
            }
        }
    }

    /// The rows of the view in a wrong order, by their right numbers.
    fn disorder(&mut self) -> Result<Option<Vec<u32>>> {
        let Some(order) = self.order.as_ref().filter(|order| !order.keys.is_empty()) else { return Ok(None) };
        let keys: Vec<_> = order.keys.iter().map(|key| key.tag).collect();
        let ascending = order.keys[0].direction == SortDirection::Ascending;
        let count = self.inner.row_count()?;
        self.inner.set_columns(keys.clone())?;
        let rows = self.inner.query_rows(0, count)?;
        self.inner.set_columns(self.columns.clone())?;
        let rows: Vec<&[Cell]> = rows.cells.chunks(keys.len()).collect();
        let mut numbers: Vec<u32> = (0..count).collect();
        if is(Mutant::MissingCellsLast) {
            let missing = rows.iter().filter(|row| row[0].is_err()).count();
            let others = rows.len() - missing;
            numbers.rotate_left(if ascending { missing } else { others });
        } else {
            let mut start = 0;
            for run in rows.chunk_by(|a, b| a == b) {
                numbers[start..start + run.len()].reverse();
                start += run.len();
            }
        }
        Ok(Some(numbers))
    }
}

/// What the mutants make of a restriction.
fn wrong(mut nodes: Restriction) -> Restriction {
    let mut more = Vec::new();
    let first = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
    for node in &mut nodes {
        match node {
            RestrictionNode::AnyOf(children) if is(Mutant::OrTakenAsAnd) => {
                *node = RestrictionNode::AllOf(std::mem::take(children));
            }
            RestrictionNode::Negate(child) if is(Mutant::NotForgotten) => {
                *node = RestrictionNode::AllOf(vec![*child]);
            }
            RestrictionNode::Property(PropertyMatch { op: op @ Relop::Lt, .. })
                if is(Mutant::LessTakenAsLessOrEqual) =>
            {
                *op = Relop::Le;
            }
            RestrictionNode::Property(PropertyMatch { op: Relop::Ne, tag, value })
                if is(Mutant::UnequalIncludesMissing) =>
            {
                let (tag, value) = (*tag, value.clone());
                *node = RestrictionNode::Negate(first + u32::try_from(more.len()).unwrap_or(u32::MAX));
                more.push(RestrictionNode::Property(PropertyMatch { op: Relop::Eq, tag, value }));
            }
            RestrictionNode::Property(PropertyMatch { op: Relop::Gt | Relop::Ge, tag, .. })
                if is(Mutant::ChangesNotFound) && *tag == PID_TAG_CHANGE_NUMBER =>
            {
                *node = RestrictionNode::AnyOf(Vec::new());
            }
            RestrictionNode::Content(content) if is(Mutant::CaseIgnored) => {
                content.options |= MatchFlags::IGNORE_CASE;
            }
            RestrictionNode::Content(content)
                if is(Mutant::PrefixTakenAsPart) && content.kind == MatchKind::Prefix =>
            {
                content.kind = MatchKind::Substring;
            }
            RestrictionNode::Bitmask(bitmask) if is(Mutant::BitmaskInverted) => {
                bitmask.non_zero = !bitmask.non_zero;
            }
            RestrictionNode::Exists(_) if is(Mutant::ExistsIsAlwaysTrue) => {
                *node = RestrictionNode::AllOf(Vec::new());
            }
            _ => {}
        }
    }
    nodes.extend(more);
    nodes
}

impl Table for WrongTable {
    fn available_columns(&mut self) -> Result<Vec<PropertyTag>> {
        self.inner.available_columns()
    }

    fn set_columns(&mut self, columns: Vec<PropertyTag>) -> Result<()> {
        self.inner.set_columns(columns.clone())?;
        self.columns = columns;
        Ok(())
    }

    fn set_restriction(&mut self, restriction: Option<Restriction>) -> Result<()> {
        if is(Mutant::RestrictionIgnored) || restriction.is_none() && is(Mutant::RestrictionStays) {
            return Ok(());
        }
        let restriction = restriction.map(wrong);
        match self.inner.set_restriction(restriction.clone()) {
            Err(error) if is(Mutant::TooComplexIsTrue) && error.code == ErrorCode::TooComplex => {}
            Err(error) => return Err(error),
            Ok(()) => self.restriction = restriction,
        }
        Ok(())
    }

    fn set_sort_order(&mut self, mut order: Option<SortOrder>) -> Result<()> {
        if let Some(order) = &mut order {
            if is(Mutant::DescendingIgnored) {
                order.keys.iter_mut().for_each(|key| key.direction = SortDirection::Ascending);
            }
            if is(Mutant::LaterKeysIgnored) {
                order.keys.truncate(1);
            }
        }
        self.inner.set_sort_order(order.clone())?;
        self.order = order;
        Ok(())
    }

    fn row_count(&mut self) -> Result<u32> {
        if is(Mutant::NoSnapshot) {
            self.inner.refresh()?;
        }
        if is(Mutant::RowsCountedUnrestricted) {
            self.inner.set_restriction(None)?;
            let count = self.inner.row_count();
            self.inner.set_restriction(self.restriction.clone())?;
            return count;
        }
        self.inner.row_count()
    }

    fn query_rows(&mut self, start: u32, count: u32) -> Result<RowBatch> {
        if is(Mutant::NoSnapshot) {
            self.inner.refresh()?;
        }
        if is(Mutant::RowBeyondEndIsError) && start >= self.inner.row_count()? {
            return Err(Error::not_found(format!("there is no row {start}")));
        }
        let disordered = is(Mutant::MissingCellsLast) || is(Mutant::SortNotStable);
        let order = if disordered { self.disorder()? } else { None };
        let mut batch = self.inner.query_rows(start, count)?;
        if let Some(order) = order {
            let shown = order.iter().skip(start as usize).take(batch.row_count as usize);
            batch.cells.clear();
            for &row in shown {
                batch.cells.extend(self.inner.query_rows(row, 1)?.cells);
            }
        }
        self.replace(&mut batch.cells);
        if is(Mutant::CellsOneShort) {
            batch.cells.pop();
        }
        Ok(batch)
    }

    fn find_row(
        &mut self,
        start: u32,
        direction: Direction,
        restriction: Restriction,
    ) -> Result<Option<FoundRow>> {
        let direction = if is(Mutant::FindsForwardOnly) { Direction::Forward } else { direction };
        let mut found = self.inner.find_row(start, direction, wrong(restriction.clone()))?;
        found.iter_mut().for_each(|row| self.replace(&mut row.cells));
        if is(Mutant::FindDisturbsView) {
            self.inner.set_restriction(Some(restriction))?;
        }
        Ok(found)
    }

    fn refresh(&mut self) -> Result<()> {
        if is(Mutant::RefreshDoesNothing) { Ok(()) } else { self.inner.refresh() }
    }
}
