//! The least that could host a backend: wasmtime, its WASI, and a map in memory for the index. No limits, no deadlines, no
//! checks, one caller.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ::mapistore::Profile;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, ResourceAny, ResourceTable, TypedFunc};
use wasmtime::{Config, Enabled, Engine, PoolingAllocationConfig, Store, StoreContextMut, bail};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

pub(crate) use self::exports::mapistore::backend::objects::TableKind;
use self::mapistore::backend::types::{ConnectionInfo, Error, Guid};

wasmtime::component::bindgen!({
    path: "../wit",
    world: "backend",
    require_store_data_send: true,
});

/// How many contexts there can be.
pub(crate) const CONTEXTS_MAX: u32 = 1_000;

/// A backend to make contexts of.
pub(crate) struct Bare {
    pre: BackendPre<State>,
    engine: Engine,
    mail: Option<PathBuf>,
    ids: Ids,
}

/// An open context.
pub(crate) struct BareContext {
    pub(crate) store: Store<State>,
    /// `folder.get-child-count`, to be called on this thread or on a fiber.
    pub(crate) child_count: TypedFunc<(ResourceAny, TableKind), (Result<u32, Error>,)>,
    context: ResourceAny,
    pub(crate) folder: ResourceAny,
}

pub(crate) struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Ids by URI.
#[derive(Clone, Default)]
struct Ids(Arc<Mutex<HashMap<String, u64>>>);

impl Ids {
    fn ensure(&self, uris: Vec<String>) -> Vec<u64> {
        let mut ids = self.0.lock().unwrap();
        let id = |uri| {
            let next = (ids.len() as u64 + 1).swap_bytes() | 1;
            *ids.entry(uri).or_insert(next)
        };
        uris.into_iter().map(id).collect()
    }
}

impl Bare {
    /// Compiles the image that a registration in a data directory left: both sides start from the same memory, in the
    /// same kind of pool.
    pub(crate) fn new(data: &Path, backend: &str, mail: Option<&Path>, profile: Profile) -> Self {
        let image = data.join("backends").join(backend).join("start.wasm");
        let mut config = Config::new();
        // Off in ours as well: on, it triples the cost of a call.
        config.concurrency_support(false);
        config.memory_guaranteed_dense_image_size(128 << 20);
        let mut pool = PoolingAllocationConfig::new();
        pool.total_memories(CONTEXTS_MAX).table_elements(65_536).max_memory_size(4 << 30);
        pool.total_component_instances(CONTEXTS_MAX)
            .total_core_instances(8 * CONTEXTS_MAX)
            .total_tables(4 * CONTEXTS_MAX);
        if profile == Profile::Trusted {
            pool.linear_memory_keep_resident(64 << 10).table_keep_resident(64 << 10);
            pool.pagemap_scan(Enabled::Auto);
        }
        config.allocation_strategy(pool);
        let engine = Engine::new(&config).unwrap();
        let component = Component::from_file(&engine, image).unwrap();
        let mut linker = Linker::<State>::new(&engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker).unwrap();
        let ids = Ids::default();
        let map = ids.clone();
        let ensure = move |_: StoreContextMut<'_, State>, (uris,): (Vec<String>,)| {
            Ok((Ok::<_, Error>(map.ensure(uris)),))
        };
        for (name, item) in component.component_type().imports(&engine) {
            let ComponentItem::ComponentInstance(functions) = item.ty else { continue };
            if name.starts_with("wasi:") && !name.starts_with("wasi:logging/") {
                continue;
            }
            let mut import = linker.instance(name).unwrap();
            for (function, item) in functions.exports(&engine) {
                match (function, item.ty) {
                    ("ensure-ids", _) => import.func_wrap(function, ensure.clone()).unwrap(),
                    // Nothing that is measured calls any other.
                    (_, ComponentItem::ComponentFunc(_)) => {
                        import.func_new(function, |_, _, _, _| bail!("not linked")).unwrap();
                    }
                    _ => {}
                }
            }
        }
        let pre = BackendPre::new(linker.instantiate_pre(&component).unwrap()).unwrap();
        Self { pre, engine, mail: mail.map(Path::to_owned), ids }
    }

    /// Creates a context, down to its root folder.
    pub(crate) fn open(&self, user: &str, uri: &str) -> BareContext {
        let mut wasi = WasiCtxBuilder::new();
        wasi.allow_blocking_current_thread(true);
        if let Some(mail) = &self.mail {
            wasi.preopened_dir(mail, "/mail", FsPerms::ReadWrite).unwrap();
        }
        let state = State { wasi: wasi.build(), table: ResourceTable::new() };
        let mut store = Store::new(&self.engine, state);
        let instance = self.pre.instance_pre().instantiate(&mut store).unwrap();
        let world = Backend::new(&mut store, &instance).unwrap();
        let objects = instance.get_export_index(&mut store, None, "mapistore:backend/objects@0.1.0").unwrap();
        let child_count =
            instance.get_export_index(&mut store, Some(&objects), "[method]folder.get-child-count").unwrap();
        let child_count = instance.get_typed_func(&mut store, child_count).unwrap();
        let connection = ConnectionInfo {
            username: user.to_owned(),
            owner: user.to_owned(),
            replica_guid: Guid { hi: 1, lo: 2 },
            replica_id: 1,
            locale: 0x0409,
            codepage: 1252,
        };
        let root = self.ids.ensure(vec![uri.to_owned()])[0];
        let provider = world.mapistore_backend_provider();
        let context = provider.call_create_context(&mut store, &connection, uri).unwrap().unwrap();
        let contexts = world.mapistore_backend_objects().context();
        let folder = contexts.call_get_root_folder(&mut store, context, root).unwrap().unwrap();
        BareContext { store, child_count, context, folder }
    }
}

impl BareContext {
    /// Runs the destructors and gives the memory back.
    pub(crate) fn close(mut self) {
        self.folder.resource_drop(&mut self.store).unwrap();
        self.context.resource_drop(&mut self.store).unwrap();
    }

    /// How many messages the root folder has.
    pub(crate) fn count(&mut self) -> u32 {
        let parameters = (self.folder, TableKind::Contents);
        self.child_count.call(&mut self.store, parameters).unwrap().0.unwrap()
    }
}
