use crate::keyboard;
use crate::pointer::PointerName;
use crate::system::clock;
use crate::time::HostNanos;
use crate::writing::Keys;
use clap::Args;
use std::process::ExitCode;

/// How long programs have to read what was written, nanoseconds.
const READ_NS: i64 = 500_000_000;

/// Write a text in the program that has the keyboard focus, to try what the keyboard of the patient's panel does there.
#[derive(Debug, Args)]
pub(super) struct WriteArgs {
    /// The text
    text: String,
    /// The pointer whose keyboard writes: x11 or wlr
    #[arg(long, value_enum, default_value_t = PointerName::Auto)]
    pointer: PointerName,
    /// Erase this number of characters before the cursor first
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u16))]
    erase: u16,
}

pub(super) fn write(args: &WriteArgs) -> anyhow::Result<ExitCode> {
    let pointer = args.pointer.choose()?.pointer;
    let keys = Keys::Write {
        erase: args.erase.into(),
        text: args.text.clone(),
    };
    let mut keyboard = keyboard::open(pointer)?;
    keyboard.press(&keys)?;
    // The layout is changed back when the keyboard is dropped, and a busy program has yet to read the keys.
    clock::wait_until(HostNanos(clock::now().0 + READ_NS));
    Ok(ExitCode::SUCCESS)
}
