//! A folder that only the user can access, shared by this user's running programs: it holds the names of the drivers'
//! pipes and the guard's notes.

use std::fs::File;
use std::io;
use std::path::PathBuf;

/// `bci-cursor\run` in the user's local application data, which Windows opens to this user, administrators and itself.
fn usual_path() -> io::Result<PathBuf> {
    let home = directories::BaseDirs::new();
    let home = home.ok_or_else(|| io::Error::other("there is no home directory"))?;
    Ok(home.data_local_dir().join("bci-cursor").join("run"))
}

/// A folder in the user's own data that is not a link.
#[derive(Debug)]
pub struct PrivateFolder {
    path: PathBuf,
}

impl PrivateFolder {
    /// Opens the usual folder, and creates it if it is missing.
    ///
    /// # Errors
    /// The system's error, or that the folder is a link.
    pub fn make() -> io::Result<Self> {
        let path = usual_path()?;
        std::fs::create_dir_all(&path)?;
        Self::open(path)
    }

    /// Opens the usual folder; `None` if it does not exist.
    ///
    /// # Errors
    /// As [`make`](Self::make).
    pub fn find() -> io::Result<Option<Self>> {
        match Self::open(usual_path()?) {
            Ok(folder) => Ok(Some(folder)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn open(path: PathBuf) -> io::Result<Self> {
        if !std::fs::symlink_metadata(&path)?.is_dir() {
            return Err(io::Error::other(format!(
                "{path:?} is not a folder (a link is not followed). Remove it"
            )));
        }
        Ok(Self { path })
    }

    /// A path to an entry of the folder.
    #[must_use]
    pub fn place(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The names of its entries, sorted.
    ///
    /// # Errors
    /// The system's error.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            names.extend(entry?.file_name().into_string().ok());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Opens a file in it, readable and writable. Creates it if it is missing.
    ///
    /// # Errors
    /// The system's error.
    pub fn file(&self, name: &str) -> io::Result<File> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        options.open(self.place(name))
    }

    /// Removes a file. Returns whether it existed.
    pub fn remove(&self, name: &str) -> bool {
        std::fs::remove_file(self.place(name)).is_ok()
    }
}
