//! One behaviour on trial: an owner of its own, the log of its calls, and the steps that many behaviours begin with.

use std::cell::RefCell;
use std::rc::Rc;

use super::expect::{Done, Stop, demand, id_in, or_code};
use super::handles::{self, Context, Folder, Message, Table};
use super::log::Log;
use super::sample;
use super::tag;
use crate::bindings::exports::mapistore::backend::objects::TransferItem;
use crate::bindings::mapistore::backend::notifications::Event;
use crate::bindings::mapistore::backend::types::{
    Capabilities, Cell, ContextEntry, ErrorCode, ItemOutcome, Property, PropertyTag, PropertyValue, Role,
    TableKind,
};
use crate::context::Connection;
use crate::error::CallError;
use crate::events::{Delivery, EventFilter, Subscription};
use crate::index::{Fmid, NamedProperty, Owner};
use crate::registry::capability_names;

use super::Kit;

/// The roles in the order in which a root is looked for: what holds most comes first.
const ROLES: [Role; 11] = [
    Role::Mail,
    Role::Fallback,
    Role::Calendar,
    Role::Tasks,
    Role::Contacts,
    Role::Notes,
    Role::Journal,
    Role::Drafts,
    Role::SentItems,
    Role::Outbox,
    Role::DeletedItems,
];

/// See the module.
pub(super) struct Trial<'k> {
    pub(super) kit: &'k Kit,
    pub(super) owner: String,
    pub(super) log: Rc<Log>,
    /// The root that was found, so that it is looked for once.
    root: RefCell<Option<ContextEntry>>,
    /// Contexts that stay open until the end.
    kept: RefCell<Vec<Context>>,
    /// What is announced of the owner, and what of it was fetched.
    announced: RefCell<(Subscription, Vec<Event>)>,
}

/// An object with its id.
pub(super) struct Made<T> {
    pub(super) id: Fmid,
    pub(super) it: T,
}

impl<T> std::ops::Deref for Made<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.it
    }
}

impl<'k> Trial<'k> {
    pub(super) fn new(kit: &'k Kit, owner: impl Into<String>) -> Self {
        let owner = owner.into();
        let subscription = kit.runtime.subscribe(EventFilter::of(owner.as_str()));
        Self {
            kit,
            owner,
            log: Rc::default(),
            root: RefCell::default(),
            kept: RefCell::default(),
            announced: RefCell::new((subscription, Vec::new())),
        }
    }

    /// Whether the backend claims a capability.
    pub(super) fn claims(&self, capability: Capabilities) -> bool {
        self.kit.capabilities.contains(capability)
    }

    /// Ends the trial unless a capability is claimed.
    pub(super) fn need(&self, capability: Capabilities) -> Done {
        if self.claims(capability) {
            return Ok(());
        }
        Err(Stop::NotClaimed(format!("it does not claim `{}`", capability_names(capability).join("`, `"))))
    }

    /// Lists a user's contexts.
    pub(super) fn list_of(&self, user: &str) -> Done<Vec<ContextEntry>> {
        let call = format!("provider.list-contexts({user:?})");
        self.log.call(&call, async {
            let listing = self.kit.runtime.list_contexts_of(&self.kit.backend, user).await;
            listing.map_err(|error| self.host_error("provider.list-contexts", &error))?.contexts
        })
    }

    /// Lists the owner's contexts.
    pub(super) fn list(&self) -> Done<Vec<ContextEntry>> {
        self.list_of(&self.owner)
    }

    /// Asks for a new root folder of the owner; none if the role is not the backend's.
    pub(super) fn create_root(&self, role: Role, name: &str) -> Done<Option<Made<String>>> {
        use super::wave::Wave;
        let call = format!("provider.create-root-folder({:?}, {}, {name:?})", self.owner, role.wave());
        let created = self.kit.runtime.create_root_folder(&self.owner, role, name);
        let fid = std::cell::Cell::new(Fmid(0));
        let uri = self.log.call(&call, async {
            let created = created.await?;
            Ok(created.map(|created| {
                fid.set(created.fid);
                created.uri
            }))
        })?;
        Ok(uri.map(|it| Made { id: fid.get(), it }))
    }

    fn host_error(&self, function: &'static str, error: &dyn std::error::Error) -> CallError {
        let callee = crate::error::Callee::Backend(self.kit.backend.as_str().into());
        CallError::Host { callee, function, problem: error.to_string() }
    }

    /// Opens a context of the owner.
    pub(super) fn open(&self, uri: &str) -> Done<Context> {
        self.open_as(&Connection::of(&self.owner), uri)
    }

    pub(super) fn open_as(&self, connection: &Connection, uri: &str) -> Done<Context> {
        handles::open_context(&self.log, &self.kit.runtime, connection, uri)
    }

    /// The root to try things in: the first by role, a main folder before others; one that is made for this if the
    /// backend has none.
    pub(super) fn root_entry(&self) -> Done<ContextEntry> {
        if let Some(entry) = &*self.root.borrow() {
            return Ok(entry.clone());
        }
        let mut entries = self.list()?;
        if entries.is_empty() && self.claims(Capabilities::CREATE_ROOT) {
            for role in ROLES {
                if self.create_root(role, "Conformance")?.is_some() {
                    break;
                }
            }
            entries = self.list()?;
        }
        let rank =
            |entry: &ContextEntry| (ROLES.iter().position(|role| *role == entry.role), !entry.main_folder);
        entries.sort_by_key(rank);
        let nothing = || Stop::NotClaimed("it has no context for a new user, and makes none".into());
        let entry = entries.into_iter().next().ok_or_else(nothing)?;
        *self.root.borrow_mut() = Some(entry.clone());
        Ok(entry)
    }

    /// The role of the root that things are tried in.
    pub(super) fn role(&self) -> Done<Role> {
        Ok(self.root_entry()?.role)
    }

    /// Opens the context to try things in, and its root folder.
    pub(super) fn start(&self) -> Done<(Context, Folder)> {
        let context = self.open(&self.root_entry()?.url)?;
        let root = context.root_folder()?;
        Ok((context, root))
    }

    /// The FID of a context's root.
    pub(super) fn root_fid(&self, context: &Context) -> Done<Fmid> {
        Ok(context.inner.root_fid()?)
    }

    /// Ends the trial if what the backend stores goes away with its context.
    pub(super) fn reopen_needed(&self) -> Done {
        if self.kit.is_durable() {
            return Ok(());
        }
        Err(Stop::NotClaimed("its contents do not survive their context".into()))
    }

    /// Closes the context and opens it again.
    pub(super) fn reopen(&self, context: Context, root: Folder) -> Done<(Context, Folder)> {
        self.reopen_needed()?;
        drop(root);
        context.close();
        self.start()
    }

    /// Holds a context open until the end of the trial.
    pub(super) fn keep(&self, context: Context) {
        self.kept.borrow_mut().push(context);
    }

    /// A fresh id.
    pub(super) fn id(&self) -> Done<Fmid> {
        Ok(self.kit.runtime.allocate_id(&self.owner)?)
    }

    /// The owner's tag for a named property.
    pub(super) fn named(&self, name: &NamedProperty, property_type: u16) -> Done<PropertyTag> {
        let owner = Owner::parse(self.owner.as_str()).map_err(|error| Stop::Host(error.to_string()))?;
        let ids = self.kit.runtime.index().named_to_ids(&owner, std::slice::from_ref(name), true);
        let ids = ids.map_err(|error| Stop::Host(error.to_string()))?;
        let id = ids.first().copied().flatten().ok_or_else(|| Stop::Host("no id for a name".into()))?;
        Ok(u32::from(id) << 16 | u32::from(property_type))
    }

    /// Makes a sub-folder.
    pub(super) fn add_folder(&self, parent: &Folder, name: &str) -> Done<Made<Folder>> {
        let id = self.id()?;
        Ok(Made { id, it: parent.create_folder(id, vec![sample::name(name)])? })
    }

    /// Begins a message with what one of its role needs, called `marker`.
    pub(super) fn compose(&self, folder: &Folder, marker: &str) -> Done<Made<Message>> {
        self.compose_as(self.role()?, folder, marker, false)
    }

    pub(super) fn compose_as(
        &self,
        role: Role,
        folder: &Folder,
        marker: &str,
        associated: bool,
    ) -> Done<Made<Message>> {
        self.need(Capabilities::WRITE_MESSAGES)?;
        let id = self.id()?;
        let message = folder.create_message(id, associated)?;
        let properties = sample::item(self, role, marker)?;
        // What the backend has no place for it says; the marker and the class are what counts.
        let problems = message.set_properties(properties)?;
        let marker_tag = sample::marker(role);
        if let Some(problem) = problems.iter().find(|problem| problem.tag == marker_tag) {
            return Err(Stop::Failed(format!(
                "{} cannot be set, and an item without it cannot be told from others: {}",
                super::expect::tag_name(marker_tag),
                crate::error::code_name(problem.code)
            )));
        }
        Ok(Made { id, it: message })
    }

    /// Writes and saves a message.
    pub(super) fn add(&self, folder: &Folder, marker: &str) -> Done<Fmid> {
        let message = self.compose(folder, marker)?;
        message.save(false)?;
        Ok(message.id)
    }

    /// Which property tells items of the root apart.
    pub(super) fn marker(&self) -> Done<PropertyTag> {
        Ok(sample::marker(self.role()?))
    }

    /// The marker of a message.
    pub(super) fn marker_of(&self, message: &Message) -> Done<String> {
        match message.get(self.marker()?)? {
            Ok(PropertyValue::Text(text)) => Ok(text),
            other => Err(Stop::Failed(format!("the message's name is {other:?}"))),
        }
    }

    /// The rows of a folder's table.
    pub(super) fn rows(
        &self,
        folder: &Folder,
        kind: TableKind,
        columns: &[PropertyTag],
    ) -> Done<Vec<Vec<Cell>>> {
        folder.open_table(kind)?.rows(columns)
    }

    /// The ids of a folder's messages or sub-folders, as its table has them.
    pub(super) fn ids(&self, folder: &Folder, kind: TableKind) -> Done<Vec<Fmid>> {
        self.ids_in(&folder.open_table(kind)?, kind)
    }

    pub(super) fn ids_in(&self, table: &Table, kind: TableKind) -> Done<Vec<Fmid>> {
        let column = if kind == TableKind::Hierarchy { tag::FOLDER_ID } else { tag::MID };
        let rows = table.rows(&[column])?;
        rows.iter()
            .map(|row| id_in("the id in a row", row.first().unwrap_or(&Err(ErrorCode::NotFound))))
            .collect()
    }

    /// How many rows each way of counting finds; they have to agree (FO-11).
    pub(super) fn count(&self, folder: &Folder, kind: TableKind) -> Done<u32> {
        folder.get_child_count(kind)
    }

    /// A message to look at: one that is written for this, or the first that is there already.
    pub(super) fn any_message(&self, folder: &Folder) -> Done<Fmid> {
        if self.claims(Capabilities::WRITE_MESSAGES) {
            return self.add(folder, "to look at");
        }
        let there = self.ids(folder, TableKind::Contents)?;
        there.first().copied().ok_or_else(|| Stop::NotClaimed("there is no message to look at".into()))
    }

    /// An item to move or copy.
    pub(super) fn item(&self, source: Fmid) -> Done<TransferItem> {
        Ok(TransferItem { source: source.0, target: self.id()?.0, keys: None })
    }

    /// The index record of an id, if there is a live one.
    pub(super) fn indexed_uri(&self, id: Fmid) -> Done<Option<String>> {
        let host = |error: crate::index::IndexError| Stop::Host(error.to_string());
        let owner = Owner::parse(self.owner.as_str()).map_err(host)?;
        let scope = crate::index::Scope::operator(owner);
        let entries = self.kit.runtime.index().get_uris(&scope, &[id]).map_err(host)?;
        Ok(entries.into_iter().flatten().next().filter(|entry| !entry.soft_deleted).map(|entry| entry.uri))
    }

    /// What the owner's contexts announced so far.
    pub(super) fn events(&self) -> Vec<Event> {
        let (subscription, events) = &mut *self.announced.borrow_mut();
        while let Some(delivery) = subscription.try_next() {
            if let Delivery::Event(announcement) = delivery {
                events.push(announcement.event);
            }
        }
        events.clone()
    }
}

/// Demands that every item of a batch was done.
pub(super) fn all_done(what: &str, outcomes: &[ItemOutcome]) -> Done {
    for ItemOutcome { id, outcome } in outcomes {
        if let Err(code) = outcome {
            let code = crate::error::code_name(*code);
            return Err(Stop::Failed(format!("{what} of {} ended with {code}", Fmid(*id))));
        }
    }
    Ok(())
}

/// Demands that read flags were set, of a backend whose items have any.
pub(super) fn flags_done(what: &str, outcomes: Done<Vec<ItemOutcome>>) -> Done {
    let none = || Stop::NotClaimed("its items are neither read nor unread".into());
    let not_implemented = ErrorCode::NotImplemented;
    let outcomes = or_code(outcomes, &[not_implemented])?.ok_or_else(none)?;
    if outcomes.iter().any(|outcome| outcome.outcome == Err(not_implemented)) {
        return Err(none());
    }
    all_done(what, &outcomes)
}

/// Demands that all properties could be set.
pub(super) fn no_problems(
    what: &str,
    problems: &[crate::bindings::mapistore::backend::types::PropertyProblem],
) -> Done {
    use super::wave::Wave;
    demand!(problems.is_empty(), "{what} has problems: {}", problems.wave());
    Ok(())
}

/// A property with its value.
pub(super) fn property(tag: PropertyTag, value: PropertyValue) -> Property {
    Property { tag, value }
}

/// A text property.
pub(super) fn text(tag: PropertyTag, value: &str) -> Property {
    property(tag, PropertyValue::Text(value.to_owned()))
}
