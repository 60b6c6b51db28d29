//! BrainVision recordings: a header (`.vhdr`), markers (`.vmrk`) and samples (`.eeg`), as written by Brain Products'
//! programs and pybv ("BrainVision Core Data Format 1.0").

mod ascii;
mod description;
mod format;
mod markers;
mod text;

use super::about::{About, ChannelAbout, StreamAbout};
use super::input::Input;
use super::records::{Plan, RecordFile};
use crate::block::Layout;
use crate::note::Notes;
use crate::printable::printable_path;
use crate::source::SourceError;
use crate::source::channels::{self, Choice, Described, NoUnit, ReadAs, Taken};
use crate::source::recording::track::Track;
use description::Channel;
use format::Format;
use markers::Markers;
use std::collections::VecDeque;
use std::path::Path;
use text::TextFile;

/// Opens a file in the same folder.
type Companion<'a> = dyn FnMut(&Path) -> Result<Input, SourceError> + 'a;

/// Whether a file begins like a header or a marker file: "Brain Vision Data Exchange Header File", "BrainVision Data
/// Exchange ...", "Brain Vision V-Amp Data Header File", "BrainVision Core Data ...".
pub(super) fn begins(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let line = start.split(|&byte| byte == b'\n').next().unwrap_or(&[]);
    let line = String::from_utf8_lossy(line);
    (line.starts_with("Brain Vision") || line.starts_with("BrainVision")) && line.contains("Data")
}

/// Opens a recording from its header. Reads the header and the markers; samples stay in their file.
///
/// # Errors
/// [`SourceError`] if a file is missing or unusable, or there is no EEG.
pub(super) fn open(
    mut input: Input,
    read_as: &ReadAs,
    companion: &mut Companion<'_>,
) -> Result<RecordFile, SourceError> {
    let header = TextFile::read(&mut input)?;
    if header.first_line().contains("Marker File") {
        return Err(input.malformed(
            0,
            "a marker file (.vmrk)",
            "the header (.vhdr) of a BrainVision recording",
        ));
    }
    let mut warnings = Notes::new();
    let format = Format::read(&input, &header)?;
    let channels = description::read(&input, &header, format.channels, &mut warnings)?;
    let mut data = open_data(&input, &header, companion, &mut warnings)?;
    let markers = match open_markers(&input, &header, companion, &mut warnings)? {
        Some(mut file) => Markers::read(&mut file, &mut warnings)?,
        None => Markers::default(),
    };
    match format.ascii {
        Some(ascii) => data = ascii::to_binary(data, &format, ascii)?,
        None => data.refuse_text_copy(0)?,
    }
    let samples = format.samples(&data, &mut warnings)?;
    let described: Vec<Described> = channels.iter().map(|c| c.about.clone()).collect();
    let what = printable_path(input.path()).to_string();
    let choice = channels::choose(&what, &described, NoUnit::NotEeg, read_as)?;
    warnings.extend(choice.warnings.iter().cloned());
    let (jumps, found) = markers.on_stream(format.rate, &mut warnings);
    let mut plan = Plan {
        layout: Layout {
            rate: format.rate,
            labels: choice.labels(),
        },
        tracks: tracks(&channels, &choice, &format, samples),
        trigger: None,
        data_offset: 0,
        record_bytes: samples.saturating_mul(format.frame_bytes() as u64),
        records: 1,
        samples_per_record: samples,
        jumps,
        markers: VecDeque::new(),
    };
    plan.take_markers(found, &mut warnings);
    if format.multiplexed {
        plan.warn_of_zeros(&mut data, &mut warnings)?;
    }
    let about = About {
        format: "BrainVision".into(),
        streams: vec![StreamAbout {
            kind: "EEG".into(),
            rate_hz: Some(format.rate.hz()),
            samples,
            is_read: true,
            channels: about_channels(&channels, &choice),
            ..StreamAbout::default()
        }],
        warnings,
        rate_doubt: None,
        unit: choice.unit(),
        reading: choice.reading,
    };
    Ok(RecordFile::new(data, plan, about))
}

fn about_channels(channels: &[Channel], choice: &Choice) -> Vec<ChannelAbout> {
    let about = |(place, channel): (usize, &Channel)| ChannelAbout {
        label: channel.about.label.clone(),
        unit: channel.about.unit.clone(),
        is_read: choice.taken.iter().any(|taken| taken.place == place),
    };
    channels.iter().enumerate().map(about).collect()
}

/// Where the samples of the chosen channels are.
fn tracks(channels: &[Channel], choice: &Choice, format: &Format, samples: u64) -> Vec<Track> {
    let width = format.sample.width();
    let track = |taken: &Taken| {
        let before = (taken.place * width) as u64;
        let (byte, stride) = if format.multiplexed {
            (before, format.frame_bytes())
        } else {
            (samples.saturating_mul(before), width)
        };
        Track {
            byte,
            stride,
            format: format.sample,
            gain: channels[taken.place].resolution,
            offset: 0.0,
            to_microvolts: taken.to_microvolts,
        }
    };
    choice.taken.iter().map(track).collect()
}

/// Opens the file with the samples: the one that the header names, or one with the header's own name, in case both were
/// renamed.
fn open_data(
    input: &Input,
    header: &TextFile,
    companion: &mut Companion<'_>,
    warnings: &mut Notes,
) -> Result<Input, SourceError> {
    let named = header
        .get("common infos", "datafile")
        .map(|entry| entry.value);
    let named = named.filter(|name| !name.is_empty());
    let found = named
        .as_deref()
        .map(|name| companion_of(input, "DataFile", name, companion));
    let error = match found {
        Some(Ok(data)) => return Ok(data),
        Some(Err(error)) => error,
        None => input.malformed(0, "no DataFile=", "the name of the file with the samples"),
    };
    let named = named.unwrap_or_else(|| "no file".into());
    ["eeg", "dat"]
        .iter()
        .find_map(|extension| sibling(input, extension, &named, companion, warnings))
        .ok_or(error)
}

/// Opens the marker file. `None` if there is none; a missing file that the header names is reported.
fn open_markers(
    input: &Input,
    header: &TextFile,
    companion: &mut Companion<'_>,
    warnings: &mut Notes,
) -> Result<Option<Input>, SourceError> {
    let named = header
        .get("common infos", "markerfile")
        .map(|entry| entry.value);
    let Some(named) = named.filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let error = match companion_of(input, "MarkerFile", &named, companion) {
        Ok(markers) => return Ok(Some(markers)),
        Err(error) => error,
    };
    let found = sibling(input, "vmrk", &named, companion, warnings);
    if found.is_none() {
        warnings.push(format!("there are no markers: {error}"));
    }
    Ok(found)
}

/// A file with the header's own name and another extension.
fn sibling(
    input: &Input,
    extension: &str,
    named: &str,
    companion: &mut Companion<'_>,
    warnings: &mut Notes,
) -> Option<Input> {
    let path = input.path().with_extension(extension);
    let found = companion(&path).ok()?;
    warnings.push(format!(
        "its header names {named}, which is not there: {} is read instead",
        printable_path(&path)
    ));
    Some(found)
}

/// Opens a file that the header names. It is only looked for next to the header, whatever folder is named.
fn companion_of(
    header: &Input,
    key: &str,
    name: &str,
    open: &mut Companion<'_>,
) -> Result<Input, SourceError> {
    let stem = header
        .path()
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    // `$b` stands for the header's own name.
    let name = name.replace("$b", &stem);
    let file = name.rsplit(['/', '\\']).next().unwrap_or(&name);
    let path = header.path().with_file_name(file);
    open(&path).map_err(|error| match error {
        SourceError::Io { cause, .. } => SourceError::Companion {
            header: header.path().to_owned(),
            key: key.to_owned(),
            path,
            cause,
        },
        other => other,
    })
}
