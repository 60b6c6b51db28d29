//! A calibration or practice of looking, which fills the screen: fields that flicker, and a mark at the one to look at.

use super::cues::secs;
use super::look_fields::{centres, frame_choice, mark, targets};
use super::look_screen::{LookScreen, TagScreen};
use super::{Step, Wizard};
use crate::app::gui::look::{HIGH_CONTRAST, Theme};
use crate::app::gui::sound::Tone;
use crate::app::gui::text::{Message, Text};
use crate::block::Block;
use crate::guided::calibrate::CalibrationResult;
use crate::guided::interrupted::UnfinishedLooks;
use crate::guided::looking::fit_looks;
use crate::guided::looks::{COLUMNS, END, LookPhase, LookRun, LookStep, ROWS, marker};
use crate::patient::profile::Profile;
use crate::practice::{Copied, Outcome};
use crate::recording::session::SessionEvent;
use crate::runtime::session_file::SessionFile;
use crate::time::HostNanos;
use crossbeam_channel::bounded;
use eframe::egui::{
    self, Color32, Key, Rect, RichText, Stroke, StrokeKind, TextStyle, Ui, Vec2, ViewportCommand,
};

/// Grey of the screen around the fields, and of fields that do not flicker.
const GROUND: Color32 = Color32::from_gray(24);
const FIELD: Color32 = Color32::from_gray(90);

/// Fields that are looked at in turn.
pub(super) struct Looks {
    run: LookRun,
    /// Looks of earlier parts.
    before: usize,
    screen: LookScreen,
    /// Width and height of a tag, pixels.
    tag_px: i32,
    /// Practice: what decodes the looks.
    decoder: Option<Message>,
    trouble: Option<Message>,
    /// Where the fields are, while they flicker: what is drawn stays there even if the bar becomes higher.
    area: Option<Rect>,
    /// The window was asked to fill the screen.
    is_full: bool,
}

impl Looks {
    pub(super) fn new(
        run: LookRun,
        screen: LookScreen,
        tag_px: i32,
        decoder: Option<Message>,
    ) -> Self {
        Self {
            before: run.progress().0,
            run,
            screen,
            tag_px,
            decoder,
            trouble: None,
            area: None,
            is_full: false,
        }
    }

    /// Marks the first field.
    pub(super) fn start(&mut self, now: HostNanos) {
        self.run.start(secs(now));
    }

    /// What was chosen so far.
    pub(super) fn copied(&self) -> &[Copied] {
        self.run.copied()
    }

    /// Takes a block of EEG that has just arrived.
    pub(super) fn take(&mut self, block: &Block, now: HostNanos) {
        self.screen.take(block, now);
    }

    /// What the person should do now.
    fn words(&self, text: &'static Text) -> &'static str {
        let (done, _) = self.run.progress();
        let settles = self.run.plan().settle_s > 0.0;
        match self.run.phase() {
            LookPhase::Paused => text.paused,
            LookPhase::Mark(_) if done == 0 && settles => text.looking.settles,
            LookPhase::Chosen { wanted, chosen } => match chosen {
                Some(chosen) if chosen == wanted => text.looking.chosen_right,
                Some(_) => text.looking.chosen_wrong,
                None => text.looking.chosen_none,
            },
            _ => text.looking.look_at,
        }
    }

    /// The field to look at or the one that was chosen, for screen readers.
    fn name(&self, text: &'static Text) -> String {
        let field = match self.run.phase() {
            LookPhase::Chosen { chosen, .. } => chosen,
            _ => self.run.field(),
        };
        let words = match self.run.phase() {
            LookPhase::Chosen { .. } => self.words(text),
            _ => text.looking.look_at,
        };
        field.map_or(String::new(), |field| format!("{words} {}", field + 1))
    }

    /// Sides of a field, points.
    fn side(&self, ui: &Ui) -> f32 {
        self.tag_px as f32 / ui.ctx().pixels_per_point()
    }

    /// The marker of the look that has just begun at a field. It names the code that the field shows.
    fn marker(&self, field: usize) -> String {
        match &self.screen {
            LookScreen::Fixed(_) => marker(field),
            LookScreen::Live(live) => live
                .code_of(field)
                .map_or_else(|| marker(field), |code| marker(usize::from(code))),
        }
    }
}

impl Wizard {
    /// Creates the session's file and marks the first field.
    pub(super) fn begin_looks(&mut self, screen: TagScreen, now: HostNanos) {
        let before = self.unfinished_looks.clone();
        let before = before.filter(|_| self.resumes_looks);
        let run = match &before {
            Some(before) => before.resume(),
            None => LookRun::new(self.look_plan),
        };
        let start = SessionEvent::LooksBegin {
            version: env!("CARGO_PKG_VERSION").into(),
            looks: run.plan().looks,
            continues: before.as_ref().and_then(UnfinishedLooks::last_part),
        };
        let tag_px = screen.tag_px;
        let mut looks = Looks::new(run, LookScreen::fixed(screen), tag_px, None);
        match self.open_file(start) {
            Ok(mut file) => {
                file.codes(looks.screen.codes());
                looks.start(now);
                (self.file, self.looks) = (Some(file), Some(looks));
                self.unfinished_looks = None;
                self.earlier = before.map_or_else(Vec::new, |before| before.recordings);
                (self.result, self.saved, self.recording) = (None, None, None);
                self.go(Step::Cues);
            }
            Err(error) => self.trouble = Some(error),
        }
    }

    /// Draws the fields, and does what is due.
    pub(super) fn looks(&mut self, ui: &mut Ui, now: HostNanos) {
        if let Some(looks) = &mut self.looks
            && !std::mem::replace(&mut looks.is_full, true)
        {
            ui.ctx()
                .send_viewport_cmd(ViewportCommand::Fullscreen(true));
        }
        let asked = self.looks_bar(ui);
        let area = self.looks_area(ui);
        let Some(looks) = &mut self.looks else {
            return;
        };
        let mut ends_look = false;
        match asked {
            Some(Asked::Pause) => ends_look = looks.run.pause(),
            Some(Asked::Resume) if !self.is_lost => {
                looks.trouble = None;
                looks.run.resume(secs(now));
            }
            Some(Asked::End) => ends_look = looks.run.finish(),
            _ if self.is_lost => ends_look = looks.run.pause(),
            _ => match looks.run.tick(secs(now)) {
                Some(LookStep::Show) => {
                    let targets = targets(ui, area, looks.side(ui));
                    looks.screen.show(targets);
                    looks.area = Some(area);
                }
                Some(LookStep::End) => ends_look = true,
                Some(LookStep::Stuck) => {
                    looks.screen.hide(now);
                    let stuck = || Message::said(|text| text.looking.stuck);
                    looks.trouble.get_or_insert_with(stuck);
                }
                None => {}
            },
        }
        if let Some(chosen) = looks.screen.tick(now) {
            ends_look |= looks.run.choose(Some(chosen), secs(now));
        }
        let is_idle = looks.run.field().is_none();
        if ends_look || (is_idle && looks.screen.is_on()) {
            looks.screen.hide(now);
        }
        let phase = looks.run.phase();
        if ends_look {
            self.end_look(phase, now);
        }
        if phase == LookPhase::Done {
            ui.ctx()
                .send_viewport_cmd(ViewportCommand::Fullscreen(false));
            self.finish_looks();
        }
    }

    /// Marks the end of a look, and what was chosen.
    fn end_look(&mut self, phase: LookPhase, now: HostNanos) {
        self.mark_look(END, now, Tone::Rest);
        if let LookPhase::Chosen { wanted, chosen } = phase {
            let outcome = match chosen {
                Some(chosen) if chosen == wanted => Outcome::Hit,
                Some(_) => Outcome::Miss,
                None => Outcome::TimeOut,
            };
            self.write_marker(outcome.marker(), now);
        }
    }

    /// Writes what was shown, and the marker of a look that begins.
    pub(super) fn follow_looks(&mut self, now: HostNanos) {
        let (Some(looks), Some(monitor)) = (&mut self.looks, &self.monitor) else {
            return;
        };
        let file = &mut self.file;
        let begun = looks.screen.follow(now, |shown, levels| {
            let at = monitor.stream_time(shown);
            if let Some((file, at)) = file.as_mut().zip(at) {
                file.frame(at, levels.to_vec());
            }
        });
        if let Some(trouble) = looks.screen.trouble() {
            looks.trouble = Some(trouble);
        }
        let field = looks.run.field();
        if let Some((at, field)) = begun.zip(field)
            && looks.run.shown(secs(at))
        {
            let marker = looks.marker(field);
            self.mark_look(&marker, at, Tone::Cue);
        }
    }

    fn mark_look(&mut self, marker: &str, at: HostNanos, tone: Tone) {
        if let Some(sound) = &self.sound {
            sound.play(tone);
        }
        self.write_marker(marker, at);
    }

    fn write_marker(&mut self, marker: &str, at: HostNanos) {
        let monitor = self.monitor.as_ref();
        let at = monitor.and_then(|monitor| {
            let at = monitor.stream_time(at)?;
            monitor.sample_at(HostNanos(at.0))
        });
        if let Some((file, at)) = self.file.as_mut().zip(at) {
            file.marker(at, marker);
        }
    }

    /// Draws the buttons. Returns what the user asks for.
    fn looks_bar(&mut self, ui: &mut Ui) -> Option<Asked> {
        let (space, escape) = (
            Self::is_pressed(ui, Key::Space),
            Self::is_pressed(ui, Key::Escape),
        );
        let looks = self.looks.as_ref()?;
        let text = self.text;
        let (done, all) = looks.run.progress();
        let is_paused = looks.run.phase() == LookPhase::Paused;
        let mut asked = None;
        *ui.visuals_mut() = Theme::Dark.visuals();
        let frame = egui::Frame::new().fill(GROUND).inner_margin(12.0);
        egui::Panel::bottom("look bar").frame(frame).show(ui, |ui| {
            // Two rows, so that the fields stay where they are when words need a second one.
            let row =
                ui.text_style_height(&TextStyle::Button) + 2.0 * ui.spacing().button_padding.y;
            ui.set_min_height(2.0 * row + ui.spacing().item_spacing.y);
            ui.horizontal_wrapped(|ui| {
                let words = if is_paused {
                    text.continue_cues
                } else {
                    text.pause
                };
                let pause = ui.button(words);
                let end = ui.button(text.end_now);
                let by_space = space && !end.has_focus();
                if pause.clicked() || by_space {
                    asked = Some(if is_paused {
                        Asked::Resume
                    } else {
                        Asked::Pause
                    });
                }
                if end.clicked() || escape {
                    asked = Some(Asked::End);
                }
                ui.label(format!(
                    "{} {} {} {all}",
                    text.looking.look_of,
                    (done + 1).min(all),
                    text.of
                ));
                ui.label(looks.words(text));
                if let Some(decoder) = &looks.decoder {
                    ui.label(RichText::new(decoder.text(text)).small().weak());
                }
                let failure = self.file.as_ref().and_then(SessionFile::failure);
                let lost = self.is_lost.then(|| Message::said(|text| text.signal_lost));
                let trouble = failure.map(Message::of).or(lost);
                if let Some(trouble) = trouble.as_ref().or(looks.trouble.as_ref()) {
                    ui.colored_label(HIGH_CONTRAST.bad, trouble.text(text));
                }
            });
        });
        asked
    }

    /// Draws the fields and the mark. Returns where they are.
    fn looks_area(&mut self, ui: &mut Ui) -> Rect {
        let frame = egui::Frame::new().fill(GROUND);
        let text = self.text;
        let drawn = egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            let area = ui.max_rect();
            let Some(looks) = &self.looks else {
                return area;
            };
            let area = looks.area.filter(|_| looks.screen.is_on()).unwrap_or(area);
            let marked = looks.run.field();
            let response = ui.allocate_rect(area, egui::Sense::hover());
            let name = looks.name(text);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &name));
            let side = looks.side(ui);
            for (field, centre) in centres(area).enumerate() {
                let place = Rect::from_center_size(centre, Vec2::splat(side));
                let line = Stroke::new(1.0, FIELD);
                ui.painter()
                    .rect_stroke(place, 0.0, line, StrokeKind::Inside);
                if marked == Some(field) {
                    mark(ui.painter(), place, field / COLUMNS + 1 == ROWS);
                }
                if let LookPhase::Chosen { wanted, chosen } = looks.run.phase()
                    && chosen == Some(field)
                {
                    frame_choice(ui.painter(), place, field == wanted);
                }
            }
            area
        });
        drawn.inner
    }

    /// Closes the file, and starts the fit or shows what was copied.
    fn finish_looks(&mut self) {
        // This hides all tags.
        let looks = self.looks.take();
        if let Some((looks, decoder)) = looks
            .as_ref()
            .and_then(|looks| Some((looks, looks.decoder.as_ref()?)))
        {
            return self.finish_copying(looks, decoder);
        }
        let has_looks = looks.is_some_and(|looks| looks.run.progress().0 > looks.before);
        self.go(Step::Result);
        let Some(file) = self.file.take() else {
            return;
        };
        match file.finish() {
            Ok(path) => {
                let (fitted, fitting) = bounded(1);
                let profile = Profile::open(&self.options.patient);
                let delay_ms = match profile {
                    Ok(profile) => profile.settings().decoding.display_delay_ms,
                    Err(error) => return self.result = Some(Err(error.into())),
                };
                let mut recordings = self.earlier.clone();
                // A part without a look has nothing to fit.
                if has_looks || recordings.is_empty() {
                    recordings.push(path.clone());
                }
                std::thread::spawn(move || {
                    // The window may have been closed meanwhile.
                    let fit = fit_looks(&recordings, delay_ms).map_err(Message::from);
                    let _ = fitted.send(fit.map(|fit| CalibrationResult::Looking(Box::new(fit))));
                });
                (self.recording, self.fitting) = (Some(path), Some(fitting));
            }
            Err(error) => self.result = Some(Err(error.into())),
        }
    }
}

/// What the user asks for.
enum Asked {
    Pause,
    Resume,
    End,
}
