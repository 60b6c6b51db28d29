//! How the pointer moves and clicks: every setting with its default, checked together, changed one by one.

mod assist;
mod beside;
mod meanings;
mod overlay;

pub use assist::{AssistMode, AssistSettings};
pub use beside::{BesideSettings, GazeSettings, HeadSettings};
pub use overlay::OverlaySettings;

use super::HeadAxis;
use crate::printable::printable;
use serde::{Deserialize, Serialize};

/// All settings. The defaults neither click nor move before they are asked to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ControlSettings {
    /// How fast, and how smoothly.
    pub speed: SpeedSettings,
    /// What happens at the edges of the screens.
    pub edges: Edges,
    /// Clicks by staying in a place.
    pub dwell: DwellSettings,
    /// What a click is.
    pub click: ClickSettings,
    /// Scrolling instead of moving.
    pub scroll: ScrollSettings,
    /// How EEG and other sources share the pointer.
    pub beside: BesideSettings,
    /// A head sensor beside EEG (`run --head`).
    pub head: HeadSettings,
    /// An eye tracker beside EEG (`run --gaze`).
    pub gaze: GazeSettings,
    /// Help with reaching what is on the screen.
    pub assist: AssistSettings,
    /// When nothing moves.
    pub pause: PauseSettings,
    /// What is shown beside the pointer.
    pub overlay: OverlaySettings,
}

/// How fast, and how smoothly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpeedSettings {
    /// Times the decoded speed, to the sides.
    pub gain_x: f64,
    /// The same, up and down.
    pub gain_y: f64,
    /// Nothing is faster, pixels per second on a screen 1080 pixels high.
    pub limit_px_s: f64,
    /// Slower than this is standing still, pixels per second.
    pub dead_zone_px_s: f64,
    /// Curve of acceleration: above 1 what is slow becomes slower and what is fast stays, below 1 the other way round.
    pub exponent: f64,
    /// One Euro filter: cut-off at rest, hertz. Lower is smoother and later.
    pub min_cutoff_hz: f64,
    /// One Euro filter: by how much the cut-off rises with a change of speed, hertz for each pixel per second and second.
    pub beta: f64,
    /// Stands still at once when confidence is lost, instead of coming to rest smoothly.
    pub snap_to_stop: bool,
}

impl Default for SpeedSettings {
    fn default() -> Self {
        Self {
            gain_x: 1.0,
            gain_y: 1.0,
            limit_px_s: 1000.0,
            dead_zone_px_s: 0.0,
            exponent: 1.0,
            min_cutoff_hz: 1.2,
            beta: 0.0,
            snap_to_stop: true,
        }
    }
}

/// What happens at the edges of the screens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edges {
    /// The pointer stops there.
    #[default]
    Stop,
    /// It is slowed down on its last pixels before them, so that what lies there is hit more easily.
    Resist,
}

/// Clicks by staying in a place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DwellSettings {
    /// Staying clicks.
    pub on: bool,
    /// For this long, milliseconds.
    pub time_ms: u32,
    /// Within this distance, pixels on a screen 1080 pixels high.
    pub radius_px: f64,
    /// The pointer must first have moved this far from the last click, pixels on a screen 1080 pixels high.
    pub rearm_px: f64,
}

impl Default for DwellSettings {
    fn default() -> Self {
        Self {
            on: false,
            time_ms: 1200,
            radius_px: 20.0,
            rearm_px: 60.0,
        }
    }
}

/// Which button a click presses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClickKind {
    /// The left one.
    #[default]
    Left,
    /// The right one.
    Right,
    /// The middle one.
    Middle,
    /// The left one, twice.
    Double,
    /// The first click takes hold, the next one lets go.
    Drag,
    /// None.
    None,
}

/// What the class that presses does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PressMeaning {
    /// The left button is down for as long as it is meant.
    #[default]
    Hold,
    /// It clicks, once it has been meant for long enough.
    Click,
}

/// What a click is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClickSettings {
    /// Which button.
    pub kind: ClickKind,
    /// The kind stays; otherwise it goes back to the left button after one click.
    pub lock: bool,
    /// What the class that presses does (`--press`).
    pub press: PressMeaning,
    /// It must be meant for this long to click, milliseconds.
    pub hold_ms: u32,
    /// A button is down for this long, milliseconds.
    pub down_ms: u32,
    /// No second click within this time, milliseconds.
    pub refractory_ms: u32,
}

impl Default for ClickSettings {
    fn default() -> Self {
        Self {
            kind: ClickKind::Left,
            lock: false,
            press: PressMeaning::Hold,
            hold_ms: 600,
            down_ms: 60,
            refractory_ms: 1000,
        }
    }
}

/// Scrolling instead of moving.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScrollSettings {
    /// What would move the pointer turns the wheel.
    pub on: bool,
    /// Pixels of motion that turn it by one step.
    pub px_per_step: f64,
    /// Slower than this it stands still, pixels per second.
    pub stop_zone_px_s: f64,
}

impl Default for ScrollSettings {
    fn default() -> Self {
        Self {
            on: false,
            px_per_step: 40.0,
            stop_zone_px_s: 60.0,
        }
    }
}

/// When nothing moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PauseSettings {
    /// Nothing moves until it is asked to.
    pub at_start: bool,
    /// Nothing moves when the signal is back after a loss, until it is asked to.
    pub after_loss: bool,
    /// Pauses after so many seconds of rest; 0: never.
    pub after_rest_s: u32,
    /// Pauses after so many seconds of motion in which nothing was clicked, pressed or chosen; 0: never. Rests of less than ten
    /// seconds count as motion.
    pub after_aimless_s: u32,
    /// Two classes, meant in turn at an even pace and each for at least so long, resume, milliseconds; 0: EEG alone does not. What
    /// somebody asked to pause waits to be asked again.
    pub resume_hold_ms: u32,
    /// How many turns in all.
    pub resume_holds: u32,
    /// EEG alone resumes also where the decoder has no idle gate that was fitted to this person, as no starter has.
    pub resume_without_gate: bool,
    /// A hand on the real mouse pauses for so long, milliseconds; 0: it does not.
    pub takeback_ms: u32,
    /// Motion that counts as a hand on the real mouse, pixels within a tenth of a second.
    pub takeback_px: u32,
}

impl Default for PauseSettings {
    fn default() -> Self {
        Self {
            at_start: true,
            after_loss: true,
            after_rest_s: 300,
            after_aimless_s: 300,
            // How often rest and noise look like this: README.md, `make standby`.
            resume_hold_ms: 1500,
            resume_holds: 10,
            resume_without_gate: false,
            takeback_ms: 5000,
            takeback_px: 12,
        }
    }
}

/// Settings that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// Some values are out of range: all of them, each with its path.
    #[error("{}", .0.join("\n"))]
    Values(Vec<String>),
    /// There is no such setting.
    #[error("there is no setting '{}'. There are:\n  {}", printable(path), known.join("\n  "))]
    Unknown {
        /// What was asked for.
        path: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A value of another kind.
    #[error("{path} cannot be '{}': {}", printable(found), printable(what))]
    Kind {
        /// Which setting.
        path: String,
        /// The value.
        found: String,
        /// Why not.
        what: String,
    },
    /// Not of the form PATH=VALUE.
    #[error("'{}' is no setting: expected PATH=VALUE, such as control.dwell.time_ms=900", printable(.0))]
    Form(String),
}

/// Where the settings stand in a profile.
const ROOT: &str = "control";

impl ControlSettings {
    /// Checks every value; all that are wrong are told at once.
    ///
    /// # Errors
    /// [`SettingsError::Values`].
    pub fn check(&self) -> Result<(), SettingsError> {
        let mut wrong = Vec::new();
        let mut within = |path: &str, value: f64, least: f64, most: f64| {
            if !(least..=most).contains(&value) {
                wrong.push(format!(
                    "{ROOT}.{path} is {value}, expected {least} to {most}"
                ));
            }
        };
        let Self {
            speed,
            dwell,
            click,
            scroll,
            head,
            gaze,
            pause,
            overlay,
            assist: _,
            beside: _,
            edges: _,
        } = self;
        within("speed.gain_x", speed.gain_x, 0.0, 20.0);
        within("speed.gain_y", speed.gain_y, 0.0, 20.0);
        within("speed.limit_px_s", speed.limit_px_s, 1.0, 10_000.0);
        within("speed.dead_zone_px_s", speed.dead_zone_px_s, 0.0, 1000.0);
        within("speed.exponent", speed.exponent, 0.2, 5.0);
        within("speed.min_cutoff_hz", speed.min_cutoff_hz, 0.05, 100.0);
        within("speed.beta", speed.beta, 0.0, 10.0);
        within("dwell.time_ms", dwell.time_ms.into(), 200.0, 10_000.0);
        within("dwell.radius_px", dwell.radius_px, 1.0, 500.0);
        within("dwell.rearm_px", dwell.rearm_px, 1.0, 2000.0);
        within("click.hold_ms", click.hold_ms.into(), 0.0, 10_000.0);
        within("click.down_ms", click.down_ms.into(), 10.0, 500.0);
        within(
            "click.refractory_ms",
            click.refractory_ms.into(),
            0.0,
            60_000.0,
        );
        within("scroll.px_per_step", scroll.px_per_step, 1.0, 1000.0);
        within("scroll.stop_zone_px_s", scroll.stop_zone_px_s, 0.0, 1000.0);
        within("head.px_per_deg_x", head.px_per_deg_x, -500.0, 500.0);
        within("head.px_per_deg_y", head.px_per_deg_y, -500.0, 500.0);
        within("head.dead_zone_deg_s", head.dead_zone_deg_s, 0.0, 100.0);
        within("head.nod_deg_s", head.nod_deg_s, 10.0, 500.0);
        within("gaze.radius_px", gaze.radius_px, 1.0, 1000.0);
        within("gaze.speed_per_s", gaze.speed_per_s, 0.1, 50.0);
        within("gaze.least_confidence", gaze.least_confidence, 0.0, 1.0);
        within(
            "pause.after_rest_s",
            pause.after_rest_s.into(),
            0.0,
            86_400.0,
        );
        within(
            "pause.after_aimless_s",
            pause.after_aimless_s.into(),
            0.0,
            86_400.0,
        );
        within(
            "pause.takeback_ms",
            pause.takeback_ms.into(),
            0.0,
            600_000.0,
        );
        within("pause.takeback_px", pause.takeback_px.into(), 1.0, 1000.0);
        within(
            "pause.resume_hold_ms",
            pause.resume_hold_ms.into(),
            0.0,
            10_000.0,
        );
        within("pause.resume_holds", pause.resume_holds.into(), 3.0, 16.0);
        within("overlay.size_px", overlay.size_px.into(), 16.0, 200.0);
        if head.yaw == head.pitch {
            wrong.push(format!(
                "{ROOT}.head.yaw and {ROOT}.head.pitch are the same axis, expected two"
            ));
        }
        if dwell.rearm_px < dwell.radius_px {
            wrong.push(format!(
                "{ROOT}.dwell.rearm_px is {}, expected at least {ROOT}.dwell.radius_px, which is {}: it would click again and again",
                dwell.rearm_px, dwell.radius_px
            ));
        }
        if speed.dead_zone_px_s >= speed.limit_px_s {
            wrong.push(format!(
                "{ROOT}.speed.dead_zone_px_s is {}, expected less than {ROOT}.speed.limit_px_s, which is {}: nothing would move",
                speed.dead_zone_px_s, speed.limit_px_s
            ));
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(SettingsError::Values(wrong))
        }
    }

    /// The same settings with one changed: `control.dwell.time_ms=900`.
    ///
    /// # Errors
    /// [`SettingsError`]; nothing is changed then.
    pub fn with(&self, assignment: &str) -> Result<Self, SettingsError> {
        let form = || SettingsError::Form(assignment.to_owned());
        let (path, text) = assignment.split_once('=').ok_or_else(form)?;
        let (path, text) = (path.trim(), text.trim());
        let mut all = serde_json::to_value(self).map_err(|_| form())?;
        let unknown = || SettingsError::Unknown {
            path: path.to_owned(),
            known: self.list().into_iter().map(|(path, _)| path).collect(),
        };
        let below = path.strip_prefix(ROOT).ok_or_else(unknown)?;
        let place = all.pointer_mut(&below.replace('.', "/"));
        let place = place
            .filter(|place| !place.is_object())
            .ok_or_else(unknown)?;
        // Words need no quotes.
        *place = serde_json::from_str(text).unwrap_or_else(|_| text.into());
        let changed: Self = serde_json::from_value(all).map_err(|error| SettingsError::Kind {
            path: path.to_owned(),
            found: text.to_owned(),
            what: error.to_string(),
        })?;
        changed.check()?;
        Ok(changed)
    }

    /// What a setting means, by its path; empty where there is none.
    #[must_use]
    pub fn meaning(path: &str) -> &'static str {
        let known = meanings::MEANINGS.iter().find(|(known, _)| *known == path);
        known.map_or("", |(_, meaning)| meaning)
    }

    /// Every setting with its path and value.
    #[must_use]
    pub fn list(&self) -> Vec<(String, String)> {
        fn walk(path: &str, value: &serde_json::Value, into: &mut Vec<(String, String)>) {
            match value {
                serde_json::Value::Object(fields) => fields
                    .iter()
                    .for_each(|(name, value)| walk(&format!("{path}.{name}"), value, into)),
                serde_json::Value::String(text) => into.push((path.to_owned(), text.clone())),
                other => into.push((path.to_owned(), other.to_string())),
            }
        }
        let mut all = Vec::new();
        if let Ok(value) = serde_json::to_value(self) {
            walk(ROOT, &value, &mut all);
        }
        all
    }
}

#[cfg(test)]
mod tests;
