//! Descriptions of channels that are listed one after another in a header.

use super::Described;
use crate::note::{Note, Remedy};
use crate::printable::counted;

/// A channel's label. Some programs write a name instead.
pub(crate) fn label_or_name<'a>(label: &'a str, name: &'a str) -> &'a str {
    if label.trim().is_empty() { name } else { label }
}

/// Labels of channels that are described one by one. If the list is too long or too short, it is unknown which
/// description belongs to which channel: the channels are then numbered from 1, and a note says so.
pub(crate) fn described_one_by_one(
    list: Vec<Described>,
    count: usize,
    rate_hz: f64,
) -> (Vec<Described>, Option<Note>) {
    let numbered = |unit: &str, kind: &str| {
        let channel = |k: usize| Described {
            label: (k + 1).to_string(),
            unit: unit.to_owned(),
            kind: kind.to_owned(),
            rate_hz,
            unusable: None,
        };
        (0..count).map(channel).collect()
    };
    if list.is_empty() {
        return (numbered("", ""), None);
    }
    if list.len() != count {
        let first = &list[0];
        let same = |of: fn(&Described) -> &str| {
            let one = of(first);
            if list.iter().all(|channel| of(channel) == one) {
                one
            } else {
                ""
            }
        };
        let note = format!(
            "its header describes {}, but its samples have {count}: it is not known which label belongs to which, so they \
             are numbered 1 to {count}. Correct the program that made it",
            counted(list.len(), "channel")
        );
        let channels = numbered(same(|c| &c.unit), same(|c| &c.kind));
        return (channels, Some(Note::new(note, Remedy::NameElectrodes)));
    }
    let named = list.into_iter().enumerate().map(|(k, mut channel)| {
        if channel.label.trim().is_empty() {
            channel.label = (k + 1).to_string();
        }
        channel.rate_hz = rate_hz;
        channel
    });
    (named.collect(), None)
}
