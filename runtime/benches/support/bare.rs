//! The least that could host a backend: wasmtime, its WASI, and a map in memory for the index. No limits, no deadlines, no
//! checks, one caller.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, ResourceAny, ResourceTable};
use wasmtime::{Config, Engine, Store, StoreContextMut, bail};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use self::exports::mapistore::backend::objects::TableKind;
use self::mapistore::backend::types::{ConnectionInfo, Error, Guid};

wasmtime::component::bindgen!({
    path: "../wit",
    world: "backend",
    require_store_data_send: true,
});

/// A backend to make contexts of.
pub(crate) struct Bare {
    pre: BackendPre<State>,
    engine: Engine,
    mail: Option<PathBuf>,
    ids: Ids,
}

/// An open context.
pub(crate) struct BareContext {
    store: Store<State>,
    world: Backend,
    context: ResourceAny,
    folder: ResourceAny,
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
    /// Compiles the image that a registration left: both sides start from the same memory.
    pub(crate) fn new(image: &Path, mail: Option<&Path>) -> Self {
        let mut config = Config::new();
        // Off in ours as well: on, it triples the cost of a call.
        config.concurrency_support(false);
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
        let world = self.pre.instantiate(&mut store).unwrap();
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
        BareContext { store, world, context, folder }
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
        let folder = self.world.mapistore_backend_objects().folder();
        folder.call_get_child_count(&mut self.store, self.folder, TableKind::Contents).unwrap().unwrap()
    }
}
