//! A simulated patient who eyes_stop at the screen: what is shown decides which of their recorded EEG is published.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`

use bci_cursor::block::{Block, Layout};
use bci_cursor::evaluate::closed_loop::{Bank, ClassMeaning, IMAGERY, Playing, User, View};
use bci_cursor::fit::classes::ClassMarker;
use bci_cursor::runtime::StopFlag;
use bci_cursor::runtime::publish::{PublishSettings, publish};
use bci_cursor::source::channels::ReadAs;
use bci_cursor::source::lsl::OutletAbout;
use bci_cursor::source::{Source, SourceError, SourceEvent};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt, MapState};
use x11rb::rust_connection::RustConnection;

/// How often they look at the screen.
const LOOK: Duration = Duration::from_millis(40);

/// What they want.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// To rest.
    Rest,
    /// To reach this rectangle: left, top, width and height.
    Reach([i32; 4]),
    /// To imagine a class, whatever is on the screen.
    Imagine(usize),
}

/// What they imagine, and since when.
struct Imagining {
    goal: Goal,
    imagined: Option<usize>,
    secs: f64,
}

pub struct ScreenPatient {
    imagining: Arc<Mutex<Imagining>>,
    stop: StopFlag,
    threads: Vec<JoinHandle<()>>,
}

impl ScreenPatient {
    /// Starts a patient. Their EEG comes from a recording with two classes (`CLASS=MARKER,CLASS=MARKER`) and is
    /// published as the LSL stream "patient".
    pub fn start(recording: &str, classes: &str, display: &str) -> Self {
        let imagining = Arc::new(Mutex::new(Imagining {
            goal: Goal::Rest,
            imagined: None,
            secs: 0.0,
        }));
        let stop = StopFlag::default();
        // EEG must continue while the screen responds slowly, so each has a thread.
        let eyes = Eyes::open(display, imagining.clone());
        let brain = Brain {
            recording: recording.to_owned(),
            classes: classes_of(classes),
            imagining: imagining.clone(),
        };
        let (eyes_stop, brain_stop) = (stop.clone(), stop.clone());
        let threads = vec![
            std::thread::spawn(move || eyes.look_until(&eyes_stop)),
            std::thread::spawn(move || brain.publish_until(&brain_stop)),
        ];
        Self {
            imagining,
            stop,
            threads,
        }
    }

    pub fn wants(&self, goal: Goal) {
        self.imagining.lock().unwrap().goal = goal;
    }
}

impl Drop for ScreenPatient {
    fn drop(&mut self) {
        self.stop.stop();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn classes_of(pairs: &str) -> Vec<ClassMarker> {
    let pairs = pairs.split(',').map(|pair| pair.split_once('=').unwrap());
    let class = |(class, marker)| ClassMarker::new(class, marker);
    pairs.map(class).collect()
}

/// Observes the screen.
struct Eyes {
    connection: RustConnection,
    root: u32,
    imagining: Arc<Mutex<Imagining>>,
    user: User,
}

impl Eyes {
    fn open(display: &str, imagining: Arc<Mutex<Imagining>>) -> Self {
        let (connection, screen) = RustConnection::connect(Some(display)).unwrap();
        let root = connection.setup().roots[screen].root;
        Self {
            connection,
            root,
            imagining,
            user: User::new(1.0),
        }
    }

    fn look_until(mut self, stop: &StopFlag) {
        let eyes_stop = crossbeam_channel::tick(LOOK);
        while !stop.stopped() && eyes_stop.recv().is_ok() {
            let (goal, secs) = {
                let imagining = self.imagining.lock().unwrap();
                (imagining.goal, imagining.secs)
            };
            let imagined = self.imagines(goal, secs);
            self.imagining.lock().unwrap().imagined = imagined;
        }
    }

    /// The class that they imagine in response to the screen.
    fn imagines(&mut self, goal: Goal, secs: f64) -> Option<usize> {
        let [x, y, width, height] = match goal {
            Goal::Rest => return None,
            Goal::Imagine(class) => return Some(class),
            Goal::Reach(rect) => rect,
        };
        let [angle, offset] = visible_line(&self.connection, self.root)?;
        let place = [
            f64::from(x) + f64::from(width) / 2.0,
            f64::from(y) + f64::from(height) / 2.0,
        ];
        let pointer = self
            .connection
            .query_pointer(self.root)
            .ok()?
            .reply()
            .ok()?;
        let view = View {
            at: [pointer.root_x.into(), pointer.root_y.into()],
            target: place,
            radius: f64::from(height) / 2.0,
            meaning: ClassMeaning::Side(place[0] * angle.cos() + place[1] * angle.sin() > offset),
        };
        self.user.look(secs, &view)
    }
}

/// The line on the screen: angle of its normal and offset, from the name of its window; `None` if it is not visible.
pub fn visible_line(connection: &RustConnection, root: u32) -> Option<[f64; 2]> {
    let tree = connection.query_tree(root).ok()?.reply().ok()?;
    tree.children.into_iter().find_map(|window| {
        let (name, any) = (AtomEnum::WM_NAME, AtomEnum::ANY);
        let name = connection.get_property(false, window, name, any, 0, 64);
        let name = String::from_utf8(name.ok()?.reply().ok()?.value).ok()?;
        let about = connection.get_window_attributes(window).ok()?;
        let is_seen = about.reply().ok()?.map_state == MapState::VIEWABLE;
        let numbers = name.strip_prefix("bci-cursor line ").filter(|_| is_seen)?;
        let (angle, offset) = numbers.strip_suffix(" px")?.split_once(" rad ")?;
        Some([angle.parse().ok()?, offset.parse().ok()?])
    })
}

/// Publishes EEG of the imagined class.
struct Brain {
    recording: String,
    classes: Vec<ClassMarker>,
    imagining: Arc<Mutex<Imagining>>,
}

impl Brain {
    fn publish_until(self, stop: &StopFlag) {
        let source = bci_cursor::source::open_recording(&self.recording).unwrap();
        let channels = &source.layout().labels;
        let bank = Bank::read(
            &[self.recording.into()],
            &self.classes,
            channels,
            &ReadAs::default(),
            IMAGERY,
        )
        .unwrap();
        let mut thoughts = Thoughts {
            imagining: self.imagining,
            playing: bank.play(7),
            layout: bank.layout().clone(),
        };
        let settings = PublishSettings {
            about: OutletAbout {
                name: "patient".into(),
                source_id: "patient".into(),
                ..OutletAbout::default()
            },
            speed: 1.0,
            wait_for_reader: true,
        };
        publish(&mut thoughts, &settings, stop).unwrap();
    }
}

struct Thoughts<'a> {
    imagining: Arc<Mutex<Imagining>>,
    playing: Playing<'a>,
    layout: Layout,
}

impl Source for Thoughts<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, block: &mut Block) -> Result<SourceEvent, SourceError> {
        let frames = self.layout.rate.samples_in_ms(40);
        let mut imagining = self.imagining.lock().unwrap();
        self.playing.imagine(imagining.imagined);
        imagining.secs += self.layout.rate.secs_of(frames);
        self.playing.fill(block, frames as usize);
        Ok(SourceEvent::Samples)
    }
}
