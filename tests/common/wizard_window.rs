//! The clinician's window, operated by its text and keys, with a simulated clock.
#![allow(dead_code, unreachable_pub)] // each test program uses its own part of this

use super::wait_for;
use bci_cursor::app::gui::look::Look;
use bci_cursor::app::gui::text::{ENGLISH, LANGUAGES};
use bci_cursor::app::gui::wizard::{Step, Wizard, WizardOptions};
use bci_cursor::source::channels::ReadAs;
use bci_cursor::source::synthetic::Spec;
use bci_cursor::time::HostNanos;
use eframe::egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};

/// A wizard, its window and the simulated time.
pub struct Window {
    pub harness: Harness<'static, (Wizard, HostNanos)>,
}

impl Window {
    pub fn new(patient: &str, language: usize, synthetic: &str) -> Self {
        Self::that(patient, language, synthetic, false)
    }

    pub fn that(patient: &str, language: usize, synthetic: &str, resumes: bool) -> Self {
        Self::with(patient, language, synthetic, |options| {
            options.resumes = resumes;
        })
    }

    pub fn with(
        patient: &str,
        language: usize,
        synthetic: &str,
        change: impl FnOnce(&mut WizardOptions),
    ) -> Self {
        let mut options = WizardOptions {
            patient: patient.into(),
            is_new_patient: true,
            resumes: false,
            looks: false,
            practises: false,
            source: None,
            trials: Some(6),
            read_as: ReadAs::default(),
            synthetic: Spec::parse(synthetic).unwrap(),
            text: LANGUAGES[language],
            look: Look::default(),
            program: None,
        };
        change(&mut options);
        let look = options.look;
        let draw = |ui: &mut eframe::egui::Ui, (wizard, now): &mut (Wizard, HostNanos)| {
            wizard.frame(ui, *now);
        };
        let state = (Wizard::new(options, None), HostNanos(1_000_000_000));
        // Chinese glyphs come from the system's fonts, which are missing in tests. English must need no such fonts.
        let builder = Harness::builder().with_size([1280.0, 720.0]);
        let builder = match language {
            0 => builder,
            _ => builder.allow_missing_glyphs(),
        };
        // As in the real window: font sizes, theme colours.
        let builder = builder.with_context_setup(move |context| look.apply(context));
        let harness = builder.build_ui_state(draw, state);
        Self { harness }
    }

    pub fn step(&self) -> Step {
        self.harness.state().0.step()
    }

    /// Renders one frame, `ms` milliseconds after the last one.
    pub fn frame(&mut self, ms: i64) {
        self.harness.state_mut().1.0 += ms * 1_000_000;
        self.harness.step();
    }

    pub fn run(&mut self, secs: f64) {
        (0..(secs * 60.0) as usize).for_each(|_| self.frame(16));
    }

    /// Renders frames until the decoder is fitted. The simulated time stands still, so that all that follows is the
    /// same however long the fit takes: a practice draws its targets by the time at which it starts.
    pub fn wait_for_fit(&mut self, fitting: &str) {
        wait_for("the fit", 120.0, || {
            self.frame(0);
            !self.shows(fitting)
        });
        self.frame(16);
    }

    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.frame(16);
        self.frame(16);
    }

    pub fn shows_exactly(&self, words: &str) -> bool {
        self.harness.query_all_by_label(words).next().is_some()
    }

    pub fn shows(&self, words: &str) -> bool {
        self.harness
            .query_all_by_label_contains(words)
            .next()
            .is_some()
    }

    /// Runs a practice task to its end. Returns the number of hits in the session.
    pub fn practise(&mut self, task: usize, name: &str) -> usize {
        self.click(ENGLISH.tasks[task]);
        self.run(70.0);
        assert!(
            self.shows(ENGLISH.hits_per_min),
            "it is over after a minute"
        );
        let session = last_session("ada");
        assert!(
            session.contains(&format!("\"task\":\"{name}\"")),
            "{session}"
        );
        let hits = session.split("\"hits\":").nth(1).unwrap();
        hits.split(',').next().unwrap().parse().unwrap()
    }

    pub fn enter(&mut self) {
        self.harness.key_press(Key::Enter);
        self.frame(16);
        self.frame(16);
    }
}

/// Path of a file or folder of a patient.
pub fn patient_file(patient: &str, name: &str) -> PathBuf {
    let home = std::env::var("XDG_DATA_HOME").unwrap();
    let patients = Path::new(&home).join("bci-cursor/patients");
    patients.join(patient).join(name)
}

pub fn files(folder: &str) -> Vec<String> {
    let path = patient_file(folder, "");
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// The text of a patient's newest session.
pub fn last_session(patient: &str) -> String {
    let sessions = patient_file(patient, "sessions");
    let names = files(&format!("{patient}/sessions")).into_iter();
    let paths = names.map(|name| sessions.join(name));
    let newest = paths.max_by_key(|path| std::fs::metadata(path).unwrap().modified().unwrap());
    String::from_utf8_lossy(&std::fs::read(newest.unwrap()).unwrap()).into_owned()
}
