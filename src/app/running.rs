//! A run in progress: reports what happens, answers questions, changes settings.

use crate::app::out::note;
use crate::conditioning::interpolation::can_be_made;
use crate::control::{Request, State};
use crate::montage;
use crate::patient::profile::{Profile, ProfileError};
use crate::preprocessing::too_many_bad;
use crate::printable::{counted, joined};
#[cfg(unix)]
use crate::runtime::remote::Remote;
use crate::runtime::{Driver, RunError, RunStats, StopFlag};
use crate::settings::{Setting, Settings, SettingsError, TakesEffect};
use crate::system::clock;
use crate::time::HostNanos;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// How often a run is looked at, nanoseconds.
const LOOK_NS: i64 = 50_000_000;
/// Looks from one at the patient's profile to the next.
const LOOKS_PER_REFRESH: u32 = 20;

/// A run in progress.
pub struct Running {
    driver: Driver,
    profile: Profile,
    /// Looks since the profile was looked at.
    looks: u32,
    /// Settings of this run only.
    own: Vec<String>,
    stop: StopFlag,
    state: State,
    /// Channels that are bad.
    bad: BTreeSet<String>,
    end: Option<HostNanos>,
    #[cfg(unix)]
    remote: Option<Remote>,
}

/// What a driver is doing, for programs.
#[derive(Serialize)]
struct StatusReport<'a> {
    /// Whose settings are in force.
    patient: Option<&'a str>,
    /// As `status` prints it, in one word.
    state: &'a str,
    /// The whole of it.
    message: String,
    /// Sample to pointer in the last minute, milliseconds.
    latency_p50_ms: Option<f64>,
    latency_p99_ms: Option<f64>,
    /// Samples that came, and those that did not or were not processed.
    samples: u64,
    lost_samples: u64,
    /// Times that samples stopped coming.
    losses: u64,
    clicks: u64,
    bad_channels: &'a BTreeSet<String>,
}

/// A state in one word, for programs.
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

/// What becomes of a bad channel, where these channels are good.
pub(super) fn what_stands_in<'a>(label: &str, good: impl Iterator<Item = &'a str>) -> &'static str {
    if can_be_made(label, good) {
        "Its neighbours stand in for it"
    } else if montage::position(label).is_none() {
        "Its position on the head is not known, so it is left out until it is good again"
    } else {
        "Too few good electrodes with a known position are there to stand in for it, so it is left out until it is good again"
    }
}

/// What is said to a wish: what was done, or why not.
pub type Reply = Result<String, String>;

impl Running {
    /// A driver with the patient's profile and settings for this run only; it ends by itself after the given number of seconds.
    #[must_use]
    pub fn new(
        driver: Driver,
        profile: Profile,
        own: Vec<String>,
        stop: StopFlag,
        seconds: Option<f64>,
    ) -> Self {
        let end_of = |secs: f64| HostNanos(clock::now().0.saturating_add((secs * 1e9) as i64));
        #[cfg(unix)]
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
            #[cfg(unix)]
            remote,
        }
    }

    /// Tells what has happened since the last look, answers who has asked, and ends where it is time to.
    pub fn look(&mut self) {
        self.report_faults();
        let states: Vec<State> = self.driver.states().collect();
        for new in states {
            report_state(self.state, new);
            self.state = new;
        }
        #[cfg(unix)]
        if let Some(remote) = self.remote.take() {
            remote.reply(|request| self.obey(request));
            self.remote = Some(remote);
        }
        self.take_in_profile();
        if self.end.is_some_and(|end| clock::now() >= end) {
            self.stop.stop();
        }
    }

    /// Takes over settings that another process has written to the patient's profile, once a second.
    fn take_in_profile(&mut self) {
        self.looks = (self.looks + 1) % LOOKS_PER_REFRESH;
        if self.looks != 0 {
            return;
        }
        let before = self.profile.settings();
        match self.profile.refresh() {
            Ok(true) if self.profile.settings() != before => match self.put_in_force(&before) {
                Ok(later) => {
                    note!("settings {}", changes(&before, &self.profile.settings()));
                    if let Some(later) = later {
                        note!("settings {later}");
                    }
                }
                Err(why) => log::warn!("the patient's new settings are not in force: {why}"),
            },
            Ok(true) => note!("model    another is in force for the next run"),
            Ok(false) => {}
            Err(error) => log::warn!("{error}"),
        }
    }

    /// Whether it has ended.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.driver.finished()
    }

    /// Ends it, with every button released.
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// What runs.
    #[must_use]
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// Channels that are bad and that others cannot stand in for.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        let (all, bad) = (self.driver.channels(), &self.bad);
        self.bad_channels()
            .filter(move |label| !can_be_made(label, good(all, bad)))
    }

    /// Channels that are bad.
    pub fn bad_channels(&self) -> impl Iterator<Item = &str> {
        self.bad.iter().map(String::as_str)
    }

    /// Settings in force.
    ///
    /// # Errors
    /// [`SettingsError`] where those of this run do not go with the profile's.
    pub fn settings(&self) -> Result<Settings, SettingsError> {
        self.profile.settings().with(&self.own)
    }

    /// Lets the pointer's thread take over what the profile holds now; what of it this run does not take over, if anything.
    fn put_in_force(&self, before: &Settings) -> Result<Option<String>, String> {
        let settings = self.settings().map_err(|error| error.to_string())?;
        if self.profile.settings().control != before.control {
            self.ask(Request::Settings(settings.control), "")?;
        }
        let changes = self.profile.settings().changes_since(before).into_iter();
        let later = changes.filter(|(setting, _)| setting.takes_effect == TakesEffect::AtStart);
        let later: Vec<&str> = later.map(|(setting, _)| setting.path).collect();
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
            bad_channels: &self.bad,
        }
    }

    /// Does what is asked of a running driver: `pause`, `resume`, `stop`, `status`, `figures`, `json`, `settings`, `set PATH=VALUE ...`,
    /// `back`.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub fn obey(&mut self, request: &str) -> Reply {
        match request {
            "pause" => self.ask(Request::Pause, "paused"),
            "resume" => self.ask(Request::Resume, "resumes where nothing is wrong"),
            "stop" => {
                self.stop();
                Ok("stops, with every button released".to_owned())
            }
            "status" => Ok(self.state.to_string()),
            "figures" => Ok(self.figures()),
            "json" => serde_json::to_string(&self.report()).map_err(|error| error.to_string()),
            about if about == "back" || about == "settings" || about.starts_with("set ") => {
                let before = self.profile.settings();
                let told =
                    about_settings(&mut self.profile, about).map_err(|error| error.to_string());
                // Where they cannot be kept, they are in force all the same.
                if self.profile.settings() != before
                    && let Some(later) = self.put_in_force(&before)?
                {
                    return told.map(|told| format!("{told}\n{later}"));
                }
                told
            }
            other => Err(format!(
                "'{other}' is not known here: is it another version?"
            )),
        }
    }

    fn ask(&self, request: Request, done: &str) -> Reply {
        let is_asked = self.driver.request(request);
        let busy = || "the driver is too busy: ask again".to_owned();
        is_asked.then(|| done.to_owned()).ok_or_else(busy)
    }

    /// Says which channels have gone bad or are good again.
    fn report_faults(&mut self) {
        let (driver, bad) = (&self.driver, &mut self.bad);
        let before = bad.len();
        for (label, fault) in driver.faults() {
            match fault {
                Some(fault) => {
                    bad.insert(label.to_owned());
                    let instead = what_stands_in(label, good(driver.channels(), bad));
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
                note!("channel  too many are bad: the pointer rests until they are mended");
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

    /// Waits for the end, with all buttons released.
    ///
    /// # Errors
    /// [`RunError`] where a thread could not go on.
    pub fn join(self) -> Result<RunStats, RunError> {
        self.driver.join()
    }
}

/// The channels that are not bad.
fn good<'a>(all: &'a [String], bad: &'a BTreeSet<String>) -> impl Iterator<Item = &'a str> {
    all.iter()
        .filter(|label| !bad.contains(*label))
        .map(String::as_str)
}

/// A run that is looked at by a thread of its own, whether or not a window is drawn.
pub type Shared = Arc<Mutex<Running>>;

/// The run, whatever became of who had it before: what it holds is whole after every look.
pub fn locked(running: &Shared) -> std::sync::MutexGuard<'_, Running> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks at a run until it has ended.
///
/// # Errors
/// Where a thread cannot be started.
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

/// Says what the driver has come into. That the pointer moves and rests is seen.
fn report_state(before: State, now: State) {
    let is_free = |state: State| matches!(state, State::Idle | State::Active);
    if is_free(before) && is_free(now) {
        log::debug!("state    {now}");
    } else if is_free(now) {
        note!("state    the pointer moves when something is meant");
    } else {
        note!("state    {now}");
    }
}

/// What a question about settings (`settings`, `set PATH=VALUE ...`, `back`) does to a profile.
///
/// # Errors
/// [`ProfileError`] where it cannot be done, or not be kept.
pub fn about_settings(profile: &mut Profile, request: &str) -> Result<String, ProfileError> {
    let before = if request == "back" {
        profile.back()?
    } else if let Some(settings) = request.strip_prefix("set ") {
        let settings: Vec<&str> = settings
            .split(' ')
            .filter(|text| !text.is_empty())
            .collect();
        profile.change(&settings)?
    } else {
        profile.refresh()?;
        let settings = profile.settings().list();
        let lines = settings.iter().map(|(setting, value)| {
            let assigned = format!("{} = {value}", setting.path);
            format!("{assigned:<40} {}", setting.describe())
        });
        return Ok(lines.collect::<Vec<_>>().join("\n"));
    };
    let changed = changes(&before, &profile.settings());
    Ok(if changed.is_empty() {
        "nothing changes".to_owned()
    } else {
        changed
    })
}

/// A line for each setting that has another value.
fn changes(before: &Settings, after: &Settings) -> String {
    let changes = after.changes_since(before).into_iter();
    let line = |(setting, [was, is]): (&Setting, [String; 2])| {
        format!("{} = {is} (was {was})", setting.path)
    };
    changes.map(line).collect::<Vec<_>>().join("\n")
}
