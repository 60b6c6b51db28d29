//! The accessibility tree of a Linux desktop: AT-SPI 2 over D-Bus
//! (<https://gitlab.gnome.org/GNOME/at-spi2-core/-/tree/main/xml>).
//!
//! Programs are not trusted: every call has a timeout, a program that does not answer is skipped for a while,
//! rectangles are clipped to their window, and only the first nodes of a very large tree are read.

mod kinds;
mod places;
mod sway;
mod window_buttons;

use super::{AssistError, TargetReader};
use crate::control::{MOST_TARGETS, Rect, Target, TargetKind};
use crate::system::clock;
use crate::time::HostNanos;
use atspi::State;
use kinds::{ROLES, kind_of};
use places::Places;
pub(super) use places::check_places;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use sway::Windows;
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Type};

/// A program is skipped if one answer takes longer than `ANSWER_WITHIN`, or all of its answers together longer than
/// `READ_WITHIN_NS`.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
const READ_WITHIN_NS: i64 = 1_000_000_000;
/// For how many readings a program is skipped.
const LEFT_ALONE: u32 = 10;
/// Nodes read from the tree of one window, at most.
const MOST_NODES: usize = 500;
/// Windows read from one program, at most.
const MOST_WINDOWS: usize = 32;
/// No sensible position or size on a screen exceeds this, pixels.
const FURTHEST_PX: i32 = 30_000;

const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const COMPONENT: &str = "org.a11y.atspi.Component";
const COLLECTION: &str = "org.a11y.atspi.Collection";
const BUS: &str = "org.freedesktop.DBus";
const REGISTRY: &str = "org.a11y.atspi.Registry";
const ROOT: &str = "/org/a11y/atspi/accessible/root";

/// Events that programs are asked to report. Each can mean that the targets have changed.
const EVENTS: [&str; 6] = [
    "window:activate",
    "window:create",
    "object:state-changed:showing",
    "object:children-changed",
    "object:bounds-changed",
    "document:load-complete",
];

/// A node: the program's bus name and the object's path.
type Node = (String, String);

/// Reads targets from the accessibility tree.
pub(super) struct AccessibilityTree {
    bus: Connection,
    changed: Arc<AtomicBool>,
    /// The kind of each known node, which does not change. `None` if it cannot be pointed at.
    known: BTreeMap<Node, Option<TargetKind>>,
    /// Whether each button of a title bar closes or resizes its window.
    titles: BTreeMap<Node, bool>,
    /// The targets read last, each with its node.
    nodes: Vec<(Target, Node)>,
    /// Programs that did not answer, and the number of readings for which each is still skipped.
    silent: BTreeMap<String, u32>,
    /// The deadline for reading the current program.
    until: HostNanos,
    places: Places,
}

/// A node as it is sent over the bus.
type Reference = (String, OwnedObjectPath);

/// A window that may be pointed at.
struct Window {
    node: Node,
    /// Where places in it begin.
    origin: [i32; 2],
    rect: Rect,
    /// It is in front.
    is_active: bool,
    /// It is under the pointer.
    is_under: bool,
}

fn node_of((program, path): Reference) -> Node {
    (program, path.to_string())
}

/// The result of a D-Bus call.
type BusResult<T> = Result<T, zbus::Error>;

impl AccessibilityTree {
    /// Finds the accessibility bus and asks programs to publish their trees.
    pub(super) fn open() -> Result<Self, AssistError> {
        let places = Places::of_the_session()?;
        Self::connect(places).map_err(|error| AssistError::Service(error.to_string()))
    }

    fn connect(places: Places) -> BusResult<Self> {
        let session = connection::Builder::session()?;
        let session = session.method_timeout(ANSWER_WITHIN * 10).build()?;
        let (name, path) = ("org.a11y.Bus", "/org/a11y/bus");
        let address = session.call_method(Some(name), path, Some(name), "GetAddress", &())?;
        let address: String = address.body().deserialize()?;
        // Most programs build a tree only if an assistive technology is running.
        let enabled = ("org.a11y.Status", "IsEnabled", OwnedValue::from(true));
        session.call_method(Some(name), path, Some(PROPERTIES), "Set", &enabled)?;
        let bus = connection::Builder::address(address.as_str())?;
        let bus = bus.method_timeout(ANSWER_WITHIN).build()?;
        let changed = Arc::new(AtomicBool::new(true));
        listen(&bus, &changed)?;
        Ok(Self {
            bus,
            changed,
            known: BTreeMap::new(),
            titles: BTreeMap::new(),
            nodes: Vec::new(),
            silent: BTreeMap::new(),
            until: HostNanos(i64::MAX),
            places,
        })
    }

    fn ask<B, T>(&self, node: &Node, interface: &str, method: &str, body: &B) -> BusResult<T>
    where
        B: serde::Serialize + DynamicType,
        T: for<'d> serde::Deserialize<'d> + Type,
    {
        if clock::now() > self.until {
            return Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into());
        }
        let (name, path) = (node.0.as_str(), node.1.as_str());
        let answer = self
            .bus
            .call_method(Some(name), path, Some(interface), method, body)?;
        answer.body().deserialize()
    }

    fn children(&self, node: &Node) -> BusResult<Vec<Node>> {
        let children: Vec<Reference> = self.ask(node, ACCESSIBLE, "GetChildren", &())?;
        Ok(children.into_iter().map(node_of).collect())
    }

    fn states(&self, node: &Node) -> BusResult<Vec<u32>> {
        self.ask(node, ACCESSIBLE, "GetState", &())
    }

    /// The rectangle of a node on the desktop, or `None` if it makes no sense. `origin` is where places in its window begin.
    fn rect(&self, node: &Node, origin: [i32; 2]) -> BusResult<Option<Rect>> {
        let coordinates = self.places.coordinates();
        let (x, y, width, height): (i32, i32, i32, i32) =
            self.ask(node, COMPONENT, "GetExtents", &coordinates)?;
        let [x, y] = [x.saturating_add(origin[0]), y.saturating_add(origin[1])];
        let is_sane = (1..=FURTHEST_PX).contains(&width)
            && (1..=FURTHEST_PX).contains(&height)
            && [x, y]
                .iter()
                .all(|at| at.unsigned_abs() <= FURTHEST_PX.unsigned_abs());
        Ok(is_sane.then_some(Rect {
            x,
            y,
            width,
            height,
        }))
    }

    fn kind(&mut self, node: &Node) -> BusResult<Option<TargetKind>> {
        if let Some(known) = self.known.get(node) {
            return Ok(*known);
        }
        let role: u32 = self.ask(node, ACCESSIBLE, "GetRole", &())?;
        let kind = kind_of(role);
        self.known.insert(node.clone(), kind);
        Ok(kind)
    }

    /// The windows of a program that are in front or under `place`.
    fn windows(&mut self, program: &Node, place: [i32; 2]) -> BusResult<Vec<Window>> {
        let mut found = Vec::new();
        for node in self.children(program)?.into_iter().take(MOST_WINDOWS) {
            let states = self.states(&node)?;
            if !is_set(&states, State::Showing) {
                continue;
            }
            let Some(origin) = self.origin(&node)? else {
                log::debug!("it is not known where a window of {} is", node.0);
                continue;
            };
            let Some(rect) = self.rect(&node, origin)? else {
                continue;
            };
            let window = Window {
                origin,
                is_active: is_set(&states, State::Active),
                is_under: rect.distance(place.map(f64::from)) == 0.0,
                node,
                rect,
            };
            if window.is_active || window.is_under {
                found.push(window);
            }
        }
        Ok(found)
    }

    /// Where places in a window begin; `None` if that is not known.
    fn origin(&self, window: &Node) -> BusResult<Option<[i32; 2]>> {
        let Places::Sway { windows, .. } = &self.places else {
            return Ok(Some([0; 2]));
        };
        let bus = (BUS.to_owned(), "/org/freedesktop/DBus".to_owned());
        let program = self.ask(&bus, BUS, "GetConnectionUnixProcessID", &window.0)?;
        Ok(windows.origin(program, &self.name(window)?))
    }

    fn name(&self, node: &Node) -> BusResult<String> {
        let property = (ACCESSIBLE, "Name");
        let value: OwnedValue = self.ask(node, PROPERTIES, "Get", &property)?;
        Ok(String::try_from(value).unwrap_or_default())
    }

    /// Calls one program. A program that does not answer is skipped for the next readings.
    fn with_timeout<T>(
        &mut self,
        program: &str,
        ask: impl FnOnce(&mut Self) -> BusResult<T>,
    ) -> Option<T> {
        if self.silent.contains_key(program) {
            return None;
        }
        self.until = HostNanos(clock::now().0 + READ_WITHIN_NS);
        let answer = ask(self);
        self.until = HostNanos(i64::MAX);
        match answer {
            Ok(answer) => return Some(answer),
            Err(error) if is_silence(&error) => {
                log::debug!("{program} does not answer: {error}");
                self.silent.insert(program.to_owned(), LEFT_ALONE);
            }
            // Its window may just have been closed.
            Err(error) => log::debug!("{program} cannot be read: {error}"),
        }
        None
    }

    fn read_window(&mut self, window: &Window, into: &mut Vec<Target>) -> BusResult<()> {
        match self.matches(&window.node) {
            Ok(found) => found
                .iter()
                .try_for_each(|node| self.note(node, window, into)),
            Err(error) if is_silence(&error) => Err(error),
            Err(_) => self.walk(window, into),
        }
    }

    /// Adds a node if it can be pointed at.
    fn note(&mut self, node: &Node, window: &Window, into: &mut Vec<Target>) -> BusResult<()> {
        let found = self.kind(node).and_then(|kind| {
            let rect = kind.map(|_| self.rect(node, window.origin)).transpose()?;
            Ok(kind.zip(rect.flatten()))
        });
        match found {
            Ok(Some((kind, rect))) => {
                if let Some(rect) = rect.cut_to(&window.rect) {
                    let is_special =
                        kind == TargetKind::Button && self.is_window_button(node, &rect, window)?;
                    let kind = if is_special {
                        TargetKind::WindowButton
                    } else {
                        kind
                    };
                    let target = Target::new(rect, kind);
                    self.nodes.push((target, node.clone()));
                    into.push(target);
                }
                Ok(())
            }
            Err(error) if is_silence(&error) => Err(error),
            // The node may no longer exist.
            Ok(None) | Err(_) => Ok(()),
        }
    }

    /// Nodes of a window that are shown and can be pointed at, searched for by the program itself.
    fn matches(&self, window: &Node) -> BusResult<Vec<Node>> {
        const ALL: i32 = 1;
        const ANY: i32 = 2;
        const CANONICAL: u32 = 1;
        // Roles and states are sent as bits in 32-bit words.
        let mut roles = vec![0i32; 5];
        for (role, _) in ROLES {
            roles[role as usize / 32] |= 1 << (role as u32 % 32);
        }
        let states = State::Showing as u64 | State::Sensitive as u64;
        let states = vec![states as i32, (states >> 32) as i32];
        let (attributes, interfaces) = (BTreeMap::<&str, &str>::new(), Vec::<&str>::new());
        let rule = (
            states, ALL, attributes, ALL, roles, ANY, interfaces, ALL, false,
        );
        let request = (rule, CANONICAL, MOST_TARGETS as i32, true);
        let found: Vec<Reference> = self.ask(window, COLLECTION, "GetMatches", &request)?;
        Ok(found.into_iter().map(node_of).collect())
    }

    /// The same search, node by node, for programs that cannot search.
    fn walk(&mut self, window: &Window, into: &mut Vec<Target>) -> BusResult<()> {
        let mut open = vec![window.node.clone()];
        for _ in 0..MOST_NODES {
            let Some(node) = open.pop() else { break };
            let states = self.states(&node)?;
            if !is_set(&states, State::Showing) {
                continue;
            }
            if is_set(&states, State::Sensitive) {
                self.note(&node, window, into)?;
            }
            open.extend(self.children(&node)?.into_iter().take(MOST_NODES));
        }
        Ok(())
    }
}

impl TargetReader for AccessibilityTree {
    fn read(&mut self, place: [i32; 2], into: &mut Vec<Target>) -> Result<(), AssistError> {
        into.clear();
        self.nodes.clear();
        let service = |error: zbus::Error| AssistError::Service(error.to_string());
        let programs = self.children(&(REGISTRY.to_owned(), ROOT.to_owned()));
        let programs = programs.map_err(service)?;
        self.silent.retain(|_, readings| {
            *readings -= 1;
            *readings > 0
        });
        if self.known.len() > 8 * MOST_NODES {
            self.known.clear();
            self.titles.clear();
        }
        if let Places::Sway { socket, windows } = &mut self.places {
            *windows =
                Windows::read(socket).map_err(|error| AssistError::Sway(error.to_string()))?;
        }
        let mut windows = Vec::new();
        for program in programs {
            let found = self.with_timeout(&program.0, |own| own.windows(&program, place));
            windows.extend(found.into_iter().flatten());
        }
        // A window below the active one cannot be pointed at.
        if windows
            .iter()
            .any(|window| window.is_active && window.is_under)
        {
            windows.retain(|window| window.is_active);
        }
        for window in windows {
            // Targets read before the program stopped answering are kept.
            self.with_timeout(&window.node.0, |own| own.read_window(&window, into));
        }
        let far = |target: &Target| target.rect.distance(place.map(f64::from));
        into.sort_by(|one, other| far(one).total_cmp(&far(other)));
        into.truncate(MOST_TARGETS);
        Ok(())
    }

    fn name_of(&mut self, target: &Target) -> Option<String> {
        let (_, node) = self.nodes.iter().find(|(known, _)| known == target)?;
        let node = node.clone();
        let name = self.with_timeout(&node.0, |own| own.name(&node))?;
        (!name.is_empty()).then_some(name)
    }

    fn has_changed(&mut self) -> bool {
        self.changed.swap(false, Ordering::Relaxed)
    }
}

/// Sets `changed` when a program reports an event, on a thread that ends with the bus.
fn listen(bus: &Connection, changed: &Arc<AtomicBool>) -> BusResult<()> {
    const FEW: Option<usize> = Some(64);
    let path = "/org/a11y/atspi/registry";
    for event in EVENTS {
        bus.call_method(
            Some(REGISTRY),
            path,
            Some(REGISTRY),
            "RegisterEvent",
            &event,
        )?;
    }
    let rule = zbus::MatchRule::builder()
        .msg_type(zbus::message::Type::Signal)
        .path_namespace("/org/a11y/atspi/accessible")?
        .build();
    let signals = MessageIterator::for_match_rule(rule, bus, FEW)?;
    let changed = Arc::clone(changed);
    let body = move || signals.for_each(|_| changed.store(true, Ordering::Relaxed));
    let thread = std::thread::Builder::new().name("screen events".into());
    thread.spawn(body)?;
    Ok(())
}

/// Whether a program failed to answer, as opposed to refusing.
fn is_silence(error: &zbus::Error) -> bool {
    !matches!(
        error,
        zbus::Error::MethodError(..) | zbus::Error::Variant(_)
    )
}

/// Whether a state is in a set of states, which is sent as two words.
fn is_set(words: &[u32], state: State) -> bool {
    let word = |place: usize| words.get(place).map_or(0, |word| u64::from(*word));
    (word(0) | (word(1) << 32)) & state as u64 != 0
}
