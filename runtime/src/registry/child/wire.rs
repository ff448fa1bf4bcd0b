//! What a parent and its child say to each other: one line of JSON each. Errors cross as what they were.

use serde::{Deserialize, Serialize};

use crate::bindings::mapistore::backend::types::{BackendInfo, ErrorCode};
use crate::engine::world::Surface;
use crate::error::{CallError, Callee, code_by_name, code_name};
use crate::limits::{Limits, RegistrationLimits};
use crate::registry::RegistryError;
use crate::registry::preparation::Description;
use crate::registry::record::{InitMode, capabilities_by_name, capability_names};

/// In the folder: the component, written by the parent.
pub(super) const COMPONENT: &str = "component.wasm";
/// The image, written by the child.
pub(super) const START: &str = "start.wasm";
/// The compiled form, written by the child.
pub(super) const COMPILED: &str = "start.cwasm";
/// The table of lines, written by the child if there is one.
pub(super) const LINES: &str = "lines.json";

/// The parent's first line. The answer is [`Described`].
#[derive(Serialize, Deserialize)]
pub(super) struct Begin {
    pub(super) limits: RegistrationLimits,
    /// It was registered before, for another wasmtime or another machine: the answer is an empty list, and the compiled
    /// form is in the folder.
    pub(super) compile_only: bool,
}

/// What the component says about itself.
#[derive(Serialize, Deserialize)]
pub(super) struct Described {
    name: String,
    description: String,
    namespace: String,
    version: String,
    capabilities: Vec<String>,
    inline_limit: u32,
    imports: Vec<String>,
    exports: Vec<String>,
    refusal: Option<String>,
}

/// The parent's second line. The answer is [`Finished`].
#[derive(Serialize, Deserialize)]
pub(super) struct Finish {
    pub(super) name: String,
    pub(super) config: Vec<(String, String)>,
    pub(super) limits: Limits,
}

/// What came of `init`. The image and the compiled form are in the folder.
#[derive(Serialize, Deserialize)]
pub(super) struct Finished {
    pub(super) init: InitMode,
    pub(super) random_bytes: u64,
    /// A table of lines is in the folder as well.
    pub(super) lines: bool,
}

/// How either step failed.
#[derive(Serialize, Deserialize)]
pub(super) enum Failure {
    NotAComponent { problem: String },
    WrongWorld { problem: String },
    Describe { problem: String },
    Undescribed { ended: Ended },
    Init { ended: Ended },
    Host { problem: String },
}

/// How a call ended.
#[derive(Serialize, Deserialize)]
pub(super) struct Ended {
    backend: String,
    function: String,
    error: EndedBy,
}

#[derive(Serialize, Deserialize)]
enum EndedBy {
    Answered { code: String, detail: Option<String> },
    Trapped { reason: String, backtrace: String },
    OverLimit { limit: String, asked: String, allowed: String },
    Other { problem: String },
}

impl Described {
    pub(super) fn new(description: Description) -> Self {
        let Description { info, surface, refusal } = description;
        Self {
            capabilities: capability_names(info.capabilities).into_iter().map(str::to_owned).collect(),
            name: info.name,
            description: info.description,
            namespace: info.namespace,
            version: info.version,
            inline_limit: info.inline_limit,
            imports: surface.imports,
            exports: surface.exports,
            refusal,
        }
    }

    /// # Errors
    /// It says what the contract forbids. The child looked as well, but it ran the component.
    pub(super) fn into_description(self) -> Result<Description, RegistryError> {
        let info = BackendInfo {
            name: self.name,
            description: self.description,
            namespace: self.namespace,
            version: self.version,
            capabilities: capabilities_by_name(&self.capabilities),
            inline_limit: self.inline_limit,
        };
        crate::check::backend_info(&info).map_err(|problem| RegistryError::Describe { problem })?;
        let surface = Surface { imports: self.imports, exports: self.exports };
        Ok(Description { info, surface, refusal: self.refusal })
    }
}

/// Static names that an error of `describe` or `init` can have: another text cannot be borrowed from a line that was read.
fn known(name: &str) -> &'static str {
    const NAMES: [&str; 7] = [
        "provider.describe",
        "provider.init",
        "instantiate",
        "memory_max_bytes",
        "call_timeout_ms",
        "hostcall_max_bytes",
        "handles_max",
    ];
    NAMES.into_iter().find(|candidate| *candidate == name).unwrap_or("init")
}

impl Failure {
    pub(super) fn new(error: RegistryError) -> Self {
        match error {
            RegistryError::NotAComponent { problem } => Self::NotAComponent { problem },
            RegistryError::WrongWorld { problem } => Self::WrongWorld { problem },
            RegistryError::Describe { problem } => Self::Describe { problem },
            RegistryError::Undescribed(error) => Self::Undescribed { ended: Ended::new(*error) },
            RegistryError::Init(error) => Self::Init { ended: Ended::new(*error) },
            RegistryError::Host { problem } => Self::Host { problem },
            other => Self::Host { problem: other.to_string() },
        }
    }

    pub(super) fn into_error(self) -> RegistryError {
        match self {
            Self::NotAComponent { problem } => RegistryError::NotAComponent { problem },
            Self::WrongWorld { problem } => RegistryError::WrongWorld { problem },
            Self::Describe { problem } => RegistryError::Describe { problem },
            Self::Host { problem } => RegistryError::Host { problem },
            Self::Undescribed { ended } => RegistryError::Undescribed(Box::new(ended.into_error())),
            Self::Init { ended } => RegistryError::Init(Box::new(ended.into_error())),
        }
    }
}

impl Ended {
    fn new(error: CallError) -> Self {
        let ended = |callee: Callee, function: &str, error| {
            let (Callee::Backend(backend) | Callee::Context(backend)) = callee;
            Self { backend: (*backend).to_owned(), function: function.to_owned(), error }
        };
        match error {
            CallError::Answered { callee, function, code, detail } => {
                ended(callee, function, EndedBy::Answered { code: code_name(code).to_owned(), detail })
            }
            CallError::Trapped { callee, function, reason, backtrace } => {
                ended(callee, function, EndedBy::Trapped { reason, backtrace })
            }
            CallError::OverLimit { callee, function, limit, asked, allowed } => {
                ended(callee, function, EndedBy::OverLimit { limit: limit.to_owned(), asked, allowed })
            }
            other => {
                let error = EndedBy::Other { problem: other.to_string() };
                ended(Callee::Backend("".into()), "provider.init", error)
            }
        }
    }

    fn into_error(self) -> CallError {
        let (callee, function) = (Callee::Backend(self.backend.into()), known(&self.function));
        match self.error {
            EndedBy::Answered { code, detail } => {
                let code = code_by_name(&code).unwrap_or(ErrorCode::Failed);
                CallError::Answered { callee, function, code, detail }
            }
            EndedBy::Trapped { reason, backtrace } => {
                CallError::Trapped { callee, function, reason, backtrace }
            }
            EndedBy::OverLimit { limit, asked, allowed } => {
                CallError::OverLimit { callee, function, limit: known(&limit), asked, allowed }
            }
            EndedBy::Other { problem } => CallError::Host { callee, function, problem },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the parent has after the error crossed.
    fn crossed(error: RegistryError) -> RegistryError {
        let line = serde_json::to_string(&Failure::new(error)).unwrap();
        serde_json::from_str::<Failure>(&line).unwrap().into_error()
    }

    #[test]
    fn an_error_of_describe_or_init_is_the_same_on_the_other_side() {
        let callee = || Callee::Backend("notes".into());
        let errors = [
            CallError::Answered {
                callee: callee(),
                function: "provider.init",
                code: ErrorCode::BackendInit,
                detail: Some("no key `url`".into()),
            },
            CallError::Trapped {
                callee: callee(),
                function: "instantiate",
                reason: "unreachable".into(),
                backtrace: "0: f\n1: g".into(),
            },
            CallError::OverLimit {
                callee: callee(),
                function: "provider.init",
                limit: "memory_max_bytes",
                asked: "asked for 2 MiB".into(),
                allowed: "1 MiB".into(),
            },
        ];
        for error in errors {
            let error = RegistryError::Init(Box::new(error));
            let text = format!("{error:?}");
            let error = crossed(error);
            assert_eq!(format!("{error:?}"), text);
            let RegistryError::Init(error) = error else { panic!() };
            let error = RegistryError::Undescribed(error);
            let text = format!("{error:?}");
            assert_eq!(format!("{:?}", crossed(error)), text);
        }
    }

    #[test]
    fn every_refusal_of_a_component_is_the_same_on_the_other_side() {
        for error in [
            RegistryError::NotAComponent { problem: "x".into() },
            RegistryError::WrongWorld { problem: "x".into() },
            RegistryError::Describe { problem: "x".into() },
            RegistryError::Host { problem: "x".into() },
        ] {
            let text = error.to_string();
            assert_eq!(crossed(error).to_string(), text);
        }
    }
}
