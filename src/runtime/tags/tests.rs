use super::*;
use crate::looking::code_book;
use crate::rect::Rect;
use crate::runtime::stats::read;
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

    fn refresh_hz(&self) -> f64 {
        60.0
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
    shown: Receiver<ScreenReport>,
    counters: Arc<Counters>,
}

impl Bench {
    fn new() -> Self {
        let fake = Fake::default();
        let (shown_tx, shown) = bounded(8);
        let counters = Arc::new(Counters::default());
        Self {
            tags: Tags::new(
                Box::new(fake.clone()),
                shown_tx,
                code_book(),
                LookSettings::default(),
                counters.clone(),
            ),
            fake,
            shown,
            counters,
        }
    }

    fn frame(&mut self, scene: u32, at_ms: i64) {
        self.frame_after(scene, at_ms, 0);
    }

    /// A frame after some that were missed.
    fn frame_after(&mut self, scene: u32, at_ms: i64, missed: u32) {
        self.fake.0.lock().unwrap().1.push_back(ShownFrame {
            scene,
            frame: 0,
            shown: ms(at_ms),
            missed,
        });
        self.tags.look(ms(at_ms));
    }

    fn told(&self) -> Vec<(i64, u32, bool)> {
        let changes = self.shown.try_iter().filter_map(|report| match report {
            ScreenReport::Codes(change) => Some(change),
            ScreenReport::Frame(_) => None,
        });
        let is_on = |change: CodesShown| change.codes != CodeSet::NONE;
        changes
            .map(|change| (change.at.0 / 1_000_000, change.scene, is_on(change)))
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
fn frames_are_counted() {
    let mut bench = Bench::new();
    bench.tags.show(&scene(1, &[0]), ms(0)).unwrap();
    for (at_ms, missed) in [(20, 0), (37, 0), (87, 2)] {
        bench.frame_after(1, at_ms, missed);
    }
    let counters = &bench.counters;
    let counts = [&counters.frames_shown, &counters.frames_missed].map(read);
    assert_eq!(counts, [3, 2]);
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
    // Each scene is told with its end and a frame, until the queue of eight is full.
    assert_eq!(bench.told().len(), 5);
    bench.tags.look(ms(5));
    let told = bench.told();
    assert!(
        !told.is_empty() && told.iter().all(|(_, _, is_on)| !is_on),
        "{told:?}"
    );
    // Frames in between were lost, and the next one says so.
    for at in [20, 37] {
        bench.frame(9, at);
    }
    let follows = bench.shown.try_iter().filter_map(|report| match report {
        ScreenReport::Frame(frame) => Some(frame.follows),
        ScreenReport::Codes(_) => None,
    });
    assert_eq!(follows.collect::<Vec<_>>(), [false, true]);
}

#[test]
fn frames_tell_what_each_code_shows() {
    let mut bench = Bench::new();
    bench.tags.show(&scene(1, &[0, 3]), ms(0)).unwrap();
    bench.frame(1, 20);
    let frames = bench.shown.try_iter().filter_map(|report| match report {
        ScreenReport::Frame(frame) => Some(frame),
        ScreenReport::Codes(_) => None,
    });
    let frames: Vec<FrameShown> = frames.collect();
    let [frame] = frames[..] else {
        panic!("{frames:?}")
    };
    for (code, level) in frame.levels.into_iter().enumerate() {
        let bits = code_book().brightness(code as u16, 0, 60.0).unwrap();
        assert_eq!(frame.bright.has(code), bits == 1.0);
        let is_shown = [0, 3].contains(&code);
        assert_eq!(f64::from(level), if is_shown { bits } else { -1.0 });
    }
}
