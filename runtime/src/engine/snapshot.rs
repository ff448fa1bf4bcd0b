//! Takes the image that every context starts from: the component as it is after `init`.
//!
//! Wizer adds accessors to the component, we run `init` in it, and wizer writes the memory that it finds into a new
//! component. Some components cannot be treated so; then `init` runs in every fresh store instead.

use wasmtime::component::{Instance, Lift, WasmList};
use wasmtime::{Store, StoreContextMut};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

use crate::host::HostState;

/// The instance through which wizer reads an instrumented component.
pub(crate) const ACCESSORS: &str = "wasmtime:wizer/access";

/// A component made ready for its `init`.
pub(crate) struct Instrumented<'a> {
    context: wasmtime_wizer::ComponentContext<'a>,
    /// The component to compile and to run `init` in.
    pub(crate) component: Vec<u8>,
}

/// Adds the accessors.
///
/// # Errors
/// The rule of wizer's that the component breaks.
pub(crate) fn instrument(component: &[u8]) -> Result<Instrumented<'_>, String> {
    if component.len() > u32::MAX as usize {
        return Err("the component is larger than 4 GiB".into());
    }
    let (context, component) =
        quietly(|| Wizer::new().instrument_component(component))?.map_err(|error| format!("{error:#}"))?;
    Ok(Instrumented { context, component })
}

impl Instrumented<'_> {
    /// Writes the component anew, with the memory and the globals of `instance` as its initial ones.
    ///
    /// # Errors
    /// What stood in the way.
    pub(crate) fn take(&self, store: &mut Store<HostState>, instance: Instance) -> Result<Vec<u8>, String> {
        let mut access = Access { store, instance, failure: None };
        let image = quietly(|| poll_once(Wizer::new().snapshot_component(&self.context, &mut access)))?;
        if let Some(failure) = access.failure {
            return Err(format!("{failure:#}"));
        }
        image.ok_or("the snapshot waits for something")?.map_err(|error| format!("{error:#}"))
    }
}

/// Wizer has `todo!` and `unwrap` on components that it does not expect. This is no sandbox: it turns a panic on a strange
/// component into a refusal of the snapshot.
fn quietly<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).map_err(|panic| {
        let message = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        format!("wizer gave up: {message}")
    })
}

/// Wizer's interface is async for hosts whose calls are; ours are not, so its futures are ready at once.
fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

/// Reads an instance through the accessors that wizer added.
struct Access<'a> {
    store: &'a mut Store<HostState>,
    instance: Instance,
    /// Wizer's trait has no room for errors: the first is kept, and zeros are answered after it.
    failure: Option<wasmtime::Error>,
}

impl Access<'_> {
    fn call<R: Lift + Send + Sync + 'static>(&mut self, instance: &str, function: &str) -> Option<R> {
        let called = self.try_call(instance, function);
        called.map_err(|error| self.failure.get_or_insert(error)).ok()
    }

    fn try_call<R: Lift + Send + Sync + 'static>(
        &mut self,
        instance: &str,
        function: &str,
    ) -> wasmtime::Result<R> {
        let missing = || wasmtime::format_err!("wizer's accessor `{function}` is missing");
        let interface =
            self.instance.get_export_index(&mut *self.store, None, instance).ok_or_else(missing)?;
        let export = self
            .instance
            .get_export_index(&mut *self.store, Some(&interface), function)
            .ok_or_else(missing)?;
        let function = self.instance.get_typed_func::<(), (R,)>(&mut *self.store, export)?;
        Ok(function.call(&mut *self.store, ())?.0)
    }
}

impl ComponentInstanceState for Access<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        match self.call::<WasmList<u8>>(instance, func) {
            Some(list) => contents(list.as_le_slice(StoreContextMut::from(&mut *self.store))),
            None => contents(&[]),
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.call(instance, func).unwrap_or_default()
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.call(instance, func).unwrap_or_default()
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.call::<f32>(instance, func).unwrap_or_default().to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.call::<f64>(instance, func).unwrap_or_default().to_bits()
    }
}
