//! What the two stores of a data directory, the index and the keys and values of backends, need of LMDB: a private
//! directory that one process uses, an environment, and group commit. Knows nothing of what they keep.

pub(crate) mod group_commit;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write as _};
use std::path::Path;

use heed::{Env, EnvFlags, EnvOpenOptions, WithoutTls};

/// Why a directory cannot be taken.
pub(crate) enum LockFailure {
    /// The process with this id has it, perhaps this one.
    InUse {
        /// `unknown` if it did not leave it.
        pid: String,
    },
    /// What the system said.
    Io(io::Error),
}

/// Makes a directory for its owner's eyes only.
pub(crate) fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Takes the lock of a directory and leaves the process id in it. The system gives it back however the process
/// ends; the file stays, since whoever deleted it might delete another's.
pub(crate) fn lock(path: &Path) -> Result<File, LockFailure> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(path).map_err(LockFailure::Io)?;
    match file.try_lock() {
        Ok(()) => {
            let write = |file: &mut File| {
                file.set_len(0)?;
                file.rewind()?;
                write!(file, "{}", std::process::id())
            };
            write(&mut file).map_err(LockFailure::Io)?;
            Ok(file)
        }
        Err(fs::TryLockError::WouldBlock) => {
            let mut pid = String::new();
            // The one who has the lock may not have come to write its id yet.
            if file.read_to_string(&mut pid).is_err() || pid.is_empty() {
                pid = "unknown".to_owned();
            }
            Err(LockFailure::InUse { pid })
        }
        Err(fs::TryLockError::Error(error)) => Err(LockFailure::Io(error)),
    }
}

/// Opens the environment in a directory whose lock the caller holds, and will hold for as long as it is open.
#[expect(unsafe_code, reason = "heed cannot know that nobody else changes the files; our lock file does")]
pub(crate) fn open_env(
    path: &Path,
    map_size_bytes: usize,
    readers_max: u32,
    databases: u32,
) -> heed::Result<Env<WithoutTls>> {
    /// A multiple of every page size in use.
    const GRANULE: usize = 1 << 16;
    let mut builder = EnvOpenOptions::new().read_txn_without_tls();
    builder.map_size(map_size_bytes.next_multiple_of(GRANULE)).max_readers(readers_max).max_dbs(databases);
    // SAFETY: The files are a memory map, so nobody may change them in another way. The lock file keeps other processes
    // and a second open in this one away; the directory is private to the user. The flag leaves syncing as it is.
    unsafe { builder.flags(EnvFlags::NO_READ_AHEAD).open(path) }
}
