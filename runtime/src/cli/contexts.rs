//! `contexts` and `create-root`: what a user has, before anything is open.

use clap::{Args, ValueEnum};
use mapistore::Connection;
use mapistore::mailbox::role_name;
use mapistore::types::{ContextEntry, Role};
use serde_json::json;

use super::Outcome;
use super::failure::{Complaint, Exit};
use super::output::Table;
use super::session::{Session, Who};

/// `contexts`.
#[derive(Args)]
pub(crate) struct Contexts {
    #[command(flatten)]
    who: Who,
    /// Only those of this backend.
    #[arg(long, value_name = "NAME")]
    backend: Option<String>,
    /// Opens each as well: tells what memory it holds, and what came back when all were closed.
    #[arg(long)]
    open: bool,
}

/// What opening and closing all contexts did to memory, in bytes.
struct Memory {
    /// Of each context, in the order of the listing; none if it did not open.
    held: Vec<Option<u64>>,
    returned: u64,
    resident_before: u64,
    resident_open: u64,
    resident_after: u64,
}

/// `create-root`.
#[derive(Args)]
pub(crate) struct CreateRoot {
    #[command(flatten)]
    who: Who,
    /// What the folder is for.
    #[arg(long)]
    role: RoleName,
    /// Its display name.
    #[arg(long)]
    name: String,
}

/// The roles of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    Mail,
    Drafts,
    SentItems,
    Outbox,
    DeletedItems,
    Calendar,
    Contacts,
    Tasks,
    Notes,
    Journal,
    Fallback,
}

const ROLES: [(RoleName, Role); 11] = [
    (RoleName::Mail, Role::Mail),
    (RoleName::Drafts, Role::Drafts),
    (RoleName::SentItems, Role::SentItems),
    (RoleName::Outbox, Role::Outbox),
    (RoleName::DeletedItems, Role::DeletedItems),
    (RoleName::Calendar, Role::Calendar),
    (RoleName::Contacts, Role::Contacts),
    (RoleName::Tasks, Role::Tasks),
    (RoleName::Notes, Role::Notes),
    (RoleName::Journal, Role::Journal),
    (RoleName::Fallback, Role::Fallback),
];

fn role(name: RoleName) -> Role {
    ROLES.iter().find(|(candidate, _)| *candidate == name).map_or(Role::Fallback, |(_, role)| *role)
}

impl Contexts {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let user = self.who.name()?;
        let listings = match &self.backend {
            Some(name) => vec![session.runtime.list_contexts_of(name, &user).await?],
            None => session.runtime.list_contexts(&user).await,
        };
        if listings.is_empty() {
            session.reporter.note("no backend is registered: `mapistore backend add PATH` registers one");
        }
        let (mut contexts, mut failures) = (Vec::new(), Vec::new());
        for listing in listings {
            match listing.contexts {
                Ok(entries) => {
                    contexts.extend(entries.into_iter().map(|entry| (listing.backend.clone(), entry)))
                }
                Err(error) => failures.push((listing.backend, anyhow::Error::new(error))),
            }
        }
        let mut worst = Exit::Done;
        let memory = match self.open {
            true => Some(measure(session, &user, &contexts, &mut worst).await?),
            false => None,
        };
        let held = |at: usize| memory.as_ref().and_then(|memory| memory.held[at]);
        if session.out.is_json() {
            let contexts: Vec<_> = contexts
                .iter()
                .enumerate()
                .map(|(at, (backend, entry))| {
                    json!({
                        "memory_bytes": held(at),
                        "backend": backend,
                        "uri": entry.url,
                        "name": entry.name,
                        "role": role_name(entry.role),
                        "main": entry.main_folder,
                        "tag": entry.tag,
                    })
                })
                .collect();
            let failures: Vec<_> = failures
                .iter()
                .map(|(backend, error)| json!({ "backend": backend, "error": format!("{error:#}") }))
                .collect();
            let memory = memory.as_ref().map(|memory| {
                json!({
                    "returned_bytes": memory.returned,
                    "resident_before_bytes": memory.resident_before,
                    "resident_open_bytes": memory.resident_open,
                    "resident_after_bytes": memory.resident_after,
                })
            });
            session.out.json(&json!({ "contexts": contexts, "failures": failures, "memory": memory }))?;
        } else {
            let last = if self.open { ["MEMORY", "URI"] } else { ["URI", ""] };
            let mut table = Table::new(["BACKEND", "ROLE", "MAIN", "NAME", last[0], last[1]]);
            for (at, (backend, entry)) in contexts.iter().enumerate() {
                let main = if entry.main_folder { "yes" } else { "" };
                let memory = held(at).map(kib).unwrap_or_default();
                let last = if self.open { [&memory, &entry.url] } else { [&entry.url, &memory] };
                table.row([backend, role_name(entry.role), main, &entry.name, last[0], last[1]]);
            }
            session.out.table(&table)?;
            if let Some(memory) = &memory {
                session.out.line(&format!("closing gave back {} of memory", kib(memory.returned)))?;
                session.out.line(&format!(
                    "resident: {} before, {} with all open, {} after",
                    kib(memory.resident_before),
                    kib(memory.resident_open),
                    kib(memory.resident_after)
                ))?;
            }
        }
        for (_, error) in &failures {
            session.refuse(&mut worst, error);
        }
        Ok(worst)
    }
}

/// Opens every context, asks what it holds, and closes all of them.
async fn measure(
    session: &mut Session<'_>,
    user: &str,
    contexts: &[(String, ContextEntry)],
    worst: &mut Exit,
) -> anyhow::Result<Memory> {
    // One first: what is loaded on first use is no context's.
    if let Some((_, entry)) = contexts.first()
        && let Ok(context) = session.runtime.open_context(&Connection::of(user), &entry.url).await
    {
        context.close().await;
    }
    give_back();
    let resident_before = resident_bytes();
    let (mut open, mut held) = (Vec::new(), Vec::new());
    for (_, entry) in contexts {
        match session.runtime.open_context(&Connection::of(user), &entry.url).await {
            Ok(context) => {
                held.push(Some(context.memory_bytes().await?));
                open.push(context);
            }
            Err(error) => {
                held.push(None);
                session.refuse(worst, &error.into());
            }
        }
    }
    let resident_open = resident_bytes();
    let mut returned = 0;
    for context in open {
        returned += context.close().await.map_or(0, |closed| closed.memory_bytes);
    }
    give_back();
    Ok(Memory { held, returned, resident_before, resident_open, resident_after: resident_bytes() })
}

/// Has the allocator return what was freed. It would by itself, but only when it is used again.
#[expect(unsafe_code, reason = "the allocator's own interface")]
fn give_back() {
    // SAFETY: may be called at any time, from any thread.
    unsafe { libmimalloc_sys::mi_collect(true) };
}

/// What this process holds of the machine's memory; 0 where the system does not say.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

fn kib(bytes: u64) -> String {
    format!("{} KiB", bytes / 1024)
}

impl CreateRoot {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let user = self.who.name()?;
        let role = role(self.role);
        let Some(made) = session.runtime.create_root_folder(&user, role, &self.name).await? else {
            let text = format!("no backend makes a root folder for the role `{}`", role_name(role));
            return Err(Complaint::refused(text)
                .hint("`mapistore backend inspect NAME` shows what each can do")
                .into());
        };
        if session.out.is_json() {
            let document = json!({ "backend": made.backend, "uri": made.uri, "id": made.fid.to_string() });
            session.out.json(&document)?;
        } else {
            session.out.line(&made.uri)?;
        }
        Ok(Exit::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_called_the_same_in_the_contract_on_the_way_in_and_on_the_way_out() {
        for name in RoleName::value_variants() {
            let argument = name.to_possible_value().map(|value| value.get_name().to_owned());
            assert_eq!(argument.as_deref(), Some(role_name(role(*name))));
        }
        assert_eq!(ROLES.len(), RoleName::value_variants().len());
    }
}
