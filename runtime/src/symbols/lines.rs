//! Which place of the source an instruction comes from: sorted rows, and places that say into which other place they were
//! inlined. Made of a component's DWARF once; what is read of it later is numbers and names.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::dwarf;

/// The most rows that are kept: a component with more has no lines for the code at its end. A debug build of ten thousand lines of Rust
/// has about a hundred thousand.
pub(super) const ROWS_MAX: usize = 1 << 20;
/// How many functions may be inlined in one another.
pub(super) const INLINED_MAX: usize = 32;

/// See the module.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lines {
    /// Names of functions and files.
    names: Vec<String>,
    places: Vec<Place>,
    /// From which offset in the component on which place holds; none where nothing is known.
    rows: Vec<(u32, Option<u32>)>,
}

/// A line of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Place {
    function: Option<u32>,
    file: Option<u32>,
    line: u32,
    /// Where the function was inlined.
    caller: Option<u32>,
}

/// A line of the source, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Site {
    pub(super) function: Option<String>,
    pub(super) file: Option<String>,
    pub(super) line: u32,
}

impl Lines {
    /// Reads the DWARF of a component; none if it has none of use. For a process that may be lost over it.
    pub(crate) fn of_component(component: &[u8]) -> Option<Self> {
        dwarf::read(component)
    }

    /// What [`to_bytes`](Self::to_bytes) made. What it says is not believed: an index that leads nowhere is no place.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    pub(crate) fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// The places of an instruction, the innermost first, and what each was inlined in after it.
    pub(super) fn at(&self, offset: usize) -> Vec<Site> {
        let row = self.rows.partition_point(|(start, _)| *start as usize <= offset).checked_sub(1);
        let mut next = row.and_then(|row| self.rows.get(row)).and_then(|(_, place)| *place);
        let mut sites = Vec::new();
        while let Some(place) = next.and_then(|index| self.places.get(index as usize))
            && sites.len() < INLINED_MAX
        {
            let name = |index: Option<u32>| self.names.get(index? as usize).cloned();
            sites.push(Site { function: name(place.function), file: name(place.file), line: place.line });
            next = place.caller;
        }
        sites
    }
}

/// Makes a table, row by row in any order.
#[derive(Default)]
pub(super) struct Builder {
    lines: Lines,
    names: HashMap<String, u32>,
    places: HashMap<Place, u32>,
}

impl Builder {
    /// Whether there is no room for more.
    pub(super) fn is_full(&self) -> bool {
        self.lines.rows.len() >= ROWS_MAX
    }

    /// From `offset` on the code comes from the first of `sites`, which was inlined in the second, and so on.
    pub(super) fn begin(&mut self, offset: u32, sites: Vec<Site>) {
        let place = sites.into_iter().rev().fold(None, |caller, site| {
            let (function, file) = (site.function.map(|n| self.name(n)), site.file.map(|n| self.name(n)));
            Some(self.place(Place { function, file, line: site.line, caller }))
        });
        self.lines.rows.push((offset, place));
    }

    fn name(&mut self, name: String) -> u32 {
        index_of(&mut self.names, &mut self.lines.names, name)
    }

    fn place(&mut self, place: Place) -> u32 {
        index_of(&mut self.places, &mut self.lines.places, place)
    }

    /// The table; none if nothing is known.
    pub(super) fn finish(self) -> Option<Lines> {
        let mut lines = self.lines;
        // Where one piece of code ends and the next begins, what begins holds: it comes later, or is known.
        lines.rows.sort_by_key(|(offset, place)| (*offset, place.is_some()));
        lines.rows.reverse();
        lines.rows.dedup_by_key(|(offset, _)| *offset);
        lines.rows.reverse();
        lines.rows.dedup_by_key(|(_, place)| *place);
        lines.rows.iter().any(|(_, place)| place.is_some()).then_some(lines)
    }
}

/// The index of a value, which is added if it is new. There are fewer than 2^32: each row brings a few at most.
fn index_of<T: Clone + Eq + std::hash::Hash>(known: &mut HashMap<T, u32>, all: &mut Vec<T>, value: T) -> u32 {
    if let Some(index) = known.get(&value) {
        return *index;
    }
    let index = u32::try_from(all.len()).unwrap_or(u32::MAX);
    all.push(value.clone());
    known.insert(value, index);
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(function: &str, line: u32) -> Site {
        Site { function: Some(function.into()), file: Some("src/lib.rs".into()), line }
    }

    #[test]
    fn an_instruction_has_the_place_that_began_last_before_it() {
        let mut builder = Builder::default();
        builder.begin(40, vec![site("g", 7)]);
        builder.begin(10, vec![site("inner", 3), site("f", 2)]);
        builder.begin(20, Vec::new());
        let lines = builder.finish().unwrap();
        assert!(lines.at(9).is_empty());
        assert_eq!(lines.at(10), [site("inner", 3), site("f", 2)]);
        assert_eq!(lines.at(19), lines.at(10));
        assert!(lines.at(20).is_empty() && lines.at(39).is_empty());
        assert_eq!(lines.at(4000), [site("g", 7)]);
        assert_eq!(Lines::parse(&lines.to_bytes().unwrap()), Some(lines));
    }

    #[test]
    fn code_that_begins_where_other_ends_has_its_own_place() {
        for order in [[0, 1], [1, 0]] {
            let mut builder = Builder::default();
            for which in order {
                builder.begin(8, if which == 0 { vec![site("f", 1)] } else { Vec::new() });
            }
            assert_eq!(builder.finish().unwrap().at(8), [site("f", 1)]);
        }
    }

    #[test]
    fn a_table_that_lies_leads_nowhere() {
        let rows = r#"{"names":["f"],"places":[{"function":9,"file":null,"line":1,"caller":0}],"rows":[[0,0],[5,77]]}"#;
        let lines = Lines::parse(rows.as_bytes()).unwrap();
        assert_eq!(lines.at(1), vec![Site { line: 1, ..Site::default() }; INLINED_MAX]);
        assert!(lines.at(5).is_empty());
        assert_eq!(Lines::parse(b"{"), None);
    }

    #[test]
    fn nothing_known_is_no_table() {
        let mut builder = Builder::default();
        builder.begin(1, Vec::new());
        assert_eq!(builder.finish(), None);
    }
}
