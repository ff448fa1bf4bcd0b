//! What a restart costs with twenty backends registered: from nothing to where each of them could open a context. Beside
//! reading the same compiled files and making their digests, which no restart that believes none of them can do without.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "support/guests.rs"]
mod guests;
#[path = "support/harness.rs"]
mod harness;

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use guests::Guests;
use mapistore::{OperatorConfig, Runtime};
use sha2::{Digest, Sha256};

fn main() {
    let (rounds, backends) = if harness::is_small() { (1, 3) } else { (31, 20) };
    let guests = Guests::new(OperatorConfig::default());
    let files = guests.dir.path().join("mail");
    std::fs::create_dir(&files).unwrap();
    guests.register("mapistore-maildir", Some(&files), &[]);
    let Guests { runtime, dir } = guests;
    drop(runtime);
    let data = dir.path().join("data");
    let compiled: Vec<PathBuf> = (0..backends).map(|number| copy(&data.join("backends"), number)).collect();

    harness::head("a restart; the baseline reads the same compiled code and makes its digests");
    let measured = harness::rounds(rounds, || {
        let baseline = harness::each(1, || {
            for file in &compiled {
                std::hint::black_box(Sha256::digest(std::fs::read(file).unwrap()));
            }
        });
        let started = Instant::now();
        let runtime = Runtime::open(&data).unwrap();
        let ours = started.elapsed();
        assert!(runtime.load_failures().is_empty());
        assert_eq!(runtime.backends().len(), backends);
        (baseline, ours)
    });
    harness::row(&format!("{backends} backends"), "", &measured);
}

/// The registered backend once more, under another name and namespace; the first time it stays as it is. Answers where its
/// compiled form is.
fn copy(backends: &Path, number: usize) -> PathBuf {
    let (original, folder) = (backends.join("maildir"), backends.join(format!("maildir{number}")));
    if number == 0 {
        return original.join("start.cwasm");
    }
    std::fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
    for file in ["component.wasm", "start.wasm", "start.cwasm", "backend.json"] {
        std::fs::copy(original.join(file), folder.join(file)).unwrap();
    }
    let json = folder.join("backend.json");
    let mut record: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    for name in ["name", "namespace"] {
        record[name] = format!("maildir{number}").into();
    }
    record["order"] = number.into();
    std::fs::write(&json, record.to_string()).unwrap();
    folder.join("start.cwasm")
}
