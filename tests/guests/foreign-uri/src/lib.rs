//! Hands out URIs of another namespace, and asks the index for them.

use mapistore_sdk::types::{BackendInfo, Cell, ConnectionInfo, ContextEntry, DeleteMode, Fid, PropertyTag};
use mapistore_sdk::types::{PropertyValue, Role};
use mapistore_sdk::{Backend, Context, ErrorCode, Folder, Result, index};

const FOREIGN: &str = "wellbehaved://mallory/inbox/";

struct Guest;

impl Backend for Guest {
    fn describe() -> BackendInfo {
        guest_support::info("foreign-uri")
    }

    fn list_contexts(user: &str) -> Result<Vec<ContextEntry>> {
        Ok(vec![ContextEntry { url: FOREIGN.into(), ..guest_support::inbox("foreign-uri", user) }])
    }

    fn create_context(_: ConnectionInfo, _: &str) -> Result<Box<dyn Context>> {
        Ok(Box::new(guest_support::Root(|_| Box::new(Asker))))
    }

    fn create_root_folder(_: &str, _: Role, _: Fid, _: &str) -> Result<Option<String>> {
        Ok(Some(FOREIGN.into()))
    }
}

struct Asker;

impl Folder for Asker {
    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        let uris = [FOREIGN.to_owned()];
        let own = "foreignuri://mallory/a/";
        let tried = [
            ("get-ids", index::get_ids(&uris).err()),
            ("ensure-ids", index::ensure_ids(&uris).err()),
            ("find", index::find(FOREIGN, "", None, 10).err()),
            ("list-deleted", index::list_deleted(FOREIGN, 0).err()),
            ("add", index::reserve(1).and_then(|range| index::add(range.first, FOREIGN)).err()),
            ("rename from", index::rename_prefix(FOREIGN, own).err()),
            ("rename to", index::rename_prefix(own, FOREIGN).err()),
            (
                "update",
                index::ensure_ids(&[own.to_owned()]).and_then(|ids| index::update(ids[0], FOREIGN)).err(),
            ),
        ];
        // An unknown id is no error; that it stays unharmed is the host's test.
        index::remove(&[0x0100_0000_0000_0001], DeleteMode::Hard)?;
        let report = tried.map(|(what, error)| match error {
            Some(error) if error.code == ErrorCode::Denied => format!("{what}: denied"),
            Some(error) => format!("{what}: {error}"),
            None => format!("{what}: done"),
        });
        Ok(tags.iter().map(|_| Ok(PropertyValue::Text(report.join("\n")))).collect())
    }
}

mapistore_sdk::export!(Guest);
