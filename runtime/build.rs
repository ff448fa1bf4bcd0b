//! Embeds the contract, the SDKs and the templates: `mapistore new` and `mapistore build` write them into projects.
//! What building or using them leaves behind is not theirs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;

/// What tools leave in a folder of sources.
const LEFTOVERS: &[&str] = &[
    "target",
    "node_modules",
    "package-lock.json",
    "Cargo.lock",
    ".venv",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".mapistore",
];

/// The one package of the workspace that leaves it.
const RUST_MANIFEST: &str = "guest-sdk/rust/Cargo.toml";

fn main() -> io::Result<()> {
    let runtime = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = runtime.parent().unwrap_or(&runtime);
    let mut list = String::from("&[\n");
    for folder in ["guest-sdk", "wit"] {
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
        embed_folder(root, folder, &mut list)?;
    }
    bind_c(root, &mut list)?;
    list.push(']');
    println!("cargo::rerun-if-changed=build.rs");
    fs::write(out_dir().join("embedded.rs"), list)
}

/// All files below `root/name`, in the order of their names.
fn embed_folder(root: &Path, name: &str, list: &mut String) -> io::Result<()> {
    let mut entries = fs::read_dir(root.join(name))?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let Some(file) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let (path, kind) = (format!("{name}/{file}"), entry.file_type()?);
        if LEFTOVERS.contains(&file.as_str()) {
            continue;
        }
        if kind.is_dir() {
            embed_folder(root, &path, list)?;
        } else if kind.is_file() && !file.ends_with(".wasm") {
            embed(root, &path, list)?;
        }
    }
    Ok(())
}

/// The bindings of C: a part of its SDK that is generated from the contract.
fn bind_c(root: &Path, list: &mut String) -> io::Result<()> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root.join("wit")).map_err(io::Error::other)?;
    let world = resolve.select_world(&[package], Some("backend")).map_err(io::Error::other)?;
    let mut files = Files::default();
    let mut generator = wit_bindgen_c::Opts::default().build();
    generator.generate(&mut resolve, world, &mut files).map_err(io::Error::other)?;
    let folder = out_dir().join("c");
    fs::create_dir_all(&folder)?;
    for (name, contents) in files.iter() {
        fs::write(folder.join(name), contents)?;
        entry(&format!("guest-sdk/c/bindings/{name}"), &folder.join(name), list)?;
    }
    let tags = folder.join("tags.h");
    fs::write(&tags, tags_header(&fs::read_to_string(root.join("guest-sdk/rust/src/tags.rs"))?)?)?;
    entry("guest-sdk/c/bindings/tags.h", &tags, list)
}

/// The property tags that the Rust SDK lists, as a header.
fn tags_header(rust: &str) -> io::Result<String> {
    let mut header =
        String::from("/** Property tags by their names in MS-OXPROPS: id and type. */\n#pragma once\n\n");
    let mut types = Vec::new();
    for line in rust.lines().map(|line| line.trim().trim_end_matches(';')) {
        let Some((name, definition)) = line.split_once(" = ") else { continue };
        if let Some(value) = definition.strip_prefix("0x").filter(|_| name.starts_with("PTYP_")) {
            types.push((name, value));
        } else if name.starts_with("PID_TAG_") {
            let mut parts = definition.trim_start_matches("0x").splitn(3, ", ");
            let (id, kind, doc) = (parts.next(), parts.next(), parts.next());
            let kind = types.iter().find(|(name, _)| Some(*name) == kind);
            let (Some(id), Some((_, kind)), Some(doc)) = (id, kind, doc) else {
                return Err(io::Error::other(format!("`tags.rs` has a line of another form: {line}")));
            };
            let doc = doc.trim_matches('"');
            writeln!(header, "/** {doc} */\n#define {name} 0x{id}{kind}u").map_err(io::Error::other)?;
        }
    }
    Ok(header)
}

/// One entry of the list: the path from the root of the tree, and its bytes.
fn embed(root: &Path, path: &str, list: &mut String) -> io::Result<()> {
    let file = if path == RUST_MANIFEST { without_workspace(root)? } else { root.join(path) };
    entry(path, &file, list)
}

fn entry(path: &str, file: &Path, list: &mut String) -> io::Result<()> {
    writeln!(list, "    ({path:?}, include_bytes!({file:?})),").map_err(io::Error::other)
}

fn out_dir() -> PathBuf {
    PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default())
}

/// The manifest of the Rust SDK with what it takes from the workspace written out.
fn without_workspace(root: &Path) -> io::Result<PathBuf> {
    let workspace = fs::read_to_string(root.join("Cargo.toml"))?;
    println!("cargo::rerun-if-changed={}", root.join("Cargo.toml").display());
    let mut alone = String::new();
    for line in fs::read_to_string(root.join(RUST_MANIFEST))?.lines() {
        let line = match line.strip_suffix(".workspace = true") {
            Some(key) => workspace
                .lines()
                .find(|line| line.starts_with(&format!("{key} = ")))
                .ok_or_else(|| io::Error::other(format!("the workspace has no `{key}`")))?,
            // Lints are for those who change the SDK.
            None if ["[lints]", "workspace = true"].contains(&line) => continue,
            None => line,
        };
        alone.push_str(line);
        alone.push('\n');
    }
    let file = out_dir().join("sdk-rust-Cargo.toml");
    fs::write(&file, alone)?;
    Ok(file)
}
