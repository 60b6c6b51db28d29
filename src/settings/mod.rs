//! Every setting of a patient's profile. `table` declares each once: name, type, default, meaning, range, unit, and
//! whether it takes effect at once or at the next start. Everything else follows from it.

mod choices;
mod error;
mod setting;
mod table;

pub use choices::{
    AssistMode, ClickKind, Edges, HeadAxis, KeyOrder, LookCodes, LookOffer, PressMeaning,
    TagColour, TagPatch, TagPosition,
};
pub use error::{SettingsError, WrongValue, groups};
pub use setting::{AUTO, Group, Kind, Setting, TakesEffect, Value};
pub use table::{
    AssistSettings, AuxiliarySettings, ClickSettings, ControlSettings, DwellSettings, GazeSettings,
    HeadSettings, IntentSettings, KeyboardSettings, LookSettings, OverlaySettings, PauseSettings,
    ScrollSettings, SpeedSettings, SteeringSettings,
};

use crate::nearest::nearest;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use table::RENAMED;

/// All settings of a patient.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How the pointer moves and clicks.
    pub control: ControlSettings,
    /// How fast intents move the pointer.
    pub steering: SteeringSettings,
    /// How easily evidence becomes intent.
    pub decoding: IntentSettings,
}

/// How many settings an error suggests at most.
const SUGGESTIONS: usize = 10;

/// Settings whose name contains `path`, or else the one whose whole name or last part resembles it.
fn similar(path: &str) -> Vec<&'static str> {
    let (mut all, mut holding) = (Vec::new(), Vec::new());
    Settings::default().each(&mut |setting, _| all.push(setting.path));
    holding.extend(all.iter().filter(|known| known.contains(path)));
    if !path.is_empty() && (1..=SUGGESTIONS).contains(&holding.len()) {
        return holding;
    }
    let last = |path: &'static str| path.rsplit('.').next().unwrap_or(path);
    let last_parts = all.iter().map(|known| last(known));
    let by_last = || {
        let part = nearest(path, last_parts)?;
        all.iter().copied().find(|known| last(known) == part)
    };
    nearest(path, all.iter().copied())
        .or_else(by_last)
        .into_iter()
        .collect()
}

/// The name of a setting in this version, given the name that it has now or had earlier.
fn current_name(path: &str) -> Cow<'_, str> {
    let renamed = |(old, new): &(&str, &str)| Some(format!("{new}{}", path.strip_prefix(old)?));
    match RENAMED.iter().find_map(renamed) {
        Some(new) => Cow::Owned(new),
        None => Cow::Borrowed(path),
    }
}

fn put_one(
    setting: &'static Setting,
    value: &mut dyn Value,
    text: &str,
) -> Result<(), SettingsError> {
    // Words may have quotes.
    if !value.take(text.trim_matches('"')) {
        return Err(SettingsError::Kind {
            setting,
            kind: value.kind(),
            found: text.to_owned(),
        });
    }
    let number = value.number();
    let wrong = number.and_then(|number| setting.out_of_range(setting.path, number, value.kind()));
    wrong.map_or(Ok(()), |wrong| Err(SettingsError::Values(vec![wrong])))
}

impl Group for Settings {
    fn each(&self, visit: &mut dyn FnMut(&'static Setting, &dyn Value)) {
        self.control.each(visit);
        self.steering.each(visit);
        self.decoding.each(visit);
    }

    fn each_mut(&mut self, visit: &mut dyn FnMut(&'static Setting, &mut dyn Value)) {
        self.control.each_mut(visit);
        self.steering.each_mut(visit);
        self.decoding.each_mut(visit);
    }
}

impl Settings {
    /// Checks every value, and reports all wrong ones together.
    ///
    /// # Errors
    /// [`SettingsError::Values`].
    pub fn check(&self) -> Result<(), SettingsError> {
        let mut wrong = Vec::new();
        self.each(&mut |setting, value| {
            let number = value.number();
            wrong.extend(
                number.and_then(|number| setting.out_of_range(setting.path, number, value.kind())),
            );
        });
        self.find_contradictions(&mut wrong);
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(SettingsError::Values(wrong))
        }
    }

    /// Finds values that are in range but contradict each other.
    fn find_contradictions(&self, wrong: &mut Vec<WrongValue>) {
        let ControlSettings {
            speed, dwell, head, ..
        } = &self.control;
        if head.yaw == head.pitch {
            wrong.push(WrongValue::SameAxis);
        }
        if dwell.rearm_px < dwell.radius_px {
            wrong.push(WrongValue::Rearm {
                rearm_px: dwell.rearm_px,
                radius_px: dwell.radius_px,
            });
        }
        if speed.dead_zone_px_s >= speed.limit_px_s {
            wrong.push(WrongValue::DeadZone {
                dead_zone_px_s: speed.dead_zone_px_s,
                limit_px_s: speed.limit_px_s,
            });
        }
    }

    /// Sets one value from text. [`check`](Self::check) checks that values fit together.
    ///
    /// # Errors
    /// [`SettingsError`]. The setting may then hold a value that is not allowed.
    pub fn put(&mut self, path: &str, text: &str) -> Result<(), SettingsError> {
        let path = current_name(path);
        let mut result = None;
        self.each_mut(&mut |setting, value| {
            if setting.path == path {
                result = Some(put_one(setting, value, text));
            }
        });
        result.unwrap_or_else(|| {
            Err(SettingsError::Unknown {
                similar: similar(&path),
                path: path.into_owned(),
            })
        })
    }

    /// Returns the settings with some changed, each given as `control.dwell.time_ms=900`. Changes all or none.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn with<T: AsRef<str>>(
        &self,
        assignments: impl IntoIterator<Item = T>,
    ) -> Result<Self, SettingsError> {
        let mut changed = *self;
        for assignment in assignments {
            let assignment = assignment.as_ref();
            let (path, text) = assignment
                .split_once('=')
                .ok_or_else(|| SettingsError::Form(assignment.to_owned()))?;
            changed.put(path.trim(), text.trim())?;
        }
        changed.check()?;
        Ok(changed)
    }

    /// Every setting with its value as text, in the order of the table.
    #[must_use]
    pub fn list(&self) -> Vec<(&'static Setting, String)> {
        let mut all = Vec::new();
        self.each(&mut |setting, value| all.push((setting, value.text())));
        all
    }

    /// Settings whose value differs from that of `before`, each with the old and the new value.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Vec<(&'static Setting, [String; 2])> {
        let pairs = before.list().into_iter().zip(self.list());
        pairs
            .filter(|((_, was), (_, is))| was != is)
            .map(|((setting, was), (_, is))| (setting, [was, is]))
            .collect()
    }
}

#[cfg(test)]
mod tests;
