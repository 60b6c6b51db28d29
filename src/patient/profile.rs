//! A patient's own settings, `profile.toml`, with their history.

mod error;
mod flicker;
mod models;
mod text;

pub use error::{ProfileError, ProfileFault};
pub use flicker::FlickerConsent;

use crate::patient::files;
use crate::patient::store::{self, StoreError};
use crate::settings::{Settings, SettingsError};
use crate::system::clock;
use crate::time::HostNanos;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use text::{no_toml, profile_of};

/// How many changes can be undone.
const HISTORY: usize = 16;
/// Files in a patient's folder.
const PROFILE: &str = "profile.toml";
const HISTORY_FILE: &str = "profile-history.toml";
const LOCK: &str = "profile.lock";
/// How long to wait for another process that is writing, and how often to check, nanoseconds.
const LOCK_WAIT_NS: i64 = 10_000_000_000;
const LOCK_LOOK_NS: i64 = 5_000_000;

/// The content of a profile. Settings with default values may be left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    /// The file in `models/` that is in use; `None` for a starter.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// The same for the response to codes; `None` for none, or one that an earlier version has stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    looking: Option<String>,
    /// When flickering tags were allowed, and when flicker above the usual thresholds was.
    #[serde(skip_serializing_if = "Option::is_none")]
    flicker_allowed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flicker_above_thresholds: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

/// The content of the history file, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Past {
    past: VecDeque<Stored>,
}

/// A patient's settings with their history. Several processes may open the same profile: each changes only the
/// requested settings, in the file's current version.
#[derive(Debug)]
pub struct Profile {
    /// Its folder; `None` if the user has no data folder.
    folder: Option<PathBuf>,
    /// The profile in use here.
    now: Stored,
    /// The file's content when it was last read or written here.
    kept: Stored,
    past: VecDeque<Stored>,
    stamp: Stamp,
}

/// Identifies a version of the file: modification time, size and inode number, if there is one.
type Stamp = Option<(SystemTime, u64, u64)>;

impl Profile {
    /// Opens a patient's profile. Without one, every setting has its default value.
    ///
    /// # Errors
    /// [`ProfileError`] if there is a profile that cannot be used.
    pub fn open(patient: &str) -> Result<Self, ProfileError> {
        match store::patient(patient) {
            Ok(folder) => Self::in_folder(folder),
            Err(StoreError::NoHome) => Ok(Self {
                folder: None,
                now: Stored::default(),
                kept: Stored::default(),
                past: VecDeque::new(),
                stamp: None,
            }),
            Err(error) => Err(error.into()),
        }
    }

    fn in_folder(folder: PathBuf) -> Result<Self, ProfileError> {
        let (now, past, stamp) = read_all(&folder)?;
        Ok(Self {
            folder: Some(folder),
            kept: now.clone(),
            now,
            past,
            stamp,
        })
    }

    /// The settings in use.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.now.settings
    }

    /// Reads changes by other processes since the last call. Returns whether there were any.
    ///
    /// # Errors
    /// [`ProfileError`] if the file cannot be used. The settings in use stay the same.
    pub fn refresh(&mut self) -> Result<bool, ProfileError> {
        let Some(folder) = self.folder.clone() else {
            return Ok(false);
        };
        if stamp_of(&folder.join(PROFILE)) == self.stamp {
            return Ok(false);
        }
        self.take_in(&folder)
    }

    /// Reads the files. Changes made here that were never stored are kept.
    fn take_in(&mut self, folder: &Path) -> Result<bool, ProfileError> {
        // An unusable file is reported once, not at every check.
        self.stamp = stamp_of(&folder.join(PROFILE));
        let (theirs, past, stamp) = read_all(folder)?;
        let next = Stored {
            model: changed(&self.kept.model, &self.now.model, &theirs.model),
            looking: changed(&self.kept.looking, &self.now.looking, &theirs.looking),
            settings: merged(&self.kept.settings, &self.now.settings, &theirs.settings)?,
            ..flicker::of_either(&self.kept, &self.now, &theirs)
        };
        let is_other = next != self.now;
        (self.now, self.kept, self.past, self.stamp) = (next, theirs, past, stamp);
        Ok(is_other)
    }

    /// Changes settings (`control.dwell.time_ms=900`), all or none, and stores them. Returns the settings right before
    /// the change, including changes by other processes.
    ///
    /// # Errors
    /// [`ProfileError::Settings`] if a value is not allowed: then nothing is changed. [`ProfileError::Write`] if they
    /// cannot be stored.
    pub fn change<T: AsRef<str>>(&mut self, assignments: &[T]) -> Result<Settings, ProfileError> {
        // Checked first, so that a wrong assignment does not create a folder.
        self.now.settings.with(assignments)?;
        let mut before = self.now.settings;
        self.edit(|now, past| {
            before = now.settings;
            let next = Stored {
                settings: now.settings.with(assignments)?,
                ..now.clone()
            };
            become_next(now, past, next);
            Ok(())
        })?;
        Ok(before)
    }

    /// Undoes the last change. Returns the settings right before, including changes by other processes.
    ///
    /// # Errors
    /// [`ProfileError::NoPast`] if there is no change to undo; [`ProfileError::Write`] as above.
    pub fn back(&mut self) -> Result<Settings, ProfileError> {
        if self.past.is_empty() {
            self.refresh()?;
        }
        if self.past.is_empty() {
            return Err(ProfileError::NoPast);
        }
        let mut before = self.now.settings;
        self.edit(|now, past| {
            before = now.settings;
            let before = past.pop_back().ok_or(ProfileError::NoPast)?;
            *now = flicker::kept(now, before);
            Ok(())
        })?;
        Ok(before)
    }

    /// The patient's name; `None` if the user has no data folder.
    #[must_use]
    pub fn patient(&self) -> Option<&str> {
        self.folder.as_ref()?.file_name()?.to_str()
    }

    /// Reads the file again, changes it and writes it, while other processes are locked out. If it cannot be written,
    /// the change still takes effect here.
    fn edit(
        &mut self,
        change: impl FnOnce(&mut Stored, &mut VecDeque<Stored>) -> Result<(), ProfileError>,
    ) -> Result<(), ProfileError> {
        let folder = self.folder.clone().ok_or(StoreError::NoHome);
        let locked = folder.map_err(ProfileError::from).and_then(|folder| {
            let lock = lock(&folder)?;
            Ok((folder, lock))
        });
        if let Ok((folder, _)) = &locked {
            self.take_in(folder)?;
        }
        change(&mut self.now, &mut self.past)?;
        // The lock is released when its file is closed at the end of this function.
        let (folder, _lock) = locked?;
        if self.now == self.kept {
            return Ok(());
        }
        let past = Past {
            past: self.past.clone(),
        };
        write(&folder.join(HISTORY_FILE), &past)?;
        write(&folder.join(PROFILE), &self.now)?;
        self.kept = self.now.clone();
        self.stamp = stamp_of(&folder.join(PROFILE));
        Ok(())
    }
}

fn become_next(now: &mut Stored, past: &mut VecDeque<Stored>, next: Stored) {
    if *now == next {
        return;
    }
    while past.len() >= HISTORY {
        past.pop_front();
    }
    past.push_back(std::mem::replace(now, next));
}

/// A value that was changed here, or else another process's.
fn changed(base: &Option<String>, own: &Option<String>, theirs: &Option<String>) -> Option<String> {
    if own == base { theirs } else { own }.clone()
}

/// Another process's settings, with the changes made here applied to them.
fn merged(base: &Settings, own: &Settings, theirs: &Settings) -> Result<Settings, SettingsError> {
    let changed = own.changes_since(base).into_iter();
    theirs.with(changed.map(|(setting, [_, value])| format!("{}={value}", setting.path)))
}

/// Locks the profile until the returned file is closed.
fn lock(folder: &Path) -> Result<File, ProfileError> {
    store::make(folder)?;
    let path = folder.join(LOCK);
    let failed = |cause| ProfileError::Write {
        path: folder.join(PROFILE),
        cause,
    };
    let file = match files::create_private(&path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            File::options().write(true).open(&path)
        }
        made => made,
    };
    let file = file.map_err(failed)?;
    let end = HostNanos(clock::now().0.saturating_add(LOCK_WAIT_NS));
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if clock::now() < end => {
                clock::wait_until(HostNanos(clock::now().0 + LOCK_LOOK_NS));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(failed(io::Error::new(
                    io::ErrorKind::WouldBlock,
                    "another bci-cursor is changing it and does not finish",
                )));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}

fn stamp_of(path: &Path) -> Stamp {
    let about = path.metadata().ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&about);
    #[cfg(not(unix))]
    let number = 0;
    Some((about.modified().ok()?, about.len(), number))
}

/// A folder's profile, its history, and the stamp of the file.
fn read_all(folder: &Path) -> Result<(Stored, VecDeque<Stored>, Stamp), ProfileError> {
    let path = folder.join(PROFILE);
    let stamp = stamp_of(&path);
    let now = read(&path, profile_of)?;
    let past: Past = read(&folder.join(HISTORY_FILE), |text| {
        toml::from_str(text).map_err(|error| no_toml(text, error))
    })?;
    for stored in past.past.iter().chain([&now]) {
        models::check(folder, stored)?;
    }
    Ok((now, past.past, stamp))
}

/// Reads a file and parses its text; returns the default if there is no file.
fn read<T: Default>(
    path: &Path,
    parse: impl FnOnce(&str) -> Result<T, ProfileFault>,
) -> Result<T, ProfileError> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text).map_err(|fault| ProfileError::Malformed {
            path: path.to_owned(),
            fault,
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        Err(cause) => Err(ProfileError::Read {
            path: path.to_owned(),
            cause,
        }),
    }
}

fn write<T: Serialize>(path: &Path, what: &T) -> Result<(), ProfileError> {
    let text = toml::to_string(what).map_err(io::Error::other);
    let written = text.and_then(|text| files::write_atomically(path, text.as_bytes()));
    written.map_err(|cause| ProfileError::Write {
        path: path.to_owned(),
        cause,
    })
}

#[cfg(test)]
mod tests;
