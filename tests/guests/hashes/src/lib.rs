//! Says what its hash maps are made of: the seed that a new one gets, in a text, and what `init` left in one.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use mapistore_sdk::types::{BackendInfo, Cell, ConnectionInfo, ContextEntry, PropertyTag, PropertyValue};
use mapistore_sdk::{Backend, Context, Folder, Result};

/// Filled by `init`, with the seed of that time.
static COLOURS: OnceLock<HashMap<&'static str, u32>> = OnceLock::new();

struct Guest;

struct Seeds;

impl Backend for Guest {
    fn describe() -> BackendInfo {
        guest_support::info("hashes")
    }

    fn init(config: &[(String, String)]) -> Result<()> {
        COLOURS.get_or_init(|| HashMap::from([("red", 1), ("green", 2), ("blue", 3)]));
        if config.iter().any(|(key, value)| key == "seed" && value == "shared") {
            mapistore_sdk::share_hash_seed();
        }
        Ok(())
    }

    fn list_contexts(user: &str) -> Result<Vec<ContextEntry>> {
        Ok(vec![guest_support::inbox("hashes", user)])
    }

    fn create_context(_: ConnectionInfo, _: &str) -> Result<Box<dyn Context>> {
        Ok(Box::new(guest_support::Root(|_| Box::new(Seeds))))
    }
}

impl Folder for Seeds {
    /// A hash by a new map's seed, by another's, and what the map of `init` finds.
    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        let colours = COLOURS.get();
        let found = |name: &str| colours.and_then(|colours| colours.get(name)).copied().unwrap_or_default();
        let [first, second] = [RandomState::new(), RandomState::new()].map(|seed| seed.hash_one(0));
        let text = format!("{first:016x} {second:016x} {} {}", found("green"), found("blue"));
        Ok(tags.iter().map(|_| Ok(PropertyValue::Text(text.clone()))).collect())
    }
}

mapistore_sdk::export!(Guest);
