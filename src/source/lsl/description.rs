//! Description of a stream: its header and metadata, which is XML written by another program.

use super::found::FoundStream;
use super::probe::{ANSWER, NoAnswer, probe};
use crate::block::Layout;
use crate::note::{Note, Notes};
use crate::source::channels::{
    self, Described, NoUnit, ReadAs, described_one_by_one, is_trigger_channel, label_or_name,
};
use crate::source::lsl::found::Answered;
use crate::source::{Amplifier, LslFault, MOST_CHANNELS, SourceError, StreamError};
use crate::units::Hertz;
use bci_cursor_calibration::Reading;

/// Description of an EEG stream.
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
/// assert_eq!(described.triggers, [(1, "Trigger".to_owned())]);
/// # Ok::<(), bci_cursor::source::SourceError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EegDescription {
    /// Sampling rate and names of electrodes.
    pub layout: Layout,
    /// Number of channels in a sample, EEG or not.
    pub channels: usize,
    /// For each electrode, its channel's place in a sample and the factor to µV.
    pub eeg: Vec<(usize, f64)>,
    /// Trigger channels that are not read as EEG: their places in a sample, and their labels.
    pub triggers: Vec<(usize, String)>,
    /// What the stream declares about its amplifier.
    pub amplifier: Amplifier,
    /// Messages for the user: which channels are left out, and why.
    pub warnings: Notes,
    /// How the channels are read.
    pub reading: Reading,
}

impl EegDescription {
    /// Reads the XML description of a stream: `<info>` that contains `<desc>`.
    ///
    /// # Errors
    /// [`SourceError`] if this is not such XML, or the stream is not EEG: irregular rate, text, no EEG channel.
    pub fn from_xml(xml: &str) -> Result<Self, SourceError> {
        Self::from_xml_as(xml, &ReadAs::default())
    }

    /// Like [`Self::from_xml`], but `read_as` overrides what the stream declares.
    ///
    /// # Errors
    /// As [`Self::from_xml`], and if the stream cannot be read in this way.
    pub fn from_xml_as(xml: &str, read_as: &ReadAs) -> Result<Self, SourceError> {
        let unreadable = |message: String| refuse("(unknown)", StreamError::Header { message });
        let mut info = lsl::StreamInfo::from_xml(xml)
            .map_err(|error| unreadable(LslFault::from(error).to_string()))?;
        // liblsl reports a header that it cannot read through the stream's name.
        let name = info.stream_name();
        if name.starts_with("(invalid") {
            return Err(unreadable(name));
        }
        Self::of(&mut info, read_as)
    }

    /// Reads a stream's header. `read_as` overrides what it declares.
    pub(super) fn of(info: &mut lsl::StreamInfo, read_as: &ReadAs) -> Result<Self, SourceError> {
        let name = info.stream_name();
        let (channels, rate) = samples(info)?;
        let rate = read_as.rate.or(rate);
        let rate = rate.ok_or_else(|| refuse(&name, StreamError::NoRate))?;
        if info.channel_format() == lsl::ChannelFormat::String {
            return Err(refuse(&name, StreamError::Text));
        }
        let (described, note) = channels_of(info)?;
        let described: Vec<Described> = described
            .into_iter()
            .map(|channel| Described {
                label: channel.label,
                unit: channel.unit,
                kind: channel.kind,
                rate_hz: rate.hz(),
                unusable: None,
            })
            .collect();
        let what = format!("LSL stream '{name}'");
        let choice = channels::choose(&what, &described, NoUnit::Microvolts, read_as)?;
        let labels = choice.labels();
        let eeg = choice.taken.iter();
        let eeg = eeg.map(|taken| (taken.place, taken.to_microvolts));
        let is_read = |place: usize| choice.taken.iter().any(|taken| taken.place == place);
        let triggers = described.iter().enumerate();
        let triggers = triggers
            .filter(|(place, channel)| {
                !is_read(*place) && is_trigger_channel(&channel.label, &channel.kind)
            })
            .map(|(place, channel)| (place, channel.label.clone()));
        Ok(Self {
            layout: Layout { rate, labels },
            channels,
            eeg: eeg.collect(),
            triggers: triggers.collect(),
            amplifier: amplifier_of(info),
            warnings: note.into_iter().chain(choice.warnings).collect(),
            reading: choice.reading,
        })
    }

    /// Whether the samples of both have the same layout and units.
    pub(super) fn has_same_samples(&self, other: &Self) -> bool {
        (&self.layout, self.channels) == (&other.layout, other.channels)
            && (&self.eeg, &self.triggers) == (&other.eeg, &other.triggers)
    }
}

/// Number of channels and sampling rate, `None` if irregular. Call this before opening a stream, because buffers are
/// sized by these numbers.
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
            StreamError::Size {
                channels: count,
                rate_hz,
            },
        )),
    }
}

/// How long a stream that only liblsl can find is searched for, on the thread that opens it, seconds.
const FIND_S: f64 = 5.0;

/// Opens an inlet whose buffer holds `buffer` seconds, or hundreds of samples for an irregular stream. Call it on the
/// thread that will pull.
pub(super) fn open_inlet(
    stream: &FoundStream,
    answered: Option<&Answered>,
    buffer: i32,
    recovers: bool,
) -> Result<lsl::StreamInlet, SourceError> {
    let info = stream
        .info(answered, FIND_S)
        .ok_or_else(|| refuse(&stream.name, StreamError::Gone))?;
    samples(&info)?;
    lsl::StreamInlet::new(&info, buffer, 0, recovers)
        .map_err(|error| no_answer(&stream.name, error))
}

/// Opens an inlet with liblsl's recovery, and returns its stream's description. Call it on the thread that will pull.
pub(super) fn open_described(
    stream: &FoundStream,
    buffer: i32,
    wait_s: f64,
) -> Result<(lsl::StreamInlet, lsl::StreamInfo), SourceError> {
    let failed = |error| no_answer(&stream.name, error);
    let answered = match probe(stream, 2 * ANSWER, false) {
        Ok(answered) => Some(answered),
        Err(NoAnswer::AddressUnknown) => None,
        Err(NoAnswer::TimedOut | NoAnswer::Gone) => {
            return Err(no_answer(&stream.name, lsl::Error::Timeout));
        }
    };
    let inlet = open_inlet(stream, answered.as_ref(), buffer, true)?;
    let info = match answered {
        Some(answered) => lsl::StreamInfo::from_xml(&answered.full).map_err(failed)?,
        None => inlet.info(wait_s).map_err(failed)?,
    };
    Ok((inlet, info))
}

pub(super) fn no_answer(name: &str, error: lsl::Error) -> SourceError {
    refuse(name, StreamError::NoAnswer(error.into()))
}

pub(super) fn refuse(name: &str, error: StreamError) -> SourceError {
    SourceError::Stream {
        name: name.to_owned(),
        error,
    }
}

/// Reads `desc/acquisition/manufacturer` and `desc/reference/label`, as LSL's EEG metadata defines them. Some programs
/// write the manufacturer to `desc/manufacturer`.
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

/// Description of one channel (`desc/channels/channel`).
pub(super) struct Channel {
    pub(super) label: String,
    pub(super) unit: String,
    pub(super) kind: String,
    /// `coordinate_system`, which gaze streams declare.
    pub(super) system: String,
}

/// All channels, one for each value of a sample, and a message for the user if the description does not match.
pub(super) fn channels_of(
    info: &mut lsl::StreamInfo,
) -> Result<(Vec<Channel>, Option<Note>), SourceError> {
    let (count, rate) = samples(info)?;
    let (mut described, mut systems) = (Vec::new(), Vec::new());
    let mut channel = info.desc().child("channels").child("channel");
    while channel.is_valid() && described.len() <= MOST_CHANNELS {
        let text = |name: &str| channel.child_value_named(name);
        described.push(Described {
            label: label_or_name(&text("label"), &text("name")).to_owned(),
            unit: text("unit"),
            kind: text("type"),
            ..Described::default()
        });
        systems.push(text("coordinate_system"));
        channel = channel.next_sibling_named("channel");
    }
    let rate_hz = rate.map_or(0.0, Hertz::hz);
    let (described, note) = described_one_by_one(described, count, rate_hz);
    // A list of another length cannot be assigned to the channels.
    systems.truncate(if note.is_some() { 0 } else { count });
    systems.resize(count, String::new());
    let both = described.into_iter().zip(systems);
    let channels = both.map(|(about, system)| Channel {
        label: about.label,
        unit: about.unit,
        kind: about.kind,
        system,
    });
    Ok((channels.collect(), note))
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
    fn channels_without_description_are_eeg_in_microvolts() {
        let described = EegDescription::from_xml(&header("3", "250", "")).unwrap();
        assert_eq!(described.layout.labels, ["1", "2", "3"]);
        assert_eq!(described.eeg, [(0, 1.0), (1, 1.0), (2, 1.0)]);
        assert_eq!(described.amplifier, Amplifier::default());
    }

    /// Buffers are sized by these numbers, so a wrong digit from another program must not exhaust memory.
    #[test]
    fn impossible_sizes_are_refused() {
        for (channels, rate) in [
            ("2000000000", "250"),
            ("0", "250"),
            ("8", "1e12"),
            ("8", "1e300"),
        ] {
            let error = error(&header(channels, rate, ""));
            let is_clear = error.contains("expected 1 to 4096 channels at up to 1000000 Hz");
            assert!(is_clear, "{channels} at {rate}: {error}");
        }
        assert!(error(&header("-8", "250", "")).contains("invalid"));
        assert!(error(&header("8", "0", "")).contains("no regular sampling rate"));
    }

    #[test]
    fn an_invalid_header_is_refused() {
        for xml in ["", "<info>", "no XML at all", "<info><name>x</name></info>"] {
            let error = error(xml);
            assert!(error.contains("cannot be read"), "{xml}: {error}");
        }
    }

    #[test]
    fn a_stream_without_eeg_is_refused_with_the_reason_for_each_channel() {
        let degrees = "<channels><channel><label>T</label><unit>degC</unit></channel></channels>";
        assert!(error(&header("1", "250", degrees)).contains("T (degC)"));
        let stim = "<channels><channel><label>T</label><type>Stim</type></channel></channels>";
        let error = error(&header("1", "250", stim));
        assert!(
            error.contains("T (Stim)") && error.contains("type is Stim"),
            "{error}"
        );
    }

    #[test]
    fn a_channel_may_have_a_name_instead_of_a_label() {
        let list = "<channels><channel><name>C3</name></channel><channel><label>C4</label><name>x</name></channel></channels>";
        let described = EegDescription::from_xml(&header("2", "250", list)).unwrap();
        assert_eq!(described.layout.labels, ["C3", "C4"]);
    }

    #[test]
    fn channels_that_are_not_eeg_are_left_out() {
        let channel = |label: &str, unit: &str| {
            format!("<channel><label>{label}</label><unit>{unit}</unit><type>EEG</type></channel>")
        };
        let list = [
            channel("Timestamp", "seconds"),
            channel("Counter", ""),
            channel("AF3", "microvolts"),
            channel("HardwareMarker", ""),
        ];
        let list = format!("<channels>{}</channels>", list.concat());
        let described = EegDescription::from_xml(&header("4", "250", &list)).unwrap();
        assert_eq!(
            (described.layout.labels, described.eeg),
            (vec!["AF3".to_owned()], vec![(2, 1.0)])
        );
        assert!(described.warnings[0].contains("Timestamp (seconds), Counter (no unit)"));
        // One entry more than a sample has values.
        let described = EegDescription::from_xml(&header("3", "250", &list)).unwrap();
        assert_eq!(described.layout.labels, ["1", "2", "3"]);
        assert!(described.warnings[0].contains("describes 4 channels"));
    }
}
