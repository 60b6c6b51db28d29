//! A run in progress: reports events, answers requests, and changes settings.

mod settings;

pub use settings::about_settings;

use crate::app::out::note;
use crate::conditioning::interpolation::can_be_made;
use crate::control::{AssistMode, ClickKind, Rect, Request, State, Target};
use crate::montage;
use crate::patient::profile::{Profile, ProfileError};
use crate::preprocessing::too_many_bad;
use crate::printable::{counted, joined, printable};
use crate::runtime::{Driver, Refusal, RunError, RunStats, StopFlag, remote::Remote};
use crate::settings::{Settings, SettingsError, TakesEffect};
use crate::system::clock;
use crate::time::HostNanos;
use serde::Serialize;
use settings::changes;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Time between two updates, nanoseconds.
const LOOK_NS: i64 = 50_000_000;
/// Number of updates between two checks of the patient's profile.
const LOOKS_PER_REFRESH: u32 = 20;

/// Most steps of the wheel in one request.
const MOST_STEPS: u32 = 100;

/// A run in progress.
pub struct Running {
    driver: Driver,
    profile: Profile,
    /// Updates since the profile was checked.
    looks: u32,
    /// Settings of this run only.
    own: Vec<String>,
    stop: StopFlag,
    state: State,
    /// Channels that are bad.
    bad: BTreeSet<String>,
    end: Option<HostNanos>,
    remote: Option<Remote>,
}

/// The state of a driver, for other programs.
#[derive(Serialize)]
struct StatusReport<'a> {
    /// The patient whose settings are used.
    patient: Option<&'a str>,
    /// The state as one word.
    state: &'a str,
    /// The state as `status` prints it.
    message: String,
    /// Latency from sample to pointer in the last minute, milliseconds.
    latency_p50_ms: Option<f64>,
    latency_p99_ms: Option<f64>,
    /// Samples received, and samples lost or not processed.
    samples: u64,
    lost_samples: u64,
    /// Times that samples stopped arriving.
    losses: u64,
    clicks: u64,
    /// What the next click does.
    next_click: &'a str,
    bad_channels: &'a BTreeSet<String>,
}

/// A state as one word, for other programs.
fn word_of(state: State) -> &'static str {
    match state {
        State::Starting => "starting",
        State::Paused(_) => "paused",
        State::Idle => "idle",
        State::Active => "active",
        State::Hold(_) => "hold",
        State::SignalLost => "signal_lost",
    }
}

/// A kind of click as one word, for other programs.
fn word_of_kind(kind: ClickKind) -> &'static str {
    let known = ClickKind::ALL.iter().find(|(known, _)| *known == kind);
    known.map_or("none", |(_, word)| word)
}

/// How a bad channel is replaced, given the good ones.
pub(super) fn describe_replacement<'a>(
    label: &str,
    good: impl Iterator<Item = &'a str>,
) -> &'static str {
    if can_be_made(label, good) {
        "Its neighbours stand in for it"
    } else if montage::position(label).is_none() {
        "Its position on the head is not known, so it is left out until it is good again"
    } else {
        "Too few good electrodes with a known position are there to stand in for it, so it is left out until it is good again"
    }
}

/// A request that a running driver does not carry out.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Its queue is full.
    #[error("the driver is too busy: ask again")]
    Busy,
    /// Settings contradict each other.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The profile cannot be used or saved.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The driver does not know the request.
    #[error("'{}' is not known here: is it another version?", printable(.0))]
    Unknown(String),
    /// The status cannot be written as JSON.
    #[error("the status cannot be written: {0}")]
    Status(#[from] serde_json::Error),
}

/// The reply to a request: what was done, or why not.
pub type Reply = Result<String, RequestError>;

impl Running {
    /// A run with the patient's profile, and settings for this run only. Ends after the given number of seconds.
    #[must_use]
    pub fn new(
        driver: Driver,
        profile: Profile,
        own: Vec<String>,
        stop: StopFlag,
        seconds: Option<f64>,
    ) -> Self {
        let end_of = |secs: f64| HostNanos(clock::now().0.saturating_add((secs * 1e9) as i64));
        let remote = Remote::open(stop.clone())
            .inspect_err(|error| log::warn!("'bci-cursor pause' will not reach this run: {error}"))
            .ok();
        Self {
            driver,
            profile,
            looks: 0,
            own,
            stop,
            state: State::Starting,
            bad: BTreeSet::new(),
            end: seconds.map(end_of),
            remote,
        }
    }

    /// Reports new events, answers requests, and ends the run when its time is up.
    pub fn look(&mut self) {
        self.report_faults();
        let states: Vec<State> = self.driver.states().collect();
        for new in states {
            report_state(self.state, new);
            self.state = new;
        }
        if let Some(remote) = self.remote.take() {
            remote.reply(|request| self.execute(request).map_err(Refusal::because));
            self.remote = Some(remote);
        }
        self.take_in_profile();
        if self.end.is_some_and(|end| clock::now() >= end) {
            self.stop.stop();
        }
    }

    /// Once a second, applies settings that another process has written to the patient's profile.
    fn take_in_profile(&mut self) {
        self.looks = (self.looks + 1) % LOOKS_PER_REFRESH;
        if self.looks != 0 {
            return;
        }
        let before = self.profile.settings();
        match self.profile.refresh() {
            Ok(true) if self.profile.settings() != before => match self.apply_settings(&before) {
                Ok(later) => {
                    let changes = changes(&before, &self.profile.settings());
                    note!("settings {}", changes.join("\n"));
                    if let Some(later) = later {
                        note!("settings {later}");
                    }
                }
                Err(why) => log::warn!("the patient's new settings cannot be used: {why}"),
            },
            Ok(true) => note!("model    the next run will use another model"),
            Ok(false) => {}
            Err(error) => log::warn!("{error}"),
        }
    }

    /// Whether the run has ended.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.driver.finished()
    }

    /// Ends the run, with every button released.
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// The driver.
    #[must_use]
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// Bad channels that cannot be interpolated.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        let (all, bad) = (self.driver.channels(), &self.bad);
        self.bad_channels()
            .filter(move |label| !can_be_made(label, good(all, bad)))
    }

    /// Bad channels.
    pub fn bad_channels(&self) -> impl Iterator<Item = &str> {
        self.bad.iter().map(String::as_str)
    }

    /// The settings in use.
    ///
    /// # Errors
    /// [`SettingsError`] if the settings of this run contradict those of the profile.
    pub fn settings(&self) -> Result<Settings, SettingsError> {
        self.profile.settings().with(&self.own)
    }

    /// Applies the profile's current settings to the pointer. Returns a text about changes that take effect at the next
    /// start, if any.
    fn apply_settings(&self, before: &Settings) -> Result<Option<String>, RequestError> {
        let settings = self.settings()?;
        if self.profile.settings().control != before.control {
            self.send(Request::Settings(settings.control), "")?;
        }
        let changes = self.profile.settings().changes_since(before).into_iter();
        let later = changes.filter(|(setting, _)| setting.takes_effect == TakesEffect::AtStart);
        let mut later: Vec<&str> = later.map(|(setting, _)| setting.path).collect();
        // Tags are shown, and looks decoded, from the start of a run or not at all.
        if settings.control.assist.mode == AssistMode::Look && !self.driver.has_tags() {
            later.push("control.assist.mode=look");
        }
        Ok(match later.as_slice() {
            [] => None,
            [one] => Some(format!("{one} takes effect at the next start of a run")),
            several => Some(format!(
                "{} take effect at the next start of a run",
                joined(several, " and ")
            )),
        })
    }

    fn figures(&self) -> String {
        let latency = self.driver.shown().latency();
        let [samples, missing, unprocessed] = self.driver.samples();
        let (lost, [clicks, losses]) = (missing + unprocessed, self.driver.shown().counts());
        format!(
            "{}\nlatency of the last minute: {latency}\n\
             {lost} of {} samples lost, signal lost {}, {}",
            self.state,
            samples + lost,
            counted(losses, "time"),
            counted(clicks, "click"),
        )
    }

    fn report(&self) -> StatusReport<'_> {
        let latency = self.driver.shown().latency().known();
        let latency_p50_ms = latency.map(|latency| latency.p50_ms);
        let latency_p99_ms = latency.map(|latency| latency.p99_ms);
        let [samples, missing, unprocessed] = self.driver.samples();
        let [clicks, losses] = self.driver.shown().counts();
        StatusReport {
            patient: self.profile.patient(),
            state: word_of(self.state),
            message: self.state.to_string(),
            latency_p50_ms,
            latency_p99_ms,
            samples,
            lost_samples: missing + unprocessed,
            losses,
            clicks,
            next_click: word_of_kind(self.driver.shown().pointer().kind),
            bad_channels: &self.bad,
        }
    }

    /// Says where the patient's panel is, and which of its buttons can be pressed. Returns false if the driver is too busy.
    pub fn set_panel(&self, place: Option<Rect>, buttons: &[Target]) -> bool {
        self.driver.set_panel(place, buttons)
    }

    /// Executes a request to a running driver: `pause`, `rest`, `end rest`, `resume`, `stop`, `status`, `figures`, `json`, `settings`, `set
    /// PATH=VALUE ...`, `back`, `click KIND` (what the next click does), `scroll STEPS` (down; negative numbers: up).
    ///
    /// # Errors
    /// Why it was not done.
    pub fn execute(&mut self, request: &str) -> Reply {
        match request {
            "pause" => self.send(Request::Pause, "paused"),
            "end rest" => self.send(Request::EndRest, "resumes where nothing is wrong"),
            "rest" => self.send(Request::Rest, "rests until the patient resumes"),
            "resume" => self.send(Request::Resume, "resumes where nothing is wrong"),
            "stop" => {
                self.stop();
                Ok("stops, with every button released".to_owned())
            }
            "status" => Ok(self.state.to_string()),
            "figures" => Ok(self.figures()),
            "json" => Ok(serde_json::to_string(&self.report())?),
            about if about == "back" || about == "settings" || about.starts_with("set ") => {
                let before = self.profile.settings();
                let reply = about_settings(&mut self.profile, about);
                // Settings that cannot be stored take effect anyway.
                if self.profile.settings() != before
                    && let Some(later) = self.apply_settings(&before)?
                {
                    return Ok(format!("{}\n{later}", reply?));
                }
                Ok(reply?)
            }
            other => match about_pointer(other) {
                Some(request) => self.send(request, "done"),
                None => Err(RequestError::Unknown(other.to_owned())),
            },
        }
    }

    fn send(&self, request: Request, done: &str) -> Reply {
        let is_queued = self.driver.request(request);
        is_queued.then(|| done.to_owned()).ok_or(RequestError::Busy)
    }

    /// Reports channels that became bad or good.
    fn report_faults(&mut self) {
        let (driver, bad) = (&self.driver, &mut self.bad);
        let before = bad.len();
        for (label, fault) in driver.faults() {
            match fault {
                Some(fault) => {
                    bad.insert(label.to_owned());
                    let instead = describe_replacement(label, good(driver.channels(), bad));
                    note!("channel  {label} is {fault} {instead}");
                }
                None => {
                    bad.remove(label);
                    note!("channel  {label} is good again");
                }
            }
        }
        let are_too_many = |bad: usize| too_many_bad(bad, driver.channel_count());
        match (are_too_many(before), are_too_many(bad.len())) {
            (false, true) => {
                note!("channel  too many are bad: the pointer rests until enough are good");
                if bad.len() == driver.channel_count() {
                    note!(
                        "         all of them are: is the cap connected, and is the stream in the unit that it states? --unit says otherwise"
                    );
                }
            }
            (true, false) => note!("channel  enough are good: the pointer moves again"),
            _ => {}
        }
    }

    /// Waits until the run has ended, with all buttons released.
    ///
    /// # Errors
    /// [`RunError`] if a thread failed.
    pub fn join(self) -> Result<RunStats, RunError> {
        self.driver.join()
    }
}

/// A request about the pointer: `click KIND` or `scroll STEPS`.
fn about_pointer(request: &str) -> Option<Request> {
    let (what, value) = request.split_once(' ')?;
    match what {
        "click" => {
            let known = ClickKind::ALL.iter().find(|(_, word)| *word == value);
            known.map(|(kind, _)| Request::NextClick(*kind))
        }
        "scroll" => {
            let steps: i32 = value.parse().ok()?;
            let is_sensible = steps.unsigned_abs() <= MOST_STEPS;
            is_sensible.then_some(Request::Scroll(steps))
        }
        _ => None,
    }
}

/// The channels that are not bad.
fn good<'a>(all: &'a [String], bad: &'a BTreeSet<String>) -> impl Iterator<Item = &'a str> {
    all.iter()
        .filter(|label| !bad.contains(*label))
        .map(String::as_str)
}

/// A run that a thread updates, whether or not a window is drawn.
pub type Shared = Arc<Mutex<Running>>;

/// Locks the run, even if a thread panicked while it held the lock: the data are consistent after every update.
pub fn locked(running: &Shared) -> std::sync::MutexGuard<'_, Running> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Updates a run on a separate thread until it ends.
///
/// # Errors
/// If a thread cannot be started.
pub fn look_on(running: &Shared) -> std::io::Result<JoinHandle<()>> {
    let running = Arc::clone(running);
    let body = move || {
        loop {
            clock::wait_until(HostNanos(clock::now().0 + LOOK_NS));
            let mut running = locked(&running);
            running.look();
            if running.finished() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("look".into()).spawn(body)
}

/// Reports a new state, except for changes between motion and rest, which the user sees.
fn report_state(before: State, now: State) {
    let is_free = |state: State| matches!(state, State::Idle | State::Active);
    if is_free(before) && is_free(now) {
        log::debug!("state    {now}");
    } else if is_free(now) {
        note!("state    the pointer moves when an intent is detected");
    } else {
        note!("state    {now}");
    }
}
