//! Folders, messages, attachments, tables and streams of an open context: typed handles whose answers were checked.
//!
//! Dropping a handle lets go of the guest's object; its destructor runs when everything opened through it is gone too.

mod attachment;
mod folder;
mod lookup;
mod message;
mod rights;
pub(crate) mod stream;
mod table;
mod tombstones;
mod view;

pub use attachment::Attachment;
pub use folder::{Folder, TransferSource};
pub use message::Message;
pub use stream::{CHUNK_BYTES, PropertyStream};
pub use table::Table;

use crate::check::TAGS_MAX;
use crate::error::CallError;

/// The five property calls (MS-OXCPRPT) that folders, messages and attachments share: WIT has no inheritance.
macro_rules! property_calls {
    ($object:ident, $accessor:ident, $name:literal) => {
        impl $object {
            /// The tags that [`get_properties`](Self::get_properties) can answer now (MS-OXCPRPT 2.2.9).
            ///
            /// # Errors
            /// The call failed.
            pub async fn list_properties(&self) -> Result<Vec<types::PropertyTag>, CallError> {
                let call = self.handle.call(concat!($name, ".list-properties"), |store, objects, this| {
                    objects.$accessor().call_list_properties(store, this)
                });
                call.await
            }

            /// One cell for each tag, in their order (MS-OXCPRPT 2.2.8).
            ///
            /// # Errors
            /// There are more than 1,000 tags; the call failed, or its answer breaks the contract.
            pub async fn get_properties(
                &self,
                tags: &[types::PropertyTag],
            ) -> Result<Vec<types::Cell>, CallError> {
                const FUNCTION: &str = concat!($name, ".get-properties");
                super::check_tags(FUNCTION, tags)?;
                let (wanted, inline_limit) = (tags.to_vec(), self.handle.inner.backend.inline_limit());
                let call = self.handle.checked(
                    FUNCTION,
                    move |store, objects, this| {
                        store.data_mut().traffic.hand(wanted.as_slice());
                        objects.$accessor().call_get_properties(store, this, &wanted)
                    },
                    |cells| crate::check::cells(tags, cells, inline_limit),
                );
                call.await
            }

            /// Sets properties, and answers those that could not be set (MS-OXCPRPT 2.2.5).
            ///
            /// # Errors
            /// A value disagrees with its tag; the call failed.
            pub async fn set_properties(
                &self,
                values: Vec<types::Property>,
            ) -> Result<Vec<types::PropertyProblem>, CallError> {
                const FUNCTION: &str = concat!($name, ".set-properties");
                super::check_values(FUNCTION, &values)?;
                let notice = self.changed(values.iter().map(|property| property.tag).collect());
                let set = self.handle.change(
                    FUNCTION,
                    move |store, objects, this| {
                        store.data_mut().traffic.hand(values.as_slice());
                        objects.$accessor().call_set_properties(store, this, &values)
                    },
                    |_| notice,
                );
                set.await
            }

            /// Removes properties, and answers those that could not be removed (MS-OXCPRPT 2.2.7).
            ///
            /// # Errors
            /// There are more than 1,000 tags; the call failed.
            pub async fn remove_properties(
                &self,
                tags: &[types::PropertyTag],
            ) -> Result<Vec<types::PropertyProblem>, CallError> {
                const FUNCTION: &str = concat!($name, ".remove-properties");
                super::check_tags(FUNCTION, tags)?;
                let tags = tags.to_vec();
                let notice = self.changed(tags.clone());
                let removed = self.handle.change(
                    FUNCTION,
                    move |store, objects, this| {
                        store.data_mut().traffic.hand(tags.as_slice());
                        objects.$accessor().call_remove_properties(store, this, &tags)
                    },
                    |_| notice,
                );
                removed.await
            }

            /// Opens a property as a stream (MS-OXCPRPT 2.2.14).
            ///
            /// # Errors
            /// The object has no such property; the call failed.
            pub async fn open_stream(
                &self,
                tag: types::PropertyTag,
                access: StreamAccess,
            ) -> Result<PropertyStream, CallError> {
                let call = self.handle.open(concat!($name, ".open-stream"), move |store, objects, this| {
                    objects.$accessor().call_open_stream(store, this, tag, access)
                });
                Ok(PropertyStream::new(call.await?))
            }
        }
    };
}
use property_calls;

fn check_tags(function: &'static str, tags: &[u32]) -> Result<(), CallError> {
    if tags.len() > TAGS_MAX {
        let problem = format!("{} tags, and at most {TAGS_MAX} are allowed", tags.len());
        return Err(CallError::InvalidArgument { function, problem });
    }
    Ok(())
}

fn check_values(
    function: &'static str,
    values: &[crate::bindings::mapistore::backend::types::Property],
) -> Result<(), CallError> {
    match values.iter().find(|given| !crate::property::matches_type(given.tag, &given.value)) {
        None => Ok(()),
        Some(given) => {
            let problem = format!(
                "a value of another type under the tag {:#010x}: {}",
                given.tag,
                crate::check::type_name(&given.value)
            );
            Err(CallError::InvalidArgument { function, problem })
        }
    }
}
