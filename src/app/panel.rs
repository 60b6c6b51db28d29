//! The run's end of the patient's panel, which is a process of its own. If the panel is lost, it is started again; the run goes on without it.

use super::gui::panel::{PanelLine, PanelRequest, PanelUpdate};
use super::gui::text::Message;
use super::out::note;
use super::programs::Program;
use super::running::{Shared, locked};
use super::typist::Typist;
use super::window_process::WindowProcess;
use crate::control::Target;
use crate::rect::Rect;
use crate::system::clock;
use crate::time::HostNanos;
use std::io;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

/// Time between two updates, nanoseconds.
const UPDATE_NS: i64 = 50_000_000;
/// How long a panel may take until it is on the screen, nanoseconds.
const APPEARS_NS: u64 = 15_000_000_000;
/// Time from the loss of a panel to the next attempt, nanoseconds; how many attempts there are; and how long a panel must have been there for
/// its loss to count as the first.
const RESTART_NS: u64 = 1_500_000_000;
const RESTARTS: u32 = 8;
const WHOLE_NS: u64 = 60_000_000_000;
/// How long the panel shows why something was refused, nanoseconds.
const REFUSED_NS: u64 = 10_000_000_000;

/// The panel of a run.
pub(super) struct Panel {
    args: Vec<String>,
    services: Services,
    window: WindowProcess,
    started: HostNanos,
    /// When the window was lost, until it is started again.
    lost: Option<HostNanos>,
    restarts: u32,
    /// The update that was sent last.
    sent: Option<PanelUpdate>,
    /// Where the panel is, and its buttons; none before it has appeared.
    place: Option<(Rect, Vec<Target>)>,
    /// The run knows that.
    is_told: bool,
    refused: Option<(Message, HostNanos)>,
}

/// What the run does for the patient apart from the pointer.
pub(super) struct Services {
    pub(super) calls: Calls,
    pub(super) typist: Typist,
    /// Programs that can be started.
    pub(super) programs: Vec<Program>,
    /// Those that were, and have not ended.
    started: Vec<Child>,
}

/// Calls of the patient.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// The arguments of this program that show a call, after the wish.
    shows: Vec<String>,
    /// A command of the clinic, for a shell.
    also: Option<String>,
    /// What runs: the wish that a window shows, or none for a command of the clinic.
    running: Vec<(Option<String>, Child)>,
}

impl Panel {
    /// Shows the panel, before the run has started: on a Wayland compositor, what comes later lies above it, such as tags.
    ///
    /// # Errors
    /// The system's error, or that the panel did not appear.
    pub(super) fn start(
        args: Vec<String>,
        services: Services,
        first: PanelUpdate,
    ) -> io::Result<Self> {
        let mut panel = Self {
            window: WindowProcess::start(&args)?,
            args,
            services,
            started: clock::now(),
            lost: None,
            restarts: 0,
            sent: None,
            place: None,
            is_told: true,
            refused: None,
        };
        panel.window.send(&first)?;
        panel.sent = Some(first);
        while panel.place.is_none() {
            if let Some(status) = panel.window.ended()? {
                return Err(io::Error::other(format!("it has ended ({status})")));
            }
            if clock::now().since(panel.started) > APPEARS_NS {
                return Err(io::Error::other("it did not appear"));
            }
            panel.read();
            clock::wait_until(HostNanos(clock::now().0 + UPDATE_NS / 5));
        }
        Ok(panel)
    }

    /// Takes in what the panel says. Returns requests.
    fn read(&mut self) -> Vec<PanelRequest> {
        let mut requests = Vec::new();
        for line in self.window.answers() {
            match serde_json::from_str(&line) {
                Ok(PanelLine::Place { panel, buttons }) => {
                    self.place = Some((panel, buttons));
                    self.is_told = false;
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
                        break;
                    }
                }
            }
            // The run must not take its place for the panel.
            loop {
                let running = locked(&running);
                if running.finished() || running.set_panel(None, &[]) {
                    return;
                }
                drop(running);
                clock::wait_until(HostNanos(clock::now().0 + UPDATE_NS));
            }
        };
        std::thread::Builder::new().name("panel".into()).spawn(body)
    }

    /// Returns false once the run has ended.
    fn update(&mut self, shared: &Shared) -> io::Result<bool> {
        let now = clock::now();
        let requests = self.read();
        self.watch(now)?;
        let running = locked(shared);
        if running.finished() {
            return Ok(false);
        }
        if !self.is_told {
            self.is_told = match &self.place {
                Some((panel, buttons)) => running.set_panel(Some(*panel), buttons),
                None => running.set_panel(None, &[]),
            };
        }
        drop(running);
        for request in requests {
            let refused = match request {
                PanelRequest::Control(request) => {
                    let answer = locked(shared).execute(&request);
                    answer.err().map(Message::from)
                }
                other => self.services.carry_out(&other),
            };
            self.refused = refused.map(|message| (message, now));
        }
        if self.services.calls.has_failed() {
            self.refused = Some((Message::said(|text| text.panel.not_called), now));
        }
        self.refused
            .take_if(|(_, since)| now.since(*since) > REFUSED_NS);
        let refused = self.refused.as_ref().map(|(message, _)| message.clone());
        let update = PanelUpdate::of(&locked(shared), refused);
        if self.lost.is_none()
            && self.sent.as_ref() != Some(&update)
            && self.window.send(&update)?
        {
            self.sent = Some(update);
        }
        Ok(true)
    }

    /// Notices a panel that is lost, and starts it again.
    ///
    /// # Errors
    /// Why it is given up.
    fn watch(&mut self, now: HostNanos) -> io::Result<()> {
        let Some(lost) = self.lost else {
            let why = match self.window.ended()? {
                Some(status) => format!("it has ended ({status})"),
                None if self.place.is_none() && now.since(self.started) > APPEARS_NS => {
                    self.window.close()?;
                    "it did not appear".to_owned()
                }
                None => return Ok(()),
            };
            if now.since(self.started) > WHOLE_NS {
                self.restarts = 0;
            }
            if self.restarts == RESTARTS {
                return Err(io::Error::other(why));
            }
            log::warn!("the panel is started again: {why}");
            // Nothing is pressed where it was.
            (self.lost, self.place, self.is_told) = (Some(now), None, false);
            return Ok(());
        };
        if now.since(lost) > RESTART_NS {
            self.window = WindowProcess::start(&self.args)?;
            (self.lost, self.sent, self.started) = (None, None, now);
            self.restarts += 1;
        }
        Ok(())
    }
}

impl Services {
    /// With these calls, a typist, and programs.
    pub(super) fn new(calls: Calls, typist: Typist, programs: Vec<Program>) -> Self {
        Self {
            calls,
            typist,
            programs,
            started: Vec::new(),
        }
    }

    /// Does what the patient asks for. Returns what to tell them if it cannot be done.
    fn carry_out(&mut self, request: &PanelRequest) -> Option<Message> {
        let (cause, told) = match request {
            PanelRequest::Call(wish) => {
                note!("call     {wish}");
                let begun = self.calls.begin(wish);
                let cause = begun.err().map(|error| {
                    format!("a call cannot be shown, or its command cannot be run: {error}")
                });
                (cause, Message::said(|text| text.panel.not_called))
            }
            PanelRequest::Keys(keys) => {
                let cause = self.typist.press(keys).err();
                let cause = cause.map(|error| error.to_string());
                (cause, Message::said(|text| text.panel.not_written))
            }
            PanelRequest::Speak(text) => {
                let cause = self.typist.speak(text).err();
                let cause = cause.map(|error| error.to_string());
                (cause, Message::said(|text| text.panel.not_spoken))
            }
            PanelRequest::Start(number) => {
                let cause = self.begin_program(*number).err();
                let cause = cause.map(|error| format!("a program cannot be started: {error}"));
                (cause, Message::said(|text| text.panel.not_started))
            }
            // The run itself does these.
            PanelRequest::Control(_) => return None,
        };
        let cause = cause?;
        log::error!("{cause}");
        Some(told)
    }

    fn begin_program(&mut self, number: usize) -> io::Result<()> {
        self.started
            .retain_mut(|program| matches!(program.try_wait(), Ok(None)));
        let program = self.programs.get(number);
        let program = program.ok_or(io::ErrorKind::NotFound)?;
        note!("start    {}", program.name);
        self.started.push(program.start()?);
        Ok(())
    }
}

impl Calls {
    /// Calls are shown with these options, and reported with this command.
    pub(super) fn new(shows: Vec<String>, also: Option<String>) -> Self {
        Self {
            shows,
            also,
            running: Vec::new(),
        }
    }

    /// Shows a call, and runs the command of the clinic. Waits for neither. A call that is on the screen already is not begun again.
    ///
    /// # Errors
    /// The system's error, if one of them cannot be started.
    fn begin(&mut self, wish: &str) -> io::Result<()> {
        let mut shown = self.running.iter();
        if shown.any(|(shown, _)| shown.as_deref() == Some(wish)) {
            return Ok(());
        }
        let command = self.also.as_ref().map(|command| {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(command).env("BCI_CURSOR_CALL", wish);
            spawn(shell)
        });
        let mut window = Command::new(std::env::current_exe()?);
        window.arg("call").arg(wish).args(&self.shows);
        let window = spawn(window)?;
        self.running.push((Some(wish.to_owned()), window));
        if let Some(command) = command {
            self.running.push((None, command?));
        }
        Ok(())
    }

    /// Whether something has ended with an error since the last look.
    fn has_failed(&mut self) -> bool {
        let mut has_failed = false;
        self.running.retain_mut(|(wish, process)| {
            match process.try_wait() {
                Ok(None) => return true,
                Ok(Some(status)) if status.success() => {}
                Ok(Some(status)) => {
                    let what = wish.as_deref().unwrap_or("the command of the clinic");
                    log::error!("a call has failed ({what}): {status}");
                    has_failed = true;
                }
                Err(error) => log::error!("what became of a call is not known: {error}"),
            }
            false
        });
        has_failed
    }
}

/// Starts a process that goes on when the run has ended.
fn spawn(mut command: Command) -> io::Result<Child> {
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()
}
