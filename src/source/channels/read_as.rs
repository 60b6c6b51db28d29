//! How a source is read where it does not say right what it is.

use crate::montage::canonical_label;
use crate::units::{Hertz, VoltageUnit};
use bci_cursor_calibration::{ReadUnit, Reading};

/// How a source is read where that differs from what it says of itself. The default: as it says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadAs {
    /// Only these channels, in this order, even where type or name says that they are not EEG; empty: all EEG channels.
    pub channels: Vec<String>,
    /// What the channels that are read are called, in their order; empty: as the source says.
    pub electrodes: Vec<String>,
    /// The unit of the samples; none: as the source says.
    pub unit: Option<VoltageUnit>,
    /// The sampling rate; none: as the source says.
    pub rate: Option<Hertz>,
    /// The decoder that will read it; none where there is no decoder yet.
    pub decoder: Option<ForDecoder>,
}

/// What a decoder expects of a source, and how the recordings were read that it was fitted to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ForDecoder {
    /// Channels that it needs: taken even where type or name says that they are not EEG.
    pub needs: Vec<String>,
    /// Its sampling rate, Hz; none where it serves any.
    pub rate_hz: Option<f64>,
    /// As [`ReadAs::channels`] and [`ReadAs::electrodes`] were, and what the channels were called before they were given those names:
    /// a source whose channels are called so, or that lacks a channel by its own names, gets the names, too.
    pub channels: Vec<String>,
    /// See `channels`.
    pub labels: Vec<String>,
    /// See `channels`.
    pub electrodes: Vec<String>,
    /// The unit that was stated, as it was spelled, and what it really was.
    pub unit: Option<(String, VoltageUnit)>,
    /// Whether the user stated `rate_hz` when the decoder was fitted: then it also holds where a source declares another rate.
    pub is_rate_stated: bool,
}

impl ReadAs {
    /// The same, with what was stated when a file was recorded wherever nothing is stated now. Also gives a warning for each option
    /// that contradicts the file.
    pub(crate) fn or_kept(&self, kept: &Reading) -> (Self, Vec<String>) {
        let mut read_as = self.clone();
        let mut warnings = Vec::new();
        let mut contradicts = |option: &str, now: String, then: &str| {
            warnings.push(format!(
                "{option} {now} is used, although {option} {then} was given when this was recorded"
            ));
        };
        if self.electrodes.is_empty() {
            (read_as.channels, read_as.electrodes) = self.chosen_of(kept);
        } else if !kept.electrodes.is_empty() && !are_same(&self.electrodes, &kept.electrodes) {
            let then = kept.electrodes.join(",");
            contradicts("--electrodes", self.electrodes.join(","), &then);
        }
        let unit = kept.unit.as_ref();
        let unit = unit.and_then(|unit| VoltageUnit::parse(&unit.read_as));
        match (self.unit, unit) {
            (Some(now), Some(then)) if now != then => {
                contradicts("--unit", now.symbol().to_owned(), then.symbol());
            }
            (now, then) => read_as.unit = now.or(then),
        }
        read_as.rate = self.rate.or(kept.rate_hz.and_then(Hertz::new));
        (read_as, warnings)
    }
}

impl ReadAs {
    /// Channels and electrodes that were named when a file was recorded; of these the ones that `channels` names by either name.
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

/// How the device's stream is read, where a session was recorded from it as `kept` says and is read again as `now` says.
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

/// The unit of the device's stream, where its samples in microvolts turned out to be in another unit. None where there is no such unit.
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

/// What of a reading differs from what the source says of itself; none where nothing does.
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
