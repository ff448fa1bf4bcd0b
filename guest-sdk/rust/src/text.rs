//! How texts compare. Owns case folding, the removal of combining marks and the reading of `string8` bytes; does not
//! know which property a text belongs to. The rules are those of the host, which does the same for backends that cannot.

use crate::{
    types::{MatchFlags, MatchKind},
    value::text_from_string8,
};
use icu_normalizer::{DecomposingNormalizerBorrowed, properties::CanonicalCombiningClassMapBorrowed};
use std::{borrow::Cow, cmp::Ordering};

/// The order of two texts: first without regard to case, then, among texts that differ in case only, by their bytes.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let lower = |text| str::chars(text).flat_map(char::to_lowercase);
    lower(a).cmp(lower(b)).then_with(|| a.cmp(b))
}

/// A text in lower case, by code point: the same in every locale. Texts with another order here compare so.
pub(crate) fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Reads `string8` bytes: as UTF-8 where they are valid UTF-8, else as Windows code page 1252.
pub(crate) fn from_string8(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(text_from_string8(bytes)),
    }
}

/// ContentRestriction on text (MS-OXCDATA 2.12.4.1): whether `pattern` matches `text` in the part that `kind` names.
///
/// `ignore-non-space` takes combining marks away on both sides, after a canonical decomposition, so that `e` finds
/// `é`. `loose` is both of the other options.
pub(crate) fn matches(text: &str, pattern: &str, kind: MatchKind, options: MatchFlags) -> bool {
    let (text, pattern) = (fold(text, options), fold(pattern, options));
    match kind {
        MatchKind::FullString => text == pattern,
        MatchKind::Substring => text.contains(&*pattern),
        MatchKind::Prefix => text.starts_with(&*pattern),
    }
}

fn fold(text: &str, options: MatchFlags) -> Cow<'_, str> {
    let marks = options.intersects(MatchFlags::IGNORE_NON_SPACE | MatchFlags::LOOSE) && !text.is_ascii();
    let text = if marks {
        let classes = CanonicalCombiningClassMapBorrowed::new();
        let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize_iter(text.chars());
        Cow::Owned(decomposed.filter(|&c| classes.get_u8(c) == 0).collect())
    } else {
        Cow::Borrowed(text)
    };
    if options.intersects(MatchFlags::IGNORE_CASE | MatchFlags::LOOSE) {
        Cow::Owned(folded(&text))
    } else {
        text
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
    fn case_decides_only_between_texts_that_are_otherwise_equal() {
        let mut texts = ["b", "A", "a", "B", "É", "é"];
        texts.sort_by(|a, b| compare(a, b));
        assert_eq!(texts, ["A", "a", "B", "b", "É", "é"]);
    }

    #[test]
    fn bytes_that_are_no_utf8_are_windows_1252() {
        assert_eq!(from_string8("Größe".as_bytes()), "Größe");
        assert_eq!(from_string8(b"Gr\xF6\xDFe \x80"), "Größe €");
    }
}
