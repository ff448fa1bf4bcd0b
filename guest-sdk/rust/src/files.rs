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
    sync(directory)
}

#[cfg(not(target_family = "wasm"))]
fn sync(directory: &Path) -> io::Result<()> {
    std::fs::File::open(directory)?.sync_all()
}

#[cfg(target_family = "wasm")]
fn sync(directory: &Path) -> io::Result<()> {
    use wasip2::filesystem::preopens::get_directories;
    use wasip2::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};

    let granted = get_directories().into_iter().filter_map(|(root, name)| {
        let inside = directory.strip_prefix(&name).ok()?.to_str()?.to_owned();
        Some((name.len(), root, inside))
    });
    let (_, root, inside) =
        granted.max_by_key(|(length, ..)| *length).ok_or(io::ErrorKind::PermissionDenied)?;
    if inside.is_empty() {
        return root.sync().map_err(|code| io::Error::other(code.name()));
    }
    root.open_at(PathFlags::empty(), &inside, OpenFlags::DIRECTORY, DescriptorFlags::READ)
        .and_then(|directory| directory.sync())
        .map_err(|code| io::Error::other(code.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_is_not_there_cannot_be_synchronised() {
        assert!(sync_directory(&std::env::temp_dir()).is_ok());
        assert!(sync_directory(Path::new("/no/such/directory")).is_err());
    }
}
