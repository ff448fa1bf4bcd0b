//! Says what a component lacks of the world `backend`, item by item, instead of a bare link error.

use std::fmt;

use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use crate::host::HostState;

/// The package that this host speaks.
pub(crate) const PACKAGE: &str = "mapistore:backend";
/// Its version.
pub(crate) const VERSION: &str = "0.1.0";
/// The interfaces that a backend exports.
const EXPORTS: [&str; 2] = ["provider", "objects"];

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

/// Compares a component with the world `backend`.
pub(crate) fn check(
    component: &Component,
    linker: &wasmtime::component::Linker<HostState>,
) -> Result<(), WorldMismatch> {
    let engine = component.engine();
    let ty = component.component_type();
    let mut problems = Vec::new();
    for interface in EXPORTS {
        let wanted = format!("{PACKAGE}/{interface}@{VERSION}");
        let found = ty.exports(engine).find(|(name, _)| {
            name.split_once('@').map_or(*name, |(name, _)| name) == format!("{PACKAGE}/{interface}")
        });
        match found {
            None => problems.push(format!("does not export `{wanted}`")),
            Some((name, _)) if name != wanted => {
                problems.push(format!("exports `{name}`, and this host speaks `{wanted}`"));
            }
            Some((_, item)) if !matches!(item.ty, ComponentItem::ComponentInstance(_)) => {
                problems.push(format!("exports `{wanted}`, but not as an interface"));
            }
            Some(_) => {}
        }
    }
    if problems.is_empty() {
        let pre = linker.instantiate_pre(component).and_then(crate::bindings::BackendPre::new);
        if let Err(error) = pre {
            problems.push(format!("{error:#}"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(WorldMismatch { problems }) }
}
