//! Plays a source into LSL in real time.

use super::StopFlag;
use crate::block::Block;
use crate::source::headset::{HeadsetSource, MotionKind};
use crate::source::lsl::{LslOutlet, MarkerOutlet, MotionOutlet, OutletAbout};
use crate::source::{Source, SourceError, SourceEvent};
use crate::system::clock;
use crate::time::{HostNanos, SampleIndex};

/// How a source is published.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishSettings {
    /// The EEG stream; the name of the marker stream adds "-markers".
    pub about: OutletAbout,
    /// Speed as a multiple of real time.
    pub speed: f64,
    /// Whether to wait for a reader before the first sample.
    pub wait_for_reader: bool,
}

/// Headsets send several samples at a time, about this often, milliseconds.
const CHUNK_MS: u32 = 10;
/// How long the streams stay open after the end, so that readers get the last samples, nanoseconds.
const LINGER_NS: i64 = 500_000_000;
/// How often the stop flag is checked while nothing else happens, nanoseconds.
const LOOK_NS: i64 = 20_000_000;

/// Publishes until the source ends or the stop flag is set. Returns the number of samples sent.
///
/// Samples are stamped with the time at which they were due, not with the time at which this thread happened to wake
/// up.
///
/// # Errors
/// [`SourceError`] if the source or LSL fails.
pub fn publish(
    source: &mut dyn Source,
    settings: &PublishSettings,
    stop: &StopFlag,
) -> Result<u64, SourceError> {
    let layout = source.layout().clone();
    let mut eeg = LslOutlet::new(&layout, &settings.about)?;
    let markers = MarkerOutlet::new(&settings.about.companion("markers"))?;
    while settings.wait_for_reader && !eeg.has_reader() && !stop.stopped() {
        clock::wait_until(HostNanos(clock::now().0 + LOOK_NS));
    }
    let start = clock::now();
    // Sample `k` is due after `k + 1` sample periods.
    let due = |index: SampleIndex| {
        HostNanos(start.0 + (layout.rate.secs_of(index.0 + 1) / settings.speed * 1e9) as i64)
    };
    let secs = |time: HostNanos| time.0 as f64 / 1e9;
    let chunk = layout.rate.samples_in_ms(CHUNK_MS) as usize;
    let mut block = Block::with_capacity(layout.channel_count(), chunk);
    let mut sent = 0;
    while !stop.stopped() {
        match source.next(&mut block)? {
            SourceEvent::Samples => {
                let last = block.frames().saturating_sub(1);
                wait(due(block.first.after(last as u64)), stop);
                for (offset, frame) in block.iter().enumerate() {
                    eeg.push(
                        frame,
                        secs(due(block.first.after(offset as u64))),
                        offset == last,
                    )?;
                }
                sent += block.frames() as u64;
            }
            SourceEvent::Marker(marker) => {
                wait(due(marker.at), stop);
                markers.push(&marker.label, secs(due(marker.at)))?;
            }
            SourceEvent::End => break,
            SourceEvent::Gap { .. } | SourceEvent::ClockReset | SourceEvent::Idle => {}
        }
    }
    if !stop.stopped() {
        wait(HostNanos(clock::now().0 + LINGER_NS), stop);
    }
    Ok(sent)
}

/// Publishes a headset's samples, markers and motion as they arrive, stamped with their arrival. Returns the number of
/// samples sent.
///
/// # Errors
/// [`SourceError`] if the headset or LSL fails.
pub fn publish_headset(
    headset: &mut HeadsetSource,
    about: &OutletAbout,
    stop: &StopFlag,
) -> Result<u64, SourceError> {
    let layout = headset.layout().clone();
    let mut eeg = LslOutlet::new(&layout, about)?;
    let markers = MarkerOutlet::new(&about.companion("markers"))?;
    let mut motion = match headset.device().motion {
        MotionKind::None => None,
        MotionKind::Acceleration => Some(MotionOutlet::new(&about.companion("motion"), false)?),
        MotionKind::AccelerationAndRotation => {
            Some(MotionOutlet::new(&about.companion("motion"), true)?)
        }
    };
    let motions = headset.motions();
    let frames = layout.rate.samples_in_ms(CHUNK_MS) as usize;
    let mut block = Block::with_capacity(layout.channel_count(), frames);
    // The last sample and its stamp, from which other stamps follow.
    let mut last = (SampleIndex(0), clock::now().0 as f64 / 1e9);
    let mut sent = 0;
    while !stop.stopped() {
        match headset.next(&mut block)? {
            SourceEvent::Samples => {
                let end = block.frames().saturating_sub(1);
                let acquired_s = block.acquired().0 as f64 / 1e9;
                for (offset, frame) in block.iter().enumerate() {
                    let before_s = layout.rate.secs_of((end - offset) as u64);
                    eeg.push(frame, acquired_s - before_s, offset == end)?;
                }
                last = (block.first.after(end as u64), acquired_s);
                sent += block.frames() as u64;
            }
            SourceEvent::Marker(marker) => {
                let after = marker.at.0 as f64 - last.0.0 as f64;
                markers.push(&marker.label, last.1 + after / layout.rate.hz())?;
            }
            SourceEvent::Gap { missing } => log::debug!("{missing} samples are missing"),
            SourceEvent::End => break,
            SourceEvent::ClockReset | SourceEvent::Idle => {}
        }
        for (at, moved) in motions.try_iter() {
            if let Some(outlet) = &mut motion {
                outlet.push(&moved, at.0 as f64 / 1e9)?;
            }
        }
    }
    Ok(sent)
}

fn wait(until: HostNanos, stop: &StopFlag) {
    while !stop.stopped() {
        let now = clock::now();
        if now >= until {
            return;
        }
        clock::wait_until(HostNanos(until.0.min(now.0 + LOOK_NS)));
    }
}
