//! Driving the pointer from this window: `run` for this patient, in a process and a window of its own, so that a problem of this
//! window cannot affect the pointer.

use super::{Wizard, WizardOptions};
use crate::app::gui::look::{Look, Theme, palette};
use crate::app::gui::notice::details;
use crate::app::gui::text::{CHINESE, Message, Text};
use crate::guided::calibrate::CalibrationResult;
use crate::patient::store;
use crate::source::{LslSpec, SourceSpec};
use eframe::egui::{RichText, Ui};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// Files in the patient's folder: the messages of the run, and the error with which it failed.
const LOG: &str = "driving.log";
const ERROR: &str = "driving-error.json";
/// Number of the last messages that are shown as details.
const SHOWN_LINES: usize = 8;

/// A run that the user has started from this window.
pub(super) struct Drive {
    child: Child,
    folder: PathBuf,
    ended: Option<Ended>,
}

/// How a run ended.
enum Ended {
    Well,
    Failed {
        why: Message,
        /// Its last messages.
        log: String,
    },
}

impl Drive {
    /// Starts `program` with these arguments.
    fn start(program: &Path, args: &[String], folder: PathBuf) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(args)
            .stdin(Stdio::null())
            .stdout(new_file(&folder.join(ERROR))?)
            .stderr(new_file(&folder.join(LOG))?);
        // Ctrl-C in the terminal of this window must not end the run.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Self {
            child: command.spawn()?,
            folder,
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
            Ok(Some(status)) if status.success() => Some(Ended::Well),
            Ok(Some(status)) => Some(Ended::Failed {
                why: self.error().unwrap_or_else(|| unexpected(status)),
                log: self.last_messages(),
            }),
            Err(error) => Some(Ended::Failed {
                why: error.into(),
                log: self.last_messages(),
            }),
        };
    }

    /// The error that the run has reported.
    fn error(&self) -> Option<Message> {
        let json = std::fs::read_to_string(self.folder.join(ERROR)).ok()?;
        serde_json::from_str(&json).ok()
    }

    fn last_messages(&self) -> String {
        let log = std::fs::read(self.folder.join(LOG)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
    }
}

/// A run that has ended without an error of its own: by a signal, or by a defect.
fn unexpected(status: ExitStatus) -> Message {
    let chinese = match status.code() {
        Some(code) => format!("运行意外结束（退出状态 {code}）"),
        None => "运行意外结束（被系统或其他程序终止）".to_owned(),
    };
    Message::new(format!("the run ended unexpectedly ({status})"), chinese)
}

/// An empty file that only its owner can read.
fn new_file(path: &Path) -> io::Result<File> {
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
    looks: bool,
) -> Option<Vec<String>> {
    let mut args = ["run", "--window", "--error-as-json"]
        .map(str::to_owned)
        .to_vec();
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
    if looks {
        add("--set", "control.assist.mode=look");
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
            matches!(self.result, Some(Ok(CalibrationResult::Looking(_)))),
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
            (Some(program), Ok(folder)) => {
                Drive::start(program, &args, folder).map_err(Message::from)
            }
            (None, _) => Err(Message::said(|text| text.no_program)),
            (_, Err(error)) => Err(error.into()),
        };
        match started {
            Ok(drive) => (self.drive, self.trouble) = (Some(drive), None),
            Err(error) => self.trouble = Some(error),
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
            Some(Some(Ended::Well)) => _ = ui.label(text.drive_ended),
            Some(Some(Ended::Failed { why, log })) => {
                ui.label(RichText::new(text.drive_failed).color(own.bad).strong());
                ui.label(RichText::new(why.text(text)).color(own.bad));
                details(ui, log, text);
            }
        }
    }
}
