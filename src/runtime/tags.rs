//! The thread between the pointer and the presenter of tags. The pointer hands it scenes and never waits; decoding learns from it which
//! codes were really shown, and since when.

use super::StopFlag;
use super::acquire::note;
use super::record::SessionNote;
use super::screen::{CodesShown, FrameShown, ScreenReport};
use super::stats::{Counters, add};
use crate::command::MOST_CODES;
use crate::looking::CodeSet;
use crate::settings::LookSettings;
use crate::stimulus::{CodeBook, Scene, ShownFrame};
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Why tags cannot be shown.
pub type TagError = Box<dyn std::error::Error + Send + Sync>;

/// Shows tags. Neither function waits.
pub trait TagDisplay: Send {
    /// Shows another scene, soon.
    ///
    /// # Errors
    /// Why no tags can be shown any more.
    fn show(&mut self, scene: &Scene) -> Result<(), TagError>;

    /// Changes what tags look like from now on.
    fn restyle(&mut self, look: LookSettings);

    /// The next frame that was shown, if any.
    fn next_frame(&mut self) -> Option<ShownFrame>;

    /// Why the last scene is not shown, once after each refusal.
    fn refusal(&mut self) -> Option<String> {
        None
    }

    /// Frames a second.
    fn refresh_hz(&self) -> f64;
}

/// Starts showing tags.
pub type TagOpener = Box<dyn FnOnce() -> Result<Box<dyn TagDisplay>, TagError> + Send>;

/// Time between two looks at the frames, milliseconds.
const LOOK_MS: u64 = 10;
/// Without a frame for this long, nothing counts as shown, nanoseconds.
const STALL_NS: u64 = 200_000_000;
/// Scenes whose frames may still come.
const SCENES: usize = 8;
/// Brightness of a code that no tag shows.
const NOT_SHOWN: f32 = -1.0;
/// Most tags in a scene.
const MOST_TAGS: usize = crate::stimulus::protocol::MOST_TAGS;

/// The pointer's end: hands over scenes and gets their memory back.
pub(super) struct TagsLine {
    scenes: Sender<Box<Scene>>,
    back: Receiver<Box<Scene>>,
}

impl TagsLine {
    /// Hands over a scene, which `fill` writes. Returns false if the thread has not given any memory back yet: try again at the next tick.
    pub(super) fn hand_over(&self, fill: impl FnOnce(&mut Scene)) -> bool {
        let Ok(mut scene) = self.back.try_recv() else {
            return false;
        };
        scene.tags.clear();
        fill(&mut scene);
        // The channel has room for every scene.
        self.scenes.try_send(scene).is_ok()
    }
}

/// The thread's other channels.
pub(super) struct TagLines {
    /// To decoding.
    pub(super) shown: Sender<ScreenReport>,
    /// What tags can show.
    pub(super) book: CodeBook,
    /// If the session is recorded.
    pub(super) notes: Option<Sender<SessionNote>>,
    /// What tags look like from now on.
    pub(super) looks: Receiver<LookSettings>,
    pub(super) counters: Arc<Counters>,
}

/// Starts the thread, which ends with the flag or when the display of tags fails.
///
/// # Errors
/// If the thread cannot be started.
pub(super) fn watch(
    display: Box<dyn TagDisplay>,
    lines: TagLines,
    look: LookSettings,
    stop: StopFlag,
) -> std::io::Result<TagsLine> {
    let TagLines {
        shown,
        book,
        notes,
        looks,
        counters,
    } = lines;
    let (scenes, scenes_rx) = bounded::<Box<Scene>>(2);
    let (back_tx, back) = bounded(2);
    for _ in 0..2 {
        // The channel has room for exactly these.
        let _ = back_tx.send(Box::new(Scene {
            number: 0,
            tags: Vec::with_capacity(MOST_TAGS),
        }));
    }
    let mut tags = Tags::new(display, shown, book, look, counters);
    let body = move || {
        while !stop.stopped() {
            let result = match scenes_rx.recv_timeout(Duration::from_millis(LOOK_MS)) {
                Ok(scene) => {
                    let result = tags.show(&scene, clock::now());
                    note(notes.as_ref(), SessionNote::Scene(scene.clone()));
                    // The channel has room for every scene.
                    let _ = back_tx.try_send(scene);
                    result
                }
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            tags.look(clock::now());
            for look in looks.try_iter() {
                tags.restyle(look, clock::now());
            }
            if let Err(why) = result {
                log::error!("no tags are shown any more: {why}");
                break;
            }
        }
        tags.nothing_is_shown(clock::now());
    };
    let thread = std::thread::Builder::new().name("tags".into());
    thread.spawn(body)?;
    Ok(TagsLine { scenes, back })
}

/// Follows what the display shows. Time is an argument.
pub(crate) struct Tags {
    display: Box<dyn TagDisplay>,
    look: LookSettings,
    shown: Sender<ScreenReport>,
    book: CodeBook,
    /// Numbers and codes of the last scenes.
    scenes: VecDeque<(u32, CodeSet)>,
    /// The last change that decoding was told, and the last frame's time.
    told: Option<CodesShown>,
    last_frame: HostNanos,
    /// Decoding did not take the last change in time: it must be told again.
    is_behind: bool,
    /// It did not take the last frame.
    has_lost_frame: bool,
    counters: Arc<Counters>,
}

impl Tags {
    pub(crate) fn new(
        display: Box<dyn TagDisplay>,
        shown: Sender<ScreenReport>,
        book: CodeBook,
        look: LookSettings,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            display,
            look,
            shown,
            book,
            scenes: VecDeque::with_capacity(SCENES),
            told: None,
            last_frame: HostNanos::default(),
            is_behind: false,
            has_lost_frame: false,
            counters,
        }
    }

    /// Shows a scene from now on.
    pub(crate) fn show(&mut self, scene: &Scene, now: HostNanos) -> Result<(), TagError> {
        let codes = scene.tags.iter().fold(CodeSet::NONE, |codes, tag| {
            codes.with(usize::from(tag.code))
        });
        if self.scenes.len() == SCENES {
            self.scenes.pop_front();
        }
        self.scenes.push_back((scene.number, codes));
        // What changes cannot be looked at any more, even before the display has changed it.
        self.nothing_is_shown(now);
        self.display.show(scene)
    }

    /// The tags disappear and come back, which costs evidence.
    fn restyle(&mut self, look: LookSettings, now: HostNanos) {
        if look != self.look {
            self.look = look;
            self.nothing_is_shown(now);
            self.display.restyle(look);
        }
    }

    /// Number of codes.
    pub(crate) fn codes(&self) -> usize {
        self.book.codes.len()
    }

    /// Why the last scene is not shown, once after each refusal.
    pub(crate) fn refusal(&mut self) -> Option<String> {
        self.display.refusal()
    }

    /// Takes the frames that were shown.
    pub(crate) fn look(&mut self, now: HostNanos) {
        while let Some(frame) = self.display.next_frame() {
            self.last_frame = frame.shown;
            self.count(&frame);
            let known = self
                .scenes
                .iter()
                .find(|(number, _)| *number == frame.scene);
            let is_newest = self
                .scenes
                .back()
                .is_some_and(|(number, _)| *number == frame.scene);
            let shown = known.map_or(CodeSet::NONE, |(_, codes)| *codes);
            let Some((_, codes)) = known.filter(|_| is_newest) else {
                self.tell_frame(&frame, shown);
                continue;
            };
            let change = CodesShown {
                at: frame.shown,
                scene: frame.scene,
                codes: *codes,
            };
            if self
                .told
                .is_none_or(|told| (told.scene, told.codes) != (change.scene, change.codes))
            {
                self.tell(change);
            }
            self.tell_frame(&frame, shown);
        }
        let is_on = self.told.is_some_and(|told| told.codes != CodeSet::NONE);
        if is_on && now.since(self.last_frame) > STALL_NS {
            log::warn!("the display shows no frames of tags; looks do not count until it does");
            self.nothing_is_shown(now);
        } else if let Some(told) = self.told.filter(|_| self.is_behind) {
            self.tell(CodesShown { at: now, ..told });
        }
    }

    fn count(&self, frame: &ShownFrame) {
        add(&self.counters.frames_shown, 1);
        add(&self.counters.frames_missed, frame.missed.into());
    }

    fn nothing_is_shown(&mut self, now: HostNanos) {
        if let Some(told) = self.told.filter(|told| told.codes != CodeSet::NONE) {
            self.tell(CodesShown {
                at: now,
                scene: told.scene,
                codes: CodeSet::NONE,
            });
        }
    }

    fn tell(&mut self, change: CodesShown) {
        self.told = Some(change);
        let sent = self.shown.try_send(ScreenReport::Codes(change));
        self.is_behind = sent.is_err();
    }

    /// Tells decoding about a frame, in which tags show these codes.
    fn tell_frame(&mut self, frame: &ShownFrame, codes: CodeSet) {
        let refresh_hz = self.display.refresh_hz();
        let (mut bright, mut levels) = (CodeSet::NONE, [NOT_SHOWN; MOST_CODES]);
        let all = self.book.codes.iter().zip(&mut levels).enumerate();
        for (code, (brightness, level)) in all {
            let brightness = brightness.brightness(frame.frame, refresh_hz);
            if brightness >= 0.5 {
                bright = bright.with(code);
            }
            if codes.has(code) {
                *level = brightness as f32;
            }
        }
        let report = ScreenReport::Frame(FrameShown {
            at: frame.shown,
            bright,
            levels,
            follows: !self.has_lost_frame,
        });
        let was_lost = self.has_lost_frame;
        self.has_lost_frame = self.shown.try_send(report).is_err();
        if self.has_lost_frame && !was_lost {
            log::warn!(
                "decoding is too slow to learn about frames of the display; looks do not count until it does"
            );
        }
    }
}

#[cfg(test)]
mod tests;
