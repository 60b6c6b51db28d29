//! The console: a run as the clinician sees it, perhaps on a screen of their own. It shows the state in one large word, the evidence,
//! the signal and the settings. The pointer never waits for it.

use super::look::palette;
use super::notice::show_error;
use super::page::{page, together};
use super::plots;
use super::requests::change_speed;
use super::settings::{Outcome, SettingsPage};
use super::snapshot::{About, RunSnapshot};
use super::text::Text;
use crate::control::{ClickKind, ControlSettings, State};
use crate::guided::monitor::Monitor;
use crate::runtime::Latency;
use crate::time::HostNanos;
use eframe::egui::{self, RichText, Ui, vec2};

/// From this width on, traces are beside the evidence instead of below it, points.
const WIDE: f32 = 900.0;

/// The console of a run.
pub struct Console {
    text: &'static Text,
    about: About,
    monitor: Option<Monitor>,
    snapshot: Option<RunSnapshot>,
    has_focused: bool,
    /// The settings page covers evidence and signal.
    shows_settings: bool,
    settings: SettingsPage,
    /// A request from the settings page.
    request: Option<String>,
}

impl Console {
    /// For a run that is described by `about`.
    #[must_use]
    pub fn new(about: &About, text: &'static Text) -> Self {
        let monitor = about.layout().and_then(|layout| {
            Monitor::new(&layout)
                .inspect_err(|error| log::warn!("the signal cannot be shown: {error}"))
                .ok()
        });
        Self {
            text,
            about: about.clone(),
            monitor,
            snapshot: None,
            has_focused: false,
            shows_settings: false,
            settings: SettingsPage::default(),
            request: None,
        }
    }

    /// Takes the newest snapshot of the run.
    pub fn take(&mut self, snapshot: RunSnapshot, now: HostNanos) {
        if let Some(monitor) = &mut self.monitor {
            let channels = monitor.layout().channel_count();
            for frames in &snapshot.signal {
                monitor.take(&frames.block(channels), now);
            }
        }
        self.snapshot = Some(snapshot);
    }

    /// Draws the console. Returns a request of the user.
    pub fn frame(&mut self, ui: &mut Ui) -> Option<String> {
        // Put back below, because drawing borrows the console.
        let snapshot = self.snapshot.take()?;
        let request = page(
            ui,
            self.text.traces,
            self,
            |own, ui| own.state(ui, snapshot.state),
            |own, ui| own.body(ui, &snapshot),
            |own, ui| own.bar(ui, &snapshot),
        );
        self.snapshot = Some(snapshot);
        request
    }

    fn state(&self, ui: &mut Ui, state: State) {
        let (word, why) = self.text.state(state);
        let own = palette(ui);
        let colour = match state {
            State::Active | State::Idle => own.good,
            State::Starting => own.text,
            State::Paused(_) | State::Hold(_) => own.warning,
            State::SignalLost => own.bad,
        };
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(word).size(56.0).strong().color(colour));
            ui.label(RichText::new(why).size(22.0));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Max), |ui| {
                ui.label(RichText::new(self.text.research_only).small());
            });
        });
    }

    fn body(&mut self, ui: &mut Ui, snapshot: &RunSnapshot) {
        let (text, colours) = (self.text, palette(ui));
        let on_page = self.shows_settings && self.settings.has_changed();
        let refused = snapshot.refused.as_ref().filter(|_| !on_page);
        if let Some(refused) = refused.or(snapshot.settings.as_ref().err()) {
            show_error(ui, refused, text);
        }
        let bad = snapshot.bad.iter().map(String::as_str);
        for words in text.bad(bad, |label| {
            !snapshot.left_out.iter().any(|own| own == label)
        }) {
            ui.label(RichText::new(words).color(colours.bad));
        }
        if let (true, Ok(settings)) = (self.shows_settings, &snapshot.settings) {
            let refused = snapshot.refused.as_ref();
            let outcome = refused.cloned().map(Outcome::Refused);
            let change = self.settings.show(ui, settings, outcome.as_ref(), text);
            self.request = change.map(|change| format!("set {}", change.assignment()));
            return;
        }
        if ui.available_width() < WIDE {
            self.evidence(ui, snapshot);
            self.traces(ui, 300.0);
            return;
        }
        let left = 0.3 * ui.available_width();
        ui.horizontal_top(|ui| {
            ui.allocate_ui(vec2(left, 0.0), |ui| {
                ui.vertical(|ui| self.evidence(ui, snapshot));
            });
            ui.vertical(|ui| {
                let height = ui.clip_rect().height() - 50.0;
                self.traces(ui, height.max(160.0));
            });
        });
    }

    /// Probabilities of the classes, confidence, heading, and the figures of the run.
    fn evidence(&self, ui: &mut Ui, snapshot: &RunSnapshot) {
        let (text, colours) = (self.text, palette(ui));
        for (class, probability) in self.about.classes.iter().zip(&snapshot.probabilities) {
            plots::bar(ui, text.class(class), *probability, colours.plot, None);
        }
        let gate = Some(self.about.gate_threshold);
        plots::bar(ui, text.intent, snapshot.confidence, colours.warning, gate);
        if let Some(heading_rad) = snapshot.heading_rad {
            ui.label(text.heading);
            plots::heading(ui, 64.0, heading_rad, text.heading);
        }
        self.figures(ui, snapshot);
    }

    fn traces(&self, ui: &mut Ui, height: f32) {
        let Some(monitor) = &self.monitor else {
            return;
        };
        ui.label(RichText::new(self.text.traces).weak());
        let size = vec2(ui.available_width(), height);
        plots::traces(ui, size, monitor, self.text.traces);
    }

    fn figures(&self, ui: &mut Ui, snapshot: &RunSnapshot) {
        let text = self.text;
        let lost = snapshot.lost_samples;
        let latency = match snapshot.latency {
            Latency::NotMeasured => text.latency_not_measured.to_owned(),
            Latency::OtherClock => text.latency_unknown.to_owned(),
            Latency::Known(figures) => {
                format!("{:.1} / {:.1} ms", figures.p50_ms, figures.p99_ms)
            }
        };
        let share = 100.0 * lost as f64 / (snapshot.samples + lost).max(1) as f64;
        let losses = snapshot.losses;
        let rows = [
            (text.latency, latency, false),
            (
                text.lost_samples,
                format!("{lost} ({share:.2} %)"),
                lost > 0,
            ),
            (text.losses, format!("{losses}"), losses > 0),
            (text.clicks, format!("{}", snapshot.clicks), false),
        ];
        egui::Grid::new("run figures")
            .spacing([24.0, 6.0])
            .show(ui, |ui| {
                for (name, value, stands_out) in rows {
                    ui.label(name);
                    let value = RichText::new(value).strong();
                    ui.label(if stands_out {
                        value.color(palette(ui).warning)
                    } else {
                        value
                    });
                    ui.end_row();
                }
            });
    }

    /// Draws the bar. Returns a request of the user, from there or from the settings page.
    fn bar(&mut self, ui: &mut Ui, snapshot: &RunSnapshot) -> Option<String> {
        let shows_settings = self.shows_settings;
        let request = self.requests(ui, snapshot);
        if request.is_some() {
            self.settings.forget_change();
            return request;
        }
        let unfinished = if shows_settings && !self.shows_settings {
            self.settings.leave()
        } else {
            None
        };
        let unfinished = unfinished.map(|change| format!("set {}", change.assignment()));
        self.request.take().or(unfinished)
    }

    /// Buttons to pause and to stop, and the most common settings. Returns a request of the user.
    fn requests(&mut self, ui: &mut Ui, snapshot: &RunSnapshot) -> Option<String> {
        let text = self.text;
        let mut request: Option<String> = None;
        ui.horizontal_wrapped(|ui| {
            let is_paused = matches!(snapshot.state, State::Paused(_));
            let words = if is_paused { text.resume } else { text.halt };
            let width = if ui.available_width() < WIDE {
                130.0
            } else {
                200.0
            };
            let pause = egui::Button::new(RichText::new(words).size(26.0).strong())
                .min_size(vec2(width, 56.0));
            let pause = ui.add(pause);
            if !self.has_focused {
                pause.request_focus();
                self.has_focused = pause.has_focus();
            }
            if pause.clicked() {
                request = Some(if is_paused { "resume" } else { "pause" }.to_owned());
            }
            if ui
                .add(egui::Button::new(text.stop_run).min_size(vec2(0.0, 56.0)))
                .clicked()
            {
                request = Some("stop".to_owned());
            }
            if let Ok(settings) = &snapshot.settings {
                request =
                    request
                        .take()
                        .or(self.quick_settings(ui, &settings.control, snapshot.kind));
                ui.separator();
                ui.toggle_value(&mut self.shows_settings, text.all_settings);
            }
        });
        request
    }

    /// The settings that are changed most often during a run. Returns a request of the user.
    fn quick_settings(
        &self,
        ui: &mut Ui,
        control: &ControlSettings,
        kind: ClickKind,
    ) -> Option<String> {
        let (text, mut request) = (self.text, None);
        ui.separator();
        let label = ui.label(text.click);
        let chosen = ClickKind::ALL.iter().position(|(known, _)| *known == kind);
        egui::ComboBox::from_id_salt("kind")
            .selected_text(text.click_kinds[chosen.unwrap_or(0)])
            .show_ui(ui, |ui| {
                for ((known, word), name) in ClickKind::ALL.iter().zip(text.click_kinds) {
                    if ui.selectable_label(*known == kind, name).clicked() {
                        request = Some(format!("set control.click.kind={word}"));
                    }
                }
            })
            .response
            .labelled_by(label.id);
        ui.separator();
        let speed = &control.speed;
        let mut step = |ui: &mut Ui, sign: &str, name: &str, is_faster: bool| {
            let button = ui.button(RichText::new(sign).size(24.0).strong());
            button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
            if button.clicked() {
                request = Some(change_speed(speed, is_faster));
            }
        };
        together(ui, "speed", |ui| {
            step(ui, "−", text.slower, false);
            // Never broken into two lines.
            let words = format!("{} {:.0} %", text.speed, 100.0 * speed.gain_x);
            ui.add(egui::Label::new(words).extend());
            step(ui, "+", text.faster, true);
        });
        ui.separator();
        let switches = [
            (control.dwell.on, text.dwell, "dwell.on"),
            (control.scroll.on, text.scroll, "scroll.on"),
            (control.overlay.on, text.overlay, "overlay.on"),
        ];
        for (mut is_on, name, path) in switches {
            if ui.checkbox(&mut is_on, name).changed() {
                request = Some(format!("set control.{path}={is_on}"));
            }
        }
        request
    }
}
