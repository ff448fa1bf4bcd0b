//! Names that are fit to be seen, and unique in their folder. They came from guests.

use std::collections::{HashMap, HashSet};

/// The longest name of a folder, in characters.
pub(crate) const NAME_CHARS_MAX: usize = 255;

/// The text without control characters and without blanks around it, cut to the longest that a name may be.
pub(crate) fn clean(text: &str) -> String {
    let plain: String =
        text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    plain.trim().chars().take(NAME_CHARS_MAX).collect::<String>().trim_end().to_owned()
}

/// What two names must differ in: upper and lower case are the same.
pub(crate) fn identity(name: &str) -> String {
    name.to_lowercase()
}

/// The names that are taken in one folder.
#[derive(Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    /// The number to try next for a name that was not free.
    next: HashMap<String, u32>,
}

impl Names {
    /// Takes a name, and returns whether it was free.
    pub(super) fn claim(&mut self, name: &str) -> bool {
        self.taken.insert(identity(name))
    }

    /// Takes the name, or, if it is not free, the first free one of `X (1)`, `X (2)` and so on.
    pub(super) fn unique(&mut self, base: &str) -> String {
        if self.claim(base) {
            return base.to_owned();
        }
        let next = self.next.entry(identity(base)).or_insert(1);
        loop {
            let suffix = format!(" ({next})");
            *next += 1;
            let kept: String = base.chars().take(NAME_CHARS_MAX - suffix.len()).collect();
            let name = kept.trim_end().to_owned() + &suffix;
            if self.taken.insert(identity(&name)) {
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_control_characters_and_at_most_255_characters() {
        assert_eq!(clean(" a\u{1b}[2J\nb\0 "), "a [2J b");
        assert_eq!(clean("\n\t"), "");
        assert_eq!(clean(&"ü".repeat(9_000)).chars().count(), NAME_CHARS_MAX);
    }

    #[test]
    fn names_are_unique_whatever_their_case_and_length() {
        let mut names = Names::default();
        assert!(names.claim("Work (1)"));
        assert_eq!(["Work", "work", "WORK"].map(|name| names.unique(name)), ["Work", "work (2)", "WORK (3)"]);
        let long = "x".repeat(NAME_CHARS_MAX);
        let all: HashSet<String> = (0..1_000).map(|_| names.unique(&long)).collect();
        assert_eq!(all.len(), 1_000);
        assert!(all.iter().all(|name| name.chars().count() <= NAME_CHARS_MAX));
    }
}
