//! What authors of backends need: a project that is made of a template, and a component that is made of a project. Knows
//! languages and their tools; has never heard of contexts, of registered backends, or of the shell.
//!
//! The contract, the SDKs and the templates are part of this program, so they are always of its version. A project has
//! a copy of the first two, which only `create` and `build` write:
//!
//! ```text
//! PROJECT/backend.toml          what it is called, and in which language it is
//!         .mapistore/wit/       the contract
//!                    sdk/       the SDK of its language
//!                    build/     generated bindings, and what tools leave between two builds
//! ```

mod artifact;
mod c;
mod embedded;
mod error;
mod go;
mod javascript;
mod project;
mod python;
mod rust;
pub mod tool;
mod watch;

use std::path::Path;

pub use artifact::{Artifact, Mode};
pub use error::AuthoringError;
pub use project::Project;
pub use tool::{Place, Probe, Tool};
pub use watch::Watch;

use embedded::File;

/// A language that backends are written in. Each has a file of its own, and a place in [`LANGUAGES`].
pub trait Language: Sync {
    /// Its name, as `--lang` and `backend.toml` spell it; also that of its folder in `guest-sdk/`.
    fn name(&self) -> &'static str;

    /// The file or folder that building begins with where `backend.toml` does not say.
    fn default_source(&self) -> &'static str;

    /// What has to be on the machine, in the order in which one would install it.
    fn tools(&self) -> Vec<Tool>;

    /// Generates what compiler and editor need besides the SDK, into [`Project::scratch`].
    ///
    /// # Errors
    /// It cannot be written.
    fn generate(&self, project: &Project) -> Result<(), AuthoringError> {
        let _ = project;
        Ok(())
    }

    /// Runs the language's own tool; what it makes is stripped later. Answers a component, or a core module with a description of its world.
    ///
    /// # Errors
    /// The tool failed, or what it needs is not there.
    fn compile(&self, project: &Project, place: &Place, mode: Mode) -> Result<Vec<u8>, AuthoringError>;
}

impl std::fmt::Debug for dyn Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Every language, in the order in which they are listed.
pub const LANGUAGES: &[&dyn Language] =
    &[&rust::Rust, &python::Python, &javascript::JavaScript, &c::C, &go::Go];

/// The language of this name.
///
/// # Errors
/// There is none.
pub fn language(name: &str) -> Result<&'static dyn Language, AuthoringError> {
    let found = LANGUAGES.iter().find(|language| language.name() == name);
    found.copied().ok_or_else(|| AuthoringError::UnknownLanguage {
        given: name.to_owned(),
        // `py`, `js` and `golang` are no near misses by letters, but everybody's second name for them.
        similar: nearest(name),
    })
}

/// What a mistyped language was meant to be.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let second = [("py", "python"), ("js", "javascript"), ("typescript", "javascript"), ("ts", "javascript")];
    let second = second.iter().chain(&[("golang", "go"), ("rs", "rust"), ("c99", "c")]);
    let meant = second.clone().find(|(other, _)| *other == name).map_or(name.as_str(), |(_, name)| name);
    let names = LANGUAGES.iter().map(|language| language.name());
    let near = names.map(|name| (strsim::jaro_winkler(meant, name), name)).max_by(|a, b| a.0.total_cmp(&b.0));
    // A name of one letter is half of many words.
    near.filter(|(likeness, _)| *likeness > 0.8).map(|(_, name)| name)
}

/// Makes a project of the language's template in `dir`, which must not be there or be empty. The folder's name becomes that of the
/// backend.
///
/// # Errors
/// The name cannot be that of a backend, the folder has something in it, or cannot be written.
pub fn create(dir: &Path, language: &'static dyn Language) -> Result<Project, AuthoringError> {
    let name = project::name_of(dir)?;
    project::claim(dir)?;
    let template = embedded::below(&format!("guest-sdk/{}/template/", language.name()));
    embedded::write(dir, template.into_iter().map(|file| file.named(&name)))?;
    let project = Project::open(dir)?;
    prepare(&project)?;
    Ok(project)
}

/// Gives a project the contract, the SDK and the generated bindings of this version.
///
/// # Errors
/// They cannot be written.
pub fn prepare(project: &Project) -> Result<(), AuthoringError> {
    embedded::replace(&project.contract(), &embedded::below("wit/"))?;
    embedded::replace(&project.contract_with_http(), &contract_with_http())?;
    embedded::replace(&project.sdk(), &sdk(project.language()))?;
    embedded::make_folder(&project.scratch())?;
    project.language().generate(project)
}

/// The world `backend-with-http`, with the contract and all that this needs below `deps/`.
fn contract_with_http() -> Vec<File> {
    let mut files = embedded::below("guest-sdk/wit-http/");
    files.extend(embedded::below("wit/").into_iter().filter_map(|mut file| {
        if !file.path.starts_with("deps/") {
            // Neither what is published of it nor its description.
            let own = file.path.ends_with(".wit") && !file.path.contains('/');
            file.path = own.then(|| format!("deps/mapistore-backend/{}", file.path))?;
        }
        Some(file)
    }));
    files
}

/// What stands beside an SDK for those who write it.
const NOT_OF_THE_SDK: [&str; 3] = ["template/", "test/", "scripts/"];

/// The SDK of a language: what is in its folder, but for the template and for what tests it.
fn sdk(language: &dyn Language) -> Vec<File> {
    let mut files = embedded::below(&format!("guest-sdk/{}/", language.name()));
    files.retain(|file| !NOT_OF_THE_SDK.iter().any(|folder| file.path.starts_with(folder)));
    files
}

/// Makes the component of a project, and writes it where `backend.toml` says.
///
/// # Errors
/// A tool is missing or failed, or what it made is no component.
pub fn build(project: &Project, place: &Place, mode: Mode) -> Result<Artifact, AuthoringError> {
    let missing: Vec<_> =
        project.language().tools().into_iter().filter(|tool| !tool.is_there(place)).collect();
    if !missing.is_empty() {
        return Err(AuthoringError::ToolsMissing { language: project.language().name(), tools: missing });
    }
    project.check_source()?;
    prepare(project)?;
    let compiled = project.language().compile(project, place, mode)?;
    let artifact = Artifact::of(&compiled, mode)?;
    embedded::write_file(&project.component(), artifact.bytes())?;
    Ok(artifact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_language_and_a_second_name_lead_to_the_right_one() {
        assert_eq!(nearest("Rust"), Some("rust"));
        assert_eq!(nearest("rsut"), Some("rust"));
        assert_eq!(nearest("rs"), Some("rust"));
        assert_eq!(nearest("cobol"), None);
        assert!(matches!(language("rsut"), Err(AuthoringError::UnknownLanguage { .. })));
    }

    #[test]
    fn a_project_is_its_template_with_the_name_in_it_and_the_contract_and_the_sdk() {
        for language in LANGUAGES {
            let dir = tempfile::tempdir().unwrap();
            let project = create(&dir.path().join("my-notes"), *language).unwrap();
            let manifest = std::fs::read_to_string(project.dir().join("backend.toml")).unwrap();
            assert!(manifest.contains("my-notes") && !manifest.contains("example-name"), "{manifest}");
            assert_eq!(project.language().name(), language.name());
            assert!(project.contract().join("world.wit").is_file());
            assert!(project.sdk().join("README.md").is_file(), "{language:?}");
            assert!(!project.sdk().join("template").exists(), "{language:?}");
            for file in ["README.md", ".gitignore"] {
                assert!(project.dir().join(file).is_file(), "{language:?} has no {file}");
            }
            project.check_source().unwrap();
        }
    }

    #[test]
    fn a_second_preparation_changes_nothing_and_takes_back_what_was_changed() {
        let dir = tempfile::tempdir().unwrap();
        let project = create(&dir.path().join("notes"), &rust::Rust).unwrap();
        let (world, stray) = (project.contract().join("world.wit"), project.sdk().join("stray.rs"));
        let time = || std::fs::metadata(&world).unwrap().modified().unwrap();
        let written = time();
        prepare(&project).unwrap();
        assert_eq!(time(), written);
        let text = std::fs::read(&world).unwrap();
        std::fs::write(&world, "mine").unwrap();
        std::fs::write(&stray, "mine").unwrap();
        prepare(&project).unwrap();
        assert_eq!(std::fs::read(&world).unwrap(), text);
        assert!(!stray.exists());
    }

    #[test]
    fn a_folder_with_something_in_it_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let taken = dir.path().join("notes");
        std::fs::create_dir(&taken).unwrap();
        std::fs::write(taken.join("thesis.txt"), "mine").unwrap();
        assert!(matches!(create(&taken, &rust::Rust), Err(AuthoringError::NotEmpty { .. })));
        assert_eq!(std::fs::read_dir(&taken).unwrap().count(), 1);
    }
}
