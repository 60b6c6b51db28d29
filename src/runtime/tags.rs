//! The thread between the pointer and the presenter of tags. The pointer hands it scenes and never waits; decoding learns from it which
//! codes were really shown, and since when.

use super::StopFlag;
use super::acquire::note;
use super::process::CodesShown;
use super::record::SessionNote;
use crate::looking::CodeSet;
use crate::settings::LookSettings;
use crate::stimulus::{Scene, ShownFrame};
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::collections::VecDeque;
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
}

/// Starts showing tags.
pub type TagOpener = Box<dyn FnOnce() -> Result<Box<dyn TagDisplay>, TagError> + Send>;

/// Time between two looks at the frames, milliseconds.
const LOOK_MS: u64 = 10;
/// Without a frame for this long, nothing counts as shown, nanoseconds.
const STALL_NS: u64 = 200_000_000;
/// Scenes whose frames may still come.
const SCENES: usize = 8;
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
    pub(super) shown: Sender<CodesShown>,
    /// If the session is recorded.
    pub(super) notes: Option<Sender<SessionNote>>,
    /// What tags look like from now on.
    pub(super) looks: Receiver<LookSettings>,
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
        notes,
        looks,
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
    let mut tags = Tags::new(display, shown, look);
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
struct Tags {
    display: Box<dyn TagDisplay>,
    look: LookSettings,
    shown: Sender<CodesShown>,
    /// Numbers and codes of the last scenes.
    scenes: VecDeque<(u32, CodeSet)>,
    /// The last change that decoding was told, and the last frame's time.
    told: Option<CodesShown>,
    last_frame: HostNanos,
    /// Decoding did not take the last change in time: it must be told again.
    is_behind: bool,
}

impl Tags {
    fn new(display: Box<dyn TagDisplay>, shown: Sender<CodesShown>, look: LookSettings) -> Self {
        Self {
            display,
            look,
            shown,
            scenes: VecDeque::with_capacity(SCENES),
            told: None,
            last_frame: HostNanos::default(),
            is_behind: false,
        }
    }

    fn show(&mut self, scene: &Scene, now: HostNanos) -> Result<(), TagError> {
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

    /// Takes the frames that were shown.
    fn look(&mut self, now: HostNanos) {
        while let Some(frame) = self.display.next_frame() {
            self.last_frame = frame.shown;
            let known = self
                .scenes
                .iter()
                .find(|(number, _)| *number == frame.scene);
            let is_newest = self
                .scenes
                .back()
                .is_some_and(|(number, _)| *number == frame.scene);
            let Some((_, codes)) = known.filter(|_| is_newest) else {
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
        }
        let is_on = self.told.is_some_and(|told| told.codes != CodeSet::NONE);
        if is_on && now.since(self.last_frame) > STALL_NS {
            log::warn!("the display shows no frames of tags; looks do not count until it does");
            self.nothing_is_shown(now);
        } else if let Some(told) = self.told.filter(|_| self.is_behind) {
            self.tell(CodesShown { at: now, ..told });
        }
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
        self.is_behind = self.shown.try_send(change).is_err();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rect::Rect;
    use crate::stimulus::SceneTag;
    use std::sync::{Arc, Mutex};

    /// A display whose frames the test makes.
    #[derive(Clone, Default)]
    struct Fake(Arc<Mutex<(Vec<u32>, VecDeque<ShownFrame>)>>);

    impl TagDisplay for Fake {
        fn show(&mut self, scene: &Scene) -> Result<(), TagError> {
            self.0.lock().unwrap().0.push(scene.number);
            Ok(())
        }

        fn restyle(&mut self, _: LookSettings) {
            self.0.lock().unwrap().0.push(u32::MAX);
        }

        fn next_frame(&mut self) -> Option<ShownFrame> {
            self.0.lock().unwrap().1.pop_front()
        }
    }

    fn scene(number: u32, codes: &[u16]) -> Scene {
        let tag = |code: &u16| SceneTag {
            target: Rect {
                x: 0,
                y: 0,
                width: 10,
                height: 10,
            },
            code: *code,
        };
        Scene {
            number,
            tags: codes.iter().map(tag).collect(),
        }
    }

    fn ms(ms: i64) -> HostNanos {
        HostNanos(ms * 1_000_000)
    }

    struct Bench {
        tags: Tags,
        fake: Fake,
        shown: Receiver<CodesShown>,
    }

    impl Bench {
        fn new() -> Self {
            let fake = Fake::default();
            let (shown_tx, shown) = bounded(4);
            Self {
                tags: Tags::new(Box::new(fake.clone()), shown_tx, LookSettings::default()),
                fake,
                shown,
            }
        }

        fn frame(&mut self, scene: u32, at_ms: i64) {
            self.fake.0.lock().unwrap().1.push_back(ShownFrame {
                scene,
                frame: 0,
                shown: ms(at_ms),
                missed: 0,
            });
            self.tags.look(ms(at_ms));
        }

        fn told(&self) -> Vec<(i64, u32, bool)> {
            self.shown
                .try_iter()
                .map(|change| {
                    (
                        change.at.0 / 1_000_000,
                        change.scene,
                        change.codes != CodeSet::NONE,
                    )
                })
                .collect()
        }
    }

    #[test]
    fn codes_count_from_their_first_frame_to_the_next_scene() {
        let mut bench = Bench::new();
        bench.tags.show(&scene(1, &[0, 2]), ms(0)).unwrap();
        assert_eq!(bench.told(), []);
        for at in [20, 37, 53] {
            bench.frame(1, at);
        }
        assert_eq!(bench.told(), [(20, 1, true)]);
        bench.tags.show(&scene(2, &[1]), ms(60)).unwrap();
        assert_eq!(bench.told(), [(60, 1, false)]);
        // The old scene's last frame comes late.
        bench.frame(1, 70);
        assert_eq!(bench.told(), []);
        bench.frame(2, 87);
        assert_eq!(bench.told(), [(87, 2, true)]);
        assert_eq!(bench.fake.0.lock().unwrap().0, [1, 2]);
    }

    #[test]
    fn another_look_costs_evidence() {
        let mut bench = Bench::new();
        bench.tags.show(&scene(1, &[0]), ms(0)).unwrap();
        bench.frame(1, 20);
        bench.tags.restyle(LookSettings::default(), ms(30));
        let other = LookSettings {
            size_px: 99,
            ..LookSettings::default()
        };
        bench.tags.restyle(other, ms(40));
        bench.frame(1, 60);
        assert_eq!(bench.told(), [(20, 1, true), (40, 1, false), (60, 1, true)]);
        assert_eq!(bench.fake.0.lock().unwrap().0, [1, u32::MAX]);
    }

    #[test]
    fn a_display_that_stalls_shows_nothing() {
        let mut bench = Bench::new();
        bench.tags.show(&scene(1, &[0]), ms(0)).unwrap();
        bench.frame(1, 20);
        bench.tags.look(ms(219));
        assert_eq!(bench.told(), [(20, 1, true)]);
        bench.tags.look(ms(221));
        assert_eq!(bench.told(), [(221, 1, false)]);
        bench.frame(1, 500);
        assert_eq!(bench.told(), [(500, 1, true)]);
    }

    #[test]
    fn a_change_that_could_not_be_told_is_told_later() {
        let mut bench = Bench::new();
        for number in 0..4 {
            bench.tags.show(&scene(number, &[0]), ms(0)).unwrap();
            bench.frame(number, 1);
        }
        bench.tags.show(&scene(9, &[0]), ms(2)).unwrap();
        assert_eq!(bench.told().len(), 4);
        bench.tags.look(ms(5));
        let told = bench.told();
        assert!(
            !told.is_empty() && told.iter().all(|(_, _, is_on)| !is_on),
            "{told:?}"
        );
    }
}
