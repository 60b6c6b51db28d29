//! What a board reports to the other device: motion, as a mouse does, or places, as a pen on its screen does.

use bci_cursor_firmware_protocol::pen::{PEN_DESCRIPTOR, PEN_REPORT_BYTES, Pen};
use bci_cursor_firmware_protocol::pointer::{HID_DESCRIPTOR, HID_REPORT_BYTES, Mouse, Report};
use std::ops::Deref;
use std::str::FromStr;

/// What the other device takes this computer for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoardKind {
    /// A mouse, which reports its motion.
    Mouse,
    /// A pen on a screen, which reports its place.
    Pen(ScreenSize),
}

impl BoardKind {
    /// Its HID report descriptor.
    pub(super) fn descriptor(self) -> &'static [u8] {
        match self {
            Self::Mouse => HID_DESCRIPTOR,
            Self::Pen(_) => PEN_DESCRIPTOR,
        }
    }

    /// Size of its reports, bytes.
    pub(super) fn report_bytes(self) -> usize {
        match self {
            Self::Mouse => HID_REPORT_BYTES,
            Self::Pen(_) => PEN_REPORT_BYTES,
        }
    }

    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mouse => "mouse",
            Self::Pen(_) => "pen",
        }
    }
}

/// Size of the other device's screen, pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScreenSize {
    /// From the left to the right edge.
    pub width: u16,
    /// From the upper to the lower edge.
    pub height: u16,
}

impl FromStr for ScreenSize {
    type Err = String;

    /// Reads `WIDTHxHEIGHT`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lengths = text.split_once('x').map(|(width, height)| {
            let read = |length: &str| {
                length
                    .parse()
                    .ok()
                    .filter(|pixels| (100..=20_000).contains(pixels))
            };
            (read(width), read(height))
        });
        match lengths {
            Some((Some(width), Some(height))) => Ok(Self { width, height }),
            _ => Err("give the screen's width and height in pixels, each from 100 to 20000, such as 1280x800".into()),
        }
    }
}

/// A report to the other device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HidReport {
    bytes: [u8; PEN_REPORT_BYTES],
    length: usize,
}

impl Deref for HidReport {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl<const N: usize> From<[u8; N]> for HidReport {
    fn from(report: [u8; N]) -> Self {
        let mut bytes = [0; PEN_REPORT_BYTES];
        let length = N.min(PEN_REPORT_BYTES);
        bytes[..length].copy_from_slice(&report[..length]);
        Self { bytes, length }
    }
}

/// From the driver's messages to reports.
#[derive(Debug)]
pub(super) enum HidDevice {
    Mouse(Mouse),
    Pen(Pen),
}

impl HidDevice {
    pub(super) fn new(kind: BoardKind) -> Self {
        match kind {
            BoardKind::Mouse => Self::Mouse(Mouse::default()),
            BoardKind::Pen(ScreenSize { width, height }) => Self::Pen(Pen::new(width, height)),
        }
    }

    /// The report that releases everything.
    pub(super) fn released(&self) -> HidReport {
        match self {
            Self::Mouse(_) => [0; HID_REPORT_BYTES].into(),
            Self::Pen(pen) => pen.lifted().into(),
        }
    }

    pub(super) fn report(&mut self, report: &Report, now_millis: u32) {
        match self {
            Self::Mouse(mouse) => mouse.report(report, now_millis),
            Self::Pen(pen) => pen.report(report, now_millis),
        }
    }

    pub(super) fn host_is_gone(&mut self) {
        match self {
            Self::Mouse(mouse) => mouse.host_is_gone(),
            Self::Pen(pen) => pen.host_is_gone(),
        }
    }

    pub(super) fn poll(&mut self, now_millis: u32) -> Option<HidReport> {
        match self {
            Self::Mouse(mouse) => mouse.poll(now_millis).map(HidReport::from),
            Self::Pen(pen) => pen.poll(now_millis).map(HidReport::from),
        }
    }
}
