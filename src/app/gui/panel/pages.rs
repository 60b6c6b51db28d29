//! The buttons of each page.

use super::button::Face;
use super::protocol::PanelRequest;
use super::{Does, Page, Panel, Place, Rest};
use crate::app::gui::requests::{change_dwell, change_speed};
use crate::app::gui::text::Text;
use crate::control::{ClickKind, PauseReason, State};
use crate::settings::Settings;
use crate::writing::{Keys, Shortcut};
use lucide_icons::Icon;

/// Steps of the wheel that one press scrolls.
const SCROLL_STEPS: i32 = 5;

/// The wishes of a call, as the request names them.
pub const WISHES: [&str; 4] = ["come", "pain", "toilet", "drink"];

/// Asks the run for something about the pointer.
fn control(request: impl Into<String>) -> Does {
    Does::Ask(PanelRequest::Control(request.into()))
}

impl Panel {
    /// The buttons that are shown now.
    pub(super) fn buttons(&self) -> Vec<Place> {
        if self.rests() {
            return self.at_rest();
        }
        let buttons = match self.page {
            Page::Main => self.main(),
            Page::Settings => self.settings(),
            Page::More => self.more(),
            Page::Programs => self.programs(),
            // It has rows of keys instead.
            Page::Keyboard => Vec::new(),
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
                let now = Some((now, control("end rest")));
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

    /// The buttons of the first page.
    pub(super) fn main(&self) -> Vec<(Face, Does)> {
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
            buttons.push((face, control(format!("click {name}"))));
        }
        let scroll = |steps: i32| control(format!("scroll {steps}"));
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
        buttons.push((Face::new(icon, label), control(request)));
        let open = |icon, label, page| (Face::new(icon, label), Does::Open(page));
        let mut places = vec![open(Icon::Keyboard, words.keyboard, Page::Keyboard)];
        if !self.programs.is_empty() {
            places.push(open(Icon::LayoutGrid, words.programs, Page::Programs));
        }
        let before = buttons.len() - 1;
        buttons.splice(before..before, places);
        buttons.push(open(Icon::Ellipsis, words.more, Page::More));
        buttons.push(open(Icon::BellRing, words.call, Page::Call));
        buttons
    }

    /// What is needed less often.
    fn more(&self) -> Vec<(Face, Does)> {
        let words = self.text.panel;
        let press = |icon, label, shortcut| {
            let keys = PanelRequest::Keys(Keys::Press(shortcut));
            (Face::new(icon, label), Does::Ask(keys))
        };
        let open = |icon, label, page| (Face::new(icon, label), Does::Open(page));
        vec![
            press(Icon::Undo, words.undo, Shortcut::Undo),
            press(Icon::ArrowLeft, words.page_back, Shortcut::Back),
            press(Icon::ZoomIn, words.zoom_in, Shortcut::ZoomIn),
            press(Icon::ZoomOut, words.zoom_out, Shortcut::ZoomOut),
            open(Icon::SlidersHorizontal, words.settings, Page::Settings),
            open(Icon::EyeOff, words.hide, Page::Hidden),
            open(Icon::Check, self.text.done, Page::Main),
        ]
    }

    /// The programs that a helper has chosen.
    fn programs(&self) -> Vec<(Face, Does)> {
        let programs = self.programs.iter().enumerate();
        let back = Face::new(Icon::ArrowLeft, self.text.back);
        // The way back comes first, because what has no room is left out.
        let mut buttons = vec![(back, Does::Open(Page::Main))];
        buttons.extend(programs.map(|(number, name)| {
            let start = Does::Ask(PanelRequest::Start(number));
            (Face::new(Icon::AppWindow, name.clone()), start)
        }));
        buttons
    }

    fn settings(&self) -> Vec<(Face, Does)> {
        let words = self.text.panel;
        let mut buttons = Vec::new();
        if let Ok(settings) = &self.update.settings {
            buttons.extend(changes(settings, self.text));
        }
        let undo = Face::new(Icon::Undo2, words.undo_setting);
        buttons.push((undo, control("back")));
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
                let ask = Does::Ask(PanelRequest::Call((*wish).to_owned()));
                (Face::new(icon, label), ask)
            })
            .collect()
    }
}

/// The settings that the patient changes, each with its value.
fn changes(settings: &Settings, text: &'static Text) -> Vec<(Face, Does)> {
    let (words, own) = (text.panel, &settings.control);
    let speed = format!("{:.0} %", 100.0 * own.speed.gain_x);
    let dwell = format!("{:.1} s", f64::from(own.dwell.time_ms) / 1000.0);
    let with = |icon, label, detail: &str, request: String| {
        let mut face = Face::new(icon, label);
        face.detail = Some(detail.to_owned());
        (face, control(request))
    };
    let switch = |icon, label, path: &str, is_on: bool| {
        let mut face = Face::new(icon, label);
        face.is_on = is_on;
        (face, control(format!("set {path}={}", !is_on)))
    };
    vec![
        with(
            Icon::Turtle,
            words.slower,
            &speed,
            change_speed(&own.speed, false),
        ),
        with(
            Icon::Rabbit,
            words.faster,
            &speed,
            change_speed(&own.speed, true),
        ),
        with(
            Icon::Timer,
            words.dwell_longer,
            &dwell,
            change_dwell(&own.dwell, true),
        ),
        with(
            Icon::Zap,
            words.dwell_shorter,
            &dwell,
            change_dwell(&own.dwell, false),
        ),
        switch(Icon::Target, words.dwell, "control.dwell.on", own.dwell.on),
        switch(
            Icon::BadgeInfo,
            words.badge,
            "control.overlay.on",
            own.overlay.on,
        ),
    ]
}
