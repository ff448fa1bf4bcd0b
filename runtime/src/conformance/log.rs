//! What a behaviour called and what came back, in order: for the report, and to cut a run off after so many calls.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::expect::{Done, Stop};
use super::wave::Wave;
use crate::blocking;
use crate::error::CallError;

/// How many calls of one behaviour are kept: its last ones.
const LINES_MAX: usize = 400;
/// How many characters of one line are kept.
const LINE_CHARACTERS_MAX: usize = 600;

/// The calls of one trial.
#[derive(Default)]
pub(super) struct Log {
    lines: RefCell<Vec<String>>,
    /// Calls that were made.
    calls: Cell<usize>,
    /// Objects that were opened.
    objects: Cell<u32>,
    /// After how many calls there are no more; none for no end.
    cut_after: Cell<Option<usize>>,
}

/// An object that was opened through the log, under the number that the lines call it by.
pub(super) struct Object<T> {
    pub(super) inner: T,
    pub(super) log: Rc<Log>,
    pub(super) number: u32,
}

impl Log {
    /// Ends the trial after `calls` more calls.
    pub(super) fn cut_after(&self, calls: usize) {
        self.cut_after.set(Some(self.calls.get() + calls));
    }

    /// Takes the end away again.
    pub(super) fn go_on(&self) {
        self.cut_after.set(None);
    }

    /// What was kept.
    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }

    /// Adds a remark.
    pub(super) fn remark(&self, text: &str) {
        self.line(format!("-- {text}"));
    }

    /// Makes a call that answers a value.
    pub(super) fn call<R: Wave>(
        &self,
        call: &str,
        future: impl Future<Output = Result<R, CallError>>,
    ) -> Done<R> {
        let result = self.make(future)?;
        match &result {
            Ok(answer) => {
                let answer = answer.wave();
                self.line(format!("{call} -> {}", if answer.is_empty() { "ok" } else { &answer }));
            }
            Err(error) => self.line(format!("{call} -> {}", told(error))),
        }
        Ok(result?)
    }

    /// Makes a call that opens an object.
    pub(super) fn open<T>(
        self: &Rc<Self>,
        call: &str,
        future: impl Future<Output = Result<T, CallError>>,
    ) -> Done<Object<T>> {
        match self.make(future)? {
            Ok(inner) => {
                let number = self.objects.get() + 1;
                self.objects.set(number);
                self.line(format!("{call} -> #{number}"));
                Ok(Object { inner, log: Rc::clone(self), number })
            }
            Err(error) => {
                self.line(format!("{call} -> {}", told(&error)));
                Err(error.into())
            }
        }
    }

    fn make<R>(&self, future: impl Future<Output = Result<R, CallError>>) -> Done<Result<R, CallError>> {
        if self.cut_after.get().is_some_and(|end| self.calls.get() >= end) {
            return Err(Stop::Cut);
        }
        self.calls.set(self.calls.get() + 1);
        Ok(blocking::wait(future))
    }

    fn line(&self, mut line: String) {
        if let Some((end, _)) = line.char_indices().nth(LINE_CHARACTERS_MAX) {
            line.truncate(end);
            line.push('…');
        }
        let mut lines = self.lines.borrow_mut();
        if lines.len() == LINES_MAX {
            lines.remove(0);
        }
        lines.push(line);
    }
}

/// An error as a line shows it: the backend's answer by its code, everything else in words.
fn told(error: &CallError) -> String {
    match error {
        CallError::Answered { code, detail, .. } => {
            let detail = detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
            format!("err({}){detail}", code.wave())
        }
        other => other.to_string(),
    }
}
