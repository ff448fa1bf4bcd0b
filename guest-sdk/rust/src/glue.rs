//! Between the traits that `wit-bindgen` generates and those that authors implement. Knows no backend; decides nothing
//! but what to do when an object is used while it is in use, which is an error and not a panic.

mod handles;
mod seed;
mod snapshot;

pub use seed::share_hash_seed;

use crate::{
    Backend,
    bindings::{
        exports::mapistore::backend::{objects, provider},
        mapistore::backend::types::{BackendInfo, ConnectionInfo, ContextEntry, Error, Fid, Role},
    },
};
use handles::{AttachmentHandle, ContextHandle, FolderHandle, MessageHandle, StreamHandle, TableHandle};
use std::marker::PhantomData;

/// The generated interfaces over a [`Backend`].
pub struct Adapter<B>(PhantomData<B>);

impl<B: Backend> provider::Guest for Adapter<B> {
    fn describe() -> BackendInfo {
        B::describe()
    }

    fn init(config: Vec<(String, String)>) -> Result<(), Error> {
        crate::logger::install();
        let done = B::init(&config);
        seed::after_init();
        snapshot::after_init();
        Ok(done?)
    }

    fn list_contexts(username: String) -> Result<Vec<ContextEntry>, Error> {
        before_first_call();
        Ok(B::list_contexts(&username)?)
    }

    fn create_context(connection: ConnectionInfo, uri: String) -> Result<objects::Context, Error> {
        before_first_call();
        Ok(objects::Context::new(ContextHandle(B::create_context(connection, &uri)?)))
    }

    fn create_root_folder(
        username: String,
        role: Role,
        id: Fid,
        name: String,
    ) -> Result<Option<String>, Error> {
        before_first_call();
        Ok(B::create_root_folder(&username, role, id, &name)?)
    }

    fn generate_uri(
        username: String,
        folder: String,
        message: String,
        root_uri: String,
    ) -> Result<String, Error> {
        before_first_call();
        Ok(B::generate_uri(&username, &folder, &message, &root_uri)?)
    }
}

/// What is done once in every store that starts from the snapshot.
fn before_first_call() {
    snapshot::before_first_call();
    seed::before_first_call();
}

impl<B: Backend> objects::Guest for Adapter<B> {
    type PropertyStream = StreamHandle;
    type Context = ContextHandle;
    type Folder = FolderHandle;
    type Message = MessageHandle;
    type Attachment = AttachmentHandle;
    type Table = TableHandle;
}
