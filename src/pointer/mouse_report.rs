//! Actions as the reports of a mouse, and back.

use super::Action;
use crate::command::Buttons;
use bci_cursor_firmware_protocol::pointer::{LEFT, MIDDLE, RIGHT, Report};

/// What a mouse reports for this action. Counts are pixels; a mouse has one wheel, which turns up and down.
pub(super) fn to_report(action: Action) -> Report {
    let within = |pixels: i32| pixels.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
    let Buttons {
        left,
        right,
        middle,
    } = action.buttons;
    let bits = [(left, LEFT), (right, RIGHT), (middle, MIDDLE)].into_iter();
    Report {
        dx: within(action.dx_px),
        dy: within(action.dy_px),
        // Turning the wheel towards the user scrolls down.
        wheel: (-action.wheel[1]).clamp(-127, 127) as i8,
        buttons: bits.fold(
            0,
            |bits, (is_down, bit)| if is_down { bits | bit } else { bits },
        ),
    }
}

/// What a computer does when its mouse reports this.
#[must_use]
pub fn to_action(report: &Report) -> Action {
    Action {
        dx_px: report.dx.into(),
        dy_px: report.dy.into(),
        wheel: [0, -i32::from(report.wheel)],
        buttons: Buttons {
            left: report.buttons & LEFT != 0,
            right: report.buttons & RIGHT != 0,
            middle: report.buttons & MIDDLE != 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_action_survives_as_a_report(
            dx_px in i32::from(i16::MIN)..=i32::from(i16::MAX),
            dy_px in i32::from(i16::MIN)..=i32::from(i16::MAX),
            steps in -127..=127_i32,
            [left, right, middle]: [bool; 3],
        ) {
            let action = Action {
                dx_px,
                dy_px,
                wheel: [0, steps],
                buttons: Buttons { left, right, middle },
            };
            prop_assert_eq!(to_action(&to_report(action)), action);
        }
    }
}
