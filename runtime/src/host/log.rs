//! `wasi:logging`, standard output and standard error: lines of the guest in the host's log, bounded per call.

use std::sync::{Arc, Mutex, PoisonError};

use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use super::HostState;
use crate::bindings::wasi::logging::logging;

/// The longest line; a longer one is cut.
const LINE_MAX_BYTES: usize = 4096;

/// The topic of what the host says. A guest's own topic is whatever it calls it.
const HOST: &str = "host";

/// Where the lines of one store go.
#[derive(Clone)]
pub(crate) struct Journal {
    subject: Arc<Subject>,
    shared: Arc<Mutex<Shared>>,
}

/// Lines of backends have this target, so that a filter finds them; the backend is a field.
macro_rules! line {
    ($level:ident, $subject:expr, $($rest:tt)*) => {{
        let Subject { backend, owner, context } = &*$subject;
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
    max_bytes: u64,
    left_bytes: u64,
    dropped_lines: u64,
}

impl Journal {
    pub(crate) fn new(subject: Subject, max_bytes: u64) -> Self {
        let shared = Shared { max_bytes, left_bytes: max_bytes, dropped_lines: 0 };
        Self { subject: Arc::new(subject), shared: Arc::new(Mutex::new(shared)) }
    }

    /// The name that the backend is registered under.
    pub(crate) fn backend(&self) -> &str {
        &self.subject.backend
    }

    /// Gives the next call its full measure, and says what the last one lost.
    pub(crate) fn begin_call(&self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.dropped_lines > 0 {
            line!(
                warn,
                &*self.subject,
                dropped_lines = shared.dropped_lines,
                max_bytes = shared.max_bytes,
                "the guest logged more than `log_max_bytes` in one call"
            );
        }
        shared.left_bytes = shared.max_bytes;
        shared.dropped_lines = 0;
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
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = (topic.len() + message.len() + 1) as u64;
        if bytes > shared.left_bytes {
            shared.dropped_lines += 1;
            return;
        }
        shared.left_bytes -= bytes;
        drop(shared);
        let (subject, topic, message) = (&*self.subject, safe(topic), safe(message));
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

    #[test]
    fn a_line_of_the_guest_stays_one_line_and_cannot_drive_a_terminal() {
        assert_eq!(safe("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert!(safe(&"x".repeat(10_000)).len() < LINE_MAX_BYTES + 8);
    }

    #[test]
    fn a_call_that_logs_too_much_loses_lines_and_the_next_call_does_not() {
        let journal = Journal::new(Subject::default(), 100);
        for _ in 0..50 {
            journal.line(logging::Level::Info, "", "0123456789");
        }
        let dropped = |journal: &Journal| journal.shared.lock().map(|shared| shared.dropped_lines).ok();
        assert_eq!(dropped(&journal), Some(41));
        journal.begin_call();
        journal.line(logging::Level::Info, "", "0123456789");
        assert_eq!(dropped(&journal), Some(0));
    }
}
