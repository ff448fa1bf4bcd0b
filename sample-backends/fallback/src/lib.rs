#![doc = include_str!("../README.md")]

mod backend;
mod codec;
mod folder;
mod journal;
mod mailbox;
mod message;
mod record;
mod row;
mod store;
mod subtree;
mod transfer;
mod uri;

pub use backend::Fallback;

mapistore_sdk::export!(Fallback);
