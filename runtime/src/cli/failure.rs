//! How a command ends badly: `error:`, `cause:` and `hint:` lines on stderr, and the exit code.
//!
//! Knows every error type of the library. Adding a variant to one of them may need a line here; without one it
//! counts as the backend's or the data's (`CallError`) or the host's (all others).

use std::cell::OnceCell;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use mapistore::authoring::{AuthoringError, LANGUAGES, tool};
use mapistore::bulk::BulkError;
use mapistore::conformance::KitError;
use mapistore::index::IndexError;
use mapistore::mailbox::{MailboxError, Unanswered};
use mapistore::property::ExpressionError;
use mapistore::types::ErrorCode;
use mapistore::{
    CallError, Callee, ConfigError, GrantError, InvokeError, ManifestError, OpenError, RegistryError,
    TransferError, UriProblem,
};

use super::output::printable;

/// The exit codes, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// The backend or the data said no: not found, denied, a trap, a limit.
    Refused = 1,
    /// Usage or configuration.
    Usage = 2,
    /// The host failed.
    Host = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Something that the command line itself finds wrong.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct Complaint {
    text: String,
    exit: Exit,
    hint: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Complaint {
    /// What was said makes no sense, or cannot be used.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self { text: text.into(), exit: Exit::Usage, hint: None, source: None }
    }

    /// The data do not have what was asked for.
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self { text: text.into(), exit: Exit::Refused, hint: None, source: None }
    }

    /// Adds a way out.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what it comes from.
    pub(crate) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// Tells errors to the operator.
pub(crate) struct Reporter {
    verbose: bool,
    config_path: Option<PathBuf>,
    /// Name and namespace of each registered backend, once they are known.
    backends: OnceCell<Vec<(String, String)>>,
}

impl Reporter {
    pub(crate) fn new(verbose: u8, config_path: Option<PathBuf>) -> Self {
        Self { verbose: verbose > 0, config_path, backends: OnceCell::new() }
    }

    /// From now on, hints name these backends.
    pub(crate) fn know(&self, backends: Vec<(String, String)>) {
        // The first list stays: a command opens one runtime.
        let _ = self.backends.set(backends);
    }

    /// Whether more than usual is told.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Prints what went wrong, and answers the exit code for it.
    pub(crate) fn report(&self, error: &anyhow::Error) -> Exit {
        let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
        for (position, text) in chain.iter().enumerate() {
            // An error that only passes another on has the same words.
            if position > 0 && chain.get(position - 1) == Some(text) {
                continue;
            }
            say(if position == 0 { "error" } else { "cause" }, text);
        }
        if self.verbose {
            for link in error.chain() {
                if let Some(CallError::Trapped { backtrace, .. }) = inner(link).downcast_ref()
                    && !backtrace.is_empty()
                {
                    for line in backtrace.lines() {
                        say("guest", line);
                    }
                }
            }
        }
        let hint = error.chain().find_map(|link| self.hint(link));
        if let Some(hint) = hint {
            say("hint", &hint);
        }
        error.chain().find_map(exit_of).unwrap_or(Exit::Host)
    }

    /// Prints what is wrong and stops nothing.
    pub(crate) fn warn(&self, error: &anyhow::Error) {
        say("warning", &format!("{error:#}"));
    }

    /// Prints what is worth to know and is no result.
    pub(crate) fn note(&self, text: &str) {
        say("note", text);
    }

    fn hint(&self, error: &(dyn Error + 'static)) -> Option<String> {
        let error = inner(error);
        if let Some(complaint) = error.downcast_ref::<Complaint>() {
            return complaint.hint.clone();
        }
        if let Some(error) = error.downcast_ref::<CallError>() {
            return self.call_hint(error);
        }
        if let Some(error) = error.downcast_ref::<RegistryError>() {
            return match error {
                RegistryError::Preparation { problem } if problem.contains("`registration.") => {
                    Some(format!("raise it under `[registration]` in {}", self.config_file()))
                }
                _ => registry_hint(error),
            };
        }
        if let Some(error) = error.downcast_ref::<GrantError>() {
            return self.grant_hint(error);
        }
        if let Some(error) = error.downcast_ref::<UriProblem>() {
            return uri_hint(error);
        }
        if let Some(error) = error.downcast_ref::<ExpressionError>() {
            return match error {
                ExpressionError::UnknownProperty { similar: Some(similar), .. } => {
                    Some(format!("did you mean `{similar}`?"))
                }
                ExpressionError::UnknownProperty { .. } => Some(
                    "a PidTag name, its short form such as `subject`, or a tag such as `0x0037001F`".into(),
                ),
                _ => None,
            };
        }
        if let Some(error) = error.downcast_ref::<AuthoringError>() {
            return authoring_hint(error);
        }
        match error.downcast_ref::<ManifestError>() {
            Some(ManifestError::Read { path, .. }) if path.parent().is_some_and(std::path::Path::is_dir) => {
                return Some(
                    "a folder needs a `backend.toml`; a component alone is named by its file".into(),
                );
            }
            _ => {}
        }
        if let Some(ConfigError::Read { .. }) = error.downcast_ref::<ConfigError>() {
            return Some("`--config` names a file; without it `mapistore.toml` is optional".into());
        }
        if let Some(MailboxError::NoFallback { unanswered, .. }) = error.downcast_ref() {
            return Some(match unanswered.first() {
                Some(Unanswered { backend, .. }) => format!(
                    "the backend `{backend}` did not list its contexts; \
                     `mapistore contexts --user USER` shows who offers what"
                ),
                None => "register one with `mapistore backend add PATH`: one main folder of that role keeps what no \
                         other backend does"
                    .into(),
            });
        }
        match error.downcast_ref::<IndexError>()? {
            IndexError::InUse { .. } => {
                Some("wait for that process, or name another data directory with `--data-dir`".into())
            }
            _ => None,
        }
    }

    fn call_hint(&self, error: &CallError) -> Option<String> {
        match error {
            CallError::OverLimit { callee, limit, .. } => Some(self.limit_hint(callee, limit)),
            CallError::Busy { callee, .. } => Some(self.limit_hint(callee, "queue_max_calls")),
            CallError::QueueTimeout { callee, .. } => Some(self.limit_hint(callee, "queue_timeout_ms")),
            CallError::Trapped { backtrace, .. } if !self.verbose && !backtrace.is_empty() => {
                Some("`-v` shows the guest's functions".into())
            }
            CallError::Answered { callee, code: ErrorCode::NotImplemented, .. } => {
                let name = self.backend_of(callee).unwrap_or_else(|| "NAME".into());
                Some(format!("`mapistore backend inspect {name}` lists what it can do"))
            }
            CallError::Answered { .. }
            | CallError::Trapped { .. }
            | CallError::InvalidAnswer { .. }
            | CallError::InvalidArgument { .. }
            | CallError::Uri(_)
            | CallError::Stale { .. }
            | CallError::OtherContext { .. }
            | CallError::Denied { .. }
            | CallError::Grant { .. }
            | CallError::Index { .. }
            | CallError::Host { .. } => None,
            _ => None,
        }
    }

    fn limit_hint(&self, callee: &Callee, limit: &str) -> String {
        let name = self.backend_of(callee).unwrap_or_else(|| "NAME".into());
        format!("raise `{limit}` under `[backend.{name}.limits]` in {}", self.config_file())
    }

    fn grant_hint(&self, error: &GrantError) -> Option<String> {
        match error {
            GrantError::NotAllowed { guest, .. } => Some(format!(
                "allow it with `--dir HOST::{guest}`: HOST is a directory of this machine, in which `{{owner}}` stands \
                 for a directory of each owner's own; or with `[[backend.NAME.directory]]` in {}",
                self.config_file()
            )),
            GrantError::PlaceNotAllowed { place, .. } => Some(format!(
                "allow it with `--net {place}`, or with `[[backend.NAME.network]]`, `host = \"{}\"` and `port = {}` in {}",
                place.host,
                place.port,
                self.config_file()
            )),
            GrantError::Port { .. } => Some("a place is `HOST:PORT`, as in `api.example.org:443`".into()),
            GrantError::Open { host, .. } => {
                Some(format!("make sure that `{}` exists and may be used by this account", host.display()))
            }
            GrantError::Path { .. } | GrantError::Guest(_) => {
                Some("a grant is `HOST::GUEST` or `HOST::GUEST:ro`, as in `/srv/mail/{owner}::/mail`".into())
            }
        }
    }

    fn config_file(&self) -> String {
        match &self.config_path {
            Some(path) => format!("`{}`", path.display()),
            None => "`mapistore.toml`".into(),
        }
    }

    fn backend_of(&self, callee: &Callee) -> Option<String> {
        match callee {
            Callee::Backend(name) => Some((**name).to_owned()),
            Callee::Context(uri) => {
                let (namespace, _) = uri.split_once("://")?;
                let known = self.backends.get()?.iter().find(|(_, theirs)| theirs == namespace);
                known.map(|(name, _)| name.clone())
            }
        }
    }
}

/// A labelled text on stderr; its further lines stand below the first. If stderr is closed, there is nobody to tell.
fn say(label: &str, text: &str) {
    let _ = std::io::stderr().write_all(labelled(label, text).as_bytes());
}

fn labelled(label: &str, text: &str) -> String {
    let mut labelled = String::new();
    for (number, line) in text.trim_end().lines().enumerate() {
        let label = if number == 0 { format!("{label}: ") } else { " ".repeat(label.len() + 2) };
        labelled.push_str(&format!("{label}{}\n", printable(line)));
    }
    labelled
}

fn uri_hint(problem: &UriProblem) -> Option<String> {
    match problem {
        UriProblem::UnknownNamespace { namespace, .. } => Some(format!(
            "register the backend that serves `{namespace}://` with `mapistore backend add PATH`"
        )),
        UriProblem::InvalidNamespace { .. } => {
            Some("`mapistore contexts --user USER` lists the URIs to begin with".into())
        }
        UriProblem::TooLong { .. } => None,
    }
}

fn authoring_hint(error: &AuthoringError) -> Option<String> {
    let names = || LANGUAGES.iter().map(|language| format!("`{}`", language.name())).collect::<Vec<_>>();
    match error {
        AuthoringError::Name { .. } => {
            Some("the folder's name is the backend's: choose one such as `my-notes`".into())
        }
        AuthoringError::NotEmpty { .. } => Some("choose another name, or empty the folder".into()),
        AuthoringError::NoProject { .. } => {
            Some("`mapistore new NAME --lang LANGUAGE` makes a project".into())
        }
        AuthoringError::NoBuildSection { .. } => Some(format!(
            "add a section `[build]` with `language = \"...\"`, which is one of {}",
            names().join(", ")
        )),
        AuthoringError::UnknownLanguage { similar: Some(similar), .. } => {
            Some(format!("did you mean `{similar}`?"))
        }
        AuthoringError::UnknownLanguage { .. } => Some(format!("it is one of {}", names().join(", "))),
        AuthoringError::NoSource { .. } => {
            Some("name it with `source` under `[build]` in `backend.toml`".into())
        }
        AuthoringError::ToolsMissing { tools, .. } => {
            let commands = tool::install_commands(tools);
            Some(format!(
                "install with\n{}\n`mapistore doctor` looks for all tools at once",
                commands.join("\n")
            ))
        }
        AuthoringError::Watch { .. } => {
            Some("`fs.inotify.max_user_watches` is how many files may be watched".into())
        }
        _ => None,
    }
}

fn exit_of_authoring(error: &AuthoringError) -> Exit {
    match error {
        AuthoringError::ToolFailed { .. }
        | AuthoringError::ToolBroken { .. }
        | AuthoringError::NotAComponent { .. } => Exit::Refused,
        AuthoringError::Disk { .. } | AuthoringError::Watch { .. } => Exit::Host,
        _ => Exit::Usage,
    }
}

fn registry_hint(error: &RegistryError) -> Option<String> {
    match error {
        RegistryError::Unknown { .. } => Some("`mapistore backend list` lists the names".into()),
        RegistryError::NameTaken { name } => {
            Some(format!("choose another name with `--name`, or `mapistore backend remove {name}` first"))
        }
        RegistryError::NamespaceTaken { holder, .. } => {
            Some(format!("one namespace has one backend: `mapistore backend remove {holder}` first"))
        }
        RegistryError::NotAComponent { .. } => Some(format!(
            "build it as a component, or as a core module, for the world of `{}`",
            mapistore::CONTRACT
        )),
        RegistryError::NamespaceChanged { registered, .. } => Some(format!(
            "the URIs of its users begin with `{registered}://`: register what has another with `mapistore backend add`"
        )),
        RegistryError::WrongWorld { .. } => {
            Some(format!("build it for the world `backend` of `{}`", mapistore::CONTRACT))
        }
        _ => None,
    }
}

/// The error that another only passes on: such a one has the words and the causes of what is in it, and hides its type.
fn inner<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    if let Some(error) = error.downcast_ref::<Box<CallError>>() {
        return inner(&**error);
    }
    if let Some(AuthoringError::Manifest(error)) = error.downcast_ref() {
        return error;
    }
    match error.downcast_ref::<KitError>() {
        Some(KitError::Registry(error)) => return inner(error),
        Some(KitError::Open(error)) => return error,
        _ => {}
    }
    match error.downcast_ref::<InvokeError>() {
        Some(InvokeError::Backend(error)) => return inner(error),
        Some(InvokeError::Call(error)) => return inner(error),
        _ => {}
    }
    match error.downcast_ref::<RegistryError>() {
        Some(RegistryError::Manifest(error)) => return error,
        Some(RegistryError::Config(error)) => return error,
        Some(RegistryError::Grant(error)) => return error,
        _ => {}
    }
    if let Some(TransferError::Call(error)) = error.downcast_ref() {
        return inner(error);
    }
    if let Some(BulkError::Call(error)) = error.downcast_ref() {
        return inner(error);
    }
    match error.downcast_ref::<CallError>() {
        Some(CallError::Uri(problem)) => problem,
        _ => error,
    }
}

/// What an error means for the exit code, if this link of the chain knows.
fn exit_of(error: &(dyn Error + 'static)) -> Option<Exit> {
    let error = inner(error);
    if let Some(complaint) = error.downcast_ref::<Complaint>() {
        return Some(complaint.exit);
    }
    if error.is::<ConfigError>()
        || error.is::<ManifestError>()
        || error.is::<GrantError>()
        || error.is::<ExpressionError>()
        || error.is::<InvokeError>()
    {
        return Some(Exit::Usage);
    }
    if let Some(problem) = error.downcast_ref::<UriProblem>() {
        return Some(match problem {
            UriProblem::UnknownNamespace { .. } => Exit::Refused,
            UriProblem::InvalidNamespace { .. } | UriProblem::TooLong { .. } => Exit::Usage,
        });
    }
    if let Some(error) = error.downcast_ref::<CallError>() {
        return Some(exit_of_call(error));
    }
    if let Some(error) = error.downcast_ref::<AuthoringError>() {
        return Some(exit_of_authoring(error));
    }
    if let Some(error) = error.downcast_ref::<RegistryError>() {
        return Some(match error {
            RegistryError::Disk { .. }
            | RegistryError::Damaged { .. }
            | RegistryError::Untrusted { .. }
            | RegistryError::Host { .. } => Exit::Host,
            RegistryError::Init(error) | RegistryError::Undescribed(error) => exit_of_call(error),
            _ => Exit::Refused,
        });
    }
    if let Some(error) = error.downcast_ref::<MailboxError>() {
        return Some(match error {
            MailboxError::NoFallback { .. } => Exit::Refused,
            MailboxError::Index { source, .. } => exit_of_index(source),
            _ => Exit::Host,
        });
    }
    if let Some(error) = error.downcast_ref::<BulkError>() {
        return Some(if matches!(error, BulkError::File { .. }) { Exit::Host } else { Exit::Usage });
    }
    if error.is::<TransferError>() {
        return Some(Exit::Refused);
    }
    if let Some(error) = error.downcast_ref::<KitError>() {
        return Some(if matches!(error, KitError::Directory(_)) { Exit::Host } else { Exit::Usage });
    }
    if error.is::<OpenError>() {
        return Some(Exit::Host);
    }
    error.downcast_ref::<IndexError>().map(exit_of_index)
}

fn exit_of_call(error: &CallError) -> Exit {
    match error {
        CallError::Host { .. } => Exit::Host,
        CallError::Index { source, .. } => exit_of_index(source),
        CallError::InvalidArgument { .. } | CallError::Grant { .. } => Exit::Usage,
        _ => Exit::Refused,
    }
}

fn exit_of_index(error: &IndexError) -> Exit {
    match error {
        IndexError::InvalidUri(_)
        | IndexError::ForeignNamespace { .. }
        | IndexError::InvalidNamespace(_)
        | IndexError::InvalidOwner { .. }
        | IndexError::InvalidId(_)
        | IndexError::InvalidChangeNumber(_)
        | IndexError::InvalidPropertyName { .. }
        | IndexError::OutOfRange { .. }
        | IndexError::NotContainer(_)
        | IndexError::BelowItself { .. } => Exit::Usage,
        IndexError::IdTaken(_)
        | IndexError::UriTaken(_)
        | IndexError::NotFound(_)
        | IndexError::Quota { .. }
        | IndexError::MailboxChanged
        | IndexError::MemberTaken
        | IndexError::MemberUnknown => Exit::Refused,
        IndexError::Exhausted(_)
        | IndexError::Full { .. }
        | IndexError::InUse { .. }
        | IndexError::Format { .. }
        | IndexError::Corrupt(_)
        | IndexError::Storage(_)
        | IndexError::WriterLost => Exit::Host,
    }
}

#[cfg(test)]
mod tests {
    use mapistore::NetworkAllowance;

    use super::*;

    fn reporter() -> Reporter {
        let reporter = Reporter::new(0, Some("/etc/mapistore.toml".into()));
        reporter.know(vec![("my-notes".into(), "notes".into())]);
        reporter
    }

    #[test]
    fn the_hint_for_a_limit_names_the_key_the_section_and_the_file() {
        let error = CallError::OverLimit {
            callee: Callee::Context("notes://alice/".into()),
            function: "message.save",
            limit: "memory_max_bytes",
            asked: "asked for 80 MiB".into(),
            allowed: "64 MiB".into(),
        };
        let hint = reporter().hint(&error);
        let expected = "raise `memory_max_bytes` under `[backend.my-notes.limits]` in `/etc/mapistore.toml`";
        assert_eq!(hint.as_deref(), Some(expected));
    }

    #[test]
    fn the_hint_for_a_missing_place_is_the_option_and_the_lines_to_add() {
        let place = NetworkAllowance { host: "api.example.org".parse().unwrap(), port: 443 };
        let error = GrantError::PlaceNotAllowed { place, reason: "mail".into() };
        let hint = reporter().hint(&error).unwrap();
        assert!(hint.contains("`--net api.example.org:443`") && hint.contains("`port = 443`"), "{hint}");
    }

    #[test]
    fn the_hint_for_a_missing_grant_is_the_option_to_add() {
        let error = GrantError::NotAllowed { guest: "/mail".into(), reason: "mail".into() };
        assert!(reporter().hint(&error).is_some_and(|hint| hint.contains("`--dir HOST::/mail`")));
    }

    #[test]
    fn an_error_that_only_passes_another_on_hides_nothing_of_it() {
        let missing = || GrantError::NotAllowed { guest: "/mail".into(), reason: "mail".into() };
        let error = anyhow::Error::new(InvokeError::Backend(RegistryError::Grant(missing())));
        assert!(error.chain().find_map(|link| reporter().hint(link)).is_some());
        assert_eq!(error.chain().find_map(exit_of), Some(Exit::Usage));
        let host = CallError::Host {
            callee: Callee::Backend("x".into()),
            function: "provider.init",
            problem: "p".into(),
        };
        let error = anyhow::Error::new(RegistryError::Init(Box::new(host)));
        assert_eq!(error.chain().find_map(exit_of), Some(Exit::Host));
    }

    #[test]
    fn further_lines_stand_below_the_first_and_drive_no_terminal() {
        assert_eq!(labelled("cause", "a\n | b\u{1b}\n"), "cause: a\n        | b\\u{1b}\n");
    }

    #[test]
    fn the_exit_code_is_that_of_the_first_link_that_knows() {
        let error = anyhow::Error::new(RegistryError::Unknown { name: "x".into() }).context("cannot list");
        assert_eq!(error.chain().find_map(exit_of), Some(Exit::Refused));
        let wrapped =
            anyhow::Error::new(Complaint::usage("no").because(RegistryError::Host { problem: "p".into() }));
        assert_eq!(wrapped.chain().find_map(exit_of), Some(Exit::Usage));
    }
}
