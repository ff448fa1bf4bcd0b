//! How texts compare. Owns case folding, the removal of combining marks and the reading of `string8` bytes; does not
//! know which property a text belongs to.

use std::borrow::Cow;
use std::cmp::Ordering;

use encoding_rs::WINDOWS_1252;
use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

use crate::bindings::mapistore::backend::types::{MatchFlags, MatchKind};

/// The order of two texts: first without regard to case, then, among texts that differ in case only, by their bytes.
///
/// So a sorted column reads as people expect, and two texts are equal only if they are identical. Lower case is that
/// of `char::to_lowercase`: by code point, the same in every locale.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let lower = |text| str::chars(text).flat_map(char::to_lowercase);
    lower(a).cmp(lower(b)).then_with(|| a.cmp(b))
}

/// Reads `string8` bytes: as UTF-8 where they are valid UTF-8, else as Windows code page 1252.
///
/// The code page of the connection is not known here. Text outside ASCII in another 8-bit code page is therefore only
/// equal to itself, never to the same text in UTF-16.
pub(super) fn from_string8(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// ContentRestriction on text (MS-OXCDATA 2.12.4.1): whether `pattern` matches `text` in the part that `kind` names.
///
/// `ignore-non-space` takes combining marks away on both sides, after a canonical decomposition, so that `e` finds
/// `é`. `loose` is both of the other options.
pub(super) fn matches(text: &str, pattern: &str, kind: MatchKind, options: MatchFlags) -> bool {
    let (text, pattern) = (fold(text, options), fold(pattern, options));
    match kind {
        MatchKind::FullString => text == pattern,
        MatchKind::Substring => text.contains(&*pattern),
        MatchKind::Prefix => text.starts_with(&*pattern),
    }
}

fn fold(text: &str, options: MatchFlags) -> Cow<'_, str> {
    let without_marks =
        if options.intersects(MatchFlags::IGNORE_NON_SPACE | MatchFlags::LOOSE) && !text.is_ascii() {
            let classes = CanonicalCombiningClassMapBorrowed::new();
            let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize_iter(text.chars());
            Cow::Owned(decomposed.filter(|&c| classes.get_u8(c) == 0).collect())
        } else {
            Cow::Borrowed(text)
        };
    if options.intersects(MatchFlags::IGNORE_CASE | MatchFlags::LOOSE) {
        Cow::Owned(without_marks.chars().flat_map(char::to_lowercase).collect())
    } else {
        without_marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ta_08_each_kind_with_and_without_case() {
        let none = MatchFlags::empty();
        let case = MatchFlags::IGNORE_CASE;
        for (kind, same, other_case, no) in [
            (MatchKind::FullString, "Invoice May", "iNVOICE mAY", "Invoice"),
            (MatchKind::Substring, "voice", "VOICE", "voicé"),
            (MatchKind::Prefix, "Invoice", "INVOICE", "May"),
        ] {
            assert!(matches("Invoice May", same, kind, none), "{kind:?}");
            assert!(!matches("Invoice May", other_case, kind, none), "{kind:?}");
            assert!(matches("Invoice May", other_case, kind, case), "{kind:?}");
            assert!(!matches("Invoice May", no, kind, case), "{kind:?}");
        }
    }

    #[test]
    fn ta_08_combining_marks_are_ignored_only_when_asked() {
        // The same word composed and decomposed.
        for text in ["Résumé", "Re\u{301}sume\u{301}"] {
            assert!(!matches(text, "Resume", MatchKind::FullString, MatchFlags::IGNORE_CASE));
            assert!(matches(text, "Resume", MatchKind::FullString, MatchFlags::IGNORE_NON_SPACE));
            assert!(!matches(text, "RESUME", MatchKind::FullString, MatchFlags::IGNORE_NON_SPACE));
            assert!(matches(text, "RÉSUME", MatchKind::FullString, MatchFlags::LOOSE));
        }
    }

    #[test]
    fn ta_08_an_empty_pattern_is_a_prefix_and_a_part_of_every_text() {
        assert!(matches("", "", MatchKind::FullString, MatchFlags::empty()));
        assert!(matches("a", "", MatchKind::Substring, MatchFlags::empty()));
        assert!(matches("a", "", MatchKind::Prefix, MatchFlags::LOOSE));
        assert!(!matches("a", "", MatchKind::FullString, MatchFlags::LOOSE));
    }

    #[test]
    fn case_decides_only_between_texts_that_are_otherwise_equal() {
        let mut texts = ["b", "A", "a", "B", "É", "é"];
        texts.sort_by(|a, b| compare(a, b));
        assert_eq!(texts, ["A", "a", "B", "b", "É", "é"]);
        assert_eq!(compare("a", "A"), Ordering::Greater);
    }

    #[test]
    fn bytes_that_are_no_utf8_are_windows_1252() {
        assert_eq!(from_string8("Größe".as_bytes()), "Größe");
        assert_eq!(from_string8(b"Gr\xF6\xDFe \x80"), "Größe €");
    }
}
