//! Driving the pointer from this window: `run` for this patient, in a process and a window of its own, so that a problem of this
//! window cannot affect the pointer.

use super::{Wizard, WizardOptions};
use crate::app::gui::look::{Look, Theme, palette};
use crate::app::gui::text::{CHINESE, Text};
use crate::guided::calibrate::CalibrationResult;
use crate::patient::store;
use crate::source::{LslSpec, SourceSpec};
use eframe::egui::{RichText, Ui};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// What the run says is kept here, in the patient's folder: where it fails, the end of it is shown.
const LOG: &str = "driving.log";
/// Number of its last lines that are shown.
const SHOWN_LINES: usize = 8;

/// A run that the user has started from this window.
pub(super) struct Drive {
    child: Child,
    log: PathBuf,
    /// How it ended, where it has: the last lines that it said, where it failed.
    ended: Option<Result<(), String>>,
}

impl Drive {
    /// Starts `program` with these arguments.
    fn start(program: &Path, args: &[String], log: PathBuf) -> io::Result<Self> {
        let file = new_log(&log)?;
        let mut command = Command::new(program);
        command
            .args(args)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        // Ctrl-C in the terminal of this window must not end the run.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Self {
            child: command.spawn()?,
            log,
            ended: None,
        })
    }

    /// Whether the run still goes on.
    fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    fn look(&mut self) {
        if self.ended.is_some() {
            return;
        }
        self.ended = match self.child.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) if status.success() => Some(Ok(())),
            Ok(Some(status)) => Some(Err(self.last_words(status))),
            Err(error) => Some(Err(error.to_string())),
        };
    }

    fn last_words(&self, status: ExitStatus) -> String {
        let said = std::fs::read(&self.log).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        match &lines[lines.len().saturating_sub(SHOWN_LINES)..] {
            [] => status.to_string(),
            last => last.join("\n"),
        }
    }
}

fn new_log(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Arguments of a run with this source; none if the source cannot drive a pointer.
fn args(
    options: &WizardOptions,
    text: &Text,
    source: Option<&SourceSpec>,
    face: Option<&Path>,
) -> Option<Vec<String>> {
    let mut args = vec!["run".to_owned(), "--window".to_owned()];
    let mut add = |flag: &str, value: &str| args.push(format!("{flag}={value}"));
    add("--patient", &options.patient);
    match source? {
        SourceSpec::Lsl(LslSpec { query, .. }) => {
            let given = [("--stream", &query.name), ("--where", &query.predicate)];
            for (flag, value) in given {
                value.iter().for_each(|value| add(flag, value));
            }
        }
        SourceSpec::Headset(headset) => add("--port", &headset.port),
        SourceSpec::Recording { .. } => return None,
    }
    if let Some(face) = face {
        add("--face", &face.to_string_lossy());
    }
    let Look {
        theme,
        scale,
        is_still,
    } = options.look;
    let is_chinese = text.language == CHINESE.language;
    add("--language", if is_chinese { "zh" } else { "en" });
    add(
        "--theme",
        match theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
            Theme::HighContrast => "high-contrast",
        },
    );
    add("--text-scale", &format!("{:.0}", 100.0 * scale));
    if is_still {
        args.push("--reduced-motion".to_owned());
    }
    Some(args)
}

impl Wizard {
    /// Arguments of a run with what was saved here; none if the source cannot drive a pointer.
    fn drive_args(&self) -> Option<Vec<String>> {
        let found = self.chosen_place().and_then(|place| self.found.get(place));
        let face = match (&self.result, &self.saved) {
            (Some(Ok(CalibrationResult::Switch(_))), Some(Ok(path))) => Some(path.as_path()),
            _ => None,
        };
        args(
            &self.options,
            self.text,
            found.map(|found| &found.source),
            face,
        )
    }

    /// Whether a run that was started here still goes on.
    pub(super) fn is_driving(&self) -> bool {
        self.drive.as_ref().is_some_and(Drive::is_running)
    }

    /// Whether the source of this session can drive the pointer.
    pub(super) fn can_drive(&self) -> bool {
        self.drive_args().is_some()
    }

    /// Starts a run, unless one goes on. This window closes the source.
    pub(super) fn start_driving(&mut self) {
        let Some(args) = self.drive_args().filter(|_| !self.is_driving()) else {
            return;
        };
        // A serial port serves one program only, and a window that watches the signal takes time from the pointer.
        (self.feed, self.monitor, self.has_focused) = (None, None, false);
        let started = match (&self.options.program, store::patient(&self.options.patient)) {
            (Some(program), Ok(folder)) => Drive::start(program, &args, folder.join(LOG)),
            (None, _) => Err(io::Error::other("this program cannot be found")),
            (_, Err(error)) => Err(io::Error::other(error)),
        };
        match started {
            Ok(drive) => (self.drive, self.trouble) = (Some(drive), None),
            Err(error) => {
                self.trouble = Some(format!(
                    "{} {}",
                    self.text.drive_failed,
                    self.text.error(&error.to_string())
                ))
            }
        }
    }

    pub(super) fn look_after_drive(&mut self) {
        let was_driving = self.is_driving();
        self.drive.iter_mut().for_each(Drive::look);
        if was_driving && !self.is_driving() {
            self.has_focused = false;
        }
    }

    /// Shows the state of the run.
    pub(super) fn driven(&self, ui: &mut Ui) {
        let (text, own) = (self.text, palette(ui));
        match self.drive.as_ref().map(|drive| &drive.ended) {
            None if !self.can_drive() => _ = ui.label(text.drive_needs_headset),
            None => {}
            Some(None) => _ = ui.label(RichText::new(text.drives).color(own.good).strong()),
            Some(Some(Ok(()))) => _ = ui.label(text.drive_ended),
            Some(Some(Err(said))) => {
                ui.label(RichText::new(text.drive_failed).color(own.bad).strong());
                ui.label(RichText::new(said).monospace());
            }
        }
    }
}
