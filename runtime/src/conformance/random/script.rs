//! Scripts: steps as people read and write them, and random ones.

use std::fmt;
use std::str::FromStr;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::bindings::mapistore::backend::types::Capabilities as C;

/// Steps, one after another. As text: `mkdir 0 1; add 1 4; move 0 0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub(super) steps: Vec<Step>,
}

/// The text is no script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no step: {problem}")]
pub struct ScriptError {
    /// The part that is wrong.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

/// The words of a script, with the numbers that follow each, and what a backend claims that is asked for it.
macro_rules! steps {
    ($($(#[$doc:meta])* $step:ident { $($field:ident),* } = $word:literal, $weight:literal, $needs:expr;)*) => {
        /// One step. Folders and messages are numbered as they came to be, from 0; folder 0 is the root. A number is
        /// taken modulo how many there are; a step without anything to work on does nothing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Step {
            $($(#[$doc])* $step { $($field: u8),* },)*
        }

        impl fmt::Display for Step {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$step { $($field),* } => {
                        f.write_str($word)?;
                        $(write!(f, " {}", $field)?;)*
                        Ok(())
                    })*
                }
            }
        }

        impl FromStr for Step {
            type Err = ScriptError;

            fn from_str(text: &str) -> Result<Self, ScriptError> {
                let error = |problem: &str| ScriptError { text: text.trim().into(), problem: problem.into() };
                let mut words = text.split_whitespace();
                let word = words.next().ok_or_else(|| error("it is empty"))?;
                let mut number = || {
                    let word = words.next().ok_or_else(|| error("a number is missing"))?;
                    word.parse::<u8>().map_err(|_| error("a number has to be 0 to 255"))
                };
                let step = match word {
                    $($word => Self::$step { $($field: number()?),* },)*
                    _ => return Err(error(concat!("the words are", $(" ", $word),*))),
                };
                match words.next() {
                    None => Ok(step),
                    Some(_) => Err(error("there are too many numbers")),
                }
            }
        }

        impl Step {
            /// What a backend has to claim for this step.
            pub(super) fn needs(self) -> C {
                match self {
                    $(Self::$step { .. } => $needs,)*
                }
            }

            /// One of each kind with its weight.
            fn kinds() -> Vec<(u32, C, BoxedStrategy<Step>)> {
                vec![$(($weight, $needs, {
                    $(let $field = 0_u8..12;)*
                    ($($field,)* Just(()), Just(())).prop_map(|($($field,)* (), ())| Step::$step { $($field),* }).boxed()
                }),)*]
            }
        }
    };
}

steps! {
    /// Makes a folder.
    Mkdir { parent, name } = "mkdir", 6, C::FOLDERS;
    /// Renames a folder.
    Rename { folder, name } = "rename", 3, C::FOLDERS;
    /// Deletes a folder: soft for an even `how`, with its contents from 2 on.
    Rmdir { folder, how } = "rmdir", 2, C::FOLDERS;
    /// Moves a folder.
    Mvdir { folder, parent, name } = "mvdir", 3, C::FOLDERS | C::MOVE_FOLDER;
    /// Copies a folder: with its sub-folders for an odd `how`.
    Cpdir { folder, parent, name, how } = "cpdir", 2, C::FOLDERS | C::COPY_FOLDER;
    /// Writes a message.
    Add { folder } = "add", 10, C::WRITE_MESSAGES;
    /// Begins a message and drops it.
    Drop { folder } = "drop", 1, C::WRITE_MESSAGES;
    /// Renames a message; begins with a second handle that saves first for an odd `how`.
    Edit { message, how } = "edit", 6, C::WRITE_MESSAGES;
    /// Sets a number of a message.
    Set { message, value } = "set", 3, C::WRITE_MESSAGES;
    /// Removes it again.
    Unset { message } = "unset", 1, C::WRITE_MESSAGES;
    /// Replaces the recipients by so many.
    To { message, count } = "to", 3, C::WRITE_MESSAGES;
    /// Adds an attachment.
    Attach { message, size } = "attach", 3, C::WRITE_MESSAGES | C::ATTACHMENTS;
    /// Deletes an attachment.
    Detach { message, which } = "detach", 2, C::WRITE_MESSAGES | C::ATTACHMENTS;
    /// Sets the read flag, or clears it for an even `how`; for many at once from 2 on.
    Mark { message, how } = "mark", 3, C::WRITE_MESSAGES;
    /// Moves a message.
    Move { message, folder } = "move", 4, C::WRITE_MESSAGES;
    /// Copies a message.
    Copy { message, folder } = "copy", 4, C::WRITE_MESSAGES;
    /// Deletes a message: soft for an even `how`.
    Delete { message, how } = "delete", 4, C::WRITE_MESSAGES;
    /// Reads a restricted and sorted table.
    Query { folder, how } = "query", 3, C::empty();
    /// Closes the context and opens it again.
    Reopen { } = "reopen", 1, C::empty();
    /// Reads everything.
    Read { } = "read", 1, C::empty();
}

impl Script {
    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            write!(f, "{}{step}", if number == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let steps = text.split(';').filter(|step| !step.trim().is_empty()).map(str::parse);
        Ok(Self { steps: steps.collect::<Result<_, _>>()? })
    }
}

/// Random scripts of what a backend claims, of at most `steps_max` steps.
pub(super) fn scripts(claimed: C, durable: bool, steps_max: usize) -> impl Strategy<Value = Script> {
    let may = move |step: &Step| durable || !matches!(step, Step::Reopen {});
    let kinds: Vec<_> = Step::kinds()
        .into_iter()
        .filter(|(_, needs, _)| claimed.contains(*needs))
        .map(|(weight, _, step)| (weight, step))
        .collect();
    let step = proptest::strategy::Union::new_weighted(kinds);
    vec(step, 0..=steps_max).prop_map(move |steps| Script { steps: steps.into_iter().filter(may).collect() })
}

#[cfg(test)]
mod tests {
    use proptest::strategy::ValueTree;

    use super::*;

    proptest! {
        #[test]
        fn every_script_is_read_back_from_its_text(script in scripts(C::all(), true, 40)) {
            prop_assert_eq!(script.to_string().parse::<Script>(), Ok(script));
        }
    }

    #[test]
    fn a_text_that_is_no_script_says_what_is_wrong() {
        let problem =
            |text: &str| text.parse::<Script>().err().map(|error| error.to_string()).unwrap_or_default();
        assert!(problem("add 0; fly 1").contains("`fly 1`"), "{}", problem("add 0; fly 1"));
        assert!(problem("add").contains("missing"));
        assert!(problem("add 256").contains("255"));
        assert!(problem("add 1 2").contains("too many"));
        assert_eq!("".parse::<Script>(), Ok(Script { steps: Vec::new() }));
    }

    #[test]
    fn a_backend_without_folders_gets_no_steps_of_folders() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        for _ in 0..50 {
            let script = scripts(C::WRITE_MESSAGES, false, 40).new_tree(&mut runner).unwrap().current();
            assert!(script.steps.iter().all(|step| C::WRITE_MESSAGES.contains(step.needs())), "{script}");
            assert!(!script.to_string().contains("reopen"));
        }
    }
}
