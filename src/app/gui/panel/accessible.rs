//! Tells screen readers about the panel, and lets them press its buttons.

use crate::rect::Rect;
use accesskit_unix::Adapter;
use crossbeam_channel::{Receiver, Sender, bounded};
use eframe::egui::Event;
use eframe::egui::accesskit::{
    self, ActionHandler, ActionRequest, ActivationHandler, DeactivationHandler, TreeUpdate,
};
use rustix::pipe::{PipeFlags, pipe_with};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Presses by screen readers that can wait.
const ACTIONS: usize = 16;

/// The connection to the accessibility service.
pub(super) struct Accessible {
    adapter: Adapter,
    actions: Receiver<ActionRequest>,
    woken: OwnedFd,
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

struct Queue {
    actions: Sender<ActionRequest>,
    wake: OwnedFd,
}

impl ActionHandler for Queue {
    fn do_action(&mut self, request: ActionRequest) {
        // If nothing is drawn any more, nothing can be pressed.
        if self.actions.try_send(request).is_ok() {
            let _ = rustix::io::write(&self.wake, b"!");
        }
    }
}

impl Accessible {
    /// Connects, as soon as the service asks.
    ///
    /// # Errors
    /// The system's error.
    pub(super) fn new() -> io::Result<Self> {
        let (queue, actions) = bounded(ACTIONS);
        let (woken, wake) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        let queue = Queue {
            actions: queue,
            wake,
        };
        Ok(Self {
            adapter: Adapter::new(Later, queue, Later),
            actions,
            woken,
        })
    }

    /// What to wait on for events.
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.woken.as_fd()
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
        let mut bytes = [0; ACTIONS];
        let _ = rustix::io::read(&self.woken, &mut bytes);
        let asked = self.actions.try_iter();
        asked.map(Event::AccessKitActionRequest)
    }
}
