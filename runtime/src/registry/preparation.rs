//! What is done with a component before it is a backend: it is compiled, asked what it is, its `init` runs, and the
//! image of its memory is taken. Knows nothing of names that are taken, of grants, or of the registry's files; runs in
//! whichever process [`child`](super::child) decides.

use std::sync::Arc;

use wasmtime::component::Component;

use super::RegistryError;
use super::record::InitMode;
use crate::bindings::BackendPre;
use crate::bindings::mapistore::backend::types::BackendInfo;
use crate::check;
use crate::engine::{Engine, snapshot, world};
use crate::error::Callee;
use crate::guest::{Guest, Start};
use crate::host::{HostState, Reach};
use crate::limits::Limits;
use crate::symbols::{Lines, Symbols};

/// What a component says about itself.
pub(crate) struct Description {
    pub(crate) info: BackendInfo,
    pub(crate) surface: world::Surface,
    /// Why no snapshot of it can be taken, if that is known before `init`.
    pub(crate) refusal: Option<String>,
}

/// What every store starts from.
pub(super) struct Image {
    /// The component after `init`; none if `init` has to run in every store of the component as it was given.
    pub(super) start: Option<Vec<u8>>,
    /// The same, or the component as it was given, compiled for this machine.
    pub(super) compiled: Vec<u8>,
    /// Where its code is in the source, as [`Lines`] writes it; none if it does not say.
    pub(super) lines: Option<Vec<u8>>,
    pub(super) init: InitMode,
    /// What `init` took of the random generator.
    pub(super) random_bytes: u64,
}

/// A component that was found to be a backend, before its `init`.
pub(super) struct Preparation<'a> {
    engine: &'a Engine,
    component: &'a [u8],
    pre: BackendPre<HostState>,
    symbols: Arc<Symbols>,
    instrumented: Result<snapshot::Instrumented<'a>, String>,
}

pub(super) fn compile(engine: &Engine, component: &[u8]) -> Result<Component, RegistryError> {
    engine.compile(component).map_err(|error| RegistryError::NotAComponent { problem: format!("{error:#}") })
}

pub(super) fn compile_to_bytes(engine: &Engine, component: &[u8]) -> Result<Vec<u8>, RegistryError> {
    serialize(&compile(engine, component)?)
}

fn serialize(component: &Component) -> Result<Vec<u8>, RegistryError> {
    component.serialize().map_err(|error| RegistryError::Host { problem: format!("{error:#}") })
}

pub(super) fn pre(engine: &Engine, component: &Component) -> Result<BackendPre<HostState>, RegistryError> {
    let linked = engine.linker().instantiate_pre(component).and_then(BackendPre::new);
    linked.map_err(|error| RegistryError::WrongWorld { problem: format!("{error:#}") })
}

impl<'a> Preparation<'a> {
    /// Compiles a component and asks it what it is.
    ///
    /// # Errors
    /// It is none, not a backend, or does not describe itself.
    pub(super) fn begin(
        engine: &'a Engine,
        component: &'a [u8],
    ) -> Result<(Description, Self), RegistryError> {
        // The instrumented form behaves as the original does, so that is the only one compiled here.
        let instrumented = match engine.is_for_debugger() {
            true => Err("a debugger sees `init` where it runs".into()),
            false => snapshot::instrument(component),
        };
        let to_compile = instrumented.as_ref().map_or(component, |instrumented| &instrumented.component);
        let compiled = compile(engine, to_compile)?;
        world::check(component, &compiled, engine.linker())
            .map_err(|mismatch| RegistryError::WrongWorld { problem: mismatch.to_string() })?;
        let pre = pre(engine, &compiled)?;
        let symbols = Arc::new(Symbols::of_component(to_compile));
        let description = Description {
            info: describe(engine, &pre, &symbols)?,
            surface: world::surface(&compiled),
            refusal: instrumented.as_ref().err().cloned(),
        };
        Ok((description, Self { engine, component, pre, symbols, instrumented }))
    }

    /// Runs `init`, once, takes the snapshot, and compiles what stores will start from.
    ///
    /// # Errors
    /// `init` failed.
    pub(super) fn finish(
        self,
        name: &str,
        config: &[(String, String)],
        limits: &Limits,
    ) -> Result<Image, RegistryError> {
        let failed = |error| RegistryError::Init(Box::new(error));
        let reach = Reach::nothing(name, config);
        let start = alone(self.engine, limits, &reach, &self.symbols);
        let (mut guest, instance) = Guest::start_with_instance(&self.pre, start).map_err(failed)?;
        guest
            .call("provider.init", |store, world| world.mapistore_backend_provider().call_init(store, config))
            .map_err(failed)?;
        let random_bytes = guest.store.data().random_bytes();
        let was_instrumented = self.instrumented.is_ok();
        let image = match self.instrumented {
            // A handle in the image would be another thing, or nothing, in the stores that start from it.
            Ok(_) if !guest.store.data().holds_nothing() => {
                Err("`init` left a file, a directory or a stream open".into())
            }
            Ok(instrumented) => instrumented.take(&mut guest.store, instance),
            Err(reason) => Err(reason),
        };
        drop(guest);
        let (start, init) = match image {
            Ok(image) => (Some(image), InitMode::Snapshot),
            Err(reason) => (None, InitMode::PerStore { reason }),
        };
        let compiled = match &start {
            Some(image) => compile_to_bytes(self.engine, image)?,
            // There may be breakpoints in it by now, and nobody loads it.
            None if self.engine.is_for_debugger() => Vec::new(),
            None if was_instrumented => compile_to_bytes(self.engine, self.component)?,
            // It is compiled already, and Python's takes long.
            None => serialize(self.pre.instance_pre().component())?,
        };
        let lines = Lines::of_component(start.as_deref().unwrap_or(self.component));
        let lines = lines.map(|lines| lines.to_bytes()).transpose();
        let lines = lines.map_err(|error| RegistryError::Host { problem: error.to_string() })?;
        Ok(Image { start, compiled, lines, init, random_bytes })
    }
}

/// What an instance without a user is made with: nobody else waits for it.
fn alone<'a>(
    engine: &'a Engine,
    limits: &'a Limits,
    reach: &'a Reach,
    symbols: &'a Arc<Symbols>,
) -> Start<'a> {
    let callee = Callee::Backend(reach.backend.as_str().into());
    Start { engine, limits, callee, turn: None, mailbox: None, reach, symbols }
}

fn describe(
    engine: &Engine,
    pre: &BackendPre<HostState>,
    symbols: &Arc<Symbols>,
) -> Result<BackendInfo, RegistryError> {
    let failed = |error| RegistryError::Undescribed(Box::new(error));
    let (limits, reach) = (engine.limits(Limits::default()), Reach::nothing("new backend", &[]));
    let mut guest = Guest::start(pre, alone(engine, &limits, &reach, symbols)).map_err(failed)?;
    let info = guest
        .enter("provider.describe", |store, world| world.mapistore_backend_provider().call_describe(store))
        .map_err(failed)?;
    check::backend_info(&info).map_err(|problem| RegistryError::Describe { problem })?;
    Ok(info)
}

#[cfg(test)]
mod tests {
    use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
    use wit_parser::{ManglingAndAbi, Resolve};

    use super::*;
    use crate::error::CallError;
    use crate::symbols::testing::with_dwarf;

    /// A backend whose functions all trap, and which says in which lines of its source they are.
    fn that_traps() -> Vec<u8> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).unwrap();
        let world = resolve.select_world(&[package], Some("backend")).unwrap();
        let mut module = with_dwarf(&dummy_module(&resolve, world, ManglingAndAbi::Standard32));
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
    }

    fn backtrace(engine: &Engine) -> String {
        let component = that_traps();
        match Preparation::begin(engine, &component).map(drop) {
            Err(RegistryError::Undescribed(error)) => match *error {
                CallError::Trapped { function: "provider.describe", backtrace, .. } => backtrace,
                other => panic!("{other}"),
            },
            Err(other) => panic!("{other}"),
            Ok(()) => panic!("it describes itself"),
        }
    }

    #[test]
    fn who_traps_before_there_is_a_snapshot_is_told_the_line() {
        let backtrace = backtrace(&Engine::for_preparation().unwrap());
        assert!(backtrace.contains("       at notes.c:"), "{backtrace}");
    }

    #[test]
    fn code_for_a_debugger_has_debug_information_and_says_the_same() {
        let (engine, usual) = (Engine::for_debugger().unwrap(), Engine::for_preparation().unwrap());
        let compiled = compile_to_bytes(&engine, &that_traps()).unwrap();
        let has = |bytes: &[u8]| bytes.windows(12).any(|window| window == b".debug_info\0");
        assert!(has(&compiled) && !has(&compile_to_bytes(&usual, &that_traps()).unwrap()));
        assert_ne!(engine.compatibility_hash(), usual.compatibility_hash());
        assert_eq!(backtrace(&engine), backtrace(&usual));
    }
}
