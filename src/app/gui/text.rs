//! Every sentence of the windows. A language is one value of [`Text`].

mod chinese;
mod english;
mod errors;
mod looking;
mod message;
mod panel;
mod settings;

pub use chinese::CHINESE;
pub use english::ENGLISH;
pub use errors::run_error;
pub use looking::LookingText;
pub use message::{InChinese, Message};
pub use panel::PanelText;

use crate::control::State;
use crate::settings::Setting;
use bci_cursor_calibration::validation::Verdict;

/// All sentences in one language.
#[derive(Debug)]
#[allow(missing_docs)] // see the English text of each
pub struct Text {
    pub language: &'static str,
    pub research_only: &'static str,
    pub next: &'static str,
    pub back: &'static str,
    pub quit: &'static str,
    pub steps: [&'static str; 6],
    pub who: &'static str,
    pub known_patients: &'static str,
    pub no_such_patient: &'static str,
    pub did_you_mean: &'static str,
    pub make_patient: &'static str,
    pub is_new_patient: &'static str,
    pub where_from: &'static str,
    pub synthetic: &'static str,
    pub nothing_found: &'static str,
    pub opening: &'static str,
    pub signal_settling: &'static str,
    pub signal_good: &'static str,
    pub signal_some: &'static str,
    pub signal_too_many: &'static str,
    pub signal_lost: &'static str,
    pub flat: &'static str,
    pub railed: &'static str,
    pub line_noise: &'static str,
    pub noisy: &'static str,
    pub unlike: &'static str,
    pub advice: [&'static str; 5],
    pub impedances: &'static str,
    pub traces: &'static str,
    pub spectrum: &'static str,
    pub what_to_train: &'static str,
    pub protocols: [&'static str; 5],
    pub interrupted: &'static str,
    pub resume_interrupted: &'static str,
    pub other_electrodes: &'static str,
    pub trials_each: &'static str,
    pub sound: &'static str,
    pub durations: &'static str,
    pub cue_lasts: &'static str,
    pub rest_lasts: &'static str,
    pub break_after: &'static str,
    pub break_lasts: &'static str,
    pub takes: &'static str,
    pub minutes: &'static str,
    pub explain: &'static str,
    pub begin: &'static str,
    pub pause: &'static str,
    pub continue_cues: &'static str,
    pub skip_break: &'static str,
    pub end_now: &'static str,
    pub look_here: &'static str,
    pub rest: &'static str,
    pub take_a_break: &'static str,
    pub paused: &'static str,
    pub trial_of: &'static str,
    pub of: &'static str,
    pub repeated: &'static str,
    pub fitting: &'static str,
    pub cannot_fit: &'static str,
    pub kept_recording: &'static str,
    pub verdicts: [&'static str; 4],
    pub held_out: &'static str,
    pub interval: &'static str,
    pub chance: &'static str,
    pub actual_class: &'static str,
    pub decoded_as: &'static str,
    pub trials_in_turn: &'static str,
    pub learning: &'static str,
    pub first_trials: &'static str,
    pub patterns: &'static str,
    pub mu: &'static str,
    pub beta: &'static str,
    pub spectra_of: &'static str,
    pub seconds_left: &'static str,
    pub switch_result: &'static str,
    pub false_clicks: &'static str,
    pub no_go: &'static str,
    pub worse: &'static str,
    /// Before and after the patient's name.
    pub in_use: [&'static str; 2],
    pub in_use_starter: &'static str,
    pub in_use_new: &'static str,
    pub never_measured: &'static str,
    pub use_anyway: &'static str,
    pub save: &'static str,
    pub saved: &'static str,
    pub again: &'static str,
    pub now_run: &'static str,
    pub drive: &'static str,
    pub drives: &'static str,
    pub drive_ended: &'static str,
    pub drive_failed: &'static str,
    pub details: &'static str,
    pub no_program: &'static str,
    pub drive_needs_headset: &'static str,
    pub practice: &'static str,
    pub tasks: [&'static str; 5],
    pub own_decoder: &'static str,
    pub starter: &'static str,
    pub no_starter: &'static str,
    pub intent: &'static str,
    pub hits: &'static str,
    pub misses: &'static str,
    pub hits_per_min: &'static str,
    pub time_to_target: &'static str,
    pub dial_in: &'static str,
    pub path_efficiency: &'static str,
    pub bits: &'static str,
    pub false_activations: &'static str,
    pub moving: &'static str,
    pub themes: [&'static str; 3],
    pub appearance: &'static str,
    pub reduced_motion: &'static str,
    /// A word for each of [`State::ALL`], and what it means.
    pub states: [(&'static str, &'static str); 14],
    pub heading: &'static str,
    pub bad_made: &'static str,
    pub bad_left_out: &'static str,
    pub latency: &'static str,
    pub latency_not_measured: &'static str,
    pub latency_unknown: &'static str,
    pub lost_samples: &'static str,
    pub losses: &'static str,
    pub clicks: &'static str,
    pub resume: &'static str,
    pub halt: &'static str,
    pub stop_run: &'static str,
    pub click: &'static str,
    pub click_kinds: [&'static str; 6],
    pub speed: &'static str,
    pub slower: &'static str,
    pub faster: &'static str,
    pub dwell: &'static str,
    pub scroll: &'static str,
    pub overlay: &'static str,
    pub all_settings: &'static str,
    pub patient_settings: &'static str,
    /// Before and after the patient's name.
    pub settings_of: [&'static str; 2],
    pub settings_note: &'static str,
    pub search_settings: &'static str,
    pub no_setting_found: &'static str,
    pub setting_default: &'static str,
    pub to_default: &'static str,
    pub setting_saved: &'static str,
    pub done: &'static str,
    pub at_next_start: &'static str,
    /// What a group of settings is about, by its path.
    pub setting_groups: &'static [(&'static str, &'static str)],
    /// What a setting does, if the sentence of the table is not used.
    pub settings: &'static [(&'static str, &'static str)],
    /// The words of settings that are not shown as they are stored.
    pub setting_words: &'static [(&'static str, &'static str)],
    pub looking: &'static LookingText,
    pub panel: &'static PanelText,
    pub classes: [(&'static str, &'static str); 8],
}

impl Text {
    /// A word for a state, and what it means.
    #[must_use]
    pub fn state(&self, state: State) -> (&'static str, &'static str) {
        let place = State::ALL.iter().position(|known| *known == state);
        self.states[place.unwrap_or(0)]
    }

    /// What a setting does, with its unit.
    #[must_use]
    pub fn setting(&self, setting: &Setting) -> String {
        let own = self.settings.iter().find(|(path, _)| *path == setting.path);
        match own {
            Some((_, sentence)) => (*sentence).to_owned(),
            None if setting.unit.is_empty() => setting.meaning.to_owned(),
            None => format!("{}, {}", setting.meaning, setting.unit),
        }
    }

    /// What a group of settings is about: `control.dwell`.
    #[must_use]
    pub fn setting_group<'a>(&self, path: &'a str) -> &'a str
    where
        'static: 'a,
    {
        let known = self.setting_groups.iter().find(|(own, _)| *own == path);
        known.map_or(path, |(_, name)| name)
    }

    /// A word that a setting can have, in this language.
    #[must_use]
    pub fn setting_word<'a>(&self, word: &'a str) -> &'a str
    where
        'static: 'a,
    {
        let known = self.setting_words.iter().find(|(own, _)| *own == word);
        known.map_or(word, |(_, name)| name)
    }

    /// What a verdict means.
    #[must_use]
    pub fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::NoGo => self.verdicts[0],
            Verdict::Weak => self.verdicts[1],
            Verdict::Good => self.verdicts[2],
            Verdict::VeryGood => self.verdicts[3],
        }
    }

    /// What happens to bad electrodes: a sentence for those that are interpolated, and one for those that are left out.
    pub fn bad<'a>(
        &self,
        bad: impl Iterator<Item = &'a str>,
        is_made: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = String> {
        let (made, left_out): (Vec<&str>, Vec<&str>) = bad.partition(|label| is_made(label));
        [(self.bad_made, made), (self.bad_left_out, left_out)]
            .into_iter()
            .filter(|(_, labels)| !labels.is_empty())
            .map(|(words, labels)| format!("{words} {}", labels.join(", ")))
    }

    /// Name of a class in this language, if it has one; otherwise the class itself.
    #[must_use]
    pub fn class<'a>(&self, class: &'a str) -> &'a str
    where
        'static: 'a,
    {
        let known = self.classes.iter().find(|(own, _)| *own == class);
        known.map_or(class, |(_, name)| name)
    }
}

/// All languages.
pub const LANGUAGES: [&Text; 2] = [&ENGLISH, &CHINESE];
