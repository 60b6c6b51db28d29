//! Log messages on standard error.

use crate::app::advice::with_remedy;
use crate::app::out::Messages;
use crate::note::TARGET;
use crate::printable::printable;
use env_logger::{Target, WriteStyle};
use log::LevelFilter;
use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

/// Number of messages that are remembered to avoid repetition.
const MOST_KNOWN: usize = 10_000;

/// Starts the log: warnings, more with -v, everything with -vv. With `once`, identical messages are written only once.
pub(super) fn start(verbose: u8, once: bool) {
    let level = match verbose {
        0 => LevelFilter::Warn,
        1 => LevelFilter::Info,
        _ => LevelFilter::Debug,
    };
    let is_coloured = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let style = if is_coloured {
        WriteStyle::Always
    } else {
        WriteStyle::Never
    };
    let known = Mutex::new(BTreeSet::new());
    // enigo logs every move at debug level, and each failure again at error level; our own messages cover both.
    env_logger::Builder::new()
        .filter_level(level)
        .filter_module("enigo", LevelFilter::Off)
        .filter_module("egui_system_font_provider", LevelFilter::Error)
        .parse_default_env()
        .target(Target::Pipe(Box::new(Messages)))
        .write_style(style)
        .format(move |out, record| {
            let remedy = record.target().strip_prefix(TARGET);
            let remedy = remedy.and_then(|remedy| remedy.parse().ok());
            let text = with_remedy(&record.args().to_string(), remedy);
            if once && is_known(&known, &text) {
                return Ok(());
            }
            let (time, level) = (out.timestamp_millis(), record.level());
            let style = out.default_level_style(level);
            let text = printable(&text);
            writeln!(out, "[{time} {style}{level:<5}{style:#}] {text}")
        })
        .init();
}

/// Whether this message was logged before.
fn is_known(known: &Mutex<BTreeSet<String>>, text: &str) -> bool {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.contains(text) || (known.len() < MOST_KNOWN && !known.insert(text.to_owned()))
}
