//! The granted directories of a store: the owner's, or stand-ins for as long as the store is nobody's.

use std::os::fd::{AsFd as _, AsRawFd as _};

use cap_std::ambient_authority;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::filesystem::{Descriptor, Dir, WasiFilesystemCtxView};
use wasmtime_wasi::p2::bindings::filesystem::preopens::Host as _;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder};

use crate::grant::{DirectoryGrant, GrantError};
use crate::index::Owner;
use crate::manifest::Access;

/// Opens the owner's directory through its capability, and hands WASI that very directory: its name is not looked up a second
/// time.
///
/// # Errors
/// The directory cannot be opened.
pub(super) fn preopen(
    wasi: &mut WasiCtxBuilder,
    grant: &DirectoryGrant,
    owner: &Owner,
) -> Result<(), GrantError> {
    hand(wasi, grant, &grant.open(owner.as_str())?)
}

/// Hands WASI a directory in place of the granted one. It is empty and stays empty, whatever a guest is allowed to do in it,
/// since it is deleted; and it is another one each time, so that [`give`] knows it again.
///
/// # Errors
/// There is no room for a temporary directory.
pub(super) fn preopen_stand_in(wasi: &mut WasiCtxBuilder, grant: &DirectoryGrant) -> Result<(), GrantError> {
    let made = tempfile::Builder::new().prefix("mapistore-nobody-").tempdir().map_err(failed)?;
    let dir = cap_std::fs::Dir::open_ambient_dir(made.path(), ambient_authority()).map_err(failed)?;
    made.close().map_err(failed)?;
    hand(wasi, grant, &dir)
}

fn hand(wasi: &mut WasiCtxBuilder, grant: &DirectoryGrant, dir: &cap_std::fs::Dir) -> Result<(), GrantError> {
    let perms = match grant.access {
        Access::ReadOnly => wasmtime_wasi::FsPerms::ReadOnly,
        Access::ReadWrite => wasmtime_wasi::FsPerms::ReadWrite,
    };
    let same_directory = format!("/proc/self/fd/{}", dir.as_raw_fd());
    wasi.preopened_dir(same_directory, &grant.guest, perms).map_err(|error| GrantError::Open {
        host: grant.host(),
        source: std::io::Error::other(format!("{error:#}")),
    })?;
    Ok(())
}

/// Puts the directories of `granted` where the guest has those of `stand_ins` open: a language's runtime asks for its
/// directories once, and remembers their handles.
///
/// # Errors
/// One of them cannot be told from the others.
pub(super) fn give(
    table: &mut ResourceTable,
    stand_ins: &mut WasiCtx,
    granted: &mut WasiCtx,
) -> Result<(), GrantError> {
    let pairs = preopened(stand_ins).and_then(|stand_ins| Ok((stand_ins, preopened(granted)?)));
    let (stand_ins, granted) =
        pairs.map_err(|error| std::io::Error::other(format!("{error:#}"))).map_err(failed)?;
    let known: Vec<_> = stand_ins.iter().map(identity).collect::<Result<_, _>>().map_err(failed)?;
    for entry in table.iter_mut() {
        let Some(Descriptor::Dir(open)) = entry.downcast_mut::<Descriptor>() else { continue };
        // It may have been opened once more, as `.`.
        let identity = identity(open).map_err(failed)?;
        if let Some((_, granted)) = known.iter().zip(&granted).find(|(known, _)| **known == identity) {
            open.clone_from(granted);
        }
    }
    Ok(())
}

/// What WASI hands a guest that asks for its directories.
fn preopened(wasi: &mut WasiCtx) -> wasmtime::Result<Vec<Dir>> {
    let mut table = ResourceTable::new();
    let handed = WasiFilesystemCtxView { ctx: wasi.filesystem(), table: &mut table }.get_directories()?;
    let mut directories = Vec::new();
    for (handle, _) in handed {
        if let Descriptor::Dir(dir) = table.delete(handle)? {
            directories.push(dir);
        }
    }
    Ok(directories)
}

fn identity(dir: &Dir) -> std::io::Result<(u64, u64)> {
    let status = rustix::fs::fstat(dir.dir.as_fd())?;
    Ok((status.st_dev, status.st_ino))
}

fn failed(source: std::io::Error) -> GrantError {
    GrantError::Open { host: std::env::temp_dir(), source }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::grant::{self, Allowance};

    fn grants(base: &std::path::Path, guests: &[&str]) -> Vec<DirectoryGrant> {
        let allow = |guest: &&str| Allowance {
            host: base.join(guest.trim_start_matches('/')).join("{owner}"),
            guest: (*guest).to_owned(),
            access: Access::ReadWrite,
        };
        grant::directories(None, &guests.iter().map(allow).collect::<Vec<_>>()).unwrap()
    }

    fn text(dir: &Dir, name: &str) -> std::io::Result<String> {
        let mut text = String::new();
        let file =
            rustix::fs::openat(&*dir.dir, name, rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty())?;
        std::fs::File::from(file).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn a_store_that_is_given_to_an_owner_has_their_directories_where_it_had_stand_ins() {
        let base = tempfile::tempdir().unwrap();
        for guest in ["mail", "notes"] {
            std::fs::create_dir_all(base.path().join(guest).join("alice")).unwrap();
            std::fs::write(base.path().join(guest).join("alice/kind"), guest).unwrap();
        }
        let (grants, alice) = (grants(base.path(), &["/mail", "/notes"]), Owner::parse("alice").unwrap());
        let (mut nobodys, mut alices) = (WasiCtxBuilder::new(), WasiCtxBuilder::new());
        for grant in &grants {
            preopen_stand_in(&mut nobodys, grant).unwrap();
            preopen(&mut alices, grant, &alice).unwrap();
        }
        let (mut nobodys, mut alices) = (nobodys.build(), alices.build());
        let mut table = ResourceTable::new();
        let mut open =
            || WasiFilesystemCtxView { ctx: nobodys.filesystem(), table: &mut table }.get_directories();
        // The first is asked for twice, and what was let go of is not there.
        let (first, second) = (open().unwrap(), open().unwrap());
        let elsewhere = std::fs::File::open(base.path()).unwrap();
        let Descriptor::Dir(mut other) = table.get(&first[0].0).unwrap().clone() else { panic!() };
        other.dir = std::sync::Arc::new(elsewhere);
        let other = table.push(Descriptor::Dir(other)).unwrap();
        for ((handle, name), expected) in first.iter().zip(["/mail", "/notes"]) {
            let Descriptor::Dir(dir) = table.get(handle).unwrap() else { panic!() };
            assert_eq!(name, expected);
            assert_eq!(text(dir, "kind").unwrap_err().kind(), std::io::ErrorKind::NotFound);
            let made = rustix::fs::mkdirat(&*dir.dir, "made", rustix::fs::Mode::RWXU);
            assert_eq!(made, Err(rustix::io::Errno::NOENT), "nothing can be left there for whoever comes");
        }
        give(&mut table, &mut nobodys, &mut alices).unwrap();
        for handed in [first, second] {
            for ((handle, _), expected) in handed.iter().zip(["mail", "notes"]) {
                let Descriptor::Dir(dir) = table.get(handle).unwrap() else { panic!() };
                assert_eq!(text(dir, "kind").unwrap(), expected);
            }
        }
        let Descriptor::Dir(other) = table.get(&other).unwrap() else { panic!() };
        assert!(text(other, "kind").is_err(), "what is no stand-in stays");
    }
}
