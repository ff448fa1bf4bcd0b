//! The contract's types for [`make`](crate::make): the guest that answers anything takes the same functions with its own.

pub(crate) use mapistore::types::*;
