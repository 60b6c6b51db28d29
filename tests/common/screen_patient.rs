//! Somebody who looks at the screen and imagines: what they see decides which of their recorded EEG is published.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`

use bci_cursor::block::{Block, Layout};
use bci_cursor::evaluate::closed_loop::{Bank, Sight, User, View};
use bci_cursor::runtime::StopFlag;
use bci_cursor::runtime::publish::{PublishSettings, publish};
use bci_cursor::session::epochs::ClassMarker;
use bci_cursor::source::lsl::OutletAbout;
use bci_cursor::source::{Source, SourceError, SourceEvent};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt, MapState};
use x11rb::rust_connection::RustConnection;

/// What they want.
#[derive(Debug, Clone, Copy)]
pub enum Wish {
    /// To rest.
    Rest,
    /// To reach this: left, top, width and height.
    Reach([i32; 4]),
    /// To imagine a class, whatever there is to see.
    Imagine(usize),
}

pub struct ScreenPatient {
    wish: Arc<Mutex<Wish>>,
    stop: StopFlag,
    thread: Option<JoinHandle<()>>,
}

impl ScreenPatient {
    /// Their EEG is in a recording with two classes (`CLASS=MARKER,CLASS=MARKER`), and comes as the LSL stream "patient".
    pub fn start(recording: &str, classes: &str, display: &str) -> Self {
        let (wish, stop) = (Arc::new(Mutex::new(Wish::Rest)), StopFlag::default());
        let pairs = classes.split(',').map(|pair| pair.split_once('=').unwrap());
        let classes: Vec<_> = pairs
            .map(|(class, marker)| ClassMarker::new(class, marker))
            .collect();
        let recordings = [PathBuf::from(recording)];
        let channels = channels(recording);
        let (display, own, ends) = (display.to_owned(), wish.clone(), stop.clone());
        let body = move || {
            let bank = Bank::read(&recordings, &classes, &channels).unwrap();
            let (connection, screen) = RustConnection::connect(Some(&display)).unwrap();
            let root = connection.setup().roots[screen].root;
            let mut eyes = Eyes {
                connection,
                root,
                wish: own,
                user: User::new(1.0),
                playing: bank.play(7),
                layout: bank.layout().clone(),
                secs: 0.0,
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
            publish(&mut eyes, &settings, &ends).unwrap();
        };
        Self {
            wish,
            stop,
            thread: Some(std::thread::spawn(body)),
        }
    }

    pub fn wants(&self, wish: Wish) {
        *self.wish.lock().unwrap() = wish;
    }
}

impl Drop for ScreenPatient {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn channels(recording: &str) -> Vec<String> {
    let source = bci_cursor::source::open_recording(recording).unwrap();
    source.layout().labels.clone()
}

struct Eyes<'a> {
    connection: RustConnection,
    root: u32,
    wish: Arc<Mutex<Wish>>,
    user: User,
    playing: bci_cursor::evaluate::closed_loop::Playing<'a>,
    layout: Layout,
    secs: f64,
}

impl Eyes<'_> {
    /// The line on the screen: angle of its normal and offset, as its window is named; none where it is not seen.
    fn line(&self) -> Option<[f64; 2]> {
        let tree = self.connection.query_tree(self.root).ok()?.reply().ok()?;
        tree.children.into_iter().find_map(|window| {
            let (name, any) = (AtomEnum::WM_NAME, AtomEnum::ANY);
            let name = self
                .connection
                .get_property(false, window, name, any, 0, 64);
            let name = String::from_utf8(name.ok()?.reply().ok()?.value).ok()?;
            let about = self.connection.get_window_attributes(window).ok()?;
            let is_seen = about.reply().ok()?.map_state == MapState::VIEWABLE;
            let numbers = name.strip_prefix("bci-cursor line ").filter(|_| is_seen)?;
            let (angle, offset) = numbers.strip_suffix(" px")?.split_once(" rad ")?;
            Some([angle.parse().ok()?, offset.parse().ok()?])
        })
    }

    /// What they imagine at what they see.
    fn imagines(&mut self) -> Option<usize> {
        let wish = *self.wish.lock().unwrap();
        let [x, y, width, height] = match wish {
            Wish::Rest => return None,
            Wish::Imagine(class) => return Some(class),
            Wish::Reach(rect) => rect,
        };
        let [angle, offset] = self.line()?;
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
            sight: Sight::Side(place[0] * angle.cos() + place[1] * angle.sin() > offset),
        };
        self.user.look(self.secs, &view)
    }
}

impl Source for Eyes<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, block: &mut Block) -> Result<SourceEvent, SourceError> {
        let class = self.imagines();
        self.playing.imagine(class);
        let frames = self.layout.rate.samples_in_ms(40);
        self.playing.fill(block, frames as usize);
        self.secs += self.layout.rate.secs_of(frames);
        Ok(SourceEvent::Samples)
    }
}
