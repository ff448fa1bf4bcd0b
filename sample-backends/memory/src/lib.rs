#![doc = include_str!("../README.md")]

mod attachment;
mod backend;
mod bag;
mod folder;
mod ids;
mod item;
mod mailbox;
mod message;
mod permissions;
mod subject;
mod subtree;
mod transfer;
mod uri;

pub use backend::Memory;

mapistore_sdk::export!(Memory);
