//! TA: sort orders (MS-OXCDATA 2.13), by themselves and together with restrictions.

use super::*;

pub(super) fn sortable(grid: &Grid) -> Vec<PropertyTag> {
    grid.of_types(&[T::Integer16, T::Integer32, T::Integer64, T::Floating64, T::Boolean, T::Time, T::String])
}

pub(super) fn sorted(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    for tag in sortable(&grid) {
        for direction in DIRECTIONS {
            grid.sort(by(vec![key(tag, direction)]))?;
        }
    }
    Ok(())
}

pub(super) fn both(trial: &Trial<'_>) -> Done {
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

pub(super) fn missing_cells(trial: &Trial<'_>) -> Done {
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

pub(super) fn several_keys(trial: &Trial<'_>) -> Done {
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

pub(super) fn random_orders(trial: &Trial<'_>) -> Done {
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

pub(super) fn hierarchy_view(trial: &Trial<'_>) -> Done {
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
