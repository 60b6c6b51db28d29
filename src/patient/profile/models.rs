//! The models that a profile names: files in the patient's own folder, which are never overwritten.

use super::{PROFILE, Profile, ProfileError, ProfileFault, Stored, become_next};
use std::path::{Component, Path, PathBuf};

/// The folder of models in a patient's folder.
const MODELS: &str = "models";
/// Where earlier versions stored the response to codes.
const OLD_LOOKING: &str = "looking.json";

impl Profile {
    /// The decoder in use, a file in the patient's folder; `None` for a starter.
    #[must_use]
    pub fn model(&self) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        Some(folder.join(MODELS).join(self.now.model.as_ref()?))
    }

    /// Puts a decoder of the patient's folder in use. [`back`](Self::back) undoes this.
    ///
    /// # Errors
    /// [`ProfileError::Malformed`] if it is not in that folder; [`ProfileError::Write`] if this cannot be stored.
    pub fn put_in_force(&mut self, model: &str) -> Result<(), ProfileError> {
        self.put("model", model, |next| &mut next.model)
    }

    /// The response to codes in use, a file in the patient's folder; `None` if looking was never calibrated.
    #[must_use]
    pub fn looking(&self) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        match &self.now.looking {
            Some(name) => Some(folder.join(MODELS).join(name)),
            None => Some(folder.join(OLD_LOOKING)).filter(|old| old.exists()),
        }
    }

    /// Puts a response to codes of the patient's folder in use. [`back`](Self::back) undoes this.
    ///
    /// # Errors
    /// As [`put_in_force`](Self::put_in_force).
    pub fn put_looking_in_force(&mut self, model: &str) -> Result<(), ProfileError> {
        self.put("looking", model, |next| &mut next.looking)
    }

    fn put(
        &mut self,
        name: &'static str,
        model: &str,
        place: fn(&mut Stored) -> &mut Option<String>,
    ) -> Result<(), ProfileError> {
        if let Some(folder) = &self.folder {
            check_model(folder, name, model)?;
        }
        self.edit(|now, past| {
            let mut next = now.clone();
            *place(&mut next) = Some(model.to_owned());
            become_next(now, past, next);
            Ok(())
        })
    }
}

/// Checks the models that a version of a profile names.
pub(super) fn check(folder: &Path, stored: &Stored) -> Result<(), ProfileError> {
    for (name, model) in [("model", &stored.model), ("looking", &stored.looking)] {
        if let Some(model) = model {
            check_model(folder, name, model)?;
        }
    }
    Ok(())
}

/// Checks that a model is a file of the patient's own folder, because a run loads and uses what the profile names.
fn check_model(folder: &Path, name: &'static str, model: &str) -> Result<(), ProfileError> {
    let wrong = |fault| ProfileError::Malformed {
        path: folder.join(PROFILE),
        fault,
    };
    let found = || model.to_owned();
    let mut parts = Path::new(model).components();
    if !matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(_)), None)
    ) {
        let found = found();
        return Err(wrong(ProfileFault::ModelElsewhere { name, found }));
    }
    // The code that reads the file reports if it is missing.
    let real = folder.join(MODELS).join(model).canonicalize();
    if let (Ok(real), Ok(folder)) = (real, folder.canonicalize())
        && !real.starts_with(folder)
    {
        let found = found();
        return Err(wrong(ProfileFault::ModelLink { name, found }));
    }
    Ok(())
}
