//! What `wit-bindgen` makes of the contract in `wit/`. Knows the ABI; `glue` and the modules over the imports use it,
//! and so may authors who need what the SDK's traits do not show.
#![expect(missing_docs, reason = "generated code; the documentation is in `wit/`")]

wit_bindgen::generate!({
    path: "../wit",
    world: "backend",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_bindings",
    default_bindings_module: "mapistore_sdk::bindings",
    runtime_path: "::mapistore_sdk::wit_bindgen::rt",
    additional_derives: [PartialEq],
    additional_derives_ignore: ["transfer-source", "transfer-item", "cas-error"],
});
