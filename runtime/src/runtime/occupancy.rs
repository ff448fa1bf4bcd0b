//! Who has what open, and what it has used; and sleep, for whoever knows that memory is wanted elsewhere.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Runtime;
use crate::usage::Usage;

/// Everything that is open and was used, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occupancy {
    /// The contexts that are open, asleep or awake.
    pub contexts: Vec<ContextUsage>,
    /// The owners of these, and those who had some; closed contexts, listings and new roots are in their numbers.
    pub owners: Vec<OwnerUsage>,
    /// Of owners who have had nothing open for long, all together.
    pub others: Usage,
}

/// One open context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextUsage {
    /// Its number.
    pub id: u64,
    /// Its URI.
    pub uri: String,
    /// Who logged on.
    pub username: String,
    /// The mailbox owner.
    pub owner: String,
    /// The backend that serves it.
    pub backend: String,
    /// Whether it has a store now.
    pub awake: bool,
    /// What it has used since it was opened.
    pub usage: Usage,
}

/// One mailbox owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerUsage {
    /// Their name.
    pub owner: String,
    /// How many contexts they have open.
    pub contexts: u64,
    /// How many of these have a store now.
    pub awake: u64,
    /// What was used for them since this process began.
    pub usage: Usage,
}

impl Runtime {
    /// Who has what open, and what it has used. Nobody waits for this, and a call that is running is counted when it ends.
    pub fn occupancy(&self) -> Occupancy {
        let (tenants, others) = self.inner.tenants.all();
        let owner = |tenant: &std::sync::Arc<crate::tenant::Tenant>| {
            let (owner, usage) = (tenant.name.to_string(), tenant.past.usage());
            (owner.clone(), OwnerUsage { owner, contexts: 0, awake: 0, usage })
        };
        let mut owners: HashMap<String, OwnerUsage> = tenants.iter().map(owner).collect();
        let mut contexts = Vec::new();
        for inner in self.inner.contexts.all() {
            let usage = inner.usage.usage();
            let context = ContextUsage {
                id: inner.id.0,
                uri: inner.uri.to_string(),
                username: inner.connection.username.clone(),
                owner: inner.tenant.name.to_string(),
                backend: inner.backend.name().to_owned(),
                awake: inner.is_awake(),
                usage,
            };
            if let Some(owner) = owners.get_mut(&context.owner) {
                owner.contexts += 1;
                owner.awake += u64::from(context.awake);
                owner.usage += usage;
            }
            contexts.push(context);
        }
        contexts.sort_by_key(|context| context.id);
        let mut owners: Vec<_> = owners.into_values().collect();
        owners.sort_by(|a, b| a.owner.cmp(&b.owner));
        Occupancy { contexts, owners, others }
    }

    /// How many contexts have a store now.
    pub fn awake_contexts(&self) -> usize {
        self.inner.contexts.awake.count()
    }

    /// Puts so many contexts to sleep, those first that were not used for longest, and answers how many that were. Only contexts
    /// of which nothing is open can sleep: no folder but the root, no message, no table. The next call wakes one, and nothing
    /// but its time shows it. The runtime does this by itself where places or memory run out.
    pub fn put_to_sleep(&self, count: usize) -> usize {
        self.inner.contexts.awake.put_to_sleep(count)
    }
}
