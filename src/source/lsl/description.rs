//! What a stream says of itself: its header, and its meta-data, which is XML of whoever sends it.

use super::resolve::FoundStream;
use crate::block::Layout;
use crate::montage::canonical_label;
use crate::source::{MOST_CHANNELS, SourceError};
use crate::units::{Hertz, VoltageUnit};

/// What an EEG stream says of itself.
///
/// ```
/// use bci_cursor::source::lsl::EegDescription;
///
/// let described = EegDescription::from_xml(
///     "<info><name>Cap</name><type>EEG</type><channel_count>2</channel_count>\
///      <channel_format>float32</channel_format><nominal_srate>250</nominal_srate>\
///      <version>1.1</version><created_at>1</created_at><uid>u</uid>\
///      <v4data_port>1</v4data_port><v4service_port>1</v4service_port>\
///      <v6data_port>1</v6data_port><v6service_port>1</v6service_port><desc><channels>\
///      <channel><label>C3</label><unit>millivolts</unit><type>EEG</type></channel>\
///      <channel><label>Trigger</label><type>Stim</type></channel>\
///      </channels></desc></info>",
/// )?;
/// assert_eq!(described.layout.labels, ["C3"]);
/// assert_eq!(described.eeg, [(0, 1000.0)]);
/// # Ok::<(), bci_cursor::source::SourceError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EegDescription {
    /// Rate and electrodes.
    pub layout: Layout,
    /// Channels of a sample, EEG or not.
    pub channels: usize,
    /// For each electrode, its channel's place in a sample and its factor to µV.
    pub eeg: Vec<(usize, f64)>,
    /// What it says of its amplifier.
    pub amplifier: Amplifier,
}

/// What a stream tells of its amplifier; empty where it tells nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Amplifier {
    /// Who made it.
    pub manufacturer: String,
    /// Electrode or scheme that the channels are referenced to.
    pub reference: String,
}

impl EegDescription {
    /// Reads the XML that a stream sends of itself, `<info>` with `<desc>` in it.
    ///
    /// # Errors
    /// [`SourceError`] where it is no such XML, or describes no stream of EEG: no regular rate, text, a unit that is no voltage.
    pub fn from_xml(xml: &str) -> Result<Self, SourceError> {
        let unreadable = |why: String| {
            refuse(
                "(unknown)",
                format!("has a header that cannot be read: {why}"),
            )
        };
        let mut info =
            lsl::StreamInfo::from_xml(xml).map_err(|error| unreadable(format!("{error:?}")))?;
        // liblsl says so in the name.
        let name = info.stream_name();
        if name.starts_with("(invalid") {
            return Err(unreadable(name));
        }
        Self::of(&mut info)
    }

    pub(super) fn of(info: &mut lsl::StreamInfo) -> Result<Self, SourceError> {
        let name = info.stream_name();
        let (channels, rate) = samples(info)?;
        let rate = rate.ok_or_else(|| {
            refuse(
                &name,
                "has no regular sampling rate: choose the headset's EEG stream, not its markers",
            )
        })?;
        if info.channel_format() == lsl::ChannelFormat::String {
            let what = "carries text, not samples: choose the headset's EEG stream";
            return Err(refuse(&name, what));
        }
        let described = channels_of(info)?;
        let eeg = eeg_channels(&name, &described)?;
        let labels = eeg
            .iter()
            .map(|&(place, _)| canonical_label(&described[place].label))
            .collect();
        Ok(Self {
            layout: Layout { rate, labels },
            channels,
            eeg,
            amplifier: amplifier_of(info),
        })
    }

    /// Whether a sample of both means the same.
    pub(super) fn has_same_samples(&self, other: &Self) -> bool {
        (&self.layout, self.channels, &self.eeg) == (&other.layout, other.channels, &other.eeg)
    }
}

/// Channels and rate of a stream's samples; no rate where it is irregular. Whoever opens a stream asks this first: buffers are sized by it.
pub(super) fn samples(info: &lsl::StreamInfo) -> Result<(usize, Option<Hertz>), SourceError> {
    let (count, rate_hz) = (info.channel_count(), info.nominal_srate());
    let channels = usize::try_from(count)
        .ok()
        .filter(|channels| (1..=MOST_CHANNELS).contains(channels));
    let rate = Hertz::new(rate_hz);
    match channels {
        Some(channels) if rate.is_some() || rate_hz == 0.0 => Ok((channels, rate)),
        _ => Err(refuse(
            &info.stream_name(),
            format!(
                "says that it has {count} channels at {rate_hz} Hz; expected 1 to {MOST_CHANNELS} channels at up to {} Hz. \
                 Look at the program that sends it",
                Hertz::HIGHEST
            ),
        )),
    }
}

/// Opens an inlet that holds so much, seconds; or hundreds of samples, where they come irregularly.
pub(super) fn open_inlet(
    stream: &FoundStream,
    holds: i32,
    recovers: bool,
) -> Result<lsl::StreamInlet, SourceError> {
    samples(&stream.info)?;
    lsl::StreamInlet::new(&stream.info, holds, 0, recovers)
        .map_err(|error| no_answer(&stream.name, error))
}

pub(super) fn no_answer(name: &str, error: lsl::Error) -> SourceError {
    refuse(
        name,
        format!("does not answer ({error:?}). Is its program still running?"),
    )
}

pub(super) fn refuse(name: &str, what: impl Into<String>) -> SourceError {
    SourceError::Stream {
        name: name.to_owned(),
        what: what.into(),
    }
}

/// `desc/acquisition/manufacturer` and `desc/reference/label`, where LSL's EEG meta-data has them; some programs put the
/// former at `desc/manufacturer`.
fn amplifier_of(info: &mut lsl::StreamInfo) -> Amplifier {
    let desc = info.desc();
    let acquisition = desc.child("acquisition").child_value_named("manufacturer");
    Amplifier {
        manufacturer: if acquisition.is_empty() {
            desc.child_value_named("manufacturer")
        } else {
            acquisition
        },
        reference: desc.child("reference").child_value_named("label"),
    }
}

/// What `desc/channels/channel` says of one channel.
pub(super) struct Channel {
    pub(super) label: String,
    pub(super) unit: String,
    pub(super) kind: String,
    /// `coordinate_system`, which gaze has.
    pub(super) system: String,
}

/// All channels; those that nothing is said of are numbered from 1.
pub(super) fn channels_of(info: &mut lsl::StreamInfo) -> Result<Vec<Channel>, SourceError> {
    let (count, _) = samples(info)?;
    let mut channel = info.desc().child("channels").child("channel");
    let channels = (0..count).map(|k| {
        let text = |name: &str| {
            if channel.is_valid() {
                channel.child_value_named(name)
            } else {
                String::new()
            }
        };
        let (label, unit, kind) = (text("label"), text("unit"), text("type"));
        let system = text("coordinate_system");
        if channel.is_valid() {
            channel = channel.next_sibling_named("channel");
        }
        Channel {
            label: if label.is_empty() {
                format!("{}", k + 1)
            } else {
                label
            },
            unit,
            kind,
            system,
        }
    });
    Ok(channels.collect())
}

fn eeg_channels(name: &str, described: &[Channel]) -> Result<Vec<(usize, f64)>, SourceError> {
    let is_eeg =
        |channel: &Channel| channel.kind.is_empty() || channel.kind.eq_ignore_ascii_case("EEG");
    let mut channels = Vec::new();
    let mut without_unit = 0;
    for (place, channel) in described
        .iter()
        .enumerate()
        .filter(|(_, channel)| is_eeg(channel))
    {
        let unit = if channel.unit.is_empty() {
            without_unit += 1;
            VoltageUnit::Microvolt
        } else {
            VoltageUnit::parse(&channel.unit).ok_or_else(|| {
                let what = format!(
                    "EEG channel '{}' is in '{}', which is no voltage; expected microvolts (or V, mV, nV)",
                    channel.label, channel.unit
                );
                refuse(name, what)
            })?
        };
        channels.push((place, unit.microvolts()));
    }
    if channels.is_empty() {
        let found = described
            .iter()
            .map(|c| format!("'{}' (type {}, {})", c.label, c.kind, c.unit))
            .collect();
        return Err(SourceError::NoChannels {
            what: format!("LSL stream '{name}'"),
            found,
        });
    }
    if without_unit > 0 {
        log::warn!("LSL stream '{name}': {without_unit} channels say no unit; taken as microvolts");
    }
    Ok(channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(channels: &str, rate: &str, desc: &str) -> String {
        format!(
            "<info><name>Cap</name><type>EEG</type><channel_count>{channels}</channel_count>\
             <channel_format>float32</channel_format><nominal_srate>{rate}</nominal_srate>\
             <version>1.1</version><created_at>1</created_at><uid>u</uid>\
             <v4data_port>1</v4data_port><v4service_port>1</v4service_port>\
             <v6data_port>1</v6data_port><v6service_port>1</v6service_port>\
             <desc>{desc}</desc></info>"
        )
    }

    fn error(xml: &str) -> String {
        EegDescription::from_xml(xml).unwrap_err().to_string()
    }

    #[test]
    fn what_nothing_is_said_of_is_eeg_in_microvolts() {
        let described = EegDescription::from_xml(&header("3", "250", "")).unwrap();
        assert_eq!(described.layout.labels, ["1", "2", "3"]);
        assert_eq!(described.eeg, [(0, 1.0), (1, 1.0), (2, 1.0)]);
        assert_eq!(described.amplifier, Amplifier::default());
    }

    /// Buffers are sized by these numbers: one wrong digit from a stranger must not take the memory of this computer.
    #[test]
    fn sizes_that_no_headset_has_are_refused() {
        for (channels, rate) in [
            ("2000000000", "250"),
            ("0", "250"),
            ("8", "1e12"),
            ("8", "1e300"),
        ] {
            let error = error(&header(channels, rate, ""));
            let says = error.contains("expected 1 to 4096 channels at up to 1000000 Hz");
            assert!(says, "{channels} at {rate}: {error}");
        }
        assert!(error(&header("-8", "250", "")).contains("invalid"));
        assert!(error(&header("8", "0", "")).contains("no regular sampling rate"));
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for xml in ["", "<info>", "no XML at all", "<info><name>x</name></info>"] {
            let error = error(xml);
            assert!(error.contains("cannot be read"), "{xml}: {error}");
        }
    }

    #[test]
    fn units_that_are_no_voltage_are_refused() {
        let degrees = "<channels><channel><label>T</label><unit>degC</unit></channel></channels>";
        assert!(error(&header("1", "250", degrees)).contains("'degC'"));
        let stim = "<channels><channel><label>T</label><type>Stim</type></channel></channels>";
        assert!(error(&header("1", "250", stim)).contains("'T' (type Stim, )"));
    }
}
