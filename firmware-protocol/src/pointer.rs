//! A mouse board, for computers on which nothing can be installed: the host sends reports to the board, and the board
//! acts as an ordinary mouse over USB or Bluetooth (USB HID 1.11, appendix B: boot mouse, with a wheel).

use crate::{BufferTooSmall, Malformed};

/// Without a report or a keep-alive for this long, the board releases all buttons, milliseconds.
pub const RELEASE_AFTER_MILLIS: u32 = 250;
/// Bits of the buttons in a report.
pub const LEFT: u8 = 1;
/// See [`LEFT`].
pub const RIGHT: u8 = 2;
/// See [`LEFT`].
pub const MIDDLE: u8 = 4;

/// Size of the board's reports to the computer, bytes: buttons, x, y, wheel.
pub const HID_REPORT_BYTES: usize = 4;

/// The HID report descriptor: a mouse with three buttons, x, y and a wheel, each a relative signed byte. The first
/// three bytes of a report are those of the boot protocol.
#[rustfmt::skip]
pub const HID_DESCRIPTOR: &[u8] = &[
    0x05, 0x01,             // usage page: generic desktop
    0x09, 0x02,             // usage: mouse
    0xA1, 0x01,             // collection: application
    0x09, 0x01,             //   usage: pointer
    0xA1, 0x00,             //   collection: physical
    0x05, 0x09,             //     usage page: buttons
    0x19, 0x01, 0x29, 0x03, //     usage: button 1 to 3
    0x15, 0x00, 0x25, 0x01, //     logical: 0 to 1
    0x95, 0x03, 0x75, 0x01, //     three of one bit
    0x81, 0x02,             //     input: data, variable, absolute
    0x95, 0x01, 0x75, 0x05, //     one of five bits
    0x81, 0x01,             //     input: constant
    0x05, 0x01,             //     usage page: generic desktop
    0x09, 0x30, 0x09, 0x31, //     usage: x, y
    0x09, 0x38,             //     usage: wheel
    0x15, 0x81, 0x25, 0x7F, //     logical: -127 to 127
    0x75, 0x08, 0x95, 0x03, //     three of eight bits
    0x81, 0x06,             //     input: data, variable, relative
    0xC0,                   //   end of collection
    0xC0,                   // end of collection
];

/// Host to board: a motion, and the buttons that are down from now on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Motion to the right, counts.
    pub dx: i16,
    /// Motion down, counts.
    pub dy: i16,
    /// Motion of the wheel, notches; up is positive.
    pub wheel: i8,
    /// Bits of the buttons that are down.
    pub buttons: u8,
}

impl Report {
    /// Size, bytes.
    pub const BYTES: usize = 6;

    /// Parses the payload.
    ///
    /// # Errors
    /// [`Malformed`] if it is too short, or contains an unknown button.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let &[a, b, c, d, wheel, buttons] = payload.first_chunk().ok_or(Malformed::Length {
            found: payload.len(),
            expected: Self::BYTES,
        })?;
        if buttons & !(LEFT | RIGHT | MIDDLE) != 0 {
            return Err(Malformed::Field {
                name: "the buttons",
                found: buttons.into(),
            });
        }
        Ok(Self {
            dx: i16::from_le_bytes([a, b]),
            dy: i16::from_le_bytes([c, d]),
            wheel: i8::from_le_bytes([wheel]),
            buttons,
        })
    }

    /// Writes the payload and returns its size in bytes.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let bytes: &mut [u8; Self::BYTES] = into.first_chunk_mut().ok_or(BufferTooSmall)?;
        let ([a, b], [c, d]) = (self.dx.to_le_bytes(), self.dy.to_le_bytes());
        *bytes = [a, b, c, d, self.wheel.to_le_bytes()[0], self.buttons];
        Ok(Self::BYTES)
    }
}

/// The board's logic: takes the host's reports, produces the reports to the computer, and releases the buttons if the
/// host is silent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mouse {
    dx: i32,
    dy: i32,
    wheel: i32,
    buttons: u8,
    /// Buttons in the last report to the computer.
    sent: u8,
    host: HostSigns,
}

/// When the host was heard last.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HostSigns {
    last_message_millis: Option<u32>,
}

impl HostSigns {
    /// It was never heard, or has ended.
    pub(crate) const NONE: Self = Self {
        last_message_millis: None,
    };

    pub(crate) fn seen(&mut self, now_millis: u32) {
        self.last_message_millis = Some(now_millis);
    }

    /// Whether buttons must be released.
    pub(crate) fn is_silent(self, now_millis: u32) -> bool {
        self.last_message_millis
            .is_none_or(|last_millis| now_millis.wrapping_sub(last_millis) >= RELEASE_AFTER_MILLIS)
    }
}

impl Mouse {
    /// Takes a report that arrived at this time of the board's clock (milliseconds, wrapping at 2³²).
    pub fn report(&mut self, report: &Report, now_millis: u32) {
        self.dx = self.dx.saturating_add(report.dx.into());
        self.dy = self.dy.saturating_add(report.dy.into());
        self.wheel = self.wheel.saturating_add(report.wheel.into());
        self.buttons = report.buttons;
        self.host.seen(now_millis);
    }

    /// Takes a keep-alive from the host.
    pub fn keep_alive(&mut self, now_millis: u32) {
        self.host.seen(now_millis);
    }

    /// The host has ended: motion that waits is discarded, and buttons are released.
    pub fn host_is_gone(&mut self) {
        self.host = HostSigns::NONE;
    }

    /// The next report to the computer; `None` if nothing changed. Call this whenever USB or Bluetooth is ready.
    pub fn poll(&mut self, now_millis: u32) -> Option<[u8; HID_REPORT_BYTES]> {
        if self.host.is_silent(now_millis) {
            // Pending motion is discarded without a host.
            (self.dx, self.dy, self.wheel, self.buttons) = (0, 0, 0, 0);
        }
        if (self.dx, self.dy, self.wheel) == (0, 0, 0) && self.buttons == self.sent {
            return None;
        }
        let [x, y, wheel] = [&mut self.dx, &mut self.dy, &mut self.wheel].map(|left| {
            let step = (*left).clamp(-127, 127);
            *left -= step;
            (step as i8).to_le_bytes()[0]
        });
        self.sent = self.buttons;
        Some([self.buttons, x, y, wheel])
    }
}

/// Reads a mouse report as a computer would: motion, wheel and buttons.
///
/// # Errors
/// [`Malformed`] if it is too short.
pub fn read_hid(report: &[u8]) -> Result<Report, Malformed> {
    let &[buttons, x, y, wheel] = report.first_chunk().ok_or(Malformed::Length {
        found: report.len(),
        expected: HID_REPORT_BYTES,
    })?;
    Ok(Report {
        dx: i8::from_le_bytes([x]).into(),
        dy: i8::from_le_bytes([y]).into(),
        wheel: i8::from_le_bytes([wheel]),
        buttons: buttons & (LEFT | RIGHT | MIDDLE),
    })
}
