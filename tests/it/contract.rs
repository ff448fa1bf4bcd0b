//! The WIT itself: valid, complete, and accepted by both generators.

use std::path::Path;

use wit_bindgen_core::WorldGenerator as _;

/// What embedders' bindings come from.
mod host {
    wasmtime::component::bindgen!({ path: "../wit", world: "backend" });
}

/// Rust guests are built of what the generator once made: compares it with what it makes now.
fn assert_generated(file: &str, wit: &str, world: &str, options: wit_bindgen_rust::Opts) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut resolve = wit_bindgen_core::wit_parser::Resolve::default();
    let (package, _) = resolve.push_dir(root.join(wit)).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    let mut files = wit_bindgen_core::Files::default();
    let options = wit_bindgen_rust::Opts { format: true, generate_all: true, ..options };
    options.build().generate(&mut resolve, world, &mut files).unwrap();
    let (_, generated) = files.iter().next().unwrap();
    if std::fs::read(root.join(file)).ok().as_deref() != Some(generated) {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file.replace("/", "-"));
        std::fs::write(&made, generated).unwrap();
        panic!("`{file}` is not what is made of `{wit}`: cp '{}' {file}", made.display());
    }
}

#[test]
fn the_generator_for_embedders_accepts_the_contract() {
    // Compiled above; this names one item of it, so that it stays so.
    let _ = std::any::type_name::<host::BackendIndices>();
}

#[test]
fn the_rust_sdk_has_what_the_generator_makes_of_the_contract() {
    let options = wit_bindgen_rust::Opts {
        pub_export_macro: true,
        export_macro_name: Some("export_bindings".to_owned()),
        default_bindings_module: Some("mapistore_sdk::bindings".to_owned()),
        runtime_path: Some("::mapistore_sdk::wit_bindgen::rt".to_owned()),
        additional_derive_attributes: vec!["PartialEq".to_owned()],
        additional_derive_ignore: ["transfer-source", "transfer-item", "cas-error"].map(str::to_owned).into(),
        ..Default::default()
    };
    assert_generated("guest-sdk/rust/src/bindings/generated.rs", "wit", "backend", options);
}

#[test]
fn the_guest_that_fetches_has_what_the_generator_makes_of_its_world() {
    let file = "tests/guests/fetches/src/generated.rs";
    assert_generated(file, "tests/guests/fetches/wit", "imports", wit_bindgen_rust::Opts::default());
}

/// What a guest's language needs to start: WASI with nothing in it.
#[derive(Default)]
struct Guest {
    wasi: wasmtime_wasi::WasiCtx,
    table: wasmtime_wasi::ResourceTable,
}

impl wasmtime_wasi::WasiView for Guest {
    fn ctx(&mut self) -> wasmtime_wasi::WasiCtxView<'_> {
        wasmtime_wasi::WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// What a host that speaks a next version does for backends of this one: `wit/README.md` describes it.
mod shim {
    use wasmtime::Store;

    use super::host::mapistore::backend::types::{ContextEntry, Error, ErrorCode};
    use super::{Guest, host};
    use next::exports::mapistore::backend0_2_0::provider::BackendInfo;

    mod next {
        wasmtime::component::bindgen!({
            path: ["../wit", "wit/next"],
            world: "mapistore:backend/backend@0.2.0",
            // What did not change is one type.
            with: { "mapistore:backend/types@0.1.0": crate::contract::host::mapistore::backend::types },
        });
    }

    pub(super) type Answer<R> = wasmtime::Result<Result<R, Error>>;

    /// A backend's provider, of whichever version. Who calls it sees the newest.
    pub(super) enum Provider<'a> {
        #[expect(dead_code, reason = "no guest of the tests is of the next version: what it does is plain")]
        Newest(&'a next::exports::mapistore::backend0_2_0::provider::Guest),
        V0_1(&'a host::exports::mapistore::backend::provider::Guest),
    }

    impl Provider<'_> {
        /// What is new in an answer has its default.
        pub(super) fn describe(&self, store: &mut Store<Guest>) -> wasmtime::Result<BackendInfo> {
            let info = match self {
                Self::Newest(provider) => return provider.call_describe(store),
                Self::V0_1(provider) => provider.call_describe(store)?,
            };
            Ok(BackendInfo {
                name: info.name,
                description: info.description,
                namespace: info.namespace,
                version: info.version,
                capabilities: info.capabilities,
                inline_limit: info.inline_limit,
                homepage: None,
            })
        }

        /// What is new as a whole is not implemented.
        pub(super) fn health(&self, store: &mut Store<Guest>) -> Answer<()> {
            match self {
                Self::Newest(provider) => provider.call_health(store),
                Self::V0_1(_) => Ok(Err(Error { code: ErrorCode::NotImplemented, detail: None })),
            }
        }

        /// What is as it was is handed on.
        pub(super) fn list_contexts(
            &self,
            store: &mut Store<Guest>,
            user: &str,
        ) -> Answer<Vec<ContextEntry>> {
            match self {
                Self::Newest(provider) => provider.call_list_contexts(store, user),
                Self::V0_1(provider) => provider.call_list_contexts(store, user),
            }
        }
    }
}

#[test]
fn a_backend_of_this_version_runs_where_a_next_one_is_spoken() {
    use wasmtime::component::types::ComponentItem;
    use wasmtime::component::{Component, Linker};
    let engine = wasmtime::Engine::default();
    let component = Component::from_file(&engine, tests::guest("guest-well-behaved")).unwrap();
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker).unwrap();
    for (name, item) in component.component_type().imports(&engine) {
        let of_the_host = name.starts_with("mapistore:") || name.starts_with("wasi:logging/");
        let ComponentItem::ComponentInstance(functions) = item.ty else { continue };
        if !of_the_host {
            continue;
        }
        let mut import = linker.instance(name).unwrap();
        for (function, item) in functions.exports(&engine) {
            if matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                // Nothing that is called here needs it.
                import.func_new(function, |_, _, _, _| wasmtime::bail!("not linked")).unwrap();
            }
        }
    }
    let mut store = wasmtime::Store::new(&engine, Guest::default());
    let backend = host::Backend::instantiate(&mut store, &component, &linker).unwrap();
    let provider = shim::Provider::V0_1(backend.mapistore_backend_provider());
    let info = provider.describe(&mut store).unwrap();
    assert_eq!((info.name.as_str(), info.homepage), ("well-behaved", None));
    let healthy = provider.health(&mut store).unwrap();
    let not_implemented = host::mapistore::backend::types::ErrorCode::NotImplemented;
    assert!(healthy.is_err_and(|error| error.code == not_implemented));
    let contexts = provider.list_contexts(&mut store, "alice").unwrap().unwrap();
    assert!(contexts[0].url.contains("alice"), "{}", contexts[0].url);
}

#[test]
fn one_file_holds_one_interface() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
    for interface in ["types", "index", "named-properties", "notifications", "objects", "provider"] {
        let text = std::fs::read_to_string(format!("{dir}/{interface}.wit")).unwrap();
        let declared: Vec<_> = text.lines().filter(|line| line.starts_with("interface ")).collect();
        assert_eq!(declared, [format!("interface {interface} {{")]);
    }
}

#[test]
fn every_function_and_every_field_group_is_documented() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
    for interface in ["index", "named-properties", "notifications", "provider"] {
        let text = std::fs::read_to_string(format!("{dir}/{interface}.wit")).unwrap();
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        for (number, line) in lines.iter().enumerate() {
            if line.contains(": func(") {
                let before = lines[number - 1];
                assert!(before.starts_with("///"), "{interface}.wit:{}: {line}", number + 1);
            }
        }
    }
}

#[test]
fn a_published_version_does_not_change() {
    use sha2::{Digest, Sha256};
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let mut listed = Vec::new();
    for line in std::fs::read_to_string(wit.join("published/0.1.0.sha256")).unwrap().lines() {
        let (digest, file) = line.split_once("  ").unwrap();
        let found = Sha256::digest(std::fs::read(wit.join(file)).unwrap());
        let found: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            found, digest,
            "`wit/{file}` is part of version 0.1.0, which is published: backends were built against it. Take the \
             change back, and add it as a new version: see `wit/README.md`"
        );
        listed.push(file.to_owned());
    }
    for dir in [".", "deps/wasi-keyvalue", "deps/wasi-logging"] {
        for entry in std::fs::read_dir(wit.join(dir)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let file = if dir == "." { name } else { format!("{dir}/{name}") };
            assert!(
                !file.ends_with(".wit") || listed.contains(&file),
                "`wit/{file}` is not part of version 0.1.0: see `wit/README.md`"
            );
        }
    }
}
