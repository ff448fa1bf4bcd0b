//! A folder of varied items, and what the host's own evaluation says that a table of them has to show.
//!
//! A restriction is not compared with what was written but with the cells that the unrestricted table answers: so it
//! applies to backends of every kind, whatever of an item they keep.

use std::fmt::Write;

use super::expect::{Done, Stop, demand, id_in, or_code};
use super::handles::{Folder, Table};
use super::sample;
use super::tag;
use super::trial::{Trial, property, text};
use super::wave::Wave;
use crate::bindings::mapistore::backend::types::{
    Capabilities as C, Cell, ErrorCode as E, PropertyTag, PropertyValue as V, RecipientKind, RestrictionNode,
    SortOrder, TableKind,
};
use crate::index::Fmid;
use crate::property::{self, ColumnRow, EvaluateError, PropertyType};

/// Names in the order of every collation, some of them the beginning of another.
const NAMES: [&str; 12] = [
    "golf",
    "alpha",
    "delta two",
    "hotel",
    "alpha beta",
    "charlie",
    "echo",
    "delta one",
    "bravo",
    "foxtrot",
    "india",
    "juliett",
];

/// See the module.
pub(super) struct Grid {
    pub(super) table: Table,
    /// Columns with values to compare, PidTagMid first.
    pub(super) columns: Vec<PropertyTag>,
    /// The unrestricted rows, in their natural order.
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) marker: PropertyTag,
}

/// Random numbers that are the same for the same seed (SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end.max(1) as u64).unwrap_or(0)
    }

    pub(super) fn one_of<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

/// Fills a folder with items that differ in everything that the backend stores; of a backend that only reads, takes what is
/// there.
pub(super) fn fill(trial: &Trial<'_>, folder: &Folder) -> Done {
    if !trial.claims(C::WRITE_MESSAGES) {
        return Ok(());
    }
    for (number, name) in (0_u32..).zip(NAMES) {
        let message = trial.compose(folder, name)?;
        let signed = number.cast_signed();
        let mut values = vec![
            property(tag::IMPORTANCE, V::Integer32(signed % 3)),
            property(
                tag::CLIENT_SUBMIT_TIME,
                V::Time(sample::TIME + u64::from(number * 7 % 12) * sample::HOUR),
            ),
            property(tag::own(1, 0x0002), V::Integer16(i16::try_from(number % 4).unwrap_or(0))),
            property(tag::own(2, 0x0005), V::Floating64(f64::from(number % 5) / 4.0)),
            property(tag::own(3, 0x0014), V::Integer64(i64::from(number) - 6)),
            property(tag::own(4, 0x000B), V::Boolean(number % 2 == 0)),
            property(tag::own(5, 0x1003), V::MultipleInteger32(vec![signed, signed % 5])),
            property(tag::own(6, 0x0102), V::Binary(vec![7; usize::try_from(number % 6).unwrap_or(0)])),
        ];
        if number % 3 != 1 {
            values.push(property(tag::SENSITIVITY, V::Integer32(signed % 4)));
            values.push(property(tag::FLAG_STATUS, V::Integer32(2)));
            values.push(text(tag::IN_REPLY_TO_ID, &format!("<{}@example.org>", number % 4)));
            values.push(text(tag::COMPANY_NAME, NAMES[(number as usize * 5) % NAMES.len()]));
        }
        // What is not stored shows in the cells; here it does not matter.
        message.set_properties(values)?;
        if number % 4 == 0 {
            let to = sample::recipients(&[(RecipientKind::To, "Anna", "anna@example.org")]);
            or_code(message.set_recipients(to), &[E::NotImplemented])?;
        }
        message.save(false)?;
    }
    Ok(())
}

impl Grid {
    /// Fills a folder and reads its contents table.
    pub(super) fn new(trial: &Trial<'_>, folder: &Folder) -> Done<Self> {
        fill(trial, folder)?;
        Self::read(trial, folder)
    }

    /// Reads the contents table of a folder.
    pub(super) fn read(trial: &Trial<'_>, folder: &Folder) -> Done<Self> {
        let table = folder.open_table(TableKind::Contents)?;
        let marker = trial.marker()?;
        let mut columns = vec![tag::MID, marker];
        let own = [(1, 0x0002), (2, 0x0005), (3, 0x0014), (4, 0x000B), (5, 0x1003), (6, 0x0102)];
        let candidates = [
            tag::IMPORTANCE,
            tag::CLIENT_SUBMIT_TIME,
            tag::SENSITIVITY,
            tag::FLAG_STATUS,
            tag::IN_REPLY_TO_ID,
            tag::COMPANY_NAME,
            tag::HAS_ATTACHMENTS,
            tag::MESSAGE_FLAGS,
            tag::MESSAGE_CLASS,
            tag::CHANGE_KEY,
        ];
        columns.extend(candidates);
        columns.extend(own.map(|(number, kind)| tag::own(number, kind)));
        let rows = table.rows(&columns)?;
        if rows.len() < 2 {
            return Err(Stop::NotClaimed("there are no messages to filter and sort".into()));
        }
        // Without a value in any row there is nothing to see of a column.
        let useful: Vec<usize> = (0..columns.len())
            .filter(|at| *at < 2 || rows.iter().any(|row| row.get(*at).is_some_and(Result::is_ok)))
            .collect();
        let columns: Vec<_> = useful.iter().filter_map(|at| columns.get(*at).copied()).collect();
        let rows = table.rows(&columns)?;
        Ok(Self { table, columns, rows, marker })
    }

    /// The columns whose values are of one of these types.
    pub(super) fn of_types(&self, types: &[PropertyType]) -> Vec<PropertyTag> {
        let wanted = |tag: &&PropertyTag| {
            **tag != tag::MID && PropertyType::from_tag(**tag).is_some_and(|kind| types.contains(&kind))
        };
        self.columns.iter().filter(wanted).copied().collect()
    }

    /// The different values of a column.
    pub(super) fn values(&self, tag: PropertyTag) -> Vec<V> {
        let Some(at) = self.columns.iter().position(|column| *column == tag) else { return Vec::new() };
        let mut values = Vec::new();
        for value in self.rows.iter().filter_map(|row| row.get(at)?.as_ref().ok()) {
            if !values.contains(value) && !matches!(value, V::Deferred(_)) {
                values.push(value.clone());
            }
        }
        values
    }

    fn row<'a>(&'a self, cells: &'a [Cell]) -> ColumnRow<'a> {
        ColumnRow { columns: &self.columns, cells }
    }

    fn id(cells: &[Cell]) -> Done<Fmid> {
        id_in("PidTagMid", cells.first().unwrap_or(&Err(E::NotFound)))
    }

    /// The ids of the rows that satisfy a restriction, in the natural order; none where the host cannot say.
    pub(super) fn expected(&self, restriction: &[RestrictionNode]) -> Done<Option<Vec<Fmid>>> {
        let mut ids = Vec::new();
        for cells in &self.rows {
            match property::matches(restriction, &self.row(cells)) {
                Ok(true) => ids.push(Self::id(cells)?),
                Ok(false) => {}
                Err(EvaluateError::Unsupported { .. } | EvaluateError::Deferred { .. }) => return Ok(None),
                Err(error) => return Err(Stop::Host(error.to_string())),
            }
        }
        Ok(Some(ids))
    }

    /// The ids in this sort order.
    pub(super) fn sorted(&self, ids: &[Fmid], order: &SortOrder) -> Done<Vec<Fmid>> {
        let mut rows = Vec::new();
        for cells in &self.rows {
            let id = Self::id(cells)?;
            if ids.contains(&id) {
                rows.push((id, cells));
            }
        }
        rows.sort_by(|(_, a), (_, b)| property::compare_rows(order, &self.row(a), &self.row(b)));
        Ok(rows.into_iter().map(|(id, _)| id).collect())
    }

    /// All ids, in the natural order.
    pub(super) fn ids(&self) -> Done<Vec<Fmid>> {
        self.rows.iter().map(|cells| Self::id(cells)).collect()
    }

    /// What the table shows now.
    pub(super) fn shown(&self) -> Done<Vec<Fmid>> {
        let rows = self.table.rows(&self.columns)?;
        rows.iter().map(|cells| Self::id(cells)).collect()
    }

    /// The marker of a row, for people.
    fn name(&self, id: Fmid) -> String {
        let row = self.rows.iter().find(|cells| Self::id(cells).is_ok_and(|found| found == id));
        match row.and_then(|cells| cells.get(1)) {
            Some(Ok(V::Text(text))) => text.clone(),
            _ => id.to_string(),
        }
    }

    /// Demands that two lists of rows are the same.
    pub(super) fn agree(&self, what: &str, shown: &[Fmid], expected: &[Fmid]) -> Done {
        if shown == expected {
            return Ok(());
        }
        let list = |ids: &[Fmid]| {
            let mut text = String::new();
            for id in ids {
                let _ = write!(text, "{}{}", if text.is_empty() { "" } else { ", " }, self.name(*id));
            }
            text
        };
        Err(Stop::Failed(format!(
            "{what}: the table shows [{}], and [{}] is right",
            list(shown),
            list(expected)
        )))
    }

    /// Restricts the table, demands the right rows, and takes the restriction away again.
    pub(super) fn restrict(&self, restriction: Vec<RestrictionNode>) -> Done {
        let Some(expected) = self.expected(&restriction)? else { return Ok(()) };
        let what = format!("the restriction {}", restriction.wave());
        self.table.set_restriction(Some(restriction))?;
        let shown = self.shown()?;
        self.agree(&what, &shown, &expected)?;
        let count = self.table.row_count()?;
        demand!(
            usize::try_from(count).ok() == Some(expected.len()),
            "{what}: the row count is {count}, and {} is right",
            expected.len()
        );
        self.table.set_restriction(None)
    }

    /// Sorts the table, demands the right order, and takes it away again.
    pub(super) fn sort(&self, order: SortOrder) -> Done {
        let expected = self.sorted(&self.ids()?, &order)?;
        let what = format!("the sort order {}", order.wave());
        self.table.set_sort_order(Some(order))?;
        let shown = self.shown()?;
        self.agree(&what, &shown, &expected)?;
        self.table.set_sort_order(None)
    }
}
