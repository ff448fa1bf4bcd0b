//! Says what a component lacks of the world `backend`, item by item, instead of a bare link error.

use std::fmt;

use wasmtime::component::Component;

use crate::host::HostState;

/// The package that this host speaks.
pub(crate) const PACKAGE: &str = "mapistore:backend";
/// Its version.
pub(crate) const VERSION: &str = "0.1.0";

/// What a component imports and exports, by full name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surface {
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

/// Why a component is not a backend.
#[derive(Debug, thiserror::Error)]
pub(crate) struct WorldMismatch {
    problems: Vec<String>,
}

impl fmt::Display for WorldMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("; "))
    }
}

pub(crate) fn surface(component: &Component) -> Surface {
    let engine = component.engine();
    let ty = component.component_type();
    // What the snapshot needed to read the memory is not the component's own.
    let own = |name: &&str| *name != super::snapshot::ACCESSORS;
    Surface {
        imports: ty.imports(engine).map(|(name, _)| name.to_owned()).collect(),
        exports: ty.exports(engine).map(|(name, _)| name).filter(own).map(str::to_owned).collect(),
    }
}

/// Compares a component with the world `backend`: `bytes` are what `component` was made of, perhaps before it was instrumented.
pub(crate) fn check(
    bytes: &[u8],
    component: &Component,
    linker: &wasmtime::component::Linker<HostState>,
) -> Result<(), WorldMismatch> {
    let mut problems = super::contract::differences(bytes).unwrap_or_else(|problem| vec![problem]);
    if problems.is_empty() {
        let pre = linker.instantiate_pre(component).and_then(crate::bindings::BackendPre::new);
        if let Err(error) = pre {
            problems.push(format!("{error:#}"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(WorldMismatch { problems }) }
}
