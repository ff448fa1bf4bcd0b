//! Reads the DWARF of a component into a table. The readers are robust against nonsense, but not against malice: functions
//! inlined in one another a million times deep exhaust the stack, and ranges can be shared so that reading them takes hours. So this
//! runs in the process that prepares components, within its limits, and never when a guest traps.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian, Result};
use wasmparser::{Encoding, Parser, Payload};

use super::lines::{Builder, INLINED_MAX, Lines, Site};
use super::name;

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// A core module on its way past.
#[derive(Default)]
struct Module<'a> {
    /// Where its code begins in the component, and how long it is: addresses in DWARF are counted from there.
    code: Option<(u64, u64)>,
    sections: HashMap<&'a str, &'a [u8]>,
}

/// Whether there is any.
pub(super) fn is_in(component: &[u8]) -> bool {
    let mut payloads = Parser::new(0).parse_all(component).map_while(|payload| payload.ok());
    payloads
        .any(|payload| matches!(payload, Payload::CustomSection(section) if section.name() == ".debug_line"))
}

/// The table of all modules in a component; none if there is nothing to be known. What is not understood of a module is left
/// out.
pub(super) fn read(component: &[u8]) -> Option<Lines> {
    let mut builder = Builder::default();
    let mut open: Vec<Module<'_>> = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload.ok()? {
            Payload::Version { encoding: Encoding::Module | Encoding::Component, .. } => {
                open.push(Module::default());
            }
            Payload::CodeSectionStart { range, .. } => {
                if let Some(module) = open.last_mut() {
                    module.code = Some((range.start as u64, range.len() as u64));
                }
            }
            Payload::CustomSection(section) if section.name().starts_with(".debug_") => {
                if let Some(module) = open.last_mut() {
                    module.sections.insert(section.name(), section.data());
                }
            }
            Payload::End(_) => {
                let module = open.pop().unwrap_or_default();
                let _ = module.read_into(&mut builder);
            }
            _ => {}
        }
    }
    builder.finish()
}

impl Module<'_> {
    fn read_into(&self, builder: &mut Builder) -> Result<()> {
        let Some((code, length)) = self.code.filter(|_| self.sections.contains_key(".debug_line")) else {
            return Ok(());
        };
        let load =
            |name: &str| EndianSlice::new(self.sections.get(name).copied().unwrap_or(&[]), LittleEndian);
        let dwarf = Arc::new(Dwarf::load(|id| Result::Ok(load(id.name())))?);
        let roots = compilation_folders(&dwarf);
        let context = Context::from_arc_dwarf(dwarf)?;
        // What the linker has left out lies behind the end.
        for (address, size, _) in context.find_location_range(0, length)? {
            if builder.is_full() {
                break;
            }
            let sites = sites(&context, address, &roots)?;
            let within = |address: u64| u32::try_from(code + address).ok().filter(|_| address <= length);
            if let (Some(begin), Some(end)) = (within(address), within(address.saturating_add(size))) {
                builder.begin(begin, sites);
                builder.begin(end, Vec::new());
            }
        }
        Ok(())
    }
}

/// The function at an address and those that it was inlined in.
fn sites(context: &Context<Slice<'_>>, address: u64, roots: &[String]) -> Result<Vec<Site>> {
    let mut frames = context.find_frames(address).skip_all_loads()?;
    let mut sites = Vec::new();
    while let Some(frame) = frames.next()?
        && sites.len() < INLINED_MAX
    {
        let function = frame.function.as_ref().and_then(|function| function.raw_name().ok());
        let location = frame.location.as_ref();
        sites.push(Site {
            function: function.map(|raw| name::function(&raw)),
            file: location.and_then(|at| at.file).map(|file| name::plain(&shortened(file, roots))),
            line: location.and_then(|at| at.line).unwrap_or_default(),
        });
    }
    Ok(sites)
}

/// Where compilers ran: names of files are short from there.
fn compilation_folders(dwarf: &Dwarf<Slice<'_>>) -> Vec<String> {
    let mut folders = Vec::new();
    let mut units = dwarf.units();
    while let Ok(Some(header)) = units.next() {
        let folder = dwarf.unit(header).ok().and_then(|unit| unit.comp_dir);
        let folder = folder.map(|folder| folder.to_string_lossy().into_owned());
        if let Some(folder) = folder.filter(|folder| folder.len() > 1 && !folders.contains(folder)) {
            folders.push(folder);
        }
    }
    folders
}

/// A file's name without what it says of the machine that it was compiled on.
fn shortened<'a>(file: &'a str, roots: &[String]) -> Cow<'a, str> {
    /// Folders of libraries: what follows has the library's name. After the first is one more, the registry's.
    const LIBRARIES: [(&str, usize); 3] = [("/registry/src/", 1), ("/site-packages/", 0), ("/pkg/mod/", 0)];
    /// How much is kept of others.
    const FOLDERS: usize = 3;
    let below = |root: &String| file.strip_prefix(root.as_str())?.strip_prefix('/');
    if let Some(own) = roots.iter().filter_map(below).min_by_key(|rest| rest.len()) {
        return own.into();
    }
    for (folder, more) in LIBRARIES {
        if let Some((_, rest)) = file.rsplit_once(folder) {
            return rest.splitn(more + 1, '/').last().unwrap_or(rest).into();
        }
    }
    // Rust's standard library, whoever built it.
    if let Some(at) = file.find("/library/") {
        return file[at + 1..].into();
    }
    let is_whole =
        file.starts_with(['/', '\\']) || file.get(1..3).is_some_and(|drive| drive.starts_with(':'));
    if !is_whole {
        return file.into();
    }
    let kept: Vec<&str> = file.rsplit(['/', '\\']).take(FOLDERS).collect();
    let kept: Vec<&str> = kept.into_iter().rev().filter(|part| !part.is_empty()).collect();
    format!("…/{}", kept.join("/")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_say_nothing_of_the_machine() {
        let roots = ["/home/alice/notes".to_owned(), "/home/alice".to_owned()];
        let shown = |file| shortened(file, &roots).into_owned();
        assert_eq!(shown("/home/alice/notes/src/lib.rs"), "src/lib.rs");
        assert_eq!(shown("/home/alice/other/src/lib.rs"), "other/src/lib.rs");
        assert_eq!(shown("src/lib.rs"), "src/lib.rs");
        assert_eq!(
            shown("/srv/build/.cargo/registry/src/index-1949/bytes-1.2.0/src/lib.rs"),
            "bytes-1.2.0/src/lib.rs"
        );
        assert_eq!(shown("/rustc/abc/library/core/src/panicking.rs"), "library/core/src/panicking.rs");
        assert_eq!(shown("/usr/src/rust-1.96/library/std/src/rt.rs"), "library/std/src/rt.rs");
        assert_eq!(shown("/build/wasi-libc-0/libc-top-half/musl/src/stdlib/qsort.c"), "…/src/stdlib/qsort.c");
        assert_eq!(shown("C:\\Users\\bob\\notes\\a.c"), "…/bob/notes/a.c");
    }

    #[test]
    fn what_is_no_component_and_what_has_no_dwarf_has_no_table() {
        let plain = wat::parse_str("(component (core module (func unreachable)))").unwrap();
        assert!(!is_in(&plain) && read(&plain).is_none());
        assert!(!is_in(b"\x7fELF") && read(b"\x7fELF").is_none());
    }

    #[test]
    fn nonsense_in_place_of_dwarf_is_left_out() {
        for nonsense in [&b""[..], b"\xff\xff\xff\xff", &[0x11; 600]] {
            let mut module = wat::parse_str("(module (func unreachable))").unwrap();
            for name in [".debug_line", ".debug_info", ".debug_abbrev", ".debug_ranges"] {
                use wasm_encoder::{Encode as _, Section as _};
                let section = wasm_encoder::CustomSection { name: name.into(), data: nonsense.into() };
                module.push(section.id());
                section.encode(&mut module);
            }
            assert!(is_in(&module));
            assert!(read(&module).is_none());
        }
    }
}
