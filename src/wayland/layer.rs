//! Surfaces above all windows (wlr-layer-shell-unstable-v1): they take no keys, and no clicks unless asked to.

use super::events::State;
use super::{Client, WaylandError};
use crate::rect::Edge;
use wayland_client::QueueHandle;
use wayland_client::protocol::wl_compositor::WlCompositor;
use wayland_client::protocol::wl_output::WlOutput;
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_shell_v1::{
    Layer as Height, ZwlrLayerShellV1,
};
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_surface_v1::{
    Anchor, KeyboardInteractivity, ZwlrLayerSurfaceV1,
};

/// What makes surfaces.
pub(crate) struct Shell {
    compositor: WlCompositor,
    shell: ZwlrLayerShellV1,
}

/// Where on an output a surface lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LayerPlace {
    /// It covers all of it, and takes the pointer.
    Everything,
    /// From its upper left corner, this large; clicks go through it.
    Corner([u32; 2]),
    /// Along an edge, this large (0: as long as the edge), wherever other panels are. It takes clicks.
    Edge { edge: Edge, size: [u32; 2] },
    /// A pixel that keeps a strip along an edge free of windows, this thick, pixels.
    Kept { edge: Edge, thickness: i32 },
}

/// The edges that a surface along an edge touches.
fn anchors(edge: Edge) -> Anchor {
    match edge {
        Edge::Left => Anchor::Left | Anchor::Top | Anchor::Bottom,
        Edge::Right => Anchor::Right | Anchor::Top | Anchor::Bottom,
        Edge::Top => Anchor::Top | Anchor::Left | Anchor::Right,
        Edge::Bottom => Anchor::Bottom | Anchor::Left | Anchor::Right,
    }
}

/// The edge itself.
fn anchor(edge: Edge) -> Anchor {
    match edge {
        Edge::Left => Anchor::Left,
        Edge::Right => Anchor::Right,
        Edge::Top => Anchor::Top,
        Edge::Bottom => Anchor::Bottom,
    }
}

/// A surface above all windows. It may be drawn after [`Event::Configured`](super::Event::Configured), and is gone when it is dropped.
pub(crate) struct Layer {
    pub(crate) surface: WlSurface,
    layer: ZwlrLayerSurfaceV1,
}

impl Shell {
    /// Asks for what is needed.
    ///
    /// # Errors
    /// [`WaylandError::NotOffered`]: GNOME offers no such surfaces.
    pub(crate) fn open(client: &Client) -> Result<Self, WaylandError> {
        Ok(Self {
            shell: client.bind(4)?,
            compositor: client.bind(4)?,
        })
    }

    /// A surface that is not shown by itself.
    pub(crate) fn surface(&self, handle: &QueueHandle<State>, number: u32) -> WlSurface {
        let surface = self.compositor.create_surface(handle, number);
        let nowhere = self.compositor.create_region(handle, ());
        surface.set_input_region(Some(&nowhere));
        nowhere.destroy();
        surface
    }

    /// A surface on an output. `name` says what it is.
    pub(crate) fn layer(
        &self,
        handle: &QueueHandle<State>,
        (number, name): (u32, &str),
        output: &WlOutput,
        place: LayerPlace,
    ) -> Layer {
        let surface = self.surface(handle, number);
        let height = Height::Overlay;
        let layer = self.shell.get_layer_surface(
            &surface,
            Some(output),
            height,
            name.to_owned(),
            handle,
            number,
        );
        // Panels do not push it aside.
        layer.set_exclusive_zone(-1);
        match place {
            LayerPlace::Everything => {
                surface.set_input_region(None);
                layer.set_anchor(Anchor::all());
            }
            LayerPlace::Corner([width, height]) => {
                layer.set_anchor(Anchor::Top | Anchor::Left);
                layer.set_size(width, height);
            }
            LayerPlace::Edge {
                edge,
                size: [width, height],
            } => {
                surface.set_input_region(None);
                layer.set_anchor(anchors(edge));
                layer.set_size(width, height);
            }
            LayerPlace::Kept { edge, thickness } => {
                layer.set_anchor(anchor(edge));
                layer.set_size(1, 1);
                layer.set_exclusive_zone(thickness);
            }
        }
        layer.set_keyboard_interactivity(KeyboardInteractivity::None);
        surface.commit();
        Layer { surface, layer }
    }
}

impl Layer {
    /// Asks for another size (0: as long as the edge). [`Event::Configured`](super::Event::Configured) follows.
    pub(crate) fn resize(&self, [width, height]: [u32; 2]) {
        self.layer.set_size(width, height);
        self.surface.commit();
    }

    /// Keeps another strip free of windows, this thick, pixels.
    pub(crate) fn keep_free(&self, thickness: i32) {
        self.layer.set_exclusive_zone(thickness);
        self.surface.commit();
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        self.layer.destroy();
        self.surface.destroy();
    }
}
