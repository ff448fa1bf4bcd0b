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
