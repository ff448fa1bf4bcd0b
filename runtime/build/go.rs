//! What of the Go SDK is generated from the contract: its bindings, and the description of the world that Go's linker does not
//! write. Owns what generated bindings need to be right; does not know what the SDK does with them.

use std::io;
use std::path::Path;

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;
use wit_component::StringEncoding;

/// The Go package that the bindings are in.
const PACKAGE: &str = "mapistore/internal/bindings";

/// What generated bindings say that is to be other, and why.
const CHANGES: [(&str, &str); 2] = [
    // The module that they need at run time is a package of the SDK, which has the reasons.
    ("go.bytecodealliance.org/pkg/wit/", "mapistore/internal/wit/"),
    // An object that the host gives back (`context.close`) has another handle then than when it was made. The bindings keep
    // the first one, and would drop what has that handle now.
    ("objects.ContextFromOwnHandle(", "objects.OwnedContext("),
];

/// The files by their paths from the root of the tree: those of the SDK, and `generated/go/component-type`.
pub(crate) fn generate(wit: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit).map_err(io::Error::other)?;
    let world = resolve.select_world(&[package], Some("backend")).map_err(io::Error::other)?;
    let description = wit_component::metadata::encode(&resolve, world, StringEncoding::UTF8, None);
    let description = description.map_err(io::Error::other)?;

    let options = wit_bindgen_go::Opts {
        format: wit_bindgen_go::Format::False,
        pkg_name: Some(PACKAGE.into()),
        ..Default::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files).map_err(io::Error::other)?;
    let bindings = files.iter().map(|(name, bytes)| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let text = CHANGES.iter().fold(text, |text, (from, to)| text.replace(from, to));
        (format!("guest-sdk/go/internal/bindings/{name}"), text.into_bytes())
    });
    Ok(bindings.chain([("generated/go/component-type".into(), description)]).collect())
}
