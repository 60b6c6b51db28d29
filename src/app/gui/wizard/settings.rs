//! The settings of the patient, before a calibration and after it. They are kept in the patient's profile, as those of `bci-cursor set`.

use super::Wizard;
use crate::app::gui::settings::{Change, Outcome, SettingsPage};
use crate::patient::profile::{Profile, ProfileError};
use crate::time::HostNanos;
use eframe::egui::{Button, RichText, Ui};

/// Time between two looks for changes by another program, nanoseconds.
const REFRESH_NS: u64 = 1_000_000_000;

/// For this long after a refusal the page does not close, nanoseconds: nobody has read the reason yet.
const UNREAD_NS: u64 = 1_000_000_000;

/// The settings page of a patient.
pub(super) struct PatientSettings {
    profile: Profile,
    page: SettingsPage,
    outcome: Option<Outcome>,
    /// When the last change was refused.
    refused: HostNanos,
    refreshed: HostNanos,
}

impl Wizard {
    /// A button that opens the settings page.
    pub(super) fn settings_button(&mut self, ui: &mut Ui, is_possible: bool) {
        let button = Button::new(self.text.patient_settings);
        if !ui.add_enabled(is_possible, button).clicked() {
            return;
        }
        match Profile::open(&self.options.patient) {
            Ok(profile) => {
                self.settings = Some(PatientSettings {
                    profile,
                    page: SettingsPage::default(),
                    outcome: None,
                    refused: HostNanos::default(),
                    refreshed: HostNanos::default(),
                });
                (self.has_focused, self.trouble) = (false, None);
            }
            Err(error) => self.trouble = Some(error.into()),
        }
    }

    pub(super) fn settings_heading(&self) -> String {
        let [before, after] = self.text.settings_of;
        format!("{before}{}{after}", self.options.patient)
    }

    pub(super) fn settings_body(&mut self, ui: &mut Ui, now: HostNanos) {
        let text = self.text;
        ui.heading(self.settings_heading());
        ui.label(RichText::new(text.settings_note).weak());
        let Some(own) = &mut self.settings else {
            return;
        };
        if now.since(own.refreshed) > REFRESH_NS {
            own.refreshed = now;
            if let Err(error) = own.profile.refresh() {
                self.trouble = Some(error.into());
            }
        }
        let in_force = own.profile.settings();
        if let Some(change) = own.page.show(ui, &in_force, own.outcome.as_ref(), text) {
            self.change_setting(&change, now);
        }
    }

    /// The button that closes the page. A number that is still being typed counts; if it is refused, the page stays.
    pub(super) fn settings_bar(&mut self, ui: &mut Ui, now: HostNanos) {
        if !ui.button(RichText::new(self.text.done).strong()).clicked() {
            return;
        }
        let Some(own) = &mut self.settings else {
            return;
        };
        // A click on the button takes the focus from the field, which then makes its change.
        let is_refused = now.since(own.refused) < UNREAD_NS;
        let unfinished = own.page.leave();
        let is_kept = unfinished.is_none_or(|change| self.change_setting(&change, now));
        if is_kept && !is_refused {
            (self.settings, self.has_focused, self.trouble) = (None, false, None);
        }
    }

    /// Keeps a change in the profile. Whether that was possible.
    fn change_setting(&mut self, change: &Change, now: HostNanos) -> bool {
        let Some(own) = &mut self.settings else {
            return false;
        };
        let kept = own.profile.change(&[change.assignment()]);
        let is_kept = kept.is_ok();
        own.outcome = Some(match kept {
            Ok(_) => Outcome::Saved,
            Err(error) => {
                own.refused = now;
                // A value that could not be written is not in force: nothing runs here.
                if matches!(error, ProfileError::Write { .. })
                    && let Ok(profile) = Profile::open(&self.options.patient)
                {
                    own.profile = profile;
                }
                Outcome::Refused(error.into())
            }
        });
        is_kept
    }
}
