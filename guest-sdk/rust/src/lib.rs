#![doc = include_str!("../README.md")]

/// The recipes for all languages: what they show in Rust is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Cookbook;

// The generated code names this crate as guests do.
extern crate self as mapistore_sdk;

pub mod bag;
pub mod bindings;
pub mod change_key;
pub mod columns;
pub mod error;
#[cfg(not(target_arch = "wasm32"))]
mod fault;
#[doc(hidden)]
pub mod files;
pub mod glue;
pub mod held;
pub mod http;
pub mod ids;
pub mod index;
pub mod keyvalue;
pub mod logger;
pub mod named_properties;
pub mod notifications;
pub mod permissions;
pub mod restriction;
pub mod sort;
pub mod subject;
pub mod tags;
pub mod types;
pub mod value;

mod backend;
mod objects;
mod properties;
mod stream;
mod table;
mod text;

pub use backend::Backend;
pub use error::{Error, ErrorCode, Result};
pub use glue::share_hash_seed;
pub use objects::{Attachment, Context, Folder, Message, PropertyStream, Table};
pub use properties::Properties;
pub use restriction::Row;
pub use stream::BytesStream;
pub use table::RowsTable;
#[doc(hidden)]
pub use wit_bindgen;

/// A good `inline_limit` for [`describe`](Backend::describe), and the one of [`RowsTable`]: 32 KiB.
pub const INLINE_LIMIT: u32 = 32 * 1024;

/// Makes a type that implements [`Backend`] the backend that this component is. Once in a crate of type `cdylib`.
///
/// Compiled natively it does nothing, so that several backends fit into one test program.
#[macro_export]
macro_rules! export {
    ($backend:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            // A name that the backend's own type will not have.
            type __MapistoreGuest = $crate::glue::Adapter<$backend>;
    $crate::bindings::export_bindings!(__MapistoreGuest with_types_in $crate::bindings);
        };
        // Otherwise the compiler would call all of it unused.
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() -> $crate::types::BackendInfo = <$backend as $crate::Backend>::describe;
    };
}
