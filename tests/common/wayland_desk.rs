//! Faults and recorded trials beside any Wayland compositor, as an independent client there sees them.

use super::three_classes::{fit_three_classes, publish_three_classes, run_three_classes};
use super::wev::{Compositor, PointerEvent};
use super::{Lab, Running, assert_in_time, s007, wait_for};
use std::time::Duration;

/// The left button as Linux numbers it.
const LEFT: u32 = 272;
/// The limit for a release after the last sample, milliseconds,
const STREAM_MS: f64 = 200.0;
/// after a signal, and after the driver's end,
const SIGNAL_MS: f64 = 50.0;
/// and after the driver was stopped: the guard waits for 200 ms of silence.
const STOPPED_MS: f64 = 250.0;
/// Trials of recorded EEG that are played.
const TRIALS: usize = 6;

/// A patient who moves and presses, and a compositor.
pub struct Desk<C> {
    pub lab: Lab,
    pub compositor: C,
    model: String,
    headset: Running,
}

impl<C: Compositor> Desk<C> {
    /// The patient's headset, and a compositor that is started in a lab.
    pub fn new(start: impl FnOnce(&Lab) -> C) -> Self {
        let lab = Lab::new();
        let model = fit_three_classes(&lab);
        Self {
            compositor: start(&lab),
            headset: publish_three_classes(&lab, 21, "device"),
            model,
            lab,
        }
    }

    /// Starts a run. Its messages go to the file `run.log`.
    pub fn drive(&self) -> Running {
        let run = [&run_three_classes(&self.model)[..], &["--without-override"]].concat();
        let mut command = self.compositor.on(self.lab.bci_cursor(&run));
        let log = std::fs::File::create(self.lab.path("run.log")).unwrap();
        command.stderr(log);
        Running::start(command)
    }

    /// Waits for a press, does something, and returns the milliseconds until the client heard of the release.
    fn released_ms(&mut self, after: impl FnOnce(&mut Running)) -> f64 {
        // What happened before is of no interest.
        self.compositor.wev().events(Duration::ZERO);
        self.compositor.wev().wait_for("a press", 60, |event| {
            *event == PointerEvent::Button(LEFT, true)
        });
        let start = bci_cursor::system::clock::now();
        after(&mut self.headset);
        let is_up = |event: &PointerEvent| {
            matches!(
                event,
                PointerEvent::Button(LEFT, false) | PointerEvent::Leave
            )
        };
        let at = self.compositor.wev().wait_for("the release", 5, is_up);
        at.since(start) as f64 / 1e6
    }

    /// The button is up in time when the stream ends, and after SIGTERM. Returns what the run said.
    pub fn a_lost_stream_and_a_signal_release(mut self) -> String {
        let driver = self.drive();
        let mut stream_ms = Vec::new();
        for _ in 0..3 {
            stream_ms.push(self.released_ms(Running::kill));
            self.headset = publish_three_classes(&self.lab, 21, "device");
        }
        assert_in_time("the stream's end", stream_ms, STREAM_MS);

        let term_ms = self.released_ms(|_| driver.signal("TERM"));
        assert_in_time("SIGTERM", vec![term_ms], SIGNAL_MS);
        assert_eq!(driver.finish(5.0).0, Some(0));
        self.lab.read("run.log")
    }

    /// The guard releases in time for a driver that is stopped or killed.
    pub fn the_guard_releases_for_a_driver_that_cannot(mut self) {
        let mut driver = self.drive();
        let mut stopped_ms = Vec::new();
        for _ in 0..3 {
            stopped_ms.push(self.released_ms(|_| driver.signal("STOP")));
            driver.signal("CONT");
        }
        assert_in_time("SIGSTOP", stopped_ms, STOPPED_MS);
        driver.kill();

        let mut killed_ms = Vec::new();
        for _ in 0..3 {
            let mut driver = self.drive();
            killed_ms.push(self.released_ms(|_| driver.kill()));
            let log = || self.lab.read("run.log");
            wait_for("the guard", 2.0, || log().contains("the driver was killed"));
        }
        assert_in_time("SIGKILL", killed_ms, SIGNAL_MS);
    }
}

impl<C> Drop for Desk<C> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.lab.read("run.log"));
        }
    }
}

/// S007 decodes almost perfectly. This tests the driver, not how well people are decoded. Plays some trials of recorded EEG;
/// `all` are all 15, which take two minutes.
pub fn a_recorded_patient_moves_the_pointer<C: Compositor>(
    start: impl FnOnce(&Lab) -> C,
    all: bool,
) {
    let lab = Lab::new();
    let mut compositor = start(&lab);
    let model = s007::fit(&lab, &[]);
    let held_out = s007::held_out();
    let replay = ["replay", &held_out, "--to", "lsl", "--name", "s007"];
    let mut headset = lab.spawn(&[&replay[..], &["--wait-for-reader"]].concat(), None);
    let mut cue_printer = lab.python("print_markers.py", &["s007-markers"]);
    let cues = cue_printer.lines();
    assert_eq!(cues.recv().as_deref(), Ok("ready"));
    let run = [
        "run",
        "--mode",
        "axis",
        "--model",
        &model,
        "--stream",
        "s007",
        "--wait",
        "20",
        "--no-record",
        "--without-override",
        // Slow, so that the pointer does not reach an edge of the screen.
        "--max-speed",
        "40",
    ];
    let driver = Running::start(compositor.on(lab.bci_cursor(&run)));

    let (mut right, mut trials) = (0, Vec::new());
    let mut current: Option<(String, f64)> = None;
    let (wanted, enough) = if all { (15, 13) } else { (TRIALS, TRIALS - 2) };
    let mut has_ended = false;
    while !has_ended && trials.len() < wanted {
        has_ended = headset.has_ended();
        compositor.wev().events(Duration::ZERO);
        let cue = cues.recv_timeout(Duration::from_millis(20));
        if cue.is_err() && !has_ended {
            continue;
        }
        compositor.wev().events(Duration::from_millis(5));
        if let Some((class, from)) = current.take() {
            let moved = compositor.wev().place[0] - from;
            right += usize::from(if class == "T1" {
                moved < 0.0
            } else {
                moved > 0.0
            });
            trials.push(format!("{class} {moved:+.0}"));
        }
        if let Some(cue) = cue.ok().filter(|cue| cue == "T1" || cue == "T2") {
            current = Some((cue, compositor.start_of_trial()));
        }
    }
    driver.signal("INT");
    let (code, _) = driver.finish(5.0);
    println!(
        "{right} of {} trials moved the right way: {}",
        trials.len(),
        trials.join(", ")
    );
    assert_eq!((code, trials.len()), (Some(0), wanted));
    assert!(right >= enough, "{right} of {wanted}");
}
