//! `backend add|upgrade|list|inspect|remove`, and how directories, places and settings are written as arguments.

use std::path::{Component, Path, PathBuf};

use clap::{Args, Subcommand};
use mapistore::types::Capabilities;
use mapistore::{
    Access, Allowance, DirectoryGrant, InitMode, Inspection, InvalidHost, NetworkAllowance, Record,
    Registration, Source,
};
use serde_json::{Value, json};

use super::Outcome;
use super::failure::{Complaint, Exit};
use super::output::Table;
use super::session::Session;

/// See the module.
#[derive(Subcommand)]
pub(crate) enum Backend {
    /// Registers a backend: checks its world, compiles it, runs its `init` once and keeps the result.
    Add(Add),
    /// Puts another version in the place of a registered backend. Its users' index, its directories and its settings stay.
    Upgrade(Upgrade),
    /// Lists the registered backends in the order of their registration.
    List,
    /// Prints everything about a registered backend, or about a component that is not.
    Inspect {
        /// A registered name, or a path (something with `/` in it or with `.wasm` at its end).
        #[arg(value_name = "NAME-OR-PATH")]
        backend: String,
    },
    /// Takes a backend out. Its owners' files and their index stay.
    Remove {
        /// The registered name.
        name: String,
    },
}

/// `backend add`.
#[derive(Args)]
pub(crate) struct Add {
    /// A component, a core module for the world (it becomes one), or a folder with `backend.toml`.
    path: PathBuf,
    /// The name to register it under, instead of the one that it gives itself.
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    given: Given,
}

/// `backend upgrade`.
#[derive(Args)]
pub(crate) struct Upgrade {
    /// The registered name.
    name: String,
    /// A component, or a folder with `backend.toml`.
    path: PathBuf,
    #[command(flatten)]
    given: Given,
}

/// What an operator gives to a backend.
#[derive(Args)]
pub(crate) struct Given {
    /// A setting for its `init`.
    #[arg(long = "config", id = "setting", value_name = "KEY=VALUE", value_parser = parse_setting)]
    settings: Vec<(String, String)>,
    /// A directory that it may use. `{owner}` as a component of HOST stands for a directory of each owner's own; `:ro`
    /// makes it read-only.
    #[arg(long = "dir", value_name = "HOST::GUEST[:ro]", value_parser = parse_directory)]
    directories: Vec<Directory>,
    /// A place on the network that it may reach. HOST is a name, an address (`[::1]`), a network (`10.0.0.0/8`) or `*`. Where
    /// a name leads to an address that is not public, that has to be allowed as well.
    #[arg(long = "net", value_name = "HOST:PORT", value_parser = parse_place)]
    network: Vec<NetworkAllowance>,
}

impl Given {
    /// # Errors
    /// A relative directory does not exist.
    pub(crate) fn registration(
        &self,
        source: Source,
        name: Option<String>,
    ) -> Result<Registration, Complaint> {
        let allowed = self.directories.iter().map(Directory::allowance).collect::<Result<_, _>>()?;
        Ok(Registration {
            source,
            name,
            config: self.settings.iter().cloned().collect(),
            allowed,
            network: self.network.clone(),
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.directories.is_empty() && self.network.is_empty()
    }
}

/// A directory as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Directory {
    host: PathBuf,
    guest: String,
    access: Access,
}

/// `KEY=VALUE`.
pub(crate) fn parse_setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".into()),
    }
}

fn parse_directory(text: &str) -> Result<Directory, String> {
    let (text, access) = match text.strip_suffix(":ro") {
        Some(text) => (text, Access::ReadOnly),
        None => (text, Access::ReadWrite),
    };
    // The last `::`: a host path may have others.
    match text.rsplit_once("::") {
        Some((host, guest)) if !host.is_empty() && guest.starts_with('/') => {
            Ok(Directory { host: host.into(), guest: guest.to_owned(), access })
        }
        Some((_, guest)) if !guest.starts_with('/') => {
            Err(format!("the guest's path `{guest}` has to begin with `/`"))
        }
        _ => Err("write HOST::GUEST or HOST::GUEST:ro".into()),
    }
}

fn parse_place(text: &str) -> Result<NetworkAllowance, String> {
    let (host, port) = text.rsplit_once(':').ok_or("write HOST:PORT")?;
    let port = port.parse().ok().filter(|port| *port != 0).ok_or("the port is a number from 1 to 65535")?;
    // Without brackets nobody knows where an IPv6 address ends; a network is no URI and has none around it.
    if host.contains(':') && !host.contains('/') && !host.starts_with('[') {
        return Err(format!("write the IPv6 address as `[{host}]`"));
    }
    let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(inner) => inner.parse(),
        None => host.parse(),
    };
    Ok(NetworkAllowance { host: host.map_err(|error: InvalidHost| error.to_string())?, port })
}

impl Directory {
    /// A relative path is made absolute, up to `{owner}` without symbolic links and `..`: a grant has to mean the same
    /// from everywhere.
    fn allowance(&self) -> Result<Allowance, Complaint> {
        let mut host = self.host.clone();
        if host.is_relative() {
            let of_owner =
                |component: &Component<'_>| component.as_os_str().to_string_lossy().contains("{owner}");
            let base: PathBuf = self.host.components().take_while(|component| !of_owner(component)).collect();
            let below: PathBuf =
                self.host.components().skip_while(|component| !of_owner(component)).collect();
            host = Path::new(".").join(&base).canonicalize().map_err(|error| {
                Complaint::usage(format!("cannot use the directory `{}`", base.display())).because(error)
            })?;
            if !below.as_os_str().is_empty() {
                host.push(below);
            }
        }
        Ok(Allowance { host, guest: self.guest.clone(), access: self.access })
    }
}

/// Whether an argument that may be a backend's name is a path instead.
pub(crate) fn is_path(text: &str) -> bool {
    text.contains('/') || text.ends_with(".wasm") || text.starts_with('.')
}

/// Reads a component that the arguments name.
///
/// # Errors
/// It cannot be read, or its manifest is not valid.
pub(crate) fn read_source(path: &Path) -> Result<Source, Complaint> {
    Source::read(path)
        .map_err(|error| Complaint::usage(format!("cannot use `{}`", path.display())).because(error))
}

impl Backend {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        match self {
            Self::Add(add) => add.run(session).await,
            Self::Upgrade(upgrade) => upgrade.run(session).await,
            Self::List => list(session),
            Self::Inspect { backend } => inspect(session, &backend).await,
            Self::Remove { name } => {
                session.runtime.remove(&name).await?;
                if session.out.is_json() {
                    session.out.json(&json!({ "removed": name }))?;
                } else {
                    session.out.line(&format!("removed {name}"))?;
                }
                Ok(Exit::Done)
            }
        }
    }
}

impl Add {
    async fn run(self, session: &mut Session<'_>) -> Outcome {
        let registration = self.given.registration(read_source(&self.path)?, self.name)?;
        let record = session.runtime.register(registration).await?;
        print_record(session, &record)
    }
}

impl Upgrade {
    async fn run(self, session: &mut Session<'_>) -> Outcome {
        let registration = self.given.registration(read_source(&self.path)?, Some(self.name))?;
        let record = session.runtime.upgrade(registration).await?;
        print_record(session, &record)
    }
}

fn print_record(session: &mut Session<'_>, record: &Record) -> Outcome {
    if session.out.is_json() {
        session.out.json(&record_json(record))?;
    } else {
        session.out.pairs(record_pairs(record))?;
    }
    Ok(Exit::Done)
}

fn record_pairs(record: &Record) -> Vec<(&'static str, String)> {
    vec![
        ("name", record.name.clone()),
        ("description", record.description.clone()),
        ("namespace", record.namespace.clone()),
        ("version", record.version.clone()),
        ("digest", format!("sha256:{}", record.digest)),
        ("snapshot", snapshot(&record.init)),
    ]
}

fn snapshot(init: &InitMode) -> String {
    match init {
        InitMode::Snapshot => "yes: `init` ran once".into(),
        InitMode::PerStore { reason } => format!("no, `init` runs in every store: {reason}"),
    }
}

fn record_json(record: &Record) -> Value {
    json!({
        "name": record.name,
        "description": record.description,
        "namespace": record.namespace,
        "version": record.version,
        "digest": format!("sha256:{}", record.digest),
        "capabilities": record.capabilities,
        "inline_limit": record.inline_limit,
        "init": record.init,
    })
}

fn list(session: &mut Session<'_>) -> Outcome {
    let (records, failures) = (session.runtime.backends(), session.runtime.load_failures());
    if session.out.is_json() {
        let backends: Vec<_> = records.iter().map(|record| record_json(record)).collect();
        let failures: Vec<_> = failures
            .iter()
            .map(|failure| json!({ "name": failure.name, "error": failure.error.to_string() }))
            .collect();
        session.out.json(&json!({ "backends": backends, "failures": failures }))?;
    } else {
        let mut table = Table::new(["NAME", "NAMESPACE", "VERSION", "SNAPSHOT", "DESCRIPTION"]);
        for record in &records {
            let snapshot = if record.init == InitMode::Snapshot { "yes" } else { "no" };
            table.row([&*record.name, &record.namespace, &record.version, snapshot, &record.description]);
        }
        session.out.table(&table)?;
    }
    Ok(if session.runtime.load_failures().is_empty() { Exit::Done } else { Exit::Host })
}

async fn inspect(session: &mut Session<'_>, backend: &str) -> Outcome {
    let found = if is_path(backend) {
        session.runtime.inspect_source(read_source(Path::new(backend))?).await?
    } else {
        session.runtime.inspect(backend)?
    };
    if session.out.is_json() {
        session.out.json(&inspection_json(&found))?;
    } else {
        session.out.pairs(inspection_pairs(&found)?)?;
    }
    Ok(Exit::Done)
}

fn inspection_json(found: &Inspection) -> Value {
    let record = found.record.as_deref();
    let granted: Vec<_> = found
        .granted
        .iter()
        .map(|grant| json!({ "host": grant.host(), "guest": grant.guest, "access": grant.access }))
        .collect();
    json!({
        "registered": record.map(|record| &record.name),
        "name": found.info.name,
        "description": found.info.description,
        "namespace": found.info.namespace,
        "version": found.info.version,
        "digest": record.map(|record| format!("sha256:{}", record.digest)),
        "capabilities": capabilities(found.info.capabilities),
        "inline_limit": found.info.inline_limit,
        "init": found.init,
        "imports": found.imports,
        "exports": found.exports,
        "requested": record.and_then(|record| record.requested.as_ref()),
        "allowed": record.map(|record| &record.allowed),
        "allowed_network": record.map(|record| &record.allowed_network),
        "granted": granted,
        "granted_network": found.granted_network.places,
        "config": record.map(|record| &record.config),
        "limits": found.limits,
        "open_contexts": found.open_contexts,
    })
}

fn inspection_pairs(found: &Inspection) -> anyhow::Result<Vec<(String, String)>> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut pair = |name: &str, value: String| pairs.push((name.to_owned(), value));
    let access = |access: Access| if access == Access::ReadOnly { "read-only" } else { "read-write" };
    pair("registered", found.record.as_ref().map_or_else(|| "no".into(), |record| record.name.clone()));
    pair("name", found.info.name.clone());
    pair("description", found.info.description.clone());
    pair("namespace", found.info.namespace.clone());
    pair("version", found.info.version.clone());
    if let Some(record) = &found.record {
        pair("digest", format!("sha256:{}", record.digest));
    }
    pair("snapshot", snapshot(&found.init));
    pair("capabilities", capabilities(found.info.capabilities).join(" "));
    pair("inline-limit", format!("{} bytes", found.info.inline_limit));
    for import in &found.imports {
        pair("imports", import.clone());
    }
    for export in &found.exports {
        pair("exports", export.clone());
    }
    if let Some(record) = &found.record {
        for asked in record.requested.iter().flat_map(|requested| &requested.directory) {
            pair("requested", format!("{} {} ({})", asked.guest, access(asked.access), asked.reason));
        }
        for allowed in &record.allowed {
            let host = allowed.host.display();
            pair("allowed", format!("{host}::{} {}", allowed.guest, access(allowed.access)));
        }
        for asked in record.requested.iter().flat_map(|requested| &requested.network) {
            let place = NetworkAllowance { host: asked.host.clone(), port: asked.port };
            pair("requested", format!("{place} on the network ({})", asked.reason));
        }
        for allowed in &record.allowed_network {
            pair("allowed", format!("{allowed} on the network"));
        }
        for (key, value) in &record.config {
            pair("config", format!("{key}={value}"));
        }
    }
    for grant in &found.granted {
        pair("granted", granted_text(grant, access(grant.access)));
    }
    for place in &found.granted_network.places {
        pair("granted", format!("{place} on the network"));
    }
    if let Value::Object(limits) = serde_json::to_value(&found.limits)? {
        for (name, value) in limits {
            pair("limit", format!("{name} = {value}"));
        }
    }
    if found.record.is_some() {
        pair("open contexts", found.open_contexts.to_string());
    }
    Ok(pairs)
}

fn granted_text(grant: &DirectoryGrant, access: &str) -> String {
    let whose = if grant.is_per_owner() { "each owner's own" } else { "shared by all owners" };
    format!("{}::{} {access}, {whose}", grant.host().display(), grant.guest)
}

/// The contract's names of what is claimed.
fn capabilities(claimed: Capabilities) -> Vec<&'static str> {
    mapistore::capability_names(claimed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(host: &str, guest: &str, access: Access) -> Directory {
        Directory { host: host.into(), guest: guest.into(), access }
    }

    #[test]
    fn a_directory_is_host_and_guest_and_read_write_unless_it_says_ro() {
        let parse = parse_directory;
        assert_eq!(parse("/a/{owner}::/m").unwrap(), directory("/a/{owner}", "/m", Access::ReadWrite));
        assert_eq!(parse("/a::/m:ro").unwrap(), directory("/a", "/m", Access::ReadOnly));
        assert_eq!(parse("a::b::/m").unwrap(), directory("a::b", "/m", Access::ReadWrite));
        for wrong in ["", "/a", "::/m", "/a::m", "/a:/m", "/a::"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_place_is_a_host_and_a_port() {
        for text in ["api.example.org:443", "10.0.0.0/8:993", "[::1]:80", "1.2.3.4:25", "*:443"] {
            assert_eq!(parse_place(text).unwrap().to_string(), text);
        }
        assert_eq!(parse_place("fd00::/8:80").unwrap().to_string(), "[fd00::/8]:80");
        assert_eq!(parse_place("[fd00::/8]:80").unwrap().to_string(), "[fd00::/8]:80");
        for wrong in ["", "a", "a:", ":80", "a:0", "a:65536", "::1:80", "a b:80", "https://a:443"] {
            assert!(parse_place(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_relative_host_becomes_absolute_and_keeps_the_owner() {
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        let host = |text: &str| parse_directory(text).unwrap().allowance().unwrap().host;
        assert_eq!(host(".::/m"), here);
        assert_eq!(host("{owner}/Maildir::/m"), here.join("{owner}/Maildir"));
        assert_eq!(host("/x/../y::/m"), Path::new("/x/../y"));
        assert!(parse_directory("no-such-directory::/m").unwrap().allowance().is_err());
    }

    #[test]
    fn a_setting_is_split_at_its_first_equals_sign() {
        assert_eq!(parse_setting("a=b=c").unwrap(), ("a".into(), "b=c".into()));
        assert_eq!(parse_setting("a=").unwrap(), ("a".into(), String::new()));
        assert!(parse_setting("a").is_err() && parse_setting("=b").is_err());
    }

    #[test]
    fn a_path_has_a_slash_or_ends_in_wasm() {
        assert!(is_path("a/b") && is_path("x.wasm") && is_path("./x") && is_path("."));
        assert!(!is_path("maildir") && !is_path("my.backend-2"));
    }
}
