//! Backends in each language. `just languages` builds the components and runs these; `just ci` does, too.

mod authoring;
mod feeds;
mod hostile;
mod http;
mod mbox;
mod rest;
mod script;
mod soak;
mod templates;
mod todotxt;

/// Those that `mapistore new` knows.
const LANGUAGES: [&str; 5] = ["rust", "python", "javascript", "c", "go"];
