//! Searches for a device whose stream was lost, on a thread of its own, until its samples arrive again.

use super::description::EegDescription;
use super::detached::{DetachedThread, StopFlag};
use super::found::FoundStream;
use super::link::{Connected, Link};
use super::probe::{Deadline, NoAnswer, Probes};
use super::resolve::look;
use crate::block::Layout;
use crate::source::channels::ReadAs;
use crate::source::lsl::found::Answered;
use crossbeam_channel::{Receiver, bounded};
use std::net::IpAddr;
use std::time::Duration;

/// Duration of one search, seconds, and its limit, because liblsl may take longer.
const LOOK_S: f64 = 0.6;
const LOOK_LIMIT: Duration = Duration::from_secs(4);
/// Number of simultaneous connection attempts, and the time limit of each for its first samples.
const TRIED_AT_ONCE: usize = 8;
const TRY: Duration = Duration::from_secs(4);
/// How long to wait for an answer before the connections are checked again.
const NEXT: Duration = Duration::from_millis(5);
/// A silent outlet is not probed again for this long, unless there is no other.
const IGNORE_SILENT: Duration = Duration::from_secs(10);
/// Maximum number of silent outlets that are remembered.
const REMEMBERED: usize = 1024;

/// A device that is back.
pub(super) type Back = (FoundStream, Link, Connected);

/// A search in progress. Dropping it ends the search.
pub(super) struct Search {
    back: Receiver<Back>,
    _thread: DetachedThread,
}

impl Search {
    /// Starts to search for the device of a stream. A device with other channels or another rate is refused and
    /// reported once.
    pub(super) fn start(
        lost: FoundStream,
        described: EegDescription,
        read_as: ReadAs,
    ) -> Option<Self> {
        let (back_tx, back) = bounded(1);
        let mut read_as = read_as;
        if lost.rate_hz == 0.0 {
            // The rate was already measured.
            read_as.rate = Some(described.layout.rate);
        }
        let body = move |wanted: &StopFlag| {
            let mut searcher = Searcher {
                lost,
                described,
                read_as,
                look: None,
                probes: Probes::all(Vec::new(), false),
                answered: Vec::new(),
                tries: Vec::new(),
                refused: Vec::new(),
                silent: Vec::new(),
            };
            while wanted.is_wanted() {
                if let Some(found) = searcher.step() {
                    // If nobody receives it, the search was cancelled.
                    return drop(back_tx.send(found));
                }
            }
        };
        let thread = DetachedThread::start("lsl-search", body)?;
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

/// A connection attempt.
struct Try {
    stream: FoundStream,
    link: Link,
    connected: Option<Connected>,
    deadline: Deadline,
}

/// Searching, probing and connecting happen at the same time: while one connection hangs, the device may be back at
/// another address.
struct Searcher {
    lost: FoundStream,
    described: EegDescription,
    read_as: ReadAs,
    look: Option<Look>,
    probes: Probes,
    /// Streams that have answered and are not tried yet, with their answer. `None` if only liblsl can find the stream.
    answered: Vec<(FoundStream, Option<Answered>)>,
    tries: Vec<Try>,
    /// Unique ids of outlets that were already refused.
    refused: Vec<String>,
    /// Silent outlets, and until when they are not probed.
    silent: Vec<(Place, Deadline)>,
}

/// A search for streams on a thread of its own.
struct Look {
    found: Receiver<Vec<FoundStream>>,
    deadline: Deadline,
    _thread: DetachedThread,
}

impl Look {
    fn start() -> Option<Self> {
        let (found_tx, found) = bounded(1);
        let body = move |_: &StopFlag| drop(found_tx.send(look(LOOK_S).unwrap_or_default()));
        Some(Self {
            found,
            deadline: Deadline::after(LOOK_LIMIT),
            _thread: DetachedThread::start("lsl-look", body)?,
        })
    }
}

/// Where an outlet provides samples.
type Place = (Option<IpAddr>, u16, String);

fn place(stream: &FoundStream) -> Place {
    (stream.address(), stream.data_port, stream.uid.clone())
}

impl Searcher {
    /// One step of the search, which takes several milliseconds. Returns the device if it is back.
    fn step(&mut self) -> Option<Back> {
        self.look();
        match self.probes.next(NEXT) {
            Some((stream, Ok(answered))) => self.answered.push((stream, Some(answered))),
            Some((stream, Err(NoAnswer::AddressUnknown))) => {
                self.answered.insert(0, (stream, None))
            }
            Some((stream, Err(NoAnswer::TimedOut))) => self.note_silent(&stream),
            // The stream is found again by the next search, or has disappeared.
            Some((_, Err(NoAnswer::Gone))) | None => {}
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

    /// Searches for streams repeatedly. Streams that are found are probed once those of the previous search have
    /// answered.
    fn look(&mut self) {
        let Some(look) = &self.look else {
            self.look = Look::start();
            return;
        };
        if !self.probes.is_over() {
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
        // Silent outlets are probed again only if there is no other.
        if !self.tries.is_empty() || candidates.iter().any(|stream| !self.is_silent(stream)) {
            candidates.retain(|stream| !self.is_silent(stream));
        }
        let is_contested = candidates.len() + self.tries.len() > 1;
        self.answered.clear();
        self.probes = Probes::all(candidates, is_contested);
    }

    /// Checks the connection attempts. The first one that delivers samples wins.
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
        self.silent
            .push((place(stream), Deadline::after(IGNORE_SILENT)));
        if self.silent.len() == 1 {
            log::warn!(
                "an outlet announces LSL stream '{}' and sends nothing; other outlets are tried as well",
                stream.name
            );
        }
    }

    fn refuse(&mut self, stream: &FoundStream, found: &EegDescription) {
        let describe = |layout: &Layout| format!("{} at {}", layout.labels.join(","), layout.rate);
        log::error!(
            "LSL stream '{}' came back with another layout and is refused: {} before, {} now. \
             Stop the run and start it again to use it",
            stream.name,
            describe(&self.described.layout),
            describe(&found.layout)
        );
        self.refused.push(stream.uid.clone());
    }
}
