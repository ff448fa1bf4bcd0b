//! Compares a component with the contract's own WIT, item by item: what it exports, and what it wants of the contract's
//! imports. Knows names, versions and types; runs nothing.
//!
//! A component of another version is one of ours if every item that both have means the same. So 0.1.1, which may only add,
//! runs where 0.1.0 is spoken, unless it needs what was added.

use std::fmt::Write as _;

use wit_component::DecodedWasm;
use wit_parser::{
    Function, Handle, InterfaceId, PackageName, Resolve, SourceMap, Type, TypeDefKind, TypeId, WorldId,
    WorldItem, WorldKey,
};

use super::world::{PACKAGE, VERSION};

/// The interfaces that a backend exports.
pub(super) const EXPORTS: [&str; 2] = ["provider", "objects"];

macro_rules! wit {
    ($($file:literal),*) => { [$(($file, include_str!(concat!("../../../wit/", $file)))),*] };
}

/// What it stands on comes first.
const KEYVALUE: [(&str, &str); 4] = wit![
    "deps/wasi-keyvalue/atomics.wit",
    "deps/wasi-keyvalue/batch.wit",
    "deps/wasi-keyvalue/store.wit",
    "deps/wasi-keyvalue/world.wit"
];
const LOGGING: [(&str, &str); 1] = wit!["deps/wasi-logging/logging.wit"];
const CONTRACT: [(&str, &str); 7] = wit![
    "index.wit",
    "named-properties.wit",
    "notifications.wit",
    "objects.wit",
    "provider.wit",
    "types.wit",
    "world.wit"
];

/// A version of the contract, and its text.
#[derive(Clone, Copy)]
struct Version<'a> {
    number: &'a str,
    files: &'a [(&'a str, &'a str)],
}

/// The versions that this host serves, the newest first: that one is spoken, and for each other there is a shim. A component is
/// compared with the one that it says it is of. `wit/README.md` says how another comes in.
const SERVED: [Version<'static>; 1] = [Version { number: VERSION, files: &CONTRACT }];

/// Each item in which a component differs from the version of the contract that it says it is of; none if there is no difference,
/// or if this host can stand in. A component of a version that is not served is compared with the newest.
///
/// # Errors
/// It is no component that has an interface.
pub(crate) fn differences(component: &[u8]) -> Result<Vec<String>, String> {
    differences_from(&SERVED, component)
}

fn differences_from(served: &[Version<'_>], component: &[u8]) -> Result<Vec<String>, String> {
    let text = |error: anyhow::Error| format!("{error:#}");
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component).map_err(text)? else {
        return Err("it is a WIT package, and no component".into());
    };
    let theirs = Side { resolve: &resolve };
    let said = theirs.export(world, EXPORTS[0]).map(|(id, _)| theirs.version(id)).unwrap_or_default();
    let same = served.iter().find(|version| minor(version.number) == minor(&said));
    let Some(version) = same.or(served.first()) else { return Err("no version is served".into()) };
    let (ours, package) = version.resolve().map_err(text)?;
    let version = version.number;
    let ours = Side { resolve: &ours };
    let mut problems = Vec::new();
    for interface in EXPORTS {
        let wanted = format!("{PACKAGE}/{interface}@{version}");
        let Some(mine) = ours.resolve.packages[package].interfaces.get(interface) else { continue };
        let Some((id, name)) = theirs.export(world, interface) else {
            problems.push(format!("does not export `{wanted}`"));
            continue;
        };
        let differ = compare(&ours, *mine, &theirs, id);
        let found = theirs.version(id);
        if found == version || (differ.is_empty() && minor(&found) == minor(version)) {
            problems.extend(differ.into_iter().map(|what| format!("`{interface}`: {what}")));
        } else if differ.is_empty() {
            problems.push(format!(
                "exports `{name}`, and this host speaks `{wanted}`; none of its items differs, so building it against \
                 {version} is enough"
            ));
        } else {
            let differ = differ.join("; ");
            problems.push(format!("exports `{name}`, and this host speaks `{wanted}`: {differ}"));
        }
    }
    for (id, name) in theirs.imports(world) {
        let interface = theirs.resolve.interfaces[id].name.as_deref().unwrap_or_default();
        let Some(mine) = ours.resolve.packages[package].interfaces.get(interface) else {
            problems.push(format!("imports `{name}`, which `{PACKAGE}@{version}` does not have"));
            continue;
        };
        // The other way round: here the host has to have what the component uses.
        let differ = compare(&theirs, id, &ours, *mine);
        if !differ.is_empty() {
            problems.push(format!("imports `{name}`: this host's differs: {}", differ.join("; ")));
        } else if minor(&theirs.version(id)) != minor(version) {
            problems.push(format!("imports `{name}`, and this host has version {version}"));
        }
    }
    Ok(problems)
}

impl Version<'_> {
    fn resolve(&self) -> anyhow::Result<(Resolve, wit_parser::PackageId)> {
        let mut resolve = Resolve::default();
        for dependency in [&KEYVALUE[..], &LOGGING] {
            push(&mut resolve, dependency)?;
        }
        let package = push(&mut resolve, self.files)?;
        Ok((resolve, package))
    }
}

/// What may differ in additions only: before 1.0, all but the last number.
fn minor(version: &str) -> &str {
    version.rsplit_once('.').map_or(version, |(minor, _)| minor)
}

fn push(resolve: &mut Resolve, files: &[(&str, &str)]) -> anyhow::Result<wit_parser::PackageId> {
    let mut map = SourceMap::new();
    for (name, text) in files {
        map.push_str(name, *text);
    }
    let group = map.parse().map_err(|(_, error)| anyhow::Error::msg(error.to_string()))?;
    resolve.push_group(group).map_err(|error| anyhow::Error::msg(error.to_string()))
}

/// The items of `wanted` that `found` lacks, or has in another form.
fn compare(wanting: &Side<'_>, wanted: InterfaceId, having: &Side<'_>, found: InterfaceId) -> Vec<String> {
    let (wanted, found) = (&wanting.resolve.interfaces[wanted], &having.resolve.interfaces[found]);
    let mut differ = Vec::new();
    let mut types = Vec::new();
    for (name, function) in &wanted.functions {
        let shown = shown(name);
        let Some(theirs) = found.functions.get(name) else {
            differ.push(format!("there is no function `{shown}`"));
            continue;
        };
        let (one, other) = (wanting.signature(function), having.signature(theirs));
        if one != other {
            differ.push(format!("the function `{shown}` is `{other}`, and has to be `{one}`"));
        }
        pair_types(wanting, function, having, theirs, &mut types);
    }
    let mut seen = 0;
    // Types within types are found on the way.
    while let Some((one, other)) = types.get(seen).copied() {
        seen += 1;
        let name = wanting.resolve.types[one].name.as_deref().unwrap_or_default();
        let (mine, theirs) = (wanting.definition(one), having.definition(other));
        if mine != theirs {
            differ.push(format!("the type `{name}` is `{theirs}`, and has to be `{mine}`"));
        }
        for (name, inner) in wanting.inside(one) {
            let same = having.inside(other).into_iter().find(|(theirs, _)| *theirs == name);
            if let Some((_, theirs)) = same
                && !types.contains(&(inner, theirs))
            {
                types.push((inner, theirs));
            }
        }
    }
    differ
}

/// The named types of two functions, side by side.
fn pair_types(
    one: &Side<'_>,
    function: &Function,
    other: &Side<'_>,
    theirs: &Function,
    pairs: &mut Vec<(TypeId, TypeId)>,
) {
    let of = |side: &Side<'_>, function: &Function| {
        let mut named = Vec::new();
        for ty in function.params.iter().map(|param| &param.ty).chain(&function.result) {
            side.named(ty, &mut named);
        }
        named
    };
    let found = of(other, theirs);
    for (name, id) in of(one, function) {
        if let Some((_, theirs)) = found.iter().find(|(theirs, _)| *theirs == name)
            && !pairs.contains(&(id, *theirs))
        {
            pairs.push((id, *theirs));
        }
    }
}

/// `[method]message.save` as people write it.
fn shown(name: &str) -> &str {
    name.split_once(']').map_or(name, |(_, name)| name)
}

/// One of the two that are compared.
struct Side<'a> {
    resolve: &'a Resolve,
}

impl Side<'_> {
    fn package(&self, id: InterfaceId) -> Option<&PackageName> {
        let package = self.resolve.interfaces[id].package?;
        Some(&self.resolve.packages[package].name)
    }

    fn is_of_the_contract(&self, id: InterfaceId) -> bool {
        self.package(id).is_some_and(|name| format!("{}:{}", name.namespace, name.name) == PACKAGE)
    }

    fn version(&self, id: InterfaceId) -> String {
        let version = self.package(id).and_then(|name| name.version.as_ref());
        version.map(ToString::to_string).unwrap_or_default()
    }

    fn interfaces<'i>(
        &'i self,
        items: impl Iterator<Item = (&'i WorldKey, &'i WorldItem)> + 'i,
    ) -> impl Iterator<Item = (InterfaceId, String)> + 'i {
        items.filter_map(|(_, item)| match item {
            WorldItem::Interface { id, .. } if self.is_of_the_contract(*id) => {
                Some((*id, self.resolve.id_of(*id)?))
            }
            _ => None,
        })
    }

    fn export(&self, world: WorldId, interface: &str) -> Option<(InterfaceId, String)> {
        let mut exports = self.interfaces(self.resolve.worlds[world].exports.iter());
        exports.find(|(id, _)| self.resolve.interfaces[*id].name.as_deref() == Some(interface))
    }

    fn imports(&self, world: WorldId) -> Vec<(InterfaceId, String)> {
        self.interfaces(self.resolve.worlds[world].imports.iter()).collect()
    }

    fn signature(&self, function: &Function) -> String {
        let params: Vec<_> =
            function.params.iter().map(|param| format!("{}: {}", param.name, self.text(&param.ty))).collect();
        let mut text = format!("func({})", params.join(", "));
        if let Some(result) = &function.result {
            let _ = write!(text, " -> {}", self.text(result));
        }
        text
    }

    /// The type that an alias stands for.
    fn meant(&self, ty: &Type) -> Type {
        match ty {
            Type::Id(id) => match &self.resolve.types[*id].kind {
                TypeDefKind::Type(inner) => self.meant(inner),
                _ => *ty,
            },
            _ => *ty,
        }
    }

    fn text(&self, ty: &Type) -> String {
        let Type::Id(id) = self.meant(ty) else {
            return format!("{:?}", self.meant(ty)).to_lowercase();
        };
        match &self.resolve.types[id].name {
            Some(name) => name.clone(),
            None => self.definition(id),
        }
    }

    fn or_nothing(&self, ty: Option<&Type>) -> String {
        ty.map_or_else(|| "_".into(), |ty| self.text(ty))
    }

    /// What a type is made of, one level deep.
    fn definition(&self, id: TypeId) -> String {
        let list = |parts: Vec<String>| parts.join(", ");
        match &self.resolve.types[id].kind {
            TypeDefKind::Record(record) => {
                let fields =
                    record.fields.iter().map(|field| format!("{}: {}", field.name, self.text(&field.ty)));
                format!("record {{ {} }}", list(fields.collect()))
            }
            TypeDefKind::Flags(flags) => {
                format!("flags {{ {} }}", list(flags.flags.iter().map(|flag| flag.name.clone()).collect()))
            }
            TypeDefKind::Enum(cases) => {
                format!("enum {{ {} }}", list(cases.cases.iter().map(|case| case.name.clone()).collect()))
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter().map(|case| match &case.ty {
                    Some(ty) => format!("{}({})", case.name, self.text(ty)),
                    None => case.name.clone(),
                });
                format!("variant {{ {} }}", list(cases.collect()))
            }
            TypeDefKind::Tuple(tuple) => {
                format!("tuple<{}>", list(tuple.types.iter().map(|ty| self.text(ty)).collect()))
            }
            TypeDefKind::Option(ty) => format!("option<{}>", self.text(ty)),
            TypeDefKind::List(ty) => format!("list<{}>", self.text(ty)),
            TypeDefKind::Result(result) => {
                format!(
                    "result<{}, {}>",
                    self.or_nothing(result.ok.as_ref()),
                    self.or_nothing(result.err.as_ref())
                )
            }
            TypeDefKind::Handle(Handle::Own(id)) => self.text(&Type::Id(*id)),
            TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", self.text(&Type::Id(*id))),
            TypeDefKind::Type(ty) => self.text(ty),
            // The contract has none of the others; a component that has is not of it.
            kind => kind.as_str().to_owned(),
        }
    }

    /// The named types that stand in a type's definition.
    fn inside(&self, id: TypeId) -> Vec<(String, TypeId)> {
        let mut named = Vec::new();
        match &self.resolve.types[id].kind {
            TypeDefKind::Record(record) => {
                record.fields.iter().for_each(|field| self.named(&field.ty, &mut named))
            }
            TypeDefKind::Variant(variant) => {
                variant
                    .cases
                    .iter()
                    .filter_map(|case| case.ty.as_ref())
                    .for_each(|ty| self.named(ty, &mut named));
            }
            TypeDefKind::Tuple(tuple) => tuple.types.iter().for_each(|ty| self.named(ty, &mut named)),
            TypeDefKind::Option(ty) | TypeDefKind::List(ty) => self.named(ty, &mut named),
            TypeDefKind::Result(result) => {
                result.ok.iter().chain(&result.err).for_each(|ty| self.named(ty, &mut named));
            }
            _ => {}
        }
        named
    }

    /// The named types in a type: itself, or those in what it is made of.
    fn named(&self, ty: &Type, named: &mut Vec<(String, TypeId)>) {
        let Type::Id(id) = self.meant(ty) else { return };
        match &self.resolve.types[id].name {
            Some(name) => named.push((name.clone(), id)),
            None => named.extend(self.inside(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
    use wit_parser::ManglingAndAbi;

    use super::*;

    /// The contract after `edits`: each is a file, what stands in it, and what is to stand there.
    fn edited(edits: &[(&str, &str, &str)]) -> [(&'static str, String); 7] {
        let mut files = CONTRACT.map(|(name, text)| (name, text.to_owned()));
        for (file, from, to) in edits {
            let (_, text) = files.iter_mut().find(|(name, _)| name == file).unwrap();
            assert!(text.contains(from), "`{file}` has no `{from}`");
            *text = text.replace(from, to);
        }
        files
    }

    fn texts<'a>(files: &'a [(&'a str, String); 7]) -> [(&'a str, &'a str); 7] {
        files.each_ref().map(|(name, text)| (*name, text.as_str()))
    }

    /// A component of the contract after `edits`.
    fn component(edits: &[(&str, &str, &str)]) -> Vec<u8> {
        let (files, number) = (edited(edits), "");
        let (resolve, package) = Version { number, files: &texts(&files) }.resolve().unwrap();
        let world = resolve.select_world(&[package], Some("backend")).unwrap();
        let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
    }

    fn problems(edits: &[(&str, &str, &str)]) -> String {
        differences(&component(edits)).unwrap().join("\n")
    }

    const TO_0_1_1: (&str, &str, &str) = ("world.wit", "backend@0.1.0", "backend@0.1.1");
    const TO_0_2_0: (&str, &str, &str) = ("world.wit", "backend@0.1.0", "backend@0.2.0");
    const ADDED: (&str, &str, &str) =
        ("provider.wit", "  describe: func()", "  health: func() -> string;\n  describe: func()");

    #[test]
    fn a_component_of_this_version_has_no_difference() {
        assert_eq!(problems(&[]), "");
    }

    #[test]
    fn a_later_version_that_only_adds_what_nobody_here_calls_runs() {
        assert_eq!(problems(&[TO_0_1_1]), "");
        assert_eq!(problems(&[TO_0_1_1, ADDED]), "");
        assert_eq!(
            problems(&[TO_0_1_1, ("types.wit", "enum role {", "enum mood { good, bad }\n  enum role {")]),
            ""
        );
    }

    #[test]
    fn a_later_version_that_needs_what_was_added_is_told_what_is_missing() {
        let added = "  forget: func(uri: string);\n  publish: func(";
        let told = problems(&[TO_0_1_1, ("notifications.wit", "  publish: func(", added)]);
        assert!(told.contains("imports `mapistore:backend/notifications@0.1.1`"), "{told}");
        assert!(told.contains("there is no function `forget`"), "{told}");
    }

    #[test]
    fn a_missing_function_and_a_changed_signature_are_named() {
        let told = problems(&[("provider.wit", "  describe: func()", "  describe2: func()")]);
        assert_eq!(told, "`provider`: there is no function `describe`");
        let told = problems(&[(
            "provider.wit",
            "list-contexts: func(username: string)",
            "list-contexts: func(username: u32)",
        )]);
        assert!(told.contains("the function `list-contexts` is `func(username: u32)"), "{told}");
        assert!(
            told.contains("has to be `func(username: string) -> result<list<context-entry>, error>`"),
            "{told}"
        );
    }

    #[test]
    fn a_changed_type_is_named_wherever_it_stands() {
        let told = problems(&[("types.wit", "    drafts,", "    drafts, notes-of-mine,")]);
        assert!(told.contains("the type `role` is `enum { mail, drafts, notes-of-mine,"), "{told}");
        let told =
            problems(&[("types.wit", "value: property-value }", "value: property-value, extra: u32 }")]);
        assert!(
            told.contains("the type `property` is `record { tag: u32, value: property-value, extra: u32 }`"),
            "{told}"
        );
    }

    #[test]
    fn another_minor_version_is_refused_with_what_differs() {
        let told = problems(&[TO_0_2_0, ("provider.wit", "init: func(config: ", "init: func(settings: ")]);
        let expected = "exports `mapistore:backend/provider@0.2.0`, and this host speaks `mapistore:backend/provider@0.1.0`: \
                        the function `init` is";
        assert!(told.contains(expected), "{told}");
        assert!(told.contains("`mapistore:backend/objects@0.2.0`, and this host speaks"), "{told}");
        assert!(told.contains("none of its items differs"), "{told}");
    }

    #[test]
    fn a_component_of_an_older_version_that_is_served_is_held_against_that_one() {
        let next = edited(&[TO_0_2_0, ADDED]);
        let newest = Version { number: "0.2.0", files: &texts(&next) };
        let differences = |bytes: &[u8]| differences_from(&[newest, SERVED[0]], bytes).unwrap().join("\n");
        assert_eq!(differences(&component(&[])), "");
        assert_eq!(differences(&component(&[TO_0_1_1, ADDED])), "");
        assert_eq!(differences(&component(&[TO_0_2_0, ADDED])), "");
        let told = differences(&component(&[TO_0_2_0]));
        assert_eq!(told, "`provider`: there is no function `health`");
        let told = differences(&component(&[("provider.wit", "  describe: func()", "  describe2: func()")]));
        assert_eq!(told, "`provider`: there is no function `describe`");
        let told = differences(&component(&[("world.wit", "backend@0.1.0", "backend@0.3.0")]));
        assert!(told.contains("this host speaks `mapistore:backend/provider@0.2.0`"), "{told}");
    }
}
