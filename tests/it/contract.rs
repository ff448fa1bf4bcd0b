//! The WIT itself: valid, complete, and accepted by both generators.

/// What embedders' bindings come from.
mod host {
    wasmtime::component::bindgen!({ path: "../wit", world: "backend" });
}

/// What Rust authors' bindings come from.
mod guest {
    wit_bindgen::generate!({ path: "../wit", world: "backend", generate_all });
}

#[test]
fn both_generators_accept_the_contract() {
    // Compiled above; these name one item of each, so that it stays so.
    let _ = std::any::type_name::<host::BackendIndices>();
    let _ = std::any::type_name::<dyn Fn(guest::mapistore::backend::types::Fmid)>();
}

#[test]
fn one_file_holds_one_interface() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
    for interface in ["types", "index", "named-properties", "notifications", "objects", "provider"] {
        let text = std::fs::read_to_string(format!("{dir}/{interface}.wit")).unwrap();
        let declared: Vec<_> = text.lines().filter(|line| line.starts_with("interface ")).collect();
        assert_eq!(declared, [format!("interface {interface} {{")]);
    }
}

#[test]
fn every_function_and_every_field_group_is_documented() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
    for interface in ["index", "named-properties", "notifications", "provider"] {
        let text = std::fs::read_to_string(format!("{dir}/{interface}.wit")).unwrap();
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        for (number, line) in lines.iter().enumerate() {
            if line.contains(": func(") {
                let before = lines[number - 1];
                assert!(before.starts_with("///"), "{interface}.wit:{}: {line}", number + 1);
            }
        }
    }
}

#[test]
fn a_published_version_does_not_change() {
    use sha2::{Digest, Sha256};
    let wit = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let mut listed = Vec::new();
    for line in std::fs::read_to_string(wit.join("published/0.1.0.sha256")).unwrap().lines() {
        let (digest, file) = line.split_once("  ").unwrap();
        let found = Sha256::digest(std::fs::read(wit.join(file)).unwrap());
        let found: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            found, digest,
            "`wit/{file}` is part of version 0.1.0, which is published: backends were built against it. Take the \
             change back, and add it as a new version: see `wit/README.md`"
        );
        listed.push(file.to_owned());
    }
    for dir in [".", "deps/wasi-keyvalue", "deps/wasi-logging"] {
        for entry in std::fs::read_dir(wit.join(dir)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let file = if dir == "." { name } else { format!("{dir}/{name}") };
            assert!(
                !file.ends_with(".wit") || listed.contains(&file),
                "`wit/{file}` is not part of version 0.1.0: see `wit/README.md`"
            );
        }
    }
}
