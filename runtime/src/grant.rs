//! What a backend may reach: what it asks for, where the operator allows it. Everything else is denied.
//!
//! A directory is granted as a handle. `{owner}` in the operator's path stands for a directory that belongs to one
//! owner: it is made and opened below the part before it, through a capability, so that no owner's name can lead
//! anywhere else.

mod network;

use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::manifest::{Access, Request};

pub(crate) use network::toml_line;
pub use network::{NetworkAllowance, NetworkGrant};

/// Where an owner's own directory stands in a host path.
const OWNER: &str = "{owner}";

/// A directory that the operator allows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// The directory on the host. At most one whole component of it may be `{owner}`.
    pub host: PathBuf,
    /// The path that the guest sees.
    pub guest: String,
    /// What may be done there.
    #[serde(default = "read_write")]
    pub access: Access,
}

fn read_write() -> Access {
    Access::ReadWrite
}

/// A directory that is both asked for and allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DirectoryGrant {
    /// Up to and without `{owner}`.
    base: PathBuf,
    /// After `{owner}`; none if the path has no `{owner}`, and all owners share it.
    below_owner: Option<PathBuf>,
    /// The path that the guest sees.
    pub guest: String,
    /// What may be done there: the lesser of what is asked for and what is allowed.
    pub access: Access,
}

/// Why a grant cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// An allowance has no meaning.
    #[error("`{}` {problem}", host.display())]
    Path {
        /// The path on the host.
        host: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A guest path is no absolute path.
    #[error("guest path `{0}` is not absolute, or has `..` in it")]
    Guest(String),
    /// The backend asks for a directory that nobody allows.
    #[error("the backend asks for the directory `{guest}` ({reason}), and nothing allows it")]
    NotAllowed {
        /// The guest's path.
        guest: String,
        /// The author's reason.
        reason: String,
    },
    /// The backend asks for a place on the network that nobody allows.
    #[error("the backend asks for `{place}` on the network ({reason}), and nothing allows it")]
    PlaceNotAllowed {
        /// The place.
        place: NetworkAllowance,
        /// The author's reason.
        reason: String,
    },
    /// A place has no port.
    #[error("`{place}` has the port 0, and a port is 1 to 65535")]
    Port {
        /// The place.
        place: NetworkAllowance,
    },
    /// The directory cannot be opened.
    #[error("cannot open the directory `{}`", host.display())]
    Open {
        /// The path on the host.
        host: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Puts together what is asked for and what is allowed. Without a request (a component without a manifest cannot ask)
/// the operator's word alone counts. What is allowed and not asked for is not granted.
///
/// # Errors
/// A path has no meaning, or a directory is asked for that is not allowed.
pub(crate) fn directories(
    request: Option<&Request>,
    allowed: &[Allowance],
) -> Result<Vec<DirectoryGrant>, GrantError> {
    for allowance in allowed {
        check_guest_path(&allowance.guest)?;
    }
    let Some(request) = request else {
        return allowed.iter().map(|allowance| grant(allowance, allowance.access)).collect();
    };
    let mut grants = Vec::new();
    for wanted in &request.directory {
        check_guest_path(&wanted.guest)?;
        let allowance =
            allowed.iter().find(|allowance| allowance.guest == wanted.guest).ok_or_else(|| {
                GrantError::NotAllowed { guest: wanted.guest.clone(), reason: wanted.reason.clone() }
            })?;
        grants.push(grant(allowance, allowance.access.min(wanted.access))?);
    }
    Ok(grants)
}

fn check_guest_path(guest: &str) -> Result<(), GrantError> {
    let fine = guest.starts_with('/') && !guest.contains('\0') && guest.split('/').all(|part| part != "..");
    if fine { Ok(()) } else { Err(GrantError::Guest(guest.to_owned())) }
}

fn grant(allowance: &Allowance, access: Access) -> Result<DirectoryGrant, GrantError> {
    let problem = |problem| GrantError::Path { host: allowance.host.clone(), problem };
    if !allowance.host.is_absolute() {
        return Err(problem("is not an absolute path"));
    }
    let mut base = PathBuf::new();
    let mut below_owner = None;
    for component in allowance.host.components() {
        let text = component.as_os_str().to_string_lossy();
        if component == std::path::Component::ParentDir {
            return Err(problem("has `..` in it"));
        } else if text == OWNER && below_owner.is_none() {
            below_owner = Some(PathBuf::new());
        } else if text.contains(OWNER) {
            return Err(problem("may have `{owner}` once, as a whole directory name"));
        } else {
            below_owner.as_mut().unwrap_or(&mut base).push(component);
        }
    }
    Ok(DirectoryGrant { base, below_owner, guest: allowance.guest.clone(), access })
}

impl DirectoryGrant {
    /// The operator's path.
    pub fn host(&self) -> PathBuf {
        match &self.below_owner {
            None => self.base.clone(),
            Some(below) => self.base.join(OWNER).join(below),
        }
    }

    /// True if each owner gets a directory of their own.
    pub fn is_per_owner(&self) -> bool {
        self.below_owner.is_some()
    }

    /// Opens the directory for an owner, and makes theirs if it is not there.
    ///
    /// # Errors
    /// The base is missing, or the system refuses.
    pub fn open(&self, owner: &str) -> Result<Dir, GrantError> {
        // The base has to be there: what is made below it belongs to owners.
        let base = Dir::open_ambient_dir(&self.base, ambient_authority())
            .map_err(|source| GrantError::Open { host: self.base.clone(), source })?;
        let open = |source| GrantError::Open { host: self.host(), source };
        let Some(below) = &self.below_owner else { return Ok(base) };
        let path = Path::new(&owner_directory_name(owner)).join(below);
        base.create_dir_all(&path).map_err(open)?;
        base.open_dir(&path).map_err(open)
    }
}

/// The name of an owner's directory: one path component, different for different owners, and readable where the
/// owner's name is.
///
/// Letters, digits and `@ . _ + - =` stand for themselves (a `.` not in front), every other byte as `%` and two hex
/// digits. What would be longer than 200 bytes is cut, and ends in `%` and the SHA-256 of the whole name; the empty
/// name is `%`. Neither can come from another owner, since no escape ends like that.
pub fn owner_directory_name(owner: &str) -> String {
    const MAX_BYTES: usize = 200;
    let mut name = String::new();
    for (position, byte) in owner.bytes().enumerate() {
        let plain =
            byte.is_ascii_alphanumeric() || b"@_+-=".contains(&byte) || (byte == b'.' && position > 0);
        if plain {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02x}"));
        }
    }
    if name.is_empty() {
        return "%".into();
    }
    if name.len() > MAX_BYTES {
        let digest = Sha256::digest(owner.as_bytes());
        name.truncate(MAX_BYTES - 65);
        name.push('%');
        name.extend(digest.iter().map(|byte| format!("{byte:02x}")));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::DirectoryRequest;

    fn request(access: Access) -> Request {
        let directory = vec![DirectoryRequest { guest: "/mail".into(), access, reason: "mail".into() }];
        Request { directory, ..Request::default() }
    }

    fn allowance(host: &str, access: Access) -> Allowance {
        Allowance { host: host.into(), guest: "/mail".into(), access }
    }

    #[test]
    fn the_lesser_access_is_granted() {
        let asked_less =
            directories(Some(&request(Access::ReadOnly)), &[allowance("/srv/{owner}", Access::ReadWrite)]);
        assert_eq!(asked_less.unwrap()[0].access, Access::ReadOnly);
        let allowed_less =
            directories(Some(&request(Access::ReadWrite)), &[allowance("/srv", Access::ReadOnly)]);
        assert_eq!(allowed_less.unwrap()[0].access, Access::ReadOnly);
    }

    #[test]
    fn what_is_asked_for_and_not_allowed_is_an_error_that_gives_the_reason() {
        let error = directories(Some(&request(Access::ReadOnly)), &[]).unwrap_err();
        assert!(error.to_string().contains("/mail") && error.to_string().contains("(mail)"), "{error}");
    }

    #[test]
    fn what_is_allowed_and_not_asked_for_is_not_granted() {
        let nothing = Request::default();
        let grants = directories(Some(&nothing), &[allowance("/srv", Access::ReadWrite)]).unwrap();
        assert_eq!(grants, []);
    }

    #[test]
    fn strange_host_paths_are_refused() {
        for host in ["srv", "/srv/../etc", "/srv/x{owner}", "/srv/{owner}/{owner}"] {
            let error = directories(None, &[allowance(host, Access::ReadOnly)]).unwrap_err();
            assert!(error.to_string().contains(host), "{error}");
        }
    }

    #[test]
    fn every_owner_has_one_directory_of_their_own() {
        let long = "x".repeat(300);
        let long_too = format!("{long}y");
        let owners =
            ["", ".", "..", "...", "a/b", "a%2fb", "a", "A", "é", "%", "a\0b", "-", &long, &long_too];
        let mut names: Vec<_> = owners.iter().map(|owner| owner_directory_name(owner)).collect();
        for name in &names {
            assert!(!name.is_empty() && name.len() <= 255 && !name.starts_with('.'), "{name}");
            assert!(!name.contains(['/', '\0']), "{name}");
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), owners.len());
    }

    #[test]
    fn the_owners_directory_is_below_the_base_whatever_the_owner_is_called() {
        let base = tempfile::tempdir().unwrap();
        let host = base.path().join("mail/{owner}/Maildir");
        std::fs::create_dir(base.path().join("mail")).unwrap();
        let grants = directories(None, &[allowance(host.to_str().unwrap(), Access::ReadWrite)]).unwrap();
        for owner in ["alice", "..", "a/b", "", &"z".repeat(300)] {
            let dir = grants[0].open(owner).unwrap();
            dir.write("here", owner).unwrap();
            let path = base.path().join("mail").join(owner_directory_name(owner)).join("Maildir/here");
            assert_eq!(std::fs::read_to_string(path).unwrap(), *owner);
        }
        assert_eq!(std::fs::read_dir(base.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_symbolic_link_in_the_owners_place_cannot_lead_out_of_the_base() {
        let base = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), base.path().join("mallory")).unwrap();
        let host = base.path().join("{owner}");
        let grants = directories(None, &[allowance(host.to_str().unwrap(), Access::ReadWrite)]).unwrap();
        assert!(grants[0].open("mallory").is_err());
    }
}
