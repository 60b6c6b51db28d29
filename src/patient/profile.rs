//! A patient's own settings: `profile.toml`, and what they were before.

mod text;

use crate::patient::files;
use crate::patient::store::{self, StoreError};
use crate::printable::{printable, printable_path};
use crate::settings::{Settings, SettingsError};
use crate::system::clock;
use crate::time::HostNanos;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;
use text::{profile_of, what_is_wrong};

/// Settings that can be gone back to.
const HISTORY: usize = 16;
/// Files in a patient's folder.
const PROFILE: &str = "profile.toml";
const HISTORY_FILE: &str = "profile-history.toml";
const LOCK: &str = "profile.lock";
const MODELS: &str = "models";
/// How long another process may take to write, and how often it is looked for, nanoseconds.
const LOCK_WAIT_NS: i64 = 10_000_000_000;
const LOCK_LOOK_NS: i64 = 5_000_000;

/// What stands in a profile; what does not differ from the defaults need not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    /// File in `models/` that is in force; none: a starter.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

/// What stands in the file beside it, the oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Past {
    past: VecDeque<Stored>,
}

/// A profile that cannot be used or kept.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Where it should be.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be read.
    #[error("{} cannot be read: {cause}", printable_path(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It cannot be written. What was there before still is.
    #[error(
        "{} cannot be written: {cause}. The change is not kept",
        printable_path(path)
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It is no profile.
    #[error(
        "{} is no usable profile: {}. Correct it, or delete it: then every setting has its default value",
        printable_path(path),
        printable(what)
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
    /// A value that cannot be.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Nothing was changed before.
    #[error("there is nothing to go back to")]
    NoPast,
}

/// A patient's settings, with what they were. Several processes may have the same profile open: each changes only what it was asked
/// to change, in the file as it is at that moment.
#[derive(Debug)]
pub struct Profile {
    /// Where it is kept; none where the user has no folder for data.
    folder: Option<PathBuf>,
    /// What is in force here.
    now: Stored,
    /// What the file held when it was last read or written here.
    kept: Stored,
    past: VecDeque<Stored>,
    stamp: Stamp,
}

/// By what a changed file is known: when it was written, its size and, where there is one, its number.
type Stamp = Option<(SystemTime, u64, u64)>;

impl Profile {
    /// A patient's profile; where there is none, every setting has its default value.
    ///
    /// # Errors
    /// [`ProfileError`] where there is one that cannot be used.
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

    /// What is in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.now.settings
    }

    /// Takes in what another process has written since the last look; whether that changed anything. Nothing where the file is as it
    /// was.
    ///
    /// # Errors
    /// [`ProfileError`] where it cannot be used: what was in force still is.
    pub fn refresh(&mut self) -> Result<bool, ProfileError> {
        let Some(folder) = self.folder.clone() else {
            return Ok(false);
        };
        if stamp_of(&folder.join(PROFILE)) == self.stamp {
            return Ok(false);
        }
        self.take_in(&folder)
    }

    /// Reads the files; what is in force here but was never kept stays so.
    fn take_in(&mut self, folder: &Path) -> Result<bool, ProfileError> {
        // An unusable file is reported once, not at every check.
        self.stamp = stamp_of(&folder.join(PROFILE));
        let (theirs, past, stamp) = read_all(folder)?;
        let next = Stored {
            model: if self.now.model == self.kept.model {
                theirs.model.clone()
            } else {
                self.now.model.clone()
            },
            settings: merged(&self.kept.settings, &self.now.settings, &theirs.settings)?,
        };
        let is_other = next != self.now;
        (self.now, self.kept, self.past, self.stamp) = (next, theirs, past, stamp);
        Ok(is_other)
    }

    /// Changes settings, all or none (`control.dwell.time_ms=900`), and keeps them. Gives what they were right before, with what other
    /// processes had changed.
    ///
    /// # Errors
    /// [`ProfileError::Settings`] where one cannot be: nothing is changed then. [`ProfileError::Write`] where they cannot be
    /// kept.
    pub fn change<T: AsRef<str>>(&mut self, assignments: &[T]) -> Result<Settings, ProfileError> {
        // A wrong one makes no folder.
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

    /// The model that is in force, a file in the patient's folder; none: a starter.
    #[must_use]
    pub fn model(&self) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        Some(folder.join(MODELS).join(self.now.model.as_ref()?))
    }

    /// Puts a model of the patient's folder in force; going back undoes it.
    ///
    /// # Errors
    /// [`ProfileError::Malformed`] where it is not in that folder; [`ProfileError::Write`] where that cannot be kept.
    pub fn put_in_force(&mut self, model: &str) -> Result<(), ProfileError> {
        if let Some(folder) = &self.folder {
            check_model(folder, model)?;
        }
        self.edit(|now, past| {
            let next = Stored {
                model: Some(model.to_owned()),
                ..now.clone()
            };
            become_next(now, past, next);
            Ok(())
        })
    }

    /// Goes back by one change. Gives what the settings were right before, with what other processes had changed.
    ///
    /// # Errors
    /// [`ProfileError::NoPast`] where there was none; [`ProfileError::Write`] as above.
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
            *now = past.pop_back().ok_or(ProfileError::NoPast)?;
            Ok(())
        })?;
        Ok(before)
    }

    /// Whose it is; none where the user has no folder for data.
    #[must_use]
    pub fn patient(&self) -> Option<&str> {
        self.folder.as_ref()?.file_name()?.to_str()
    }

    /// Reads the file again, changes it and writes it, while no other process can. Where it cannot be written, the change is in force
    /// all the same.
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
        // The lock is let go when its file is closed, at the end of this.
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

/// Settings of another process with those changed that were changed here.
fn merged(base: &Settings, own: &Settings, theirs: &Settings) -> Result<Settings, SettingsError> {
    let changed = own.changes_since(base).into_iter();
    theirs.with(changed.map(|(setting, [_, value])| format!("{}={value}", setting.path)))
}

/// Makes others wait until the file that is returned is closed.
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

/// What a folder's profile holds, what it held before, and the stamp of the file.
fn read_all(folder: &Path) -> Result<(Stored, VecDeque<Stored>, Stamp), ProfileError> {
    let path = folder.join(PROFILE);
    let stamp = stamp_of(&path);
    let now = read(&path, profile_of)?;
    let past: Past = read(&folder.join(HISTORY_FILE), |text| {
        toml::from_str(text).map_err(|error| what_is_wrong(text, &error))
    })?;
    for model in past
        .past
        .iter()
        .chain([&now])
        .filter_map(|one| one.model.as_ref())
    {
        check_model(folder, model)?;
    }
    Ok((now, past.past, stamp))
}

/// A model must be a file of the patient's own folder: what a profile names is loaded and obeyed.
fn check_model(folder: &Path, model: &str) -> Result<(), ProfileError> {
    let wrong = |what: &str| ProfileError::Malformed {
        path: folder.join(PROFILE),
        what: format!("model is '{}', {what}", printable(model)),
    };
    let mut parts = Path::new(model).components();
    if !matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(_)), None)
    ) {
        return Err(wrong(
            "expected the name of a file in the patient's folder 'models'",
        ));
    }
    // The code that reads the file reports if it is missing.
    let real = folder.join(MODELS).join(model).canonicalize();
    if let (Ok(real), Ok(folder)) = (real, folder.canonicalize())
        && !real.starts_with(folder)
    {
        return Err(wrong(
            "a link out of the patient's folder; expected a file in it",
        ));
    }
    Ok(())
}

/// What a file holds, as `parse` understands its text; the default where there is no file.
fn read<T: Default>(
    path: &Path,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, ProfileError> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text).map_err(|what| ProfileError::Malformed {
            path: path.to_owned(),
            what,
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
