//! Makes destructors run in what `componentize-py` 0.25 built.
//!
//! An exported object is kept alive by one reference, which its bindings take when they hand out the handle. When the host drops the
//! handle, the bindings are told, in `wit_dylib_resource_dtor(type, object)`, and do nothing: the object stays for as long as
//! the context, with all that it holds. So the body of that function is written anew, in the same place and length:
//!
//! ```text
//! let state = PyGILState_Ensure(); Py_DecRef(object); PyGILState_Release(state);
//! ```
//!
//! All three are imported by the module already. Nothing else of the component moves. The other half is in the SDK: its handles
//! keep the bindings from dropping the handle a second time (`mapistore/component.py`).

use std::ops::Range;

use wasmparser::{ExternalKind, FunctionBody, Parser, Payload, TypeRef};

const DESTRUCTOR: &str = "wit_dylib_resource_dtor";

const NOP: u8 = 0x01;
const END: u8 = 0x0b;
const CALL: u8 = 0x10;
const LOCAL_GET: u8 = 0x20;

/// The component with destructors that run.
///
/// # Errors
/// It is not of the shape that is known.
pub(super) fn complete(mut component: Vec<u8>) -> Result<Vec<u8>, String> {
    let (place, body) = find(&component)?;
    let room = component.get_mut(place).ok_or("its destructor lies outside")?;
    let (code, rest) = room.split_at_mut_checked(body.len()).ok_or("its destructor has no room")?;
    code.copy_from_slice(&body);
    // The end of the body stays where it was.
    rest.fill(NOP);
    match rest.last_mut() {
        Some(last) => *last = END,
        None => return Err("its destructor has no room".into()),
    }
    Ok(component)
}

/// Where the destructor's body is, and what belongs there, but for the end.
fn find(component: &[u8]) -> Result<(Range<usize>, Vec<u8>), String> {
    let mut found = Vec::new();
    let mut module = Module::default();
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|error| error.to_string())? {
            Payload::Version { .. } => module = Module::default(),
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(|error| error.to_string())?;
                    if matches!(import.ty, TypeRef::Func(_)) {
                        module.imports.push(import.name.to_owned());
                    }
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export.map_err(|error| error.to_string())?;
                    if export.kind == ExternalKind::Func && export.name == DESTRUCTOR {
                        module.destructor = Some(export.index as usize);
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                if module.destructor == Some(module.imports.len() + module.bodies) {
                    found.push(module.replacement(&body)?);
                }
                module.bodies += 1;
            }
            _ => {}
        }
    }
    let [one] = <[_; 1]>::try_from(found).map_err(|found: Vec<_>| {
        format!("`{DESTRUCTOR}` is there {} times, and has to be once", found.len())
    })?;
    Ok(one)
}

/// What is known of the module that is being read.
#[derive(Default)]
struct Module {
    /// Names of the imported functions: they are the first in the numbers of functions.
    imports: Vec<String>,
    destructor: Option<usize>,
    bodies: usize,
}

impl Module {
    /// Where the destructor is, and its new body. Its parameters are the number of the type and the object.
    fn replacement(&self, old: &FunctionBody<'_>) -> Result<(Range<usize>, Vec<u8>), String> {
        // No locals.
        let mut body = vec![0];
        for name in ["PyGILState_Ensure", "_Py_DecRef", "PyGILState_Release"] {
            if name == "_Py_DecRef" {
                body.extend([LOCAL_GET, 1]);
            }
            let index = self.imports.iter().position(|import| import == name);
            let index = index.ok_or_else(|| format!("it does not import `{name}`"))?;
            body.push(CALL);
            leb128(index, &mut body);
        }
        Ok((old.range(), body))
    }
}

fn leb128(mut number: usize, out: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component as `componentize-py` makes it, as far as this looks: the module with the destructor is between others.
    fn component(destructor: &str, decref: &str) -> Vec<u8> {
        let text = format!(
            r#"(component
                (core module (func (export "other")))
                (core module
                    (import "env" "memory" (memory 1))
                    (import "env" "{decref}" (func $dec (param i32)))
                    (import "env" "PyGILState_Release" (func $release (param i32)))
                    (import "env" "PyGILState_Ensure" (func $ensure (result i32)))
                    (func $first (result i32) i32.const 7)
                    (func (export "{destructor}") (param i32 i32)
                        local.get 0 local.get 1 i32.add i32.const 100000 i32.add i32.const 100000 i32.add drop
                        i32.const 1 drop i32.const 1 drop i32.const 1 drop i32.const 1 drop)
                    (func (export "last") (result i32) call $first))
                (core module))"#
        );
        wat::parse_str(text).unwrap()
    }

    #[test]
    fn a_destructor_gives_up_its_reference_and_nothing_else_changes() {
        let before = component(DESTRUCTOR, "_Py_DecRef");
        let after = complete(before.clone()).unwrap();
        assert_eq!(after.len(), before.len());
        let (place, body) = find(&before).unwrap();
        assert_eq!(after[place.clone()][..body.len()], body);
        assert_eq!(body, [0, CALL, 2, LOCAL_GET, 1, CALL, 0, CALL, 1]);
        assert_eq!(
            (&after[..place.start], &after[place.end..]),
            (&before[..place.start], &before[place.end..])
        );
        // It compiles, so what is there is valid.
        crate::engine::Engine::for_preparation().unwrap().compile(&after).unwrap();
    }

    #[test]
    fn another_shape_is_an_error_that_says_what_is_missing() {
        let error = complete(component("renamed", "_Py_DecRef")).unwrap_err();
        assert!(error.contains("is there 0 times"), "{error}");
        let error = complete(component(DESTRUCTOR, "renamed")).unwrap_err();
        assert!(error.contains("`_Py_DecRef`"), "{error}");
        assert!(complete(b"no wasm".to_vec()).is_err());
    }
}
