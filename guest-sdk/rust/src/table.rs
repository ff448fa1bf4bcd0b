//! A table over rows in memory, in their natural order. The host filters, sorts and finds.

use crate::{
    Error, INLINE_LIMIT, Properties, Result, Table,
    types::{PropertyTag, RowBatch},
};

/// A ready [`Table`] for backends that can list their rows.
pub struct RowsTable<F> {
    available: Vec<PropertyTag>,
    columns: Vec<PropertyTag>,
    rows: Vec<Properties>,
    load: F,
}

impl<F: FnMut() -> Result<Vec<Properties>> + 'static> RowsTable<F> {
    /// A table with these columns. `load` is asked for the rows now, and again at each `refresh`.
    ///
    /// # Errors
    /// Those of `load`.
    pub fn open(available: &[PropertyTag], mut load: F) -> Result<Self> {
        Ok(Self { available: available.to_vec(), columns: Vec::new(), rows: load()?, load })
    }
}

impl<F: FnMut() -> Result<Vec<Properties>> + 'static> Table for RowsTable<F> {
    fn available_columns(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(self.available.clone())
    }

    fn set_columns(&mut self, columns: Vec<PropertyTag>) -> Result<()> {
        self.columns = columns;
        Ok(())
    }

    fn row_count(&mut self) -> Result<u32> {
        u32::try_from(self.rows.len()).map_err(|_| Error::too_big("more than 4294967295 rows"))
    }

    fn query_rows(&mut self, start: u32, count: u32) -> Result<RowBatch> {
        if self.columns.is_empty() {
            return Err(Error::not_initialized("the table has no columns yet"));
        }
        let row_count = count.min(self.row_count()?.saturating_sub(start));
        let rows = self.rows.iter().skip(start as usize).take(row_count as usize);
        let cells = rows.flat_map(|row| row.get_cells(&self.columns, INLINE_LIMIT)).collect();
        let at_end = u64::from(start) + u64::from(row_count) >= self.rows.len() as u64;
        Ok(RowBatch { row_count, cells, at_end })
    }

    fn refresh(&mut self) -> Result<()> {
        self.rows = (self.load)()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ErrorCode,
        tags::PID_TAG_SUBJECT,
        types::{PropertyValue, SortOrder},
    };

    fn table() -> RowsTable<impl FnMut() -> Result<Vec<Properties>>> {
        let mut opened = 2;
        RowsTable::open(&[PID_TAG_SUBJECT], move || {
            opened += 1;
            Ok((0..opened).map(|n| Properties::new().with(PID_TAG_SUBJECT, n.to_string())).collect())
        })
        .unwrap()
    }

    #[test]
    fn rows_come_in_pages_and_past_the_end_there_are_none() {
        let mut table = table();
        assert_eq!(table.query_rows(0, 1).unwrap_err().code, ErrorCode::NotInitialized);
        table.set_columns(vec![PID_TAG_SUBJECT]).unwrap();
        let page = table.query_rows(1, 1).unwrap();
        assert_eq!((page.cells, page.at_end), (vec![Ok(PropertyValue::Text("1".to_owned()))], false));
        let last = table.query_rows(2, u32::MAX).unwrap();
        assert_eq!((last.row_count, last.at_end), (1, true));
        let past = table.query_rows(u32::MAX, 5).unwrap();
        assert_eq!((past.row_count, past.at_end), (0, true));
    }

    #[test]
    fn the_snapshot_stays_until_refresh() {
        let mut table = table();
        assert_eq!(table.row_count().unwrap(), 3);
        table.refresh().unwrap();
        assert_eq!(table.row_count().unwrap(), 4);
    }

    #[test]
    fn views_other_than_the_natural_one_are_too_complex() {
        let mut table = table();
        let order = SortOrder { keys: Vec::new(), categories: 0, expanded: 0 };
        assert_eq!(table.set_sort_order(Some(order)).unwrap_err().code, ErrorCode::TooComplex);
        assert_eq!(table.set_restriction(Some(Vec::new())).unwrap_err().code, ErrorCode::TooComplex);
        table.set_restriction(None).unwrap();
    }
}
