//! What the standard library of a guest cannot do with files, and the host can.

use std::io;
use std::path::Path;

/// Makes durable which names a directory has: of files that were made, renamed or removed in it.
///
/// A guest's own `File::sync_all` does nothing for a directory: its call goes through preview 1, which refuses one.
///
/// # Errors
/// The directory is not there, or the disk fails.
pub fn sync_directory(directory: &Path) -> io::Result<()> {
    host::sync(directory)
}

/// The names in a directory, in no order. One that is not UTF-8 cannot be opened by a guest: it is left out, and the log says so.
///
/// A guest's own `read_dir` breaks off at a file that somebody else renames or removes meanwhile, and asks the host twice for each
/// name.
///
/// # Errors
/// The directory is not there (`NotFound`) or is none, or the disk fails. Then no name is answered: those that are missing must not
/// look removed.
pub fn names(directory: &Path) -> io::Result<Vec<String>> {
    host::names(directory)
}

/// Natively, the standard library can.
#[cfg(not(target_family = "wasm"))]
mod host {
    use super::*;

    pub(super) fn sync(directory: &Path) -> io::Result<()> {
        std::fs::File::open(directory)?.sync_all()
    }

    pub(super) fn names(directory: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            match entry?.file_name().into_string() {
                Ok(name) => names.push(name),
                Err(name) => log::warn!("`{}` is not UTF-8 and is not shown", name.to_string_lossy()),
            }
        }
        Ok(names)
    }
}

#[cfg(target_family = "wasm")]
mod host {
    use wasip2::filesystem::preopens::get_directories;
    use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

    use super::*;

    /// How often a directory is read anew in which files are renamed meanwhile.
    const TRIES: usize = 10;

    pub(super) fn sync(directory: &Path) -> io::Result<()> {
        open(directory)?.sync().map_err(error)
    }

    pub(super) fn names(directory: &Path) -> io::Result<Vec<String>> {
        let opened = open(directory)?;
        let mut tries = 1;
        loop {
            match read(&opened) {
                // The host looks at each file that it names. One was renamed or removed just then, and its new name may be missing.
                Err(ErrorCode::NoEntry) if tries < TRIES => tries += 1,
                result => return result.map_err(error),
            }
        }
    }

    fn read(opened: &Descriptor) -> Result<Vec<String>, ErrorCode> {
        let (listing, mut names) = (opened.read_directory()?, Vec::new());
        while let Some(entry) = listing.read_directory_entry()? {
            names.push(entry.name);
        }
        Ok(names)
    }

    /// A directory in one of those that were granted: the innermost.
    fn open(directory: &Path) -> io::Result<Descriptor> {
        let granted = get_directories().into_iter().filter_map(|(root, name)| {
            let inside = directory.strip_prefix(&name).ok()?.to_str()?.to_owned();
            Some((name.len(), root, inside))
        });
        let (_, root, inside) =
            granted.max_by_key(|(length, ..)| *length).ok_or(io::ErrorKind::PermissionDenied)?;
        if inside.is_empty() {
            return Ok(root);
        }
        root.open_at(PathFlags::SYMLINK_FOLLOW, &inside, OpenFlags::DIRECTORY, DescriptorFlags::READ)
            .map_err(error)
    }

    /// The kinds that the standard library gives the same errors.
    fn error(code: ErrorCode) -> io::Error {
        let kind = match code {
            ErrorCode::NoEntry => io::ErrorKind::NotFound,
            ErrorCode::NotDirectory => io::ErrorKind::NotADirectory,
            ErrorCode::Access | ErrorCode::NotPermitted => io::ErrorKind::PermissionDenied,
            ErrorCode::ReadOnly => io::ErrorKind::ReadOnlyFilesystem,
            ErrorCode::InsufficientSpace => io::ErrorKind::StorageFull,
            ErrorCode::Quota => io::ErrorKind::QuotaExceeded,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, code.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_is_not_there_cannot_be_synchronised() {
        assert!(sync_directory(&std::env::temp_dir()).is_ok());
        assert!(sync_directory(Path::new("/no/such/directory")).is_err());
    }

    #[test]
    fn a_directory_that_is_not_there_has_no_names() {
        assert_eq!(names(Path::new("/no/such/directory")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
