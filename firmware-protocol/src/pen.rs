//! A board that acts as a pen on the other device's screen: it reports places, where a mouse reports motion. Some tablets show no pointer for a
//! mouse, or scale its motion. (USB HID 1.11; HID Usage Tables 1.5, page 0x0D "digitizers".)

use crate::pointer::{HostSigns, LEFT, RIGHT, Report};

/// Size of a report, bytes: tip, barrel button and range, then x and y of two bytes each.
pub const PEN_REPORT_BYTES: usize = 5;
/// The place at the right and lower edge of the screen.
pub const PEN_MAX: u16 = 0x7FFF;
/// The pen touches the screen: the left button is down.
const TIP: u8 = 1;
/// Its button is down: the right button.
const BARREL: u8 = 2;
/// It is near the screen, which shows a pointer.
const IN_RANGE: u8 = 4;

/// The HID report descriptor: a pen with a tip, one button and two axes, on a screen of 256 x 160 mm. Linux ignores a pen that does not
/// state its size in millimetres; only its share of the screen counts.
#[rustfmt::skip]
pub const PEN_DESCRIPTOR: &[u8] = &[
    0x05, 0x0D,             // usage page: digitizers
    0x09, 0x02,             // usage: pen
    0xA1, 0x01,             // collection: application
    0x09, 0x20,             //   usage: stylus
    0xA1, 0x00,             //   collection: physical
    0x09, 0x42,             //     usage: tip switch
    0x09, 0x44,             //     usage: barrel switch
    0x09, 0x32,             //     usage: in range
    0x15, 0x00, 0x25, 0x01, //     logical: 0 to 1
    0x95, 0x03, 0x75, 0x01, //     three of one bit
    0x81, 0x02,             //     input: data, variable, absolute
    0x95, 0x01, 0x75, 0x05, //     one of five bits
    0x81, 0x01,             //     input: constant
    0x05, 0x01,             //     usage page: generic desktop
    0x75, 0x10, 0x95, 0x01, //     one of sixteen bits
    0x26, 0xFF, 0x7F,       //     logical: 0 to 32767
    0x65, 0x11, 0x55, 0x0E, //     unit: 0.01 cm
    0x09, 0x30,             //     usage: x
    0x46, 0x00, 0x0A,       //     physical: 0 to 2560
    0x81, 0x02,             //     input: data, variable, absolute
    0x09, 0x31,             //     usage: y
    0x46, 0x40, 0x06,       //     physical: 0 to 1600
    0x81, 0x02,             //     input: data, variable, absolute
    0xC0,                   //   end of collection
    0xC0,                   // end of collection
];

/// The board's logic: adds the host's motion up to a place on the screen, and lifts the pen if the host is silent.
///
/// It has neither a middle button nor a wheel.
#[derive(Debug, Clone, Copy)]
pub struct Pen {
    /// Of the other device's screen: counts of the host's motion from edge to edge.
    size: [u16; 2],
    /// Counts from the left and upper edge.
    place: [i32; 2],
    flags: u8,
    /// The last report to the other device.
    sent: [u8; PEN_REPORT_BYTES],
    host: HostSigns,
}

impl Pen {
    /// A pen away from the screen, over its middle. `width` and `height` are as many counts as the host moves from edge to edge.
    #[must_use]
    pub const fn new(width: u16, height: u16) -> Self {
        let mut pen = Self {
            size: [width, height],
            place: [width as i32 / 2, height as i32 / 2],
            flags: 0,
            sent: [0; PEN_REPORT_BYTES],
            host: HostSigns::NONE,
        };
        pen.sent = pen.now();
        pen
    }

    /// The report of a pen away from the screen, which releases its buttons.
    #[must_use]
    pub const fn lifted(&self) -> [u8; PEN_REPORT_BYTES] {
        Self { flags: 0, ..*self }.now()
    }

    /// Takes a report that arrived at this time of the board's clock (milliseconds, wrapping at 2³²).
    pub fn report(&mut self, report: &Report, now_millis: u32) {
        for (axis, motion) in [report.dx, report.dy].into_iter().enumerate() {
            let edge = i32::from(self.size[axis].saturating_sub(1));
            self.place[axis] = (self.place[axis] + i32::from(motion)).clamp(0, edge);
        }
        self.flags = IN_RANGE;
        if report.buttons & LEFT != 0 {
            self.flags |= TIP;
        }
        if report.buttons & RIGHT != 0 {
            self.flags |= BARREL;
        }
        self.host.seen(now_millis);
    }

    /// Takes a keep-alive from the host.
    pub fn keep_alive(&mut self, now_millis: u32) {
        self.host.seen(now_millis);
    }

    /// The host has ended: the pen is lifted, and goes away from the screen.
    pub fn host_is_gone(&mut self) {
        self.host = HostSigns::NONE;
        self.flags = 0;
    }

    /// The next report to the other device; `None` if nothing changed. Call this whenever USB or Bluetooth is ready.
    pub fn poll(&mut self, now_millis: u32) -> Option<[u8; PEN_REPORT_BYTES]> {
        if self.host.is_silent(now_millis) {
            self.flags &= IN_RANGE;
        }
        let now = self.now();
        if now == self.sent {
            return None;
        }
        self.sent = now;
        Some(now)
    }

    const fn now(&self) -> [u8; PEN_REPORT_BYTES] {
        let [a, b] = share(self.place[0], self.size[0]).to_le_bytes();
        let [c, d] = share(self.place[1], self.size[1]).to_le_bytes();
        [self.flags, a, b, c, d]
    }
}

/// A place as a share of the screen: its first pixel is 0, and its last one [`PEN_MAX`].
const fn share(place: i32, size: u16) -> u16 {
    let edge = if size > 1 { size as i32 - 1 } else { 1 };
    ((place * PEN_MAX as i32 + edge / 2) / edge) as u16
}

/// Reads a report as the other device would.
///
/// # Errors
/// [`Malformed`](crate::Malformed) if it is too short.
pub fn read_pen(report: &[u8]) -> Result<PenState, crate::Malformed> {
    let &[flags, a, b, c, d] = report.first_chunk().ok_or(crate::Malformed::Length {
        found: report.len(),
        expected: PEN_REPORT_BYTES,
    })?;
    Ok(PenState {
        x: u16::from_le_bytes([a, b]),
        y: u16::from_le_bytes([c, d]),
        is_left_down: flags & TIP != 0,
        is_right_down: flags & BARREL != 0,
        is_in_range: flags & IN_RANGE != 0,
    })
}

/// What a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PenState {
    /// From the left edge, up to [`PEN_MAX`].
    pub x: u16,
    /// From the upper edge, up to [`PEN_MAX`].
    pub y: u16,
    /// The pen touches the screen.
    pub is_left_down: bool,
    /// Its button is down.
    pub is_right_down: bool,
    /// It is near the screen.
    pub is_in_range: bool,
}
