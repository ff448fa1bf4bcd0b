//! Components from anywhere: bytes of no meaning, real components with bytes changed, and modules with every export of the
//! world and any code in them.

use std::sync::{Arc, LazyLock, Once};

use arbitrary::{Result, Unstructured};
use mapistore::blocking::wait;
use mapistore::index::MemoryIndex;
use mapistore::keyvalue::MemoryKeyValue;
use mapistore::types::{Role, TableKind};
use mapistore::{Connection, OperatorConfig, Registration, Runtime, Source};
use tempfile::TempDir;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve, WorldId};

/// The contract, and a core module with all that its world imports and exports, where every function traps.
struct World {
    resolve: Resolve,
    world: WorldId,
    module: Vec<u8>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut resolve = Resolve::default();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
    let (package, _) = resolve.push_dir(wit).expect("the contract");
    let world = resolve.select_world(&[package], Some("backend")).expect("its world");
    let module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    World { resolve, world, module }
});

impl World {
    /// The module with a description of the world in it, from which the host makes a component.
    fn described(&self, module: &[u8]) -> Vec<u8> {
        let mut module = module.to_vec();
        let encoding = StringEncoding::UTF8;
        embed_component_metadata(&mut module, &self.resolve, self.world, encoding).expect("a world");
        module
    }
}

/// Compiles in this process, unlike the binary: what would end the child ends the fuzzer. Guests have little time.
static RUNTIME: LazyLock<(Runtime, TempDir)> = LazyLock::new(|| {
    let dir = TempDir::new().expect("a temporary directory");
    let file = dir.path().join("mapistore.toml");
    let limits = "[limits]\ncall_timeout_ms = 200\nclose_timeout_ms = 100\nmemory_max_bytes = 16777216\n";
    std::fs::write(&file, limits).expect("a file");
    let config = OperatorConfig::read(&file).expect("settings");
    let builder = Runtime::builder(dir.path().join("data")).config(config);
    let builder =
        builder.index(Arc::new(MemoryIndex::default())).key_value(Arc::new(MemoryKeyValue::default()));
    (builder.open().expect("a runtime"), dir)
});

/// The host catches panics of wizer, which does not expect every component, and takes no snapshot then. All others count.
fn let_wizer_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let end = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !panic.location().is_some_and(|at| at.file().contains("wasmtime-wizer")) {
                end(panic);
            }
        }));
    });
}

/// Any component is refused, or registered and then called; nothing of it stays.
pub(crate) fn components(data: &[u8]) {
    let_wizer_panic();
    let mut u = Unstructured::new(data);
    let Ok(bytes) = component(&mut u) else { return };
    let Ok(source) = Source::from_bytes(&bytes) else { return };
    let runtime = &RUNTIME.0;
    // The name is not left to its `describe`, so that little in it has to be right.
    let registration = Registration { source, name: Some("any".into()), ..Registration::default() };
    let Ok(record) = wait(runtime.register(registration)) else {
        assert!(runtime.backends().is_empty());
        return;
    };
    let _ = wait(runtime.list_contexts("alice"));
    let _ = wait(runtime.create_root_folder("alice", Role::Mail, "a"));
    let uri = format!("{}://alice/", record.namespace);
    if let Ok(context) = wait(runtime.open_context(&Connection::of("alice"), &uri)) {
        if let Ok(root) = wait(context.root_folder()) {
            let _ = wait(root.get_child_count(TableKind::Contents));
            let _ = wait(root.open_table(TableKind::Contents));
        }
        wait(context.close());
    }
    wait(runtime.remove("any")).expect("a backend that is not in use");
}

fn component(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    match u.int_in_range(0..=3)? {
        0 => {
            let rest = u.len();
            Ok(u.bytes(rest)?.to_vec())
        }
        1 => {
            let mut bytes = WORLD.described(&WORLD.module);
            if u.ratio(1, 2)? {
                let encoder = ComponentEncoder::default().module(&bytes);
                bytes = encoder.and_then(|mut encoder| encoder.encode()).expect("a component");
            }
            changed(u, bytes)
        }
        2 => any_code(u),
        _ => {
            let bytes = real()?;
            changed(u, bytes)
        }
    }
}

/// With some bytes exchanged.
fn changed(u: &mut Unstructured<'_>, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    for _ in 0..u.int_in_range(0..=4)? {
        let at = u.choose_index(bytes.len())?;
        bytes[at] = u.arbitrary()?;
    }
    Ok(bytes)
}

/// A backend that works. Not in the ordinary tests: it takes a second to compile.
fn real() -> Result<Vec<u8>> {
    match cfg!(feature = "libfuzzer") {
        true => Ok(std::fs::read(tests::guest("guest-well-behaved")).expect("a component")),
        false => Err(arbitrary::Error::NotEnoughData),
    }
}

/// A module with every export of the world, and any code. Not in the ordinary tests: see the feature.
#[cfg(feature = "libfuzzer")]
fn any_code(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let config = wasm_smith::Config {
        exports: Some(WORLD.module.clone()),
        max_memories: 1,
        max_memory32_bytes: 1 << 20,
        gc_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        shared_everything_threads_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        simd_enabled: u.arbitrary()?,
        ..wasm_smith::Config::default()
    };
    Ok(WORLD.described(&wasm_smith::Module::new(config, u)?.to_bytes()))
}

#[cfg(not(feature = "libfuzzer"))]
fn any_code(_: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    Ok(WORLD.described(&WORLD.module))
}
