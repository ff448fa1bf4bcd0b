//! Who may have written a file. Compiled code runs with all rights of this process, so it is taken from files, in folders, that
//! nobody else can write to.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::process::geteuid;
use sha2::{Digest, Sha256};

/// Write permission of the group and of everybody.
const WRITE_BY_OTHERS: u32 = 0o022;

/// What is read at once when a file's digest is made.
const CHUNK_BYTES: usize = 256 << 10;

/// Opens a file that only this account, or root, can have written, and that is none of its links. What is then read through
/// the handle is that very file, whatever comes into its place.
///
/// # Errors
/// The problem, in words that follow the file's name.
pub(super) fn open(path: &Path) -> Result<File, Problem> {
    // A link or a pipe in its place is not followed and not waited for.
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags =
        i32::try_from(flags.bits()).map_err(|_| Problem::Unsafe("has flags without meaning".into()))?;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Problem::Unsafe("is no regular file".into()));
    }
    check_writers(&metadata)?;
    Ok(file)
}

/// Makes sure of the same for a folder.
///
/// # Errors
/// As [`open`].
pub(super) fn check_folder(path: &Path) -> Result<(), Problem> {
    let metadata = std::fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Err(Problem::Unsafe("is no folder".into()));
    }
    check_writers(&metadata)
}

/// Why a file is not used.
#[derive(Debug)]
pub(super) enum Problem {
    /// It cannot be read.
    Io(io::Error),
    /// Somebody else may have written it.
    Unsafe(String),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn check_writers(metadata: &Metadata) -> Result<(), Problem> {
    let (owner, own) = (metadata.uid(), geteuid().as_raw());
    if owner != own && owner != 0 {
        return Err(Problem::Unsafe(format!("belongs to the account {owner}, and this is {own}")));
    }
    let mode = metadata.mode() & 0o7777;
    if mode & WRITE_BY_OTHERS != 0 {
        return Err(Problem::Unsafe(format!("has the mode {mode:o}: others than its owner may write to it")));
    }
    Ok(())
}

/// SHA-256 of what a file holds, in hex.
///
/// # Errors
/// It cannot be read.
pub(super) fn digest(file: &mut File) -> io::Result<String> {
    use io::Read;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(super::register::hex(&hasher.finalize())),
            read => hasher.update(&chunk[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn unsafe_text<T>(result: Result<T, Problem>) -> String {
        match result {
            Err(Problem::Unsafe(text)) => text,
            Err(Problem::Io(error)) => format!("{error}"),
            Ok(_) => "trusted".into(),
        }
    }

    #[test]
    fn what_others_may_write_to_is_not_trusted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("code");
        std::fs::write(&path, "x").unwrap();
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        for (mode, trusted) in [(0o600, true), (0o644, true), (0o660, false), (0o602, false), (0o400, true)] {
            set(&path, mode);
            let said = unsafe_text(open(&path));
            assert_eq!(said == "trusted", trusted, "{mode:o}: {said}");
            assert!(trusted || said.contains(&format!("{mode:o}")), "{said}");
        }
        set(dir.path(), 0o770);
        assert!(unsafe_text(check_folder(dir.path())).contains("770"));
        set(dir.path(), 0o700);
        check_folder(dir.path()).unwrap();
    }

    #[test]
    fn links_and_pipes_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("code"), "x").unwrap();
        std::os::unix::fs::symlink("code", dir.path().join("link")).unwrap();
        assert!(open(&dir.path().join("link")).is_err());
        assert_eq!(unsafe_text(open(dir.path())), "is no regular file");
        std::os::unix::fs::symlink(dir.path(), dir.path().join("folder")).unwrap();
        assert_eq!(unsafe_text(check_folder(&dir.path().join("folder"))), "is no folder");
    }

    #[test]
    fn what_was_opened_stays_that_file_when_another_takes_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("code");
        std::fs::write(&path, "good").unwrap();
        let mut file = open(&path).unwrap();
        std::fs::write(dir.path().join("new"), "evil").unwrap();
        std::fs::rename(dir.path().join("new"), &path).unwrap();
        assert_eq!(digest(&mut file).unwrap(), super::super::register::hex(&Sha256::digest("good")));
    }
}
