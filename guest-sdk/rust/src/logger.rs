//! The `log` crate over `wasi:logging`: `log::info!("...")` in a backend arrives in the host's log.

use log::{LevelFilter, Log, Metadata, Record};

struct Logger;

/// Makes the host the receiver of the `log` macros; [`export!`](crate::export) has it done before `init`. Natively, where
/// messages go nowhere until this is called, they go to standard error.
pub fn install() {
    // Another logger is there already: the author's choice, which stands.
    if log::set_logger(&Logger).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            emit(record);
        }
    }

    fn flush(&self) {}
}

#[cfg(target_arch = "wasm32")]
fn emit(record: &Record<'_>) {
    use crate::bindings::wasi::logging::logging::{Level, log};
    let level = match record.level() {
        log::Level::Error => Level::Error,
        log::Level::Warn => Level::Warn,
        log::Level::Info => Level::Info,
        log::Level::Debug => Level::Debug,
        log::Level::Trace => Level::Trace,
    };
    log(level, record.target(), &record.args().to_string());
}

#[cfg(not(target_arch = "wasm32"))]
#[expect(clippy::print_stderr, reason = "natively standard error is the log")]
fn emit(record: &Record<'_>) {
    eprintln!("{} {}: {}", record.level(), record.target(), record.args());
}
