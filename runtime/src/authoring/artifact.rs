//! What was compiled as the component that is delivered: without what nobody needs to run it, and with what can be said of
//! it without compiling it for this machine.

use wasm_encoder::{ComponentSectionId, Encode as _, RawSection, Section as _};
use wasmparser::{Encoding, Parser, Payload};

use super::AuthoringError;
use crate::engine::{contract, world};
use crate::registry::component_of;

/// What a component is built for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// To be used: small and fast. Of what does not run, the names of functions are kept: errors show them.
    #[default]
    Release,
    /// To be looked into: what the language has for a debugger is kept, and nothing is optimised. Errors show files and lines.
    Debug,
}

impl Mode {
    /// Whether a custom section stays.
    fn keeps(self, section: &str) -> bool {
        section == "name" || self == Self::Debug && section.starts_with(".debug_")
    }
}

/// A component that was built.
#[derive(Clone, Debug)]
pub struct Artifact {
    bytes: Vec<u8>,
    unstripped: usize,
    imports: Vec<String>,
    lacks: Vec<String>,
}

impl Artifact {
    /// Makes the component of what a compiler wrote.
    ///
    /// # Errors
    /// It is no WebAssembly, or a core module that cannot be a component.
    pub(super) fn of(compiled: &[u8], mode: Mode) -> Result<Self, AuthoringError> {
        let problem = |problem: String| AuthoringError::NotAComponent { problem };
        let component = component_of(compiled).map_err(problem)?;
        let bytes = stripped(&component, mode).map_err(|error| problem(error.to_string()))?;
        let imports = imports(&bytes).map_err(|error| problem(error.to_string()))?;
        let mut lacks = contract::differences(&bytes).unwrap_or_else(|problem| vec![problem]);
        let foreign = imports.iter().filter(|name| !is_known(name));
        lacks.extend(foreign.map(|name| format!("imports `{name}`, which no host has")));
        Ok(Self { unstripped: component.len(), bytes, imports, lacks })
    }

    /// The component.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes it had before it was stripped.
    pub fn unstripped(&self) -> usize {
        self.unstripped
    }

    /// The names of what it imports.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// What keeps it from being a backend, by the names of what it imports and exports.
    pub fn lacks(&self) -> &[String] {
        &self.lacks
    }
}

/// Whether an import is of the contract, or of WASI.
fn is_known(import: &str) -> bool {
    let contract = import.strip_prefix(world::PACKAGE).is_some_and(|rest| rest.starts_with('/'));
    contract || import.starts_with("wasi:")
}

/// The component without sections that do not run, in whatever module or component inside of it they are.
fn stripped(component: &[u8], mode: Mode) -> wasmparser::Result<Vec<u8>> {
    let mut stripped = Vec::new();
    // The components around the one that is being copied.
    let mut outer: Vec<Vec<u8>> = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        match &payload {
            Payload::Version { encoding: Encoding::Component, .. } => {
                stripped.extend_from_slice(&wasm_encoder::Component::HEADER);
            }
            Payload::Version { encoding: Encoding::Module, .. } => {
                stripped.extend_from_slice(&wasm_encoder::Module::HEADER);
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                outer.push(std::mem::take(&mut stripped));
                continue;
            }
            Payload::End(_) => {
                let Some(mut parent) = outer.pop() else { break };
                let component = stripped.starts_with(&wasm_encoder::Component::HEADER);
                let id =
                    if component { ComponentSectionId::Component } else { ComponentSectionId::CoreModule };
                parent.push(id.into());
                stripped.encode(&mut parent);
                stripped = parent;
            }
            Payload::CustomSection(section) if !mode.keeps(section.name()) => continue,
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            let data = component.get(range).unwrap_or_default();
            RawSection { id, data }.append_to(&mut stripped);
        }
    }
    Ok(stripped)
}

/// The names of what a component imports.
fn imports(component: &[u8]) -> wasmparser::Result<Vec<String>> {
    let mut imports = Vec::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(import?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(imports)
}

#[cfg(test)]
mod tests {
    use wit_component::{StringEncoding, dummy_module, embed_component_metadata};
    use wit_parser::{ManglingAndAbi, Resolve};

    use super::*;

    /// A core module of the contract's world, or of another, with names and a debugger's section.
    fn core_module(wit: Option<&str>) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let package = match wit {
            Some(text) => resolve.push_str("test.wit", text).unwrap(),
            None => resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).unwrap().0,
        };
        let world = resolve.select_world(&[package], None).unwrap();
        let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
        for (name, data) in [(".debug_info", &[7; 5000][..]), ("name", &[0, 5, 4, b'u', b'n', b'i', b'q'])] {
            let section = wasm_encoder::CustomSection { name: name.into(), data: data.into() };
            module.push(0);
            section.encode(&mut module);
        }
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        module
    }

    fn contains(bytes: &[u8], word: &str) -> bool {
        bytes.windows(word.len()).any(|window| window == word.as_bytes())
    }

    #[test]
    fn what_does_not_run_is_taken_out_and_the_rest_is_still_a_component() {
        let module = core_module(None);
        let artifact = Artifact::of(&module, Mode::Release).unwrap();
        assert!(artifact.bytes().len() + 5000 < artifact.unstripped());
        assert!(!contains(artifact.bytes(), ".debug_info") && contains(artifact.bytes(), "uniq"));
        assert!(artifact.lacks().is_empty(), "{:?}", artifact.lacks());
        assert!(artifact.imports().contains(&"mapistore:backend/index@0.1.0".to_owned()));
        let engine = crate::engine::Engine::for_preparation().unwrap();
        let compiled = engine.compile(artifact.bytes()).unwrap();
        world::check(artifact.bytes(), &compiled, engine.linker()).unwrap();
    }

    #[test]
    fn what_a_debugger_reads_stays_where_one_is_to_be_used() {
        let artifact = Artifact::of(&core_module(None), Mode::Debug).unwrap();
        assert!(contains(artifact.bytes(), "uniq") && contains(artifact.bytes(), ".debug_info"));
    }

    #[test]
    fn a_component_of_another_world_is_told_what_it_lacks() {
        let wit = "package other:thing; interface i { f: func(); } world w { import i; }";
        let artifact = Artifact::of(&core_module(Some(wit)), Mode::Release).unwrap();
        let lacks = [
            "does not export `mapistore:backend/provider@0.1.0`",
            "does not export `mapistore:backend/objects@0.1.0`",
            "imports `other:thing/i`, which no host has",
        ];
        assert_eq!(artifact.lacks(), lacks);
        let older =
            "package mapistore:backend@0.0.1; interface provider { f: func(); } world w { export provider; }";
        let artifact = Artifact::of(&core_module(Some(older)), Mode::Release).unwrap();
        assert!(artifact.lacks()[0].contains("provider@0.0.1"), "{:?}", artifact.lacks());
    }

    #[test]
    fn what_is_no_webassembly_is_an_error() {
        assert!(matches!(Artifact::of(b"\x7fELF", Mode::Release), Err(AuthoringError::NotAComponent { .. })));
        assert!(matches!(Artifact::of(b"", Mode::Release), Err(AuthoringError::NotAComponent { .. })));
    }
}
