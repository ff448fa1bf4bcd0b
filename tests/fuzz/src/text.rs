//! Texts that come from outside: settings, URIs, what is typed at a shell.

use std::collections::BTreeSet;
use std::path::Path;

use mapistore::index::{Owner, Scope, Uri};
use mapistore::property::{self, parse_columns, parse_sort, parse_where};
use mapistore::{Expression, Manifest, OperatorConfig, owner_directory_name};
use tempfile::TempDir;

/// The input as a file, for what reads nothing else.
fn with_file<T>(data: &[u8], read: impl FnOnce(&Path) -> T) -> T {
    let file = TempDir::with_prefix("fuzz").expect("a temporary directory");
    let path = file.path().join("input.toml");
    std::fs::write(&path, data).expect("a file");
    read(&path)
}

/// `backend.toml`: read, or refused.
pub(crate) fn manifest(data: &[u8]) {
    let _ = with_file(data, Manifest::read);
}

/// `mapistore.toml`: limits that are wrong are refused when it is read, not when a backend is opened.
pub(crate) fn config(data: &[u8]) {
    if let Ok(config) = with_file(data, OperatorConfig::read) {
        for name in config.backend.keys().map(String::as_str).chain(["another"]) {
            config.limits_of(name).expect("limits that were checked when they were read");
        }
    }
}

/// URIs, and the names of owners, one a line.
pub(crate) fn uri(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut directories = BTreeSet::new();
    let names: BTreeSet<_> = text.lines().collect();
    for line in &names {
        if let Ok(uri) = Uri::parse(*line) {
            assert_eq!(uri.as_str(), *line);
            assert!(line.strip_suffix('/').unwrap_or(line) == uri.identity(), "{line}");
            assert_eq!(format!("{}{}", uri.folder(), uri.name()), uri.identity());
            let owner = Owner::parse("alice").expect("a short name");
            assert!(Scope::namespace(owner, uri.scheme()).is_ok(), "{line}");
        }
        let directory = owner_directory_name(line);
        assert!(!directory.is_empty() && directory.len() <= 255, "{line}: {directory}");
        assert!(!directory.starts_with('.') && !directory.contains(['/', '\0']), "{line}: {directory}");
        // File systems that do not tell case apart are not our concern here: `Alice` and `alice` are two owners.
        directories.insert(directory);
    }
    assert_eq!(directories.len(), names.len(), "two owners share a directory: {names:?}");
}

/// Expressions of `mapistore ls`: what they make is a restriction, a sort order, or columns as the contract has them.
pub(crate) fn expression(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(nodes) = parse_where(&text) {
        property::check_restriction(&nodes).expect("a restriction that was just made");
    }
    if let Ok(order) = parse_sort(&text) {
        property::check_sort_order(&order).expect("a sort order that was just made");
    }
    // Refused, or tags: both are fine.
    let _ = parse_columns(&text);
}

/// What `mapistore invoke` is given.
pub(crate) fn wave(data: &[u8]) {
    if let Ok(expression) = Expression::parse(&String::from_utf8_lossy(data)) {
        let _ = (expression.needs_object(), expression.username());
    }
}
