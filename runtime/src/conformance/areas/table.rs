//! TA: tables (MS-OXCTABL): columns, rows, restrictions, sort orders, find-row.

mod restriction;
mod sort;

use crate::bindings::exports::mapistore::backend::objects::Direction;
use crate::bindings::mapistore::backend::types::{
    BitmaskMatch, Capabilities as C, CommentNode, CompareMatch, ContentMatch, CountNode, DeleteMode,
    ErrorCode as E, MatchFlags, MatchKind, PropertyMatch, PropertyTag, PropertyValue as V, Relop,
    Restriction, RestrictionNode as N, SizeMatch, SortDirection, SortKey, SortOrder, SubMatch, SubObject,
    TableKind,
};
use crate::conformance::behaviour::Behaviour;
use crate::conformance::expect::{Done, Stop, demand, or_code, refused, same, tag_name};
use crate::conformance::grid::{Dice, Grid};
use crate::conformance::tag;
use crate::conformance::trial::{Trial, all_done, property};
use crate::error::CallError;
use crate::index::Fmid;
use crate::property::PropertyType as T;

const WRITE: &[C] = &[C::WRITE_MESSAGES];
const RESTRICT: &[C] = &[C::RESTRICTIONS];
const SORT: &[C] = &[C::SORTING];
const FIND: &[C] = &[C::FIND_ROW];
const CONTENTS: TableKind = TableKind::Contents;

use restriction::*;
use sort::*;

const fn b(
    id: &'static str,
    sentence: &'static str,
    needs: &'static [C],
    show: fn(&Trial<'_>) -> Done,
) -> Behaviour {
    Behaviour::of(id, sentence, needs, show)
}

#[rustfmt::skip]
pub(crate) static BEHAVIOURS: &[Behaviour] = &[
    b("TA-01", "A row has one cell for each column, in their order; what is missing is not-found in its cell.", &[], cells),
    b("TA-02", "Rows cannot be read before columns are set: not-initialized.", &[], no_columns),
    b("TA-03", "Past the end there are no rows, and that is no error.", &[], past_the_end),
    b("TA-04", "Under a restriction, row count and row numbers are those of the restricted view.", &[], restricted_numbers).or_host(RESTRICT),
    b("TA-05", "What find-row answers is the number of the row in the view, where query-rows has it too.", &[], found_index).or_host(FIND),
    b("TA-06", "No restriction shows all rows again, and find-row leaves the view's restriction alone.", &[], restriction_cleared).or_host(RESTRICT),
    b("TA-07", "Comparisons of numbers, texts, times, booleans and bytes hold for the right rows, each operator.", &[], relops).or_host(RESTRICT),
    b("TA-08", "Content matches find whole texts, parts and beginnings, with and without regard to case.", &[], content).or_host(RESTRICT),
    b("TA-09", "Bitmasks and existence hold for the right rows.", &[], bits_and_existence).or_host(RESTRICT),
    b("TA-10", "Rows are sorted by one key, ascending and descending.", &[], sorted).or_host(SORT),
    b("TA-11", "What cannot be evaluated is too-complex, and never silently true.", &[], too_complex).or_host(RESTRICT),
    b("TA-12", "After a refresh, a table shows what was added and no longer what was deleted.", WRITE, refreshed),
    b("TA-13", "The hierarchy table answers the same cells as the folders themselves.", &[C::FOLDERS], hierarchy_cells),
    b("TA-14", "Every column that is offered can be set and read.", &[], offered),
    b("TA-15", "A table stays as it was opened until it is refreshed.", WRITE, stays),
    b("TA-16", "Rows are the same whether they are read one by one or all at once.", &[], any_batch),
    b("TA-17", "And, or and not nest.", &[], nested).or_host(RESTRICT),
    b("TA-18", "Find-row finds the first row from where it starts, forward and backward, or none.", &[], find_directions).or_host(FIND),
    b("TA-19", "Find-row looks at the restricted and sorted view only.", &[], find_in_view).or_host(FIND),
    b("TA-20", "A restriction and a sort order work together, in whichever order they are set.", &[], both).or_host(&[C::RESTRICTIONS, C::SORTING]),
    b("TA-21", "Rows without the property come first when ascending, last when descending.", &[], missing_cells).or_host(SORT),
    b("TA-22", "A later sort key decides between rows that the earlier ones find equal; what is equal keeps its order.", &[], several_keys).or_host(SORT),
    b("TA-23", "Columns, restriction and sort order stay through a refresh.", WRITE, refresh_keeps).or_host(&[C::RESTRICTIONS, C::SORTING]),
    b("TA-24", "The table of an empty folder has no rows, under whatever restriction and order.", WRITE, empty).or_host(&[C::RESTRICTIONS, C::SORTING]),
    b("TA-25", "Sizes and comparisons of two properties hold for the right rows.", &[], sizes_and_pairs).or_host(RESTRICT),
    b("TA-26", "A comment changes nothing about its restriction, and is true without one.", &[], comments).or_host(RESTRICT),
    b("TA-27", "A comparison with a property that a row does not have is false, and its negation true.", &[], absent).or_host(RESTRICT),
    b("TA-28", "A column without a type answers whatever type the property has.", &[], untyped),
    b("TA-29", "Changing the columns changes no row, and a column may stand twice.", &[], columns_again),
    b("TA-30", "Random restrictions show the rows that the host's own evaluation finds.", &[], random_restrictions).or_host(RESTRICT),
    b("TA-31", "Random sort orders show the order that the host's own comparison gives.", &[], random_orders).or_host(SORT),
    b("TA-32", "A row of the contents table has the same cells as its message.", &[], contents_cells),
    b("TA-33", "A recipients restriction holds for messages with such a recipient.", WRITE, sub_recipients).or_host(RESTRICT),
    b("TA-34", "A count restriction shows no more rows than it counts.", &[], counted).or_host(RESTRICT),
    b("TA-35", "A hundred and twenty rows are read in pages, each once.", WRITE, pages),
    b("TA-36", "Two tables of one folder have views of their own.", &[], two_tables).or_host(RESTRICT),
    b("TA-37", "Hierarchy tables are restricted and sorted like others.", &[C::FOLDERS], hierarchy_view).or_host(&[C::RESTRICTIONS, C::SORTING]),
    b("TA-38", "A comparison with a value that no row has shows no rows, and one with all rows shows all.", &[], nothing_and_everything).or_host(RESTRICT),
];

const RELOPS: [Relop; 6] = [Relop::Lt, Relop::Le, Relop::Gt, Relop::Ge, Relop::Eq, Relop::Ne];

fn compare(op: Relop, tag: PropertyTag, value: V) -> N {
    N::Property(PropertyMatch { op, tag, value })
}

fn is(tag: PropertyTag, value: &str) -> Restriction {
    vec![compare(Relop::Eq, tag, V::Text(value.into()))]
}

fn contains(tag: PropertyTag, part: &str, kind: MatchKind, options: MatchFlags) -> N {
    N::Content(ContentMatch { tag, value: V::Text(part.into()), kind, options })
}

fn begins(tag: PropertyTag, part: &str) -> Restriction {
    vec![contains(tag, part, MatchKind::Prefix, MatchFlags::empty())]
}

fn key(tag: PropertyTag, direction: SortDirection) -> SortKey {
    SortKey { tag, direction }
}

fn by(keys: Vec<SortKey>) -> SortOrder {
    SortOrder { keys, categories: 0, expanded: 0 }
}

fn grid(trial: &Trial<'_>) -> Done<Grid> {
    let (context, root) = trial.start()?;
    // The table outlives the handles that it was opened through; the context must not.
    trial.keep(context);
    Grid::new(trial, &root)
}

/// The name of the row in the middle of the grid: some before it, some after.
fn some_name(grid: &Grid) -> Done<String> {
    let names = grid.values(grid.marker);
    match names.get(names.len() / 2) {
        Some(V::Text(name)) => Ok(name.clone()),
        _ => Err(Stop::NotClaimed("its items have no name to look for".into())),
    }
}

fn cells(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.any_message(&root)?;
    let absent = tag::own(0x7F, 0x001F);
    let rows = trial.rows(&root, CONTENTS, &[absent, tag::MID, absent, tag::CHANGE_NUMBER])?;
    let wanted = Ok(V::Integer64(id.0.cast_signed()));
    let row = rows.iter().find(|row| row.get(1) == Some(&wanted));
    match row.map(Vec::as_slice) {
        Some([Err(E::NotFound), _, Err(E::NotFound), Ok(V::Integer64(_))]) => Ok(()),
        other => Err(Stop::Failed(format!(
            "the row is {other:?}: not-found, the id, not-found and the change number are right"
        ))),
    }
}

fn no_columns(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let table = root.open_table(CONTENTS)?;
    refused("reading rows without columns", table.query_rows(0, 1), &[E::NotInitialized])?;
    let find = table.find_row(0, Direction::Forward, vec![N::Exists(tag::MID)]);
    refused("finding a row without columns", find, &[E::NotInitialized])?;
    table.set_columns(&[tag::MID])?;
    table.query_rows(0, 1).map(drop)
}

fn past_the_end(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let count = grid.table.row_count()?;
    for start in [count, count + 1, u32::MAX] {
        let batch = grid.table.query_rows(start, 10)?;
        demand!(
            batch.row_count == 0 && batch.at_end,
            "from row {start} of {count} there are {} rows, at the end: {}",
            batch.row_count,
            batch.at_end
        );
    }
    let none = grid.table.query_rows(0, 0)?;
    same("the number of rows when none is asked for", &none.row_count, &0)
}

fn found_index(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    for (number, id) in (0_u32..).zip(grid.ids()?) {
        let restriction = vec![compare(Relop::Eq, tag::MID, V::Integer64(id.0.cast_signed()))];
        let found = grid.table.find_row(0, Direction::Forward, restriction)?;
        let found = found.ok_or_else(|| Stop::Failed(format!("the row of {id} is not found")))?;
        same("its number", &found.index, &number)?;
        let queried = grid.table.query_rows(number, 1)?;
        demand!(
            found.cells == queried.cells,
            "find-row and query-rows answer different cells for row {number}"
        );
    }
    Ok(())
}

const DIRECTIONS: [SortDirection; 2] = [SortDirection::Ascending, SortDirection::Descending];

fn refreshed(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (stays, goes) = (trial.add(&root, "stays")?, trial.add(&root, "goes")?);
    let table = root.open_table(CONTENTS)?;
    let mut before = trial.ids_in(&table, CONTENTS)?;
    before.sort_unstable();
    same("the rows before", &before, &vec![stays, goes])?;
    let comes = trial.add(&root, "comes")?;
    all_done("deleting", &root.delete_messages(&[goes], DeleteMode::Hard)?)?;
    table.refresh()?;
    let mut after = trial.ids_in(&table, CONTENTS)?;
    after.sort_unstable();
    same("the rows after the refresh", &after, &vec![stays, comes])?;
    same("the row count", &table.row_count()?, &2)
}

fn hierarchy_cells(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let one = trial.add_folder(&root, "One")?;
    trial.add_folder(&one, "Below")?;
    trial.add_folder(&root, "Two")?;
    if trial.claims(C::WRITE_MESSAGES) {
        trial.add(&one, "a message")?;
    }
    let columns =
        [tag::FOLDER_ID, tag::DISPLAY_NAME, tag::CONTENT_COUNT, tag::SUBFOLDERS, tag::CONTAINER_CLASS];
    let rows = trial.rows(&root, TableKind::Hierarchy, &columns)?;
    same("the number of rows", &rows.len(), &2)?;
    for row in rows {
        let id =
            crate::conformance::expect::id_in("PidTagFolderId", row.first().unwrap_or(&Err(E::NotFound)))?;
        let cells = root.open_folder(id)?.get_properties(&columns)?;
        demand!(cells == row, "the row is {row:?}, and the folder itself answers {cells:?}");
    }
    Ok(())
}

fn offered(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let offered = grid.table.available_columns()?;
    demand!(!offered.is_empty(), "it offers no columns");
    for columns in offered.chunks(100) {
        let rows = grid.table.rows(columns)?;
        same("the number of rows", &rows.len(), &grid.rows.len())?;
    }
    Ok(())
}

fn stays(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let first = trial.add(&root, "first")?;
    let table = root.open_table(CONTENTS)?;
    trial.ids_in(&table, CONTENTS)?;
    trial.add(&root, "second")?;
    same("the rows without a refresh", &trial.ids_in(&table, CONTENTS)?, &vec![first])?;
    same("the row count without a refresh", &table.row_count()?, &1)?;
    let fresh = trial.ids(&root, CONTENTS)?;
    same("the number of rows of a new table", &fresh.len(), &2)
}

fn any_batch(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let all: Vec<_> = grid.rows.concat();
    for size in [1, 3, 1000] {
        let (mut cells, mut start) = (Vec::new(), 0);
        loop {
            let batch = grid.table.query_rows(start, size)?;
            start += batch.row_count;
            cells.extend(batch.cells);
            if batch.at_end || batch.row_count == 0 {
                break;
            }
        }
        demand!(cells == all, "read {size} at a time, the rows differ");
    }
    Ok(())
}

fn find_directions(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let ids = grid.ids()?;
    let restriction = begins(grid.marker, &some_name(&grid)?.chars().take(1).collect::<String>());
    let right = grid.expected(&restriction)?.unwrap_or_default();
    let at: Vec<usize> = (0..ids.len()).filter(|number| right.contains(&ids[*number])).collect();
    for start in 0..=ids.len() {
        for direction in [Direction::Forward, Direction::Backward] {
            let expected = match direction {
                Direction::Forward => at.iter().copied().find(|number| *number >= start),
                Direction::Backward => at.iter().copied().rfind(|number| *number <= start),
            };
            let found =
                grid.table.find_row(u32::try_from(start).unwrap_or(0), direction, restriction.clone())?;
            let found = found.map(|row| row.index as usize);
            same(&format!("what is found from row {start}, {direction:?}"), &found, &expected)?;
        }
    }
    let nothing = grid.table.find_row(0, Direction::Forward, is(grid.marker, "no such name"))?;
    demand!(nothing.is_none(), "a row is found that does not satisfy the restriction");
    Ok(())
}

fn find_in_view(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let name = some_name(&grid)?;
    grid.table.set_restriction(Some(vec![compare(Relop::Ne, grid.marker, V::Text(name.clone()))]))?;
    let hidden = grid.table.find_row(0, Direction::Forward, is(grid.marker, &name))?;
    demand!(hidden.is_none(), "a row is found that the view's restriction hides");
    grid.table.set_restriction(None)?;
    let order = by(vec![key(grid.marker, SortDirection::Descending)]);
    grid.table.set_sort_order(Some(order.clone()))?;
    let right = grid.sorted(&grid.ids()?, &order)?;
    let wanted = grid.expected(&is(grid.marker, &name))?.unwrap_or_default();
    let expected = right.iter().position(|id| wanted.contains(id));
    let found = grid.table.find_row(0, Direction::Forward, is(grid.marker, &name))?;
    same("the number of the row in the sorted view", &found.map(|row| row.index as usize), &expected)
}

fn refresh_keeps(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let marker = trial.marker()?;
    for name in ["b one", "a two", "b three"] {
        trial.add(&root, name)?;
    }
    let table = root.open_table(CONTENTS)?;
    table.set_columns(&[marker])?;
    table.set_restriction(Some(begins(marker, "b")))?;
    table.set_sort_order(Some(by(vec![key(marker, SortDirection::Ascending)])))?;
    trial.add(&root, "b four")?;
    trial.add(&root, "a five")?;
    table.refresh()?;
    let names =
        |names: &[&str]| -> Vec<_> { names.iter().map(|name| vec![Ok(V::Text((*name).into()))]).collect() };
    same("the rows after the refresh", &table.all_rows(1)?, &names(&["b four", "b one", "b three"]))
}

fn empty(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let table = root.open_table(CONTENTS)?;
    let none = |what: &str| -> Done {
        same(&format!("the rows {what}"), &table.rows(&[tag::MID])?.len(), &0)?;
        same(&format!("the row count {what}"), &table.row_count()?, &0)
    };
    none("at first")?;
    table.set_restriction(Some(vec![N::Negate(1), N::Exists(tag::SUBJECT)]))?;
    none("under a restriction")?;
    table.set_sort_order(Some(by(vec![key(trial.marker()?, SortDirection::Ascending)])))?;
    none("under a sort order")?;
    let found = table.find_row(0, Direction::Backward, vec![N::Exists(tag::MID)])?;
    demand!(found.is_none(), "a row is found in an empty table");
    Ok(())
}

fn untyped(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let untyped = tag::unspecified(grid.marker);
    let rows = grid.table.rows(&[untyped])?;
    for (row, known) in rows.iter().zip(&grid.rows) {
        same("the cell of the column without a type", &row.first(), &known.get(1))?;
    }
    Ok(())
}

fn columns_again(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let rows = grid.table.rows(&[tag::MID, grid.marker, tag::MID])?;
    for (row, known) in rows.iter().zip(&grid.rows) {
        demand!(row.first() == row.get(2), "one column twice answers two different cells");
        same("the row", &row[..2].to_vec(), &known[..2].to_vec())?;
    }
    same("the number of rows", &rows.len(), &grid.rows.len())?;
    grid.agree("the rows with the old columns", &grid.shown()?, &grid.ids()?)
}

fn contents_cells(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let grid = Grid::new(trial, &root)?;
    for row in &grid.rows {
        let id = crate::conformance::expect::id_in("PidTagMid", row.first().unwrap_or(&Err(E::NotFound)))?;
        let cells = root.open_message(id, false)?.get_properties(&grid.columns)?;
        for ((tag, in_row), in_message) in grid.columns.iter().zip(row).zip(&cells) {
            // A row may leave out what is dear to compute; what it has must be right.
            demand!(
                in_row.is_err() || in_row == in_message,
                "{} of {id} is {in_row:?} in the table and {in_message:?} in the message",
                tag_name(*tag)
            );
        }
    }
    Ok(())
}

fn pages(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let mut added = Vec::new();
    for number in 0..120 {
        added.push(trial.add(&root, &format!("message {number:03}"))?);
    }
    let table = root.open_table(CONTENTS)?;
    table.set_columns(&[tag::MID])?;
    let (mut found, mut start) = (Vec::new(), 0);
    while found.len() <= added.len() {
        let batch = table.query_rows(start, 37)?;
        for cell in &batch.cells {
            found.push(crate::conformance::expect::id_in("PidTagMid", cell)?);
        }
        start += batch.row_count;
        if batch.at_end || batch.row_count == 0 {
            break;
        }
    }
    found.sort_unstable();
    added.sort_unstable();
    demand!(found == added, "the pages have {} rows, and there are {}", found.len(), added.len());
    Ok(())
}

fn two_tables(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let first = Grid::new(trial, &root)?;
    let second = Grid::read(trial, &root)?;
    let name = some_name(&first)?;
    first.table.set_restriction(Some(is(first.marker, &name)))?;
    second.agree("the other table", &second.shown()?, &second.ids()?)?;
    let right = first.expected(&is(first.marker, &name))?.unwrap_or_default();
    first.agree("the restricted table", &first.shown()?, &right)
}
