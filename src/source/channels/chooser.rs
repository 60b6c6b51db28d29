//! The rules: which described channels are EEG, in which unit, and under which electrodes' names.

use super::{Choice, Described, NoUnit, ReadAs, Taken, names, standard_electrodes};
use crate::montage::{self, canonical_label};
use crate::note::{Note, Remedy};
use crate::printable::{counted, printable};
use crate::source::{ChannelsError, NoEegReason, SourceError};
use crate::units::{Hertz, VoltageUnit};
use bci_cursor_calibration::{ReadUnit, Reading};
use std::collections::BTreeMap;

/// Chooses the channels, independent of the decoder that will use them.
pub(super) fn choose_plainly(
    what: &str,
    described: &[Described],
    no_unit: NoUnit,
    read_as: &ReadAs,
) -> Result<Choice, SourceError> {
    let spelled: Vec<&str> = described.iter().map(|c| c.label.as_str()).collect();
    let named = montage::labels_of(&spelled);
    let chooser = Chooser {
        what,
        described,
        labels: &named.labels,
        no_unit,
        read_as,
    };
    let mut choice = if read_as.channels.is_empty() {
        chooser.every_eeg()?
    } else {
        chooser.named()?
    };
    choice.warnings.extend(named.notes);
    choice
        .warnings
        .extend(chooser.doubt_unit_of_decoder(&choice));
    choice.reading = chooser.reading(&choice);
    chooser.name_electrodes(&mut choice)?;
    Ok(choice)
}

struct Chooser<'a> {
    what: &'a str,
    described: &'a [Described],
    labels: &'a [String],
    no_unit: NoUnit,
    read_as: &'a ReadAs,
}

impl Chooser<'_> {
    /// The requested channels, in this order, whatever their type.
    fn named(&self) -> Result<Choice, SourceError> {
        let mut choice = Choice::default();
        let mut without_unit = Vec::new();
        for wanted in &self.read_as.channels {
            let place = self.place_of(wanted)?;
            let channel = &self.described[place];
            if choice.taken.iter().any(|taken| taken.place == place) {
                return Err(self.refuse(ChannelsError::Twice(wanted.clone())));
            }
            if let Some(why) = &channel.unusable {
                return Err(self.refuse(ChannelsError::Unreadable {
                    channel: wanted.clone(),
                    why: why.clone(),
                }));
            }
            let unit = self.unit_of(channel);
            if unit.is_none() {
                without_unit.push(name_and(channel, &unit_name(channel)));
            }
            choice.taken.push(self.taken(place, unit));
        }
        self.check_one_rate(&choice)?;
        if !without_unit.is_empty() {
            choice.warnings.push(format!(
                "taken as microvolts, although their unit is not a voltage: {}",
                without_unit.join(", ")
            ));
        }
        Ok(choice)
    }

    /// All channels that are EEG, at the rate that most of them have.
    fn every_eeg(&self) -> Result<Choice, SourceError> {
        let states_voltage = |c: &&Described| VoltageUnit::parse(&c.unit).is_some();
        let any_unit = self.described.iter().any(|c| states_voltage(&c));
        let mut why: Vec<Option<String>> = (0..self.described.len())
            .map(|place| self.why_not_eeg(place, any_unit))
            .collect();
        // "EXG 1" is an electrode next to the cap on a BioSemi amplifier, and the only kind of channel on an OpenBCI
        // board.
        let is_exg = |place: usize| names::is_exg(&self.described[place].label);
        if (0..why.len()).any(|place| why[place].is_none() && !is_exg(place)) {
            for place in (0..why.len()).filter(|&place| is_exg(place)) {
                let external = || "external electrode".to_owned();
                why[place].get_or_insert_with(external);
            }
        }
        let rate_hz = self.usual_rate(&why);
        for (why, channel) in why.iter_mut().zip(self.described) {
            if why.is_none() && Some(channel.rate_hz) != rate_hz {
                let rate_hz = rate_hz.unwrap_or_default();
                *why = Some(format!("at {} Hz, not {rate_hz} Hz", channel.rate_hz));
            }
        }
        let left_out: Vec<(&Described, &String)> = self
            .described
            .iter()
            .zip(&why)
            .filter_map(|(channel, why)| Some((channel, why.as_ref()?)))
            .collect();
        let taken = (0..why.len()).filter(|&place| why[place].is_none());
        let mut choice = Choice {
            taken: taken
                .map(|place| self.taken(place, self.unit_of(&self.described[place])))
                .collect(),
            ..Choice::default()
        };
        if choice.taken.is_empty() {
            return Err(self.none_is_eeg(&left_out));
        }
        let list = |is_unusable: bool| {
            let of_kind = left_out
                .iter()
                .filter(|(channel, _)| channel.unusable.is_some() == is_unusable)
                .map(|(channel, why)| name_and(channel, why));
            of_kind.collect::<Vec<String>>().join(", ")
        };
        let (unusable, other) = (list(true), list(false));
        if !other.is_empty() {
            let text = format!("left out, not EEG: {other}");
            choice.warnings.push(Note::new(text, Remedy::TakeChannels));
        }
        if !unusable.is_empty() {
            choice
                .warnings
                .push(format!("left out, cannot be read: {unusable}"));
        }
        let is_silent = |taken: &&Taken| self.described[taken.place].unit.is_empty();
        let silent = choice.taken.iter().filter(is_silent).count();
        if silent > 0 && self.read_as.unit.is_none() {
            let text = format!(
                "no unit is stated for {}: taken as microvolts",
                counted(silent, "channel")
            );
            choice.warnings.push(Note::new(text, Remedy::StateUnit));
        }
        Ok(choice)
    }

    /// Why a channel is not EEG; `None` if it is.
    fn why_not_eeg(&self, place: usize, any_unit: bool) -> Option<String> {
        let channel = &self.described[place];
        if let Some(why) = &channel.unusable {
            return Some(why.clone());
        }
        let decoder = self.read_as.decoder.as_ref();
        if decoder.is_some_and(|decoder| decoder.needs.contains(&self.labels[place])) {
            return None;
        }
        let kind = channel.kind.trim();
        if !kind.is_empty() && !names::is_eeg_type(kind) {
            return Some(kind.to_owned());
        }
        if self.unit_of(channel).is_none() {
            return Some(unit_name(channel));
        }
        if channel.unit.is_empty() && self.read_as.unit.is_none() && any_unit {
            return Some(unit_name(channel));
        }
        names::other_than_eeg(&channel.label).map(str::to_owned)
    }

    /// The unit in which a channel is read; `None` if that is not a voltage.
    fn unit_of(&self, channel: &Described) -> Option<VoltageUnit> {
        let stated = VoltageUnit::parse(&channel.unit);
        // If no channel declares a voltage, the declared units are wrong.
        let is_voltage = |c: &Described| VoltageUnit::parse(&c.unit).is_some();
        let is_clear = stated.is_some()
            || channel.unit.is_empty()
            || names::is_eeg_type(channel.kind.trim())
            || !self.described.iter().any(is_voltage);
        if let Some(unit) = self.read_as.unit.filter(|_| is_clear || self.is_named()) {
            return Some(unit);
        }
        let as_fitted = self.read_as.decoder.as_ref().and_then(|d| d.unit.as_ref());
        if let Some((stated, unit)) = as_fitted
            && is_same_unit(stated, &channel.unit)
        {
            return Some(*unit);
        }
        match self.no_unit {
            NoUnit::Microvolts if channel.unit.is_empty() => Some(VoltageUnit::Microvolt),
            _ => stated,
        }
    }

    /// The warning if the decoder's recordings declared a wrong unit and this source declares another one.
    fn doubt_unit_of_decoder(&self, choice: &Choice) -> Option<Note> {
        let (stated, unit) = self.read_as.decoder.as_ref()?.unit.as_ref()?;
        let units = choice.taken.iter();
        let mut units = units.map(|taken| &self.described[taken.place].unit);
        if let Some(now) = self.read_as.unit {
            let contradicts = now != *unit && units.all(|unit| is_same_unit(stated, unit));
            return contradicts.then(|| {
                let (now, then) = (now.symbol(), unit.symbol());
                format!("the stated unit {now} is used, although {then} was stated when the decoder was fitted").into()
            });
        }
        let other = units.find(|unit| !is_same_unit(stated, unit))?;
        let text = format!(
            "its unit is '{other}' and is believed, although the decoder's recordings stated '{stated}' and were read as {}",
            unit.symbol()
        );
        Some(Note::new(text, Remedy::StateUnit))
    }

    /// How the chosen channels are read, before they get the names of `--electrodes`.
    fn reading(&self, choice: &Choice) -> Reading {
        let first = choice.taken.first();
        let unit = first.map(|taken| {
            let channel = &self.described[taken.place];
            let unit = self.unit_of(channel).unwrap_or(VoltageUnit::Microvolt);
            ReadUnit {
                stated: channel.unit.trim().to_owned(),
                read_as: unit.symbol().into(),
            }
        });
        let mut reading = Reading {
            unit,
            rate_hz: self.read_as.rate.map(Hertz::hz),
            ..Reading::default()
        };
        if !self.read_as.electrodes.is_empty() {
            reading.channels.clone_from(&self.read_as.channels);
            reading.labels = choice.labels();
            reading.electrodes.clone_from(&self.read_as.electrodes);
        }
        reading
    }

    fn is_named(&self) -> bool {
        !self.read_as.channels.is_empty()
    }

    fn taken(&self, place: usize, unit: Option<VoltageUnit>) -> Taken {
        Taken {
            place,
            label: self.labels[place].clone(),
            to_microvolts: unit.unwrap_or(VoltageUnit::Microvolt).microvolts(),
        }
    }

    /// The most frequent rate of the remaining channels; the highest of several.
    fn usual_rate(&self, why: &[Option<String>]) -> Option<f64> {
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        for (channel, _) in self.described.iter().zip(why).filter(|(_, w)| w.is_none()) {
            // The bits of positive floats have the same order as the floats.
            *counts.entry(channel.rate_hz.to_bits()).or_default() += 1;
        }
        let most = counts.iter().max_by_key(|&(bits, count)| (*count, *bits));
        most.map(|(bits, _)| f64::from_bits(*bits))
    }

    fn check_one_rate(&self, choice: &Choice) -> Result<(), SourceError> {
        let rate = |taken: &Taken| self.described[taken.place].rate_hz;
        let is_one = choice
            .taken
            .windows(2)
            .all(|pair| rate(&pair[0]) == rate(&pair[1]));
        if is_one {
            return Ok(());
        }
        let rates = choice.taken.iter();
        let rates = rates.map(|taken| (taken.label.clone(), rate(taken)));
        Err(self.refuse(ChannelsError::Rates(rates.collect())))
    }

    /// Finds a requested channel: by its own spelling, otherwise by its standard label.
    fn place_of(&self, wanted: &str) -> Result<usize, SourceError> {
        let wanted = wanted.trim();
        let of = |is: &dyn Fn(usize) -> bool| {
            let mut places = (0..self.labels.len()).filter(|&place| is(place));
            places.next().filter(|_| places.next().is_none())
        };
        let standard = canonical_label(wanted);
        of(&|place| self.labels[place] == wanted)
            .or_else(|| of(&|place| self.described[place].label.trim() == wanted))
            .or_else(|| of(&|place| self.labels[place] == standard))
            .or_else(|| of(&|place| self.labels[place].eq_ignore_ascii_case(wanted)))
            .ok_or_else(|| SourceError::NoSuchChannel {
                wanted: wanted.to_owned(),
                found: self.labels.to_vec(),
            })
    }

    /// Gives the chosen channels the names of `--electrodes`.
    fn name_electrodes(&self, choice: &mut Choice) -> Result<(), SourceError> {
        let names = &self.read_as.electrodes;
        if names.is_empty() {
            return Ok(());
        }
        if names.len() != choice.taken.len() {
            return Err(self.refuse(ChannelsError::ElectrodeCount {
                named: names.clone(),
                channels: choice.labels(),
            }));
        }
        let standard = standard_electrodes(names).map_err(|error| self.refuse(error))?;
        for (taken, label) in choice.taken.iter_mut().zip(standard) {
            taken.label = label;
        }
        Ok(())
    }

    fn refuse(&self, error: ChannelsError) -> SourceError {
        SourceError::Channels {
            name: self.what.to_owned(),
            error,
        }
    }

    /// The error if no channel is left, with the reason for each channel.
    fn none_is_eeg(&self, left_out: &[(&Described, &String)]) -> SourceError {
        let kinds: Vec<&str> = left_out.iter().map(|(c, _)| c.kind.trim()).collect();
        let one_kind = kinds
            .first()
            .filter(|kind| !kind.is_empty() && !names::is_eeg_type(kind))
            .filter(|kind| kinds.iter().all(|other| other == *kind));
        let no_units = left_out.iter().all(|(channel, _)| channel.unit.is_empty());
        let reason = match one_kind {
            Some(kind) => NoEegReason::Type((*kind).to_owned()),
            None if left_out.is_empty() => NoEegReason::Empty,
            None if no_units => NoEegReason::NoUnits,
            None => NoEegReason::NoVoltage,
        };
        SourceError::NoChannels {
            name: self.what.to_owned(),
            found: left_out.iter().map(|(c, why)| name_and(c, why)).collect(),
            reason,
        }
    }
}

fn name_and(channel: &Described, why: &str) -> String {
    format!("{} ({why})", printable(channel.label.trim()))
}

fn is_same_unit(one: &str, other: &str) -> bool {
    let unit = VoltageUnit::parse(one);
    one.trim() == other.trim() || (unit.is_some() && unit == VoltageUnit::parse(other))
}

fn unit_name(channel: &Described) -> String {
    match channel.unit.trim() {
        "" => "no unit".to_owned(),
        unit => printable(unit).into_owned(),
    }
}
