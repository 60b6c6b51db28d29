//! A patient at a desktop: recorded EEG, a decoder fitted on the same person, and a driver that chooses among the
//! targets on the screen.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`

use crate::common::desktop::Desktop;
use crate::common::screen_patient::ScreenPatient;
use crate::common::{Lab, eeg_dir, eegmmidb, find_eeg, wait_for};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

/// Recordings to fit a decoder on, and the EEG of the patient at the desktop.
pub struct Eeg {
    training: Vec<String>,
    held_out: String,
    classes: &'static str,
}

impl Eeg {
    /// S007 decodes almost perfectly. The decoder is fitted on two of their recordings, and the EEG comes from the
    /// third.
    pub fn real() -> Self {
        Self::of(&eeg_dir())
    }

    fn of(folder: &Path) -> Self {
        let run = |run| eegmmidb(folder, "S007", run);
        Self {
            training: vec![run(4), run(8)],
            held_out: run(12),
            classes: "left_hand=T1,right_hand=T2",
        }
    }

    /// Real EEG if it is present, otherwise that of a synthetic patient.
    pub fn any() -> Self {
        find_eeg().map_or_else(Self::synthetic, |folder| Self::of(&folder))
    }

    fn synthetic() -> Self {
        let recording =
            |seed| format!("synthetic:seed={seed},channels=21,trials=30,rest=4,erd=0.8");
        Self {
            training: vec![recording(7)],
            held_out: recording(8),
            classes: "left_hand=left_hand,right_hand=right_hand",
        }
    }
}

pub struct AtDesk {
    pub lab: Lab,
    pub desktop: Desktop,
    pub patient: ScreenPatient,
    driver: Child,
    /// Takes pictures of the screen.
    photographer: Option<Child>,
}

impl AtDesk {
    /// Only in a test with a process of its own, because this process publishes the stream.
    pub fn start(eeg: &Eeg) -> Self {
        let (lab, desktop) = (Lab::new(), Desktop::start());
        let model = lab.path("own.json").to_string_lossy().into_owned();
        let fit = ["--classes", eeg.classes, "--out", &model];
        let training: Vec<&str> = eeg.training.iter().map(String::as_str).collect();
        lab.succeed(&[&["fit"][..], &training, &fit].concat());
        let patient = ScreenPatient::start(&eeg.held_out, eeg.classes, &desktop.screen.display);
        let session = lab.path("session.xdf").to_string_lossy().into_owned();
        let settings = [
            "control.dwell.on=true",
            "control.pause.at_start=false",
            // A starting browser may delay the stream, and nobody could resume.
            "control.pause.after_loss=false",
            "control.pause.manual_override_ms=0",
        ];
        let settings = settings.iter().flat_map(|setting| ["--set", *setting]);
        let run = [
            "run", "--model", &model, "--stream", "patient", "--wait", "20", "--axis", "vertical",
            "--record", &session,
        ];
        let run: Vec<&str> = run.into_iter().chain(settings).collect();
        let mut driver: Command = lab.bci_cursor(&run);
        let log = std::fs::File::create(lab.path("run.log")).unwrap();
        let own = std::env::var("LSLAPICFG").unwrap();
        let driver = desktop.on(&mut driver).env("LSLAPICFG", own).stderr(log);
        let driver = driver.spawn().unwrap();
        wait_for("the driver", 30.0, || {
            let log = lab.bci_cursor(&["status"]).output().unwrap();
            log.status.success()
        });
        let photographer = std::env::var_os("BCI_CURSOR_PICTURES").map(|folder| {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/photographer.sh");
            let mut command = lab.command("sh");
            command.arg(script).arg(folder);
            desktop.on(&mut command).spawn().unwrap()
        });
        Self {
            lab,
            desktop,
            patient,
            driver,
            photographer,
        }
    }

    /// Changes settings while the driver runs, as a helper would.
    pub fn set(&self, settings: &[&str]) {
        self.lab.succeed(&[&["set"], settings].concat());
    }

    /// The driver's log.
    pub fn log(&self) -> String {
        self.lab.read("run.log")
    }

    /// Ends the driver. Returns its session.
    pub fn end(&mut self) -> PathBuf {
        let signalled = Command::new("kill")
            .arg(self.driver.id().to_string())
            .status();
        assert!(signalled.unwrap().success());
        assert!(self.driver.wait().unwrap().success(), "{}", self.log());
        self.lab.path("session.xdf")
    }
}

impl Drop for AtDesk {
    fn drop(&mut self) {
        if let Some(mut photographer) = self.photographer.take() {
            let _ = photographer.kill();
            let _ = photographer.wait();
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
