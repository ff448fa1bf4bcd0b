//! C: compiled by clang with the SDK and the bindings, linked to a core module with the description of its world inside.

use std::path::{Path, PathBuf};

use super::embedded::disk;
use super::tool::{self, Place, Probe, Tool};
use super::{AuthoringError, Language, Mode, Project};

const INSTALL: &str =
    "apt-get install -y --no-install-recommends clang-19 lld-19 libclang-rt-19-dev-wasm32 wasi-libc";
const TARGET: &str = "--target=wasm32-wasi";
/// As Rust has it: the stack lies below all data, so that one that is full is a trap, and not somebody else's data.
const STACK: &str = "-Wl,--stack-first,-z,stack-size=1048576";

pub(super) struct C;

impl Language for C {
    fn name(&self) -> &'static str {
        "c"
    }

    fn default_source(&self) -> &'static str {
        "backend.c"
    }

    fn tools(&self) -> Vec<Tool> {
        let tool = |name, purpose, probe| Tool { name, purpose, install: INSTALL, otherwise: None, probe };
        vec![
            tool("clang", "compiles C", |place| place.probe(clang(place), &["--version"])),
            tool("lld", "links WebAssembly", |place| match of_clang(place, "-print-prog-name=wasm-ld") {
                Probe::Found(linker) => place.probe(&linker, &["--version"]),
                missing => missing,
            }),
            tool("libclang-rt", "is clang's own library for WebAssembly", |place| {
                of_clang(place, "-print-libgcc-file-name")
            }),
            tool("wasi-libc", "is the C library", |place| of_clang(place, "-print-file-name=libc.a")),
        ]
    }

    fn compile(&self, project: &Project, place: &Place, mode: Mode) -> Result<Vec<u8>, AuthoringError> {
        let (sdk, scratch) = (project.sdk(), project.scratch());
        let (objects, module) = (scratch.join("c"), scratch.join("module.wasm"));
        let command = |dir: &Path| {
            let mut command = place.command(clang(place));
            command.current_dir(dir).args([TARGET, "-std=c11"]).arg("-I").arg(&sdk);
            command.args(match mode {
                Mode::Release => ["-Os", "-g0"],
                Mode::Debug => ["-O0", "-g"],
            });
            command
        };
        // Apart from the author's: what clang says of generated code is nobody's to mend.
        let mut files = sources(&sdk.join("src"))?;
        files.push(sdk.join("bindings/backend.c"));
        std::fs::create_dir_all(&objects).map_err(disk(&objects))?;
        tool::run("clang", command(&objects).args(["-c", "-w"]).args(&files))?;
        // Names of the author's files in debug information are short from there.
        let mut link = command(project.dir());
        // Callbacks have the parameters that the SDK hands them.
        link.args(["-Wall", "-Wextra", "-Wno-unused-parameter", "-mexec-model=reactor", STACK]);
        link.args(sources(project.source())?);
        let object = |file: &PathBuf| objects.join(file.with_extension("o").file_name().unwrap_or_default());
        link.args(files.iter().map(object)).arg(sdk.join("bindings/backend_component_type.o"));
        tool::run("clang", link.arg("-o").arg(&module))?;
        std::fs::read(&module).map_err(disk(&module))
    }
}

/// The newest clang that Debian has, or whichever the machine has.
fn clang(place: &Place) -> &'static str {
    if place.find("clang-19").is_some() { "clang-19" } else { "clang" }
}

/// A file that clang knows the place of: it answers the bare name of what it does not find.
fn of_clang(place: &Place, question: &str) -> Probe {
    match place.ask(clang(place), &[TARGET, question]) {
        Some(path) if Path::new(&path).is_absolute() && Path::new(&path).exists() => Probe::Found(path),
        _ => Probe::Missing,
    }
}

/// The file, or all C files of the folder and of those in it.
fn sources(source: &Path) -> Result<Vec<PathBuf>, AuthoringError> {
    if !source.is_dir() {
        return Ok(vec![source.to_owned()]);
    }
    let (mut files, mut folders) = (Vec::new(), vec![source.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(disk(&folder))? {
            let path = entry.map_err(disk(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "c") {
                files.push(path);
            }
        }
    }
    files.sort();
    if files.is_empty() { Err(AuthoringError::NoSource { path: source.join("*.c") }) } else { Ok(files) }
}
