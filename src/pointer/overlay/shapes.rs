//! The shapes on the badge, whatever draws them.

use crate::control::{ClickKind, State};

/// Colours that colour-blind people can tell apart (Okabe and Ito 2008), on black. Each state also has its own shape.
pub(super) const WHITE: [u8; 3] = [255; 3];
pub(super) const BLACK: [u8; 3] = [0; 3];
const GREY: [u8; 3] = [140; 3];
const GREEN: [u8; 3] = [0, 200, 140];
pub(super) const ORANGE: [u8; 3] = [230, 159, 0];
const RED: [u8; 3] = [240, 110, 20];
pub(super) const BLUE: [u8; 3] = [86, 180, 233];
pub(super) const COLOURS: [[u8; 3]; 7] = [WHITE, BLACK, GREY, GREEN, ORANGE, RED, BLUE];

/// What draws. Positions and sizes are fractions of the badge's height.
pub(super) trait Brush {
    type Error;

    /// Sets the colour and the line width of what is drawn next.
    fn colour(&mut self, colour: [u8; 3], line: f64) -> Result<(), Self::Error>;

    /// Draws a disc.
    fn disc(&mut self, at: [f64; 2], radius: f64) -> Result<(), Self::Error>;

    /// Draws this share of a circle, clockwise from the top.
    fn circle(&mut self, at: [f64; 2], radius: f64, share: f64) -> Result<(), Self::Error>;

    /// Draws a rectangle with this middle.
    fn bar(&mut self, at: [f64; 2], size: [f64; 2]) -> Result<(), Self::Error>;

    /// Draws a line.
    fn line(&mut self, from: [f64; 2], to: [f64; 2]) -> Result<(), Self::Error>;
}

/// The centres of the state's shape and of the mouse.
const STATE_AT: [f64; 2] = [0.5, 0.5];
const MOUSE_AT: [f64; 2] = [1.27, 0.5];

/// Draws how far dwelling has progressed, `share` from 0 to 1.
pub(super) fn ring<B: Brush>(brush: &mut B, share: f64) -> Result<(), B::Error> {
    if share <= 0.0 {
        return Ok(());
    }
    brush.colour(BLUE, 0.1)?;
    brush.circle(STATE_AT, 0.37, share)
}

/// Draws the state. Two bars: paused. A ring: at rest. A disc: active. A cross: no signal. An exclamation mark: on
/// hold. Dots: starting.
pub(super) fn state<B: Brush>(brush: &mut B, state: State) -> Result<(), B::Error> {
    let [x, y] = STATE_AT;
    match state {
        State::Starting => {
            brush.colour(GREY, 0.0)?;
            (-1..=1).try_for_each(|k| brush.disc([x + 0.17 * f64::from(k), y], 0.06))
        }
        State::Paused(_) => {
            brush.colour(ORANGE, 0.0)?;
            brush.bar([x - 0.1, y], [0.1, 0.36])?;
            brush.bar([x + 0.1, y], [0.1, 0.36])
        }
        State::Idle => {
            brush.colour(WHITE, 0.07)?;
            brush.circle(STATE_AT, 0.16, 1.0)
        }
        State::Active => {
            brush.colour(GREEN, 0.0)?;
            brush.disc(STATE_AT, 0.2)
        }
        State::Hold(_) => {
            brush.colour(ORANGE, 0.0)?;
            brush.bar([x, y - 0.06], [0.1, 0.24])?;
            brush.disc([x, y + 0.17], 0.06)
        }
        State::SignalLost => {
            brush.colour(RED, 0.1)?;
            brush.line([x - 0.17, y - 0.17], [x + 0.17, y + 0.17])?;
            brush.line([x - 0.17, y + 0.17], [x + 0.17, y - 0.17])
        }
    }
}

/// Draws a mouse, with the button filled that a click presses.
pub(super) fn mouse<B: Brush>(brush: &mut B, kind: ClickKind) -> Result<(), B::Error> {
    let [x, y] = MOUSE_AT;
    let (left, right, top, bottom) = (x - 0.19, x + 0.19, y - 0.3, y + 0.3);
    let middle = y - 0.04;
    brush.colour(WHITE, 0.0)?;
    brush.bar(MOUSE_AT, [0.46, 0.68])?;
    brush.colour(BLACK, 0.0)?;
    brush.bar(MOUSE_AT, [0.38, 0.6])?;
    brush.colour(WHITE, 0.04)?;
    brush.line([left, middle], [right, middle])?;
    brush.line([x, top], [x, middle])?;
    let button = (top + middle) / 2.0;
    let half = middle - top;
    match kind {
        ClickKind::Left => brush.bar([x - 0.095, button], [0.19, half]),
        ClickKind::Right => brush.bar([x + 0.095, button], [0.19, half]),
        ClickKind::Middle => brush.bar([x, button], [0.14, half]),
        ClickKind::Double => {
            brush.bar([x - 0.095, button], [0.19, half])?;
            brush.disc([x - 0.08, y + 0.14], 0.05)?;
            brush.disc([x + 0.08, y + 0.14], 0.05)
        }
        ClickKind::Drag => {
            brush.bar([x - 0.095, button], [0.19, half])?;
            brush.line([x - 0.14, y + 0.14], [x + 0.14, y + 0.14])?;
            brush.line([x + 0.05, y + 0.05], [x + 0.14, y + 0.14])?;
            brush.line([x + 0.05, y + 0.23], [x + 0.14, y + 0.14])
        }
        ClickKind::None => {
            brush.colour(RED, 0.07)?;
            brush.line([left, bottom], [right, top])
        }
    }
}
