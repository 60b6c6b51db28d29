//! A headset on a serial port: bci-cursor's own protocol, an OpenBCI Cyton with or without Daisy, or a Ganglion.

mod device;
mod event;
mod handshake;
mod impedance;
mod link;
mod native;
mod openbci;
mod stamps;
mod status;
mod stream;

pub use device::{Device, HeadsetProtocol, MotionKind};
pub use impedance::{ImpedanceError, ImpedanceMeter, Measured};
pub use link::{BLUETOOTH, BUILT_IN, Port, ports};

use super::pace::{Pace, Pacing};
use super::{HeadsetError, Marker, Source, SourceError, SourceEvent};
use crate::block::{Block, Layout};
use crate::source::channels::{ForDecoder, standard_electrodes};
use crate::source::motion::Motion;
use crate::system::clock;
use crate::time::{HostNanos, SampleIndex, StreamNanos};
use crate::units::Hertz;
use bci_cursor_calibration::Reading;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use event::{Frame, HeadsetEvent};
use impedance::Measuring;
use link::{Link, ReadOutcome};
use stamps::Stamps;
use status::Status;
use std::collections::VecDeque;
use stream::Stream;

/// Frames and markers that wait to be delivered. No read of the port brings more: it has at most 4096 bytes, and a
/// sample has at least three.
const WAITING: usize = 1400;
/// Number of motion samples that are kept until they are read.
const MOTIONS: usize = 256;
/// A headset that sends nothing for this long is identified and started again, because it may have been restarted,
/// nanoseconds.
const SILENT_NS: u64 = 3_000_000_000;
/// A lost port is tried again after this time, nanoseconds; a headset that broke the protocol, after the second one.
const RETRY_NS: u64 = 500_000_000;
const DISTRUST_NS: u64 = 5_000_000_000;

/// Which headset to open.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeadsetSettings {
    /// The serial port, such as `/dev/ttyUSB0`.
    pub port: String,
    /// Its protocol; `None` to detect it.
    pub protocol: Option<HeadsetProtocol>,
    /// Electrodes of the channels, in order. If empty, the headset's own names or numbers are used.
    pub electrodes: Vec<String>,
    /// The decoder that will use it. If `electrodes` is empty and the headset names its channels as it did when the
    /// decoder was fitted, they get the same electrodes again.
    pub decoder: Option<ForDecoder>,
}

/// A frame or marker that waits to be delivered.
#[expect(
    clippy::large_enum_variant,
    reason = "a box would be allocated for every sample"
)]
enum Waiting {
    Frame(Frame),
    /// Number of samples after the last frame, and the label.
    Marker(i64, String),
}

/// An open headset. After it was unplugged, it is used again if the same device returns with the same channels.
pub struct HeadsetSource {
    settings: HeadsetSettings,
    device: Device,
    layout: Layout,
    link: Option<Link>,
    stream: Stream,
    waiting: VecDeque<Waiting>,
    pace: Pace,
    stamps: Stamps,
    status: Status,
    motions: Option<Sender<(StreamNanos, Motion)>>,
    /// `Some` if the headset can measure impedances.
    measuring: Option<Measuring>,
    next_index: u64,
    /// When the last frame arrived, and when a lost port is tried again.
    last_frame: HostNanos,
    retry_at: HostNanos,
    /// When it was last started.
    started: HostNanos,
    /// Losses since `last_frame` cannot be taken from the headset's counter.
    is_new_count: bool,
    is_refused: bool,
}

impl HeadsetSource {
    /// Opens the port, identifies the headset and starts it.
    ///
    /// # Errors
    /// [`SourceError`] if the port cannot be opened, no known headset answers, or the electrodes do not fit.
    pub fn open(settings: HeadsetSettings) -> Result<Self, SourceError> {
        let mut link = Link::open(&settings.port)?;
        let device = handshake::identify(&mut link, settings.protocol)?;
        let layout = layout(&settings, &device)?;
        handshake::start(&mut link, &device)?;
        let now = clock::now();
        Ok(Self {
            stream: Stream::new(&device),
            measuring: device.measures_impedance.then(Measuring::new),
            settings,
            device,
            layout,
            link: Some(link),
            waiting: VecDeque::with_capacity(WAITING),
            pace: Pace::default(),
            stamps: Stamps::default(),
            status: Status::default(),
            motions: None,
            next_index: 0,
            last_frame: now,
            retry_at: now,
            started: now,
            is_new_count: false,
            is_refused: false,
        })
    }

    /// The headset's description.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// How its channels are named, if not as the headset names them.
    #[must_use]
    pub fn reading(&self) -> Reading {
        let electrodes = electrodes(&self.settings, &self.device);
        if electrodes.is_empty() {
            return Reading::default();
        }
        Reading {
            labels: self.device.labels.clone(),
            electrodes: electrodes.to_vec(),
            ..Reading::default()
        }
    }

    /// The headset's motion from now on, each with the time at which it was received. There is one receiver at a time.
    pub fn motions(&mut self) -> Receiver<(StreamNanos, Motion)> {
        let (sender, receiver) = bounded(MOTIONS);
        self.motions = Some(sender);
        receiver
    }

    /// Measures impedances, if the headset supports it.
    #[must_use]
    pub fn impedance_meter(&self) -> Option<ImpedanceMeter> {
        self.measuring.as_ref().map(Measuring::meter)
    }

    /// Reads what has arrived, waiting up to 20 ms. Losses are stored with the frame that follows them.
    fn read(&mut self) {
        let Some(link) = &mut self.link else {
            return self.reconnect();
        };
        if let Some(command) = self
            .measuring
            .as_mut()
            .and_then(|measuring| measuring.due(clock::now()))
            && let Err(error) = handshake::send_command(link, &command)
        {
            // If the port has disappeared, the next read reports it.
            log::debug!("{error}");
        }
        let complaint = match link.read() {
            ReadOutcome::Bytes(bytes) => {
                let now = clock::now();
                let (before, rate) = (self.waiting.len(), self.layout.rate);
                let (mut frames, mut complaint) = (0, None);
                let (waiting, status, motions) =
                    (&mut self.waiting, &mut self.status, &mut self.motions);
                let (measuring, channels) = (&mut self.measuring, self.layout.channel_count());
                self.stream.feed(bytes, |event| match event {
                    HeadsetEvent::Frame(frame) => {
                        frames += 1;
                        waiting.push_back(Waiting::Frame(frame));
                    }
                    HeadsetEvent::Marker { after, label } => {
                        waiting.push_back(Waiting::Marker(after, label));
                    }
                    HeadsetEvent::Motion(motion) => pass_on(motions, StreamNanos(now.0), motion),
                    HeadsetEvent::Status {
                        lead_off,
                        battery_percent,
                    } => {
                        let change = status.note(lead_off, battery_percent, &self.layout.labels);
                        if let Some(what) = change {
                            log::warn!("the headset at {}: {what}", self.settings.port);
                        }
                    }
                    HeadsetEvent::Impedances(ohms) => {
                        if let Some(measuring) = measuring {
                            measuring.received(ohms.into_iter().take(channels));
                        }
                    }
                    HeadsetEvent::Answer(answer) => {
                        if let Some(measuring) = measuring {
                            measuring.answered(answer);
                        }
                    }
                    HeadsetEvent::Changed(what) => complaint = Some(what),
                });
                let silent_s = now.since(self.last_frame) as f64 / 1e9 - rate.secs_of(frames);
                let fresh = self.waiting.iter_mut().skip(before);
                let mut new = fresh.filter_map(|waiting| match waiting {
                    Waiting::Frame(frame) => Some(frame),
                    Waiting::Marker(..) => None,
                });
                if let Some(first) = new.next() {
                    let is_new_count = std::mem::take(&mut self.is_new_count);
                    first.lost = self.stream.lost(first.lost, silent_s, rate, is_new_count);
                    self.last_frame = now;
                    let lost = first.lost + new.map(|frame| frame.lost).sum::<u64>();
                    let pace = self.pace.note(frames + lost, now, rate);
                    complaint = complaint.or_else(|| {
                        let Some(Pacing::Off(hz)) = pace else {
                            return None;
                        };
                        Some(format!(
                            "it sends {hz:.0} samples a second, but announced {}",
                            rate.hz()
                        ))
                    });
                }
                complaint
            }
            ReadOutcome::Nothing => None,
            ReadOutcome::Lost(error) => {
                log::warn!(
                    "the headset at {}: it is lost ({error}); looking for it again",
                    self.settings.port
                );
                self.link = None;
                return;
            }
        };
        let now = clock::now();
        let is_silent = now.since(self.last_frame.max(self.started)) > SILENT_NS;
        if let Some(what) = complaint {
            log::error!(
                "the headset at {}: {what}. Its data are ignored for {} s, then it is identified again",
                self.settings.port,
                DISTRUST_NS / 1_000_000_000
            );
            (self.link, self.retry_at) = (None, later(now, DISTRUST_NS));
        } else if is_silent {
            log::warn!(
                "the headset at {}: it is silent; asking it again",
                self.settings.port
            );
            self.link = None;
        }
    }

    fn reconnect(&mut self) {
        let now = clock::now();
        if self.is_refused || now < self.retry_at {
            return std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
        self.retry_at = later(now, RETRY_NS);
        let again = Link::open(&self.settings.port).and_then(|mut link| {
            let device = handshake::identify(&mut link, Some(self.device.protocol))?;
            Ok((link, device))
        });
        match again {
            Ok((_, device)) if !device.is_same(&self.device) => {
                log::error!(
                    "another headset is at {} now and is refused: {} before, {} now. Stop the run and start it again to use it",
                    self.settings.port,
                    self.device,
                    device
                );
                self.is_refused = true;
            }
            Ok((mut link, device)) => match handshake::start(&mut link, &device) {
                Ok(()) => {
                    log::info!("the headset at {} is back", self.settings.port);
                    self.stream = Stream::new(&device);
                    (self.pace, self.device) = (Pace::default(), device);
                    self.link = Some(link);
                    self.is_new_count = true;
                    self.measuring.iter_mut().for_each(Measuring::restart);
                    self.started = clock::now();
                }
                Err(error) => log::debug!("{error}"),
            },
            // It is not back yet. The next attempt follows later.
            Err(error) => log::debug!("{error}"),
        }
    }
}

impl Drop for HeadsetSource {
    fn drop(&mut self) {
        let command = self.measuring.as_mut().and_then(Measuring::stop_command);
        if let (Some(command), Some(link)) = (command, &mut self.link) {
            // If the headset misses this, the next program that opens it sends it again.
            let _ = handshake::send_command(link, &command);
        }
    }
}

impl Source for HeadsetSource {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(SampleIndex(self.next_index));
        if self.waiting.is_empty() {
            self.read();
        }
        while into.frames() < into.capacity() {
            match self.waiting.front_mut() {
                None => break,
                // A marker or a gap ends the block.
                Some(Waiting::Marker(..)) if into.frames() > 0 => break,
                Some(Waiting::Frame(frame)) if frame.lost > 0 && into.frames() > 0 => break,
                Some(Waiting::Frame(frame)) if frame.lost > 0 => {
                    let missing = std::mem::take(&mut frame.lost);
                    self.next_index += missing;
                    self.stamps.skip(missing);
                    return Ok(SourceEvent::Gap { missing });
                }
                Some(_) => {}
            }
            match self.waiting.pop_front() {
                Some(Waiting::Frame(frame)) => {
                    let values = into.push_frame().into_iter().flatten();
                    values
                        .zip(frame.microvolts)
                        .for_each(|(own, value)| *own = value);
                    self.next_index += 1;
                }
                Some(Waiting::Marker(after, label)) => {
                    let at = SampleIndex(self.next_index.saturating_add_signed(after));
                    return Ok(SourceEvent::Marker(Marker { at, label }));
                }
                None => break,
            }
        }
        if into.frames() == 0 {
            return Ok(SourceEvent::Idle);
        }
        let (frames, rate) = (into.frames() as u64, self.layout.rate);
        into.set_acquired(self.stamps.stamp(frames, self.last_frame, rate));
        Ok(SourceEvent::Samples)
    }
}

fn later(now: HostNanos, by_ns: u64) -> HostNanos {
    HostNanos(now.0.saturating_add_unsigned(by_ns))
}

/// Sends it to the receiver, if there is one. Forgets a receiver that is gone.
fn pass_on(to: &mut Option<Sender<(StreamNanos, Motion)>>, at: StreamNanos, motion: Motion) {
    match to.as_ref().map(|to| to.try_send((at, motion))) {
        Some(Err(TrySendError::Disconnected(_))) => *to = None,
        Some(Err(TrySendError::Full(_))) => log::warn!("the headset's motion is not read in time"),
        Some(Ok(())) | None => {}
    }
}

/// Electrodes that the user names now, or named when the decoder was fitted. Empty if the headset's own names are used.
fn electrodes<'a>(settings: &'a HeadsetSettings, device: &Device) -> &'a [String] {
    if !settings.electrodes.is_empty() {
        return &settings.electrodes;
    }
    let decoder = settings.decoder.as_ref();
    decoder
        .filter(|decoder| decoder.labels == device.labels)
        .map_or(&[], |decoder| &decoder.electrodes)
}

/// The layout, with electrodes as named by the user or the headset.
fn layout(settings: &HeadsetSettings, device: &Device) -> Result<Layout, SourceError> {
    let channels = device.channels();
    let refuse = |error: HeadsetError| SourceError::Headset {
        port: settings.port.clone(),
        error,
    };
    let electrodes = electrodes(settings, device);
    let labels = if electrodes.is_empty() {
        device.labels.clone()
    } else if electrodes.len() == channels {
        standard_electrodes(electrodes).map_err(|error| refuse(error.into()))?
    } else {
        return Err(refuse(HeadsetError::ElectrodeCount {
            named: electrodes.to_vec(),
            channels,
        }));
    };
    let hz = device.rate_hz;
    let rate = Hertz::new(hz).ok_or_else(|| refuse(HeadsetError::Rate { hz }))?;
    Ok(Layout { rate, labels })
}
