//! What is done with a component before it is a backend: it is compiled, asked what it is, its `init` runs, and the
//! image of its memory is taken. Knows nothing of names that are taken, of grants, or of the registry's files; runs in
//! whichever process [`child`](super::child) decides.

use wasmtime::component::Component;

use super::RegistryError;
use super::record::InitMode;
use crate::bindings::BackendPre;
use crate::bindings::mapistore::backend::types::BackendInfo;
use crate::check;
use crate::engine::{Engine, snapshot, world};
use crate::error::{CallError, Callee};
use crate::guest::Guest;
use crate::host::{HostState, Reach};
use crate::limits::Limits;

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
    pub(super) init: InitMode,
}

/// A component that was found to be a backend, before its `init`.
pub(super) struct Preparation<'a> {
    engine: &'a Engine,
    component: &'a [u8],
    pre: BackendPre<HostState>,
    instrumented: Result<snapshot::Instrumented<'a>, String>,
}

pub(super) fn compile(engine: &Engine, component: &[u8]) -> Result<Component, RegistryError> {
    engine.compile(component).map_err(|error| RegistryError::NotAComponent { problem: format!("{error:#}") })
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
        let instrumented = snapshot::instrument(component);
        let to_compile = instrumented.as_ref().map_or(component, |instrumented| &instrumented.component);
        let compiled = compile(engine, to_compile)?;
        world::check(component, &compiled, engine.linker())
            .map_err(|mismatch| RegistryError::WrongWorld { problem: mismatch.to_string() })?;
        let pre = pre(engine, &compiled)?;
        let description = Description {
            info: describe(engine, &pre)?,
            surface: world::surface(&compiled),
            refusal: instrumented.as_ref().err().cloned(),
        };
        Ok((description, Self { engine, component, pre, instrumented }))
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
        let callee = Callee::Backend(name.to_owned());
        let (mut guest, instance) =
            Guest::start_for_init(self.engine, &self.pre, callee, limits, &Reach::nothing(name, config))
                .map_err(failed)?;
        guest
            .call("provider.init", |store, world| world.mapistore_backend_provider().call_init(store, config))
            .map_err(failed)?;
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
        let compiled = compile(self.engine, start.as_deref().unwrap_or(self.component))?
            .serialize()
            .map_err(|error| RegistryError::Host { problem: format!("{error:#}") })?;
        Ok(Image { start, compiled, init })
    }
}

fn describe(engine: &Engine, pre: &BackendPre<HostState>) -> Result<BackendInfo, RegistryError> {
    let failed = |error: CallError| RegistryError::Describe { problem: error.to_string() };
    let callee = Callee::Backend("new backend".into());
    let reach = Reach::nothing("new backend", &[]);
    let mut guest = Guest::start(engine, pre, callee, &Limits::default(), None, &reach).map_err(failed)?;
    let info = guest
        .enter("provider.describe", |store, world| world.mapistore_backend_provider().call_describe(store))
        .map_err(failed)?;
    check::backend_info(&info).map_err(|problem| RegistryError::Describe { problem })?;
    Ok(info)
}
