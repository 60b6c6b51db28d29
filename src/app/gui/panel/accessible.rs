//! Tells screen readers about the panel, and lets them press its buttons.

use crate::rect::Rect;
use accesskit_unix::Adapter;
use crossbeam_channel::{Receiver, Sender, bounded};
use eframe::egui::Event;
use eframe::egui::accesskit::{
    self, ActionHandler, ActionRequest, ActivationHandler, DeactivationHandler, TreeUpdate,
};

/// Presses by screen readers that can wait.
const ACTIONS: usize = 16;

/// The connection to the accessibility service.
pub(super) struct Accessible {
    adapter: Adapter,
    actions: Receiver<ActionRequest>,
}

/// The tree is sent with the next frame.
struct Later;

impl ActivationHandler for Later {
    fn request_initial_tree(&mut self) -> Option<TreeUpdate> {
        None
    }
}

impl DeactivationHandler for Later {
    fn deactivate_accessibility(&mut self) {}
}

struct Queue(Sender<ActionRequest>);

impl ActionHandler for Queue {
    fn do_action(&mut self, request: ActionRequest) {
        // If nothing is drawn any more, nothing can be pressed.
        let _ = self.0.try_send(request);
    }
}

impl Accessible {
    pub(super) fn new() -> Self {
        let (queue, actions) = bounded(ACTIONS);
        Self {
            adapter: Adapter::new(Later, Queue(queue), Later),
            actions,
        }
    }

    /// Tells what a frame shows, and where.
    pub(super) fn update(&mut self, tree: TreeUpdate, place: &Rect) {
        let [x, y] = [place.x, place.y].map(f64::from);
        let [right, bottom] = [place.x + place.width, place.y + place.height].map(f64::from);
        let bounds = accesskit::Rect::new(x, y, right, bottom);
        self.adapter.set_root_window_bounds(bounds, bounds);
        self.adapter.update_if_active(|| tree);
    }

    /// What screen readers have asked for.
    pub(super) fn events(&self) -> impl Iterator<Item = Event> {
        let asked = self.actions.try_iter();
        asked.map(Event::AccessKitActionRequest)
    }
}
