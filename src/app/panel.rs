//! The run's end of the patient's panel, which is a process of its own. If the panel is lost, it is started again; the run goes on without it.

use super::gui::panel::{PanelLine, PanelUpdate};
use super::gui::text::Message;
use super::out::note;
use super::running::{Running, Shared, locked};
use super::window_process::WindowProcess;
use crate::rect::Rect;
use crate::system::clock;
use crate::time::HostNanos;
use std::io;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

/// Time between two updates, nanoseconds.
const UPDATE_NS: i64 = 50_000_000;
/// How long the first panel may take until it is on the screen, nanoseconds.
const FIRST_NS: i64 = 5_000_000_000;
/// How often a panel that is lost is started again.
const RESTARTS: u32 = 5;

/// The panel of a run.
pub(super) struct Panel {
    args: Vec<String>,
    /// What is run when the patient calls.
    call: CallCommand,
    window: WindowProcess,
    restarts: u32,
    /// The update that was sent last, and where the panel is.
    sent: Option<PanelUpdate>,
    place: Option<(Rect, Vec<Rect>)>,
    /// The run does not know yet where it is.
    is_new: bool,
    refused: Option<Message>,
}

/// What happens when the patient calls.
#[derive(Debug, Clone, Default)]
pub(super) struct CallCommand {
    /// The arguments of this program that show a call; the wish follows.
    pub(super) shows: Vec<String>,
    /// A command of the clinic, for a shell.
    pub(super) also: Option<String>,
}

impl Panel {
    /// Shows the panel, before the run has started: on a Wayland compositor, what comes later lies above it, such as tags.
    ///
    /// # Errors
    /// The system's error, or that the panel did not appear.
    pub(super) fn start(
        args: Vec<String>,
        call: CallCommand,
        first: PanelUpdate,
    ) -> io::Result<Self> {
        let mut panel = Self {
            window: WindowProcess::start(&args)?,
            args,
            call,
            restarts: 0,
            sent: None,
            place: None,
            is_new: false,
            refused: None,
        };
        panel.window.send(&first)?;
        panel.sent = Some(first);
        let end = clock::now().0 + FIRST_NS;
        while panel.place.is_none() {
            if let Some(status) = panel.window.ended()? {
                return Err(io::Error::other(format!("it has ended ({status})")));
            }
            if clock::now().0 > end {
                return Err(io::Error::other("it did not appear"));
            }
            panel.read();
            clock::wait_until(HostNanos(clock::now().0 + UPDATE_NS / 5));
        }
        Ok(panel)
    }

    /// Takes in what the panel says. Returns requests.
    fn read(&mut self) -> Vec<String> {
        let mut requests = Vec::new();
        for line in self.window.answers() {
            match serde_json::from_str(&line) {
                Ok(PanelLine::Place { panel, buttons }) => {
                    self.place = Some((panel, buttons));
                    self.is_new = true;
                }
                Ok(PanelLine::Request(request)) => requests.push(request),
                Err(error) => log::warn!("a line of the panel was not understood: {error}"),
            }
        }
        requests
    }

    /// Keeps the panel up to date until the run ends, on a thread of its own.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub(super) fn follow(mut self, running: &Shared) -> io::Result<JoinHandle<()>> {
        let running = Shared::clone(running);
        let body = move || {
            loop {
                clock::wait_until(HostNanos(clock::now().0 + UPDATE_NS));
                match self.update(&running) {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err(why) => {
                        log::error!("the panel is gone, and the run goes on without it: {why}");
                        locked(&running).set_panel(None, &[]);
                        return;
                    }
                }
            }
        };
        std::thread::Builder::new().name("panel".into()).spawn(body)
    }

    /// Returns false once the run has ended.
    fn update(&mut self, running: &Shared) -> io::Result<bool> {
        let requests = self.read();
        let mut running = locked(running);
        if running.finished() {
            return Ok(false);
        }
        for request in requests {
            self.refused = self.carry_out(&mut running, &request);
        }
        if self.is_new
            && let Some((panel, buttons)) = &self.place
        {
            self.is_new = !running.set_panel(Some(*panel), buttons);
        }
        let update = PanelUpdate::of(&running, self.refused.clone());
        drop(running);
        if let Some(status) = self.window.ended()? {
            self.restart(&format!("it has ended ({status})"))?;
        }
        if self.sent.as_ref() != Some(&update) && self.window.send(&update)? {
            self.sent = Some(update);
        }
        Ok(true)
    }

    /// Does what the patient asks for. Returns why not.
    fn carry_out(&self, running: &mut Running, request: &str) -> Option<Message> {
        let Some(wish) = request.strip_prefix("call ") else {
            return running.execute(request).err().map(Message::from);
        };
        note!("call     {wish}");
        if let Err(error) = self.call.start(wish) {
            log::error!("the call cannot be shown: {error}");
            return Some(Message::said(|text| text.panel.not_called));
        }
        None
    }

    fn restart(&mut self, why: &str) -> io::Result<()> {
        if self.restarts == RESTARTS {
            return Err(io::Error::other(why.to_owned()));
        }
        self.restarts += 1;
        log::warn!("the panel is started again: {why}");
        self.window = WindowProcess::start(&self.args)?;
        self.sent = None;
        Ok(())
    }
}

impl CallCommand {
    /// Shows the call, and runs the command of the clinic. Waits for neither.
    fn start(&self, wish: &str) -> io::Result<()> {
        if let Some(command) = &self.also {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(command).env("BCI_CURSOR_CALL", wish);
            spawn(&mut shell)?;
        }
        let mut window = Command::new(std::env::current_exe()?);
        window.arg("call").arg(wish).args(&self.shows);
        spawn(&mut window)
    }
}

/// Starts a process that goes on by itself. A thread waits for its end, so that nothing of it is left.
fn spawn(command: &mut Command) -> io::Result<()> {
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let thread = std::thread::Builder::new().name("call".into());
    let wait = move || {
        if let Ok(status) = process.wait()
            && !status.success()
        {
            log::error!("a command of a call has failed ({status})");
        }
    };
    thread.spawn(wait).map(drop)
}
