//! A table over rows in memory: restricted, sorted and searched as the contract says.

use crate::{
    Error, INLINE_LIMIT, Properties, Result, Table,
    restriction::{self, Filter, Row},
    sort::{self, Keys},
    types::{Cell, Direction, FoundRow, PropertyTag, Restriction, RowBatch, SortOrder},
    value,
};

/// The most rows that one call answers; the caller comes again for more.
const BATCH_ROWS: u32 = 5_000;

/// A ready [`Table`] for backends that can list their rows. With it a backend can claim `restrictions`, `sorting` and
/// `find-row`.
///
/// A row is [`Properties`], or a [`Row`] of the backend's own, which may have recipients and attachments.
pub struct RowsTable<F, R = Properties> {
    available: Vec<PropertyTag>,
    columns: Vec<PropertyTag>,
    restriction: Option<Restriction>,
    order: Option<SortOrder>,
    rows: Vec<R>,
    /// Positions in `rows`.
    view: Vec<usize>,
    load: F,
}

impl<R: Row + 'static, F: FnMut() -> Result<Vec<R>> + 'static> RowsTable<F, R> {
    /// A table with these columns. `load` is asked for the rows now, in their natural order, and again at each
    /// `refresh`.
    ///
    /// # Errors
    /// Those of `load`.
    pub fn open(available: &[PropertyTag], mut load: F) -> Result<Self> {
        let rows = load()?;
        let view = (0..rows.len()).collect();
        let available = available.to_vec();
        Ok(Self { available, columns: Vec::new(), restriction: None, order: None, rows, view, load })
    }

    fn need_columns(&self) -> Result<()> {
        if self.columns.is_empty() {
            return Err(Error::not_initialized("the table has no columns yet"));
        }
        Ok(())
    }

    /// The cells of one row of the view.
    fn cells(&self, at: usize) -> impl Iterator<Item = Cell> + '_ {
        let row = &self.rows[at];
        self.columns.iter().map(move |&tag| value::cell(row.value(tag).as_deref(), tag, INLINE_LIMIT))
    }
}

/// The positions of the rows that satisfy the restriction, in the sort order.
fn arrange<R: Row>(
    rows: &[R],
    restriction: Option<&Restriction>,
    order: Option<&SortOrder>,
) -> Result<Vec<usize>> {
    let mut view = Vec::new();
    let mut filter = restriction.cloned().map(Filter::new).transpose()?;
    for (at, row) in rows.iter().enumerate() {
        if filter.as_mut().map_or(Ok(true), |filter| filter.admits(row))? {
            view.push(at);
        }
    }
    let Some(order) = order else { return Ok(view) };
    let mut keyed: Vec<_> = view.into_iter().map(|at| (Keys::of(order, &rows[at]), at)).collect();
    keyed.sort_by(|(a, _), (b, _)| a.compare(order, b));
    Ok(keyed.into_iter().map(|(_, at)| at).collect())
}

impl<R: Row + 'static, F: FnMut() -> Result<Vec<R>> + 'static> Table for RowsTable<F, R> {
    fn available_columns(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(self.available.clone())
    }

    fn set_columns(&mut self, columns: Vec<PropertyTag>) -> Result<()> {
        if columns.is_empty() {
            return Err(Error::invalid_parameter("a table needs a column"));
        }
        self.columns = columns;
        Ok(())
    }

    fn set_restriction(&mut self, restriction: Option<Restriction>) -> Result<()> {
        self.view = arrange(&self.rows, restriction.as_ref(), self.order.as_ref())?;
        self.restriction = restriction;
        Ok(())
    }

    fn set_sort_order(&mut self, order: Option<SortOrder>) -> Result<()> {
        order.as_ref().map_or(Ok(()), sort::check)?;
        self.view = arrange(&self.rows, self.restriction.as_ref(), order.as_ref())?;
        self.order = order;
        Ok(())
    }

    fn row_count(&mut self) -> Result<u32> {
        u32::try_from(self.view.len()).map_err(|_| Error::too_big("more than 4294967295 rows"))
    }

    fn query_rows(&mut self, start: u32, count: u32) -> Result<RowBatch> {
        self.need_columns()?;
        let row_count = count.min(self.row_count()?.saturating_sub(start)).min(BATCH_ROWS);
        let rows = self.view.iter().skip(start as usize).take(row_count as usize);
        let cells = rows.flat_map(|&at| self.cells(at)).collect();
        let at_end = u64::from(start) + u64::from(row_count) >= self.view.len() as u64;
        Ok(RowBatch { row_count, cells, at_end })
    }

    fn find_row(
        &mut self,
        start: u32,
        direction: Direction,
        restriction: Restriction,
    ) -> Result<Option<FoundRow>> {
        self.need_columns()?;
        let (start, end) = (start as usize, self.view.len());
        let candidates: Box<dyn Iterator<Item = usize>> = match direction {
            Direction::Forward => Box::new(start..end),
            Direction::Backward => Box::new((0..start.saturating_add(1).min(end)).rev()),
        };
        restriction::check(&restriction)?;
        for index in candidates {
            let at = self.view[index];
            if restriction::matches(&restriction, &self.rows[at])? {
                let index = u32::try_from(index).map_err(|_| Error::too_big("more than 4294967295 rows"))?;
                return Ok(Some(FoundRow { index, cells: self.cells(at).collect() }));
            }
        }
        Ok(None)
    }

    fn refresh(&mut self) -> Result<()> {
        let rows = (self.load)()?;
        self.view = arrange(&rows, self.restriction.as_ref(), self.order.as_ref())?;
        self.rows = rows;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ErrorCode,
        tags::PID_TAG_SUBJECT,
        types::{PropertyMatch, PropertyValue, Relop, RestrictionNode, SortDirection, SortKey},
    };

    fn text(text: &str) -> PropertyValue {
        PropertyValue::Text(text.to_owned())
    }

    /// Rows 0 to 2, and one more after each refresh.
    fn table() -> RowsTable<impl FnMut() -> Result<Vec<Properties>>> {
        let mut opened = 2;
        RowsTable::open(&[PID_TAG_SUBJECT], move || {
            opened += 1;
            Ok((0..opened).map(|n| Properties::new().with(PID_TAG_SUBJECT, n.to_string())).collect())
        })
        .unwrap()
    }

    fn at_least(value: &str) -> Restriction {
        let (op, tag, value) = (Relop::Ge, PID_TAG_SUBJECT, text(value));
        vec![RestrictionNode::Property(PropertyMatch { op, tag, value })]
    }

    fn descending() -> SortOrder {
        let key = SortKey { tag: PID_TAG_SUBJECT, direction: SortDirection::Descending };
        SortOrder { keys: vec![key], categories: 0, expanded: 0 }
    }

    fn subjects(table: &mut impl Table) -> Vec<String> {
        let cells = table.query_rows(0, 100).unwrap().cells.into_iter();
        cells.map(|cell| if let Ok(PropertyValue::Text(text)) = cell { text } else { panic!() }).collect()
    }

    /// TA-02, TA-03.
    #[test]
    fn rows_come_in_pages_and_past_the_end_there_are_none() {
        let mut table = table();
        assert_eq!(table.query_rows(0, 1).unwrap_err().code, ErrorCode::NotInitialized);
        table.set_columns(vec![PID_TAG_SUBJECT]).unwrap();
        let page = table.query_rows(1, 1).unwrap();
        assert_eq!((page.cells, page.at_end), (vec![Ok(text("1"))], false));
        let last = table.query_rows(2, u32::MAX).unwrap();
        assert_eq!((last.row_count, last.at_end), (1, true));
        let past = table.query_rows(u32::MAX, 5).unwrap();
        assert_eq!((past.row_count, past.at_end), (0, true));
    }

    /// TA-04, TA-06, TA-12.
    #[test]
    fn restriction_and_order_stay_over_a_refresh_until_they_are_taken_away() {
        let mut table = table();
        table.set_columns(vec![PID_TAG_SUBJECT]).unwrap();
        table.set_restriction(Some(at_least("1"))).unwrap();
        table.set_sort_order(Some(descending())).unwrap();
        assert_eq!(subjects(&mut table), ["2", "1"]);
        table.refresh().unwrap();
        assert_eq!(
            (table.row_count().unwrap(), subjects(&mut table)),
            (3, vec!["3".into(), "2".into(), "1".into()])
        );
        table.set_restriction(None).unwrap();
        assert_eq!(subjects(&mut table), ["3", "2", "1", "0"]);
        table.set_sort_order(None).unwrap();
        assert_eq!(subjects(&mut table), ["0", "1", "2", "3"]);
    }

    /// TA-05, TA-06.
    #[test]
    fn a_row_is_found_by_its_place_in_the_view_which_stays_as_it_is() {
        let mut table = table();
        assert_eq!(
            table.find_row(0, Direction::Forward, at_least("1")).unwrap_err().code,
            ErrorCode::NotInitialized
        );
        table.set_columns(vec![PID_TAG_SUBJECT]).unwrap();
        table.set_sort_order(Some(descending())).unwrap();
        let mut find = |start, direction, value| {
            table.find_row(start, direction, at_least(value)).unwrap().map(|row| row.index)
        };
        assert_eq!(find(0, Direction::Forward, "1"), Some(0));
        assert_eq!(find(1, Direction::Forward, "2"), None);
        assert_eq!(find(u32::MAX, Direction::Backward, "1"), Some(1));
        assert_eq!(find(0, Direction::Backward, "2"), Some(0));
        assert_eq!(find(7, Direction::Forward, "0"), None);
        assert_eq!(table.row_count().unwrap(), 3);
    }

    /// TA-11.
    #[test]
    fn what_is_too_complex_leaves_the_view_as_it_was() {
        let mut table = table();
        table.set_restriction(Some(at_least("1"))).unwrap();
        let regex = PropertyMatch { op: Relop::Regex, tag: PID_TAG_SUBJECT, value: text(".") };
        let refused = table.set_restriction(Some(vec![RestrictionNode::Property(regex)])).unwrap_err();
        assert_eq!(refused.code, ErrorCode::TooComplex);
        let refused = table.set_sort_order(Some(SortOrder { categories: 1, ..descending() })).unwrap_err();
        assert_eq!(refused.code, ErrorCode::TooComplex);
        assert_eq!(table.row_count().unwrap(), 2);
    }
}
