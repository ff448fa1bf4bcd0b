//! What `mapistore new` makes, in each language: a small backend that does all that it claims.

use std::path::Path;

use mapistore::conformance::{Outcome, Plan};
use tests::registered;

/// The file of each template that is the backend.
const FILES: [(&str, &str); super::LANGUAGES.len()] = [
    ("rust", "src/lib.rs"),
    ("python", "backend.py"),
    ("javascript", "backend.js"),
    ("c", "backend.c"),
    ("go", "backend.go"),
];

fn passes_check(language: &str) {
    let report = registered::kit(&format!("notes-{language}"), None, &[]).run(&Plan::default()).unwrap();
    let failures: Vec<_> = report.failures().map(|it| (it.behaviour.id, &it.outcome, &it.calls)).collect();
    assert!(report.is_clean(), "{language}: {failures:#?}");
    let passed = report.count(|outcome| *outcome == Outcome::Passed);
    assert!(passed > 50, "{language}: {passed} passed");
}

#[test]
fn the_template_in_rust_passes_the_check() {
    passes_check("rust");
}

#[test]
fn the_template_in_python_passes_the_check() {
    passes_check("python");
}

#[test]
fn the_template_in_javascript_passes_the_check() {
    passes_check("javascript");
}

#[test]
fn the_template_in_c_passes_the_check() {
    passes_check("c");
}

#[test]
fn the_template_in_go_passes_the_check() {
    passes_check("go");
}

#[test]
fn a_template_is_a_backend_of_under_eighty_lines() {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-sdk");
    for (language, file) in FILES {
        assert!(super::LANGUAGES.contains(&language));
        let text = std::fs::read_to_string(sdk.join(language).join("template").join(file)).unwrap();
        let comment = |line: &str| ["//", "/*", "#!", "\"\"\""].iter().any(|mark| line.starts_with(mark));
        let code = text.lines().map(str::trim).filter(|line| !line.is_empty() && !comment(line)).count();
        assert!(code < 80, "{language}: {code} lines");
    }
}
