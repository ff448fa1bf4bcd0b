//! `contexts` and `create-root`: what a user has, before anything is open.

use clap::{Args, ValueEnum};
use mapistore::types::Role;
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

const ROLES: [(RoleName, Role, &str); 11] = [
    (RoleName::Mail, Role::Mail, "mail"),
    (RoleName::Drafts, Role::Drafts, "drafts"),
    (RoleName::SentItems, Role::SentItems, "sent-items"),
    (RoleName::Outbox, Role::Outbox, "outbox"),
    (RoleName::DeletedItems, Role::DeletedItems, "deleted-items"),
    (RoleName::Calendar, Role::Calendar, "calendar"),
    (RoleName::Contacts, Role::Contacts, "contacts"),
    (RoleName::Tasks, Role::Tasks, "tasks"),
    (RoleName::Notes, Role::Notes, "notes"),
    (RoleName::Journal, Role::Journal, "journal"),
    (RoleName::Fallback, Role::Fallback, "fallback"),
];

fn role(name: RoleName) -> Role {
    ROLES.iter().find(|(candidate, ..)| *candidate == name).map_or(Role::Fallback, |(_, role, _)| *role)
}

fn role_name(role: Role) -> &'static str {
    ROLES.iter().find(|(_, candidate, _)| *candidate == role).map_or("fallback", |(.., name)| name)
}

impl Contexts {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let user = self.who.name()?;
        let listings = match &self.backend {
            Some(name) => vec![session.runtime.list_contexts_of(name, &user).await?],
            None => session.runtime.list_contexts(&user).await,
        };
        let (mut contexts, mut failures) = (Vec::new(), Vec::new());
        for listing in listings {
            match listing.contexts {
                Ok(entries) => {
                    contexts.extend(entries.into_iter().map(|entry| (listing.backend.clone(), entry)))
                }
                Err(error) => failures.push((listing.backend, anyhow::Error::new(error))),
            }
        }
        if session.out.is_json() {
            let contexts: Vec<_> = contexts
                .iter()
                .map(|(backend, entry)| {
                    json!({
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
            session.out.json(&json!({ "contexts": contexts, "failures": failures }))?;
        } else {
            let mut table = Table::new(["BACKEND", "ROLE", "MAIN", "NAME", "URI"]);
            for (backend, entry) in &contexts {
                let main = if entry.main_folder { "yes" } else { "" };
                table.row([backend, role_name(entry.role), main, &entry.name, &entry.url]);
            }
            session.out.table(&table)?;
        }
        let mut worst = Exit::Done;
        for (_, error) in &failures {
            session.refuse(&mut worst, error);
        }
        Ok(worst)
    }
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
