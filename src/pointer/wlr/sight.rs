//! Where the pointer of a compositor is. Wayland tells a program only where the pointer is on its own surfaces, so a transparent one covers every
//! screen for a moment, takes the pointer, and goes. This is done once at the beginning, and whenever a motion begins: then the pointer leaves
//! what it is on anyway. In between, our own motion is added up, which the compositor carries out exactly. Where that ends at the edge of a
//! screen, motion stops, so that none would begin: there it is asked for again and again, in case somebody else has moved the pointer away.

use super::{Shared, VirtualPointer, failed};
use crate::command::Buttons;
use crate::control::Screens;
use crate::pointer::{PointerError, PointerObserver, PointerState};
use crate::rect::Rect;
use crate::system::clock;
use crate::time::HostNanos;
use crate::wayland::{Event, Layer, LayerPlace, Picture, Shell, WaylandError, pictures};
use std::cell::RefCell;
use std::rc::Rc;
use wayland_client::protocol::wl_buffer::WlBuffer;
use wayland_client::protocol::wl_output::WlOutput;
use wayland_client::protocol::wl_pointer::WlPointer;
use wayland_client::protocol::wl_seat::WlSeat;
use wayland_protocols::wp::viewporter::client::wp_viewport::WpViewport;
use wayland_protocols::wp::viewporter::client::wp_viewporter::WpViewporter;

/// A compositor that has not told the place after this time will not: a menu may keep the pointer. Nanoseconds.
const PATIENCE_NS: u64 = 300_000_000;
/// Until the place is known, it is asked for again after this, nanoseconds.
const AGAIN_NS: u64 = 2_000_000_000;
/// Each time that the place stays unknown, the wait doubles, up to this many times.
const MOST_DOUBLINGS: u32 = 5;
/// Nothing covers the screens this soon after a hand was on a real mouse, which would click on what covers them.
const AFTER_HAND_NS: u64 = 2_000_000_000;
/// The same at the edge of a screen, and the rest before it.
const AT_EDGE_NS: u64 = 2_000_000_000;
const RESTS_NS: u64 = 300_000_000;

/// A transparent surface that covers a screen.
pub(super) struct Veil {
    number: u32,
    screen: Rect,
    layer: Layer,
    viewport: WpViewport,
    is_drawn: bool,
}

impl Drop for Veil {
    fn drop(&mut self) {
        self.viewport.destroy();
    }
}

/// What covers the screens.
struct Means {
    shell: Shell,
    viewporter: WpViewporter,
    seat: WlSeat,
    nothing: WlBuffer,
}

/// Sees the place of a virtual pointer, and what another observer sees of hands.
pub(in super::super) struct Sight {
    shared: Rc<RefCell<Shared>>,
    hands: Option<Box<dyn PointerObserver>>,
    /// Without them, the place stays unknown.
    means: Option<Means>,
    pointer: Option<WlPointer>,
    /// When the screens were last covered, and how often in a row that told nothing.
    began: HostNanos,
    failures: u32,
    /// When a hand was last on a real mouse.
    hand_at: Option<HostNanos>,
    /// The place when it was last seen, and our own motion until then.
    last: Option<([i32; 2], [i64; 2])>,
    /// The screen that the pointer has come to, and its place on the desktop.
    screen: Option<Rect>,
    at: Option<[f64; 2]>,
    /// Number of the last mark, and our own motion when it was made; none before the screens are covered.
    marks: u32,
    marked_px: Option<[i64; 2]>,
    /// Number of the last surface.
    surfaces: u32,
}

impl Sight {
    pub(in super::super) fn new(
        pointer: &VirtualPointer,
        hands: Option<Box<dyn PointerObserver>>,
    ) -> Self {
        let means = means(&pointer.shared.borrow());
        let means = means.inspect_err(|cause| {
            log::warn!(
                "it is not seen where the pointer is, so nothing is shown beside it, and it is sent to no target: {cause}"
            );
        });
        Self {
            shared: Rc::clone(&pointer.shared),
            hands,
            means: means.ok(),
            pointer: None,
            began: HostNanos::default(),
            failures: 0,
            hand_at: None,
            last: None,
            screen: None,
            at: None,
            marks: 0,
            marked_px: None,
            surfaces: 0,
        }
    }

    /// The place, if the compositor has just told it.
    fn place(&mut self, now: HostNanos) -> Result<Option<[i32; 2]>, WaylandError> {
        let shared = Rc::clone(&self.shared);
        let shared = &mut *shared.borrow_mut();
        let mut found = None;
        while let Some(event) = shared.client.event()? {
            found = self.note(event, shared).or(found);
        }
        if found.is_some() || now.since(self.began) > PATIENCE_NS {
            shared.veils.clear();
        }
        if let Some(place) = found {
            self.last = Some((place, shared.moved_px));
            self.failures = 0;
        }
        let has_hand = (self.hand_at).is_some_and(|at| now.since(at) < AFTER_HAND_NS);
        let is_wanted = shared.begins_to_move || (!has_hand && self.is_due(now, shared));
        if is_wanted && self.pointer.is_some() && shared.down == 0 && shared.veils.is_empty() {
            shared.begins_to_move = false;
            self.began = now;
            self.failures = (self.failures + 1).min(MOST_DOUBLINGS);
            self.cover(shared);
        }
        shared.client.flush()?;
        Ok(found)
    }

    /// Whether the place is not known, or may have changed where motion cannot begin.
    fn is_due(&self, now: HostNanos, shared: &Shared) -> bool {
        let passed_ns = now.since(self.began);
        let Some((last, moved_px)) = self.last else {
            return passed_ns > AGAIN_NS << self.failures.saturating_sub(1);
        };
        let wait_ns = AT_EDGE_NS << self.failures.saturating_sub(1);
        if passed_ns <= wait_ns || now.since(shared.moved_at) <= RESTS_NS {
            return false;
        }
        let [x, y] = [0, 1].map(|axis: usize| {
            let since = shared.moved_px[axis] - moved_px[axis];
            i32::try_from(i64::from(last[axis]).saturating_add(since)).unwrap_or(last[axis])
        });
        let is_on = |at: [i32; 2]| {
            let mut outputs = shared.client.outputs();
            outputs.any(|screen| screen.rect.contains(at))
        };
        let sides = |at: i32| [at.saturating_sub(1), at.saturating_add(1)];
        let ([left, right], [above, below]) = (sides(x), sides(y));
        ![[left, y], [right, y], [x, above], [x, below]]
            .into_iter()
            .all(is_on)
    }

    /// Covers every screen.
    fn cover(&mut self, shared: &mut Shared) {
        (self.screen, self.at, self.marked_px) = (None, None, None);
        let Some(means) = &self.means else { return };
        let handle = shared.client.handle();
        let outputs = shared.client.outputs();
        let screens: Vec<(WlOutput, Rect)> = outputs
            .map(|screen| (screen.output.clone(), screen.rect))
            .collect();
        for (output, screen) in screens {
            self.surfaces += 1;
            let what = (self.surfaces, "bci-cursor place");
            let layer = means
                .shell
                .layer(&handle, what, &output, LayerPlace::Everything);
            shared.veils.push(Veil {
                viewport: means.viewporter.get_viewport(&layer.surface, &handle, ()),
                number: self.surfaces,
                screen,
                layer,
                is_drawn: false,
            });
        }
    }

    /// Takes note of an event. Returns the place once it is sure.
    fn note(&mut self, event: Event, shared: &mut Shared) -> Option<[i32; 2]> {
        let mut veils = shared.veils.iter_mut();
        match event {
            Event::HasPointer(has) => {
                let seat = self.means.as_ref().map(|means| &means.seat);
                let pointer = seat.filter(|_| has && self.pointer.is_none());
                let handle = shared.client.handle();
                if let Some(seat) = pointer {
                    self.pointer = Some(seat.get_pointer(&handle, ()));
                } else if !has && let Some(gone) = self.pointer.take() {
                    gone.release();
                }
            }
            Event::Configured(number, [width, height]) => {
                let veil = veils.find(|veil| veil.number == number)?;
                veil.is_drawn = true;
                let nothing = self.means.as_ref().map(|means| &means.nothing);
                let [width, height] = [width, height].map(|px| px.clamp(1, 1 << 15) as i32);
                veil.viewport.set_destination(width, height);
                veil.layer.surface.attach(nothing, 0, 0);
                veil.layer.surface.commit();
                if shared.veils.iter().all(|veil| veil.is_drawn) {
                    self.mark(shared);
                }
            }
            Event::Closed(_) => shared.veils.clear(),
            Event::Entered(number) => {
                let veil = veils.find(|veil| veil.number == number);
                self.screen = veil.map(|veil| veil.screen);
            }
            Event::Pointer([x, y]) => {
                self.at = self
                    .screen
                    .map(|screen| [f64::from(screen.x) + x, f64::from(screen.y) + y]);
            }
            Event::Left => self.at = None,
            // Until now the compositor has carried out the motion before the mark; what came after it is added.
            Event::Mark(number) if number == self.marks && !shared.veils.is_empty() => {
                let marked = self.marked_px?;
                let Some(at) = self.at else {
                    self.mark(shared);
                    return None;
                };
                return Some([0, 1].map(|axis: usize| {
                    let since = shared.moved_px[axis] - marked[axis];
                    (at[axis].floor() as i32).saturating_add(since as i32)
                }));
            }
            _ => {}
        }
        None
    }

    fn mark(&mut self, shared: &Shared) {
        self.marks = self.marks.wrapping_add(1);
        self.marked_px = Some(shared.moved_px);
        shared.client.mark(self.marks);
    }
}

fn means(shared: &Shared) -> Result<Means, WaylandError> {
    let client = &shared.client;
    Ok(Means {
        shell: Shell::open(client)?,
        viewporter: client.bind(1)?,
        seat: client.bind(3)?,
        nothing: pictures(client, &[Picture::plain([1, 1], 0)])?.remove(0),
    })
}

impl PointerObserver for Sight {
    fn look(&mut self) -> Result<PointerState, PointerError> {
        let hands = self.hands.as_mut();
        let mut state = hands.map_or(Ok(PointerState::default()), |hands| hands.look())?;
        let now = clock::now();
        let has_moved = state.hand_px.is_some_and(|by_px| by_px != [0; 2]);
        let has_pressed = (state.buttons).is_some_and(|buttons| buttons != Buttons::UP);
        if has_moved || has_pressed {
            self.hand_at = Some(now);
        }
        state.place_px = self.place(now).map_err(failed)?;
        Ok(state)
    }

    fn screens(&self) -> Option<Screens> {
        let shared = self.shared.borrow();
        Some(Screens::new(
            shared.client.outputs().map(|screen| screen.rect).collect(),
        ))
    }
}
