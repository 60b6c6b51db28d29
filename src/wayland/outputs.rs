//! Screens of a compositor, in its own pixels: those of the desktop, not of the monitor.

use crate::rect::Rect;
use wayland_client::Proxy;
use wayland_client::protocol::wl_output::WlOutput;
use wayland_protocols::xdg::xdg_output::zv1::client::zxdg_output_v1::ZxdgOutputV1;

/// A screen.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// The compositor's number of it.
    pub(super) number: u32,
    pub(crate) output: WlOutput,
    pub(super) logical: Option<ZxdgOutputV1>,
    /// Its place on the desktop.
    pub(crate) rect: Rect,
    /// Width of the monitor, millimetres; 0 if it is not told.
    pub(crate) width_mm: u32,
    /// Frames a second that the compositor states, thousandths; 0 if it states none.
    pub(crate) refresh_mhz: u32,
}

impl Output {
    /// An output whose place is not known yet.
    pub(super) fn new(number: u32, output: WlOutput) -> Self {
        let rect = Rect {
            x: 0,
            y: 0,
            width: 0,
            height: 0,
        };
        Self {
            number,
            output,
            logical: None,
            rect,
            width_mm: 0,
            refresh_mhz: 0,
        }
    }

    /// Whether its place is known.
    pub(super) fn is_whole(&self) -> bool {
        self.rect.width > 0 && self.rect.height > 0
    }

    pub(super) fn release(&self) {
        if let Some(logical) = &self.logical {
            logical.destroy();
        }
        if self.output.version() >= 3 {
            self.output.release();
        }
    }
}
