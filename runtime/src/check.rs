//! The contract's rules on what a guest answers. Nothing that breaks one reaches a caller.

use crate::bindings::exports::mapistore::backend::objects;
use crate::bindings::mapistore::backend::types::{
    BackendInfo, Cell, ContextEntry, ItemOutcome, PropertyTag, PropertyValue, RecipientTable, RowBatch,
};
use crate::property::{self, PropertyType};
use crate::uri;

/// The rule that is broken, with the value that breaks it.
pub(crate) type Problem = String;

const NAME_MAX_CHARS: usize = 255;
const CONTEXTS_MAX: usize = 1_000;
/// Most columns of a table.
pub(crate) const COLUMNS_MAX: usize = 500;
/// Most tags in one request.
pub(crate) const TAGS_MAX: usize = 1_000;

pub(crate) fn backend_info(info: &BackendInfo) -> Result<(), Problem> {
    check_name(&info.name)?;
    if !uri::is_namespace(&info.namespace) {
        return Err(format!(
            "its namespace is `{}`: it has to be an RFC 3986 scheme in lower case, of at most 64 characters",
            shown(&info.namespace)
        ));
    }
    for (what, text) in [("description", &info.description), ("version", &info.version)] {
        if text.chars().count() > 1_000 || text.contains(char::is_control) {
            return Err(format!("its {what} has more than 1000 characters, or a control character"));
        }
    }
    if !(1 << 10..=1 << 20).contains(&info.inline_limit) {
        return Err(format!("its inline-limit is {}: 1024 to 1048576 are allowed", info.inline_limit));
    }
    Ok(())
}

/// The name of a backend: it is a directory's name as well.
pub(crate) fn check_name(name: &str) -> Result<(), Problem> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    let fine =
        name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= 64 && name.bytes().all(plain);
    if fine {
        Ok(())
    } else {
        Err(format!("its name is `{}`: 1 to 64 of `a-z 0-9 - _ .`, a letter first, are allowed", shown(name)))
    }
}

/// Checks a listing, and puts the missing final slashes on.
pub(crate) fn context_entries(
    entries: Vec<ContextEntry>,
    namespace: &str,
) -> Result<Vec<ContextEntry>, Problem> {
    if entries.len() > CONTEXTS_MAX {
        return Err(format!("there are {} contexts, and at most {CONTEXTS_MAX} are allowed", entries.len()));
    }
    let mut main_roles = Vec::new();
    entries
        .into_iter()
        .map(|mut entry| {
            own_uri(&entry.url, namespace)?;
            if !entry.url.ends_with('/') {
                entry.url.push('/');
            }
            if entry.name.is_empty() || entry.name.chars().count() > NAME_MAX_CHARS {
                return Err(format!("the context `{}` has an empty name, or a long one", shown(&entry.url)));
            }
            if entry.main_folder {
                if main_roles.contains(&entry.role) {
                    return Err(format!("the role of `{}` has two main folders", shown(&entry.url)));
                }
                main_roles.push(entry.role);
            }
            Ok(entry)
        })
        .collect()
}

/// A complete URI of the backend's own namespace.
pub(crate) fn own_uri(text: &str, namespace: &str) -> Result<(), Problem> {
    match uri::namespace(text) {
        Ok(found) if found == namespace => Ok(()),
        Ok(found) => {
            Err(format!("`{}` is in the namespace `{found}`, and its own is `{namespace}`", shown(text)))
        }
        Err(problem) => Err(problem.to_string()),
    }
}

/// One cell for each tag, each of its tag's type.
pub(crate) fn cells(tags: &[PropertyTag], cells: &[Cell], inline_limit: u32) -> Result<(), Problem> {
    if cells.len() != tags.len() {
        return Err(format!("{} cells for {} tags", cells.len(), tags.len()));
    }
    let max = 2 * u64::from(inline_limit) + 1024;
    tags.iter().zip(cells).try_for_each(|(&tag, cell)| match cell {
        Ok(found) if !property::matches_type(tag, found) => {
            Err(format!("a value of another type under the tag {tag:#010x}: {}", type_name(found)))
        }
        // A deferred value is its size and nothing else.
        Ok(PropertyValue::Deferred(_)) => Ok(()),
        // No text has more units in UTF-16 than bytes in UTF-8.
        Ok(PropertyValue::Text(text)) if 2 * text.len() as u64 + 2 <= max => Ok(()),
        Ok(found) if property::size_of_value(found) > max => Err(format!(
            "a value of {} bytes under the tag {tag:#010x}, and its inline-limit is {inline_limit}",
            property::size_of_value(found)
        )),
        _ => Ok(()),
    })
}

/// No more rows than asked for, each with all its cells; and an end that comes.
pub(crate) fn rows(
    columns: &[PropertyTag],
    batch: &RowBatch,
    count: u32,
    inline_limit: u32,
) -> Result<(), Problem> {
    if batch.row_count > count {
        return Err(format!("{} rows where at most {count} were asked for", batch.row_count));
    }
    let rows = usize::try_from(batch.row_count).unwrap_or(usize::MAX);
    if rows.checked_mul(columns.len()) != Some(batch.cells.len()) {
        return Err(format!(
            "{} cells for {} rows of {} columns",
            batch.cells.len(),
            batch.row_count,
            columns.len()
        ));
    }
    if rows == 0 && !batch.at_end && count > 0 {
        return Err("no rows, and yet not at the end".into());
    }
    batch.cells.chunks(columns.len().max(1)).try_for_each(|row| cells(columns, row, inline_limit))
}

pub(crate) fn found_row(
    columns: &[PropertyTag],
    row: &objects::FoundRow,
    inline_limit: u32,
) -> Result<(), Problem> {
    cells(columns, &row.cells, inline_limit)
}

/// One outcome for each id, each once.
pub(crate) fn outcomes(ids: &[u64], outcomes: &[ItemOutcome]) -> Result<(), Problem> {
    let mut wanted: Vec<u64> = ids.to_vec();
    let mut found: Vec<u64> = outcomes.iter().map(|outcome| outcome.id).collect();
    wanted.sort_unstable();
    found.sort_unstable();
    if wanted == found {
        Ok(())
    } else {
        Err(format!("{} outcomes that are not of the {} ids given", found.len(), wanted.len()))
    }
}

pub(crate) fn recipients(table: &RecipientTable) -> Result<(), Problem> {
    for row in &table.rows {
        if row.cells.len() != table.columns.len() {
            return Err(format!(
                "a recipient of {} cells for {} columns",
                row.cells.len(),
                table.columns.len()
            ));
        }
        for (&tag, found) in table.columns.iter().zip(&row.cells) {
            if let Some(found) = found
                && !property::matches_type(tag, found)
            {
                return Err(format!("a recipient's value of another type under the tag {tag:#010x}"));
            }
        }
    }
    Ok(())
}

/// A path as `get-paths` answers it: not empty, and not a complete URI of some namespace.
pub(crate) fn path(path: &str) -> Result<(), Problem> {
    if path.is_empty() || path.len() > uri::URI_BYTES_MAX || path.contains('\0') {
        return Err(format!("the path `{}` is empty, too long, or has a zero byte in it", shown(path)));
    }
    Ok(())
}

/// The type of a value, for an error to name.
pub(crate) fn type_name(value: &PropertyValue) -> &'static str {
    PropertyType::of(value).map_or("one without a type of its own", PropertyType::name)
}

fn shown(text: &str) -> String {
    text.chars().take(100).flat_map(char::escape_default).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::mapistore::backend::types::{Capabilities, ErrorCode, Role};

    const SUBJECT: PropertyTag = 0x0037_001F;
    const SIZE: PropertyTag = 0x0E08_0003;

    fn info() -> BackendInfo {
        BackendInfo {
            name: "notes".into(),
            description: String::new(),
            namespace: "notes".into(),
            version: "1".into(),
            capabilities: Capabilities::empty(),
            inline_limit: 32 << 10,
        }
    }

    fn entry(url: &str, main_folder: bool) -> ContextEntry {
        ContextEntry { url: url.into(), name: "Inbox".into(), main_folder, role: Role::Mail, tag: None }
    }

    #[test]
    fn a_name_that_could_be_a_path_is_refused() {
        for name in ["", ".", "..", "a/b", "A", "1a", "a\n", &"a".repeat(65)] {
            let found = backend_info(&BackendInfo { name: name.to_owned(), ..info() });
            assert!(found.is_err(), "{name}");
        }
        assert_eq!(backend_info(&info()), Ok(()));
    }

    #[test]
    fn a_listing_gets_its_final_slashes() {
        let listed = context_entries(vec![entry("notes://a/b", true)], "notes").map(|mut l| l.remove(0).url);
        assert_eq!(listed.as_deref(), Ok("notes://a/b/"));
    }

    #[test]
    fn a_listing_with_a_foreign_uri_or_two_main_folders_is_refused() {
        assert!(context_entries(vec![entry("other://a/", true)], "notes").is_err());
        assert!(
            context_entries(vec![entry("notes://a/", true), entry("notes://b/", true)], "notes").is_err()
        );
        assert!(
            context_entries(vec![entry("notes://a/", true), entry("notes://b/", false)], "notes").is_ok()
        );
    }

    #[test]
    fn ta_01_a_row_has_one_cell_for_each_column() {
        let cell = || Ok(PropertyValue::Integer32(1));
        assert_eq!(cells(&[SIZE], &[cell()], 1024), Ok(()));
        assert!(cells(&[SIZE], &[], 1024).is_err());
        assert!(cells(&[SIZE], &[cell(), cell()], 1024).is_err());
    }

    #[test]
    fn a_value_that_disagrees_with_its_tag_is_refused_and_a_missing_one_is_not() {
        assert!(cells(&[SUBJECT], &[Ok(PropertyValue::Integer32(1))], 1024).is_err());
        assert_eq!(cells(&[SUBJECT], &[Err(ErrorCode::NotFound)], 1024), Ok(()));
    }

    #[test]
    fn a_value_beyond_the_inline_limit_is_refused_unless_it_is_deferred() {
        let long = Ok(PropertyValue::Text("x".repeat(5000)));
        assert!(cells(&[SUBJECT], &[long], 1024).is_err());
        assert_eq!(cells(&[SUBJECT], &[Ok(PropertyValue::Deferred(1 << 40))], 1024), Ok(()));
    }

    #[test]
    fn a_batch_may_not_have_more_rows_than_asked_for_nor_stand_still() {
        let batch = |row_count, cells: usize, at_end| RowBatch {
            row_count,
            cells: vec![Err(ErrorCode::NotFound); cells],
            at_end,
        };
        assert_eq!(rows(&[SIZE], &batch(1, 1, false), 1, 1024), Ok(()));
        assert!(rows(&[SIZE], &batch(2, 2, true), 1, 1024).is_err());
        assert!(rows(&[SIZE], &batch(u32::MAX, 0, true), u32::MAX, 1024).is_err());
        assert!(rows(&[SIZE], &batch(0, 0, false), 10, 1024).is_err());
        assert_eq!(rows(&[SIZE], &batch(0, 0, true), 10, 1024), Ok(()));
    }

    #[test]
    fn outcomes_are_of_the_ids_given() {
        let outcome = |id| ItemOutcome { id, outcome: Ok(()) };
        assert_eq!(outcomes(&[1, 2], &[outcome(2), outcome(1)]), Ok(()));
        assert!(outcomes(&[1, 2], &[outcome(1)]).is_err());
        assert!(outcomes(&[1], &[outcome(3)]).is_err());
    }
}
