//! An accessibility service whose content a test chooses: one program, one window, any number of buttons.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`

use bci_cursor::system::clock;
use bci_cursor::time::HostNanos;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::message::{Header, Type};
use zbus::zvariant::{DynamicType, OwnedObjectPath};

/// The content of the accessibility tree.
#[derive(Debug, Clone, Default)]
pub struct TreeContents {
    /// Left, top, width and height of each button.
    pub rects: Vec<[i32; 4]>,
    /// The name of each; a button beyond the end has none.
    pub names: Vec<&'static str>,
    /// Whether the program searches its buttons itself (the interface Collection).
    pub finds: bool,
    /// Delay of each answer, milliseconds.
    pub late_ms: u64,
}

pub struct FakeTree {
    connection: Connection,
    contents: Arc<Mutex<TreeContents>>,
    requests: Arc<AtomicUsize>,
}

const BUTTON: u32 = 43;
/// Bits of the states active, sensitive and showing.
const STATES: u32 = (1 << 1) | (1 << 24) | (1 << 25);

impl FakeTree {
    /// Starts on a bus, under the names of the real service.
    pub fn start(address: &str) -> Self {
        let builder = connection::Builder::address(address).unwrap();
        let connection = builder.build().unwrap();
        for name in ["org.a11y.Bus", "org.a11y.atspi.Registry"] {
            connection.request_name(name).unwrap();
        }
        let (contents, requests) = (
            Arc::new(Mutex::new(TreeContents::default())),
            Arc::default(),
        );
        let tree = Self {
            connection,
            contents,
            requests,
        };
        let own = TreeService {
            address: address.to_owned(),
            connection: tree.connection.clone(),
            contents: tree.contents.clone(),
            requests: tree.requests.clone(),
        };
        let calls = MessageIterator::from(&tree.connection);
        // The thread ends with the connection.
        std::thread::spawn(move || {
            for message in calls.flatten() {
                if message.message_type() == Type::MethodCall {
                    own.answer(&message);
                }
            }
        });
        tree
    }

    pub fn set_contents(&self, contents: TreeContents) {
        *self.contents.lock().unwrap() = contents;
    }

    /// Number of times that its window was requested.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for FakeTree {
    fn drop(&mut self) {
        // Like a service that ends.
        let _ = self.connection.clone().close();
    }
}

struct TreeService {
    address: String,
    connection: Connection,
    contents: Arc<Mutex<TreeContents>>,
    requests: Arc<AtomicUsize>,
}

impl TreeService {
    fn answer(&self, message: &zbus::Message) {
        let header = message.header();
        let path = header.path().map(ToString::to_string).unwrap_or_default();
        let member = header.member().map(ToString::to_string).unwrap_or_default();
        let name = self.connection.unique_name().unwrap().to_string();
        let node = |path: String| (name.clone(), OwnedObjectPath::try_from(path).unwrap());
        let contents = self.contents.lock().unwrap().clone();
        let is_program = path.starts_with("/program");
        if is_program {
            let late_ns = 1_000_000 * contents.late_ms as i64;
            clock::wait_until(HostNanos(clock::now().0 + late_ns));
        }
        let buttons = || (0..contents.rects.len()).map(|k| node(format!("/program/button/{k}")));
        let button = path
            .strip_prefix("/program/button/")
            .and_then(|k| k.parse::<usize>().ok());
        let own_name = button.and_then(|k| contents.names.get(k));
        let button = button.and_then(|k| contents.rects.get(k));
        match (path.as_str(), member.as_str()) {
            ("/org/a11y/bus", "GetAddress") => self.reply(&header, &self.address),
            (_, "Get") if own_name.is_some() => {
                let name = own_name.copied().unwrap_or_default();
                self.reply(&header, &zbus::zvariant::Value::from(name));
            }
            (_, "Set" | "RegisterEvent") => self.reply(&header, &()),
            ("/org/a11y/atspi/accessible/root", "GetChildren") => {
                self.reply(&header, &vec![node("/program".into())]);
            }
            ("/program", "GetChildren") => {
                self.requests.fetch_add(1, Ordering::SeqCst);
                self.reply(&header, &vec![node("/program/window".into())]);
            }
            ("/program/window", "GetChildren") => {
                self.reply(&header, &buttons().collect::<Vec<_>>())
            }
            ("/program/window", "GetMatches") if contents.finds => {
                self.reply(&header, &buttons().collect::<Vec<_>>());
            }
            ("/program/window", "GetExtents") => self.reply(&header, &((0, 0, 1280, 800),)),
            (_, "GetChildren") => self.reply(&header, &Vec::<(String, OwnedObjectPath)>::new()),
            (_, "GetState") => self.reply(&header, &vec![STATES, 0]),
            ("/program/window", "GetRole") => self.reply(&header, &23u32),
            (_, "GetRole") => self.reply(&header, &BUTTON),
            (_, "GetExtents") => {
                let [x, y, width, height] = button.copied().unwrap_or_default();
                self.reply(&header, &((x, y, width, height),));
            }
            _ => {
                let unknown = "org.freedesktop.DBus.Error.UnknownMethod";
                let _ = self.connection.reply_error(&header, unknown, &"not here");
            }
        }
    }

    fn reply<B: serde::Serialize + DynamicType>(&self, header: &Header<'_>, body: &B) {
        // The client may be gone.
        let _ = self.connection.reply(header, body);
    }
}
