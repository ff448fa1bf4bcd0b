//! NP: named properties (MS-OXCPRPT 2.2.12): the host keeps the names, the backend the values.

use crate::bindings::mapistore::backend::types::{
    Capabilities as C, PropertyMatch, PropertyTag, PropertyValue as V, Relop, RestrictionNode as N, TableKind,
};
use crate::conformance::behaviour::Behaviour;
use crate::conformance::expect::{Done, Stop, demand, same};
use crate::conformance::handles::{Folder, Message};
use crate::conformance::sample::{self, PS_PUBLIC_STRINGS};
use crate::conformance::trial::{Made, Trial, text};
use crate::index::{NamedProperty, Owner};

const WRITE: &[C] = &[C::WRITE_MESSAGES];
/// A property set of nobody's.
const OWN_SET: u128 = 0x5F2C_B1A0_6D3E_4B58_9C07_1122_3344_5566;

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
    b("NP-01", "Numbered and text names get ids from 0x8000 on, each name its own, always the same.", &[], ids),
    b("NP-02", "An id is given its name back, and an unknown one none.", &[], names),
    b("NP-03", "A named property that was set without a problem is read back under the same tag.", WRITE, round_trip),
    b("NP-04", "Two names are two properties, even with one number in two sets.", WRITE, kept_apart),
    b("NP-05", "A named property is a column, and rows are restricted by it.", WRITE, column).or_host(&[C::RESTRICTIONS]),
    b("NP-06", "A named property is there after the context was closed and opened again.", WRITE, reopened),
    b("NP-07", "A name means the same in one mailbox, whatever another mailbox calls by that id.", WRITE, per_owner),
];

fn examples() -> [NamedProperty; 4] {
    [
        sample::lid(OWN_SET, 1),
        sample::lid(PS_PUBLIC_STRINGS, 1),
        sample::named(OWN_SET, "Colour"),
        sample::named(OWN_SET, "colour"),
    ]
}

fn to_ids(trial: &Trial<'_>, names: &[NamedProperty], create: bool) -> Done<Vec<Option<u16>>> {
    let owner = Owner::parse(trial.owner.as_str()).map_err(|error| Stop::Host(error.to_string()))?;
    let ids = trial.kit.runtime.index().named_to_ids(&owner, names, create);
    ids.map_err(|error| Stop::Host(error.to_string()))
}

fn ids(trial: &Trial<'_>) -> Done {
    same("unknown names", &to_ids(trial, &examples(), false)?, &vec![None; 4])?;
    let given = to_ids(trial, &examples(), true)?;
    let mut known: Vec<u16> = given.iter().copied().flatten().collect();
    demand!(known.iter().all(|id| *id >= 0x8000), "an id is below 0x8000: {known:?}");
    known.sort_unstable();
    known.dedup();
    same("the number of different ids", &known.len(), &4)?;
    same("the ids, asked for again", &to_ids(trial, &examples(), true)?, &given)?;
    same("the ids, not to be made", &to_ids(trial, &examples(), false)?, &given)
}

fn names(trial: &Trial<'_>) -> Done {
    let given: Vec<u16> = to_ids(trial, &examples(), true)?.into_iter().flatten().collect();
    let owner = Owner::parse(trial.owner.as_str()).map_err(|error| Stop::Host(error.to_string()))?;
    let index = trial.kit.runtime.index();
    let names = index.names_of_ids(&owner, &given).map_err(|error| Stop::Host(error.to_string()))?;
    same("the names", &names, &examples().into_iter().map(Some).collect())?;
    let unknown =
        index.names_of_ids(&owner, &[0xFFFE, 0x0037]).map_err(|error| Stop::Host(error.to_string()))?;
    same("the names of unknown ids", &unknown, &vec![None, None])
}

/// A saved message with a named property, if the backend stores one of those that are tried.
fn stored(trial: &Trial<'_>, folder: &Folder, value: &str) -> Done<(Made<Message>, PropertyTag)> {
    // Categories, which calendars and cards have a place for, and a property of nobody's.
    let candidates = [
        (sample::named(OWN_SET, "Colour"), V::Text(value.into())),
        (sample::named(PS_PUBLIC_STRINGS, "Keywords"), V::MultipleText(vec![value.into()])),
    ];
    let message = trial.compose(folder, "with a name")?;
    for (name, value) in candidates {
        let tag = trial.named(&name, sample::type_of(&value))?;
        let property = crate::conformance::trial::property(tag, value);
        if message.set_properties(vec![property])?.is_empty() {
            message.save(false)?;
            return Ok((message, tag));
        }
    }
    Err(Stop::NotClaimed("it stores no named property of those that are tried".into()))
}

fn is_stored(value: &str, cell: &crate::bindings::mapistore::backend::types::Cell) -> Done {
    let fine = match cell {
        Ok(V::Text(text)) => text == value,
        Ok(V::MultipleText(texts)) => texts == &[value.to_owned()],
        _ => false,
    };
    demand!(fine, "the named property is {cell:?}, and was set to {value:?}");
    Ok(())
}

fn round_trip(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, tag) = stored(trial, &root, "ultramarine")?;
    let read = root.open_message(message.id, false)?;
    is_stored("ultramarine", &read.get(tag)?)?;
    let listed = read.list_properties()?;
    demand!(listed.contains(&tag), "the named property is not listed");
    Ok(())
}

fn kept_apart(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "with names")?;
    let mut set = Vec::new();
    for (number, name) in examples().iter().enumerate() {
        let tag = trial.named(name, 0x001F)?;
        let value = format!("value {number}");
        if message.set_properties(vec![text(tag, &value)])?.is_empty() {
            set.push((tag, value));
        }
    }
    if set.len() < 2 {
        return Err(Stop::NotClaimed("it stores no named properties of others' making".into()));
    }
    message.save(false)?;
    let read = root.open_message(message.id, false)?;
    for (tag, value) in set {
        is_stored(&value, &read.get(tag)?)?;
    }
    Ok(())
}

fn column(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (message, tag) = stored(trial, &root, "ultramarine")?;
    trial.add(&root, "without one")?;
    let table = root.open_table(TableKind::Contents)?;
    let rows = table.rows(&[tag])?;
    let with = rows.iter().filter(|row| row.first().is_some_and(Result::is_ok)).count();
    same("the number of rows with a value", &with, &1)?;
    for restriction in [
        vec![N::Exists(tag)],
        vec![N::Property(PropertyMatch { op: Relop::Eq, tag, value: V::Text("ultramarine".into()) })],
    ] {
        if restriction.len() == 1 && tag & 0x1000 != 0 && !matches!(restriction[0], N::Exists(_)) {
            continue;
        }
        table.set_restriction(Some(restriction))?;
        same("the rows", &trial.ids_in(&table, TableKind::Contents)?, &vec![message.id])?;
    }
    Ok(())
}

fn reopened(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let (message, tag) = stored(trial, &root, "ultramarine")?;
    let id = message.id;
    drop(message);
    let (_context, root) = trial.reopen(context, root)?;
    is_stored("ultramarine", &root.open_message(id, false)?.get(tag)?)
}

fn per_owner(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let other = Trial::new(trial.kit, format!("{}-other", trial.owner));
    // The other mailbox has given the first ids to other names.
    other.named(&sample::lid(OWN_SET, 77), 0x001F)?;
    let (_their_context, their_root) = other.start()?;
    let (mine, my_tag) = stored(trial, &root, "mine")?;
    let (theirs, their_tag) = stored(&other, &their_root, "theirs")?;
    is_stored("mine", &root.open_message(mine.id, false)?.get(my_tag)?)?;
    is_stored("theirs", &their_root.open_message(theirs.id, false)?.get(their_tag)?)
}
