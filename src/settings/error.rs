//! Errors in settings.

use super::setting::{Kind, Setting};
use super::{Group, Settings};
use crate::printable::printable;

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// All values that are out of range or contradict each other.
    #[error("{}", lines(.0))]
    Values(Vec<WrongValue>),
    /// There is no setting of this name.
    #[error(
        "there is no setting '{}'.{}",
        printable(path),
        describe_similar(similar)
    )]
    Unknown {
        /// The requested name.
        path: String,
        /// Settings with similar names.
        similar: Vec<&'static str>,
    },
    /// A value of the wrong kind.
    #[error("{} is '{}', expected {}", setting.path, printable(found), setting.expected(*kind))]
    Kind {
        /// The setting.
        setting: &'static Setting,
        /// The kind of its values.
        kind: Kind,
        /// The value.
        found: String,
    },
    /// Not of the form PATH=VALUE.
    #[error("'{}' is not a setting: expected PATH=VALUE, such as control.dwell.time_ms=900", printable(.0))]
    Form(String),
}

/// A value that a setting cannot have.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WrongValue {
    /// Out of range.
    #[error("{name} is {found}, expected {}", setting.expected(*kind))]
    Range {
        /// Name of the setting in the error: an option or a path.
        name: String,
        /// The setting.
        setting: &'static Setting,
        /// The kind of its values.
        kind: Kind,
        /// The value.
        found: f64,
    },
    /// Nodding and shaking the head would be the same.
    #[error("control.head.yaw and control.head.pitch are the same axis, expected two")]
    SameAxis,
    /// The next dwell could begin where the last click was.
    #[error(
        "control.dwell.rearm_px is {rearm_px}, expected at least control.dwell.radius_px, which is {radius_px}: it would click again and again"
    )]
    Rearm {
        /// Distance from which on dwelling can click again, pixels.
        rearm_px: f64,
        /// Dwell radius, pixels.
        radius_px: f64,
    },
    /// No speed is above the dead zone and below the limit.
    #[error(
        "control.speed.dead_zone_px_s is {dead_zone_px_s}, expected less than control.speed.limit_px_s, which is {limit_px_s}: nothing would move"
    )]
    DeadZone {
        /// Speed below which nothing moves, pixels per second.
        dead_zone_px_s: f64,
        /// Maximum speed, pixels per second.
        limit_px_s: f64,
    },
}

impl Setting {
    /// The error if a number is out of this setting's range, which calls the setting `name`. `None` if it is valid.
    #[must_use]
    pub fn out_of_range(&'static self, name: &str, number: f64, kind: Kind) -> Option<WrongValue> {
        let [least, most] = self.range?;
        (!(least..=most).contains(&number)).then(|| WrongValue::Range {
            name: name.to_owned(),
            setting: self,
            kind,
            found: number,
        })
    }
}

fn lines(wrong: &[WrongValue]) -> String {
    let lines: Vec<String> = wrong.iter().map(WrongValue::to_string).collect();
    lines.join("\n")
}

fn describe_similar(similar: &[&str]) -> String {
    match similar {
        [] => format!(" Names of settings begin with {}", groups().join(", ")),
        [one] => format!(" Did you mean '{one}'?"),
        several => format!(" Did you mean one of these?\n  {}", several.join("\n  ")),
    }
}

/// The groups of the table, such as `control.dwell`.
#[must_use]
pub fn groups() -> Vec<&'static str> {
    let mut groups: Vec<&str> = Vec::new();
    Settings::default().each(&mut |setting, _| {
        if !groups.contains(&setting.group()) {
            groups.push(setting.group());
        }
    });
    groups
}
