//! A mouse for a computer on which nothing can be installed: reports from the host to a board, and from the board over USB
//! or Bluetooth as an ordinary mouse (USB HID 1.11, appendix B: boot mouse, with a wheel).

use crate::{BufferTooSmall, Malformed};

/// Without a report or a keep-alive for this long, the board lets every button go, milliseconds.
pub const RELEASE_AFTER_MILLIS: u32 = 250;
/// Bits of the buttons in a report.
pub const LEFT: u8 = 1;
/// See [`LEFT`].
pub const RIGHT: u8 = 2;
/// See [`LEFT`].
pub const MIDDLE: u8 = 4;

/// Bytes of what the board sends to the computer: buttons, x, y, wheel.
pub const HID_REPORT_BYTES: usize = 4;

/// What the board tells the computer that its reports are: a mouse of three buttons, x, y and a wheel, each a signed byte and
/// relative. The first three bytes are those of the boot protocol.
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

/// Host to board: move by so much, and these buttons are down from now on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Counts to the right.
    pub dx: i16,
    /// Counts down.
    pub dy: i16,
    /// Notches of the wheel, up is positive.
    pub wheel: i8,
    /// Bits of the buttons that are down.
    pub buttons: u8,
}

impl Report {
    /// Bytes of it.
    pub const BYTES: usize = 6;

    /// Reads it.
    ///
    /// # Errors
    /// [`Malformed`] where it is too short, or names a button that there is not.
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

    /// Writes it.
    ///
    /// # Errors
    /// [`BufferTooSmall`] where it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let bytes: &mut [u8; Self::BYTES] = into.first_chunk_mut().ok_or(BufferTooSmall)?;
        let ([a, b], [c, d]) = (self.dx.to_le_bytes(), self.dy.to_le_bytes());
        *bytes = [a, b, c, d, self.wheel.to_le_bytes()[0], self.buttons];
        Ok(Self::BYTES)
    }
}

/// The board's half: takes reports, gives what goes to the computer, and lets go of the buttons where the host falls silent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mouse {
    dx: i32,
    dy: i32,
    wheel: i32,
    buttons: u8,
    /// Buttons as the computer knows them.
    sent: u8,
    heard_millis: Option<u32>,
}

impl Mouse {
    /// Takes a report that came at this time of the board's clock (milliseconds, wrapping at 2³²).
    pub fn report(&mut self, report: &Report, now_millis: u32) {
        self.dx = self.dx.saturating_add(report.dx.into());
        self.dy = self.dy.saturating_add(report.dy.into());
        self.wheel = self.wheel.saturating_add(report.wheel.into());
        self.buttons = report.buttons;
        self.heard_millis = Some(now_millis);
    }

    /// The host is still there.
    pub fn keep_alive(&mut self, now_millis: u32) {
        self.heard_millis = Some(now_millis);
    }

    /// What goes to the computer now; none where nothing changed. To be called at every chance that USB or Bluetooth gives.
    pub fn poll(&mut self, now_millis: u32) -> Option<[u8; HID_REPORT_BYTES]> {
        let is_silent = |heard: u32| now_millis.wrapping_sub(heard) >= RELEASE_AFTER_MILLIS;
        if self.heard_millis.is_none_or(is_silent) {
            // Nothing that was under way goes on without its host.
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

/// What a mouse report of the board says to a computer: motion, wheel and buttons.
///
/// # Errors
/// [`Malformed`] where it is too short.
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
