//! Answers rows that break the contract, another way for each kind of table.

use mapistore_sdk::types::{PropertyTag, PropertyValue, RowBatch, TableKind};
use mapistore_sdk::{Folder, Result, Table};

struct Liar;

impl Folder for Liar {
    fn open_table(&self, kind: TableKind) -> Result<Box<dyn Table>> {
        Ok(Box::new(Lies(kind)))
    }
}

struct Lies(TableKind);

impl Table for Lies {
    fn set_columns(&mut self, _: Vec<PropertyTag>) -> Result<()> {
        Ok(())
    }

    fn query_rows(&mut self, _: u32, count: u32) -> Result<RowBatch> {
        let number = || Ok(PropertyValue::Integer32(1));
        Ok(match self.0 {
            TableKind::Contents => RowBatch { row_count: 2, cells: vec![number()], at_end: true },
            TableKind::Hierarchy => {
                RowBatch { row_count: 1, cells: vec![Ok(PropertyValue::Text("1".into()))], at_end: true }
            }
            TableKind::Associated => {
                let cells = (0..=count).map(|_| number()).collect();
                RowBatch { row_count: count + 1, cells, at_end: true }
            }
            _ => RowBatch { row_count: 0, cells: Vec::new(), at_end: false },
        })
    }
}

guest_support::guest!("lies-in-table", Liar);
