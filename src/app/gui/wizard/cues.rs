//! Cues, which fill the window: a cross, an arrow or a word, rest. A marker has the time of the frame that first shows its cue.

use super::{Step, Wizard};
use crate::app::gui::look::{HIGH_CONTRAST, Theme};
use crate::app::gui::sound::Tone;
use crate::app::gui::text::Message;
use crate::fit::classes::REST_MARKERS;
use crate::guided::calibrate::fit_calibration;
use crate::guided::interrupted::Unfinished;
use crate::guided::protocol::{CueRun, Phase};
use crate::patient::store;
use crate::recording::session::SessionEvent;
use crate::runtime::RecordTo;
use crate::runtime::session_file::SessionFile;
use crate::source::Amplifier;
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::bounded;
use eframe::egui::{
    self, Align2, Color32, FontId, Key, Painter, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2,
};

/// A trial is repeated if artifacts take more than this share of it.
const MOST_ARTIFACTS: f64 = 0.4;

impl Wizard {
    /// Creates the session's file and shows the first cross.
    pub(super) fn begin(&mut self, now: HostNanos, resumes: bool) {
        let before = self.unfinished.take().filter(|_| resumes);
        let mut run = match &before {
            Some(before) => CueRun::after(before.protocol.clone(), &before.done),
            None => CueRun::new(self.plan.clone()),
        };
        let protocol = run.protocol();
        let start = SessionEvent::Calibration {
            version: env!("CARGO_PKG_VERSION").into(),
            classes: protocol.classes.clone(),
            trials: protocol.trials,
            timing: Some(protocol.timing),
            continues: before.as_ref().and_then(Unfinished::last_part),
        };
        match self.open_file(start) {
            Ok(file) => {
                run.start(secs(now));
                (self.file, self.run) = (Some(file), Some(run));
                self.earlier = before.map_or_else(Vec::new, |before| before.recordings);
                (self.result, self.saved, self.recording) = (None, None, None);
                self.go(Step::Cues);
            }
            Err(error) => self.trouble = Some(error),
        }
    }

    /// The file of a new session, with its first event.
    pub(super) fn open_file(&self, start: SessionEvent) -> Result<SessionFile, Message> {
        let lost = || Message::said(|text| text.signal_lost);
        let feed = self.feed.as_ref().ok_or_else(lost)?;
        let date_time = clock::date_time();
        let (path, file) = store::new_session(&self.options.patient, &date_time)?;
        let to = RecordTo {
            path,
            file,
            date_time,
            name: feed.describe().to_owned(),
            source_id: String::new(),
            amplifier: Amplifier::default(),
            reading: feed.reading(),
        };
        Ok(SessionFile::start(to, feed.layout(), start)?)
    }

    pub(super) fn cues(&mut self, ui: &mut Ui, now: HostNanos) {
        self.advance(now);
        let space = Self::is_pressed(ui, Key::Space);
        let Some(run) = &mut self.run else {
            return;
        };
        let (phase, text) = (run.phase(), self.text);
        let protocol = run.protocol().clone();
        let (done, all) = run.progress();
        let (mut pauses, mut resumes, mut ends) = (false, false, false);
        let stands = matches!(phase, Phase::Paused | Phase::Break(_));
        let black = egui::Frame::new().fill(Color32::BLACK).inner_margin(12.0);
        // Black in every theme, so that nothing distracts.
        *ui.visuals_mut() = Theme::Dark.visuals();
        egui::Panel::bottom("cue bar").frame(black).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                let (words, is_break) = match phase {
                    Phase::Break(_) => (text.skip_break, true),
                    Phase::Paused => (text.continue_cues, false),
                    _ => (text.pause, false),
                };
                let pause = ui.button(words);
                let end = ui.button(text.end_now);
                // The space bar pauses, unless the other button has the focus: then it presses that.
                let by_space = space && !is_break && !end.has_focus();
                if pause.clicked() || by_space {
                    (pauses, resumes) = (!stands, stands);
                }
                ends = end.clicked();
                ui.label(format!(
                    "{} {} {} {all}",
                    text.trial_of,
                    (done + 1).min(all),
                    text.of
                ));
                if let Some(failure) = self.file.as_ref().and_then(SessionFile::failure) {
                    ui.colored_label(HIGH_CONTRAST.bad, Message::of(failure).text(text));
                }
            });
        });
        egui::CentralPanel::default()
            .frame(egui::Frame::new().fill(Color32::BLACK))
            .show(ui, |ui| {
                let rect = ui.max_rect();
                let words = match phase {
                    Phase::Fixation | Phase::Ready => text.look_here.to_owned(),
                    Phase::Cue(class) => text.class(&protocol.classes[class]).to_owned(),
                    Phase::Rest | Phase::Done => text.rest.to_owned(),
                    Phase::Break(left_s) => format!("{} {left_s:.0}", text.take_a_break),
                    Phase::Paused if self.is_lost => text.signal_lost.to_owned(),
                    Phase::Paused => text.paused.to_owned(),
                };
                let response = ui.allocate_rect(rect, egui::Sense::hover());
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
                let class = match phase {
                    Phase::Cue(class) => protocol.classes[class].as_str(),
                    _ => "",
                };
                draw(ui.painter(), rect, phase, class, &words);
            });
        let Some(run) = &mut self.run else {
            return;
        };
        let mut marker = None;
        if pauses {
            marker = run.pause();
        } else if resumes && !self.is_lost {
            run.resume(secs(now));
        } else if ends {
            marker = run.finish();
        }
        if let Some(marker) = marker {
            self.mark(marker, now);
        }
        if self
            .run
            .as_ref()
            .is_some_and(|run| run.phase() == Phase::Done)
        {
            self.finish();
        }
    }

    /// Does what is due at this time.
    fn advance(&mut self, now: HostNanos) {
        let (Some(run), Some(monitor)) = (&mut self.run, &self.monitor) else {
            return;
        };
        let (_, artifacts) = monitor.artifact_frames();
        let is_gesture = run.protocol().classes.len() < 2;
        if let Phase::Cue(_) = run.phase() {
            let frames = run.protocol().timing.imagery_s * monitor.layout().rate.hz();
            let is_spoilt = (artifacts - self.artifacts_at_cue) as f64 > MOST_ARTIFACTS * frames;
            if is_spoilt && !is_gesture {
                run.spoil();
            }
        }
        if self.is_lost
            && let Some(marker) = run.pause()
        {
            return self.mark(marker, now);
        }
        let Some(marker) = run.tick(secs(now)).map(str::to_owned) else {
            return;
        };
        if marker != REST_MARKERS[1] {
            self.artifacts_at_cue = artifacts;
        }
        self.mark(&marker, now);
    }

    /// Writes a marker, plays its tone, and tells a synthetic patient.
    fn mark(&mut self, marker: &str, now: HostNanos) {
        let is_rest = marker == REST_MARKERS[1];
        if let Some(sound) = &self.sound {
            sound.play(if is_rest { Tone::Rest } else { Tone::Cue });
        }
        let at = self
            .monitor
            .as_ref()
            .and_then(|monitor| monitor.sample_at(now));
        if let (Some(file), Some(at)) = (&mut self.file, at) {
            file.marker(at, marker);
        }
        if let Some(feed) = &mut self.feed {
            feed.imagine(Some(marker).filter(|_| !is_rest));
        }
    }

    /// Closes the file and starts the fit.
    fn finish(&mut self) {
        self.go(Step::Result);
        let Some((run, file)) = self.run.take().zip(self.file.take()) else {
            return;
        };
        match file.finish() {
            Ok(path) => {
                let protocol = run.protocol().clone();
                let (fitted, fitting) = bounded(1);
                let mut recordings = self.earlier.clone();
                recordings.push(path.clone());
                std::thread::spawn(move || {
                    // The window may have been closed meanwhile.
                    let fit = fit_calibration(&recordings, &protocol);
                    let _ = fitted.send(fit.map_err(Message::from));
                });
                (self.recording, self.fitting) = (Some(path), Some(fitting));
            }
            Err(error) => self.result = Some(Err(error.into())),
        }
    }
}

pub(super) fn secs(now: HostNanos) -> f64 {
    now.0 as f64 / 1e9
}

fn draw(painter: &Painter, rect: Rect, phase: Phase, class: &str, words: &str) {
    let (centre, size) = (rect.center(), 0.28 * rect.height().min(rect.width()));
    let line = Stroke::new(0.09 * size, Color32::WHITE);
    let below = pos2(centre.x, centre.y + 1.25 * size);
    let font = FontId::proportional((0.3 * size).clamp(22.0, 80.0));
    match phase {
        Phase::Fixation | Phase::Ready => cross(painter, centre, 0.5 * size, line),
        Phase::Cue(_) => {
            let direction = match class {
                "left_hand" => Some(vec2(-1.0, 0.0)),
                "right_hand" => Some(vec2(1.0, 0.0)),
                "both_hands" => Some(vec2(0.0, -1.0)),
                "feet" => Some(vec2(0.0, 1.0)),
                _ => None,
            };
            match direction {
                Some(direction) => arrow(painter, centre, direction, size),
                None => _ = painter.circle_filled(centre, 0.5 * size, HIGH_CONTRAST.warning),
            }
            painter.text(below, Align2::CENTER_CENTER, words, font, Color32::WHITE);
        }
        Phase::Rest | Phase::Done => {
            painter.circle_stroke(centre, 0.12 * size, line);
            painter.text(below, Align2::CENTER_CENTER, words, font, Color32::GRAY);
        }
        Phase::Break(_) | Phase::Paused => {
            painter.text(centre, Align2::CENTER_CENTER, words, font, Color32::WHITE);
        }
    }
}

fn cross(painter: &Painter, centre: Pos2, arm: f32, line: Stroke) {
    painter.line_segment([centre - vec2(arm, 0.0), centre + vec2(arm, 0.0)], line);
    painter.line_segment([centre - vec2(0.0, arm), centre + vec2(0.0, arm)], line);
}

pub(super) fn arrow(painter: &Painter, centre: Pos2, direction: Vec2, size: f32) {
    let across = vec2(-direction.y, direction.x);
    let at = |along: f32, side: f32| centre + size * (along * direction + side * across);
    let colour = HIGH_CONTRAST.warning;
    painter.line_segment(
        [at(-0.9, 0.0), at(0.4, 0.0)],
        Stroke::new(0.28 * size, colour),
    );
    let head = vec![at(0.95, 0.0), at(0.3, 0.45), at(0.3, -0.45)];
    painter.add(egui::Shape::convex_polygon(head, colour, Stroke::NONE));
}
