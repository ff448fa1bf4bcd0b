//! Rows of tables: read to the end, and one cell for people or for programs.

use mapistore::property::{display, known, name_of, to_json};
use mapistore::types::{Cell, ErrorCode, PropertyTag, PropertyValue};
use mapistore::{CallError, Table, code_name};
use serde_json::{Value, json};

/// How many rows are asked for at a time.
const PAGE: u32 = 500;

/// Reads rows of a table with `columns` columns, from `offset` on, at most `limit`.
///
/// # Errors
/// A call failed.
pub(crate) async fn read(
    table: &Table,
    columns: usize,
    offset: u32,
    limit: Option<u32>,
) -> Result<Vec<Vec<Cell>>, CallError> {
    let (mut rows, mut at) = (Vec::new(), offset);
    let end = limit.map_or(u32::MAX, |limit| offset.saturating_add(limit));
    while at < end {
        let batch = table.query_rows(at, PAGE.min(end - at)).await?;
        rows.extend(batch.cells.chunks(columns.max(1)).map(<[Cell]>::to_vec));
        if batch.at_end || batch.row_count == 0 {
            break;
        }
        at = at.saturating_add(batch.row_count);
    }
    Ok(rows)
}

/// Whether a folder just has no table of the kind that was asked for.
pub(crate) fn is_missing_table(error: &CallError) -> bool {
    error.code() == Some(ErrorCode::NotImplemented)
}

/// A cell on one line. A property that is not there is empty, another error stands in brackets.
pub(crate) fn text(tag: PropertyTag, cell: &Cell) -> String {
    match cell {
        Ok(value) => display(tag, value),
        Err(ErrorCode::NotFound) => String::new(),
        Err(code) => format!("({})", code_name(*code)),
    }
}

/// A cell as JSON. A property that is not there is null, another error an object.
pub(crate) fn cell_json(tag: PropertyTag, cell: &Cell) -> Value {
    match cell {
        Ok(value) => to_json(tag, value),
        Err(ErrorCode::NotFound) => Value::Null,
        Err(code) => json!({ "error": code_name(*code) }),
    }
}

/// How a column is called in JSON: the standard's name, or the tag.
pub(crate) fn key(tag: PropertyTag) -> String {
    name_of(tag).map_or_else(|| format!("{tag:#010x}"), ToOwned::to_owned)
}

/// How a column is called above a table: its usual short name, else as in JSON.
pub(crate) fn title(tag: PropertyTag) -> String {
    match known(tag).and_then(|known| known.short.first()) {
        Some(short) => (*short).to_uppercase(),
        None => key(tag),
    }
}

/// The number in a cell that holds an id.
pub(crate) fn id(cell: &Cell) -> Option<mapistore::index::Fmid> {
    match cell {
        Ok(PropertyValue::Integer64(number)) => Some(mapistore::index::Fmid(number.cast_unsigned())),
        _ => None,
    }
}
