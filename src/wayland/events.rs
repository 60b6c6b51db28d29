//! What a compositor tells us, as one list of events.

use super::outputs::Output;
use std::collections::VecDeque;
use wayland_client::protocol::wl_buffer::WlBuffer;
use wayland_client::protocol::wl_callback::{self, WlCallback};
use wayland_client::protocol::wl_compositor::WlCompositor;
use wayland_client::protocol::wl_output::{self, Mode, WlOutput};
use wayland_client::protocol::wl_pointer::{self, WlPointer};
use wayland_client::protocol::wl_region::WlRegion;
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::protocol::wl_seat::{self, WlSeat};
use wayland_client::protocol::wl_shm::WlShm;
use wayland_client::protocol::wl_shm_pool::WlShmPool;
use wayland_client::protocol::wl_subcompositor::WlSubcompositor;
use wayland_client::protocol::wl_subsurface::WlSubsurface;
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_client::{Connection, Dispatch, Proxy, QueueHandle, WEnum, delegate_noop};
use wayland_protocols::wp::presentation_time::client::wp_presentation::WpPresentation;
use wayland_protocols::wp::presentation_time::client::wp_presentation_feedback::{
    self, WpPresentationFeedback,
};
use wayland_protocols::wp::viewporter::client::wp_viewport::WpViewport;
use wayland_protocols::wp::viewporter::client::wp_viewporter::WpViewporter;
use wayland_protocols::xdg::xdg_output::zv1::client::zxdg_output_manager_v1::ZxdgOutputManagerV1;
use wayland_protocols::xdg::xdg_output::zv1::client::zxdg_output_v1::{self, ZxdgOutputV1};
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_manager_v1::ZwpVirtualKeyboardManagerV1;
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_v1::ZwpVirtualKeyboardV1;
use wayland_protocols_plasma::fake_input::client::org_kde_kwin_fake_input::OrgKdeKwinFakeInput;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_shell_v1::ZwlrLayerShellV1;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_surface_v1::{
    self, ZwlrLayerSurfaceV1,
};
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_frame_v1::{
    self, ZwlrScreencopyFrameV1,
};
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_manager_v1::ZwlrScreencopyManagerV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_manager_v1::ZwlrVirtualPointerManagerV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_v1::ZwlrVirtualPointerV1;

/// What a callback is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Callback {
    /// Somebody waits for it.
    Answer,
    /// See [`Event::Mark`].
    Mark(u32),
    /// See [`Event::Frame`].
    Frame(u32),
}

/// Something has happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Event {
    /// Everything before the request with this number is carried out.
    Mark(u32),
    /// A surface may be drawn: its number, width and height.
    Configured(u32, [u32; 2]),
    /// A surface is gone, for example with its output.
    Closed(u32),
    /// It is a good time to draw the next frame of the surface with this number.
    Frame(u32),
    /// What was committed with this number was shown.
    Shown {
        serial: u32,
        /// In the compositor's clock, microseconds.
        at_us: u64,
        /// The display's count of frames; 0 if it has none.
        count: u64,
        /// Time between two frames, nanoseconds; 0 if it is not known.
        period_ns: u32,
    },
    /// What was committed with this number was never shown.
    Skipped { serial: u32 },
    /// The pointer has come to a surface, or moves on it: its place there.
    Pointer([f64; 2]),
    /// The pointer is on this surface from now on.
    Entered(u32),
    /// The pointer is on no surface of ours.
    Left,
    /// A button of the mouse went down on a surface of ours, or up.
    Button(bool),
    /// Whether there is a pointer.
    HasPointer(bool),
    /// A picture of the screen needs memory: width and height, bytes of a row, and the form of a pixel.
    CopyNeeds { size: [u32; 2], row: u32, form: u32 },
    /// A picture of the screen was copied, of a frame at this time, microseconds.
    Copied { at_us: u64 },
    /// It was not.
    NotCopied,
}

/// Everything that is known of a compositor.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Number, interface and version of what is offered.
    globals: Vec<(u32, String, u32)>,
    pub(super) output_manager: Option<ZxdgOutputManagerV1>,
    pub(super) outputs: Vec<Output>,
    /// How often we asked whether everything is carried out, and how often it answered.
    pub(super) asked: u32,
    pub(super) answered: u32,
    pub(super) events: VecDeque<Event>,
}

impl State {
    /// Number and version of an interface.
    pub(super) fn global(&self, interface: &str) -> Option<(u32, u32)> {
        let found = self.globals.iter().find(|(_, name, _)| name == interface);
        found.map(|(number, _, version)| (*number, *version))
    }
}

impl State {
    /// Takes note of an output, and asks for its place.
    fn add_output(&mut self, number: u32, output: WlOutput, handle: &QueueHandle<Self>) {
        self.outputs.push(Output::new(number, output));
        self.ask_places(handle);
    }

    /// Asks for the places of outputs that are not known yet.
    fn ask_places(&mut self, handle: &QueueHandle<Self>) {
        let Some(manager) = &self.output_manager else {
            return;
        };
        for output in &mut self.outputs {
            if output.logical.is_none() {
                let asked = manager.get_xdg_output(&output.output, handle, output.number);
                output.logical = Some(asked);
            }
        }
    }

    fn output(&mut self, number: u32) -> Option<&mut Output> {
        self.outputs
            .iter_mut()
            .find(|output| output.number == number)
    }
}

impl Dispatch<WlOutput, u32> for State {
    fn event(
        state: &mut Self,
        _: &WlOutput,
        event: wl_output::Event,
        number: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some(output) = state.output(*number) else {
            return;
        };
        match event {
            wl_output::Event::Geometry { physical_width, .. } => {
                output.width_mm = u32::try_from(physical_width).unwrap_or(0);
            }
            wl_output::Event::Mode {
                flags: WEnum::Value(flags),
                refresh,
                ..
            } if flags.contains(Mode::Current) => {
                output.refresh_mhz = u32::try_from(refresh).unwrap_or(0);
            }
            _ => {}
        }
    }
}

impl Dispatch<ZxdgOutputV1, u32> for State {
    fn event(
        state: &mut Self,
        _: &ZxdgOutputV1,
        event: zxdg_output_v1::Event,
        number: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some(output) = state.output(*number) else {
            return;
        };
        match event {
            zxdg_output_v1::Event::LogicalPosition { x, y } => {
                (output.rect.x, output.rect.y) = (x, y);
            }
            zxdg_output_v1::Event::LogicalSize { width, height } => {
                (output.rect.width, output.rect.height) = (width, height);
            }
            _ => {}
        }
    }
}

impl Dispatch<WlRegistry, ()> for State {
    fn event(
        state: &mut Self,
        registry: &WlRegistry,
        event: wl_registry::Event,
        (): &(),
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        match event {
            wl_registry::Event::Global {
                name,
                interface,
                version,
            } => {
                if interface == WlOutput::interface().name {
                    let output = registry.bind(name, version.min(3), handle, name);
                    state.add_output(name, output, handle);
                } else if interface == ZxdgOutputManagerV1::interface().name {
                    state.output_manager = Some(registry.bind(name, 1, handle, ()));
                    state.ask_places(handle);
                }
                state.globals.push((name, interface, version));
            }
            wl_registry::Event::GlobalRemove { name } => {
                state.globals.retain(|(number, _, _)| *number != name);
                let is_gone = |output: &Output| output.number == name;
                let gone = state.outputs.iter().filter(|output| is_gone(output));
                gone.for_each(Output::release);
                state.outputs.retain(|output| !is_gone(output));
            }
            _ => {}
        }
    }
}

impl Dispatch<WlCallback, Callback> for State {
    fn event(
        state: &mut Self,
        _: &WlCallback,
        _: wl_callback::Event,
        callback: &Callback,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match callback {
            Callback::Answer => state.answered += 1,
            Callback::Mark(number) => state.events.push_back(Event::Mark(*number)),
            Callback::Frame(number) => state.events.push_back(Event::Frame(*number)),
        }
    }
}

impl Dispatch<ZwlrLayerSurfaceV1, u32> for State {
    fn event(
        state: &mut Self,
        surface: &ZwlrLayerSurfaceV1,
        event: zwlr_layer_surface_v1::Event,
        number: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            zwlr_layer_surface_v1::Event::Configure {
                serial,
                width,
                height,
            } => {
                surface.ack_configure(serial);
                let configured = Event::Configured(*number, [width, height]);
                state.events.push_back(configured);
            }
            zwlr_layer_surface_v1::Event::Closed => state.events.push_back(Event::Closed(*number)),
            _ => {}
        }
    }
}

/// A number that the protocol sends in two halves.
fn whole(high: u32, low: u32) -> u64 {
    (u64::from(high) << 32) | u64::from(low)
}

fn micros(secs: u64, nanos: u32) -> u64 {
    secs.saturating_mul(1_000_000)
        .saturating_add(u64::from(nanos / 1000))
}

impl Dispatch<WpPresentationFeedback, u32> for State {
    fn event(
        state: &mut Self,
        _: &WpPresentationFeedback,
        event: wp_presentation_feedback::Event,
        serial: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let serial = *serial;
        match event {
            wp_presentation_feedback::Event::Presented {
                tv_sec_hi,
                tv_sec_lo,
                tv_nsec,
                refresh,
                seq_hi,
                seq_lo,
                ..
            } => state.events.push_back(Event::Shown {
                serial,
                at_us: micros(whole(tv_sec_hi, tv_sec_lo), tv_nsec),
                count: whole(seq_hi, seq_lo),
                period_ns: refresh,
            }),
            wp_presentation_feedback::Event::Discarded => {
                state.events.push_back(Event::Skipped { serial });
            }
            _ => {}
        }
    }
}

impl Dispatch<WlSeat, ()> for State {
    fn event(
        state: &mut Self,
        _: &WlSeat,
        event: wl_seat::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_seat::Event::Capabilities {
            capabilities: WEnum::Value(capabilities),
        } = event
        {
            let has = capabilities.contains(wl_seat::Capability::Pointer);
            state.events.push_back(Event::HasPointer(has));
        }
    }
}

impl Dispatch<WlPointer, ()> for State {
    fn event(
        state: &mut Self,
        _: &WlPointer,
        event: wl_pointer::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_pointer::Event::Enter {
                surface,
                surface_x,
                surface_y,
                ..
            } => {
                let number = surface.data::<u32>().copied().unwrap_or(0);
                state.events.push_back(Event::Entered(number));
                state
                    .events
                    .push_back(Event::Pointer([surface_x, surface_y]));
            }
            wl_pointer::Event::Motion {
                surface_x,
                surface_y,
                ..
            } => state
                .events
                .push_back(Event::Pointer([surface_x, surface_y])),
            wl_pointer::Event::Leave { .. } => state.events.push_back(Event::Left),
            wl_pointer::Event::Button {
                state: WEnum::Value(button),
                ..
            } => {
                let is_down = button == wl_pointer::ButtonState::Pressed;
                state.events.push_back(Event::Button(is_down));
            }
            _ => {}
        }
    }
}

impl Dispatch<ZwlrScreencopyFrameV1, ()> for State {
    fn event(
        state: &mut Self,
        _: &ZwlrScreencopyFrameV1,
        event: zwlr_screencopy_frame_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let event = match event {
            zwlr_screencopy_frame_v1::Event::Buffer {
                format,
                width,
                height,
                stride,
            } => Event::CopyNeeds {
                size: [width, height],
                row: stride,
                form: format.into(),
            },
            zwlr_screencopy_frame_v1::Event::Ready {
                tv_sec_hi,
                tv_sec_lo,
                tv_nsec,
            } => Event::Copied {
                at_us: micros(whole(tv_sec_hi, tv_sec_lo), tv_nsec),
            },
            zwlr_screencopy_frame_v1::Event::Failed => Event::NotCopied,
            _ => return,
        };
        state.events.push_back(event);
    }
}

impl Dispatch<WlSurface, u32> for State {
    fn event(
        _: &mut Self,
        _: &WlSurface,
        _: <WlSurface as Proxy>::Event,
        _: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        // Which outputs show it follows from its place.
    }
}

delegate_noop!(State: WlCompositor);
delegate_noop!(State: WlRegion);
delegate_noop!(State: WlShmPool);
delegate_noop!(State: WlSubcompositor);
delegate_noop!(State: WlSubsurface);
delegate_noop!(State: WpViewport);
delegate_noop!(State: WpViewporter);
delegate_noop!(State: ZwlrLayerShellV1);
delegate_noop!(State: ZwlrScreencopyManagerV1);
delegate_noop!(State: ZwlrVirtualPointerManagerV1);
delegate_noop!(State: ZwlrVirtualPointerV1);
delegate_noop!(State: OrgKdeKwinFakeInput);
delegate_noop!(State: ZwpVirtualKeyboardManagerV1);
delegate_noop!(State: ZwpVirtualKeyboardV1);
delegate_noop!(State: ZxdgOutputManagerV1);
// Formats that everybody has, pictures that are never changed, and a clock that stamps are compared with.
delegate_noop!(State: ignore WlShm);
delegate_noop!(State: ignore WpPresentation);
delegate_noop!(State: ignore WlBuffer);
