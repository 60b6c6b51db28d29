//! A folder that only the user can access, shared by this user's running programs: it holds the driver's socket and the
//! guard's notes.

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// `bci-cursor` in the runtime directory, or in the data directory if there is no runtime directory.
fn usual_path() -> io::Result<PathBuf> {
    let home = directories::BaseDirs::new();
    let home = home.ok_or_else(|| io::Error::other("there is no home directory"))?;
    let runtime = home.runtime_dir().map(|folder| folder.join("bci-cursor"));
    Ok(runtime.unwrap_or_else(|| home.data_dir().join("bci-cursor/run")))
}

/// A folder that belongs to this user, that nobody else can enter, and that is not a symbolic link. It is held open, so
/// that a folder created later under the same name is never mistaken for it.
#[derive(Debug)]
pub struct PrivateFolder {
    folder: OwnedFd,
    path: PathBuf,
}

impl PrivateFolder {
    /// Opens the usual folder, and creates it if it is missing.
    ///
    /// # Errors
    /// The system's error, or that the folder belongs to another user or is a symbolic link.
    pub fn make() -> io::Result<Self> {
        Self::make_at(&usual_path()?)
    }

    /// Opens the usual folder; `None` if it does not exist.
    ///
    /// # Errors
    /// As [`make`](Self::make).
    pub fn find() -> io::Result<Option<Self>> {
        Self::find_at(&usual_path()?)
    }

    pub(crate) fn make_at(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Self::open(path)
    }

    pub(crate) fn find_at(path: &Path) -> io::Result<Option<Self>> {
        match Self::open(path) {
            Ok(folder) => Ok(Some(folder)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn open(path: &Path) -> io::Result<Self> {
        let refuse = |why: String| {
            let advice = "Remove it, or name another folder in XDG_RUNTIME_DIR";
            io::Error::other(format!("{path:?} {why}. {advice}"))
        };
        let about = rustix::fs::lstat(path)?;
        if FileType::from_raw_mode(about.st_mode) != FileType::Directory {
            return Err(refuse(
                "is not a folder (a symbolic link is not followed)".into(),
            ));
        }
        // The folder may have been replaced since.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty())?;
        let (about, own) = (rustix::fs::fstat(&folder)?, rustix::process::geteuid());
        if about.st_uid != own.as_raw() {
            let owner = about.st_uid;
            return Err(refuse(format!(
                "belongs to user {owner}, not to user {}",
                own.as_raw()
            )));
        }
        if about.st_mode & 0o077 != 0 {
            rustix::fs::fchmod(&folder, Mode::RWXU)?;
        }
        let path = path.to_owned();
        Ok(Self { folder, path })
    }

    /// A path to an entry of the folder, for functions that take only paths. On Linux it goes through the open folder.
    #[must_use]
    pub fn place(&self, name: &str) -> PathBuf {
        let through = PathBuf::from(format!("/proc/self/fd/{}", self.folder.as_raw_fd()));
        if cfg!(target_os = "linux") && through.exists() {
            through.join(name)
        } else {
            self.path.join(name)
        }
    }

    /// The names of its entries, sorted.
    ///
    /// # Errors
    /// The system's error.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.folder)? {
            names.extend(entry?.file_name().to_str().ok().map(str::to_owned));
        }
        names.retain(|name| name != "." && name != "..");
        names.sort_unstable();
        Ok(names)
    }

    /// Opens a file in it, readable and writable by this user only. Creates it if it is missing.
    ///
    /// # Errors
    /// The system's error.
    pub fn file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        Ok(rustix::fs::openat(&self.folder, name, flags, mode)?.into())
    }

    /// Removes a file. Returns whether it existed.
    pub fn remove(&self, name: &str) -> bool {
        rustix::fs::unlinkat(&self.folder, name, AtFlags::empty()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_the_user_can_enter_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run/bci-cursor");
        assert!(PrivateFolder::find_at(&path).unwrap().is_none());
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        PrivateFolder::make_at(&path).unwrap();
        assert_eq!(mode(), 0o700);
        // A folder that others could enter is closed to them.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
        let folder = PrivateFolder::find_at(&path).unwrap().unwrap();
        assert_eq!(mode(), 0o700);
        folder.file("b").unwrap();
        folder.file("a").unwrap();
        assert_eq!(folder.names().unwrap(), ["a", "b"]);
        assert!(folder.place("a").exists() && folder.remove("a") && !folder.remove("a"));
    }

    #[test]
    fn a_link_and_a_folder_of_another_user_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let (real, link) = (home.path().join("real"), home.path().join("link"));
        std::fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        for tried in [
            PrivateFolder::make_at(&link).err(),
            PrivateFolder::find_at(&link).err(),
        ] {
            let message = tried.unwrap().to_string();
            assert!(message.contains("symbolic link"), "{message}");
        }
        // The root folder belongs to root; root gives one away.
        let others = if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&real, Some(65_534), None).unwrap();
            real
        } else {
            PathBuf::from("/")
        };
        let message = PrivateFolder::make_at(&others).unwrap_err().to_string();
        assert!(message.contains("belongs to user"), "{message}");
    }

    #[test]
    fn a_replaced_folder_is_not_mistaken_for_the_open_one() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run");
        let folder = PrivateFolder::make_at(&path).unwrap();
        folder.file("mine").unwrap();
        std::fs::rename(&path, home.path().join("away")).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(folder.names().unwrap(), ["mine"]);
        #[cfg(target_os = "linux")]
        assert!(folder.place("mine").exists());
    }
}
