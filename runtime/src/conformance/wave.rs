//! Arguments and answers as a report shows them: in WAVE, as `mapistore invoke` reads and prints it, with long lists and
//! texts cut short. Knows the contract's types; does not know who calls whom.

use std::fmt::{Debug, Write};

use crate::bindings::exports::mapistore::backend::objects::{
    DeletedSet, Direction, FoundRow, ImportKeys, StreamAccess, TransferItem,
};
use crate::bindings::mapistore::backend::types as t;
use crate::error::code_name;
use crate::index::{ChangeNumber, Fmid};

/// How many items of a list are shown.
const ITEMS_SHOWN: usize = 40;
/// How many characters of a text are shown.
const CHARACTERS_SHOWN: usize = 80;

/// A value that can be shown.
pub(super) trait Wave {
    /// Appends the value.
    fn write(&self, out: &mut String);

    /// The value as text.
    fn wave(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
}

/// Numbers that are likely tags or ids stand in hex, as people write them.
macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl Wave for $number {
            fn write(&self, out: &mut String) {
                let _ = if *self >= 0x1_0000 { write!(out, "{self:#010x}") } else { write!(out, "{self}") };
            }
        })*
    };
}
numbers!(u32, u64, i64);

macro_rules! plain {
    ($($plain:ty),*) => {
        $(impl Wave for $plain {
            fn write(&self, out: &mut String) {
                let _ = write!(out, "{self}");
            }
        })*
    };
}
plain!(bool, u8, u16, i16, i32, f32, f64, Fmid, ChangeNumber);

/// Cases of an enumeration, whose Rust names differ from the contract's in their case only.
macro_rules! cases {
    ($($case:ty),*) => {
        $(impl Wave for $case {
            fn write(&self, out: &mut String) {
                kebab(self, out);
            }
        })*
    };
}
cases!(
    Direction,
    StreamAccess,
    t::DeleteMode,
    t::MatchKind,
    t::RecipientKind,
    t::Relop,
    t::Role,
    t::SortDirection,
    t::SubObject,
    t::SubmitMode,
    t::TableKind
);

fn kebab(case: &dyn Debug, out: &mut String) {
    let name = format!("{case:?}");
    let name = name.rsplit("::").next().unwrap_or_default();
    for (at, character) in name.char_indices() {
        if character.is_ascii_uppercase() && at > 0 {
            out.push('-');
        }
        out.push(character.to_ascii_lowercase());
    }
}

impl Wave for t::ErrorCode {
    fn write(&self, out: &mut String) {
        out.push_str(code_name(*self));
    }
}

impl Wave for () {
    fn write(&self, _: &mut String) {}
}

impl Wave for str {
    fn write(&self, out: &mut String) {
        out.push('"');
        for (number, character) in self.chars().enumerate() {
            if number == CHARACTERS_SHOWN {
                let _ = write!(out, "… {} bytes", self.len());
                break;
            }
            match character {
                '"' | '\\' => out.extend(['\\', character]),
                _ if character.is_control() => out.extend(character.escape_default()),
                _ => out.push(character),
            }
        }
        out.push('"');
    }
}

impl Wave for String {
    fn write(&self, out: &mut String) {
        self.as_str().write(out);
    }
}

impl<T: Wave + ?Sized> Wave for &T {
    fn write(&self, out: &mut String) {
        (**self).write(out);
    }
}

impl<T: Wave> Wave for [T] {
    fn write(&self, out: &mut String) {
        out.push('[');
        for (number, item) in self.iter().enumerate() {
            if number > 0 {
                out.push_str(", ");
            }
            if number == ITEMS_SHOWN {
                let _ = write!(out, "… {} in all", self.len());
                break;
            }
            item.write(out);
        }
        out.push(']');
    }
}

impl<T: Wave> Wave for Vec<T> {
    fn write(&self, out: &mut String) {
        self.as_slice().write(out);
    }
}

impl<T: Wave> Wave for Option<T> {
    fn write(&self, out: &mut String) {
        match self {
            None => out.push_str("none"),
            Some(value) => wrapped("some", value, out),
        }
    }
}

impl<T: Wave> Wave for Result<T, t::ErrorCode> {
    fn write(&self, out: &mut String) {
        match self {
            Ok(value) => wrapped("ok", value, out),
            Err(code) => wrapped("err", code, out),
        }
    }
}

/// A case with what it holds, which may be nothing.
fn wrapped(case: &str, value: &dyn Wave, out: &mut String) {
    out.push_str(case);
    let inner = value.wave();
    if !inner.is_empty() {
        let _ = write!(out, "({inner})");
    }
}

macro_rules! records {
    ($($record:ty { $($field:ident),* })*) => {
        $(impl Wave for $record {
            fn write(&self, out: &mut String) {
                let fields: &[(&str, &dyn Wave)] = &[$((stringify!($field), &self.$field)),*];
                for (number, (name, value)) in fields.iter().enumerate() {
                    let _ = write!(out, "{}{}: ", if number == 0 { "{" } else { ", " }, name.replace('_', "-"));
                    value.write(out);
                }
                out.push('}');
            }
        })*
    };
}
records! {
    t::Property { tag, value }
    t::PropertyProblem { tag, code }
    t::ItemOutcome { id, outcome }
    t::Recipient { kind, username, cells }
    t::RecipientTable { columns, rows }
    t::MessageData { subject_prefix, normalized_subject, recipients }
    t::RowBatch { row_count, cells, at_end }
    t::Permission { member, name, rights }
    t::ContextEntry { url, name, main_folder, role, tag }
    t::ContentMatch { tag, value, kind, options }
    t::PropertyMatch { op, tag, value }
    t::CompareMatch { op, left, right }
    t::BitmaskMatch { non_zero, tag, mask }
    t::SizeMatch { op, tag, size }
    t::SubMatch { object, child }
    t::CommentNode { values, child }
    t::CountNode { count, child }
    t::SortKey { tag, direction }
    t::SortOrder { keys, categories, expanded }
    DeletedSet { ids, upto }
    FoundRow { index, cells }
    ImportKeys { change_key, predecessors }
    TransferItem { source, target, keys }
}

impl Wave for t::Guid {
    fn write(&self, out: &mut String) {
        let _ = write!(out, "{{hi: {:#018x}, lo: {:#018x}}}", self.hi, self.lo);
    }
}

macro_rules! flags {
    ($($flags:ty { $($flag:ident),* })*) => {
        $(impl Wave for $flags {
            fn write(&self, out: &mut String) {
                let all = [$((<$flags>::$flag, stringify!($flag))),*];
                let set = all.into_iter().filter(|(flag, _)| self.contains(*flag));
                let names: Vec<_> = set.map(|(_, name)| name.to_ascii_lowercase().replace('_', "-")).collect();
                let _ = write!(out, "{{{}}}", names.join(", "));
            }
        })*
    };
}
flags! {
    t::MatchFlags { IGNORE_CASE, IGNORE_NON_SPACE, LOOSE }
    t::PermissionOptions { REPLACE_ALL, INCLUDE_FREE_BUSY }
}

macro_rules! variants {
    ($($variant:ty { $($case:ident = $name:literal),* ; $($bare:ident = $word:literal),* })*) => {
        $(impl Wave for $variant {
            fn write(&self, out: &mut String) {
                match self {
                    $(Self::$case(value) => wrapped($name, value, out),)*
                    $(Self::$bare => out.push_str($word),)*
                }
            }
        })*
    };
}
variants! {
    t::Member { User = "user"; DefaultUser = "default-user", Anonymous = "anonymous" }
    t::PermissionChange { Add = "add", Modify = "modify", Remove = "remove"; }
    t::RestrictionNode {
        AllOf = "all-of", AnyOf = "any-of", Negate = "negate", Content = "content", Property = "property",
        Compare = "compare", Bitmask = "bitmask", Size = "size", Exists = "exists", Sub = "sub",
        Comment = "comment", Count = "count";
    }
    t::PropertyValue {
        Integer16 = "integer16", Integer32 = "integer32", Floating32 = "floating32", Floating64 = "floating64",
        Currency = "currency", FloatingTime = "floating-time", ErrorCode = "error-code", Boolean = "boolean",
        Integer64 = "integer64", String8 = "string8", Text = "text", Time = "time", Guid = "guid",
        Binary = "binary", ServerId = "server-id", RestrictionBlob = "restriction-blob",
        RuleActions = "rule-actions", Deferred = "deferred", MultipleInteger16 = "multiple-integer16",
        MultipleInteger32 = "multiple-integer32", MultipleFloating32 = "multiple-floating32",
        MultipleFloating64 = "multiple-floating64", MultipleCurrency = "multiple-currency",
        MultipleFloatingTime = "multiple-floating-time", MultipleInteger64 = "multiple-integer64",
        MultipleString8 = "multiple-string8", MultipleText = "multiple-text", MultipleTime = "multiple-time",
        MultipleGuid = "multiple-guid", MultipleBinary = "multiple-binary";
        Null = "null", Object = "object"
    }
}

/// Arguments between their parentheses.
pub(super) fn arguments(values: &[&dyn Wave]) -> String {
    let texts: Vec<_> = values.iter().map(|value| value.wave()).collect();
    format!("({})", texts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_wave_writes_them() {
        let property = t::Property { tag: 0x0037_001F, value: t::PropertyValue::Text("a \"b\"\n".into()) };
        assert_eq!(property.wave(), r#"{tag: 0x0037001f, value: text("a \"b\"\n")}"#);
        assert_eq!(t::TableKind::Hierarchy.wave(), "hierarchy");
        assert_eq!(t::Relop::MemberOfDl.wave(), "member-of-dl");
        assert_eq!(Some(Fmid(0x0001_0000_0000_0001)).wave(), "some(0x0001000000000001)");
        let outcome = t::ItemOutcome { id: 7, outcome: Ok(()) };
        assert_eq!(outcome.wave(), "{id: 7, outcome: ok}");
        assert_eq!(t::PropertyValue::Null.wave(), "null");
    }

    #[test]
    fn what_is_long_is_cut_short_and_its_size_is_told() {
        assert!(vec![1u8; 500].wave().ends_with("… 500 in all]"));
        assert!("x".repeat(500).wave().ends_with("… 500 bytes\""));
    }
}
