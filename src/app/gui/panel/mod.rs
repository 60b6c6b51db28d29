//! The patient's panel: large buttons along an edge of the screen, for what the pointer alone cannot do. It shows what the run tells it
//! ([`PanelUpdate`]) and returns what the patient asks for.

mod accessible;
mod button;
mod icons;
mod layout;
mod painter;
mod protocol;
mod window;

pub use protocol::{PanelLine, PanelUpdate};
pub use window::{PanelError, PanelOptions, panel};

use super::look::palette;
use super::requests::{change_dwell, change_speed};
use super::text::Text;
use crate::control::{AssistMode, ClickKind, PauseReason, State};
use crate::settings::Settings;
use button::{Face, Shown, fitting};
use eframe::egui::{Context, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use layout::{Layout, layout};
use lucide_icons::Icon;

/// A patient who rests has this long to press the next button, seconds; then everything starts again.
const REST_S: f64 = 15.0;
/// Steps of the wheel that one press scrolls.
const SCROLL_STEPS: i32 = 5;
/// Size of the words that say why something was refused, points.
const SMALL: f32 = 11.0;
/// Space around a tag on its button, points.
const AROUND_TAG: f32 = 12.0;

/// Which buttons are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Main,
    Settings,
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
    Ask(String),
}

/// A button, or an empty place.
type Place = Option<(Face, Does)>;

/// The wishes of a call, as the request names them.
pub const WISHES: [&str; 4] = ["come", "pain", "toilet", "drink"];

/// What a frame of the panel has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PanelFrame {
    /// What the patient asks for.
    pub request: Option<String>,
    /// The places that are pointed at or looked at, points of the panel.
    pub targets: Vec<Rect>,
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
    rest: Rest,
    /// When the last button was pressed at rest, seconds.
    rest_at_s: f64,
}

impl Panel {
    /// A panel that shows an update, upright or flat.
    #[must_use]
    pub fn new(text: &'static Text, is_upright: bool, update: PanelUpdate) -> Self {
        Self {
            text,
            is_upright,
            page: Page::Main,
            update,
            tag: 0.0,
            scale: 1.0,
            rest: Rest::Nothing,
            rest_at_s: 0.0,
        }
    }

    /// Makes its icons available to a window.
    pub fn install(context: &Context) {
        icons::install(context);
    }

    /// Shows another update. `screen_px` is the height of the screen, and `scale` what a point is there, pixels: tags have a size for a screen
    /// 1080 pixels high.
    pub fn take(&mut self, update: PanelUpdate, screen_px: f32, scale: f32) {
        let side = update.settings.as_ref().map(|settings| {
            let tag_px = settings.control.look.size_px as f32;
            tag_px * screen_px / 1080.0 / scale
        });
        self.scale = scale;
        self.tag = side.ok().filter(|_| update.has_tags).unwrap_or(0.0);
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
        let tag = if self.tag > 0.0 {
            self.tag + AROUND_TAG
        } else {
            0.0
        };
        match self.page {
            Page::Hidden => layout::least(self.scale).max(tag) + AROUND_TAG,
            _ => layout::thickness(self.is_upright) + tag,
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
        let buttons = self.buttons();
        let mut drawn = PanelFrame::default();
        let cells = if self.page == Page::Hidden {
            vec![hidden_cell(whole, self.thickness(), self.is_upright)]
        } else {
            let Layout { head, cells } = layout(whole, self.is_upright, buttons.len(), self.scale);
            self.head(ui, head);
            cells
        };
        let mut pressed = None;
        for (button, rect) in buttons.into_iter().zip(cells) {
            let Some((face, does)) = button else { continue };
            let shown = Shown {
                rect,
                tag: self.tag,
                dwell: self.update.dwell,
            };
            drawn.targets.push(shown.target());
            if button::show(ui, &face, shown) {
                pressed = Some(does);
            }
        }
        match pressed {
            Some(Does::Open(page)) => self.page = page,
            Some(Does::Go(rest)) => (self.rest, self.rest_at_s) = (rest, now_s),
            Some(Does::Ask(request)) => {
                if self.page == Page::Call {
                    self.page = Page::Main;
                }
                self.rest = Rest::Nothing;
                drawn.request = Some(request);
            }
            None => {}
        }
        drawn
    }

    /// The state, in a word and its colour, and why the last request was refused.
    fn head(&self, ui: &mut Ui, room: Rect) {
        let (word, why) = self.text.state(self.update.state);
        let own = palette(ui);
        let (icon, colour) = match self.update.state {
            State::Active | State::Idle => (Icon::CircleCheck, own.good),
            State::Starting => (Icon::Hourglass, own.text),
            State::Paused(_) | State::Hold(_) => (Icon::CirclePause, own.warning),
            State::SignalLost => (Icon::CircleX, own.bad),
        };
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

    fn buttons(&self) -> Vec<Place> {
        if self.rests() {
            return self.at_rest();
        }
        let buttons = match self.page {
            Page::Main => self.main(),
            Page::Settings => self.settings(),
            Page::Call => {
                let mut wishes = self.wishes();
                let back = Face::new(Icon::ArrowLeft, self.text.back);
                wishes.push((back, Does::Open(Page::Main)));
                wishes
            }
            Page::Hidden => {
                let icon = if self.is_upright {
                    Icon::ChevronsLeftRight
                } else {
                    Icon::ChevronsUpDown
                };
                let show = Face::new(icon, self.text.panel.show);
                vec![(show, Does::Open(Page::Main))]
            }
        };
        buttons.into_iter().map(Some).collect()
    }

    /// The buttons of a patient who rests.
    fn at_rest(&self) -> Vec<Place> {
        let (text, words) = (self.text, self.text.panel);
        let go = |icon, label, rest| Some((Face::new(icon, label), Does::Go(rest)));
        let no = go(Icon::X, words.no, Rest::Nothing);
        match self.rest {
            Rest::Nothing => vec![
                go(Icon::Play, text.resume, Rest::Resumes(1)),
                None,
                None,
                None,
                go(Icon::BellRing, words.call, Rest::Calls(1)),
            ],
            Rest::Resumes(1) => vec![
                None,
                None,
                go(Icon::Check, words.yes_resume, Rest::Resumes(2)),
                None,
                no,
            ],
            Rest::Resumes(_) => {
                let now = Face::new(Icon::Play, words.resume_now);
                let now = Some((now, Does::Ask("end rest".to_owned())));
                vec![now, None, None, None, no]
            }
            Rest::Calls(1) => vec![
                None,
                None,
                go(Icon::Check, words.yes_call, Rest::Calls(2)),
                None,
                no,
            ],
            Rest::Calls(_) => {
                let mut places: Vec<Place> = self.wishes().into_iter().map(Some).collect();
                places.push(no);
                places
            }
        }
    }

    fn main(&self) -> Vec<(Face, Does)> {
        let words = self.text.panel;
        let mut buttons = Vec::new();
        for (kind, name, icon, label) in [
            (ClickKind::Left, "left", Icon::MousePointerClick, words.left),
            (ClickKind::Right, "right", Icon::Menu, words.right),
            (
                ClickKind::Double,
                "double",
                Icon::MousePointer2,
                words.double,
            ),
            (ClickKind::Drag, "drag", Icon::Move, words.drag),
        ] {
            let mut face = Face::new(icon, label);
            face.is_on = self.update.kind == kind;
            buttons.push((face, Does::Ask(format!("click {name}"))));
        }
        let scroll = |steps: i32| Does::Ask(format!("scroll {steps}"));
        let up = Face::new(Icon::ChevronsUp, words.scroll_up);
        let down = Face::new(Icon::ChevronsDown, words.scroll_down);
        buttons.push((up, scroll(-SCROLL_STEPS)));
        buttons.push((down, scroll(SCROLL_STEPS)));
        // A helper's hand on the mouse is no pause that has to be ended.
        let is_paused = match self.update.state {
            State::Paused(reason) => reason != PauseReason::ManualOverride,
            _ => false,
        };
        let (icon, label, request) = if is_paused {
            (Icon::Play, self.text.resume, "resume")
        } else {
            (Icon::Pause, self.text.halt, "rest")
        };
        buttons.push((Face::new(icon, label), Does::Ask(request.to_owned())));
        for (icon, label, page) in [
            (Icon::SlidersHorizontal, words.settings, Page::Settings),
            (Icon::BellRing, words.call, Page::Call),
            (Icon::EyeOff, words.hide, Page::Hidden),
        ] {
            buttons.push((Face::new(icon, label), Does::Open(page)));
        }
        buttons
    }

    fn settings(&self) -> Vec<(Face, Does)> {
        let words = self.text.panel;
        let mut buttons = Vec::new();
        if let Ok(settings) = &self.update.settings {
            buttons.extend(changes(settings, self.text));
        }
        let undo = Face::new(Icon::Undo2, words.undo_setting);
        buttons.push((undo, Does::Ask("back".to_owned())));
        buttons.push((
            Face::new(Icon::ArrowLeft, self.text.done),
            Does::Open(Page::Main),
        ));
        buttons
    }

    fn wishes(&self) -> Vec<(Face, Does)> {
        let icons = [Icon::Hand, Icon::HeartPulse, Icon::Toilet, Icon::CupSoda];
        let wishes = WISHES.iter().zip(icons).zip(self.text.panel.wishes);
        wishes
            .map(|((wish, icon), label)| {
                let ask = Does::Ask(format!("call {wish}"));
                (Face::new(icon, label), ask)
            })
            .collect()
    }
}

/// The settings that the patient changes, each with its value.
fn changes(settings: &Settings, text: &'static Text) -> Vec<(Face, Does)> {
    let (words, control) = (text.panel, &settings.control);
    let speed = format!("{:.0} %", 100.0 * control.speed.gain_x);
    let dwell = format!("{:.1} s", f64::from(control.dwell.time_ms) / 1000.0);
    let with = |icon, label, detail: &str, request: String| {
        let mut face = Face::new(icon, label);
        face.detail = Some(detail.to_owned());
        (face, Does::Ask(request))
    };
    let switch = |icon, label, path: &str, is_on: bool| {
        let mut face = Face::new(icon, label);
        face.is_on = is_on;
        (face, Does::Ask(format!("set {path}={}", !is_on)))
    };
    vec![
        with(
            Icon::Turtle,
            words.slower,
            &speed,
            change_speed(&control.speed, false),
        ),
        with(
            Icon::Rabbit,
            words.faster,
            &speed,
            change_speed(&control.speed, true),
        ),
        with(
            Icon::Timer,
            words.dwell_longer,
            &dwell,
            change_dwell(&control.dwell, true),
        ),
        with(
            Icon::Zap,
            words.dwell_shorter,
            &dwell,
            change_dwell(&control.dwell, false),
        ),
        switch(
            Icon::Target,
            words.dwell,
            "control.dwell.on",
            control.dwell.on,
        ),
        switch(
            Icon::BadgeInfo,
            words.badge,
            "control.overlay.on",
            control.overlay.on,
        ),
    ]
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
