//! A stream that was found on the network.

use crate::printable::{counted, printable, readable_xml};
use serde::Serialize;
use std::net::IpAddr;

/// A stream on the network. This is plain data, so it can be sent to the thread that reads the stream.
#[derive(Debug, Clone, Serialize)]
pub struct FoundStream {
    /// Name of the stream.
    pub name: String,
    /// Content type, such as EEG or Markers.
    #[serde(rename = "type")]
    pub kind: String,
    /// Number of channels.
    pub channels: i32,
    /// Nominal sampling rate, Hz; 0 if irregular.
    pub rate_hz: f64,
    /// Identifies the device across restarts.
    pub source_id: String,
    /// Name of the computer that publishes it.
    pub host: String,
    /// Identifies this outlet. A program that is restarted gets another uid.
    pub uid: String,
    /// When the outlet was created, seconds on the clock of its computer.
    pub created_at_s: f64,
    /// Bytes per value; 0 for text.
    #[serde(skip)]
    pub(super) value_bytes: i32,
    /// Ports for samples (TCP) and queries (UDP); 0 if the outlet has none over IPv4.
    #[serde(skip)]
    pub(super) data_port: u16,
    #[serde(skip)]
    pub(super) service_port: u16,
    /// The short header, as XML.
    #[serde(skip)]
    header: String,
}

/// The answer of a stream.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    /// Its header with its address in it. An inlet can be made from it on any thread.
    pub(super) header: String,
    /// Its full description, as XML.
    pub(super) full: String,
}

impl FoundStream {
    /// `None` if liblsl cannot write the header.
    pub(super) fn new(info: &lsl::StreamInfo) -> Option<Self> {
        let header = info.to_xml().ok()?;
        let port = |name| {
            child_text(&header, name)
                .and_then(|port| port.parse().ok())
                .unwrap_or(0)
        };
        Some(Self {
            name: info.stream_name(),
            kind: info.stream_type(),
            channels: info.channel_count(),
            rate_hz: info.nominal_srate(),
            source_id: info.source_id(),
            host: info.hostname(),
            uid: info.uid(),
            created_at_s: info.created_at(),
            value_bytes: match info.channel_format() {
                lsl::ChannelFormat::String => 0,
                _ => info.channel_bytes(),
            },
            data_port: port("v4data_port"),
            service_port: port("v4service_port"),
            header,
        })
    }

    /// One line that describes the stream.
    #[must_use]
    pub fn describe(&self) -> String {
        let rate = if self.rate_hz > 0.0 {
            format!("{} Hz", self.rate_hz)
        } else {
            "irregular".into()
        };
        format!(
            "'{}' (type {}, {}, {rate}, source_id '{}', host {})",
            printable(&self.name),
            printable(&self.kind),
            counted(self.channels, "channel"),
            printable(&self.source_id),
            printable(&self.host)
        )
    }

    /// How much older it is than the newest of `others` on the same computer. Clocks of different computers cannot be
    /// compared.
    #[must_use]
    pub fn age_among<'a>(&self, others: impl Iterator<Item = &'a Self>) -> String {
        let created = others
            .filter(|other| other.host == self.host)
            .map(|other| other.created_at_s);
        let newest_s = created.fold(self.created_at_s, f64::max);
        match newest_s - self.created_at_s {
            0.0 => "the newest of its computer".to_owned(),
            s if s < 120.0 => format!("{s:.0} s older than the newest"),
            s => format!("{:.0} min older than the newest", s / 60.0),
        }
    }

    /// Whether it comes from the same device on the same computer as another stream.
    #[must_use]
    pub fn is_same_device(&self, other: &Self) -> bool {
        let identity = |stream: &Self| {
            [
                stream.name.clone(),
                stream.kind.clone(),
                stream.source_id.clone(),
                stream.host.clone(),
            ]
        };
        identity(self) == identity(other)
    }

    /// Whether its header matches an XPath predicate.
    pub(super) fn matches(&self, predicate: &str) -> bool {
        lsl::StreamInfo::from_xml(&self.header).is_ok_and(|info| info.matches_query(predicate))
    }

    /// The address in its header. Most headers have none, and liblsl then uses the address from which the answer came.
    pub(super) fn address(&self) -> Option<IpAddr> {
        child_text(&self.header, "v4address")?.parse().ok()
    }

    /// Its header with this address inserted; `None` if the header has no field for it.
    pub(super) fn header_at(&self, address: IpAddr) -> Option<String> {
        let document = roxmltree::Document::parse(&self.header).ok()?;
        let place = document
            .descendants()
            .find(|node| node.has_tag_name("v4address"))?
            .range();
        let mut header = self.header.clone();
        header.replace_range(place, &format!("<v4address>{address}</v4address>"));
        Some(header)
    }

    /// What liblsl makes an inlet from: the answer, or the result of another search.
    pub(super) fn info(&self, answered: Option<&Answered>, wait_s: f64) -> Option<lsl::StreamInfo> {
        match answered {
            Some(answered) => lsl::StreamInfo::from_xml(&answered.header).ok(),
            None => lsl::resolve_byprop("uid", &self.uid, 1, wait_s).ok()?.pop(),
        }
    }
}

/// Descriptions that distinguish several streams, the newest stream of each computer first.
pub(super) fn describe_thread(streams: &[FoundStream]) -> Vec<String> {
    let mut sorted: Vec<&FoundStream> = streams.iter().collect();
    sorted.sort_by(|a, b| {
        a.host
            .cmp(&b.host)
            .then(b.created_at_s.total_cmp(&a.created_at_s))
    });
    let describe = |stream: &&FoundStream| {
        let age = stream.age_among(streams.iter());
        format!("{}, uid {}, {age}", stream.describe(), stream.uid)
    };
    sorted.iter().map(describe).collect()
}

fn child_text(header: &str, name: &str) -> Option<String> {
    let header = readable_xml(header);
    let document = roxmltree::Document::parse(&header).ok()?;
    let text = document
        .descendants()
        .find(|node| node.has_tag_name(name))?
        .text()?;
    Some(text.trim().to_owned())
}
