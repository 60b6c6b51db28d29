//! BrainVision recordings: a header (`.vhdr`), markers (`.vmrk`) and samples (`.eeg`), as Brain Products' Recorder and
//! pybv write them ("BrainVision Core Data Format 1.0").

use super::about::{About, ChannelAbout, StreamAbout};
use super::input::Input;
use super::records::{Plan, RecordFile, Track};
use super::samples::SampleFormat;
use super::text;
use crate::block::Layout;
use crate::source::channels::{self, Choice, Described, NoUnit, ReadAs};
use crate::source::{MOST_CHANNELS, Marker, SourceError};
use crate::time::SampleIndex;
use crate::units::Hertz;
use std::collections::VecDeque;
use std::path::Path;

/// Headers and marker files are text: more than this is none.
const LONGEST_TEXT: u64 = 64 << 20;

/// Whether a file begins as a header or a marker file does.
pub(super) fn begins(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    start.starts_with(b"Brain Vision Data Exchange")
        || start.starts_with(b"BrainVision Data Exchange")
}

/// Opens a recording from its header: reads that and the markers; samples stay in their file.
///
/// # Errors
/// [`SourceError`] where a file is missing or unusable, or there is no EEG.
pub(super) fn open(
    mut input: Input,
    read_as: &ReadAs,
    companion: &mut dyn FnMut(&Path) -> Result<Input, SourceError>,
) -> Result<RecordFile, SourceError> {
    let header = TextFile::read(&mut input)?;
    if header.first_line().contains("Marker File") {
        return Err(input.malformed(
            0,
            "a marker file (.vmrk)",
            "the header (.vhdr) of a BrainVision recording",
        ));
    }
    let format = Format::read(&input, &header)?;
    let channels = read_channels(&input, &header, format.channels)?;
    let mut beside = |key: &str, name: &str| companion_of(&input, key, name, companion);
    let data_name = header.get("common infos", "datafile");
    let data_name = data_name.ok_or_else(|| {
        input.malformed(0, "no DataFile=", "the name of the file with the samples")
    })?;
    let mut data = beside("DataFile", data_name.value)?;
    let markers = match header.get("common infos", "markerfile") {
        Some(name) if !name.value.is_empty() => {
            read_markers(&mut beside("MarkerFile", name.value)?)?
        }
        _ => VecDeque::new(),
    };
    data.refuse_text_copy(0)?;
    let mut warnings = Vec::new();
    let samples = format.samples(&data, &mut warnings)?;
    let what = input.path().display().to_string();
    let described: Vec<Described> = channels.iter().map(|c| c.about.clone()).collect();
    let choice = channels::choose(&what, &described, NoUnit::NotEeg, read_as)?;
    warnings.extend_from_slice(&choice.warnings);
    let plan = Plan {
        layout: Layout {
            rate: format.rate,
            labels: choice.labels(),
        },
        tracks: format.tracks(&channels, &choice, samples),
        status: None,
        data_offset: 0,
        record_bytes: samples.saturating_mul(format.frame_bytes() as u64),
        records: 1,
        samples_per_record: samples,
        jumps: VecDeque::new(),
        markers,
    };
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
    };
    Ok(RecordFile::new(data, plan, about))
}

/// One `key=value` of a section, with its place in the file.
struct Entry<'a> {
    section: &'a str,
    key: &'a str,
    value: &'a str,
    offset: u64,
}

/// A file of sections, as Windows programs write them.
struct TextFile {
    /// Each line's length in the file, bytes, and its text.
    lines: Vec<(u64, String)>,
}

impl TextFile {
    fn read(input: &mut Input) -> Result<Self, SourceError> {
        if input.size() > LONGEST_TEXT {
            let found = format!("{} bytes", input.size());
            return Err(input.malformed(LONGEST_TEXT, &found, "a text file of 64 MB at most"));
        }
        input.go_to(0)?;
        let bytes = input.read_up_to(LONGEST_TEXT)?;
        // Line by line, whatever the "Codepage" says: a name in Latin-1 may stand beside a µ in UTF-8.
        let lines = bytes.split_inclusive(|&byte| byte == b'\n');
        Ok(Self {
            lines: lines
                .map(|line| (line.len() as u64, text::decode(line)))
                .collect(),
        })
    }

    fn first_line(&self) -> &str {
        self.lines.first().map_or("", |(_, line)| line)
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut section = "";
        let mut end = 0;
        self.lines.iter().filter_map(move |(bytes, line)| {
            let offset = end;
            end += bytes;
            let line = line.trim();
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']');
                return None;
            }
            if line.starts_with(';') || section.eq_ignore_ascii_case("comment") {
                return None;
            }
            let (key, value) = line.split_once('=')?;
            Some(Entry {
                section,
                key: key.trim(),
                value: value.trim(),
                offset,
            })
        })
    }

    fn get(&self, section: &str, key: &str) -> Option<Entry<'_>> {
        self.entries().find(|entry| {
            entry.section.eq_ignore_ascii_case(section) && entry.key.eq_ignore_ascii_case(key)
        })
    }
}

/// How the samples lie in their file.
struct Format {
    rate: Hertz,
    channels: usize,
    sample: SampleFormat,
    multiplexed: bool,
    points: Option<u64>,
}

impl Format {
    fn read(input: &Input, header: &TextFile) -> Result<Self, SourceError> {
        let get = |key: &str| header.get("common infos", key);
        let needed = |key: &str, expected: &str| {
            get(key).ok_or_else(|| input.malformed(0, &format!("no {key}="), expected))
        };
        let unusable = |entry: &Entry<'_>, expected: &str| {
            input.malformed(
                entry.offset,
                &format!("{}={}", entry.key, entry.value),
                expected,
            )
        };
        if let Some(entry) =
            get("DataFormat").filter(|entry| !entry.value.eq_ignore_ascii_case("binary"))
        {
            return Err(unusable(&entry, "DataFormat=BINARY; export it as binary"));
        }
        if let Some(entry) =
            get("DataType").filter(|entry| !entry.value.eq_ignore_ascii_case("timedomain"))
        {
            return Err(unusable(&entry, "DataType=TIMEDOMAIN"));
        }
        let entry = needed("NumberOfChannels", "the number of channels")?;
        let channels = entry
            .value
            .parse()
            .ok()
            .filter(|count| (1..=MOST_CHANNELS).contains(count));
        let channels = channels.ok_or_else(|| unusable(&entry, "1 to 4096 channels"))?;
        let entry = needed("SamplingInterval", "the sampling interval in microseconds")?;
        let interval_us: Option<f64> = entry.value.replace(',', ".").parse().ok();
        let rate = interval_us.and_then(|interval_us| Hertz::new(1e6 / interval_us));
        let rate = rate
            .ok_or_else(|| unusable(&entry, "a sampling interval in microseconds, at least 1"))?;
        let multiplexed = match get("DataOrientation") {
            None => true,
            Some(entry) if entry.value.eq_ignore_ascii_case("multiplexed") => true,
            Some(entry) if entry.value.eq_ignore_ascii_case("vectorized") => false,
            Some(entry) => return Err(unusable(&entry, "MULTIPLEXED or VECTORIZED")),
        };
        let sample = match header.get("binary infos", "BinaryFormat") {
            None => SampleFormat::I16,
            Some(entry) => match entry.value.to_ascii_uppercase().as_str() {
                "INT_16" => SampleFormat::I16,
                "UINT_16" => SampleFormat::U16,
                "INT_32" => SampleFormat::I32,
                "IEEE_FLOAT_32" => SampleFormat::F32,
                "IEEE_FLOAT_64" => SampleFormat::F64,
                _ => {
                    return Err(unusable(
                        &entry,
                        "INT_16, UINT_16, INT_32, IEEE_FLOAT_32 or IEEE_FLOAT_64",
                    ));
                }
            },
        };
        let points = get("DataPoints")
            .and_then(|entry| entry.value.parse().ok())
            .filter(|&points| points > 0);
        Ok(Self {
            rate,
            channels,
            sample,
            multiplexed,
            points,
        })
    }

    /// Bytes of one sample of every channel.
    fn frame_bytes(&self) -> usize {
        self.channels * self.sample.width()
    }

    /// Samples of each channel that are there.
    fn samples(&self, data: &Input, warnings: &mut Vec<String>) -> Result<u64, SourceError> {
        let frame = self.frame_bytes() as u64;
        let there = data.size() / frame;
        let announced = self.points.unwrap_or(there);
        let is_cut =
            announced > there || (self.points.is_none() && !data.size().is_multiple_of(frame));
        if there == 0 || (is_cut && !self.multiplexed) {
            // Channel after channel: where the later ones begin is not known, or they are not there.
            return Err(SourceError::Truncated {
                path: data.path().to_owned(),
                found: data.size(),
                expected: announced.max(there + 1).saturating_mul(frame),
            });
        }
        if is_cut {
            let of = self
                .points
                .map_or(String::new(), |points| format!(" of {points}"));
            warnings.push(format!(
                "{} is cut: it has {} bytes; {there}{of} samples of each channel are used. Copy it again from where it was \
                 recorded, if it is whole there",
                data.path().display(),
                data.size()
            ));
        }
        Ok(announced.min(there))
    }

    /// Where the channels that are read lie.
    fn tracks(&self, channels: &[Channel], choice: &Choice, samples: u64) -> Vec<Track> {
        let width = self.sample.width();
        let track = |taken: &channels::Taken| {
            let k = taken.place;
            let (byte, stride) = if self.multiplexed {
                ((k * width) as u64, self.frame_bytes())
            } else {
                (samples.saturating_mul((k * width) as u64), width)
            };
            Track {
                byte,
                stride,
                format: self.sample,
                gain: channels[k].resolution,
                offset: 0.0,
                to_microvolts: taken.to_microvolts,
            }
        };
        choice.taken.iter().map(track).collect()
    }
}

struct Channel {
    about: Described,
    /// Physical value of one step, in its unit.
    resolution: f64,
}

fn about_channels(channels: &[Channel], choice: &Choice) -> Vec<ChannelAbout> {
    let about = |(place, channel): (usize, &Channel)| ChannelAbout {
        label: channel.about.label.clone(),
        unit: channel.about.unit.clone(),
        is_read: choice.taken.iter().any(|taken| taken.place == place),
    };
    channels.iter().enumerate().map(about).collect()
}

/// `Ch1=<name>,<reference>,<resolution>,<unit>`; a comma in a name is written `\1`.
fn read_channels(
    input: &Input,
    header: &TextFile,
    count: usize,
) -> Result<Vec<Channel>, SourceError> {
    let mut channels: Vec<Option<Channel>> = (0..count).map(|_| None).collect();
    for entry in header
        .entries()
        .filter(|entry| entry.section.eq_ignore_ascii_case("channel infos"))
    {
        let number = entry
            .key
            .get(2..)
            .and_then(|number| number.parse::<usize>().ok());
        let Some(slot) = number.and_then(|number| channels.get_mut(number.wrapping_sub(1))) else {
            let expected = format!("Ch1 to Ch{count}");
            return Err(input.malformed(entry.offset, entry.key, &expected));
        };
        let mut fields = entry.value.split(',').map(str::trim);
        let label = fields.next().unwrap_or("").replace("\\1", ",");
        let resolution = fields.nth(1).filter(|text| !text.is_empty()).unwrap_or("1");
        let resolution = resolution
            .parse()
            .ok()
            .filter(|r: &f64| r.is_finite() && *r != 0.0);
        let resolution = resolution.ok_or_else(|| {
            let found = format!("{}={}", entry.key, entry.value);
            input.malformed(
                entry.offset,
                &found,
                "name, reference, resolution (a number) and unit",
            )
        })?;
        // Where the unit is left out it is µV: the format says so.
        let unit = fields
            .next()
            .filter(|unit| !unit.is_empty())
            .unwrap_or("µV");
        *slot = Some(Channel {
            about: Described {
                label,
                unit: unit.to_owned(),
                ..Described::default()
            },
            resolution,
        });
    }
    let described = channels.iter().filter(|channel| channel.is_some()).count();
    let channels: Option<Vec<Channel>> = channels.into_iter().collect();
    channels.ok_or_else(|| {
        let found = format!("[Channel Infos] of {described} channels");
        input.malformed(
            0,
            &found,
            &format!("a line for each of the {count} channels"),
        )
    })
}

/// `Mk1=<type>,<description>,<position>,<size>,<channel>`; positions count from one. The marker is the description, or the
/// type where there is none.
fn read_markers(input: &mut Input) -> Result<VecDeque<Marker>, SourceError> {
    let file = TextFile::read(input)?;
    let mut markers = Vec::new();
    for entry in file
        .entries()
        .filter(|entry| entry.section.eq_ignore_ascii_case("marker infos"))
    {
        let fields: Vec<&str> = entry.value.split(',').collect();
        let position = fields
            .get(2)
            .and_then(|position| position.trim().parse::<u64>().ok());
        let (Some(position), [kind, description, ..]) = (position, fields.as_slice()) else {
            let found = format!("{}={}", entry.key, entry.value);
            return Err(input.malformed(entry.offset, &found, "type, description and position"));
        };
        let text = if description.trim().is_empty() {
            kind
        } else {
            description
        };
        markers.push(Marker {
            at: SampleIndex(position.saturating_sub(1)),
            label: text.trim().replace("\\1", ","),
        });
    }
    markers.sort_by_key(|marker| marker.at);
    Ok(markers.into())
}

/// Opens a file that the header names; only beside it, whatever folder it names.
fn companion_of(
    header: &Input,
    key: &str,
    name: &str,
    open: &mut dyn FnMut(&Path) -> Result<Input, SourceError>,
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
