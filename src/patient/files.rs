//! Files that only their owner can read: EEG, models, settings. The one place where files are replaced.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Replaces a file so that a reader, or a crash, sees the old one or the new one. The new one is on the disk when this returns, and
/// only its owner can read it. A device or a pipe is written to as it is.
///
/// # Errors
/// Where the folder cannot be written; nothing is left behind then.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if is_special(path) {
        return File::options().write(true).open(path)?.write_all(bytes);
    }
    if path.file_name().is_none() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no file name"));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Its name is unique and its mode 0600; where anything below fails, it is removed.
    let mut file = tempfile::Builder::new()
        .prefix(".bci-cursor-")
        .tempfile_in(folder)
        .map_err(|error| without_path(&error))?;
    // Not through the temporary file itself: its errors name a path that nobody knows.
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Makes a new file that only its owner can read. A device or a pipe is opened as it is.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where there is one, and what else the system says.
pub fn create_private(path: &Path) -> io::Result<File> {
    if is_special(path) {
        return File::options().write(true).open(path);
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder, and those above it that are missing, so that only its owner can open them.
///
/// # Errors
/// What the system says.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Takes all permissions of other users from a folder and all that is in it, as earlier versions left it. Links are not followed. How
/// many files and folders were changed.
///
/// # Errors
/// The first thing that could not be looked at or changed; the others are changed all the same.
pub fn make_private(folder: &Path) -> io::Result<usize> {
    let (mut changed, mut first_error) = (0, Ok(()));
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        let done = take_from_others(&path).and_then(|was_open| {
            changed += usize::from(was_open);
            for entry in std::fs::read_dir(&path)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    waiting.push(entry.path());
                } else if kind.is_file() {
                    changed += usize::from(take_from_others(&entry.path())?);
                }
            }
            Ok(())
        });
        first_error = first_error.and(done);
    }
    first_error.map(|()| changed)
}

/// Whether other users could do anything with it until now.
#[cfg(unix)]
fn take_from_others(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = std::fs::metadata(path)?.permissions();
    let mode = permissions.mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(false);
    }
    permissions.set_mode(mode & 0o700);
    std::fs::set_permissions(path, permissions)?;
    Ok(true)
}

#[cfg(not(unix))]
fn take_from_others(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// So that a new name in it outlives a crash.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A device or a pipe.
fn is_special(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|about| !about.is_file() && !about.is_dir())
}

/// What the system said, without the name of a temporary file that nobody knows.
fn without_path(error: &io::Error) -> io::Error {
    let cause = error.get_ref().and_then(std::error::Error::source);
    let code = cause
        .and_then(|cause| cause.downcast_ref::<io::Error>())
        .and_then(io::Error::raw_os_error);
    code.map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.json");
        write_atomically(&path, b"old").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = write_atomically(&folder.path().join("no/such/folder"), b"x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(!error.to_string().contains(".bci-cursor"), "{error}");
        assert!(write_atomically(folder.path(), b"x").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_what_is_made() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            let about = std::fs::symlink_metadata(folder.path().join(name)).unwrap();
            about.permissions().mode() & 0o777
        };
        let open = |name: &str, mode| {
            let path = folder.path().join(name);
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        create_private_folder(&folder.path().join("a/b")).unwrap();
        create_private(&folder.path().join("a/b/eeg")).unwrap();
        write_atomically(&folder.path().join("a/model"), b"x").unwrap();
        assert_eq!(
            ["a", "a/b", "a/b/eeg", "a/model"].map(mode),
            [0o700, 0o700, 0o600, 0o600]
        );

        std::fs::write(folder.path().join("outside"), b"x").unwrap();
        open("outside", 0o644);
        std::os::unix::fs::symlink(folder.path().join("outside"), folder.path().join("a/link"))
            .unwrap();
        for (name, mode) in [
            ("a", 0o755),
            ("a/b", 0o750),
            ("a/b/eeg", 0o666),
            ("a/model", 0o600),
        ] {
            open(name, mode);
        }
        assert_eq!(make_private(&folder.path().join("a")).unwrap(), 3);
        assert_eq!(
            ["a", "a/b", "a/b/eeg", "a/model"].map(mode),
            [0o700, 0o700, 0o600, 0o600]
        );
        assert_eq!(mode("outside"), 0o644);
        assert_eq!(make_private(&folder.path().join("a")).unwrap(), 0);
        // What was open to others before is replaced by a file that is not.
        open("a/model", 0o644);
        write_atomically(&folder.path().join("a/model"), b"y").unwrap();
        assert_eq!(mode("a/model"), 0o600);
    }
}
