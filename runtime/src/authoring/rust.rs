//! Rust: a package that depends on `mapistore-sdk`, built by cargo. Which standard library it gets is decided by
//! `build-guests.sh`, which builds the guests of mapistore's own tree as well.

use super::embedded;
use super::tool::{self, Place, Tool};
use super::{AuthoringError, Language, Mode, Project};

const SCRIPT: &str = "guest-sdk/build-guests.sh";

pub(super) struct Rust;

impl Language for Rust {
    fn name(&self) -> &'static str {
        "rust"
    }

    fn default_source(&self) -> &'static str {
        "Cargo.toml"
    }

    fn tools(&self) -> Vec<Tool> {
        let target = Tool {
            name: "wasm32-wasip2",
            purpose: "is Rust's standard library for components",
            install: "rustup target add wasm32-wasip2",
            otherwise: Some("apt-get install -y --no-install-recommends rustc-web rust-web-src wasi-libc"),
            probe: |place| {
                let script = String::from_utf8_lossy(embedded::file(SCRIPT));
                place.probe("bash", &["-c", &script, "build-guests.sh", "--toolchain"])
            },
        };
        let cargo = Tool {
            name: "cargo",
            purpose: "builds Rust",
            install: "curl --proto =https --tlsv1.2 -sSf https://sh.rustup.rs | sh",
            otherwise: None,
            probe: |place| place.probe("cargo", &["--version"]),
        };
        vec![cargo, target]
    }

    fn compile(&self, project: &Project, place: &Place, mode: Mode) -> Result<Vec<u8>, AuthoringError> {
        let package = package(project)?;
        let (script, out) = (project.scratch().join("build-guests.sh"), project.scratch().join("component"));
        embedded::write_file(&script, embedded::file(SCRIPT))?;
        let mut bash = place.command("bash");
        bash.arg(&script).arg(&out).arg(&package).env("GUEST_WORKSPACE", project.dir());
        if mode == Mode::Debug {
            bash.env("GUEST_DEBUG", "1");
        }
        tool::run("cargo", &mut bash)?;
        let built = out.join(format!("{package}.wasm"));
        std::fs::read(&built).map_err(embedded::disk(&built))
    }
}

/// The name of the project's package.
fn package(project: &Project) -> Result<String, AuthoringError> {
    let path = project.source();
    let text = std::fs::read_to_string(path).map_err(embedded::disk(path))?;
    let broken = |problem: String| AuthoringError::ToolBroken { tool: "Cargo.toml".into(), problem };
    let manifest: toml::Table = text.parse().map_err(|error| broken(format!("is no TOML: {error}")))?;
    let name = manifest.get("package").and_then(|package| package.get("name"));
    name.and_then(toml::Value::as_str).map(str::to_owned).ok_or_else(|| broken("names no package".into()))
}
