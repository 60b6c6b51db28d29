//! Looks for a device whose stream was lost, on a thread of its own, until its samples come again.

use super::apart::{Apart, Wanted};
use super::description::EegDescription;
use super::found::FoundStream;
use super::link::{Connected, Link};
use super::probe::{Asking, Deadline, Silence};
use super::resolve::look;
use crate::block::Layout;
use crate::source::channels::ReadAs;
use crate::source::lsl::found::Answered;
use crossbeam_channel::{Receiver, bounded};
use std::net::IpAddr;
use std::time::Duration;

/// How long one look takes, seconds, and how much liblsl may make of it.
const LOOK_S: f64 = 0.6;
const LOOK_LIMIT: Duration = Duration::from_secs(4);
/// Connections that are tried at once, and how long each may take until its samples come.
const TRIED_AT_ONCE: usize = 8;
const TRY: Duration = Duration::from_secs(4);
/// How long it is waited for an answer before connections are looked at again.
const NEXT: Duration = Duration::from_millis(5);
/// Who did not speak is not asked again for this time, unless nobody else is there.
const SULK: Duration = Duration::from_secs(10);
/// Who did not speak is remembered up to this many, the newest first.
const REMEMBERED: usize = 1024;

/// A device that is back.
pub(super) type Back = (FoundStream, Link, Connected);

/// A search in progress. Dropping it ends it.
pub(super) struct Search {
    back: Receiver<Back>,
    _thread: Apart,
}

impl Search {
    /// Begins to look for the device of a stream. What has other channels or another rate is refused, and told once.
    pub(super) fn start(
        lost: FoundStream,
        described: EegDescription,
        read_as: ReadAs,
    ) -> Option<Self> {
        let (back_tx, back) = bounded(1);
        let mut read_as = read_as;
        if lost.rate_hz == 0.0 {
            // It was measured once.
            read_as.rate = Some(described.layout.rate);
        }
        let body = move |wanted: &Wanted| {
            let mut searcher = Searcher {
                lost,
                described,
                read_as,
                look: None,
                asking: Asking::all(Vec::new(), false),
                answered: Vec::new(),
                tries: Vec::new(),
                refused: Vec::new(),
                silent: Vec::new(),
            };
            while wanted.is_wanted() {
                if let Some(found) = searcher.step() {
                    // Where nobody takes it, nobody looks for it any more.
                    return drop(back_tx.send(found));
                }
            }
        };
        let thread = Apart::start("lsl-search", body)?;
        Some(Self {
            back,
            _thread: thread,
        })
    }

    /// The device, once it is back.
    pub(super) fn back(&self) -> Option<Back> {
        self.back.try_recv().ok()
    }
}

/// A connection that is tried.
struct Try {
    stream: FoundStream,
    link: Link,
    connected: Option<Connected>,
    deadline: Deadline,
}

/// Looking, asking and connecting go on at the same time: while one connection hangs, the device may be back at another place.
struct Searcher {
    lost: FoundStream,
    described: EegDescription,
    read_as: ReadAs,
    look: Option<Look>,
    asking: Asking,
    /// Who has answered and is not tried yet, with what it said; nothing where only liblsl finds it.
    answered: Vec<(FoundStream, Option<Answered>)>,
    tries: Vec<Try>,
    /// Unique ids of outlets that were refused already.
    refused: Vec<String>,
    /// Places where nobody spoke, and until when they are left alone.
    silent: Vec<(Place, Deadline)>,
}

/// A look for streams on a thread of its own.
struct Look {
    found: Receiver<Vec<FoundStream>>,
    deadline: Deadline,
    _thread: Apart,
}

impl Look {
    fn start() -> Option<Self> {
        let (found_tx, found) = bounded(1);
        let body = move |_: &Wanted| drop(found_tx.send(look(LOOK_S).unwrap_or_default()));
        Some(Self {
            found,
            deadline: Deadline::after(LOOK_LIMIT),
            _thread: Apart::start("lsl-look", body)?,
        })
    }
}

/// Where an outlet gives samples.
type Place = (Option<IpAddr>, u16, String);

fn place(stream: &FoundStream) -> Place {
    (stream.address(), stream.data_port, stream.uid.clone())
}

impl Searcher {
    /// Goes on by one step, which takes some milliseconds; the device where it is back.
    fn step(&mut self) -> Option<Back> {
        self.look();
        match self.asking.next(NEXT) {
            Some((stream, Ok(answered))) => self.answered.push((stream, Some(answered))),
            Some((stream, Err(Silence::Elsewhere))) => self.answered.insert(0, (stream, None)),
            Some((stream, Err(Silence::Mute))) => self.note_silent(&stream),
            // It comes back, or is gone from the next look.
            Some((_, Err(Silence::Gone))) | None => {}
        }
        while self.tries.len() < TRIED_AT_ONCE
            && let Some((stream, answered)) = self.answered.pop()
        {
            if let Ok(link) = Link::start(stream.clone(), answered, self.read_as.clone()) {
                self.tries.push(Try {
                    stream,
                    link,
                    connected: None,
                    deadline: Deadline::after(TRY),
                });
            }
        }
        self.check()
    }

    /// Looks for streams, again and again; who is found is asked, once those of the look before have answered.
    fn look(&mut self) {
        let Some(look) = &self.look else {
            self.look = Look::start();
            return;
        };
        if !self.asking.is_over() {
            return;
        }
        let Ok(mut candidates) = look.found.try_recv() else {
            if look.deadline.has_passed() {
                self.look = None;
            }
            return;
        };
        self.look = Look::start();
        self.silent.retain(|(_, until)| !until.has_passed());
        candidates.retain(|stream| {
            stream.is_same_device(&self.lost)
                && !self.refused.contains(&stream.uid)
                && !self.tries.iter().any(|one| one.stream.uid == stream.uid)
        });
        // Who did not speak is asked again only where nobody else is left.
        if !self.tries.is_empty() || candidates.iter().any(|stream| !self.is_silent(stream)) {
            candidates.retain(|stream| !self.is_silent(stream));
        }
        let is_contested = candidates.len() + self.tries.len() > 1;
        self.answered.clear();
        self.asking = Asking::all(candidates, is_contested);
    }

    /// Looks at the connections that are tried: the first that gives samples is it.
    fn check(&mut self) -> Option<Back> {
        let mut place = 0;
        while let Some(one) = self.tries.get_mut(place) {
            if one.connected.is_none() {
                one.connected = match one.link.connected(Duration::ZERO) {
                    Some(Ok(connected)) => Some(connected),
                    Some(Err(error)) => {
                        log::debug!("{error}");
                        self.tries.swap_remove(place);
                        continue;
                    }
                    None => None,
                };
            }
            let is_same = |found: &Connected| found.described.has_same_samples(&self.described);
            let is_refused = one.connected.as_ref().is_some_and(|found| !is_same(found));
            let gives_samples = one.connected.is_some() && one.link.has_samples();
            let is_late = one.deadline.has_passed();
            if !is_refused && !gives_samples && !is_late {
                place += 1;
                continue;
            }
            let over = self.tries.swap_remove(place);
            match over.connected {
                Some(found) if is_refused => self.refuse(&over.stream, &found.described),
                Some(found) if gives_samples => return Some((over.stream, over.link, found)),
                _ => self.note_silent(&over.stream),
            }
        }
        None
    }

    fn is_silent(&self, stream: &FoundStream) -> bool {
        let place = place(stream);
        self.silent.iter().any(|(silent, _)| *silent == place)
    }

    fn note_silent(&mut self, stream: &FoundStream) {
        if self.silent.len() >= REMEMBERED {
            self.silent.remove(0);
        }
        self.silent.push((place(stream), Deadline::after(SULK)));
        if self.silent.len() == 1 {
            log::warn!(
                "something is announced as LSL stream '{}' and sends nothing; others are tried beside it",
                stream.name
            );
        }
    }

    fn refuse(&mut self, stream: &FoundStream, found: &EegDescription) {
        let describe = |layout: &Layout| format!("{} at {}", layout.labels.join(","), layout.rate);
        log::error!(
            "LSL stream '{}' came back with another layout and is refused: {} before, {} now. \
             Restart bci-cursor to use it",
            stream.name,
            describe(&self.described.layout),
            describe(&found.layout)
        );
        self.refused.push(stream.uid.clone());
    }
}
