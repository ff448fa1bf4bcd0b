//! Calls any function of a backend by its name, with arguments and answers in WAVE, the text form of WebAssembly's
//! values: for people at a shell. Knows the names of the contract's functions, and none of their types.
//!
//! The calls of one expression run in an instance of their own, with the backend's grants and limits. Answers are shown
//! as they are: the rules that the typed handles check are not checked here, so that a backend's author sees them.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use wasmtime::component::types::{ComponentFunc, ComponentItem, Type};
use wasmtime::component::wasm_wave::{self, untyped::UntypedFuncCall};
use wasmtime::component::{ComponentExportIndex, Instance, ResourceAny, Val};

use crate::backend::{Backend, Caller};
use crate::context::{self, Connection};
use crate::engine::world;
use crate::error::{CallError, Callee};
use crate::guest::{Guest, Start};
use crate::host::Mailbox;
use crate::index::Fmid;
use crate::registry::RegistryError;
use crate::runtime::Runtime;

/// Every function of the contract's exports, as an expression names it.
#[rustfmt::skip]
const FUNCTIONS: &[&str] = &[
    "provider.describe", "provider.init", "provider.list-contexts", "provider.create-context",
    "provider.create-root-folder", "provider.generate-uri",
    "context.get-root-folder", "context.get-paths", "context.close",
    "folder.list-properties", "folder.get-properties", "folder.set-properties", "folder.remove-properties",
    "folder.open-stream", "folder.open-folder", "folder.create-folder", "folder.delete", "folder.move-to",
    "folder.copy-to", "folder.open-message", "folder.create-message", "folder.delete-messages",
    "folder.move-copy-messages", "folder.set-read-flags", "folder.get-child-count", "folder.open-table",
    "folder.get-deleted", "folder.get-permissions", "folder.modify-permissions", "folder.preload-messages",
    "message.list-properties", "message.get-properties", "message.set-properties", "message.remove-properties",
    "message.open-stream", "message.get-data", "message.set-recipients", "message.set-read-flag", "message.save",
    "message.submit", "message.list-attachments", "message.open-attachment", "message.create-attachment",
    "message.delete-attachment", "message.open-attachment-table",
    "attachment.list-properties", "attachment.get-properties", "attachment.set-properties",
    "attachment.remove-properties", "attachment.open-stream", "attachment.save", "attachment.open-embedded",
    "attachment.create-embedded",
    "table.available-columns", "table.set-columns", "table.set-restriction", "table.set-sort-order",
    "table.row-count", "table.query-rows", "table.find-row", "table.refresh",
    "property-stream.size", "property-stream.read", "property-stream.write", "property-stream.set-size",
    "property-stream.commit",
];

/// The contract's objects.
const OBJECTS: [&str; 6] = ["context", "folder", "message", "attachment", "table", "property-stream"];

/// What to call: `function(arguments)`, or several with `;` between.
///
/// A function of the provider is named as it is, `describe()`; a method with its object in front of it,
/// `folder.get-child-count(contents)`. A method is called on the last object of its kind that was opened, by an
/// [`ObjectPath`] or by a call before it. Numbers may also be hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    calls: Vec<Call>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    /// One of [`FUNCTIONS`].
    function: &'static str,
    /// The same, written so that WAVE understands it: the function's name and arguments.
    wave: String,
}

/// Which objects to open before the first call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath {
    /// The URI of the context.
    pub root: String,
    /// The FIDs of the folders below its root, down to the one that is wanted.
    pub folders: Vec<Fmid>,
    /// A message in the last of them.
    pub message: Option<Fmid>,
}

/// One call that answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoked {
    /// The function.
    pub function: &'static str,
    /// Its answer in WAVE; objects as `<folder>`. Empty if it answers nothing.
    pub wave: String,
    /// Its answer as JSON.
    pub json: Value,
    /// The answer is an error of the contract.
    pub is_error: bool,
}

/// What became of an expression.
#[derive(Debug)]
pub struct Invocation {
    /// The calls that answered, in their order.
    pub done: Vec<Invoked>,
    /// Why there are no more, if some were left. After an answer that is an error, none is called.
    pub ended: Result<(), InvokeError>,
}

/// Why an expression, or the rest of it, was not evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// It is not of the form `function(arguments)`.
    #[error("`{text}` is not a call: {problem}")]
    Syntax {
        /// The part that is wrong.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no such function.
    #[error("there is no function `{function}`; there are {known}")]
    UnknownFunction {
        /// What was named.
        function: String,
        /// The functions that it may have meant.
        known: String,
    },
    /// The arguments are not those of the function.
    #[error("`{call}` does not fit `{signature}`: {problem}")]
    Arguments {
        /// The call.
        call: String,
        /// The function with the names of its parameters.
        signature: String,
        /// What is wrong.
        problem: String,
    },
    /// The function takes another object than its own, which has no text form.
    #[error("`{function}` takes another object, and objects cannot be written")]
    TakesObject {
        /// The function.
        function: &'static str,
    },
    /// There is no object to call the method on.
    #[error("no {object} is open to call `{function}` on")]
    NoObject {
        /// The function.
        function: &'static str,
        /// The kind of object.
        object: &'static str,
    },
    /// Nobody said whose context it is.
    #[error("to open `{uri}`, a user is needed")]
    NoUser {
        /// The context.
        uri: String,
    },
    /// There is no such backend.
    #[error(transparent)]
    Backend(#[from] RegistryError),
    /// A call ended badly.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl Expression {
    /// Reads an expression. The arguments are compared with the functions' types when it is evaluated.
    ///
    /// # Errors
    /// It is not of the form `function(arguments)`, or there is no such function.
    pub fn parse(text: &str) -> Result<Self, InvokeError> {
        let calls = split(text).iter().map(|call| Call::parse(call)).collect::<Result<Vec<_>, _>>()?;
        match calls.is_empty() {
            true => Err(InvokeError::Syntax { text: text.to_owned(), problem: "it is empty".into() }),
            false => Ok(Self { calls }),
        }
    }

    /// Whether it begins with a method, so that an object has to be open.
    pub fn needs_object(&self) -> bool {
        self.calls.first().is_some_and(|call| !call.function.starts_with("provider."))
    }

    /// The user that a function of the provider is asked about: the first argument of `list-contexts`,
    /// `create-root-folder` or `generate-uri`.
    pub fn username(&self) -> Option<String> {
        const OF_A_USER: [&str; 3] =
            ["provider.list-contexts", "provider.create-root-folder", "provider.generate-uri"];
        let call = self.calls.iter().find(|call| OF_A_USER.contains(&call.function))?;
        let parsed = UntypedFuncCall::parse(&call.wave).ok()?;
        let first = parsed.params_node()?.as_tuple().ok()?.next()?;
        Some(first.as_str(&call.wave).ok()?.into_owned())
    }
}

impl Call {
    fn parse(text: &str) -> Result<Self, InvokeError> {
        let syntax = |problem: String| InvokeError::Syntax { text: text.to_owned(), problem };
        let (name, arguments) =
            text.split_once('(').ok_or_else(|| syntax("it has to be `function(arguments)`".into()))?;
        let name = name.trim();
        let function = find_function(name)?;
        // WAVE knows no dots in a name: a word of the same length keeps the positions in its errors.
        let wave = format!("{}({arguments}", "f".repeat(name.len().max(1)));
        UntypedFuncCall::parse(&wave).map_err(|error| syntax(error.to_string()))?;
        Ok(Self { function, wave })
    }

    /// The object's kind, or `provider`.
    fn object(&self) -> &'static str {
        self.function.split_once('.').map_or("provider", |(object, _)| object)
    }

    /// The call as it was written, more or less.
    fn text(&self) -> String {
        let arguments = self.wave.trim_start_matches('f');
        format!("{}{arguments}", self.function)
    }
}

fn find_function(name: &str) -> Result<&'static str, InvokeError> {
    let qualified = if name.contains('.') { name.to_owned() } else { format!("provider.{name}") };
    if let Some(function) = FUNCTIONS.iter().find(|function| **function == qualified) {
        return Ok(function);
    }
    let object = name.split_once('.').map_or("provider", |(object, _)| object);
    let of_object = |function: &&&str| function.split_once('.').is_some_and(|(of, _)| of == object);
    let mut known: Vec<_> =
        FUNCTIONS.iter().filter(of_object).map(|function| format!("`{function}`")).collect();
    if known.is_empty() {
        known = FUNCTIONS.iter().map(|function| format!("`{function}`")).collect();
    }
    Err(InvokeError::UnknownFunction { function: name.to_owned(), known: known.join(", ") })
}

/// The calls of an expression, with their hexadecimal numbers made decimal, which is all that WAVE knows. What stands in
/// quotes stays as it is.
fn split(text: &str) -> Vec<String> {
    let (mut calls, mut call, mut rest) = (Vec::new(), String::new(), text);
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            ';' => {
                calls.push(std::mem::take(&mut call));
                rest = &rest[1..];
                continue;
            }
            '"' | '\'' => quoted(rest),
            _ if first.is_ascii_alphanumeric() => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
                &rest[..end]
            }
            _ => &rest[..first.len_utf8()],
        };
        match taken.strip_prefix("0x").map(|digits| u64::from_str_radix(digits, 16)) {
            Some(Ok(number)) => call.push_str(&number.to_string()),
            _ => call.push_str(taken),
        }
        rest = &rest[taken.len()..];
    }
    calls.push(call);
    calls.into_iter().map(|call| call.trim().to_owned()).filter(|call| !call.is_empty()).collect()
}

/// The quoted text that `text` begins with; all of it, if the quote is not closed.
fn quoted(text: &str) -> &str {
    const MULTILINE: &str = "\"\"\"";
    if let Some(inner) = text.strip_prefix(MULTILINE) {
        let end = inner.find(MULTILINE).map_or(text.len(), |at| at + 2 * MULTILINE.len());
        return &text[..end];
    }
    let mut characters = text.char_indices();
    let quote = characters.next().map(|(_, quote)| quote);
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if Some(character) == quote {
            return &text[..at + character.len_utf8()];
        }
    }
    text
}

/// A call with its arguments in the function's types.
struct Prepared {
    function: &'static str,
    object: &'static str,
    export: ComponentExportIndex,
    arguments: Vec<Val>,
    /// Its first parameter is the object itself: borrowed by a method, given away to `close`.
    takes_self: Option<SelfIs>,
    results: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SelfIs {
    Borrowed,
    Given,
}

impl Runtime {
    /// Evaluates an expression with a registered backend, for the user of a connection if there is one.
    ///
    /// # Errors
    /// There is no such backend, the arguments do not fit, or the objects of `path` cannot be opened. Nothing was
    /// called then but what opens these.
    pub async fn invoke(
        &self,
        backend: &str,
        connection: Option<Connection>,
        path: Option<ObjectPath>,
        expression: &Expression,
    ) -> Result<Invocation, InvokeError> {
        let found = self.backend_named(backend)?;
        let calls =
            expression.calls.iter().map(|call| prepare(&found, call)).collect::<Result<Vec<_>, _>>()?;
        let user = connection.as_ref().map(|connection| connection.owner.clone()).unwrap_or_default();
        let started = self.provide(&user, backend, "invoke", move |caller| {
            Ok(Run::start(&found, caller, connection.as_ref(), path.as_ref()).map(|run| run.all(&calls)))
        });
        started.await?
    }
}

/// Compares a call with the type of its function.
fn prepare(backend: &Arc<Backend>, call: &Call) -> Result<Prepared, InvokeError> {
    let component = backend.pre.instance_pre().component();
    let (object, method) = call.function.split_once('.').unwrap_or_default();
    let interface = if object == "provider" { "provider" } else { "objects" };
    let interface = format!("{}/{interface}@{}", world::PACKAGE, world::VERSION);
    let export = match (object, method) {
        ("provider", function) => function.to_owned(),
        ("context", "close") => "[static]context.close".to_owned(),
        (object, method) => format!("[method]{object}.{method}"),
    };
    let found = component
        .get_export(None, &interface)
        .and_then(|(_, interface)| component.get_export(Some(&interface), &export));
    // Registration has compared the component with the world: the function is there.
    let Some((ComponentItem::ComponentFunc(ty), export)) = found else {
        let function = call.function.to_owned();
        return Err(InvokeError::UnknownFunction { function, known: "others".into() });
    };
    let mut types: Vec<Type> = ty.params().map(|(_, ty)| ty).collect();
    let takes_self = match types.first() {
        Some(Type::Borrow(_)) => Some(SelfIs::Borrowed),
        Some(Type::Own(_)) => Some(SelfIs::Given),
        _ => None,
    };
    if takes_self.is_some() {
        types.remove(0);
    }
    if types.iter().any(|ty| matches!(ty, Type::Own(_) | Type::Borrow(_))) {
        return Err(InvokeError::TakesObject { function: call.function });
    }
    let misfit = |problem: String| InvokeError::Arguments {
        call: call.text(),
        signature: signature(call.function, &ty, takes_self.is_some()),
        problem,
    };
    let parsed = UntypedFuncCall::parse(&call.wave).map_err(|error| misfit(error.to_string()))?;
    let arguments = parsed.to_wasm_params::<Val>(&types).map_err(|error| misfit(error.to_string()))?;
    let results = ty.results().len();
    Ok(Prepared { function: call.function, object: call.object(), export, arguments, takes_self, results })
}

/// A function with the names of its parameters.
fn signature(function: &str, ty: &ComponentFunc, takes_self: bool) -> String {
    let names: Vec<_> = ty.params().skip(usize::from(takes_self)).map(|(name, _)| name.to_owned()).collect();
    format!("{function}({})", names.join(", "))
}

/// An instance, and the objects that are open in it.
struct Run {
    guest: Guest,
    instance: Instance,
    /// In the order in which they were opened: children after their parents.
    objects: Vec<(&'static str, ResourceAny)>,
    /// A call ended badly: the instance must not be entered again.
    dead: bool,
}

impl Run {
    fn start(
        backend: &Backend,
        caller: &Caller,
        connection: Option<&Connection>,
        path: Option<&ObjectPath>,
    ) -> Result<Self, InvokeError> {
        let mailbox =
            connection.map(|connection| backend.mailbox(&connection.owner, "invoke")).transpose()?;
        let callee = match path {
            Some(path) => Callee::Context(path.root.as_str().into()),
            None => Callee::Backend(backend.name().into()),
        };
        let start = |start: Start<'_>| Guest::start_with_instance(&backend.pre, start);
        let (guest, instance) = backend.start_by(callee, caller.turn(), mailbox.clone(), start)?;
        let mut run = Self { guest, instance, objects: Vec::new(), dead: false };
        if let Some(path) = path {
            let (Some(connection), Some(mailbox)) = (connection, &mailbox) else {
                return Err(InvokeError::NoUser { uri: path.root.clone() });
            };
            run.open(backend, connection, mailbox, path)?;
        }
        Ok(run)
    }

    fn open(
        &mut self,
        backend: &Backend,
        connection: &Connection,
        mailbox: &Mailbox,
        path: &ObjectPath,
    ) -> Result<(), CallError> {
        let (context, root) = context::open_root(&mut self.guest, backend, connection, mailbox, &path.root)?;
        self.objects.extend([("context", context), ("folder", root)]);
        let mut folder = root;
        for id in &path.folders {
            folder = self.guest.call("folder.open-folder", |store, world| {
                world.mapistore_backend_objects().folder().call_open_folder(store, folder, id.0)
            })?;
            self.objects.push(("folder", folder));
        }
        if let Some(id) = path.message {
            let message = self.guest.call("folder.open-message", |store, world| {
                world.mapistore_backend_objects().folder().call_open_message(store, folder, id.0, true)
            })?;
            self.objects.push(("message", message));
        }
        Ok(())
    }

    fn all(mut self, calls: &[Prepared]) -> Invocation {
        let mut done = Vec::new();
        let mut ended = Ok(());
        for call in calls {
            match self.one(call) {
                Ok(invoked) => {
                    let is_error = invoked.is_error;
                    done.push(invoked);
                    if is_error {
                        break;
                    }
                }
                Err(error) => {
                    ended = Err(error);
                    break;
                }
            }
        }
        if !self.dead {
            let objects = self.objects.into_iter().rev().map(|(_, object)| object).collect();
            if let Err(error) = self.guest.drop_resources(objects)
                && ended.is_ok()
            {
                ended = Err(error.into());
            }
        }
        Invocation { done, ended }
    }

    fn one(&mut self, call: &Prepared) -> Result<Invoked, InvokeError> {
        let mut arguments = Vec::with_capacity(call.arguments.len() + 1);
        if let Some(takes) = call.takes_self {
            let position = self.objects.iter().rposition(|(object, _)| *object == call.object);
            let no_object = InvokeError::NoObject { function: call.function, object: call.object };
            let position = position.ok_or(no_object)?;
            let (_, object) = match takes {
                SelfIs::Borrowed => self.objects[position],
                SelfIs::Given => self.objects.remove(position),
            };
            arguments.push(Val::Resource(object));
        }
        arguments.extend(call.arguments.iter().cloned());
        let mut results = vec![Val::Bool(false); call.results];
        let instance = self.instance;
        let called = self.guest.enter(call.function, |store, _| {
            let function = instance.get_func(&mut *store, call.export);
            let function =
                function.ok_or_else(|| wasmtime::format_err!("the instance lacks the function"))?;
            function.call(store, &arguments, &mut results)
        });
        if let Err(error) = called {
            self.dead = true;
            return Err(error.into());
        }
        for result in &mut results {
            self.take_in(result);
        }
        Ok(invoked(call.function, results.pop()))
    }

    /// Takes in the objects in an answer, and leaves their names in it.
    fn take_in(&mut self, value: &mut Val) {
        match value {
            Val::Resource(resource) => {
                let name = self.name_of(*resource);
                self.objects.push((name, *resource));
                // A name in angle brackets is no enum case that WIT could have: nothing else looks like it.
                *value = Val::Enum(format!("<{name}>"));
            }
            Val::List(values) | Val::Tuple(values) => {
                for value in values.iter_mut() {
                    self.take_in(value);
                }
            }
            Val::Record(fields) => {
                for (_, value) in fields.iter_mut() {
                    self.take_in(value);
                }
            }
            Val::Variant(_, Some(value)) | Val::Option(Some(value)) => self.take_in(value),
            Val::Result(Ok(Some(value)) | Err(Some(value))) => self.take_in(value),
            _ => {}
        }
    }

    fn name_of(&mut self, resource: ResourceAny) -> &'static str {
        let component = self.instance.instance_pre(&self.guest.store).component().clone();
        let interface = format!("{}/objects@{}", world::PACKAGE, world::VERSION);
        let is_of = |guest: &mut Guest, instance: &Instance, object: &str| {
            let (_, interface) = component.get_export(None, &interface)?;
            let (_, export) = component.get_export(Some(&interface), object)?;
            Some(instance.get_resource(&mut guest.store, export)? == resource.ty())
        };
        let instance = self.instance;
        let named = OBJECTS.iter().find(|object| is_of(&mut self.guest, &instance, object) == Some(true));
        named.copied().unwrap_or("object")
    }
}

fn invoked(function: &'static str, result: Option<Val>) -> Invoked {
    let Some(value) = result else {
        return Invoked { function, wave: String::new(), json: Value::Null, is_error: false };
    };
    // WAVE writes everything but objects, and these were replaced.
    let wave = wasm_wave::to_string(&value).unwrap_or_else(|error| format!("({error})"));
    Invoked { function, wave, json: to_json(&value), is_error: matches!(value, Val::Result(Err(_))) }
}

/// A value as JSON: names in snake_case, variants as an object with one field, flags as a list, a result as `ok` or `err`.
fn to_json(value: &Val) -> Value {
    let snake = |name: &str| name.replace('-', "_");
    let payload = |value: &Option<Box<Val>>| value.as_ref().map_or(Value::Null, |value| to_json(value));
    match value {
        Val::Bool(value) => json!(value),
        Val::S8(number) => json!(number),
        Val::U8(number) => json!(number),
        Val::S16(number) => json!(number),
        Val::U16(number) => json!(number),
        Val::S32(number) => json!(number),
        Val::U32(number) => json!(number),
        Val::S64(number) => json!(number),
        Val::U64(number) => json!(number),
        Val::Float32(number) => json!(number),
        Val::Float64(number) => json!(number),
        Val::Char(character) => json!(character),
        Val::String(text) | Val::Enum(text) => json!(text),
        Val::List(values) | Val::Tuple(values) | Val::FixedLengthList(values) => {
            values.iter().map(to_json).collect()
        }
        Val::Record(fields) => {
            let fields = fields.iter().map(|(name, value)| (snake(name), to_json(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Val::Variant(case, None) => json!(case),
        Val::Variant(case, Some(value)) => json!({ snake(case): to_json(value) }),
        Val::Option(value) => payload(value),
        Val::Result(Ok(value)) => json!({ "ok": payload(value) }),
        Val::Result(Err(value)) => json!({ "err": payload(value) }),
        Val::Flags(names) => json!(names),
        // The contract has none of the others.
        other => json!(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests;
