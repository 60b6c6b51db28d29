//! A patient's own settings: `profile.toml`, and what they were before.

use super::store::{self, StoreError};
use crate::control::{ControlSettings, SettingsError};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Settings that can be gone back to.
const HISTORY: usize = 16;

/// What stands in a profile; what does not differ from the defaults need not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Stored {
    /// File in `models/` that is in force; none: a starter.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    control: ControlSettings,
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
    #[error("{} cannot be read: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It cannot be written. What was there before still is.
    #[error("{} cannot be written: {cause}. The setting is in force, but not kept", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It is no profile.
    #[error("{} is no usable profile: {what}\nCorrect it, or delete it: then everything is as usual", path.display())]
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

/// A patient's settings, with what they were.
#[derive(Debug)]
pub struct Profile {
    /// Where it is kept; none where the user has no folder for data.
    folder: Option<PathBuf>,
    now: Stored,
    past: VecDeque<Stored>,
}

impl Profile {
    /// A patient's profile; where there is none, everything is as usual.
    ///
    /// # Errors
    /// [`ProfileError`] where there is one that cannot be used.
    pub fn open(patient: &str) -> Result<Self, ProfileError> {
        match store::patient(patient) {
            Ok(folder) => Self::in_folder(folder),
            Err(StoreError::NoHome) => Ok(Self {
                folder: None,
                now: Stored::default(),
                past: VecDeque::new(),
            }),
            Err(error) => Err(error.into()),
        }
    }

    fn in_folder(folder: PathBuf) -> Result<Self, ProfileError> {
        let path = folder.join("profile.toml");
        let now: Stored = read(&path)?;
        let checked = now.control.check();
        checked.map_err(|error| ProfileError::Malformed {
            path,
            what: error.to_string(),
        })?;
        let past: Past = read(&folder.join("profile-history.toml"))?;
        Ok(Self {
            folder: Some(folder),
            now,
            past: past.past,
        })
    }

    /// What is in force.
    #[must_use]
    pub fn control(&self) -> ControlSettings {
        self.now.control
    }

    /// Changes settings, all or none (`control.dwell.time_ms=900`), and keeps them.
    ///
    /// # Errors
    /// [`ProfileError::Settings`] where one cannot be: nothing is changed then. [`ProfileError::Write`] where they cannot be
    /// kept.
    pub fn change<T: AsRef<str>>(&mut self, assignments: &[T]) -> Result<(), ProfileError> {
        let mut control = self.now.control;
        for assignment in assignments {
            control = control.with(assignment.as_ref())?;
        }
        if control == self.now.control {
            return Ok(());
        }
        let model = self.now.model.clone();
        self.become_next(Stored { model, control })
    }

    /// The model that is in force; none: a starter.
    #[must_use]
    pub fn model(&self) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        Some(folder.join("models").join(self.now.model.as_ref()?))
    }

    /// Puts a model of the patient's folder in force; going back undoes it.
    ///
    /// # Errors
    /// [`ProfileError::Write`] where that cannot be kept.
    pub fn put_in_force(&mut self, model: &str) -> Result<(), ProfileError> {
        let control = self.now.control;
        let model = Some(model.to_owned());
        self.become_next(Stored { model, control })
    }

    fn become_next(&mut self, next: Stored) -> Result<(), ProfileError> {
        while self.past.len() >= HISTORY {
            self.past.pop_front();
        }
        let before = std::mem::replace(&mut self.now, next);
        self.past.push_back(before);
        self.keep()
    }

    /// Goes back by one change.
    ///
    /// # Errors
    /// [`ProfileError::NoPast`] where there was none; [`ProfileError::Write`] as above.
    pub fn back(&mut self) -> Result<(), ProfileError> {
        self.now = self.past.pop_back().ok_or(ProfileError::NoPast)?;
        self.keep()
    }

    fn keep(&self) -> Result<(), ProfileError> {
        let folder = self.folder.as_ref().ok_or(StoreError::NoHome)?;
        store::make(folder)?;
        write(&folder.join("profile.toml"), &self.now)?;
        let past = Past {
            past: self.past.clone(),
        };
        write(&folder.join("profile-history.toml"), &past)
    }
}

fn read<T: Default + serde::de::DeserializeOwned>(path: &Path) -> Result<T, ProfileError> {
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map_err(|error| ProfileError::Malformed {
            path: path.to_owned(),
            what: error.to_string(),
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(T::default()),
        Err(cause) => Err(ProfileError::Read {
            path: path.to_owned(),
            cause,
        }),
    }
}

/// Whole or not at all.
fn write<T: Serialize>(path: &Path, what: &T) -> Result<(), ProfileError> {
    let failed = |cause| ProfileError::Write {
        path: path.to_owned(),
        cause,
    };
    let text = toml::to_string(what).map_err(|error| failed(std::io::Error::other(error)))?;
    let new = path.with_extension("toml.new");
    let written = std::fs::File::create(&new).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written
        .and_then(|()| std::fs::rename(&new, path))
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn open(folder: &tempfile::TempDir) -> Profile {
        Profile::in_folder(folder.path().to_owned()).unwrap()
    }

    #[test]
    fn changes_are_kept_and_can_be_gone_back_from() {
        let folder = folder();
        let mut profile = open(&folder);
        assert_eq!(profile.control(), ControlSettings::default());
        profile
            .change(&["control.dwell.on=true", "control.dwell.time_ms=900"])
            .unwrap();
        profile.change(&["control.dwell.time_ms=800"]).unwrap();
        assert!(
            profile
                .change(&["control.dwell.on=false", "control.dwell.time_ms=1"])
                .is_err()
        );
        let mut again = open(&folder);
        assert_eq!(
            (again.control().dwell.on, again.control().dwell.time_ms),
            (true, 800)
        );
        again.back().unwrap();
        assert_eq!(open(&folder).control().dwell.time_ms, 900);
        again.back().unwrap();
        assert_eq!(again.control(), ControlSettings::default());
        assert!(matches!(again.back(), Err(ProfileError::NoPast)));
    }

    #[test]
    fn a_model_is_put_in_force_and_gone_back_from() {
        let folder = folder();
        let mut profile = open(&folder);
        assert_eq!(profile.model(), None);
        profile.put_in_force("one.json").unwrap();
        profile.change(&["control.dwell.on=true"]).unwrap();
        profile.put_in_force("two.json").unwrap();
        let model = |profile: &Profile| {
            profile
                .model()
                .map(|path| path.strip_prefix(folder.path()).unwrap().to_owned())
        };
        assert_eq!(model(&open(&folder)), Some("models/two.json".into()));
        profile.back().unwrap();
        assert_eq!(model(&open(&folder)), Some("models/one.json".into()));
        assert!(open(&folder).control().dwell.on);
    }

    #[test]
    fn the_past_is_bounded() {
        let folder = folder();
        let mut profile = open(&folder);
        for ms in 500..600 {
            profile
                .change(&[format!("control.dwell.time_ms={ms}")])
                .unwrap();
        }
        let mut back = 0;
        while profile.back().is_ok() {
            back += 1;
        }
        assert_eq!((back, profile.control().dwell.time_ms), (16, 583));
    }

    #[test]
    fn a_bad_profile_is_told_with_its_place() {
        let folder = folder();
        let error = |text: &str| {
            std::fs::write(folder.path().join("profile.toml"), text).unwrap();
            Profile::in_folder(folder.path().to_owned())
                .unwrap_err()
                .to_string()
        };
        let told = error("[control.dwell]\non = true\ntime = 3\n");
        assert!(
            told.contains("profile.toml") && told.contains("line 3") && told.contains("time_ms"),
            "{told}"
        );
        let told = error("[control.dwell]\ntime_ms = 3\n");
        assert!(
            told.contains("control.dwell.time_ms is 3, expected 200 to 10000"),
            "{told}"
        );
        assert!(error("\0\u{1}").contains("line 1"));
    }
}
