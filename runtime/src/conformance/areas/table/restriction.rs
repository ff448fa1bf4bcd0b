//! TA: restrictions (MS-OXCDATA 2.12).

use super::*;

pub(super) fn restricted_numbers(trial: &Trial<'_>) -> Done {
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

pub(super) fn restriction_cleared(trial: &Trial<'_>) -> Done {
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

pub(super) fn relops(trial: &Trial<'_>) -> Done {
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

pub(super) fn content(trial: &Trial<'_>) -> Done {
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

pub(super) fn bits_and_existence(trial: &Trial<'_>) -> Done {
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

pub(super) fn too_complex(trial: &Trial<'_>) -> Done {
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

pub(super) fn nested(trial: &Trial<'_>) -> Done {
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

pub(super) fn sizes_and_pairs(trial: &Trial<'_>) -> Done {
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

pub(super) fn comments(trial: &Trial<'_>) -> Done {
    let grid = grid(trial)?;
    let inner = is(grid.marker, &some_name(&grid)?).remove(0);
    let values = vec![property(tag::SUBJECT, V::Text("what a client notes here".into()))];
    grid.restrict(vec![N::Comment(CommentNode { values: values.clone(), child: Some(1) }), inner])?;
    grid.restrict(vec![N::Comment(CommentNode { values, child: None })])
}

pub(super) fn absent(trial: &Trial<'_>) -> Done {
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

/// A restriction of a few nodes over the grid's own values.
pub(super) fn random_node(
    dice: &mut Dice,
    grid: &Grid,
    tags: &[PropertyTag],
    depth: usize,
    nodes: &mut Vec<N>,
) -> u32 {
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

pub(super) fn random_restrictions(trial: &Trial<'_>) -> Done {
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

pub(super) fn sub_recipients(trial: &Trial<'_>) -> Done {
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

pub(super) fn counted(trial: &Trial<'_>) -> Done {
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

pub(super) fn nothing_and_everything(trial: &Trial<'_>) -> Done {
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
