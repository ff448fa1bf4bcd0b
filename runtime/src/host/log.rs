//! `wasi:logging`, standard output and standard error: lines of the guest in the host's log, bounded per call and per second.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use super::{HostState, Meter};
use crate::bindings::wasi::logging::logging;
use crate::usage::Usage;

/// The longest line; a longer one is cut.
const LINE_MAX_BYTES: usize = 4096;

/// Where the lines of one store go.
#[derive(Clone)]
pub(crate) struct Journal {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    /// The backend or the context, so that a line says whose it is.
    name: String,
    max_bytes: u64,
    left_bytes: u64,
    meter: Arc<Meter>,
    usage: Usage,
}

impl Journal {
    pub(crate) fn new(name: &str, max_bytes: u64, meter: Arc<Meter>) -> Self {
        let shared = Shared {
            name: name.to_owned(),
            max_bytes,
            left_bytes: max_bytes,
            meter,
            usage: Usage::default(),
        };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }

    /// Gives the next call its full measure, and says what was lost before it.
    pub(crate) fn begin_call(&self) {
        let mut shared = self.lock();
        shared.left_bytes = shared.max_bytes;
        if let Some(dropped_lines) = shared.meter.take_dropped_lines() {
            tracing::warn!(guest = %shared.name, dropped_lines,
                "the guest logged more than `log_max_bytes` in one call, or more a second than `log_bytes_per_second` or \
                `log_lines_per_second`");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what was logged since this was last asked.
    pub(crate) fn take_into(&self, usage: &mut Usage) {
        let mut shared = self.lock();
        *usage += std::mem::take(&mut shared.usage);
    }

    /// A stream for standard output or standard error.
    pub(crate) fn stream(&self, target: &'static str) -> Stream {
        Stream { journal: self.clone(), target, line: Arc::default() }
    }

    fn line(&self, level: logging::Level, context: &str, message: &str) {
        let mut shared = self.lock();
        let bytes = (context.len() + message.len() + 1) as u64;
        let room = bytes <= shared.left_bytes;
        if !shared.meter.admit_line(bytes, room, Instant::now()) {
            shared.usage.log_lines_dropped += 1;
            return;
        }
        shared.usage.log_lines += 1;
        shared.usage.bytes_out += bytes;
        shared.left_bytes -= bytes;
        let (name, context, message) = (&shared.name, safe(context), safe(message));
        match level {
            logging::Level::Trace => tracing::trace!(guest = %name, %context, "{message}"),
            logging::Level::Debug => tracing::debug!(guest = %name, %context, "{message}"),
            logging::Level::Info => tracing::info!(guest = %name, %context, "{message}"),
            logging::Level::Warn => tracing::warn!(guest = %name, %context, "{message}"),
            logging::Level::Error | logging::Level::Critical => {
                tracing::error!(guest = %name, %context, "{message}");
            }
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
        let journal = Journal::new("test", 100, Arc::new(Meter::of_nobody(&limits)));
        assert_eq!(admitted(&journal, 50), 9);
        assert_eq!(journal.lock().meter.take_dropped_lines(), Some(41));
        journal.begin_call();
        assert_eq!(admitted(&journal, 1), 1);
    }

    #[test]
    fn many_calls_of_many_stores_log_no_more_lines_a_second_than_one() {
        let limits = Limits { log_lines_per_second: 5, ..Limits::default() };
        let meter = Arc::new(Meter::of_nobody(&limits));
        let start = Instant::now();
        let journals: Vec<_> =
            (0..10).map(|_| Journal::new("test", limits.log_max_bytes, Arc::clone(&meter))).collect();
        let admitted: usize = journals.iter().map(|journal| admitted(journal, 10)).sum();
        // Five at once, and five more for each second that this took.
        let more = usize::try_from(start.elapsed().as_secs() + 1).unwrap() * 5;
        assert!((5..=5 + more).contains(&admitted), "{admitted}");
    }
}
