//! Embeds the contract, the SDKs and the templates: `mapistore new` and `mapistore build` write them into projects.
//! What building or using them leaves behind is not theirs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

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
    list.push(']');
    println!("cargo::rerun-if-changed=build.rs");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("embedded.rs"), list)
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

/// One entry of the list: the path from the root of the tree, and its bytes.
fn embed(root: &Path, path: &str, list: &mut String) -> io::Result<()> {
    let file = if path == RUST_MANIFEST { without_workspace(root)? } else { root.join(path) };
    writeln!(list, "    ({path:?}, include_bytes!({file:?})),").map_err(io::Error::other)
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
    let file = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("sdk-rust-Cargo.toml");
    fs::write(&file, alone)?;
    Ok(file)
}
