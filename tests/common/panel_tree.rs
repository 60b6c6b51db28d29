//! What a screen reader hears of the patient's panel, whatever window is in front.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`

use crate::common::desktop::Desktop;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Type};

/// A node: the name of its program on the bus, and its path there.
type Node = (String, OwnedObjectPath);

const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
const DBUS: &str = "org.freedesktop.DBus";
/// Nodes of a panel that are looked at.
const MOST: usize = 200;

/// A connection to the accessibility bus of a desktop.
pub struct PanelTree {
    bus: Connection,
}

impl PanelTree {
    pub fn of(desktop: &Desktop) -> Self {
        let connect = |address: &str| Builder::address(address).unwrap().build().unwrap();
        let session = connect(&desktop.address);
        let name = "org.a11y.Bus";
        let answer =
            session.call_method(Some(name), "/org/a11y/bus", Some(name), "GetAddress", &());
        let address: String = answer.unwrap().body().deserialize().unwrap();
        Self {
            bus: connect(&address),
        }
    }

    fn ask<T: DeserializeOwned + Type>(
        &self,
        node: &Node,
        interface: &str,
        method: &str,
        body: &(impl Serialize + DynamicType),
    ) -> Option<T> {
        let (name, path) = (node.0.as_str(), node.1.as_str());
        let answer = self
            .bus
            .call_method(Some(name), path, Some(interface), method, body);
        answer.ok()?.body().deserialize().ok()
    }

    /// The program that is the panel.
    fn panel(&self) -> Option<Node> {
        let node = |name: &str, path| (name.to_owned(), OwnedObjectPath::try_from(path).unwrap());
        let root = node("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root");
        let bus = node(DBUS, "/org/freedesktop/DBus");
        let programs: Vec<Node> = self.ask(&root, ACCESSIBLE, "GetChildren", &())?;
        programs.into_iter().find(|(name, _)| {
            let process: Option<u32> = self.ask(&bus, DBUS, "GetConnectionUnixProcessID", name);
            let command = process.and_then(|id| std::fs::read(format!("/proc/{id}/cmdline")).ok());
            let command = command.unwrap_or_default();
            command.split(|byte| *byte == 0).nth(1) == Some(b"panel")
        })
    }

    /// Everything with a name: left, top, width and height of each.
    pub fn named(&self) -> BTreeMap<String, [i32; 4]> {
        let (mut nodes, mut named) = (Vec::from_iter(self.panel()), BTreeMap::new());
        for _ in 0..MOST {
            let Some(node) = nodes.pop() else { break };
            let children: Option<Vec<Node>> = self.ask(&node, ACCESSIBLE, "GetChildren", &());
            nodes.extend(children.into_iter().flatten());
            let property = (ACCESSIBLE, "Name");
            let name: Option<OwnedValue> =
                self.ask(&node, "org.freedesktop.DBus.Properties", "Get", &property);
            let place: Option<(i32, i32, i32, i32)> =
                self.ask(&node, "org.a11y.atspi.Component", "GetExtents", &0u32);
            if let (Some(name), Some((x, y, width, height))) = (name, place) {
                let name = String::try_from(name).unwrap_or_default();
                named.insert(name, [x, y, width, height]);
            }
        }
        named
    }
}
