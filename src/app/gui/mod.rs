//! Windows.

pub mod console;
pub mod look;
mod page;
mod plots;
mod settings;
mod sound;
mod spectra;
pub mod text;
pub mod wizard;

use crate::app::snapshot::{About, RunSnapshot};
use crate::system::clock;
use crate::time::HostNanos;
use console::Console;
use crossbeam_channel::{Receiver, TryRecvError};
use eframe::egui;
use look::Look;
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
        if self.wizard.wants_to_close() {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }
}

/// The console of a run: drawn from what it is told, until it is told no more.
struct ConsoleWindow<W> {
    console: Console,
    looks: Receiver<RunSnapshot>,
    wish: W,
}

/// Time between two pictures of the console: traces scroll smoothly enough, and the pointer has the processor.
const CONSOLE_FRAME: Duration = Duration::from_millis(50);

impl<W: FnMut(String)> eframe::App for ConsoleWindow<W> {
    // Also where it is minimised.
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        loop {
            match self.looks.try_recv() {
                Ok(seen) => self.console.take(seen, clock::now()),
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
        if let Some(wish) = self.console.frame(ui) {
            (self.wish)(wish);
        }
    }
}

/// Opens the console of a run, and waits until it is closed, or `looks` ends with the run. `wish` is given what is asked for.
///
/// # Errors
/// [`WindowError`] where there is no display, or it cannot be drawn on.
pub fn console(
    about: &About,
    looks: Receiver<RunSnapshot>,
    wish: impl FnMut(String) + 'static,
    text: &'static Text,
    look: Look,
) -> Result<(), WindowError> {
    let console = Console::new(about, text);
    open("bci-cursor: run", look, move || {
        Box::new(ConsoleWindow {
            console,
            looks,
            wish,
        })
    })
}

/// Opens the clinician's window, and waits until it is closed.
///
/// # Errors
/// [`WindowError`] where there is no display, or it cannot be drawn on.
pub fn calibrate(wizard: Wizard, look: Look) -> Result<(), WindowError> {
    let title = wizard.title();
    open(&title, look, move || {
        Box::new(Window {
            wizard,
            title: String::new(),
        })
    })
}

/// A window that fills its screen from the beginning on.
struct Maximised {
    app: Box<dyn eframe::App>,
    is_large: bool,
    pace: Pace,
}

/// How often pictures come, told once in a while.
#[derive(Default)]
struct Pace {
    began: HostNanos,
    last: HostNanos,
    pictures: u32,
    longest_ns: u64,
}

impl Pace {
    /// Told after so long, nanoseconds.
    const TOLD_NS: u64 = 5_000_000_000;

    fn picture(&mut self, now: HostNanos) {
        if self.last != HostNanos::default() {
            self.longest_ns = self.longest_ns.max(now.since(self.last));
            self.pictures += 1;
        }
        self.last = now;
        let secs = now.since(self.began) as f64 / 1e9;
        if now.since(self.began) > Self::TOLD_NS {
            let each_s = f64::from(self.pictures) / secs;
            let longest_ms = self.longest_ns as f64 / 1e6;
            if self.pictures > 0 {
                log::debug!(
                    "window   {each_s:.1} pictures a second, the longest {longest_ms:.1} ms"
                );
            }
            (self.began, self.pictures, self.longest_ns) = (now, 0, 0);
        }
    }
}

impl eframe::App for Maximised {
    fn logic(&mut self, context: &egui::Context, frame: &mut eframe::Frame) {
        self.app.logic(context, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        if !std::mem::replace(&mut self.is_large, true) {
            // Some window managers do not hear it before the window is there.
            ui.ctx()
                .send_viewport_cmd(egui::ViewportCommand::Maximized(true));
        }
        self.pace.picture(clock::now());
        self.app.ui(ui, frame);
    }
}

/// Lets every other thread go first: the window's threads are the nicest, and leave a processor free where there are several.
/// On Linux both are a thread's own, and those that it starts inherit them; threads that run already keep theirs.
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
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(title)
            .with_inner_size([1280.0, 720.0])
            .with_min_inner_size([800.0, 560.0]),

        // Nothing here has fine shades, and without a graphics card every pixel counts.
        dithering: false,
        ..eframe::NativeOptions::default()
    };
    let start = move |context: &eframe::CreationContext<'_>| {
        look.apply(&context.egui_ctx);
        let window = Maximised {
            app: make(),
            is_large: false,
            pace: Pace::default(),
        };
        Ok(Box::new(window) as Box<dyn eframe::App>)
    };
    eframe::run_native("bci-cursor", options, Box::new(start)).map_err(|error| WindowError {
        cause: error.to_string(),
    })
}
