//! Rules of the house that a reader would otherwise have to check.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources(below: &str) -> Vec<(String, String)> {
    let base = root().join(below);
    let mut found = Vec::new();
    rust_files(&base, &mut found);
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&base).unwrap().display().to_string();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// Whether code, not a comment, says `word`.
fn says(text: &str, word: &str) -> bool {
    text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(word))
}

#[test]
fn heed_is_named_in_the_lmdb_drivers_only() {
    const DRIVERS: [&str; 3] = ["index/lmdb", "keyvalue/lmdb", "storage"];
    for (name, text) in sources("runtime/src") {
        assert!(!says(&text, "heed::") || DRIVERS.iter().any(|driver| name.starts_with(driver)), "{name}");
    }
}

#[test]
fn clap_is_named_in_the_command_line_only() {
    for (name, text) in sources("runtime/src") {
        assert!(!says(&text, "clap") || name.starts_with("cli") || name == "main.rs", "{name}");
    }
}

#[test]
fn the_index_and_the_properties_have_never_heard_of_wasm() {
    for (name, text) in sources("runtime/src") {
        if name.starts_with("index") || name.starts_with("property") || name.starts_with("keyvalue") {
            assert!(!says(&text, "wasmtime"), "{name}");
        }
    }
}

#[test]
fn the_engine_has_never_heard_of_mailboxes() {
    for (name, text) in sources("runtime/src/engine") {
        for word in ["folder", "mailbox", "crate::index", "crate::objects"] {
            assert!(!says(&text, word), "{name} says {word}");
        }
    }
}

#[test]
fn every_test_guest_is_in_a_test_and_in_the_list() {
    let tests = [sources("tests/it"), sources("tests/fuzz/src")].concat();
    let tests: String = tests.into_iter().map(|(_, text)| text).collect();
    let list = std::fs::read_to_string(root().join("tests/guests/README.md")).unwrap();
    for entry in std::fs::read_dir(root().join("tests/guests")).unwrap() {
        let entry = entry.unwrap();
        if !entry.path().is_dir() {
            continue;
        }
        let name = entry.file_name().into_string().unwrap();
        assert!(
            tests.contains(&format!("\"{name}\"")) || tests.contains(&format!("\"guest-{name}\"")),
            "{name}"
        );
        assert!(list.contains(&name), "{name} is not in tests/guests/README.md");
    }
}

#[test]
fn every_limit_has_a_reason_and_a_test_that_names_it() {
    let limits = std::fs::read_to_string(root().join("runtime/src/limits.rs")).unwrap();
    let fields = limits.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(": "));
    let fields: Vec<_> = fields.map(|(name, _)| name).collect();
    assert!(fields.len() > 20, "{fields:?}");
    let of_module = |(name, text): (String, String)| match name.ends_with("tests.rs") {
        true => Some(text),
        false => text.split_once("mod tests {").map(|(_, tests)| tests.to_owned()),
    };
    let mut tests: String = sources("runtime/src").into_iter().filter_map(of_module).collect();
    tests.extend(sources("tests/it").into_iter().filter(|(name, _)| name != "tidy.rs").map(|(_, text)| text));
    for field in fields {
        assert!(tests.contains(field), "no test reaches `{field}`");
        let (doc, _) = limits.split_once(&format!("    pub {field}: ")).unwrap();
        let doc: Vec<_> = doc.lines().rev().take_while(|line| line.trim_start().starts_with("///")).collect();
        let says = doc.into_iter().rev().collect::<String>();
        assert!(
            says.contains("Default ") && says.contains(": "),
            "`{field}` says no default and no reason: {says}"
        );
    }
}

#[test]
fn nothing_is_ignored_and_nothing_is_left_to_do() {
    let marks = ["#[ignore", "todo!(", "unimplemented!(", "FIXME", "XXX", "#[allow("];
    for below in ["runtime", "guest-sdk/rust/src", "sample-backends", "tests"] {
        for (name, text) in sources(below) {
            if ["tidy.rs", "generated.rs"].iter().any(|file| name.ends_with(file)) {
                continue;
            }
            for mark in marks {
                assert!(!says(&text, mark), "{below}/{name} has `{mark}`");
            }
        }
    }
}
