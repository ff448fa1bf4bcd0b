//! Names of message files: `BASE` in `new`, `BASE:2,FLAGS` in `cur`.
//!
//! Knows how the two halves are written (<https://cr.yp.to/proto/maildir.html>, and Dovecot's keywords in lower
//! case); does not touch the disk. `BASE` is a message's identity: it never changes, while flags come and go.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// What stands between the base name and the flags.
const INFO: &str = ":2,";

/// The flags of a message: letters, each at most once, in ASCII order.
///
/// Letters that we give no meaning to (Dovecot writes keywords as `a` to `z`) are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Flags(String);

impl Flags {
    /// A message that is not finished.
    pub(crate) const DRAFT: char = 'D';
    /// The user's flag (a star, a follow-up).
    pub(crate) const FLAGGED: char = 'F';
    /// The message was resent, forwarded or bounced.
    pub(crate) const PASSED: char = 'P';
    /// The message was replied to.
    pub(crate) const REPLIED: char = 'R';
    /// The message was read.
    pub(crate) const SEEN: char = 'S';

    /// Reads flags from the letters of a file name, in any order.
    pub(crate) fn parse(letters: &str) -> Self {
        let mut sorted: Vec<char> = letters.chars().filter(char::is_ascii_alphabetic).collect();
        sorted.sort_unstable();
        sorted.dedup();
        Self(sorted.into_iter().collect())
    }

    /// Whether `flag` is set.
    pub(crate) fn has(&self, flag: char) -> bool {
        self.0.contains(flag)
    }

    /// The same flags with `flag` set or cleared.
    pub(crate) fn with(&self, flag: char, on: bool) -> Self {
        let mut letters: String = self.0.chars().filter(|&letter| letter != flag).collect();
        if on {
            letters.push(flag);
        }
        Self::parse(&letters)
    }

    /// The same flags without the keywords, whose letters each folder numbers for itself.
    pub(crate) fn without_keywords(&self) -> Self {
        Self(self.0.chars().filter(char::is_ascii_uppercase).collect())
    }

    /// The letters, in order.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a message file, in two halves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileName {
    /// What identifies the message for as long as it exists.
    pub(crate) base: String,
    /// What the name says about it.
    pub(crate) flags: Flags,
}

impl FileName {
    /// Splits a file name. Everything is a name, except what a Maildir reader must skip: a leading dot, or nothing.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if name.starts_with('.') {
            return None;
        }
        // Other programs may have written `:1,` (experimental) or a lone colon: then there are no flags.
        let (base, info) = name.split_once(':').unwrap_or((name, ""));
        let flags = Flags::parse(info.strip_prefix("2,").unwrap_or_default());
        (!base.is_empty()).then(|| Self { base: base.to_owned(), flags })
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{INFO}{}", self.base, self.flags.as_str())
    }
}

/// A base name that no other message has, with the size for readers in a hurry: Dovecot believes it.
pub(crate) fn unique_base(size: u64) -> String {
    format!("{},S={size}", unique())
}

/// A base name for the next revision of a message: the same up to the first comma, so that what belongs together can be told
/// even if the one thing that knows it better, the index, was cut off from the disk in between.
pub(crate) fn next_revision(base: &str, size: u64) -> String {
    let (_, attributes) = base.split_once(',').unwrap_or_default();
    let number =
        attributes.split(',').find_map(|attribute| attribute.strip_prefix("R=")?.parse::<u32>().ok());
    format!("{},S={size},R={}", stem(base), number.unwrap_or(0).saturating_add(1))
}

/// What all revisions of a message have in common.
pub(crate) fn stem(base: &str) -> &str {
    base.split_once(',').map_or(base, |(stem, _)| stem)
}

/// A base name for a copy of a message: what stands behind the first comma (`S=`, `W=`) is true of the copy as well.
pub(crate) fn unique_base_like(base: &str) -> String {
    match base.split_once(',') {
        Some((_, attributes)) => format!("{},{attributes}", unique()),
        None => unique(),
    }
}

/// A name that was never given before: time, microseconds, and a counter.
pub(crate) fn unique() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{}.M{}P{}_{count}.mapistore", now.as_secs(), now.subsec_micros(), process_tag())
}

/// What tells two writers apart that make a name in the same microsecond.
///
/// A guest has no process id, so this is a random number, drawn when it is first needed: never during `init`,
/// where every context would inherit it.
fn process_tag() -> u32 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    static TAG: AtomicU32 = AtomicU32::new(0);
    if TAG.load(Ordering::Relaxed) == 0 {
        let [a, b, c, d, ..] = RandomState::new().build_hasher().finish().to_le_bytes();
        TAG.store(u32::from_le_bytes([a, b, c, d]) | 1, Ordering::Relaxed);
    }
    TAG.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_splits_into_base_and_flags_and_comes_back() {
        let name = FileName::parse("1700000000.M1P2.host,S=12,W=13:2,FS").unwrap();
        assert_eq!(name.base, "1700000000.M1P2.host,S=12,W=13");
        assert!(name.flags.has(Flags::SEEN) && name.flags.has(Flags::FLAGGED));
        assert_eq!(name.to_string(), "1700000000.M1P2.host,S=12,W=13:2,FS");
    }

    #[test]
    fn unknown_flags_are_kept_and_sorted() {
        let flags = Flags::parse("SbaF").with(Flags::REPLIED, true).with(Flags::SEEN, false);
        assert_eq!(flags.as_str(), "FRab");
    }

    #[test]
    fn names_in_new_and_odd_names_have_no_flags() {
        assert_eq!(FileName::parse("1.2.host").unwrap().flags, Flags::default());
        assert_eq!(FileName::parse("1.2.host:1,abc").unwrap().base, "1.2.host");
        assert_eq!(FileName::parse(".nfs0001"), None);
        assert_eq!(FileName::parse(":2,S"), None);
    }

    #[test]
    fn a_copy_has_a_name_of_its_own_and_the_size_of_its_original() {
        let copy = unique_base_like("1700000000.M1P2.host,S=12,W=13");
        assert!(copy.ends_with(",S=12,W=13") && !copy.starts_with("1700000000.M1P2.host"), "{copy}");
        assert!(
            !unique_base_like("1700000000.M1P2.host").contains(','),
            "no size is better than a wrong one"
        );
    }

    #[test]
    fn two_unique_names_differ_and_carry_the_size() {
        let (one, two) = (unique_base(5), unique_base(5));
        assert_ne!(one, two);
        assert!(one.ends_with(",S=5"));
    }
}
