//! An accessibility service that tells whatever a test wants it to: one program, one window, any number of buttons.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`

use bci_cursor::system::clock;
use bci_cursor::time::HostNanos;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::message::{Header, Type};
use zbus::zvariant::{DynamicType, OwnedObjectPath};

/// What is told.
#[derive(Debug, Clone, Default)]
pub struct TreeContents {
    /// Left, top, width and height of each button.
    pub rects: Vec<[i32; 4]>,
    /// The program finds its buttons itself (the interface Collection).
    pub finds: bool,
    /// Each answer of the program comes so late.
    pub late_ms: u64,
}

pub struct FakeTree {
    connection: Connection,
    tells: Arc<Mutex<TreeContents>>,
    asked: Arc<AtomicUsize>,
}

const BUTTON: u32 = 43;
/// Bits of the states active, sensitive and showing.
const STATES: u32 = (1 << 1) | (1 << 24) | (1 << 25);

impl FakeTree {
    /// On a bus, where it takes the names of the real service.
    pub fn start(address: &str) -> Self {
        let builder = connection::Builder::address(address).unwrap();
        let connection = builder.build().unwrap();
        for name in ["org.a11y.Bus", "org.a11y.atspi.Registry"] {
            connection.request_name(name).unwrap();
        }
        let (tells, asked) = (
            Arc::new(Mutex::new(TreeContents::default())),
            Arc::default(),
        );
        let tree = Self {
            connection,
            tells,
            asked,
        };
        let own = TreeService {
            address: address.to_owned(),
            connection: tree.connection.clone(),
            tells: tree.tells.clone(),
            asked: tree.asked.clone(),
        };
        let calls = MessageIterator::from(&tree.connection);
        // Ends with the connection.
        std::thread::spawn(move || {
            for message in calls.flatten() {
                if message.message_type() == Type::MethodCall {
                    own.answer(&message);
                }
            }
        });
        tree
    }

    pub fn tells(&self, tells: TreeContents) {
        *self.tells.lock().unwrap() = tells;
    }

    /// How often its window was asked for.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for FakeTree {
    fn drop(&mut self) {
        // As a service that ends.
        let _ = self.connection.clone().close();
    }
}

struct TreeService {
    address: String,
    connection: Connection,
    tells: Arc<Mutex<TreeContents>>,
    asked: Arc<AtomicUsize>,
}

impl TreeService {
    fn answer(&self, message: &zbus::Message) {
        let header = message.header();
        let path = header.path().map(ToString::to_string).unwrap_or_default();
        let member = header.member().map(ToString::to_string).unwrap_or_default();
        let name = self.connection.unique_name().unwrap().to_string();
        let node = |path: String| (name.clone(), OwnedObjectPath::try_from(path).unwrap());
        let tells = self.tells.lock().unwrap().clone();
        let is_program = path.starts_with("/program");
        if is_program {
            let late_ns = 1_000_000 * tells.late_ms as i64;
            clock::wait_until(HostNanos(clock::now().0 + late_ns));
        }
        let buttons = || (0..tells.rects.len()).map(|k| node(format!("/program/button/{k}")));
        let button = path
            .strip_prefix("/program/button/")
            .and_then(|k| k.parse::<usize>().ok());
        let button = button.and_then(|k| tells.rects.get(k));
        match (path.as_str(), member.as_str()) {
            ("/org/a11y/bus", "GetAddress") => self.say(&header, &self.address),
            (_, "Set" | "RegisterEvent") => self.say(&header, &()),
            ("/org/a11y/atspi/accessible/root", "GetChildren") => {
                self.say(&header, &vec![node("/program".into())]);
            }
            ("/program", "GetChildren") => {
                self.asked.fetch_add(1, Ordering::SeqCst);
                self.say(&header, &vec![node("/program/window".into())]);
            }
            ("/program/window", "GetChildren") => self.say(&header, &buttons().collect::<Vec<_>>()),
            ("/program/window", "GetMatches") if tells.finds => {
                self.say(&header, &buttons().collect::<Vec<_>>());
            }
            ("/program/window", "GetExtents") => self.say(&header, &((0, 0, 1280, 800),)),
            (_, "GetChildren") => self.say(&header, &Vec::<(String, OwnedObjectPath)>::new()),
            (_, "GetState") => self.say(&header, &vec![STATES, 0]),
            ("/program/window", "GetRole") => self.say(&header, &23u32),
            (_, "GetRole") => self.say(&header, &BUTTON),
            (_, "GetExtents") => {
                let [x, y, width, height] = button.copied().unwrap_or_default();
                self.say(&header, &((x, y, width, height),));
            }
            _ => {
                let unknown = "org.freedesktop.DBus.Error.UnknownMethod";
                let _ = self.connection.reply_error(&header, unknown, &"not here");
            }
        }
    }

    fn say<B: serde::Serialize + DynamicType>(&self, header: &Header<'_>, body: &B) {
        // Who has asked may be gone.
        let _ = self.connection.reply(header, body);
    }
}
