//! Records several LSL streams at once as they are, each on its own thread.

use super::StopFlag;
pub use super::record_watch::Progress;
use super::record_watch::{Silence, clocks_apart};
use crate::recording::xdf::{
    SampleType, Samples, StreamId, XdfWriter, cut_to_whole_chunks, with_reading,
};
use crate::source::SourceError;
use crate::source::channels::ReadAs;
use crate::source::lsl::stamps::RESET_S;
use crate::source::lsl::tap::{Pulled, Tap};
use crate::source::lsl::{EegDescription, FoundStream};
use crate::system::clock;
use crate::time::{HostNanos, is_time};
use crate::units::Hertz;
use bci_cursor_calibration::Reading;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

/// An error that prevents a recording from starting or continuing.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A stream failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The file cannot be written.
    #[error(
        "the file cannot be written ({0}). Where the disk is full, free some space and record again"
    )]
    Io(#[from] io::Error),
    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(io::Error),
}

/// Messages from a stream's thread.
enum Sent {
    Samples {
        stream: usize,
        samples: Samples,
        count: u64,
        lost_samples: u64,
        clock_resets: u64,
        span_s: f64,
        invalid_stamps: u64,
        clock_ahead_s: Option<f64>,
    },
    ClockOffset {
        stream: usize,
        time_s: f64,
        offset_s: f64,
    },
}

/// Number of chunks that can wait, and duration of each: the disk may stall for a minute.
const CHUNKS: usize = 256;
const CHUNK_NS: u64 = 250_000_000;
/// Time between two measurements of the clock offset (as in LabRecorder), and between two syncs to disk.
const OFFSETS_NS: u64 = 5_000_000_000;
const SYNC_NS: u64 = 500_000_000;
/// How long connecting to a stream may take, and how long its thread may take to hand over the rest at the end.
const CONNECT: Duration = Duration::from_secs(20);
const REST_NS: u64 = 2_000_000_000;
/// How long a thread waits for a sample before it checks for other work, seconds.
const WAIT_S: f64 = 0.1;

/// Records until the stop flag is set, and calls `show` several times a second. `eeg` is the index of a stream that is
/// read differently from its own declaration, with how: its samples are recorded as they are, and the file says how to
/// read them.
///
/// # Errors
/// [`RecordError`] if a stream cannot be opened or the file cannot be written.
pub fn record_streams(
    streams: Vec<FoundStream>,
    eeg: Option<(usize, ReadAs)>,
    file: File,
    stop: &StopFlag,
    mut show: impl FnMut(&[Progress]),
) -> Result<Vec<Progress>, RecordError> {
    let whole = file.try_clone()?;
    let mut xdf = XdfWriter::new(BufWriter::with_capacity(1 << 16, file), &clock::date_time())?;
    let (sent_tx, sent_rx) = bounded(CHUNKS);
    let (mut progress, mut headers) = (Vec::new(), Vec::new());
    for (place, stream) in streams.into_iter().enumerate() {
        progress.push(Progress {
            name: stream.name.clone(),
            rate_hz: stream.rate_hz,
            ..Progress::default()
        });
        let (opened_tx, opened_rx) = bounded(1);
        let (sent, stop) = (sent_tx.clone(), stop.clone());
        let read_as = eeg.as_ref().filter(|(eeg, _)| *eeg == place);
        let read_as = read_as.map(|(_, read_as)| read_as.clone());
        // An inlet cannot change threads, so each is opened on the thread that pulls it. Nobody joins the thread,
        // because liblsl may block it forever.
        let open = move || {
            let tap = Tap::open(&stream)?;
            let reading = read_as
                .map(|read_as| reading_of(&tap, &read_as))
                .transpose()?;
            Ok((tap, reading.unwrap_or_default(), stream))
        };
        let body = move || match open() {
            Ok((tap, reading, stream)) => {
                let _ = opened_tx.send(Ok((tap.xml.clone(), reading)));
                pull(tap, place, &stream, sent, &stop);
            }
            Err(error) => drop(opened_tx.send(Err(error))),
        };
        std::thread::Builder::new()
            .name("record-stream".into())
            .spawn(body)
            .map_err(RecordError::Thread)?;
        headers.push(opened_rx);
    }
    drop(sent_tx);
    let result = open_all(&mut xdf, &headers).and_then(|ids| {
        write_all(&mut xdf, &ids, &sent_rx, stop, &mut progress, &mut show)?;
        xdf.finish()?;
        Ok(xdf.get_mut().get_ref().sync_all()?)
    });
    stop.stop();
    if let Err(RecordError::Io(_)) = result {
        // The rest of the buffer cannot be written. A truncated chunk would look like damage, so it is removed.
        drop(xdf.into_inner().into_parts());
        cut_to_whole_chunks(&whole).unwrap_or_else(|error| {
            log::warn!(
                "the last chunk of the recording is incomplete and could not be removed ({error})"
            );
        });
    }
    result.map(|()| progress)
}

/// A stream's header, and how to read its channels.
type Header = Result<(String, Reading), SourceError>;

/// How to read the channels of a stream: according to `read_as`, with the stream's own names for them.
fn reading_of(tap: &Tap, read_as: &ReadAs) -> Result<Reading, SourceError> {
    let described = ReadAs {
        // Channels can also be selected in a stream that declares no rate.
        rate: read_as.rate.or(tap.rate).or(Hertz::new(1.0)),
        ..read_as.clone()
    };
    let reading = EegDescription::from_xml_as(&tap.xml, &described)?.reading;
    Ok(Reading {
        channels: read_as.channels.clone(),
        unit: reading.unit.filter(|_| read_as.unit.is_some()),
        rate_hz: read_as.rate.map(Hertz::hz),
        ..reading
    })
}

fn open_all(
    xdf: &mut XdfWriter<BufWriter<File>>,
    headers: &[Receiver<Header>],
) -> Result<Vec<StreamId>, RecordError> {
    let mut ids = Vec::new();
    for header in headers {
        let (xml, reading) = header
            .recv_timeout(CONNECT)
            .map_err(|_| io::Error::other("a stream does not answer"))??;
        ids.push(xdf.add_stream_xml(&with_reading(&xml, &reading)?)?);
    }
    Ok(ids)
}

fn write_all(
    xdf: &mut XdfWriter<BufWriter<File>>,
    ids: &[StreamId],
    sent: &Receiver<Sent>,
    stop: &StopFlag,
    progress: &mut [Progress],
    show: &mut impl FnMut(&[Progress]),
) -> Result<(), RecordError> {
    let (mut synced, mut stopped) = (clock::now(), None);
    let mut has_warned = false;
    // All streams have answered.
    show(progress);
    loop {
        match sent.recv_timeout(Duration::from_nanos(SYNC_NS)) {
            Ok(Sent::Samples {
                stream,
                mut samples,
                count,
                lost_samples,
                clock_resets,
                span_s,
                invalid_stamps,
                clock_ahead_s,
            }) => {
                xdf.samples(ids[stream], &mut samples)?;
                let is_first = progress[stream].samples == 0 && count > 0;
                progress[stream].samples += count;
                progress[stream].lost_samples = lost_samples;
                progress[stream].clock_resets = clock_resets;
                progress[stream].span_s = span_s;
                progress[stream].invalid_stamps = invalid_stamps;
                progress[stream].clock_ahead_s = clock_ahead_s;
                if is_first {
                    if let Some(warning) = clocks_apart(progress).filter(|_| !has_warned) {
                        log::warn!("{warning}");
                        has_warned = true;
                    }
                    show(progress);
                }
            }
            Ok(Sent::ClockOffset {
                stream,
                time_s,
                offset_s,
            }) => xdf.clock_offset(ids[stream], time_s, offset_s)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        let now = clock::now();
        if now.since(synced) >= SYNC_NS {
            synced = now;
            xdf.get_mut().flush()?;
            xdf.get_mut().get_ref().sync_data()?;
            show(progress);
        }
        if stop.stopped() && now.since(*stopped.get_or_insert(now)) > REST_NS {
            log::warn!("a stream's thread does not end; its last samples may be missing");
            return Ok(());
        }
    }
}

fn sample_type(format: lsl::ChannelFormat) -> SampleType {
    match format {
        lsl::ChannelFormat::Int8 => SampleType::Int8,
        lsl::ChannelFormat::Int16 => SampleType::Int16,
        lsl::ChannelFormat::Int32 => SampleType::Int32,
        lsl::ChannelFormat::Int64 => SampleType::Int64,
        lsl::ChannelFormat::Float32 => SampleType::Float32,
        lsl::ChannelFormat::String => SampleType::Text,
        _ => SampleType::Double64,
    }
}

/// Pulls one stream until the stop flag is set. Reports that it is finished before it closes the stream, because
/// closing may block forever.
fn pull(
    mut tap: Tap,
    stream: usize,
    found_stream: &FoundStream,
    sent: Sender<Sent>,
    stop: &StopFlag,
) {
    let kind = sample_type(tap.format);
    let period_s = tap.rate.map_or(0.0, |rate| 1.0 / rate.hz());
    let (mut samples, mut count, mut pulled) = (Samples::default(), 0, Pulled::default());
    pulled.numbers = vec![0.0; found_stream.channels.max(0) as usize];
    let (mut began, mut compared): (HostNanos, Option<HostNanos>) = (clock::now(), None);
    let mut silence = Silence::default();
    let (mut last_s, mut span_s) = (None, 0.0);
    let (mut offset, mut clock_ahead_s) = (0.0, None);
    loop {
        let now = clock::now();
        if compared.is_none_or(|last| now.since(last) >= OFFSETS_NS) {
            compared = Some(now);
            let found = tap.clock_offset(now.0 as f64 / 1e9);
            offset = found.map_or(offset, |(_, offset_s)| offset_s);
            if found.is_none() && tap.rate.is_none() {
                silence.no_answer(found_stream, clock::now());
            }
            if let Some((time_s, offset_s)) = found
                && sent
                    .send(Sent::ClockOffset {
                        stream,
                        time_s,
                        offset_s,
                    })
                    .is_err()
            {
                return;
            }
        }
        match tap.pull(&mut pulled, WAIT_S) {
            Ok(Some(stamp_s)) => {
                samples.begin(Some(stamp_s), period_s);
                match kind {
                    SampleType::Text => pulled.texts.iter().for_each(|text| samples.text(text)),
                    SampleType::Int64 => pulled
                        .integers
                        .iter()
                        .for_each(|&value| samples.integer(value, kind)),
                    _ => pulled
                        .numbers
                        .iter()
                        .for_each(|&value| samples.number(value, kind)),
                }
                if is_time(stamp_s)
                    && let Some(before_s) = last_s
                        .replace(stamp_s)
                        .filter(|before_s| stamp_s - before_s >= -RESET_S)
                {
                    span_s += stamp_s - before_s;
                }
                count += 1;
                if is_time(stamp_s) && clock_ahead_s.is_none() {
                    clock_ahead_s = Some(stamp_s + offset - clock::now().0 as f64 / 1e9);
                }
                silence.received(found_stream, clock::now());
            }
            Ok(None) if tap.rate.is_some() => silence.nothing_received(found_stream, clock::now()),
            Ok(None) => {}
            Err(_) => {
                silence.lost(found_stream);
                clock::wait_until(HostNanos(clock::now().0 + (WAIT_S * 1e9) as i64));
            }
        }
        let is_over = stop.stopped();
        if is_over || now.since(began) >= CHUNK_NS {
            began = now;
            if is_over {
                tap.finish();
            }
            let counted = tap.counted();
            let full = Sent::Samples {
                stream,
                samples: std::mem::take(&mut samples),
                count: std::mem::take(&mut count),
                lost_samples: counted.lost_samples,
                clock_resets: counted.clock_resets,
                span_s,
                invalid_stamps: counted.invalid_stamps,
                clock_ahead_s,
            };
            if sent.send(full).is_err() || is_over {
                return;
            }
        }
    }
}
