//! What may never panic, as functions of any bytes. Each target panics if what it looks at does, or answers what it must not.
//!
//! `just fuzz` runs them under libFuzzer; `tests/seeds.rs` runs each over its seeds, without it.

mod answers;
mod component;
mod index;
mod items;
mod make;
mod restriction;
mod text;
mod types;

/// A target: any bytes are an input.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also that of its folder of seeds.
pub const TARGETS: &[(&str, Target)] = &[
    ("answers", answers::answers),
    ("calendar", items::calendar),
    ("component", component::components),
    ("config", text::config),
    ("contact", items::contact),
    ("expression", text::expression),
    ("index", index::operations),
    ("mail", items::mail),
    ("manifest", text::manifest),
    ("restriction", restriction::trees),
    ("sort", restriction::orders),
    ("uri", text::uri),
    ("wave", text::wave),
];
