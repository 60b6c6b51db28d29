//! Files that only their owner can read: EEG, models, settings. The only place that replaces files.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Replaces a file so that a reader, or a restart after a crash, finds either the old or the new version. When this
/// returns, the new file is on the disk, and only its owner can read it. Devices and pipes are written to directly.
///
/// # Errors
/// If the folder cannot be written. No temporary file remains.
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
    // The temporary file has a unique name and mode 0600, and is removed if anything below fails.
    let mut file = tempfile::Builder::new()
        .prefix(".bci-cursor-")
        .tempfile_in(folder)
        .map_err(|error| without_path(&error))?;
    // Written through `as_file_mut`, because errors of the temporary file would show its path, which means nothing to
    // the user.
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Creates a file that only its owner can read. Devices and pipes are opened directly.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if it exists, or another error of the system.
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

/// Creates a folder, with missing parents, that only its owner can open.
///
/// # Errors
/// The system's error.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Removes all permissions of other users from a folder and its contents, which earlier versions left readable. Links
/// are not followed. Returns how many files and folders were changed.
///
/// # Errors
/// The first file that could not be read or changed; the others are still changed.
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

/// Removes the permissions of other users. Returns whether there were any.
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

/// Makes a new name in the folder survive a crash.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether it is a device or a pipe.
fn is_special(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|about| !about.is_file() && !about.is_dir())
}

/// The system's error without the path of the temporary file, which means nothing to the user.
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
    fn a_file_is_replaced_as_a_whole_and_no_temporary_file_remains() {
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
    fn only_the_owner_can_read_new_files() {
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
        // A file that others could read is replaced by one that they cannot.
        open("a/model", 0o644);
        write_atomically(&folder.path().join("a/model"), b"y").unwrap();
        assert_eq!(mode("a/model"), 0o600);
    }
}
