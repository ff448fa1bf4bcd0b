//! The child's side: takes its limits upon itself, prepares the one component, ends.

use std::io::{BufRead, Write};
use std::path::Path;
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, Signal};
use serde::Serialize;

use super::{ARGUMENT, wire};
use crate::engine::Engine;
use crate::limits::RegistrationLimits;
use crate::registry::preparation::{Preparation, compile_to_bytes};

/// Does the work of a registration's child, if this process was started as one, and answers its exit code. A program
/// that is named in [`RegistrationProcess::Child`](crate::RegistrationProcess::Child) calls this before anything else.
pub fn registration_child() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != ARGUMENT {
        return None;
    }
    let folder = arguments.next()?;
    Some(match serve(folder.as_ref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent keeps the last line for its error. If stderr is closed, it is gone.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    })
}

fn serve(folder: &Path) -> std::io::Result<()> {
    let mut lines = std::io::stdin().lock().lines();
    // Without a further line the parent is gone, or wants no more.
    let Some(line) = lines.next().transpose()? else { return Ok(()) };
    let wire::Begin { limits, compile_only } = serde_json::from_str(&line)?;
    confine(&limits)?;
    // What the guest logs during `init` goes to the parent's log.
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).without_time().init();
    let component = std::fs::read(folder.join(wire::COMPONENT))?;
    let engine = Engine::for_preparation().map_err(std::io::Error::other)?;
    if compile_only {
        let compiled = match compile_to_bytes(&engine, &component) {
            Ok(compiled) => compiled,
            Err(error) => return answer::<()>(Err(wire::Failure::new(error))),
        };
        std::fs::write(folder.join(wire::COMPILED), compiled)?;
        return answer(Ok(()));
    }
    let (description, preparation) = match Preparation::begin(&engine, &component) {
        Ok(begun) => begun,
        Err(error) => return answer::<()>(Err(wire::Failure::new(error))),
    };
    answer(Ok(wire::Described::new(description)))?;

    let Some(line) = lines.next().transpose()? else { return Ok(()) };
    let wire::Finish { name, config, limits } = serde_json::from_str(&line)?;
    let image = match preparation.finish(&name, &config, &limits) {
        Ok(image) => image,
        Err(error) => return answer::<()>(Err(wire::Failure::new(error))),
    };
    if let Some(start) = &image.start {
        std::fs::write(folder.join(wire::START), start)?;
    }
    std::fs::write(folder.join(wire::COMPILED), &image.compiled)?;
    if let Some(lines) = &image.lines {
        std::fs::write(folder.join(wire::LINES), lines)?;
    }
    let (init, random_bytes, lines) = (image.init, image.random_bytes, image.lines.is_some());
    answer(Ok(wire::Finished { init, random_bytes, lines }))
}

fn answer<T: Serialize>(answer: Result<T, wire::Failure>) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(&answer)?;
    line.push(b'\n');
    let mut out = std::io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}

/// Takes the limits upon this process, before it has seen a byte of the component.
fn confine(limits: &RegistrationLimits) -> std::io::Result<()> {
    let set = |resource, value: u64| {
        // A limit that the operator's account has already may be lower: it cannot be raised, and need not be.
        let allowed = rustix::process::getrlimit(resource).maximum.map_or(value, |max| value.min(max));
        rustix::process::setrlimit(resource, Rlimit { current: Some(allowed), maximum: Some(allowed) })
    };
    // Counts memory that can be written, and none of the address space that wasmtime only reserves.
    set(Resource::Data, limits.memory_max_bytes)?;
    set(Resource::Fsize, limits.file_max_bytes)?;
    // A dump of it would hold the component, at the size of its memory.
    set(Resource::Core, 0)?;
    // Time of all threads together. The parent's clock is the limit; this one is for a parent that is gone.
    set(Resource::Cpu, limits.timeout().as_secs().saturating_mul(4).max(1))?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    Ok(())
}
