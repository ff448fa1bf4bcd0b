//! `wasi:logging`, standard output and standard error: lines of the guest in the host's log, bounded per call and per second.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use super::{HostState, Meter};
use crate::bindings::wasi::logging::logging;
use crate::usage::Usage;

/// The longest line; a longer one is cut.
const LINE_MAX_BYTES: usize = 4096;

/// The topic of what the host says. A guest's own topic is whatever it calls it.
const HOST: &str = "host";

/// Where the lines of one store go.
#[derive(Clone)]
pub(crate) struct Journal {
    /// The name that the backend is registered under.
    backend: Arc<str>,
    shared: Arc<Shared>,
}

/// Lines of backends have this target, so that a filter finds them; the backend is a field.
macro_rules! line {
    ($level:ident, $subject:expr, $($rest:tt)*) => {{
        let Subject { backend, owner, context } = &$subject;
        tracing::$level!(target: "backend", backend = backend.as_str(), owner = owner.as_deref(),
            context = context.as_deref(), $($rest)*)
    }};
}

/// Whose the lines are. Each line has it in fields of their own: `backend`, `owner`, `context`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    pub(crate) backend: String,
    /// None while the backend has no user.
    pub(crate) owner: Option<String>,
    /// The context's URI, if the store is one's.
    pub(crate) context: Option<String>,
}

struct Shared {
    /// Something was logged since it was last counted: until then, nobody need look.
    written: AtomicBool,
    state: Mutex<State>,
}

struct State {
    subject: Subject,
    max_bytes: u64,
    left_bytes: u64,
    meter: Arc<Meter>,
    usage: Usage,
}

impl Journal {
    pub(crate) fn new(subject: Subject, max_bytes: u64, meter: Arc<Meter>) -> Self {
        let backend = subject.backend.as_str().into();
        let state = State { subject, max_bytes, left_bytes: max_bytes, meter, usage: Usage::default() };
        let shared = Shared { written: AtomicBool::new(false), state: Mutex::new(state) };
        Self { backend, shared: Arc::new(shared) }
    }

    /// The name that the backend is registered under.
    pub(crate) fn backend(&self) -> &str {
        &self.backend
    }

    /// From now on, lines are somebody else's.
    pub(crate) fn hand_over(&self, subject: Subject, meter: Arc<Meter>) {
        let mut state = self.lock();
        state.subject = subject;
        state.meter = meter;
    }

    /// Gives the next call its full measure, and says what its owner, whose meter this is, has lost before it.
    pub(crate) fn begin_call(&self, meter: &Meter) {
        if !self.was_written() && !meter.has_dropped_lines() {
            return;
        }
        let mut state = self.lock();
        state.left_bytes = state.max_bytes;
        if let Some(dropped_lines) = meter.take_dropped_lines() {
            line!(
                warn,
                state.subject,
                dropped_lines,
                "the guest logged more than `log_max_bytes` in one call, or more a second than `log_bytes_per_second` or \
                `log_lines_per_second`"
            );
        }
    }

    fn was_written(&self) -> bool {
        self.shared.written.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what was logged since this was last asked. No call runs meanwhile: the next one has its full measure.
    pub(crate) fn take_into(&self, usage: &mut Usage) {
        if !self.was_written() {
            return;
        }
        let mut state = self.lock();
        self.shared.written.store(false, Ordering::Release);
        state.left_bytes = state.max_bytes;
        *usage += std::mem::take(&mut state.usage);
    }

    /// A stream for standard output or standard error.
    pub(crate) fn stream(&self, target: &'static str) -> Stream {
        Stream { journal: self.clone(), target, line: Arc::default() }
    }

    /// The host's own word about what a guest did. It counts as the guest's: who is refused in a loop floods no log.
    pub(crate) fn warn(&self, message: &str) {
        self.line(logging::Level::Warn, HOST, message);
    }

    /// The same, for who asks for details.
    pub(crate) fn detail(&self, message: &str) {
        self.line(logging::Level::Debug, HOST, message);
    }

    fn line(&self, level: logging::Level, topic: &str, message: &str) {
        let mut state = self.lock();
        self.shared.written.store(true, Ordering::Release);
        let bytes = (topic.len() + message.len() + 1) as u64;
        let room = bytes <= state.left_bytes;
        if !state.meter.admit_line(bytes, room, Instant::now()) {
            state.usage.log_lines_dropped += 1;
            return;
        }
        state.usage.log_lines += 1;
        state.left_bytes -= bytes;
        let (subject, topic, message) = (state.subject.clone(), safe(topic), safe(message));
        // What writes the line may take its time.
        drop(state);
        match level {
            logging::Level::Trace => line!(trace, subject, topic, "{message}"),
            logging::Level::Debug => line!(debug, subject, topic, "{message}"),
            logging::Level::Info => line!(info, subject, topic, "{message}"),
            logging::Level::Warn => line!(warn, subject, topic, "{message}"),
            logging::Level::Error | logging::Level::Critical => line!(error, subject, topic, "{message}"),
        }
    }
}

/// One line, whatever the guest wrote: no line break, no terminal escape, not too long.
fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(LINE_MAX_BYTES));
    for character in text.chars() {
        if safe.len() >= LINE_MAX_BYTES {
            safe.push('…');
            break;
        }
        if character.is_control() {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

impl logging::Host for HostState {
    fn log(&mut self, level: logging::Level, context: String, message: String) -> wasmtime::Result<()> {
        self.traffic.count(context.len() + message.len(), 0);
        self.journal.line(level, &context, &message);
        Ok(())
    }
}

/// Standard output or standard error, cut into lines.
pub(crate) struct Stream {
    journal: Journal,
    target: &'static str,
    line: Arc<Mutex<Vec<u8>>>,
}

impl Stream {
    fn write(&self, bytes: &[u8]) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        for &byte in bytes {
            if byte != b'\n' && line.len() < LINE_MAX_BYTES {
                line.push(byte);
                continue;
            }
            self.journal.line(logging::Level::Info, self.target, &String::from_utf8_lossy(&line));
            line.clear();
            if byte != b'\n' {
                line.push(byte);
            }
        }
    }
}

impl IsTerminal for Stream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stream {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        // Only preview 3 asks for this form, and it is not linked.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Stream { journal: self.journal.clone(), target: self.target, line: Arc::clone(&self.line) })
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {}
}

impl OutputStream for Stream {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        Stream::write(self, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LINE_MAX_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    #[test]
    fn a_line_of_the_guest_stays_one_line_and_cannot_drive_a_terminal() {
        assert_eq!(safe("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert!(safe(&"x".repeat(10_000)).len() < LINE_MAX_BYTES + 8);
    }

    /// Lines of ten characters that get into the log, of so many.
    fn admitted(journal: &Journal, lines: usize) -> usize {
        let before = journal.lock().left_bytes;
        for _ in 0..lines {
            journal.line(logging::Level::Info, "", "0123456789");
        }
        usize::try_from((before - journal.lock().left_bytes) / 11).unwrap()
    }

    #[test]
    fn a_call_that_logs_too_much_loses_lines_and_the_next_call_does_not() {
        let limits = Limits { log_max_bytes: 100, log_bytes_per_second: 1 << 40, ..Limits::default() };
        let meter = Arc::new(Meter::of_nobody(&limits));
        let journal = Journal::new(Subject::default(), 100, Arc::clone(&meter));
        assert_eq!(admitted(&journal, 50), 9);
        assert_eq!(meter.take_dropped_lines(), Some(41));
        journal.begin_call(&meter);
        assert_eq!(admitted(&journal, 1), 1);
    }

    #[test]
    fn what_one_call_of_a_turn_logged_is_counted_after_the_others() {
        let limits = Limits::default();
        let meter = Arc::new(Meter::of_nobody(&limits));
        let journal = Journal::new(Subject::default(), limits.log_max_bytes, Arc::clone(&meter));
        assert_eq!(admitted(&journal, 3), 3);
        journal.begin_call(&meter);
        let mut usage = Usage::default();
        journal.take_into(&mut usage);
        journal.take_into(&mut usage);
        assert_eq!(usage.log_lines, 3);
    }

    #[test]
    fn many_calls_of_many_stores_log_no_more_lines_a_second_than_one() {
        let limits = Limits { log_lines_per_second: 5, ..Limits::default() };
        let meter = Arc::new(Meter::of_nobody(&limits));
        let start = Instant::now();
        let journals: Vec<_> = (0..10)
            .map(|_| Journal::new(Subject::default(), limits.log_max_bytes, Arc::clone(&meter)))
            .collect();
        let admitted: usize = journals.iter().map(|journal| admitted(journal, 10)).sum();
        // Five at once, and five more for each second that this took.
        let more = usize::try_from(start.elapsed().as_secs() + 1).unwrap() * 5;
        assert!((5..=5 + more).contains(&admitted), "{admitted}");
    }
}
