//! Where sway shows windows, from its own interface (man 7 sway-ipc). Under Wayland a program does not know where its windows are.

use serde_json::Value;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How messages of the interface begin, and the number of the one that asks for all windows.
const MAGIC: &[u8] = b"i3-ipc";
const GET_TREE: u32 = 4;
/// An answer takes no longer than this.
const WITHIN: Duration = Duration::from_millis(500);
/// No tree of windows is larger, bytes.
const LARGEST: usize = 16 << 20;

/// A window, which may be on a workspace that is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Window {
    program: u32,
    title: String,
    is_visible: bool,
    /// The upper left corner of its picture on the desktop, shadows included.
    origin: [i32; 2],
}

/// All windows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Windows(Vec<Window>);

impl Windows {
    /// The socket of sway, if this program runs in it.
    pub(super) fn socket() -> Option<OsString> {
        std::env::var_os("SWAYSOCK").filter(|socket| !socket.is_empty())
    }

    /// Asks sway.
    ///
    /// # Errors
    /// The system's message, or an answer that makes no sense.
    pub(super) fn read(socket: &OsString) -> io::Result<Self> {
        let tree = ask(socket)?;
        let mut windows = Vec::new();
        collect(&serde_json::from_slice(&tree)?, &mut windows);
        Ok(Self(windows))
    }

    /// Where the visible window of a program with this title begins; `None` if that is not sure.
    pub(super) fn origin(&self, program: u32, title: &str) -> Option<[i32; 2]> {
        let own = || self.0.iter().filter(|window| window.program == program);
        let mut named = own().filter(|window| window.title == title);
        let found = match (named.next(), named.next()) {
            (Some(window), None) => window,
            // Titles can be written in different ways.
            (None, _) if own().count() == 1 => own().next()?,
            _ => return None,
        };
        found.is_visible.then_some(found.origin)
    }
}

fn ask(socket: &OsString) -> io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(WITHIN))?;
    stream.set_write_timeout(Some(WITHIN))?;
    let numbers = [0, GET_TREE].map(u32::to_ne_bytes);
    stream.write_all(&[MAGIC, &numbers.concat()].concat())?;
    let mut header = [0; 14];
    stream.read_exact(&mut header)?;
    let length = header[6..10].try_into().map_or(0, u32::from_ne_bytes) as usize;
    if !header.starts_with(MAGIC) || length > LARGEST {
        return Err(io::Error::other("sway's answer is not understood"));
    }
    let mut tree = vec![0; length];
    stream.read_exact(&mut tree)?;
    Ok(tree)
}

/// Collects the windows of a node.
fn collect(node: &Value, into: &mut Vec<Window>) {
    for children in ["nodes", "floating_nodes"] {
        let children = node[children].as_array();
        children
            .into_iter()
            .flatten()
            .for_each(|child| collect(child, into));
    }
    let number = |part: &str, axis: &str| {
        let number = node[part][axis].as_i64();
        number.and_then(|number| i32::try_from(number).ok())
    };
    // The picture of a window can reach beyond the window, with shadows: its geometry says how far.
    let begin = |axis: &str| {
        let within = number("window_rect", axis)? - number("geometry", axis)?;
        number("rect", axis)?.checked_add(within)
    };
    let program = node["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
    // Only windows have this.
    if let Some(is_visible) = node["visible"].as_bool()
        && let Some((program, (x, y))) = program.zip(begin("x").zip(begin("y")))
    {
        into.push(Window {
            program,
            title: node["name"].as_str().unwrap_or_default().to_owned(),
            is_visible,
            origin: [x, y],
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn window(pid: u32, name: &str, at: [i32; 2], visible: bool) -> Value {
        json!({
            "pid": pid, "name": name, "visible": visible,
            "rect": {"x": at[0], "y": at[1], "width": 400, "height": 300},
            "window_rect": {"x": 2, "y": 20, "width": 396, "height": 278},
            "geometry": {"x": 26, "y": 23, "width": 396, "height": 278},
        })
    }

    #[test]
    fn a_window_is_found_by_program_and_title_if_it_is_sure() {
        let tree = json!({"type": "root", "nodes": [
            {"type": "output", "nodes": [{"type": "workspace", "nodes": [
                window(7, "one", [100, 50], true), window(7, "hidden", [0, 0], false), window(8, "a", [0, 0], true), window(8, "b", [640, 0], true),
                window(9, "same", [0, 0], true), window(9, "same", [9, 9], true),
            ], "floating_nodes": [window(10, "dialog", [300, 200], true)]}]},
        ]});
        let mut windows = Vec::new();
        collect(&tree, &mut windows);
        let windows = Windows(windows);
        // 100 + 2 - 26, 50 + 20 - 23.
        assert_eq!(windows.origin(7, "one"), Some([76, 47]));
        // What is hidden must not be taken for what is visible.
        assert_eq!(windows.origin(7, "hidden"), None);
        assert_eq!(windows.origin(7, "another title"), None);
        assert_eq!(windows.origin(8, "b"), Some([616, -3]));
        assert_eq!(windows.origin(8, "c"), None);
        assert_eq!(windows.origin(9, "same"), None);
        assert_eq!(windows.origin(10, "another title"), Some([276, 197]));
        assert_eq!(windows.origin(11, "one"), None);
    }
}
