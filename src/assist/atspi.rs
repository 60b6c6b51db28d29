//! The accessibility tree of a Linux desktop: AT-SPI 2 over D-Bus
//! (<https://gitlab.gnome.org/GNOME/at-spi2-core/-/tree/main/xml>).
//!
//! Programs are believed as little as any stranger: each call has an end, a program that does not answer is left alone for a while,
//! what lies outside its own window is cut off, and of a tree without end only the beginning is read.

use super::kinds::{ROLES, kind_of};
use super::{AssistError, TargetReader};
use crate::control::{MOST_TARGETS, Rect, Target, TargetKind};
use crate::system::clock;
use crate::time::HostNanos;
use atspi::State;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Type};

/// A program that takes longer for an answer, or for all of them, is left alone,
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
const READ_WITHIN_NS: i64 = 1_000_000_000;
/// for so many readings.
const LEFT_ALONE: u32 = 10;
/// Of the tree of one window no more is looked at.
const MOST_NODES: usize = 500;
/// Of one program no more windows.
const MOST_WINDOWS: usize = 32;
/// Nothing on a screen is wider, higher or further away, pixels.
const FURTHEST_PX: i32 = 30_000;

const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const COMPONENT: &str = "org.a11y.atspi.Component";
const COLLECTION: &str = "org.a11y.atspi.Collection";
const REGISTRY: &str = "org.a11y.atspi.Registry";
const ROOT: &str = "/org/a11y/atspi/accessible/root";

/// What programs are asked to tell; each of it can mean that other targets are there.
const EVENTS: [&str; 6] = [
    "window:activate",
    "window:create",
    "object:state-changed:showing",
    "object:children-changed",
    "object:bounds-changed",
    "document:load-complete",
];

/// A node: the program, and its place there.
type Node = (String, String);

/// Reads it.
pub(super) struct AccessibilityTree {
    bus: Connection,
    changed: Arc<AtomicBool>,
    /// What nodes are, as that does not change: none where they cannot be pointed at.
    known: BTreeMap<Node, Option<TargetKind>>,
    /// Targets that were read last, and what they are to their programs.
    nodes: Vec<(Target, Node)>,
    /// Programs that did not answer, and for how many readings they are left alone.
    silent: BTreeMap<String, u32>,
    /// When the program that is read has to be done.
    until: HostNanos,
}

/// The same, on the bus.
type Reference = (String, OwnedObjectPath);

/// A window that may be pointed at.
struct Window {
    node: Node,
    rect: Rect,
    /// In front.
    is_active: bool,
    /// Under the pointer.
    is_under: bool,
}

fn node_of((program, path): Reference) -> Node {
    (program, path.to_string())
}

/// D-Bus with what is done about its errors.
type Asked<T> = Result<T, zbus::Error>;

impl AccessibilityTree {
    /// Finds the bus on which programs tell their trees, and asks them to.
    pub(super) fn open() -> Result<Self, AssistError> {
        Self::connect().map_err(|error| AssistError::Service(error.to_string()))
    }

    fn connect() -> Asked<Self> {
        let session = connection::Builder::session()?;
        let session = session.method_timeout(ANSWER_WITHIN * 10).build()?;
        let (name, path) = ("org.a11y.Bus", "/org/a11y/bus");
        let address = session.call_method(Some(name), path, Some(name), "GetAddress", &())?;
        let address: String = address.body().deserialize()?;
        // Most programs make a tree only where somebody is there to read it.
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
            nodes: Vec::new(),
            silent: BTreeMap::new(),
            until: HostNanos(i64::MAX),
        })
    }

    fn ask<B, T>(&self, node: &Node, interface: &str, method: &str, body: &B) -> Asked<T>
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

    fn children(&self, node: &Node) -> Asked<Vec<Node>> {
        let children: Vec<Reference> = self.ask(node, ACCESSIBLE, "GetChildren", &())?;
        Ok(children.into_iter().map(node_of).collect())
    }

    fn states(&self, node: &Node) -> Asked<Vec<u32>> {
        self.ask(node, ACCESSIBLE, "GetState", &())
    }

    /// Where a node is on the desktop; none where that cannot be.
    fn rect(&self, node: &Node) -> Asked<Option<Rect>> {
        const OF_THE_SCREEN: u32 = 0;
        let (x, y, width, height): (i32, i32, i32, i32) =
            self.ask(node, COMPONENT, "GetExtents", &OF_THE_SCREEN)?;
        let is_sane = (1..=FURTHEST_PX).contains(&width)
            && (1..=FURTHEST_PX).contains(&height)
            && [x, y].iter().all(|at| at.abs() <= FURTHEST_PX);
        Ok(is_sane.then_some(Rect {
            x,
            y,
            width,
            height,
        }))
    }

    fn kind(&mut self, node: &Node) -> Asked<Option<TargetKind>> {
        if let Some(known) = self.known.get(node) {
            return Ok(*known);
        }
        let role: u32 = self.ask(node, ACCESSIBLE, "GetRole", &())?;
        let kind = kind_of(role);
        self.known.insert(node.clone(), kind);
        Ok(kind)
    }

    /// Windows of a program that are in front or under a place.
    fn windows(&mut self, program: &Node, place: [i32; 2]) -> Asked<Vec<Window>> {
        let mut found = Vec::new();
        for node in self.children(program)?.into_iter().take(MOST_WINDOWS) {
            let states = self.states(&node)?;
            if !is_set(&states, State::Showing) {
                continue;
            }
            let Some(rect) = self.rect(&node)? else {
                continue;
            };
            let window = Window {
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

    /// Asks one program; one that does not answer is left alone for a while.
    fn patiently<T>(
        &mut self,
        program: &str,
        ask: impl FnOnce(&mut Self) -> Asked<T>,
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

    fn read_window(&mut self, window: &Node, within: &Rect, into: &mut Vec<Target>) -> Asked<()> {
        match self.matches(window) {
            Ok(found) => found
                .iter()
                .try_for_each(|node| self.note(node, within, into)),
            Err(error) if is_silence(&error) => Err(error),
            Err(_) => self.walk(window, within, into),
        }
    }

    /// Takes a node down where it can be pointed at.
    fn note(&mut self, node: &Node, within: &Rect, into: &mut Vec<Target>) -> Asked<()> {
        let seen = self.kind(node).and_then(|kind| {
            let rect = kind.map(|_| self.rect(node)).transpose()?;
            Ok(kind.zip(rect.flatten()))
        });
        match seen {
            Ok(Some((kind, rect))) => {
                if let Some(rect) = rect.cut_to(within) {
                    let target = Target { rect, kind };
                    self.nodes.push((target, node.clone()));
                    into.push(target);
                }
                Ok(())
            }
            Err(error) if is_silence(&error) => Err(error),
            // It can be gone by now.
            Ok(None) | Err(_) => Ok(()),
        }
    }

    /// Nodes of a window that are shown and can be pointed at, as the program itself finds them.
    fn matches(&self, window: &Node) -> Asked<Vec<Node>> {
        const ALL: i32 = 1;
        const ANY: i32 = 2;
        const CANONICAL: u32 = 1;
        // Sets of roles and states are bits in words.
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

    /// The same, node by node.
    fn walk(&mut self, window: &Node, within: &Rect, into: &mut Vec<Target>) -> Asked<()> {
        let mut open = vec![window.clone()];
        for _ in 0..MOST_NODES {
            let Some(node) = open.pop() else { break };
            let states = self.states(&node)?;
            if !is_set(&states, State::Showing) {
                continue;
            }
            if is_set(&states, State::Sensitive) {
                self.note(&node, within, into)?;
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
        }
        let mut windows = Vec::new();
        for program in programs {
            let found = self.patiently(&program.0, |own| own.windows(&program, place));
            windows.extend(found.into_iter().flatten());
        }
        // What lies under the window in front cannot be pointed at.
        if windows
            .iter()
            .any(|window| window.is_active && window.is_under)
        {
            windows.retain(|window| window.is_active);
        }
        for Window { node, rect, .. } in windows {
            // What was read of it before it fell silent is kept.
            self.patiently(&node.0, |own| own.read_window(&node, &rect, into));
        }
        let far = |target: &Target| target.rect.distance(place.map(f64::from));
        into.sort_by(|one, other| far(one).total_cmp(&far(other)));
        into.truncate(MOST_TARGETS);
        Ok(())
    }

    fn name_of(&mut self, target: &Target) -> Option<String> {
        let (_, node) = self.nodes.iter().find(|(known, _)| known == target)?;
        let node = node.clone();
        let name = self.patiently(&node.0, |own| {
            let asked = (ACCESSIBLE, "Name");
            let value: OwnedValue = own.ask(&node, PROPERTIES, "Get", &asked)?;
            Ok(String::try_from(value).unwrap_or_default())
        })?;
        (!name.is_empty()).then_some(name)
    }

    fn has_changed(&mut self) -> bool {
        self.changed.swap(false, Ordering::Relaxed)
    }
}

/// Notes that programs tell of changes, on a thread that ends with the bus.
fn listen(bus: &Connection, changed: &Arc<AtomicBool>) -> Asked<()> {
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

/// Whether a program did not answer, rather than to say no.
fn is_silence(error: &zbus::Error) -> bool {
    !matches!(
        error,
        zbus::Error::MethodError(..) | zbus::Error::Variant(_)
    )
}

/// Whether a state is in a set, which is told in two words.
fn is_set(words: &[u32], state: State) -> bool {
    let word = |place: usize| words.get(place).map_or(0, |word| u64::from(*word));
    (word(0) | (word(1) << 32)) & state as u64 != 0
}
