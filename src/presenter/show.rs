//! The tags that are shown now.

use super::display::{self, Display, DisplayEvent, PlacedTag};
use super::frames::Frames;
#[cfg(feature = "lsl")]
use super::publish::Publisher;
use super::reports::Reports;
use super::{PresenterError, STALLED_NS, after, refresh};
use crate::settings::LookSettings;
use crate::stimulus::appearance::{Appearance, step};
use crate::stimulus::placement::Placement;
use crate::stimulus::protocol::{MOST_TAGS, Ready, Refusal, Report, SILENT_NS, Setup};
use crate::stimulus::safety::SafetyCheck;
use crate::stimulus::{CodeBook, Scene, ShownFrame};
use crate::system::clock;
use crate::time::HostNanos;
use std::os::fd::BorrowedFd;

/// Time between two looks at the monitors, nanoseconds.
const MONITORS_NS: i64 = 2_000_000_000;

/// A scene without tags.
#[derive(Debug, Clone, Copy)]
struct Cleared {
    scene: u32,
    /// The driver has asked for it, and did not ask for a scene that was refused.
    is_asked: bool,
}

pub(super) struct Show {
    display: Box<dyn Display>,
    frames: Frames,
    book: CodeBook,
    refresh_hz: f64,
    look: LookSettings,
    placement: Placement,
    /// Width and height of the tags that are drawn, pixels: many close together are smaller.
    side_px: i32,
    check: SafetyCheck,
    may_exceed: bool,
    scene: Scene,
    /// The scene that was hidden because the driver is silent.
    silenced: Option<Scene>,
    /// The scene to show when the display shows frames again.
    dark: Option<Scene>,
    /// Questions for the display's time so far, and whether the last one is not answered yet.
    questions: u32,
    asks: bool,
    /// The scene whose first frame without tags is still to come.
    cleared: Option<Cleared>,
    /// When the monitors were last looked at.
    monitors_at: HostNanos,
    /// When the display last showed something, or tags appeared.
    alive: HostNanos,
    #[cfg(feature = "lsl")]
    publisher: Option<Publisher>,
}

impl Show {
    pub(super) fn open(setup: Setup) -> Result<Self, PresenterError> {
        let mut display = display::open()?;
        let (refresh_hz, msc) = refresh::measure(&mut *display)?;
        let mut frames = Frames::default();
        frames.reach(msc);
        let (placement, check) = style(&mut *display, &setup.codes, &setup.look, refresh_hz)?;
        Ok(Self {
            check,
            #[cfg(feature = "lsl")]
            publisher: if setup.publishes {
                Some(Publisher::new(&setup.codes, refresh_hz)?)
            } else {
                None
            },
            look: setup.look,
            book: setup.codes,
            may_exceed: setup.may_exceed,
            scene: Scene::default(),
            silenced: None,
            dark: None,
            questions: 0,
            asks: false,
            cleared: None,
            alive: clock::now(),
            monitors_at: clock::now(),
            display,
            frames,
            refresh_hz,
            side_px: placement.side_px(),
            placement,
        })
    }

    /// What the driver wants to know first.
    pub(super) fn ready(&self) -> Ready {
        let main = self.placement.monitors().first();
        Ready {
            refresh_hz: self.refresh_hz,
            mm_per_px: main.map_or(0.0, |monitor| monitor.mm_per_px),
            is_size_assumed: main.is_none_or(|monitor| monitor.is_assumed),
            tag_px: self.placement.side_px(),
            main: main.map(|monitor| monitor.rect),
        }
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.display.fd()
    }

    /// Shows another scene from the next frame on. If it is refused, nothing is shown.
    pub(super) fn change(&mut self, scene: Scene, reports: &Reports) -> Result<(), PresenterError> {
        let number = scene.number;
        self.silenced = None;
        if let Some(dark) = &mut self.dark {
            *dark = scene;
            return Ok(());
        }
        let placement = match self.fitting(&scene) {
            Ok(placement) => placement,
            Err((reason, exceeds)) => {
                self.clear(number, false)?;
                return reports.send(Report::Refused(Refusal {
                    scene: number,
                    reason,
                    exceeds,
                }));
            }
        };
        if scene.tags.is_empty() {
            return self.clear(number, true);
        }
        self.resize(placement.side_px())?;
        let tags: Vec<PlacedTag> = scene
            .tags
            .iter()
            .map(|tag| PlacedTag {
                place: placement.tag(&tag.target),
                code: tag.code,
            })
            .collect();
        let was_empty = self.display.tag_count() == 0;
        self.cleared = None;
        self.display.arrange(&tags)?;
        self.scene = scene;
        #[cfg(feature = "lsl")]
        if let Some(publisher) = &mut self.publisher {
            publisher.scene(&self.scene);
        }
        if was_empty {
            self.alive = clock::now();
            // Without tags, frames were not followed.
            self.ask()?;
        }
        Ok(())
    }

    /// Changes what tags look like. Those of the scene disappear and come back.
    pub(super) fn restyle(
        &mut self,
        look: LookSettings,
        reports: &Reports,
    ) -> Result<(), PresenterError> {
        let scene = self.scene.clone();
        self.hide()?;
        (self.placement, self.check) =
            style(&mut *self.display, &self.book, &look, self.refresh_hz)?;
        (self.look, self.side_px) = (look, self.placement.side_px());
        if scene.tags.is_empty() {
            return Ok(());
        }
        self.change(scene, reports)
    }

    /// Draws the pictures of the tags in another size.
    fn resize(&mut self, side_px: i32) -> Result<(), PresenterError> {
        if std::mem::replace(&mut self.side_px, side_px) == side_px {
            return Ok(());
        }
        log::info!("tags are {side_px} pixels large now");
        self.hide()?;
        self.display
            .draw(&Appearance::new(&self.look), side_of(side_px))
    }

    /// Where the tags of a scene are shown, and how large. An error says why it is not shown, and whether it exceeds the thresholds.
    fn fitting(&self, scene: &Scene) -> Result<Placement, (String, bool)> {
        let found = scene.tags.len();
        if found > MOST_TAGS {
            let reason = format!("there are {found} tags, expected at most {MOST_TAGS}");
            return Err((reason, false));
        }
        let codes = self.book.codes.len();
        let is_unknown = |code: u16| usize::from(code) >= codes;
        if let Some(tag) = scene.tags.iter().find(|tag| is_unknown(tag.code)) {
            let reason = format!("a tag has code {}, but there are only {codes}", tag.code);
            return Err((reason, false));
        }
        if self.may_exceed {
            return Ok(self.placement.clone());
        }
        let fitting = self.check.fitting(&scene.tags, &self.placement);
        fitting.map_err(|excess| {
            let reason = format!(
                "it exceeds a threshold for photosensitive epilepsy: {excess}. Use fewer or smaller tags, less contrast, or more distance from the screen"
            );
            (reason, true)
        })
    }

    /// Hides all tags at once. If the driver has asked for it, a frame without tags reports when they were gone.
    fn clear(&mut self, number: u32, is_asked: bool) -> Result<(), PresenterError> {
        self.hide()?;
        self.scene = Scene {
            number,
            tags: Vec::new(),
        };
        #[cfg(feature = "lsl")]
        if let Some(publisher) = &mut self.publisher {
            publisher.scene(&self.scene);
        }
        self.cleared = Some(Cleared {
            scene: number,
            is_asked,
        });
        self.ask()
    }

    /// Hides all tags at once.
    pub(super) fn hide(&mut self) -> Result<(), PresenterError> {
        self.display.arrange(&[])?;
        self.frames.clear();
        Ok(())
    }

    /// Hides the tags of a driver that says nothing any more.
    pub(super) fn begin_silence(&mut self, reports: &Reports) -> Result<(), PresenterError> {
        if self.display.tag_count() == 0 {
            return Ok(());
        }
        let reason = format!(
            "the driver said nothing for {} ms, so its tags are hidden until it does",
            SILENT_NS / 1_000_000
        );
        self.silenced = Some(self.withdraw(reason, reports)?);
        Ok(())
    }

    /// Hides the tags of a display that shows no frames, such as one that is switched off, and asks it for its time. When it answers, they
    /// are shown again.
    fn begin_dark(&mut self, reports: &Reports) -> Result<(), PresenterError> {
        let why = self.display.why_stalled();
        if !matches!(why, PresenterError::NoFrames) {
            return Err(why);
        }
        let reason = format!("{why}. Tags are hidden until it shows one");
        self.dark = Some(self.withdraw(reason, reports)?);
        Ok(())
    }

    /// Hides all tags, and tells the driver why. Returns the scene.
    fn withdraw(&mut self, reason: String, reports: &Reports) -> Result<Scene, PresenterError> {
        let scene = self.scene.clone();
        self.clear(scene.number, false)?;
        reports.send(Report::Refused(Refusal {
            scene: scene.number,
            reason,
            exceeds: false,
        }))?;
        Ok(scene)
    }

    /// Shows the tags again that a silent driver had, unless it has asked for others.
    pub(super) fn end_silence(&mut self, reports: &Reports) -> Result<(), PresenterError> {
        match self.silenced.take() {
            Some(scene) => self.change(scene, reports),
            None => Ok(()),
        }
    }

    fn ask(&mut self) -> Result<(), PresenterError> {
        self.asks = true;
        self.questions = self.questions.wrapping_add(1);
        self.display.ask_time(self.questions, 0)?;
        self.display.flush()
    }

    /// Reads what the display has shown, and hands it the next frames.
    pub(super) fn advance(
        &mut self,
        now: HostNanos,
        reports: &Reports,
    ) -> Result<(), PresenterError> {
        while let Some(event) = self.display.event()? {
            // One that skips everything shows nothing.
            if !matches!(event, DisplayEvent::Picture(done) if done.is_skipped) {
                self.alive = now;
            }
            let shown = match event {
                DisplayEvent::Picture(done) => self.frames.complete(done),
                DisplayEvent::Time {
                    question,
                    msc,
                    ust_us,
                } if question == self.questions => self.time(msc, ust_us)?,
                DisplayEvent::Time { .. } => None,
            };
            if let Some(frame) = shown {
                self.report(frame, reports)?;
            }
        }
        if !self.asks
            && let Some(scene) = self.dark.take()
        {
            self.change(scene, reports)?;
        }
        if now >= after(self.monitors_at, MONITORS_NS) || self.is_stalled(now) {
            self.follow_monitors(now, reports)?;
        }
        if self.is_stalled(now) {
            self.begin_dark(reports)?;
        }
        if self.display.tag_count() == 0 || self.asks {
            return Ok(());
        }
        let reports = self.display.reports_of_a_frame();
        while self.display.takes_a_frame()
            && let Some(next) = self.frames.next(self.scene.number, reports)
        {
            let (book, refresh_hz) = (&self.book, self.refresh_hz);
            let brightness = |code| book.brightness(code, next.frame, refresh_hz);
            self.display
                .present(next, &|code| step(brightness(code).unwrap_or(0.0)))?;
        }
        self.display.flush()
    }

    /// Whether the display owes us frames with tags, and has shown nothing for too long.
    fn is_stalled(&self, now: HostNanos) -> bool {
        let is_owed = self.asks || self.frames.are_waiting();
        self.display.tag_count() > 0 && is_owed && now > after(self.alive, STALLED_NS)
    }

    /// Follows changes of the monitors. The server does not announce all of them, so it is asked.
    fn follow_monitors(&mut self, now: HostNanos, reports: &Reports) -> Result<(), PresenterError> {
        self.monitors_at = now;
        if self.display.monitors()? == self.placement.monitors() {
            return Ok(());
        }
        log::info!("the monitors have changed");
        self.restyle(self.look, reports)
    }

    /// The display told its time. If the tags were hidden, this is the frame without them.
    fn time(&mut self, msc: u64, ust_us: u64) -> Result<Option<ShownFrame>, PresenterError> {
        self.asks = false;
        self.frames.reach(msc);
        let Some(cleared) = self.cleared.take() else {
            return Ok(None);
        };
        let frame = ShownFrame {
            scene: cleared.scene,
            frame: self.frames.number(msc),
            shown: clock::of_monotonic_us(ust_us),
            missed: 0,
        };
        if cleared.is_asked {
            return Ok(Some(frame));
        }
        self.publish(&frame)?;
        Ok(None)
    }

    fn report(&mut self, frame: ShownFrame, reports: &Reports) -> Result<(), PresenterError> {
        self.publish(&frame)?;
        reports.send(Report::Frame(frame))
    }

    /// Tells other programs about a frame.
    #[cfg(feature = "lsl")]
    fn publish(&mut self, frame: &ShownFrame) -> Result<(), PresenterError> {
        match &mut self.publisher {
            Some(publisher) => publisher.frame(frame),
            None => Ok(()),
        }
    }

    #[cfg(not(feature = "lsl"))]
    fn publish(&mut self, _: &ShownFrame) -> Result<(), PresenterError> {
        Ok(())
    }
}

/// Draws tags as the settings ask, on the monitors that there are now.
fn style(
    display: &mut dyn Display,
    book: &CodeBook,
    look: &LookSettings,
    refresh_hz: f64,
) -> Result<(Placement, SafetyCheck), PresenterError> {
    let placement = Placement::new(look, display.monitors()?);
    let appearance = Appearance::new(look);
    display.draw(&appearance, side_of(placement.side_px()))?;
    let check = SafetyCheck::new(book, &appearance, refresh_hz, look.distance_mm);
    Ok((placement, check))
}

fn side_of(side_px: i32) -> u16 {
    u16::try_from(side_px).unwrap_or(u16::MAX)
}
