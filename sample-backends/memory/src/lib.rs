#![doc = include_str!("../README.md")]

mod backend;
mod folder;
mod mailbox;
mod subtree;
mod transfer;
mod uri;

pub use backend::Memory;

mapistore_sdk::export!(Memory);
