//! A headset on a serial port: bci-cursor's own protocol, or an OpenBCI Cyton, with or without Daisy.

mod handshake;
mod link;
mod stream;

pub use handshake::{Device, Protocol};
pub use link::{Port, ports};

use super::lsl::local_clock;
use super::{Source, SourceError, SourceEvent};
use crate::block::{Block, Layout};
use crate::montage::canonical_label;
use crate::time::{HostNanos, SampleIndex, StreamNanos};
use crate::units::Hertz;
use link::{Link, Read};
use std::collections::VecDeque;
use stream::{Frame, Stream};

/// Frames that wait to be taken: no read of the port (4096 bytes, three of which are a sample at least) brings more.
const WAITING: usize = 1400;
/// A headset that says nothing for this long is asked again who it is, and told to begin: it may have been restarted,
/// nanoseconds.
const SILENT_NS: u64 = 3_000_000_000;
/// A lost port is tried again after this, nanoseconds.
const RETRY_NS: u64 = 500_000_000;

/// Which headset is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeadsetSettings {
    /// The serial port, such as `/dev/ttyUSB0`.
    pub port: String,
    /// What it speaks; none: it is asked.
    pub protocol: Option<Protocol>,
    /// Electrodes of the channels, in order; empty: as the headset says, or numbers.
    pub electrodes: Vec<String>,
}

/// An open headset. It is taken up again when it was unplugged and is back, where it is the same with the same channels.
pub struct HeadsetSource {
    settings: HeadsetSettings,
    device: Device,
    layout: Layout,
    link: Option<Link>,
    stream: Stream,
    frames: VecDeque<Frame>,
    next_index: u64,
    /// When the last frame came, and when a lost port was last tried.
    heard: HostNanos,
    tried: HostNanos,
    /// When it was last told to begin.
    begun: HostNanos,
    /// Frames since `heard` cannot be told from the headset's counter.
    is_new_count: bool,
    is_refused: bool,
}

impl HeadsetSource {
    /// Opens the port, finds out what speaks there, and lets it begin.
    ///
    /// # Errors
    /// [`SourceError`] where the port cannot be opened, nothing known speaks, or the electrodes do not fit.
    pub fn open(settings: HeadsetSettings) -> Result<Self, SourceError> {
        let mut link = Link::open(&settings.port)?;
        let device = handshake::shake_hands(&mut link, settings.protocol)?;
        let layout = layout(&settings, &device)?;
        handshake::start(&mut link, &device)?;
        let now = local_clock();
        Ok(Self {
            stream: Stream::new(&device),
            settings,
            device,
            layout,
            link: Some(link),
            frames: VecDeque::with_capacity(WAITING),
            next_index: 0,
            heard: now,
            tried: now,
            begun: now,
            is_new_count: false,
            is_refused: false,
        })
    }

    /// What is there.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Reads what has come, waiting a little; what was lost stands with the frame after it.
    fn read(&mut self) {
        let Some(link) = &mut self.link else {
            return self.reconnect();
        };
        match link.read() {
            Read::Bytes(bytes) => {
                let now = local_clock();
                let before = self.frames.len();
                let frames = &mut self.frames;
                self.stream.feed(bytes, |frame| frames.push_back(frame));
                let rate = self.layout.rate;
                let came_s = rate.secs_of((self.frames.len() - before) as u64);
                let silent_s = now.since(self.heard) as f64 / 1e9 - came_s;
                if let Some(first) = self.frames.get_mut(before) {
                    first.lost = self
                        .stream
                        .lost(first.lost, silent_s, rate, self.is_new_count);
                    self.is_new_count = false;
                    self.heard = now;
                }
            }
            Read::Nothing => {}
            Read::Lost(error) => {
                log::warn!(
                    "the headset at {} is lost ({error}); looking for it again",
                    self.settings.port
                );
                self.link = None;
            }
        }
        let last = self.heard.max(self.begun);
        if self.link.is_some() && local_clock().since(last) > SILENT_NS {
            log::warn!(
                "the headset at {} is silent; asking it again",
                self.settings.port
            );
            self.link = None;
        }
    }

    fn reconnect(&mut self) {
        let now = local_clock();
        if self.is_refused || now.since(self.tried) < RETRY_NS {
            return std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
        self.tried = now;
        let again = Link::open(&self.settings.port).and_then(|mut link| {
            let device = handshake::shake_hands(&mut link, Some(self.device.protocol))?;
            Ok((link, device))
        });
        match again {
            Ok((_, device)) if !device.is_same(&self.device) => {
                log::error!(
                    "another headset is at {} now and is refused: {} before, {} now. Restart bci-cursor to use it",
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
                    self.link = Some(link);
                    self.is_new_count = true;
                    self.begun = local_clock();
                }
                Err(error) => log::debug!("{error}"),
            },
            // Not there yet; it is tried again.
            Err(error) => log::debug!("{error}"),
        }
    }
}

impl Source for HeadsetSource {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(SampleIndex(self.next_index));
        if self.frames.is_empty() {
            self.read();
        }
        while into.frames() < into.capacity() {
            let Some(frame) = self.frames.front_mut() else {
                break;
            };
            if frame.lost > 0 {
                if into.frames() > 0 {
                    break;
                }
                let missing = std::mem::take(&mut frame.lost);
                self.next_index += missing;
                return Ok(SourceEvent::Gap { missing });
            }
            if let (Some(values), Some(frame)) = (into.push_frame(), self.frames.pop_front()) {
                values
                    .iter_mut()
                    .zip(frame.microvolts)
                    .for_each(|(own, value)| *own = value);
                self.next_index += 1;
            }
        }
        if into.frames() == 0 {
            return Ok(SourceEvent::Idle);
        }
        into.acquired = StreamNanos(self.heard.0);
        Ok(SourceEvent::Samples)
    }
}

/// Electrodes as the user or the headset names them.
fn layout(settings: &HeadsetSettings, device: &Device) -> Result<Layout, SourceError> {
    let channels = device.channels();
    let refuse = |what: String| {
        Err(SourceError::Headset {
            port: settings.port.clone(),
            what,
        })
    };
    let labels = if settings.electrodes.is_empty() {
        device.labels.clone()
    } else if settings.electrodes.len() == channels {
        settings
            .electrodes
            .iter()
            .map(|label| canonical_label(label))
            .collect()
    } else {
        return refuse(format!(
            "{} electrodes were named ({}), but the headset has {channels} channels",
            settings.electrodes.len(),
            settings.electrodes.join(",")
        ));
    };
    match Hertz::new(device.rate_hz) {
        Some(rate) => Ok(Layout { rate, labels }),
        None => refuse(format!("it says that its rate is {} Hz", device.rate_hz)),
    }
}
