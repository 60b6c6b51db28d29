//! A person whose EEG answers to what a simulated display shows, in the clinician's window.

use super::wizard_window::Window;
use bci_cursor::app::gui::wizard::{Step, TagScreen, WizardOptions};
use bci_cursor::block::{Block, Layout};
use bci_cursor::looking::code_book;
use bci_cursor::rect::Rect;
use bci_cursor::runtime::feed::{Feed, FeedError};
use bci_cursor::runtime::{TagDisplay, TagError};
use bci_cursor::settings::LookSettings;
use bci_cursor::stimulus::{CodeBook, Scene, ShownFrame};
use bci_cursor::time::{HostNanos, SampleIndex, StreamNanos};
use bci_cursor::units::Hertz;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

const RATE_HZ: f64 = 250.0;
/// One frame for each frame of the window.
const REFRESH_HZ: f64 = 62.5;

/// A display and a person who looks at it.
pub struct World {
    book: CodeBook,
    pub scene: Scene,
    is_new: bool,
    number: u64,
    frames: VecDeque<ShownFrame>,
    pub shows_nothing: bool,
    /// The light of a frame comes this much after its stamp.
    pub light_is_late_ns: i64,
    /// All fields, row by row, as they were first shown.
    fields: Vec<Rect>,
    /// The field that the person looks at, and its brightness.
    looked: Option<usize>,
    light: f64,
    /// Changes of this brightness: when, and by how much.
    edges: VecDeque<(i64, f64)>,
    strength: f64,
    /// Samples so far, and the noise.
    begun: Option<i64>,
    given: u64,
    state: u64,
    slow: [f64; 3],
}

impl World {
    /// The display shows the next frame.
    fn frame(&mut self, now: HostNanos) {
        self.number += 1;
        let is_on = !self.scene.tags.is_empty();
        if (is_on && !self.shows_nothing) || std::mem::take(&mut self.is_new) {
            self.frames.push_back(ShownFrame {
                scene: self.scene.number,
                frame: self.number,
                shown: now,
                missed: 0,
            });
        }
        let seen = self.looked.filter(|_| is_on && !self.shows_nothing);
        let seen = seen.and_then(|field| self.code_of(field));
        let light = seen.and_then(|code| self.book.brightness(code, self.number, REFRESH_HZ));
        let light = light.unwrap_or(0.0);
        if light != self.light {
            let at = now.0 + self.light_is_late_ns;
            self.edges.push_back((at, light - self.light));
            self.light = light;
        }
        self.edges.retain(|(at, _)| now.0 - at < 600_000_000);
    }

    /// The code that a field shows.
    fn code_of(&mut self, field: usize) -> Option<u16> {
        if self.fields.is_empty() {
            self.fields = self.scene.tags.iter().map(|tag| tag.target).collect();
            self.fields.sort_unstable_by_key(|rect| (rect.y, rect.x));
        }
        let rect = self.fields.get(field)?;
        let tag = self.scene.tags.iter().find(|tag| tag.target == *rect)?;
        Some(tag.code)
    }

    fn noise(&mut self) -> f64 {
        let mut next = || {
            let step = self.state.wrapping_mul(6_364_136_223_846_793_005);
            self.state = step.wrapping_add(1_442_695_040_888_963_407);
            (self.state >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..12).map(|_| next()).sum::<f64>() - 6.0
    }

    /// EEG at a time, µV: noise, and a wave 110 ms after each change.
    fn sample(&mut self, at: i64) -> [f64; 3] {
        let wave: f64 = self
            .edges
            .iter()
            .map(|(edge, size)| {
                let lag = ((at - edge) as f64 / 1e9 - 0.11) / 0.015;
                let size = if *size > 0.0 { *size } else { 0.5 * size };
                size * (-0.5 * lag * lag).exp()
            })
            .sum();
        let gains = [0.6, 1.0, 0.5];
        std::array::from_fn(|channel| {
            self.slow[channel] = 0.9 * self.slow[channel] + 3.0 * self.noise();
            self.slow[channel] + 8.0 * self.strength * gains[channel] * wave
        })
    }
}

#[derive(Clone)]
pub struct Shared(pub Arc<Mutex<World>>);

impl TagDisplay for Shared {
    fn refresh_hz(&self) -> f64 {
        REFRESH_HZ
    }

    fn show(&mut self, scene: &Scene) -> Result<(), TagError> {
        let mut world = self.0.lock().unwrap();
        (world.scene, world.is_new) = (scene.clone(), scene.tags.is_empty());
        Ok(())
    }

    fn restyle(&mut self, _: LookSettings) {}

    fn next_frame(&mut self) -> Option<ShownFrame> {
        self.0.lock().unwrap().frames.pop_front()
    }
}

/// The person's EEG.
struct Eyes(Shared, Layout);

impl Feed for Eyes {
    fn layout(&self) -> &Layout {
        &self.1
    }

    fn describe(&self) -> &'static str {
        "a person with eyes"
    }

    fn drain(&mut self, now: HostNanos, take: &mut dyn FnMut(&Block)) -> Result<(), FeedError> {
        let mut world = self.0.0.lock().unwrap();
        let begun = *world.begun.get_or_insert(now.0);
        let at = |index: u64| begun + (index as f64 / RATE_HZ * 1e9) as i64;
        while at(world.given + 3) <= now.0 {
            let mut block = Block::with_capacity(3, 4);
            block.first = SampleIndex(world.given);
            for _ in 0..4 {
                let time = at(world.given);
                let sample = world.sample(time);
                block.push_frame().unwrap().copy_from_slice(&sample);
                world.given += 1;
            }
            block.set_acquired(StreamNanos(at(world.given - 1)));
            block.received = now;
            take(&block);
        }
        Ok(())
    }

    fn imagine(&mut self, _: Option<&str>) {}
}

/// A window with such a person, who looks at the marked field.
pub struct Session {
    pub window: Window,
    pub world: Shared,
}

impl Session {
    pub fn new(patient: &str, language: usize, labels: [&str; 3], strength: f64) -> Self {
        Self::that(patient, language, labels, strength, |_| {})
    }

    /// `change` changes what the window begins with.
    pub fn that(
        patient: &str,
        language: usize,
        labels: [&str; 3],
        strength: f64,
        change: impl FnOnce(&mut WizardOptions),
    ) -> Self {
        let mut window = Window::with(patient, language, "seed=7", |options| {
            options.looks = true;
            change(options);
        });
        let world = Shared(Arc::new(Mutex::new(World {
            book: code_book(),
            scene: Scene::default(),
            is_new: false,
            number: 0,
            frames: VecDeque::new(),
            shows_nothing: false,
            light_is_late_ns: 0,
            fields: Vec::new(),
            looked: None,
            light: 0.0,
            edges: VecDeque::new(),
            strength,
            begun: None,
            given: 0,
            state: 7,
            slow: [0.0; 3],
        })));
        let layout = Layout {
            rate: Hertz::new(RATE_HZ).unwrap(),
            labels: labels.map(str::to_owned).to_vec(),
        };
        let wizard = &mut window.harness.state_mut().0;
        wizard.use_feed(Box::new(Eyes(world.clone(), layout)));
        let mut session = Self { window, world };
        session.screen();
        session
    }

    /// Another display, for another calibration.
    pub fn screen(&mut self) {
        self.window.harness.state_mut().0.use_screen(TagScreen {
            display: Box::new(self.world.clone()),
            refresh_hz: REFRESH_HZ,
            tag_px: 40,
        });
    }

    pub fn run(&mut self, secs: f64) {
        for _ in 0..(secs * REFRESH_HZ) as usize {
            let look_at = self.window.harness.state().0.text().looking.look_at;
            let marked = (0..12).find(|field| {
                let words = format!("{look_at} {}", field + 1);
                self.window.shows_exactly(&words)
            });
            {
                let mut world = self.world.0.lock().unwrap();
                world.looked = marked;
                let now = self.window.harness.state().1;
                world.frame(HostNanos(now.0 + 16_000_000));
            }
            self.window.frame(16);
        }
    }

    /// What tags show from now on.
    pub fn book(&mut self, book: CodeBook) {
        self.world.0.lock().unwrap().book = book;
    }

    /// From the check of the signal to the plan.
    pub fn go_to_plan(&mut self) {
        self.run(8.0);
        assert_eq!(self.window.step(), Step::Signal);
        let next = self.window.harness.state().0.text().next;
        self.window.click(next);
        assert_eq!(self.window.step(), Step::Training);
    }
}
