//! Practice of looking: the person copies a sequence of fields, each of which is chosen by looking at it.

use super::look_screen::{LookScreen, TagScreen};
use super::looks::Looks;
use super::practice::figures;
use super::{LOOKING, Step, Wizard};
use crate::app::gui::look::palette;
use crate::app::gui::text::{Message, Text};
use crate::guided::calibrate::CalibrationResult;
use crate::guided::looks::{COLUMNS, LookPlan, LookRun, ROWS};
use crate::looking::channels::labels_over_visual_cortex;
use crate::looking::{Looking, LookingModel, LookingSettings};
use crate::patient::looking;
use crate::patient::profile::Profile;
use crate::practice::looks::LiveLooks;
use crate::practice::{COPY, Copied, PracticeFigures, copy_figures};
use crate::recording::session::SessionEvent;
use crate::settings::{AssistMode, LookCodes, Settings};
use crate::time::HostNanos;
use eframe::egui::{RichText, Ui};

/// EEG before the first look, seconds: electrodes and the person's usual signal must be known.
const SETTLE_S: f64 = 10.0;

/// How looks are decoded in this practice, and what the user should know about it.
#[derive(Clone)]
pub(super) struct CopyPlan {
    pub(super) looking: LookingSettings,
    settings: Settings,
    decoder: Message,
}

/// What was copied.
pub(super) struct CopyResult {
    copied: Vec<Copied>,
    figures: PracticeFigures,
}

impl Wizard {
    /// Whether a target can be looked at with these electrodes.
    pub(super) fn has_cortex(&self) -> bool {
        let monitor = self.monitor.as_ref();
        monitor
            .is_some_and(|monitor| !labels_over_visual_cortex(&monitor.layout().labels).is_empty())
    }

    /// Asks for what is missing, or starts the program that shows tags.
    pub(super) fn ask_to_copy(&mut self, now: HostNanos) {
        if self.consent().is_none() {
            // That page has the questions.
            self.kind = LOOKING;
            return self.go_to_training();
        }
        match self.copy_plan() {
            Ok(plan) => {
                self.to_copy = Some(plan);
                self.prepare_looks(now);
            }
            Err(error) => self.trouble = Some(error),
        }
    }

    /// With the response of this session or the one in use, or with flicker.
    fn copy_plan(&self) -> Result<CopyPlan, Message> {
        let lost = || Message::said(|text| text.signal_lost);
        let layout = self.monitor.as_ref().ok_or_else(lost)?.layout();
        let mut settings = Profile::open(&self.options.patient)?.settings();
        settings.control.assist.mode = AssistMode::Look;
        let flicker = LookingSettings::of(&settings).ok_or_else(lost)?;
        let own = match settings.control.look.codes {
            LookCodes::Flicker => None,
            LookCodes::Auto | LookCodes::Codes => self.own_response()?,
        };
        let is_required = settings.control.look.codes == LookCodes::Codes;
        let on_display =
            |model| LookingSettings::on_display(model, settings.decoding.display_delay_ms);
        let (looking, decoder) = match own.map(on_display) {
            Some(codes) if is_required || Looking::new(layout, &codes, &[]).is_ok() => {
                (codes, Message::said(|text| text.looking.own_response))
            }
            _ => (flicker, Message::said(|text| text.looking.no_response)),
        };
        Ok(CopyPlan {
            looking,
            settings,
            decoder,
        })
    }

    fn own_response(&self) -> Result<Option<LookingModel>, Message> {
        if let Some(Ok(CalibrationResult::Looking(fitted))) = &self.result {
            return fitted.model().map(Some).map_err(Message::from);
        }
        let found = looking::load(&self.options.patient)?;
        Ok(found.map(|(_, model)| model))
    }

    /// Creates the session's file and marks the first field.
    pub(super) fn begin_copying(&mut self, plan: CopyPlan, screen: TagScreen, now: HostNanos) {
        let begun = self.new_copying(&plan, screen, now);
        match begun {
            Ok(mut looks) => {
                looks.start(now);
                (self.looks, self.copied) = (Some(looks), None);
                self.go(Step::Cues);
            }
            Err(error) => self.trouble = Some(error),
        }
    }

    fn new_copying(
        &mut self,
        plan: &CopyPlan,
        screen: TagScreen,
        now: HostNanos,
    ) -> Result<Looks, Message> {
        let lost = || Message::said(|text| text.signal_lost);
        let layout = self.monitor.as_ref().ok_or_else(lost)?.layout();
        let TagScreen {
            display, tag_px, ..
        } = screen;
        let live = LiveLooks::new(layout, plan.looking.clone(), &plan.settings, display)?;
        let mut file = self.open_file(SessionEvent::PracticeBegins {
            version: env!("CARGO_PKG_VERSION").into(),
            task: COPY.into(),
        })?;
        file.codes(live.codes());
        self.file = Some(file);
        let run = LookRun::new(LookPlan::copying(SETTLE_S, now.0.unsigned_abs()));
        let live = LookScreen::Live(Box::new(live));
        Ok(Looks::new(run, live, tag_px, Some(plan.decoder.clone())))
    }

    /// Writes the figures, closes the file and shows what was copied.
    pub(super) fn finish_copying(&mut self, looks: &Looks, decoder: &Message) {
        self.go(Step::Practice);
        let copied = looks.copied().to_vec();
        let figures = copy_figures(&copied, COLUMNS * ROWS);
        if let Some(mut file) = self.file.take() {
            file.event(SessionEvent::Practice {
                task: COPY.into(),
                decoder: decoder.text(self.text).to_owned(),
                // Numbers only, which JSON can always hold.
                figures: serde_json::to_value(&figures).unwrap_or_default(),
            });
            self.trouble = file.finish().err().map(Message::from);
        }
        self.copied = Some(CopyResult { copied, figures });
    }

    /// What was copied, and how well.
    pub(super) fn copy_result(&self, ui: &mut Ui, result: &CopyResult) {
        let text = self.text;
        ui.heading(text.looking.copy);
        if result.copied.is_empty() {
            ui.label(text.looking.nothing_copied);
            return;
        }
        figures(ui, &result.figures, text);
        ui.add_space(8.0);
        ui.label(RichText::new(text.looking.each).strong());
        each(ui, &result.copied, text);
    }
}

/// Each target that was wanted, with what was chosen instead, and the time it took.
fn each(ui: &mut Ui, copied: &[Copied], text: &Text) {
    let own = palette(ui);
    ui.horizontal_wrapped(|ui| {
        for (number, one) in (1..).zip(copied) {
            let (sign, colour) = match one.chosen {
                _ if one.is_right() => ("", own.good),
                Some(_) => ("× ", own.bad),
                None => ("– ", own.warning),
            };
            let words = format!("{number}: {sign}{:.1} {}", one.took_s, text.looking.seconds);
            ui.label(RichText::new(words).color(colour));
            ui.add_space(12.0);
        }
    });
    ui.label(RichText::new(text.looking.signs).weak());
}
