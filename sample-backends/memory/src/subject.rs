//! Subject, prefix and normalized subject (MS-OXCMSG 2.2.1.46, 2.2.1.9 and 2.2.1.10): setting one sets the others.

use mapistore_sdk::{
    Properties,
    tags::{
        PID_TAG_NORMALIZED_SUBJECT as NORMALIZED, PID_TAG_SUBJECT as SUBJECT,
        PID_TAG_SUBJECT_PREFIX as PREFIX, PropertyTag, property_id,
    },
};

/// After one of the three was set or removed: makes the others agree with it.
pub(crate) fn follow(properties: &mut Properties, changed: PropertyTag) {
    let is = |tag| property_id(changed) == property_id(tag);
    if is(SUBJECT) {
        match properties.get_text(SUBJECT).map(str::to_owned) {
            Some(subject) => {
                let (prefix, normalized) = split(&subject);
                properties.set(PREFIX, prefix);
                properties.set(NORMALIZED, normalized);
            }
            None => [PREFIX, NORMALIZED].into_iter().for_each(|tag| drop(properties.remove(tag))),
        }
    } else if is(PREFIX) || is(NORMALIZED) {
        let [prefix, normalized] =
            [PREFIX, NORMALIZED].map(|tag| properties.get_text(tag).unwrap_or_default());
        properties.set(SUBJECT, format!("{prefix}{normalized}"));
    }
}

/// A prefix is one to three letters, a colon and a space.
fn split(subject: &str) -> (&str, &str) {
    let Some(colon) = subject.find(": ") else { return ("", subject) };
    let word = &subject[..colon];
    let short = (1..=3).contains(&word.chars().count());
    if short && word.chars().all(char::is_alphabetic) { subject.split_at(colon + 2) } else { ("", subject) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_has_its_parts_and_the_parts_make_a_subject() {
        let mut properties = Properties::new().with(SUBJECT, "Re: hello");
        follow(&mut properties, SUBJECT);
        assert_eq!(
            (properties.get_text(PREFIX), properties.get_text(NORMALIZED)),
            (Some("Re: "), Some("hello"))
        );
        properties.set(PREFIX, "AW: ");
        follow(&mut properties, PREFIX);
        assert_eq!(properties.get_text(SUBJECT), Some("AW: hello"));
        properties.remove(SUBJECT);
        follow(&mut properties, SUBJECT);
        assert_eq!(properties, Properties::new());
    }

    #[test]
    fn what_only_looks_like_a_prefix_stays() {
        for subject in ["12: noon", "Report: x", "Re:x", ": x", "", "a b: x"] {
            assert_eq!(split(subject), ("", subject));
        }
    }
}
