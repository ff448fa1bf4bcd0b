//! Makes a component of a core module that was compiled for a world: what compilers without the component model write.

use std::borrow::Cow;

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::ComponentEncoder;

/// The preamble of a core module: magic, version 1, layer 0. A component has layer 1.
const CORE_PREAMBLE: [u8; 8] = *b"\0asm\x01\0\0\0";

/// The component in `bytes`: as it is, or made of the core module with its calls of WASI preview 1 adapted. What is
/// neither is left for the compiler to refuse.
///
/// # Errors
/// The module has not the shape that its own description of the world asks for.
pub(crate) fn component_of(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    if !bytes.starts_with(&CORE_PREAMBLE) {
        return Ok(Cow::Borrowed(bytes));
    }
    let encoded = ComponentEncoder::default().validate(true).module(bytes).and_then(|encoder| {
        encoder.adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?.encode()
    });
    encoded.map(Cow::Owned).map_err(|error| format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
    use wit_parser::{ManglingAndAbi, Resolve};

    use super::component_of;

    /// A core module with every import and export of the world, and a call of WASI preview 1.
    fn core_module() -> Vec<u8> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).unwrap();
        let world = resolve.select_world(&[package], Some("backend")).unwrap();
        let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        module
    }

    #[test]
    fn a_core_module_becomes_a_component_of_its_world() {
        let module = core_module();
        let component = component_of(&module).unwrap();
        assert_ne!(component.get(..8), module.get(..8));
        let engine = crate::engine::Engine::for_preparation().unwrap();
        let compiled = engine.compile(&component).unwrap();
        crate::engine::world::check(&component, &compiled, engine.linker()).unwrap();
    }

    #[test]
    fn a_component_stays_as_it_is_and_so_does_what_is_no_wasm() {
        let component = ComponentEncoder::default().module(&core_module()).unwrap().encode().unwrap();
        for bytes in [&component[..], b"\x7fELF", b""] {
            assert_eq!(component_of(bytes).unwrap(), bytes);
        }
    }

    #[test]
    fn a_core_module_of_another_shape_is_refused_with_what_it_lacks() {
        let mut module = core_module();
        module.truncate(module.len() / 2);
        assert!(component_of(&module).is_err());
        // Without a world inside, an import from nowhere cannot be satisfied.
        let foreign = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x07\x01\x01m\x01f\0\0";
        assert!(component_of(foreign).unwrap_err().contains('m'));
    }
}
