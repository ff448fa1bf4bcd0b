//! The Rust form of the contract in `wit/`: the only `bindgen!`, and nothing else.

#![expect(missing_docs, reason = "generated from the WIT, which documents every item")]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "backend",
    // A host function may end the call: an answer cannot say everything (a log flood, a lost index).
    imports: { default: trappable },
    require_store_data_send: true,
    additional_derives: [PartialEq],
});
