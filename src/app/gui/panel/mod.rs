//! The patient's panel: large buttons along an edge of the screen, for what the pointer alone cannot do. It shows what the run tells it
//! ([`PanelUpdate`]) and returns what the patient asks for.

mod accessible;
mod button;
mod icons;
mod key_page;
mod layout;
mod pages;
mod painter;
mod protocol;
mod window;

pub use pages::WISHES;
pub use protocol::{PanelLine, PanelRequest, PanelUpdate};
pub use window::{PanelError, PanelOptions, panel};

use super::look::{Palette, palette};
use super::text::Text;
use crate::control::{AssistMode, PauseReason, Prior, State};
use crate::settings::KeyboardSettings;
use crate::words::OwnWords;
use crate::writing::OnScreenKeyboard;
use button::{Face, Shown, fitting};
use eframe::egui::{Color32, Context, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use layout::{Layout, layout};
use lucide_icons::Icon;

/// A patient who rests has this long to press the next button, seconds; then everything starts again.
const REST_S: f64 = 15.0;
/// Size of the words that say why something was refused, points.
const SMALL: f32 = 11.0;
/// Space around a tag on its button, points.
const AROUND_TAG: f32 = 12.0;

/// Which buttons are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Main,
    More,
    Settings,
    Programs,
    Keyboard,
    Call,
    /// Only a button that brings the others back.
    Hidden,
}

/// How far a patient who rests has come. Each step is at another place, so that a look that was not meant, or rest itself, does not resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Nothing was pressed.
    Nothing,
    /// They resume: pressed once or twice.
    Resumes(u8),
    /// They call: pressed once or twice.
    Calls(u8),
}

/// What a button does.
#[derive(Debug, Clone, PartialEq)]
enum Does {
    Open(Page),
    Go(Rest),
    Ask(PanelRequest),
}

/// A button, or an empty place.
type Place = Option<(Face, Does)>;

/// What a frame of the panel has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PanelFrame {
    /// What the patient asks for.
    pub request: Option<PanelRequest>,
    /// The places that are pointed at or looked at, points of the panel, and how likely each is.
    pub targets: Vec<(Rect, Prior)>,
}

/// The panel.
#[derive(Debug)]
pub struct Panel {
    text: &'static Text,
    is_upright: bool,
    page: Page,
    update: PanelUpdate,
    /// Width and height of a tag, points; 0 without tags.
    tag: f32,
    /// Pixels of a point.
    scale: f32,
    /// Width and height of the screen, points.
    screen: [f32; 2],
    /// Names of the programs that can be started.
    programs: Vec<String>,
    /// The words that the patient has written so far, until the keyboard has them.
    own_words: OwnWords,
    /// Made when it is opened for the first time.
    keyboard: Option<Box<OnScreenKeyboard>>,
    rest: Rest,
    /// When the last button was pressed at rest, seconds.
    rest_at_s: f64,
}

impl Panel {
    /// A panel that shows an update, upright or flat. The patient can start these programs, and has written these words.
    #[must_use]
    pub fn new(
        text: &'static Text,
        is_upright: bool,
        update: PanelUpdate,
        programs: Vec<String>,
        own_words: OwnWords,
    ) -> Self {
        Self {
            text,
            is_upright,
            page: Page::Main,
            update,
            tag: 0.0,
            scale: 1.0,
            screen: [1920.0, 1080.0],
            programs,
            own_words,
            keyboard: None,
            rest: Rest::Nothing,
            rest_at_s: 0.0,
        }
    }

    /// Makes its icons available to a window.
    pub fn install(context: &Context) {
        icons::install(context);
    }

    /// Shows another update. `screen_px` is the width and height of the screen, and `scale` what a point is there, pixels: tags have a size for
    /// a screen 1080 pixels high.
    pub fn take(&mut self, update: PanelUpdate, screen_px: [f32; 2], scale: f32) {
        let side = update.settings.as_ref().map(|settings| {
            let tag_px = settings.control.look.size_px as f32;
            tag_px * screen_px[1] / 1080.0 / scale
        });
        (self.scale, self.screen) = (scale, screen_px.map(|px| px / scale));
        self.tag = side.ok().filter(|_| update.has_tags).unwrap_or(0.0);
        // What was refused was not written, or only a part of it.
        if update.refused.is_some()
            && update.refused != self.update.refused
            && let Some(keyboard) = &mut self.keyboard
        {
            keyboard.start_again();
        }
        self.update = update;
        if self.rests() {
            self.page = Page::Main;
        } else {
            self.rest = Rest::Nothing;
        }
    }

    /// Whether the patient rests, and can look at tags.
    fn rests(&self) -> bool {
        let settings = self.update.settings.as_ref();
        let looks = settings.is_ok_and(|settings| settings.control.assist.mode == AssistMode::Look);
        looks && self.tag > 0.0 && self.update.state == State::Paused(PauseReason::Resting)
    }

    /// How far it reaches from its edge, points.
    #[must_use]
    pub fn thickness(&self) -> f32 {
        match self.page {
            Page::Keyboard => self.keyboard_thickness(),
            Page::Hidden => {
                let tag = if self.tag > 0.0 {
                    self.tag + AROUND_TAG
                } else {
                    0.0
                };
                layout::least(self.scale).max(tag) + AROUND_TAG
            }
            // All other pages have the room of the main page, so that windows stay where they are.
            _ => {
                let length = self.screen[usize::from(self.is_upright)];
                let count = self.main().len();
                layout::thickness(self.is_upright, count, length, self.tag, self.scale)
            }
        }
    }

    /// Draws the panel.
    pub fn frame(&mut self, ui: &mut Ui) -> PanelFrame {
        let now_s = ui.input(|input| input.time);
        if now_s - self.rest_at_s > REST_S {
            self.rest = Rest::Nothing;
        }
        let whole = ui.max_rect();
        ui.painter().rect_filled(whole, 0.0, palette(ui).ground);
        let (pressed, targets) = if self.page == Page::Keyboard {
            self.keyboard_frame(ui, whole)
        } else {
            self.button_frame(ui, whole)
        };
        let mut drawn = PanelFrame {
            request: None,
            targets,
        };
        match pressed {
            Some(Does::Open(page)) => self.open(page),
            Some(Does::Go(rest)) => (self.rest, self.rest_at_s) = (rest, now_s),
            Some(Does::Ask(request)) => {
                if matches!(self.page, Page::Call | Page::Programs) {
                    self.page = Page::Main;
                }
                self.rest = Rest::Nothing;
                drawn.request = Some(request);
            }
            None => {}
        }
        drawn
    }

    fn open(&mut self, page: Page) {
        self.page = page;
        if page == Page::Keyboard {
            let own = &mut self.own_words;
            let new = || Box::new(OnScreenKeyboard::new(std::mem::take(own)));
            self.keyboard.get_or_insert_with(new).start_again();
        }
    }

    /// The patient's words, if there are new ones since the last call.
    pub fn take_learnt(&mut self) -> Option<&OwnWords> {
        self.keyboard.as_mut()?.take_learnt()
    }

    /// Draws the state and the buttons. Returns what the pressed button does, and where all are.
    fn button_frame(&mut self, ui: &mut Ui, whole: Rect) -> (Option<Does>, Vec<(Rect, Prior)>) {
        let buttons = self.buttons();
        let cells = if self.page == Page::Hidden {
            vec![hidden_cell(whole, self.thickness(), self.is_upright)]
        } else {
            let Layout { head, cells } = layout(whole, self.is_upright, buttons.len(), self.scale);
            self.head(ui, head);
            cells
        };
        let (mut pressed, mut targets) = (None, Vec::new());
        for (number, (button, rect)) in buttons.into_iter().zip(cells).enumerate() {
            let Some((face, does)) = button else { continue };
            let shown = self.shown(rect);
            targets.push((shown.target(), Prior::USUAL));
            if button::show(ui, number, &face, shown) {
                pressed = Some(does);
            }
        }
        (pressed, targets)
    }

    fn shown(&self, rect: Rect) -> Shown {
        Shown {
            rect,
            tag: self.tag,
            dwell: self.update.dwell,
            is_key: self.page == Page::Keyboard,
        }
    }

    fn keyboard_settings(&self) -> KeyboardSettings {
        let settings = self.update.settings.as_ref();
        settings.map_or_else(
            |_| KeyboardSettings::default(),
            |settings| settings.control.keyboard,
        )
    }

    /// What stands for the state, and its colour.
    fn state_icon(&self, own: &Palette) -> (Icon, Color32) {
        match self.update.state {
            State::Active | State::Idle => (Icon::CircleCheck, own.good),
            State::Starting => (Icon::Hourglass, own.text),
            State::Paused(_) | State::Hold(_) => (Icon::CirclePause, own.warning),
            State::SignalLost => (Icon::CircleX, own.bad),
        }
    }

    /// The state, in a word and its colour, and why the last request was refused.
    fn head(&self, ui: &mut Ui, room: Rect) {
        let (word, why) = self.text.state(self.update.state);
        let own = palette(ui);
        let (icon, colour) = self.state_icon(own);
        let refused = self.update.refused.as_ref();
        let refused = refused.or(self.update.settings.as_ref().err());
        let painter = ui.painter().clone();
        let icon = icons::galley(&painter, icon, 24.0, colour);
        let left = icon.size().x + 8.0;
        let word = fitting(&painter, word, room.width() - left, colour);
        let refused_words = refused.map(|message| {
            let words = message.text(self.text).to_owned();
            painter.layout(words, FontId::proportional(SMALL), own.bad, room.width())
        });
        // The reason needs the room below.
        let middle = if refused_words.is_some() {
            room.top() + icon.size().y / 2.0
        } else {
            room.center().y
        };
        for (galley, x) in [(icon, 0.0), (word, left)] {
            let at = pos2(room.left() + x, middle - galley.size().y / 2.0);
            painter.galley(at.round(), galley, colour);
        }
        if let Some(words) = refused_words {
            let at = pos2(room.left(), room.top() + 22.0);
            let room = room.expand(4.0);
            painter.with_clip_rect(room).galley(at, words, own.bad);
        }
        let words = refused.map_or(why, |message| message.text(self.text));
        let response = ui.interact(room, ui.scope_id().with("state"), Sense::hover());
        let (name, _) = self.text.state(self.update.state);
        response
            .widget_info(|| WidgetInfo::labeled(Role::Status, true, format!("{name}: {words}")));
        response.on_hover_text(words);
    }
}

/// The only button of a hidden panel, in the middle of its edge.
fn hidden_cell(whole: Rect, side: f32, is_upright: bool) -> Rect {
    let size = if is_upright {
        vec2(whole.width(), side)
    } else {
        vec2(side, whole.height())
    };
    Rect::from_center_size(whole.center(), size).shrink(3.0)
}

#[cfg(test)]
mod tests;
