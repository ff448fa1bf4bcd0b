//! What is known of the source of a component's code, and the backtrace that is written with it.
//!
//! Names of functions are in the compiled form, if the component has them. Files and lines are in its DWARF, which is read only
//! where it cannot do harm: in the process that prepares components. What it leaves is a flat table, [`Lines`], in which
//! nothing is left to parse. See `docs/decisions/0040-lines-are-read-at-registration.md`.

mod backtrace;
mod dwarf;
mod lines;
mod name;
#[cfg(test)]
pub(crate) mod testing;

use std::sync::LazyLock;

use wasmtime::WasmBacktrace;

pub(crate) use lines::Lines;

/// See the module. The table is looked for when the first trap asks for it.
pub(crate) struct Symbols(LazyLock<Option<Lines>, Read>);

type Read = Box<dyn FnOnce() -> Option<Lines> + Send>;

impl Symbols {
    /// Of a component whose table somebody else has.
    pub(crate) fn from_table(read: impl FnOnce() -> Option<Lines> + Send + 'static) -> Self {
        Self(LazyLock::new(Box::new(read)))
    }

    /// Of a component that is at hand, in a process that may be lost over it.
    pub(crate) fn of_component(component: &[u8]) -> Self {
        if !dwarf::is_in(component) {
            return Self::from_table(|| None);
        }
        let component = component.to_vec();
        Self::from_table(move || Lines::of_component(&component))
    }

    /// What the guest was doing, innermost first, for people to read.
    pub(crate) fn backtrace(&self, trace: &WasmBacktrace) -> String {
        backtrace::text(trace, self.0.as_ref())
    }
}
