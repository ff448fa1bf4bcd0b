//! Hosts MAPIStore storage backends as sandboxed WebAssembly components.
//!
//! A backend gives a mailbox server its storage: it lists a user's contexts, opens them by URI, and serves folders,
//! messages, attachments, properties and tables. Here it is a component that implements the world `backend` of
//! `wit/`. The runtime compiles it once, runs its `init` once, gives every context a store of its own, and takes
//! all of a context's memory back by dropping that store.
//!
//! ```no_run
//! use mapistore::{Connection, Registration, Runtime, Source, blocking};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = Runtime::open("/var/lib/mapistore")?;
//! let source = Source::read("maildir".as_ref())?;
//! blocking::wait(runtime.register(Registration { source, ..Registration::default() }))?;
//! let context = blocking::wait(runtime.open_context(&Connection::of("alice"), "maildir://alice/INBOX/"))?;
//! let inbox = blocking::wait(context.root_folder())?;
//! let messages = blocking::wait(inbox.get_child_count(mapistore::types::TableKind::Contents))?;
//! # let _ = messages; Ok(())
//! # }
//! ```
//!
//! Calls are async and need no particular executor; [`blocking`] is for callers without one.

#[doc(hidden)]
pub mod authoring;
mod backend;
mod bindings;
pub mod blocking;
pub mod bulk;
mod check;
mod config;
pub mod conformance;
mod context;
mod engine;
mod error;
mod events;
mod executor;
mod grant;
mod guest;
mod host;
pub mod index;
mod invoke;
pub mod keyvalue;
mod limits;
pub mod machine;
pub mod mailbox;
mod manifest;
mod network;
mod objects;
mod permissions;
pub mod property;
mod registry;
mod runtime;
mod stopwatch;
mod storage;
mod symbols;
mod tenant;
mod transfer;
mod uri;
mod usage;
mod weigh;

pub use config::{ConfigError, OperatorConfig, OwnerSection, Profile, RuntimeSection};
pub use context::{Closed, Connection, Context, ContextId};
pub use error::{CallError, Callee, code_name};
pub use events::{Announcement, Delivery, EventFilter, EventKind, Subscription};
pub use grant::{
    Allowance, DirectoryGrant, GrantError, NetworkAllowance, NetworkGrant, owner_directory_name,
};
pub use invoke::{Expression, Invocation, InvokeError, Invoked, ObjectPath};
pub use limits::{Limits, RegistrationLimits};
pub use manifest::{Access, Host, InvalidHost, Manifest, ManifestError};
pub use objects::{Attachment, CHUNK_BYTES, Folder, Message, PropertyStream, Table, TransferSource};
pub use permissions::Rights;
pub use registry::{
    InitMode, LoadFailure, Record, Registration, RegistrationProcess, RegistryError, Source,
    capability_names, registration_child,
};
pub use runtime::{
    ContextUsage, CreatedRoot, Inspection, Listing, Occupancy, OpenError, OwnerUsage, Runtime,
    RuntimeBuilder, Status, StatusError,
};
pub use transfer::{FolderTransfer, TransferError, TransferLimits, TransferRequest, Transferred};
pub use uri::{URI_BYTES_MAX, UriProblem};
pub use usage::Usage;

/// The contract's types, as the WIT in `wit/` documents them.
pub mod types {
    pub use crate::bindings::exports::mapistore::backend::objects::{
        DeletedSet, Direction, FoundRow, ImportKeys, PathResult, StreamAccess, TransferItem,
    };
    pub use crate::bindings::mapistore::backend::notifications::{Event, Modification, Object, Transfer};
    pub use crate::bindings::mapistore::backend::types::*;
}

/// The version of the contract that this host speaks.
pub const CONTRACT: &str = "mapistore:backend@0.1.0";
