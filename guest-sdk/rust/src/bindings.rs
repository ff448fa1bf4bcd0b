//! What `wit-bindgen` makes of the contract in `wit/`. Knows the ABI; `glue` and the modules over the imports use it,
//! and so may authors who need what the SDK's traits do not show.
#![expect(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::allow_attributes_without_reason,
    clippy::cast_possible_truncation,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    rustdoc::bare_urls,
    reason = "generated code; the documentation is in `wit/`"
)]

// Generated once and for all, not in each build: the generator takes longer to compile than this SDK. `tests/it/contract.rs` holds it
// against the contract, and makes it anew.
include!("bindings/generated.rs");
