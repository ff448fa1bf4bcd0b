//! Prepares a component in a process of its own: one made to crash or to exhaust the compiler takes that process along,
//! and nothing else. This is the parent's side; [`worker`] is the child's, [`wire`] what they say to each other.
//!
//! The two talk in lines of JSON: the parent says what to prepare, the child describes it, the parent says under which
//! name and settings to run its `init`, the child says what came of it. The image and the compiled form are files in a
//! folder that the parent made. Nothing that the child says is believed to be small or well-formed.

pub(super) mod wire;
pub(crate) mod worker;

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use super::RegistryError;
use super::preparation::{Description, Image};
use super::record::InitMode;
use crate::error;
use crate::limits::{Limits, RegistrationLimits};

/// The longest line that is read from a child.
const LINE_MAX_BYTES: u64 = 4 << 20;
/// How much of the end of its stderr is kept, for the error.
const LAST_WORDS_MAX_BYTES: usize = 4096;
/// The first argument that makes a program the child: see [`worker::registration_child`].
const ARGUMENT: &str = "__prepare-component";

/// Where components are compiled and where `init` runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RegistrationProcess {
    /// In this process: a component made to crash the compiler crashes it. For tests, and for components that are trusted.
    #[default]
    Own,
    /// In a child that runs `program`, which calls [`registration_child`](crate::registration_child) before anything
    /// else: the binary `mapistore` does.
    Child {
        /// The program.
        program: PathBuf,
    },
}

/// A child that has described its component.
pub(super) struct Child {
    process: Arc<Mutex<std::process::Child>>,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    last_words: Option<JoinHandle<String>>,
    limits: RegistrationLimits,
    /// Dropped to end the watch over the time.
    _watch: mpsc::Sender<()>,
    timed_out: Arc<AtomicBool>,
    // Dropped after the process has ended: see `drop`.
    folder: TempDir,
}

impl Child {
    /// Starts a child over a folder of its own in `dir`, and has it describe the component.
    pub(super) fn begin(
        program: &Path,
        dir: &Path,
        component: &[u8],
        limits: &RegistrationLimits,
    ) -> Result<(Description, Self), RegistryError> {
        let mut child = Self::start(program, dir, component, limits)?;
        let question = wire::Begin { limits: limits.clone(), compile_only: false };
        let described: wire::Described = child.ask(&question)?;
        Ok((described.into_description()?, child))
    }

    /// Has a child compile what was registered before, and nothing else.
    pub(super) fn compile(
        program: &Path,
        dir: &Path,
        component: &[u8],
        limits: &RegistrationLimits,
    ) -> Result<Vec<u8>, RegistryError> {
        let mut child = Self::start(program, dir, component, limits)?;
        child.ask::<()>(&wire::Begin { limits: limits.clone(), compile_only: true })?;
        child.read(wire::COMPILED)
    }

    fn start(
        program: &Path,
        dir: &Path,
        component: &[u8],
        limits: &RegistrationLimits,
    ) -> Result<Self, RegistryError> {
        let disk = |path: &Path| {
            let path = path.to_owned();
            move |source| RegistryError::Disk { path, source }
        };
        let folder = tempfile::Builder::new().prefix(".preparing-").tempdir_in(dir).map_err(disk(dir))?;
        let file = folder.path().join(wire::COMPONENT);
        std::fs::write(&file, component).map_err(disk(&file))?;
        let mut process = Command::new(program)
            .arg(ARGUMENT)
            .arg(folder.path())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(disk(program))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (process.stdin.take(), process.stdout.take(), process.stderr.take())
        else {
            return Err(RegistryError::Host { problem: "a child without pipes".into() });
        };
        let process = Arc::new(Mutex::new(process));
        let timed_out = Arc::new(AtomicBool::new(false));
        let (watch, ended) = mpsc::channel::<()>();
        let (watched, flag, timeout) = (Arc::clone(&process), Arc::clone(&timed_out), limits.timeout());
        let spawn = |name: &str| std::thread::Builder::new().name(name.into());
        let host = |error: std::io::Error| RegistryError::Host { problem: error.to_string() };
        spawn("mapistore-watch")
            .spawn(move || {
                if ended.recv_timeout(timeout) == Err(mpsc::RecvTimeoutError::Timeout) {
                    flag.store(true, Ordering::Relaxed);
                    // Fails if it has just ended by itself.
                    let _ = lock(&watched).kill();
                }
            })
            .map_err(host)?;
        let last_words = spawn("mapistore-child-log").spawn(move || listen(stderr)).map_err(host)?;
        Ok(Self {
            process,
            stdin,
            stdout: BufReader::new(stdout),
            last_words: Some(last_words),
            limits: limits.clone(),
            _watch: watch,
            timed_out,
            folder,
        })
    }

    /// Has it run `init`, take the snapshot, and compile what stores will start from.
    pub(super) fn finish(
        mut self,
        name: &str,
        config: &[(String, String)],
        limits: &Limits,
    ) -> Result<Image, RegistryError> {
        let request = wire::Finish { name: name.to_owned(), config: config.to_vec(), limits: limits.clone() };
        let wire::Finished { init, random_bytes, lines } = self.ask(&request)?;
        let start = match init {
            InitMode::Snapshot => Some(self.read(wire::START)?),
            InitMode::PerStore { .. } => None,
        };
        let lines = lines.then(|| self.read(wire::LINES)).transpose()?;
        Ok(Image { start, compiled: self.read(wire::COMPILED)?, lines, init, random_bytes })
    }

    fn ask<R: DeserializeOwned>(&mut self, question: &impl Serialize) -> Result<R, RegistryError> {
        let asked = serde_json::to_vec(question).map_err(std::io::Error::other).and_then(|mut line| {
            line.push(b'\n');
            self.stdin.write_all(&line)?;
            self.stdin.flush()
        });
        let mut line = Vec::new();
        let read =
            asked.and_then(|()| self.stdout.by_ref().take(LINE_MAX_BYTES).read_until(b'\n', &mut line));
        if read.is_err() || !line.ends_with(b"\n") {
            return Err(self.obituary());
        }
        let answer: Result<R, wire::Failure> = serde_json::from_slice(&line).map_err(|error| {
            RegistryError::Preparation { problem: format!("its process said something else: {error}") }
        })?;
        answer.map_err(wire::Failure::into_error)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, RegistryError> {
        let path = self.folder.path().join(name);
        let disk = |source| RegistryError::Disk { path: path.clone(), source };
        let bytes = std::fs::metadata(&path).map_err(disk)?.len();
        if bytes > self.limits.file_max_bytes {
            return Err(RegistryError::TooBig { path, bytes, allowed: self.limits.file_max_bytes });
        }
        std::fs::read(&path).map_err(disk)
    }

    /// Why the child ended without an answer.
    fn obituary(&mut self) -> RegistryError {
        let mut process = lock(&self.process);
        // Closed stdout is not the end yet, and nothing that it does now is of use.
        let status = match process.try_wait() {
            Ok(Some(status)) => Ok(status),
            _ => process.kill().and_then(|()| process.wait()),
        };
        drop(process);
        let last_words = self.last_words.take().and_then(|words| words.join().ok()).unwrap_or_default();
        if self.timed_out.load(Ordering::Relaxed) {
            let allowed = error::duration(self.limits.timeout());
            let problem = format!("it took longer than `registration.timeout_ms`, which is {allowed}");
            return RegistryError::Preparation { problem };
        }
        let problem = match status {
            Ok(status) => self.cause(status, last_words.trim()),
            Err(error) => format!("its process cannot be waited for: {error}"),
        };
        RegistryError::Preparation { problem }
    }

    fn cause(&self, status: ExitStatus, last_words: &str) -> String {
        use rustix::process::Signal;
        // What Rust says before it aborts, and the system when it has no room for a thread or a mapping (EAGAIN, ENOMEM).
        const NO_MEMORY: [&str; 3] = ["memory allocation of", "(os error 11)", "(os error 12)"];
        if NO_MEMORY.iter().any(|words| last_words.contains(words)) {
            let allowed = error::bytes(self.limits.memory_max_bytes);
            return format!("it took more memory than `registration.memory_max_bytes`, which is {allowed}");
        }
        if status.signal() == Some(Signal::XFSZ.as_raw()) {
            let allowed = error::bytes(self.limits.file_max_bytes);
            return format!("it wrote more than `registration.file_max_bytes`, which is {allowed}");
        }
        let said = match last_words.lines().last() {
            Some(line) => format!(": {line}"),
            None => String::new(),
        };
        // `signal: 11 (SIGSEGV)`, or `exit status: 101`.
        format!("the process that compiled it and ran its `init` ended with {status}{said}")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let mut process = lock(&self.process);
        // It has ended, or has nothing to do any more. Waited for in any case: no zombie stays.
        let _ = process.kill();
        let _ = process.wait();
    }
}

/// Hands on what the child logs, and answers its last words.
fn listen(stderr: impl Read) -> String {
    let mut last_words = String::new();
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        line.clear();
        match stderr.by_ref().take(LAST_WORDS_MAX_BYTES as u64).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return last_words,
            Ok(_) => {}
        }
        let text: String = String::from_utf8_lossy(&line)
            .trim_end()
            .chars()
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        tracing::info!(target: "mapistore::registration", "{text}");
        last_words.push_str(&text);
        last_words.push('\n');
        if let Some(excess) = last_words.len().checked_sub(LAST_WORDS_MAX_BYTES) {
            last_words.drain(..last_words.ceil_char_boundary(excess));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
