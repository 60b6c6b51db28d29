//! Signals of the bus that end a board's work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::Type;
use zbus::{MatchRule, Message};

/// Sets a flag at the first signal of this kind that is meant, and when the bus ends.
pub(super) fn note_signal(
    bus: &Connection,
    kind: MatchRule<'_>,
    is_meant: impl Fn(&Message) -> bool + Send + 'static,
    flag: &Arc<AtomicBool>,
) -> zbus::Result<()> {
    let mut signals = MessageIterator::for_match_rule(kind.to_owned(), bus, Some(8))?;
    let flag = flag.clone();
    let wait = move || {
        let _ = signals.find(|signal| signal.as_ref().is_ok_and(&is_meant));
        flag.store(true, Ordering::Release);
    };
    thread::Builder::new().name("signals".into()).spawn(wait)?;
    Ok(())
}

/// Sets a flag when the program that owns this name ends or another one takes it.
pub(super) fn note_end(
    bus: &Connection,
    name: &'static str,
    flag: &Arc<AtomicBool>,
) -> zbus::Result<()> {
    let replaced = MatchRule::builder()
        .msg_type(Type::Signal)
        .interface("org.freedesktop.DBus")?
        .member("NameOwnerChanged")?
        .arg(0, name)?
        .build();
    note_signal(bus, replaced, |_| true, flag)
}
