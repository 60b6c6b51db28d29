//! Overrides for a source that does not describe itself correctly.

use crate::montage::canonical_label;
use crate::note::Notes;
use crate::units::{Hertz, VoltageUnit};
use bci_cursor_calibration::{ReadUnit, Reading};

/// How to read a source that does not describe itself correctly. The default uses the source's own description.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadAs {
    /// Only these channels, in this order, even if their type or name says that they are not EEG; empty for all EEG
    /// channels.
    pub channels: Vec<String>,
    /// Names for the channels that are read, in order; empty for the source's own names.
    pub electrodes: Vec<String>,
    /// Unit of the samples; `None` for the declared unit.
    pub unit: Option<VoltageUnit>,
    /// Sampling rate; `None` for the declared rate.
    pub rate: Option<Hertz>,
    /// The decoder that will use the source; `None` if there is none yet.
    pub decoder: Option<ForDecoder>,
}

/// What a decoder expects from a source, and how the recordings that it was fitted on were read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ForDecoder {
    /// Channels that it needs. They are taken even if their type or name says that they are not EEG.
    pub needs: Vec<String>,
    /// Its sampling rate, Hz; `None` if it works at any rate.
    pub rate_hz: Option<f64>,
    /// [`ReadAs::channels`] when it was fitted. If a source's channels have the same original names (`labels`), or if
    /// it lacks a needed channel under its own names, its channels get the names in `electrodes` again.
    pub channels: Vec<String>,
    /// The channels' original names when it was fitted.
    pub labels: Vec<String>,
    /// [`ReadAs::electrodes`] when it was fitted.
    pub electrodes: Vec<String>,
    /// The declared unit as spelled, and the real unit.
    pub unit: Option<(String, VoltageUnit)>,
    /// Whether the user stated `rate_hz` when the decoder was fitted. Then it is also used if a source declares another
    /// rate.
    pub is_rate_stated: bool,
}

impl ReadAs {
    /// These overrides, completed by those that were stored when the file was recorded. Also returns a warning for each
    /// option that contradicts the file.
    pub(crate) fn or_kept(&self, kept: &Reading) -> (Self, Notes) {
        let mut read_as = self.clone();
        let mut warnings = Notes::new();
        let mut contradicts = |now: String, then: &str| {
            warnings.push(format!(
                "the stated {now} used, although {then} stated when this was recorded"
            ));
        };
        if self.electrodes.is_empty() {
            (read_as.channels, read_as.electrodes) = self.chosen_of(kept);
        } else if !kept.electrodes.is_empty() && !are_same(&self.electrodes, &kept.electrodes) {
            let now = self.electrodes.join(",");
            let then = kept.electrodes.join(",");
            contradicts(format!("electrodes {now} are"), &format!("{then} were"));
        }
        let unit = kept.unit.as_ref();
        let unit = unit.and_then(|unit| VoltageUnit::parse(&unit.read_as));
        match (self.unit, unit) {
            (Some(now), Some(then)) if now != then => {
                let (now, then) = (now.symbol(), then.symbol());
                contradicts(format!("unit {now} is"), &format!("{then} was"));
            }
            (now, then) => read_as.unit = now.or(then),
        }
        read_as.rate = self.rate.or(kept.rate_hz.and_then(Hertz::new));
        (read_as, warnings)
    }
}

impl ReadAs {
    /// The stored channels and electrodes. If `channels` is given, only those that it lists by either name.
    fn chosen_of(&self, kept: &Reading) -> (Vec<String>, Vec<String>) {
        if self.channels.is_empty() {
            return (kept.channels.clone(), kept.electrodes.clone());
        }
        let place_of = |wanted: &String| {
            let is_it = |name: &String| canonical_label(name) == canonical_label(wanted);
            let place = kept.electrodes.iter().position(is_it);
            place.or_else(|| kept.labels.iter().position(is_it))
        };
        let pair = |wanted: &String| {
            let place = place_of(wanted)?;
            Some((
                kept.labels.get(place)?.clone(),
                kept.electrodes.get(place)?.clone(),
            ))
        };
        let pairs: Option<Vec<_>> = self.channels.iter().map(pair).collect();
        pairs.map_or_else(
            || (self.channels.clone(), Vec::new()),
            |pairs| pairs.into_iter().unzip(),
        )
    }
}

/// Whether two lists name the same electrodes in the same order.
pub(crate) fn are_same(one: &[String], other: &[String]) -> bool {
    let standard = |labels: &[String]| -> Vec<String> {
        labels.iter().map(|label| canonical_label(label)).collect()
    };
    standard(one) == standard(other)
}

/// How the device's stream is read, if a session was recorded from it with `kept` and is now read with `now`.
pub(crate) fn composed(kept: &Reading, now: Reading) -> Reading {
    let own_label = |label: &String| {
        let mut electrodes = kept.electrodes.iter();
        let place = electrodes.position(|electrode| canonical_label(electrode) == *label);
        let own = place.and_then(|place| kept.labels.get(place));
        own.unwrap_or(label).clone()
    };
    let unit = match (&kept.unit, now.unit) {
        (Some(kept), Some(now)) => product(kept, &now),
        (kept, now) => kept.clone().or(now),
    };
    let rate_hz = now.rate_hz.or(kept.rate_hz);
    if now.electrodes.is_empty() {
        return Reading {
            unit,
            rate_hz,
            ..kept.clone()
        };
    }
    let labels: Vec<String> = now.labels.iter().map(own_label).collect();
    Reading {
        channels: if now.channels.is_empty() {
            kept.channels.clone()
        } else {
            labels.clone()
        },
        labels,
        electrodes: now.electrodes,
        unit,
        rate_hz,
    }
}

/// The unit of the device's stream, if samples that were recorded as microvolts turn out to be in another unit. `None`
/// if there is no such unit.
fn product(kept: &ReadUnit, now: &ReadUnit) -> Option<ReadUnit> {
    let microvolts =
        |unit: &ReadUnit| VoltageUnit::parse(&unit.read_as).map(VoltageUnit::microvolts);
    let wanted = microvolts(kept)? * microvolts(now)?;
    let is_it = |unit: &&VoltageUnit| (unit.microvolts() / wanted - 1.0).abs() < 1e-9;
    let unit = VoltageUnit::ALL.iter().find(is_it)?;
    Some(ReadUnit {
        stated: kept.stated.clone(),
        read_as: unit.symbol().into(),
    })
}

/// The part of a reading that differs from the source's own description; `None` if nothing does.
#[must_use]
pub fn corrections(reading: &Reading) -> Option<Reading> {
    let mut reading = reading.clone();
    reading.unit = reading.unit.filter(|unit| {
        let read_as = VoltageUnit::parse(&unit.read_as);
        let usual = match unit.stated.as_str() {
            "" => Some(VoltageUnit::Microvolt),
            stated => VoltageUnit::parse(stated),
        };
        usual != read_as
    });
    (reading != Reading::default()).then_some(reading)
}
