//! TA: tables (MS-OXCTABL): columns, rows, restrictions, sort orders, find-row.

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

fn restricted_numbers(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let name = some_name(&grid)?;
    let restriction = vec![compare(Relop::Ne, grid.marker, V::Text(name))];
    let expected = grid.expected(&restriction)?.unwrap_or_default();
    grid.table.set_restriction(Some(restriction))?;
    same("the row count", &grid.table.row_count()?, &u32::try_from(expected.len()).unwrap_or(u32::MAX))?;
    for (number, id) in (0..).zip(&expected) {
        let batch = grid.table.query_rows(number, 1)?;
        let found = batch.cells.first().cloned().unwrap_or(Err(E::NotFound));
        same(&format!("row {number}"), &found, &Ok(V::Integer64(id.0.cast_signed())))?;
    }
    Ok(())
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

fn restriction_cleared(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let name = some_name(&grid)?;
    grid.table.set_restriction(Some(is(grid.marker, &name)))?;
    let one = grid.shown()?;
    demand!(one.len() < grid.rows.len(), "the restriction hides no row");
    grid.table.find_row(0, Direction::Forward, vec![N::Exists(tag::MID)])?;
    grid.agree("the view after find-row", &grid.shown()?, &one)?;
    grid.table.set_restriction(None)?;
    grid.agree("the view without a restriction", &grid.shown()?, &grid.ids()?)
}

fn relops(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let types =
        [T::Integer16, T::Integer32, T::Integer64, T::Floating64, T::Boolean, T::Time, T::String, T::Binary];
    let mut tried = 0;
    for tag in grid.of_types(&types) {
        for value in grid.values(tag).into_iter().take(3) {
            for op in RELOPS {
                grid.restrict(vec![compare(op, tag, value.clone())])?;
                tried += 1;
            }
        }
    }
    demand!(tried > 0, "there is no column to compare");
    Ok(())
}

fn content(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let name = some_name(&grid)?;
    let mut parts: Vec<String> = vec![name.clone(), name.to_uppercase(), "zzz".into(), String::new()];
    parts.push(name.chars().take(3).collect());
    parts.push(name.chars().skip(1).take(3).collect());
    parts.push(name.chars().skip(1).take(3).collect::<String>().to_uppercase());
    for part in parts {
        for kind in [MatchKind::FullString, MatchKind::Substring, MatchKind::Prefix] {
            for options in [MatchFlags::empty(), MatchFlags::IGNORE_CASE] {
                grid.restrict(vec![contains(grid.marker, &part, kind, options)])?;
            }
        }
    }
    Ok(())
}

fn bits_and_existence(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    for tag in grid.of_types(&[T::Integer32]) {
        for mask in [0x1, 0x2, 0x3, 0x8000_0000, 0xFFFF_FFFF] {
            for non_zero in [true, false] {
                grid.restrict(vec![N::Bitmask(BitmaskMatch { non_zero, tag, mask })])?;
            }
        }
    }
    for tag in grid.columns.clone() {
        grid.restrict(vec![N::Exists(tag)])?;
    }
    grid.restrict(vec![N::Exists(tag::own(0x7F, 0x001F))])
}

fn sortable(grid: &Grid) -> Vec<PropertyTag> {
    grid.of_types(&[T::Integer16, T::Integer32, T::Integer64, T::Floating64, T::Boolean, T::Time, T::String])
}

const DIRECTIONS: [SortDirection; 2] = [SortDirection::Ascending, SortDirection::Descending];

fn sorted(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    for tag in sortable(&grid) {
        for direction in DIRECTIONS {
            grid.sort(by(vec![key(tag, direction)]))?;
        }
    }
    Ok(())
}

fn too_complex(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let name = some_name(&grid)?;
    let all = grid.ids()?;
    let regex = vec![compare(Relop::Regex, grid.marker, V::Text(format!("^{name}$")))];
    let shown = (|| {
        grid.table.set_restriction(Some(regex))?;
        grid.shown()
    })();
    match shown {
        // Whoever can do it may.
        Ok(shown) => {
            let right = grid.expected(&is(grid.marker, &name))?.unwrap_or_default();
            grid.agree("a regular expression", &shown, &right)?;
        }
        refusal => refused("a regular expression", refusal, &[E::TooComplex])?,
    }
    grid.table.set_restriction(None)?;
    grid.agree("the view after the refusal", &grid.shown()?, &all)
}

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

fn nested(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let names = grid.values(grid.marker);
    let at = |number: usize| compare(Relop::Eq, grid.marker, names.get(number).cloned().unwrap_or(V::Null));
    let less = compare(Relop::Lt, grid.marker, names.first().cloned().unwrap_or(V::Null));
    grid.restrict(vec![N::AllOf(vec![])])?;
    grid.restrict(vec![N::AnyOf(vec![])])?;
    grid.restrict(vec![N::Negate(1), at(0)])?;
    grid.restrict(vec![N::Negate(1), N::Negate(2), at(1)])?;
    grid.restrict(vec![N::AnyOf(vec![1, 2]), at(0), at(1)])?;
    grid.restrict(vec![N::AllOf(vec![1, 2]), less.clone(), N::Negate(3), at(1)])?;
    grid.restrict(vec![N::AnyOf(vec![1, 2]), N::AllOf(vec![3, 4]), at(0), less, N::Negate(5), at(1)])?;
    // As deep as a backend may see it.
    let mut deep: Vec<_> = (1..60).map(N::Negate).collect();
    deep.push(at(0));
    grid.restrict(deep)
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

fn both(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let restriction = vec![compare(Relop::Ne, grid.marker, V::Text(some_name(&grid)?))];
    let order = by(vec![key(grid.marker, SortDirection::Descending)]);
    let right = grid.sorted(&grid.expected(&restriction)?.unwrap_or_default(), &order)?;
    grid.table.set_restriction(Some(restriction.clone()))?;
    grid.table.set_sort_order(Some(order.clone()))?;
    grid.agree("restricted, then sorted", &grid.shown()?, &right)?;
    grid.table.set_restriction(None)?;
    grid.agree("sorted", &grid.shown()?, &grid.sorted(&grid.ids()?, &order)?)?;
    grid.table.set_restriction(Some(restriction))?;
    grid.agree("sorted, then restricted", &grid.shown()?, &right)
}

fn missing_cells(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let has_gaps = |tag: &PropertyTag| {
        let at = grid.columns.iter().position(|column| column == tag);
        at.is_some_and(|at| grid.rows.iter().any(|row| row.get(at).is_some_and(Result::is_err)))
    };
    let gaps: Vec<_> = sortable(&grid).into_iter().filter(has_gaps).collect();
    if gaps.is_empty() {
        return Err(Stop::NotClaimed("every item has every property".into()));
    }
    for tag in gaps {
        for direction in DIRECTIONS {
            grid.sort(by(vec![key(tag, direction)]))?;
        }
    }
    Ok(())
}

fn several_keys(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let tags = sortable(&grid);
    for (number, first) in tags.iter().enumerate() {
        for second in tags.iter().skip(number + 1).take(2) {
            let keys = vec![key(*first, SortDirection::Descending), key(*second, SortDirection::Ascending)];
            grid.sort(by(keys))?;
        }
    }
    grid.sort(by(Vec::new()))
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

fn sizes_and_pairs(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    // Of texts, the standard leaves open whether the size counts the terminating zero.
    for tag in grid.of_types(&[T::Integer32, T::Integer64, T::Binary, T::Boolean]) {
        for size in [0, 3, 4, 8] {
            for op in RELOPS {
                grid.restrict(vec![N::Size(SizeMatch { op, tag, size })])?;
            }
        }
    }
    let numbers = grid.of_types(&[T::Integer32]);
    let texts = grid.of_types(&[T::String]);
    for tags in [numbers, texts] {
        for pair in tags.windows(2) {
            for op in RELOPS {
                grid.restrict(vec![N::Compare(CompareMatch { op, left: pair[0], right: pair[1] })])?;
            }
        }
    }
    Ok(())
}

fn comments(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let inner = is(grid.marker, &some_name(&grid)?).remove(0);
    let values = vec![property(tag::SUBJECT, V::Text("what a client notes here".into()))];
    grid.restrict(vec![N::Comment(CommentNode { values: values.clone(), child: Some(1) }), inner])?;
    grid.restrict(vec![N::Comment(CommentNode { values, child: None })])
}

fn absent(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let absent = tag::own(0x7F, 0x0003);
    for op in RELOPS {
        grid.restrict(vec![compare(op, absent, V::Integer32(0))])?;
        grid.restrict(vec![N::Negate(1), compare(op, absent, V::Integer32(0))])?;
    }
    let none = V::Text(String::new());
    let content = ContentMatch {
        tag: tag::own(0x7F, 0x001F),
        value: none,
        kind: MatchKind::Substring,
        options: MatchFlags::empty(),
    };
    grid.restrict(vec![N::Content(content)])?;
    grid.restrict(vec![N::Bitmask(BitmaskMatch { non_zero: false, tag: absent, mask: 1 })])
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

/// A restriction of a few nodes over the grid's own values.
fn random_node(dice: &mut Dice, grid: &Grid, tags: &[PropertyTag], depth: usize, nodes: &mut Vec<N>) -> u32 {
    let at = nodes.len();
    nodes.push(N::AllOf(Vec::new()));
    let child = |dice: &mut Dice, nodes: &mut Vec<N>| random_node(dice, grid, tags, depth - 1, nodes);
    let tag = dice.one_of(tags).copied().unwrap_or(tag::MID);
    let values = grid.values(tag);
    let value = dice.one_of(&values).cloned().unwrap_or(V::Integer32(0));
    let choices = if depth == 0 { 3 } else { 6 };
    let node = match dice.below(choices) {
        0 => N::Exists(tag),
        1 | 2 => match (value, dice.below(2)) {
            (V::Text(text), 0) => {
                let length = dice.below(4) + 1;
                let part: String = text.chars().take(length).collect();
                let kind = [MatchKind::FullString, MatchKind::Substring, MatchKind::Prefix][dice.below(3)];
                contains(tag, &part, kind, MatchFlags::IGNORE_CASE)
            }
            (value, _) => compare(RELOPS[dice.below(6)], tag, value),
        },
        3 => N::Negate(child(dice, nodes)),
        4 => N::AllOf((0..=dice.below(3)).map(|_| child(dice, nodes)).collect()),
        _ => N::AnyOf((0..=dice.below(3)).map(|_| child(dice, nodes)).collect()),
    };
    nodes[at] = node;
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn random_restrictions(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let types = [
        T::Integer16,
        T::Integer32,
        T::Floating64,
        T::Boolean,
        T::Time,
        T::String,
        T::Binary,
        T::MultipleInteger32,
    ];
    let tags = grid.of_types(&types);
    let mut dice = Dice(30);
    for _ in 0..60 {
        let mut nodes = Vec::new();
        random_node(&mut dice, &grid, &tags, 3, &mut nodes);
        grid.restrict(nodes)?;
    }
    Ok(())
}

fn random_orders(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let tags = sortable(&grid);
    let mut dice = Dice(31);
    for _ in 0..40 {
        let mut keys: Vec<SortKey> = Vec::new();
        for _ in 0..=dice.below(3) {
            let tag = dice.one_of(&tags).copied().unwrap_or(grid.marker);
            if !keys.iter().any(|key| key.tag == tag) {
                keys.push(key(tag, DIRECTIONS[dice.below(2)]));
            }
        }
        grid.sort(by(keys))?;
    }
    Ok(())
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

fn sub_recipients(trial: &Trial<'_>) -> Done {
    use crate::bindings::mapistore::backend::types::RecipientKind::{Cc, To};
    use crate::conformance::sample::recipients;
    let (_context, root) = trial.start()?;
    let mut ids = Vec::new();
    for rows in [
        &[(To, "Anna", "anna@example.org")][..],
        &[],
        &[(Cc, "Boris", "boris@example.org"), (To, "Carla", "c@example.org")],
    ] {
        let message = trial.compose(&root, &format!("to {}", rows.len()))?;
        or_code(message.set_recipients(recipients(rows)), &[E::NotImplemented])?
            .ok_or_else(|| Stop::NotClaimed("its items have no recipients".into()))?;
        message.save(false)?;
        ids.push(message.id);
    }
    let table = root.open_table(CONTENTS)?;
    let with = |name: &str| {
        vec![
            N::Sub(SubMatch { object: SubObject::Recipients, child: 1 }),
            contains(tag::DISPLAY_NAME, name, MatchKind::FullString, MatchFlags::IGNORE_CASE),
        ]
    };
    for (name, expected) in [("Anna", vec![ids[0]]), ("boris", vec![ids[2]]), ("Nobody", Vec::new())] {
        let shown = (|| {
            table.set_restriction(Some(with(name)))?;
            trial.ids_in(&table, CONTENTS)
        })();
        let Some(shown) = or_code(shown, &[E::TooComplex])? else {
            return Err(Stop::NotClaimed("neither it nor the host looks at recipients: too-complex".into()));
        };
        same(&format!("the messages to {name}"), &shown, &expected)?;
    }
    Ok(())
}

fn counted(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let all = grid.ids()?;
    for count in [0, 1, 3, 1000] {
        let restriction = vec![N::Count(CountNode { count, child: 1 }), N::Exists(tag::MID)];
        let shown = (|| {
            grid.table.set_restriction(Some(restriction))?;
            grid.shown()
        })();
        let Some(shown) = or_code(shown, &[E::TooComplex])? else {
            return Err(Stop::NotClaimed("neither it nor the host counts: too-complex".into()));
        };
        let expected = &all[..all.len().min(count as usize)];
        grid.agree(&format!("the first {count} rows"), &shown, expected)?;
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

fn hierarchy_view(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let mut ids = Vec::new();
    for name in ["charlie", "alpha", "bravo", "alpine"] {
        ids.push(trial.add_folder(&root, name)?.id);
    }
    let table = root.open_table(TableKind::Hierarchy)?;
    table.set_sort_order(Some(by(vec![key(tag::DISPLAY_NAME, SortDirection::Descending)])))?;
    let listed = trial.ids_in(&table, TableKind::Hierarchy)?;
    same("the folders by name, descending", &listed, &vec![ids[0], ids[2], ids[3], ids[1]])?;
    table.set_restriction(Some(begins(tag::DISPLAY_NAME, "al")))?;
    let listed = trial.ids_in(&table, TableKind::Hierarchy)?;
    same("those that begin with `al`", &listed, &vec![ids[3], ids[1]])
}

fn nothing_and_everything(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    grid.table.set_restriction(Some(is(grid.marker, "no item is called so")))?;
    grid.agree("a name that no row has", &grid.shown()?, &[])?;
    same("the row count", &grid.table.row_count()?, &0)?;
    grid.table.set_restriction(Some(vec![N::Exists(tag::MID)]))?;
    grid.agree("what every row has", &grid.shown()?, &grid.ids()?)?;
    let malformed = grid.table.set_restriction(Some(vec![N::Negate(7)]));
    demand!(
        matches!(malformed, Err(Stop::Call(CallError::InvalidArgument { .. }))),
        "a malformed restriction reached the backend"
    );
    grid.agree("the view after it", &grid.shown()?, &grid.ids()?)?;
    let ids: Vec<Fmid> = grid.ids()?;
    demand!(!ids.is_empty(), "there are no rows");
    Ok(())
}
