//! Names that a guest has chosen, made fit to be read: without what only a linker needs, short, and without characters that
//! a terminal or a log would obey.

use std::fmt::{self, Write};

/// The longest name that is shown, in bytes.
const SHOWN_MAX_BYTES: usize = 240;
/// The longest that is looked into for what a compiler has hidden in it. Rust's and C++'s longest are below.
const MANGLED_MAX_BYTES: usize = 4096;

/// A function's name as its author wrote it, if the compiler was Rust's or one for C++; else as it is.
pub(super) fn function(name: &str) -> String {
    let mut shown = Shown::default();
    if name.len() <= MANGLED_MAX_BYTES {
        if let Ok(demangled) = rustc_demangle::try_demangle(name) {
            // Without the hash.
            let _ = write!(shown, "{demangled:#}");
            return shown.0;
        }
        if let Ok(symbol) = cpp_demangle::Symbol::new(name) {
            // A short symbol can stand for a very long name: writing ends where `Shown` is full.
            let written = symbol.structured_demangle(&mut shown, &cpp_demangle::DemangleOptions::default());
            if written.is_ok() || shown.is_full() {
                return shown.0;
            }
            shown = Shown::default();
        }
    }
    let _ = shown.write_str(name);
    shown.0
}

/// A name that hides nothing: a file's.
pub(super) fn plain(name: &str) -> String {
    let mut shown = Shown::default();
    let _ = shown.write_str(name);
    shown.0
}

/// Takes text until it is full.
#[derive(Default)]
struct Shown(String);

impl Shown {
    fn is_full(&self) -> bool {
        self.0.len() >= SHOWN_MAX_BYTES
    }
}

impl Write for Shown {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.is_full() {
                // Written once: whoever writes ends with the error.
                self.0.push('…');
                return Err(fmt::Error);
            }
            self.0.push(if is_obeyed(character) { '\u{fffd}' } else { character });
        }
        Ok(())
    }
}

/// Whether a character does something to the text around it: controls, line ends, and marks that turn its direction.
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_source() {
        assert_eq!(function("_ZN7backend5Notes4open17h0123456789abcdefE"), "backend::Notes::open");
        assert_eq!(function("_RNvCs1234_7mycrate3foo"), "mycrate::foo");
        assert_eq!(function("_ZN5space3fooEibc"), "space::foo(int, bool, char)");
        assert_eq!(function("folder_open"), "folder_open");
        assert_eq!(function("main.(*Folder).Open"), "main.(*Folder).Open");
    }

    #[test]
    fn a_name_commands_no_terminal_and_begins_no_line() {
        assert_eq!(function("a\x1b[31m\nerror: b\u{202e}c"), "a\u{fffd}[31m\u{fffd}error: b\u{fffd}c");
        assert_eq!(plain("/src/\u{7}.rs"), "/src/\u{fffd}.rs");
    }

    #[test]
    fn a_name_is_short_however_long_it_is_or_would_become() {
        let long = "x".repeat(100_000);
        assert_eq!(function(&long).len(), SHOWN_MAX_BYTES + '…'.len_utf8());
        // Each argument is a pair of the one before: 60 letters more double the name.
        let mut bomb = String::from("_Z1fSt4pairIiiE");
        for depth in 0..30 {
            let seen = if depth == 0 { "S_".to_owned() } else { format!("S{}_", base36(depth - 1)) };
            bomb.push_str(&format!("St4pairI{seen}{seen}E"));
        }
        let shown = function(&bomb);
        assert!(shown.len() <= SHOWN_MAX_BYTES + '…'.len_utf8(), "{}", shown.len());
    }

    fn base36(number: u32) -> String {
        char::from_digit(number, 36).unwrap().to_ascii_uppercase().to_string()
    }
}
