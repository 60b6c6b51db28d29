//! Whether tags may flicker for a patient. Somebody must have asked about photosensitive epilepsy before.

use super::{Profile, ProfileError, Stored};

/// What was allowed, and when (date and time).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlickerConsent {
    /// Tags may flicker within the usual thresholds.
    pub allowed: String,
    /// Tags may also exceed the thresholds: confirmed a second time.
    pub above_thresholds: Option<String>,
}

impl Profile {
    /// What was allowed for this patient.
    ///
    /// # Errors
    /// [`ProfileError::FlickerNotAllowed`] if nobody has asked yet, or the consent was withdrawn.
    pub fn flicker_consent(&self) -> Result<FlickerConsent, ProfileError> {
        let allowed = self.now.flicker_allowed.clone();
        let allowed = allowed.ok_or_else(|| ProfileError::FlickerNotAllowed {
            patient: self.patient().unwrap_or_default().to_owned(),
        })?;
        Ok(FlickerConsent {
            allowed,
            above_thresholds: self.now.flicker_above_thresholds.clone(),
        })
    }

    /// Stores what is allowed from now on; `None` withdraws it. This is no setting: undoing a change leaves it as it is.
    ///
    /// # Errors
    /// [`ProfileError`] if it cannot be stored.
    pub fn allow_flicker(&mut self, consent: Option<FlickerConsent>) -> Result<(), ProfileError> {
        self.edit(|now, _| {
            let (allowed, above) = match consent {
                Some(consent) => (Some(consent.allowed), consent.above_thresholds),
                None => (None, None),
            };
            (now.flicker_allowed, now.flicker_above_thresholds) = (allowed, above);
            Ok(())
        })
    }
}

/// An earlier version of a profile with what is allowed now.
pub(super) fn kept(now: &Stored, before: Stored) -> Stored {
    Stored {
        flicker_allowed: now.flicker_allowed.clone(),
        flicker_above_thresholds: now.flicker_above_thresholds.clone(),
        ..before
    }
}

/// A profile with what is allowed here, if that was changed here, and otherwise with what another process has stored.
pub(super) fn of_either(base: &Stored, own: &Stored, theirs: &Stored) -> Stored {
    let is_same = own.flicker_allowed == base.flicker_allowed
        && own.flicker_above_thresholds == base.flicker_above_thresholds;
    kept(if is_same { theirs } else { own }, Stored::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent(above: bool) -> FlickerConsent {
        FlickerConsent {
            allowed: "2026-11-29T12:00:00Z".into(),
            above_thresholds: above.then(|| "2026-11-30T12:00:00Z".into()),
        }
    }

    #[test]
    fn flicker_is_allowed_only_after_it_was_asked_for_and_until_it_is_withdrawn() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Profile::in_folder(folder.path().join("ada")).unwrap();
        let mut profile = open();
        let error = profile.flicker_consent().unwrap_err();
        assert_eq!(
            error.to_string(),
            "flickering tags are not allowed for patient 'ada' yet: somebody must first ask about photosensitive epilepsy"
        );
        profile.change(&["control.look.clicks=true"]).unwrap();
        assert!(profile.flicker_consent().is_err(), "no setting allows it");
        profile.allow_flicker(Some(consent(true))).unwrap();
        assert_eq!(open().flicker_consent().unwrap(), consent(true));
        // Another process follows.
        let mut other = open();
        profile.allow_flicker(Some(consent(false))).unwrap();
        assert!(other.refresh().unwrap());
        assert_eq!(other.flicker_consent().unwrap(), consent(false));
        // Undoing a setting does not withdraw it, and withdrawing it cannot be undone by accident.
        other.back().unwrap();
        assert!(!other.settings().control.look.clicks);
        assert_eq!(open().flicker_consent().unwrap(), consent(false));
        other.change(&["control.look.clicks=true"]).unwrap();
        other.allow_flicker(None).unwrap();
        other.back().unwrap();
        assert!(open().flicker_consent().is_err());
    }

    #[test]
    fn a_consent_that_is_no_text_is_reported_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("profile.toml"),
            "flicker_allowed = true\n",
        )
        .unwrap();
        let error = Profile::in_folder(folder.path().to_owned()).unwrap_err();
        let expected = "line 1: flicker_allowed is not a date in quotes";
        assert!(error.to_string().contains(expected), "{error}");
    }
}
