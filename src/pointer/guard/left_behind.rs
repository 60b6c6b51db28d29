//! A guard's note of the buttons that are down, so that the next guard can release them if this one is killed.

use crate::system::private_folder::PrivateFolder;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// The suffix of a note's file name.
const END: &str = ".held";

/// A guard's note: the display and the buttons that are down. The guard keeps it locked while it lives, so that another
/// process with the same process number is not mistaken for it.
pub(super) struct Note {
    folder: PrivateFolder,
    name: String,
    file: File,
    display: String,
}

impl Note {
    /// Creates the note of this process, which guards buttons on this display.
    ///
    /// # Errors
    /// The system's error if the file cannot be created or locked.
    pub(super) fn open(display: String) -> io::Result<Self> {
        Self::open_in(PrivateFolder::make()?, std::process::id(), display)
    }

    fn open_in(folder: PrivateFolder, number: u32, display: String) -> io::Result<Self> {
        let name = format!("{number}{END}");
        let file = folder.file(&name)?;
        file.try_lock()?;
        Ok(Self {
            folder,
            name,
            file,
            display,
        })
    }

    /// Writes which buttons are down.
    ///
    /// # Errors
    /// The system's error if the file cannot be written.
    pub(super) fn write(&self, bits: u8) -> io::Result<()> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        file.set_len(0)?;
        file.write_all(format!("{bits} {}", self.display).as_bytes())
    }

    /// Buttons that guards of this display left down when they were killed, one entry per guard. Removes their notes.
    ///
    /// # Errors
    /// The system's error if the folder cannot be read.
    pub(super) fn left_behind(&self) -> io::Result<Vec<u8>> {
        let mut left = Vec::new();
        for name in self.folder.names()? {
            if name.ends_with(END) && name != self.name {
                left.extend(self.take(&name));
            }
        }
        Ok(left)
    }

    /// The buttons in a note, if its guard has ended and left any down on this display.
    fn take(&self, name: &str) -> Option<u8> {
        let mut file = self.folder.file(name).ok()?;
        // If the lock is taken, that guard is still alive.
        file.try_lock().ok()?;
        let mut text = String::new();
        // An unreadable note counts as empty.
        let _ = file.read_to_string(&mut text);
        let parsed = text
            .split_once(' ')
            .map(|(bits, display)| (bits.parse(), display));
        let (bits, display) = match parsed {
            Some((Ok(bits), display)) => (bits, display),
            _ => (0, ""),
        };
        // Buttons on another display are left to a guard there.
        let is_elsewhere = bits != 0 && display != self.display;
        if !is_elsewhere {
            self.folder.remove(name);
        }
        (bits != 0 && !is_elsewhere).then_some(bits)
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        self.folder.remove(&self.name);
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn note(path: &Path, number: u32, display: &str) -> Note {
        let folder = PrivateFolder::make_at(path).unwrap();
        Note::open_in(folder, number, display.into()).unwrap()
    }

    /// Acts as if the guard was killed: the lock is gone, and the note stays.
    fn killed(path: &Path, note: Note) {
        let place = path.join(&note.name);
        let text = std::fs::read(&place).unwrap();
        drop(note);
        std::fs::write(place, text).unwrap();
    }

    #[test]
    fn only_buttons_of_killed_guards_on_this_display_are_left_behind() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run");
        let (alive, elsewhere, dead, clean) = (
            note(&path, 1, ":1"),
            note(&path, 2, ":2"),
            note(&path, 3, ":1"),
            note(&path, 4, ":1"),
        );
        alive.write(1).unwrap();
        elsewhere.write(2).unwrap();
        dead.write(4).unwrap();
        dead.write(5).unwrap();
        clean.write(1).unwrap();
        clean.write(0).unwrap();
        killed(&path, elsewhere);
        killed(&path, dead);
        drop(clean);
        std::fs::write(path.join("7.held"), [0xff, 0]).unwrap();
        let new = note(&path, 8, ":1");
        assert_eq!(new.left_behind().unwrap(), [5]);
        // Only once.
        assert_eq!(new.left_behind().unwrap(), [0_u8; 0]);
        assert_eq!(new.folder.names().unwrap(), ["1.held", "2.held", "8.held"]);
        let there = note(&path, 9, ":2");
        assert_eq!(there.left_behind().unwrap(), [2]);
    }
}
