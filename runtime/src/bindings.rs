//! The Rust form of the contract in `wit/`: the only `bindgen!`s, and nothing else.

#![expect(missing_docs, reason = "generated from the WIT, which documents every item")]
#![expect(unreachable_pub, reason = "generated code re-exports what its types are made of")]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "backend",
    // A host function may end the call: an answer cannot say everything (a log flood, a lost index).
    imports: { default: trappable },
    require_store_data_send: true,
    additional_derives: [PartialEq],
    with: { "wasi:keyvalue": crate::bindings::keyvalue::wasi::keyvalue },
});

/// By itself: its types hold handles, which cannot be compared.
pub mod keyvalue {
    wasmtime::component::bindgen!({
        path: "../wit/deps/wasi-keyvalue",
        world: "imports",
        imports: { default: trappable },
        with: {
            "wasi:keyvalue/store.bucket": crate::host::keyvalue::Bucket,
            "wasi:keyvalue/atomics.cas": crate::host::keyvalue::Cas,
        },
    });
}
