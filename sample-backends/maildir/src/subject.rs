//! Subject, prefix and normalized subject (MS-OXCMSG 2.2.1.8 to 2.2.1.10).

/// Splits a subject into its prefix (`Re: `, `Fwd: `, `AW: `) and the rest.
///
/// A prefix is one to three letters, a colon and a space. The standard has no others: `Fwd: ` has three letters too.
pub(crate) fn split(subject: &str) -> (&str, &str) {
    let Some(colon) = subject.find(": ") else { return ("", subject) };
    let word = &subject[..colon];
    let short = (1..=3).contains(&word.chars().count());
    if short && word.chars().all(char::is_alphabetic) { subject.split_at(colon + 2) } else { ("", subject) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_one_to_three_letters_are_split_off() {
        assert_eq!(split("Re: hello"), ("Re: ", "hello"));
        assert_eq!(split("Re: AW: hello"), ("Re: ", "AW: hello"));
        assert_eq!(split("Fwd: x"), ("Fwd: ", "x"));
        assert_eq!(split("Ответ: x"), ("", "Ответ: x"));
        assert_eq!(split("回复: x"), ("回复: ", "x"));
    }

    #[test]
    fn what_only_looks_like_a_prefix_stays() {
        for subject in ["12: noon", "Report: x", "Re:x", ": x", "", "a b: x"] {
            assert_eq!(split(subject), ("", subject));
        }
    }
}
