//! Practice with live feedback: targets, a pointer and the evidence, with the patient's own decoder or a starter.

use super::{Step, Wizard};
use crate::app::gui::look::{HIGH_CONTRAST, busy, palette};
use crate::app::gui::plots;
use crate::app::gui::text::{Message, Text};
use crate::command::Mode;
use crate::guided::calibrate::CalibrationResult;
use crate::patient::profile::Profile;
use crate::practice::live::LivePointer;
use crate::practice::{Outcome, Practice, PracticeFigures, TASKS, Task};
use crate::recording::session::SessionEvent;
use crate::runtime::session_file::SessionFile;
use crate::starters;
use crate::time::HostNanos;
use bci_cursor_calibration::Decoder;
use eframe::egui::{self, Color32, Pos2, Rect, RichText, Stroke, Ui, pos2, vec2};
use std::f64::consts::TAU;

/// A task in progress.
pub(super) struct Practising {
    pub(super) live: LivePointer,
    pub(super) practice: Practice,
    pub(super) file: Option<SessionFile>,
    decoder: Message,
    /// Its figures are in the session's file.
    is_kept: bool,
}

/// Length of a task, seconds.
const LENGTH_S: f64 = 60.0;

impl Wizard {
    /// The decoder of this session, the one in use, or a starter; and its name.
    fn decoder_to_practise(&self) -> Result<(Decoder, Message), Message> {
        let own = Message::said(|text| text.own_decoder);
        if let Some(Ok(CalibrationResult::Decoder(decoder, _))) = &self.result {
            return Ok((decoder.as_ref().clone(), own));
        }
        let profile = Profile::open(&self.options.patient)?;
        if let Some(path) = profile.model().filter(|path| path.is_file()) {
            return Ok((crate::fit::load_decoder(&path)?, own));
        }
        let layout = self
            .monitor
            .as_ref()
            .map(|monitor| monitor.layout().clone());
        let layout = layout.ok_or_else(|| Message::said(|text| text.signal_lost))?;
        let starter = starters::for_layout(&layout)?;
        let starter = starter.ok_or_else(|| Message::said(|text| text.no_starter))?;
        Ok((starter, Message::said(|text| text.starter)))
    }

    fn begin_practice(&mut self, task: Task, now: HostNanos) {
        self.forget_screen();
        let begun = self.decoder_to_practise().and_then(|(decoder, name)| {
            let layout = self
                .feed
                .as_ref()
                .ok_or_else(|| Message::said(|text| text.signal_lost))?
                .layout()
                .clone();
            let settings = Profile::open(&self.options.patient)?.settings();
            let on_axis = matches!(task, Task::Bars | Task::Rest);
            let live = LivePointer::new(&layout, &decoder, settings, on_axis)?;
            let file = self.open_file(SessionEvent::PracticeBegins {
                version: env!("CARGO_PKG_VERSION").into(),
                task: task.id().to_owned(),
            })?;
            Ok(Practising {
                live,
                practice: Practice::new(task, LENGTH_S, now.0.unsigned_abs()),
                file: Some(file),
                decoder: name,
                is_kept: false,
            })
        });
        match begun {
            Ok(practising) => self.practising = Some(practising),
            Err(error) => self.trouble = Some(error),
        }
    }

    /// Continues the task up to this time.
    pub(super) fn practise(&mut self, now: HostNanos) {
        let Some(practising) = &mut self.practising else {
            return;
        };
        let at = practising.live.tick(now);
        // A decoder first has to follow the stream for a while.
        let is_ready = !matches!(practising.live.state(), crate::control::State::Starting);
        let outcome = is_ready
            .then(|| practising.practice.step(now.0 as f64 / 1e9, at))
            .flatten();
        if let (Some(outcome), Some(file), Some(monitor)) =
            (outcome, &mut practising.file, &self.monitor)
            && let Some(sample) = monitor.sample_at(now)
        {
            file.marker(sample, outcome.marker());
        }
        let class = class_to_imagine(&practising.practice, &practising.live);
        if let Some(feed) = &mut self.feed {
            feed.imagine(class);
        }
        if practising.practice.is_over() && !std::mem::replace(&mut practising.is_kept, true) {
            let task = practising.practice.task().id().to_owned();
            // Numbers only, which JSON can always hold.
            let figures = serde_json::to_value(practising.practice.figures()).unwrap_or_default();
            self.has_focused = false;
            if let Some(mut file) = practising.file.take() {
                file.event(SessionEvent::Practice {
                    task,
                    decoder: practising.decoder.text(self.text).to_owned(),
                    figures,
                });
                if let Err(error) = file.finish() {
                    self.trouble = Some(error.into());
                }
            }
        }
    }

    pub(super) fn practice(&mut self, ui: &mut Ui, now: HostNanos) {
        self.practise(now);
        let text = self.text;
        if let Some(result) = &self.copied {
            return self.copy_result(ui, result);
        }
        let Some(practising) = &self.practising else {
            return self.tasks(ui, now);
        };
        let practice = &practising.practice;
        if practice.is_over() {
            ui.heading(text.practice);
            figures(ui, &practice.figures(), text);
            return;
        }
        ui.horizontal(|ui| {
            ui.label(practising.decoder.text(text));
            let hits = practice
                .attempts()
                .iter()
                .filter(|a| a.outcome == Outcome::Hit)
                .count();
            ui.label(RichText::new(format!("{} {hits}", text.hits)).strong());
            ui.label(format!("{:.0} {}", practice.left_s(), text.seconds_left));
            ui.label(text.state(practising.live.state()).0);
        });
        ui.horizontal_top(|ui| {
            let room = ui.clip_rect().bottom() - ui.cursor().top();
            let side = room.max(200.0).min(0.7 * ui.available_width());
            let (rect, response) = ui.allocate_exact_size(vec2(side, side), egui::Sense::hover());
            response
                .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, text.practice));
            let at = self.last_place(rect);
            draw(ui, rect, practice, at, practising.live.heading_rad());
            ui.vertical(|ui| {
                for (class, probability) in practising.live.evidence() {
                    plots::bar(ui, text.class(class), probability, palette(ui).plot, None);
                }
                let confidence = practising.live.confidence();
                plots::bar(ui, text.intent, confidence, palette(ui).warning, None);
            });
        });
    }

    /// The choice of a task: first that of what was trained.
    fn tasks(&mut self, ui: &mut Ui, now: HostNanos) {
        ui.heading(self.text.practice);
        if self.is_looking() && self.cortex(ui) {
            self.copy_button(ui, now);
            ui.add_space(8.0);
        }
        let mut chosen = None;
        for (task, name) in TASKS.iter().zip(self.text.tasks) {
            if self.primary(ui, name, true) {
                chosen = Some(*task);
            }
        }
        if let Some(task) = chosen {
            self.begin_practice(task, now);
        }
        if !self.is_looking() && self.has_cortex() {
            ui.add_space(8.0);
            self.copy_button(ui, now);
        }
    }

    fn copy_button(&mut self, ui: &mut Ui, now: HostNanos) {
        if self.preparing.is_some() {
            busy(ui);
            ui.label(self.text.looking.starting);
        } else if self.primary(ui, self.text.looking.copy, !self.is_lost) {
            self.ask_to_copy(now);
        }
    }

    fn last_place(&self, rect: Rect) -> Pos2 {
        let at = self
            .practising
            .as_ref()
            .map_or([0.5; 2], |practising| practising.live.place());
        on(rect, at)
    }

    pub(super) fn practice_bar(&mut self, ui: &mut Ui) {
        let text = self.text;
        let is_over = |practising: &Practising| practising.practice.is_over();
        let is_over = self.copied.is_some() || self.practising.as_ref().is_some_and(is_over);
        let goes_back = if is_over {
            self.primary(ui, text.back, true)
        } else {
            ui.button(text.back).clicked()
        };
        if goes_back {
            self.forget_screen();
            self.has_focused = false;
            match (self.practising.take(), self.copied.take()) {
                (Some(_), _) | (_, Some(_)) => {}
                (None, None) => self.go(if self.result.is_some() {
                    Step::Result
                } else {
                    Step::Training
                }),
            }
            if let Some(feed) = &mut self.feed {
                feed.imagine(None);
            }
        }
    }
}

/// How long before the heading reaches the target a synthetic patient stops turning, radians: the decoder notices the end of a class
/// more than a second late. Tried from 0.35 to 2: with less they reach one target a minute or none.
const AHEAD_RAD: f64 = 2.0;
/// How far beyond the target they still go forward, radians.
const BEYOND_RAD: f64 = 0.6;

/// What a synthetic patient imagines to reach the target.
fn class_to_imagine(practice: &Practice, live: &LivePointer) -> Option<&'static str> {
    let (targets, wanted) = practice.targets();
    let (to, at) = (targets.get(wanted?)?.at, live.place());
    let [x, y] = [to[0] - at[0], to[1] - at[1]];
    let sideways = if x < 0.0 { "left_hand" } else { "right_hand" };
    match live.mode() {
        Mode::Axis(_) => Some(sideways),
        Mode::Cartesian | Mode::Continuous if x.abs() >= y.abs() => Some(sideways),
        Mode::Cartesian | Mode::Continuous => Some(if y < 0.0 { "both_hands" } else { "feet" }),
        Mode::Steer => {
            let turn = (y.atan2(x) - live.heading_rad()?).rem_euclid(TAU);
            let is_near = !(AHEAD_RAD..=TAU - BEYOND_RAD).contains(&turn);
            // The left hand turns, the right hand goes forward.
            Some(if is_near { "right_hand" } else { "left_hand" })
        }
    }
}

fn on(rect: Rect, [x, y]: [f64; 2]) -> Pos2 {
    pos2(
        rect.left() + rect.width() * x as f32,
        rect.top() + rect.height() * y as f32,
    )
}

fn draw(ui: &Ui, rect: Rect, practice: &Practice, pointer: Pos2, heading_rad: Option<f64>) {
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, Color32::BLACK);
    let (targets, wanted) = practice.targets();
    let holding = practice.holding();
    for (place, target) in targets.iter().enumerate() {
        let (centre, radius) = (on(rect, target.at), rect.width() * target.radius as f32);
        let is_wanted = wanted == Some(place);
        let colour = if is_wanted {
            HIGH_CONTRAST.warning
        } else {
            HIGH_CONTRAST.aside
        };
        let square = Rect::from_center_size(centre, vec2(2.0 * radius, 2.0 * radius));
        match practice.task() {
            Task::Bars => {
                _ = painter.rect_filled(
                    Rect::from_x_y_ranges(square.x_range(), rect.y_range()),
                    0.0,
                    colour,
                )
            }
            Task::Grid if is_wanted => _ = painter.rect_filled(square.shrink(2.0), 3.0, colour),
            Task::Grid => {
                let line = Stroke::new(1.0, colour);
                painter.rect_stroke(square.shrink(2.0), 3.0, line, egui::StrokeKind::Inside);
            }
            _ if is_wanted => _ = painter.circle_filled(centre, radius, colour),
            _ => _ = painter.circle_stroke(centre, radius, Stroke::new(2.0, colour)),
        }
        if let Some((held, share)) = holding
            && held == place
        {
            painter.circle_stroke(
                pointer,
                14.0 + 14.0 * (1.0 - share as f32),
                Stroke::new(4.0, HIGH_CONTRAST.good),
            );
        }
    }
    if let Some(heading) = heading_rad {
        let (sin, cos) = heading.sin_cos();
        let ahead = pointer + 34.0 * vec2(cos as f32, sin as f32);
        painter.line_segment([pointer, ahead], Stroke::new(5.0, Color32::WHITE));
    }
    painter.circle_filled(pointer, 10.0, Color32::WHITE);
    painter.circle_stroke(pointer, 10.0, Stroke::new(2.0, Color32::BLACK));
}

pub(super) fn figures(ui: &mut Ui, figures: &PracticeFigures, text: &Text) {
    let some = |value: Option<f64>, unit: &str| value.map(|value| format!("{value:.2} {unit}"));
    let rows = [
        (
            text.hits,
            Some(format!("{}", figures.hits)).filter(|_| figures.false_activations.is_none()),
        ),
        (
            text.misses,
            Some(format!("{}", figures.misses + figures.time_outs))
                .filter(|_| figures.false_activations.is_none()),
        ),
        (
            text.hits_per_min,
            Some(format!("{:.1}", figures.hits_per_min))
                .filter(|_| figures.false_activations.is_none()),
        ),
        (text.time_to_target, some(figures.time_to_target_s, "s")),
        (text.dial_in, some(figures.dial_in_s, "s")),
        (
            text.path_efficiency,
            figures
                .path_efficiency
                .map(|share| format!("{:.0} %", 100.0 * share)),
        ),
        (
            text.bits,
            some(
                figures.grid_bits_per_s.or(figures.throughput_bits_per_s),
                "bit/s",
            ),
        ),
        (
            text.bits,
            some(figures.bits_per_min, text.looking.bits_per_min),
        ),
        (
            text.false_activations,
            figures.false_activations.map(|count| format!("{count}")),
        ),
        (
            text.moving,
            figures
                .moving_share
                .map(|share| format!("{:.0} %", 100.0 * share)),
        ),
    ];
    egui::Grid::new("practice figures")
        .striped(true)
        .spacing([30.0, 8.0])
        .show(ui, |ui| {
            for (name, value) in rows {
                if let Some(value) = value {
                    ui.label(name);
                    ui.label(RichText::new(value).strong());
                    ui.end_row();
                }
            }
        });
}
