//! Windows.

#[cfg(all(unix, not(target_os = "macos")))]
pub mod call;
pub mod console;
pub mod look;
mod notice;
mod page;
#[cfg(all(unix, not(target_os = "macos")))]
pub mod panel;
mod plots;
mod requests;
mod settings;
pub mod snapshot;
mod sound;
mod spectra;
pub mod text;
pub mod wizard;

use crate::runtime::StopFlag;
use crate::system::clock;
use crate::time::HostNanos;
use console::Console;
use crossbeam_channel::{Receiver, TryRecvError};
use eframe::egui;
use look::Look;
use snapshot::{About, RunSnapshot};
use std::time::Duration;
use text::Text;
use wizard::Wizard;

/// A window that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "no window can be opened ({cause}). Is there a display? Everything works on the command line, too: see 'bci-cursor --help'."
)]
pub struct WindowError {
    cause: String,
}

struct Window {
    wizard: Wizard,
    title: String,
    stop: StopFlag,
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        self.wizard.frame(ui, clock::now());
        // The name of the step, for screen readers.
        let title = self.wizard.title();
        if title != self.title {
            ui.ctx()
                .send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
        if self.wizard.wants_to_close() || self.stop.stopped() {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }
}

/// The console of a run: draws the snapshots that it receives, until no more come.
struct ConsoleWindow<W> {
    console: Console,
    snapshots: Receiver<RunSnapshot>,
    /// Carries out a request of the user.
    request: W,
}

/// Time between two frames of the console: traces scroll smoothly enough, and the processor is left to the pointer.
const CONSOLE_FRAME: Duration = Duration::from_millis(50);

impl<W: FnMut(String)> eframe::App for ConsoleWindow<W> {
    // Called also while the window is minimised.
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        loop {
            match self.snapshots.try_recv() {
                Ok(snapshot) => self.console.take(snapshot, clock::now()),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                    break;
                }
            }
        }
        ctx.request_repaint_after(CONSOLE_FRAME);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        if let Some(request) = self.console.frame(ui) {
            (self.request)(request);
        }
    }
}

/// Opens the console of a run, and waits until the user closes it, or `snapshots` ends with the run. `request` receives what the user
/// asks for.
///
/// # Errors
/// [`WindowError`] if there is no display, or if nothing can be drawn on it.
pub fn console(
    about: &About,
    snapshots: Receiver<RunSnapshot>,
    request: impl FnMut(String) + 'static,
    text: &'static Text,
    look: Look,
) -> Result<(), WindowError> {
    let console = Console::new(about, text);
    open("bci-cursor: run", look, move || {
        Box::new(ConsoleWindow {
            console,
            snapshots,
            request,
        })
    })
}

/// Opens the clinician's window, and waits until the user closes it, or `stop` is set.
///
/// # Errors
/// [`WindowError`] if there is no display, or if nothing can be drawn on it.
pub fn calibrate(wizard: Wizard, look: Look, stop: StopFlag) -> Result<(), WindowError> {
    let title = wizard.title();
    open(&title, look, move || {
        Box::new(Window {
            wizard,
            title: String::new(),
            stop,
        })
    })
}

/// A window that fills its screen from the start.
struct Maximised {
    app: Box<dyn eframe::App>,
    is_large: bool,
    pace: Pace,
}

/// Measures how often frames come, and logs it now and then.
#[derive(Default)]
struct Pace {
    began: HostNanos,
    last: HostNanos,
    frames: u32,
    longest_ns: u64,
}

impl Pace {
    /// Time between two log messages, nanoseconds.
    const LOGGED_NS: u64 = 5_000_000_000;

    fn frame(&mut self, now: HostNanos) {
        if self.last != HostNanos::default() {
            self.longest_ns = self.longest_ns.max(now.since(self.last));
            self.frames += 1;
        }
        self.last = now;
        let secs = now.since(self.began) as f64 / 1e9;
        if now.since(self.began) > Self::LOGGED_NS {
            let each_s = f64::from(self.frames) / secs;
            let longest_ms = self.longest_ns as f64 / 1e6;
            if self.frames > 0 {
                log::debug!(
                    "window   {each_s:.1} pictures a second, the longest {longest_ms:.1} ms"
                );
            }
            (self.began, self.frames, self.longest_ns) = (now, 0, 0);
        }
    }
}

impl eframe::App for Maximised {
    fn logic(&mut self, context: &egui::Context, frame: &mut eframe::Frame) {
        self.app.logic(context, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        if !std::mem::replace(&mut self.is_large, true) {
            // Some window managers ignore the request before the window exists.
            ui.ctx()
                .send_viewport_cmd(egui::ViewportCommand::Maximized(true));
        }
        self.pace.frame(clock::now());
        self.app.ui(ui, frame);
    }
}

/// Gives every other thread precedence: the window's threads have the lowest priority, and leave one processor free if there are
/// several. On Linux both belong to a thread, and threads that it starts inherit them; threads that already run keep theirs.
pub(super) fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 19).and_then(|()| leave_one()) {
        log::warn!("the window may slow the pointer down: {error}");
    }
}

#[cfg(target_os = "linux")]
fn leave_one() -> rustix::io::Result<()> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let mut processors = sched_getaffinity(None)?;
    let last = (0..CpuSet::MAX_CPU)
        .rev()
        .find(|number| processors.is_set(*number));
    if let Some(last) = last.filter(|_| processors.count() > 1) {
        processors.unset(last);
        sched_setaffinity(None, &processors)?;
    }
    Ok(())
}

fn open(
    title: &str,
    look: Look,
    make: impl FnOnce() -> Box<dyn eframe::App>,
) -> Result<(), WindowError> {
    let viewport = egui::ViewportBuilder::default()
        .with_title(title)
        .with_inner_size([1280.0, 720.0])
        .with_min_inner_size([800.0, 560.0]);
    open_as(viewport, look, move || {
        Box::new(Maximised {
            app: make(),
            is_large: false,
            pace: Pace::default(),
        })
    })
}

/// Opens a window on the whole screen, above all others.
#[cfg(all(unix, not(target_os = "macos")))]
fn open_full_screen(
    title: &str,
    look: Look,
    make: impl FnOnce() -> Box<dyn eframe::App>,
) -> Result<(), WindowError> {
    let viewport = egui::ViewportBuilder::default()
        .with_title(title)
        .with_fullscreen(true)
        .with_always_on_top();
    open_as(viewport, look, make)
}

fn open_as(
    viewport: egui::ViewportBuilder,
    look: Look,
    make: impl FnOnce() -> Box<dyn eframe::App>,
) -> Result<(), WindowError> {
    let options = eframe::NativeOptions {
        viewport,
        // The windows show no gradients, and without a graphics card dithering costs time.
        dithering: false,
        ..eframe::NativeOptions::default()
    };
    let start = move |context: &eframe::CreationContext<'_>| {
        look.apply(&context.egui_ctx);
        Ok(make())
    };
    eframe::run_native("bci-cursor", options, Box::new(start)).map_err(|error| WindowError {
        cause: error.to_string(),
    })
}
