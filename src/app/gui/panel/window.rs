//! The window of the panel, in a process of its own: it reads what to show from the run, and writes what the patient asks for.

use super::accessible::Accessible;
use super::painter::{LETTERS_SIDE, Painter};
use super::{Panel, PanelFrame, PanelLine, PanelUpdate};
use crate::app::gui::look::Look;
use crate::app::gui::text::Text;
use crate::control::{Target, TargetKind};
use crate::dock::{self, Dock, DockError, DockEvent};
use crate::patient::words;
use crate::rect::{Edge, Rect};
use crate::system::clock;
use crate::system::lines::{Lines, Read};
use crate::time::HostNanos;
use crate::words::OwnWords;
use eframe::egui::epaint::ClippedShape;
use eframe::egui::{self, Context, Event, PointerButton, Pos2, RawInput, pos2, vec2};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::sync::Arc;

/// A frame is drawn at least this often, so that screen readers that come later are told; and windows in full screen are looked for.
const IDLE_NS: i64 = 1_000_000_000;

/// How the panel looks, and what it offers.
#[derive(Debug, Clone)]
pub struct PanelOptions {
    /// The edge of the screen.
    pub edge: Edge,
    /// Its language.
    pub text: &'static Text,
    /// Its colours, and the size of its text.
    pub look: Look,
    /// Names of the programs that the patient can start.
    pub programs: Vec<String>,
    /// The file with the words that the patient has written.
    pub words: Option<PathBuf>,
}

/// The panel cannot be shown any more.
#[derive(Debug, thiserror::Error)]
pub enum PanelError {
    /// There is no display, or it is lost.
    #[error(transparent)]
    Dock(#[from] DockError),
    /// A picture cannot be drawn.
    #[error("the panel cannot be drawn: {0}")]
    Drawing(#[from] dream_soft_render::Error),
    /// The run has sent something else.
    #[error("the panel cannot read the run's data: {0}")]
    Update(#[from] serde_json::Error),
    /// The run does not read or write.
    #[error("the panel's run cannot be reached: {0}")]
    Run(#[from] io::Error),
}

/// Shows the panel until the run at the other end of `input` ends.
///
/// # Errors
/// [`PanelError`] if it cannot be shown, or its display is lost.
pub fn panel(
    input: impl AsFd,
    mut output: impl Write,
    options: PanelOptions,
) -> Result<(), PanelError> {
    let (input, mut lines) = (input.as_fd(), Lines::default());
    let Some(first) = newest(input, &mut lines)? else {
        return Ok(());
    };
    let mut window = Window::open(options, first)?;
    loop {
        window.show(&mut output)?;
        if wait([input, window.dock.fd(), window.accessible.fd()])? {
            match newest(input, &mut lines)? {
                Some(update) => window.take(update),
                None => return Ok(()),
            }
        }
        window.react(&mut output)?;
    }
}

/// Waits for updates, and returns the newest. `None` if the run has closed its end.
fn newest(input: BorrowedFd<'_>, lines: &mut Lines) -> Result<Option<PanelUpdate>, PanelError> {
    let mut update = None;
    while update.is_none() {
        if lines.read(input)? == Read::End {
            return Ok(None);
        }
        while let Some(line) = lines.next() {
            update = Some(serde_json::from_str(&line)?);
        }
    }
    Ok(update)
}

/// Waits for the run (the first), the display or a screen reader. Returns whether the run has sent something.
fn wait(fds: [BorrowedFd<'_>; 3]) -> Result<bool, PanelError> {
    let most = Timespec {
        tv_sec: 0,
        tv_nsec: IDLE_NS - 1,
    };
    let mut all = fds.each_ref().map(|fd| PollFd::new(fd, PollFlags::IN));
    match poll(&mut all, Some(&most)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(!all[0].revents().is_empty()),
        Err(error) => Err(PanelError::Run(error.into())),
    }
}

struct Window {
    dock: Box<dyn Dock>,
    panel: Panel,
    context: Context,
    painter: Painter,
    accessible: Accessible,
    ground: egui::Color32,
    /// Pixels of a point.
    scale: f32,
    /// Where the pointer is on the window, points.
    pointer: Pos2,
    /// What was last told to the run.
    told: Option<PanelLine>,
    thickness: i32,
    looked_after: HostNanos,
    /// Where the patient's words are kept.
    words: Option<PathBuf>,
    /// What is seen, and where.
    shown: Option<(Rect, Vec<ClippedShape>)>,
}

impl Window {
    fn open(options: PanelOptions, first: PanelUpdate) -> Result<Self, PanelError> {
        let PanelOptions {
            edge,
            text,
            look,
            programs,
            words,
        } = options;
        // A file that cannot be read is not written to either.
        let (words, own_words) = match words.map(|path| (words::load(&path), path)) {
            Some((Ok(own), path)) => (Some(path), own),
            Some((Err(error), _)) => {
                log::warn!("{error}");
                (None, OwnWords::default())
            }
            None => (None, OwnWords::default()),
        };
        // Nothing moves by itself, so that a frame is drawn only when something has changed.
        let look = Look {
            is_still: true,
            ..look
        };
        let context = Context::default();
        look.apply(&context);
        Panel::install(&context);
        context.add_font_provider(Arc::new(
            egui_system_font_provider::SystemFontProvider::new(),
        ));
        context.options_mut(|options| {
            // A hand that trembles, and a button that is held for long, still press.
            options.input_options.max_click_dist = f32::INFINITY;
            options.input_options.max_click_duration = f64::INFINITY;
        });
        context.enable_accesskit();
        let scale = look.scale;
        let mut panel = Panel::new(text, edge.is_upright(), first.clone(), programs, own_words);
        let mut dock = dock::open(edge, thickness_px(&panel, scale))?;
        // Tags have a size for the height of the screen, which is known now.
        let screen_px = size_of(&dock.screen());
        panel.take(first, screen_px, scale);
        let thickness = thickness_px(&panel, scale);
        dock.set_thickness(thickness)?;
        Ok(Self {
            dock,
            panel,
            context,
            painter: Painter::default(),
            accessible: Accessible::new()?,
            ground: look.theme.palette().ground,
            scale,
            pointer: Pos2::ZERO,
            told: None,
            thickness,
            looked_after: HostNanos::default(),
            words,
            shown: None,
        })
    }

    fn take(&mut self, update: PanelUpdate) {
        let screen_px = size_of(&self.dock.screen());
        self.panel.take(update, screen_px, self.scale);
    }

    /// Takes in what has happened on the display, and lets the panel answer.
    fn react(&mut self, output: &mut impl Write) -> Result<(), PanelError> {
        while let Some(event) = self.dock.event()? {
            match event {
                DockEvent::Pointer(at) => {
                    let moved = self.moved_to(at);
                    self.pass(vec![moved], output)?;
                }
                DockEvent::Left => drop(self.pass(vec![Event::PointerGone], output)?),
                DockEvent::Button { is_down, at } => {
                    // egui must know what is under the pointer before it is pressed.
                    if let Some(at) = at {
                        let moved = self.moved_to(at);
                        self.pass(vec![moved], output)?;
                    }
                    let press = Event::PointerButton {
                        pos: self.pointer,
                        button: PointerButton::Primary,
                        pressed: is_down,
                        modifiers: egui::Modifiers::NONE,
                    };
                    self.pass(vec![press], output)?;
                }
                DockEvent::Exposed => self.shown = None,
                DockEvent::Closed => {
                    return Err(DockError("its screen is gone".to_owned()).into());
                }
            }
        }
        let asked: Vec<Event> = self.accessible.events().collect();
        if !asked.is_empty() {
            self.pass(asked, output)?;
        }
        let now = clock::now();
        if now.since(self.looked_after) > IDLE_NS as u64 {
            self.looked_after = now;
            self.dock.look_after()?;
        }
        Ok(())
    }

    fn moved_to(&mut self, at: [f64; 2]) -> Event {
        let [x, y] = at.map(|px| px as f32 / self.scale);
        self.pointer = pos2(x, y);
        Event::PointerMoved(self.pointer)
    }

    /// Draws the panel and shows it, if it looks different from before.
    fn show(&mut self, output: &mut impl Write) -> Result<(), PanelError> {
        // The first pass may find out sizes that the second one needs.
        self.pass(Vec::new(), output)?;
        let thickness = thickness_px(&self.panel, self.scale);
        if std::mem::replace(&mut self.thickness, thickness) != thickness {
            self.dock.set_thickness(thickness)?;
        }
        let drawn = self.pass(Vec::new(), output)?;
        let rect = self.dock.rect();
        let shown = (rect, drawn.shapes.clone());
        if self.shown.as_ref() == Some(&shown) {
            return Ok(());
        }
        let size = [rect.width, rect.height].map(|px| px.unsigned_abs() as usize);
        let pixels = self.painter.draw(&self.context, drawn, size, self.ground)?;
        self.dock.show(&pixels)?;
        self.shown = Some(shown);
        Ok(())
    }

    /// Lets the panel take in events. Tells the run what the patient asks for, and where buttons are if that has changed.
    fn pass(
        &mut self,
        events: Vec<Event>,
        output: &mut impl Write,
    ) -> Result<egui::FullOutput, PanelError> {
        let rect = self.dock.rect();
        let size = vec2(rect.width as f32, rect.height as f32) / self.scale;
        let input = RawInput {
            screen_rect: Some(egui::Rect::from_min_size(Pos2::ZERO, size)),
            max_texture_side: Some(LETTERS_SIDE),
            time: Some(clock::now().0 as f64 / 1e9),
            events,
            ..RawInput::default()
        };
        let mut frame = PanelFrame::default();
        let panel = &mut self.panel;
        let mut drawn = self.context.run_ui(input, |ui| {
            let next = panel.frame(ui);
            let request = frame.request.take().or(next.request);
            frame = PanelFrame {
                request,
                targets: next.targets,
            };
        });
        self.painter.take(&mut drawn.textures_delta)?;
        if let Some(tree) = drawn.platform_output.accesskit_update.take() {
            self.accessible.update(tree, &rect);
        }
        let buttons = frame.targets.iter();
        let place = PanelLine::Place {
            panel: rect,
            buttons: buttons
                .map(|(place, prior)| Target {
                    prior: *prior,
                    ..Target::new(on_desktop(place, &rect, self.scale), TargetKind::Panel)
                })
                .collect(),
        };
        if self.told.as_ref() != Some(&place) {
            tell(output, &place)?;
            self.told = Some(place);
        }
        if let Some(request) = frame.request {
            tell(output, &PanelLine::Request(request))?;
        }
        if let (Some(own), Some(path)) = (self.panel.take_learnt(), &self.words)
            && let Err(error) = words::save(path, own)
        {
            log::warn!("{error}");
        }
        Ok(drawn)
    }
}

/// Width and height, pixels.
fn size_of(screen: &Rect) -> [f32; 2] {
    [screen.width, screen.height].map(|px| px as f32)
}

/// How far the panel reaches from its edge, pixels.
fn thickness_px(panel: &Panel, scale: f32) -> i32 {
    (panel.thickness() * scale).ceil() as i32
}

/// A place of the panel, pixels of the desktop.
fn on_desktop(place: &egui::Rect, panel: &Rect, scale: f32) -> Rect {
    let px = |points: f32| (points * scale).round() as i32;
    Rect::new(
        panel.x + px(place.left()),
        panel.y + px(place.top()),
        px(place.width()).max(1),
        px(place.height()).max(1),
    )
}

fn tell(output: &mut impl Write, line: &PanelLine) -> Result<(), PanelError> {
    writeln!(output, "{}", serde_json::to_string(line)?)?;
    Ok(output.flush()?)
}
