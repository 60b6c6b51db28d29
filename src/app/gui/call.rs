//! A call of the patient: a message on the whole screen, and a sound that repeats until somebody comes.

use super::look::Look;
use super::sound::{Sound, Tone};
use super::text::Text;
use super::{WindowError, open_full_screen};
use crate::system::clock;
use crate::time::HostNanos;
use eframe::egui::{self, Align2, Color32, FontId, Key, RichText, Ui, vec2};
use std::time::Duration;

/// Time between two sounds, nanoseconds.
const SOUND_NS: u64 = 1_500_000_000;
/// Nothing ends the call before this, nanoseconds: somebody may be typing.
const LEAST_NS: u64 = 1_000_000_000;

/// The message.
pub struct Call {
    text: &'static Text,
    wish: usize,
    sound: Option<Sound>,
    began: Option<HostNanos>,
    sounded: Option<HostNanos>,
    is_seen: bool,
}

impl Call {
    /// A call with one of the wishes.
    #[must_use]
    pub fn new(wish: usize, text: &'static Text) -> Self {
        let sound = Sound::open();
        Self {
            text,
            wish,
            sound: sound.inspect_err(|error| log::warn!("{error}")).ok(),
            began: None,
            sounded: None,
            is_seen: false,
        }
    }

    /// Somebody has said that they come.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.is_seen
    }

    /// Draws the message, and sounds when it is time to.
    pub fn frame(&mut self, ui: &mut Ui, now: HostNanos) {
        let began = *self.began.get_or_insert(now);
        if self.sounded.is_none_or(|at| now.since(at) >= SOUND_NS) {
            self.sounded = Some(now);
            if let Some(sound) = &self.sound {
                sound.play(Tone::Cue);
            }
        }
        let may_end = now.since(began) > LEAST_NS;
        let words = self.text.panel;
        let whole = ui.max_rect();
        ui.painter().rect_filled(whole, 0.0, Color32::BLACK);
        let message = words.called[self.wish.min(words.called.len() - 1)];
        ui.vertical_centered(|ui| {
            ui.add_space(0.22 * whole.height());
            let size = (whole.width() / 14.0).clamp(40.0, 140.0);
            ui.label(
                RichText::new(message)
                    .size(size)
                    .strong()
                    .color(Color32::WHITE),
            );
            ui.add_space(0.12 * whole.height());
            let seen = egui::Button::new(RichText::new(words.seen).size(36.0).strong())
                .min_size(vec2(360.0, 96.0));
            let button = ui.add(seen);
            if may_end {
                button.request_focus();
            }
            self.is_seen |= may_end && button.clicked();
        });
        let at = whole.center_bottom() - vec2(0.0, 32.0);
        let font = FontId::proportional(18.0);
        let colour = Color32::from_gray(200);
        // The panel may lie above one edge.
        let width = 0.62 * whole.width();
        let note = ui
            .painter()
            .layout(words.no_alarm.to_owned(), font, colour, width);
        let place = Align2::CENTER_BOTTOM.anchor_size(at, note.size());
        ui.painter().galley(place.min, note, colour);
        let pressed = [Key::Enter, Key::Space, Key::Escape];
        let has_key = ui.input(|input| pressed.iter().any(|key| input.key_pressed(*key)));
        self.is_seen |= may_end && has_key;
    }
}

struct CallWindow(Call);

impl eframe::App for CallWindow {
    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        self.0.frame(ui, clock::now());
        if self.0.is_seen() {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
        ui.ctx().request_repaint_after(Duration::from_millis(100));
    }
}

/// Shows a call until somebody ends it.
///
/// # Errors
/// [`WindowError`] if there is no display, or if nothing can be drawn on it.
pub fn call(wish: usize, text: &'static Text, look: Look) -> Result<(), WindowError> {
    open_full_screen(text.panel.called[wish], look, move || {
        Box::new(CallWindow(Call::new(wish, text)))
    })
}
