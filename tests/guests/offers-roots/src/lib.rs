//! Lists the roots that it is told to: `mail:Inbox:main,calendar:Work,fallback:Fallback:main`, by the setting `roots`, or
//! by the user's file `/data/roots`, whose word `fail` fails the listing. A root is `offersroots://USER/NAME/`.
//!
//! Notes each context that is opened in `/data/opened`, and each message that is saved in `/data/saved`. While there is
//! a file `/data/closed`, no context whose URI has what the file says in it is opened.

use std::io::Write;
use std::sync::Mutex;

use mapistore_sdk::tags::{PID_TAG_MESSAGE_CLASS, PID_TAG_SUBJECT};
use mapistore_sdk::types::{
    BackendInfo, Capabilities, ChangeNumber, ConnectionInfo, ContextEntry, Mid, Property, PropertyProblem,
    Role,
};
use mapistore_sdk::{Backend, Context, Error, ErrorCode, Folder, Message, Properties, Result, index};

static ROOTS: Mutex<String> = Mutex::new(String::new());

struct Guest;

impl Backend for Guest {
    fn describe() -> BackendInfo {
        BackendInfo { capabilities: Capabilities::WRITE_MESSAGES, ..guest_support::info("offers-roots") }
    }

    fn init(config: &[(String, String)]) -> Result<()> {
        let roots = config.iter().find(|(key, _)| key == "roots").map(|(_, roots)| roots.clone());
        *roots_setting()? = roots.unwrap_or_default();
        Ok(())
    }

    fn list_contexts(user: &str) -> Result<Vec<ContextEntry>> {
        let roots = match std::fs::read_to_string("/data/roots") {
            Ok(roots) => roots.trim().to_owned(),
            Err(_) => roots_setting()?.clone(),
        };
        if roots == "fail" {
            return Err(Error::new(ErrorCode::NotAvailable, "as it was told to"));
        }
        roots.split(',').filter(|root| !root.is_empty()).map(|root| entry(user, root)).collect()
    }

    fn create_context(_: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        if let Ok(closed) = std::fs::read_to_string("/data/closed")
            && uri.contains(closed.trim())
        {
            return Err(Error::new(ErrorCode::NotAvailable, "it is closed"));
        }
        note("opened", uri);
        Ok(Box::new(guest_support::Root(|_| Box::new(Root))))
    }
}

fn roots_setting() -> Result<std::sync::MutexGuard<'static, String>> {
    ROOTS.lock().map_err(|_| Error::corrupted("a panic left the setting half-written"))
}

fn entry(user: &str, root: &str) -> Result<ContextEntry> {
    let mut parts = root.split(':');
    let (role, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let role = match role {
        "mail" => Role::Mail,
        "drafts" => Role::Drafts,
        "calendar" => Role::Calendar,
        "fallback" => Role::Fallback,
        other => return Err(Error::invalid_data(format!("`{other}` is none of its roles"))),
    };
    let url = format!("offersroots://{user}/{name}/");
    Ok(ContextEntry { url, name: name.into(), main_folder: parts.next() == Some("main"), role, tag: None })
}

/// Adds a line to a file, if there is a directory for it.
fn note(file: &str, line: &str) {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(format!("/data/{file}"));
    // Without a grant there is nobody to tell.
    let _ = file.and_then(|mut file| writeln!(file, "{line}"));
}

struct Root;

impl Folder for Root {
    fn open_message(&self, id: Mid, _: bool) -> Result<Box<dyn Message>> {
        let saved = std::fs::read_to_string("/data/saved").unwrap_or_default();
        if saved.lines().any(|line| line.starts_with(&format!("{id:#018x} "))) {
            return Ok(Box::new(Draft { id, properties: Properties::new() }));
        }
        Err(Error::not_found("no such message"))
    }

    fn create_message(&self, id: Mid, _: bool) -> Result<Box<dyn Message>> {
        Ok(Box::new(Draft { id, properties: Properties::new() }))
    }
}

struct Draft {
    id: Mid,
    properties: Properties,
}

impl Message for Draft {
    fn set_properties(&mut self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        values.into_iter().for_each(|property| self.properties.set(property.tag, property.value));
        Ok(Vec::new())
    }

    fn save(&mut self, _: bool) -> Result<ChangeNumber> {
        let text = |tag| self.properties.get_text(tag).unwrap_or_default();
        note(
            "saved",
            &format!("{:#018x} {} {}", self.id, text(PID_TAG_MESSAGE_CLASS), text(PID_TAG_SUBJECT)),
        );
        index::next_change_numbers(1)?.pop().ok_or_else(|| Error::corrupted("no change number"))
    }
}

mapistore_sdk::export!(Guest);
